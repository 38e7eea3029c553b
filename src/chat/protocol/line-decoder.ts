/**
 * A stream of bytes, cut anyhow, into lines. Knows no socket and no clock.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { isHarmless, neutralize } from './text.js';

/** Why a line cannot be read. The lines around it can. */
export type LineFault = 'TOO_LONG' | 'NOT_UTF8';

/** A line that cannot be read, in its place. */
export interface FaultyLine {
  readonly fault: LineFault;
  /** Its first bytes as Latin-1, enough to hold a tag. */
  readonly start: string;
}

/** Bytes kept of a faulty line: `#`, a tag of 16 characters and the space behind it. */
const startLength = 18;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const none = Buffer.alloc(0);

/**
 * Lines of UTF-8 that end in LF or CR LF, at most `limit` bytes without it, with what acts on a terminal or cannot be seen
 * made harmless; a line must keep to the limit before and after.
 *
 * `push()` takes bytes, `next()` gives one line at a time, so that a reader may stop in the middle of what came at once:
 * what it has not asked for stays. Holds at most one unfinished line besides. A chunk is decoded and searched for
 * harmful characters as a whole, which is what makes it fast (`bench/chat.ts`).
 */
export class LineDecoder {
  /** Longest line, in bytes. May be changed for the lines to come. */
  limit: number;
  #lines: (string | FaultyLine)[] = [];
  #at = 0;
  /** The bytes of a line whose end has not come. */
  #rest: Buffer = none;
  /** Passing over the rest of a line that was too long. */
  #skipping = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether `next()` has nothing. */
  get isEmpty(): boolean {
    return this.#at === this.#lines.length;
  }

  /** The next line without its end, a fault in its place, or undefined when more bytes are needed. */
  next(): string | FaultyLine | undefined {
    if (this.#at < this.#lines.length) return this.#lines[this.#at++];
    return undefined;
  }

  /** Gives the last line back, to be had again. */
  back(): void {
    this.#at--;
  }

  /** Takes bytes. They are not kept but for an unfinished line, which is copied. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const last = bytes.lastIndexOf(lineFeed);
    if (this.isEmpty) {
      this.#lines = [];
      this.#at = 0;
    }
    if (last < 0) {
      this.#keep(bytes);
      return;
    }
    let start = 0;
    if (this.#skipping) {
      start = bytes.indexOf(lineFeed) + 1;
      this.#skipping = false;
    }
    if (start <= last) {
      const part = bytes.subarray(start, last);
      this.#split(this.#rest.length > 0 ? Buffer.concat([this.#rest, part]) : part);
    }
    this.#rest = none;
    if (last + 1 < bytes.length) this.#keep(bytes.subarray(last + 1));
  }

  #keep(bytes: Buffer): void {
    if (this.#skipping) return;
    const length = this.#rest.length + bytes.length;
    // One byte over may still be the CR of the line's end.
    if (length > this.limit + 1 || (length === this.limit + 1 && bytes.at(-1) !== carriageReturn)) {
      const start = Buffer.concat([this.#rest.subarray(0, startLength), bytes.subarray(0, startLength)]);
      this.#lines.push({ fault: 'TOO_LONG', start: start.toString('latin1', 0, startLength) });
      this.#skipping = true;
      this.#rest = none;
    } else this.#rest = Buffer.concat([this.#rest, bytes]);
  }

  /** Whole lines, the last without its LF. */
  #split(bytes: Buffer): void {
    if (isUtf8(bytes)) {
      const text = bytes.toString('utf8');
      const lines = text.split('\n');
      // One-byte characters throughout: lengths are byte lengths.
      const isAscii = text.length === bytes.length;
      if (isAscii && isHarmless(text) && this.isEmpty) {
        this.#lines = lines.some((line) => line.length > this.limit)
          ? lines.map((line) => (line.length > this.limit ? tooLong(line) : line))
          : lines;
      } else for (const line of lines) this.#add(line.endsWith('\r') ? line.slice(0, -1) : line);
      return;
    }
    for (let start = 0; start <= bytes.length; ) {
      let end = bytes.indexOf(lineFeed, start);
      if (end < 0) end = bytes.length;
      const line = bytes.subarray(start, bytes[end - 1] === carriageReturn && end > start ? end - 1 : end);
      if (isUtf8(line)) this.#add(line.toString('utf8'));
      else
        this.#lines.push({
          fault: line.length > this.limit ? 'TOO_LONG' : 'NOT_UTF8',
          start: line.toString('latin1', 0, startLength),
        });
      start = end + 1;
    }
  }

  #add(line: string): void {
    // What is made harmless may take more bytes, at most three for one.
    const harmless = neutralize(line);
    const isShort = line.length * 3 <= this.limit || isWithin(line, this.limit);
    const staysShort = harmless === line || harmless.length * 3 <= this.limit || isWithin(harmless, this.limit);
    this.#lines.push(isShort && staysShort ? harmless : tooLong(line));
  }
}

function isWithin(text: string, limit: number): boolean {
  return text.length <= limit && Buffer.byteLength(text) <= limit;
}

function tooLong(line: string): FaultyLine {
  return { fault: 'TOO_LONG', start: line.slice(0, startLength) };
}
