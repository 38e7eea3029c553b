/**
 * The memory a capture is read into.
 *
 * @module
 */
import { viewOf } from '../bytes.js';
import type { Source } from './source.js';

/** Room before each chunk, for the beginning of a record whose end is in it. */
const HEADROOM = 64 * 1024;

/** Bytes `at` to `end` of `bytes` were read from the source. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
}

/**
 * A window onto a source: bytes `position` to `limit` of `view` are read and not yet used up. What lies before
 * `position` is never written to again, because frames may share it, unless `reuse` was asked for.
 */
export class Chunks {
  view: DataView;
  position: number;
  limit: number;
  /** Offset in the source of the view's first byte. */
  base = 0;
  reuse = false;
  /** What to read at a time. */
  size: number;
  readonly #source: Source;
  #bytes: Uint8Array;
  #spare: Uint8Array | undefined;
  #ahead: Promise<Piece> | undefined;

  /** `bytes` up to `limit` were read already. */
  constructor(source: Source, bytes: Uint8Array, limit: number, size: number) {
    this.#source = source;
    this.size = size;
    this.#bytes = bytes;
    this.view = viewOf(bytes);
    this.position = 0;
    this.limit = limit;
  }

  /** Bytes read and not yet used up. */
  get rest(): number {
    return this.limit - this.position;
  }

  /** Starts reading on while what is there is used up, if the source is a file. */
  readAhead(): void {
    if (this.#ahead || !this.#source.isFile) return;
    const bytes = this.#allocate();
    this.#ahead = this.#source
      .read(bytes, HEADROOM, bytes.length)
      .then((count) => ({ bytes, at: HEADROOM, end: HEADROOM + count }));
    // Whoever asks for more is told of the fault; until then it is nobody's.
    this.#ahead.catch(() => {});
  }

  /** Reads more, towards `need` bytes in all; gives how many came. */
  async more(need: number): Promise<number> {
    const ahead = this.#ahead;
    if (ahead) {
      this.#ahead = undefined;
      const piece = await ahead;
      this.#adopt(piece, need);
      return piece.end - piece.at;
    }
    this.#makeRoom(need);
    const count = await this.#source.read(this.#bytes, this.limit, this.#bytes.length);
    this.limit += count;
    return count;
  }

  /** As `more()`, without waiting. */
  moreSync(need: number): number {
    this.#makeRoom(need);
    const count = this.#source.readSync(this.#bytes, this.limit, this.#bytes.length);
    this.limit += count;
    return count;
  }

  /** Waits for what is being read and closes the source. */
  async close(): Promise<void> {
    await this.#ahead?.catch(() => {});
    await this.#source.close();
  }

  closeSync(): void {
    this.#source.closeSync();
  }

  #allocate(): Uint8Array {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare ?? Buffer.allocUnsafeSlow(HEADROOM + this.size);
  }

  /** Goes on in memory that was read into, with the rest before it. */
  #adopt({ bytes, at, end }: Piece, need: number): void {
    const { rest } = this;
    if (rest > at) {
      const grown = this.#grow(rest + end - at, need);
      grown.set(bytes.subarray(at, end), rest);
      this.limit = rest + end - at;
      return;
    }
    const start = at - rest;
    bytes.set(this.#bytes.subarray(this.position, this.limit), start);
    this.base += this.position - start;
    if (this.reuse && this.#bytes.length === bytes.length) this.#spare = this.#bytes;
    this.#use(bytes, start, end);
  }

  /** Memory behind `limit` to read into. Short reads, as of a pipe, share a chunk. */
  #makeRoom(need: number): void {
    const { rest } = this;
    const room = this.#bytes.length - this.limit;
    if (room >= this.size / 4 && this.position + need <= this.#bytes.length) return;
    if (need > this.size || rest > HEADROOM) {
      this.#grow(rest + this.size, need);
      return;
    }
    const isReused = this.reuse && this.#bytes.length === HEADROOM + this.size;
    const bytes = isReused ? this.#bytes : this.#allocate();
    const start = HEADROOM - rest;
    if (isReused) bytes.copyWithin(start, this.position, this.limit);
    else bytes.set(this.#bytes.subarray(this.position, this.limit), start);
    this.base += this.position - start;
    this.#use(bytes, start, HEADROOM);
  }

  /** Larger memory with the rest at its start. A length that lies allocates no more than twice what there really is. */
  #grow(least: number, need: number): Uint8Array {
    const bytes = Buffer.allocUnsafeSlow(Math.max(least, Math.min(need, 2 * least)));
    bytes.set(this.#bytes.subarray(this.position, this.limit));
    this.base += this.position;
    this.#use(bytes, 0, this.rest);
    return bytes;
  }

  #use(bytes: Uint8Array, position: number, limit: number): void {
    this.#bytes = bytes;
    this.view = viewOf(bytes);
    this.position = position;
    this.limit = limit;
  }
}
