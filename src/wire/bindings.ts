/**
 * Which layer follows which number: the one table of neighbours. Nothing registers itself.
 *
 * @module
 */

import { Arp } from './arp.js';
import { Dhcp } from './dhcp.js';
import { Dns, DnsOverTcp, Llmnr, Mdns } from './dns.js';
import { Ethernet, EtherType } from './ethernet.js';
import { Gre } from './gre.js';
import { Ah, Esp } from './ipsec.js';
import { IpProtocol, Ipv4 } from './ipv4.js';
import { Ipv6 } from './ipv6.js';
import { DestinationOptions, HopByHop } from './ipv6-extension.js';
import { FragmentHeader } from './ipv6-fragment.js';
import { Routing } from './ipv6-routing.js';
import type { Bindings, LayerType, Numbers } from './layer.js';
import { Llc, Sap, Snap } from './llc.js';
import { Loopback } from './loopback.js';
import { Ntp } from './ntp.js';
import { Sll, Sll2 } from './sll.js';
import { Tcp } from './tcp.js';
import { Udp } from './udp.js';
import { ServiceVlan, Vlan } from './vlan.js';

/** Link types of captures that are dissected, https://www.tcpdump.org/linktypes.html */
export const LinkType = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  LOOP: 108,
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;

const etherTypes: readonly (readonly [number, LayerType])[] = [
  [EtherType.IPV4, Ipv4],
  [EtherType.IPV6, Ipv6],
  [EtherType.ARP, Arp],
  [EtherType.RARP, Arp],
  [EtherType.VLAN, Vlan],
  [EtherType.QINQ, ServiceVlan],
  [EtherType.QINQ_OLD, ServiceVlan],
  [EtherType.LLC, Llc],
  [EtherType.TRANSPARENT_ETHERNET, Ethernet],
];

const ipProtocols: readonly (readonly [number, LayerType])[] = [
  [IpProtocol.IPV4, Ipv4],
  [IpProtocol.TCP, Tcp],
  [IpProtocol.UDP, Udp],
  [IpProtocol.IPV6, Ipv6],
  [IpProtocol.HOPOPT, HopByHop],
  [IpProtocol.DESTINATION_OPTIONS, DestinationOptions],
  [IpProtocol.ROUTING, Routing],
  [IpProtocol.FRAGMENT, FragmentHeader],
  [IpProtocol.AH, Ah],
  [IpProtocol.ESP, Esp],
  [IpProtocol.GRE, Gre],
];

const tcpPorts: readonly (readonly [number, LayerType])[] = [[53, DnsOverTcp]];

const udpPorts: readonly (readonly [number, LayerType])[] = [
  [53, Dns],
  [67, Dhcp],
  [68, Dhcp],
  [123, Ntp],
  [5353, Mdns],
  [5355, Llmnr],
];

/** Tried in this order, as Wireshark does where no port decides. */
const tcpContents: readonly LayerType[] = [];

const llcSaps: readonly (readonly [number, LayerType])[] = [
  [Sap.IP, Ipv4],
  [Sap.SNAP, Snap],
];

const linkTypes = new Map<number, LayerType>([
  [LinkType.NULL, Loopback],
  [LinkType.ETHERNET, Ethernet],
  [LinkType.LOOP, Loopback],
  [LinkType.IPV4, Ipv4],
  [LinkType.IPV6, Ipv6],
  [LinkType.LINUX_SLL, Sll],
  [LinkType.LINUX_SLL2, Sll2],
]);

/** The table that `dissect` follows. */
export const bindings: Bindings = {
  etherType: new Map(etherTypes),
  ipProtocol: Array.from({ length: 256 }, (_, number) => ipProtocols.find(([key]) => key === number)?.[1]),
  tcpPort: new Map(tcpPorts),
  udpPort: new Map(udpPorts),
  tcpContent: tcpContents,
  llcSap: new Map(llcSaps),
};

/** The outermost layer of a frame; nothing for a link type that is not dissected. RAW is told by the version in the first octet. */
export function firstLayer(linkType: number, view: DataView, at: number, end: number): LayerType | undefined {
  if (linkType === LinkType.RAW && at < end) {
    return bindings.ipProtocol[view.getUint8(at) >> 4 === 6 ? IpProtocol.IPV6 : IpProtocol.IPV4];
  }
  return linkTypes.get(linkType);
}

const numbers = new Map<LayerType, Numbers>();
for (const [key, pairs] of [
  ['etherType', etherTypes],
  ['ipProtocol', ipProtocols],
  ['tcpPort', tcpPorts],
  ['udpPort', udpPorts],
  ['llcSap', llcSaps],
] as const) {
  for (const [number, type] of pairs) numbers.set(type, { [key]: number, ...numbers.get(type) });
}

/** The numbers that announce a layer, the first listed where it has several. */
export function numbersOf(type: LayerType): Numbers | undefined {
  return numbers.get(type);
}
