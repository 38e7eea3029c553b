import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCapture, LinkType } from '../capture/index.js';
import { framesOf } from '../testing/corpus.js';
import { build, ipv4, type TcpInit, tcp } from '../wire/index.js';
import { trafficFieldTexts } from './fields.js';
import { Traffic } from './traffic.js';

/** A segment: from the client or not, its fields, how long after the one before it in milliseconds. */
type Segment = readonly [isClient: boolean, init: TcpInit, payload?: string, afterMs?: number];

function trafficOf(segments: readonly Segment[]): Traffic {
  let timestamp = 1_700_000_000_000_000_000n;
  const packets = segments.map(([isClient, init, payload = '', afterMs = 1]) => {
    const [src, dst] = isClient ? ['10.0.0.1', '10.0.0.2'] : ['10.0.0.2', '10.0.0.1'];
    const [srcPort, dstPort] = isClient ? [40_001, 40_002] : [40_002, 40_001];
    timestamp += BigInt(afterMs) * 1_000_000n;
    const { bytes } = build(ipv4({ src, dst }), tcp({ srcPort, dstPort, flags: 'ACK', ...init }), payload);
    return { bytes, timestamp };
  });
  return Traffic.of(framesOf(encodeCapture(packets, { linkType: LinkType.RAW })));
}

const [syn, synAck, ack] = [
  [true, { seq: 0, flags: 'SYN' }],
  [false, { seq: 0, ack: 1, flags: 'SYN,ACK' }],
  [true, { seq: 1, ack: 1 }],
] as const satisfies Segment[];

for (const [scale, factor] of [
  [0, 1],
  [7, 128],
  [14, 16_384],
  [15, 16_384],
  [255, 16_384],
] as const) {
  test(`a window scale of ${scale} multiplies the window by ${factor}, RFC 7323 section 2.3`, () => {
    const options = { options: [{ windowScale: scale }] };
    const { packets } = trafficOf([
      [true, { ...syn[1], ...options }],
      [false, { ...synAck[1], ...options }],
      [true, { seq: 1, ack: 1, window: 3 }],
    ]);
    assert.deepEqual(trafficFieldTexts('tcp.window_size_scalefactor', packets[2]!), [String(factor)]);
    assert.deepEqual(trafficFieldTexts('tcp.window_size', packets[2]!), [String(3 * factor)]);
  });
}

for (const [repetitions, wanted] of [
  [0, 'tcp.analysis.retransmission'],
  [1, 'tcp.analysis.retransmission'],
  [2, 'tcp.analysis.fast_retransmission'],
  [3, 'tcp.analysis.fast_retransmission'],
] as const) {
  test(`what is sent again behind ${repetitions} duplicate acknowledgments is ${wanted}`, () => {
    const { packets } = trafficOf([
      syn,
      synAck,
      ack,
      [true, { seq: 1, ack: 1 }, 'aaaa'],
      [true, { seq: 5, ack: 1 }, 'bbbb'],
      [true, { seq: 9, ack: 1 }, 'cccc'],
      [false, { seq: 1, ack: 5 }],
      ...Array.from({ length: repetitions }, (): Segment => [false, { seq: 1, ack: 5 }, '', 0]),
      [true, { seq: 5, ack: 1 }, 'bbbb', 10],
    ]);
    const duplicates = packets
      .slice(7, -1)
      .flatMap((packet) => trafficFieldTexts('tcp.analysis.duplicate_ack_num', packet));
    assert.deepEqual(
      duplicates,
      Array.from({ length: repetitions }, (_, i) => String(i + 1)),
    );
    const names = ['tcp.analysis.fast_retransmission', 'tcp.analysis.retransmission'];
    const found = names.filter((name) => trafficFieldTexts(name, packets.at(-1)!).length > 0);
    // A fast one is a retransmission too.
    assert.equal(found[0], wanted);
  });
}
