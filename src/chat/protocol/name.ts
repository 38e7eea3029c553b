/**
 * Names of people, section 3 of the protocol: after RFC 8265's UsernameCaseMapped, with the scripts of Unicode TS 39.
 *
 * @module
 */

/** Characters (code points) a name may have. */
export const longestName = 32;

/** What a name must be, for people. */
const nameRule: string = `A name is 1 to ${longestName} letters, digits, '-', '_' or '.', and begins with a letter or digit`;

const shape = /^[\p{L}\p{Nd}][\p{L}\p{Nd}\p{M}._-]*$/u;
const plain = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const ignorable = /\p{Default_Ignorable_Code_Point}/u;
const stackedMarks = /\p{M}{3}/u;
const reserved = new Set(['all', 'everyone', 'server', 'system']);

/** Sets of scripts that may meet in a name: one script alone, or those Japanese, Korean and Chinese are written with. */
const together = [
  ['Han', 'Hiragana', 'Katakana'],
  ['Han', 'Hangul'],
  ['Han', 'Bopomofo'],
].map(
  (scripts) => new RegExp(`^(?:[${scripts.map((script) => `\\p{scx=${script}}`).join('')}]|\\p{scx=Common})*$`, 'u'),
);
const oneScript = [
  'Latin Greek Cyrillic Armenian Georgian Hebrew Arabic Syriac Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil',
  'Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Ethiopic Cherokee Khmer Mongolian',
]
  .join(' ')
  .split(' ')
  .map((script) => new RegExp(`^(?:\\p{scx=${script}}|[\\p{scx=Common}\\p{scx=Inherited}])*$`, 'u'));

/** A name that can be used, normalised, or why it cannot. */
export type NameCheck = { readonly name: string } | { readonly reason: string };

/** Normalises a name (NFKC) and holds it against the rules. Whether it is free is the roster's business. */
export function checkName(given: string): NameCheck {
  // Normalising can make a text 18 times as long (U+FDFA), so what cannot become short enough is not normalised.
  const name = given.length > 4 * longestName ? given : given.normalize('NFKC');
  if (plain.test(name)) {
    if (name.length > longestName) return { reason: nameRule };
    return reserved.has(name.toLowerCase()) ? { reason: `${name} is reserved, choose another name` } : { name };
  }
  if (!shape.test(name) || [...name].length > longestName || ignorable.test(name)) return { reason: nameRule };
  if (stackedMarks.test(name.normalize('NFD'))) return { reason: 'A name has at most two marks on a letter' };
  if (!oneScript.some((script) => script.test(name)) && !together.some((scripts) => scripts.test(name)))
    return { reason: 'A name is written in one script' };
  return { name };
}
