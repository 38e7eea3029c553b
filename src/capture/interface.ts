/**
 * Interface Description Block of pcapng, section 4.2 of the draft: what packets of one interface start with, how long
 * they may be and how their time is counted. The header of a pcap file describes one interface too.
 *
 * @module
 */
import { viewOf } from '../bytes.js';
import { CaptureError } from '../errors.js';
import { linkTypeName, maximumLength } from '../link-type.js';
import { formatAddress, parseAddress } from './binary-address.js';
import { type BlockSpan, BlockType, copyOf, encodeBlock, needBody } from './block.js';
import { Clock, type Resolution } from './clock.js';
import {
  type CaptureOption,
  type CustomOption,
  checkOptions,
  customOptions,
  OptionCode,
  OptionList,
  optionBigint,
  optionBytes,
  optionText,
  optionTexts,
  optionUint,
  readOptions,
  readText,
  swapOption,
} from './option.js';
import type { Section } from './section.js';

/** @internal Codes of the options. */
export const interfaceCode = {
  NAME: 2,
  DESCRIPTION: 3,
  IPV4_ADDRESS: 4,
  IPV6_ADDRESS: 5,
  MAC_ADDRESS: 6,
  EUI_ADDRESS: 7,
  SPEED: 8,
  RESOLUTION: 9,
  TIME_ZONE: 10,
  FILTER: 11,
  OS: 12,
  FCS_LENGTH: 13,
  OFFSET: 14,
  HARDWARE: 15,
  TRANSMIT_SPEED: 16,
  RECEIVE_SPEED: 17,
  TIME_ZONE_NAME: 18,
} as const;

/** Sizes of the numbers in options, for a section of the other byte order. */
const widths: Readonly<Record<number, readonly number[]>> = {
  [interfaceCode.SPEED]: [8],
  [interfaceCode.TIME_ZONE]: [4],
  [interfaceCode.OFFSET]: [8],
  [interfaceCode.TRANSMIT_SPEED]: [8],
  [interfaceCode.RECEIVE_SPEED]: [8],
};

/** A capture filter: the text given to libpcap, or a compiled one. */
export type CaptureFilter = string | { readonly type: number; readonly bytes: Uint8Array };

/** An interface's IPv4 address and network mask, dotted. */
export interface Ipv4Network {
  readonly address: string;
  readonly netmask: string;
}

/** An interface's IPv6 address. */
export interface Ipv6Network {
  readonly address: string;
  /** Bits of the network's prefix. */
  readonly prefixLength: number;
}

/** What is known of an interface beside its link type. */
export interface InterfaceDetails {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly ipv4Addresses?: readonly Ipv4Network[];
  readonly ipv6Addresses?: readonly Ipv6Network[];
  /** As `02:00:00:00:00:01`. */
  readonly macAddress?: string | undefined;
  /** EUI-64, as `02:00:00:ff:fe:00:00:01`. */
  readonly euiAddress?: string | undefined;
  /** Bits per second. */
  readonly speed?: bigint | undefined;
  readonly transmitSpeed?: bigint | undefined;
  readonly receiveSpeed?: bigint | undefined;
  readonly filter?: CaptureFilter | undefined;
  readonly os?: string | undefined;
  readonly hardware?: string | undefined;
  /** Bytes of frame check sequence at the end of each packet. */
  readonly fcsLength?: number | undefined;
  /** The deprecated `if_tzone`. */
  readonly timeZone?: number | undefined;
  /** A zone of the IANA database, as `Europe/Berlin`. */
  readonly timeZoneName?: string | undefined;
  readonly comments?: readonly string[];
  readonly custom?: readonly CustomOption[];
}

/** An interface to write. */
export interface InterfaceInit extends InterfaceDetails {
  /** Ethernet where left out. */
  readonly linkType?: number;
  /** Longest captured packet in bytes; 0, for no limit, where left out. */
  readonly snapLength?: number;
  /** Nanoseconds where left out. */
  readonly resolution?: Resolution;
  /** Seconds to add to every stamp. */
  readonly timestampOffset?: bigint;
  /** Further options, written as they are. */
  readonly options?: readonly CaptureOption[];
}

/** An interface of a capture. */
export class CaptureInterface implements InterfaceDetails {
  readonly kind = 'interface';
  /** Number within its section, counted from 0. */
  readonly id: number;
  readonly section: Section;
  readonly linkType: number;
  /** Longest captured packet in bytes; 0 for no limit. */
  readonly snapLength: number;
  readonly clock: Clock;
  /** All options as they lie in the file. */
  readonly options: readonly CaptureOption[];
  /** Longest packet in bytes that is not taken for damage. */
  readonly maximum: number;
  readonly #little: boolean;

  constructor({
    section,
    id,
    linkType,
    snapLength,
    clock,
    options,
  }: Pick<CaptureInterface, 'section' | 'id' | 'linkType' | 'snapLength' | 'clock' | 'options'>) {
    this.section = section;
    this.id = id;
    this.linkType = linkType;
    this.snapLength = snapLength;
    this.clock = clock;
    this.options = options;
    this.maximum = maximumLength(linkType);
    this.#little = section.byteOrder === 'little';
  }

  get resolution(): Resolution {
    return this.clock.resolution;
  }

  /** Seconds to add to every stamp; `Frame.timestamp` has them added. */
  get timestampOffset(): bigint {
    return this.clock.offset;
  }

  get name(): string | undefined {
    return optionText(this.options, interfaceCode.NAME);
  }

  get description(): string | undefined {
    return optionText(this.options, interfaceCode.DESCRIPTION);
  }

  get filter(): CaptureFilter | undefined {
    const value = optionBytes(this.options, interfaceCode.FILTER, 1);
    if (!value) return undefined;
    const bytes = value.subarray(1);
    return value[0] === 0 ? readText(bytes) : { type: value[0]!, bytes };
  }

  get os(): string | undefined {
    return optionText(this.options, interfaceCode.OS);
  }

  get hardware(): string | undefined {
    return optionText(this.options, interfaceCode.HARDWARE);
  }

  get ipv4Addresses(): readonly Ipv4Network[] {
    return this.#all(interfaceCode.IPV4_ADDRESS, 8).map((value) => ({
      address: formatAddress(value.subarray(0, 4)),
      netmask: formatAddress(value.subarray(4, 8)),
    }));
  }

  get ipv6Addresses(): readonly Ipv6Network[] {
    return this.#all(interfaceCode.IPV6_ADDRESS, 17).map((value) => ({
      address: formatAddress(value.subarray(0, 16)),
      prefixLength: value[16]!,
    }));
  }

  get macAddress(): string | undefined {
    const value = optionBytes(this.options, interfaceCode.MAC_ADDRESS, 6);
    return value && formatAddress(value.subarray(0, 6));
  }

  get euiAddress(): string | undefined {
    const value = optionBytes(this.options, interfaceCode.EUI_ADDRESS, 8);
    return value && formatAddress(value.subarray(0, 8));
  }

  get speed(): bigint | undefined {
    return optionBigint(this.options, interfaceCode.SPEED, this.#little);
  }

  get transmitSpeed(): bigint | undefined {
    return optionBigint(this.options, interfaceCode.TRANSMIT_SPEED, this.#little);
  }

  get receiveSpeed(): bigint | undefined {
    return optionBigint(this.options, interfaceCode.RECEIVE_SPEED, this.#little);
  }

  get fcsLength(): number | undefined {
    return optionUint(this.options, interfaceCode.FCS_LENGTH, 1, this.#little);
  }

  get timeZone(): number | undefined {
    return optionUint(this.options, interfaceCode.TIME_ZONE, 4, this.#little);
  }

  get timeZoneName(): string | undefined {
    return optionText(this.options, interfaceCode.TIME_ZONE_NAME);
  }

  get comments(): readonly string[] {
    return optionTexts(this.options, OptionCode.COMMENT);
  }

  get custom(): readonly CustomOption[] {
    return customOptions(this.options, this.#little);
  }

  /** `eth0 (ETHERNET)` */
  toString(): string {
    return `${this.name ?? `interface ${this.id}`} (${linkTypeName(this.linkType)})`;
  }

  #all(optionCode: number, size: number): Uint8Array[] {
    return this.options
      .filter((option) => option.code === optionCode && option.value.length >= size)
      .map((option) => option.value);
  }
}

/** Reads an interface description. */
export function parseInterface(span: BlockSpan, section: Section, id: number): CaptureInterface {
  const { view, at, end, little } = span;
  needBody(span, 'interface', 8);
  checkOptions(span, at + 16);
  const body = copyOf(span, at + 16, end);
  const options = readOptions(viewOf(body), 0, body.length, little);
  const clock = new Clock(
    readResolution(options),
    BigInt.asIntN(64, optionBigint(options, interfaceCode.OFFSET, little) ?? 0n),
  );
  const linkType = view.getUint16(at + 8, little);
  const snapLength = view.getUint32(at + 12, little);
  return new CaptureInterface({ section, id, linkType, snapLength, clock, options });
}

/** `if_tsresol`: the top bit chooses between powers of 2 and of 10. */
function readResolution(options: readonly CaptureOption[]): Resolution {
  const value = optionUint(options, interfaceCode.RESOLUTION, 1, true);
  if (value === undefined) return { base: 10, exponent: 6 };
  return { base: value & 0x80 ? 2 : 10, exponent: value & 0x7f };
}

/** Bytes of an interface description. */
export function encodeInterface(init: InterfaceInit, little: boolean): Uint8Array {
  const { resolution = { base: 10, exponent: 9 } } = init;
  const list = new OptionList(little)
    .texts(OptionCode.COMMENT, init.comments)
    .text(interfaceCode.NAME, init.name)
    .text(interfaceCode.DESCRIPTION, init.description);
  for (const { address, netmask } of init.ipv4Addresses ?? []) {
    const parts = [parseAddress(address, 4), parseAddress(netmask, 4)];
    list.bytes(interfaceCode.IPV4_ADDRESS, Uint8Array.from(parts.flatMap((part) => [...part])));
  }
  for (const { address, prefixLength } of init.ipv6Addresses ?? [])
    list.bytes(interfaceCode.IPV6_ADDRESS, Uint8Array.of(...parseAddress(address, 16), prefixLength));
  list
    .bytes(interfaceCode.MAC_ADDRESS, init.macAddress === undefined ? undefined : parseAddress(init.macAddress, 6))
    .bytes(interfaceCode.EUI_ADDRESS, init.euiAddress === undefined ? undefined : parseAddress(init.euiAddress, 8))
    .u64(interfaceCode.SPEED, init.speed)
    .u8(interfaceCode.RESOLUTION, encodeResolution(resolution))
    .u32(interfaceCode.TIME_ZONE, init.timeZone)
    .bytes(interfaceCode.FILTER, init.filter === undefined ? undefined : encodeFilter(init.filter))
    .text(interfaceCode.OS, init.os)
    .u8(interfaceCode.FCS_LENGTH, init.fcsLength)
    .i64(interfaceCode.OFFSET, init.timestampOffset)
    .text(interfaceCode.HARDWARE, init.hardware)
    .u64(interfaceCode.TRANSMIT_SPEED, init.transmitSpeed)
    .u64(interfaceCode.RECEIVE_SPEED, init.receiveSpeed)
    .text(interfaceCode.TIME_ZONE_NAME, init.timeZoneName)
    .custom(init.custom)
    .raw(init.options);
  return encodeBody(init.linkType ?? 1, init.snapLength ?? 0, list.options, little);
}

/** Bytes of an interface that was read, with every option it had. */
export function reencodeInterface(from: CaptureInterface, little: boolean): Uint8Array {
  const isSame = (from.section.byteOrder === 'little') === little;
  const options = isSame ? from.options : from.options.map((option) => swapOption(option, widths));
  return encodeBody(from.linkType, from.snapLength, options, little);
}

function encodeBody(
  linkType: number,
  snapLength: number,
  options: readonly CaptureOption[],
  little: boolean,
): Uint8Array {
  if (!Number.isInteger(linkType) || linkType < 0 || linkType > 0xffff)
    throw new CaptureError('UNSUPPORTED', `Cannot write interface: link type is ${linkType}, 0 to 65535 needed`);
  if (!Number.isInteger(snapLength) || snapLength < 0 || snapLength > 0xffffffff)
    throw new CaptureError(
      'UNSUPPORTED',
      `Cannot write interface: snapLength is ${snapLength}, 0 to 4294967295 needed`,
    );
  const body = new Uint8Array(8);
  viewOf(body).setUint16(0, linkType, little);
  viewOf(body).setUint32(4, snapLength, little);
  return encodeBlock(BlockType.INTERFACE, little, body, options);
}

function encodeResolution({ base, exponent }: Resolution): number {
  if ((base !== 2 && base !== 10) || !Number.isInteger(exponent) || exponent < 0 || exponent > 127)
    throw new CaptureError(
      'UNSUPPORTED',
      `Cannot write interface: resolution is ${base}^-${exponent}, base 2 or 10 and an exponent from 0 to 127 needed`,
    );
  return (base === 2 ? 0x80 : 0) | exponent;
}

function encodeFilter(filter: CaptureFilter): Uint8Array {
  const [type, bytes] =
    typeof filter === 'string' ? [0, new TextEncoder().encode(filter)] : [filter.type, filter.bytes];
  const value = new Uint8Array(1 + bytes.length);
  value[0] = type;
  value.set(bytes, 1);
  return value;
}
