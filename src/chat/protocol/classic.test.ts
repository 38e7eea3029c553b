import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { classic, parseClassic, unfinishedLength } from './classic.js';

for (const [text, line] of [
  [classic.format, { type: 'format' }],
  [classic.welcome('Bob'), { type: 'welcome', name: 'Bob' }],
  [classic.noSuchUser('Bob'), { type: 'no-such-user', name: 'Bob' }],
  ['Bob: hi', { type: 'delivery', from: 'Bob', text: 'hi' }],
  ['Bob:  hi', { type: 'delivery', from: 'Bob', text: 'hi' }],
  ['Bob:   hi', { type: 'delivery', from: 'Bob', text: ' hi' }],
  ['Bob: ', { type: 'delivery', from: 'Bob', text: '' }],
  ['[Bob]: hi', { type: 'delivery', from: 'Bob', text: 'hi' }],
  ['@Bob: hi', { type: 'delivery', from: 'Bob', text: 'hi' }],
  ['Message from Bob:hi', { type: 'delivery', from: 'Bob', text: 'hi' }],
  ['no colon', { type: 'other', text: 'no colon' }],
  ['Bob:hi', { type: 'other', text: 'Bob:hi' }],
  [': hi', { type: 'other', text: ': hi' }],
  [' Bob: hi', { type: 'other', text: ' Bob: hi' }],
  ['', { type: 'other', text: '' }],
] as const)
  test(`a classic read of ${JSON.stringify(text)} is ${line.type}`, () => assert.deepEqual(parseClassic(text), line));

test('of any text cut at any byte, the unfinished bytes are those that lack the rest of their character', () => {
  const character = fc.constantFrom(
    'a',
    '\x7f',
    '\x80',
    'é',
    '\u07ff',
    '\u0800',
    '太',
    '\uffff',
    '\u{10000}',
    '👍',
    '\u{10ffff}',
  );
  fc.assert(
    fc.property(fc.array(character, { minLength: 1, maxLength: 5 }), fc.nat(20), (characters, at) => {
      const bytes = Buffer.from(characters.join(''));
      const cut = bytes.subarray(0, Math.min(at, bytes.length));
      let whole = 0;
      for (const each of characters) {
        const size = Buffer.byteLength(each);
        if (whole + size > cut.length) break;
        whole += size;
      }
      assert.equal(unfinishedLength(cut), cut.length - whole);
    }),
  );
});

for (const [what, bytes] of [
  ['a byte that begins nothing', [0xff]],
  ['F8, which began five bytes once', [0xf8]],
  ['four bytes that only go on', [0x80, 0x80, 0x80, 0x80]],
  ['nothing', []],
] as const)
  test(`${what} waits for no more`, () => assert.equal(unfinishedLength(Uint8Array.from(bytes)), 0));
