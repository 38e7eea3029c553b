/**
 * A captured packet.
 *
 * @module
 */
import { bytesOf } from '../bytes.js';
import type { CaptureInterface } from './interface.js';
import {
  type CaptureOption,
  type CustomOption,
  customOptions,
  OptionCode,
  optionTexts,
  readOptions,
} from './option.js';
import { type PacketDetails, packetDetails } from './packet-option.js';

/** How a frame lies in its file. */
export type FrameForm =
  /** A record of a pcap file. */
  | 'pcap'
  /** Enhanced Packet Block. */
  | 'enhanced'
  /** Simple Packet Block: no stamp, no options, interface 0. */
  | 'simple'
  /** The obsolete Packet Block. */
  | 'packet';

/** What the obsolete Packet Block's drop count is when nobody counted. */
const UNKNOWN_DROPS = 0xffff;

/**
 * A captured packet: bytes `at` to `end` of `view`, and what its capture says of it.
 *
 * A frame owns no memory. It keeps the chunk of file it lies in alive (a megabyte, as a rule), and no reader writes to
 * that chunk again. `copy()` gives a frame with memory of its own.
 */
export class Frame {
  readonly kind = 'frame';
  readonly view: DataView;
  /** First captured byte in `view`. */
  readonly at: number;
  /** End of the captured bytes in `view`. */
  readonly end: number;
  /** Bytes the packet had on the wire. */
  readonly originalLength: number;
  /** As Wireshark counts: from 1, and records of custom and journal blocks have numbers too. */
  readonly number: number;
  readonly interface: CaptureInterface;
  readonly form: FrameForm;
  /** Offset in bytes of the packet's record from the start of the (uncompressed) capture. */
  readonly offset: number;
  readonly #high: number;
  readonly #low: number;
  readonly #optionsAt: number;
  readonly #optionsEnd: number;
  readonly #drops: number;

  /** Frames are made by a reader. */
  constructor(
    view: DataView,
    at: number,
    end: number,
    originalLength: number,
    number: number,
    from: CaptureInterface,
    form: FrameForm,
    offset: number,
    high: number,
    low: number,
    optionsAt: number,
    optionsEnd: number,
    drops: number = UNKNOWN_DROPS,
  ) {
    this.view = view;
    this.at = at;
    this.end = end;
    this.originalLength = originalLength;
    this.number = number;
    this.interface = from;
    this.form = form;
    this.offset = offset;
    this.#high = high;
    this.#low = low;
    this.#optionsAt = optionsAt;
    this.#optionsEnd = optionsEnd;
    this.#drops = drops;
  }

  /** The captured bytes, sharing memory. */
  get bytes(): Uint8Array {
    return bytesOf(this.view, this.at, this.end);
  }

  /** Bytes captured: fewer than `originalLength` where the capture cut the packet. */
  get capturedLength(): number {
    return this.end - this.at;
  }

  /** Nanoseconds since 1970; undefined for a simple packet, which has no stamp. */
  get timestamp(): bigint | undefined {
    return this.form === 'simple' ? undefined : this.interface.clock.nanoseconds(this.#high, this.#low);
  }

  /** The stamp as counted by the interface's clock, exact where that is finer than a nanosecond. */
  get ticks(): bigint | undefined {
    return this.form === 'simple' ? undefined : this.interface.clock.ticks(this.#high, this.#low);
  }

  /** @internal First number of the stamp. */
  get stampHigh(): number {
    return this.#high;
  }

  /** @internal Second number of the stamp. */
  get stampLow(): number {
    return this.#low;
  }

  /** The interface's number within its section. */
  get interfaceId(): number {
    return this.interface.id;
  }

  get linkType(): number {
    return this.interface.linkType;
  }

  /** All options as they lie in the file, sharing memory. */
  get options(): readonly CaptureOption[] {
    if (this.#optionsAt >= this.#optionsEnd) return [];
    return readOptions(this.view, this.#optionsAt, this.#optionsEnd, this.#little);
  }

  get comments(): readonly string[] {
    if (this.#optionsAt >= this.#optionsEnd) return [];
    return optionTexts(this.options, OptionCode.COMMENT);
  }

  get custom(): readonly CustomOption[] {
    return customOptions(this.options, this.#little);
  }

  /** Direction, errors, hashes, drops and whatever else options say of the packet. */
  get details(): PacketDetails {
    const details = packetDetails(this.options, this.#little);
    return this.#drops === UNKNOWN_DROPS ? details : { ...details, dropCount: BigInt(this.#drops) };
  }

  /** The same frame in memory of its own, which keeps no chunk alive. */
  copy(): Frame {
    const size = this.end - this.at;
    const bytes = new Uint8Array(size + this.#optionsEnd - this.#optionsAt);
    bytes.set(this.bytes);
    bytes.set(bytesOf(this.view, this.#optionsAt, this.#optionsEnd), size);
    return new Frame(
      new DataView(bytes.buffer),
      0,
      size,
      this.originalLength,
      this.number,
      this.interface,
      this.form,
      this.offset,
      this.#high,
      this.#low,
      size,
      bytes.length,
      this.#drops,
    );
  }

  /** `#1 1340954905.298858000 eth0 (ETHERNET) 314 bytes, 96 captured` */
  toString(): string {
    const { timestamp, capturedLength, originalLength } = this;
    const time = timestamp === undefined ? '' : ` ${formatTimestamp(timestamp)}`;
    const cut = capturedLength === originalLength ? '' : `, ${capturedLength} captured`;
    return `#${this.number}${time} ${this.interface} ${originalLength} bytes${cut}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Frame ${this}`;
  }

  get #little(): boolean {
    return this.interface.section.byteOrder === 'little';
  }
}

/** Seconds since 1970 with nine decimals, as tshark's `frame.time_epoch`. */
export function formatTimestamp(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const absolute = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = (absolute % 1_000_000_000n).toString().padStart(9, '0');
  return `${sign}${absolute / 1_000_000_000n}.${fraction}`;
}
