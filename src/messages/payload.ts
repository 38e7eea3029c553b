/**
 * What each row carries, for every way of sending: its text, or a real DNS message where the text of a DNS row says enough.
 *
 * @module
 */
import { isIpv4, isIpv6 } from '../address.js';
import { toBytes } from '../bytes.js';
import { build, dns } from '../wire/index.js';
import type { Message } from './message.js';
import { serviceOf, transportOf } from './service.js';

/** Whether a row travels as a UDP datagram. */
export function isDatagram({ appProtocol, transport }: Message): boolean {
  return (transport ?? transportOf(appProtocol)) === 'udp';
}

/** Whether a row's protocol is DNS, by whatever name. */
export function isDns({ appProtocol }: Pick<Message, 'appProtocol'>): boolean {
  const service = serviceOf(appProtocol);
  const dns = serviceOf('DNS');
  return service !== undefined && service.port === dns?.port && service.transport === dns?.transport;
}

/** The bytes of each row. A DNS row answers the last query that went the other way before it. */
export function payloadsOf(messages: Iterable<Message>): Map<Message, Uint8Array> {
  const queries = new Map<string, { message: Message; query: DnsText }>();
  const payloads = new Map<Message, Uint8Array>();
  for (const message of [...messages].sort((a, b) => a.timestamp - b.timestamp)) {
    if (!isDns(message)) {
      payloads.set(message, toBytes(message.message));
      continue;
    }
    const asked = queries.get(JSON.stringify([message.dstApp, message.srcApp]));
    const said = readDnsText(message.message, asked?.query);
    if (said !== undefined && !said.isResponse)
      queries.set(JSON.stringify([message.srcApp, message.dstApp]), { message, query: said });
    if (said === undefined) {
      payloads.set(message, toBytes(message.message));
      continue;
    }
    const bytes = dnsMessage(said, identification(said.isResponse && asked !== undefined ? asked.message : message));
    // Over TCP two bytes of length stand before each message, RFC 1035 section 4.2.2.
    payloads.set(
      message,
      isDatagram(message) ? bytes : Uint8Array.of(bytes.length >> 8, bytes.length & 0xff, ...bytes),
    );
  }
  return payloads;
}

/** What the text of a row says, as a DNS message has it. */
export interface DnsText {
  readonly name: string;
  readonly type: string;
  readonly isResponse: boolean;
  readonly address?: string;
  /** Name Error where the row says so, RFC 1035 section 4.1.1. */
  readonly rcode: number;
}

const hostName = /(?<![\w.-])(?=[a-z0-9_.-]*[a-z])([a-z0-9_]([a-z0-9_-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?\b/i;
/** A name without a dot is one only behind a word that says so. */
const singleName =
  /\b(?:query|lookup|resolve|question)\b\s*(?:for\b|of\b)?[:\s]\s*(?:AAAA|A)?\s*\b([a-z][a-z0-9-]*)\.?\s*$/i;
const recordType = /\b(A|AAAA|NS|CNAME|PTR|MX|TXT|SOA|SRV)\b/;
const responseWord = /\b(response|answer|reply|nxdomain|name error|no such name)\b/i;

/**
 * Reads the text of a DNS row. One that names a host is a query; one that holds an address too, or only an address after a query, is the
 * response to it. Nothing where the text says neither.
 */
export function readDnsText(text: string, asked?: DnsText): DnsText | undefined {
  const words = text.split(/[\s,;=()<>[\]"'→]+/);
  const address = words.map((word) => word.replace(/[.:]$/, '')).find((word) => isIpv4(word) || isIpv6(word));
  const said = responseWord.test(text);
  const isResponse = address !== undefined || said;
  const name =
    hostName.exec(text)?.[0] ??
    (said ? undefined : singleName.exec(text)?.[1]) ??
    (isResponse ? asked?.name : undefined);
  if (name === undefined) return undefined;
  const given = recordType.exec(text)?.[1] ?? (isResponse ? asked?.type : undefined) ?? 'A';
  return {
    name,
    type: address === undefined ? given : isIpv6(address) ? 'AAAA' : 'A',
    isResponse,
    ...(address === undefined ? {} : { address }),
    rcode: /nxdomain|name error|no such name/i.test(text) ? 3 : 0,
  };
}

function dnsMessage({ name, type, isResponse, address, rcode }: DnsText, id: number): Uint8Array {
  const questions = [{ name, type }];
  if (!isResponse) return build(dns({ id, questions })).bytes;
  const answers = address === undefined ? [] : [{ name, type: type as 'A' | 'AAAA', address, ttl: 300 }];
  return build(dns({ id, response: 1, recursionAvailable: 1, rcode, questions, answers })).bytes;
}

/** A message's identification, the same whenever the plan is made. */
function identification({ msgId, line }: Message): number {
  let hash = line;
  for (const character of msgId) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) & 0xffff;
  return hash || 1;
}
