import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equalBytes, toHex } from '../../bytes.js';
import { Ipv4, ipv4 } from '../internet/ipv4.js';
import { Ipv6, ipv6 } from '../internet/ipv6.js';
import { destinationOptions, hopByHop } from '../internet/ipv6-extension.js';
import { FragmentHeader } from '../internet/ipv6-fragment.js';
import { routing } from '../internet/ipv6-routing.js';
import { ethernet } from '../link/ethernet.js';
import { build } from '../stack/build.js';
import { dissect } from '../stack/dissect.js';
import type { Packet } from '../stack/packet.js';
import { Tcp, tcp } from '../transport/tcp.js';
import { Udp, udp } from '../transport/udp.js';
import { Defragmenter, defragment, fragment } from './fragment.js';

const data = Uint8Array.from({ length: 3001 }, (_, i) => i & 0xff);
const options = [{ routerAlert: 0 }, { recordRoute: { pointer: 4, addresses: ['0.0.0.0'] } }] as const;
const whole4 = build(ethernet(), ipv4({ id: 7, options }), udp({ srcPort: 1, dstPort: 2 }), data);
const whole6 = build(
  ipv6(),
  hopByHop({ options: [{ routerAlert: 0 }] }),
  routing({ addresses: ['::2'] }),
  destinationOptions({ options: [{ padN: 6 }] }),
  tcp({ dstPort: 80 }),
  data,
);

function same(packets: Iterable<Packet>, expected: Packet): void {
  const [only, ...others] = [...packets];
  assert.equal(others.length, 0);
  assert.equal(toHex(only!.bytes), toHex(expected.bytes));
}

test('fragment() cuts IPv4 at multiples of 8, keeps copied options alone in later pieces, and defragment() undoes it', () => {
  const pieces = fragment(whole4, { mtu: 1005 });
  const headers = pieces.map((piece) => piece.get(Ipv4)!);
  assert.deepEqual(
    headers.map(({ totalLength, flags, fragmentOffset, ihl }) => [totalLength, flags, fragmentOffset, ihl]),
    [
      [1000, 1, 0, 8],
      [1000, 1, 121, 6],
      [1000, 1, 243, 6],
      [113, 0, 365, 6],
    ],
  );
  for (const piece of pieces) {
    assert.deepEqual(piece.faults, []);
    assert.match(piece.show(), /Header checksum .*\(correct\)/);
    assert.ok(piece.get(Ipv4)!.bytes.length <= 1005);
  }
  same(defragment(pieces), whole4);
  same(defragment([...pieces].reverse()), whole4);
  // A fragment of a fragment is a fragment of the whole.
  same(defragment(pieces.flatMap((piece) => fragment(piece, { mtu: 200 }))), whole4);
});

test('fragment() repeats the headers of IPv6 up to the routing header, and defragment() undoes it', () => {
  const pieces = fragment(whole6, { mtu: 1280, id: 0xdecade });
  assert.equal(pieces.length, 3);
  for (const piece of pieces) {
    assert.deepEqual(
      piece.layers.slice(0, 4).map(({ layerType }) => layerType.label),
      ['IPv6', 'IPv6 Hop-by-Hop', 'IPv6 Routing', 'IPv6 Fragment'],
    );
    assert.equal(piece.get(FragmentHeader)?.id, 0xdecade);
    assert.ok(piece.length <= 1280);
  }
  same(defragment(pieces), whole6);
  const plain = build(ipv6(), udp(), data);
  same(defragment(fragment(plain, { mtu: 1280 }).reverse()), plain);
});

test('fragment() gives a packet that fits as it is and says why it cannot cut one', () => {
  assert.deepEqual(fragment(whole4, { mtu: 5000 }), [whole4]);
  assert.throws(() => fragment(build(ipv4({ flags: 'DF' }), data), { mtu: 100 }), /don't-fragment is set/);
  assert.throws(() => fragment(whole4, { mtu: 39 }), /no 8 bytes of data fit/);
  assert.throws(() => fragment(fragment(whole6, { mtu: 1280 })[0]!, { mtu: 600 }), /only its sender/);
  assert.throws(() => fragment(build(ethernet(), data), { mtu: 100 }), /no IPv4 or IPv6 layer/);
});

const pieceOf = (offset: number, text: string, more: boolean) =>
  build(ipv4({ id: 9, protocol: 254, flags: more ? 'MF' : 0, fragmentOffset: offset }), text);

test('Defragmenter keeps to its policy where IPv4 fragments overlap', () => {
  const pieces = [pieceOf(0, 'AAAAAAAAAAAAAAAA', true), pieceOf(1, 'BBBBBBBBBBBBBBBB', true), pieceOf(3, 'CCC', false)];
  const textOf = (overlap?: 'first' | 'last' | 'drop') =>
    [...defragment(pieces, overlap ? { overlap } : {})].map((packet) =>
      new TextDecoder().decode(packet.get(Ipv4)!.payload),
    );
  assert.deepEqual(textOf(), ['AAAAAAAAAAAAAAAABBBBBBBBCCC']);
  assert.deepEqual(textOf('last'), ['AAAAAAAABBBBBBBBBBBBBBBBCCC']);
  assert.deepEqual(textOf('drop'), []);
  // A duplicate is no overlap.
  const [a, , c] = [pieces[0]!, pieces[1]!, pieceOf(2, 'CCC', false)];
  assert.equal([...defragment([a, a, c], { overlap: 'drop' })].length, 1);
});

test('Defragmenter drops IPv6 datagrams whose fragments overlap', () => {
  const packet = build(ipv6(), udp(), data);
  const [first, second] = fragment(packet, { mtu: 1280 });
  const shifted = second!.copy();
  shifted.get(FragmentHeader)!.fragmentOffset -= 1;
  const defragmenter = new Defragmenter();
  assert.equal(defragmenter.push(first!), undefined);
  assert.equal(defragmenter.push(shifted), undefined);
  assert.equal(defragmenter.dropped, 1);
});

test('Defragmenter is bounded in datagrams, bytes and time, and counts what it gives up', () => {
  const defragmenter = new Defragmenter({ maxDatagrams: 10, maxBytes: 60, timeoutMs: 1000 });
  for (let id = 0; id < 50; id++) defragmenter.push(build(ipv4({ id, flags: 'MF' }), '8 bytes.'), 0n);
  assert.equal(defragmenter.pending, 7);
  assert.equal(defragmenter.dropped, 43);
  const lone = build(ipv4(), 'x');
  assert.equal(defragmenter.push(lone, 1_000_000_001n), lone);
  assert.equal(defragmenter.pending, 0);
});

test('Defragmenter drops datagrams that contradict themselves', () => {
  const contradictions: [string, Packet[]][] = [
    ['a piece in the middle that is no multiple of 8', [pieceOf(0, 'short', true)]],
    ['two ends', [pieceOf(1, 'end', false), pieceOf(2, 'end', false)]],
    ['data behind the end', [pieceOf(1, 'end', false), pieceOf(2, '8 bytes.', true)]],
    ['an end before data', [pieceOf(2, '8 bytes.', true), pieceOf(1, 'end', false)]],
    ['more than 65535 bytes', [pieceOf(8191, '8 bytes.', true)]],
  ];
  for (const [what, pieces] of contradictions) {
    const defragmenter = new Defragmenter();
    for (const piece of pieces) assert.equal(defragmenter.push(piece), undefined, what);
    assert.equal(defragmenter.dropped, 1, what);
  }
});

test('a reassembled datagram is read to its application data', () => {
  const [packet] = [...defragment(fragment(whole4, { mtu: 576 }))];
  assert.equal(packet!.get(Udp)?.length, 3009);
  assert.match(packet!.show(), /Checksum .*\(correct\)/);
  assert.ok(equalBytes(packet!.payload, data));
  const six = [...defragment(fragment(whole6, { mtu: 1280 }))][0]!;
  assert.equal(six.get(Tcp)?.dstPort, 80);
  assert.equal(six.get(Ipv6)?.dst, '::1');
  assert.deepEqual(dissect(six.bytes).faults, []);
});
