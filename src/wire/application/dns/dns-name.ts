/**
 * Domain names: labels and compression pointers (RFC 1035 sections 3.1 and 4.1.4), as text with the escapes of section 5.1.
 *
 * Reading is bounded: a name has at most 255 bytes and 127 pointers, wherever they lead.
 *
 * @module
 */
import { bytesOf, formatHex, toBytes, toHex } from '../../../bytes.js';
import type { DecodeCode } from '../../../errors.js';

/** Bytes of the longest name, the final zero included, RFC 1035 section 2.3.4. */
const maxName = 255;
/** A label takes at least two bytes, so that no name needs more pointers. */
const maxPointers = 127;

/**
 * A name to build from: text, compressed where the message is; or, where a name was encoded in another way, the bytes to write, with the text for
 * people. A dot inside a label is `\.`, a byte that is no text `\ddd`.
 */
export type DnsName = string | EncodedName;

/** A name that is to be written as given, pointers included. */
export interface EncodedName {
  readonly name: string;
  readonly encoded: Uint8Array;
}

/** A name as read. */
export interface NameRead {
  /** Its labels, decompressed. */
  readonly labels: readonly Uint8Array[];
  /** Offset behind its last byte at the place where it was read. */
  readonly next: number;
  /** Why it cannot be read to its end. */
  readonly fault?: NameFault;
}

/** What is wrong with a name. */
export interface NameFault {
  readonly code: DecodeCode;
  readonly at: number;
  readonly reason: string;
}

/** Reads the name at `at`. Pointers count from `start`, the message's first byte; nothing is read behind `end`. */
export function readName(view: DataView, at: number, end: number, start: number): NameRead {
  const labels: Uint8Array[] = [];
  let size = 1;
  let pointers = 0;
  let next = -1;
  let i = at;
  const broken = (code: DecodeCode, where: number, reason: string): NameRead => ({
    labels,
    next: next < 0 ? Math.min(i, end) : next,
    fault: { code, at: where, reason },
  });
  for (;;) {
    if (i >= end) return broken('TRUNCATED', i, 'a name needs another byte, 0 available');
    const length = view.getUint8(i);
    if (length === 0) return { labels, next: next < 0 ? i + 1 : next };
    if (length >= 0xc0) {
      if (i + 2 > end) return broken('TRUNCATED', i, 'a compression pointer needs 2 bytes, 1 available');
      const target = start + (view.getUint16(i) & 0x3fff);
      if (next < 0) next = i + 2;
      if (target >= end)
        return broken('BAD_VALUE', i, `a compression pointer leads to byte ${target - start}, ${end - start} there`);
      if (++pointers > maxPointers)
        return broken('LIMIT', i, `a name has more than ${maxPointers} compression pointers`);
      i = target;
      continue;
    }
    if (length > 63) return broken('BAD_VALUE', i, `label type ${formatHex(length & 0xc0, 2)}, 0 or 0xc0 needed`);
    if (i + 1 + length > end) return broken('TRUNCATED', i, `a label of ${length} bytes, ${end - i - 1} available`);
    size += 1 + length;
    if (size > maxName) return broken('LIMIT', i, `a name of more than ${maxName} bytes`);
    labels.push(bytesOf(view, i + 1, i + 1 + length));
    i += 1 + length;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of a name: labels with dots between, `.` for the root. */
export function nameText(labels: readonly Uint8Array[]): string {
  return labels.length === 0 ? '.' : labels.map(labelText).join('.');
}

/** Multicast DNS has UTF-8 in its labels (RFC 6762 section 16); what is not well-formed is escaped byte by byte. */
function labelText(label: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(label);
  } catch {
    return Array.from(label, (byte) => (byte < 0x80 ? escaped(String.fromCharCode(byte)) : decimalEscape(byte))).join(
      '',
    );
  }
  return text.replace(/[\\.\0-\x1f\x7f]/g, escaped);
}

function escaped(character: string): string {
  if (character === '.' || character === '\\') return `\\${character}`;
  return character < ' ' || character === '\x7f' ? decimalEscape(character.charCodeAt(0)) : character;
}

function decimalEscape(byte: number): string {
  return `\\${String(byte).padStart(3, '0')}`;
}

/**
 * The labels of a name given as text; a final dot changes nothing.
 *
 * @throws RangeError for an empty label, one of more than 63 bytes, or a name of more than 255
 */
function parseName(text: string): Uint8Array[] {
  if (text === '.' || text === '') return [];
  const refuse = (reason: string): never => {
    throw new RangeError(`Cannot write domain name ${JSON.stringify(text)}: ${reason}`);
  };
  const labels: Uint8Array[] = [];
  let label: number[] = [];
  let isOpen = false;
  const close = () => {
    if (label.length === 0) refuse('it has an empty label, at least 1 byte needed');
    if (label.length > 63) refuse(`it has a label of ${label.length} bytes, at most 63 fit`);
    labels.push(Uint8Array.from(label));
    label = [];
  };
  const part = /\\(\d{3})|\\(.)|(\.)|([^\\.]+)|(\\)/gsu;
  for (const [, decimal, quoted, dot, plain, lone] of text.matchAll(part)) {
    isOpen = dot === undefined;
    if (decimal !== undefined) {
      if (Number(decimal) > 255) refuse(`\\${decimal} is no byte, 000 to 255 needed`);
      label.push(Number(decimal));
    } else if (dot !== undefined) close();
    else if (lone !== undefined) refuse('it ends in a lone backslash');
    else label.push(...toBytes((quoted ?? plain)!));
  }
  if (isOpen) close();
  const size = labels.reduce((total, { length }) => total + 1 + length, 1);
  if (size > maxName) refuse(`it has ${size} bytes, at most ${maxName} fit`);
  return labels;
}

/** Remembers where names stand in a message, to point at them. */
export class NameCompressor {
  /** Offset of each suffix, keyed by its labels in hexadecimal: case is kept, so that reading gives back the same name. */
  readonly #offsets = new Map<string, number>();
  readonly #added: string[] = [];
  readonly #isOn: boolean;

  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** The bytes of a name that is to stand at `at` of the message; later names may point there. */
  encode(name: DnsName, at: number, mayPoint: boolean): Uint8Array {
    if (typeof name !== 'string') {
      this.#learnEncoded(name, at);
      return name.encoded;
    }
    const labels = parseName(name);
    const keys = suffixKeys(labels);
    const bytes: number[] = [];
    for (const [i, label] of labels.entries()) {
      const target = this.#isOn && mayPoint ? this.#offsets.get(keys[i]!) : undefined;
      if (target !== undefined) {
        bytes.push(0xc0 | (target >> 8), target & 0xff);
        return Uint8Array.from(bytes);
      }
      this.#learn(keys[i]!, at + bytes.length);
      bytes.push(label.length, ...label);
    }
    bytes.push(0);
    return Uint8Array.from(bytes);
  }

  /** How much it knows; for `forget`. */
  get mark(): number {
    return this.#added.length;
  }

  /** Forgets what it learnt since `mark`. */
  forget(mark: number): void {
    for (const key of this.#added.splice(mark)) this.#offsets.delete(key);
  }

  #learn(key: string, at: number): void {
    // A pointer has 14 bits.
    if (at > 0x3fff || this.#offsets.has(key)) return;
    this.#offsets.set(key, at);
    this.#added.push(key);
  }

  #learnEncoded({ name, encoded }: EncodedName, at: number): void {
    const keys = suffixKeys(parseName(name));
    let i = 0;
    for (const key of keys) {
      const length = encoded[i];
      if (length === undefined || length === 0 || length > 63) return;
      this.#learn(key, at + i);
      i += 1 + length;
    }
  }
}

/** For each label, a key of it and all behind it. */
function suffixKeys(labels: readonly Uint8Array[]): string[] {
  const keys: string[] = new Array(labels.length);
  let key = '';
  for (let i = labels.length - 1; i >= 0; i--) {
    key = `${toHex(labels[i]!)}.${key}`;
    keys[i] = key;
  }
  return keys;
}
