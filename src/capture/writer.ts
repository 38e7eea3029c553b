/**
 * Writes captures: pcapng or pcap, to files, streams and memory.
 *
 * @module
 */
import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { CaptureError } from '../errors.js';
import { type CaptureBlock, type CustomBlock, encodeCustom, encodeJournal, type SecretsInit } from './blocks.js';
import type { Encoder, Loss, PacketInit } from './encoder.js';
import { Frame } from './frame.js';
import type { CaptureInterface, InterfaceInit } from './interface.js';
import { encodeNames, type NameResolutionInit } from './name-resolution.js';
import { PcapEncoder } from './pcap-encoder.js';
import { PcapngEncoder } from './pcapng-encoder.js';
import { CaptureReader } from './reader.js';
import { RecordBuffer } from './record-buffer.js';
import type { Section, SectionInit } from './section.js';
import { FileSink, type Sink, StreamSink } from './sink.js';
import { ioError } from './source.js';
import { type SplitOptions, Splitter } from './split.js';
import { encodeStatistics, type StatisticsInit } from './statistics.js';

/** How to write a capture. */
export interface CaptureWriterOptions {
  /** pcap for a path that ends in `.pcap` or `.cap`, pcapng for any other, where left out. */
  readonly format?: 'pcapng' | 'pcap';
  readonly byteOrder?: 'little' | 'big';
  /** The section's header, in pcapng. */
  readonly section?: SectionInit | Section;
  /** Interfaces to begin with. */
  readonly interfaces?: readonly InterfaceInit[];
  /** Link type if no interface is added before the first packet: Ethernet where left out. */
  readonly linkType?: number;
  /** Digits of a second's fraction in pcap: as the first interface's resolution has it where left out. */
  readonly digits?: 6 | 9;
  /** What may be left out where the format cannot hold it. Nothing where left out: writing it throws. */
  readonly lose?: readonly Loss[] | 'all';
  readonly split?: SplitOptions;
  /** Hands each packet to the operating system at once, as `tcpdump -U` does. */
  readonly immediate?: boolean;
  /** Bytes collected before they are written: 1 MiB where left out. */
  readonly bufferSize?: number;
}

/** How to go on with a capture that is there. */
export interface CaptureAppendOptions extends Omit<CaptureWriterOptions, 'split'> {
  /** Cuts off the beginning of a record at the end of the file, which a program that died may have left. */
  readonly repair?: boolean;
}

/**
 * Writes a capture.
 *
 * ```ts
 * const writer = CaptureWriter.create('capture.pcapng', { interfaces: [{ name: 'lo', linkType: LinkType.NULL }] });
 * await writer.write({ timestamp: 1_700_000_000_000_000_000n, bytes, comments: ['msg_id 1'] });
 * await writer.close();
 * ```
 *
 * Files are written in whole records, so that one whose program died is good up to the last record that reached it.
 */
export class CaptureWriter {
  readonly #encoder: Encoder;
  readonly #bufferSize: number;
  readonly #isImmediate: boolean;
  readonly #split: Splitter | undefined;
  #sink: Sink;
  #spare: RecordBuffer | undefined;
  /** Bytes on their way. */
  #pending: Promise<void> | undefined;
  #fault: unknown;
  #isClosed = false;
  readonly #path: readonly string[];

  /** @internal Use `create()` or `append()`. */
  constructor(
    sink: Sink,
    encoder: Encoder,
    options: CaptureWriterOptions,
    { path, split }: { readonly path?: string; readonly split?: Splitter | undefined } = {},
  ) {
    this.#path = path === undefined ? [] : [path];
    this.#sink = sink;
    this.#encoder = encoder;
    this.#bufferSize = options.bufferSize ?? 1024 * 1024;
    this.#isImmediate = options.immediate ?? false;
    this.#split = split;
  }

  /**
   * Begins a capture in a file, which is made or emptied, or in a stream.
   *
   * @throws CaptureError `IO` for a file that cannot be made
   */
  static create(target: string | Writable, options: CaptureWriterOptions = {}): CaptureWriter {
    const isPath = typeof target === 'string';
    if (options.split && !isPath)
      throw new CaptureError('UNSUPPORTED', 'Cannot split a capture that is written to a stream: give a path');
    const format = options.format ?? (isPath ? CaptureWriter.formatOf(target) : 'pcapng');
    const encoder = createEncoder(format, options);
    const split = isPath && options.split ? new Splitter(target, options.split) : undefined;
    const sink = isPath ? new FileSink(split?.next() ?? target, 'w') : new StreamSink(target);
    return new CaptureWriter(sink, encoder, options, isPath ? { path: target, split } : {});
  }

  /** Format that a path's extension stands for: pcap for `.pcap` and `.cap`, pcapng for any other. */
  static formatOf(path: string): 'pcap' | 'pcapng' {
    return /\.p?cap$/i.test(path) ? 'pcap' : 'pcapng';
  }

  /**
   * Goes on writing a capture that is there, behind its last record, with its interfaces; makes the file if there is
   * none. Every record is read first.
   *
   * @throws CaptureError for a damaged capture, and for one that ends in the middle of a record unless `repair` is given
   */
  static async append(path: string, options: CaptureAppendOptions = {}): Promise<CaptureWriter> {
    const { repair = false, bufferSize = 1024 * 1024, lose = [] } = options;
    if ((await sizeOf(path)) === 0) return CaptureWriter.create(path, options);
    const reader = await CaptureReader.open(path);
    if (reader.isCompressed)
      throw new CaptureError('UNSUPPORTED', `Cannot append to ${path}: it is compressed, decompress it first`);
    if (reader.hasReserved)
      throw new CaptureError(
        'UNSUPPORTED',
        `Cannot append to ${path}: it has the modified pcap format or its own fields`,
      );
    let end = 0;
    try {
      for await (const batch of reader.batches({ reuse: true })) while (batch.next());
      end = reader.offset;
    } catch (cause) {
      if (!(cause instanceof CaptureError) || cause.code !== 'TRUNCATED' || cause.at === undefined) throw cause;
      if (!repair) {
        const message = `${cause.message}; give repair: true to cut it off and append`;
        throw new CaptureError('TRUNCATED', message, cause.at, { cause });
      }
      end = cause.at;
    }
    const buffer = new RecordBuffer(bufferSize + 64 * 1024);
    const section = reader.sections.at(-1)!;
    const interfaces = reader.interfaces.filter((known) => known.section === section);
    const encoder = reader.header
      ? PcapEncoder.resume(reader.header, { lose }, buffer)
      : PcapngEncoder.resume(section, interfaces, { lose }, buffer);
    const sink = new FileSink(path, 'r+', end);
    if (repair) sink.truncate(end);
    return new CaptureWriter(sink, encoder, options, { path });
  }

  get format(): 'pcap' | 'pcapng' {
    return this.#encoder.format;
  }

  /** Paths of the files written so far: several of a split capture, none of a stream. */
  get paths(): readonly string[] {
    return this.#split?.paths ?? this.#path;
  }

  /** Declares an interface and gives its number. One that was read is declared with all its options. */
  addInterface(init: InterfaceInit | CaptureInterface): number {
    this.#check();
    return this.#encoder.addInterface(init);
  }

  /**
   * Writes a packet, or a frame that was read: its interface is declared if need be, its options are kept.
   *
   * Gives a promise when the file is slower than the writing: wait for it before the next call, or memory grows.
   * `await writer.write(…)` is always right; where speed counts, wait only if something was given.
   *
   * @throws CaptureError `UNSUPPORTED` for what the format cannot hold, `IO` if the file failed
   */
  write(packet: PacketInit | Frame): Promise<void> | undefined {
    this.#check();
    if (this.#split) this.#writeSplit(packet, this.#split);
    else this.#encoder.write(packet);
    return this.#flow();
  }

  /** Writes a record of any kind that was read, as `CaptureReader.records()` gives them. */
  writeRecord(record: Frame | CaptureBlock): Promise<void> | undefined {
    if (record instanceof Frame) return this.write(record);
    this.#check();
    this.#encoder.writeBlock(record);
    return this.#flow();
  }

  /** Begins a further section, which has no interfaces yet. */
  addSection(init: SectionInit | Section): void {
    this.#pcapng('a section').addSection(init);
  }

  addNames(init: NameResolutionInit): void {
    this.#append('names', (little) => encodeNames(init, little));
  }

  addStatistics(init: StatisticsInit): void {
    this.#append('statistics', (little) => encodeStatistics(init, little));
  }

  /** Writes secrets for decryption; each file of a split capture gets those written so far. */
  addSecrets(init: SecretsInit): void {
    this.#pcapng('secrets').addSecrets(init);
  }

  /** Writes an entry of systemd's journal, in its export format. */
  addJournal(data: Uint8Array): void {
    this.#append('a journal entry', (little) => encodeJournal(data, little));
  }

  addCustom(init: Pick<CustomBlock, 'enterprise' | 'isCopyable' | 'data'>): void {
    this.#append('a custom block', (little) => encodeCustom(init, little));
  }

  /** Hands everything written so far to the operating system. */
  async flush(): Promise<void> {
    this.#check();
    this.#hand();
    await this.#pending;
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Writes what is left and closes the file. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#encoder.finish();
    this.#hand();
    await this.#pending;
    try {
      await this.#sink.close();
    } catch (cause) {
      this.#fault ??= cause;
    }
    if (this.#fault !== undefined) throw this.#fault;
  }

  #check(): void {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#isClosed) throw new CaptureError('IO', 'Cannot write capture: its writer was closed');
  }

  #pcapng(what: string): PcapngEncoder {
    this.#check();
    if (this.#encoder instanceof PcapngEncoder) return this.#encoder;
    throw new CaptureError('UNSUPPORTED', `Cannot write ${what}: a pcap file has none; write pcapng`);
  }

  #append(what: string, encode: (little: boolean) => Uint8Array): void {
    const encoder = this.#pcapng(what);
    encoder.append(encode(encoder.little));
  }

  /** Hands the buffer on once it is full; gives what to wait for if another one is still on its way. */
  #flow(): Promise<void> | undefined {
    const { buffer } = this.#encoder;
    if (this.#isImmediate) {
      if (this.#sink.writeSync && !this.#pending) {
        try {
          this.#sink.writeSync(buffer.bytes.subarray(0, buffer.length));
        } catch (cause) {
          this.#fault = cause;
          throw cause;
        }
        buffer.length = 0;
        return undefined;
      }
      this.#hand();
      return this.#pending;
    }
    if (buffer.length < this.#bufferSize) return undefined;
    const before = this.#pending;
    this.#hand();
    return before;
  }

  /** Sends the buffer on its way and puts an empty one in its place. */
  #hand(): void {
    const full = this.#encoder.buffer;
    if (full.length === 0) return;
    this.#encoder.buffer = this.#spare ?? new RecordBuffer(this.#bufferSize + 64 * 1024);
    this.#spare = undefined;
    const sink = this.#sink;
    this.#then(async () => {
      await sink.write(full.bytes.subarray(0, full.length));
      full.length = 0;
      this.#spare = full;
    });
  }

  /** Does something after everything before it. A fault is kept, to be thrown by the next call. */
  #then(action: () => Promise<void>): void {
    const done: Promise<void> = (this.#pending ?? Promise.resolve())
      .then(() => (this.#fault === undefined ? action() : undefined))
      .catch((cause) => {
        this.#fault ??= cause;
      })
      .then(() => {
        if (this.#pending === done) this.#pending = undefined;
      });
    this.#pending = done;
  }

  #writeSplit(packet: PacketInit | Frame, split: Splitter): void {
    const encoder = this.#encoder;
    encoder.prepare(packet);
    const mark = encoder.buffer.length;
    encoder.write(packet);
    const { buffer } = encoder;
    const size = buffer.length - mark;
    if (split.isFull(size, packet.timestamp)) {
      const record = buffer.bytes.slice(mark, buffer.length);
      buffer.length = mark;
      this.#hand();
      const old = this.#sink;
      this.#then(() => old.close());
      this.#sink = new FileSink(split.next(), 'w');
      encoder.restart();
      encoder.buffer.append(record);
    }
    split.count(size, packet.timestamp, encoder.buffer.length);
  }
}

function createEncoder(format: 'pcap' | 'pcapng', options: CaptureWriterOptions): Encoder {
  const { bufferSize = 1024 * 1024, byteOrder, section, digits, linkType = 1, lose = [] } = options;
  const buffer = new RecordBuffer(bufferSize + 64 * 1024);
  const encoder: Encoder =
    format === 'pcap'
      ? new PcapEncoder({ byteOrder, digits, linkType, lose }, buffer)
      : new PcapngEncoder({ byteOrder, section, linkType, lose }, buffer);
  for (const init of options.interfaces ?? []) encoder.addInterface(init);
  return encoder;
}

/** Bytes of a file; 0 if there is none. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw ioError('open', path, cause);
  }
}

/** A whole capture in memory: packets, or records that were read. */
export function encodeCapture(
  records: Iterable<PacketInit | Frame | CaptureBlock>,
  options: Omit<CaptureWriterOptions, 'split' | 'immediate' | 'bufferSize'> = {},
): Uint8Array {
  const encoder = createEncoder(options.format ?? 'pcapng', { ...options, bufferSize: 4096 });
  for (const record of records) {
    if ('kind' in record && record.kind !== 'frame') encoder.writeBlock(record);
    else encoder.write(record);
  }
  encoder.finish();
  const { bytes, length } = encoder.buffer;
  return bytes.slice(0, length);
}
