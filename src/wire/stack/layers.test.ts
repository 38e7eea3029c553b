/**
 * What holds for every layer, by its table.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIpv6 } from '../../address.js';
import { bytesOf, toHex } from '../../bytes.js';
import { Random, randomSeed } from '../../random.js';
import { corpusFrames } from '../../testing/corpus.js';
import { samplePackets } from '../../testing/wire-samples.js';
import type { Field } from '../core/field.js';
import type { CompiledField, HeaderLayer } from '../core/header.js';
import { type FieldNode, Layer, type LayerType } from '../core/layer.js';
import * as wire from '../index.js';
import { fieldQuery, fieldType, knownFields, nodeText } from '../tools/field-values.js';
import { build } from './build.js';
import { dissect, dissectView } from './dissect.js';
import { layers, layerTypes } from './neighbours.js';
import type { Packet } from './packet.js';

/** Milliseconds that each of the random tests may take. */
const budgetMs = Number(process.env.WIREBOOK_FUZZ_MS ?? 300);

/** Seeds of bytes that once went wrong. */
const foundSeeds: readonly number[] = [368693464, 1115612864, 2626573272, 2778935078, 4093259893];

const seed = Number(process.env.WIREBOOK_FUZZ_SEED ?? randomSeed());

type TableType = LayerType<HeaderLayer> & { readonly size: number; readonly fields: readonly CompiledField[] };

/** Exported for `packet.get()` of any of their kind. */
const abstracts: ReadonlySet<unknown> = new Set([wire.Ipv6OptionsHeader, wire.VlanTag]);

const tables = layerTypes.filter((type): type is TableType => 'fields' in type);

test('every layer that the package exports is in the list, with the function that builds it', () => {
  const exported = Object.values(wire).filter(
    (value): value is typeof value & LayerType =>
      typeof value === 'function' && value.prototype instanceof Layer && 'sizeOf' in value && !abstracts.has(value),
  );
  for (const type of exported)
    assert.ok(layerTypes.includes(type), `${(type as { name: string }).name} is not in layers.ts`);
  for (const { name, type } of layers) {
    const make = (wire as unknown as Record<string, unknown>)[name];
    assert.ok(typeof make === 'function', `${name}() is not exported`);
    assert.ok(exported.includes(type as never), `the class of ${name}() is not exported`);
  }
  assert.equal(new Set(layers.map(({ name }) => name)).size, layers.length);
  assert.equal(new Set(layers.map(({ type }) => type)).size, layers.length);
});

test('no table has a gap, an overlap, a name twice or a field without Wireshark’s name where others have one', () => {
  for (const { label, size, fields } of tables) {
    let offset = 0;
    for (const field of fields) {
      assert.equal(field.offset, offset, `${label}.${field.name}`);
      offset += field.bits;
    }
    assert.equal(offset, size * 8, label);
    assert.equal(new Set(fields.map(({ name }) => name)).size, fields.length, label);
    for (const { name, field } of fields) {
      const mask = (field.meta.flags ?? []).reduce((all, flag) => all | flag.mask, 0);
      assert.ok(mask >>> 0 < 2 ** field.bits, `${label}.${name}: a flag lies outside the field`);
    }
  }
});

test('setting a field and getting it back touches no other bit', () => {
  const random = new Random(7);
  for (const type of tables) {
    for (const { name, offset, bits, field } of type.fields) {
      for (let round = 0; round < 8; round++) {
        // Seven bytes before and behind, so that a write beyond the header shows.
        const bytes = random.bytes(type.size + 14);
        const before = bytes.slice();
        const layer = new type(new DataView(bytes.buffer), 7, 7 + type.size) as HeaderLayer & Record<string, unknown>;
        const value = valueFor(field, random, round);
        layer[name] = value;
        assert.deepEqual(layer[name], value, `${type.label}.${name}`);
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const isInside = bit >= 56 + offset && bit < 56 + offset + bits;
          if (!isInside)
            assert.equal(bitAt(bytes, bit), bitAt(before, bit), `${type.label}.${name} changed bit ${bit - 56}`);
        }
      }
    }
  }
});

function bitAt(bytes: Uint8Array, bit: number): number {
  return (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1;
}

/** The smallest, the largest, then random values. */
function valueFor({ kind, bits }: Field<unknown, unknown>, random: Random, round: number): unknown {
  const bytes = round === 0 ? new Uint8Array(16) : round === 1 ? new Uint8Array(16).fill(255) : random.bytes(16);
  const view = new DataView(bytes.buffer);
  switch (kind) {
    case 'uint':
      return Math.floor(view.getUint32(0) / 2 ** (32 - bits));
    case 'bigint':
      return view.getBigUint64(0);
    case 'ipv4':
      return [...bytes.subarray(0, 4)].join('.');
    case 'ipv6':
      return formatIpv6(view, 0);
    case 'mac':
      return toHex(bytes.subarray(0, 6), ':');
    case 'octets':
      return random.bytes(bits / 8);
  }
}

test('random bytes are a layer or a documented fault, and nothing outside a layer’s window is read', (t) => {
  const deadline = performance.now() + budgetMs;
  let count = 0;
  for (let round = 0; performance.now() < deadline || round < foundSeeds.length; round++) {
    const from = foundSeeds[round] ?? seed + round;
    for (const type of layerTypes) {
      if (type.protocol === '_ws.malformed') continue;
      checkRandomLayer(type, from);
      count++;
    }
  }
  t.diagnostic(`${count} layers of random bytes from seed ${seed}`);
});

/** Reads one layer of random bytes twice, with different bytes around it: both must say the same. */
function checkRandomLayer(type: LayerType, from: number): void {
  const random = new Random(from);
  const bytes = random.bytes(random.below(random.pick([8, 32, 96, 300])));
  if (random.oneIn(2)) plausible(bytes, random);
  const answers = [0x00, 0xff].map((guard) => {
    const buffer = new Uint8Array(bytes.length + 128).fill(guard);
    buffer.set(bytes, 64);
    const view = new DataView(buffer.buffer);
    try {
      return describe(dissectView(view, 64, 64 + bytes.length, -1, bytes.length, type));
    } catch (error) {
      throw new Error(`${type.label} of seed ${from}: ${(error as Error).message}: ${toHex(bytes)}`, { cause: error });
    }
  });
  assert.equal(answers[0], answers[1], `${type.label} of seed ${from} reads outside its window: ${toHex(bytes)}`);
}

/** Makes the first byte or length likely to be taken for a good one. */
function plausible(bytes: Uint8Array, random: Random): void {
  if (bytes.length === 0) return;
  bytes[0] = random.pick([0x45, 0x46, 0x4f, 0x60, 0x00, 0x01, 0x16, bytes[0]!]);
  for (let i = 1; i < Math.min(bytes.length, 12); i++) {
    if (random.oneIn(3)) bytes[i] = random.pick([0, 1, 4, 8, bytes.length & 255]);
  }
}

/** Everything there is to read of a packet, as text. */
function describe(packet: Packet): string {
  const texts = [
    packet.summary(),
    packet.faults.map(({ code, layer, at, reason }) => `${code} ${layer} ${at} ${reason}`),
  ];
  for (const layer of packet.layers) {
    assert.ok(layer.at >= packet.at && layer.end <= packet.end, `${layer.layerType.label} outside the packet`);
    assert.ok(layer.payloadAt <= layer.end && layer.payload.length >= 0, `${layer.layerType.label}: payload outside`);
    for (const name of (layer as { table?: { fields: readonly CompiledField[] } }).table?.fields ?? []) {
      texts.push(String((layer as unknown as Record<string, unknown>)[name.name]));
    }
    texts.push(layer.summary(), layer.layerType.label);
  }
  for (const { nodes } of packet.nodes()) describeNodes(nodes, packet, texts);
  texts.push(
    JSON.stringify(
      packet.parts().map(({ type, init }) => [type.label, init]),
      plain,
    ),
  );
  return texts.flat().join('\n');
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  return value instanceof Uint8Array ? toHex(value) : value;
}

function describeNodes(nodes: readonly FieldNode[], packet: Packet, texts: (string | string[])[]): void {
  for (const node of nodes) {
    assert.ok(
      node.at >= packet.at && node.at * 8 + node.bit + node.bits <= packet.end * 8,
      `${node.name} at ${node.at} of ${node.bits} bits lies outside the packet, ${packet.at} to ${packet.end}`,
    );
    texts.push(`${node.name} ${node.at} ${node.bits} ${node.text} ${node.meaning ?? ''} ${node.wireshark ?? ''}`);
    if (node.children) describeNodes(node.children, packet, texts);
  }
}

/** A packet as it was captured: of the corpus, where there is one, and one of each kind that the tests build. */
interface Sample {
  readonly view: DataView;
  readonly at: number;
  readonly end: number;
  readonly linkType: number;
}

const frames: readonly Sample[] = [
  ...samplePackets().map(({ packet: { view, at, end }, linkType }) => ({ view, at, end, linkType })),
  ...corpusFrames(),
];

test('a packet cut at any byte is read up to there and built again', (t) => {
  const deadline = performance.now() + budgetMs * 10;
  let count = 0;
  // Long payloads are all alike: what the first 300 bytes of the others show is shown of them too, if time allows.
  for (const limit of [96, 300, Number.POSITIVE_INFINITY]) {
    for (const frame of frames) {
      const size = frame.end - frame.at;
      for (let length = limit === 96 ? 0 : limit === 300 ? 96 : 300; length < Math.min(limit, size); length++) {
        if (performance.now() > deadline) break;
        checkPacket(frame.view, frame.at, frame.at + length, frame.linkType, length);
        count++;
      }
    }
  }
  t.diagnostic(`${count} truncated packets`);
});

test('a changed packet is read and built again', (t) => {
  const deadline = performance.now() + budgetMs * 2;
  const wanted = Number(process.env.WIREBOOK_FUZZ_COUNT ?? 0);
  let count = 0;
  for (let round = 0; count < wanted || performance.now() < deadline; round++) {
    const random = new Random(seed + round);
    const frame = random.pick(frames);
    const bytes = mutate(bytesOf(frame.view, frame.at, frame.end), random);
    try {
      checkPacket(new DataView(bytes.buffer), 0, bytes.length, frame.linkType, bytes.length);
    } catch (error) {
      throw new Error(
        `seed ${seed + round}: ${(error as Error).message}: link type ${frame.linkType}, ${toHex(bytes)}`,
        {
          cause: error,
        },
      );
    }
    count++;
  }
  t.diagnostic(`${count} mutations from seed ${seed}`);
});

function mutate(original: Uint8Array, random: Random): Uint8Array {
  const cut = random.oneIn(4) ? random.below(original.length + 1) : original.length;
  const bytes = original.slice(0, cut);
  for (let i = random.below(6); i >= 0 && bytes.length > 0; i--) {
    // Headers are where it matters.
    const at = random.below(random.oneIn(2) ? Math.min(bytes.length, 80) : bytes.length);
    bytes[at] = random.oneIn(3) ? random.pick([0, 1, 0x7f, 0x80, 0xc0, 0xff]) : bytes[at]! ^ (1 << random.below(8));
  }
  return bytes;
}

/** Reads everything; of a packet without fault, what is built from its parts are its bytes. */
function checkPacket(view: DataView, at: number, end: number, linkType: number, originalLength: number): void {
  const packet = dissectView(view, at, end, linkType, originalLength);
  describe(packet);
  if (packet.faults.length > 0) return;
  assert.equal(toHex(build(...packet.parts()).bytes), toHex(packet.bytes));
}

test('a field read alone has the value that it has in the tree', () => {
  const names = knownFields()
    .map(({ name }) => name)
    .filter((name) => fieldType(name) !== 'protocol' && !layerTypes.some(({ protocol }) => protocol === name));
  const query = fieldQuery(names);
  for (const frame of frames) {
    const packet = dissect(frame);
    const alone = query.read(packet);
    const inTree = new Map<string, string[]>(names.map((name) => [name, []]));
    for (const { nodes } of packet.nodes()) gather(nodes, inTree);
    for (const [i, name] of names.entries()) {
      const [one, other] = [alone[i]!.join(), inTree.get(name)!.join()];
      if (one !== other) assert.equal(one, other, `${name} of ${packet}`);
    }
  }
});

function gather(nodes: readonly FieldNode[], values: Map<string, string[]>): void {
  for (const node of nodes) {
    for (const name of node.filters) values.get(name)?.push(nodeText(node, name));
    for (const { filter, mask } of node.flags ?? []) {
      if (filter !== undefined) values.get(filter)?.push(((node.value as number) & mask) !== 0 ? '1' : '0');
    }
    gather(node.children ?? [], values);
  }
}
