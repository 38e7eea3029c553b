/** The written conversations: correct TCP to the eyes of tshark, true to the rows' times, and faults that show. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeCapture, readCapture } from '../capture/index.js';
import { repository, without } from '../testing/peer.js';
import { Traffic } from '../traffic/index.js';
import { Tcp } from '../wire/index.js';
import { type ConversationOptions, conversationCapture, planConversation } from './conversation.js';
import { type Message, readMessages } from './index.js';

const csv = join(repository, 'data', 'group209186378_http_input.csv');

function row(i: number, more: Partial<Message>): Message {
  const base = {
    srcApp: 'client_browser',
    dstApp: 'web_server',
    appProtocol: 'TCP',
    message: 'hello',
    timestamp: i / 10,
  };
  return { msgId: String(i), line: i + 1, ...base, ...more };
}

function captureOf(messages: Iterable<Message>, options?: ConversationOptions): Uint8Array {
  return encodeCapture(conversationCapture(planConversation(messages, options)), { interfaces: [{ linkType: 101 }] });
}

function tshark(bytes: Uint8Array, ...options: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-'));
  try {
    const path = join(folder, 'c.pcapng');
    writeFileSync(path, bytes);
    const checks = ['tcp', 'ip', 'udp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
    const { stdout, status, stderr } = spawnSync('tshark', ['-n', '-r', path, ...checks, ...options], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    return stdout.split('\n').filter((line) => line !== '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const suspicious =
  'tcp.analysis.flags || tcp.checksum.status == 0 || ip.checksum.status == 0 || udp.checksum.status == 0 || _ws.malformed || _ws.expert.severity > 0x400000';

test('tshark finds nothing to mark in the conversation of the example and reads every row as HTTP', {
  skip: without('tshark'),
}, async () => {
  const bytes = captureOf(await readMessages(csv));
  const columns = ['http.request.method', 'http.response.code', 'tcp.completeness'].flatMap((field) => ['-e', field]);
  const lines = tshark(bytes, '-2', '-T', 'fields', ...columns).map((line) => line.split('\t'));
  assert.deepEqual(
    lines.map(([method, code]) => method || code).filter((what) => what !== ''),
    ['GET', '200', 'GET', '200', 'POST'],
  );
  assert.equal(lines[0]![2], '31');
  assert.deepEqual(tshark(bytes, '-Y', suspicious), []);
});

test('tshark finds nothing to mark in long messages, small segments, many pairs and IPv6', {
  skip: without('tshark'),
}, () => {
  const messages = Array.from({ length: 40 }, (_, i) => {
    const [srcApp, dstApp] = i % 3 === 0 ? ['a', `b${i % 4}`] : [`b${i % 4}`, 'a'];
    return row(i, { srcApp, dstApp, message: 'y'.repeat(1 + ((i * 7919) % 20_000)), timestamp: (i * 13) / 1000 });
  });
  for (const options of [{}, { mss: 536 }, { clientAddress: '::1', serverAddress: '::1' }, { delayUs: 20_000 }])
    assert.deepEqual(tshark(captureOf(messages, options), '-Y', suspicious), [], JSON.stringify(options));
});

test('the first segment of each row has the row’s time to the microsecond and its msg_id', async () => {
  const messages = [...(await readMessages(csv))];
  const start = 1_700_000_000_000_000_000n;
  const frames = await readCapture(captureOf(messages));
  for (const { msgId, timestamp, message } of messages) {
    const frame = frames.find(({ comments }) => comments.some((text) => text.startsWith(`msg_id=${msgId} `)))!;
    assert.equal(frame.timestamp! - start, BigInt(Math.round(timestamp * 1e6)) * 1000n);
    const { packet } = (Traffic.of([frame]) as Traffic).packets[0]!;
    assert.ok(new TextDecoder().decode(packet.get(Tcp)!.payload).startsWith(message));
  }
});

test('rows of DNS become DNS messages over UDP, a response with the query’s identification', {
  skip: without('tshark'),
}, () => {
  const ports = { srcApp: 'laptop', dstApp: 'resolver', srcPort: 40_000, dstPort: 53, appProtocol: 'DNS' };
  const back = { srcApp: 'resolver', dstApp: 'laptop', srcPort: 53, dstPort: 40_000, appProtocol: 'DNS' };
  const bytes = captureOf([
    row(1, { ...ports, message: 'Query AAAA www.example.com' }),
    row(2, { ...back, message: 'Response: 2001:db8::7' }),
    row(3, { ...ports, message: 'what is nowhere.example?' }),
    row(4, { ...back, message: 'NXDOMAIN nowhere.example' }),
  ]);
  const lines = tshark(
    bytes,
    '-T',
    'fields',
    ...['dns.qry.name', 'dns.qry.type', 'dns.aaaa', 'dns.flags.rcode', 'dns.id'].flatMap((f) => ['-e', f]),
  );
  const rows = lines.map((line) => line.split('\t'));
  assert.deepEqual(
    rows.map((cells) => cells.slice(0, 4).join(' ')),
    ['www.example.com 28  ', 'www.example.com 28 2001:db8::7 0', 'nowhere.example 1  ', 'nowhere.example 1  3'],
  );
  assert.equal(rows[0]![4], rows[1]![4]);
  assert.equal(rows[2]![4], rows[3]![4]);
  assert.deepEqual(tshark(bytes, '-Y', suspicious), []);
});

test('tshark names the faults that were put in, each as often as it was put in', { skip: without('tshark') }, () => {
  const messages = Array.from({ length: 30 }, (_, i) => {
    const [srcApp, dstApp] = i % 2 ? ['web_server', 'client_browser'] : ['client_browser', 'web_server'];
    return row(i, { srcApp, dstApp, message: 'z'.repeat(6000), timestamp: 0.1 + i });
  });
  const marks = ['retransmission', 'spurious_retransmission', 'out_of_order'].map((mark) => `tcp.analysis.${mark}`);
  for (const faults of [{ loss: 0.03 }, { duplication: 0.08 }, { reordering: 0.08 }]) {
    const options = { faults: { seed: 11, ...faults } };
    const put = planConversation(messages, options).faults.map(({ kind, from }) => `${kind} of the ${from}`);
    const columns = ['tcp.srcport', ...marks].flatMap((field) => ['-e', field]);
    const seen = tshark(captureOf(messages, options), '-T', 'fields', ...columns).flatMap((line) => {
      const [port, repeated, spurious, late] = line.split('\t');
      const kind = spurious ? 'duplication' : repeated ? 'loss' : late ? 'reordering' : undefined;
      return kind ? [`${kind} of the ${port === '80' ? 'server' : 'client'}`] : [];
    });
    assert.ok(put.length > 2, `${put.length} faults`);
    // The capture is the client's: what happens to its segments on their way it learns from acknowledgments alone.
    const visible = put.filter((fault) => fault !== 'reordering of the client');
    assert.deepEqual(seen.sort(), visible.sort(), JSON.stringify(faults));
  }
});

test('a plan with faults is the same for the same seed, and whole: every byte reaches the other side', async () => {
  const messages = Array.from({ length: 20 }, (_, i) => row(i, { message: String(i % 10).repeat(3000) }));
  const options = { faults: { seed: 3, loss: 0.2, duplication: 0.1, reordering: 0.2, delayUs: 500 } };
  assert.deepEqual(captureOf(messages, options), captureOf(messages, options));
  const traffic = Traffic.of(await readCapture(captureOf(messages, options)));
  const text = new TextDecoder().decode(traffic.follow(0).bytes(false));
  assert.equal(text, messages.map(({ message }) => message).join(''));
});

test('options out of range are refused', () => {
  assert.throws(() => planConversation([], { mss: 0 }), /mss 0/);
  assert.throws(() => planConversation([], { delayUs: 0 }), /delayUs 0/);
  assert.throws(() => planConversation([], { clientAddress: '::1' }), /one version of IP/);
  assert.throws(() => planConversation([row(1, {})], { faults: { loss: 1 } }), /loss 1/);
});
