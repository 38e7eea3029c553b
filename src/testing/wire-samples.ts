/**
 * Packets of every layer, random where that leaves them valid, for tests that compare with other programs.
 *
 * @module
 */
import {
  ah,
  arp,
  type Buildable,
  destinationOptions,
  esp,
  ethernet,
  fragmentHeader,
  fuzz,
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
  type Packet,
  routing,
  serviceVlan,
  sll,
  sll2,
  snap,
  tcp,
  udp,
  vlan,
} from '../wire/index.js';
import { applicationPackets } from './app-packets.js';
import { protocolSamples } from './protocol-packets.js';

/** A packet and the link type of its capture. */
export interface Sample {
  readonly packet: Packet;
  readonly linkType: number;
}

/** Ports that no dissector of Wireshark's is bound to. */
const datagram = udp({ srcPort: 40_001, dstPort: 40_002 });
const segment = tcp({ srcPort: 40_001, dstPort: 40_002, flags: 'PSH,ACK' });
const payload = 'payload';
const quoted = [ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }), datagram, payload] as const;

const tcpOptions = [
  [{ mss: 1460 }, 'sackPermitted', { timestamps: [1, 2] }, 'nop', { windowScale: 7 }],
  [
    'nop',
    'nop',
    {
      sack: [
        [10, 20],
        [30, 40],
      ],
    },
  ],
] as const;

/** Layers to make random packets of, outermost first. */
const stacks: readonly (readonly [linkType: number, ...layers: Buildable[]])[] = [
  [LinkType.ETHERNET, ethernet(), ipv4(), datagram, payload],
  [LinkType.ETHERNET, ethernet(), ipv4(), tcp({ srcPort: 40_001, dstPort: 40_002 }), payload],
  ...tcpOptions.map((options): readonly [number, ...Buildable[]] => [
    LinkType.ETHERNET,
    ethernet(),
    ipv4(),
    tcp({ srcPort: 40_001, dstPort: 40_002, options }),
  ]),
  [LinkType.ETHERNET, ethernet(), arp({ senderIp: '10.0.0.1', targetIp: '10.0.0.2' })],
  [
    LinkType.ETHERNET,
    ethernet(),
    arp({ hardwareType: 1, protocolType: 0x0800, operation: 1, senderIp: '10.0.0.1', targetIp: '10.0.0.1' }),
  ],
  [LinkType.ETHERNET, ethernet(), vlan(), ipv4(), datagram, payload],
  [LinkType.ETHERNET, ethernet(), serviceVlan(), vlan(), ipv4(), datagram, payload],
  [LinkType.ETHERNET, ethernet(), llc({ ssap: 0xaa, control: 3 }), snap(), ipv4(), datagram, payload],
  [LinkType.ETHERNET, ethernet(), ipv6(), segment, payload],
  [LinkType.ETHERNET, ethernet(), ipv6(), hopByHop(), destinationOptions(), datagram, payload],
  [
    LinkType.ETHERNET,
    ethernet(),
    ipv6(),
    routing({ routingType: 2, segmentsLeft: 1, addresses: ['2001:db8::9'] }),
    datagram,
    payload,
  ],
  [LinkType.ETHERNET, ethernet(), ipv6(), fragmentHeader({ fragmentOffset: 0 }), datagram, payload],
  [LinkType.ETHERNET, ethernet(), ipv6(), icmpv6({ type: 128 }), payload],
  [LinkType.ETHERNET, ethernet(), ipv4(), ah({ icv: new Uint8Array(12) }), datagram, payload],
  [LinkType.ETHERNET, ethernet(), ipv4(), esp(), payload],
  [LinkType.ETHERNET, ethernet(), ipv4(), gre(), ipv4(), datagram, payload],
  [LinkType.ETHERNET, ethernet(), ipv4(), ipv6(), datagram, payload],
  [LinkType.ETHERNET, ethernet(), ipv4(), igmp({ type: 0x16 })],
  [LinkType.ETHERNET, ethernet(), ipv4(), icmp({ type: 8 }), payload],
  [LinkType.ETHERNET, ethernet(), ipv4(), icmp({ type: 13 })],
  [LinkType.ETHERNET, ethernet(), ipv4(), icmp({ type: 3 }), ...quoted],
  [LinkType.ETHERNET, ethernet(), ipv4(), icmp({ type: 5 }), ...quoted],
  [LinkType.LINUX_SLL, sll(), ipv4(), datagram, payload],
  [LinkType.LINUX_SLL2, sll2(), ipv4(), datagram, payload],
  [LinkType.NULL, loopback(), ipv4(), datagram, payload],
  [LinkType.RAW, ipv6(), segment, payload],
  [LinkType.IPV4, ipv4(), segment, payload],
  [LinkType.IPV6, ipv6(), datagram, payload],
];

/** A few packets of each stack, and those of the application layers; the same in every run. */
export function samplePackets(): Sample[] {
  const random = stacks.flatMap(([linkType, ...layers]) =>
    [...fuzz(layers, { seed: 1, count: 6 })].map((packet) => ({ packet, linkType })),
  );
  const application = applicationPackets().map((packet) => ({ packet, linkType: LinkType.RAW }));
  return [...random, ...application, ...protocolSamples()];
}
