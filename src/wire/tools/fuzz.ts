/**
 * Packets with random fields that still look valid: what was not given is random wherever the packet can then be read as before.
 *
 * @module
 */
import { formatIpv4, formatIpv6 } from '../../address.js';
import { toHex, viewOf } from '../../bytes.js';
import { Random, randomSeed } from '../../random.js';
import { type CompiledField, HeaderLayer } from '../core/header.js';
import type { FieldNode, Layer, LayerType, Part } from '../core/layer.js';
import { raw } from '../core/raw.js';
import { type Buildable, build } from '../stack/build.js';
import { dissectView } from '../stack/dissect.js';
import type { Packet } from '../stack/packet.js';

export interface FuzzOptions {
  /** Gives the same packets again. Chosen at random where left out; `fuzz(…).seed` tells which. */
  readonly seed?: number;
  /** How many packets; 100 where left out. */
  readonly count?: number;
}

/** Random packets. Each is built when it is asked for. */
export interface FuzzedPackets extends Iterable<Packet> {
  /** What gives the same packets again. */
  readonly seed: number;
  readonly length: number;
  /** The packet at a place from 0, the same whether those before it were asked for or not. */
  at(index: number): Packet | undefined;
}

/** How often a field is tried before it is held to be one that the packet hangs on. */
const trials = 6;

/**
 * Random values for every field of the layers' tables that is not given, as long as the packet is then read as the same layers in the
 * same places, with no fault and no wrong checksum: lengths, checksums, versions and the numbers that announce a layer stay right,
 * while addresses, ports, identifications, flags and what else there is are random. Fields with named values take those more often.
 *
 * @example for (const packet of fuzz([ipv4({ dst: '127.0.0.1' }), tcp({ dstPort: 9999 })], { seed: 1, count: 5 })) console.log(`${packet}`);
 * @throws RangeError for what `build` refuses
 */
export function fuzz(layers: readonly Buildable[], options: FuzzOptions = {}): FuzzedPackets {
  const { seed = randomSeed(), count = 100 } = options;
  const parts = layers.map((layer): Part => {
    return typeof layer === 'string' || layer instanceof Uint8Array ? raw(layer) : layer;
  });
  const shape = shapeOf(parts);
  const free = freeFields(parts, shape, new Random(seed, 1));
  const make = (index: number): Packet => {
    const random = new Random(seed, index + 2);
    const chosen = parts.map(({ type, init }): Part => ({ type, init: { ...(init as object) } }));
    for (const field of free) set(chosen, field, random);
    // Values that are good alone may be wrong together; then they are taken one by one.
    return shapeOf(plain(parts, chosen)) === shape
      ? build(...plain(parts, chosen))
      : oneByOne(parts, free, shape, random);
  };
  return {
    seed,
    length: count,
    at: (index) => (Number.isInteger(index) && index >= 0 && index < count ? make(index) : undefined),
    *[Symbol.iterator]() {
      for (let i = 0; i < count; i++) yield make(i);
    },
  };
}

interface FreeField {
  readonly part: number;
  readonly name: string;
  readonly random: (random: Random) => unknown;
}

/** Parts with what was chosen for those whose values have names. */
function plain(parts: readonly Part[], chosen: readonly Part[]): readonly Part[] {
  return parts.map((part, i) => (isNamed(part.init) ? chosen[i]! : part));
}

function isNamed(init: unknown): boolean {
  return typeof init === 'object' && init !== null && !(init instanceof Uint8Array) && !Array.isArray(init);
}

/** What the protocols say must be zero. */
function isReserved(name: string): boolean {
  return /^(reserved|unused)/i.test(name);
}

function tableOf(type: LayerType): readonly CompiledField[] {
  return (type as LayerType & { readonly fields?: readonly CompiledField[] }).fields ?? [];
}

function set(parts: readonly Part[], { part, name, random }: FreeField, source: Random): void {
  (parts[part]!.init as Record<string, unknown>)[name] = random(source);
}

/** The parts with one field random. */
function withOne(parts: readonly Part[], field: FreeField, random: Random): Part[] {
  const tried = parts.map(
    (part, i): Part => (i === field.part ? { ...part, init: { ...(part.init as object) } } : part),
  );
  set(tried, field, random);
  return tried;
}

/** Fields that were not given and may be random: those of the tables, then those that a layer has beside its table. */
function freeFields(parts: readonly Part[], shape: string, random: Random): FreeField[] {
  const layers = builtLayers(parts);
  const candidates = parts.flatMap(({ type, init }, part): FreeField[] => {
    if (!isNamed(init)) return [];
    const given = init as Record<string, unknown>;
    const isOpen = (name: string) => !isReserved(name) && given[name] === undefined;
    const made = layers[part];
    const table = [...tableOf(type), ...bodyFields(made)];
    const fields = table
      .filter(({ name }) => isOpen(name))
      .map((field): FreeField => ({ part, name: field.name, random: (source) => randomValue(field, source) }));
    const others = Object.entries((made?.toInit() as object | undefined) ?? {}).flatMap(
      ([name, value]): FreeField[] => {
        const make = table.some((field) => field.name === name) ? undefined : likeValue(value);
        return make !== undefined && isOpen(name) ? [{ part, name, random: make }] : [];
      },
    );
    return [...fields, ...others];
  });
  return candidates.filter((field) => {
    for (let i = 0; i < trials; i++) if (shapeOf(withOne(parts, field, random)) !== shape) return false;
    return true;
  });
}

/** Fields of the kind of message that was made, where each kind has others. */
function bodyFields(layer: (Layer & { readonly body?: unknown }) | undefined): readonly CompiledField[] {
  const body = layer?.body;
  return body instanceof HeaderLayer ? body.table.fields : [];
}

/** The layers of the packet that the parts build; none where it cannot be built. */
function builtLayers(parts: readonly Part[]): readonly Layer[] {
  try {
    return build(...parts).layers;
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** Random values of the same kind; nothing for kinds that have none. */
function likeValue(value: unknown): ((random: Random) => unknown) | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(value)) return randomIpv4;
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value) ? randomMac : undefined;
}

function oneByOne(parts: readonly Part[], free: readonly FreeField[], shape: string, random: Random): Packet {
  let good: readonly Part[] = parts;
  for (const field of free) {
    const tried = withOne(good, field, random);
    if (shapeOf(tried) === shape) good = tried;
  }
  return build(...good);
}

/** Which layers a packet is read as, where they lie, what is wrong with it: all that random values must leave as it is. */
function shapeOf(parts: readonly Part[]): string {
  let built: Packet;
  try {
    built = build(...parts);
  } catch (error) {
    return String(error);
  }
  const packet = dissectView(built.view, built.at, built.end, -1, built.length, parts[0]?.type);
  const layers = packet.layers.map((layer, i) => {
    const { at, end, payloadAt, layerType } = layer;
    return [
      layerType.label,
      at - packet.at,
      payloadAt - packet.at,
      end - packet.at,
      ...verdicts(packet.nodesOf(i)),
    ].join(' ');
  });
  return [...layers, ...packet.faults.map(({ code }) => code)].join('\n');
}

function verdicts(nodes: readonly FieldNode[]): string[] {
  return nodes.flatMap(({ intact, children }) => [
    ...(intact === undefined ? [] : [String(intact)]),
    ...(children ? verdicts(children) : []),
  ]);
}

function randomValue({ field, bits }: CompiledField, random: Random): unknown {
  const { names, flags } = field.meta;
  switch (field.kind) {
    case 'uint': {
      const max = 2 ** bits - 1;
      if (flags) {
        const meant = flags.filter(({ name }) => !isReserved(name));
        return meant.reduce((value, { mask }) => (random.oneIn(2) ? value | mask : value), 0) >>> 0;
      }
      const known = Object.keys(names ?? {})
        .map(Number)
        .filter((value) => value <= max);
      if (known.length > 0 && !random.oneIn(4)) return random.pick(known);
      return random.oneIn(8) ? random.pick([0, 1, max - 1, max]) : random.below(max + 1);
    }
    case 'bigint':
      return viewOf(random.bytes(8)).getBigUint64(0);
    case 'ipv4':
      return randomIpv4(random);
    case 'ipv6': {
      const view = viewOf(random.bytes(16));
      // Global unicast, RFC 4291 section 2.4.
      view.setUint8(0, 0x20 | (view.getUint8(0) & 0x1f));
      return formatIpv6(view, 0);
    }
    case 'mac':
      return randomMac(random);
    case 'octets':
      return random.bytes(bits / 8);
  }
}

/** A station's address, locally administered: IEEE 802 clause 8.2. */
function randomMac(random: Random): string {
  const bytes = random.bytes(6);
  bytes[0] = (bytes[0]! & 0xfc) | 2;
  return toHex(bytes, ':');
}

/** A unicast address: not "this network", loopback, multicast or reserved. */
function randomIpv4(random: Random): string {
  for (;;) {
    const value = random.next();
    const first = value >>> 24;
    if (first !== 0 && first !== 127 && first < 224) return formatIpv4(value);
  }
}
