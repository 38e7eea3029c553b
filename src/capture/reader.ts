/**
 * Reads captures: pcap and pcapng, gzip around them or not, from files, streams and memory, in constant memory.
 *
 * @module
 */
import * as fs from 'node:fs';
import { toHex, viewOf } from '../bytes.js';
import { CaptureError } from '../errors.js';
import type { FrameBatch } from './batch.js';
import { BlockType } from './block.js';
import type { CaptureBlock, DecryptionSecrets } from './blocks.js';
import { Chunks } from './chunks.js';
import type { Decoder, DecoderLimits } from './decoder.js';
import type { Frame } from './frame.js';
import type { CaptureInterface } from './interface.js';
import type { NameResolution } from './name-resolution.js';
import { PCAP_HEADER_SIZE, PCAP_RECORD_SIZE, PcapDecoder, type PcapHeader, pcapByteOrder } from './pcap.js';
import { PcapngDecoder } from './pcapng.js';
import type { Section } from './section.js';
import { EmptySource, FileSource, GunzipSource, gunzipSync, isGzip, type Source, StreamSource } from './source.js';
import type { InterfaceStatistics } from './statistics.js';

/** How to read a capture. */
export interface CaptureReaderOptions extends DecoderLimits {
  /** Bytes read at a time, about the size of the memory that frames share: 1 MiB where left out. */
  readonly chunkSize?: number;
  /** Bytes that a gzip file may decompress to when it is read synchronously, where it lies in memory: 1 GiB where left out. */
  readonly maximumDecompressed?: number;
}

/** A path, bytes in memory, or a stream of bytes such as `process.stdin`. */
export type CaptureSource = string | URL | Uint8Array | AsyncIterable<Uint8Array>;

/** Chunks of a capture, to go through with `for` or with `for await`. */
export interface FrameBatches extends Iterable<FrameBatch>, AsyncIterable<FrameBatch> {}

/**
 * Reads a capture from its beginning to its end, once.
 *
 * ```ts
 * for await (const frame of await CaptureReader.open('capture.pcapng')) console.log(frame.number, frame.bytes);
 * ```
 *
 * A damaged capture gives every packet before the damage, and then throws a `CaptureError`. Leaving a loop early closes
 * the reader.
 */
export class CaptureReader implements AsyncIterable<Frame> {
  readonly #decoder: Decoder;
  readonly #chunks: Chunks;
  /** Bytes that the next record takes, as far as is known. */
  #need = 0;
  #isEnded = false;
  #isClosed = false;
  #fault: unknown;
  /** Whether the capture is gzip-compressed. */
  readonly isCompressed: boolean;
  /** What ends the capture after the bytes that are there. */
  readonly #damage: CaptureError | undefined;

  private constructor(source: Source, decoder: Decoder, start: Start, options: CaptureReaderOptions) {
    this.#decoder = decoder;
    this.#chunks = new Chunks(source, start.bytes, start.length, chunkSizeOf(options));
    this.#chunks.position = decoder.format === 'pcap' ? PCAP_HEADER_SIZE : 0;
    this.#damage = start.fault;
    this.isCompressed = start.isCompressed ?? false;
  }

  /**
   * Opens a capture and reads its header. Bytes in memory are not copied: frames share them.
   *
   * @throws CaptureError `IO` for a file that cannot be read, `NOT_A_CAPTURE` for one that is something else
   */
  static async open(source: CaptureSource, options: CaptureReaderOptions = {}): Promise<CaptureReader> {
    if (source instanceof Uint8Array && !isGzip(source)) return CaptureReader.openSync(source, options);
    let from: Source = new EmptySource();
    try {
      let start: Start;
      if (source instanceof Uint8Array) {
        start = { bytes: source, length: source.length };
      } else {
        from = typeof source === 'string' || source instanceof URL ? new FileSource(source) : new StreamSource(source);
        start = await readStart(from, chunkSizeOf(options));
      }
      if (isGzip(start.bytes.subarray(0, start.length))) {
        from = new GunzipSource(from, start.bytes.subarray(0, start.length));
        start = { ...(await readStart(from, chunkSizeOf(options))), isCompressed: true };
      }
      return CaptureReader.#start(from, start, options);
    } catch (cause) {
      await from.close();
      throw cause;
    }
  }

  /** As `open()`, for a file or memory, without waiting. A gzip file is decompressed as a whole. */
  static openSync(source: string | URL | Uint8Array, options: CaptureReaderOptions = {}): CaptureReader {
    let from: Source = new EmptySource();
    try {
      let start: Start;
      if (source instanceof Uint8Array) {
        start = { bytes: source, length: source.length };
      } else {
        from = new FileSource(source);
        start = readStartSync(from, chunkSizeOf(options));
      }
      if (isGzip(start.bytes.subarray(0, start.length))) {
        const compressed = source instanceof Uint8Array ? source : fs.readFileSync(source);
        const { bytes, fault } = gunzipSync(compressed, options.maximumDecompressed ?? 1024 * 1024 * 1024);
        from.closeSync();
        from = new EmptySource();
        start = { bytes, length: bytes.length, fault, isCompressed: true };
      }
      return CaptureReader.#start(from, start, options);
    } catch (cause) {
      from.closeSync();
      throw cause;
    }
  }

  static #start(source: Source, start: Start, options: CaptureReaderOptions): CaptureReader {
    return new CaptureReader(source, recognize(start, options), start, options);
  }

  get format(): 'pcap' | 'pcapng' {
    return this.#decoder.format;
  }

  /** Offset in bytes, in the (uncompressed) capture, of the first record not read yet. */
  get offset(): number {
    return this.#chunks.base + this.#chunks.position;
  }

  /** The error that ended reading, if one did. */
  get fault(): unknown {
    return this.#fault;
  }

  /** @internal What a conversion would lose of a pcap file's own: reserved fields, the modified format's. */
  get hasReserved(): boolean {
    const decoder = this.#decoder;
    return (
      decoder instanceof PcapDecoder && (decoder.recordSize !== PCAP_RECORD_SIZE || decoder.reserved.some(Boolean))
    );
  }

  /** @internal Header of a pcap file. */
  get header(): PcapHeader | undefined {
    return this.#decoder instanceof PcapDecoder ? this.#decoder.header : undefined;
  }

  /** Sections met so far; a pcap file is one. */
  get sections(): readonly Section[] {
    return this.#decoder.sections;
  }

  /** Interfaces met so far, of all sections. */
  get interfaces(): readonly CaptureInterface[] {
    return this.#decoder.interfaces;
  }

  /** Names of addresses met so far. */
  get nameResolution(): readonly NameResolution[] {
    return this.#decoder.nameResolution;
  }

  /** Statistics of interfaces met so far. */
  get statistics(): readonly InterfaceStatistics[] {
    return this.#decoder.statistics;
  }

  /** Secrets for decryption met so far. */
  get secrets(): readonly DecryptionSecrets[] {
    return this.#decoder.secrets;
  }

  /** The packets, one object each. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Frame, void, undefined> {
    for await (const batch of this.batches()) while (batch.next()) yield batch.frame;
  }

  /** The packets without waiting, of a file or memory. */
  *frames(): Generator<Frame, void, undefined> {
    for (const batch of this.batches()) while (batch.next()) yield batch.frame;
  }

  /** Packets and every other block, in the order of the file. */
  async *records(): AsyncGenerator<Frame | CaptureBlock, void, undefined> {
    for await (const batch of this.batches())
      for (let step = batch.step(); step !== undefined; step = batch.step()) yield step ? batch.frame : batch.block!;
  }

  /**
   * The packets a chunk at a time, which is the fast way: a loop over packets that allocates nothing.
   *
   * With `reuse`, a batch's memory is written over by the next batch. That is faster still; what is kept of `view` must
   * be copied, and `batch.frame` gives frames that are.
   */
  batches({ reuse = false }: { readonly reuse?: boolean } = {}): FrameBatches {
    return {
      [Symbol.iterator]: () => this.#batchesSync(reuse),
      [Symbol.asyncIterator]: () => this.#batchesAsync(reuse),
    };
  }

  /** Closes the file. A reader whose loop came to its end, was left or threw is closed already. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#chunks.close();
  }

  /** As `close()`, without waiting. */
  closeSync(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#chunks.closeSync();
  }

  *#batchesSync(reuse: boolean): Generator<FrameBatch, void, undefined> {
    try {
      this.#chunks.reuse = reuse;
      for (;;) {
        yield* this.#batch();
        if (this.#isEnded) return;
        this.#took(this.#damage ? 0 : this.#chunks.moreSync(this.#need));
      }
    } catch (cause) {
      throw this.#fail(cause);
    } finally {
      this.closeSync();
    }
  }

  async *#batchesAsync(reuse: boolean): AsyncGenerator<FrameBatch, void, undefined> {
    try {
      this.#chunks.reuse = reuse;
      for (;;) {
        if (!this.#isEnded && !this.#isClosed) this.#chunks.readAhead();
        yield* this.#batch();
        if (this.#isEnded) return;
        this.#took(this.#damage ? 0 : await this.#chunks.more(this.#need));
      }
    } catch (cause) {
      throw this.#fail(cause);
    } finally {
      await this.close();
    }
  }

  /** A batch of what is there, if a whole record may be. */
  *#batch(): Generator<FrameBatch, void, undefined> {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#isEnded) return;
    if (this.#isClosed) throw new CaptureError('IO', 'Cannot read capture: its reader was closed');
    const chunks = this.#chunks;
    if (chunks.rest < this.#need) return;
    const batch = this.#decoder.batch(chunks.view, chunks.position, chunks.limit, chunks.base);
    batch.isTransient = chunks.reuse;
    try {
      yield batch;
      while (batch.next());
    } finally {
      chunks.position = batch.position;
      this.#fault ??= batch.fault;
    }
    this.#need = batch.need;
  }

  #took(count: number): void {
    if (count > 0) return;
    if (this.#damage) throw this.#damage;
    const { rest, base, position } = this.#chunks;
    if (rest === 0) {
      this.#isEnded = true;
      return;
    }
    const at = base + position;
    throw new CaptureError(
      'TRUNCATED',
      `Cannot read capture at byte ${at}: it ends after ${rest} bytes of a record that takes at least ${this.#need}`,
      at,
    );
  }

  /** Remembers why reading stopped, so that it does not seem to have come to the end. */
  #fail(cause: unknown): unknown {
    this.#fault ??= cause;
    return cause;
  }
}

/**
 * All packets of a capture. For files that fit in memory: frames share it.
 *
 * @throws CaptureError for a damaged capture; use `CaptureReader` to have what comes before the damage
 */
export async function readCapture(source: CaptureSource, options: CaptureReaderOptions = {}): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const batch of (await CaptureReader.open(source, options)).batches())
    while (batch.next()) frames.push(batch.frame);
  return frames;
}

/** First bytes of a capture. */
interface Start {
  readonly bytes: Uint8Array;
  /** How many of `bytes` were read. */
  readonly length: number;
  /** What ends the capture after these. */
  readonly fault?: CaptureError | undefined;
  readonly isCompressed?: boolean;
}

function chunkSizeOf({ chunkSize = 1024 * 1024 }: CaptureReaderOptions): number {
  if (Number.isSafeInteger(chunkSize) && chunkSize > 0) return Math.max(chunkSize, PCAP_HEADER_SIZE);
  throw new CaptureError('UNSUPPORTED', `Cannot read capture: chunkSize is ${chunkSize}, a positive integer needed`);
}

/** Bytes enough to tell what kind of file it is, if it has them. */
async function readStart(source: Source, size: number): Promise<Start> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < PCAP_HEADER_SIZE) {
    const count = await source.read(bytes, length, size);
    if (count === 0) break;
    length += count;
  }
  return { bytes, length };
}

function readStartSync(source: Source, size: number): Start {
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < PCAP_HEADER_SIZE) {
    const count = source.readSync(bytes, length, size);
    if (count === 0) break;
    length += count;
  }
  return { bytes, length };
}

function recognize({ bytes, length, fault }: Start, options: CaptureReaderOptions): Decoder {
  const view = viewOf(bytes);
  if (length >= 4) {
    if (view.getUint32(0) === BlockType.SECTION) return new PcapngDecoder(options);
    if (pcapByteOrder(view)) {
      if (length >= PCAP_HEADER_SIZE) return new PcapDecoder(view, options);
      throw new CaptureError(
        'TRUNCATED',
        `Cannot read capture at byte 0: it ends after ${length} bytes of a header that takes ${PCAP_HEADER_SIZE}`,
        0,
      );
    }
  }
  if (fault) throw fault;
  const state = length === 0 ? 'the file is empty' : `it begins with ${toHex(bytes.subarray(0, Math.min(length, 4)))}`;
  throw new CaptureError('NOT_A_CAPTURE', `Cannot read capture at byte 0: ${state}, a pcap or pcapng header needed`, 0);
}
