import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ChatServer, formatEvent, logTo } from './server.js';
import { certificate, key } from './testing/certificate.js';
import { RawPeer } from './testing/chat-peer.js';

const program = fileURLToPath(new URL('server.js', import.meta.url));

interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;
  out: string;
  err: string;
}

function run(t: TestContext, file: string, ...parameters: string[]): Running {
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
  return running;
}

async function until(isSo: () => boolean, what: () => string): Promise<void> {
  for (let i = 0; i < 800; i++) {
    if (isSo()) return;
    await sleep(10);
  }
  assert.fail(`never: ${what()}`);
}

async function listening(running: Running): Promise<number> {
  await until(
    () => /listening on .*\n/.test(running.out),
    () => running.out + running.err,
  );
  return Number(/:(\d+)/.exec(running.out)![1]);
}

function folder(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'wirebook-chat-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

test('the server prints what the original prints, and stops on SIGINT having told its clients', async (t) => {
  const server = run(t, program, '--port', '0');
  const port = await listening(server);
  const alice = await RawPeer.login(port, 'Alice');
  const bob = await RawPeer.login(port, 'Bob');
  alice.write('#1 Bob: Hello\n');
  assert.equal(await bob.said(), 'Alice: Hello');
  bob.write('/quit\n');
  await bob.closed();
  await until(
    () => server.out.includes("[-] User 'Bob'"),
    () => server.out,
  );
  alice.socket.once('end', () => alice.socket.end());
  server.process.kill('SIGINT');
  assert.match(await alice.closed(), /\* bye SHUTDOWN :/);
  assert.equal(await server.ended, 0);
  assert.deepEqual(server.out.split('\n'), [
    `[*] Server listening on 127.0.0.1:${port}`,
    "[+] User 'Alice' connected.",
    "[+] User 'Bob' connected.",
    '[Alice]: Bob: Hello',
    "[-] User 'Bob' disconnected.",
    "[-] User 'Alice' disconnected. (shutdown)",
    '[*] Server stopped',
    '',
  ]);
  assert.equal(server.err, '');
});

test('the server runs through a symbolic link, and writes events as JSON', async (t) => {
  const link = join(folder(t), 'chat-server');
  symlinkSync(program, link);
  const server = run(t, link, '--port', '0', '--log', 'json');
  await until(
    () => server.out.includes('\n'),
    () => server.out + server.err,
  );
  const { type, port } = JSON.parse(server.out);
  assert.equal(type, 'listening');
  await RawPeer.login(port, 'Alice');
  await until(
    () => server.out.split('\n').length > 2,
    () => server.out,
  );
  const event = JSON.parse(server.out.split('\n')[1]!);
  assert.deepEqual([event.type, event.name, event.dialect], ['join', 'Alice', 'line']);
});

test('importing the modules starts nothing', async () => {
  const server = await import('./server.js');
  const client = await import('./client.js');
  assert.equal(typeof server.ChatServer, 'function');
  assert.equal(typeof client.ChatClient, 'function');
});

test('a fault of the command line is one line and an exit code', async (t) => {
  const path = folder(t, { 'bad.pem': 'x', 'cert.pem': certificate, 'key.pem': key, empty: '\n' });
  const taken = run(t, program, '--port', '0');
  const port = await listening(taken);
  const faults: readonly [string[], RegExp][] = [
    [['--port', String(port)], /^Cannot listen on 127\.0\.0\.1:\d+: the port is in use/],
    [['--port', 'http'], /^Cannot use port http/],
    [
      ['--port', '0', '--tls-cert', join(path, 'none'), '--tls-key', join(path, 'none')],
      /^Cannot read the certificate .*no such file/,
    ],
    [
      ['--port', '0', '--tls-cert', join(path, 'bad.pem'), '--tls-key', join(path, 'key.pem')],
      /^Cannot use the certificate/,
    ],
    [['--port', '0', '--tls-cert', join(path, 'cert.pem')], /^Cannot speak TLS/],
    [['--port', '0', '--password-file', join(path, 'empty')], /^Cannot use the password file/],
    [['--port', '0', '--max-clients', 'many'], /^Cannot use many/],
  ];
  const runs = faults.map(([parameters]) => run(t, program, ...parameters));
  for (const [i, running] of runs.entries()) {
    assert.equal(await running.ended, 1);
    assert.match(running.err, faults[i]![1]);
    assert.equal(running.err.trimEnd().split('\n').length, 1, running.err);
    assert.equal(running.out, '');
  }
});

test('--help shows examples', async (t) => {
  const running = run(t, program, '--help');
  assert.equal(await running.ended, 0);
  assert.match(running.out, /Examples:\n {2}npm run server/);
});

test('a reader of the output that goes away does not stop the server', async (t) => {
  const server = run(t, program, '--port', '0');
  const port = await listening(server);
  server.process.stdout!.destroy();
  const alice = await RawPeer.login(port, 'Alice');
  for (let i = 0; i < 3; i++) {
    alice.write(`Alice: ${i}\n`);
    assert.equal(await alice.line(), `Alice: ${i}`);
    await sleep(20);
  }
});

test('a reader of the output that stops reading does not stop the chat, and learns what it missed', async (t) => {
  const process = spawn(globalThis.process.execPath, [program, '--port', '0'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => process.kill('SIGKILL'));
  const [first] = (await once(process.stdout, 'data')) as [Buffer];
  process.stdout.pause();
  const alice = await RawPeer.login(Number(/:(\d+)/.exec(first.toString())![1]), 'Alice');
  const text = 'x'.repeat(4000);
  for (let i = 0; i < 900; i++) {
    alice.write(`Alice: ${text}\n`);
    assert.equal(await alice.line(), `Alice: ${text}`);
  }
  let out = '';
  process.stdout.on('data', (chunk) => {
    out += chunk;
  });
  process.stdout.resume();
  await until(
    () => /\n\[!\] \d+ lines were dropped here/.test(out),
    () => out.slice(-200),
  );
});

test('kill -9 of a client under load leaves the others talking, and its name free', async (t) => {
  const server = run(t, program, '--port', '0');
  const port = await listening(server);
  const client = fileURLToPath(new URL('client.js', import.meta.url));
  const victim = run(t, client, '--name', 'Victim', '--port', String(port));
  await until(
    () => victim.out.includes('Connected'),
    () => victim.out + victim.err,
  );
  const [alice, bob] = [await RawPeer.login(port, 'Alice'), await RawPeer.login(port, 'Bob')];
  victim.process.stdin!.write(Array.from({ length: 400 }, (_, i) => `Alice: ${i}\n`).join(''));
  for (let i = 0; i < 100; i++) {
    bob.write(`Victim: ${i}\nAlice: ${i}\n`);
    if (i === 50) victim.process.kill('SIGKILL');
  }
  let next = 0;
  while (next < 100) {
    const line = await alice.said();
    if (line.startsWith('Bob: ')) assert.equal(line, `Bob: ${next++}`);
  }
  await victim.ended;
  await RawPeer.login(port, 'Victim');
});

test('warnings are told whatever is logged, and nothing else with --log none', async (t) => {
  for (const [log, expected] of [
    ['none', ['! [!] late']],
    ['text', ["[+] User 'Al' connected.", '[!] late']],
    ['json', ['{"type":"join"', '{"type":"warning"']],
  ] as const) {
    const lines: string[] = [];
    const tell = logTo(log, { write: (line) => lines.push(line), warn: (line) => lines.push(`! ${line}`) });
    tell({ type: 'join', at: 0, name: 'Al', remote: '', dialect: 'line' });
    tell({ type: 'warning', at: 0, text: 'late' });
    assert.deepEqual(
      lines.map((line, i) => line.slice(0, expected[i]?.length)),
      expected,
    );
  }
  const free = new ChatServer();
  const { port } = await free.listen({ port: 0 });
  await free.close();
  const silent = run(t, program, '--port', String(port), '--log', 'none');
  let alice: RawPeer | undefined;
  for (let i = 0; i < 400 && alice === undefined; i++) {
    await sleep(20);
    alice = await RawPeer.login(port, 'Alice').catch(() => undefined);
  }
  alice?.close();
  silent.process.kill('SIGINT');
  assert.equal(await silent.ended, 0);
  assert.equal(silent.out + silent.err, '');
});

test('formatEvent() shows an event as the original did', () => {
  const at = 0;
  assert.equal(
    formatEvent({ type: 'listening', at, host: '::1', port: 1, tls: true }),
    '[*] Server listening on [::1]:1 (TLS)',
  );
  assert.equal(
    formatEvent({ type: 'leave', at, name: 'Bob', remote: '', reason: 'slow' }),
    "[-] User 'Bob' disconnected. (slow)",
  );
});
