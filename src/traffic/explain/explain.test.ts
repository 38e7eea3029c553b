/** Findings rest on packets, correct what people get wrong, and are not invented. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeCapture, type PacketInit } from '../../capture/index.js';
import { conversationCapture, planConversation } from '../../messages/conversation.js';
import { parseMessages, readMessages } from '../../messages/index.js';
import { repository } from '../../testing/peer.js';
import { build, ipv4, type TcpInit, tcp } from '../../wire/index.js';
import { Traffic } from '../traffic.js';
import { explain } from './explain.js';
import { compareWays } from './ways.js';

const csv = join(repository, 'data', 'group209186378_http_input.csv');

/** The original's situation: crafted segments with seq 0, each answered by the kernel's RST. */
async function crafted(): Promise<Traffic> {
  const packets: PacketInit[] = [];
  let at = 1_700_000_000_000_000_000n;
  const put = (init: TcpInit, payload = '') => {
    at += 1_000_000n;
    packets.push({ bytes: build(ipv4(), tcp(init), payload).bytes, timestamp: at });
  };
  for (const { message, srcApp } of await readMessages(csv)) {
    const [srcPort, dstPort] = srcApp === 'client_browser' ? [55000, 80] : [80, 55000];
    put({ srcPort, dstPort, seq: 0, ack: 0, flags: 'PSH,ACK' }, message);
    put({ srcPort: dstPort, dstPort: srcPort, seq: 0, flags: 'RST', window: 0 });
  }
  return Traffic.read(encodeCapture(packets, { interfaces: [{ linkType: 101 }] }));
}

async function conversation(): Promise<Traffic> {
  const plan = planConversation(await readMessages(csv));
  return Traffic.read(encodeCapture(conversationCapture(plan), { interfaces: [{ linkType: 101 }] }));
}

test('the original’s situation is explained: no handshake, resets, numbers that stay, what only looks retransmitted', async () => {
  const findings = explain(await crafted(), await readMessages(csv));
  assert.deepEqual(
    findings.map(({ rule, packets }) => [rule, packets]),
    [
      ['no-ethernet', [1]],
      ['no-handshake', [1, 3, 5, 7, 9]],
      ['ack-without-connection', [1, 3, 5, 7, 9]],
      ['reset-no-connection', [2, 4, 6, 8, 10]],
      ['seq-not-advancing', [1, 5, 9]],
      ['looks-retransmitted', [5, 9]],
      ['seq-not-advancing', [3, 7]],
      ['looks-retransmitted', [7]],
      ['relative-numbers', [1]],
      ['checksums', []],
      ['messages-found', [1, 3, 5, 7, 9]],
    ],
  );
  const said = new Map(findings.map(({ rule, sentence, why }) => [rule, `${sentence} ${why}`]));
  assert.match(said.get('reset-no-connection')!, /no connection.*no crash/);
  assert.match(said.get('looks-retransmitted')!, /nothing was sent again/);
  assert.match(said.get('relative-numbers')!, /Seq=1 for #1; on the wire the number is 0/);
  assert.match(said.get('ack-without-connection')!, /does not say that a connection exists/);
  assert.match(said.get('checksums')!, /unverified.*nothing about offloading/);
});

test('on a clean conversation nothing is invented', async () => {
  const findings = explain(await conversation(), await readMessages(csv));
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ['no-ethernet', 'complete-connection', 'relative-numbers', 'checksums', 'messages-found'],
  );
});

test('data without a SYN and without resets leaves open whether there was a handshake', async () => {
  const packet = build(ipv4(), tcp({ srcPort: 5000, dstPort: 80, seq: 7, ack: 9, flags: 'PSH,ACK' }), 'x');
  const bytes = encodeCapture([{ bytes: packet.bytes, timestamp: 0n }], { interfaces: [{ linkType: 101 }] });
  const findings = explain(await Traffic.read(bytes));
  const finding = findings.find(({ rule }) => rule === 'no-handshake')!;
  assert.match(finding.why, /Either the capture began after them, or there never were any/);
  assert.ok(!findings.some(({ rule }) => rule === 'ack-without-connection'));
});

test('a refused port is told from a connection that does not exist', async () => {
  const packets = [
    build(ipv4(), tcp({ srcPort: 5000, dstPort: 81, seq: 7, flags: 'SYN' })),
    build(ipv4(), tcp({ srcPort: 81, dstPort: 5000, seq: 0, ack: 8, flags: 'RST,ACK', window: 0 })),
  ];
  const init = packets.map(({ bytes }, i) => ({ bytes, timestamp: BigInt(i) * 1000n }));
  const findings = explain(await Traffic.read(encodeCapture(init, { interfaces: [{ linkType: 101 }] })));
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ['no-ethernet', 'reset-refused', 'checksums'],
  );
});

test('real retransmissions are not said to look like one', async () => {
  const messages = Array.from({ length: 6 }, (_, i) => ({
    msgId: String(i),
    appProtocol: 'TCP',
    srcApp: 'client_browser',
    dstApp: 'web_server',
    message: 'a'.repeat(9000),
    timestamp: i,
    line: i + 2,
  }));
  const plan = planConversation(messages, { faults: { loss: 0.1, seed: 2 } });
  const traffic = await Traffic.read(encodeCapture(conversationCapture(plan), { interfaces: [{ linkType: 101 }] }));
  const rules = explain(traffic).map(({ rule }) => rule);
  assert.ok(rules.includes('retransmission'));
  assert.ok(!rules.includes('looks-retransmitted') && !rules.includes('seq-not-advancing'));
});

test('the ways to send are put side by side', async () => {
  const rows = compareWays({ crafted: await crafted(), conversation: await conversation() });
  assert.deepEqual(
    rows.map(({ way, packets, handshakes, farewells, resets, flagged }) => [
      way,
      packets,
      handshakes,
      farewells,
      resets,
      flagged,
    ]),
    [
      ['crafted', 10, 0, 0, 5, 3],
      ['conversation', 16, 1, 1, 0, 0],
    ],
  );
});

test('Wrong checksums of a machine that speaks to itself are not called damage, and those of others may be', async () => {
  const why = async (src: string, dst: string): Promise<string | undefined> => {
    const { bytes } = build(ipv4({ src, dst }), tcp({ checksum: 1 }));
    const traffic = await Traffic.read(encodeCapture([{ bytes, timestamp: 0n }], { interfaces: [{ linkType: 101 }] }));
    return explain(traffic).find(({ rule }) => rule === 'wrong-checksums')?.why;
  };
  assert.match((await why('127.0.0.1', '127.0.0.1'))!, /from a machine to itself/);
  assert.match((await why('192.0.2.1', '127.0.0.1'))!, /A receiver would drop them/);
});

test('rows of DNS are found in the DNS messages that carry them, and one that no packet carries is missed', async () => {
  const { messages } = parseMessages(`msg_id,app_protocol,src_app,dst_app,message,timestamp
1,DNS,laptop,resolver,Query: Example.com,0
2,DNS,resolver,laptop,Response: 192.0.2.1,1
3,DNS,laptop,resolver,A? nowhere.example,2
4,DNS,resolver,laptop,NXDOMAIN nowhere.example,3
`);
  const traffic = await Traffic.read(
    encodeCapture(conversationCapture(planConversation(messages)), { interfaces: [{ linkType: 101 }] }),
  );
  const about = (rows: readonly { msgId: string; message: string }[]) =>
    explain(traffic, rows).flatMap(({ rule, sentence }) => (rule.startsWith('message') ? [sentence] : []));
  assert.deepEqual(about(messages), ['Messages in packets: 1 in #1, 2 in #2, 3 in #3, 4 in #4.']);
  assert.match(about([{ msgId: '9', message: 'Query: example.org' }]).join(), /No packet begins with message 9/);
});

test('what the messages of the ways differ in stands below the comparison', async () => {
  const ways = compareWays({ crafted: await crafted() }, ['real has other ports']);
  assert.match(String(ways), /packets[\s\S]*\nreal has other ports$/);
});
