import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isBlank, isHarmless, neutralize } from './text.js';

for (const text of [
  'plain',
  'a\ttab',
  'grüße 👍',
  '👨‍👩‍👧 dinner',
  '❤️',
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿 England',
  'می‌خواهم',
  'क्‍ष',
  '葛󠄀城',
  'left\u200eright\u200f',
  '\u2800',
])
  test(`neutralize() passes ${JSON.stringify(text)}`, () => assert.equal(neutralize(text), text));

for (const [what, text, expected] of [
  ['an escape', '\x1b[2J', '␛[2J'],
  ['DEL', 'a\x7f', 'a␡'],
  ['a C1 control', '\x9b2J', '\ufffd2J'],
  ['a bidirectional override', '\u202eabc', '\ufffdabc'],
  ['a zero-width space', 'a\u200bb', 'a\ufffdb'],
  ['a byte order mark', '\ufeffa', '\ufffda'],
  ['a soft hyphen', 'a\u00adb', 'a\ufffdb'],
  ['a Hangul filler', '\u3164', '\ufffd'],
  ['an invisible operator', 'a\u2062b', 'a\ufffdb'],
  ['a joiner that joins nothing', '\u200d', '\ufffd'],
  ['two joiners', 'a\u200d\u200db', 'a\ufffd\ufffdb'],
  ['a joiner at the end', 'Alice\u200c', 'Alice\ufffd'],
  ['a second variation selector', '❤\ufe0f\ufe0e', '❤\ufe0f\ufffd'],
  ['an ideographic selector behind a letter', 'a\u{e0101}', 'a\ufffd'],
  ['hidden tag characters', 'a\u{e0041}\u{e0042}', 'a\ufffd\ufffd'],
  ['tag characters behind the flag they do not belong to', '🏴\u{e0041}', '🏴\ufffd'],
] as const)
  test(`neutralize() shows ${what}`, () => assert.equal(neutralize(text), expected));

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\x1b', '\u200b', '\u200d', '\ufe0f', '\u{e0041}', '🏴', '葛', 'a', ' ', '\u202e'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
});

test('neutralize() does the same twice as once, leaves nothing that acts, and grows no more than threefold', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const once = neutralize(text);
      assert.equal(neutralize(once), once);
      assert.doesNotMatch(once, /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200b\ufeff]/);
      assert.ok(Buffer.byteLength(once) <= 3 * Buffer.byteLength(text));
      if (isHarmless(text)) assert.equal(once, text);
    }),
  );
});

test('isBlank() knows what shows nothing', () => {
  for (const text of ['', ' ', '\t', '\u3000', '\u200e', '\u2800 ']) assert.ok(isBlank(text), JSON.stringify(text));
  for (const text of ['a', '.', '\ufffd', '👍', 'é']) assert.ok(!isBlank(text), text);
});
