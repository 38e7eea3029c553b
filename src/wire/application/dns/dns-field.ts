/**
 * The kinds of field that the data of resource records are made of, each both ways: read, write, show.
 *
 * @module
 */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../../../address.js';
import { bytesOf, toBytes, toHex } from '../../../bytes.js';
import type { FieldNode, Named } from '../../core/layer.js';
import { bitsNode, hexNode, ipv4Node, ipv6Node, node, octetsNode, textNode, uintNode } from '../../core/node.js';
import { decodeText, escapeText, textOrBytes, timeText } from '../../core/text.js';
import { type DnsName, type NameCompressor, nameText, readName } from './dns-name.js';
import { type EdnsOption, ednsOptionNodes, readEdnsOptions, writeEdnsOptions } from './dns-option.js';
import { readSvcParams, type SvcParam, svcParamNodes, writeSvcParams } from './dns-svcb.js';
import { dnsTypeNumber, dnsTypeText } from './dns-type.js';

/** The data of one record and the message around it. */
export interface RdataSource {
  readonly view: DataView;
  /** Offset behind the data. */
  readonly end: number;
  /** The message's first byte, which pointers count from. */
  readonly start: number;
  /** Offset behind the message. */
  readonly messageEnd: number;
  /** What a name that was read is to be called: its text, or text and bytes where building would encode it in another way. */
  nameOf(labels: readonly Uint8Array[], at: number, next: number, mayPoint: boolean): DnsName;
}

/** Data being written. */
export interface RdataSink {
  /** Bytes so far. */
  readonly bytes: number[];
  /** Offset of the data's first byte in the message. */
  readonly at: number;
  readonly compressor: NameCompressor;
}

/** A value and the offset behind it. */
interface FieldRead {
  readonly value: unknown;
  readonly next: number;
}

/** One field of a record's data. */
export interface DnsField {
  readonly name: string;
  /** Nothing when the field does not fit the data. */
  read(source: RdataSource, at: number): FieldRead | undefined;
  write(value: unknown, sink: RdataSink): void;
  nodes(source: RdataSource, at: number, read: FieldRead): FieldNode[];
}

type Filters = string | readonly string[];
type Names = { readonly [value: number]: string };
/** Name, label, filter, first bit and width of a part of a flags field. */
type FlagPart = readonly [name: string, label: string, filter: string, bit: number, width: number];

function uint(bytes: 1 | 2 | 4, isHex: boolean) {
  return (name: string, label: string, filters: Filters, names?: Names): DnsField => ({
    name,
    read: ({ view, end }, at) => {
      if (at + bytes > end) return undefined;
      const value = bytes === 1 ? view.getUint8(at) : bytes === 2 ? view.getUint16(at) : view.getUint32(at);
      return { value, next: at + bytes };
    },
    write: (value, sink) => writeUint(name, value ?? 0, bytes, sink.bytes),
    nodes: ({ view }, at) => [(isHex ? hexNode : uintNode)({ name, label, filters, names }, view, at, bytes)],
  });
}

/** A number whose bits are flags, each shown. */
export function flagged(number: DnsField, bytes: 1 | 2, flags: readonly FlagPart[]): DnsField {
  return {
    ...number,
    nodes: (source, at, read) =>
      number.nodes(source, at, read).map((made) => ({
        ...made,
        children: flags.map(([name, label, filters, bit, width]) =>
          bitsNode({ name, label, filters }, source.view, at, { bytes, bit, width }),
        ),
      })),
  };
}

/** Appends an unsigned number, most significant byte first. */
export function writeUint(name: string, value: unknown, bytes: 1 | 2 | 4, to: number[]): void {
  const max = 2 ** (8 * bytes) - 1;
  if (typeof value !== 'number' || !(value >= 0 && value <= max && Number.isInteger(value))) {
    throw new RangeError(`Cannot write DNS ${name}: ${String(value)} given, an integer from 0 to ${max} needed`);
  }
  for (let shift = 8 * (bytes - 1); shift >= 0; shift -= 8) to.push((value >>> shift) & 0xff);
}

/** Appends a length octet and bytes. */
function writePrefixed(name: string, data: Uint8Array, to: number[]): void {
  if (data.length > 255) throw new RangeError(`Cannot write DNS ${name}: ${data.length} bytes given, at most 255 fit`);
  to.push(data.length, ...data);
}

function domain(mayPoint: boolean) {
  return (name: string, label: string, filters: Filters, lengthFilter?: string): DnsField => ({
    name,
    read: (source, at) => {
      const read = readName(source.view, at, source.messageEnd, source.start);
      if (read.fault || read.next > source.end) return undefined;
      return { value: source.nameOf(read.labels, at, read.next, mayPoint), next: read.next };
    },
    write: (value, { bytes, at, compressor }) => {
      bytes.push(...compressor.encode((value ?? '.') as DnsName, at + bytes.length, mayPoint));
    },
    nodes: ({ view, messageEnd, start }, at, { next }) => {
      const { labels } = readName(view, at, messageEnd, start);
      const made = nameNode({ name, label, filters }, at, next, labels);
      if (lengthFilter === undefined) return [made];
      const length = nameLength(labels);
      return [
        node({ name: `${name}Length`, label: `${label} length`, filters: lengthFilter }, at, 0, {
          value: length,
          text: String(length),
        }),
        made,
      ];
    },
  });
}

/** Characters of a name as Wireshark counts them: its labels and the dots between; its word for the root is `<Root>`. */
export function nameLength(labels: readonly Uint8Array[]): number {
  return labels.length === 0 ? 6 : labels.reduce((total, { length }) => total + length + 1, -1);
}

/** The node of a name. */
export function nameNode(named: Named, at: number, next: number, labels: readonly Uint8Array[]): FieldNode {
  const text = nameText(labels);
  const wireshark = labels.length === 0 ? '<Root>' : labels.map((bytes) => escapeText(bytes)).join('.');
  return { ...textNode(named, at, next - at, text), ...(wireshark === text ? {} : { wireshark }) };
}

function string(name: string, label: string, filters: Filters, lengthFilter?: string): DnsField {
  return {
    name,
    read: ({ view, end }, at) => {
      if (at >= end) return undefined;
      const next = at + 1 + view.getUint8(at);
      return next > end ? undefined : { value: textOrBytes(bytesOf(view, at + 1, next)), next };
    },
    write: (value, { bytes }) => writePrefixed(name, toBytes((value ?? '') as string | Uint8Array), bytes),
    nodes: ({ view }, at, { next }) => [
      uintNode({ name: `${name}Length`, label: `${label} length`, filters: lengthFilter ?? [] }, view, at, 1),
      shownText({ name, label, filters }, view, at + 1, next),
    ],
  };
}

/** Bytes shown as text. */
function shownText(named: Named, view: DataView, at: number, end: number): FieldNode {
  const bytes = bytesOf(view, at, end);
  const text = decodeText(bytes);
  const stop = bytes.indexOf(0);
  // Wireshark ends a string at its first NUL.
  const wireshark = escapeText(stop < 0 ? bytes : bytes.subarray(0, stop));
  return { ...textNode(named, at, end - at, text), ...(wireshark === text ? {} : { wireshark }) };
}

const address = (
  bytes: 4 | 16,
  format: (view: DataView, at: number) => string,
  parse: (text: string) => number[],
  make: typeof ipv4Node,
) => {
  return (name: string, label: string, filters: Filters): DnsField => ({
    name,
    read: ({ view, end }, at) => (at + bytes > end ? undefined : { value: format(view, at), next: at + bytes }),
    write: (value, sink) => void sink.bytes.push(...parse(value as string)),
    nodes: ({ view }, at) => [make({ name, label, filters }, view, at)],
  });
};

const base32 = '0123456789abcdefghijklmnopqrstuv';

/** Base 32 with the extended hexadecimal alphabet, RFC 4648 section 7, without padding: how hashed owners are written. */
function toBase32Hex(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += base32[(value >>> (bits - 5)) & 31];
    value &= 31;
  }
  return bits > 0 ? text + base32[(value << (5 - bits)) & 31] : text;
}

/** Types of an NSEC bitmap, RFC 4034 section 4.1.2: names where there are, else `TYPE4711`. */
function readTypes(view: DataView, at: number, end: number): (string | number)[] | undefined {
  const types: (string | number)[] = [];
  for (let i = at; i < end; ) {
    if (i + 2 > end) return undefined;
    const window = view.getUint8(i);
    const length = view.getUint8(i + 1);
    if (i + 2 + length > end) return undefined;
    for (let bit = 0; bit < length * 8; bit++) {
      if ((view.getUint8(i + 2 + (bit >> 3)) & (0x80 >> (bit & 7))) !== 0) types.push(dnsTypeText(window * 256 + bit));
    }
    i += 2 + length;
  }
  return types;
}

function writeTypes(types: readonly (string | number)[], to: number[]): void {
  const windows = new Map<number, number[]>();
  for (const type of types.map(dnsTypeNumber).sort((a, b) => a - b)) {
    const bitmap = windows.get(type >> 8) ?? [];
    const low = type & 0xff;
    while (bitmap.length <= low >> 3) bitmap.push(0);
    bitmap[low >> 3]! |= 0x80 >> (low & 7);
    windows.set(type >> 8, bitmap);
  }
  for (const [window, bitmap] of windows) to.push(window, bitmap.length, ...bitmap);
}

/** Each kind makes a field from its name, label and Wireshark's names. */
export const kinds = {
  u8: uint(1, false),
  u16: uint(2, false),
  u32: uint(4, false),
  hex8: uint(1, true),
  hex16: uint(2, true),
  ipv4: address(
    4,
    (view, at) => formatIpv4(view.getUint32(at)),
    (text) => [24, 16, 8, 0].map((shift) => (parseIpv4(text) >>> shift) & 0xff),
    ipv4Node,
  ),
  ipv6: address(16, formatIpv6, (text) => parseIpv6(text).flatMap((group) => [group >> 8, group & 0xff]), ipv6Node),
  /** A domain name that may be compressed: the types of RFC 1035. */
  name: domain(true),
  /** A domain name that must not be, RFC 3597 section 4. */
  plainName: domain(false),
  string,
  /** Seconds since 1970, RFC 4034 section 3.1.5. */
  time: (name: string, label: string, filters: Filters): DnsField => ({
    ...kinds4(name, label, filters),
    nodes: ({ view }, at) => {
      const value = view.getUint32(at);
      return [
        node({ name, label, filters }, at, 4, {
          value,
          text: String(value),
          meaning: timeText(value),
          wireshark: timeText(value),
        }),
      ];
    },
  }),
  /** Character strings up to the end. */
  strings: (name: string, label: string, filter: string): DnsField => {
    const one = string('string', label, filter, `${filter}.length`);
    return {
      name,
      read: (source, at) => {
        const value: unknown[] = [];
        let i = at;
        while (i < source.end) {
          const read = one.read(source, i);
          if (!read) return undefined;
          value.push(read.value);
          i = read.next;
        }
        return { value, next: i };
      },
      write: (value, sink) => {
        for (const text of typeof value === 'string' ? [value] : ((value ?? []) as unknown[])) one.write(text, sink);
      },
      nodes: (source, at) => {
        const nodes: FieldNode[] = [];
        for (let i = at; i < source.end; ) {
          const read = one.read(source, i);
          if (!read) break;
          nodes.push(...one.nodes(source, i, read));
          i = read.next;
        }
        return nodes;
      },
    };
  },
  /** Bytes up to the end. */
  rest: (name: string, label: string, filters: Filters): DnsField => ({
    name,
    read: ({ view, end }, at) => ({ value: bytesOf(view, at, end), next: end }),
    write: (value, { bytes }) => void bytes.push(...((value ?? []) as Uint8Array)),
    nodes: ({ view, end }, at) => [octetsNode({ name, label, filters }, view, at, end)],
  }),
  /** Text up to the end. */
  text: (name: string, label: string, filters: Filters): DnsField => ({
    name,
    read: ({ view, end }, at) => ({ value: textOrBytes(bytesOf(view, at, end)), next: end }),
    write: (value, { bytes }) => void bytes.push(...toBytes((value ?? '') as string | Uint8Array)),
    nodes: ({ view, end }, at) => [shownText({ name, label, filters }, view, at, end)],
  }),
  /** Bytes behind a length octet. */
  prefixed: (
    name: string,
    label: string,
    filters: Filters,
    { lengthFilter, shownAs }: { readonly lengthFilter: string; readonly shownAs?: 'base32hex' },
  ): DnsField => ({
    name,
    read: ({ view, end }, at) => {
      if (at >= end) return undefined;
      const next = at + 1 + view.getUint8(at);
      return next > end ? undefined : { value: bytesOf(view, at + 1, next), next };
    },
    write: (value, { bytes }) => writePrefixed(name, (value ?? new Uint8Array()) as Uint8Array, bytes),
    nodes: ({ view }, at, { next }) => {
      const value = bytesOf(view, at + 1, next);
      const text = shownAs === undefined ? toHex(value) : toBase32Hex(value);
      return [
        uintNode({ name: `${name}Length`, label: `${label} length`, filters: lengthFilter }, view, at, 1),
        node({ name, label, filters }, at + 1, next - at - 1, {
          value,
          text,
          ...(shownAs === undefined ? {} : { wireshark: text }),
        }),
      ];
    },
  }),
  types: (name: string, label: string, filters: Filters): DnsField => ({
    name,
    read: ({ view, end }, at) => {
      const value = readTypes(view, at, end);
      return value && { value, next: end };
    },
    write: (value, { bytes }) => writeTypes((value ?? []) as (string | number)[], bytes),
    nodes: ({ view, end }, at) => {
      const value = readTypes(view, at, end) ?? [];
      const children = value.map((type) => {
        const number = dnsTypeNumber(type);
        return node({ name: 'type', label: 'Type', filters }, at, 0, {
          value: number,
          text: String(number),
          meaning: dnsTypeText(number),
        });
      });
      return [node({ name, label, filters: [] }, at, end - at, { value, text: value.join(' '), children })];
    },
  }),
  params: (name: string, label: string, filters: Filters): DnsField => ({
    name,
    read: ({ view, end }, at) => {
      const value = readSvcParams(view, at, end);
      return value && { value, next: end };
    },
    write: (value, { bytes }) => writeSvcParams((value ?? []) as SvcParam[], bytes),
    nodes: ({ view, end }, at) => svcParamNodes({ label, filters }, view, at, end),
  }),
  options: (name: string, label: string, filters: Filters): DnsField => ({
    name,
    read: ({ view, end }, at) => {
      const value = readEdnsOptions(view, at, end);
      return value && { value, next: end };
    },
    write: (value, { bytes }) => writeEdnsOptions((value ?? []) as EdnsOption[], bytes),
    nodes: ({ view, end }, at) => ednsOptionNodes({ label, filters }, view, at, end),
  }),
} as const;

function kinds4(name: string, label: string, filters: Filters): DnsField {
  return uint(4, false)(name, label, filters);
}
