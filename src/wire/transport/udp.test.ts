import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../bytes.js';
import { Raw } from '../core/raw.js';
import { ipv4 } from '../internet/ipv4.js';
import { build } from '../stack/build.js';
import { dissect } from '../stack/dissect.js';
import { Udp, udp } from './udp.js';

/** Scapy 2.5: `IP(src='10.0.0.1', dst='10.0.0.2', id=1)/UDP(sport=40001, dport=40002)/b'abc'`, an odd number of bytes. */
const known = '4500001f00010000401166cb0a0000010a0000029c419c42000beeee616263';

test('UDP is built and read as known bytes', () => {
  const packet = build(ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }), udp({ srcPort: 40001, dstPort: 40002 }), 'abc');
  assert.equal(toHex(packet.bytes), known);
  const datagram = dissect(fromHex(known), { first: packet.layers[0]!.layerType }).get(Udp)!;
  assert.deepEqual(datagram.toInit(), { srcPort: 40001, dstPort: 40002, length: 11, checksum: 0xeeee });
});

test('UDP sends a checksum of zero as all ones and reads zero as none computed', () => {
  // The payload is the one's complement of the sum of the rest.
  const bare = build(ipv4(), udp(), Uint8Array.of(0, 0)).get(Udp)!;
  const packet = build(ipv4(), udp(), Uint8Array.of(bare.checksum >> 8, bare.checksum & 0xff));
  assert.equal(packet.get(Udp)?.checksum, 0xffff);
  assert.match(packet.show(), /Checksum .*0xffff {2}\(correct\)/);
  const none = build(ipv4(), udp({ checksum: 0 }), 'x');
  assert.match(none.show(), /Checksum .*0x0000 {2}\(none computed\)/);
});

test('UDP of every truncation is a fault, and so is every length below 8', () => {
  const whole = fromHex(known);
  for (let end = 21; end < whole.length; end++) {
    const packet = dissect(whole.slice(0, end), { linkType: 228 });
    assert.ok(
      packet.faults.some(({ layer, code }) => layer === 'UDP' && code === 'TRUNCATED'),
      `${end} bytes`,
    );
    packet.show();
  }
  for (let length = 1; length < 8; length++) {
    const lie = whole.slice();
    lie[25] = length;
    assert.equal(dissect(lie).faults[0]?.reason, `length is ${length}, at least 8 needed`);
  }
  const long = whole.slice();
  long[25] = 12;
  assert.deepEqual(dissect(long).faults[0], {
    code: 'TRUNCATED',
    layer: 'UDP',
    at: 24,
    reason: 'length is 12, 11 bytes available',
  });
});

test('UDP ends where its length says and leaves the rest to IP, byte for byte', () => {
  const surplus = build(ipv4({ trailer: Uint8Array.of(9, 9) }), udp({ srcPort: 1, dstPort: 2 }), 'abc');
  const packet = dissect(surplus.bytes);
  assert.deepEqual(packet.faults, []);
  assert.equal(packet.get(Raw)?.text, 'abc');
  assert.match(packet.show(), /Trailer .*0909/);
  assert.equal(toHex(build(...packet.parts()).bytes), toHex(surplus.bytes));
  const checksum = packet.get(Udp)!.checksum;
  assert.equal(packet.seal().get(Udp)!.checksum, checksum);
});
