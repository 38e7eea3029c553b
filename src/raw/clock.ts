/**
 * Time in nanoseconds since 1970 that never runs backwards: the monotonic clock, set once by the wall's.
 *
 * @module
 */

// `performance.timeOrigin` is the wall's time, to the microsecond, of the moment from which `performance.now()` counts.
const offset = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6)) - process.hrtime.bigint();

/** Nanoseconds since 1970, resolved to the nanosecond and set to the wall's clock within a microsecond when the process started. */
export function now(): bigint {
  return process.hrtime.bigint() + offset;
}

/** Waits longer than this are left to a timer, which wakes up to 1 ms late and sometimes more. */
const timerReach = 4_000_000n;
/** Waits shorter than this are spun out: a turn of the event loop may take as long. */
const spinReach = 60_000n;

/**
 * Resolves at a moment given as `now()` gives it, typically within 20 µs (`bench/raw.ts`). A timer sleeps to a few milliseconds before it,
 * turns of the event loop, which go on serving sockets, to 60 µs before it, and the rest is spun out.
 */
export async function until(moment: bigint, signal?: AbortSignal): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const left = moment - now();
    if (left <= 0n) return;
    if (left > timerReach) await sleep(Number((left - timerReach) / 1_000_000n) + 1, signal);
    else if (left > spinReach) await new Promise(setImmediate);
    else {
      while (now() < moment);
      return;
    }
  }
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    // A timer holds 31 bits; a longer wait comes back here.
    const timer = setTimeout(done, Math.min(milliseconds, 0x7fffffff));
    signal?.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}
