/**
 * Time, as a server and its tests have it.
 *
 * @module
 */

/** The clock a hub goes by, in milliseconds that only grow. */
export interface Clock {
  now(): number;
  /** Calls back once, after `ms`. */
  after(ms: number, callback: () => void): void;
}
