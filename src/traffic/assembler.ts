/**
 * Puts the segments of one direction in order: through retransmission, overlap, reordering, a missing start and the wrap of sequence
 * numbers. What never came is a gap, told as soon as the receiver has acknowledged what lies behind it.
 *
 * @module
 */
import { TcpFlag } from '../wire/index.js';

/** Bytes that came in order, or the place of some that are missing. */
export interface Piece {
  /** In order, detached from the capture; empty for a gap. */
  readonly bytes: Uint8Array;
  /** Bytes missing from the capture; 0 for data. */
  readonly missing: number;
  /** Bytes behind these that the capture's snap length cut off. */
  readonly cut: number;
  /** Frame that made the bytes available, or the gap certain. */
  readonly frame: number;
  /** Its time in nanoseconds since the capture's first frame. */
  readonly time: number;
}

interface Fragment {
  readonly seq: number;
  /** Bytes of data on the wire; `bytes` has fewer where the capture cut the packet. */
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly frame: number;
  readonly time: number;
}

/** A segment as it was captured. */
interface CapturedSegment extends Fragment {
  /** TCP's flags. */
  readonly flags: number;
}

/** Bytes held back at the most for one direction, waiting for those before them. */
const defaultLimit = 16 * 1024 * 1024;

/** Orders one direction of a connection. */
export class Assembler {
  #next = 0;
  #isStarted = false;
  #hasData = false;
  #waiting: Fragment[] = [];
  #held = 0;
  readonly #limit: number;

  /** @param limit bytes held back at the most; beyond it the bytes before them count as missing */
  constructor(limit: number = defaultLimit) {
    this.#limit = limit;
  }

  /** Bytes held back, waiting for those before them. */
  get held(): number {
    return this.#held;
  }

  /**
   * Takes in a segment. Gives what is now in order.
   */
  add(segment: CapturedSegment): Piece[] {
    const { flags, length, frame, time } = segment;
    const pieces: Piece[] = [];
    const isSyn = (flags & TcpFlag.SYN) !== 0;
    // Data of a SYN begins behind it, RFC 9293 section 3.4.
    const first = isSyn ? (segment.seq + 1) | 0 : segment.seq | 0;
    // A SYN before any data may be a new attempt with another number.
    if (!this.#isStarted || (isSyn && !this.#hasData)) {
      this.#isStarted = true;
      this.#next = first;
    }
    if (length === 0) return pieces;
    this.#hasData = true;
    this.#take(pieces, { seq: first, bytes: segment.bytes, length, frame, time });
    this.#drain(pieces);
    if (this.#held > this.#limit) this.#skip(pieces, frame, time);
    return pieces;
  }

  /** Takes in the other side's acknowledgment: what it covers and never came is missing from the capture. */
  acknowledge(ack: number, frame: number, time: number): Piece[] {
    const pieces: Piece[] = [];
    while (this.#waiting.length > 0) {
      const lowest = this.#lowest();
      if (((ack - lowest) | 0) <= 0) break;
      this.#skip(pieces, frame, time);
    }
    return pieces;
  }

  #take(pieces: Piece[], { seq, bytes, length, frame, time }: Fragment): void {
    const early = (seq - this.#next) | 0;
    if (early > 0) {
      this.#waiting.push({ seq, length, bytes: bytes.slice(), frame, time });
      this.#held += bytes.length;
      return;
    }
    if (early + length <= 0) return;
    const fresh = bytes.slice(-early);
    this.#next = (seq + length) | 0;
    pieces.push({ bytes: fresh, missing: 0, cut: length + early - fresh.length, frame, time });
  }

  /** Lets through what the bytes before it have reached. */
  #drain(pieces: Piece[]): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (let i = 0; i < this.#waiting.length; i++) {
        const fragment = this.#waiting[i]!;
        if (((fragment.seq - this.#next) | 0) > 0) continue;
        this.#waiting.splice(i--, 1);
        this.#held -= fragment.bytes.length;
        const before = this.#next;
        this.#take(pieces, fragment);
        if (this.#next !== before) moved = true;
      }
    }
  }

  #lowest(): number {
    let lowest = this.#waiting[0]!.seq;
    for (const { seq } of this.#waiting) if (((seq - lowest) | 0) < 0) lowest = seq;
    return lowest;
  }

  /** Gives up the bytes before the first that waits. */
  #skip(pieces: Piece[], frame: number, time: number): void {
    const lowest = this.#lowest();
    pieces.push({ bytes: new Uint8Array(0), missing: (lowest - this.#next) >>> 0, cut: 0, frame, time });
    this.#next = lowest;
    this.#drain(pieces);
  }
}
