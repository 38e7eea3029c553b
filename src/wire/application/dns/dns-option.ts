/**
 * EDNS options: RFC 6891 section 6.1.2, with client subnet (RFC 7871), cookie (RFC 7873), padding (RFC 7830), TCP keep-alive (RFC
 * 7828) and extended errors (RFC 8914).
 *
 * @module
 */
import { formatIpv6 } from '../../../address.js';
import { bytesOf, toBytes } from '../../../bytes.js';
import type { FieldNode, Named } from '../../core/layer.js';
import { node, octetsNode, textNode, uintNode } from '../../core/node.js';
import { buildsSame } from '../../core/option.js';
import { decodeText } from '../../core/text.js';
import { appendCoded, codedItems } from './coded-data.js';

/** Names of option codes, IANA. */
export const ednsOptionNames: { readonly [code: number]: string } = {
  1: 'LLQ',
  2: 'UL',
  3: 'NSID',
  5: 'DAU',
  6: 'DHU',
  7: 'N3U',
  8: 'Client subnet',
  9: 'EDNS expire',
  10: 'Cookie',
  11: 'TCP keep-alive',
  12: 'Padding',
  13: 'Chain',
  14: 'Key tag',
  15: 'Extended DNS error',
};

/** One option, to build from and as read; one that has no form of its own, or not the one its code has, is `{ code, data }`. */
export type EdnsOption =
  | {
      /** Where the client is: family 1 is IPv4, 2 IPv6; the address cut to `sourcePrefix` bits. */
      readonly clientSubnet: {
        readonly family: number;
        readonly sourcePrefix: number;
        readonly scopePrefix: number;
        readonly address: Uint8Array;
      };
    }
  | { readonly cookie: { readonly client: Uint8Array; readonly server?: Uint8Array } }
  /** Bytes of zeros. */
  | { readonly padding: number }
  | { readonly extendedError: { readonly infoCode: number; readonly text: string } }
  | { readonly code: number; readonly data: Uint8Array };

/** The options from `at` to `end`; nothing when a length leads out of them. */
export function readEdnsOptions(view: DataView, at: number, end: number): EdnsOption[] | undefined {
  const { items, isWhole } = codedItems(view, at, end);
  return isWhole ? items.map((item) => decode(item.code, view, item.at + 4, item.end)) : undefined;
}

/** Appends options in the order given. */
export function writeEdnsOptions(options: readonly EdnsOption[], to: number[]): void {
  for (const option of options) appendCoded(to, ...encode(option));
}

/** A node for each option, with its parts as children. */
export function ednsOptionNodes(
  { label, filters }: Omit<Named, 'name'>,
  view: DataView,
  at: number,
  end: number,
): FieldNode[] {
  return codedItems(view, at, end).items.map((item) =>
    node({ name: 'option', label, filters }, item.at, item.end - item.at, {
      value: bytesOf(view, item.at, item.end),
      text: ednsOptionNames[item.code] ?? `option ${item.code}`,
      wireshark: '1',
      children: [
        uintNode(
          { name: 'code', label: 'Option code', filters: 'dns.opt.code', names: ednsOptionNames },
          view,
          item.at,
          2,
        ),
        uintNode({ name: 'length', label: 'Option length', filters: 'dns.opt.len' }, view, item.at + 2, 2),
        octetsNode({ name: 'data', label: 'Option data', filters: 'dns.opt.data' }, view, item.at + 4, item.end),
        ...partNodes(view, item.code, item.at + 4, item.end),
      ],
    }),
  );
}

function partNodes(view: DataView, code: number, at: number, end: number): FieldNode[] {
  const size = end - at;
  const hashes = ['dau', 'dhu', 'n3u'][code - 5];
  if (hashes !== undefined) {
    return Array.from({ length: size }, (_, i) =>
      uintNode({ name: 'algorithm', label: 'Algorithm', filters: `dns.opt.${hashes}` }, view, at + i, 1),
    );
  }
  if (code === 8 && size >= 4) {
    const family = view.getUint16(at);
    const address = octetsNode({ name: 'address', label: 'Client subnet', filters: [] }, view, at + 4, end);
    return [
      uintNode(
        { name: 'family', label: 'Family', filters: 'dns.opt.client.family', names: { 1: 'IPv4', 2: 'IPv6' } },
        view,
        at,
        2,
      ),
      uintNode(
        { name: 'sourcePrefix', label: 'Source prefix length', filters: 'dns.opt.client.netmask' },
        view,
        at + 2,
        1,
      ),
      uintNode({ name: 'scopePrefix', label: 'Scope prefix length', filters: 'dns.opt.client.scope' }, view, at + 3, 1),
      { ...address, ...subnetText(view, family, at + 4, end) },
    ];
  }
  if (code === 10 && size >= 8) {
    const client = octetsNode(
      { name: 'client', label: 'Client cookie', filters: 'dns.opt.cookie.client' },
      view,
      at,
      at + 8,
    );
    return [
      client,
      octetsNode({ name: 'server', label: 'Server cookie', filters: 'dns.opt.cookie.server' }, view, at + 8, end),
    ];
  }
  if (code === 11 && size === 2) {
    return [
      uintNode(
        { name: 'timeout', label: 'Timeout in 100 ms', filters: 'dns.opt.edns_tcp_keepalive.timeout' },
        view,
        at,
        2,
      ),
    ];
  }
  if (code === 12)
    return [octetsNode({ name: 'padding', label: 'Padding', filters: 'dns.opt.padding' }, view, at, end)];
  if (code === 15 && size >= 2) {
    const info = uintNode(
      { name: 'infoCode', label: 'Info code', filters: 'dns.opt.ext_error.info_code' },
      view,
      at,
      2,
    );
    if (size === 2) return [info];
    const text = decodeText(bytesOf(view, at + 2, end));
    return [
      info,
      textNode({ name: 'text', label: 'Extra text', filters: 'dns.opt.ext_error.extra_text' }, at + 2, size - 2, text),
    ];
  }
  return [];
}

/** A client's address, filled up with zeros where it was cut to its prefix. */
function subnetText(view: DataView, family: number, at: number, end: number): Partial<FieldNode> {
  const bytes = bytesOf(view, at, end);
  if (family === 1 && bytes.length <= 4) {
    const text = Array.from({ length: 4 }, (_, i) => bytes[i] ?? 0).join('.');
    return { filters: ['dns.opt.client.addr4'], text, wireshark: text };
  }
  if (family === 2 && bytes.length <= 16) {
    const full = new Uint8Array(16);
    full.set(bytes);
    const text = formatIpv6(new DataView(full.buffer), 0);
    return { filters: ['dns.opt.client.addr6'], text, wireshark: text };
  }
  return { filters: ['dns.opt.client.addr'] };
}

function decode(code: number, view: DataView, at: number, end: number): EdnsOption {
  const data = bytesOf(view, at, end);
  const option = decodeKnown(code, view, at, end);
  return option && buildsSame(() => encode(option)[1], data) ? option : { code, data };
}

function decodeKnown(code: number, view: DataView, at: number, end: number): EdnsOption | undefined {
  const size = end - at;
  if (code === 8 && size >= 4) {
    return {
      clientSubnet: {
        family: view.getUint16(at),
        sourcePrefix: view.getUint8(at + 2),
        scopePrefix: view.getUint8(at + 3),
        address: bytesOf(view, at + 4, end),
      },
    };
  }
  if (code === 10 && size >= 8) {
    const client = bytesOf(view, at, at + 8);
    return { cookie: size === 8 ? { client } : { client, server: bytesOf(view, at + 8, end) } };
  }
  if (code === 12) return { padding: size };
  if (code === 15 && size >= 2) {
    return { extendedError: { infoCode: view.getUint16(at), text: decodeText(bytesOf(view, at + 2, end)) } };
  }
  return undefined;
}

function encode(option: EdnsOption): [code: number, data: Uint8Array] {
  if ('code' in option) return [option.code, option.data];
  if ('clientSubnet' in option) {
    const { family, sourcePrefix, scopePrefix, address } = option.clientSubnet;
    return [8, Uint8Array.of(family >> 8, family & 0xff, sourcePrefix, scopePrefix, ...address)];
  }
  if ('cookie' in option) return [10, Uint8Array.of(...option.cookie.client, ...(option.cookie.server ?? []))];
  if ('padding' in option) return [12, new Uint8Array(option.padding)];
  const { infoCode, text } = option.extendedError;
  return [15, Uint8Array.of(infoCode >> 8, infoCode & 0xff, ...toBytes(text))];
}
