/**
 * What a field that lies in no packet is read from, and what it gives.
 *
 * @module
 */
import type { Frame } from '../capture/index.js';
import type { Packet } from '../wire/index.js';
import type { TcpAnalysis } from './tcp-analysis.js';
import type { TcpStream } from './tcp-stream.js';
import type { UdpStream } from './udp-stream.js';

/** A packet with what its capture and the frames before it say. `TrafficPacket` is one. */
export interface TrafficContext {
  readonly packet: Packet;
  /** From 1. */
  readonly number: number;
  /** The capture's frame; undefined for a packet that no capture holds. */
  readonly frame: Frame | undefined;
  /** Nanoseconds since 1970; undefined for a frame without a stamp, which pcapng's Simple Packet Block makes. */
  readonly timestamp: bigint | undefined;
  /** Stamp of the capture's first frame that has one. */
  readonly first: bigint | undefined;
  /** Stamp of the last frame before that has one, or of this one where there is none. */
  readonly previous: bigint | undefined;
  readonly tcp: TcpStream | undefined;
  readonly udp: UdpStream | undefined;
  /** Defined where `tcp` is. */
  readonly analysis: TcpAnalysis | undefined;
  /** Numbers of its TCP and UDP streams, outermost first, where a tunnel or an ICMP error's quote makes them others than those above. */
  readonly tcpNumbers?: readonly number[] | undefined;
  readonly udpNumbers?: readonly number[] | undefined;
}

/** The same with another packet in its place. */
export function withPacket(context: TrafficContext, packet: Packet): TrafficContext {
  const { number, frame, timestamp, first, previous, tcp, udp, analysis, tcpNumbers, udpNumbers } = context;
  return { packet, number, frame, timestamp, first, previous, tcp, udp, analysis, tcpNumbers, udpNumbers };
}

/** A field's type as far as comparing goes. */
export type TrafficFieldKind = 'number' | 'boolean' | 'time' | 'moment' | 'text' | 'bytes' | 'protocol' | 'none';

/** A value of such a field: times in nanoseconds, moments in nanoseconds since 1970, `true` for what is merely there. */
export type TrafficValue = number | bigint | string | Uint8Array | true;

/** One such field. */
export interface TrafficField {
  /** Wireshark's name. */
  readonly name: string;
  readonly kind: TrafficFieldKind;
  /** Greatest number that fits; 2 ** 32 - 1 where left out. */
  readonly max?: number;
  /** Whether it needs a tracker, not just the frame. */
  readonly isTracked: boolean;
  /** Its occurrences; undefined where the packet has none. */
  read(context: TrafficContext): TrafficValue | readonly TrafficValue[] | undefined;
  /** How `tshark -T fields` writes a value, where its kind does not say. */
  write?(value: TrafficValue): string;
}
