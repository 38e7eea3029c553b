/**
 * The captures of `captures/testing`: every layer, link type and tunnel that the table of neighbours has, whole and damaged, made by the
 * builders. The same in every run.
 *
 * @module
 */
import { encodeCapture, type PacketInit } from '../capture/index.js';
import { conversationCapture, planConversation } from '../messages/conversation.js';
import type { Message } from '../messages/index.js';
import { Random } from '../random.js';
import {
  ah,
  arp,
  type Buildable,
  build,
  dissect,
  ethernet,
  geneve,
  gre,
  gtp,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  LinkType,
  llc,
  loopback,
  mpls,
  type Packet,
  pim,
  ppp,
  pppoe,
  sctp,
  serviceVlan,
  sll,
  sll2,
  snap,
  tcp,
  trailer,
  udp,
  vlan,
  vxlan,
} from '../wire/index.js';
import { hostileCapture } from './segments.js';
import { type Sample, samplePackets } from './wire-samples.js';

/** A capture of the corpus. */
export interface CorpusCapture {
  /** The name of its file. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What tshark is asked of it: the fields of each packet by itself, or what it makes of the streams. */
  readonly kind: 'fields' | 'streams';
}

/** Counts up, so that tshark sees no two packets of one conversation. */
let port = 0;

const macs = { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02' };
const v4 = () => ipv4({ src: '10.0.0.1', dst: '10.0.0.2' });
const v6 = () => ipv6({ src: '2001:db8::1', dst: '2001:db8::2' });
const datagram = () => udp({ srcPort: port++, dstPort: 40_000 });
const segment = () => tcp({ srcPort: port++, dstPort: 40_000, seq: 1, ack: 1, flags: 'PSH,ACK' });
const text = 'a payload';

/** What a carrier of IP carries. */
function inners(): (readonly Buildable[])[] {
  return [
    [v4(), datagram(), text],
    [v4(), segment(), text],
    [v6(), datagram(), text],
    [v6(), segment(), text],
    [v4(), icmp({ id: port++, seq: 1 }), 'ping'],
    [v6(), icmpv6({ id: port++, seq: 1 }), 'ping'],
    [v4(), sctp({ srcPort: 5, dstPort: 40_000 }), Uint8Array.of(11, 0, 0, 4)],
  ];
}

/** Headers of every link type, each before what it may carry. */
function linkPackets(): Sample[] {
  const of = (linkType: number, ...headers: readonly Buildable[][]): Sample[] =>
    headers.flatMap((header) => inners().map((inner) => ({ linkType, packet: build(...header, ...inner) })));
  const only = (linkType: number, first: 'IPv4' | 'IPv6'): Sample[] =>
    of(linkType, []).filter(({ packet }) => packet.layers[0]!.layerType.label === first);
  return [
    ...of(LinkType.ETHERNET, [ethernet(macs)]),
    ...of(LinkType.NULL, [loopback()]),
    ...of(LinkType.LOOP, [loopback()]).map(({ packet }) => bigEndian(packet)),
    ...of(LinkType.LINUX_SLL, [sll({ packetType: 4, src: macs.src })], [sll({ hardwareType: 772 })]),
    ...of(LinkType.LINUX_SLL2, [sll2({ packetType: 4, interfaceIndex: 3, src: macs.src })]),
    ...of(LinkType.PPP, [ppp({ hdlc: true })], [ppp()], [ppp({ hdlc: true, compressed: true })]),
    ...[LinkType.RAW, LinkType.RAW_BSD, LinkType.RAW_OPENBSD].flatMap((linkType) => of(linkType, [])),
    { packet: build(v4(), datagram(), text, trailer(Uint8Array.of(1, 2))), linkType: LinkType.RAW },
    {
      packet: build(ethernet({ ...macs, trailer: new Uint8Array(18) }), v4(), datagram()),
      linkType: LinkType.ETHERNET,
    },
    ...only(LinkType.IPV4, 'IPv4'),
    ...only(LinkType.IPV6, 'IPv6'),
  ];
}

/** The protocol family of LOOP is in network order, unlike that of NULL. */
function bigEndian(packet: Packet): Sample {
  const bytes = packet.bytes.slice();
  bytes.subarray(0, 4).reverse();
  return { packet: dissect(bytes, { linkType: LinkType.LOOP }), linkType: LinkType.LOOP };
}

/** Tunnels, tags and labels, one in another. */
function tunnelPackets(): Sample[] {
  const carriers: (readonly (() => Buildable)[])[] = [
    [() => vlan({ id: 5 })],
    [() => serviceVlan({ id: 5 }), () => vlan({ id: 6 })],
    [() => vlan({ id: 5 }), () => vlan({ id: 6 }), () => vlan({ id: 7 })],
    [() => llc(), () => snap()],
    [() => vlan({ id: 5 }), () => llc(), () => snap()],
    [() => mpls({ label: 1000 })],
    [() => mpls({ label: 1000 }), () => mpls({ label: 17 })],
    [() => pppoe({ sessionId: 7 }), () => ppp()],
    [() => vlan({ id: 5 }), () => pppoe({ sessionId: 7 }), () => ppp()],
    [v4],
    [v6],
    [v4, v4],
    [v6, v4],
    [v4, v6],
    [v6, v6],
    [v4, () => gre()],
    [v6, () => gre({ key: 7, sequence: 1 })],
    [v4, () => gre({ flags: 'CHECKSUM' })],
    [v4, () => gre(), v6, () => gre()],
    [v4, () => gre(), () => mpls({ label: 18 })],
    [v4, () => gre(), () => ethernet(macs)],
    [v4, () => gre(), () => ethernet(macs), () => vlan({ id: 5 })],
    [v4, () => gre(), () => ppp()],
    [v6, () => gre(), () => ethernet(macs), () => mpls({ label: 19 })],
    [v4, () => ah({ spi: 5, sequence: 6, icv: new Uint8Array(12) })],
    [v6, () => ah({ spi: 5, sequence: 6, icv: new Uint8Array(12) })],
    [() => ipv4({ src: '10.0.0.1', dst: '224.0.0.13' }), () => pim({ type: 1 })],
    [v4, () => icmp({ type: 3, code: 1 })],
    [v4, () => icmp({ type: 11 })],
    [v6, () => icmpv6({ type: 1, code: 3 })],
  ];
  const samples: Sample[] = [];
  for (const layers of carriers) {
    for (const inner of inners()) {
      const packet = build(ethernet(macs), ...layers.map((layer) => layer()), ...inner);
      // What an error of ICMP quotes is a packet of its own version.
      if (/ICMP\/IPv6|ICMPv6\/IPv4/.test(kindOf(packet))) continue;
      samples.push({ packet, linkType: LinkType.ETHERNET });
    }
  }
  for (const outer of [[vlan({ id: 5 })], [llc(), snap()], [v4(), gre(), ethernet(macs)]]) {
    const who = arp({ senderMac: macs.src, senderIp: '10.0.0.1', targetIp: '10.0.0.2' });
    samples.push({ packet: build(ethernet(macs), ...outer, who), linkType: LinkType.ETHERNET });
  }
  return samples;
}

/** Tunnels in UDP. */
function datagramTunnelPackets(): Sample[] {
  const carriers: (readonly (() => Buildable)[])[] = [
    [v4, () => udp({ srcPort: 50_000 }), () => vxlan({ vni: 7 }), () => ethernet(macs)],
    [v6, () => udp({ srcPort: 50_000 }), () => geneve({ vni: 8 })],
    [
      v4,
      () => udp({ srcPort: 50_000 }),
      () => geneve({ vni: 9, options: Uint8Array.of(1, 2, 3, 0) }),
      () => ethernet(macs),
    ],
    [v4, () => udp({ srcPort: 50_000 }), () => gtp({ teid: 0x1234 })],
    [
      v4,
      () => udp({ srcPort: 50_000 }),
      () => gtp({ teid: 0x1234, sequence: 5, extensionType: 0x85, extensions: Uint8Array.of(1, 0, 9, 0) }),
    ],
    [v4, () => udp({ srcPort: 50_000 }), () => gre()],
    [v4, () => udp({ srcPort: 50_000 }), () => mpls({ label: 20 })],
  ];
  return carriers.flatMap((layers) =>
    inners()
      .slice(0, 3)
      .map((inner) => ({
        packet: build(ethernet(macs), ...layers.map((layer) => layer()), ...inner),
        linkType: LinkType.ETHERNET,
      })),
  );
}

/** A capture's record of a packet, and the link type of the interface to write it under. */
interface Record {
  readonly bytes: Uint8Array;
  readonly originalLength: number;
  readonly linkType: number;
}

/** The layers that a packet has. */
function kindOf({ layers }: Packet): string {
  return layers.map(({ layerType }) => layerType.label).join('/');
}

/** Each kind of packet once. */
function kinds(samples: readonly Sample[]): Sample[] {
  const seen = new Map<string, Sample>();
  for (const sample of samples) {
    const key = `${sample.linkType} ${kindOf(sample.packet)}`;
    if (!seen.has(key)) seen.set(key, sample);
  }
  return [...seen.values()];
}

/** Packets that a snap length cut, packets that end early, and packets a bit of whose headers is another; by turns. */
function damagedRecords(): Record[] {
  const random = new Random(7);
  return kinds([...linkPackets(), ...tunnelPackets(), ...samplePackets(), ...datagramTunnelPackets()]).map(
    ({ packet, linkType }, i) => {
      const { bytes } = packet;
      if (i % 3 === 2) {
        const wrong = bytes.slice();
        wrong[random.below(Math.max(1, packet.layers.at(-1)!.at))]! ^= 1 << random.below(8);
        return { bytes: wrong, originalLength: wrong.length, linkType };
      }
      const rest = bytes.slice(0, 1 + random.below(bytes.length - 1));
      return { bytes: rest, originalLength: i % 3 === 0 ? bytes.length : rest.length, linkType };
    },
  );
}

function write(records: readonly Record[]): Uint8Array {
  const linkTypes = [...new Set(records.map(({ linkType }) => linkType))];
  const packets: PacketInit[] = records.map(({ bytes, originalLength, linkType }, i) => ({
    timestamp: 1_700_000_000_000_000_000n + BigInt(i) * 1_000_000_000n,
    bytes,
    originalLength,
    interfaceId: linkTypes.indexOf(linkType),
  }));
  return encodeCapture(packets, { interfaces: linkTypes.map((linkType) => ({ linkType })) });
}

function recordsOf(samples: readonly Sample[]): Record[] {
  return samples.map(({ packet: { bytes }, linkType }) => ({ bytes, originalLength: bytes.length, linkType }));
}

/** A conversation with loss, repetition and reordering. */
function talk(): Uint8Array {
  const messages = Array.from(
    { length: 16 },
    (_, i): Message => ({
      msgId: String(i + 1),
      appProtocol: 'TCP',
      srcApp: i % 2 ? 'web_server' : 'client_browser',
      dstApp: i % 2 ? 'client_browser' : 'web_server',
      message: 'x'.repeat(200 + ((i * 977) % 3000)),
      timestamp: 0.1 + i * 0.05,
      line: i + 2,
    }),
  );
  const plan = planConversation(messages, { faults: { seed: 5, loss: 0.05, duplication: 0.1, reordering: 0.1 } });
  return encodeCapture(conversationCapture(plan), { interfaces: [{ linkType: LinkType.RAW }] });
}

/** All of them. */
export function corpusCaptures(): CorpusCapture[] {
  port = 41_000;
  return [
    { name: 'layers.pcapng', bytes: write(recordsOf(samplePackets())), kind: 'fields' },
    { name: 'links.pcapng', bytes: write(recordsOf(linkPackets())), kind: 'fields' },
    {
      name: 'tunnels.pcapng',
      bytes: write(recordsOf([...tunnelPackets(), ...datagramTunnelPackets()])),
      kind: 'fields',
    },
    { name: 'damaged.pcapng', bytes: write(damagedRecords()), kind: 'fields' },
    { name: 'hostile.pcap', bytes: hostileCapture(3, 500), kind: 'streams' },
    { name: 'talk.pcapng', bytes: talk(), kind: 'streams' },
  ];
}
