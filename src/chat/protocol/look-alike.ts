/**
 * What names look like: the skeleton of Unicode TS 39, section 4, over the letters and digits that terminal fonts draw
 * alike. The pairs are from that standard's `confusables.txt`, cut to letters that names can hold once folded.
 *
 * @module
 */

/** Look-alikes, after case folding and canonical decomposition, by what they look like. */
const families: Readonly<Record<string, string>> = {
  a: 'аɑα',
  b: 'ьЬƅ',
  c: 'сϲᴄ',
  d: 'ԁ',
  e: 'еҽ℮',
  f: 'ϝք',
  g: 'ɡցᶃ',
  h: 'һհ',
  i: 'іıɩιӏ1lі|ןǀ',
  j: 'јϳ',
  k: 'кκ',
  n: 'ոռ',
  o: 'о0οօσ੦௦०০໐๐',
  p: 'рρ',
  q: 'ԛգզ',
  r: 'гᴦ',
  s: 'ѕꜱ',
  t: 'тτ',
  u: 'υսʋᴜ',
  v: 'νѵᴠ',
  w: 'ԝѡաᴡ',
  x: 'хχ',
  y: 'уүγყ',
  z: 'ᴢ',
  m: 'м',
  3: 'зҙʒӡ',
  6: 'б',
};

const looks = new Map<string, string>();
for (const [look, family] of Object.entries(families)) for (const letter of family) looks.set(letter, look);

const ascii = /^[\x20-\x7e]*$/;

/** The same text for all names that look the same, whatever their case. Only ever compared, never shown. */
export function skeleton(name: string): string {
  let text = '';
  for (const letter of fold(name)) text += looks.get(letter) ?? letter;
  return text.replaceAll('m', 'rn').replaceAll('vv', 'w');
}

/** The same text for all ways to write a name's letters in upper and lower case. */
export function fold(name: string): string {
  if (ascii.test(name)) return name.toLowerCase();
  // Upper case first, so that ß and ss, ς and σ meet; NFD, so that a base letter is seen below its marks.
  return name.toUpperCase().toLowerCase().normalize('NFKD');
}
