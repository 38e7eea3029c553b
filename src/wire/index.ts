/**
 * The bytes of each protocol layer: build, dissect, show. No I/O; runs in a browser.
 *
 * @module
 */
export { bindings, LinkType } from './bindings.js';
export { type Buildable, build, buildInto } from './build.js';
export * as checksum from './checksum.js';
export { type DissectOptions, dissect, dissectView, type PacketSource } from './dissect.js';
export { Ethernet, type EthernetFields, type EthernetInit, EtherType, ethernet, etherTypeNames } from './ethernet.js';
export { Fault } from './fault.js';
export { IpProtocol, Ipv4, type Ipv4Fields, Ipv4Flag, type Ipv4Init, ipProtocolNames, ipv4 } from './ipv4.js';
export { type Ipv4Option, Ipv4OptionKind, type Route } from './ipv4-options.js';
export {
  type Enclosing,
  type FieldNode,
  Layer,
  type LayerType,
  type NodeValue,
  type Part,
  type Trailing,
} from './layer.js';
export { AddressFamily, Loopback, type LoopbackInit, loopback } from './loopback.js';
export { Packet } from './packet.js';
export { Raw, raw } from './raw.js';
export { hexDump, show } from './show.js';
export { Tcp, type TcpFields, TcpFlag, type TcpInit, tcp } from './tcp.js';
export { type SackBlock, type TcpOption, TcpOptionKind } from './tcp-options.js';
export { Trailer, trailer } from './trailer.js';
export { Udp, type UdpFields, type UdpInit, udp } from './udp.js';
