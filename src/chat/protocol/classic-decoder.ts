/**
 * What a classic client sends, one text a read, section 10 of the protocol. Knows no socket and no clock.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { unfinishedLength } from './classic.js';
import type { FaultyLine } from './line-decoder.js';
import { neutralize } from './text.js';

/** Reads as messages: each read is one, and a line feed ends one too. A character cut by a read waits for its other half. */
export class ClassicDecoder {
  readonly #limit: number;
  #texts: (string | FaultyLine)[] = [];
  #at = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The next text, a fault in its place, or undefined when more has to be read. */
  next(): string | FaultyLine | undefined {
    return this.#at < this.#texts.length ? this.#texts[this.#at++] : undefined;
  }

  /** Whether `next()` has nothing. */
  get isEmpty(): boolean {
    return this.#at === this.#texts.length;
  }

  /** Gives the last text back, to be had again. */
  back(): void {
    this.#at--;
  }

  /** Takes what one read found. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.#rest, chunk]);
    // A message that ends in half a character waits as a whole, but never more than one message's worth.
    const isCut = unfinishedLength(bytes) > 0 && bytes.length - bytes.lastIndexOf(0x0a) <= this.#limit;
    const end = isCut ? bytes.lastIndexOf(0x0a) + 1 : bytes.length;
    this.#rest = bytes.subarray(end);
    this.#add(bytes.subarray(0, end));
  }

  /** Takes a message that ends in half a character for what it is, when the other half has not come. */
  flush(): void {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    this.#add(rest);
  }

  #add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#texts = this.#texts.slice(this.#at);
    this.#at = 0;
    if (isUtf8(bytes) && bytes.length <= this.#limit) {
      this.#split(bytes.toString('utf8'));
      return;
    }
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(0x0a, start);
      const line = bytes.subarray(start, end < 0 ? bytes.length : end);
      if (line.length > this.#limit) this.#texts.push(tooLong);
      else if (isUtf8(line)) this.#split(line.toString('utf8'));
      else this.#texts.push({ fault: 'NOT_UTF8', start: '' });
      start += line.length + 1;
    }
  }

  #split(text: string): void {
    for (const line of text.split('\n')) {
      const message = line.endsWith('\r') ? line.slice(0, -1) : line;
      if (message === '') continue;
      const harmless = neutralize(message);
      this.#texts.push(harmless !== message && Buffer.byteLength(harmless) > this.#limit ? tooLong : harmless);
    }
  }
}

const tooLong: FaultyLine = { fault: 'TOO_LONG', start: '' };
