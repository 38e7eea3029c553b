/**
 * What a machine says to itself.
 *
 * @module
 */
import { isLoopback } from '../../address.js';
import { Ipv4, Ipv6, type Packet } from '../../wire/index.js';

/** Whether a packet goes from a machine to itself; undefined without IP addresses. */
export function staysHere(packet: Packet): boolean | undefined {
  const ip = packet.get(Ipv4) ?? packet.get(Ipv6);
  return ip && isLoopback(ip.src) && isLoopback(ip.dst);
}
