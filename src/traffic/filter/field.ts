/**
 * From a field's name in a filter to its values in a packet.
 *
 * @module
 */
import { parseIpv4, parseMac } from '../../address.js';
import { fromHex } from '../../bytes.js';
import { Fault, fieldQuery, fieldType, knownFields, suggestField } from '../../wire/index.js';
import { type TrafficContext, trafficFields } from '../fields.js';
import { ipv6Bytes, type Kind, type Value } from './value.js';

/** A field that a filter may name. */
export interface FilterField {
  readonly name: string;
  readonly kind: Kind;
  /** Greatest number that fits. */
  readonly max?: number;
  /** Whether it needs the frames before: streams and analysis. */
  readonly isTracked: boolean;
  /** Its occurrences in the packet, in the order of the bytes. */
  values(context: TrafficContext): readonly Value[];
  /** Whether there is any, where that is cheaper to say. */
  isPresent?(context: TrafficContext): boolean;
}

/** Names that Wireshark has given up, and those that took their place. */
const renamed: { readonly [name: string]: string } = {
  bootp: 'dhcp',
  ssl: 'tls',
  'tcp.flags.ns': 'tcp.flags.ae',
  'ip.tos': 'ip.dsfield',
};

const found = new Map<string, FilterField | undefined>();

/** The field of that name; undefined where there is none. */
export function filterField(name: string): FilterField | undefined {
  if (!found.has(name)) found.set(name, resolve(renamed[name] ?? name));
  return found.get(name);
}

/** Every name that a filter may use, in alphabetical order. */
export function filterFieldNames(): string[] {
  return [...new Set([...knownFields().map(({ name }) => name), ...trafficFields.keys()])].sort();
}

/** The known name most like one that is not. */
export function suggestFilterField(name: string): string | undefined {
  return suggestField(name, filterFieldNames());
}

function resolve(name: string): FilterField | undefined {
  const tracked = trafficFields.get(name);
  if (tracked !== undefined) {
    return {
      name,
      kind: tracked.kind === 'bytes' && name === 'frame' ? 'protocol' : tracked.kind,
      ...(tracked.kind === 'number' ? { max: 0xffffffff } : {}),
      isTracked: tracked.isTracked,
      values(context) {
        return tracked.read(context).map((value) => (value === true ? 1 : value));
      },
      ...(tracked.kind === 'bytes' && name === 'frame' ? { isPresent: () => true } : {}),
    };
  }
  const type = fieldType(name);
  if (type === undefined) return undefined;
  if (type === 'protocol') {
    return {
      name,
      kind: 'protocol',
      isTracked: false,
      values: ({ packet }) =>
        packet.layers
          .filter((layer) => layer.layerType.protocol === name && !(layer instanceof Fault))
          .map((layer) => layer.bytes),
      isPresent: ({ packet }) => packet.layers.some((layer) => layer.layerType.protocol === name),
    };
  }
  const query = fieldQuery([name]);
  const { kind, max, read } = readerOf(type);
  return {
    name,
    kind,
    ...(max === undefined ? {} : { max }),
    isTracked: false,
    values: ({ packet }) => query.read(packet)[0]!.map(read),
  };
}

/** Turns what `fieldQuery` writes back into values. */
function readerOf(type: string): { kind: Kind; max?: number; read: (text: string) => Value } {
  const number = /^(hex|u?int)(\d+)$/.exec(type);
  if (number) {
    const bits = Number(number[2]);
    const read = bits > 53 ? (text: string) => BigInt(text) : (text: string) => Number(text);
    return { kind: 'number', max: 2 ** bits - 1, read };
  }
  switch (type) {
    case 'boolean':
      return { kind: 'boolean', read: (text) => (text === '1' || text === 'True' ? 1 : 0) };
    case 'ipv4':
      return { kind: 'ipv4', read: parseIpv4 };
    case 'ipv6':
      return { kind: 'ipv6', read: ipv6Bytes };
    case 'mac':
      return { kind: 'mac', read: (text) => Uint8Array.from(parseMac(text)) };
    case 'bytes':
      return { kind: 'bytes', read: (text) => (text === '<MISSING>' ? new Uint8Array(0) : fromHex(text)) };
    case 'duration':
      return { kind: 'time', read: Number };
    case 'none':
      return { kind: 'none', read: () => 1 };
    default:
      return { kind: 'text', read: (text) => text };
  }
}
