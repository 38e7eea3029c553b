import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../bytes.js';
import { Raw } from '../core/raw.js';
import { Trailer } from '../core/trailer.js';
import { Ipv4, ipv4 } from '../internet/ipv4.js';
import { ethernet } from '../link/ethernet.js';
import { dissect } from '../stack/dissect.js';
import { layers } from '../stack/neighbours.js';
import { Tcp, tcp } from '../transport/tcp.js';
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

test('fuzz() takes every layer', () => {
  for (const { name, type, part } of layers) {
    if (type === Raw || type === Trailer) continue;
    const packets = fuzz([part({} as never)], { seed: 1, count: 20 });
    assert.equal([...packets].length, 20, name);
  }
});
