/**
 * What names look like: the skeletons of Unicode TS 39, section 4. Its table of confusable characters comes with the
 * package `unhomoglyph`.
 *
 * @module
 */
import unhomoglyph from 'unhomoglyph';

const ascii = /^[\x20-\x7e]*$/;

/** Accents and points that readers pass over. The marks that make other kana (U+3099, U+309A) are letters to theirs. */
const accents = /(?![\u3099\u309a])(?:(?=\p{Mn})\p{sc=Inherited}|[\u0591-\u05c7])/gu;
/** Punctuation at the end of a name, as it would stand behind one in a sentence, and the modifier letters that look like it. */
const trailing = /[._\-\u02b0-\u02ff]+$/;

/**
 * The looks of a name: texts of which it shares one with every name that looks the same to people, as it is written or in
 * another case, with or without accents, and whatever punctuation ends it. Only ever compared, never shown.
 */
export function looks(name: string): string[] {
  return [...new Set([name, name.toLowerCase(), name.toUpperCase()].map(skeleton))];
}

/** The same text for all names that look as this one does, in the case it is written in. */
export function skeleton(name: string): string {
  const bare = bareLetters(name).replace(trailing, '') || name;
  // What two letters make beside each other is no part of the table.
  return fold(bareLetters(unhomoglyph(bare))).replaceAll('vv', 'w');
}

/** The same text for all ways to write a name's letters in upper and lower case. */
export function fold(name: string): string {
  if (ascii.test(name)) return name.toLowerCase();
  // Upper case first, so that ß and ss, ς and σ meet; NFD, so that a base letter is seen below its marks.
  return name.toUpperCase().toLowerCase().normalize('NFKD');
}

function bareLetters(name: string): string {
  return ascii.test(name) ? name : name.normalize('NFD').replace(accents, '');
}
