/**
 * The *conversation* way to send: each pair of applications talks over a correct TCP connection, written as a capture. Nothing is sent
 * and no privilege is needed. Rows whose protocol says UDP or DNS become datagrams.
 *
 * @module
 */
import { isIpv6 } from '../address.js';
import { toBytes } from '../bytes.js';
import type { PacketInit } from '../capture/index.js';
import { build, ipv4, ipv6, type Packet, tcp, udp } from '../wire/index.js';
import { commentOf } from './craft.js';
import { datagramPayload, isDatagram } from './datagram.js';
import { type FaultOptions, type PlannedFault, TcpExchange } from './exchange.js';
import type { Message } from './message.js';
import { assignPorts, type PortMap, portsOf } from './ports.js';

/** How to plan conversations. */
export interface ConversationOptions {
  /** `assignPorts()` of the messages where left out. */
  ports?: PortMap;
  /** Address of the side that speaks first; 127.0.0.1 where left out. IPv6 where both are. */
  clientAddress?: string;
  /** Address of the other side; 127.0.0.1 where left out. */
  serverAddress?: string;
  /** Bytes of data that a segment holds at the most: 1460 where left out, 1440 for IPv6. */
  mss?: number;
  /** Time that a packet takes from one side to the other, in microseconds: 100 where left out. */
  delayUs?: number;
  /** Makes HTTP rows that are a first line only whole HTTP messages, with the header lines that they need. True where left out. */
  completeHttp?: boolean;
  /** What goes wrong on the way, to make lessons: nothing where left out. */
  faults?: FaultOptions;
}

/** A packet of the plan. */
export interface ConversationPacket {
  readonly packet: Packet;
  /** Nanoseconds since the start of the run; a handshake before the first message has negative ones. */
  readonly at: bigint;
  /** The row whose data it carries; nothing for a packet that only serves the connection. */
  readonly message: Message | undefined;
  /** Whether the data are sent again. */
  readonly isRepeat: boolean;
}

/** Packets in the order of their times, and what was made to go wrong. */
export interface ConversationPlan {
  readonly packets: readonly ConversationPacket[];
  readonly faults: readonly PlannedFault[];
}

/** Protocols whose messages end with an empty line. */
const httpProtocols = /^https?$/i;

/**
 * Plans the conversations of a table of messages: a handshake with options, segments of at most the MSS, sequence and acknowledgment
 * numbers that advance, PSH at the end of each message, ACKs, FIN from both sides. The first segment of each message is stamped with the
 * row's own time.
 *
 * @throws RangeError for options out of range
 */
export function planConversation(messages: Iterable<Message>, options: ConversationOptions = {}): ConversationPlan {
  const { clientAddress = '127.0.0.1', serverAddress = '127.0.0.1', delayUs = 100 } = options;
  const isV6 = isIpv6(clientAddress);
  if (isV6 !== isIpv6(serverAddress))
    throw new RangeError(
      `Cannot plan a conversation between ${clientAddress} and ${serverAddress}: one version of IP needed`,
    );
  const { mss = isV6 ? 1440 : 1460 } = options;
  if (!Number.isInteger(mss) || mss < 1 || mss > 65_495)
    throw new RangeError(`Cannot plan a conversation with mss ${mss}: an integer from 1 to 65495 needed`);
  if (!(delayUs >= 1 && delayUs <= 1e6))
    throw new RangeError(`Cannot plan a conversation with delayUs ${delayUs}: 1 to 1000000 needed`);
  const rows = [...messages].sort((a, b) => a.timestamp - b.timestamp);
  const packets: ConversationPacket[] = [];
  const faults: PlannedFault[] = [];
  for (const pair of pairUp(rows, options.ports ?? assignPorts(rows))) {
    const enclose = (fromServer: boolean, id: number) => {
      const [src, dst] = fromServer ? [serverAddress, clientAddress] : [clientAddress, serverAddress];
      return isV6 ? ipv6({ src, dst }) : ipv4({ src, dst, id: id & 0xffff, flags: 'DF' });
    };
    if (pair.isDatagram) {
      for (const [i, { message, fromServer }] of pair.rows.entries()) {
        const [srcPort, dstPort] = fromServer ? [pair.serverPort, pair.clientPort] : [pair.clientPort, pair.serverPort];
        const payload = datagramPayload(
          message,
          pair.rows.slice(0, i).map((row) => row.message),
        );
        const packet = build(enclose(fromServer, i + 1), udp({ srcPort, dstPort }), payload);
        packets.push({ packet, at: nanoseconds(message.timestamp), message, isRepeat: false });
      }
      continue;
    }
    const exchange = new TcpExchange(mss, BigInt(Math.round(delayUs * 1000)), pair.number, options.faults);
    for (const { message, fromServer } of pair.rows)
      exchange.say(fromServer, nanoseconds(message.timestamp), payloadOf(message, options), message);
    let id = 0;
    for (const { fromServer, at, init, payload, message, isRepeat } of exchange.run()) {
      const [srcPort, dstPort] = fromServer ? [pair.serverPort, pair.clientPort] : [pair.clientPort, pair.serverPort];
      const packet = build(enclose(fromServer, ++id), tcp({ srcPort, dstPort, ...init }), payload);
      packets.push({ packet, at, message, isRepeat });
    }
    faults.push(...exchange.faults);
  }
  packets.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return { packets, faults };
}

/**
 * A plan's packets for `CaptureWriter` or `encodeCapture`, raw IP (link type 101), with the row's `msg_id` as a comment.
 *
 * @param start nanoseconds since 1970 that the rows' times count from
 */
export function conversationCapture(plan: ConversationPlan, start: bigint = 1_700_000_000_000_000_000n): PacketInit[] {
  return plan.packets.map(({ packet, at, message, isRepeat }) => ({
    bytes: packet.bytes,
    timestamp: start + at,
    ...(message === undefined
      ? {}
      : { comments: [isRepeat ? `${commentOf(message)} (sent again)` : commentOf(message)] }),
  }));
}

interface Pair {
  readonly number: number;
  readonly isDatagram: boolean;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly rows: { readonly message: Message; readonly fromServer: boolean }[];
}

/** Who talks to whom: the application that speaks first of two is the client. */
function pairUp(rows: readonly Message[], ports: PortMap): Pair[] {
  const pairs = new Map<string, Pair & { client: string }>();
  const taken = new Set<string>();
  for (const message of rows) {
    const datagram = isDatagram(message);
    const { srcPort, dstPort } = portsOf(message, ports);
    const kind = datagram ? 'udp' : 'tcp';
    const src = side(message.srcApp, message.srcPort);
    const dst = side(message.dstApp, message.dstPort);
    const key = `${kind}|${[src, dst].sort().join('|')}`;
    let pair = pairs.get(key);
    if (pair === undefined) {
      let clientPort = srcPort;
      // Two connections must differ in a port: applications that the map does not know share one.
      while (taken.has(`${kind}|${clientPort}|${dstPort}`)) clientPort = clientPort >= 0xffff ? 1024 : clientPort + 1;
      taken.add(`${kind}|${clientPort}|${dstPort}`);
      pair = { number: pairs.size, isDatagram: datagram, clientPort, serverPort: dstPort, rows: [], client: src };
      pairs.set(key, pair);
    }
    pair.rows.push({ message, fromServer: src !== pair.client });
  }
  return [...pairs.values()];
}

function side(app: string, port: number | undefined): string {
  return port === undefined ? app : `${app}:${port}`;
}

function payloadOf(message: Message, { completeHttp = true }: ConversationOptions): Uint8Array {
  const { message: text } = message;
  if (!completeHttp || !httpProtocols.test(message.appProtocol) || /\r?\n/.test(text)) return toBytes(text);
  // A body has no length of its own: without one it would reach to the end of the connection, RFC 9112 section 6.3.
  if (/^HTTP\/\d\.\d \d{3}/.test(text)) return toBytes(`${text}\r\nContent-Length: 0\r\n\r\n`);
  if (/^[A-Z]+ \S+ HTTP\/\d\.\d$/.test(text)) {
    const length = /^(POST|PUT|PATCH) /.test(text) ? 'Content-Length: 0\r\n' : '';
    return toBytes(`${text}\r\nHost: ${message.dstApp}\r\n${length}\r\n`);
  }
  return toBytes(text);
}

function nanoseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e6)) * 1000n;
}
