/**
 * Reads captures: pcap and pcapng, gzip around them or not, from files, streams and memory, in constant memory.
 *
 * @module
 */
import * as fs from 'node:fs';
import { Readable } from 'node:stream';
import { CaptureError } from '../errors.js';
import type { FrameBatch } from './batch.js';
import type { CaptureBlock, DecryptionSecrets } from './blocks.js';
import { Chunks } from './chunks.js';
import type { Decoder, DecoderLimits } from './decoder.js';
import type { Frame } from './frame.js';
import { FrameIterator } from './frame-iterator.js';
import { GunzipSource, gunzipSync, isGzip } from './gunzip.js';
import type { CaptureInterface } from './interface.js';
import type { NameResolution } from './name-resolution.js';
import { PCAP_HEADER_SIZE, PCAP_RECORD_SIZE, PcapDecoder, type PcapHeader } from './pcap.js';
import type { Section } from './section.js';
import { EmptySource, FileSource, type Source, StreamSource } from './source.js';
import { readStart, readStartSync, recognize, type Start } from './start.js';
import type { InterfaceStatistics } from './statistics.js';

const CHUNK_SIZE_SYNC = 256 * 1024;
const CHUNK_SIZE = 1024 * 1024;

/** How to read a capture. */
export interface CaptureReaderOptions extends DecoderLimits {
  /**
   * Bytes read at a time, about the size of the memory that frames share. Where left out: 256 KiB without waiting, since that
   * much stays in the processor's cache, 1 MiB with waiting, which costs more each time (`bench/capture.ts`).
   */
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
  readonly #options: CaptureReaderOptions;
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
    this.#options = options;
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
        from = new GunzipSource(from, start.bytes.subarray(0, start.length), reopening(source));
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
        start = readStartSync(from, chunkSizeOf({ chunkSize: CHUNK_SIZE_SYNC, ...options }));
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
  [Symbol.asyncIterator](): AsyncIterator<Frame, void, undefined> {
    return new FrameIterator(this.#batchesAsync(false));
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
      this.#chunks.size = chunkSizeOf({ chunkSize: CHUNK_SIZE_SYNC, ...this.#options });
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

/** How to read a source once more from its beginning, if that is possible. */
function reopening(source: CaptureSource): (() => Source) | undefined {
  if (source instanceof Uint8Array) return () => new StreamSource(Readable.from([source]));
  if (typeof source !== 'string' && !(source instanceof URL)) return undefined;
  return fs.statSync(source).isFile() ? () => new FileSource(source) : undefined;
}

function chunkSizeOf({ chunkSize = CHUNK_SIZE }: CaptureReaderOptions): number {
  if (Number.isSafeInteger(chunkSize) && chunkSize > 0) return Math.max(chunkSize, PCAP_HEADER_SIZE);
  throw new CaptureError('UNSUPPORTED', `Cannot read capture: chunkSize is ${chunkSize}, a positive integer needed`);
}
