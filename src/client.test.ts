import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ChatServer } from './chat/index.js';
import { RawPeer } from './testing/chat-peer.js';
import { repository } from './testing/peer.js';

const program = fileURLToPath(new URL('client.js', import.meta.url));
const serverProgram = fileURLToPath(new URL('server.js', import.meta.url));

interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  out: string;
  err: string;
}

function run(t: TestContext, file: string, input: string | undefined, ...parameters: string[]): Running {
  const process = spawn(globalThis.process.execPath, [file, ...parameters], { stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => process.kill('SIGKILL'));
  const running: Running = {
    process,
    ended: new Promise((resolve) => process.once('close', resolve)),
    out: '',
    err: '',
  };
  process.stdout!.on('data', (chunk) => {
    running.out += chunk;
  });
  process.stderr!.on('data', (chunk) => {
    running.err += chunk;
  });
  if (input !== undefined) process.stdin!.end(input);
  return running;
}

async function until(isSo: () => boolean, what: () => string): Promise<void> {
  for (let i = 0; i < 800; i++) {
    if (isSo()) return;
    await sleep(10);
  }
  assert.fail(`never: ${what()}`);
}

async function start(t: TestContext): Promise<number> {
  const server = new ChatServer({ limits: { lingerMs: 300 } });
  t.after(() => server.close());
  return (await server.listen({ port: 0 })).port;
}

test('a pipe is sent line by line, and the exit code says that all arrived', async (t) => {
  const port = await start(t);
  const bob = await RawPeer.login(port, 'Bob');
  const client = run(t, program, 'Bob: hi\nBob: there\n', '--name', 'Alice', '--port', String(port));
  assert.equal(await bob.said(), 'Alice: hi');
  assert.equal(await bob.said(), 'Alice: there');
  assert.equal(await client.ended, 0);
  assert.match(
    client.out,
    /^Connected! To chat type: 'Target: Message' \(Connected to server 127\.0\.0\.1:\d+ as Alice\)\n/,
  );
  assert.equal(client.err, '');
  assert.ok(!client.out.includes('\x1b'), 'no colours in a pipe');
});

test('the first line of a pipe is the name where none is given', async (t) => {
  const port = await start(t);
  const bob = await RawPeer.login(port, 'Bob');
  const client = run(t, program, 'Alice\nBob: hi\nquit\nBob: never\n', '--port', String(port));
  assert.equal(await bob.said(), 'Alice: hi');
  assert.equal(await client.ended, 0);
  assert.equal(await bob.line(), '* leave Alice quit :Alice has left (quit)');
});

test('10,000 lines of a pipe arrive in order', async (t) => {
  const server = new ChatServer({ limits: { linesPerSecond: Number.POSITIVE_INFINITY } });
  t.after(() => server.close());
  const { port } = await server.listen({ port: 0 });
  const bob = await RawPeer.login(port, 'Bob');
  const lines = Array.from({ length: 10_000 }, (_, i) => `Bob: ${i}\n`).join('');
  const client = run(t, program, lines, '--name', 'Alice', '--port', String(port));
  for (let i = 0; i < 10_000; i++) assert.equal(await bob.said(), `Alice: ${i}`);
  assert.equal(await client.ended, 0);
});

test('a line that was not delivered is told on standard error, and in the exit code', async (t) => {
  const port = await start(t);
  const client = run(t, program, 'Bob: hi\nno colon\n', '--name', 'Alice', '--port', String(port));
  assert.equal(await client.ended, 1);
  assert.deepEqual(client.err.trimEnd().split('\n').sort(), [
    "Format error. Use 'Target: Message'",
    'User Bob not found. (to Bob: "hi")',
  ]);
});

test('no server, a taken name and a bad option are one line each', async (t) => {
  const port = await start(t);
  const alice = await RawPeer.login(port, 'Alice');
  const taken = run(t, program, 'Bob: hi\n', '--name', 'alice', '--port', String(port));
  assert.equal(await taken.ended, 1);
  assert.match(taken.err, /^Cannot log in as alice: alice is taken[^\n]*\n$/);
  alice.close();
  const absent = run(t, program, 'x', '--name', 'Alice', '--port', '1');
  assert.equal(await absent.ended, 1);
  assert.match(absent.err, /^Server not found\. Cannot connect to 127\.0\.0\.1:1: [^\n]*\n$/);
  const bad = run(t, program, 'x', '--port', '-1');
  assert.equal(await bad.ended, 1);
  assert.match(bad.err, /^Cannot use port -1/);
});

test("the user guide's program runs as it stands", async (t) => {
  const guide = readFileSync(`${repository}/docs/user_guide.md`, 'utf8');
  const [, code] = /```ts\n(.*?)```/s.exec(guide) ?? [];
  assert.ok(code);
  const process = spawn(globalThis.process.execPath, ['--input-type=module', '-e', code], { cwd: repository });
  t.after(() => process.kill('SIGKILL'));
  let out = '';
  process.stdout.on('data', (chunk) => {
    out += chunk;
  });
  assert.equal(await new Promise((resolve) => process.once('close', resolve)), 0);
  assert.match(out, /^[\d.]+\nAlice Hello\n$/);
});

test('kill -9 of the server: its clients say so, come back and say so', async (t) => {
  const first = run(t, serverProgram, undefined, '--port', '0');
  await until(
    () => first.out.includes('\n'),
    () => first.err,
  );
  const port = /:(\d+)/.exec(first.out)![1]!;
  const clients = ['Alice', 'Bob'].map((name) => run(t, program, undefined, '--name', name, '--port', port));
  for (const client of clients)
    await until(
      () => client.out.includes('Connected!'),
      () => client.err,
    );
  const [alice, bob] = clients as [Running, Running];
  alice.process.stdin!.write('Bob: before\n');
  await until(
    () => bob.out.includes('Alice: before\n'),
    () => bob.out,
  );
  first.process.kill('SIGKILL');
  for (const client of clients)
    await until(
      () => client.err.includes('Disconnected.'),
      () => client.out + client.err,
    );
  run(t, serverProgram, undefined, '--port', port);
  for (const client of clients)
    await until(
      () => client.out.split('Connected!').length === 3,
      () => client.out + client.err,
    );
  alice.process.stdin!.write('Bob: after\n');
  await until(
    () => bob.out.includes('Alice: after\n'),
    () => bob.out,
  );
});
