/**
 * Which layer follows which number: the one table of neighbours. Nothing registers itself.
 *
 * @module
 */

import { Chat } from '../application/chat.js';
import { Dhcp } from '../application/dhcp/dhcp.js';
import { Dns, DnsOverTcp, Llmnr, Mdns } from '../application/dns/dns.js';
import { Ftp } from '../application/ftp.js';
import { Hsrp } from '../application/hsrp.js';
import { Http, Ssdp } from '../application/http.js';
import { Imap } from '../application/mail/imap.js';
import { Pop } from '../application/mail/pop.js';
import { Smtp } from '../application/mail/smtp.js';
import { Ntp } from '../application/ntp.js';
import { Rip } from '../application/rip.js';
import { Sip } from '../application/sip.js';
import { Syslog } from '../application/syslog.js';
import { Tls } from '../application/tls/tls.js';
import type { Bindings, LayerType, Numbers } from '../core/layer.js';
import { Gre } from '../internet/gre.js';
import { Icmp } from '../internet/icmp.js';
import { Icmpv6 } from '../internet/icmpv6.js';
import { Igmp } from '../internet/igmp.js';
import { Ah, Esp } from '../internet/ipsec.js';
import { IpProtocol, Ipv4 } from '../internet/ipv4.js';
import { Ipv6 } from '../internet/ipv6.js';
import { DestinationOptions, HopByHop } from '../internet/ipv6-extension.js';
import { FragmentHeader } from '../internet/ipv6-fragment.js';
import { Routing } from '../internet/ipv6-routing.js';
import { Ospf } from '../internet/ospf.js';
import { Pim } from '../internet/pim.js';
import { Vrrp } from '../internet/vrrp.js';
import { Arp } from '../link/arp.js';
import { Ethernet, EtherType } from '../link/ethernet.js';
import { Llc, Sap, Snap } from '../link/llc.js';
import { Lldp } from '../link/lldp.js';
import { Loopback } from '../link/loopback.js';
import { Mpls } from '../link/mpls.js';
import { Ppp, Pppoe } from '../link/ppp.js';
import { Sll, Sll2 } from '../link/sll.js';
import { Stp } from '../link/stp.js';
import { ServiceVlan, Vlan } from '../link/vlan.js';
import { Sctp } from '../transport/sctp.js';
import { Tcp } from '../transport/tcp.js';
import { Udp } from '../transport/udp.js';

/** Link types of captures that are dissected, https://www.tcpdump.org/linktypes.html */
export const LinkType = {
  NULL: 0,
  ETHERNET: 1,
  PPP: 9,
  /** RAW as BSD systems number it. */
  RAW_BSD: 12,
  /** RAW as OpenBSD numbers it. */
  RAW_OPENBSD: 14,
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
  [EtherType.MPLS, Mpls],
  [EtherType.MPLS_UPSTREAM, Mpls],
  [EtherType.PPPOE_SESSION, Pppoe],
  [EtherType.PPPOE_DISCOVERY, Pppoe],
  [EtherType.PPP, Ppp],
  [EtherType.LLDP, Lldp],
];

const ipProtocols: readonly (readonly [number, LayerType])[] = [
  [IpProtocol.IPV4, Ipv4],
  [IpProtocol.TCP, Tcp],
  [IpProtocol.UDP, Udp],
  [IpProtocol.SCTP, Sctp],
  [IpProtocol.IPV6, Ipv6],
  [IpProtocol.HOPOPT, HopByHop],
  [IpProtocol.DESTINATION_OPTIONS, DestinationOptions],
  [IpProtocol.ROUTING, Routing],
  [IpProtocol.FRAGMENT, FragmentHeader],
  [IpProtocol.AH, Ah],
  [IpProtocol.ESP, Esp],
  [IpProtocol.GRE, Gre],
  [IpProtocol.ICMP, Icmp],
  [IpProtocol.IGMP, Igmp],
  [IpProtocol.ICMPV6, Icmpv6],
  [IpProtocol.OSPF, Ospf],
  [IpProtocol.VRRP, Vrrp],
  [IpProtocol.PIM, Pim],
];

const tcpPorts: readonly (readonly [number, LayerType])[] = [
  [443, Tls],
  [80, Http],
  [53, DnsOverTcp],
  [9999, Chat],
  ...[3128, 3132, 5985, 8080, 8088, 11371, 1900, 2869, 2710].map((port) => [port, Http] as const),
  [21, Ftp],
  [25, Smtp],
  [587, Smtp],
  [110, Pop],
  [143, Imap],
  [5060, Sip],
];

const udpPorts: readonly (readonly [number, LayerType])[] = [
  [53, Dns],
  [67, Dhcp],
  [68, Dhcp],
  [123, Ntp],
  [1900, Ssdp],
  [5353, Mdns],
  [5355, Llmnr],
  [520, Rip],
  [1985, Hsrp],
  [2029, Hsrp],
  [5060, Sip],
  [514, Syslog],
];

/** Tried in this order, as Wireshark does where no port decides. */
const tcpContents: readonly LayerType[] = [Http, Tls];

const llcSaps: readonly (readonly [number, LayerType])[] = [
  [Sap.IP, Ipv4],
  [Sap.SNAP, Snap],
  [Sap.STP, Stp],
];

const pppProtocols: readonly (readonly [number, LayerType])[] = [
  [0x0021, Ipv4],
  [0x0057, Ipv6],
];

const linkTypes = new Map<number, LayerType>([
  [LinkType.NULL, Loopback],
  [LinkType.ETHERNET, Ethernet],
  [LinkType.PPP, Ppp],
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
  pppProtocol: new Map(pppProtocols),
};

const rawLinkTypes: ReadonlySet<number> = new Set([LinkType.RAW, LinkType.RAW_BSD, LinkType.RAW_OPENBSD]);

/** The outermost layer of a frame; nothing for a link type that is not dissected. RAW is told by the version in the first octet. */
export function firstLayer(linkType: number, view: DataView, at: number, end: number): LayerType | undefined {
  const type = linkTypes.get(linkType);
  if (type !== undefined || !rawLinkTypes.has(linkType) || at >= end) return type;
  return bindings.ipProtocol[view.getUint8(at) >> 4 === 6 ? IpProtocol.IPV6 : IpProtocol.IPV4];
}

const numbers = new Map<LayerType, Numbers>();
for (const [key, pairs] of [
  ['etherType', etherTypes],
  ['ipProtocol', ipProtocols],
  ['tcpPort', tcpPorts],
  ['udpPort', udpPorts],
  ['llcSap', llcSaps],
  ['pppProtocol', pppProtocols],
] as const) {
  for (const [number, type] of pairs) numbers.set(type, { [key]: number, ...numbers.get(type) });
}

/** The numbers that announce a layer, the first listed where it has several. */
export function numbersOf(type: LayerType): Numbers | undefined {
  return numbers.get(type);
}
