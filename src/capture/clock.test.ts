import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Clock, type Resolution } from './clock.js';
import { formatTimestamp } from './frame.js';

/** The greatest whole number that is not above a fraction, reckoned by another way than the clock's. */
function floor(dividend: bigint, divisor: bigint): bigint {
  const rest = ((dividend % divisor) + divisor) % divisor;
  return (dividend - rest) / divisor;
}

const resolutions = fc.oneof(
  fc.record({ base: fc.constant(10 as const), exponent: fc.integer({ min: 0, max: 18 }) }),
  fc.record({ base: fc.constant(2 as const), exponent: fc.integer({ min: 0, max: 60 }) }),
);

test('a stamp before 1970 is rounded down as one behind it is, whatever the resolution and the offset', () => {
  const property = (resolution: Resolution, offset: bigint, count: bigint) => {
    const clock = new Clock(resolution, offset);
    const start = offset * 1_000_000_000n;
    assert.equal(clock.nanosecondsOf(count), start + floor(count * 1_000_000_000n, clock.frequency));
    assert.equal(clock.ticksOf(count), floor((count - start) * clock.frequency, 1_000_000_000n));
  };
  const counts = fc.bigInt(-(2n ** 63n), 2n ** 63n);
  fc.assert(
    fc.property(resolutions, fc.bigInt(-(2n ** 31n), 2n ** 31n), fc.oneof(counts, fc.bigInt(-9n, 9n)), property),
  );
});

for (const [exponent, nanoseconds, ticks] of [
  [6, -1n, -1n],
  [6, -1000n, -1n],
  [6, -1001n, -2n],
  [0, -1n, -1n],
  [9, -1n, -1n],
] as const) {
  test(`${nanoseconds} ns are ${ticks} ticks of 10^-${exponent} seconds`, () => {
    assert.equal(new Clock({ base: 10, exponent }).ticksOf(nanoseconds), ticks);
  });
}

for (const [nanoseconds, text] of [
  [-1n, '-0.000000001'],
  [-500_000_000n, '-0.500000000'],
  [-1_000_000_000n, '-1.000000000'],
  [-1_500_000_001n, '-1.500000001'],
  [0n, '0.000000000'],
] as const) {
  test(`a stamp of ${nanoseconds} ns is written ${text}`, () => assert.equal(formatTimestamp(nanoseconds), text));
}
