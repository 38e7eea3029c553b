/**
 * Memory that grows by whole records.
 *
 * @module
 */
import { viewOf } from '../bytes.js';

/** Memory that grows, filled from the front with whole records. */
export class RecordBuffer {
  bytes: Uint8Array;
  view: DataView;
  length = 0;

  constructor(size: number) {
    this.bytes = allocate(size);
    this.view = viewOf(this.bytes);
  }

  /** Makes room for `size` bytes more, and gives the offset of the first. */
  reserve(size: number): number {
    const at = this.length;
    const needed = at + size;
    if (needed > this.bytes.length) this.#grow(needed);
    this.length = needed;
    return at;
  }

  /** Appends bytes. */
  append(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.reserve(bytes.length));
  }

  #grow(needed: number): void {
    const bytes = allocate(Math.max(needed, 2 * this.bytes.length));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }
}

/** Memory that is not zeroed. No Buffer, whose `slice()` does not copy. */
function allocate(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
}

/** @internal Copies a packet's bytes; a loop is faster than `set()` for the shortest. */
export function put(target: Uint8Array, at: number, bytes: Uint8Array): void {
  const { length } = bytes;
  if (length > 32) target.set(bytes, at);
  else for (let i = 0; i < length; i++) target[at + i] = bytes[i]!;
}
