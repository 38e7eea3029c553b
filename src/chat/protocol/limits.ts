/**
 * The limits of `docs/protocol_definition.md`, section 8, all of them options.
 *
 * @module
 */

/** What one client may cost, and how long the server waits for it. Sizes are in bytes, times in milliseconds. */
export interface ChatLimits {
  /** Longest line of a client, without its line end. */
  readonly lineBytes: number;
  /** Clients at once, logged in or not. */
  readonly clients: number;
  /** Connections that have not logged in; beyond these the oldest of the address that has most of them is closed. */
  readonly halfOpen: number;
  /** Connections of one address that have not logged in; beyond these it is refused more. */
  readonly halfOpenPerAddress: number;
  /** Time to log in. */
  readonly loginMs: number;
  /** Names tried before the connection is closed. */
  readonly loginAttempts: number;
  /** Wrong passwords an address may give at once … */
  readonly passwordTries: number;
  /** … and how many more a minute. Beyond these none is looked at. */
  readonly passwordsPerMinute: number;
  /** How long the answer to a wrong password takes. */
  readonly passwordDelayMs: number;
  /** Lines a client may send at once … */
  readonly burst: number;
  /** … and how many a second its allowance grows by. `Infinity` turns flood control off. */
  readonly linesPerSecond: number;
  /** Bytes waiting for one client at which it is cut off. */
  readonly pendingBytes: number;
  /**
   * Bytes waiting for one client at which messages for it wait with those who sent them; and characters of one sender's
   * that may so wait before it is no longer read.
   */
  readonly congestedBytes: number;
  /** How long the operating system may take nothing for a client, with that much waiting, before the client counts as one that has stopped reading. */
  readonly stallMs: number;
  /** Silence after which a client is asked whether it is there, and then again before it is cut off. */
  readonly keepAliveMs: number;
  /** How long a closing connection may take. */
  readonly lingerMs: number;
  /** People up to whom everybody is told who joins and leaves. */
  readonly presence: number;
  /** Time between two messages to a classic client, so that one `recv` finds one message. */
  readonly classicSpacingMs: number;
}

/** Longest line of a server that takes lines of so many bytes: the longest name and what marks a message come on top. */
export function serverLineBytes(lineBytes: number): number {
  return lineBytes + 256;
}

/** The limits a server has unless told otherwise. */
export const defaultLimits: ChatLimits = {
  lineBytes: 4096,
  clients: 10_000,
  halfOpen: 1024,
  halfOpenPerAddress: 256,
  loginMs: 10_000,
  loginAttempts: 5,
  passwordTries: 5,
  passwordsPerMinute: 6,
  passwordDelayMs: 500,
  burst: 1000,
  linesPerSecond: 100,
  pendingBytes: 65_536,
  congestedBytes: 16_384,
  stallMs: 60_000,
  keepAliveMs: 30_000,
  lingerMs: 2000,
  presence: 100,
  classicSpacingMs: 20,
};
