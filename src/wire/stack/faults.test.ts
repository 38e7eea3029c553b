/**
 * What there is to say against packets that can be read: options, lengths and checksums that lie.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../bytes.js';
import { Random } from '../../random.js';
import { build, dissect, fieldValues, Ipv4, icmp, icmpv6, ipv4, ipv6, LinkType, ospf, tcp, udp } from '../index.js';
import type { Packet } from './packet.js';

const faultsOf = (packet: Packet) =>
  dissect(packet.bytes).faults.map(({ code, layer, at, reason }) => `${code} ${layer} at ${at}: ${reason}`);

const optionBytes = (hex: string) => [{ bytes: fromHex(hex) }];

test('packet.faults names options whose length lies, by kind and place, and the layers inside are read', () => {
  const cases: readonly (readonly [Packet, string])[] = [
    [
      build(ipv4(), tcp({ options: optionBytes('02000000') })),
      'BAD_LENGTH TCP at 41: option 2 (MSS) has length 0, at least 2 needed',
    ],
    [
      build(ipv4(), tcp({ options: optionBytes('0203ff00') })),
      'BAD_LENGTH TCP at 41: MSS option has length 3, 4 needed',
    ],
    [
      build(ipv4(), tcp({ options: optionBytes('01010850') })),
      'BAD_LENGTH TCP at 43: option 8 (timestamps) has length 80, 2 bytes available',
    ],
    [
      build(ipv4({ options: optionBytes('07000000') }), udp(), 'x'),
      'BAD_LENGTH IPv4 at 21: option 7 (record route) has length 0, at least 2 needed',
    ],
    [
      build(ipv4({ options: optionBytes('94030000') }), udp(), 'x'),
      'BAD_LENGTH IPv4 at 21: router alert option has length 3, 4 needed',
    ],
  ];
  for (const [packet, fault] of cases) {
    assert.deepEqual(faultsOf(packet), [fault]);
    assert.ok(dissect(packet.bytes).layers.length >= 2);
    assert.equal(toHex(build(...dissect(packet.bytes).parts()).bytes), toHex(packet.bytes));
  }
});

test('packet.faults names a UDP length of 0 outside jumbograms and a checksum left out over IPv6', () => {
  assert.deepEqual(faultsOf(build(ipv4(), udp({ length: 0 }), 'x')), [
    'BAD_LENGTH UDP at 24: length is 0, at least 8 needed but in a jumbogram of IPv6',
  ]);
  assert.deepEqual(faultsOf(build(ipv6(), udp({ checksum: 0 }), 'x')), [
    'BAD_VALUE UDP at 46: checksum is 0, one must be computed over IPv6',
  ]);
  assert.deepEqual(faultsOf(build(ipv4(), udp({ checksum: 0 }), 'x')), []);
  assert.deepEqual(faultsOf(build(ipv6(), icmpv6({ type: 1 }), ipv6(), udp({ checksum: 0 }), 'x')), []);
});

test('a router advertisement whose search list holds any bytes is read, shown and built again', () => {
  const random = new Random(5);
  for (let round = 0; round < 300; round++) {
    const kind = random.pick([3, 5, 14, 24, 25, 31, 37, 38]);
    const data = random.bytes(8 * random.pick([1, 2, 3, 32]) - 2);
    if (random.oneIn(2)) data.fill(random.pick([0x2e, 0x77, 0xe2, 0xff]), 6);
    if (data.length > 6 && random.oneIn(2)) data[6] = random.below(256);
    const packet = build(ipv6(), icmpv6({ type: 134, options: [{ kind, data }] }));
    const read = dissect(packet.bytes);
    assert.equal(toHex(build(...read.parts()).bytes), toHex(packet.bytes), `kind ${kind}`);
    assert.ok(read.show().length > 0);
  }
  const long = Uint8Array.from([0, 0, 0, 0, 0, 9, 226, ...new Array(7).fill(0x77)]);
  assert.deepEqual(faultsOf(build(ipv6(), icmpv6({ type: 134, options: [{ kind: 31, data: long }] }))), [
    'BAD_LENGTH ICMPv6 at 64: search list has a label of 226 bytes, at most 63 allowed',
  ]);
});

test('offsets of faults count from the packet, wherever in a buffer it lies', () => {
  const bytes = build(ipv4(), udp(), 'x').bytes.subarray(0, 19);
  const buffer = new Uint8Array(100);
  buffer.set(bytes, 40);
  const packet = dissect({ view: new DataView(buffer.buffer), at: 40, end: 59, linkType: LinkType.RAW });
  assert.deepEqual(
    packet.faults.map(({ at }) => at),
    [0],
  );
  assert.match(packet.show(), /IPv4 at byte 0/);
  assert.deepEqual(packet.copy().faults, packet.faults);
});

test('of a header that ends too early the fields that are whole are read', () => {
  const whole = build(ipv4({ ttl: 9, src: '192.0.2.7' }), udp(), 'x');
  const packet = dissect(whole.bytes.subarray(0, 19));
  assert.equal(packet.get(Ipv4), undefined);
  assert.deepEqual(fieldValues(packet, 'ip.ttl'), ['9']);
  assert.deepEqual(fieldValues(packet, 'ip.src'), ['192.0.2.7']);
  assert.deepEqual(fieldValues(packet, 'ip.dst'), []);
});

test('checksum statuses are those that Wireshark gives where it is not told to verify', () => {
  const status = (packet: Packet, name: string) => fieldValues(packet, `${name}.checksum.status`);
  const segment = build(ipv4(), tcp(), 'x');
  assert.deepEqual([status(segment, 'ip'), status(segment, 'tcp')], [['2'], ['2']]);
  assert.deepEqual(status(build(ipv4(), udp({ checksum: 0 })), 'udp'), ['3']);
  assert.deepEqual(status(build(ipv6(), udp({ checksum: 0 })), 'udp'), ['4']);
  assert.deepEqual(status(build(ipv4(), icmp()), 'icmp'), ['1']);
  assert.deepEqual(status(build(ipv4(), icmp({ checksum: 1 })), 'icmp'), ['0']);
});

test('An OSPF packet that ends within its header is shown as far as it goes, whatever its version', () => {
  for (const version of [2, 3]) {
    const whole = build(ipv4(), ospf({ version, type: 5 })).bytes;
    for (let end = 20; end < whole.length; end++) {
      const packet = dissect(whole.subarray(0, end), { linkType: LinkType.RAW });
      assert.ok(packet.show().length > 0);
      assert.doesNotThrow(() => JSON.stringify(packet));
    }
  }
});
