/**
 * How long to wait before trying again.
 *
 * @module
 */

/** Waiting times of a client that reconnects. */
export interface BackoffOptions {
  /** First wait, in milliseconds. */
  readonly minMs: number;
  /** Longest wait, in milliseconds. */
  readonly maxMs: number;
  /** Attempts before the client gives up. */
  readonly attempts: number;
}

/** Usual waiting times: a quarter of a second, doubling up to half a minute, for ever. */
export const defaultBackoff: BackoffOptions = { minMs: 250, maxMs: 30_000, attempts: Number.POSITIVE_INFINITY };

/**
 * Milliseconds to wait before an attempt, counted from 1: doubling, of which a random half is left out, so that a
 * server that comes back is not met by all its clients at once.
 */
export function backoff(attempt: number, options: BackoffOptions, random: () => number = Math.random): number {
  const most = Math.min(options.maxMs, options.minMs * 2 ** (attempt - 1));
  return Math.round(most * (0.5 + random() / 2));
}
