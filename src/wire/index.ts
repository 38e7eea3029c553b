/**
 * The bytes of each protocol layer: build, dissect, show. No I/O; runs in a browser.
 *
 * @module
 */

export { Arp, type ArpFields, type ArpInit, ArpOperation, arp, hardwareNames } from './arp.js';
export { bindings, LinkType } from './bindings.js';
export { type Buildable, build, buildInto } from './build.js';
export { Chat, type ChatInit, type ChatLine, type ChatLineKind, chat } from './chat.js';
export * as checksum from './checksum.js';
export { codeOf } from './code.js';
export { Cut } from './cut.js';

export { Dhcp, type DhcpInit, DhcpOperation, dhcp } from './dhcp.js';
export {
  DhcpMessageType,
  type DhcpNamedOption,
  type DhcpOption,
  dhcpMessageNames,
  dhcpOptionName,
} from './dhcp-options.js';
export { type ByteChange, diff, type FieldChange, PacketDiff } from './diff.js';
export { type DissectOptions, dissect, dissectView, type PacketSource } from './dissect.js';
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
} from './dns.js';
export type { DnsSections } from './dns-message.js';
export type { DnsName, EncodedName } from './dns-name.js';
export { type EdnsOption, ednsOptionNames } from './dns-option.js';
export type { DnsData, DnsQuestion, DnsRecord } from './dns-record.js';
export { type SvcParam, svcParamNames } from './dns-svcb.js';
export {
  DnsClass,
  type DnsClassName,
  DnsType,
  type DnsTypeName,
  dnsOpcodeNames,
  dnsRcodeNames,
  dnsTypeText,
} from './dns-type.js';

export { Ethernet, type EthernetFields, type EthernetInit, EtherType, ethernet, etherTypeNames } from './ethernet.js';
export { Fault } from './fault.js';
export {
  type FieldQuery,
  fieldQuery,
  fieldType,
  fieldValues,
  type KnownField,
  knownFields,
  suggestField,
} from './field-values.js';
export {
  Defragmenter,
  type DefragmentOptions,
  defragment,
  type FragmentOptions,
  fragment,
  type Overlap,
} from './fragment.js';
export { type FuzzedPackets, type FuzzOptions, fuzz } from './fuzz.js';
export { Gre, type GreFields, GreFlag, type GreInit, gre } from './gre.js';
export { type GroupRecord, GroupRecordType } from './group-record.js';
export { Http, type HttpInit, type HttpLine, http, Ssdp, ssdp } from './http.js';
export { type AdvertisedRouter, Icmp, type IcmpFields, type IcmpInit, IcmpType, icmp } from './icmp.js';
export { Icmpv6, type Icmpv6Fields, type Icmpv6Init, Icmpv6Type, icmpv6 } from './icmpv6.js';
export { Igmp, type IgmpFields, type IgmpInit, IgmpType, igmp } from './igmp.js';
export { Ah, type AhFields, type AhInit, ah, Esp, type EspFields, type EspInit, esp } from './ipsec.js';
export { IpProtocol, Ipv4, type Ipv4Fields, Ipv4Flag, type Ipv4Init, ipProtocolNames, ipv4 } from './ipv4.js';
export {
  type Ipv4Option,
  Ipv4OptionKind,
  type Route,
  type SecurityOption,
  type TimestampOption,
} from './ipv4-options.js';
export { Ipv6, type Ipv6Fields, type Ipv6Init, ipv6 } from './ipv6.js';
export {
  DestinationOptions,
  destinationOptions,
  HopByHop,
  hopByHop,
  type Ipv6OptionsFields,
  Ipv6OptionsHeader,
  type Ipv6OptionsInit,
} from './ipv6-extension.js';
export { FragmentHeader, type FragmentHeaderFields, type FragmentHeaderInit, fragmentHeader } from './ipv6-fragment.js';
export { type Ipv6Option, Ipv6OptionKind } from './ipv6-options.js';
export { Routing, type RoutingFields, type RoutingInit, RoutingType, routing } from './ipv6-routing.js';
export {
  type Enclosing,
  type FieldNode,
  Layer,
  type LayerType,
  type NodeValue,
  type Part,
  type Trailing,
} from './layer.js';
export { type LayerEntry, layers } from './layers.js';
export { Llc, type LlcFields, type LlcInit, llc, Sap, Snap, type SnapFields, type SnapInit, snap } from './llc.js';
export { AddressFamily, Loopback, type LoopbackInit, loopback } from './loopback.js';
export { Mpls, type MplsFields, type MplsInit, mpls } from './mpls.js';
export { type NdOption, NdOptionKind, type PrefixInformation, type RouteInformation } from './nd-options.js';
export { Ntp, type NtpExtension, type NtpInit, NtpMode, ntp, ntpTimestamp } from './ntp.js';
export { Packet } from './packet.js';
export { Ppp, type PppInit, Pppoe, type PppoeFields, type PppoeInit, ppp, pppoe } from './ppp.js';
export { type Choice, type Choices, type Expansion, expand, type Range, range } from './range.js';
export { Raw, raw } from './raw.js';
export { Sctp, type SctpFields, type SctpInit, sctp } from './sctp.js';
export { hexDump, show } from './show.js';
export { Sll, Sll2, type Sll2Fields, type Sll2Init, type SllFields, type SllInit, sll, sll2 } from './sll.js';
export { Tcp, type TcpFields, TcpFlag, type TcpInit, tcp } from './tcp.js';
export { type SackBlock, type TcpOption, TcpOptionKind } from './tcp-options.js';
export { Tls, TlsContentType, type TlsInit, tls } from './tls.js';
export { cipherSuiteName, isGrease } from './tls-cipher.js';
export {
  type TlsExtension,
  TlsExtensionType,
  type TlsKeyShare,
  tlsGroupNames,
  tlsVersionNames,
} from './tls-extension.js';
export { type TlsClientHello, type TlsHandshake, type TlsServerHello, tlsHandshakeNames } from './tls-handshake.js';
export { Trailer, trailer } from './trailer.js';
export { Udp, type UdpFields, type UdpInit, udp } from './udp.js';
export { ServiceVlan, serviceVlan, Vlan, type VlanFields, type VlanInit, VlanTag, vlan } from './vlan.js';
export type { WiresharkType } from './wireshark-fields.js';
