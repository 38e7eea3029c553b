import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { encodeCapture, LinkType, type PacketInit, readCapture } from '../capture/index.js';
import { Sniffer } from '../raw/index.js';
import { without } from '../testing/peer.js';
import { explain, Traffic } from '../traffic/index.js';
import { planConversation } from './conversation.js';
import { planCrafted } from './craft.js';
import type { Message } from './message.js';
import { parseMessages } from './read.js';
import { RealExchange } from './real.js';

const header = 'msg_id,app_protocol,src_app,dst_app,message,timestamp';
const table = parseMessages(`${header}
1,HTTP,browser,server,GET / HTTP/1.1,0.01
2,HTTP,server,browser,HTTP/1.1 200 OK,0.02
3,DNS,browser,resolver,query example.org,0
4,DNS,resolver,browser,example.org is 192.0.2.1,0.005
5,HTTP,browser,server,GET /b HTTP/1.1,0.03
`);

async function play(host: '127.0.0.1' | '::1', during?: (exchange: RealExchange) => void): Promise<Message[]> {
  const exchange = await RealExchange.open(table.messages, { host });
  const said: Message[] = [];
  try {
    during?.(exchange);
    await exchange.play((message) => said.push(message));
  } finally {
    await exchange.close();
  }
  return said;
}

for (const host of ['127.0.0.1', '::1'] as const) {
  test(`RealExchange says every row once, each pair's in the order of its times, on ${host}`, async () => {
    const said = await play(host);
    const ids = (protocol: string): string[] =>
      said.filter(({ appProtocol }) => appProtocol === protocol).map(({ msgId }) => msgId);
    assert.deepEqual(ids('HTTP'), ['1', '2', '5']);
    assert.deepEqual(ids('DNS'), ['3', '4']);
  });
}

test('RealExchange frees its ports', async () => {
  let ports: readonly number[] = [];
  await play('127.0.0.1', (exchange) => {
    ports = exchange.ports;
  });
  assert.equal(ports.length, 2);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(ports[0], '127.0.0.1', resolve));
  await new Promise((resolve) => server.close(resolve));
});

test('RealExchange leaves no row before its time, and shortens times by its scale', async () => {
  const exchange = await RealExchange.open(table.messages, { scale: 2 });
  const began = performance.now();
  const at = new Map<string, number>();
  await exchange.play(({ msgId }) => at.set(msgId, performance.now() - began));
  await exchange.close();
  assert.ok(at.get('5')! >= 59, `${at.get('5')} ms`);
});

test('What RealExchange says is a whole connection with every message, on the wire', {
  skip: without('raw'),
}, async () => {
  let sniffer: Sniffer | undefined;
  await play('127.0.0.1', ({ ports }) => {
    sniffer = Sniffer.open({ addresses: ['127.0.0.1'], ports, match: 'either' });
  });
  await sniffer!.settle();
  sniffer!.close();
  const traffic = await Traffic.read(encodeCapture(sniffer!.packets, { interfaces: [{ linkType: LinkType.RAW }] }));
  const http = table.messages.filter(({ appProtocol }) => appProtocol === 'HTTP');
  const rules = explain(traffic, http).map(({ rule }) => rule);
  assert.ok(rules.includes('complete-connection'), rules.join(' '));
  assert.ok(rules.includes('messages-found') && !rules.includes('message-missing'), rules.join(' '));
  assert.equal(new TextDecoder().decode(traffic.follow(0).bytes(false)), 'GET / HTTP/1.1GET /b HTTP/1.1');
});

test('The three ways have one shape: each plan’s capture shows a run in which every row is found', async () => {
  const start = 1_700_000_000_000_000_000n;
  const read = (packets: PacketInit[]) =>
    readCapture(encodeCapture(packets, { interfaces: [{ linkType: LinkType.RAW }] }));
  const tcpRows = table.messages.filter(({ appProtocol }) => appProtocol === 'HTTP');
  for (const [plan, rows] of [
    [planCrafted(tcpRows), tcpRows],
    [planConversation(table.messages), table.messages],
  ] as const) {
    const run = plan.run(await read(plan.capture(start)), { startedAt: start }).check();
    assert.deepEqual(
      run.rows.map(({ message }) => message.msgId),
      [...rows].sort((a, b) => a.timestamp - b.timestamp).map(({ msgId }) => msgId),
    );
    for (const { at, capturedAfter } of run.rows) assert.equal(capturedAfter, at);
    assert.equal(plan.run([], { startedAt: start }).lost.length, rows.length);
    assert.ok(plan.ports.length >= 2 && plan.duration >= 0.03);
  }
});

test('A run of the kernel’s own sockets finds each row in what was sniffed, the same words twice included', {
  skip: without('raw'),
}, async () => {
  const twice = parseMessages(`${header}
1,HTTP,browser,server,again,0.01
2,HTTP,server,browser,again,0.02
3,HTTP,browser,server,again,0.03
4,HTTP,browser,server,more,0.04
`);
  const exchange = await RealExchange.open(twice.messages);
  const sniffer = Sniffer.open({ addresses: ['127.0.0.1'], ports: exchange.ports, match: 'either' });
  try {
    const { startedAt, sent } = await exchange.play();
    await sniffer.settle();
    const bytes = encodeCapture(exchange.capture(sniffer.packets), { interfaces: [{ linkType: LinkType.RAW }] });
    const run = exchange.run(await readCapture(bytes), { startedAt, sent }).check();
    assert.deepEqual(
      run.rows.map(({ message }) => message.msgId),
      ['1', '2', '3', '4'],
    );
    const frames = run.rows.map(({ frameNumber }) => frameNumber!);
    assert.deepEqual(
      frames,
      [...frames].sort((a, b) => a - b),
    );
    for (const { at, sentAfter, capturedAfter } of run.rows)
      assert.ok(sentAfter! >= at && capturedAfter! >= sentAfter! - 1_000_000n, `${at} ${sentAfter} ${capturedAfter}`);
  } finally {
    sniffer.close();
    await exchange.close();
  }
});

test('Applications with two ports of their own are two connections, in every way that has connections', async () => {
  const ports = parseMessages(`msg_id,app_protocol,src_app,dst_app,src_port,dst_port,message,timestamp
1,HTTP,browser,server,50001,80,a,0
2,HTTP,browser,server,50002,80,b,0.01
3,HTTP,server,browser,80,50001,c,0.02
`);
  const exchange = await RealExchange.open(ports.messages);
  await exchange.close();
  assert.equal(exchange.ports.length, 2);
  const bytes = encodeCapture(planConversation(ports.messages).capture(), { interfaces: [{ linkType: LinkType.RAW }] });
  assert.equal((await Traffic.read(bytes)).streams.length, 2);
});
