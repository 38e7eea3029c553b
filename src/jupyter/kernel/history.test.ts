import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import type { JsonObject } from '../protocol/message.js';
import { matchesGlob } from './glob.js';
import { HistoryFile, historyPath } from './history-file.js';
import { ownKernelSpec, RunningKernel } from './launch.js';

const folder = mkdtempSync(join(tmpdir(), 'wirebook-history-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const dataOf = (name: string): string => {
  const data = join(folder, name);
  mkdirSync(join(data, 'wirebook'), { recursive: true });
  return data;
};
const fileOf = (data: string): string => join(data, 'wirebook', 'history.jsonl');

/** A kernel from its start to its shutdown. */
async function session<T>(data: string, use: (kernel: RunningKernel) => Promise<T>): Promise<T> {
  const env = { XDG_DATA_HOME: data, APPDATA: data };
  const kernel = await RunningKernel.start({ ...ownKernelSpec(), env }, folder);
  try {
    return await use(kernel);
  } finally {
    await kernel.stop();
  }
}

/** Runs what somebody typed. */
async function type({ client }: RunningKernel, ...codes: string[]): Promise<unknown[]> {
  const states = [];
  for (const code of codes) states.push((await client.execute(code, { onInput: async () => '' })).status);
  return states;
}

async function history({ client }: RunningKernel, asked: JsonObject): Promise<unknown> {
  const { status, history: found } = await client.request('history_request', { raw: true, output: false, ...asked });
  assert.equal(status, 'ok');
  return found;
}

const onLinux = { skip: process.platform === 'linux' ? false : 'the folder is told by XDG_DATA_HOME' };

test(
  'Inputs of earlier sessions are found by tail, range and search, the session’s number with each',
  onLinux,
  async () => {
    const data = dataOf('sessions');
    await session(data, (kernel) => type(kernel, 'const a = 1;', '"same"', '"µ 😀\\n"'));
    await session(data, (kernel) => type(kernel, '"same"', 'throw 1'));
    await session(data, async (kernel) => {
      await type(kernel, '"third"', '"same"');
      const all = [
        [1, 1, 'const a = 1;'],
        [1, 2, '"same"'],
        [1, 3, '"µ 😀\\n"'],
        [2, 1, '"same"'],
        [2, 2, 'throw 1'],
        [3, 1, '"third"'],
        [3, 2, '"same"'],
      ];
      const tail = (n: number): Promise<unknown> => history(kernel, { hist_access_type: 'tail', n });
      assert.deepEqual(await tail(100), all);
      assert.deepEqual(await tail(4), all.slice(3));
      assert.deepEqual(await tail(0), []);
      const range = (number: number, start?: number, stop?: number | null): Promise<unknown> =>
        history(kernel, { hist_access_type: 'range', session: number, start: start ?? 0, stop: stop ?? null });
      assert.deepEqual(await range(0), all.slice(5));
      assert.deepEqual(await range(3), all.slice(5));
      assert.deepEqual(await range(-1), all.slice(3, 5));
      assert.deepEqual(await range(-2), all.slice(0, 3));
      assert.deepEqual(await range(1), all.slice(0, 3));
      assert.deepEqual(await range(-2, 2, 3), all.slice(1, 2));
      for (const absent of [-3, 4, 100]) assert.deepEqual(await range(absent), []);
      const search = (more: JsonObject): Promise<unknown> => history(kernel, { hist_access_type: 'search', ...more });
      assert.deepEqual(await search({ pattern: '"same"' }), [all[1], all[3], all[6]]);
      assert.deepEqual(await search({ pattern: '"same"', n: 2 }), [all[3], all[6]]);
      assert.deepEqual(await search({ pattern: '"*"', unique: true }), [all[2], all[5], all[6]]);
      assert.deepEqual(await search({ pattern: '*😀*' }), [all[2]]);
      assert.deepEqual(await search({ pattern: 'same' }), []);
      assert.deepEqual(await history(kernel, { hist_access_type: 'tail', n: 1, output: true }), [
        [3, 2, ['"same"', null]],
      ]);
    });
  },
);

test('Only what somebody typed is kept for later sessions, for nobody else to read', onLinux, async () => {
  const data = join(folder, 'typed');
  await session(data, async (kernel) => {
    await kernel.client.execute('"of a program"');
    await kernel.client.execute('"of our runner"', { onInput: async () => '', metadata: { wirebook: {} } });
    await kernel.client.execute('"silent"', { onInput: async () => '', silent: true });
    await kernel.client.execute('"not stored"', { onInput: async () => '', storeHistory: false });
    assert.equal(existsSync(fileOf(data)), false);
    await type(kernel, '"typed"');
    assert.deepEqual(await history(kernel, { hist_access_type: 'tail' }), [
      [1, 1, '"of a program"'],
      [1, 2, '"of our runner"'],
      [1, 3, '"typed"'],
    ]);
  });
  assert.deepEqual(
    (await new HistoryFile(fileOf(data)).read()).map((inputs) => inputs.map(({ code }) => code)),
    [['"typed"']],
  );
  assert.equal(statSync(fileOf(data)).mode & 0o077, 0);
  assert.equal(statSync(dirname(fileOf(data))).mode & 0o077, 0);
});

test('No cell fails, and this session is remembered, where the file cannot be written or read', onLinux, async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const directory = dataOf('directory');
  mkdirSync(fileOf(directory));
  const pipe = dataOf('pipe');
  execFileSync('mkfifo', [fileOf(pipe)]);
  for (const data of [file, directory, pipe, '/proc/self/none', '/dev/null']) {
    await session(data, async (kernel) => {
      assert.deepEqual(await type(kernel, '1', '2'), ['ok', 'ok'], data);
      assert.deepEqual(await history(kernel, { hist_access_type: 'tail' }), [
        [1, 1, '1'],
        [1, 2, '2'],
      ]);
    });
  }
});

test('Damaged lines are passed over, and the next input stands on a line of its own', async () => {
  const path = fileOf(dataOf('damaged'));
  const first = new HistoryFile(path);
  first.keep({ count: 1, code: 'one' });
  await first.written();
  appendFileSync(
    path,
    'null\n[]\n7\n{"session":1,"count":1,"code":"x"}\n\0\xff\n{"session":"s","count":2,"code":"cut sh',
  );
  const second = new HistoryFile(path);
  second.keep({ count: 1, code: 'two' });
  await second.written();
  assert.deepEqual(await new HistoryFile(path).read(), [[{ count: 1, code: 'one' }], [{ count: 1, code: 'two' }]]);
  assert.deepEqual(await second.read(), [[{ count: 1, code: 'one' }]], 'its own are not among the earlier ones');
});

test('Kernels that write at the same time keep their sessions apart and lose nothing', async () => {
  const path = fileOf(dataOf('many'));
  const files = [1, 2, 3].map(() => new HistoryFile(path));
  for (let count = 1; count <= 50; count++)
    for (const [index, file] of files.entries()) file.keep({ count, code: `${index}: ${'x'.repeat(count * 100)}` });
  await Promise.all(files.map((file) => file.written()));
  const sessions = await new HistoryFile(path).read();
  assert.equal(sessions.length, 3);
  for (const inputs of sessions) {
    assert.deepEqual(
      inputs.map(({ count }) => count),
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    assert.equal(new Set(inputs.map(({ code }) => code[0])).size, 1);
  }
});

test('The file stays small: the oldest inputs are let go, very long ones are not kept', async () => {
  const path = fileOf(dataOf('bounded'));
  const file = new HistoryFile(path);
  const long = 'x'.repeat(50_000);
  let most = 0;
  for (let count = 1; count <= 100; count++) {
    file.keep({ count, code: `${count} ${long}` });
    await file.written();
    most = Math.max(most, statSync(path).size);
  }
  assert.ok(most < 1_200_000, `${most} bytes`);
  const counts = (await new HistoryFile(path).read()).flat().map(({ count }) => count);
  assert.ok(counts.length >= 10, `${counts}`);
  assert.deepEqual(
    counts,
    Array.from({ length: counts.length }, (_, index) => 101 - counts.length + index),
  );
  const before = readFileSync(path);
  file.keep({ count: 101, code: 'x'.repeat(70_000) });
  await file.written();
  assert.deepEqual(readFileSync(path), before);
});

test('Of a file that has become huge only the end is read', async () => {
  const path = fileOf(dataOf('huge'));
  writeFileSync(path, `${'x'.repeat(30_000_000)}\n`);
  const file = new HistoryFile(path);
  file.keep({ count: 1, code: 'one' });
  await file.written();
  assert.ok(statSync(path).size < 1000);
  assert.deepEqual(await new HistoryFile(path).read(), [[{ count: 1, code: 'one' }]]);
});

test('The file lies in the user’s own data folder, on each system where that is', () => {
  const ends = (path: string): string => path.replaceAll('\\', '/');
  assert.equal(ends(historyPath('linux', { XDG_DATA_HOME: '/data' })), '/data/wirebook/history.jsonl');
  assert.match(ends(historyPath('linux', {})), /\/\.local\/share\/wirebook\/history\.jsonl$/);
  assert.match(ends(historyPath('darwin', {})), /\/Library\/Application Support\/wirebook\/history\.jsonl$/);
  assert.equal(ends(historyPath('win32', { APPDATA: '/roaming' })), '/roaming/wirebook/history.jsonl');
});

test('Patterns match as GLOB does, the whole text and over its lines', () => {
  const cases: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a*c', 'abc\nc', true],
    ['a*c', 'abcd', false],
    ['a?c', 'a😀c', true],
    ['a?c', 'ac', false],
    ['*b*', 'abc', true],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[^a-c]x', 'dx', true],
    ['[]]', ']', true],
    ['[-a]', '-', true],
    ['f(*)', 'f(1)', true],
    ['a[', 'a[', true],
    ['a[0', 'a[0', true],
    ['a.c', 'abc', false],
    ['a\\*', 'a\\b', true],
    ['**a**', 'bab', true],
  ];
  for (const [pattern, text, matches] of cases) assert.equal(matchesGlob(pattern, text), matches, `${pattern} ${text}`);
});

test('A pattern of many stars takes no longer than its length and the text’s allow', () => {
  const began = performance.now();
  assert.equal(matchesGlob(`${'*a'.repeat(30)}*b`, 'a'.repeat(50_000)), false);
  assert.ok(performance.now() - began < 3000);
});
