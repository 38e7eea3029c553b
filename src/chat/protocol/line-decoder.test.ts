import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random, randomSeed } from '../../random.js';
import { LineDecoder } from './line-decoder.js';

const limit = 16;

/** Everything a decoder makes of pieces; faults as their names in angle brackets. */
function decode(pieces: Iterable<Uint8Array>): string[] {
  const decoder = new LineDecoder(limit);
  const lines: string[] = [];
  for (const piece of pieces) {
    decoder.push(piece);
    for (let line = decoder.next(); line !== undefined; line = decoder.next())
      lines.push(typeof line === 'string' ? line : `<${line.fault}>`);
  }
  return lines;
}

function* cut(bytes: Uint8Array, ...at: number[]): Generator<Uint8Array> {
  let start = 0;
  for (const end of [...at, bytes.length]) {
    if (end > start) yield bytes.subarray(start, end);
    start = end;
  }
}

const cases: readonly { name: string; bytes: string | Buffer; lines: string[] }[] = [
  { name: 'one line', bytes: 'Bob: Hello\n', lines: ['Bob: Hello'] },
  { name: 'a line that ends in CR LF', bytes: 'Bob: Hello\r\n', lines: ['Bob: Hello'] },
  { name: 'one byte', bytes: 'x\n', lines: ['x'] },
  { name: 'one emoji', bytes: '👍\n', lines: ['👍'] },
  { name: 'empty lines', bytes: '\n\n\r\n', lines: ['', '', ''] },
  { name: 'a line exactly at the limit', bytes: `${'x'.repeat(16)}\n`, lines: ['x'.repeat(16)] },
  { name: 'a line exactly at the limit that ends in CR LF', bytes: `${'x'.repeat(16)}\r\n`, lines: ['x'.repeat(16)] },
  { name: 'a line one byte over', bytes: `${'x'.repeat(17)}\nnext\n`, lines: ['<TOO_LONG>', 'next'] },
  { name: 'a character exactly up to the limit', bytes: `${'x'.repeat(14)}é\n`, lines: [`${'x'.repeat(14)}é`] },
  {
    name: 'a character of several bytes across the limit',
    bytes: `${'x'.repeat(15)}é\nnext\n`,
    lines: ['<TOO_LONG>', 'next'],
  },
  { name: 'a line far over', bytes: `${'x'.repeat(100)}\nnext\n`, lines: ['<TOO_LONG>', 'next'] },
  { name: 'an end that has not come', bytes: 'one\ntwo', lines: ['one'] },
  {
    name: 'bytes that are not UTF-8',
    bytes: Buffer.from('one\n\xff\xfe\nthree\n', 'latin1'),
    lines: ['one', '<NOT_UTF8>', 'three'],
  },
  {
    name: 'half a character before the end',
    bytes: Buffer.from([0x61, 0xc3, 0x0a, 0x62, 0x0a]),
    lines: ['<NOT_UTF8>', 'b'],
  },
  { name: 'an overlong encoding of a slash', bytes: Buffer.from([0xc0, 0xaf, 0x0a]), lines: ['<NOT_UTF8>'] },
  { name: 'half a surrogate pair', bytes: Buffer.from([0xed, 0xa0, 0x80, 0x0a]), lines: ['<NOT_UTF8>'] },
  { name: 'an escape', bytes: '\x1b[2J\x07\n', lines: ['␛[2J␇'] },
  { name: 'a CR in the middle', bytes: 'a\rb\n', lines: ['a␍b'] },
  { name: 'a tab', bytes: 'a\tb\n', lines: ['a\tb'] },
];

for (const { name, bytes, lines } of cases)
  test(`LineDecoder reads ${name} the same whole, byte by byte and cut at every point`, () => {
    const whole = Buffer.from(bytes);
    assert.deepEqual(decode([whole]), lines, 'whole');
    assert.deepEqual(decode(cut(whole, ...whole.keys())), lines, 'byte by byte');
    for (let at = 1; at < whole.length; at++) assert.deepEqual(decode(cut(whole, at)), lines, `cut at ${at}`);
  });

test('LineDecoder gives 1,000 lines of one piece in order', () => {
  const expected = Array.from({ length: 1000 }, (_, i) => `line ${i}`);
  assert.deepEqual(decode([Buffer.from(`${expected.join('\n')}\n`)]), expected);
});

test('LineDecoder keeps what was not asked for when more comes, and gives a line back', () => {
  const decoder = new LineDecoder(limit);
  decoder.push(Buffer.from('one\ntwo\n'));
  assert.equal(decoder.next(), 'one');
  decoder.push(Buffer.from('three\nfo'));
  assert.equal(decoder.next(), 'two');
  decoder.back();
  assert.equal(decoder.next(), 'two');
  decoder.push(Buffer.from('ur\n'));
  assert.deepEqual([decoder.next(), decoder.next(), decoder.next()], ['three', 'four', undefined]);
});

test('LineDecoder keeps no bytes of the chunk it was given', () => {
  const decoder = new LineDecoder(limit);
  const chunk = Buffer.from('unfinished');
  decoder.push(chunk);
  chunk.fill(0x21);
  decoder.push(Buffer.from('\n'));
  assert.equal(decoder.next(), 'unfinished');
});

test('LineDecoder reads any bytes, cut anyhow, as it reads them whole', () => {
  const seed = randomSeed();
  const random = new Random(seed);
  const alphabet = [0x0a, 0x0a, 0x0d, 0x61, 0x62, 0x20, 0xc3, 0xa9, 0xf0, 0x9f, 0x91, 0x8d, 0x1b, 0xff, 0x00];
  const until = performance.now() + Number(process.env.WIREBOOK_FUZZ_MS ?? 200);
  let runs = 0;
  for (; performance.now() < until || runs === 0; runs++) {
    const bytes = Uint8Array.from({ length: random.below(120) }, () => random.pick(alphabet));
    const points = Array.from({ length: random.below(8) }, () => random.below(bytes.length + 1)).sort((a, b) => a - b);
    const lines = decode([bytes]);
    assert.deepEqual(decode(cut(bytes, ...points)), lines, `seed ${seed}, run ${runs}`);
    for (const line of lines) assert.ok(Buffer.byteLength(line) <= 3 * limit, `seed ${seed}, run ${runs}`);
  }
});
