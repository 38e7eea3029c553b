import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fold, looks } from './look-alike.js';
import { checkName } from './name.js';

for (const name of [
  'Alice',
  'a',
  '7',
  'bob-2',
  'J.R._Hartley',
  'Åsa',
  'Анна',
  '太郎',
  'ひろ太',
  '민수',
  'שרה',
  'أحمد',
  'Zoë',
  'x'.repeat(32),
  '太'.repeat(32),
])
  test(`checkName() takes ${name}`, () => assert.deepEqual(checkName(name), { name: name.normalize('NFKC') }));

test('checkName() writes compatible characters as their usual ones', () => {
  assert.deepEqual(checkName('Ａｌｉｃｅ'), { name: 'Alice' });
  assert.deepEqual(checkName('A\u030asa'), { name: 'Åsa' });
});

const refused: Readonly<Record<string, string>> = {
  'an empty name': '',
  'a space': ' ',
  'a space inside': 'Al ice',
  'a colon': 'Al:ice',
  'a line feed': 'Al\nice',
  'an escape': 'Al\x1b[31mice',
  'a NUL': 'Al\0ice',
  'a leading star': '*server',
  'a leading slash': '/who',
  'a leading number sign': '#1',
  'a leading hyphen': '-Alice',
  'a leading mark': '\u0301Alice',
  'a right-to-left override': 'Al\u202eice',
  'a zero-width space': 'Al\u200bice',
  'a zero-width joiner': 'Al\u200dice',
  'a word joiner': 'Al\u2060ice',
  'a soft hyphen': 'Al\u00adice',
  'a byte order mark': '\ufeffAlice',
  'a variation selector': 'Alice\ufe0f',
  'a Hangul filler': 'Alice\u115f',
  'a blank Braille pattern': 'Alice\u2800',
  'a no-break space': 'Al\u00a0ice',
  'an emoji': 'Alice👍',
  'a full-width colon': 'Al：ice',
  'letters of two scripts': 'B\u043eb',
  'Greek in Latin': 'αlice',
  'three marks on a letter': 'a\u0301\u0302\u0303lice',
  '33 characters': 'x'.repeat(33),
  '33 characters of three bytes': '太'.repeat(33),
  'a text that normalising makes long': '\ufdfa'.repeat(20),
  'a million letters': 'x'.repeat(1_000_000),
  'a reserved name': 'Server',
  'a reserved name in another width': 'ＡＬＬ',
};
for (const [what, name] of Object.entries(refused))
  test(`checkName() refuses ${what}`, () => assert.ok('reason' in checkName(name)));

for (const [a, b] of [
  ['Alice', 'aLICE'],
  ['Bill', 'BiII'],
  ['Bill', 'Bi1l'],
  ['B0b', 'Bob'],
  ['modern', 'rnodern'],
  ['wanda', 'vvanda'],
  ['Ewa', 'EVVA'],
  ['Sasha', 'Ѕаѕһа'],
  ['peace', 'реасе'],
  ['Strasse', 'Straße'],
  ['Alice', 'Alice.'],
  ['Alice', 'Alice__'],
  ['Alice', 'Aliceʹ'],
  ['Zoe', 'Zoë'],
  ['Asa', 'Åsa'],
  ['Lukasz', 'Łukasz'],
  ['שלום', 'שָׁלוֹם'],
  ['BOB', 'ВОВ'],
  ['bob', 'ВОВ'],
  ['paypal', 'раураӏ'],
  ['Ivan', 'ıvan'],
])
  test(`looks() finds that ${a} looks like ${b}`, () => assert.ok(share(a!, b!)));

for (const [a, b] of [
  ['Alice', 'Alicia'],
  ['user1', 'user2'],
  ['user10', 'user100'],
  ['a.b', 'a-b'],
  ['Hans', 'Nans'],
  ['かな', 'がな'],
  ['カー', 'カ'],
  ['राम', 'रम'],
  ['Анна', 'Инна'],
  ['Νίκος', 'Ρίκος'],
])
  test(`looks() tells ${a} from ${b}`, () => assert.ok(!share(a!, b!)));

function share(a: string, b: string): boolean {
  return looks(a).some((look) => looks(b).includes(look));
}

test('looks() of a name are those of its other cases', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-zÀ-ɏ0-9]{1,12}$/), (name) => {
      assert.ok(share(name, name.toUpperCase()));
      assert.ok(share(name, name.toLowerCase()));
      assert.ok(share(name, `${name}.`));
    }),
  );
});

test('fold() joins cases and nothing else', () => {
  assert.equal(fold('ÅSA'), fold('åsa'));
  assert.equal(fold('ΟΔΟΣ'), fold('οδος'));
  assert.notEqual(fold('Bill'), fold('BiII'));
});
