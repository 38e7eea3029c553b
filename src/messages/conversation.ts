/**
 * The *conversation* way to send: each pair of applications talks over a correct TCP connection, written as a capture. Nothing is sent
 * and no privilege is needed. Rows whose protocol says UDP or DNS become datagrams.
 *
 * @module
 */
import { isIpv6 } from '../address.js';
import { toBytes } from '../bytes.js';
import type { Frame, PacketInit } from '../capture/index.js';
import { build, ipv4, ipv6, type Packet, tcp, udp } from '../wire/index.js';
import { commentOf } from './comment.js';
import { type FaultOptions, type PlannedFault, TcpExchange } from './exchange.js';
import { isControl, type Message } from './message.js';
import { pairUp } from './pair.js';
import { payloadsOf } from './payload.js';
import type { CarriedRow, SendingPlan } from './plan.js';
import { assignPorts, type PortMap } from './ports.js';
import {
  annotateRows,
  type CapturedPacket,
  findRows,
  type MatchOptions,
  type PlannedPacket,
  type Run,
  soughtPackets,
} from './run.js';

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

/** When a written capture begins unless it is told otherwise, in nanoseconds since 1970. */
const usualStart = 1_700_000_000_000_000_000n;

/** Packets in the order of their times, and what was made to go wrong. */
export class ConversationPlan implements SendingPlan {
  readonly packets: readonly ConversationPacket[];
  readonly faults: readonly PlannedFault[];
  readonly ports: readonly number[];
  readonly carried: readonly CarriedRow[];

  constructor(
    packets: readonly ConversationPacket[],
    faults: readonly PlannedFault[],
    { ports, carried }: Pick<SendingPlan, 'ports' | 'carried'>,
  ) {
    this.packets = packets;
    this.faults = faults;
    this.ports = ports;
    this.carried = carried;
  }

  /** Each row with the first packet that carries it, in the order of their times. */
  get rows(): PlannedPacket[] {
    const rows = new Map<Message, PlannedPacket>();
    for (const { message, packet, at } of this.packets)
      if (message !== undefined && !rows.has(message)) rows.set(message, { message, packet, at });
    return [...rows.values()];
  }

  /** Seconds from the start of the run to the last packet. */
  get duration(): number {
    return Number(this.packets.at(-1)?.at ?? 0n) / 1e9;
  }

  /**
   * Its packets for `CaptureWriter` or `encodeCapture`, raw IP (link type 101), with the row's `msg_id` as a comment.
   *
   * @param from nanoseconds since 1970 that the rows' times count from, or packets that were captured when the plan's were sent
   */
  capture(from: readonly CapturedPacket[] | bigint = usualStart): PacketInit[] {
    if (typeof from !== 'bigint') return annotateRows(soughtPackets(this.rows), from);
    return this.packets.map(({ packet, at, message, isRepeat }) => ({
      bytes: packet.bytes,
      timestamp: from + at,
      ...(message === undefined
        ? {}
        : { comments: [isRepeat ? `${commentOf(message)} (sent again)` : commentOf(message)] }),
    }));
  }

  /** Finds each row in the capture again. */
  run(frames: readonly Frame[], options: Partial<MatchOptions> = {}): Run {
    return findRows(soughtPackets(this.rows), frames, { startedAt: usualStart, ...options });
  }

  /** A line for each packet. */
  toString(): string {
    return this.packets
      .map(({ packet, at, message }) => {
        const row = message === undefined ? '' : `msg_id ${message.msgId} `;
        return `${row}at ${Number(at) / 1e9} s: ${packet.summary()}`;
      })
      .join('\n');
  }

  /** Times in seconds since the start of the run. */
  toJSON(): unknown {
    return {
      packets: this.packets.map(({ packet, at, message, isRepeat }) => ({
        ...(message === undefined ? {} : { msgId: message.msgId }),
        at: Number(at) / 1e9,
        isRepeat,
        packet,
      })),
      faults: this.faults.map(({ kind, from, message, at }) => ({
        kind,
        from,
        msgId: message.msgId,
        at: Number(at) / 1e9,
      })),
    };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
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
  const rows = [...messages];
  const packets: ConversationPacket[] = [];
  const faults: PlannedFault[] = [];
  const carried: CarriedRow[] = [];
  const texts = payloadsOf(rows);
  const pairs = pairUp(rows, options.ports ?? assignPorts(rows));
  for (const pair of pairs) {
    const enclose = (fromServer: boolean, id: number) => {
      const [src, dst] = fromServer ? [serverAddress, clientAddress] : [clientAddress, serverAddress];
      return isV6 ? ipv6({ src, dst }) : ipv4({ src, dst, id: id & 0xffff, flags: 'DF' });
    };
    const portsOf = (fromServer: boolean) =>
      (fromServer ? [pair.serverPort, pair.clientPort] : [pair.clientPort, pair.serverPort]) as [number, number];
    const carry = ({ message, fromServer }: { message: Message; fromServer: boolean }): Uint8Array => {
      const payload = pair.isDatagram ? texts.get(message)! : payloadOf(message, texts.get(message)!, options);
      const [srcPort, dstPort] = portsOf(fromServer);
      if (!isControl(message))
        carried.push({ message, transport: pair.isDatagram ? 'udp' : 'tcp', srcPort, dstPort, payload });
      return payload;
    };
    if (pair.isDatagram) {
      for (const [i, row] of pair.rows.entries()) {
        const { message, fromServer } = row;
        const [srcPort, dstPort] = portsOf(fromServer);
        const payload = carry(row);
        const packet = build(enclose(fromServer, i + 1), udp({ srcPort, dstPort }), payload);
        packets.push({ packet, at: nanoseconds(message.timestamp), message, isRepeat: false });
      }
      continue;
    }
    const exchange = new TcpExchange(mss, BigInt(Math.round(delayUs * 1000)), pair.number, options.faults);
    for (const row of pair.rows)
      exchange.say(row.fromServer, nanoseconds(row.message.timestamp), carry(row), row.message);
    let id = 0;
    for (const { fromServer, at, init, payload, message, isRepeat } of exchange.run()) {
      const [srcPort, dstPort] = portsOf(fromServer);
      const packet = build(enclose(fromServer, ++id), tcp({ srcPort, dstPort, ...init }), payload);
      packets.push({ packet, at, message, isRepeat });
    }
    faults.push(...exchange.faults);
  }
  packets.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const ports = new Set(pairs.flatMap(({ clientPort, serverPort }) => [clientPort, serverPort]));
  carried.sort((a, b) => a.message.timestamp - b.message.timestamp);
  return new ConversationPlan(packets, faults, { ports: [...ports], carried });
}

/**
 * A plan's packets for `CaptureWriter` or `encodeCapture`: `plan.capture(start)`.
 *
 * @param start nanoseconds since 1970 that the rows' times count from
 */
export function conversationCapture(plan: ConversationPlan, start?: bigint): PacketInit[] {
  return plan.capture(start);
}

function payloadOf(message: Message, plain: Uint8Array, { completeHttp = true }: ConversationOptions): Uint8Array {
  const { message: text } = message;
  if (!completeHttp || !httpProtocols.test(message.appProtocol) || /\r?\n/.test(text)) return plain;
  // A body has no length of its own: without one it would reach to the end of the connection, RFC 9112 section 6.3.
  if (/^HTTP\/\d\.\d \d{3}/.test(text)) return toBytes(`${text}\r\nContent-Length: 0\r\n\r\n`);
  if (/^[A-Z]+ \S+ HTTP\/\d\.\d$/.test(text)) {
    const length = /^(POST|PUT|PATCH) /.test(text) ? 'Content-Length: 0\r\n' : '';
    return toBytes(`${text}\r\nHost: ${message.dstApp}\r\n${length}\r\n`);
  }
  return plain;
}

function nanoseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1e6)) * 1000n;
}
