/** `stats`, `follow`, `explain` and `show -Y`, as a user runs them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeCapture } from '../capture/index.js';
import { conversationCapture, planConversation } from '../messages/conversation.js';
import { readMessages } from '../messages/index.js';
import { repository, without } from '../testing/peer.js';
import { build, ipv4, type TcpInit, tcp } from '../wire/index.js';

const folder = mkdtempSync(join(tmpdir(), 'wirebook-'));
const capture = join(folder, 'talk.pcapng');
const csv = join(repository, 'data', 'group209186378_http_input.csv');
const plan = planConversation(await readMessages(csv));
writeFileSync(capture, encodeCapture(conversationCapture(plan), { interfaces: [{ linkType: 101 }] }));
after(() => rmSync(folder, { recursive: true }));

function wirebook(...args: string[]): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(process.execPath, [join(repository, 'dist', 'cli', 'main.js'), ...args], { encoding: 'utf8' });
}

test('stats counts packets, protocols and conversations, for people and for programs', () => {
  const { stdout } = wirebook('stats', capture);
  assert.match(stdout, /^16 packets, /);
  assert.match(stdout, /127\.0\.0\.1:55000 {2}127\.0\.0\.1:80 .*Complete, WITH_DATA \(31\)/);
  const json = JSON.parse(wirebook('stats', capture, '--json').stdout);
  assert.equal(json.packets, 16);
  assert.equal(json.conversations.tcp[0].packets, 16);
  assert.equal(json.analysis['TCP Retransmission'], 0);
});

test('follow prints the dialogue, the messages and the bytes', () => {
  assert.match(wirebook('follow', capture).stdout, /▶ 127\.0\.0\.1:55000\nGET \/index\.html HTTP\/1\.1\n/);
  assert.match(
    wirebook('follow', capture, '--as', 'raw').stdout,
    /^GET \/index\.html HTTP\/1\.1\r\nHost: web_server\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
  );
  assert.equal(wirebook('follow', capture, '--as', 'messages').stdout.trimEnd().split('\n').length, 5);
  assert.equal(JSON.parse(wirebook('follow', capture, '--json').stdout).dialogue.length, 5);
  const { status, stderr } = wirebook('follow', capture, '--stream', '9');
  assert.equal(status, 1);
  assert.match(stderr, /Cannot follow tcp stream 9 of .*: it has stream 0 alone/);
});

test('explain says what the packets show', () => {
  assert.match(wirebook('explain', capture).stdout, /is a whole connection: .*\[complete-connection\]/s);
  const findings = JSON.parse(wirebook('explain', capture, '--messages', csv, '--json').stdout);
  assert.deepEqual(
    findings.map(({ rule }: { rule: string }) => rule),
    ['no-ethernet', 'complete-connection', 'relative-numbers', 'checksums', 'messages-found'],
  );
});

test('explain prints at most 20 findings, one of every rule first, and all of them with --all', () => {
  const file = join(folder, 'refused.pcapng');
  const packets = Array.from({ length: 60 }, (_, i) => {
    const [srcPort, dstPort] = [40000 + (i >> 1), 81];
    const syn: TcpInit = { srcPort, dstPort, seq: 7, flags: 'SYN' };
    const rst: TcpInit = { srcPort: dstPort, dstPort: srcPort, seq: 0, ack: 8, flags: 'RST,ACK' };
    return { bytes: build(ipv4(), tcp(i % 2 === 0 ? syn : rst)).bytes, timestamp: BigInt(i) * 1000n };
  });
  writeFileSync(file, encodeCapture(packets, { interfaces: [{ linkType: 101 }] }));
  const short = wirebook('explain', file).stdout;
  assert.equal(short.match(/\[(?!unverified)[a-z-]+\]/g)!.length, 20);
  assert.match(short, /\[no-ethernet\].*\[checksums\].*12 more findings: --all shows every one/s);
  const whole = wirebook('explain', file, '--all').stdout;
  assert.equal(whole.match(/\[reset-refused\]/g)!.length, 30);
  assert.doesNotMatch(whole, /more finding/);
});

test('show -Y prints what the filter selects, with fields that follow from the capture', () => {
  const fields = 'frame.number,tcp.stream,tcp.completeness,tcp.seq,tcp.analysis.acks_frame';
  const { stdout } = wirebook(
    'show',
    capture,
    '-Y',
    'tcp.flags.syn == 1 || tcp.analysis.acks_frame == 1',
    '--fields',
    fields,
  );
  assert.equal(stdout, '1\t0\t0\t0\t\n2\t0\t1\t0\t1\n');
  const { status, stderr } = wirebook('show', capture, '-Y', 'tcp.prot == 80');
  assert.equal(status, 1);
  assert.match(stderr, /column 1: tcp\.prot is no field .*did you mean tcp\.port\?\n {2}tcp\.prot == 80\n {2}\^{8}/);
});

test('edges of a SACK are counted from the connection’s first byte, across the wrap of sequence numbers, as tshark counts them', {
  skip: without('tshark'),
}, () => {
  const client = { src: '10.0.0.1', dst: '10.0.0.2', ports: { srcPort: 55000, dstPort: 80 } };
  const server = { src: '10.0.0.2', dst: '10.0.0.1', ports: { srcPort: 80, dstPort: 55000 } };
  const isn = 0xffff_ff80;
  const one = ({ src, dst, ports }: typeof client, init: TcpInit, data = '') =>
    build(ipv4({ src, dst }), tcp({ ...ports, ...init }), data);
  const sack = {
    sack: [
      [(isn + 101) >>> 0, (isn + 201) >>> 0],
      [(isn + 301) >>> 0, (isn + 401) >>> 0],
    ],
  } as const;
  const packets = [
    one(client, { seq: isn, flags: 'SYN', options: ['sackPermitted'] }),
    one(server, { seq: 5000, ack: (isn + 1) >>> 0, flags: 'SYN,ACK', options: ['sackPermitted'] }),
    one(client, { seq: (isn + 1) >>> 0, ack: 5001, flags: 'ACK' }),
    one(client, { seq: (isn + 101) >>> 0, ack: 5001, flags: 'ACK' }, 'x'.repeat(100)),
    one(server, { seq: 5001, ack: (isn + 1) >>> 0, flags: 'ACK', options: ['nop', 'nop', sack] }),
  ];
  const path = join(folder, 'sack.pcapng');
  const records = packets.map(({ bytes }, i) => ({
    bytes,
    timestamp: 1_700_000_000_000_000_000n + BigInt(i) * 1_000n,
  }));
  writeFileSync(path, encodeCapture(records, { interfaces: [{ linkType: 101 }] }));
  const names = ['frame.number', 'tcp.ack', 'tcp.options.sack_le', 'tcp.options.sack_re'];
  const { stdout } = wirebook('show', path, '--fields', names.join(','));
  const fields = names.flatMap((name) => ['-e', name]);
  const { stdout: wanted } = spawnSync('tshark', ['-n', '-r', path, '-T', 'fields', ...fields], { encoding: 'utf8' });
  assert.equal(stdout, wanted);
  assert.match(stdout, /\t101,301\t201,401\n$/);
  assert.match(wirebook('show', path, '-Y', 'tcp.options.sack_le == 301').stdout, /^ +5 /);
});
