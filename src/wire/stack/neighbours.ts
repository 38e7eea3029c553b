/**
 * The one table of neighbours: each layer with the function that builds it and the numbers that announce it. What follows what, which
 * link types are dissected, what `build` writes and what filters, streams and conversations see comes from here; nothing registers
 * itself.
 *
 * @module
 */
import { LinkType } from '../../link-type.js';
import { Chat, chat } from '../application/chat.js';
import { Dhcp, dhcp } from '../application/dhcp/dhcp.js';
import { Dns, DnsOverTcp, dns, dnsOverTcp, Llmnr, llmnr, Mdns, mdns } from '../application/dns/dns.js';
import { Ftp, ftp } from '../application/ftp.js';
import { Hsrp, hsrp } from '../application/hsrp.js';
import { Http, http, Ssdp, ssdp } from '../application/http.js';
import { Imap, imap } from '../application/mail/imap.js';
import { Pop, pop } from '../application/mail/pop.js';
import { Smtp, smtp } from '../application/mail/smtp.js';
import { Ntp, ntp } from '../application/ntp.js';
import { Rip, rip } from '../application/rip.js';
import { Sip, sip } from '../application/sip.js';
import { Syslog, syslog } from '../application/syslog.js';
import { Tls, tls } from '../application/tls/tls.js';
import { Cut } from '../core/cut.js';
import { Fault } from '../core/fault.js';
import type { LayerType, Numbers, Part } from '../core/layer.js';
import { Raw, raw } from '../core/raw.js';
import { Trailer, trailer } from '../core/trailer.js';
import { Erspan, Erspan3, erspan, erspan3 } from '../internet/erspan.js';
import { Geneve, geneve } from '../internet/geneve.js';
import { Gre, gre } from '../internet/gre.js';
import { Gtp, gtp } from '../internet/gtp.js';
import { Icmp, icmp } from '../internet/icmp.js';
import { Icmpv6, icmpv6 } from '../internet/icmpv6.js';
import { Igmp, igmp } from '../internet/igmp.js';
import { Ah, ah, Esp, esp } from '../internet/ipsec.js';
import { Ipv4, ipv4 } from '../internet/ipv4.js';
import { Ipv6, ipv6 } from '../internet/ipv6.js';
import { DestinationOptions, destinationOptions, HopByHop, hopByHop } from '../internet/ipv6-extension.js';
import { FragmentHeader, fragmentHeader } from '../internet/ipv6-fragment.js';
import { Routing, routing } from '../internet/ipv6-routing.js';
import { Ospf, ospf } from '../internet/ospf.js';
import { Pim, pim } from '../internet/pim.js';
import { UdpEncapsulation, udpEncapsulation } from '../internet/udp-encapsulation.js';
import { Vrrp, vrrp } from '../internet/vrrp.js';
import { Vxlan, vxlan } from '../internet/vxlan.js';
import { Arp, arp } from '../link/arp.js';
import { Backbone, backbone } from '../link/backbone.js';
import { CiscoHdlc, ciscoHdlc } from '../link/cisco-hdlc.js';
import { Ethernet, ethernet } from '../link/ethernet.js';
import { FrameRelay, frameRelay } from '../link/frame-relay.js';
import { Llc, llc, Snap, snap } from '../link/llc.js';
import { Lldp, lldp } from '../link/lldp.js';
import { Loopback, loopback } from '../link/loopback.js';
import { Mpls, mpls } from '../link/mpls.js';
import { Ppp, Pppoe, PppoeDiscovery, ppp, pppoe, pppoeDiscovery } from '../link/ppp.js';
import { Radiotap, radiotap } from '../link/radiotap.js';
import { Sll, Sll2, sll, sll2 } from '../link/sll.js';
import { Stp, stp } from '../link/stp.js';
import { ServiceVlan, serviceVlan, Vlan, vlan } from '../link/vlan.js';
import { Wlan, wlan } from '../link/wlan.js';
import { Sctp, sctp } from '../transport/sctp.js';
import { Tcp, tcp } from '../transport/tcp.js';
import { Udp, udp } from '../transport/udp.js';
import { type Carried, LayerRow } from './row.js';
import { Stack } from './stack.js';

/** A layer that can be built: `row('udp', Udp, udp, { ipProtocol: 17 })`. */
const row = (name: string, type: LayerType, part: (init: never) => Part, carried: Carried = {}): LayerRow =>
  new LayerRow(name, type, part, carried);

/** Link types whose packets begin with IP of either version. */
const ipLinkTypes = [LinkType.RAW, LinkType.RAW_BSD, LinkType.RAW_OPENBSD];

/** Every layer that can be built. EtherTypes: https://www.iana.org/assignments/ieee-802-numbers; IP protocols and ports: IANA. */
export const layers: readonly LayerRow[] = [
  row('ethernet', Ethernet, ethernet, { linkType: LinkType.ETHERNET, etherType: 0x6558 }),
  row('loopback', Loopback, loopback, { linkType: [LinkType.NULL, LinkType.LOOP] }),
  row('sll', Sll, sll, { linkType: LinkType.LINUX_SLL }),
  row('sll2', Sll2, sll2, { linkType: LinkType.LINUX_SLL2 }),
  row('ppp', Ppp, ppp, { linkType: LinkType.PPP, etherType: 0x880b }),
  row('radiotap', Radiotap, radiotap, { linkType: LinkType.IEEE802_11_RADIOTAP }),
  row('wlan', Wlan, wlan, { linkType: LinkType.IEEE802_11 }),
  row('ciscoHdlc', CiscoHdlc, ciscoHdlc, { linkType: LinkType.C_HDLC }),
  row('frameRelay', FrameRelay, frameRelay, { linkType: LinkType.FRELAY }),
  row('pppoe', Pppoe, pppoe, { etherType: 0x8864 }),
  row('pppoeDiscovery', PppoeDiscovery, pppoeDiscovery, { etherType: 0x8863 }),
  row('vlan', Vlan, vlan, { etherType: [0x8100, 0x9100] }),
  row('serviceVlan', ServiceVlan, serviceVlan, { etherType: 0x88a8 }),
  // Not an EtherType on the wire: the number by which Linux's cooked captures, and lengths in place of a type, announce LLC.
  row('llc', Llc, llc, { etherType: 0x0004 }),
  row('snap', Snap, snap, { llcSap: 0xaa }),
  row('backbone', Backbone, backbone, { etherType: 0x88e7 }),
  row('mpls', Mpls, mpls, { etherType: [0x8847, 0x8848], pppProtocol: [0x0281, 0x0283], udpPort: 6635 }),
  row('arp', Arp, arp, { etherType: [0x0806, 0x8035] }),
  row('ipv4', Ipv4, ipv4, {
    linkType: LinkType.IPV4,
    etherType: 0x0800,
    llcSap: 0x06,
    pppProtocol: 0x0021,
    ipProtocol: 4,
    ipVersion: 4,
    addressFamily: 2,
  }),
  row('ipv6', Ipv6, ipv6, {
    linkType: LinkType.IPV6,
    etherType: 0x86dd,
    pppProtocol: 0x0057,
    ipProtocol: 41,
    ipVersion: 6,
    // As macOS, Linux, Windows, NetBSD and OpenBSD, FreeBSD number it.
    addressFamily: [30, 10, 23, 24, 28],
  }),
  row('hopByHop', HopByHop, hopByHop, { ipProtocol: 0 }),
  row('routing', Routing, routing, { ipProtocol: 43 }),
  row('fragmentHeader', FragmentHeader, fragmentHeader, { ipProtocol: 44 }),
  row('destinationOptions', DestinationOptions, destinationOptions, { ipProtocol: 60 }),
  row('ah', Ah, ah, { ipProtocol: 51 }),
  row('esp', Esp, esp, { ipProtocol: 50 }),
  row('gre', Gre, gre, { ipProtocol: 47, udpPort: 4754 }),
  row('icmp', Icmp, icmp, { ipProtocol: 1 }),
  row('igmp', Igmp, igmp, { ipProtocol: 2 }),
  row('icmpv6', Icmpv6, icmpv6, { ipProtocol: 58 }),
  row('tcp', Tcp, tcp, { ipProtocol: 6 }),
  row('udp', Udp, udp, { ipProtocol: 17 }),
  row('sctp', Sctp, sctp, { ipProtocol: 132 }),
  row('erspan', Erspan, erspan, { etherType: 0x88be }),
  row('erspan3', Erspan3, erspan3, { etherType: 0x22eb }),
  row('vxlan', Vxlan, vxlan, { udpPort: 4789 }),
  row('geneve', Geneve, geneve, { udpPort: 6081 }),
  row('gtp', Gtp, gtp, { udpPort: 2152 }),
  row('udpEncapsulation', UdpEncapsulation, udpEncapsulation, { udpPort: 4500 }),
  row('chat', Chat, chat, { tcpPort: 9999 }),
  row('dhcp', Dhcp, dhcp, { udpPort: [67, 68] }),
  row('dns', Dns, dns, { udpPort: 53 }),
  row('dnsOverTcp', DnsOverTcp, dnsOverTcp, { tcpPort: 53 }),
  row('http', Http, http, {
    tcpPort: [80, 3128, 3132, 5985, 8080, 8088, 11371, 1900, 2869, 2710],
    tcpContent: true,
  }),
  row('llmnr', Llmnr, llmnr, { udpPort: 5355 }),
  row('mdns', Mdns, mdns, { udpPort: 5353 }),
  row('ntp', Ntp, ntp, { udpPort: 123 }),
  row('ssdp', Ssdp, ssdp, { udpPort: 1900 }),
  row('tls', Tls, tls, { tcpPort: 443, tcpContent: true }),
  row('stp', Stp, stp, { llcSap: 0x42 }),
  row('lldp', Lldp, lldp, { etherType: 0x88cc }),
  row('ospf', Ospf, ospf, { ipProtocol: 89 }),
  row('vrrp', Vrrp, vrrp, { ipProtocol: 112 }),
  row('pim', Pim, pim, { ipProtocol: 103 }),
  row('rip', Rip, rip, { udpPort: 520 }),
  row('hsrp', Hsrp, hsrp, { udpPort: [1985, 2029] }),
  row('ftp', Ftp, ftp, { tcpPort: 21 }),
  row('smtp', Smtp, smtp, { tcpPort: [25, 587] }),
  row('pop', Pop, pop, { tcpPort: 110 }),
  row('imap', Imap, imap, { tcpPort: 143 }),
  row('sip', Sip, sip, { tcpPort: 5060, udpPort: 5060 }),
  row('syslog', Syslog, syslog, { udpPort: 514 }),
  row('raw', Raw, raw),
  row('trailer', Trailer, trailer),
];

/** The table as it is followed; only this file changes it. */
export type Neighbours = Readonly<Omit<Stack, 'replace'>>;

const table = new Stack(layers, ipLinkTypes);

/** The table that is followed. */
export const stack: Neighbours = table;

/** Puts rows of the user's own before the others, in place of those that were given before; numbers of both are theirs. */
export function setOwnRows(rows: readonly LayerRow[]): void {
  table.replace([...rows, ...layers]);
}

/** The user's own rows. */
export function ownRows(): readonly LayerRow[] {
  return table.rows.slice(0, table.rows.length - layers.length);
}

/** Every layer of the package that a packet may have, those that cannot be built included. */
export const layerTypes: readonly LayerType[] = [...layers.map(({ type }) => type), Cut, Fault as unknown as LayerType];

/** The numbers that announce a layer, the first listed where it has several. */
export function numbersOf(type: LayerType): Numbers | undefined {
  return table.numbersOf(type);
}

/** Name of the function that builds a layer; nothing where there is none. */
export function nameOf(type: LayerType): string | undefined {
  return table.rows.find((entry) => entry.type === type)?.name;
}
