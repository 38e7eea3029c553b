/**
 * What engine and watchdog thread say to each other where messages do not get through: words of memory that both see.
 *
 * @module
 */

/** The name under which the watchdog finds what to run before it throws the stack away. */
export const UNWIND = 'wirebook.unwind';

/** Words of the memory that engine and watchdog share. */
export const Word = {
  /** Whether the engine has still to read that something is to end. */
  asked: 0,
  /** The cell that is to end. */
  target: 1,
  /** The last cell or wait that is over. */
  over: 2,
  /** What the stack says to being thrown away. */
  verdict: 3,
} as const;

/** What `Word.verdict` holds. */
export const Verdict = {
  /** Nobody has looked yet. */
  none: 0,
  /** It is not a cell's stack, or the cell's no longer, or one that must not go just now. */
  spared: 1,
  /** It may go, and waits for it. */
  willing: 2,
  /** The watchdog has heard, and is about to act. */
  heard: 3,
  /** The order to throw it away is given. */
  given: 4,
} as const;
