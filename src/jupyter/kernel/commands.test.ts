import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { JsonObject, Message } from '../protocol/message.js';
import { ownKernelSpec, RunningKernel } from './launch.js';

const folder = mkdtempSync(join(tmpdir(), 'wirebook-commands-'));
let kernel: RunningKernel;

before(async () => {
  writeFileSync(join(folder, 'tool.ts'), 'export const tool = console.log("tool ran");\n');
  writeFileSync(join(folder, "it's.txt"), 'text');
  kernel = await RunningKernel.start({ ...ownKernelSpec(), env: { XDG_DATA_HOME: folder } }, folder);
});

after(async () => {
  await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(code: string): Promise<{ reply: JsonObject; errors: Message[]; printed: string; result: unknown }> {
  const published: Message[] = [];
  const reply = await kernel.client.execute(code, { onPublished: (message) => published.push(message) });
  const of = (type: string): Message[] => published.filter(({ header }) => header.msg_type === type);
  const printed = of('stream').map(({ content }) => content.text);
  return {
    reply,
    errors: of('error'),
    printed: printed.join(''),
    result: (of('execute_result')[0]?.content.data as JsonObject | undefined)?.['text/plain'],
  };
}

/** What a cell's one line of failure tells to write. */
async function adviceOn(code: string, line = 1): Promise<string> {
  const { reply, errors } = await run(code);
  assert.deepEqual([reply.status, reply.ename], ['error', 'SyntaxError'], code);
  assert.deepEqual(
    errors.map(({ metadata }) => metadata.wirebook),
    [{ code: 'SYNTAX_ERROR', line }],
    code,
  );
  const said = String(reply.evalue);
  assert.doesNotMatch(said, /\n/);
  const traceback = (reply.traceback as string[]).map((each) => each.replace(/\x1b\[\d*m/g, ''));
  assert.deepEqual(traceback, [`SyntaxError: ${said}`], code);
  return said;
}

test('A cell that begins with a command fails with one line, whose TypeScript does what the command does', async () => {
  const cases: readonly (readonly [code: string, printed: string | RegExp, result?: string | RegExp])[] = [
    ['!ls', /tool\.ts\n/],
    ['!ls -a', /\.\.\n[\s\S]*tool\.ts\n/],
    ['!!ls | head -n 1', "it's.txt\n\n"],
    ["!cat it\\'s.txt", 'text\n'],
    ['// how it is listed\n\n!echo "a  b" $HOME', /^a {2}b \//],
    ['!cat it*.txt | wc -c', /^\s*4\n/],
    ['!/bin/echo one', 'one\n\n'],
    ['%%bash\nls\npwd', /\ntool\.ts\n.*wirebook-commands-/],
    ['%%sh\nls', /\ntool\.ts\n/],
    ['%ls', '', /'tool\.ts'/],
    ["%cat it's.txt", '', "'text'"],
    ['%pwd', '', /wirebook-commands-/],
    ['%cd .', ''],
    ['!cd .', ''],
    ['%env A_B=1 2', '', "'1 2'"],
    ['%env A_B', '', "'1 2'"],
    ['%env', '', /A_B: '1 2'/],
    ['%time f()', /^cell: /],
    ['%%timeit\nf()', /^cell: /],
    ['%%html\n<b>x</b>', ''],
    ['%%HTML\n<b>x</b>', ''],
    ['%%writefile made.txt\ntext', ''],
    ['%run tool.ts', 'tool ran\n'],
  ];
  for (const [code, printed, result] of cases) {
    const said = await adviceOn(code, code.split('\n').findIndex((line) => /^[%!]/.test(line)) + 1);
    const [, written] = /; write (?:in TypeScript|for the command): (.*)$/.exec(said) ?? assert.fail(said);
    const body = code.split('\n').slice(1).join('\n');
    const done = await run(written!.replace('…;', '').replace('…', body));
    assert.equal(done.reply.status, 'ok', `${code}: ${written}: ${done.reply.evalue}`);
    if (typeof printed === 'string') assert.equal(done.printed, printed, written!);
    else assert.match(done.printed, printed, written!);
    if (result !== undefined)
      assert.match(String(done.result), typeof result === 'string' ? RegExp(`^${result}$`) : result);
  }
});

test('Installing is told in npm’s words, and what TypeScript has no use for is to be left out', async () => {
  for (const code of [
    '!pip install left-pad',
    '%pip install left-pad',
    '%conda install left-pad',
    '!npm install left-pad',
  ])
    assert.match(await adviceOn(code), /execSync\('npm install left-pad', \{ encoding: 'utf8' \}\)\)$/);
  for (const code of ['%matplotlib inline', '%load_ext autoreload', '%%capture\n1', '%constructor x', '%', '%%'])
    assert.match(await adviceOn(code), /^Cannot run "%.*": it is a command of Python notebooks; leave the line out$/);
});

test('A negation is no command: it runs, and its fault is told as that of TypeScript', async () => {
  assert.equal((await run('const ready = false, list = { size: 0 };\n!ready')).result, 'true');
  assert.equal((await run('!!ready')).result, 'false');
  for (const [code, ename] of [
    ['!redy', 'TypeCheckError'],
    ['!list.length', 'TypeCheckError'],
    ['!ready;\nconst a: string = 1;', 'TypeCheckError'],
    ['!list.size(1 2)', 'SyntaxError'],
  ] as const) {
    const { reply } = await run(code);
    assert.equal(reply.ename, ename);
    assert.match(String(reply.evalue), /\(TS\d+\)$/, code);
  }
});

test('A missing name behind an exclamation mark is named beside what to write for a command', async () => {
  const said = await adviceOn('!frobnicate');
  assert.match(
    said,
    /^Cannot run "!frobnicate": no value has the name frobnicate, and shell commands are not TypeScript; /,
  );
  assert.match(said, /execSync\('frobnicate', \{ encoding: 'utf8' \}\)\)$/);
});
