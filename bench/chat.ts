// How fast the chat is, how fair, and what it costs: side by side with ngircd, where installed, and a naive relay.
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Dialect, Job, Result } from './chat-load.js';
import { measure, median, quantile, type RunOptions, type Tell } from './harness.js';

interface Running {
  readonly port: number;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

const noFloodControl = JSON.stringify({ linesPerSecond: 'Infinity' });

export async function run(options: RunOptions): Promise<void> {
  await measure(options, async ({ quick, tell }) => {
    await throughput(quick, tell);
    await fairness(quick, tell);
    await stoppedReader(quick, tell);
    await idleClients(quick, tell);
  });
}

async function throughput(quick: boolean, tell: Tell): Promise<void> {
  const rounds = quick ? 2 : 5;
  const total = quick ? 100_000 : 300_000;
  const ircd = findNgircd();
  for (const pairs of [1, 50]) {
    const messages = total / pairs;
    const rates = new Map<string, number[]>();
    let faults = 0;
    const measure = async (name: string, dialect: Dialect, start: () => Promise<Running>, more: Partial<Job> = {}) => {
      const server = await start();
      const result = await load({ kind: 'throughput', port: server.port, dialect, pairs, messages, ...more });
      await server.stop();
      rates.set(name, [...(rates.get(name) ?? []), result.received / result.seconds]);
      if (name.startsWith('wirebook')) faults += result.faults;
      else if (result.faults > 0) console.error(`${name}: ${result.faults} messages missing or out of order`);
    };
    for (let round = 0; round < rounds; round++) {
      await measure('load generator', 'echo', () => forked('echo.js'));
      await measure('wirebook', 'line', () => forked('chat-host.js', noFloodControl));
      await measure('naive relay', 'line', () => forked('naive-relay.js'));
      if (ircd !== undefined) await measure('ngircd', 'irc', () => ngircd(ircd));
      await measure('wirebook with receipts', 'line', () => forked('chat-host.js', noFloodControl), { tagged: true });
    }
    const medianOf = (name: string): number => median(rates.get(name)!);
    const what = `${pairs}→${pairs}, 64-byte messages`;
    tell({ name: `${what}: load generator against an echo`, value: medianOf('load generator'), unit: 'messages/s' });
    // Pairs of one round are compared, since the machine changes from round to round.
    const ratio = (a: string, b: string): number => median(rates.get(a)!.map((rate, i) => rate / rates.get(b)![i]!));
    if (ircd !== undefined) {
      tell({ name: `${what}: ngircd`, value: medianOf('ngircd'), unit: 'messages/s' });
      tell({
        name: what,
        value: medianOf('wirebook'),
        unit: 'messages/s',
        peer: 'ngircd',
        ratio: ratio('wirebook', 'ngircd'),
        wanted: '≥ 1.0',
      });
    }
    tell({ name: `${what}: naive relay`, value: medianOf('naive relay'), unit: 'messages/s' });
    tell({
      name: what,
      value: medianOf('wirebook'),
      unit: 'messages/s',
      peer: 'naive relay',
      ratio: ratio('wirebook', 'naive relay'),
      wanted: '≥ 0.9',
    });
    tell({
      name: `${what}, a receipt for each`,
      value: medianOf('wirebook with receipts'),
      unit: 'messages/s',
      peer: 'wirebook without receipts',
      ratio: ratio('wirebook with receipts', 'wirebook'),
    });
    tell({ name: `${what}: lost or reordered`, value: faults, unit: 'messages', wanted: '0' });
  }
}

/**
 * Ten pairs that write 50 messages a second, alone, and while one floods and one who is written to does not read: as
 * people meet it, and with flood control off, when the flood itself takes one of the machine's processors.
 */
async function fairness(quick: boolean, tell: Tell): Promise<void> {
  const messages = quick ? 100 : 300;
  const quiet: number[] = [];
  const noisy: number[] = [];
  const unlimited: number[] = [];
  let faults = 0;
  for (let round = 0; round < (quick ? 1 : 5); round++) {
    for (const list of [quiet, noisy, unlimited]) {
      const server = await forked('chat-host.js', list === unlimited ? noFloodControl : '{}');
      const job = { port: server.port, dialect: 'line', pairs: 10, messages } as const;
      const noise =
        list === quiet
          ? []
          : await Promise.all([
              loading({ ...job, kind: 'flood', letter: 'f', messages: 10_000 }),
              // Large messages, so that the allowance suffices to fill what the operating system buffers.
              loading({ ...job, kind: 'stopped', letter: 't', messages: 15_000, size: 4000 }),
            ]);
      const result = await load({ ...job, kind: 'latency' });
      for (const process of noise) process.kill('SIGKILL');
      await server.stop();
      list.push(quantile(result.latencies!, 0.99));
      faults += result.faults;
    }
  }
  const ratio = (list: number[]): number => median(list.map((value, i) => value / quiet[i]!));
  const what = 'delivery of 10 pairs, 99th percentile';
  const beside = `${what}, beside a flooder and a stopped reader`;
  tell({ name: `${what}, quiet`, value: median(quiet), unit: 'ms' });
  tell({ name: beside, value: median(noisy), unit: 'ms', peer: 'quiet', ratio: ratio(noisy), wanted: '≤ 2' });
  tell({
    name: `${beside}, flood control off`,
    value: median(unlimited),
    unit: 'ms',
    peer: 'quiet',
    ratio: ratio(unlimited),
  });
  tell({ name: 'lost or reordered beside them', value: faults, unit: 'messages', wanted: '0' });
}

async function stoppedReader(quick: boolean, tell: Tell): Promise<void> {
  const messages = Math.ceil((quick ? 15e6 : 60e6) / 73);
  const grown: number[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const server = await forked('chat-host.js', noFloodControl);
    const job = { port: server.port, dialect: 'line', pairs: 1 } as const;
    const before = (await ask(server)).rss;
    let most = before;
    const done = load({ ...job, kind: 'stopped', letter: 't', messages });
    let isDone = false;
    void done.then(() => {
      isDone = true;
    });
    while (!isDone) {
      await sleep(50);
      most = Math.max(most, (await ask(server)).rss);
    }
    await server.stop();
    grown.push((most - before) / 1e6);
  }
  tell({
    name: `${quick ? 15 : 60} MB sent to a reader that has stopped: memory grown`,
    value: median(grown),
    unit: 'MB',
    wanted: '≤ 10',
  });
}

async function idleClients(quick: boolean, tell: Tell): Promise<void> {
  const clients = quick ? 1000 : 5000;
  const server = await forked('chat-host.js', '{}');
  const job = { port: server.port, dialect: 'line', messages: 0 } as const;
  // The first hundred pay for what all use.
  const first = await loading({ ...job, kind: 'idle', letter: 'w', pairs: 100 });
  await sleep(500);
  const before = await ask(server);
  const start = performance.now();
  const all = await loading({ ...job, kind: 'idle', pairs: clients });
  const seconds = (performance.now() - start) / 1000;
  await sleep(1500);
  const after = await ask(server);
  const count = after.clients - before.clients;
  tell({ name: 'clients logged in and idle', value: count, unit: 'clients', wanted: String(clients) });
  tell({
    name: 'memory of an idle client, sockets of node included',
    value: (after.rss - before.rss) / count / 1000,
    unit: 'kB',
  });
  tell({
    name: 'connect and log in, start of the load process included',
    value: count / seconds,
    unit: 'clients/s',
    wanted: '≥ 1000',
  });
  for (const process of [first, all]) process.kill('SIGKILL');
  await server.stop();
}

/** Runs a load to its end. */
async function load(job: Job): Promise<Result> {
  const process = fork(fileURLToPath(new URL('chat-load.js', import.meta.url)), { serialization: 'advanced' });
  const result = new Promise<Result>((resolve, reject) => {
    process.on('message', (message: { result?: Result }) => {
      if (message.result !== undefined) resolve(message.result);
    });
    process.once('exit', () => reject(new Error(`The load ${job.kind} ended without a result`)));
  });
  process.send(job);
  const value = await result;
  process.removeAllListeners('exit');
  process.kill();
  return value;
}

/** Starts a load and returns once it is under way. */
async function loading(job: Job): Promise<ChildProcess> {
  const process = fork(fileURLToPath(new URL('chat-load.js', import.meta.url)), { serialization: 'advanced' });
  process.send(job);
  await new Promise<void>((resolve, reject) => {
    process.on('message', (message: { started?: boolean }) => {
      if (message.started) resolve();
    });
    process.once('exit', () => reject(new Error(`The load ${job.kind} did not start`)));
  });
  return process;
}

async function forked(file: string, ...parameters: string[]): Promise<Running> {
  const process = fork(fileURLToPath(new URL(file, import.meta.url)), parameters, { execArgv: [] });
  const { port } = await answer<{ port: number }>(process);
  return { port, process, stop: () => stop(process) };
}

function ask({ process }: Running): Promise<{ rss: number; clients: number }> {
  process.send({});
  return answer(process);
}

function answer<Value>(process: ChildProcess): Promise<Value> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('A server ended before it answered'));
    process.once('exit', ended);
    process.once('message', (message) => {
      process.off('exit', ended);
      resolve(message as Value);
    });
  });
}

async function stop(process: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => process.once('exit', resolve));
  process.kill('SIGKILL');
  await ended;
}

function findNgircd(): string | undefined {
  return ['ngircd', '/usr/sbin/ngircd'].find(
    (file) => spawnSync(file, ['--version'], { stdio: 'ignore' }).status === 0,
  );
}

/** An ngircd of our own on loopback, without its limits on clients and speed. */
async function ngircd(file: string): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-bench-'));
  const port = await freePort();
  const config = join(folder, 'ngircd.conf');
  writeFileSync(
    config,
    `[Global]
Name = bench.localhost
Info = bench
Listen = 127.0.0.1
Ports = ${port}
ServerUID = ${process.getuid?.() ?? 0}
ServerGID = ${process.getgid?.() ?? 0}
MotdPhrase = bench
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxPenaltyTime = 0
PingTimeout = 600
[Options]
DNS = no
Ident = no
PAM = no
SyslogFacility = local1
`,
  );
  const process_ = spawn(file, ['--nodaemon', '--config', config], { stdio: 'ignore' });
  for (let i = 0; i < 50 && !(await isOpen(port)); i++) await sleep(100);
  return {
    port,
    process: process_,
    stop: async () => {
      await stop(process_);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? address!.port : 0;
}

async function isOpen(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
