/**
 * A capture's own time.
 *
 * @module
 */

/** The most that a silence counts for in `trackedTime`: 19.5 hours. A hundred such silences are still whole nanoseconds. */
const longSilence = 2n ** 46n;

/** Nanoseconds since a capture's first stamped frame, as a number; frames without a stamp keep the time of the one before. */
export class CaptureClock {
  /** Stamp of the first frame that has one, in nanoseconds since 1970. */
  start: bigint | undefined = undefined;
  /** Stamp of the last frame before the one read last, or its own where it is the first. */
  previous: bigint | undefined = undefined;
  /** Time of the frame that was read last; rounded where a number cannot hold it, after 104 days. */
  time: number = 0;
  /**
   * The same for `Tracker`: whole nanoseconds whatever the first stamp is. A longer jump than 19.5 hours, as from a frame of 1970
   * to one of today, counts for no more here; `skipped` has the rest.
   */
  trackedTime: number = 0;
  /** Nanoseconds by which `trackedTime` is behind. */
  skipped: bigint = 0n;
  #stamp: bigint | undefined = undefined;

  /** Takes in a frame; gives its time. */
  read(timestamp: bigint | undefined): number {
    this.previous = this.#stamp ?? timestamp;
    if (timestamp === undefined) return this.time;
    this.start ??= timestamp;
    const jump = timestamp - this.previous!;
    if (jump > longSilence) this.skipped += jump - longSilence;
    else if (jump < -longSilence) this.skipped += jump + longSilence;
    this.#stamp = timestamp;
    const time = timestamp - this.start;
    this.time = Number(time);
    this.trackedTime = this.skipped === 0n ? this.time : Number(time - this.skipped);
    return this.time;
  }
}
