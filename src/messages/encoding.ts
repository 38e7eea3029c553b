/**
 * From the bytes of a file to its text: what is no text is named by its first bytes, and an encoding that had to be guessed is said.
 *
 * @module
 */
import { MessageError } from '../errors.js';
import type { Notes } from './note.js';

/** First bytes of what people hand in as a CSV, and what to do about it. */
const signatures: readonly (readonly [what: string, ...bytes: number[]])[] = [
  ['an old Word or Excel file: save it as CSV', 0xd0, 0xcf, 0x11, 0xe0],
  ['a capture file (pcapng): wirebook capture-to-csv turns it into messages', 0x0a, 0x0d, 0x0d, 0x0a],
  ['a capture file (pcap): wirebook capture-to-csv turns it into messages', 0xd4, 0xc3, 0xb2, 0xa1],
  ['a capture file (pcap): wirebook capture-to-csv turns it into messages', 0xa1, 0xb2, 0xc3, 0xd4],
  ['a capture file (pcap with nanoseconds): wirebook capture-to-csv turns it into messages', 0x4d, 0x3c, 0xb2, 0xa1],
  ['a capture file (pcap with nanoseconds): wirebook capture-to-csv turns it into messages', 0xa1, 0xb2, 0x3c, 0x4d],
  ['a capture file (modified pcap): wirebook capture-to-csv turns it into messages', 0x34, 0xcd, 0xb2, 0xa1],
  ['a capture file (modified pcap): wirebook capture-to-csv turns it into messages', 0xa1, 0xb2, 0xcd, 0x34],
  ['a capture file (snoop): open it in Wireshark and save it as pcapng', 0x73, 0x6e, 0x6f, 0x6f, 0x70, 0x00],
  ['a PDF: export the table behind it as CSV', 0x25, 0x50, 0x44, 0x46],
  ['a picture (PNG): type the table as CSV', 0x89, 0x50, 0x4e, 0x47],
  ['a picture (JPEG): type the table as CSV', 0xff, 0xd8, 0xff],
  ['a picture (GIF): type the table as CSV', 0x47, 0x49, 0x46, 0x38],
  ['a picture (BMP): type the table as CSV', 0x42, 0x4d, 0x36],
  ['a picture or a sound (RIFF): type the table as CSV', 0x52, 0x49, 0x46, 0x46],
  ['a file compressed by gzip: unpack it first', 0x1f, 0x8b],
  ['a file compressed by 7-Zip: unpack it first', 0x37, 0x7a, 0xbc, 0xaf],
  ['a file compressed by RAR: unpack it first', 0x52, 0x61, 0x72, 0x21],
  ['rich text (RTF): save it as CSV', 0x7b, 0x5c, 0x72, 0x74, 0x66],
  ['a program (ELF)', 0x7f, 0x45, 0x4c, 0x46],
  ['a program (Windows)', 0x4d, 0x5a, 0x90],
  ['a database (SQLite): export its table as CSV', 0x53, 0x51, 0x4c, 0x69, 0x74, 0x65],
];

/** Texts that are no table, by how they begin. */
const markups: readonly (readonly [what: string, pattern: RegExp])[] = [
  [
    'a web page (HTML): download the file itself, or save the table as CSV',
    /^\s*(<!doctype html|<html|<head|<body|<table)/i,
  ],
  ['XML: save the table as CSV', /^\s*<\?xml/i],
  ['a Jupyter notebook: name its CSV', /^\s*\{\s*"(cells|metadata|nbformat)"/],
  ['JSON: write a header line and a line for each message', /^\s*(\{\s*"[^"]*"\s*:|\[\s*[{["])/],
];

/**
 * The text of a file: UTF-8, UTF-16 with a byte order mark or without, else a guess between Windows' Hebrew and Western code pages, which is
 * noted.
 *
 * @throws MessageError `NOT_CSV` for what is no text
 */
export function decodeText(bytes: Uint8Array, file: string, notes: Notes): string {
  const not = (what: string): MessageError =>
    new MessageError('NOT_CSV', `Cannot read messages from ${file}: line 1, column 1: it is ${what}; CSV text needed`);
  const zip = nameOfZip(bytes);
  if (zip !== undefined) throw not(zip);
  for (const [what, ...signature] of signatures) {
    if (signature.every((byte, i) => bytes[i] === byte)) throw not(what);
  }
  const text = textOf(bytes, file, notes);
  for (const [what, pattern] of markups) if (pattern.test(text.slice(0, 400))) throw not(what);
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const before = text.slice(0, nul).split('\n');
    throw new MessageError(
      'NOT_CSV',
      `Cannot read messages from ${file}: line ${before.length}, character ${before.at(-1)!.length + 1} is a NUL, which no text holds; CSV text needed`,
    );
  }
  return text;
}

/** Word, Excel and OpenDocument files are zip archives whose first names tell them apart. */
function nameOfZip(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b || bytes[2]! > 0x08 || bytes[3]! > 0x08) return undefined;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1 << 16)).toString('latin1');
  if (head.includes('word/')) return 'a Word document: save the table in it as CSV';
  if (head.includes('xl/')) return 'an Excel workbook: save the sheet as CSV (UTF-8)';
  if (head.includes('mimetypeapplication/vnd.oasis')) return 'an OpenDocument file: save the sheet as CSV (UTF-8)';
  return 'a Word, Excel or zip file: save it as CSV, or unpack it first';
}

function textOf(bytes: Uint8Array, file: string, notes: Notes): string {
  const decode = (encoding: string): string => new TextDecoder(encoding).decode(bytes);
  const guess = (encoding: string, name: string, why: string): string => {
    notes.add({
      code: 'ENCODING',
      kind: 'guess',
      line: 1,
      text: `the text is read as ${name}, ${why}; save it as UTF-8 to be sure`,
    });
    return decode(encoding);
  };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return guess('utf-16le', 'UTF-16', 'as its byte order mark says');
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return guess('utf-16be', 'UTF-16 (big-endian)', 'as its byte order mark says');
  const zeros = [0, 0];
  const sample = Math.min(bytes.length, 4096) & ~1;
  for (let i = 0; i < sample; i++) if (bytes[i] === 0) zeros[i & 1]!++;
  const half = sample / 2;
  if (half > 0 && zeros[1]! > half * 0.6 && zeros[0]! < half * 0.1)
    return guess('utf-16le', 'UTF-16', 'since every other byte is 0');
  if (half > 0 && zeros[0]! > half * 0.6 && zeros[1]! < half * 0.1)
    return guess('utf-16be', 'UTF-16 (big-endian)', 'since every other byte is 0');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const place = notUtf8(bytes);
    const { hebrew, high, controls } = census(bytes);
    if (controls > bytes.length / 50) {
      throw new MessageError(
        'NOT_CSV',
        `Cannot read messages from ${file}: ${place} is not UTF-8, and ${controls} bytes are no text at all; CSV text needed`,
        { cause },
      );
    }
    return hebrew * 2 > high
      ? guess('windows-1255', 'Windows-1255 (Hebrew)', `since ${place} is not UTF-8`)
      : guess('windows-1252', 'Windows-1252 (Western European)', `since ${place} is not UTF-8`).replace(
          /[\x80-\x9f]/g,
          (control) => windows1252[control.charCodeAt(0) - 0x80]!,
        );
  }
}

/** Characters 0x80 to 0x9F of Windows-1252, which decoders of some versions of Node take for Latin-1's controls. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/**
 * Bytes above ASCII, those of them that are letters of the Hebrew code page next to another one, and control characters that no text holds.
 * Western texts have their accented letters between plain ones, Hebrew has whole words of such bytes.
 */
function census(bytes: Uint8Array): { hebrew: number; high: number; controls: number } {
  const isHebrew = (byte: number | undefined): boolean => byte !== undefined && byte >= 0xe0 && byte <= 0xfa;
  let hebrew = 0;
  let high = 0;
  let controls = 0;
  for (const [i, byte] of bytes.entries()) {
    if (byte >= 0x80) high++;
    if (isHebrew(byte) && (isHebrew(bytes[i - 1]) || isHebrew(bytes[i + 1]))) hebrew++;
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) controls++;
  }
  return { hebrew, high, controls };
}

/** Where the first byte lies that is not UTF-8. */
function notUtf8(bytes: Uint8Array): string {
  let line = 1;
  let start = 0;
  for (let end = bytes.indexOf(0x0a); ; end = bytes.indexOf(0x0a, start)) {
    const stop = end === -1 ? bytes.length : end;
    const column = new TextDecoder().decode(bytes.subarray(start, stop)).indexOf('\ufffd');
    if (column !== -1 || end === -1) return `line ${line}, character ${column + 1}`;
    start = end + 1;
    line++;
  }
}
