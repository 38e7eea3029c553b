import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { fromHex } from '../../bytes.js';
import { Http } from '../application/http.js';
import { Fault } from '../core/fault.js';
import { Ipv4, ipv4 } from '../internet/ipv4.js';
import { Loopback, loopback } from '../link/loopback.js';
import { Tcp, tcp } from '../transport/tcp.js';
import { build } from './build.js';
import { dissect } from './dissect.js';

/** Row 1 of the original project's input, seen on the wire: Scapy 2.5 on Linux loopback. */
const row1 = fromHex(
  '450000400001000040067cb57f0000017f000001d6d8005000000000000000005018200012e10000474554202f696e6465782e68746d6c20485454502f312e31',
);

test('dissect() reads every field of a known packet', () => {
  const packet = dissect(row1);
  assert.deepEqual(
    packet.layers.map((layer) => layer.layerType.label),
    ['IPv4', 'TCP', 'HTTP'],
  );
  assert.deepEqual(packet.get(Ipv4)?.toInit(), {
    version: 4,
    ihl: 5,
    dscp: 0,
    ecn: 0,
    totalLength: 64,
    id: 1,
    flags: 0,
    fragmentOffset: 0,
    ttl: 64,
    protocol: 6,
    headerChecksum: 0x7cb5,
    src: '127.0.0.1',
    dst: '127.0.0.1',
  });
  assert.deepEqual(packet.get(Tcp)?.toInit(), {
    srcPort: 55000,
    dstPort: 80,
    seq: 0,
    ack: 0,
    dataOffset: 5,
    reserved: 0,
    flags: 0x18,
    window: 8192,
    checksum: 0x12e1,
    urgentPointer: 0,
  });
  assert.equal(packet.get(Http)?.summary(), 'GET /index.html HTTP/1.1');
  assert.deepEqual(packet.get(Tcp)?.flagNames, ['PSH', 'ACK']);
});

test('dissect() honours a view that starts inside its buffer', () => {
  const padded = new Uint8Array(row1.length + 7);
  padded.set(row1, 7);
  assert.equal(dissect(padded.subarray(7)).get(Tcp)?.srcPort, 55000);
});

test('dissect() of every truncation keeps the good layers, then says what is missing', () => {
  for (let length = 0; length < row1.length; length++) {
    const packet = dissect(row1.slice(0, length));
    if (length === 0) assert.equal(packet.layers.length, 0);
    else assert.equal(packet.faults[0]?.code, 'TRUNCATED', `${length} bytes`);
    assert.equal(packet.get(Ipv4) !== undefined, length >= 20, `${length} bytes`);
    assert.equal(packet.get(Tcp) !== undefined, length >= 40, `${length} bytes`);
    packet.show();
    JSON.stringify(packet);
  }
});

test('dissect() does not call a packet faulty that the capture cut', () => {
  const packet = dissect(row1.slice(0, 50), { originalLength: row1.length });
  assert.deepEqual(packet.faults, []);
  assert.match(packet.show(), /Checksum .*not verified/);
});

test('dissect() stops at lengths that contradict themselves', () => {
  const cases: [at: number, value: number, reason: string][] = [
    [0, 0x44, 'header length is 16, at least 20 needed'],
    [0, 0x65, 'version is 6, 4 needed'],
    [3, 19, "total length is 19, at least the header's 20 needed"],
    [3, 65, 'total length is 65, 64 bytes available'],
    [32, 0x40, 'header length is 16, at least 20 needed'],
    [32, 0xf0, 'header length is 60, 44 bytes available'],
  ];
  for (const [at, value, reason] of cases) {
    const bytes = row1.slice();
    bytes[at] = value;
    const packet = dissect(bytes, { first: Ipv4 });
    assert.equal(packet.faults[0]?.reason, reason);
    assert.ok(packet.get(Fault));
  }
});

test('dissect() reads padding behind the datagram as no part of it', () => {
  const padded = new Uint8Array(row1.length + 6);
  padded.set(row1);
  assert.equal(dissect(padded).get(Http)?.version, 'HTTP/1.1');
});

test('dissect() leaves a later fragment as bytes and a first one readable, its checksum unjudged', () => {
  const later = build(ipv4({ fragmentOffset: 1, protocol: 6 }), row1.subarray(20));
  assert.deepEqual(
    dissect(later.bytes).layers.map((layer) => layer.layerType.label),
    ['IPv4', 'Raw'],
  );
  const first = dissect(build(ipv4({ flags: 'MF' }), tcp(), 'abc').bytes);
  assert.equal(first.enclosing(first.get(Tcp)!), undefined);
});

test('dissect() reads the loopback header in both byte orders', () => {
  const little = build(loopback(), ipv4(), tcp(), 'x');
  assert.deepEqual([...little.bytes.subarray(0, 4)], [2, 0, 0, 0]);
  assert.equal(dissect(little.bytes, { linkType: 0 }).get(Tcp)?.payload.length, 1);
  const big = build(loopback({ byteOrder: 'big' }), ipv4(), tcp());
  assert.deepEqual([...big.bytes.subarray(0, 4)], [0, 0, 0, 2]);
  assert.equal(dissect(big.bytes, { linkType: 108 }).get(Loopback)?.byteOrder, 'big');
  assert.ok(dissect(big.bytes, { linkType: 108 }).get(Tcp));
});

test('dissect() ends in a bounded number of layers', () => {
  const tunnel = build(...Array.from({ length: 60 }, () => ipv4({ protocol: 4 })));
  const packet = dissect(tunnel.bytes);
  assert.equal(packet.faults[0]?.code, 'LIMIT');
  assert.ok(packet.layers.length < 40);
});

test('show(), JSON and inspect tell checksums right from wrong', () => {
  const bad = row1.slice();
  bad[63] = 0x32;
  const packet = dissect(bad);
  assert.match(packet.show(), /Checksum .*0x12e1 {2}\(incorrect, should be 0x12e0\)/);
  assert.match(packet.show(), /Header checksum .*0x7cb5 {2}\(correct\)/);
  assert.match(inspect(packet), /55000 → 80 \[PSH, ACK\]/);
  assert.equal((packet.toJSON().layers[1] as { srcPort: number }).srcPort, 55000);
});
