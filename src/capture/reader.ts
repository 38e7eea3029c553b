/**
 * Reads captures: pcap and pcapng, gzip around them or not, from files, streams and memory, in constant memory.
 *
 * @module
 */
import * as fs from 'node:fs';
import { viewOf } from '../bytes.js';
import { CaptureError } from '../errors.js';
import type { FrameBatch } from './batch.js';
import { BlockType } from './block.js';
import type { CaptureBlock, DecryptionSecrets } from './blocks.js';
import type { Decoder, DecoderLimits } from './decoder.js';
import type { Frame } from './frame.js';
import type { CaptureInterface } from './interface.js';
import type { NameResolution } from './name-resolution.js';
import { PCAP_HEADER_SIZE, PcapDecoder, pcapByteOrder } from './pcap.js';
import { PcapngDecoder } from './pcapng.js';
import type { Section } from './section.js';
import { EmptySource, FileSource, GunzipSource, gunzipSync, isGzip, type Source, StreamSource } from './source.js';
import type { InterfaceStatistics } from './statistics.js';

/** How to read a capture. */
export interface CaptureReaderOptions extends DecoderLimits {
  /** Bytes read at a time, and the size of the memory that frames share: 1 MiB where left out. */
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
  readonly #source: Source;
  readonly #decoder: Decoder;
  readonly #chunkSize: number;
  #view: DataView;
  #position: number;
  #limit: number;
  #base = 0;
  #need = 0;
  #isEnded = false;
  #isClosed = false;
  #fault: unknown;

  private constructor(source: Source, decoder: Decoder, start: Start, options: CaptureReaderOptions) {
    this.#source = source;
    this.#decoder = decoder;
    this.#chunkSize = chunkSizeOf(options);
    this.#view = viewOf(start.bytes);
    this.#limit = start.length;
    this.#position = decoder.format === 'pcap' ? PCAP_HEADER_SIZE : 0;
    this.#fault = start.fault;
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
        start = await readStart(from, chunkSizeOf(options));
      }
      return await CaptureReader.#start(from, start, options);
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
        void from.close();
        from = new EmptySource();
        start = { bytes, length: bytes.length, fault };
      }
      return CaptureReader.#start(from, start, options);
    } catch (cause) {
      void from.close();
      throw cause;
    }
  }

  static #start(source: Source, start: Start, options: CaptureReaderOptions): CaptureReader {
    return new CaptureReader(source, recognize(start, options), start, options);
  }

  get format(): 'pcap' | 'pcapng' {
    return this.#decoder.format;
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

  /** The packets a chunk at a time, which is the fast way: a loop over packets that allocates nothing. */
  batches(): FrameBatches {
    return {
      [Symbol.iterator]: () => this.#batchesSync(),
      [Symbol.asyncIterator]: () => this.#batchesAsync(),
    };
  }

  /** Closes the file. A reader whose loop came to its end, was left or threw is closed already. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#source.close();
  }

  *#batchesSync(): Generator<FrameBatch, void, undefined> {
    try {
      for (;;) {
        yield* this.#batch();
        if (this.#isEnded) return;
        const [bytes, at] = this.#room();
        this.#took(this.#fault === undefined ? this.#source.readSync(bytes, at, bytes.length) : 0);
      }
    } catch (cause) {
      throw this.#fail(cause);
    } finally {
      void this.close();
    }
  }

  async *#batchesAsync(): AsyncGenerator<FrameBatch, void, undefined> {
    try {
      for (;;) {
        yield* this.#batch();
        if (this.#isEnded) return;
        const [bytes, at] = this.#room();
        this.#took(this.#fault === undefined ? await this.#source.read(bytes, at, bytes.length) : 0);
      }
    } catch (cause) {
      throw this.#fail(cause);
    } finally {
      await this.close();
    }
  }

  /** A batch of what is there, if a whole record may be. */
  *#batch(): Generator<FrameBatch, void, undefined> {
    if (this.#isClosed && !this.#isEnded)
      throw this.#fault ?? new CaptureError('IO', 'Cannot read capture: its reader was closed');
    if (this.#isEnded || this.#limit - this.#position < this.#need) return;
    const batch = this.#decoder.batch(this.#view, this.#position, this.#limit, this.#base);
    try {
      yield batch;
      while (batch.next());
    } finally {
      this.#position = batch.position;
    }
    this.#need = batch.need;
  }

  /** Memory to read into, behind what is not yet read as records. What frames may share is not written to again. */
  #room(): [bytes: Uint8Array, at: number] {
    const rest = this.#limit - this.#position;
    const room = this.#view.byteLength - this.#limit;
    const wanted = Math.min(this.#need - rest, this.#chunkSize);
    if (room === 0 || room < wanted || room < this.#chunkSize / 4) {
      // A length that lies must not allocate: memory at most doubles with what the file really held.
      const size = Math.max(this.#chunkSize, Math.min(this.#need, 2 * rest));
      const bytes = Buffer.allocUnsafeSlow(size + (size > rest ? 0 : this.#chunkSize));
      bytes.set(new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.#position, rest));
      this.#base += this.#position;
      this.#view = viewOf(bytes);
      this.#position = 0;
      this.#limit = rest;
    }
    const { buffer, byteOffset, byteLength } = this.#view;
    return [new Uint8Array(buffer, byteOffset, byteLength), this.#limit];
  }

  #took(count: number): void {
    this.#limit += count;
    if (count > 0) return;
    if (this.#fault !== undefined) throw this.#fault;
    const rest = this.#limit - this.#position;
    if (rest === 0) {
      this.#isEnded = true;
      return;
    }
    const at = this.#base + this.#position;
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
  const state =
    length === 0
      ? 'the file is empty'
      : `it begins with ${Buffer.from(bytes.subarray(0, Math.min(length, 4))).toString('hex')}`;
  throw new CaptureError('NOT_A_CAPTURE', `Cannot read capture at byte 0: ${state}, a pcap or pcapng header needed`, 0);
}
