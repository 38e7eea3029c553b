/**
 * Text and times the way Wireshark writes them.
 *
 * @module
 */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes as text where they are well-formed UTF-8, else the bytes: for values that must build the same bytes again. */
export function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes;
  }
}

/** Bytes read as UTF-8, with U+FFFD for what is not. */
export function decodeText(bytes: Uint8Array): string {
  return lossy.decode(bytes);
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Jan  2, 2024 03:04:05.000000006 UTC` from seconds since 1970 and nanoseconds. */
export function timeText(seconds: number, nanoseconds = 0): string {
  const date = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}, ${date.getUTCFullYear()}`;
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${day} ${time}.${String(nanoseconds).padStart(9, '0')} UTC`;
}

const escapes: { readonly [character: string]: string } = {
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
};

/** Bytes as Wireshark shows text: controls escaped as in C or as three octal digits, UTF-8 kept, U+FFFD for what is none. */
export function escapeText(bytes: Uint8Array): string {
  return escaped(lossy.decode(bytes));
}

/** As `escapeText`, for the protocols whose text Wireshark reads as ASCII: U+FFFD for each byte that is none. */
export function escapeAscii(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte < 0x80 ? String.fromCharCode(byte) : '\ufffd';
  return escaped(text);
}

function escaped(text: string): string {
  return text.replace(
    /[\0-\x1f\x7f]/g,
    (character) => escapes[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}
