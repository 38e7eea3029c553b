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
 * Bytes from pairs of hexadecimal digits; white space, `:` and `-` between pairs are passed over.
 *
 * @throws RangeError that names the offset of what is no pair of digits
 */
export function fromHex(text: string): Uint8Array {
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
