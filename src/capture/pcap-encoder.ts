/**
 * The pcap file format, writing packets and blocks as far as it can hold them.
 *
 * @module
 */
import { CaptureError } from '../errors.js';
import { maximumLength } from '../link-type.js';
import type { CaptureBlock } from './blocks.js';
import { Clock } from './clock.js';
import { checkLengths, type Encoder, type Loss, LossGuard, type PacketInit } from './encoder.js';
import { Frame } from './frame.js';
import { CaptureInterface, type InterfaceInit, interfaceCode } from './interface.js';
import { hasPacketOptions } from './packet-option.js';
import { encodePcapHeader, type PcapHeader } from './pcap.js';
import { refuseRawIp } from './raw-ip.js';
import { put, RecordBuffer } from './record-buffer.js';

/** How to write pcap. */
export interface PcapEncoderOptions {
  /** As the first interface's section has it, or little-endian, where left out. */
  readonly byteOrder?: 'little' | 'big' | undefined;
  /** Digits of a second's fraction; 6 or 9 as the first interface has it where left out. */
  readonly digits?: 6 | 9 | undefined;
  /** Link type if no interface is added before the first packet: Ethernet where left out. */
  readonly linkType?: number;
  readonly lose?: readonly Loss[] | 'all';
}

/** Writes a record of a pcap file. */
function writeRecord(
  buffer: RecordBuffer,
  little: boolean,
  high: number,
  low: number,
  originalLength: number,
  bytes: Uint8Array,
): void {
  const at = buffer.reserve(16 + bytes.length);
  const { view } = buffer;
  view.setUint32(at, high, little);
  view.setUint32(at + 4, low, little);
  view.setUint32(at + 8, bytes.length, little);
  view.setUint32(at + 12, originalLength, little);
  put(buffer.bytes, at + 16, bytes);
}

/** Encodes packets as a pcap file: one link type, no options. */
export class PcapEncoder implements Encoder {
  readonly format = 'pcap';
  buffer: RecordBuffer;
  #header: PcapHeader | undefined;
  #clock: Clock = nanoseconds;
  #maximum = 0;
  #interfaces = 0;
  readonly #known = new Set<CaptureInterface>();
  readonly #guard: LossGuard;
  readonly #options: PcapEncoderOptions;

  constructor(options: PcapEncoderOptions = {}, buffer: RecordBuffer = new RecordBuffer(1024)) {
    this.#options = options;
    this.#guard = new LossGuard(options.lose);
    this.buffer = buffer;
  }

  /** Continues a file that has its header already. */
  static resume(header: PcapHeader, options: PcapEncoderOptions, buffer: RecordBuffer): PcapEncoder {
    const encoder = new PcapEncoder({ ...options, byteOrder: header.byteOrder }, buffer);
    encoder.#use(header);
    encoder.#interfaces = 1;
    return encoder;
  }

  addInterface(init: InterfaceInit | CaptureInterface): number {
    const known = init instanceof CaptureInterface;
    if (known && this.#known.has(init)) return 0;
    const { linkType = 1, snapLength = 0, resolution = { base: 10, exponent: 9 } } = init;
    if (this.#header && this.#header.linkType !== linkType)
      throw new CaptureError(
        'UNSUPPORTED',
        `Cannot write pcap: link type ${linkType} beside ${this.#header.linkType}, a pcap file has one; write pcapng`,
      );
    if (hasDetails(init))
      this.#guard.lose('interfaces', `pcap with options of interface ${init.name ?? this.#interfaces}`);
    if (this.#interfaces > 0) this.#guard.lose('interfaces', 'pcap with several interfaces');
    if (known) this.#known.add(init);
    this.#interfaces++;
    if (!this.#header) {
      const isCoarse = resolution.base === 10 && resolution.exponent <= 6;
      this.#use({
        byteOrder: this.#options.byteOrder ?? (known ? init.section.byteOrder : 'little'),
        digits: this.#options.digits ?? (isCoarse ? 6 : 9),
        snapLength,
        linkType,
        fcsLength: init.fcsLength,
      });
      this.restart();
    }
    return 0;
  }

  prepare(packet: PacketInit | Frame): void {
    if (packet instanceof Frame) this.addInterface(packet.interface);
    else if (!this.#header) this.addInterface({ linkType: this.#options.linkType ?? 1 });
  }

  write(packet: PacketInit | Frame): void {
    this.prepare(packet);
    const { bytes, originalLength = bytes.length } = packet;
    checkLengths(originalLength, bytes.length, this.#maximum);
    const little = this.#header!.byteOrder === 'little';
    if (packet instanceof Frame) {
      const { number } = packet;
      if (packet.options.length > 0 || packet.details.dropCount !== undefined) this.#loseOptions(packet);
      if (packet.form === 'pcap' && packet.interface.clock.equals(this.#clock)) {
        writeRecord(this.buffer, little, packet.stampHigh, packet.stampLow, originalLength, bytes);
        return;
      }
      if (packet.ticks === undefined) this.#guard.lose('timestamps', `pcap with packet ${number}, which has no stamp`);
      else this.#checkPrecision(packet);
    } else {
      refuseRawIp(bytes, originalLength, this.#header!.linkType);
      if ((packet.interfaceId ?? 0) >= Math.max(this.#interfaces, 1))
        throw new CaptureError('UNSUPPORTED', `Cannot write packet: there is no interface ${packet.interfaceId}`);
      if (hasPacketOptions(packet)) this.#loseOptions(packet);
    }
    const timestamp = packet.timestamp ?? 0n;
    const ticks = this.#clock.ticksOf(timestamp);
    if (!(packet instanceof Frame) && this.#clock.nanosecondsOf(ticks) !== timestamp)
      this.#guard.lose('precision', `stamp ${timestamp} ns with ${this.#header!.digits} digits`);
    const { frequency } = this.#clock;
    const seconds = ticks / frequency;
    if (ticks < 0n || seconds > 0xffffffffn)
      throw new CaptureError(
        'UNSUPPORTED',
        `Cannot write packet: its stamp is ${timestamp} ns, a pcap file holds 1970 to 2106; write pcapng`,
      );
    writeRecord(this.buffer, little, Number(seconds), Number(ticks % frequency), originalLength, bytes);
  }

  writeBlock(block: CaptureBlock): void {
    if (block.kind === 'section') {
      if (block.options.length > 0) this.#guard.lose('sections', 'pcap with options of a section');
      if (block.index > 0) this.#guard.lose('sections', 'pcap with several sections');
    } else if (block.kind === 'interface') this.addInterface(block);
    else this.#guard.lose('blocks', `pcap with a block of ${block.kind}`);
  }

  restart(): void {
    if (this.#header) this.buffer.append(encodePcapHeader(this.#header));
  }

  finish(): void {
    if (!this.#header) this.addInterface({ linkType: this.#options.linkType ?? 1 });
  }

  #use(header: PcapHeader): void {
    this.#header = header;
    this.#clock = header.digits === 9 ? nanoseconds : microseconds;
    this.#maximum = maximumLength(header.linkType);
  }

  #loseOptions(packet: PacketInit | Frame): void {
    const comments = packet.comments?.length ?? 0;
    if (comments > 0) this.#guard.lose('comments', 'pcap with comments of packets');
    const { options = [] } = packet;
    const rest = packet instanceof Frame ? packet.details.dropCount !== undefined || options.length > comments : true;
    const only = !(packet instanceof Frame) && !hasPacketOptions({ ...packet, comments: undefined });
    if (rest && !only) this.#guard.lose('options', 'pcap with options of packets');
  }

  #checkPrecision(frame: Frame): void {
    const from = frame.interface.clock.frequency;
    if (this.#clock.frequency % from === 0n) return;
    const { ticks = 0n } = frame;
    if ((ticks * this.#clock.frequency) % from !== 0n)
      this.#guard.lose('precision', `stamp of packet ${frame.number} with ${this.#header!.digits} digits`);
  }
}

const nanoseconds = new Clock({ base: 10, exponent: 9 }, 0n, true);
const microseconds = new Clock({ base: 10, exponent: 6 }, 0n, true);

/** Whether an interface has more than a pcap header holds: link type, snap length, resolution, check sequence. */
function hasDetails(init: InterfaceInit | CaptureInterface): boolean {
  const { RESOLUTION, FCS_LENGTH, OFFSET } = interfaceCode;
  const extra = (init.options ?? []).some(({ code }) => code !== RESOLUTION && code !== FCS_LENGTH && code !== OFFSET);
  if (init instanceof CaptureInterface) return extra;
  const { linkType, snapLength, resolution, fcsLength, timestampOffset, options, ...details } = init;
  return extra || Object.values(details).some((value) => value !== undefined);
}
