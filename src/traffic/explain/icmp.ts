/**
 * The rules about errors that ICMP reports.
 *
 * @module
 */
import { Icmp, Icmpv6, Ipv4, Ipv6, Tcp, Udp } from '../../wire/index.js';
import type { Traffic, TrafficPacket } from '../traffic.js';
import { type FindingInit, list, plural } from './finding.js';

/** What an error says, by type and code: RFC 792, 1122 and 1812 for ICMP, RFC 4443 for ICMPv6. */
const meanings: { readonly [typeAndCode: string]: string } = {
  '4/3/0': 'network unreachable',
  '4/3/1': 'host unreachable',
  '4/3/2': 'protocol unreachable',
  '4/3/3': 'port unreachable',
  '4/3/4': 'packet too big, and it must not be fragmented',
  '4/3/9': 'network administratively prohibited',
  '4/3/10': 'host administratively prohibited',
  '4/3/13': 'communication administratively prohibited',
  '4/11/0': 'time to live exceeded in transit',
  '4/11/1': 'fragment reassembly time exceeded',
  '4/12/0': 'parameter problem',
  '6/1/0': 'no route to destination',
  '6/1/1': 'communication administratively prohibited',
  '6/1/3': 'address unreachable',
  '6/1/4': 'port unreachable',
  '6/2/0': 'packet too big',
  '6/3/0': 'hop limit exceeded in transit',
  '6/3/1': 'fragment reassembly time exceeded',
};

/** Streams that ICMP errors quote: what was sent in them did get an answer. */
export function quotedStreams({ packets }: Traffic): Set<number> {
  return new Set(packets.flatMap((entry) => (errorOf(entry) ? [...(entry.tcpNumbers ?? [])] : [])));
}

/** One finding for each sender, error and quoted flow. */
export function icmpFindings({ packets }: Traffic): FindingInit[] {
  const groups = new Map<string, number[]>();
  for (const entry of packets) {
    const error = errorOf(entry);
    if (error === undefined) continue;
    const same = groups.get(error);
    if (same) same.push(entry.number);
    else groups.set(error, [entry.number]);
  }
  return [...groups].map(([error, numbers]) => ({
    rule: 'icmp-error',
    packets: numbers,
    sentence: `${list(numbers)} ${plural(numbers.length, 'is an ICMP error', 'are ICMP errors')} ${error}.`,
    why: 'An ICMP error quotes the beginning of the packet that caused it, so that its sender can tell which one it was. The quoted headers are no packet of their own: what they show was sent before.',
  }));
}

/** What an error says, of whom and on what; undefined for anything else. */
function errorOf({ packet }: TrafficPacket): string | undefined {
  const icmp = packet.get(Icmp) ?? packet.get(Icmpv6);
  if (icmp === undefined) return undefined;
  const meaning = meanings[`${icmp instanceof Icmp ? 4 : 6}/${icmp.type}/${icmp.code}`];
  if (meaning === undefined) return undefined;
  const at = packet.layers.indexOf(icmp);
  const outer = packet.layers.slice(0, at).findLast((layer) => layer instanceof Ipv4 || layer instanceof Ipv6);
  const quote = packet.layers.slice(at + 1);
  const ip = quote.find((layer) => layer instanceof Ipv4 || layer instanceof Ipv6);
  const transport = quote.find((layer) => layer instanceof Tcp || layer instanceof Udp);
  const from = outer instanceof Ipv4 || outer instanceof Ipv6 ? `from ${outer.src} ` : '';
  if (!(ip instanceof Ipv4 || ip instanceof Ipv6)) return `${from}(“${meaning}”)`;
  const what =
    transport instanceof Tcp
      ? `a TCP segment (${transport.flagNames}) to port ${transport.dstPort} of ${ip.dst}`
      : transport instanceof Udp
        ? `a UDP datagram to port ${transport.dstPort} of ${ip.dst}`
        : `a packet to ${ip.dst}`;
  return `${from}(“${meaning}”) about ${what} that ${ip.src} had sent`;
}
