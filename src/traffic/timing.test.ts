/** Series over time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCapture } from '../capture/index.js';
import { build, ipv4, tcp } from '../wire/index.js';
import { interArrival, jitter, rates, roundTripTimes, timeSequence, windows } from './timing.js';
import { Traffic } from './traffic.js';

/** 100 bytes at 0 s, again at 0.5 s, the next 100 at 1 s, acknowledged at 1.25 s. */
async function sample(): Promise<Traffic> {
  const own = { srcPort: 5000, dstPort: 80, ack: 1, flags: 'ACK' };
  const packets = [
    [0, build(ipv4(), tcp({ ...own, seq: 1 }), 'a'.repeat(100))],
    [500, build(ipv4(), tcp({ ...own, seq: 1 }), 'a'.repeat(100))],
    [1000, build(ipv4(), tcp({ ...own, seq: 101 }), 'b'.repeat(100))],
    [1250, build(ipv4(), tcp({ srcPort: 80, dstPort: 5000, seq: 1, ack: 201, flags: 'ACK', window: 4000 }))],
  ] as const;
  const init = packets.map(([ms, { bytes }]) => ({ bytes: bytes, timestamp: BigInt(ms) * 1_000_000n }));
  return Traffic.read(encodeCapture(init, { interfaces: [{ linkType: 101 }] }));
}

test('gaps and jitter are those of the stamps', async () => {
  const { packets } = await sample();
  assert.deepEqual(
    interArrival(packets).map(({ value }) => value),
    [0.5, 0.5, 0.25],
  );
  assert.deepEqual(
    jitter(packets).map(({ value }) => value),
    [0, 0.25 / 16],
  );
});

test('throughput counts whole frames, goodput no byte twice', async () => {
  const { packets } = await sample();
  assert.deepEqual(rates(packets, 1), [
    { time: 0, packets: 2, throughput: 2 * 140 * 8, goodput: 100 * 8 },
    { time: 1, packets: 2, throughput: (140 + 40) * 8, goodput: 100 * 8 },
  ]);
  assert.throws(() => rates(packets, 0), RangeError);
  assert.throws(() => rates(packets, 1e-9), /at most 1000000/);
});

test('a time-sequence series has segments, repeats, acknowledgments and limits', async () => {
  const { packets } = await sample();
  const { segments, acks, limits } = timeSequence(packets);
  assert.deepEqual(
    segments.map(({ from, to, isRepeat }) => [from, to, isRepeat]),
    [
      [1, 101, false],
      [1, 101, true],
      [101, 201, false],
    ],
  );
  assert.deepEqual(
    acks.map(({ value }) => value),
    [201],
  );
  assert.deepEqual(
    limits.map(({ value }) => value),
    [4201],
  );
});

test('round-trip times and windows come from the acknowledgments', async () => {
  const { packets } = await sample();
  assert.deepEqual(
    roundTripTimes(packets).map(({ value }) => value),
    [0.25],
  );
  assert.deepEqual(
    windows(packets, true).map(({ value }) => value),
    [4000],
  );
});
