/**
 * The rules about application messages in packets.
 *
 * @module
 */
import { isIpv4, isIpv6 } from '../../address.js';
import { Dns, type Packet, Tcp, Udp } from '../../wire/index.js';
import type { Traffic } from '../traffic.js';
import type { FindingInit } from './finding.js';

/** What is needed of an application message; the rows of the CSV have it. */
export interface ExplainedMessage {
  readonly msgId: string | number;
  readonly message: string;
}

export function messageFindings({ packets }: Traffic, messages: readonly ExplainedMessage[]): FindingInit[] {
  const findings: FindingInit[] = [];
  const texts = packets.map(({ packet, number, analysis, tcp, udp }) => ({
    number,
    dns: udp ? wordsOf(packet) : [],
    text:
      (analysis?.length ?? 0) > 0 || udp
        ? new TextDecoder().decode((tcp ? packet.get(Tcp) : packet.get(Udp))?.payload)
        : '',
  }));
  const taken = new Set<number>();
  const found: { id: string | number; packet: number }[] = [];
  for (const { msgId, message } of messages) {
    if (message === '') continue;
    const lower = message.toLowerCase();
    const hit = texts.find(
      ({ number, text, dns }) =>
        !taken.has(number) && (text.startsWith(message) || dns.some((word) => lower.includes(word))),
    );
    if (hit) {
      taken.add(hit.number);
      found.push({ id: msgId, packet: hit.number });
      continue;
    }
    findings.push({
      rule: 'message-missing',
      packets: [],
      sentence: `No packet begins with message ${msgId}, ${JSON.stringify(message.slice(0, 40))}.`,
      why: 'It was not sent, not captured, or travels encrypted, compressed or in another form.',
    });
  }
  if (found.length > 0) {
    const pairs = found.map(({ id, packet }) => `${id} in #${packet}`);
    findings.unshift({
      rule: 'messages-found',
      packets: found.map(({ packet }) => packet),
      sentence: `Messages in packets: ${pairs.slice(0, 8).join(', ')}${pairs.length > 8 ? ` and ${pairs.length - 8} more` : ''}.`,
      why: 'TCP carries bytes, not messages: that a message is one packet is so because it is short and was written at once.',
    });
  }
  return findings;
}

/** Words by which the text of a row names a DNS message: what is asked for, and the addresses of the answer. */
function wordsOf(packet: Packet): string[] {
  const dns = packet.get(Dns);
  if (dns === undefined || dns.headerFault() !== undefined) return [];
  const addresses = dns
    .summary()
    .split(' ')
    .filter((word) => isIpv4(word) || isIpv6(word));
  const names = dns.questions.flatMap(({ name }) => (typeof name === 'string' && name.length > 1 ? [name] : []));
  // A response without an address, NXDOMAIN say, is told by its name.
  return (addresses.length > 0 ? addresses : names).map((word) => word.toLowerCase());
}
