/**
 * Packets with random fields that still look valid: what was not given is random wherever the packet can then be read as before.
 *
 * @module
 */
import { formatIpv4, formatIpv6 } from '../../address.js';
import { toHex, viewOf } from '../../bytes.js';
import { Random, randomSeed } from '../../random.js';
import type { CompiledField } from '../core/header.js';
import type { FieldNode, LayerType, Part } from '../core/layer.js';
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
    for (const { part, field } of free) set(chosen[part]!, field, random);
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
  readonly field: CompiledField;
}

/** Parts with what was chosen for those that have a table. */
function plain(parts: readonly Part[], chosen: readonly Part[]): readonly Part[] {
  return parts.map((part, i) => (tableOf(part.type).length > 0 ? chosen[i]! : part));
}

/** What the protocols say must be zero. */
function isReserved(name: string): boolean {
  return /^(reserved|unused)/i.test(name);
}

function tableOf(type: LayerType): readonly CompiledField[] {
  return (type as LayerType & { readonly fields?: readonly CompiledField[] }).fields ?? [];
}

function set(part: Part, field: CompiledField, random: Random): void {
  (part.init as Record<string, unknown>)[field.name] = randomValue(field, random);
}

function freeFields(parts: readonly Part[], shape: string, random: Random): FreeField[] {
  const candidates = parts.flatMap(({ type, init }, part) =>
    tableOf(type)
      .filter(({ name }) => !isReserved(name) && (init as Record<string, unknown>)[name] === undefined)
      .map((field) => ({ part, field })),
  );
  return candidates.filter(({ part, field }) => {
    for (let i = 0; i < trials; i++) {
      const tried = parts.map(({ type, init }) => ({ type, init }));
      tried[part]!.init = { ...(tried[part]!.init as object) };
      set(tried[part]!, field, random);
      if (shapeOf(tried) !== shape) return false;
    }
    return true;
  });
}

function oneByOne(parts: readonly Part[], free: readonly FreeField[], shape: string, random: Random): Packet {
  let good = parts.map(({ type, init }) => ({ type, init }));
  for (const { part, field } of free) {
    const tried = good.map(({ type, init }) => ({ type, init }));
    tried[part]!.init = { ...(tried[part]!.init as object) };
    set(tried[part]!, field, random);
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
    case 'mac': {
      const bytes = random.bytes(6);
      // A station's address, locally administered: IEEE 802 clause 8.2.
      bytes[0] = (bytes[0]! & 0xfc) | 2;
      return toHex(bytes, ':');
    }
    case 'octets':
      return random.bytes(bits / 8);
  }
}

/** A unicast address: not "this network", loopback, multicast or reserved. */
function randomIpv4(random: Random): string {
  for (;;) {
    const value = random.next();
    const first = value >>> 24;
    if (first !== 0 && first !== 127 && first < 224) return formatIpv4(value);
  }
}
