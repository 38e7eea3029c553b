/**
 * IPv4 options: RFC 791 section 3.1 (end, no operation, record route, source routes, timestamp), RFC 2113 (router alert).
 *
 * @module
 */
import { formatIpv4, parseIpv4 } from '../address.js';
import { bytesOf } from '../bytes.js';
import type { FieldNode } from './layer.js';
import { isPadding, type OptionBytes, type OptionSpan, optionData, optionSpans, type RawOption } from './option.js';

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
  136: 'Stream ID',
  137: 'Strict source route',
  148: 'Router alert',
};

/** A list of addresses and the pointer, counted from 1, to the next to be used. */
export interface Route {
  readonly pointer: number;
  readonly addresses: readonly string[];
}

/** One option, to build from and as read. One that has no form of its own, or a length its kind does not have, is `{ kind, data }`. */
export type Ipv4Option =
  | 'nop'
  | 'eool'
  | { readonly routerAlert: number }
  | { readonly recordRoute: Route }
  | { readonly looseRoute: Route }
  | { readonly strictRoute: Route }
  | RawOption
  | OptionBytes;

const routes = { recordRoute: 7, looseRoute: 131, strictRoute: 137 } as const;

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

/** A node for each option. */
export function ipv4OptionNodes(view: DataView, at: number, end: number): FieldNode[] {
  const { spans, rest } = optionSpans(view, at, end);
  const nodes = spans.map((span): FieldNode => {
    const option = decode(view, span);
    return {
      name: 'option',
      label: names[span.kind] ?? `Option ${span.kind}`,
      filters: ['ip.options'],
      at: span.at,
      bit: 0,
      bits: span.length * 8,
      value: bytesOf(view, span.at, span.at + span.length),
      text: describe(option),
    };
  });
  if (rest < end) {
    const padding = isPadding(view, rest, end);
    const bytes = bytesOf(view, rest, end);
    nodes.push({
      name: padding ? 'padding' : 'malformedOptions',
      label: padding ? 'Padding' : 'Malformed options',
      filters: [],
      at: rest,
      bit: 0,
      bits: (end - rest) * 8,
      value: bytes,
      text: `${end - rest} bytes`,
    });
  }
  return nodes;
}

function describe(option: Ipv4Option): string {
  if (typeof option === 'string') return option === 'nop' ? 'No operation' : 'End of options list';
  if ('routerAlert' in option)
    return option.routerAlert === 0 ? '0, every router examines the packet' : String(option.routerAlert);
  for (const name of Object.keys(routes)) {
    if (name in option) {
      const { pointer, addresses } = (option as Record<string, Route>)[name]!;
      return `${addresses.join(', ')}, pointer ${pointer}`;
    }
  }
  return 'kind' in option ? `${option.data.length} bytes of data` : '';
}

function decode(view: DataView, span: OptionSpan): Ipv4Option {
  const { kind, at, length } = span;
  if (kind === 0) return 'eool';
  if (kind === 1) return 'nop';
  if (kind === Ipv4OptionKind.RTRALT && length === 4) return { routerAlert: view.getUint16(at + 2) };
  if (length >= 3 && (length - 3) % 4 === 0) {
    const name = (Object.keys(routes) as (keyof typeof routes)[]).find((key) => routes[key] === kind);
    if (name) {
      const addresses: string[] = [];
      for (let i = at + 3; i < at + length; i += 4) addresses.push(formatIpv4(view.getUint32(i)));
      return { [name]: { pointer: view.getUint8(at + 2), addresses } } as unknown as Ipv4Option;
    }
  }
  return { kind, data: optionData(view, span) };
}

function encode(option: Ipv4Option): Uint8Array {
  if (option === 'eool') return Uint8Array.of(0);
  if (option === 'nop') return Uint8Array.of(1);
  if ('bytes' in option) return option.bytes;
  if ('kind' in option) return Uint8Array.of(option.kind, option.data.length + 2, ...option.data);
  if ('routerAlert' in option)
    return Uint8Array.of(Ipv4OptionKind.RTRALT, 4, option.routerAlert >> 8, option.routerAlert & 0xff);
  const [name, route] = Object.entries(option)[0] as [keyof typeof routes, Route];
  const addresses = route.addresses.flatMap((address) => {
    const value = parseIpv4(address);
    return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
  });
  return Uint8Array.of(routes[name], 3 + addresses.length, route.pointer, ...addresses);
}
