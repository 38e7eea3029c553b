/**
 * IPv4 options: RFC 791 section 3.1 (end, no operation, security, source routes, record route, stream identifier, timestamp), RFC 2113
 * (router alert).
 *
 * @module
 */

import { formatIpv4, parseIpv4 } from '../../address.js';
import { bytesOf, formatHex } from '../../bytes.js';
import { bytesNode, derivedNode, type FieldNode } from '../core/layer.js';
import { node, valued } from '../core/node.js';
import {
  buildsSame,
  checkOption,
  encodeRawOption,
  isPadding,
  type OptionBytes,
  type OptionLength,
  type OptionSpan,
  optionData,
  optionSpans,
  type RawOption,
} from '../core/option.js';

/** Option types, copied flag and class included. */
export const Ipv4OptionKind = {
  EOOL: 0,
  NOP: 1,
  RR: 7,
  TS: 68,
  SEC: 130,
  LSR: 131,
  SID: 136,
  SSR: 137,
  RTRALT: 148,
} as const;

const names: { readonly [kind: number]: string } = {
  0: 'End of options list',
  1: 'No operation',
  7: 'Record route',
  68: 'Timestamp',
  130: 'Security',
  131: 'Loose source route',
  133: 'Extended security',
  134: 'Commercial security',
  136: 'Stream ID',
  137: 'Strict source route',
  148: 'Router alert',
};

/** Lengths of the kinds that have a form of their own. */
export const ipv4OptionLengths: { readonly [kind: number]: OptionLength & { readonly name: string } } = {
  7: { name: 'record route', from: 3, step: 4 },
  68: { name: 'timestamp', from: 4, step: 4 },
  130: { name: 'security', from: 3, step: 1 },
  131: { name: 'loose source route', from: 3, step: 4 },
  136: { name: 'stream ID', from: 4 },
  137: { name: 'strict source route', from: 3, step: 4 },
  148: { name: 'router alert', from: 4 },
};

/** A list of addresses and the pointer, counted from 1, to the next to be used. */
export interface Route {
  readonly pointer: number;
  readonly addresses: readonly string[];
}

/** What the timestamp option collects. */
export interface TimestampOption {
  /** First free place, counted from 1: 5 when all is free. */
  readonly pointer: number;
  /** Stops that found no place. */
  readonly overflow: number;
  /** 0 stamps alone, 1 stamps with addresses, 3 stamps of the addresses given. */
  readonly flag: number;
  /** Milliseconds since midnight UT, by stop; the address where `flag` is not 0. */
  readonly stamps: readonly { readonly address?: string | undefined; readonly time: number }[];
}

/** The security option of RFC 791. */
export interface SecurityOption {
  /** 0 is unclassified, 0x6bc5 top secret. */
  readonly level: number;
  readonly compartments: number;
  /** Handling restrictions. */
  readonly handling: number;
  /** Transmission control code, 24 bits. */
  readonly control: number;
}

/** One option, to build from and as read. One that has no form of its own, or a length its kind does not have, is `{ kind, data }`. */
export type Ipv4Option =
  | 'nop'
  | 'eool'
  /** 0: every router examines the packet. */
  | { readonly routerAlert: number }
  /** Addresses of the stops, written on the way. */
  | { readonly recordRoute: Route }
  /** Stops to be made, others between them allowed. */
  | { readonly looseRoute: Route }
  /** Stops to be made, no others between them. */
  | { readonly strictRoute: Route }
  /** Times of the stops, written on the way. */
  | { readonly timestamp: TimestampOption }
  | { readonly security: SecurityOption }
  /** Stream identifier of SATNET. */
  | { readonly streamId: number }
  | RawOption
  | OptionBytes;

const routes = { recordRoute: 7, looseRoute: 131, strictRoute: 137 } as const;
const routeKeys = Object.keys(routes) as (keyof typeof routes)[];

/** Members that tell the form of an option. */
const forms: readonly string[] = [
  ...routeKeys,
  'timestamp',
  'security',
  'streamId',
  'routerAlert',
  'kind',
  'data',
  'bytes',
];

/** Bytes that options take, padding to 4 included. */
export function sizeOfIpv4Options(options: readonly Ipv4Option[] | undefined): number {
  if (options === undefined) return 0;
  let size = 0;
  for (const option of options) size += encode(option).length;
  if (size > 40) throw new RangeError(`Cannot build IPv4 options: ${size} bytes given, at most 40 fit the header`);
  return (size + 3) & ~3;
}

/** Writes options one after the other; what is left up to `end` keeps its zeros. */
export function writeIpv4Options(view: DataView, at: number, end: number, options: readonly Ipv4Option[]): void {
  const space = bytesOf(view, at, end);
  let i = 0;
  for (const option of options) {
    const bytes = encode(option);
    space.set(bytes, i);
    i += bytes.length;
  }
}

/** The options from `at` to `end`. What is malformed comes last, as `{ bytes }`; padding of zeros is left out. */
export function readIpv4Options(view: DataView, at: number, end: number): Ipv4Option[] {
  const { spans, rest } = optionSpans(view, at, end);
  const options = spans.map((span) => decode(view, span));
  return rest < end && !isPadding(view, rest, end) ? [...options, { bytes: bytesOf(view, rest, end) }] : options;
}

/** Offset of the last address of a source route that is not yet travelled, or -1: where the packet shall arrive in the end. */
export function finalAddressAt(view: DataView, at: number, end: number): number {
  for (const { kind, at: start, length } of optionSpans(view, at, end).spans) {
    if ((kind === Ipv4OptionKind.LSR || kind === Ipv4OptionKind.SSR) && length >= 7) {
      return view.getUint8(start + 2) <= length ? start + length - 4 : -1;
    }
  }
  return -1;
}

/** The option in its own form, where that says all that is in its bytes. */
function decode(view: DataView, span: OptionSpan): Ipv4Option {
  const { kind, at, length } = span;
  if (kind === Ipv4OptionKind.EOOL) return 'eool';
  if (kind === Ipv4OptionKind.NOP) return 'nop';
  const form = formOf(view, span);
  if (form && buildsSame(() => encode(form), bytesOf(view, at, at + length))) return form;
  return { kind, data: optionData(view, span) };
}

function formOf(view: DataView, { kind, at, length }: OptionSpan): Ipv4Option | undefined {
  if (kind === Ipv4OptionKind.RTRALT && length === 4) return { routerAlert: view.getUint16(at + 2) };
  if (kind === Ipv4OptionKind.SID && length === 4) return { streamId: view.getUint16(at + 2) };
  if (kind === Ipv4OptionKind.SEC && length === 11) {
    const [level, compartments, handling] = [view.getUint16(at + 2), view.getUint16(at + 4), view.getUint16(at + 6)];
    const control = view.getUint16(at + 8) * 256 + view.getUint8(at + 10);
    return { security: { level: level!, compartments: compartments!, handling: handling!, control } };
  }
  if (kind === Ipv4OptionKind.TS && length >= 4 && (length - 4) % 4 === 0) {
    const [overflow, flag] = [view.getUint8(at + 3) >> 4, view.getUint8(at + 3) & 15];
    const width = flag === 0 ? 4 : 8;
    const stamps: { address?: string; time: number }[] = [];
    for (let i = at + 4; i + width <= at + length; i += width) {
      const time = view.getUint32(i + width - 4);
      stamps.push(width === 4 ? { time } : { address: formatIpv4(view.getUint32(i)), time });
    }
    return { timestamp: { pointer: view.getUint8(at + 2), overflow, flag, stamps } };
  }
  const name = routeKeys.find((key) => routes[key] === kind);
  if (name && length >= 3 && (length - 3) % 4 === 0) {
    const addresses: string[] = [];
    for (let i = at + 3; i < at + length; i += 4) addresses.push(formatIpv4(view.getUint32(i)));
    return { [name]: { pointer: view.getUint8(at + 2), addresses } } as unknown as Ipv4Option;
  }
  return undefined;
}

function encode(option: Ipv4Option): Uint8Array {
  if (option === 'eool') return Uint8Array.of(0);
  if (option === 'nop') return Uint8Array.of(1);
  const key = typeof option === 'object' && option !== null ? Object.keys(option)[0] : undefined;
  if (key === undefined || !forms.includes(key))
    throw new RangeError(
      `Cannot build IPv4 option ${JSON.stringify(option)}: one of 'eool', 'nop' or an object with one of ${forms.join(', ')} needed`,
    );
  if ('bytes' in option) return option.bytes;
  if ('kind' in option) return encodeRawOption('IPv4', option);
  if ('routerAlert' in option) {
    checkOption('IPv4', 'routerAlert', option.routerAlert, 0xffff);
    return sized(Ipv4OptionKind.RTRALT, half(option.routerAlert));
  }
  if ('streamId' in option) {
    checkOption('IPv4', 'streamId', option.streamId, 0xffff);
    return sized(Ipv4OptionKind.SID, half(option.streamId));
  }
  if ('security' in option) {
    const { level, compartments, handling, control } = option.security;
    return sized(Ipv4OptionKind.SEC, [level, compartments, handling].flatMap(half).concat(word(control).slice(1)));
  }
  if ('timestamp' in option) {
    const { pointer, overflow, flag, stamps } = option.timestamp;
    const entries = stamps.flatMap(({ address, time }) => [
      ...(flag === 0 ? [] : word(parseIpv4(address ?? '0.0.0.0'))),
      ...word(time),
    ]);
    return sized(Ipv4OptionKind.TS, [pointer, ((overflow & 15) << 4) | (flag & 15), ...entries]);
  }
  const [name, route] = Object.entries(option)[0] as [keyof typeof routes, Route];
  return sized(routes[name], [route.pointer, ...route.addresses.flatMap((address) => word(parseIpv4(address)))]);
}

function sized(kind: number, data: readonly number[]): Uint8Array {
  return Uint8Array.of(kind, data.length + 2, ...data);
}

function half(value: number): number[] {
  return [(value >> 8) & 0xff, value & 0xff];
}

function word(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

/** A node for each option, with its parts as children. */
export function ipv4OptionNodes(view: DataView, at: number, end: number): FieldNode[] {
  const { spans, rest } = optionSpans(view, at, end);
  const nodes = spans.map((span) => optionNode(view, span));
  if (rest < end) {
    const padding = isPadding(view, rest, end);
    const name = padding ? 'padding' : 'malformedOptions';
    nodes.push(bytesNode({ name, label: padding ? 'Padding' : 'Malformed options', filters: [] }, view, rest, end));
  }
  return nodes;
}

function optionNode(view: DataView, span: OptionSpan): FieldNode {
  const { kind, at, length } = span;
  const option = decode(view, span);
  const children: FieldNode[] = [
    node({ name: 'type', label: 'Type', filters: ['ip.opt.type'] }, at, 1, valued(kind)),
    derivedNode({ name: 'copy', label: 'Copied into every fragment', filters: ['ip.opt.type.copy'] }, at, kind >> 7),
    derivedNode({ name: 'class', label: 'Class', filters: ['ip.opt.type.class'] }, at, (kind >> 5) & 3),
    derivedNode({ name: 'number', label: 'Number', filters: ['ip.opt.type.number'] }, at, kind & 31),
  ];
  if (kind > 1)
    children.push(node({ name: 'length', label: 'Length', filters: ['ip.opt.len'] }, at + 1, 1, valued(length)));
  let text = kind > 1 ? `${length - 2} bytes of data` : '';
  if (typeof option === 'object') {
    if ('routerAlert' in option) {
      children.push(
        node({ name: 'value', label: 'Value', filters: ['ip.opt.ra'] }, at + 2, 2, valued(option.routerAlert)),
      );
      text = option.routerAlert === 0 ? '0, every router examines the packet' : String(option.routerAlert);
    } else if ('streamId' in option) {
      children.push(
        node(
          { name: 'streamId', label: 'Stream identifier', filters: ['ip.opt.sid'] },
          at + 2,
          2,
          valued(option.streamId),
        ),
      );
      text = String(option.streamId);
    } else if ('security' in option) {
      const { level, compartments, handling, control } = option.security;
      children.push(
        node(
          { name: 'level', label: 'Security', filters: ['ip.opt.sec_rfc791_sec'] },
          at + 2,
          2,
          valued(level, formatHex(level, 4)),
        ),
        node(
          { name: 'compartments', label: 'Compartments', filters: ['ip.opt.sec_rfc791_comp'] },
          at + 4,
          2,
          valued(compartments),
        ),
        node(
          { name: 'handling', label: 'Handling restrictions', filters: [] },
          at + 6,
          2,
          valued(handling, formatHex(handling, 4)),
        ),
        node(
          { name: 'control', label: 'Transmission control code', filters: [] },
          at + 8,
          3,
          valued(control, formatHex(control, 6)),
        ),
      );
      text = `level ${formatHex(level, 4)}`;
    } else if ('timestamp' in option) {
      const { pointer, overflow, flag, stamps } = option.timestamp;
      children.push(
        node({ name: 'pointer', label: 'Pointer', filters: ['ip.opt.ptr'] }, at + 2, 1, valued(pointer)),
        {
          ...node({ name: 'overflow', label: 'Overflow', filters: ['ip.opt.overflow'] }, at + 3, 0, valued(overflow)),
          bits: 4,
        },
        {
          ...node(
            { name: 'flag', label: 'Flag', filters: ['ip.opt.flag'] },
            at + 3,
            0,
            valued(flag, formatHex(flag, 2)),
          ),
          bit: 4,
          bits: 4,
        },
      );
      for (const [i, { address, time }] of stamps.entries()) {
        const from = at + 4 + i * (flag === 0 ? 4 : 8);
        if (address !== undefined)
          children.push(
            node({ name: 'address', label: 'Address', filters: ['ip.opt.time_stamp_addr'] }, from, 4, valued(address)),
          );
        children.push(
          node(
            { name: 'time', label: 'Time stamp', filters: ['ip.opt.time_stamp'] },
            from + (flag === 0 ? 0 : 4),
            4,
            valued(time),
          ),
        );
      }
      text = stamps
        .map(({ address, time }) => (address === undefined ? `${time} ms` : `${address} ${time} ms`))
        .join(', ');
    } else {
      const route = (option as { [key: string]: Route })[routeKeys.find((key) => key in option) ?? ''];
      if (route) {
        const { pointer, addresses } = route;
        children.push(node({ name: 'pointer', label: 'Pointer', filters: ['ip.opt.ptr'] }, at + 2, 1, valued(pointer)));
        for (const [i, address] of addresses.entries()) {
          const role = roleOf(kind === Ipv4OptionKind.RR, 4 + 4 * i, pointer);
          const filters = [`ip.${role}`, `ip.${role}_host`];
          children.push(node({ name: 'address', label: `Address ${i}`, filters }, at + 3 + 4 * i, 4, valued(address)));
        }
        text = `${addresses.join(', ')}, pointer ${pointer}`;
      } else if (length > 2)
        children.push(bytesNode({ name: 'data', label: 'Data', filters: [] }, view, at + 2, at + length));
    }
  }
  const value = bytesOf(view, at, at + length);
  return {
    name: 'option',
    label: names[kind] ?? `Option ${kind}`,
    filters: [],
    at,
    bit: 0,
    bits: length * 8,
    value,
    text,
    children,
  };
}

/** Wireshark's name for an address of a route, by its place and the pointer. */
function roleOf(isRecord: boolean, place: number, pointer: number): string {
  if (place < pointer) return 'rec_rt';
  if (isRecord) return 'empty_rt';
  return place === pointer ? 'cur_rt' : 'src_rt';
}
