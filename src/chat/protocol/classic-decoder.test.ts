import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClassicDecoder } from './classic-decoder.js';
import type { FaultyLine } from './line-decoder.js';

function read(limit: number, ...chunks: readonly (string | Uint8Array)[]): (string | FaultyLine['fault'])[] {
  const decoder = new ClassicDecoder(limit);
  const texts: string[] = [];
  for (const chunk of chunks) {
    decoder.push(Buffer.from(chunk));
    for (let text = decoder.next(); text !== undefined; text = decoder.next())
      texts.push(typeof text === 'string' ? text : text.fault);
  }
  return texts;
}

test('a classic read is one message, or as many as it has lines', () => {
  assert.deepEqual(read(20, 'Bob: one', 'Bob: two\r\n\nBob: three'), ['Bob: one', 'Bob: two', 'Bob: three']);
});

test('a character cut by a read waits for its other half', () => {
  const bytes = Buffer.from('Bob: ü');
  assert.deepEqual(read(20, bytes.subarray(0, -1), bytes.subarray(-1)), ['Bob: ü']);
});

test('a message that is no UTF-8, or too long, costs those beside it nothing', () => {
  assert.deepEqual(read(20, Buffer.from('Bob: one\nBob: \xff\r\nBob: two', 'latin1')), [
    'Bob: one',
    'NOT_UTF8',
    'Bob: two',
  ]);
  assert.deepEqual(read(20, `Bob: one\n${'x'.repeat(21)}\nBob: two`), ['Bob: one', 'TOO_LONG', 'Bob: two']);
  assert.deepEqual(read(20, Buffer.from(`${'x'.repeat(21)}\n\xff\nBob: ok`, 'latin1')), [
    'TOO_LONG',
    'NOT_UTF8',
    'Bob: ok',
  ]);
});
