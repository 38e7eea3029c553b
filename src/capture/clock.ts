/**
 * How an interface counts time: ticks of 10^-n or 2^-n seconds, from an offset.
 *
 * A stamp lies in a file as two 32-bit numbers. They stay two numbers until someone asks for the time, because a bigint
 * for every packet costs more than reading the packet does (`bench/capture.ts`).
 *
 * @module
 */

/** Length of a tick: `base ** -exponent` seconds. Microseconds are `{ base: 10, exponent: 6 }`. */
export interface Resolution {
  readonly base: 2 | 10;
  readonly exponent: number;
}

const scratch = new DataView(new ArrayBuffer(8));

/** An unsigned 64-bit number of its two halves. */
export function joinWords(high: number, low: number): bigint {
  scratch.setUint32(0, high);
  scratch.setUint32(4, low);
  return scratch.getBigUint64(0);
}

/** Rounds down, where bigint division rounds towards zero. */
function divideDown(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}

/** Turns the two numbers of a stamp into nanoseconds since 1970, and back. */
export class Clock {
  readonly resolution: Resolution;
  /** Seconds to add to every stamp: pcapng's `if_tsoffset`. */
  readonly offset: bigint;
  /** Ticks in a second. */
  readonly frequency: bigint;
  readonly #start: bigint;
  readonly #isNanosecond: boolean;
  /** A pcap stamp is seconds and a fraction, a pcapng stamp is one 64-bit count. */
  readonly #isSplit: boolean;

  constructor(resolution: Resolution, offset: bigint = 0n, isSplit: boolean = false) {
    this.resolution = resolution;
    this.offset = offset;
    this.frequency = BigInt(resolution.base) ** BigInt(resolution.exponent);
    this.#start = offset * 1_000_000_000n;
    this.#isNanosecond = this.frequency === 1_000_000_000n;
    this.#isSplit = isSplit;
  }

  /** Ticks since the clock's offset, exact whatever the resolution. */
  ticks(high: number, low: number): bigint {
    return this.#isSplit ? BigInt(high) * this.frequency + BigInt(low) : joinWords(high, low);
  }

  /** Nanoseconds since 1970; what is finer is cut off, as Wireshark does. */
  nanoseconds(high: number, low: number): bigint {
    return this.nanosecondsOf(this.ticks(high, low));
  }

  /** Nanoseconds since 1970 of a number of ticks. */
  nanosecondsOf(ticks: bigint): bigint {
    return (this.#isNanosecond ? ticks : divideDown(ticks * 1_000_000_000n, this.frequency)) + this.#start;
  }

  /** Ticks of a time in nanoseconds since 1970, rounded down. May be negative or too large for the format. */
  ticksOf(nanoseconds: bigint): bigint {
    const since = nanoseconds - this.#start;
    return this.#isNanosecond ? since : divideDown(since * this.frequency, 1_000_000_000n);
  }

  /** Whether both count alike, so that the ticks of one are the ticks of the other. */
  equals(other: Clock): boolean {
    return this.frequency === other.frequency && this.offset === other.offset;
  }
}
