import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeCapture, LinkType, readCapture } from '../capture/index.js';
import { build, ipv4, tcp } from '../wire/index.js';
import { trafficFieldTexts } from './fields.js';
import { CapturePass } from './pass.js';

/** Seconds with nine decimals. */
function seconds(nanoseconds: bigint): string {
  const text = (nanoseconds < 0n ? -nanoseconds : nanoseconds).toString().padStart(10, '0');
  return `${nanoseconds < 0n ? '-' : ''}${text.slice(0, -9)}.${text.slice(-9)}`;
}

/** Texts of fields, a row for each frame. */
async function rows(stamps: readonly bigint[], names: readonly string[]): Promise<string[][]> {
  const frames = stamps.map((timestamp, i) => {
    const isAnswer = i % 2 === 1;
    const [srcPort, dstPort] = isAnswer ? [80, 5000] : [5000, 80];
    const seq = isAnswer ? 0 : i;
    const { bytes } = build(
      ipv4({}),
      tcp({ srcPort, dstPort, seq, ack: isAnswer ? i + 1 : 0, flags: 'ACK' }),
      isAnswer ? '' : 'xx',
    );
    return { bytes, timestamp };
  });
  const capture = await readCapture(encodeCapture(frames, { linkType: LinkType.RAW }));
  const pass = new CapturePass();
  return [...capture].map((frame) => {
    pass.take(frame);
    return names.map((name) => trafficFieldTexts(name, pass).join());
  });
}

test('times between frames are whole nanoseconds whatever the first stamp and however long a silence', async () => {
  // A gap of a frame of 1970, of a lost clock, of a day; forwards and back.
  const gap = fc.oneof(
    fc.bigInt(0n, 10n ** 9n),
    fc.bigInt(0n, 2n ** 45n),
    fc.bigInt(2n ** 51n, 2n ** 60n),
    fc.bigInt(-(2n ** 40n), 0n),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.bigInt(10n ** 18n, 10n ** 18n + 10n ** 9n),
      fc.array(gap, { minLength: 1, maxLength: 8 }),
      async (start, gaps) => {
        const stamps = [start];
        for (const each of gaps) stamps.push(stamps.at(-1)! + each);
        if (stamps.some((stamp) => stamp < 0n || stamp >= 2n ** 63n)) return;
        const read = await rows(stamps, [
          'tcp.time_relative',
          'tcp.time_delta',
          'frame.time_delta',
          'frame.time_relative',
        ]);
        for (const [i, stamp] of stamps.entries()) {
          const before = stamps[Math.max(0, i - 1)]!;
          const [relative, delta] = [seconds(stamp - start), seconds(stamp - before)];
          assert.deepEqual(read[i], [relative, delta, delta, relative]);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('a frame of 1970 before a connection of today rounds no round-trip time', async () => {
  const today = 1_679_653_307_100_001_000n;
  const read = await rows([52n * 10n ** 9n, 52n * 10n ** 9n + 1n, today, today + 37n], ['tcp.analysis.ack_rtt']);
  assert.deepEqual(read[3], ['0.000000037']);
});
