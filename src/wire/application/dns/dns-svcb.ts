/**
 * Parameters of SVCB and HTTPS records, RFC 9460 section 2.2 and 7.
 *
 * @module
 */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../../../address.js';
import { bytesOf, toBytes } from '../../../bytes.js';
import type { FieldNode, Named } from '../../core/layer.js';
import { ipv4Node, ipv6Node, node, octetsNode, textNode, uintNode } from '../../core/node.js';
import { buildsSame } from '../../core/option.js';
import { decodeText } from '../../core/text.js';
import { appendCoded, codedItems } from './coded-data.js';

/** Names of parameter keys, IANA. */
export const svcParamNames: { readonly [key: number]: string } = {
  0: 'mandatory',
  1: 'alpn',
  2: 'no-default-alpn',
  3: 'port',
  4: 'ipv4hint',
  5: 'ech',
  6: 'ipv6hint',
  7: 'dohpath',
  8: 'ohttp',
};

/** One parameter, to build from and as read; one that has no form of its own, or not the one its key has, is `{ key, data }`. */
export type SvcParam =
  /** Keys that must be understood. */
  | { readonly mandatory: readonly number[] }
  | { readonly alpn: readonly string[] }
  | { readonly port: number }
  | { readonly ipv4hint: readonly string[] }
  | { readonly ipv6hint: readonly string[] }
  | { readonly key: number; readonly data: Uint8Array };

/** The parameters from `at` to `end`; nothing when a length leads out of them. */
export function readSvcParams(view: DataView, at: number, end: number): SvcParam[] | undefined {
  const { items, isWhole } = codedItems(view, at, end);
  return isWhole ? items.map((item) => decode(item.code, view, item.at + 4, item.end)) : undefined;
}

/** Appends parameters in the order given. */
export function writeSvcParams(params: readonly SvcParam[], to: number[]): void {
  for (const param of params) appendCoded(to, ...encode(param));
}

/** A node for each parameter, with its parts as children. */
export function svcParamNodes(
  { label, filters }: Omit<Named, 'name'>,
  view: DataView,
  at: number,
  end: number,
): FieldNode[] {
  return codedItems(view, at, end).items.map((item) =>
    node({ name: 'param', label, filters }, item.at, item.end - item.at, {
      value: bytesOf(view, item.at, item.end),
      text: svcParamNames[item.code] ?? `key${item.code}`,
      wireshark: '1',
      children: [
        uintNode(
          { name: 'key', label: 'Key', filters: 'dns.svcb.svcparam.key', names: svcParamNames },
          view,
          item.at,
          2,
        ),
        uintNode({ name: 'length', label: 'Length', filters: 'dns.svcb.svcparam.value.length' }, view, item.at + 2, 2),
        ...valueNodes(view, item.code, item.at + 4, item.end),
      ],
    }),
  );
}

function valueNodes(view: DataView, key: number, at: number, end: number): FieldNode[] {
  const nodes: FieldNode[] = [];
  const param = decode(key, view, at, end);
  if ('mandatory' in param) {
    for (let i = at; i < end; i += 2)
      nodes.push(
        uintNode(
          {
            name: 'mandatory',
            label: 'Mandatory key',
            filters: 'dns.svcb.svcparam.mandatory.key',
            names: svcParamNames,
          },
          view,
          i,
          2,
        ),
      );
  } else if ('alpn' in param) {
    for (let i = at; i < end; i += 1 + view.getUint8(i)) {
      const length = view.getUint8(i);
      nodes.push(
        uintNode({ name: 'alpnLength', label: 'ALPN length', filters: 'dns.svcb.svcparam.alpn.length' }, view, i, 1),
      );
      const text = decodeText(bytesOf(view, i + 1, i + 1 + length));
      nodes.push(textNode({ name: 'alpn', label: 'ALPN', filters: 'dns.svcb.svcparam.alpn' }, i + 1, length, text));
    }
  } else if ('port' in param) {
    nodes.push(uintNode({ name: 'port', label: 'Port', filters: 'dns.svcb.svcparam.port' }, view, at, 2));
  } else if ('ipv4hint' in param) {
    for (let i = at; i < end; i += 4)
      nodes.push(ipv4Node({ name: 'ip', label: 'Address', filters: 'dns.svcb.svcparam.ipv4hint.ip' }, view, i));
  } else if ('ipv6hint' in param) {
    for (let i = at; i < end; i += 16)
      nodes.push(ipv6Node({ name: 'ip', label: 'Address', filters: 'dns.svcb.svcparam.ipv6hint.ip' }, view, i));
  } else if (end > at) {
    const filter = key === 5 ? 'dns.svcb.svcparam.echconfig' : 'dns.svcb.svcparam.value';
    nodes.push(octetsNode({ name: 'value', label: 'Value', filters: filter }, view, at, end));
  }
  return nodes;
}

function decode(key: number, view: DataView, at: number, end: number): SvcParam {
  const data = bytesOf(view, at, end);
  const param = decodeKnown(key, view, at, end);
  return param && buildsSame(() => encode(param)[1], data) ? param : { key, data };
}

function decodeKnown(key: number, view: DataView, at: number, end: number): SvcParam | undefined {
  const size = end - at;
  const each = <T>(step: number, read: (at: number) => T): T[] | undefined =>
    size === 0 || size % step !== 0 ? undefined : Array.from({ length: size / step }, (_, i) => read(at + i * step));
  if (key === 0) {
    const mandatory = each(2, (i) => view.getUint16(i));
    return mandatory && { mandatory };
  }
  if (key === 1) {
    const alpn: string[] = [];
    for (let i = at; i < end; i += 1 + view.getUint8(i)) {
      const next = i + 1 + view.getUint8(i);
      if (next > end) return undefined;
      alpn.push(decodeText(bytesOf(view, i + 1, next)));
    }
    return { alpn };
  }
  if (key === 3) return size === 2 ? { port: view.getUint16(at) } : undefined;
  if (key === 4) {
    const ipv4hint = each(4, (i) => formatIpv4(view.getUint32(i)));
    return ipv4hint && { ipv4hint };
  }
  if (key === 6) {
    const ipv6hint = each(16, (i) => formatIpv6(view, i));
    return ipv6hint && { ipv6hint };
  }
  return undefined;
}

function encode(param: SvcParam): [key: number, data: Uint8Array] {
  if ('key' in param) return [param.key, param.data];
  if ('mandatory' in param) return [0, pairs(param.mandatory)];
  if ('alpn' in param) {
    return [
      1,
      Uint8Array.from(
        param.alpn.flatMap((text) => {
          const bytes = toBytes(text);
          if (bytes.length > 255)
            throw new RangeError(`Cannot write ALPN: ${bytes.length} bytes given, at most 255 fit`);
          return [bytes.length, ...bytes];
        }),
      ),
    ];
  }
  if ('port' in param) return [3, pairs([param.port])];
  if ('ipv4hint' in param) {
    return [4, pairs(param.ipv4hint.map(parseIpv4).flatMap((value) => [value >>> 16, value & 0xffff]))];
  }
  return [6, pairs(param.ipv6hint.flatMap(parseIpv6))];
}

/** Two bytes a number. */
function pairs(values: readonly number[]): Uint8Array {
  for (const value of values) {
    if (!(value >= 0 && value <= 0xffff && Number.isInteger(value)))
      throw new RangeError(`Cannot write SVCB parameter: ${value} given, an integer from 0 to 65535 needed`);
  }
  return Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff]));
}
