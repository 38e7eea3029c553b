/**
 * All layers with the functions that make them for `build`: what tools that go over every layer start from.
 *
 * @module
 */
import { Dns, DnsOverTcp, dns, dnsOverTcp, Llmnr, llmnr, Mdns, mdns } from './dns.js';
import { Ethernet, ethernet } from './ethernet.js';
import { Fault } from './fault.js';
import { Ipv4, ipv4 } from './ipv4.js';
import type { LayerType, Part } from './layer.js';
import { Loopback, loopback } from './loopback.js';
import { Raw, raw } from './raw.js';
import { Tcp, tcp } from './tcp.js';
import { Trailer, trailer } from './trailer.js';
import { Udp, udp } from './udp.js';

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
  entry('dns', Dns, dns),
  entry('dnsOverTcp', DnsOverTcp, dnsOverTcp),
  entry('ethernet', Ethernet, ethernet),
  entry('ipv4', Ipv4, ipv4),
  entry('llmnr', Llmnr, llmnr),
  entry('loopback', Loopback, loopback),
  entry('mdns', Mdns, mdns),
  entry('raw', Raw, raw),
  entry('tcp', Tcp, tcp),
  entry('trailer', Trailer, trailer),
  entry('udp', Udp, udp),
];

/** Every layer that a packet may have, the fault included. */
export const layerTypes: readonly LayerType[] = [...layers.map(({ type }) => type), Fault as unknown as LayerType];
