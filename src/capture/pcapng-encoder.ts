/**
 * The pcapng file format, writing packets and blocks.
 *
 * @module
 */
import { formatHex } from '../bytes.js';
import { CaptureError } from '../errors.js';
import { maximumLength } from '../link-type.js';
import { BlockType, encodeBlock, optionsSize, pad, writeOptions } from './block.js';
import { type CaptureBlock, encodeCustom, encodeJournal, encodeSecrets, type SecretsInit } from './blocks.js';
import { Clock } from './clock.js';
import { checkLengths, type Encoder, type Loss, LossGuard, type PacketInit } from './encoder.js';
import { Frame } from './frame.js';
import { CaptureInterface, encodeInterface, type InterfaceInit, reencodeInterface } from './interface.js';
import { encodeEntries } from './name-resolution.js';
import { type CaptureOption, swapOption } from './option.js';
import { encodePacketOptions, hasPacketOptions, packetWidths } from './packet-option.js';
import { refuseRawIp } from './raw-ip.js';
import { put, RecordBuffer } from './record-buffer.js';
import { encodeSection, type Section, type SectionInit } from './section.js';
import { encodeStatistics, statisticsWidths } from './statistics.js';

/** How to write pcapng. */
export interface PcapngEncoderOptions {
  /** Byte order of the first section, if its header does not say: little where left out. */
  readonly byteOrder?: 'little' | 'big' | undefined;
  /** The first section's header. */
  readonly section?: SectionInit | Section | undefined;
  /** Link type if no interface is added before the first packet: Ethernet where left out. */
  readonly linkType?: number;
  readonly lose?: readonly Loss[] | 'all';
}

const noOptions: readonly CaptureOption[] = [];

/** Writes an Enhanced Packet Block. `high` and `low` are the halves of the stamp in ticks. */
function writeEnhanced(
  buffer: RecordBuffer,
  little: boolean,
  interfaceId: number,
  high: number,
  low: number,
  originalLength: number,
  bytes: Uint8Array,
  options: readonly CaptureOption[] = noOptions,
): void {
  const size = pad(bytes.length);
  const length = 32 + size + optionsSize(options);
  const at = buffer.reserve(length);
  const { view } = buffer;
  view.setUint32(at, BlockType.ENHANCED_PACKET, little);
  view.setUint32(at + 4, length, little);
  view.setUint32(at + 8, interfaceId, little);
  view.setUint32(at + 12, high, little);
  view.setUint32(at + 16, low, little);
  view.setUint32(at + 20, bytes.length, little);
  view.setUint32(at + 24, originalLength, little);
  // Zeroes the padding before the bytes go over it.
  if (size > 0) view.setUint32(at + 24 + size, 0);
  put(buffer.bytes, at + 28, bytes);
  writeOptions(view, at + 28 + size, little, options);
  view.setUint32(at + length - 4, length, little);
}

/** Writes a Simple Packet Block. */
function writeSimple(buffer: RecordBuffer, little: boolean, originalLength: number, bytes: Uint8Array): void {
  const size = pad(bytes.length);
  const length = 16 + size;
  const at = buffer.reserve(length);
  const { view } = buffer;
  view.setUint32(at, BlockType.SIMPLE_PACKET, little);
  view.setUint32(at + 4, length, little);
  view.setUint32(at + 8, originalLength, little);
  if (size > 0) view.setUint32(at + 8 + size, 0);
  put(buffer.bytes, at + 12, bytes);
  view.setUint32(at + length - 4, length, little);
}

/** An interface of the current section. */
interface Declared {
  readonly linkType: number;
  readonly clock: Clock;
  readonly snapLength: number;
  readonly maximum: number;
  readonly isPlain: boolean;
}

/** Encodes packets and blocks as a pcapng file. */
export class PcapngEncoder implements Encoder {
  readonly format = 'pcapng';
  buffer: RecordBuffer;
  #little = true;
  #declared: Declared[] = [];
  #ids = new Map<CaptureInterface, number>();
  /** The current section's header, interfaces and secrets, to begin a further file with. */
  #preamble: Uint8Array[] = [];
  /** The first section's header, as long as nothing is written and a section that was read may take its place. */
  #first: SectionInit | undefined;
  readonly #linkType: number;
  readonly #guard: LossGuard;

  constructor(options: PcapngEncoderOptions = {}, buffer: RecordBuffer = new RecordBuffer(1024)) {
    this.buffer = buffer;
    this.#linkType = options.linkType ?? 1;
    this.#guard = new LossGuard(options.lose);
    this.#first = { ...(options.byteOrder && { byteOrder: options.byteOrder }), ...initOf(options.section) };
    this.#little = this.#first.byteOrder !== 'big';
  }

  /** Continues a section that is there already. */
  static resume(
    section: Section,
    interfaces: readonly CaptureInterface[],
    options: PcapngEncoderOptions,
    buffer: RecordBuffer,
  ): PcapngEncoder {
    const encoder = new PcapngEncoder({ ...options, section }, buffer);
    encoder.#begin();
    for (const known of interfaces) encoder.addInterface(known);
    // A section whose length was written would end before what is appended: go on in a new one with the same interfaces.
    if (section.length === undefined) buffer.length = 0;
    return encoder;
  }

  /** Whether the current section is little-endian. */
  get little(): boolean {
    return this.#little;
  }

  /** Begins a section, which has no interfaces yet. */
  addSection(init: SectionInit | Section): void {
    this.#first = undefined;
    this.#little = init.byteOrder !== 'big';
    this.#declared = [];
    this.#ids = new Map();
    const bytes = encodeSection(initOf(init));
    this.#preamble = [bytes];
    this.buffer.append(bytes);
  }

  addInterface(init: InterfaceInit | CaptureInterface): number {
    this.#begin();
    const isKnown = init instanceof CaptureInterface;
    const bytes = isKnown ? reencodeInterface(init, this.#little) : encodeInterface(init, this.#little);
    const { resolution = { base: 10, exponent: 9 }, timestampOffset = 0n, linkType = 1, snapLength = 0 } = init;
    const id = this.#declared.length;
    this.#declared.push({
      linkType,
      clock: new Clock(resolution, timestampOffset),
      snapLength,
      maximum: maximumLength(linkType),
      isPlain: resolution.base === 10 && resolution.exponent === 9 && timestampOffset === 0n,
    });
    if (isKnown) this.#ids.set(init, id);
    this.#preamble.push(bytes);
    this.buffer.append(bytes);
    return id;
  }

  prepare(packet: PacketInit | Frame): void {
    if (packet instanceof Frame) {
      if (!this.#ids.has(packet.interface)) this.addInterface(packet.interface);
    } else if (this.#declared.length === 0) this.addInterface({ linkType: this.#linkType });
  }

  write(packet: PacketInit | Frame): void {
    if (packet instanceof Frame) this.#writeFrame(packet);
    else this.#writePacket(packet);
  }

  writeBlock(block: CaptureBlock): void {
    if (block.kind !== 'section') this.#begin();
    const little = this.#little;
    switch (block.kind) {
      case 'section':
        this.addSection(block);
        return;
      case 'interface':
        this.addInterface(block);
        return;
      case 'names':
        this.buffer.append(encodeEntries(block.entries, this.#turn(block.options, block.section, {}), little));
        return;
      case 'statistics': {
        const { interfaceId, ticks } = block;
        const options = this.#turn(block.options, block.section, statisticsWidths);
        this.buffer.append(encodeStatistics({ interfaceId, ticks, options }, little));
        return;
      }
      case 'secrets':
        this.addSecrets({ ...block, options: this.#turn(block.options, block.section, {}) });
        return;
      case 'journal':
        this.buffer.append(encodeJournal(block.data, little));
        return;
      case 'custom':
        this.#refuseTurn(block.section, `custom block of enterprise ${block.enterprise}`);
        this.buffer.append(encodeCustom(block, little));
        return;
      default:
        this.#refuseTurn(block.section, `block of type ${formatHex(block.type, 1)}`);
        this.buffer.append(encodeBlock(block.type, little, block.body));
    }
  }

  /** Encodes secrets, for this file and those that follow it. */
  addSecrets(init: SecretsInit): void {
    this.#begin();
    const bytes = encodeSecrets(init, this.#little);
    this.#preamble.push(bytes);
    this.buffer.append(bytes);
  }

  /** Encodes bytes of a whole block that were made for this section. */
  append(bytes: Uint8Array): void {
    this.#begin();
    this.buffer.append(bytes);
  }

  restart(): void {
    for (const bytes of this.#preamble) this.buffer.append(bytes);
  }

  finish(): void {
    this.#begin();
  }

  #begin(): void {
    if (this.#first) this.addSection(this.#first);
  }

  #writePacket(packet: PacketInit): void {
    if (this.#declared.length === 0) this.prepare(packet);
    const { bytes, timestamp, interfaceId = 0, originalLength = bytes.length } = packet;
    const to = this.#declared[interfaceId];
    if (!to)
      throw new CaptureError(
        'UNSUPPORTED',
        `Cannot write packet: there is no interface ${interfaceId}, ${this.#declared.length} were added`,
      );
    checkLengths(originalLength, bytes.length, to.maximum);
    refuseRawIp(bytes, originalLength, to.linkType);
    const options = hasPacketOptions(packet) ? encodePacketOptions(packet, this.#little) : noOptions;
    let ticks = timestamp;
    if (!to.isPlain) {
      ticks = to.clock.ticksOf(timestamp);
      if (to.clock.nanosecondsOf(ticks) !== timestamp)
        this.#guard.lose('precision', `stamp ${timestamp} ns on interface ${interfaceId}, whose clock is coarser`);
    }
    this.#writeEnhanced(interfaceId, ticks, originalLength, bytes, options);
  }

  #writeFrame(frame: Frame): void {
    this.prepare(frame);
    const id = this.#ids.get(frame.interface)!;
    const to = this.#declared[id]!;
    const { bytes, originalLength, form } = frame;
    checkLengths(originalLength, bytes.length, to.maximum);
    if (form === 'simple') {
      const captured = to.snapLength === 0 ? originalLength : Math.min(originalLength, to.snapLength);
      if (id === 0 && captured === bytes.length) {
        writeSimple(this.buffer, this.#little, originalLength, bytes);
        return;
      }
      this.#guard.lose('timestamps', `packet ${frame.number}, which has no stamp, on interface ${id}`);
    }
    let options = this.#turn(frame.options, frame.interface.section, packetWidths);
    const { dropCount } = form === 'packet' ? frame.details : {};
    if (dropCount !== undefined) options = [...options, ...encodePacketOptions({ dropCount }, this.#little)];
    this.#writeEnhanced(id, frame.ticks ?? 0n, originalLength, bytes, options);
  }

  #writeEnhanced(
    id: number,
    ticks: bigint,
    originalLength: number,
    bytes: Uint8Array,
    options: readonly CaptureOption[],
  ): void {
    if (ticks < 0n || ticks > 0xffffffffffffffffn)
      throw new CaptureError(
        'UNSUPPORTED',
        `Cannot write packet: its stamp is ${ticks} ticks of interface ${id}, which do not fit into 64 bits`,
      );
    stamp.setBigUint64(0, ticks);
    writeEnhanced(
      this.buffer,
      this.#little,
      id,
      stamp.getUint32(0),
      stamp.getUint32(4),
      originalLength,
      bytes,
      options,
    );
  }

  /** Options of a block of another section, in this section's byte order. */
  #turn(
    options: readonly CaptureOption[],
    section: Section,
    widths: Readonly<Record<number, readonly number[]>>,
  ): readonly CaptureOption[] {
    if (options.length === 0 || (section.byteOrder === 'little') === this.#little) return options;
    return options.map((option) => swapOption(option, widths));
  }

  #refuseTurn(section: Section, what: string): void {
    if ((section.byteOrder === 'little') === this.#little) return;
    throw new CaptureError(
      'UNSUPPORTED',
      `Cannot write ${what}: its section is ${section.byteOrder}-endian, this one is not, and its contents are unknown`,
    );
  }
}

/** What to write of a section that was read. */
function initOf(section: SectionInit | Section | undefined): SectionInit {
  if (!section || !('kind' in section)) return section ?? {};
  return { byteOrder: section.byteOrder, options: section.options };
}

const stamp = new DataView(new ArrayBuffer(8));
