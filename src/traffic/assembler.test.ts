/** Segments come out in order whatever way they went in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Assembler, type Piece } from './assembler.js';

const SYN = 2;
const ACK = 16;

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function text(pieces: readonly Piece[]): string {
  return pieces
    .map(({ bytes: data, missing }) => (missing > 0 ? `[${missing}]` : new TextDecoder().decode(data)))
    .join('');
}

/** Feeds segments as offsets from an initial number and gives what came out, in order. */
function feed(isn: number, segments: readonly (readonly [offset: number, data: string])[], limit?: number): string {
  const assembler = new Assembler(limit);
  const pieces = assembler.add({ seq: isn, flags: SYN, bytes: bytes(''), length: 0, frame: 0, time: 0 });
  for (const [i, [offset, data]] of segments.entries())
    pieces.push(
      ...assembler.add({
        seq: (isn + 1 + offset) | 0,
        flags: ACK,
        bytes: bytes(data),
        length: data.length,
        frame: i,
        time: i,
      }),
    );
  return text(pieces);
}

for (const isn of [0, 1000, 0x7fffffff, 0xfffffffe, 0xffffffff]) {
  test(`a stream that begins at ${isn} is the same through reordering, retransmission and overlap`, () => {
    assert.equal(
      feed(isn, [
        [0, 'abc'],
        [3, 'def'],
      ]),
      'abcdef',
    );
    assert.equal(
      feed(isn, [
        [3, 'def'],
        [0, 'abc'],
      ]),
      'abcdef',
    );
    assert.equal(
      feed(isn, [
        [6, 'ghi'],
        [3, 'def'],
        [0, 'abc'],
        [9, 'j'],
      ]),
      'abcdefghij',
    );
    assert.equal(
      feed(isn, [
        [0, 'abc'],
        [0, 'abc'],
        [1, 'bc'],
        [3, 'def'],
      ]),
      'abcdef',
    );
    assert.equal(
      feed(isn, [
        [0, 'abc'],
        [1, 'bcde'],
        [4, 'ef'],
      ]),
      'abcdef',
    );
    assert.equal(
      feed(isn, [
        [4, 'ef'],
        [2, 'cdef'],
        [0, 'abcd'],
      ]),
      'abcdef',
    );
  });
}

test('every order of five overlapping segments gives the same bytes', () => {
  const parts: [number, string][] = [
    [0, 'abcd'],
    [2, 'cdef'],
    [5, 'fgh'],
    [8, 'ij'],
    [6, 'ghij'],
  ];
  const orders = (items: [number, string][]): [number, string][][] =>
    items.length < 2
      ? [items]
      : items.flatMap((item, i) => orders(items.filter((_, k) => k !== i)).map((rest) => [item, ...rest]));
  for (const order of orders(parts)) assert.equal(feed(0xfffffffa, order), 'abcdefghij', JSON.stringify(order));
});

test('what never came is a gap once the other side has acknowledged what lies behind it', () => {
  const assembler = new Assembler();
  const pieces = [
    ...assembler.add({ seq: 1, flags: ACK, bytes: bytes('abc'), length: 3, frame: 1, time: 1 }),
    ...assembler.add({ seq: 10, flags: ACK, bytes: bytes('jkl'), length: 3, frame: 2, time: 2 }),
    ...assembler.acknowledge(4, 3, 3),
  ];
  assert.equal(text(pieces), 'abc');
  assert.equal(text(assembler.acknowledge(13, 4, 4)), '[6]jkl');
  assert.equal(assembler.held, 0);
});

test('a missing start is no gap: the first byte seen is the first', () => {
  const assembler = new Assembler();
  assert.equal(text(assembler.add({ seq: 500, flags: ACK, bytes: bytes('abc'), length: 3, frame: 1, time: 1 })), 'abc');
});

test('bytes that the capture cut are counted, not taken for missing', () => {
  const assembler = new Assembler();
  const [piece] = assembler.add({ seq: 1, flags: ACK, bytes: bytes('abc'), length: 10, frame: 1, time: 1 });
  assert.deepEqual([piece!.bytes.length, piece!.cut, piece!.missing], [3, 7, 0]);
  assert.equal(text(assembler.add({ seq: 11, flags: ACK, bytes: bytes('def'), length: 3, frame: 2, time: 2 })), 'def');
});

test('memory is bounded: beyond the limit what is before counts as missing', () => {
  assert.equal(
    feed(
      0,
      [
        [10, 'x'.repeat(60)],
        [80, 'y'.repeat(60)],
      ],
      100,
    ),
    `[10]${'x'.repeat(60)}`,
  );
});
