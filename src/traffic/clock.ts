/**
 * A capture's own time.
 *
 * @module
 */

/** Nanoseconds since a capture's first stamped frame, as a number; frames without a stamp keep the time of the one before. */
export class CaptureClock {
  /** Stamp of the first frame that has one, in nanoseconds since 1970. */
  start: bigint | undefined = undefined;
  /** Stamp of the last frame before the one read last, or its own where it is the first. */
  previous: bigint | undefined = undefined;
  /** Time of the frame that was read last. */
  time: number = 0;
  #stamp: bigint | undefined = undefined;

  /** Time of a frame. Exact for captures of up to 104 days. */
  read(timestamp: bigint | undefined): number {
    this.previous = this.#stamp ?? timestamp;
    if (timestamp === undefined) return this.time;
    this.start ??= timestamp;
    this.#stamp = timestamp;
    this.time = Number(timestamp - this.start);
    return this.time;
  }
}
