import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCommand } from './command.js';
import { asParam, deliveryHead, errorLine, notice, parseServerLine, shorten, whoLines } from './notice.js';

const namesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('* who'))
    .map((line) => line.split(' ').slice(2));

test('the lines of /who hold every name once, none longer than allowed and each filled as far as it goes', () => {
  const names = fc.array(fc.stringMatching(/^[a-zé太]{1,12}$/), { minLength: 1, maxLength: 60 });
  const tags = fc.option(fc.stringMatching(/^[0-9a-z]{1,16}$/), { nil: undefined });
  fc.assert(
    fc.property(names, tags, fc.integer({ min: 60, max: 200 }), (list, tag, lineBytes) => {
      const { text, listed } = whoLines(list, false, { tag, lineBytes });
      assert.equal(listed, list.length);
      const lines = namesOf(text).map((words) => (tag === undefined ? words : words.slice(1)));
      assert.deepEqual(lines.flat(), list);
      for (const line of text.split('\n')) {
        if (line.startsWith('* who')) assert.ok(Buffer.byteLength(line) <= lineBytes, `${line}: ${lineBytes}`);
      }
      const head = tag === undefined ? '* who' : `* who #${tag}`;
      for (const [i, line] of lines.slice(0, -1).entries()) {
        const longer = [head, ...line, lines[i + 1]![0]].join(' ');
        assert.ok(Buffer.byteLength(longer) > lineBytes, `${longer} would have had room in ${lineBytes}`);
      }
    }),
  );
});

test('a name longer than the line stands by itself', () => {
  const { text } = whoLines(['a', 'x'.repeat(40), 'b'], false, { tag: undefined, lineBytes: 30 });
  assert.deepEqual(namesOf(text), [['a'], ['x'.repeat(40)], ['b']]);
});

for (const [count, isPart, words] of [
  [0, false, '0 people are here'],
  [1, false, '1 person is here'],
  [2, false, '2 people are here'],
  [1, true, '1 person matches'],
  [2, true, '2 people match'],
  [1000, false, '1000 people are here'],
  [1001, false, '1001 people are here, the first 1000 are shown'],
] as const) {
  test(`/who ends with "${words}"`, () => {
    const names = Array.from({ length: count }, (_, i) => `n${i}`);
    const { text, listed } = whoLines(names, isPart, { tag: undefined, lineBytes: 4096 });
    assert.ok(text.endsWith(`* end ${count} :${words}\n`), text.slice(-80));
    assert.equal(listed, Math.min(1000, count));
    assert.equal(namesOf(text).flat().length, listed);
  });
}

test('a text of 64 characters is shown as it is, one of 65 by its first 60', () => {
  assert.equal(shorten('x'.repeat(64)), 'x'.repeat(64));
  assert.equal(shorten('x'.repeat(65)), `${'x'.repeat(60)}…`);
  assert.equal(shorten(`${'x'.repeat(60)}yzyzy`), `${'x'.repeat(60)}…`);
});

test('what an error names is one word that begins with no colon', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (text) => {
      assert.match(asParam(text), /^[^\s:]\S*$/);
    }),
  );
  assert.equal(asParam('a b'), 'a_b');
  assert.equal(asParam(''), '-');
  assert.equal(errorLine('7', 'NO_SUCH_USER', 'B b', 'no'), '* error 7 NO_SUCH_USER B_b :no\n');
  assert.equal(errorLine(undefined, 'FORMAT', undefined, 'no'), '* error - FORMAT :no\n');
});

for (const [line, understood] of [
  ['Bob: hi', { type: 'delivery', from: 'Bob', text: 'hi', toAll: false }],
  ['Bob (to all): hi', { type: 'delivery', from: 'Bob', text: 'hi', toAll: true }],
  ['Bob: a: b', { type: 'delivery', from: 'Bob', text: 'a: b', toAll: false }],
  ['Bob smith: hi', { type: 'foreign', line: 'Bob smith: hi' }],
  [': hi', { type: 'foreign', line: ': hi' }],
  ['Bob', { type: 'foreign', line: 'Bob' }],
  ['', { type: 'foreign', line: '' }],
  ['* end 0', { type: 'notice', keyword: 'end', params: ['0'], text: '' }],
  ['* end 0 :none : here', { type: 'notice', keyword: 'end', params: ['0'], text: 'none : here' }],
] as const)
  test(`a server's line ${JSON.stringify(line)} is read as ${understood.type}`, () =>
    assert.deepEqual(parseServerLine(line), understood));

test('a notice is read as it was written, a delivery too', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9_.#-]{1,8}$/);
  fc.assert(
    fc.property(
      word,
      fc.array(word, { maxLength: 4 }),
      fc.option(fc.stringMatching(/^[a-z: ]{1,20}$/)),
      (keyword, params, text) => {
        const line = notice(keyword, params, text ?? undefined).slice(0, -1);
        assert.deepEqual(parseServerLine(line), { type: 'notice', keyword, params, text: text ?? '' });
        for (const toAll of [false, true]) {
          const delivery = parseServerLine(`${deliveryHead(keyword, toAll)}${text ?? ''}`);
          assert.deepEqual(delivery, { type: 'delivery', from: keyword, text: text ?? '', toAll });
        }
      },
    ),
  );
});

for (const [line, command] of [
  ['', { type: 'nothing' }],
  ['/ping 7', { type: 'ping', token: '7' }],
  ['/pong 7', { type: 'pong', token: '7' }],
  ['/help', { type: 'help' }],
  ['/quit', { type: 'quit' }],
  ['/nick x', { type: 'unknown', word: '/nick' }],
  ['/login Bob s e', { type: 'login', name: 'Bob', password: 's e' }],
  ['/login Bob', { type: 'login', name: 'Bob', password: undefined }],
  ['/login', { type: 'login', name: '', password: undefined }],
  ['/all  hi ', { type: 'all', tag: undefined, text: 'hi ' }],
  ['#7 /all hi', { type: 'all', tag: '7', text: 'hi' }],
  ['/who b', { type: 'who', tag: undefined, prefix: 'b' }],
  ['#7 /who', { type: 'who', tag: '7', prefix: '' }],
  ['#7 /help', { type: 'malformed', tag: '7' }],
  ['#7 ', { type: 'malformed', tag: '7' }],
  ['#7', { type: 'malformed', tag: undefined }],
  [`#${'x'.repeat(16)} Bob:hi`, { type: 'message', tag: 'x'.repeat(16), to: 'Bob', rest: 'hi' }],
  [`#${'x'.repeat(17)} Bob:hi`, { type: 'malformed', tag: undefined }],
  ['Bob: a: b', { type: 'message', tag: undefined, to: 'Bob', rest: ' a: b' }],
  [': hi', { type: 'malformed', tag: undefined }],
  ['hello', { type: 'malformed', tag: undefined }],
] as const)
  test(`a client's line ${JSON.stringify(line)} is ${command.type}`, () =>
    assert.deepEqual(parseCommand(line), command));
