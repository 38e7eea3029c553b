/**
 * Bytes that grow as they are written, for messages whose size is known only when they are done.
 *
 * @module
 */
import { bytesOf } from '../../bytes.js';

/** A growing buffer. */
export class Writer {
  /** All that is written so far, and room behind it; another view after each growth. */
  view: DataView = new DataView(new ArrayBuffer(64));
  length = 0;

  /** Offset of `size` further bytes of zero. */
  take(size: number): number {
    const at = this.length;
    this.length += size;
    if (this.length > this.view.byteLength) {
      const grown = new Uint8Array(Math.max(this.length, 2 * this.view.byteLength));
      grown.set(bytesOf(this.view));
      this.view = new DataView(grown.buffer);
    }
    return at;
  }

  put(bytes: Uint8Array): void {
    const at = this.take(bytes.length);
    bytesOf(this.view, at, at + bytes.length).set(bytes);
  }

  /** What is written, sharing memory with the writer. */
  get bytes(): Uint8Array {
    return bytesOf(this.view, 0, this.length);
  }
}
