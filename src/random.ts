/**
 * Random numbers that a seed repeats: sfc32, the small fast counting generator of PractRand.
 *
 * @module
 */

/** A stream of random numbers. The same seed gives the same stream on every machine. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `stream` tells apart the streams of one seed. */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 0x1_0000_0000) | 0;
    this.#c = stream | 0;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** 32 random bits. */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number from 0 to less than 1. */
  fraction(): number {
    return this.next() / 0x1_0000_0000;
  }

  /** An integer from 0 to `limit - 1`; `limit` at most 2 ** 32. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** True one time in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Random bytes. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.next() >>> 24;
    return bytes;
  }
}

/** A seed for those who gave none, to be told to them. */
export function randomSeed(): number {
  return Math.floor(Math.random() * 0x1_0000_0000);
}
