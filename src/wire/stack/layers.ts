/**
 * All layers with the functions that make them for `build`: what tools that go over every layer start from.
 *
 * @module
 */

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
import type { LayerType, Part } from '../core/layer.js';
import { Raw, raw } from '../core/raw.js';
import { Trailer, trailer } from '../core/trailer.js';
import { Gre, gre } from '../internet/gre.js';
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
import { Vrrp, vrrp } from '../internet/vrrp.js';
import { Arp, arp } from '../link/arp.js';
import { Ethernet, ethernet } from '../link/ethernet.js';
import { Llc, llc, Snap, snap } from '../link/llc.js';
import { Lldp, lldp } from '../link/lldp.js';
import { Loopback, loopback } from '../link/loopback.js';
import { Mpls, mpls } from '../link/mpls.js';
import { Ppp, Pppoe, ppp, pppoe } from '../link/ppp.js';
import { Sll, Sll2, sll, sll2 } from '../link/sll.js';
import { Stp, stp } from '../link/stp.js';
import { ServiceVlan, serviceVlan, Vlan, vlan } from '../link/vlan.js';
import { Sctp, sctp } from '../transport/sctp.js';
import { Tcp, tcp } from '../transport/tcp.js';
import { Udp, udp } from '../transport/udp.js';

/** A layer's class and the function for it: `{ name: 'tcp', type: Tcp, part: tcp }`. */
export interface LayerEntry {
  /** Name of the function, as `wirebook/wire` exports it. */
  readonly name: string;
  readonly type: LayerType;
  readonly part: (init: never) => Part;
}

const entry = (name: string, type: LayerType, part: (init: never) => Part): LayerEntry => ({ name, type, part });

/** Every layer that can be built. */
export const layers: readonly LayerEntry[] = [
  entry('ah', Ah, ah),
  entry('arp', Arp, arp),
  entry('chat', Chat, chat),
  entry('destinationOptions', DestinationOptions, destinationOptions),
  entry('dhcp', Dhcp, dhcp),
  entry('dns', Dns, dns),
  entry('dnsOverTcp', DnsOverTcp, dnsOverTcp),
  entry('esp', Esp, esp),
  entry('ethernet', Ethernet, ethernet),
  entry('fragmentHeader', FragmentHeader, fragmentHeader),
  entry('gre', Gre, gre),
  entry('hopByHop', HopByHop, hopByHop),
  entry('http', Http, http),
  entry('icmp', Icmp, icmp),
  entry('icmpv6', Icmpv6, icmpv6),
  entry('igmp', Igmp, igmp),
  entry('ipv4', Ipv4, ipv4),
  entry('ipv6', Ipv6, ipv6),
  entry('llc', Llc, llc),
  entry('llmnr', Llmnr, llmnr),
  entry('loopback', Loopback, loopback),
  entry('mdns', Mdns, mdns),
  entry('mpls', Mpls, mpls),
  entry('ntp', Ntp, ntp),
  entry('ppp', Ppp, ppp),
  entry('pppoe', Pppoe, pppoe),
  entry('raw', Raw, raw),
  entry('routing', Routing, routing),
  entry('serviceVlan', ServiceVlan, serviceVlan),
  entry('sctp', Sctp, sctp),
  entry('sll', Sll, sll),
  entry('sll2', Sll2, sll2),
  entry('snap', Snap, snap),
  entry('ssdp', Ssdp, ssdp),
  entry('tcp', Tcp, tcp),
  entry('tls', Tls, tls),
  entry('trailer', Trailer, trailer),
  entry('udp', Udp, udp),
  entry('vlan', Vlan, vlan),
  entry('stp', Stp, stp),
  entry('lldp', Lldp, lldp),
  entry('ospf', Ospf, ospf),
  entry('vrrp', Vrrp, vrrp),
  entry('pim', Pim, pim),
  entry('rip', Rip, rip),
  entry('hsrp', Hsrp, hsrp),
  entry('ftp', Ftp, ftp),
  entry('smtp', Smtp, smtp),
  entry('pop', Pop, pop),
  entry('imap', Imap, imap),
  entry('sip', Sip, sip),
  entry('syslog', Syslog, syslog),
];

/** Every layer that a packet may have, those that cannot be built included. */
export const layerTypes: readonly LayerType[] = [...layers.map(({ type }) => type), Cut, Fault as unknown as LayerType];
