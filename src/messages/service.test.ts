import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { defaultPort } from '../chat/protocol/address.js';
import { Dns, defineProtocol, dissect, stack, Tcp, Udp, u8 } from '../wire/index.js';
import { planConversation } from './conversation.js';
import { planCrafted } from './craft.js';
import { differencesOf } from './differences.js';
import { parseMessages } from './read.js';
import { RealExchange } from './real.js';
import { protocolOf, serviceOf, transportOf } from './service.js';

const header = 'msg_id,app_protocol,src_app,dst_app,message,timestamp';

test('serviceOf() has port and transport of a protocol by the names that tables and packet lists have for it', () => {
  const expected: readonly (readonly [port: number, transport: string, ...names: string[]])[] = [
    [80, 'tcp', 'HTTP', 'http', ' Http ', 'HTTP/1.1', 'HTTP 2', 'HTTP/JSON', 'WebSocket'],
    [443, 'tcp', 'HTTPS', 'TLS', 'TLSv1.3', 'SSL'],
    [53, 'udp', 'DNS', 'dns', 'DNS query'],
    [25, 'tcp', 'SMTP'],
    [21, 'tcp', 'FTP'],
    [110, 'tcp', 'POP3', 'POP'],
    [143, 'tcp', 'IMAP', 'IMAP4'],
    [22, 'tcp', 'SSH', 'SSHv2'],
    [123, 'udp', 'NTP'],
    [67, 'udp', 'DHCP'],
    [69, 'udp', 'TFTP'],
    [5060, 'udp', 'SIP'],
    [defaultPort, 'tcp', 'CHAT', 'chat'],
  ];
  for (const [port, transport, ...names] of expected)
    for (const name of names) assert.deepEqual({ ...serviceOf(name) }, { transport, port }, name);
  assert.equal(serviceOf('no such protocol'), undefined);
  assert.equal(serviceOf('constructor'), undefined);
  assert.deepEqual(['TCP', 'UDP', 'no such protocol'].map(transportOf), ['tcp', 'udp', 'tcp']);
});

test('serviceOf() and protocolOf() agree with the table of neighbours on every port of a protocol that they name', () => {
  for (const { type } of stack.rows) {
    const { tcpPort, udpPort } = stack.numbersOf(type) ?? {};
    for (const [port, transport] of [
      [tcpPort, 'tcp'],
      [udpPort, 'udp'],
    ] as const) {
      const name = protocolOf(port, undefined, transport);
      if (port === undefined || name === undefined) continue;
      assert.deepEqual({ ...serviceOf(name) }, { transport, port }, `${type.label} ${name}`);
    }
  }
  assert.deepEqual(
    [protocolOf(80, 55_000), protocolOf(55_000, 8080), protocolOf(53, 8080), protocolOf(40_000, 443, 'udp')],
    ['HTTP', 'HTTP', 'DNS', 'QUIC'],
  );
  assert.equal(protocolOf(53, 40_000, 'tcp'), undefined);
  assert.equal(protocolOf(undefined, 50_000), undefined);
});

test('A protocol of the user’s own has the port and the transport that it is bound to', () => {
  const own = defineProtocol('weather', { kind: u8 }, { udpPort: 4711 });
  try {
    const { messages } = parseMessages(`${header}\n1,WEATHER,station,office,sunny,0\n`);
    const datagram = planCrafted(messages)[0]!.packet.get(Udp);
    assert.equal(datagram?.dstPort, 4711);
  } finally {
    own.unbind();
  }
  assert.equal(serviceOf('WEATHER'), undefined);
});

test('Crafted DNS rows are UDP datagrams to port 53 that hold real DNS messages, the reply mirrored with the query’s id', () => {
  const { messages, notes } = parseMessages(`${header}
1,DNS,client_browser,dns_server,Query: example.com,0.1
2,DNS,dns_server,client_browser,Response: 192.0.2.1,0.2
3,DNS,client_browser,dns_server,A? www.example.org AAAA,0.3
4,DNS,dns_server,client_browser,www.example.org → 2001:db8::1,0.4
5,DNS,client_browser,dns_server,query for printer,0.5
6,DNS,dns_server,client_browser,NXDOMAIN,0.6
`);
  assert.deepEqual(notes, []);
  const packets = planCrafted(messages).map(({ packet }) => dissect(packet.bytes));
  assert.deepEqual(
    packets.map((packet) => [packet.get(Udp)?.srcPort, packet.get(Udp)?.dstPort]),
    [0, 1, 2].flatMap(() => [
      [55_000, 53],
      [53, 55_000],
    ]),
  );
  const read = packets.map((packet) => packet.get(Dns)!);
  assert.deepEqual(
    read.map(({ response, rcode, questions }) => [
      Number(response),
      rcode,
      [...questions].map(({ name }) => name).join(),
    ]),
    [
      [0, 0, 'example.com'],
      [1, 0, 'example.com'],
      [0, 0, 'www.example.org'],
      [1, 0, 'www.example.org'],
      [0, 0, 'printer'],
      [1, 3, 'printer'],
    ],
  );
  for (let i = 0; i < read.length; i += 2) assert.equal(read[i + 1]!.id, read[i]!.id);
});

test('The three ways carry the same rows with the same bytes over the same transport, and what differs is said', async () => {
  const { messages } = parseMessages(`${header}
1,DNS,laptop,resolver,Query: example.com,0
2,DNS,resolver,laptop,Response: 192.0.2.1,0.001
3,SMTP,mail_server,laptop,220 ready,0.002
4,SMTP,laptop,mail_server,HELO laptop,0.003
5,CHAT,laptop,hub,hello,0.004
6,TCP,laptop,hub,SYN,0.005
7,HTTP,laptop,shop,GET / HTTP/1.1,0.006
`);
  const crafted = planCrafted(messages);
  const exchange = await RealExchange.open(messages);
  try {
    await exchange.play();
  } finally {
    await exchange.close();
  }
  const conversation = planConversation(messages);
  for (const plan of [planConversation(messages, { completeHttp: false }), exchange]) {
    const carried = (rows: typeof plan.carried) =>
      rows.map(({ message: { msgId }, transport, payload }) => [
        msgId,
        transport,
        Buffer.from(payload).toString('hex'),
      ]);
    assert.deepEqual(
      carried(plan.carried),
      carried(crafted.carried).filter(([id]) => id !== '6'),
    );
  }
  assert.deepEqual(
    crafted.map(({ packet }) => {
      const { srcPort, dstPort } = packet.get(Tcp) ?? packet.get(Udp)!;
      return [srcPort, dstPort];
    }),
    [
      [12345, 53],
      [53, 12345],
      [25, 12345],
      [12345, 25],
      [12345, 9999],
      [12345, 9999],
      [12345, 80],
    ],
  );
  const said = differencesOf({ crafted, conversation, real: exchange });
  assert.deepEqual(said.slice(0, 3), [
    'conversation does not send one row of crafted, msg_id 6 first: a connection makes segments without data itself',
    'conversation has other bytes than crafted in one row, msg_id 7 first: 30 bytes in place of 14 bytes',
    'real does not send one row of crafted, msg_id 6 first: a connection makes segments without data itself',
  ]);
  assert.match(
    said[3]!,
    /^real has other ports than crafted in \d rows, msg_id \d first: \d+ → \d+ in place of \d+ → \d+$/,
  );
  assert.equal(said.length, 4);
  assert.deepEqual(differencesOf({ crafted, again: crafted }), []);
});

test('Real datagrams go between the ports of their applications where these are free, and between others where not', async () => {
  const { messages } = parseMessages(`msg_id,app_protocol,src_app,dst_app,src_port,dst_port,message,timestamp
1,UDP,a,b,47021,47022,ping,0
2,UDP,b,a,47022,47021,pong,0.001
`);
  const ports = async () => {
    const exchange = await RealExchange.open(messages);
    try {
      await exchange.play();
      return { exchange, carried: exchange.carried.map(({ srcPort, dstPort }) => [srcPort, dstPort]) };
    } finally {
      await exchange.close();
    }
  };
  assert.deepEqual((await ports()).carried, [
    [47021, 47022],
    [47022, 47021],
  ]);
  const taken = createSocket('udp4');
  await new Promise<void>((resolve) => taken.bind(47_022, '127.0.0.1', resolve));
  try {
    const { exchange, carried } = await ports();
    assert.equal(carried[0]![0], 47_021);
    assert.notEqual(carried[0]![1], 47_022);
    assert.match(differencesOf({ crafted: planCrafted(messages), real: exchange }).join(), /^real has other ports/);
  } finally {
    taken.close();
  }
});

test('A table of nothing but a handshake is a connection opened and closed, on paper and for real', async () => {
  const { messages } = parseMessages(`${header}\n1,TCP,a,b,SYN,0\n2,TCP,b,a,SYN-ACK,0.001\n3,TCP,a,b,ACK,0.002\n`);
  const plan = planConversation(messages);
  assert.deepEqual(
    plan.packets.map(({ packet }) => [...packet.get(Tcp)!.flagNames].join()),
    ['SYN', 'SYN,ACK', 'ACK', 'FIN,ACK', 'FIN,ACK', 'ACK'],
  );
  assert.deepEqual(plan.rows, []);
  const exchange = await RealExchange.open(messages);
  try {
    assert.equal(exchange.ports.length, 1);
    assert.deepEqual((await exchange.play()).sent, []);
    assert.deepEqual(exchange.carried, []);
  } finally {
    await exchange.close();
  }
});
