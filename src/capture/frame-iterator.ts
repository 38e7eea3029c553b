/**
 * From batches to frames.
 *
 * @module
 */
import type { FrameBatch } from './batch.js';
import type { Frame } from './frame.js';

/** Gives the frames of batches. An async generator would take twice as long: it waits for each value that it yields. */
export class FrameIterator implements AsyncIterator<Frame, void, undefined> {
  readonly #batches: AsyncIterator<FrameBatch, void, undefined>;
  #batch: FrameBatch | undefined;
  /** The next batch on its way. */
  #coming: Promise<boolean> | undefined;

  constructor(batches: AsyncIterator<FrameBatch, void, undefined>) {
    this.#batches = batches;
  }

  next(): Promise<IteratorResult<Frame, void>> {
    try {
      if (this.#batch?.next()) return Promise.resolve({ value: this.#batch.frame, done: false });
    } catch (cause) {
      return this.return().then(() => Promise.reject(cause));
    }
    this.#batch = undefined;
    this.#coming ??= this.#advance();
    return this.#coming.then((isThere) => (isThere ? this.next() : { value: undefined, done: true }));
  }

  async return(): Promise<IteratorResult<Frame, void>> {
    this.#batch = undefined;
    await this.#batches.return?.();
    return { value: undefined, done: true };
  }

  async #advance(): Promise<boolean> {
    try {
      const { value, done } = await this.#batches.next();
      if (!done) this.#batch = value;
      return !done;
    } finally {
      this.#coming = undefined;
    }
  }
}
