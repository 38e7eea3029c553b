/**
 * Options of the hop-by-hop and destination options headers: RFC 8200 section 4.2 (padding), RFC 2675 (jumbo payload), RFC 2711 (router
 * alert), RFC 2473 (tunnel encapsulation limit), RFC 6275 (home address). A type octet, the length of the data, data; Pad1 is a type alone.
 *
 * @module
 */

import { formatIpv6, parseIpv6 } from '../../address.js';
import { bytesOf, formatHex, toHex } from '../../bytes.js';
import { derivedNode, type FieldNode } from '../core/layer.js';
import { node, valued } from '../core/node.js';
import { isPadding, type OptionBytes, type RawOption } from '../core/option.js';

/** Option types. Their two highest bits say what a node that does not know them does, the next whether they may change on the way. */
export const Ipv6OptionKind = {
  PAD1: 0x00,
  PADN: 0x01,
  TUNNEL_LIMIT: 0x04,
  ROUTER_ALERT: 0x05,
  JUMBO: 0xc2,
  HOME_ADDRESS: 0xc9,
} as const;

const names: { readonly [kind: number]: string } = {
  0: 'Pad1',
  1: 'PadN',
  4: 'Tunnel encapsulation limit',
  5: 'Router alert',
  7: 'CALIPSO',
  8: 'Duplicate packet detection',
  48: 'Path MTU record',
  99: 'RPL',
  109: 'MPL',
  194: 'Jumbo payload',
  201: 'Home address',
};

/** Values of the router alert option, IANA. */
const alerts: { readonly [value: number]: string } = {
  0: 'Multicast Listener Discovery',
  1: 'RSVP',
  2: 'Active Networks',
};

/** One option, to build from and as read. One that has no form of its own, or a length its type does not have, is `{ kind, data }`. */
export type Ipv6Option =
  /** One octet of padding. */
  | 'pad1'
  /** This many octets of padding, 2 to 257, zeros in it. */
  | { readonly padN: number }
  /** Routers shall look at the packet: 0 for MLD, 1 for RSVP. */
  | { readonly routerAlert: number }
  /** Bytes behind the IPv6 header of a packet that has more than 65535. */
  | { readonly jumbo: number }
  /** Further tunnels the packet may be put in. */
  | { readonly tunnelLimit: number }
  /** Address of a mobile node at home. */
  | { readonly homeAddress: string }
  | RawOption
  | OptionBytes;

interface Span {
  readonly kind: number;
  readonly at: number;
  /** Bytes, type and length octets included. */
  readonly length: number;
}

function spansOf(view: DataView, at: number, end: number): { spans: Span[]; rest: number } {
  const spans: Span[] = [];
  let i = at;
  while (i < end) {
    const kind = view.getUint8(i);
    const length = kind === 0 ? 1 : i + 1 < end ? view.getUint8(i + 1) + 2 : 0;
    if (length === 0 || i + length > end) break;
    spans.push({ kind, at: i, length });
    i += length;
  }
  return { spans, rest: i };
}

/** The jumbo payload length in the options header at `at`, or 0. */
export function findJumbo(view: DataView, at: number, end: number): number {
  if (at + 8 > end) return 0;
  const { spans } = spansOf(view, at + 2, Math.min(end, at + (view.getUint8(at + 1) + 1) * 8));
  const jumbo = spans.find(({ kind, length }) => kind === Ipv6OptionKind.JUMBO && length === 6);
  return jumbo ? view.getUint32(jumbo.at + 2) : 0;
}

/** Bytes that options take, not padded. */
export function sizeOfIpv6Options(options: readonly Ipv6Option[] | undefined): number {
  let size = 0;
  for (const option of options ?? []) size += encode(option).length;
  return size;
}

/** Writes options one after the other and pads to `end` with Pad1 or PadN. */
export function writeIpv6Options(view: DataView, at: number, end: number, options: readonly Ipv6Option[] = []): void {
  const space = bytesOf(view, at, end);
  let i = 0;
  for (const option of options) {
    const bytes = encode(option);
    space.set(bytes, i);
    i += bytes.length;
  }
  if (i + 1 < space.length) space.set([Ipv6OptionKind.PADN, space.length - i - 2], i);
}

/** The options from `at` to `end`, padding included. What is malformed comes last, as `{ bytes }`. */
export function readIpv6Options(view: DataView, at: number, end: number): Ipv6Option[] {
  const { spans, rest } = spansOf(view, at, end);
  const options = spans.map((span) => decode(view, span));
  return rest < end ? [...options, { bytes: bytesOf(view, rest, end) }] : options;
}

function decode(view: DataView, { kind, at, length }: Span): Ipv6Option {
  if (kind === Ipv6OptionKind.PAD1) return 'pad1';
  if (kind === Ipv6OptionKind.PADN && isPadding(view, at + 2, at + length)) return { padN: length };
  if (kind === Ipv6OptionKind.ROUTER_ALERT && length === 4) return { routerAlert: view.getUint16(at + 2) };
  if (kind === Ipv6OptionKind.JUMBO && length === 6) return { jumbo: view.getUint32(at + 2) };
  if (kind === Ipv6OptionKind.TUNNEL_LIMIT && length === 3) return { tunnelLimit: view.getUint8(at + 2) };
  if (kind === Ipv6OptionKind.HOME_ADDRESS && length === 18) return { homeAddress: formatIpv6(view, at + 2) };
  return { kind, data: bytesOf(view, at + 2, at + length) };
}

function encode(option: Ipv6Option): Uint8Array {
  if (option === 'pad1') return Uint8Array.of(0);
  if ('bytes' in option) return option.bytes;
  if ('kind' in option) return Uint8Array.of(option.kind, option.data.length, ...option.data);
  if ('padN' in option) {
    if (!(option.padN >= 2 && option.padN <= 257))
      throw new RangeError(`Cannot build PadN: ${option.padN} bytes given, 2 to 257 needed`);
    return Uint8Array.of(Ipv6OptionKind.PADN, option.padN - 2, ...new Uint8Array(option.padN - 2));
  }
  if ('routerAlert' in option) return number(Ipv6OptionKind.ROUTER_ALERT, 2, option.routerAlert);
  if ('jumbo' in option) return number(Ipv6OptionKind.JUMBO, 4, option.jumbo);
  if ('tunnelLimit' in option) return number(Ipv6OptionKind.TUNNEL_LIMIT, 1, option.tunnelLimit);
  const groups = parseIpv6(option.homeAddress).flatMap((group) => [group >> 8, group & 0xff]);
  return Uint8Array.of(Ipv6OptionKind.HOME_ADDRESS, 16, ...groups);
}

function number(kind: number, bytes: number, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes + 2));
  view.setUint8(0, kind);
  view.setUint8(1, bytes);
  for (let i = 0; i < bytes; i++) view.setUint8(2 + i, Math.floor(value / 256 ** (bytes - 1 - i)) & 0xff);
  return bytesOf(view);
}

/** A node for each option, with its parts as children. */
export function ipv6OptionNodes(view: DataView, at: number, end: number): FieldNode[] {
  const { spans, rest } = spansOf(view, at, end);
  const nodes = spans.map((span) => optionNode(view, span));
  if (rest < end) {
    const value = bytesOf(view, rest, end);
    const place = { at: rest, bit: 0, bits: (end - rest) * 8 };
    nodes.push({
      name: 'malformedOptions',
      label: 'Malformed options',
      filters: [],
      ...place,
      value,
      text: toHex(value),
    });
  }
  return nodes;
}

function optionNode(view: DataView, span: Span): FieldNode {
  const { kind, at, length } = span;
  const option = decode(view, span);
  const ofType: FieldNode[] = [
    node({ name: 'type', label: 'Type', filters: 'ipv6.opt.type' }, at, 1, valued(kind, formatHex(kind, 2))),
    derivedNode(
      { name: 'action', label: 'If unknown', filters: ['ipv6.opt.type.action'] },
      at,
      kind >> 6,
      String(kind >> 6),
    ),
    derivedNode(
      { name: 'mayChange', label: 'May change on the way', filters: ['ipv6.opt.type.change'] },
      at,
      (kind & 0x20) !== 0,
      kind & 0x20 ? '1' : '0',
    ),
    derivedNode(
      { name: 'rest', label: 'Low-order bits', filters: ['ipv6.opt.type.rest'] },
      at,
      kind & 0x1f,
      formatHex(kind & 0x1f, 2),
    ),
  ];
  const children = kind === Ipv6OptionKind.PAD1 ? ofType.slice(0, 1) : ofType;
  if (kind !== Ipv6OptionKind.PAD1)
    children.push(
      node(
        { name: 'length', label: 'Length', filters: 'ipv6.opt.length' },
        at + 1,
        1,
        valued(length - 2, String(length - 2)),
      ),
    );
  let text = '';
  if (typeof option === 'object') {
    if ('routerAlert' in option) {
      text = `${alerts[option.routerAlert] ?? option.routerAlert}`;
      children.push(
        node(
          { name: 'value', label: 'Value', filters: 'ipv6.opt.router_alert' },
          at + 2,
          length - 2,
          valued(option.routerAlert, String(option.routerAlert)),
        ),
      );
    } else if ('jumbo' in option) {
      text = `${option.jumbo} bytes`;
      children.push(
        node(
          { name: 'payloadLength', label: 'Payload length', filters: 'ipv6.opt.jumbo' },
          at + 2,
          length - 2,
          valued(option.jumbo, String(option.jumbo)),
        ),
      );
    } else if ('tunnelLimit' in option) {
      text = String(option.tunnelLimit);
      children.push(
        node(
          { name: 'limit', label: 'Limit', filters: 'ipv6.opt.tel' },
          at + 2,
          length - 2,
          valued(option.tunnelLimit, text),
        ),
      );
    } else if ('homeAddress' in option) {
      text = option.homeAddress;
      children.push(
        node(
          { name: 'homeAddress', label: 'Home address', filters: 'ipv6.opt.mipv6.home_address' },
          at + 2,
          length - 2,
          valued(text, text),
        ),
      );
    } else {
      const data = bytesOf(view, at + 2, at + length);
      text = `${data.length} bytes of data`;
      // The types xxx11110 are for experiments, RFC 4727 section 3.1.
      const filter = kind === Ipv6OptionKind.PADN ? 'padn' : (kind & 31) === 30 ? 'experimental' : 'unknown';
      const made = node(
        { name: 'data', label: 'Data', filters: `ipv6.opt.${filter}` },
        at + 2,
        length - 2,
        valued(data, toHex(data)),
      );
      children.push(data.length > 0 ? made : { ...made, wireshark: '<none>' });
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
