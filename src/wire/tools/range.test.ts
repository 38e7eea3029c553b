import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ipv4, ipv4 } from '../internet/ipv4.js';
import { Tcp, tcp } from '../transport/tcp.js';
import { expand, range } from './range.js';

test('range() goes through numbers, networks and addresses', () => {
  assert.deepEqual([...range(80, 83)], [80, 81, 82, 83]);
  assert.deepEqual([...range(0, 10, 4)], [0, 4, 8]);
  assert.deepEqual([...range('127.0.0.0/30')], ['127.0.0.0', '127.0.0.1', '127.0.0.2', '127.0.0.3']);
  assert.deepEqual([...range('10.0.0.255', '10.0.1.0')], ['10.0.0.255', '10.0.1.0']);
  assert.deepEqual([...range('2001:db8::fffe/127')], ['2001:db8::fffe', '2001:db8::ffff']);
  assert.deepEqual([...range('::1')], ['::1']);
  assert.equal(range('0.0.0.0/0').length, 2 ** 32);
  assert.equal(range('0.0.0.0/0').at(2 ** 32 - 1), '255.255.255.255');
  assert.equal(range(1, 2).at(2), undefined);
});

test('range() refuses what is no range and says what is needed', () => {
  assert.throws(() => range(9, 8), /from 9 to 8: the last is less than the first/);
  assert.throws(() => range(1.5, 8), /integers needed/);
  assert.throws(() => range('10.0.0.1/24'), /bits are set behind the prefix, 10\.0\.0\.0\/24 needed/);
  assert.throws(() => range('10.0.0.0/33'), /a prefix of 0 to 32 bits needed/);
  assert.throws(() => range('2001:db8::/64'), /18446744073709551616 addresses, at most 4294967296/);
  assert.throws(() => range('10.0.0.1', '::1'), RangeError);
  assert.throws(() => range('somewhere'), /Cannot read IPv6 address "somewhere"/);
});

test('expand() builds every combination, the last name fastest, and knows how many there are', () => {
  const packets = expand({ dst: range('127.0.0.0/30'), dstPort: range(80, 90) }, ({ dst, dstPort }) => [
    ipv4({ dst }),
    tcp({ dstPort }),
  ]);
  assert.equal(packets.length, 44);
  const seen = [...packets].map((packet) => `${packet.get(Ipv4)?.dst}:${packet.get(Tcp)?.dstPort}`);
  assert.equal(new Set(seen).size, 44);
  assert.deepEqual(seen.slice(10, 12), ['127.0.0.0:90', '127.0.0.1:80']);
  assert.equal(packets.at(43)?.get(Tcp)?.dstPort, 90);
  assert.equal(packets.at(44), undefined);
});

test('expand() builds no packet before it is asked for', () => {
  let built = 0;
  const packets = expand({ dst: range('10.0.0.0/8'), flags: ['SYN', 'FIN'] }, ({ dst, flags }) => {
    built++;
    return [ipv4({ dst }), tcp({ flags })];
  });
  assert.equal(packets.length, 2 ** 25);
  for (const packet of packets) if (packet.get(Ipv4)?.dst === '10.0.0.2') break;
  assert.equal(built, 5);
});
