import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Dns } from '../application/dns/dns.js';
import { bits, type Field, ipv4Address, macAddress, octets, u8, u16, u24, u32, u64 } from '../core/field.js';
import { Raw } from '../core/raw.js';
import { ipv4 } from '../internet/ipv4.js';
import { ipv6 } from '../internet/ipv6.js';
import { Ethernet, ethernet } from '../link/ethernet.js';
import { fieldQuery, fieldType, fieldValues, knownFields } from '../tools/field-values.js';
import { tcp } from '../transport/tcp.js';
import { Udp, udp } from '../transport/udp.js';
import { build } from './build.js';
import { dissect } from './dissect.js';
import { layers } from './neighbours.js';
import { defineProtocol } from './own-protocol.js';

test('A protocol of a table of fields is built, read, named and written as code', () => {
  const quake = defineProtocol(
    'quake',
    { kind: u8.with({ names: { 7: 'Hello' } }), flags: u8, id: u16 },
    { udpPort: 27910 },
  );
  const built = build(ipv4(), udp(), quake({ kind: 7, id: 99 }), 'hello');
  assert.equal(built.get(Udp)?.dstPort, 27910);
  const packet = dissect(built.bytes);
  assert.deepEqual(
    packet.layers.map(({ layerType }) => layerType.label),
    ['IPv4', 'UDP', 'Quake', 'Raw'],
  );
  const read = packet.get(quake.layer);
  assert.equal(read?.kind, 7);
  assert.equal(read?.id, 99);
  assert.deepEqual(fieldValues(packet, 'quake.id'), ['99']);
  assert.deepEqual(fieldValues(packet, 'quake'), ['Quake']);
  assert.match(packet.show(), /Quake[\s\S]*Kind[\s\S]*7[\s\S]*Hello/);
  assert.match(packet.summary(), /Quake: kind Hello, flags 0, id 99/);
  assert.equal(packet.code(), "build(ipv4(), udp(), quake({ kind: 7, id: 99 }), 'hello')");
  assert.deepEqual(packet.faults, []);
  quake.unbind();
});

test('A protocol stands where it is bound, another layer stands back for it and comes again when it is unbound', () => {
  const own = defineProtocol('own', { id: u16 });
  const read = (bytes: Uint8Array) => dissect(bytes).layers.map(({ layerType }) => layerType.label);
  const datagram = build(ipv4(), udp({ srcPort: 4000, dstPort: 53 }), new Uint8Array(40)).bytes;
  assert.equal(dissect(datagram).get(own.layer), undefined);
  assert.ok(dissect(datagram).get(Dns));
  own.bindTo({ udpPort: [53, 54], ipProtocol: 253, etherType: 0x88b5, linkType: 147 });
  assert.deepEqual(read(datagram), ['IPv4', 'UDP', 'Own', 'Raw']);
  assert.deepEqual(read(build(ipv4({ protocol: 253 }), 'abcd').bytes), ['IPv4', 'Own', 'Raw']);
  assert.deepEqual(read(build(ipv6({ nextHeader: 253 }), 'abcd').bytes), ['IPv6', 'Own', 'Raw']);
  const frame = build(ethernet(), own({ id: 5 })).bytes;
  assert.deepEqual(
    dissect(frame, { linkType: 1 }).layers.map(({ layerType }) => layerType.label),
    ['Ethernet', 'Own'],
  );
  assert.equal(dissect(frame, { linkType: 1 }).get(Ethernet)?.type, 0x88b5);
  assert.equal(dissect(Uint8Array.of(1, 2), { linkType: 147 }).get(own.layer)?.id, 0x102);
  own.bindTo({ tcpPort: 7777 });
  assert.ok(dissect(datagram).get(Dns));
  assert.equal(dissect(build(ipv4(), tcp({ dstPort: 7777 }), 'ab').bytes).get(own.layer)?.id, 0x6162);
  own.unbind();
  assert.equal(dissect(build(ipv4(), tcp({ dstPort: 7777 }), 'ab').bytes).get(own.layer), undefined);
  assert.equal(dissect(Uint8Array.of(0, 7), { first: own.layer }).get(own.layer)?.id, 7);
});

test('A tunnel of one table carries what its number says, and its lengths are computed and believed', () => {
  const tunnel = defineProtocol(
    'mytunnel',
    { version: u8, length: u16, type: u16, key: u24 },
    { udpPort: 9876, payload: { etherType: 'type' }, length: 'length' },
  );
  const packet = build(ipv4(), udp(), tunnel({ key: 5 }), ipv4({ dst: '10.9.9.9' }), udp({ dstPort: 5 }), 'inside');
  const again = dissect(packet.bytes);
  assert.deepEqual(
    again.layers.map(({ layerType }) => layerType.label),
    ['IPv4', 'UDP', 'Mytunnel', 'IPv4', 'UDP', 'Raw'],
  );
  assert.equal(again.get(tunnel.layer)?.type, 0x0800);
  assert.equal(again.get(tunnel.layer)?.length, 8 + 20 + 8 + 6);
  assert.deepEqual(again.faults, []);
  const lying = build(ipv4(), udp(), tunnel({ length: 100 }), ipv4(), 'inside');
  assert.deepEqual(
    dissect(lying.bytes).faults.map(({ layer, code }) => [layer, code]),
    [['Mytunnel', 'TRUNCATED']],
  );
  const short = build(ipv4(), udp(), tunnel({ length: 3 }), ipv4(), 'inside');
  assert.deepEqual(
    dissect(short.bytes).faults.map(({ layer, code }) => [layer, code]),
    [['Mytunnel', 'BAD_LENGTH']],
  );
  const frames = defineProtocol(
    'frames',
    { size: u16 },
    { udpPort: 9877, payload: Ethernet, length: { payload: 'size' } },
  );
  const framed = dissect(build(ipv4(), udp(), frames(), ethernet(), ipv4(), tcp()).bytes);
  assert.equal(framed.get(frames.layer)?.size, 14 + 20 + 20);
  assert.equal(framed.layers.length, 6);
  for (const own of [tunnel, frames]) own.unbind();
});

test('A protocol made again takes the place of the one before', () => {
  const first = defineProtocol('again', { a: u8 }, { udpPort: 6001 });
  const second = defineProtocol('again', { b: u16 }, { udpPort: 6002 });
  assert.equal(fieldType('again.a'), undefined);
  assert.equal(fieldType('again.b'), 'uint16');
  assert.equal(dissect(build(ipv4(), udp({ dstPort: 6001 }), 'xy').bytes).get(first.layer), undefined);
  assert.equal(dissect(build(ipv4(), udp({ dstPort: 6002 }), 'xy').bytes).get(second.layer)?.b, 0x7879);
  assert.equal(knownFields().filter(({ name }) => name === 'again').length, 1);
  second.unbind();
});

test('What cannot be a protocol is refused by name and reason, and changes nothing', () => {
  const refused: readonly (readonly [() => unknown, RegExp])[] = [
    [() => defineProtocol('udp', { a: u8 }), /Cannot define protocol udp: UDP has that name/],
    [() => defineProtocol('My proto', { a: u8 }), /"My proto": a name of small letters/],
    [() => defineProtocol('odd', { a: bits(4) }), /Odd: its fields add up to 4 bits/],
    [() => defineProtocol('odd', {}), /at least one field/],
    [() => defineProtocol('odd', { payload: u8 }), /each layer has a member payload/],
    [() => defineProtocol('odd', { 'a-b': u8 }), /"a-b" is no name/],
    [
      () => defineProtocol('odd', { a: u8 }, { udpPort: 65536 }),
      /Cannot bind Odd to udpPort 65536: an integer from 0 to 65535/,
    ],
    [() => defineProtocol('odd', { a: ipv4Address }, { length: 'a' }), /a is no field with a number/],
    [() => defineProtocol('odd', { a: u8 }).bindTo({ ipProtocol: 1.5 }), /ipProtocol 1.5/],
  ];
  const before = build(ipv4(), udp({ dstPort: 53 }), new Uint8Array(40)).bytes;
  for (const [make, message] of refused)
    assert.throws(make, (error) => error instanceof RangeError && message.test(error.message));
  assert.ok(dissect(before).get(Dns));
});

const kinds: readonly Field<unknown, unknown>[] = [u8, u16, u24, u32, u64, ipv4Address, macAddress, octets(5), bits(8)];

/** Tables of fields with values for each. */
const tables = fc.array(fc.nat(kinds.length - 1), { minLength: 1, maxLength: 8 }).chain((chosen) =>
  fc.record({
    chosen: fc.constant(chosen),
    bytes: fc.uint8Array({ minLength: 60, maxLength: 60 }),
    isHex: fc.boolean(),
  }),
);

test('Whatever its table, bytes read as a protocol are built from its fields again, and each field is found by its name', () => {
  fc.assert(
    fc.property(tables, ({ chosen, bytes, isHex }) => {
      const shape = Object.fromEntries(
        chosen.map((kind, i) => [`field${i}`, isHex ? kinds[kind]!.with({ base: 'hex' }) : kinds[kind]!]),
      );
      const own = defineProtocol('made', shape, { udpPort: 40001, label: 'Made' });
      const packet = dissect(build(ipv4(), udp({ dstPort: 40001 }), bytes).bytes);
      const layer = packet.get(own.layer)!;
      assert.deepEqual(build(...packet.parts()).bytes, packet.bytes);
      const names = Object.keys(shape);
      const values = fieldQuery(names.map((name) => `made.${name}`)).read(packet);
      assert.deepEqual(
        values.map((found) => found.length),
        names.map(() => 1),
      );
      assert.deepEqual(build(ipv4(), udp(), own(layer.toInit()), packet.get(Raw)!.bytes).bytes, packet.bytes);
      own.unbind();
    }),
    { numRuns: 200 },
  );
});

test('The table of the package is as it was when all that was bound is unbound', () => {
  const ports = layers.flatMap(({ carried }) => [carried.udpPort ?? []].flat());
  const seen = () =>
    ports.map((port) => {
      const bytes = build(ipv4(), udp({ srcPort: 50000, dstPort: port }), new Uint8Array(64)).bytes;
      return dissect(bytes).layers.map(({ layerType }) => layerType.label);
    });
  const before = seen();
  const visitor = defineProtocol('visitor', { a: u8 }, { udpPort: ports });
  assert.ok(seen().every((labels) => labels.includes('Visitor')));
  visitor.unbind();
  assert.deepEqual(seen(), before);
});
