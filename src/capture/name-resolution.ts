/**
 * Name Resolution Block of pcapng, section 4.5 of the draft: names of addresses, as they were when capturing.
 *
 * @module
 */
import { toBytes, viewOf } from '../bytes.js';
import { CaptureError } from '../errors.js';
import { formatAddress, parseAddress } from './binary-address.js';
import { type BlockSpan, BlockType, copyOf, encodeBlock, needBody, pad } from './block.js';
import {
  type CaptureOption,
  checkOptions,
  OptionCode,
  OptionList,
  optionBytes,
  optionText,
  optionTexts,
  readOptions,
} from './option.js';
import type { Section } from './section.js';

const recordType = { END: 0, IPV4: 1, IPV6: 2, EUI48: 3, EUI64: 4 } as const;
const sizes: Readonly<Record<number, number>> = { 1: 4, 2: 16, 3: 6, 4: 8 };
const typeOfSize: Readonly<Record<number, number>> = { 4: 1, 16: 2, 6: 3, 8: 4 };
const code = { DNS_NAME: 2, DNS_IPV4: 3, DNS_IPV6: 4 } as const;

/** An address and its names. */
export interface NameRecord {
  /** IPv4, IPv6, MAC or EUI-64. */
  readonly address: string;
  readonly names: readonly string[];
}

/** A record as it lies in the file: 1 IPv4, 2 IPv6, 3 EUI-48, 4 EUI-64, others unknown. */
export interface NameEntry {
  readonly type: number;
  readonly value: Uint8Array;
}

/** Names to write. */
export interface NameResolutionInit {
  readonly records: readonly NameRecord[];
  /** Name of the DNS server that was asked. */
  readonly server?: string | undefined;
  readonly serverIpv4?: string | undefined;
  readonly serverIpv6?: string | undefined;
  readonly comments?: readonly string[];
  readonly options?: readonly CaptureOption[];
}

/** Names of addresses. */
export class NameResolution {
  readonly kind = 'names';
  readonly section: Section;
  /** All records as they lie in the file, of whatever type. */
  readonly entries: readonly NameEntry[];
  readonly options: readonly CaptureOption[];

  constructor(section: Section, entries: readonly NameEntry[], options: readonly CaptureOption[]) {
    this.section = section;
    this.entries = entries;
    this.options = options;
  }

  /** Addresses and their names. */
  get records(): readonly NameRecord[] {
    return this.entries.flatMap(({ type, value }) => {
      const size = sizes[type];
      if (size === undefined) return [];
      return [{ address: formatAddress(value.subarray(0, size)), names: splitNames(value.subarray(size)) }];
    });
  }

  /** Name of the DNS server that was asked. */
  get server(): string | undefined {
    return optionText(this.options, code.DNS_NAME);
  }

  get serverIpv4(): string | undefined {
    const value = optionBytes(this.options, code.DNS_IPV4, 4);
    return value && formatAddress(value.subarray(0, 4));
  }

  get serverIpv6(): string | undefined {
    const value = optionBytes(this.options, code.DNS_IPV6, 16);
    return value && formatAddress(value.subarray(0, 16));
  }

  get comments(): readonly string[] {
    return optionTexts(this.options, OptionCode.COMMENT);
  }
}

/** Reads a name resolution block. */
export function parseNames(span: BlockSpan, section: Section): NameResolution {
  const { view, end, little, base } = span;
  const entries: NameEntry[] = [];
  needBody(span, 'name resolution', 4);
  let at = span.at + 8;
  while (at < end) {
    if (end - at < 4) fail(base + at, `${end - at} bytes left, a name record needs at least 4`);
    const type = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    at += 4;
    if (type === recordType.END) break;
    if (length > end - at) fail(base + at - 4, `length of a name record is ${length}, the block has ${end - at} left`);
    const size = sizes[type];
    if (length < (size ?? 0)) fail(base + at - 4, `length of a name record is ${length}, its address needs ${size}`);
    entries.push({ type, value: copyOf(span, at, at + length) });
    at += pad(length);
  }
  checkOptions(span, at);
  const rest = copyOf(span, Math.min(at, end), end);
  return new NameResolution(section, entries, readOptions(viewOf(rest), 0, rest.length, little));
}

function splitNames(bytes: Uint8Array): string[] {
  const names = new TextDecoder().decode(bytes).split('\0');
  if (names.at(-1) === '') names.pop();
  return names;
}

function fail(at: number, state: string): never {
  throw new CaptureError('BAD_BLOCK', `Cannot read capture at byte ${at}: ${state}`, at);
}

/** Bytes of a name resolution block. */
export function encodeNames(init: NameResolutionInit, little: boolean): Uint8Array {
  const { options } = new OptionList(little)
    .texts(OptionCode.COMMENT, init.comments)
    .text(code.DNS_NAME, init.server)
    .bytes(code.DNS_IPV4, init.serverIpv4 === undefined ? undefined : parseAddress(init.serverIpv4, 4))
    .bytes(code.DNS_IPV6, init.serverIpv6 === undefined ? undefined : parseAddress(init.serverIpv6, 16))
    .raw(init.options);
  return encodeEntries(init.records.map(encodeRecord), options, little);
}

/** Bytes of a name resolution block with records as they lie in a file. */
export function encodeEntries(
  entries: readonly NameEntry[],
  options: readonly CaptureOption[],
  little: boolean,
): Uint8Array {
  const body = new Uint8Array(entries.reduce((size, { value }) => size + 4 + pad(value.length), 4));
  const view = viewOf(body);
  let at = 0;
  for (const { type, value } of entries) {
    view.setUint16(at, type, little);
    view.setUint16(at + 2, value.length, little);
    body.set(value, at + 4);
    at += 4 + pad(value.length);
  }
  return encodeBlock(BlockType.NAME_RESOLUTION, little, body, options);
}

function encodeRecord({ address, names }: NameRecord): NameEntry {
  const bytes = parseAddress(address);
  const text = toBytes(names.map((name) => `${name}\0`).join(''));
  const value = new Uint8Array(bytes.length + text.length);
  if (value.length > 0xffff)
    throw new CaptureError(
      'UNSUPPORTED',
      `Cannot write names of ${address}: they take ${text.length} bytes, at most ${0xffff - bytes.length} fit`,
    );
  value.set(bytes);
  value.set(text, bytes.length);
  return { type: typeOfSize[bytes.length]!, value };
}
