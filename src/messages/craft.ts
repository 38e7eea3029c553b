/**
 * The *crafted* way to send: each message is one PSH,ACK segment that belongs to no connection, as in the original project.
 *
 * @module
 */
import { ShownList } from '../shown.js';
import { build, type Ipv4Init, ipv4, type Packet, Tcp, type TcpInit, tcp } from '../wire/index.js';
import type { Message } from './message.js';
import { assignPorts, defaultPorts, type PortMap, portsOf } from './ports.js';

/** What a crafted packet takes beside its message. */
export interface CraftOptions {
  /** Where left out, the original's for one packet, `assignPorts()` of its messages for a plan. */
  ports?: PortMap;
  /** Fields of the IP header; both addresses are 127.0.0.1 where left out. */
  ipv4?: Ipv4Init;
  /** Fields of the TCP header; flags are the row's own or PSH,ACK and the window 8192 where left out. */
  tcp?: TcpInit;
}

/** One message and its packet, with the time it should leave. */
export interface PlannedPacket {
  readonly message: Message;
  readonly packet: Packet;
  /** Nanoseconds since the start of the run. */
  readonly at: bigint;
}

/** Packets in the order of their times. */
export class CraftedPlan extends ShownList<PlannedPacket> {
  /** TCP ports of its packets, each once: what a sniffer is to keep. */
  get ports(): number[] {
    const all = this.map(({ packet }) => packet.get(Tcp)!).flatMap(({ srcPort, dstPort }) => [srcPort, dstPort]);
    return [...new Set(all)];
  }

  /** Seconds from the start of the run to the last packet. */
  get duration(): number {
    return Number(this.at(-1)?.at ?? 0n) / 1e9;
  }

  /** A line for each packet: its row, its time, itself. */
  override toString(): string {
    return this.map(
      ({ message, packet, at }) => `msg_id ${message.msgId} at ${Number(at) / 1e9} s: ${packet.summary()}`,
    ).join('\n');
  }

  toJSON(): unknown {
    return this.map(({ message, packet, at }) => ({ msgId: message.msgId, at: Number(at) / 1e9, packet }));
  }
}

/** A message as one TCP segment in an IPv4 datagram, lengths and checksums computed. */
export function craft(message: Message, options: CraftOptions = {}): Packet {
  const { srcPort, dstPort } = portsOf(message, options.ports ?? defaultPorts);
  return build(
    ipv4(options.ipv4),
    tcp({ srcPort, dstPort, flags: message.flags ?? 'PSH,ACK', window: 8192, ...options.tcp }),
    message.message,
  );
}

/** A packet for each message, in the order of their times. `scale` stretches (above 1) or shortens (below) the times. */
export function planCrafted(messages: Iterable<Message>, options: CraftOptions & { scale?: number } = {}): CraftedPlan {
  const { scale = 1 } = options;
  if (!(scale >= 0 && Number.isFinite(scale)))
    throw new RangeError(`Cannot plan with scale ${scale}: a number from 0 up needed`);
  const rows = [...messages];
  const ports = options.ports ?? assignPorts(rows);
  const plan = rows
    .map((message) => ({
      message,
      packet: craft(message, { ...options, ports }),
      at: BigInt(Math.round(message.timestamp * scale * 1e9)),
    }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return CraftedPlan.holding(plan);
}

/** The comment that links a captured packet to its row: `msg_id=1 GET /index.html HTTP/1.1`. */
export function commentOf(message: Message): string {
  return `msg_id=${message.msgId} ${message.message}`;
}

/** The msg_id in a packet's comments; nothing when none has one. */
export function msgIdOf(comments: readonly string[]): string | undefined {
  for (const comment of comments) {
    const match = /^msg_id=(\S+)/.exec(comment);
    if (match) return match[1];
  }
  return undefined;
}
