import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Tcp } from '../wire/index.js';
import { planConversation } from './conversation.js';
import { planCrafted } from './craft.js';
import type { Message } from './message.js';
import { assignPorts, defaultPorts, isFromServer, portsOf } from './ports.js';
import { parseMessages } from './read.js';

const row = (timestamp: number, srcApp: string, dstApp: string, appProtocol = 'HTTP'): Message => ({
  line: 1,
  msgId: String(timestamp),
  appProtocol,
  srcApp,
  dstApp,
  message: 'x',
  timestamp,
});

const name = fc.oneof(
  fc.constantFrom('client_browser', 'web_server', 'constructor', '__proto__', '192.0.2.7', ''),
  fc.string({ maxLength: 6 }),
);
const tables = fc
  .array(fc.tuple(name, name, fc.constantFrom('HTTP', 'http', 'DNS', 'SMTP', 'toString', '')), { maxLength: 40 })
  .map((rows) => rows.map(([from, to, protocol], i) => row(i, from, to, protocol)));

test('assignPorts() gives each application one port that no other has, so that every reply mirrors its request', () => {
  fc.assert(
    fc.property(tables, (rows) => {
      const ports = assignPorts(rows);
      const owner = new Map<number, string>();
      for (const { srcApp, dstApp, ...rest } of rows) {
        const there = portsOf({ ...rest, srcApp, dstApp }, ports);
        const back = portsOf({ ...rest, srcApp: dstApp, dstApp: srcApp }, ports);
        assert.deepEqual([back.srcPort, back.dstPort], [there.dstPort, there.srcPort]);
        for (const [application, port] of [
          [srcApp, there.srcPort],
          [dstApp, there.dstPort],
        ] as const) {
          assert.equal(owner.get(port) ?? application, application);
          owner.set(port, application);
        }
      }
    }),
  );
});

test('assignPorts() keeps the known ports, gives servers those of their protocols, and a second one another', () => {
  const { applications } = assignPorts([
    row(1, 'browser', 'api'),
    row(2, 'api', 'browser'),
    row(3, 'phone', 'shop'),
    row(4, 'phone', 'resolver', 'dns'),
    row(5, 'client_browser', 'mail', 'SMTP'),
  ]);
  assert.deepEqual(
    { ...applications },
    {
      ...defaultPorts.applications,
      browser: 12345,
      api: 80,
      phone: 12346,
      shop: 8080,
      resolver: 53,
      mail: 25,
    },
  );
});

test('assignPorts() takes the ports that rows name for the rows of their applications that name none', () => {
  const ports = assignPorts([{ ...row(1, 'a', 'b'), srcPort: 4000, dstPort: 80 }, row(2, 'b', 'a'), row(3, 'c', 'd')]);
  assert.deepEqual({ ...ports.applications }, { ...defaultPorts.applications, a: 4000, b: 80, c: 12345, d: 8080 });
});

test('A plan of rows with unknown applications sends its reply back to the port that asked', () => {
  const plan = planCrafted([row(1, 'browser', 'web_server'), row(2, 'web_server', 'browser')]);
  const ports = plan.map(({ packet }) => packet.get(Tcp)!).map(({ srcPort, dstPort }) => [srcPort, dstPort]);
  assert.deepEqual(ports, [
    [12345, 80],
    [80, 12345],
  ]);
  assert.deepEqual(plan.ports, [12345, 80]);
  assert.equal(plan.duration, 2);
});

test('assignPorts() gives the server its protocol’s port also where it speaks first, told by its text, its name or its ports', () => {
  const greeting = (message: string, appProtocol: string, first: string, second: string) =>
    assignPorts([{ ...row(0, first, second, appProtocol), message }, row(1, second, first, appProtocol)]).applications;
  const expected: readonly (readonly [string, string, string, string, number])[] = [
    ['220 mail.example ESMTP', 'SMTP', 'postbox', 'alice', 25],
    ['+OK ready', 'POP3', 'postbox', 'alice', 110],
    ['* OK IMAP4rev1', 'IMAP', 'postbox', 'alice', 143],
    ['HTTP/1.1 200 OK', 'HTTP', 'shop', 'alice', 80],
    ['welcome', 'CHAT', 'chat_server', 'alice', 9999],
    ['hello', 'CHAT', 'Chat Server', 'alice', 9999],
    ['SSH-2.0-OpenSSH_9.6', 'SSH', 'box', 'alice', 22],
  ];
  for (const [text, protocol, server, client, port] of expected)
    assert.deepEqual(
      [greeting(text, protocol, server, client)[server], greeting(text, protocol, server, client)[client]],
      [port, 12345],
      text,
    );
  assert.equal(greeting('GET / HTTP/1.1', 'HTTP', 'proxy_server', 'alice').alice, 80);
  const { messages } = parseMessages(`msg_id,app_protocol,src_app,dst_app,src_port,dst_port,message,timestamp
1,HTTP,a,b,80,50001,hello,0
`);
  assert.equal(isFromServer(messages[0]!), true);
});

test('A connection is opened by the client also where the server is the first to speak', () => {
  const { messages } = parseMessages(`msg_id,app_protocol,src_app,dst_app,message,timestamp
1,SMTP,postbox,alice,220 ready,1
2,SMTP,alice,postbox,HELO alice,2
`);
  const syn = planConversation(messages).packets[0]!.packet.get(Tcp)!;
  assert.deepEqual([[...syn.flagNames].join(), syn.srcPort, syn.dstPort], ['SYN', 12345, 25]);
});

test('assignPorts() gives web_server the port of the protocol that it speaks, unless the map was given', () => {
  const rows = [row(1, 'client_browser', 'web_server', 'HTTPS'), row(2, 'web_server', 'client_browser', 'HTTPS')];
  assert.deepEqual({ ...assignPorts(rows).applications }, { client_browser: 55000, web_server: 443 });
  assert.equal(assignPorts(rows, defaultPorts).applications.web_server, 80);
  assert.equal(assignPorts([...rows, row(3, 'client_browser', 'web_server')]).applications.web_server, 80);
});
