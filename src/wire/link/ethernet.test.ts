import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../bytes.js';
import { LinkType } from '../../link-type.js';
import { Raw } from '../core/raw.js';
import { Trailer, trailer } from '../core/trailer.js';
import { Ipv4, ipv4 } from '../internet/ipv4.js';
import { build } from '../stack/build.js';
import { dissect } from '../stack/dissect.js';
import { Tcp, tcp } from '../transport/tcp.js';
import { udp } from '../transport/udp.js';
import { Ethernet, ethernet } from './ethernet.js';

const on = { linkType: LinkType.ETHERNET };

test('Ethernet takes its type from the layer inside and keeps one that is given', () => {
  const packet = build(ethernet({ dst: '01:02:03:04:05:06', src: '0a-0b-0c-0d-0e-0f' }), ipv4(), udp(), 'x');
  assert.equal(toHex(packet.bytes.subarray(0, 14)), '0102030405060a0b0c0d0e0f0800');
  const wrong = build(ethernet({ type: 0x1234 }), ipv4(), udp());
  assert.equal(toHex(wrong.bytes.subarray(0, 14)), 'ffffffffffff0000000000001234');
  assert.equal(dissect(packet.bytes, on).get(Ethernet)?.src, '0a:0b:0c:0d:0e:0f');
});

test('Ethernet of every truncation is a fault', () => {
  for (let size = 1; size < 14; size++) {
    assert.equal(dissect(new Uint8Array(size), on).faults[0]?.reason, `14 bytes needed, ${size} available`);
  }
});

test('Ethernet keeps what pads a frame and names it as Wireshark does', () => {
  const short = build(ethernet({ trailer: new Uint8Array(6) }), ipv4(), tcp());
  assert.equal(short.length, 60);
  const packet = dissect(short.bytes, on);
  assert.deepEqual(packet.faults, []);
  assert.equal(packet.get(Raw), undefined);
  assert.match(packet.show(), /Padding +54\+48 {2}000000000000/);
  assert.equal(toHex(build(...packet.parts()).bytes), toHex(short.bytes));
  // An edit and its seal leave the padding out of every length.
  packet.get(Ipv4)!.ttl = 1;
  assert.equal(packet.seal().get(Ipv4)!.totalLength, 40);
  const checked = build(ethernet({ trailer: fromHex('000000000000deadbeef') }), ipv4(), tcp());
  assert.match(
    dissect(checked.bytes, on).show(),
    /Padding +54\+48 {2}0{12}\n +Frame check sequence +60\+32 {2}0xdeadbeef {2}\(not that of this frame\)/,
  );
  const longer = build(ethernet({ trailer: new Uint8Array(9) }), ipv4(), tcp());
  assert.match(dissect(longer.bytes, on).show(), /Padding +54\+48 {2}0{12}\n +Trailer +60\+24 {2}000000/);
});

test('802.3 ends at its length; what follows is padding', () => {
  // A spanning-tree frame: LLC 0x42 0x42 0x03.
  const frame = fromHex('0180c200000000010203040500074242030000000000000000');
  const packet = dissect(frame, on);
  assert.deepEqual(packet.faults, []);
  const header = packet.get(Ethernet)!;
  assert.equal(header.length, 7);
  assert.equal(header.payload.length, 7);
  assert.equal(toHex(build(...packet.parts()).bytes), toHex(frame));
  const lie = frame.slice();
  lie[13] = 200;
  assert.equal(dissect(lie, on).faults[0]?.reason, 'length is 200, 11 bytes available');
});

test('bytes behind an outermost IP datagram are a trailer of the packet', () => {
  const packet = build(ipv4(), tcp(), 'x', trailer(Uint8Array.of(1, 2)));
  assert.equal(packet.get(Ipv4)?.totalLength, 41);
  const again = dissect(packet.bytes);
  assert.equal(toHex(again.get(Trailer)!.bytes), '0102');
  assert.equal(again.get(Raw)?.text, 'x');
  assert.equal(toHex(again.payload), '78');
  assert.equal(toHex(build(...again.parts()).bytes), toHex(packet.bytes));
  again.get(Tcp)!.seq = 7;
  assert.equal(again.seal().get(Ipv4)?.totalLength, 41);
});
