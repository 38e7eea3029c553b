/**
 * Packets of layers above layers, made at random from a grammar of their own: what may stand in what is written here once more, apart
 * from the table of neighbours, so that a row that is missing there is noticed.
 *
 * @module
 */
import { LinkType } from '../link-type.js';
import type { Random } from '../random.js';
import {
  ah,
  arp,
  type Buildable,
  backbone,
  build,
  ciscoHdlc,
  destinationOptions,
  erspan,
  erspan3,
  ethernet,
  fragmentHeader,
  frameRelay,
  geneve,
  gre,
  gtp,
  hopByHop,
  icmp,
  icmpv6,
  igmp,
  ipv4,
  ipv6,
  llc,
  loopback,
  mpls,
  type Packet,
  type Part,
  ppp,
  pppoe,
  radiotap,
  routing,
  sctp,
  serviceVlan,
  sll,
  sll2,
  snap,
  stp,
  tcp,
  udp,
  vlan,
  vxlan,
  wlan,
} from '../wire/index.js';

/** What the generator knows of the packet that it makes. */
interface Making {
  readonly random: Random;
  /** Numbers that make addresses and ports of this packet its own. */
  readonly mark: number;
  depth: number;
}

interface Kind {
  make(making: Making): Part;
  /** Names of what may stand inside; none for a layer that ends the stack with its payload. */
  readonly inside: readonly string[];
}

const byEtherType = ['vlan', 'serviceVlan', 'backbone', 'mpls', 'pppoe', 'arp', 'ipv4', 'ipv6'];
const ip = ['ipv4', 'ipv6'];
const byProtocol = ['tcp', 'udp', 'udpTunnel', 'erspanGre', 'gre', 'ah', 'ipv4', 'ipv6', 'sctp'];
const byProtocol4 = [...byProtocol, 'icmp', 'icmpError', 'igmp'];
const byProtocol6 = [
  ...byProtocol,
  'hopByHop',
  'routing',
  'fragmentHeader',
  'destinationOptions',
  'icmpv6',
  'icmpv6Error',
];

/** Addresses: of one packet and depth, and no other. */
const address4 = ({ mark, depth }: Making, side: number) => `10.${side + 2 * depth}.${mark >> 8}.${mark & 0xff}`;
const address6 = ({ mark, depth }: Making, side: number) =>
  `2001:db8:${depth.toString(16)}::${mark.toString(16)}:${side}`;
/** Ports that no dissector is bound to; both of one packet and depth, and no other. */
const ports = ({ mark, depth }: Making) => ({ srcPort: 49_152 + mark, dstPort: 10_000 + depth });

const kinds: { readonly [name: string]: Kind } = {
  ethernet: {
    make: ({ mark, depth }) => {
      const end = `${(mark >> 8).toString(16).padStart(2, '0')}:${(mark & 255).toString(16).padStart(2, '0')}`;
      return ethernet({ src: `02:00:00:0${depth % 10}:${end}`, dst: `02:01:00:0${depth % 10}:${end}` });
    },
    inside: [...byEtherType, 'llc'],
  },
  radiotap: { make: () => radiotap({ present: 2, content: Uint8Array.of(0) }), inside: ['wlan'] },
  wlan: {
    make: ({ random }) => wlan({ flags: random.below(4), qos: random.pick([undefined, 0]) }),
    inside: ['llc'],
  },
  ciscoHdlc: { make: () => ciscoHdlc(), inside: ['mpls', ...ip] },
  frameRelay: { make: ({ random }) => frameRelay({ dlci: random.below(1024) }), inside: ip },
  sll: { make: () => sll(), inside: ['vlan', 'mpls', 'arp', ...ip] },
  sll2: { make: () => sll2(), inside: ['vlan', 'mpls', 'arp', ...ip] },
  loopback: { make: () => loopback(), inside: ip },
  ppp: { make: () => ppp(), inside: ['mpls', ...ip] },
  pppoe: { make: () => pppoe(), inside: ['ppp'] },
  vlan: { make: ({ random }) => vlan({ id: random.below(4095) }), inside: byEtherType },
  serviceVlan: { make: ({ random }) => serviceVlan({ id: random.below(4095) }), inside: byEtherType },
  llc: { make: () => llc({ ssap: 0xaa, control: 3 }), inside: ['snap', 'stp'] },
  snap: { make: () => snap(), inside: ['vlan', 'mpls', 'arp', ...ip] },
  mpls: { make: ({ random }) => mpls({ label: 16 + random.below(1 << 19) }), inside: ['mpls', ...ip] },
  backbone: { make: ({ random }) => backbone({ service: random.below(1 << 24) }), inside: ['vlan', 'mpls', ...ip] },
  stp: { make: () => stp(), inside: [] },
  arp: { make: () => arp({ senderIp: '10.0.0.1', targetIp: '10.0.0.2' }), inside: [] },
  ipv4: {
    make: (making) => ipv4({ src: address4(making, 0), dst: address4(making, 1), ttl: 1 + making.random.below(255) }),
    inside: byProtocol4,
  },
  ipv6: { make: (making) => ipv6({ src: address6(making, 0), dst: address6(making, 1) }), inside: byProtocol6 },
  hopByHop: { make: () => hopByHop(), inside: byProtocol6.filter((name) => name !== 'hopByHop') },
  routing: { make: () => routing({ routingType: 2, segmentsLeft: 0, addresses: ['2001:db8::9'] }), inside: byProtocol },
  fragmentHeader: { make: () => fragmentHeader({ fragmentOffset: 0 }), inside: byProtocol },
  destinationOptions: { make: () => destinationOptions(), inside: byProtocol },
  ah: { make: () => ah({ icv: new Uint8Array(12) }), inside: ['tcp', 'udp', 'gre', ...ip] },
  gre: { make: () => gre(), inside: ['ethernet', 'vlan', 'mpls', 'ppp', ...ip] },
  erspanGre: { make: () => gre({ sequence: 5 }), inside: ['erspan', 'erspan3'] },
  erspan: { make: () => erspan({ session: 7 }), inside: ['ethernet'] },
  erspan3: { make: ({ random }) => erspan3({ hasOptional: random.below(2) }), inside: ['ethernet'] },
  icmp: { make: () => icmp({ type: 8 }), inside: [] },
  icmpError: { make: () => icmp({ type: 3, code: 1 }), inside: ['ipv4'] },
  icmpv6: { make: () => icmpv6({ type: 128 }), inside: [] },
  icmpv6Error: { make: () => icmpv6({ type: 1 }), inside: ['ipv6'] },
  igmp: { make: () => igmp({ type: 0x16 }), inside: [] },
  sctp: { make: (making) => sctp(ports(making)), inside: [] },
  tcp: {
    make: (making) => tcp({ ...ports(making), flags: making.random.pick(['SYN', 'PSH,ACK', 'RST']) }),
    inside: [],
  },
  udp: { make: (making) => udp(ports(making)), inside: [] },
  udpTunnel: {
    make: ({ mark }) => udp({ srcPort: 49_152 + mark }),
    inside: ['vxlan', 'geneve', 'gtp', 'gre', 'mpls'],
  },
  vxlan: { make: ({ random }) => vxlan({ vni: random.below(1 << 24) }), inside: ['ethernet'] },
  geneve: {
    make: ({ random }) => geneve({ vni: random.below(1 << 24), options: new Uint8Array(random.below(3) * 4) }),
    inside: ['ethernet', ...ip],
  },
  gtp: { make: ({ random }) => gtp({ teid: random.next(), sequence: random.pick([undefined, 7]) }), inside: ip },
};

/** What captures of a link type begin with. */
const links: readonly (readonly [linkType: number, first: string])[] = [
  [LinkType.ETHERNET, 'ethernet'],
  [LinkType.LINUX_SLL, 'sll'],
  [LinkType.LINUX_SLL2, 'sll2'],
  [LinkType.NULL, 'loopback'],
  [LinkType.PPP, 'ppp'],
  [LinkType.IEEE802_11_RADIOTAP, 'radiotap'],
  [LinkType.IEEE802_11, 'wlan'],
  [LinkType.C_HDLC, 'ciscoHdlc'],
  [LinkType.FRELAY, 'frameRelay'],
  [LinkType.RAW, 'ipv4'],
  [LinkType.RAW, 'ipv6'],
  [LinkType.IPV4, 'ipv4'],
  [LinkType.IPV6, 'ipv6'],
];

/** Every name of the grammar. */
export const stackNames: readonly string[] = Object.keys(kinds);

/** A packet and what it was made of. */
export interface GeneratedStack {
  readonly linkType: number;
  /** Its layers, outermost first. */
  readonly parts: readonly Part[];
  readonly packet: Packet;
  /** Names in the grammar, `ethernet vlan ipv4 udp`. */
  readonly name: string;
}

/** Layers one in the other at the most. */
const deepest = 10;

/** Packet number `mark`, 0 to 9,999, which its addresses and ports say. */
export function generateStack(random: Random, mark: number): GeneratedStack {
  const [linkType, first] = random.pick(links);
  const making: Making = { random, mark, depth: 0 };
  const names = [first];
  const parts = [kinds[first]!.make(making)];
  for (;;) {
    const { inside } = kinds[names.at(-1)!]!;
    if (inside.length === 0) break;
    making.depth = names.length;
    // A stack that has grown deep ends as soon as it can.
    const ends = inside.filter((name) => kinds[name]!.inside.length === 0);
    const name = random.pick(names.length >= deepest && ends.length > 0 ? ends : inside);
    names.push(name);
    parts.push(kinds[name]!.make(making));
  }
  const content: Buildable[] = parts.at(-1)!.type.label === 'ARP' ? [] : ['payload'];
  const isSelfContained = ['arp', 'stp', 'igmp'].includes(names.at(-1)!);
  return { linkType, parts, packet: build(...parts, ...(isSelfContained ? [] : content)), name: names.join(' ') };
}
