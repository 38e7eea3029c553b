/**
 * The pcapng file format, reading: https://datatracker.ietf.org/doc/html/draft-ietf-opsawg-pcapng. Each kind of block
 * has its own file, both directions; this one walks through the blocks and reads the packets among them.
 *
 * @module
 */
import { formatHex } from '../bytes.js';
import { CaptureError } from '../errors.js';
import { type Chunk, FrameBatch } from './batch.js';
import { type BlockSpan, BlockType, BYTE_ORDER_MAGIC, needBody, pad } from './block.js';
import { type CaptureBlock, type DecryptionSecrets, isNumbered, parseOther } from './blocks.js';
import type { Decoder, DecoderLimits } from './decoder.js';
import { Frame, type FrameForm } from './frame.js';
import { type CaptureInterface, parseInterface } from './interface.js';
import type { NameResolution } from './name-resolution.js';
import { checkOptions } from './option.js';
import { parseSection, type Section } from './section.js';
import type { InterfaceStatistics } from './statistics.js';

/** Longest block in bytes that holds no packet; a longer one is taken for damage. */
const MAXIMUM_BLOCK = 16 * 1024 * 1024;

/** Reads the blocks of a pcapng file from its first byte on. */
export class PcapngDecoder implements Decoder {
  readonly format = 'pcapng';
  readonly sections: Section[] = [];
  readonly interfaces: CaptureInterface[] = [];
  readonly nameResolution: NameResolution[] = [];
  readonly statistics: InterfaceStatistics[] = [];
  readonly secrets: DecryptionSecrets[] = [];
  /** @internal Interfaces of the current section. */
  current: CaptureInterface[] = [];
  /** @internal Number of the last packet or numbered block. */
  number = 0;
  /** @internal Byte order of the current section. */
  little = true;
  /** @internal Longest block allowed in the current section. */
  maximumBlock: number = MAXIMUM_BLOCK;
  readonly #limits: DecoderLimits;
  #metadata = 0;

  constructor(limits: DecoderLimits = {}) {
    this.#limits = limits;
  }

  batch(view: DataView, position: number, limit: number, base: number): FrameBatch {
    return new PcapngBatch(this, { view, position, limit, base });
  }

  /** @internal Longest packet allowed on an interface. */
  maximumOf(from: CaptureInterface): number {
    return this.#limits.maximumPacketLength ?? from.maximum;
  }

  /** @internal Takes in a block that is no packet. */
  take(span: BlockSpan, type: number): CaptureBlock {
    if (type === BlockType.SECTION) {
      const section = parseSection(span, this.sections.length);
      this.#account(span);
      this.sections.push(section);
      this.current = [];
      this.maximumBlock = MAXIMUM_BLOCK;
      return section;
    }
    const section = this.sections.at(-1)!;
    if (type === BlockType.INTERFACE) {
      const added = parseInterface(span, section, this.current.length);
      this.#account(span);
      this.current.push(added);
      this.interfaces.push(added);
      this.maximumBlock = Math.max(this.maximumBlock, this.maximumOf(added) + MAXIMUM_BLOCK);
      return added;
    }
    const block = parseOther(span, type, section);
    if (block.kind === 'names') this.#keep(span, this.nameResolution, block);
    else if (block.kind === 'statistics') this.#keep(span, this.statistics, block);
    else if (block.kind === 'secrets') this.#keep(span, this.secrets, block);
    if (isNumbered(type)) this.number++;
    return block;
  }

  #keep<T>(span: BlockSpan, list: T[], block: T): void {
    this.#account(span);
    list.push(block);
  }

  #account(span: BlockSpan): void {
    const { maximumMetadata = 64 * 1024 * 1024 } = this.#limits;
    // An object for each block weighs more than a short block does.
    this.#metadata += span.end - span.at + 500;
    if (this.#metadata <= maximumMetadata) return;
    const at = span.base + span.at;
    throw new CaptureError(
      'LIMIT',
      `Cannot read capture at byte ${at}: blocks that are no packets take more than the ${maximumMetadata} bytes of maximumMetadata`,
      at,
    );
  }
}

const forms: readonly FrameForm[] = ['enhanced', 'simple', 'packet'];
const ENHANCED = 0;
const SIMPLE = 1;
const PACKET = 2;

class PcapngBatch extends FrameBatch {
  readonly #decoder: PcapngDecoder;
  /** Start of the current packet's block. */
  #record = 0;
  /** Index in `forms` of the current packet's form. */
  #form = ENHANCED;
  #interface: CaptureInterface | undefined;

  constructor(decoder: PcapngDecoder, chunk: Chunk) {
    super(chunk);
    this.#decoder = decoder;
  }

  next(): boolean {
    for (;;) {
      const found = this.step();
      if (found !== false) return found === true;
    }
  }

  step(): boolean | undefined {
    const { view, position } = this;
    const have = this.limit - position;
    if (have < 12) {
      this.need = 12;
      return undefined;
    }
    const decoder = this.#decoder;
    const little = decoder.little;
    const type = view.getUint32(position, little);
    if (type !== BlockType.ENHANCED_PACKET) return this.#stepGuarded(type, have);
    const length = view.getUint32(position + 4, little);
    if (length > have || length < 32 || (length & 3) !== 0) return this.#stepGuarded(type, have);
    const captured = view.getUint32(position + 20, little);
    const from = decoder.current[view.getUint32(position + 8, little)];
    if (
      from === undefined ||
      captured > length - 32 ||
      captured > decoder.maximumOf(from) ||
      view.getUint32(position + length - 4, little) !== length
    )
      return this.#stepGuarded(type, have);
    const at = position + 28;
    const end = at + captured;
    const optionsAt = position + 28 + pad(captured);
    // A packet with options is read where faults are remembered.
    if (optionsAt !== position + length - 4) return this.#stepGuarded(type, have);
    this.at = at;
    this.end = end;
    this.#record = position;
    this.#form = ENHANCED;
    this.#interface = from;
    this.position = position + length;
    decoder.number++;
    return true;
  }

  get originalLength(): number {
    const field = this.#form === SIMPLE ? 8 : 24;
    return this.view.getUint32(this.#record + field, this.#decoder.little);
  }

  get number(): number {
    return this.#decoder.number;
  }

  get interface(): CaptureInterface {
    return this.#interface!;
  }

  get timestamp(): bigint | undefined {
    if (this.#form === SIMPLE) return undefined;
    const little = this.#decoder.little;
    const record = this.#record;
    const { clock } = this.interface;
    return clock.nanoseconds(this.view.getUint32(record + 12, little), this.view.getUint32(record + 16, little));
  }

  protected makeFrame(): Frame {
    const { view, at, end } = this;
    const little = this.#decoder.little;
    const record = this.#record;
    const hasStamp = this.#form !== SIMPLE;
    const optionsEnd = this.position - 4;
    const optionsAt = hasStamp ? Math.min(record + pad(end - record), optionsEnd) : optionsEnd;
    return new Frame(
      view,
      at,
      end,
      this.originalLength,
      this.#decoder.number,
      this.interface,
      forms[this.#form]!,
      this.base + record,
      hasStamp ? view.getUint32(record + 12, little) : 0,
      hasStamp ? view.getUint32(record + 16, little) : 0,
      optionsAt,
      optionsEnd,
      this.#form === PACKET ? view.getUint16(record + 10, little) : undefined,
    );
  }

  /** Remembers a fault, because a batch throws into its user's loop and not into the reader's. */
  #stepGuarded(type: number, have: number): boolean | undefined {
    try {
      return this.#stepOther(type, have);
    } catch (cause) {
      if (cause instanceof CaptureError) this.fault = cause;
      throw cause;
    }
  }

  /** Any block but an enhanced packet without fault and options. */
  #stepOther(type: number, have: number): boolean | undefined {
    const { view, position, base } = this;
    const decoder = this.#decoder;
    if (type === BlockType.SECTION) this.#readByteOrder();
    else if (decoder.sections.length === 0) this.#fail('no section header before the first block');
    const little = decoder.little;
    const stored = view.getUint32(position + 4, little);
    const minimum = type === BlockType.SECTION ? 28 : 12;
    if (stored < minimum) this.#fail(`block length is ${stored}, at least ${minimum} needed`);
    if (stored > decoder.maximumBlock)
      this.#fail(`block length is ${stored}, at most ${decoder.maximumBlock} allowed here`);
    // Some programs leave the padding out of the length, and pad nevertheless; Wireshark reads their files too.
    const length = pad(stored);
    if (length > have) {
      this.need = length;
      return undefined;
    }
    const repeated = view.getUint32(position + length - 4, little);
    if (repeated !== stored && repeated !== length)
      this.#fail(`block length is ${stored} at its start and ${repeated} at its end`);
    const span = { view, at: position, end: position + length - 4, little, base };
    if (type === BlockType.ENHANCED_PACKET || type === BlockType.PACKET) this.#readPacket(span, type);
    else if (type === BlockType.SIMPLE_PACKET) this.#readSimplePacket(span);
    else {
      this.block = decoder.take(span, type);
      this.position += length;
      return false;
    }
    this.position += length;
    decoder.number++;
    return true;
  }

  /** The byte-order magic of a section header says how to read the block's length, which stands before it. */
  #readByteOrder(): void {
    const magic = this.view.getUint32(this.position + 8, true);
    if (magic === BYTE_ORDER_MAGIC) this.#decoder.little = true;
    else if (this.view.getUint32(this.position + 8) === BYTE_ORDER_MAGIC) this.#decoder.little = false;
    else this.#fail(`byte-order magic is ${formatHex(magic, 8)}, 0x1a2b3c4d needed`);
  }

  #readPacket(span: BlockSpan, type: number): void {
    needBody(span, 'packet', 20);
    const { view, at, end, little } = span;
    const isObsolete = type === BlockType.PACKET;
    const id = isObsolete ? view.getUint16(at + 8, little) : view.getUint32(at + 8, little);
    const captured = view.getUint32(at + 20, little);
    this.#setPacket(at, at + 28, captured, end, this.#interfaceOf(id), isObsolete ? PACKET : ENHANCED);
    checkOptions(span, Math.min(at + 28 + pad(captured), end));
  }

  /** A simple packet is interface 0's, cut at its snap length, section 4.4. */
  #readSimplePacket(span: BlockSpan): void {
    needBody(span, 'simple packet', 4);
    const from = this.#interfaceOf(0);
    const original = span.view.getUint32(span.at + 8, span.little);
    const captured = from.snapLength === 0 ? original : Math.min(original, from.snapLength);
    this.#setPacket(span.at, span.at + 12, captured, span.end, from, SIMPLE);
  }

  #interfaceOf(id: number): CaptureInterface {
    const from = this.#decoder.current[id];
    if (!from) this.#fail(`packet of interface ${id}, the section has ${this.#decoder.current.length} so far`);
    return from;
  }

  #setPacket(record: number, at: number, captured: number, end: number, from: CaptureInterface, form: number): void {
    if (captured > end - at) this.#fail(`captured length is ${captured}, the block has ${end - at} bytes for it`);
    const maximum = this.#decoder.maximumOf(from);
    if (captured > maximum) this.#fail(`captured length is ${captured}, at most ${maximum} allowed`);
    this.at = at;
    this.end = at + captured;
    this.#record = record;
    this.#form = form;
    this.#interface = from;
  }

  #fail(state: string): never {
    const at = this.base + this.position;
    throw new CaptureError('BAD_BLOCK', `Cannot read capture at byte ${at}: ${state}`, at);
  }
}
