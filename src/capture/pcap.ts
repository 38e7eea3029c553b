/**
 * The pcap file format, both directions: https://datatracker.ietf.org/doc/html/draft-ietf-opsawg-pcap.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                             magic                             |
 * +-------------------------------+-------------------------------+
 * |         major version         |         minor version         |
 * +-------------------------------+-------------------------------+
 * |                reserved: correction to UTC, once              |
 * +---------------------------------------------------------------+
 * |                reserved: accuracy of stamps, once             |
 * +---------------------------------------------------------------+
 * |                          snap length                          |
 * +-------+-+-+-+-----------------+-------------------------------+
 * |FCS len|R|P|     reserved      |           link type           |
 * +-------+-+-+-+-----------------+-------------------------------+
 *
 * and for each packet
 *
 * +---------------------------------------------------------------+
 * |                        seconds since 1970                     |
 * +---------------------------------------------------------------+
 * |                   microseconds or nanoseconds                 |
 * +---------------------------------------------------------------+
 * |                        captured length                        |
 * +---------------------------------------------------------------+
 * |                        original length                        |
 * +---------------------------------------------------------------+
 * /                          captured bytes                       /
 * +---------------------------------------------------------------+
 *
 * @module
 */
import { viewOf } from '../bytes.js';
import { CaptureError } from '../errors.js';
import { type Chunk, FrameBatch } from './batch.js';
import { Clock } from './clock.js';
import type { Decoder, DecoderLimits } from './decoder.js';
import { Frame } from './frame.js';
import { CaptureInterface, interfaceCode } from './interface.js';
import type { CaptureOption } from './option.js';
import { Section } from './section.js';

const Magic = { MICROSECONDS: 0xa1b2c3d4, NANOSECONDS: 0xa1b23c4d, MODIFIED: 0xa1b2cd34 } as const;

/** Bytes of a file's header. */
export const PCAP_HEADER_SIZE = 24;

/** Bytes before each packet. */
export const PCAP_RECORD_SIZE = 16;

/** Header of a pcap file. */
export interface PcapHeader {
  readonly byteOrder: 'little' | 'big';
  /** Digits of a second's fraction: 6 or 9. */
  readonly digits: 6 | 9;
  readonly snapLength: number;
  readonly linkType: number;
  /** Bytes of frame check sequence at the end of each packet, where the header says. */
  readonly fcsLength?: number | undefined;
}

/** Whether a file that begins with these four bytes is a pcap file, and how its numbers are written. */
export function pcapByteOrder(view: DataView): 'little' | 'big' | undefined {
  if (isMagic(view.getUint32(0, true))) return 'little';
  return isMagic(view.getUint32(0)) ? 'big' : undefined;
}

function isMagic(value: number): boolean {
  return value === Magic.MICROSECONDS || value === Magic.NANOSECONDS || value === Magic.MODIFIED;
}

/** Reads a pcap file from its first 24 bytes on. */
export class PcapDecoder implements Decoder {
  readonly format = 'pcap';
  readonly header: PcapHeader;
  readonly sections: readonly Section[];
  readonly interfaces: readonly CaptureInterface[];
  readonly nameResolution = [];
  readonly statistics = [];
  readonly secrets = [];
  /** The header's two reserved words and reserved bits, which a conversion to pcapng would lose. */
  readonly reserved: readonly [zone: number, accuracy: number, bits: number];
  /** @internal Number of the last packet. */
  number = 0;
  /** @internal */
  readonly little: boolean;
  /** @internal Bytes before each packet: Kuznetzov's modified format of 1998 has 8 more. */
  readonly recordSize: number;
  /** @internal */
  readonly maximum: number;
  /** @internal Up to version 2.3 some programs wrote the two lengths the other way round. */
  readonly swaps: 'never' | 'maybe' | 'always';

  /** @throws CaptureError for a version that is not 2 */
  constructor(view: DataView, limits: DecoderLimits = {}) {
    const byteOrder = pcapByteOrder(view) ?? 'big';
    const little = byteOrder === 'little';
    const magic = view.getUint32(0, little);
    const major = view.getUint16(4, little);
    const minor = view.getUint16(6, little);
    if (major !== 2)
      throw new CaptureError('BAD_BLOCK', `Cannot read capture at byte 4: version is ${major}.${minor}, 2.4 needed`, 4);
    const network = view.getUint32(20, little);
    this.little = little;
    this.recordSize = magic === Magic.MODIFIED ? 24 : PCAP_RECORD_SIZE;
    this.swaps = minor < 3 ? 'always' : minor === 3 ? 'maybe' : 'never';
    this.header = {
      byteOrder,
      digits: magic === Magic.NANOSECONDS ? 9 : 6,
      snapLength: view.getUint32(16, little),
      linkType: network & 0xffff,
      fcsLength: network & 0x04000000 ? (network >>> 28) * 2 : undefined,
    };
    this.reserved = [view.getUint32(8, little), view.getUint32(12, little), network & 0x0bff0000];
    const section = new Section({ index: 0, byteOrder, major, minor, length: undefined, options: [] });
    const { digits, snapLength, linkType, fcsLength } = this.header;
    const options: CaptureOption[] = [{ code: interfaceCode.RESOLUTION, value: Uint8Array.of(digits) }];
    if (fcsLength !== undefined) options.push({ code: interfaceCode.FCS_LENGTH, value: Uint8Array.of(fcsLength) });
    const clock = new Clock({ base: 10, exponent: digits }, 0n, true);
    const from = new CaptureInterface({ section, id: 0, linkType, snapLength, clock, options });
    this.sections = [section];
    this.interfaces = [from];
    this.maximum = limits.maximumPacketLength ?? from.maximum;
  }

  batch(view: DataView, position: number, limit: number, base: number): FrameBatch {
    return new PcapBatch(this, { view, position, limit, base });
  }
}

class PcapBatch extends FrameBatch {
  readonly #decoder: PcapDecoder;
  readonly #little: boolean;
  readonly #header: number;
  readonly #maximum: number;

  constructor(decoder: PcapDecoder, chunk: Chunk) {
    super(chunk);
    this.#decoder = decoder;
    this.#little = decoder.little;
    this.#header = decoder.recordSize;
    this.#maximum = decoder.maximum;
  }

  next(): boolean {
    const at = this.position + this.#header;
    if (at > this.limit) {
      this.need = this.#header;
      return false;
    }
    let captured = this.view.getUint32(this.position + 8, this.#little);
    if (this.#decoder.swaps !== 'never') captured = this.#unswapped(captured);
    if (captured > this.#maximum) this.#fail(captured);
    const end = at + captured;
    if (end > this.limit) {
      this.need = this.#header + captured;
      return false;
    }
    this.at = at;
    this.end = end;
    this.position = end;
    this.#decoder.number++;
    return true;
  }

  step(): boolean | undefined {
    return this.next() || undefined;
  }

  get originalLength(): number {
    const { view } = this;
    const record = this.at - this.#header;
    const length = view.getUint32(record + 12, this.#little);
    return this.#decoder.swaps === 'never' ? length : Math.max(length, view.getUint32(record + 8, this.#little));
  }

  get number(): number {
    return this.#decoder.number;
  }

  get interface(): CaptureInterface {
    return this.#decoder.interfaces[0]!;
  }

  get timestamp(): bigint {
    const record = this.at - this.#header;
    const little = this.#little;
    const { clock } = this.interface;
    return clock.nanoseconds(this.view.getUint32(record, little), this.view.getUint32(record + 4, little));
  }

  protected makeFrame(): Frame {
    const { view, at, end } = this;
    const little = this.#little;
    const record = at - this.#header;
    return new Frame(
      view,
      at,
      end,
      this.originalLength,
      this.#decoder.number,
      this.interface,
      'pcap',
      this.base + record,
      view.getUint32(record, little),
      view.getUint32(record + 4, little),
      end,
      end,
    );
  }

  #unswapped(captured: number): number {
    const other = this.view.getUint32(this.position + 12, this.#little);
    return this.#decoder.swaps === 'always' || captured > other ? other : captured;
  }

  #fail(captured: number): never {
    const at = this.base + this.position;
    const state = `captured length is ${captured}, at most ${this.#maximum} allowed`;
    this.fault = new CaptureError('BAD_BLOCK', `Cannot read capture at byte ${at}: ${state}`, at);
    throw this.fault;
  }
}

/** Bytes of a pcap file's header. */
export function encodePcapHeader(header: PcapHeader): Uint8Array {
  const { byteOrder, digits, snapLength, linkType, fcsLength } = header;
  if (!Number.isInteger(linkType) || linkType < 0 || linkType > 0xffff)
    throw new CaptureError('UNSUPPORTED', `Cannot write pcap: link type is ${linkType}, 0 to 65535 needed`);
  if (fcsLength !== undefined && (fcsLength % 2 !== 0 || fcsLength < 0 || fcsLength > 30))
    throw new CaptureError(
      'UNSUPPORTED',
      `Cannot write pcap: frame check sequence has ${fcsLength} bytes, an even number up to 30 needed`,
    );
  const little = byteOrder === 'little';
  const bytes = new Uint8Array(PCAP_HEADER_SIZE);
  const view = viewOf(bytes);
  view.setUint32(0, digits === 9 ? Magic.NANOSECONDS : Magic.MICROSECONDS, little);
  view.setUint16(4, 2, little);
  view.setUint16(6, 4, little);
  view.setUint32(16, snapLength, little);
  const fcs = fcsLength === undefined ? 0 : 0x04000000 + (fcsLength / 2) * 2 ** 28;
  view.setUint32(20, fcs + linkType, little);
  return bytes;
}
