import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../bytes.js';
import { Dns, dns } from '../application/dns/dns.js';
import type { Part } from '../core/layer.js';
import { Raw } from '../core/raw.js';
import { Trailer } from '../core/trailer.js';
import { Icmp, icmp } from '../internet/icmp.js';
import { Ipv4, ipv4 } from '../internet/ipv4.js';
import { Arp, arp } from '../link/arp.js';
import { ethernet } from '../link/ethernet.js';
import { dissect } from '../stack/dissect.js';
import { layers } from '../stack/neighbours.js';
import type { Packet } from '../stack/packet.js';
import { Tcp, tcp } from '../transport/tcp.js';
import { udp } from '../transport/udp.js';
import { fuzz } from './fuzz.js';

const bytesOfAll = (packets: Iterable<{ bytes: Uint8Array }>) => [...packets].map(({ bytes }) => toHex(bytes));

test('fuzz() gives the same packets for the same seed and others for another', () => {
  const parts = [ethernet(), ipv4(), tcp(), 'x'];
  const packets = fuzz(parts, { seed: 5, count: 20 });
  assert.deepEqual(bytesOfAll(packets), bytesOfAll(fuzz(parts, { seed: 5, count: 20 })));
  assert.notDeepEqual(bytesOfAll(packets), bytesOfAll(fuzz(parts, { seed: 6, count: 20 })));
  assert.equal(toHex(packets.at(7)!.bytes), bytesOfAll(packets)[7]);
  const unseeded = fuzz(parts, { count: 3 });
  assert.deepEqual(bytesOfAll(unseeded), bytesOfAll(fuzz(parts, { seed: unseeded.seed, count: 3 })));
});

test('fuzz() keeps what is given, computes what is computed and makes the rest random', () => {
  const ports = new Set<number>();
  for (const packet of fuzz([ipv4({ dst: '127.0.0.1', ttl: 9 }), tcp({ dstPort: 40002 }), 'hello'], { seed: 2 })) {
    const read = dissect(packet.bytes);
    assert.deepEqual(read.faults, []);
    const [ip, segment] = [read.get(Ipv4)!, read.get(Tcp)!];
    assert.deepEqual([ip.dst, ip.ttl, ip.version, ip.totalLength, segment.dstPort], ['127.0.0.1', 9, 4, 45, 40002]);
    assert.equal(segment.computeChecksum(ip), segment.checksum);
    assert.equal(ip.computeChecksum(), ip.headerChecksum);
    assert.equal(read.get(Raw)?.text, 'hello');
    ports.add(segment.srcPort);
  }
  assert.ok(ports.size > 80, `${ports.size} source ports in 100 packets`);
});

test('fuzz() varies fields that a message has beside its table, and those of the kind of message it is', () => {
  const seen = (parts: Part[], read: (packet: Packet) => readonly unknown[]) => {
    const packets = [...fuzz(parts, { seed: 3, count: 100 })];
    for (const packet of packets) assert.deepEqual(packet.faults, []);
    const rows = packets.map(read);
    return rows[0]!.map((_, i) => new Set(rows.map((row) => row[i])).size);
  };
  const addresses = seen([ethernet(), arp()], (packet) => {
    const { operation, senderIp, targetIp, senderMac, targetMac } = packet.get(Arp)!;
    return [operation, senderIp, targetIp, senderMac, targetMac];
  });
  const echo = seen([ipv4(), icmp({ type: 8 })], (packet) => {
    const { code, id, seq } = packet.get(Icmp)!;
    return [code, id, seq];
  });
  const ids = seen([ipv4(), udp({ dstPort: 53 }), dns({ questions: [{ name: 'a.b' }] })], (packet) => [
    packet.get(Dns)!.id,
  ]);
  for (const count of [...addresses, ...echo, ...ids]) assert.ok(count > 20, `${count} values in 100 packets`);
});

test('fuzz() takes every layer', () => {
  for (const { name, type, part } of layers) {
    if (type === Raw || type === Trailer) continue;
    const packets = fuzz([part({} as never)], { seed: 1, count: 20 });
    assert.equal([...packets].length, 20, name);
  }
});
