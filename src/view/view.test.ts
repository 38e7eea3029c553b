import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCapture, LinkType, readCapture } from '../capture/index.js';
import {
  annotate,
  conversationCapture,
  matchRun,
  parseMessages,
  planConversation,
  planCrafted,
} from '../messages/index.js';
import { compareWays, explain, Traffic } from '../traffic/index.js';
import { build, ipv4, Packet, tcp } from '../wire/index.js';
import { deliveryFigure } from './chat-view.js';
import { html } from './html.js';
import {
  answerView,
  findingsView,
  followView,
  gapFigure,
  ladderView,
  messageTableView,
  packetListView,
  packetView,
  planView,
  rateFigure,
  roundTripFigure,
  runView,
  segmentsOf,
  segmentsView,
  sequenceFigure,
  timingFigure,
  timingSummary,
  waysView,
  windowFigure,
} from './index.js';

const table = parseMessages(
  'msg_id,app_protocol,src_app,dst_app,message,timestamp\n1,HTTP,client_browser,web_server,GET <b>,0.1\n2,HTTP,web_server,client_browser,OK & done,0.2\n',
);
const plan = planCrafted(table.messages);
const startedAt = 1_700_000_000_000_000_000n;

/** The plan as a capture: each packet half a millisecond late, its RST 0.1 ms behind it. */
async function recorded() {
  const packets = plan.flatMap(({ packet, at }) => {
    const { srcPort, dstPort } = packet.get(tcpClass)!;
    const timestamp = startedAt + at + 500_000n;
    const reset = build(ipv4(), tcp({ srcPort: dstPort, dstPort: srcPort, flags: 'RST' }));
    return [
      { bytes: packet.bytes, timestamp },
      { bytes: reset.bytes, timestamp: timestamp + 100_000n },
    ];
  });
  return readCapture(encodeCapture(annotate(plan, packets), { interfaces: [{ linkType: LinkType.RAW }] }));
}
const tcpClass = tcp().type as typeof import('../wire/index.js').Tcp;

test('html`` escapes what is put in, and not what is HTML', () => {
  assert.equal(
    html`<i title="${'"<&>'}">${html`<b>`}${[1, 2]}${undefined}${false}</i>`.text,
    '<i title="&#34;&#60;&#38;&#62;"><b>12</i>',
  );
});

test('packetView() has every field with bits, raw value and meaning, and marks its bytes', () => {
  const packet = build(
    ipv4(),
    tcp({ srcPort: 55000, dstPort: 80, flags: 'PSH,ACK', checksum: 1, options: [{ mss: 1460 }] }),
    'x<y',
  );
  const text = packetView(packet).text;
  for (const { layer, nodes } of packet.nodes()) {
    for (const { label } of nodes) assert.ok(text.includes(label), `${layer.layerType.label} ${label}`);
  }
  assert.match(text, /✗ incorrect, should be 0x[0-9a-f]{4}/);
  assert.match(text, /✓ correct/);
  assert.match(text, /PSH: Push/);
  assert.doesNotMatch(text.replace(/<style>.*?<\/style>/gs, ''), /x<y/);
  // The source port's row, its cell and its two bytes, twice each, carry the same mark.
  const labels = packet
    .nodes()
    .flatMap(({ nodes }) =>
      nodes.flatMap(({ label, children = [] }) => [label, ...children.map((child) => child.label)]),
    );
  const index = labels.indexOf('Source port');
  assert.equal((text.match(new RegExp(`class="f${index}[" ]`, 'g')) ?? []).length, 1 + 1 + 2 * 2);
});

test('packetView() marks each byte of a packet with at least one field', () => {
  const packet = build(
    ipv4({ options: [{ routerAlert: 0 }] }),
    tcp({ options: ['nop', { kind: 77, data: Uint8Array.of(1, 2) }] }),
    'abc',
  );
  const hex = packetView(packet).text.split('class="wb-hex"')[1]!;
  assert.equal((hex.match(/<u class="f/g) ?? []).length, 2 * packet.length);
});

test('packetView() shows a fault where it is, and a packet of nothing', () => {
  const bytes = build(ipv4(), tcp()).bytes.slice(0, 30);
  const text = packetView(new Packet(new DataView(bytes.buffer), 0, 0, [])).text;
  assert.match(text, /0 bytes/);
});

test('A packet and a table of messages draw themselves', () => {
  const draw = Symbol.for('Jupyter.display');
  const bundle = (thing: object): Record<string, string> =>
    (thing as { [key: symbol]: () => Record<string, string> })[draw]!();
  assert.match(bundle(plan[0]!.packet)['text/html']!, /wb-grid/);
  assert.match(bundle(plan[0]!.packet)['text/plain']!, /^IPv4 {2}20 bytes at 0/);
  assert.match(bundle(table)['text/html']!, /GET &#60;b&#62;/);
});

test('matchRun() finds rows and resets again, and the views link them to their msg_id', async () => {
  const frames = await recorded();
  const sent = plan.map((item) => ({ ...item, sentAt: startedAt + item.at + 200_000n }));
  const run = matchRun(plan, frames, { startedAt, sent });
  assert.deepEqual(
    run.rows.map(({ message, sentAfter, capturedAfter, frameNumber, reset }) => [
      message.msgId,
      sentAfter,
      capturedAfter,
      frameNumber,
      reset?.frameNumber,
    ]),
    [
      ['1', 100_200_000n, 100_500_000n, 1, 2],
      ['2', 200_200_000n, 200_500_000n, 3, 4],
    ],
  );
  assert.deepEqual(timingSummary(run), { medianLateMs: 0.2, maxLateMs: 0.2, medianTransitMs: 0.3, jitterMs: 0 });
  const { data } = timingFigure(run);
  assert.deepEqual(
    data.map(({ name }) => name),
    [
      'planned',
      'sent',
      'captured',
      'RST from the kernel',
      'planned gap',
      'measured gap',
      'jitter: measured − planned gap',
      'sent',
      'captured',
      'RST',
    ],
  );
  assert.deepEqual(data[2]!.x, [100.5, 200.5]);
  assert.deepEqual(data[2]!.customdata, ['1', '2']);
  assert.match(runView(run).text, /GET &#60;b&#62;/);
});

test('matchRun() says of a row that it is not in the capture', () => {
  const run = matchRun(plan, [], { startedAt });
  assert.throws(() => run.check(), /Cannot find 2 of 2 rows in the capture: msg_id 1, 2$/);
  assert.deepEqual(Object.keys(run.rows[0]!), ['message', 'packet', 'at']);
  assert.match(runView(run).text, /not found/);
  assert.deepEqual(
    timingFigure(run).data.map(({ name }) => name),
    ['planned'],
  );
});

test('A ladder has a rung for each segment, between the names of its ends', async () => {
  const segments = segmentsOf(await recorded(), (port) => (port === 80 ? 'server' : undefined));
  assert.deepEqual(
    segments.map(({ from, to, at }) => [from, to, at]),
    [
      ['port 55000', 'server', 0n],
      ['server', 'port 55000', 100_000n],
      ['server', 'port 55000', 100_000_000n],
      ['port 55000', 'server', 100_100_000n],
    ],
  );
  const text = ladderView(segments, ['server']).text;
  assert.equal((text.match(/<g>/g) ?? []).length, 4);
  assert.match(text, /Ladder of 4 segments/);
  assert.match(segmentsView(segments, 'All').text, /OK &#38; done/);
});

test('Views of messages tell faults and plans', () => {
  const bad = parseMessages('msg_id,app_protocol,src_app,dst_app,message,timestamp\n1,HTTP,a,b,x,soon\n', 'x.csv');
  assert.match(messageTableView(bad).text, /✗ x\.csv, line 2, column timestamp/);
  assert.equal((planView(plan).text.match(/class="wb-plan"/g) ?? []).length, 2);
  assert.equal(deliveryFigure([{ label: 'a', receiptMs: 1 }]).data.length, 1);
});

test('Figures of a stream have a point for each segment, and tell repeats apart', async () => {
  const lossy = planConversation(table.messages, { faults: { loss: 0.5, seed: 2 } });
  const traffic = await Traffic.read(
    encodeCapture(conversationCapture(lossy), { interfaces: [{ linkType: LinkType.RAW }] }),
  );
  const packets = traffic.packetsOf(0);
  const both = [false, true].map((isReverse) => sequenceFigure(packets, { isReverse, kind: 'stevens' }));
  const count = (name: string): number =>
    both
      .flatMap(({ data }) => data.filter((trace) => trace.name === name))
      .reduce((sum, { x }) => sum + (x as unknown[]).length, 0);
  assert.equal(count('sent again'), traffic.filter('tcp.analysis.retransmission').length);
  assert.ok(count('sent again') > 0);
  assert.deepEqual(
    sequenceFigure(packets)
      .data.map(({ name }) => name)
      .slice(-2),
    ['acknowledged', 'window: how far may be sent'],
  );
  for (const figure of [
    rateFigure(packets, 0.1),
    roundTripFigure(packets),
    windowFigure(packets),
    gapFigure(packets),
  ]) {
    assert.ok(
      figure.data.every(
        ({ x, y }) => (x as unknown[]).length === (y as unknown[]).length && (x as unknown[]).length > 0,
      ),
    );
  }
});

test('Views of traffic tell what they are given', async () => {
  const traffic = Traffic.of(await recorded());
  assert.match(packetListView(traffic.packets, 'all').text, /all <small>4 packets/);
  assert.match(findingsView(explain(traffic)).text, /no-handshake/);
  assert.match(findingsView([]).text, /nothing to say/);
  assert.match(waysView(compareWays({ crafted: traffic })).text, /<th>crafted<\/th>/);
  assert.match(waysView(compareWays({ crafted: traffic }, ['other <ports>'])).text, /other &#60;ports&#62;/);
  assert.match(followView(traffic.follow(0)).text, /GET &#60;b&#62;/);
  assert.match(answerView(undefined, 7, 'hint').text, /Not answered yet/);
  assert.match(answerView(7, '7', 'hint').text, /✓ 7 is right/);
  assert.match(answerView(' SYN ', 'syn', 'hint').text, /is right/);
  assert.match(answerView(8, 7, 'hint').text, /✗ 8 is not it.*hint/s);
});
