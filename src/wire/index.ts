/**
 * The bytes of each protocol layer: build, dissect, show. No I/O; runs in a browser.
 *
 * @module
 */
export { type DecodeCode, DecodeError, type DecodeFault } from '../errors.js';
export { LinkType } from '../link-type.js';
export { Chat, type ChatInit, type ChatLine, type ChatLineKind, chat } from './application/chat.js';
export { Dhcp, type DhcpInit, DhcpOperation, dhcp } from './application/dhcp/dhcp.js';
export {
  DhcpMessageType,
  type DhcpNamedOption,
  type DhcpOption,
  dhcpMessageNames,
  dhcpOptionName,
} from './application/dhcp/dhcp-options.js';
export {
  Dns,
  type DnsInit,
  DnsOverTcp,
  type DnsOverTcpInit,
  dns,
  dnsOverTcp,
  Llmnr,
  llmnr,
  Mdns,
  mdns,
} from './application/dns/dns.js';
export type { DnsSections } from './application/dns/dns-message.js';
export type { DnsName, EncodedName } from './application/dns/dns-name.js';
export { type EdnsOption, ednsOptionNames } from './application/dns/dns-option.js';
export type { DnsData, DnsQuestion, DnsRecord } from './application/dns/dns-record.js';
export { type SvcParam, svcParamNames } from './application/dns/dns-svcb.js';
export {
  DnsClass,
  type DnsClassName,
  DnsType,
  type DnsTypeName,
  dnsOpcodeNames,
  dnsRcodeNames,
  dnsTypeText,
} from './application/dns/dns-type.js';
export { Ftp, type FtpInit, ftp } from './application/ftp.js';
export { Hsrp, type HsrpBody, type HsrpInit, type HsrpTlv, hsrp } from './application/hsrp.js';
export { Http, type HttpInit, type HttpLine, http, Ssdp, ssdp } from './application/http.js';
export { Imap, type ImapInit, imap } from './application/mail/imap.js';
export { Pop, type PopInit, pop } from './application/mail/pop.js';
export { Smtp, type SmtpInit, smtp } from './application/mail/smtp.js';
export { Ntp, type NtpExtension, type NtpInit, NtpMode, ntp, ntpTimestamp } from './application/ntp.js';
export { Rip, type RipEntry, type RipInit, rip } from './application/rip.js';
export { Sip, type SipInit, sip } from './application/sip.js';
export { Syslog, type SyslogInit, syslog } from './application/syslog.js';
export { Tls, TlsContentType, type TlsInit, tls } from './application/tls/tls.js';
export { cipherSuiteName, isGrease } from './application/tls/tls-cipher.js';
export {
  type TlsExtension,
  TlsExtensionType,
  type TlsKeyShare,
  tlsGroupNames,
  tlsVersionNames,
} from './application/tls/tls-extension.js';
export {
  type TlsClientHello,
  type TlsHandshake,
  type TlsServerHello,
  tlsHandshakeNames,
} from './application/tls/tls-handshake.js';
export * as checksum from './core/checksum.js';
export { Cut } from './core/cut.js';
export { Fault } from './core/fault.js';
export {
  bits,
  type Field,
  type FieldMeta,
  type Fields,
  type FlagBit,
  type Inits,
  ipv4Address,
  ipv6Address,
  macAddress,
  octets,
  type Shape,
  u8,
  u16,
  u24,
  u32,
  u64,
  type WiresharkType,
} from './core/field.js';
export type { HeaderClass } from './core/header.js';
export {
  type Enclosing,
  type FieldNode,
  Layer,
  type LayerType,
  type NodeValue,
  type Part,
  type Trailing,
} from './core/layer.js';
export { Raw, raw } from './core/raw.js';
export { hexDump, show } from './core/show.js';
export { Trailer, trailer } from './core/trailer.js';
export {
  Erspan,
  Erspan3,
  type Erspan3Fields,
  type Erspan3Init,
  type ErspanFields,
  type ErspanInit,
  erspan,
  erspan3,
} from './internet/erspan.js';
export { Geneve, type GeneveFields, type GeneveInit, geneve } from './internet/geneve.js';
export { Gre, type GreFields, GreFlag, type GreInit, gre } from './internet/gre.js';
export { type GroupRecord, GroupRecordType } from './internet/group-record.js';
export { Gtp, type GtpFields, type GtpInit, gtp } from './internet/gtp.js';
export { type AdvertisedRouter, Icmp, type IcmpFields, type IcmpInit, IcmpType, icmp } from './internet/icmp.js';
export { Icmpv6, type Icmpv6Fields, type Icmpv6Init, Icmpv6Type, icmpv6 } from './internet/icmpv6.js';
export { Igmp, type IgmpFields, type IgmpInit, IgmpType, igmp } from './internet/igmp.js';
export { Ah, type AhFields, type AhInit, ah, Esp, type EspFields, type EspInit, esp } from './internet/ipsec.js';
export { IpProtocol, Ipv4, type Ipv4Fields, Ipv4Flag, type Ipv4Init, ipProtocolNames, ipv4 } from './internet/ipv4.js';
export {
  type Ipv4Option,
  Ipv4OptionKind,
  type Route,
  type SecurityOption,
  type TimestampOption,
} from './internet/ipv4-options.js';
export { Ipv6, type Ipv6Fields, type Ipv6Init, ipv6 } from './internet/ipv6.js';
export {
  DestinationOptions,
  destinationOptions,
  HopByHop,
  hopByHop,
  type Ipv6OptionsFields,
  Ipv6OptionsHeader,
  type Ipv6OptionsInit,
} from './internet/ipv6-extension.js';
export {
  FragmentHeader,
  type FragmentHeaderFields,
  type FragmentHeaderInit,
  fragmentHeader,
} from './internet/ipv6-fragment.js';
export { type Ipv6Option, Ipv6OptionKind } from './internet/ipv6-options.js';
export { Routing, type RoutingFields, type RoutingInit, RoutingType, routing } from './internet/ipv6-routing.js';
export { type NdOption, NdOptionKind, type PrefixInformation, type RouteInformation } from './internet/nd-options.js';
export { Ospf, type OspfBody, type OspfInit, OspfType, ospf } from './internet/ospf.js';
export { Pim, type PimBody, type PimInit, PimType, pim } from './internet/pim.js';
export {
  UdpEncapsulation,
  type UdpEncapsulationInit,
  type UdpEncapsulationKind,
  udpEncapsulation,
} from './internet/udp-encapsulation.js';
export { Vrrp, type VrrpBody, type VrrpInit, vrrp } from './internet/vrrp.js';
export { Vxlan, type VxlanFields, type VxlanInit, vxlan } from './internet/vxlan.js';
export { Arp, type ArpFields, type ArpInit, ArpOperation, arp, hardwareNames } from './link/arp.js';
export { Backbone, type BackboneFields, type BackboneInit, backbone } from './link/backbone.js';
export { CiscoHdlc, type CiscoHdlcFields, type CiscoHdlcInit, ciscoHdlc } from './link/cisco-hdlc.js';
export {
  Ethernet,
  type EthernetFields,
  type EthernetInit,
  EtherType,
  ethernet,
  etherTypeNames,
} from './link/ethernet.js';
export { FrameRelay, type FrameRelayFields, type FrameRelayInit, frameRelay } from './link/frame-relay.js';
export { Llc, type LlcFields, type LlcInit, llc, Sap, Snap, type SnapFields, type SnapInit, snap } from './link/llc.js';
export { Lldp, type LldpInit, type LldpTlv, LldpType, lldp } from './link/lldp.js';
export { AddressFamily, Loopback, type LoopbackInit, loopback } from './link/loopback.js';
export { Mpls, type MplsFields, type MplsInit, mpls } from './link/mpls.js';
export {
  Ppp,
  type PppInit,
  Pppoe,
  PppoeDiscovery,
  type PppoeDiscoveryInit,
  type PppoeFields,
  type PppoeInit,
  ppp,
  pppoe,
  pppoeDiscovery,
} from './link/ppp.js';
export { Radiotap, type RadiotapInit, radiotap } from './link/radiotap.js';
export { Sll, Sll2, type Sll2Fields, type Sll2Init, type SllFields, type SllInit, sll, sll2 } from './link/sll.js';
export { Stp, type StpInit, StpType, stp } from './link/stp.js';
export { ServiceVlan, serviceVlan, Vlan, type VlanFields, type VlanInit, VlanTag, vlan } from './link/vlan.js';
export { Wlan, type WlanFields, WlanFlag, type WlanInit, wlan } from './link/wlan.js';
export { type Buildable, build, buildInto } from './stack/build.js';
export { codeOf } from './stack/code.js';
export { type DissectOptions, dissect, dissectView, type PacketSource } from './stack/dissect.js';
export type { Neighbours } from './stack/neighbours.js';
export { layers, stack } from './stack/neighbours.js';
export { defineProtocol, type OwnProtocol, type ProtocolNumbers, type ProtocolOptions } from './stack/own-protocol.js';
export { Packet } from './stack/packet.js';
export { Step, Walk } from './stack/walk.js';
export { type ByteChange, diff, type FieldChange, PacketDiff } from './tools/diff.js';
export {
  type FieldQuery,
  fieldQuery,
  fieldType,
  fieldValues,
  isOwnField,
  type KnownField,
  knownFields,
  ownValueNames,
  suggestField,
} from './tools/field-values.js';
export {
  Defragmenter,
  type DefragmentOptions,
  defragment,
  type FragmentOptions,
  fragment,
  type Overlap,
} from './tools/fragment.js';
export { type FuzzedPackets, type FuzzOptions, fuzz } from './tools/fuzz.js';
export { type Choice, type Choices, type Expansion, expand, type Range, range } from './tools/range.js';
export { Sctp, type SctpFields, type SctpInit, sctp } from './transport/sctp.js';
export { Tcp, type TcpFields, TcpFlag, type TcpInit, tcp } from './transport/tcp.js';
export { type SackBlock, type TcpOption, TcpOptionKind } from './transport/tcp-options.js';
export { Udp, type UdpFields, type UdpInit, udp } from './transport/udp.js';
