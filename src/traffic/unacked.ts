/**
 * Segments of one direction that the other has not acknowledged: what round-trip times, bytes in flight and retransmission
 * timeouts are measured against.
 *
 * As a rule they come in order and leave in order, so they lie in a queue, and an acknowledgment takes them from its front. Only
 * where one came out of order is the whole of it gone through.
 *
 * @module
 */

/** Segments kept at the most, as many as Wireshark keeps. */
const maxSegments = 10000;

/** Acknowledgments seen where nobody acknowledges: the queue stops taking segments and bytes in flight are unknown. */
export class Unacked {
  #seq: Int32Array = new Int32Array(4);
  #next: Int32Array = new Int32Array(4);
  #time: Float64Array = new Float64Array(4);
  #frame: Float64Array = new Float64Array(4);
  #from = 0;
  #to = 0;
  #isInOrder = true;
  /** Frame of the segment whose end the last acknowledgment met, or 0. */
  ackedFrame: number = 0;
  /** Time of that segment, in nanoseconds. */
  ackedTime: number = 0;

  /** Segments in the queue. */
  get size(): number {
    return this.#to - this.#from;
  }

  /** Whether another segment is taken in. */
  get hasRoom(): boolean {
    return this.#to - this.#from < maxSegments;
  }

  /** Takes in a segment that ends before `next`. */
  push(seq: number, next: number, time: number, frame: number): void {
    if (this.#to === this.#seq.length) this.#makeRoom();
    if (this.#from === this.#to) this.#isInOrder = true;
    else if (this.#isInOrder && ((seq - this.#next[this.#to - 1]!) | 0) < 0) this.#isInOrder = false;
    this.#seq[this.#to] = seq;
    this.#next[this.#to] = next;
    this.#time[this.#to] = time;
    this.#frame[this.#to] = frame;
    this.#to++;
  }

  /** Removes what `ack` acknowledges and cuts off the acknowledged part of a segment. */
  acknowledge(ack: number): void {
    this.ackedFrame = 0;
    if (this.#isInOrder) {
      while (this.#from < this.#to) {
        const from = this.#from;
        const beyond = (this.#next[from]! - ack) | 0;
        if (beyond > 0) {
          if (((ack - this.#seq[from]!) | 0) > 0) this.#seq[from] = ack;
          break;
        }
        if (beyond === 0) this.#met(from);
        this.#from++;
      }
    } else this.#sweep(ack);
    if (this.#from === this.#to) this.#from = this.#to = 0;
  }

  /** Bytes from the first to behind the last of what is unacknowledged, by relative number; -1 when there is nothing. */
  span(base: number): number {
    if (this.#from === this.#to) return -1;
    if (this.#isInOrder) return (this.#next[this.#to - 1]! - this.#seq[this.#from]!) | 0;
    let low = (this.#seq[this.#from]! - base) >>> 0;
    let high = (this.#next[this.#from]! - base) >>> 0;
    for (let i = this.#from + 1; i < this.#to; i++) {
      low = Math.min(low, (this.#seq[i]! - base) >>> 0);
      high = Math.max(high, (this.#next[i]! - base) >>> 0);
    }
    return high - low;
  }

  /** Time and frame of the segment that has waited longest. */
  get eldestTime(): number {
    return this.#time[this.#from]!;
  }

  get eldestFrame(): number {
    return this.#frame[this.#from]!;
  }

  #met(index: number): void {
    // The eldest of several that end alike counts.
    if (this.ackedFrame !== 0 && this.ackedFrame < this.#frame[index]!) return;
    this.ackedFrame = this.#frame[index]!;
    this.ackedTime = this.#time[index]!;
  }

  #sweep(ack: number): void {
    let kept = this.#from;
    let isInOrder = true;
    for (let i = this.#from; i < this.#to; i++) {
      const beyond = (this.#next[i]! - ack) | 0;
      if (beyond <= 0) {
        if (beyond === 0) this.#met(i);
        continue;
      }
      const seq = ((ack - this.#seq[i]!) | 0) > 0 ? ack : this.#seq[i]!;
      if (kept > this.#from && ((seq - this.#next[kept - 1]!) | 0) < 0) isInOrder = false;
      this.#seq[kept] = seq;
      this.#next[kept] = this.#next[i]!;
      this.#time[kept] = this.#time[i]!;
      this.#frame[kept] = this.#frame[i]!;
      kept++;
    }
    this.#to = kept;
    this.#isInOrder = isInOrder;
  }

  #makeRoom(): void {
    const { size } = this;
    const room = size * 2 > this.#seq.length ? this.#seq.length * 2 : this.#seq.length;
    const from = this.#from;
    const to = this.#to;
    const seq = new Int32Array(room);
    const next = new Int32Array(room);
    const time = new Float64Array(room);
    const frame = new Float64Array(room);
    seq.set(this.#seq.subarray(from, to));
    next.set(this.#next.subarray(from, to));
    time.set(this.#time.subarray(from, to));
    frame.set(this.#frame.subarray(from, to));
    this.#seq = seq;
    this.#next = next;
    this.#time = time;
    this.#frame = frame;
    this.#from = 0;
    this.#to = size;
  }
}
