import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { toHex } from '../bytes.js';
import { encodeCapture, readCapture } from '../capture/index.js';
import { corpusFrames } from '../testing/corpus.js';
import { corpus, without } from '../testing/peer.js';
import {
  ah,
  arp,
  type Buildable,
  build,
  defragment,
  destinationOptions,
  dissect,
  esp,
  ethernet,
  type FieldNode,
  fragment,
  fragmentHeader,
  gre,
  hopByHop,
  icmp,
  icmpv6,
  igmp,
  ipv4,
  ipv6,
  LinkType,
  llc,
  loopback,
  mpls,
  type NdOption,
  type Packet,
  ppp,
  pppoe,
  routing,
  sctp,
  serviceVlan,
  sll,
  sll2,
  snap,
  tcp,
  udp,
  vlan,
} from './index.js';

/** Where tshark and we differ, and why. Each happens: one that is no longer needed fails the test. */
const exceptions: readonly { why: string; applies: (at: Difference) => boolean }[] = [
  {
    why: 'tshark lists a source route as it stands when the packet has arrived: its last stop is ip.dst, the next one is cur_rt',
    applies: ({ field, where }) =>
      where.endsWith('made-0.pcap frame 8') && /^ip\.(dst|addr|host|cur_rt|src_rt)/.test(field),
  },
  {
    why: 'tshark lists no more than the ports of a TCP header of which 8 bytes are quoted',
    applies: ({ field, protocols, theirs }) =>
      field === 'tcp.seq_raw' && protocols.endsWith(':icmp:ip:tcp') && theirs === '',
  },
];

interface Difference {
  readonly where: string;
  readonly field: string;
  readonly ours: string;
  readonly theirs: string;
  readonly protocols: string;
}

/** Values by Wireshark's field name, in the order of the bytes. */
function occurrences(packet: Packet): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (filter: string, text: string) => {
    const texts = found.get(filter);
    if (texts) texts.push(text);
    else found.set(filter, [text]);
  };
  const visit = (node: FieldNode) => {
    for (const filter of node.filters) add(filter, node.wireshark ?? node.text);
    for (const { filter, mask } of node.flags ?? []) {
      if (filter) add(filter, (Number(node.value) & mask) !== 0 ? '1' : '0');
    }
    for (const child of node.children ?? []) visit(child);
  };
  for (const { layer, nodes } of packet.nodes()) {
    if (layer.layerType.label !== 'Raw') for (const node of nodes) visit(node);
  }
  return found;
}

const off = ['ip.defragment', 'ipv6.defragment', 'tcp.desegment_tcp_streams', 'tcp.relative_sequence_numbers'];

/** A line of values for each packet; records of pcapng that are no packets, which tshark counts as frames, are left out. */
function tshark(file: string, fields: readonly string[], preferences: readonly string[] = off): string[][] {
  const options = preferences.flatMap((name) => ['-o', `${name}:FALSE`]);
  const columns = ['frame.encap_type', 'frame.protocols', ...fields].flatMap((field) => ['-e', field]);
  const args = ['-n', '-r', file, ...options, '-T', 'fields', ...columns];
  const { stdout, stderr, status } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(status, 0, stderr);
  const rows = stdout.split('\n').slice(0, -1);
  return rows.map((row) => row.split('\t')).filter(([encapsulation]) => encapsulation !== '');
}

function compare(file: string, packets: readonly Packet[], fields: readonly string[]): Difference[] {
  const differences: Difference[] = [];
  const rows = tshark(file, fields);
  assert.equal(rows.length, packets.length, file);
  for (const [i, packet] of packets.entries()) {
    const found = occurrences(packet);
    const [, protocols = '', ...values] = rows[i]!;
    for (const [k, field] of fields.entries()) {
      const ours = (found.get(field) ?? []).join(',');
      const theirs = values[k] ?? '';
      if (ours !== theirs) differences.push({ where: `${file} frame ${i + 1}`, field, ours, theirs, protocols });
    }
  }
  return differences;
}

const macs = { src: '02:00:00:00:00:01', dst: '33:33:00:00:00:02' };
const on4 = ipv4({ src: '10.0.0.1', dst: '10.0.0.2' });
const on6 = ipv6({ src: 'fe80::1', dst: 'ff02::1', hopLimit: 255 });
const datagram = [udp({ srcPort: 40001, dstPort: 40002 }), 'payload!'];
const quote4 = [ipv4({ src: '10.0.0.2', dst: '10.0.0.9', id: 77 }), udp({ srcPort: 40005, dstPort: 40006 })];
const quote6 = [ipv6({ src: '2001:db8::2', dst: '2001:db8::1' }), udp({ srcPort: 40005, dstPort: 40006 })];
const quotedTcp = build(ipv4({ src: '10.0.0.2', dst: '10.0.0.9' }), tcp({ srcPort: 40007, dstPort: 40008, seq: 99 }));
const extensions = Uint8Array.of(0x20, 0, 0, 0, 0, 8, 2, 5, 1, 2, 3, 4);
const ndOptions: readonly NdOption[] = [
  { sourceMac: macs.src },
  { mtu: 1400 },
  {
    prefix: {
      prefix: '2001:db8::',
      length: 64,
      onLink: true,
      autonomous: true,
      validLifetime: 3600,
      preferredLifetime: 1800,
    },
  },
  { route: { prefix: '2001:db8:1::', length: 48, preference: 1, lifetime: 600 } },
  { dnsServers: { lifetime: 60, addresses: ['2001:db8::53', '2001:db8::54'] } },
];
const options4 = [
  { recordRoute: { pointer: 8, addresses: ['1.2.3.4', '0.0.0.0'] } },
  { looseRoute: { pointer: 4, addresses: ['1.2.3.4', '5.6.7.8'] } },
  { timestamp: { pointer: 13, overflow: 1, flag: 1, stamps: [{ address: '1.2.3.4', time: 5000 }] } },
] as const;

/** A packet of every kind, behind Ethernet. */
const made: readonly (readonly Buildable[])[] = [
  [vlan({ id: 5, priority: 3, dei: 1 }), on4, ...datagram],
  [serviceVlan({ id: 5, priority: 1 }), vlan({ id: 6 }), on4, ...datagram],
  [llc(), snap(), on4, ...datagram],
  [llc({ dsap: 0xf0, ssap: 0xf1, control: 0x0201 }), 'abc'],
  [arp({ senderMac: macs.src, senderIp: '10.0.0.1', targetIp: '10.0.0.2' })],
  [arp({ operation: 2, senderMac: macs.src, senderIp: '10.0.0.1', targetMac: macs.dst, targetIp: '10.0.0.1' })],
  [ipv4({ options: [options4[0], 'nop', { routerAlert: 0 }] }), ...datagram],
  [ipv4({ options: [options4[1], 'eool'] }), ...datagram],
  [ipv4({ options: [options4[2], { streamId: 7 }] }), ...datagram],
  [ipv4({ options: [{ strictRoute: { pointer: 8, addresses: ['1.2.3.4'] } }] }), ...datagram],
  [ipv4({ options: [{ security: { level: 0x6bc5, compartments: 1, handling: 2, control: 3 } }, 'nop'] }), ...datagram],
  [
    ipv4({ options: [{ timestamp: { pointer: 5, overflow: 0, flag: 0, stamps: [{ time: 1 }, { time: 2 }] } }] }),
    ...datagram,
  ],
  [ipv4({ flags: 'MF', dscp: 46, ecn: 3, ttl: 1, id: 0xbeef }), ...datagram],
  [on4, udp({ srcPort: 40001, dstPort: 40002, checksum: 0 }), 'x'],
  [on4, icmp({ id: 0x1234, seq: 7 }), 'ping'],
  [on4, icmp({ type: 0, id: 0x1234, seq: 7 }), 'pong'],
  [on4, icmp({ type: 3, code: 4, mtu: 1400 }), ...quote4],
  [on4, icmp({ type: 3, code: 3 }), ...quote4],
  [on4, icmp({ type: 3, code: 1 }), quotedTcp.bytes.slice(0, 28)],
  [on4, icmp({ type: 4 }), ...quote4],
  [on4, icmp({ type: 5, code: 1, gateway: '10.0.0.254' }), ...quote4],
  [
    on4,
    icmp({
      type: 9,
      routers: [
        { address: '10.0.0.1', preference: 5 },
        { address: '10.0.0.3', preference: -1 },
      ],
    }),
  ],
  [on4, icmp({ type: 10 })],
  [on4, icmp({ type: 11, trailer: extensions }), ...quote4, new Uint8Array(100)],
  [on4, icmp({ type: 11, code: 1 }), ...quote4],
  [on4, icmp({ type: 12, pointer: 20 }), ...quote4],
  [on4, icmp({ type: 13, id: 1, seq: 2, originate: 3, receive: 4, transmit: 5 })],
  [on4, icmp({ type: 14, id: 1, seq: 2, originate: 3, receive: 4, transmit: 5 })],
  [on4, icmp({ type: 15, id: 1, seq: 2 })],
  [on4, icmp({ type: 17, id: 1, seq: 2, mask: '255.255.0.0' })],
  [on4, igmp()],
  [on4, igmp({ maxResponse: 100, group: '224.1.1.1' })],
  [on4, igmp({ type: 0x12, group: '224.1.1.1' })],
  [on4, igmp({ type: 0x16, group: '224.1.1.1' })],
  [on4, igmp({ type: 0x17, group: '224.1.1.1' })],
  [
    on4,
    igmp({ maxResponse: 100, group: '224.1.1.1', qrv: 2, suppress: 1, qqic: 125, sources: ['1.1.1.1', '2.2.2.2'] }),
  ],
  [
    on4,
    igmp({
      type: 0x22,
      records: [
        { type: 4, group: '224.1.1.1', sources: [] },
        { type: 5, group: '224.1.1.2', sources: ['9.9.9.9'], auxiliary: Uint8Array.of(1, 2, 3, 4) },
      ],
    }),
  ],
  [ipv6({ dscp: 46, ecn: 1, flowLabel: 0x12345 }), ...datagram],
  [on6, hopByHop({ options: [{ routerAlert: 0 }, { padN: 2 }] }), icmpv6({ type: 131, group: 'ff02::5' })],
  [on6, hopByHop({ options: [{ kind: 0x3e, data: Uint8Array.of(1, 2) }, 'pad1', 'pad1'] }), ...datagram],
  [on6, routing({ addresses: ['2001:db8::3', '2001:db8::4'] }), ...datagram],
  [on6, routing({ routingType: 2, addresses: ['2001:db8::3'] }), ...datagram],
  [on6, routing({ routingType: 4, addresses: ['2001:db8::9', '2001:db8::8'], tag: 5, segmentsLeft: 1 }), ...datagram],
  [on6, destinationOptions({ options: [{ tunnelLimit: 3 }, { padN: 3 }] }), ...datagram],
  [on6, destinationOptions({ options: [{ padN: 4 }, { homeAddress: '2001:db8::7' }] }), ...datagram],
  [on6, fragmentHeader({ id: 0xdeadbeef, moreFragments: 1 }), ...datagram],
  [on6, fragmentHeader({ id: 0xdeadbeef, fragmentOffset: 5, nextHeader: 17 }), 'payload'],
  [on6, ah({ spi: 5, sequence: 6, icv: new Uint8Array(12) }), ...datagram],
  [on4, esp({ spi: 5, sequence: 6 }), 'secret, as it were, and long'],
  [on6, icmpv6({ id: 0x1234, seq: 7 }), 'ping'],
  [on6, icmpv6({ type: 129, id: 0x1234, seq: 7 }), 'pong'],
  [on6, icmpv6({ type: 1, code: 4 }), ...quote6],
  [on6, icmpv6({ type: 2, mtu: 1280 }), ...quote6],
  [on6, icmpv6({ type: 3 }), ...quote6],
  [on6, icmpv6({ type: 4, code: 1, pointer: 40 }), ...quote6],
  [on6, icmpv6({ type: 130, maxResponse: 1000, group: 'ff02::5' })],
  [
    on6,
    icmpv6({
      type: 130,
      maxResponse: 1000,
      group: 'ff02::5',
      qrv: 2,
      suppress: 1,
      qqic: 125,
      sources: ['2001:db8::1'],
    }),
  ],
  [on6, icmpv6({ type: 132, group: 'ff02::5' })],
  [on6, icmpv6({ type: 143, records: [{ type: 4, group: 'ff02::fb', sources: ['2001:db8::1'] }] })],
  [on6, icmpv6({ type: 133, options: [{ sourceMac: macs.src }] })],
  [
    on6,
    icmpv6({
      type: 134,
      hopLimit: 64,
      routerFlags: 0xc8,
      lifetime: 1800,
      reachableTime: 5,
      retransTimer: 6,
      options: ndOptions,
    }),
  ],
  [
    on6,
    icmpv6({
      type: 135,
      target: 'fe80::2',
      options: [{ sourceMac: macs.src }, { nonce: Uint8Array.of(1, 2, 3, 4, 5, 6) }],
    }),
  ],
  [
    on6,
    icmpv6({ type: 136, target: 'fe80::2', neighborFlags: 'SOLICITED,OVERRIDE', options: [{ targetMac: macs.src }] }),
  ],
  [on6, icmpv6({ type: 137, target: 'fe80::2', destination: '2001:db8::7' })],
  [on4, gre(), ipv4({ src: '1.1.1.1', dst: '2.2.2.2' }), ...datagram],
  [
    on4,
    gre({ flags: 'CHECKSUM', key: 0xdeadbeef, sequence: 7 }),
    ipv4({ src: '1.1.1.1', dst: '2.2.2.2' }),
    ...datagram,
  ],
  [on4, gre(), ethernet(macs), on4, ...datagram],
  [mpls({ label: 16_000, trafficClass: 5 }), mpls({ label: 17, ttl: 9 }), on6, ...datagram],
  [pppoe({ sessionId: 0x1234 }), ppp(), on4, ...datagram],
  [on4, sctp({ srcPort: 40_001, dstPort: 40_002, verificationTag: 7 }), Uint8Array.of(11, 0, 0, 4)],
  [on6, ipv4({ src: '1.1.1.1', dst: '2.2.2.2' }), tcp({ srcPort: 40001, dstPort: 40002, flags: 'ECE,CWR,AE' }), 'x'],
];

/** The same, with each link type's header. */
const links: readonly (readonly [number, readonly (readonly Buildable[])[]])[] = [
  [LinkType.ETHERNET, made.map((layers) => [ethernet(macs), ...layers])],
  [
    LinkType.ETHERNET,
    [[ethernet({ ...macs, trailer: new Uint8Array(18) }), on4, udp({ srcPort: 40001, dstPort: 40002 })]],
  ],
  [
    LinkType.LINUX_SLL,
    [
      [sll({ packetType: 4, src: macs.src }), on4, ...datagram],
      [sll({ hardwareType: 772 }), on6, ...datagram],
    ],
  ],
  [LinkType.LINUX_SLL2, [[sll2({ packetType: 4, interfaceIndex: 3, src: macs.src }), on4, ...datagram]]],
  [
    LinkType.NULL,
    [
      [loopback(), on4, ...datagram],
      [loopback(), on6, ...datagram],
    ],
  ],
  [
    LinkType.RAW,
    [
      [on4, ...datagram],
      [on6, ...datagram],
    ],
  ],
  [
    LinkType.PPP,
    [
      [ppp({ hdlc: true }), on4, ...datagram],
      [ppp({ hdlc: true, compressed: true }), on6, ...datagram],
    ],
  ],
  [LinkType.IPV4, [[on4, ...datagram]]],
  [LinkType.IPV6, [[on6, ...datagram]]],
];

interface Sample {
  readonly file: string;
  readonly packets: Packet[];
}

function madeSamples(folder: string): Sample[] {
  return links.map(([linkType, packets], i) => {
    const file = join(folder, `made-${i}.pcap`);
    const built = packets.map((layers) => build(...layers));
    const records = built.map(({ bytes }) => ({ bytes, timestamp: 0n }));
    writeFileSync(file, encodeCapture(records, { format: 'pcap', linkType }));
    return { file, packets: built.map(({ bytes }) => dissect(bytes, { linkType })) };
  });
}

/** Compares all fields and gives their number. */
function assertEqualFields(samples: readonly Sample[]): string {
  const seen = new Set(samples.flatMap(({ packets }) => packets.flatMap((packet) => [...occurrences(packet).keys()])));
  const fields = [...seen].sort();
  const used = new Map<string, number>();
  const differences = samples
    .flatMap(({ file, packets }) => compare(file, packets, fields))
    .filter((difference) => {
      const exception = exceptions.find(({ applies }) => applies(difference));
      if (exception) used.set(exception.why, (used.get(exception.why) ?? 0) + 1);
      return exception === undefined;
    });
  assert.deepEqual(differences, []);
  assert.deepEqual([...used.keys()].sort(), exceptions.map(({ why }) => why).sort());
  return `${fields.length} fields; ${[...used].map(([why, count]) => `${count} values differ: ${why}`).join('; ')}`;
}

async function inFolder(use: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-tshark-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('every field of the packets made here has the value that tshark lists', { skip: without('tshark') }, (t) =>
  inFolder((folder) => t.diagnostic(assertEqualFields(madeSamples(folder)))),
);

/** Traffic of a kernel, in a network namespace of its own: neighbour discovery, listener reports, ARP, ICMP errors, a refused connection. */
const traffic = `
ip link set lo up
ip link add veth0 type veth peer name veth1
timeout 6 tcpdump -i any -U -Z root -w "$1/any.pcap" 2>/dev/null &
timeout 6 tcpdump -i lo -U -Z root -w "$1/lo.pcap" 2>/dev/null &
for i in $(seq 60); do [ -s "$1/any.pcap" ] && [ -s "$1/lo.pcap" ] && break; sleep 0.05; done
ip addr add 10.9.0.1/24 dev veth0
ip addr add 224.9.9.9/32 dev veth0 autojoin
ip link set veth0 up
ip link set veth1 up
bash -c 'echo x > /dev/udp/127.0.0.1/40001; echo x > /dev/udp/::1/40001; echo x > /dev/tcp/127.0.0.1/40001; echo x > /dev/udp/10.9.0.2/40001' 2>/dev/null
sleep 1
kill -INT $(jobs -p)
wait
`;

test(
  'every field of what tcpdump captures of a kernel has the value that tshark lists, and it is built again from its parts',
  { skip: without('root', 'tshark', 'tcpdump', 'ip') },
  (t) =>
    inFolder(async (folder) => {
      const { stderr } = spawnSync('unshare', ['--net', 'bash', '-c', traffic, 'bash', folder], {
        encoding: 'utf8',
        timeout: 20_000,
      });
      const files = ['any.pcap', 'lo.pcap'].map((name) => join(folder, name)).filter((file) => existsSync(file));
      if (files.length === 0) return t.skip(`no network namespace to be had: ${stderr}`);
      for (const file of files) {
        const packets = (await readCapture(file)).map((frame) => dissect(frame));
        assert.ok(packets.length > 3, `${packets.length} packets`);
        const fields = [...new Set(packets.flatMap((packet) => [...occurrences(packet).keys()]))];
        assert.deepEqual(compare(file, packets, fields), []);
        for (const packet of packets) {
          assert.deepEqual(packet.faults, []);
          assert.equal(toHex(build(...packet.parts()).bytes), toHex(packet.bytes), packet.summary());
        }
        t.diagnostic(`${packets.length} packets, ${fields.length} fields`);
      }
    }),
);

test('every packet made here and of the captures that has no fault is built again from its parts', async () => {
  const packets = corpusFrames().map((frame) => dissect(frame));
  packets.push(
    ...links.flatMap(([linkType, made]) => made.map((layers) => dissect(build(...layers).bytes, { linkType }))),
  );
  let good = 0;
  for (const packet of packets) {
    if (packet.faults.length > 0) continue;
    good++;
    assert.equal(toHex(build(...packet.parts()).bytes), toHex(packet.bytes), packet.summary());
  }
  assert.ok(good > 1000, `${good} packets without a fault`);
});

test('defragment() puts the corpus together as tshark does', { skip: without('tshark', 'corpus') }, async () => {
  for (const name of ['frag_http_req.pcap', 'ip4_fragments.pcap', 'ip6_fragments.pcap']) {
    const file = join(corpus, 'protocols', name);
    const packets = (await readCapture(file)).map((frame) => dissect(frame));
    const ours = [...defragment(packets)].map((packet) =>
      toHex(packet.layers.find(({ layerType }) => /^IPv[46]$/.test(layerType.label))!.payload),
    );
    const theirs = tshark(file, ['ip.reassembled.data', 'ipv6.reassembled.data'], []).map(
      ([, , four, six]) => four || six,
    );
    const whole = theirs.filter((text) => text !== undefined && text !== '');
    assert.ok(whole.length > 0, name);
    for (const data of whole) assert.ok(ours.includes(data!), `${name}: ${data!.slice(0, 40)}`);
  }
});

test('fragment() makes what tshark puts together again', { skip: without('tshark') }, () =>
  inFolder((folder) => {
    const data = Uint8Array.from({ length: 4000 }, (_, i) => i & 0xff);
    for (const ip of [ipv4({ id: 9, options: [{ routerAlert: 0 }] }), ipv6()]) {
      const whole = build(ethernet(), ip, udp({ srcPort: 40001, dstPort: 40002 }), data);
      const records = fragment(whole, { mtu: 1280 }).map(({ bytes }) => ({ bytes, timestamp: 0n }));
      const file = join(folder, 'fragments.pcap');
      writeFileSync(file, encodeCapture(records, { format: 'pcap', linkType: LinkType.ETHERNET }));
      const last = tshark(file, ['udp.length', 'udp.checksum.status', 'data.data'], []).at(-1)!;
      assert.deepEqual(last.slice(2), ['4008', '2', toHex(data)]);
    }
  }),
);
