import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LinkType } from '../link-type.js';
import { build, ethernet, ipv4, ipv6, tcp, udp } from '../wire/index.js';
import { readCapture } from './reader.js';
import { encodeCapture } from './writer.js';

const advice = /begins with an IPv[46] header.*LinkType\.RAW/;
const formats = ['pcap', 'pcapng'] as const;
const at = (bytes: Uint8Array, originalLength = bytes.length) => [{ bytes, timestamp: 0n, originalLength }];
const payload = fc.uint8Array({ maxLength: 60 });
const port = fc.integer({ min: 0, max: 65_535 });
const address = fc.ipV4();

test('An IP packet with no Ethernet header is refused where Ethernet is declared or taken for granted, whatever it carries', () => {
  const packets = fc.oneof(
    fc
      .tuple(address, address, port, payload)
      .map(([src, dst, srcPort, data]) => build(ipv4({ src, dst }), udp({ srcPort }), data)),
    fc
      .tuple(address, port, payload)
      .map(([src, srcPort, data]) => build(ipv4({ src, options: ['nop'] }), tcp({ srcPort }), data)),
    fc
      .tuple(port, payload)
      .map(([srcPort, data]) => build(ipv6({ src: '2001:db8::1', dst: '::1' }), udp({ srcPort }), data)),
  );
  fc.assert(
    fc.property(packets, fc.constantFrom(...formats), fc.boolean(), ({ bytes }, format, isCut) => {
      const [packet] = at(isCut ? bytes.slice(0, bytes.length - 4) : bytes, bytes.length);
      assert.throws(() => encodeCapture([packet!], { format }), advice);
      assert.throws(() => encodeCapture([packet!], { format, interfaces: [{ linkType: LinkType.ETHERNET }] }), advice);
      assert.ok(encodeCapture([packet!], { format, interfaces: [{ linkType: LinkType.RAW }] }).length > 0);
    }),
  );
});

test('Ethernet frames with every kind of destination are written, also those that begin as an IP header does', () => {
  for (const format of formats)
    for (const dst of ['45:00:00:28:00:01', '60:00:00:00:00:14', '46:00:00:2e:00:00', 'ff:ff:ff:ff:ff:ff']) {
      const frames = [ipv4(), ipv6()].map((ip) => build(ethernet({ dst }), ip, udp({ srcPort: 1 }), 'text').bytes);
      const written = encodeCapture(
        frames.flatMap((bytes) => at(bytes)),
        { format },
      );
      assert.ok(written.length > 100);
    }
});

test('What was read with a wrong link type is copied as it was', async () => {
  const bytes = build(ipv4(), udp({ srcPort: 1 }), 'text').bytes;
  const good = encodeCapture(at(bytes), { interfaces: [{ linkType: LinkType.RAW }], format: 'pcap' });
  good[20] = LinkType.ETHERNET;
  const frames = await readCapture(good);
  assert.equal((await readCapture(encodeCapture(frames, {})))[0]!.linkType, LinkType.ETHERNET);
});
