/**
 * The frames of one chunk of a capture, one after the other.
 *
 * @module
 */
import type { CaptureError } from '../errors.js';
import type { CaptureBlock } from './blocks.js';
import type { Frame } from './frame.js';
import type { CaptureInterface } from './interface.js';

/** Where the bytes of one chunk lie: those from `position` to `limit`, in a view whose first byte is byte `base` of the capture. */
export interface Chunk {
  readonly view: DataView;
  readonly position: number;
  readonly limit: number;
  readonly base: number;
}

/**
 * A cursor over the packets of one chunk: `next()` moves to the next packet, whose bytes are then `at` to `end` of
 * `view`. Nothing is allocated for a packet unless `frame` or `timestamp` is asked for.
 *
 * ```ts
 * for (const batch of reader.batches()) {
 *   const { view } = batch;
 *   while (batch.next()) if (view.getUint16(batch.at + 12) === 0x0800) ipv4++;
 * }
 * ```
 *
 * A batch is of use until the next one is asked for; its `view` and the frames made from it stay good for ever, unless
 * `batches({ reuse: true })` was asked for: then `view` is written over and the frames are copies.
 */
export abstract class FrameBatch implements Iterable<Frame> {
  /** The chunk's memory. */
  readonly view: DataView;
  /** First captured byte of the current packet in `view`. */
  at: number = 0;
  /** End of the current packet's captured bytes in `view`. */
  end: number = 0;
  /** @internal First byte not read yet. */
  position: number;
  /** @internal End of what was read from the file. */
  readonly limit: number;
  /** @internal Offset of the view's first byte in the capture. */
  readonly base: number;
  /** @internal Bytes from `position` on that the next record takes, as far as is known. */
  need: number = 0;
  /** @internal Whether the chunk's memory is written over by the next batch. */
  isTransient: boolean = false;
  /** @internal The damage that was come to. */
  fault: CaptureError | undefined;
  /** @internal The block that `step()` came to. */
  block: CaptureBlock | undefined;

  constructor({ view, position, limit, base }: Chunk) {
    this.view = view;
    this.position = position;
    this.limit = limit;
    this.base = base;
  }

  /**
   * Moves to the next packet; false at the end of the chunk.
   *
   * @throws CaptureError where the capture is damaged; the packets before have all been given
   */
  abstract next(): boolean;

  /** @internal Moves to the next record of any kind: true for a packet, false for `block`, undefined at the end. */
  abstract step(): boolean | undefined;

  /** Bytes the current packet had on the wire. */
  abstract readonly originalLength: number;

  /** Number of the current packet, as Wireshark counts. */
  abstract readonly number: number;

  /** Interface of the current packet. */
  abstract readonly interface: CaptureInterface;

  /** Link type of the current packet's interface, so that a batch is itself what `dissect` takes. */
  get linkType(): number {
    return this.interface.linkType;
  }

  /** Nanoseconds since 1970 of the current packet; undefined for a simple packet. */
  abstract readonly timestamp: bigint | undefined;

  /** @internal The current packet as an object that shares the chunk's memory. */
  protected abstract makeFrame(): Frame;

  /** The current packet as an object that outlives the batch. */
  get frame(): Frame {
    const frame = this.makeFrame();
    return this.isTransient ? frame.copy() : frame;
  }

  /** The packets not yet passed, as objects. */
  *[Symbol.iterator](): Generator<Frame, void, undefined> {
    while (this.next()) yield this.frame;
  }
}
