/**
 * Bytes and text.
 *
 * @module
 */

/** A view of all of `bytes`, whatever part of its buffer it is. Copies nothing. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes `at` to `end` of a view, sharing its memory. */
export function bytesOf(view: DataView, at = 0, end: number = view.byteLength): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, end - at);
}

const digitsOfByte = Array.from({ length: 256 }, (_, byte) => hexDigits(byte, 2));

/** Two lower-case digits a byte, with `separator` between bytes. */
export function toHex(bytes: Uint8Array, separator = ''): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += (i > 0 ? separator : '') + digitsOfByte[bytes[i]!];
  return text;
}

/** Lower-case hexadecimal digits of a number, with zeros before it up to `digits`: `hexDigits(10, 2)` is `0a`. */
export function hexDigits(value: number | bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** The same with `0x` before it, as headers are shown: `formatHex(80, 4)` is `0x0050`. */
export function formatHex(value: number | bigint, digits: number): string {
  return `0x${hexDigits(value, digits)}`;
}

/**
 * Bytes from pairs of hexadecimal digits; white space, `:` and `-` between pairs are passed over. A hex dump with offsets is read as
 * one: `hexDump()`'s, tcpdump's (`-x`, `-X`), Wireshark's, xxd's, hexdump's; its offsets are checked, its characters passed over.
 *
 * @throws RangeError that names the offset of what is no pair of digits, or the line of a dump that cannot be read or does not
 *   follow the one before
 */
export function fromHex(text: string): Uint8Array {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines[0] !== undefined && isDumpStart(lines[0])) return fromDump(lines);
  const bytes: number[] = [];
  const pair = /[\s:-]*([0-9a-f]{2})/giy;
  let end = 0;
  for (let match = pair.exec(text); match; match = pair.exec(text)) {
    bytes.push(Number.parseInt(match[1]!, 16));
    end = pair.lastIndex;
  }
  const rest = text.slice(end).trim();
  if (rest !== '')
    throw new RangeError(
      `Cannot read hexadecimal at character ${end}: ${JSON.stringify(rest.slice(0, 8))} is no pair of digits`,
    );
  return Uint8Array.from(bytes);
}

/** Whether a line begins with an offset of 0: set off by `0x`, a colon or a gap, or of another width than the bytes behind it. */
function isDumpStart(line: string): boolean {
  return /^\s*(0x0{1,8}:?\s|0{4,8}(:\s|\s\s)|(0{4}|0{6}|0{8})\s[0-9a-f]{2}(\s|$))/i.test(line);
}

const dumpLine = /^(\s*(?:0x)?([0-9a-f]{4,8}):?)(\s+|$)(.*)$/i;

/** Bytes of a line that no layout has more of, and columns that they take at most: sixteen pairs with a gap, or eight groups of four. */
const perLine = 16;
const pairColumns = 48;
const groupColumns = 39;

function fromDump(lines: readonly string[]): Uint8Array {
  const rows = lines.map((line) => dumpLine.exec(line));
  const bytes: number[] = [];
  for (const [i, row] of rows.entries()) {
    const at = bytes.length;
    if (row === null || Number.parseInt(row[2]!, 16) !== at)
      throw new RangeError(
        `Cannot read line ${i + 1} of a hex dump: offset ${hexDigits(at, 4)} needed, ${JSON.stringify(lines[i]!.trim().slice(0, 12))} found`,
      );
    // The line behind says how many bytes there are, whatever the characters beside them look like.
    const there = Number.parseInt(rows[i + 1]?.[2] ?? '', 16) - at;
    bytes.push(...dumpBytes(row[4]!, there > 0 ? Math.min(there, perLine) : perLine, i + 1));
  }
  return Uint8Array.from(bytes);
}

/** At most so many bytes from the beginning of a line's content: pairs, or groups of two, up to the column of the characters. */
function dumpBytes(content: string, most: number, line: number): number[] {
  const bytes: number[] = [];
  const columns = /^[0-9a-f]{4}(\s|$)/i.test(content) ? groupColumns : pairColumns;
  const group = /([0-9a-f]{2})([0-9a-f]{2})?(\s+|$)/giy;
  let at = 0;
  while (at < Math.min(columns, content.length) && bytes.length < most) {
    group.lastIndex = at;
    const match = group.exec(content);
    if (match === null)
      throw new RangeError(
        `Cannot read line ${line} of a hex dump: ${JSON.stringify(content.slice(at, at + 8))} is no pair of digits`,
      );
    for (const pair of [match[1], match[2]]) if (pair !== undefined) bytes.push(Number.parseInt(pair, 16));
    // A gap wider than that between halves stands before the characters.
    if (match[3]!.length > 2) break;
    at = group.lastIndex;
  }
  return bytes.slice(0, most);
}

const encoder = new TextEncoder();

/** UTF-8 bytes of a text; bytes are passed through. */
export function toBytes(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? encoder.encode(data) : data;
}

/** One character a byte: ASCII's graphic characters and space as they are, a dot for the rest, as in a hex dump. */
export function toAscii(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
  return text;
}

/** Whether two arrays hold the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
