/**
 * Rows that travel as UDP datagrams, and DNS rows as real DNS messages where their text says enough.
 *
 * @module
 */
import { isIpv4, isIpv6 } from '../address.js';
import { toBytes } from '../bytes.js';
import { build, dns } from '../wire/index.js';
import type { Message } from './message.js';

/** Protocols that run over UDP. */
const datagramProtocols: ReadonlySet<string> = new Set(['UDP', 'DNS', 'DHCP', 'NTP', 'SNMP', 'TFTP', 'SYSLOG', 'QUIC']);

/** Whether a row's protocol is one of UDP's. */
export function isDatagram({ appProtocol }: Message): boolean {
  return datagramProtocols.has(appProtocol.trim().toUpperCase());
}

const hostName = /\b(?=[a-z0-9.-]*[a-z])([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?\b/i;
const recordType = /\b(A|AAAA|NS|CNAME|PTR|MX|TXT|SOA|SRV)\b/;

/**
 * What a datagram carries. A DNS row that names a host is a query; one that holds an address too, or only an address after a query, is
 * the response to it. Any other text is carried as it stands.
 *
 * @param before rows of the same pair so far, which a response answers
 */
export function datagramPayload(message: Message, before: readonly Message[]): Uint8Array {
  const { message: text } = message;
  if (message.appProtocol.trim().toUpperCase() !== 'DNS') return toBytes(text);
  const name = hostName.exec(text)?.[0];
  const address = text.split(/[\s,;=()]+/).find((word) => isIpv4(word) || isIpv6(word));
  const query = before.findLast((each) => each.dstApp === message.srcApp && hostName.test(each.message));
  const asked = query === undefined ? undefined : hostName.exec(query.message)?.[0];
  const isResponse = address !== undefined || /\b(response|answer|reply|nxdomain)\b/i.test(text);
  const host = name ?? asked;
  if (host === undefined || (isResponse && query === undefined && name === undefined)) return toBytes(text);
  const type = address === undefined ? (recordType.exec(text)?.[1] ?? 'A') : isIpv6(address) ? 'AAAA' : 'A';
  const id = identification(isResponse && query !== undefined ? query : message);
  const questions = [{ name: host, type }];
  if (!isResponse) return build(dns({ id, questions })).bytes;
  const answers = address === undefined ? [] : [{ name: host, type: type as 'A' | 'AAAA', address, ttl: 300 }];
  // Name Error where the row says so, RFC 1035 section 4.1.1.
  const rcode = /nxdomain/i.test(text) ? 3 : 0;
  return build(dns({ id, response: 1, recursionAvailable: 1, rcode, questions, answers })).bytes;
}

/** A message's identification, the same whenever the plan is made. */
function identification({ msgId, line }: Message): number {
  let hash = line;
  for (const character of msgId) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) & 0xffff;
  return hash || 1;
}
