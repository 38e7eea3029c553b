/**
 * Options of neighbour discovery: RFC 4861 section 4.6 (link-layer addresses, prefix, redirected header, MTU), RFC 3971 (nonce), RFC 4191
 * (route), RFC 8106 (DNS servers and search list), RFC 8781 (NAT64 prefix), RFC 8910 (captive portal). A type octet, the length of all in
 * units of 8 bytes, data.
 *
 * @module
 */

import { formatIpv6, formatMac, parseIpv6, parseMac } from '../../address.js';
import { bytesOf, formatHex, toBytes, toHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { bytesNode, type FieldNode, filtersOf, type Named } from '../core/layer.js';
import { node, valued } from '../core/node.js';
import { buildsSame, isPadding, type OptionBytes, type RawOption } from '../core/option.js';

/** Option types, IANA. */
export const NdOptionKind = {
  SOURCE_ADDRESS: 1,
  TARGET_ADDRESS: 2,
  PREFIX: 3,
  REDIRECTED: 4,
  MTU: 5,
  NONCE: 14,
  ROUTE: 24,
  RDNSS: 25,
  DNSSL: 31,
  CAPTIVE_PORTAL: 37,
  PREF64: 38,
} as const;

const names: { readonly [kind: number]: string } = {
  1: 'Source link-layer address',
  2: 'Target link-layer address',
  3: 'Prefix information',
  4: 'Redirected header',
  5: 'MTU',
  7: 'Advertisement interval',
  14: 'Nonce',
  24: 'Route information',
  25: 'Recursive DNS servers',
  26: 'RA flags extension',
  31: 'DNS search list',
  37: 'Captive portal',
  38: 'NAT64 prefix',
};

/** A prefix that hosts may take addresses from, RFC 4861 section 4.6.2. */
export interface PrefixInformation {
  readonly prefix: string;
  /** Bits of the prefix that count. */
  readonly length: number;
  /** Addresses of the prefix are on this link. */
  readonly onLink?: boolean | undefined;
  /** Hosts may make their own addresses of it. */
  readonly autonomous?: boolean | undefined;
  /** The prefix is a router's whole address, RFC 6275. */
  readonly routerAddress?: boolean | undefined;
  /** Seconds; 4294967295 for ever. */
  readonly validLifetime: number;
  /** Seconds; 4294967295 for ever. */
  readonly preferredLifetime: number;
}

/** A route to a prefix, RFC 4191 section 2.3. */
export interface RouteInformation {
  readonly prefix: string;
  readonly length: number;
  /** 0 medium, 1 high, 3 low. */
  readonly preference: number;
  /** Seconds; 4294967295 for ever. */
  readonly lifetime: number;
}

/** One option, to build from and as read. One that has no form of its own, or does not look like it, is `{ kind, data }`. */
export type NdOption =
  /** MAC address of the sender. */
  | { readonly sourceMac: string }
  /** MAC address of the target. */
  | { readonly targetMac: string }
  | { readonly prefix: PrefixInformation }
  /** Beginning of the packet that caused a redirect, a multiple of 8 bytes. */
  | { readonly redirected: Uint8Array }
  /** Largest packet on the link, bytes. */
  | { readonly mtu: number }
  | { readonly nonce: Uint8Array }
  | { readonly route: RouteInformation }
  /** Addresses of DNS servers, lifetime in seconds. */
  | { readonly dnsServers: { readonly lifetime: number; readonly addresses: readonly string[] } }
  /** Names to search in, lifetime in seconds. */
  | { readonly searchList: { readonly lifetime: number; readonly names: readonly string[] } }
  /** Where to open the door of this network. */
  | { readonly captivePortal: string }
  | RawOption
  | OptionBytes;

interface Span {
  readonly kind: number;
  readonly at: number;
  readonly length: number;
}

function spansOf(view: DataView, at: number, end: number): { spans: Span[]; rest: number } {
  const spans: Span[] = [];
  let i = at;
  while (i + 2 <= end) {
    const length = view.getUint8(i + 1) * 8;
    if (length === 0 || i + length > end) break;
    spans.push({ kind: view.getUint8(i), at: i, length });
    i += length;
  }
  return { spans, rest: i };
}

/** Where the first option that is malformed begins; `end` where none is. */
export function endOfNdOptions(view: DataView, at: number, end: number): number {
  return spansOf(view, at, end).rest;
}

/** What is wrong with options that end where they say: a search list that is no list of names. */
export function ndOptionFaults(view: DataView, at: number, end: number, layer: string): DecodeFault[] {
  return spansOf(view, at, end).spans.flatMap((span): DecodeFault[] => {
    if (span.kind !== NdOptionKind.DNSSL) return [];
    const stop = span.at + span.length;
    for (let i = span.at + 8; i < stop; i += 1 + view.getUint8(i)) {
      const length = view.getUint8(i);
      if (length > maxLabel || i + 1 + length > stop) {
        const state = `search list has a label of ${length} bytes`;
        const needed = length > maxLabel ? `at most ${maxLabel} allowed` : `${stop - i - 1} available`;
        return [{ code: 'BAD_LENGTH', layer, at: i, reason: `${state}, ${needed}` }];
      }
    }
    return [];
  });
}

/** Bytes of a label at the most, RFC 1035 section 2.3.4. */
const maxLabel = 63;

/** Bytes that options take. */
export function sizeOfNdOptions(options: readonly NdOption[] | undefined): number {
  let size = 0;
  for (const option of options ?? []) size += encode(option).length;
  return size;
}

/** Writes options one after the other. */
export function writeNdOptions(view: DataView, at: number, options: readonly NdOption[]): void {
  let i = at;
  for (const option of options) {
    const bytes = encode(option);
    bytesOf(view, i, i + bytes.length).set(bytes);
    i += bytes.length;
  }
}

/** The options from `at` to `end`. What is malformed comes last, as `{ bytes }`. */
export function readNdOptions(view: DataView, at: number, end: number): NdOption[] {
  const { spans, rest } = spansOf(view, at, end);
  const options = spans.map((span) => decode(view, span));
  return rest < end ? [...options, { bytes: bytesOf(view, rest, end).slice() }] : options;
}

/** The option in its own form, where that says all that is in its bytes. */
function decode(view: DataView, span: Span): NdOption {
  const form = formOf(view, span);
  const bytes = bytesOf(view, span.at, span.at + span.length);
  if (form && buildsSame(() => encode(form), bytes)) return form;
  return { kind: span.kind, data: bytes.slice(2) };
}

function formOf(view: DataView, { kind, at, length }: Span): NdOption | undefined {
  const end = at + length;
  if (kind === NdOptionKind.SOURCE_ADDRESS && length === 8) return { sourceMac: formatMac(view, at + 2) };
  if (kind === NdOptionKind.TARGET_ADDRESS && length === 8) return { targetMac: formatMac(view, at + 2) };
  if (kind === NdOptionKind.PREFIX && length === 32) {
    const flags = view.getUint8(at + 3);
    return {
      prefix: {
        prefix: formatIpv6(view, at + 16),
        length: view.getUint8(at + 2),
        onLink: (flags & 0x80) !== 0,
        autonomous: (flags & 0x40) !== 0,
        routerAddress: (flags & 0x20) !== 0,
        validLifetime: view.getUint32(at + 4),
        preferredLifetime: view.getUint32(at + 8),
      },
    };
  }
  if (kind === NdOptionKind.REDIRECTED) return { redirected: bytesOf(view, at + 8, end).slice() };
  if (kind === NdOptionKind.MTU && length === 8) return { mtu: view.getUint32(at + 4) };
  if (kind === NdOptionKind.NONCE) return { nonce: bytesOf(view, at + 2, end).slice() };
  if (kind === NdOptionKind.ROUTE && length <= 24) {
    const prefix = new DataView(new ArrayBuffer(16));
    bytesOf(prefix).set(bytesOf(view, at + 8, end));
    const route = { prefix: formatIpv6(prefix, 0), length: view.getUint8(at + 2), lifetime: view.getUint32(at + 4) };
    return { route: { ...route, preference: (view.getUint8(at + 3) >> 3) & 3 } };
  }
  if (kind === NdOptionKind.RDNSS && length >= 24 && length % 16 === 8) {
    const addresses: string[] = [];
    for (let i = at + 8; i < end; i += 16) addresses.push(formatIpv6(view, i));
    return { dnsServers: { lifetime: view.getUint32(at + 4), addresses } };
  }
  if (kind === NdOptionKind.DNSSL && length >= 16) {
    return { searchList: { lifetime: view.getUint32(at + 4), names: readNames(view, at + 8, end) } };
  }
  if (kind === NdOptionKind.CAPTIVE_PORTAL) {
    return { captivePortal: new TextDecoder().decode(bytesOf(view, at + 2, end)).replace(/\0+$/, '') };
  }
  return undefined;
}

/** Domain names as labels with their length before each, RFC 1035 section 3.1, without compression. */
function readNames(view: DataView, at: number, end: number): string[] {
  const names: string[] = [];
  let labels: string[] = [];
  let i = at;
  while (i < end) {
    const length = view.getUint8(i);
    if (length === 0) {
      if (labels.length === 0) break;
      names.push(labels.join('.'));
      labels = [];
    } else {
      if (i + 1 + length > end) break;
      labels.push(new TextDecoder().decode(bytesOf(view, i + 1, i + 1 + length)));
    }
    i += 1 + length;
  }
  return names;
}

function encode(option: NdOption): Uint8Array {
  if ('bytes' in option) return option.bytes;
  if ('kind' in option) return padded(option.kind, [...option.data]);
  if ('sourceMac' in option) return padded(NdOptionKind.SOURCE_ADDRESS, parseMac(option.sourceMac));
  if ('targetMac' in option) return padded(NdOptionKind.TARGET_ADDRESS, parseMac(option.targetMac));
  if ('prefix' in option) {
    const { prefix, length, onLink, autonomous, routerAddress, validLifetime, preferredLifetime } = option.prefix;
    const flags = (onLink ? 0x80 : 0) | (autonomous ? 0x40 : 0) | (routerAddress ? 0x20 : 0);
    const lifetimes = [...word(validLifetime), ...word(preferredLifetime)];
    return padded(NdOptionKind.PREFIX, [length, flags, ...lifetimes, ...word(0), ...bytesOfIpv6(prefix)]);
  }
  if ('redirected' in option) return padded(NdOptionKind.REDIRECTED, [0, 0, ...word(0), ...option.redirected]);
  if ('mtu' in option) return padded(NdOptionKind.MTU, [0, 0, ...word(option.mtu)]);
  if ('nonce' in option) return padded(NdOptionKind.NONCE, [...option.nonce]);
  if ('route' in option) {
    const { prefix, length, preference, lifetime } = option.route;
    const kept = length === 0 ? 0 : length <= 64 ? 8 : 16;
    const bytes = bytesOfIpv6(prefix).slice(0, kept);
    return padded(NdOptionKind.ROUTE, [length, (preference & 3) << 3, ...word(lifetime), ...bytes]);
  }
  if ('dnsServers' in option) {
    const { lifetime, addresses } = option.dnsServers;
    return padded(NdOptionKind.RDNSS, [0, 0, ...word(lifetime), ...addresses.flatMap(bytesOfIpv6)]);
  }
  if ('searchList' in option) {
    const { lifetime, names } = option.searchList;
    const bytes = names.flatMap((name) => [...name.split('.').flatMap(labelOf), 0]);
    return padded(NdOptionKind.DNSSL, [0, 0, ...word(lifetime), ...bytes]);
  }
  return padded(NdOptionKind.CAPTIVE_PORTAL, [...toBytes(option.captivePortal)]);
}

function labelOf(label: string): number[] {
  const bytes = toBytes(label);
  if (bytes.length === 0 || bytes.length > maxLabel) {
    throw new RangeError(
      `Cannot build a search list: label ${JSON.stringify(label)} has ${bytes.length} bytes, 1 to ${maxLabel} needed`,
    );
  }
  return [bytes.length, ...bytes];
}

function padded(kind: number, data: readonly number[]): Uint8Array {
  const units = Math.ceil((data.length + 2) / 8);
  if (units > 255) throw new RangeError(`Cannot build option ${kind}: ${data.length} bytes of data, at most 2038 fit`);
  const bytes = new Uint8Array(units * 8);
  bytes.set([kind, units, ...data]);
  return bytes;
}

function word(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function bytesOfIpv6(address: string): number[] {
  return parseIpv6(address).flatMap((group) => [group >> 8, group & 0xff]);
}

/** A node for each option, with its parts as children. */
export function ndOptionNodes(view: DataView, at: number, end: number): FieldNode[] {
  const { spans, rest } = spansOf(view, at, end);
  const nodes = spans.map((span) => optionNode(view, span));
  if (rest < end)
    nodes.push(bytesNode({ name: 'malformedOptions', label: 'Malformed options', filters: [] }, view, rest, end));
  return nodes;
}

function optionNode(view: DataView, span: Span): FieldNode {
  const { kind, at, length } = span;
  const end = at + length;
  const children: FieldNode[] = [];
  const leaf = (...place: Parameters<typeof node>): FieldNode => {
    const made = node(...place);
    children.push(made);
    return made;
  };
  const u8 = (name: string, label: string, filter: string, offset: number) =>
    leaf({ name, label, filters: filter }, at + offset, 1, valued(view.getUint8(at + offset)));
  const u32 = (name: string, label: string, filter: string, offset: number) =>
    leaf({ name, label, filters: filter }, at + offset, 4, valued(view.getUint32(at + offset)));
  const flag = ({ name, label, filters }: Named, offset: number, mask: number) => {
    const set = (view.getUint8(at + offset) & mask) !== 0;
    children.push({
      name,
      label,
      filters: filtersOf({ name, label, filters }),
      at: at + offset,
      bit: Math.clz32(mask) - 24,
      bits: 1,
      value: set,
      text: set ? '1' : '0',
    });
  };
  u8('type', 'Type', 'icmpv6.opt.type', 0);
  children[0] = { ...children[0]!, meaning: names[kind] ?? 'unknown' };
  leaf({ name: 'length', label: 'Length', filters: 'icmpv6.opt.length' }, at + 1, 1, valued(length / 8));
  let text = `${length - 2} bytes of data`;
  if ((kind === NdOptionKind.SOURCE_ADDRESS || kind === NdOptionKind.TARGET_ADDRESS) && length === 8) {
    const side = kind === NdOptionKind.SOURCE_ADDRESS ? 'src' : 'target';
    text = formatMac(view, at + 2);
    children.push({
      name: 'mac',
      label: 'Link-layer address',
      filters: ['icmpv6.opt.linkaddr', `icmpv6.opt.${side}_linkaddr`],
      at: at + 2,
      bit: 0,
      bits: 48,
      value: text,
      text,
    });
  } else if (kind === NdOptionKind.PREFIX && length === 32) {
    u8('prefixLength', 'Prefix length', 'icmpv6.opt.prefix.length', 2);
    const flags = view.getUint8(at + 3);
    leaf(
      { name: 'flags', label: 'Flags', filters: 'icmpv6.opt.prefix.flag' },
      at + 3,
      1,
      valued(flags, formatHex(flags, 2)),
    );
    flag({ name: 'onLink', label: 'On this link', filters: 'icmpv6.opt.prefix.flag.l' }, 3, 0x80);
    flag({ name: 'autonomous', label: 'For addresses that hosts make', filters: 'icmpv6.opt.prefix.flag.a' }, 3, 0x40);
    flag({ name: 'routerAddress', label: "A router's address", filters: 'icmpv6.opt.prefix.flag.r' }, 3, 0x20);
    u32('validLifetime', 'Valid lifetime, seconds', 'icmpv6.opt.prefix.valid_lifetime', 4);
    u32('preferredLifetime', 'Preferred lifetime, seconds', 'icmpv6.opt.prefix.preferred_lifetime', 8);
    const prefix = formatIpv6(view, at + 16);
    leaf({ name: 'prefix', label: 'Prefix', filters: 'icmpv6.opt.prefix' }, at + 16, 16, valued(prefix));
    text = `${prefix}/${view.getUint8(at + 2)}`;
  } else if (kind === NdOptionKind.MTU && length === 8) {
    text = `${u32('mtu', 'MTU', 'icmpv6.opt.mtu', 4).text} bytes`;
  } else if (kind === NdOptionKind.NONCE) {
    const nonce = bytesOf(view, at + 2, end);
    text = leaf(
      { name: 'nonce', label: 'Nonce', filters: 'icmpv6.opt.nonce' },
      at + 2,
      length - 2,
      valued(nonce, toHex(nonce)),
    ).text;
  } else if (kind === NdOptionKind.ROUTE && length <= 24) {
    u8('prefixLength', 'Prefix length', 'icmpv6.opt.prefix.length', 2);
    const flags = view.getUint8(at + 3);
    leaf(
      { name: 'flags', label: 'Flags', filters: 'icmpv6.opt.route_info.flag' },
      at + 3,
      1,
      valued(flags, formatHex(flags, 2)),
    );
    leaf(
      { name: 'preference', label: 'Preference', filters: 'icmpv6.opt.route_info.flag.route_preference' },
      at + 3,
      0,
      valued((flags >> 3) & 3),
    );
    u32('lifetime', 'Lifetime, seconds', 'icmpv6.opt.route_lifetime', 4);
    const prefix = new DataView(new ArrayBuffer(16));
    bytesOf(prefix).set(bytesOf(view, at + 8, end));
    text = `${leaf({ name: 'prefix', label: 'Prefix', filters: length > 8 ? 'icmpv6.opt.prefix' : '' }, at + 8, length - 8, valued(formatIpv6(prefix, 0))).text}/${view.getUint8(at + 2)}`;
  } else if (kind === NdOptionKind.RDNSS && length >= 24) {
    u32('lifetime', 'Lifetime, seconds', 'icmpv6.opt.rdnss.lifetime', 4);
    const addresses: string[] = [];
    for (let i = at + 8; i + 16 <= end; i += 16) {
      addresses.push(
        leaf({ name: 'address', label: 'DNS server', filters: 'icmpv6.opt.rdnss' }, i, 16, valued(formatIpv6(view, i)))
          .text,
      );
    }
    text = addresses.join(', ');
  } else if (kind === NdOptionKind.DNSSL && length >= 16) {
    u32('lifetime', 'Lifetime, seconds', 'icmpv6.opt.dnssl.lifetime', 4);
    const found = readNames(view, at + 8, end);
    for (const name of found)
      leaf({ name: 'name', label: 'Domain name', filters: 'icmpv6.opt.dnssl' }, at + 8, 0, valued(name));
    text = found.join(', ');
  } else if (kind === NdOptionKind.CAPTIVE_PORTAL) {
    text = new TextDecoder().decode(bytesOf(view, at + 2, end)).replace(/\0+$/, '');
    leaf(
      { name: 'uri', label: 'Captive portal', filters: 'icmpv6.opt.captive_portal' },
      at + 2,
      length - 2,
      valued(text),
    );
  } else {
    const from = kind === NdOptionKind.REDIRECTED ? Math.min(at + 8, end) : at + 2;
    if (from < end) children.push(bytesNode({ name: 'data', label: 'Data', filters: [] }, view, from, end));
    if (kind === NdOptionKind.REDIRECTED && isPadding(view, at + 2, from)) text = `${end - from} bytes of the packet`;
  }
  return {
    name: 'option',
    label: names[kind] ?? `Option ${kind}`,
    filters: [],
    at,
    bit: 0,
    bits: length * 8,
    value: bytesOf(view, at, end),
    text,
    children,
  };
}
