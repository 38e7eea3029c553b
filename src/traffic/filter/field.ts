/**
 * From a field's name in a filter to its values in a packet.
 *
 * @module
 */
import { parseIpv4, parseMac } from '../../address.js';
import { bytesOf, fromHex } from '../../bytes.js';
import {
  Fault,
  fieldQuery,
  fieldType,
  isOwnField,
  knownFields,
  type Layer,
  ownValueNames,
  type Packet,
  suggestField,
} from '../../wire/index.js';
import type { TrafficContext, TrafficField } from '../context.js';
import { trafficFields, trafficFieldValues } from '../fields.js';
import { parseSeconds } from '../time.js';
import { ipv6Bytes, type Kind, type Value } from './value.js';
import { valueNames } from './value-names.js';

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
  /** What slices cut from, where that is not the values: of a protocol the header alone. */
  sliced?(context: TrafficContext): readonly Uint8Array[];
  /** The value of a name, upper and lower case alike: `TCP` of `ip.proto` is 6. */
  named?(name: string): number | undefined;
}

/** Names that Wireshark has given up, and those that took their place. */
const renamed: { readonly [name: string]: string } = {
  bootp: 'dhcp',
  ssl: 'tls',
  'tcp.flags.ns': 'tcp.flags.ae',
  'ip.tos': 'ip.dsfield',
};

const found = new Map<string, FilterField>();

/** The field of that name; undefined where there is none. */
export function filterField(name: string): FilterField | undefined {
  let field = found.get(name);
  if (field !== undefined) return field;
  field = resolve(renamed[name] ?? name);
  if (field !== undefined && !isOwnField(name)) found.set(name, field);
  return field;
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
  const names = namesOf(name);
  const named = names && { named: (text: string) => names.get(text.toLowerCase()) };
  const field = trafficFields.get(name);
  if (field !== undefined) return { ...fromTraffic(field), ...named };
  const type = fieldType(name);
  if (type === undefined) return undefined;
  if (type === 'protocol') {
    return {
      name,
      kind: 'protocol',
      isTracked: false,
      values: ({ packet }) => layersOf(packet, name).map((layer) => layer.bytes),
      isPresent: ({ packet }) => packet.layers.some((layer) => layer.layerType.protocol === name),
      sliced: ({ packet }) =>
        layersOf(packet, name).map((layer) => bytesOf(layer.view, layer.at, headerEnd(packet, layer))),
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
    ...named,
  };
}

function fromTraffic(field: TrafficField): FilterField {
  const { name, kind, max = 0xffffffff, isTracked } = field;
  return {
    name,
    kind,
    ...(kind === 'number' ? { max } : {}),
    isTracked,
    values: (context) => trafficFieldValues(field, context).map((value) => (value === true ? 1 : value)),
    ...(name === 'frame' ? { isPresent: () => true } : {}),
  };
}

function layersOf(packet: Packet, protocol: string): Layer[] {
  return packet.layers.filter((layer) => layer.layerType.protocol === protocol && !(layer instanceof Fault));
}

/** Where the bytes end that slices are cut from: IPv6 reaches behind its extensions. */
function headerEnd(packet: Packet, layer: Layer): number {
  const { protocol, spansPayload } = layer.layerType;
  if (spansPayload) return layer.end;
  let last = layer;
  for (const inner of packet.layers.slice(packet.layers.indexOf(layer) + 1)) {
    if (!inner.layerType.protocol.startsWith(`${protocol}.`)) break;
    last = inner;
  }
  return last.payloadAt;
}

let names: Map<string, { text: string; values?: ReadonlyMap<string, number> }> | undefined;

/** Values of a field by the names that Wireshark has for them, in lower case. */
function namesOf(field: string): ReadonlyMap<string, number> | undefined {
  if (names === undefined) {
    names = new Map();
    for (const [fields, text] of valueNames) {
      const entry = { text };
      for (const each of fields.split(' ')) names.set(each, entry);
    }
  }
  const entry = names.get(field);
  if (entry === undefined) {
    const own = ownValueNames(field);
    return own && new Map(Object.entries(own).map(([value, text]) => [text.toLowerCase(), Number(value)]));
  }
  entry.values ??= new Map(
    entry.text.split('\n').map((line): [string, number] => {
      const space = line.indexOf(' ');
      return [line.slice(space + 1).toLowerCase(), Number(line.slice(0, space))];
    }),
  );
  return entry.values;
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
      return { kind: 'time', read: (text) => parseSeconds(text)! };
    case 'none':
      return { kind: 'none', read: () => 1 };
    default:
      return { kind: 'text', read: (text) => text };
  }
}
