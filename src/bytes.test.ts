import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHex, fromHex, hexDigits, toAscii, toHex } from './bytes.js';
import { hexDump } from './wire/index.js';

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

/** Rows of sixteen bytes with their offsets. */
function rowsOf(bytes: Uint8Array): { at: number; row: Uint8Array }[] {
  return Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) => ({
    at: 16 * i,
    row: bytes.subarray(16 * i, 16 * i + 16),
  }));
}

/** Groups of two bytes, as tcpdump and xxd write them. */
function groups(row: Uint8Array): string {
  return (toHex(row).match(/.{1,4}/g) ?? []).join(' ');
}

const dumps: { readonly [name: string]: (bytes: Uint8Array) => string } = {
  'hexDump()': hexDump,
  'tcpdump -x': (bytes) =>
    rowsOf(bytes)
      .map(({ at, row }) => `\t0x${hexDigits(at, 4)}:  ${groups(row)}`)
      .join('\n'),
  'tcpdump -X': (bytes) =>
    rowsOf(bytes)
      .map(({ at, row }) => `\t0x${hexDigits(at, 4)}:  ${groups(row).padEnd(39)}  ${toAscii(row)}`)
      .join('\n'),
  'Wireshark, copied': (bytes) =>
    rowsOf(bytes)
      .map(({ at, row }) => `${hexDigits(at, 4)}   ${toHex(row, ' ').padEnd(47)}   ${toAscii(row)}\r\n`)
      .join(''),
  'tshark -x': (bytes) =>
    `${rowsOf(bytes)
      .map(({ at, row }) => `${hexDigits(at, 4)}  ${toHex(row, ' ').padEnd(47)}   ${toAscii(row)}`)
      .join('\n')}\n\n`,
  xxd: (bytes) =>
    rowsOf(bytes)
      .map(({ at, row }) => `${hexDigits(at, 8)}: ${groups(row).padEnd(39)}  ${toAscii(row)}`)
      .join('\n'),
  'hexdump -C': (bytes) =>
    [
      ...rowsOf(bytes).map(({ at, row }) => {
        const hex = `${toHex(row.subarray(0, 8), ' ')}  ${toHex(row.subarray(8), ' ')}`;
        return `${hexDigits(at, 8)}  ${hex.padEnd(48)}  |${toAscii(row)}|`;
      }),
      hexDigits(bytes.length, 8),
    ].join('\n'),
  'text2pcap, one space': (bytes) =>
    rowsOf(bytes)
      .map(({ at, row }) => `${hexDigits(at, 6)} ${toHex(row, ' ')}`)
      .join('\n'),
};

/** Bytes among which many look like the digits of a dump themselves. */
const dumped = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(...'0123456789abcdef  :|'.split('').map((c) => c.charCodeAt(0))),
    ),
    {
      minLength: 1,
      maxLength: 70,
    },
  )
  .map((list) => Uint8Array.from(list));

for (const [name, dump] of Object.entries(dumps)) {
  test(`fromHex() reads a dump of ${name}, whatever its characters look like`, () => {
    fc.assert(
      fc.property(dumped, (bytes) => assert.deepEqual(toHex(fromHex(dump(bytes))), toHex(bytes))),
      { numRuns: 500 },
    );
  });
}

test('fromHex() names the line of a dump whose offset does not follow', () => {
  const lines = hexDump(new Uint8Array(48)).split('\n');
  assert.throws(() => fromHex([lines[0], lines[2]].join('\n')), {
    name: 'RangeError',
    message: /line 2 of a hex dump: offset 0010 needed, "0020/,
  });
});

test('fromHex() refuses a line of a dump in which something else stands among the digits', () => {
  for (const [text, message] of [
    ['0000  45 0g 00', /line 1 of a hex dump: "0g 00" is no pair of digits/],
    ['0000  zz', /line 1 of a hex dump: "zz"/],
    ['0x0000:  4500 001\n', /line 1 of a hex dump: "001"/],
    [`${hexDump(new Uint8Array(16))}\n0010  00 x0 00`, /line 2 of a hex dump: "x0 00"/],
  ] as const)
    assert.throws(() => fromHex(text), { name: 'RangeError', message });
});
