import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHex, fromHex, hexDigits, toHex } from './bytes.js';

test('formatHex() fills up with zeros and cuts nothing off', () => {
  assert.equal(formatHex(80, 4), '0x0050');
  assert.equal(formatHex(0x12345, 4), '0x12345');
  assert.equal(formatHex(0xffff_ffff_ffff_ffffn, 2), '0xffffffffffffffff');
  assert.equal(hexDigits(10, 2), '0a');
});

test('fromHex() reads what toHex() writes, with any separator between pairs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom('', ' ', ':', '-'), (bytes, separator) => {
      assert.deepEqual(fromHex(toHex(bytes, separator)), bytes);
    }),
  );
});

test('fromHex() names the character where no pair of digits stands', () => {
  assert.throws(() => fromHex('00 0g'), { name: 'RangeError', message: /at character 2: "0g" is no pair of digits/ });
});
