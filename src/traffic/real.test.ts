/** Traffic of real kernels, captured where the test makes it, judged as tshark judges it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { without } from '../testing/peer.js';
import { differences, followDifferences, inspect } from '../testing/traffic-truth.js';

/** Sends 400 kB to each client and answers requests over HTTP; says its port. */
const server = `
const net = require('node:net'), http = require('node:http');
const web = http.createServer((_, response) => response.end('hello'.repeat(2000)));
const bulk = net.createServer((socket) => { socket.on('error', () => {}); socket.end(Buffer.alloc(400000, 97)); });
web.listen(0, '10.9.0.1', () => bulk.listen(0, '10.9.0.1', () => console.log(web.address().port, bulk.address().port)));
setTimeout(() => process.exit(), 20000);`;

/** A web client, a bulk reader, a slow reader, a flood of short connections, one that resets, a refused one. */
const client = `
const net = require('node:net'), http = require('node:http');
const [web, bulk] = process.argv.slice(1).map(Number);
const host = '10.9.0.1';
const done = (socket) => new Promise((resolve) => socket.on('close', resolve).on('error', () => {}));
const read = (slow) => { const socket = net.connect({ port: bulk, host }); socket.on('data', () => {
  if (slow) { socket.pause(); setTimeout(() => socket.resume(), 25); } }); return done(socket); };
const get = () => new Promise((resolve) => http.get({ host, port: web, agent: false }, (r) => r.resume().on('end', resolve)));
(async () => {
  await Promise.all([get(), read(false), read(true), ...Array.from({ length: 30 }, get)]);
  const socket = net.connect({ port: bulk, host }); socket.once('data', () => socket.resetAndDestroy()); await done(socket);
  await done(net.connect({ port: 1, host }));
})();`;

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  assert.equal(status, 0, `ip ${args.join(' ')}: ${stderr}`);
}

/** Two network namespaces with a link between them, narrow enough to lose packets where the kernel has a way. */
function link(a: string, b: string): void {
  ip('netns', 'add', a);
  ip('netns', 'add', b);
  ip('-n', a, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', b);
  for (const [space, address] of [
    [a, '10.9.0.1/24'],
    [b, '10.9.0.2/24'],
  ] as const) {
    ip('-n', space, 'address', 'add', address, 'dev', 'wire');
    ip('-n', space, 'link', 'set', 'wire', 'up');
  }
  // A token bucket with a short queue drops what does not fit. Without it the link loses nothing, and the test still holds.
  spawnSync('ip', [
    'netns',
    'exec',
    a,
    'tc',
    ...'qdisc add dev wire root tbf rate 30mbit burst 8k limit 16k'.split(' '),
  ]);
}

test('a web server, bulk transfers, a slow reader and losses between two namespaces are judged as tshark does', {
  skip: without('root', 'ip', 'tcpdump', 'tshark'),
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-'));
  const [a, b] = [`wba${process.pid}`, `wbb${process.pid}`];
  const path = join(folder, 'real.pcap');
  const running: ChildProcess[] = [];
  const start = (space: string, command: string, ...args: string[]) => {
    const child = spawn('ip', ['netns', 'exec', space, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    running.push(child);
    return child;
  };
  try {
    link(a, b);
    const sniffer = start(b, 'tcpdump', '-i', 'wire', '-w', path, '-U', '--immediate-mode', '-Z', 'root', 'tcp');
    await once(sniffer.stderr!, 'data');
    const serving = start(a, process.execPath, '-e', server);
    const [ports] = (await once(serving.stdout!, 'data')) as [Buffer];
    const using = start(b, process.execPath, '-e', client, ...ports.toString().trim().split(' '));
    await once(using, 'exit');
    // What the kernel still holds for the sniffer.
    await sleep(500);
    sniffer.kill('SIGINT');
    await once(sniffer, 'exit');
    const truth = await inspect(path);
    assert.ok(truth.rows.length > 300, `${truth.rows.length} packets`);
    assert.ok(truth.traffic.streams.length >= 35, `${truth.traffic.streams.length} streams`);
    assert.deepEqual(differences(truth), []);
    assert.deepEqual(followDifferences(truth), []);
  } finally {
    for (const child of running) if (child.exitCode === null) child.kill('SIGKILL');
    for (const space of [a, b]) spawnSync('ip', ['netns', 'del', space]);
    rmSync(folder, { recursive: true });
  }
});
