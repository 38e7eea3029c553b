/**
 * Texts of strangers, made harmless: nothing acts on a terminal, nothing is there that cannot be seen.
 *
 * @module
 */

// C0 but for the tab, DEL, C1, line and paragraph separator, and the bidirectional embeddings, overrides and isolates.
const acting = '\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069';
// What is default-ignorable or drawn as nothing, and needed by no writing system in a message: soft hyphen, fillers,
// zero-width and other invisible characters, the retired format characters, annotations, musical brackets.
const invisible =
  '\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180e\\u200b\\u2060-\\u2065\\u206a-\\u206f\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb';
// Needed where they stand between what they join or behind what they vary, invisible elsewhere.
const joiners = '\\u200c\\u200d';
const selectors = '\\ufe00-\\ufe0f';

/** Whatever may have to be replaced, the line feed between lines aside. Surrogates of plane 14 and of music stand for all there. */
const suspect = new RegExp(
  `[${acting.replace('\\x0a', '\\x0b')}${invisible}${joiners}${selectors}]|\\udb40|\\ud834[\\udd73-\\udd7a]`,
);

/**
 * What is replaced. The flags of England, Scotland and Wales are a black flag and tag characters: taken first, they are
 * passed over. One variation selector may follow a character that is no selector, an ideographic one a Han character.
 */
const replaced = new RegExp(
  [
    '\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{1,6}\\u{e007f}',
    `[${acting}${invisible}\\u{1d173}-\\u{1d17a}]`,
    `(?<![\\p{L}\\p{M}\\p{N}\\p{S}])[${joiners}]|[${joiners}](?![\\p{L}\\p{M}\\p{N}\\p{S}])`,
    `(?<![\\p{L}\\p{N}\\p{P}\\p{S}])[${selectors}]`,
    '(?<!\\p{sc=Han})[\\u{e0100}-\\u{e01ef}]',
    '[\\u{e0000}-\\u{e00ff}\\u{e01f0}-\\u{e0fff}]',
  ].join('|'),
  'gu',
);

/** Nothing that can be seen: white space, marks of direction, and the pattern of Braille without a dot. */
const blank = /^[\s\u200e\u200f\u061c\u2800]*$/;

/**
 * Replaces what acts on a terminal or cannot be seen: C0 controls and DEL by their pictures (U+2400 …), the rest by
 * U+FFFD. A text may take more bytes afterwards, at most three times as many.
 */
export function neutralize(text: string): string {
  return suspect.test(text) || text.includes('\n') ? text.replace(replaced, picture) : text;
}

/** Whether no line of a text needs `neutralize()`. The line feeds between them are passed over. */
export function isHarmless(lines: string): boolean {
  return !suspect.test(lines);
}

/** Whether a text, made harmless, shows nothing. */
export function isBlank(text: string): boolean {
  // Mostly the first character says it.
  const first = text.charCodeAt(0);
  return !(first > 0x20 && first < 0x7f) && blank.test(text);
}

function picture(characters: string): string {
  if (characters.length > 2) return characters;
  const code = characters.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}
