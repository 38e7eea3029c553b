import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import { encodeCapture, LinkType, readCapture } from '../capture/index.js';
import { planConversation, planCrafted, RealExchange, readMessages } from '../messages/index.js';
import { repository } from '../testing/peer.js';
import { compareWays, explain, Traffic } from '../traffic/index.js';
import { build, ipv4, udp } from '../wire/index.js';
import './index.js';

const csv = join(repository, 'data', 'group209186378_http_input.csv');
const table = await readMessages(csv);
const plan = planCrafted(table.messages);
const talk = planConversation(table.messages);
const exchange = await RealExchange.open(table.messages);
after(() => exchange.close());
const datagram = { bytes: build(ipv4(), udp({ srcPort: 5000, dstPort: 6000 }), '<img src=x>').bytes, timestamp: 1n };
const bytes = encodeCapture([...talk.capture(), datagram], {
  interfaces: [{ linkType: LinkType.RAW }],
});
const traffic = await Traffic.read(bytes);

/** What a user can hold, and a word that its text, its JSON and its picture must have in common. */
const held: readonly (readonly [name: string, value: object, word: RegExp])[] = [
  ['Packet', traffic.packets[0]!.packet, /55000/],
  ['TrafficPacket', traffic.packets[0]!, /55000/],
  ['MessageTable', table, /index\.html/],
  ['CraftedPlan', plan, /55000/],
  ['ConversationPlan', talk, /55000/],
  ['RealExchange', exchange, /msg_?id/i],
  ['Run', talk.run(await readCapture(bytes)), /msg_?id/i],
  ['Traffic', traffic, /127\.0\.0\.1:55000/],
  ['PacketList', traffic.filter('tcp.flags.syn == 1'), /55000/],
  ['PacketList of a stream', traffic.packetsOf(0), /55000/],
  ['TcpStream', traffic.streams[0]!, /127\.0\.0\.1:55000/],
  ['UdpStream', traffic.udpStreams[0]!, /127\.0\.0\.1:5000/],
  ['FollowedStream', traffic.follow(0), /index\.html/],
  ['FollowedStream of UDP', traffic.follow(0, 'udp'), /127\.0\.0\.1:5000/],
  ['ConversationList', traffic.conversations('udp'), /5000/],
  ['EndpointList', traffic.endpoints('tcp'), /55000/],
  ['Findings', explain(traffic, table.messages), /complete-connection/],
  ['Finding', explain(traffic)[0]!, /no-ethernet/],
  ['Ways', compareWays({ written: traffic }), /written/],
];

for (const [name, value, word] of held)
  test(`${name} shows itself as text, as JSON and as a picture that hold the same thing`, () => {
    const text = String(value);
    assert.match(text, word);
    assert.equal(inspect(value), name === 'Packet' || name === 'MessageTable' ? inspect(value) : text);
    assert.doesNotMatch(inspect(value), /\[object /);
    const json = JSON.stringify(value);
    assert.ok(json.length > 2, json);
    const draw: unknown = Reflect.get(value, Symbol.for('Jupyter.display'));
    assert.ok(typeof draw === 'function', 'no picture');
    const bundle = draw.call(value) as { [type: string]: string };
    assert.match(bundle['text/html']!, word);
    assert.doesNotMatch(bundle['text/html']!, /\[object |undefined/);
    assert.match(bundle['text/plain']!, word);
  });

test('Nothing that a packet says is markup in a picture', () => {
  for (const [name, value] of held) {
    const draw = Reflect.get(value, Symbol.for('Jupyter.display')) as () => { [type: string]: string };
    assert.doesNotMatch(draw.call(value)['text/html']!, /<img/, name);
  }
});

test('An empty list of each kind still says something or nothing, and throws nowhere', () => {
  const empty = Traffic.of([]);
  for (const value of [
    empty,
    empty.filter('tcp'),
    empty.conversations(),
    empty.endpoints(),
    explain(empty),
    planCrafted([]),
  ]) {
    const draw = Reflect.get(value, Symbol.for('Jupyter.display')) as () => { [type: string]: string };
    assert.equal(typeof String(value), 'string');
    assert.ok(draw.call(value)['text/html']!.length > 0);
    assert.doesNotThrow(() => JSON.stringify(value));
  }
});

test('A list keeps its kind when it is filtered by a display filter, and is a plain array behind map()', () => {
  assert.equal(traffic.filter('tcp').constructor.name, 'PacketList');
  assert.deepEqual(
    traffic.filter('udp').map(({ number }) => number),
    [traffic.packets.length],
  );
});
