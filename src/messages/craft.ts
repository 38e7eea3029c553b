/**
 * The *crafted* way to send: each message is one PSH,ACK segment that belongs to no connection, as in the original project, or one datagram
 * where its protocol is UDP's.
 *
 * @module
 */

import type { Frame, PacketInit } from '../capture/index.js';
import { ShownList } from '../shown.js';
import { build, type Ipv4Init, ipv4, type Packet, Tcp, type TcpInit, tcp, Udp, udp } from '../wire/index.js';
import type { Message } from './message.js';
import { isDatagram, payloadsOf } from './payload.js';
import type { CarriedRow, SendingPlan } from './plan.js';
import { assignPorts, defaultPorts, type PortMap, portsOf } from './ports.js';
import {
  annotateRows,
  type CapturedPacket,
  findRows,
  type MatchOptions,
  type PlannedPacket,
  type Run,
  soughtPackets,
} from './run.js';

/** What a crafted packet takes beside its message. */
export interface CraftOptions {
  /** Where left out, the original's for one packet, `assignPorts()` of its messages for a plan. */
  ports?: PortMap;
  /** Fields of the IP header; both addresses are 127.0.0.1 where left out. */
  ipv4?: Ipv4Init;
  /** Fields of the TCP header; flags are the row's own or PSH,ACK and the window 8192 where left out. */
  tcp?: TcpInit;
}

/** Packets in the order of their times. */
export class CraftedPlan extends ShownList<PlannedPacket> implements SendingPlan {
  /** Itself, by the name that every plan has for its rows. */
  get rows(): readonly PlannedPacket[] {
    return this;
  }

  /** TCP and UDP ports of its packets, each once: what a sniffer is to keep. */
  get ports(): number[] {
    return [...new Set(this.carried.flatMap(({ srcPort, dstPort }) => [srcPort!, dstPort!]))];
  }

  /** What each row is carried as. */
  get carried(): CarriedRow[] {
    return this.map(({ message, packet }) => {
      const { srcPort, dstPort, payload } = packet.get(Tcp) ?? packet.get(Udp)!;
      return { message, transport: packet.get(Udp) ? 'udp' : 'tcp', srcPort, dstPort, payload };
    });
  }

  /** Seconds from the start of the run to the last packet. */
  get duration(): number {
    return Number(this.at(-1)?.at ?? 0n) / 1e9;
  }

  /**
   * What a capture of it is to hold: packets that a sniffer kept, each planned one with its `msg_id` and message as a comment, each answer
   * to one with that one's `msg_id`; or, given the moment that its times count from in nanoseconds since 1970, the packets as planned.
   */
  capture(from: readonly CapturedPacket[] | bigint): PacketInit[] {
    const captured =
      typeof from === 'bigint' ? this.map(({ packet, at }) => ({ bytes: packet.bytes, timestamp: from + at })) : from;
    return annotateRows(soughtPackets(this), captured);
  }

  /** Finds each row in a capture again, and the kernel's answer to it. */
  run(frames: readonly Frame[], options: MatchOptions): Run {
    return findRows(soughtPackets(this), frames, options);
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

/** A message as one TCP segment, or one datagram, in IPv4, lengths and checksums computed. */
export function craft(message: Message, options: CraftOptions = {}): Packet {
  return packetOf(message, payloadsOf([message]).get(message)!, options);
}

function packetOf(message: Message, payload: Uint8Array, options: CraftOptions): Packet {
  const { srcPort, dstPort } = portsOf(message, options.ports ?? defaultPorts);
  const transport = isDatagram(message)
    ? udp({ srcPort, dstPort })
    : tcp({ srcPort, dstPort, flags: message.flags ?? 'PSH,ACK', window: 8192, ...options.tcp });
  return build(ipv4(options.ipv4), transport, payload);
}

/** A packet for each message, in the order of their times. `scale` stretches (above 1) or shortens (below) the times. */
export function planCrafted(messages: Iterable<Message>, options: CraftOptions & { scale?: number } = {}): CraftedPlan {
  const { scale = 1 } = options;
  if (!(scale >= 0 && Number.isFinite(scale)))
    throw new RangeError(`Cannot plan with scale ${scale}: a number from 0 up needed`);
  const rows = [...messages];
  const ports = options.ports ?? assignPorts(rows);
  const payloads = payloadsOf(rows);
  const plan = rows
    .map((message) => ({
      message,
      packet: packetOf(message, payloads.get(message)!, { ...options, ports }),
      at: BigInt(Math.round(message.timestamp * scale * 1e9)),
    }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return CraftedPlan.holding(plan);
}
