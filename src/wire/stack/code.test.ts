import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../bytes.js';
import { corpusFrames } from '../../testing/corpus.js';
import { samplePackets } from '../../testing/wire-samples.js';
import * as wire from '../index.js';
import { ipv4 } from '../internet/ipv4.js';
import { fuzz } from '../tools/fuzz.js';
import { tcp } from '../transport/tcp.js';
import { build } from './build.js';
import { dissect } from './dissect.js';
import { layers } from './neighbours.js';
import type { Packet } from './packet.js';

/** The packet that an expression builds, as a notebook's cell would. */
function evaluate(code: string): Packet {
  const names = layers.map(({ name }) => name);
  const functions = names.map((name) => (wire as unknown as Record<string, unknown>)[name]);
  return new Function('build', 'fromHex', ...names, `return ${code}`)(build, fromHex, ...functions);
}

test('code() holds only what build() would not do by itself', () => {
  const packet = build(
    ipv4({ dst: '10.0.0.1' }),
    tcp({ dstPort: 8000, flags: 'PSH,ACK', options: [{ mss: 1460 }, 'nop'] }),
    "it's \\ text\r\n",
  );
  assert.equal(
    dissect(packet.bytes).code(),
    [
      'build(',
      "  ipv4({ dst: '10.0.0.1' }),",
      "  tcp({ dstPort: 8000, flags: 'PSH,ACK', options: [{ mss: 1460 }, 'nop'] }),",
      "  'it\\'s \\\\ text\\r\\n',",
      ')',
    ].join('\n'),
  );
  assert.equal(build(ipv4(), tcp()).code(), 'build(ipv4(), tcp())');
});

test('code() keeps what is wrong on purpose', () => {
  const packet = build(ipv4({ headerChecksum: 0xbeef, ihl: 5 }), tcp({ checksum: 0 }), fromHex('00ff'));
  assert.equal(packet.code(), "build(ipv4({ headerChecksum: 0xbeef }), tcp({ checksum: 0x0000 }), fromHex('00ff'))");
});

test('code() of a packet that no layer can read is its bytes', () => {
  const packet = dissect(fromHex('4500ff'));
  assert.equal(packet.code(), "build(fromHex('4500ff'))");
});

test('the code of random packets builds their bytes', () => {
  for (const packet of fuzz([ipv4(), tcp(), 'payload'], { seed: 3, count: 50 })) {
    assert.equal(toHex(evaluate(dissect(packet.bytes).code()).bytes), toHex(packet.bytes));
  }
});

test('the code of every packet of the corpus and of every layer builds its bytes', () => {
  const samples = samplePackets().map(({ packet, linkType }) => dissect(packet.bytes, { linkType }));
  for (const packet of [...samples, ...corpusFrames().map((frame) => dissect(frame))]) {
    const code = packet.code();
    assert.equal(toHex(evaluate(code).bytes), toHex(packet.bytes), code);
  }
});
