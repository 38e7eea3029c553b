/**
 * Layers, outline, filters, streams and conversations of one mind about every packet: generated stacks of layers, whole, cut and damaged.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { encodeCapture } from '../capture/index.js';
import { Random, randomSeed } from '../random.js';
import { type GeneratedStack, generateStack, stackNames } from '../testing/stacks.js';
import {
  Arp,
  build,
  Cut,
  dissect,
  Ethernet,
  Fault,
  Ipv4,
  Ipv6,
  type Layer,
  type LayerType,
  type Packet,
  Raw,
  Tcp,
  Trailer,
  Udp,
} from '../wire/index.js';
import { compileFilter } from './filter/filter.js';
import { Outline } from './outline.js';
import { Traffic } from './traffic.js';

const seed = Number(process.env.WIREBOOK_FUZZ_SEED ?? randomSeed());
const count = Number(process.env.WIREBOOK_FUZZ_COUNT ?? 2400);

/** A stack's frame as captured, and what it was before. */
interface Sample {
  readonly stack: GeneratedStack;
  readonly bytes: Uint8Array;
  readonly originalLength: number;
  readonly how: 'whole' | 'cut' | 'damaged';
}

const samples: Sample[] = [];
let traffic: Traffic;

before(async () => {
  const random = new Random(seed);
  for (let mark = 0; mark < count; mark++) {
    const stack = generateStack(random, mark % 10_000);
    const { bytes } = stack.packet;
    samples.push({ stack, bytes, originalLength: bytes.length, how: 'whole' });
    const length = 1 + random.below(bytes.length);
    samples.push({ stack, bytes: bytes.slice(0, length), originalLength: bytes.length, how: 'cut' });
    const damaged = bytes.slice();
    for (let i = random.below(3); i >= 0; i--) damaged[random.below(damaged.length)]! ^= 1 << random.below(8);
    samples.push({ stack, bytes: damaged, originalLength: damaged.length, how: 'damaged' });
  }
  const linkTypes = [...new Set(samples.map(({ stack }) => stack.linkType))];
  const frames = samples.map(({ stack, bytes, originalLength }, i) => ({
    bytes,
    originalLength,
    interfaceId: linkTypes.indexOf(stack.linkType),
    timestamp: BigInt(i) * 1_000_000n,
  }));
  traffic = await Traffic.read(encodeCapture(frames, { interfaces: linkTypes.map((linkType) => ({ linkType })) }));
});

/** Calls for each packet; what fails says which packet it was. */
function each(check: (sample: Sample, packet: Traffic['packets'][number], outline: Outline) => void): void {
  const outline = new Outline();
  for (const [i, sample] of samples.entries()) {
    const packet = traffic.packets[i]!;
    outline.read(packet.frame);
    try {
      check(sample, packet, outline);
    } catch (error) {
      throw new Error(
        `seed ${seed}, ${sample.stack.name}, ${sample.how}, ${packet.packet}: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }
}

/** Layers that are headers of protocols. */
const headers = (packet: Packet): Layer[] =>
  packet.layers.filter(
    (layer) => !(layer instanceof Raw || layer instanceof Trailer || layer instanceof Cut || layer instanceof Fault),
  );

/** Headers of the packet itself, without those of a packet that an ICMP error quotes and what a fragment has of a datagram. */
function own(packet: Packet): Layer[] {
  const all = headers(packet);
  const last = all.findIndex((layer) => layer.isQuoting || layer.isFragment);
  return last < 0 ? all : all.slice(0, last + 1);
}

test(`${count} generated stacks hold every layer of the grammar and are dissected as the layers they were built of`, () => {
  const seen = new Set<string>();
  each(({ stack, how }, { packet }) => {
    if (how !== 'whole') return;
    for (const name of stack.name.split(' ')) seen.add(name);
    assert.deepEqual(
      headers(packet).map(({ layerType }) => layerType.label),
      stack.parts.map(({ type }) => type.label),
    );
    assert.deepEqual(packet.faults, []);
  });
  assert.deepEqual(
    stackNames.filter((name) => !seen.has(name)),
    [],
  );
});

test('the outline lists the very headers that the layers are, cut and damaged packets included', () => {
  each(({ how }, { packet }, outline) => {
    const { ethernetHeaders, ethernetCount, transportCount, ipHeaders, ipCount } = outline;
    const mine = own(packet);
    const places = (...types: LayerType[]) =>
      mine.filter(({ layerType }) => types.includes(layerType)).map(({ at }) => at);
    assert.deepEqual([...ethernetHeaders.subarray(0, ethernetCount)], places(Ethernet), 'Ethernet headers');
    // Of headers that are wrong about themselves the outline counts none.
    if (how === 'damaged' && packet.faults.length > 0) return;
    assert.deepEqual([...ipHeaders.subarray(0, ipCount)], places(Ipv4, Ipv6), 'IP headers');
    const transports = Array.from({ length: transportCount }, (_, i) => {
      outline.select(i);
      return outline.transportAt;
    });
    assert.deepEqual(transports, places(Tcp, Udp), 'TCP and UDP headers');
  });
});

/** Filters that read headers alone, those with values made for one packet of many included. */
const filters = [
  'eth',
  'ip',
  'ipv6',
  'tcp',
  'udp',
  'ip && tcp',
  'ip || udp',
  'ip.proto == 6',
  'ip.ttl > 128',
  'ip.len < 60',
  'ip.flags.df == 1',
  'eth.type == 0x0800',
  'eth.type == 0x86dd',
  'ip.addr == 10.0.0.0/8',
  'ip.src != 10.2.0.0/16',
  'tcp.port == 10004',
  'tcp.port != 10004',
  'udp.dstport in {10002 .. 10005}',
  'tcp.flags.syn == 1',
  'tcp.flags & 2',
  'tcp.len > 0',
  'udp.length == 15',
  'tcp.srcport > 50000',
  'frame.len > 100',
  'frame.cap_len < 60',
];

test('each filter and its opposite select every packet exactly once', () => {
  const all = traffic.packets.map(({ number }) => number);
  for (const text of filters) {
    const meant = traffic.filter(text).map(({ number }) => number);
    const others = traffic.filter(`!(${text})`).map(({ number }) => number);
    assert.deepEqual(
      [...meant, ...others].sort((a, b) => a - b),
      all,
      `${text} of seed ${seed}`,
    );
    assert.ok(meant.length > 0 && others.length > 0, `${text} of seed ${seed} selects ${meant.length}`);
  }
});

test('a filter on names of layers selects the packets that were built of them', () => {
  const wanted = { eth: Ethernet, arp: Arp, ip: Ipv4, ipv6: Ipv6, tcp: Tcp, udp: Udp };
  for (const [text, type] of Object.entries(wanted)) {
    const { test: meant } = compileFilter(text);
    each(({ stack, how }, packet) => {
      if (how !== 'whole') return;
      assert.equal(
        meant(packet),
        stack.parts.some((part) => part.type === type),
        text,
      );
    });
  }
});

test('on a plain frame a raw filter is of the layered one’s mind, and frames without tunnel, quote or fault are plain', () => {
  const compiled = filters.map((text) => ({ ...compileFilter(text), opposite: compileFilter(`!(${text})`) }));
  let plain = 0;
  each(({ stack, how }, packet, outline) => {
    const isSimple =
      how === 'whole' &&
      stack.parts.filter(({ type }) => type === Ipv4 || type === Ipv6).length <= 1 &&
      stack.parts.filter(({ type }) => type === Ethernet).length <= 1;
    if (isSimple) assert.ok(outline.isPlain, 'not plain');
    if (!outline.isPlain) return;
    plain++;
    for (const { text, test: meant, raw, opposite } of compiled) {
      assert.ok(raw !== undefined && opposite.raw !== undefined, `${text} is no raw filter`);
      assert.equal(raw(outline), meant(packet), text);
      assert.equal(opposite.raw(outline), !meant(packet), `!(${text})`);
    }
  });
  assert.ok(plain > count / 4, `${plain} plain frames of seed ${seed}`);
});

test('a packet is in the streams of its own TCP and UDP headers, of no others, and of none that is quoted', () => {
  each(({ how }, packet) => {
    if (how === 'damaged' && packet.packet.faults.length > 0) return;
    const mine = own(packet.packet);
    for (const [type, stream] of [
      [Tcp, packet.tcp],
      [Udp, packet.udp],
    ] as const) {
      const innermost = mine.findLast((layer) => layer instanceof type) as Tcp | Udp | undefined;
      const ports = innermost === undefined ? undefined : [innermost.srcPort, innermost.dstPort].sort();
      assert.deepEqual(stream && [stream.flow.aPort, stream.flow.bPort].sort(), ports, type.label);
    }
  });
});

test('conversations count the packets that have their addresses in a header of their own', async () => {
  const whole = samples.filter(({ how }) => how === 'whole');
  const linkTypes = [...new Set(whole.map(({ stack }) => stack.linkType))];
  const sound = await Traffic.read(
    encodeCapture(
      whole.map(({ stack, bytes }) => ({ bytes, interfaceId: linkTypes.indexOf(stack.linkType), timestamp: 0n })),
      { interfaces: linkTypes.map((linkType) => ({ linkType })) },
    ),
  );
  const expected = { eth: 0, ip: 0, ipv6: 0, tcp: 0, udp: 0 };
  for (const { stack } of whole) {
    const quote = stack.parts.findIndex(({ init }, i) => /Error/.test(stack.name.split(' ')[i]!) && init !== undefined);
    for (const { type } of quote < 0 ? stack.parts : stack.parts.slice(0, quote)) {
      const kind = type.protocol;
      if (Object.hasOwn(expected, kind)) expected[kind as keyof typeof expected]++;
    }
  }
  for (const kind of ['eth', 'ip', 'ipv6', 'tcp', 'udp'] as const) {
    const rows = sound.conversations(kind);
    assert.equal(
      rows.reduce((sum, { packets }) => sum + packets, 0),
      expected[kind],
      `${kind} of seed ${seed}`,
    );
  }
});

test('what the layers of a generated stack say of themselves builds it again', () => {
  each(({ stack, how }) => {
    if (how !== 'whole') return;
    const packet = dissect(stack.packet.bytes, { linkType: stack.linkType });
    assert.deepEqual(build(...packet.parts()).bytes, stack.packet.bytes);
  });
});
