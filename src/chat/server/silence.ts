/**
 * How long a client has been silent, and what that means.
 *
 * @module
 */

/** The slowest reader that is waited for, in bytes a millisecond: what the operating systems hold for it delays its answer. */
export const slowestReader = 16;
/** Silent intervals after which even such a reader is given up. */
const mostIntervals = 10;

/**
 * Keep-alive, section 7 of the protocol: silent for one interval, a client is asked; for another, it is gone. One that
 * was sent a lot since it last spoke may have to read all of it before the question, and gets the time for that; it
 * counts as alive while it reads.
 */
export class Silence {
  readonly #intervalMs: number;
  #heardAt: number;
  #takenThen = 0;
  #askedAt: number | undefined;

  constructor(now: number, intervalMs: number) {
    this.#heardAt = now;
    this.#intervalMs = intervalMs;
  }

  /** The client has said something, when so many bytes had been taken for it. */
  heard(now: number, taken: number): void {
    this.#heardAt = now;
    this.#takenThen = taken;
    this.#askedAt = undefined;
  }

  /** The client has read on, so that the operating system took more: a sign of life, though the question still waits. */
  read(now: number): void {
    this.#heardAt = now;
  }

  /** Milliseconds of silence. */
  lasts(now: number): number {
    return now - this.#heardAt;
  }

  /** Whether it is time to ask, or to end it. */
  due(now: number, taken: number): 'ask' | 'end' | undefined {
    const silentMs = this.lasts(now);
    if (silentMs < this.#intervalMs) return undefined;
    if (this.#askedAt === undefined) {
      this.#askedAt = now;
      return 'ask';
    }
    const readingMs = (taken - this.#takenThen) / slowestReader;
    const mostMs = Math.min(2 * this.#intervalMs + readingMs, mostIntervals * this.#intervalMs);
    return silentMs >= mostMs && now - this.#askedAt >= this.#intervalMs ? 'end' : undefined;
  }
}
