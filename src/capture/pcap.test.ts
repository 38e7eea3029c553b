import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../bytes.js';
import { CaptureError } from '../errors.js';
import { LinkType } from '../link-type.js';
import { CaptureReader } from './reader.js';
import { type CaptureWriterOptions, encodeCapture } from './writer.js';

// Laid out by hand from the figures of draft-ietf-opsawg-pcap: one packet of 5 bytes, of which 4 were captured.
const little = 'd4c3b2a1 02000400 00000000 00000000 00000400 01000000';
const record = '00e1f505 40e20100 04000000 05000000 deadbeef';
const big = 'a1b2c3d4 00020004 00000000 00000000 00040000 00000001';
const bigRecord = '05f5e100 0001e240 00000004 00000005 deadbeef';

function read(hex: string) {
  const reader = CaptureReader.openSync(fromHex(hex));
  return { reader, frames: [...reader.frames()] };
}

const fault = (code: string, at: number | undefined) => (error: unknown) =>
  error instanceof CaptureError && error.code === code && error.at === at;

for (const [name, hex, byteOrder, nanoseconds] of [
  ['little-endian microseconds', little + record, 'little', 100_000_000_123_456_000n],
  ['big-endian microseconds', big + bigRecord, 'big', 100_000_000_123_456_000n],
  ['little-endian nanoseconds', little.replace('d4c3b2a1', '4d3cb2a1') + record, 'little', 100_000_000_000_123_456n],
  ['big-endian nanoseconds', big.replace('a1b2c3d4', 'a1b23c4d') + bigRecord, 'big', 100_000_000_000_123_456n],
] as const)
  test(`a pcap file with ${name} is read and written`, () => {
    const { reader, frames } = read(hex);
    assert.equal(reader.format, 'pcap');
    assert.equal(reader.sections[0]!.byteOrder, byteOrder);
    assert.equal(frames.length, 1);
    const [frame] = frames;
    assert.equal(frame!.timestamp, nanoseconds);
    assert.equal(frame!.originalLength, 5);
    assert.equal(frame!.capturedLength, 4);
    assert.equal(frame!.linkType, LinkType.ETHERNET);
    assert.equal(frame!.interface.snapLength, 262144);
    assert.equal(frame!.offset, 24);
    assert.equal(toHex(frame!.bytes), 'deadbeef');
    assert.equal(toHex(encodeCapture(frames, { format: 'pcap' })), hex.replaceAll(' ', ''));
  });

test('a stamp of any number of microseconds survives, where others lose one to rounding', () => {
  const options: CaptureWriterOptions = { format: 'pcap', digits: 6 };
  const stamps = Array.from({ length: 2000 }, (_, i) => 1_700_000_000_000_000_000n + BigInt(i * 497) * 1000n);
  const bytes = encodeCapture(
    stamps.map((timestamp) => ({ timestamp, bytes: new Uint8Array(1) })),
    options,
  );
  const frames = [...CaptureReader.openSync(bytes).frames()];
  assert.deepEqual(
    frames.map((frame) => frame.timestamp),
    stamps,
  );
});

test('link type 0, stamp 0 and an empty packet are written as given', () => {
  const bytes = encodeCapture([{ timestamp: 0n, bytes: new Uint8Array(0) }], {
    format: 'pcap',
    linkType: LinkType.NULL,
  });
  const [frame] = CaptureReader.openSync(bytes).frames();
  assert.equal(frame!.linkType, 0);
  assert.equal(frame!.timestamp, 0n);
  assert.equal(frame!.capturedLength, 0);
});

test('a header with frame check sequence says its length in bytes, and keeps it', () => {
  const hex = little.replace('01000000', '01000024') + record;
  const { reader, frames } = read(hex);
  assert.equal(reader.interfaces[0]!.fcsLength, 4);
  assert.equal(reader.interfaces[0]!.linkType, 1);
  assert.equal(toHex(encodeCapture(frames, { format: 'pcap' })), hex.replaceAll(' ', ''));
});

test("Kuznetzov's modified format has 8 more bytes before each packet", () => {
  const { frames } = read(
    `${little.replace('d4c3b2a1', '34cdb2a1')}00e1f505 40e20100 04000000 05000000 0100000008000000 deadbeef`,
  );
  assert.equal(toHex(frames[0]!.bytes), 'deadbeef');
});

test('the two lengths of a file older than version 2.4 may be the other way round', () => {
  const swapped = record.replace('04000000 05000000', '05000000 04000000');
  for (const version of ['02000200', '02000300']) {
    const { frames } = read(little.replace('02000400', version) + swapped);
    assert.equal(frames[0]!.capturedLength, 4);
    assert.equal(frames[0]!.originalLength, 5);
  }
});

test('a captured length above the original is taken as it is', () => {
  const { frames } = read(little + record.replace('05000000', '02000000'));
  assert.equal(frames[0]!.capturedLength, 4);
  assert.equal(frames[0]!.originalLength, 2);
});

test('a captured length that no packet has is damage, and named', () => {
  const reader = CaptureReader.openSync(fromHex(little + record + record.replace('04000000', '01000400')));
  const frames: unknown[] = [];
  assert.throws(
    () => {
      for (const frame of reader.frames()) frames.push(frame);
    },
    fault('BAD_BLOCK', 24 + 20),
  );
  assert.equal(frames.length, 1);
  assert.throws(() => [...reader.frames()], fault('BAD_BLOCK', 44), 'asked again, it does not seem to be the end');
});

test('what is no capture is refused', () => {
  for (const hex of ['', '00', '504b0304 00000000', 'ffffffffffffffff'])
    assert.throws(() => read(hex), fault('NOT_A_CAPTURE', 0));
  assert.throws(() => read(little.slice(0, 20)), fault('TRUNCATED', 0));
  assert.throws(() => read(little.replace('02000400', '03000400')), fault('BAD_BLOCK', 4));
});

test('pcap refuses what it cannot hold, until its loss is allowed', () => {
  const packet = { timestamp: 1_000_000_001n, bytes: fromHex('0102') };
  const cases: [string, CaptureWriterOptions, object][] = [
    ['comments', {}, { comments: ['a comment'] }],
    ['options', {}, { flags: 1 }],
    ['interfaces', { interfaces: [{ name: 'eth0' }] }, {}],
    ['precision', { digits: 6 }, {}],
  ];
  for (const [loss, options, extra] of cases) {
    const write = (more: CaptureWriterOptions) =>
      encodeCapture([{ ...packet, ...extra }], { format: 'pcap', ...options, ...more });
    assert.throws(
      () => write({}),
      (error: CaptureError) => error.code === 'UNSUPPORTED' && error.message.includes(`lose: ['${loss}']`),
      loss,
    );
    assert.equal([...CaptureReader.openSync(write({ lose: [loss as 'comments'] })).frames()].length, 1);
    assert.equal([...CaptureReader.openSync(write({ lose: 'all' })).frames()].length, 1);
  }
  const late = { ...packet, timestamp: 2n ** 32n * 1_000_000_000n };
  assert.throws(() => encodeCapture([late], { format: 'pcap', lose: 'all' }), fault('UNSUPPORTED', undefined));
  const mixed = { format: 'pcap', interfaces: [{ linkType: 1 }, { linkType: 0 }], lose: 'all' } as const;
  assert.throws(() => encodeCapture([packet], mixed), fault('UNSUPPORTED', undefined));
});
