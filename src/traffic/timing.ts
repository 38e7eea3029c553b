/**
 * Traffic over time, as data for plots: gaps, rates, sequence numbers, round-trip times and windows.
 *
 * Times are seconds since the capture's first frame.
 *
 * @module
 */
import { Tcp, TcpFlag, Udp } from '../wire/index.js';
import type { TrafficPacket } from './traffic.js';

/** A value at a time. */
export interface Sample {
  readonly time: number;
  readonly value: number;
  /** Frame it comes from. */
  readonly frame: number;
}

/** Seconds from each packet to the next, at the time of the later one. */
export function interArrival(packets: readonly TrafficPacket[]): Sample[] {
  return packets.slice(1).map((packet, i) => ({
    time: packet.time / 1e9,
    value: (packet.time - packets[i]!.time) / 1e9,
    frame: packet.number,
  }));
}

/**
 * How unevenly packets come, in seconds: the mean difference between one gap and the next, smoothed by 16 as RFC 3550 section 6.4.1
 * smooths its jitter. There is a value from the third packet on.
 */
export function jitter(packets: readonly TrafficPacket[]): Sample[] {
  const gaps = interArrival(packets);
  let value = 0;
  return gaps.slice(1).map((gap, i) => {
    value += (Math.abs(gap.value - gaps[i]!.value) - value) / 16;
    return { time: gap.time, value, frame: gap.frame };
  });
}

/** What went by in one interval. */
export interface Rate {
  /** Begin of the interval. */
  readonly time: number;
  readonly packets: number;
  /** Bits a second of whole frames. */
  readonly throughput: number;
  /** Bits a second of TCP and UDP payload that was new: what was sent again does not count. */
  readonly goodput: number;
}

/**
 * Throughput and goodput over time, one value for each interval from the first packet to the last.
 *
 * @param interval seconds
 * @throws RangeError for an interval that is not above 0, or so short that more than a million come of it
 */
export function rates(packets: readonly TrafficPacket[], interval: number = 1): Rate[] {
  if (!(interval > 0)) throw new RangeError(`Cannot measure rates over ${interval} s: an interval above 0 needed`);
  const [first] = packets;
  if (first === undefined) return [];
  const start = first.time;
  const last = packets.reduce((time, packet) => Math.max(time, packet.time), start);
  const count = Math.floor((last - start) / 1e9 / interval) + 1;
  if (count > 1_000_000)
    throw new RangeError(`Cannot measure rates over ${interval} s: ${count} intervals, at most 1000000`);
  const sums = Array.from({ length: count }, () => ({ packets: 0, bytes: 0, good: 0 }));
  const highest = new Map<string, number>();
  for (const packet of packets) {
    const sum = sums[Math.max(0, Math.min(count - 1, Math.floor((packet.time - start) / 1e9 / interval)))]!;
    sum.packets++;
    sum.bytes += packet.frame.originalLength;
    sum.good += freshBytes(packet, highest);
  }
  return sums.map(({ packets: number, bytes, good }, i) => ({
    time: start / 1e9 + i * interval,
    packets: number,
    throughput: (bytes * 8) / interval,
    goodput: (good * 8) / interval,
  }));
}

/** Bytes of payload beyond the highest sequence number that its direction had sent. */
function freshBytes({ analysis, tcp, udp, isReverse, packet }: TrafficPacket, highest: Map<string, number>): number {
  if (analysis === undefined || tcp === undefined)
    return udp === undefined ? 0 : (packet.get(Udp)?.payload.length ?? 0);
  if (analysis.length <= 0) return 0;
  const key = `${tcp.index}${isReverse}`;
  const before = highest.get(key) ?? 0;
  const end = analysis.seq + analysis.length;
  if (end <= before) return 0;
  highest.set(key, end);
  return Math.min(analysis.length, end - before);
}

/** A segment in a time-sequence plot. */
export interface SequencePoint {
  readonly time: number;
  /** Relative sequence numbers of its first byte and behind its last. */
  readonly from: number;
  readonly to: number;
  readonly frame: number;
  /** Whether Wireshark calls it a retransmission of any kind, or out of order. */
  readonly isRepeat: boolean;
}

/** What tcptrace's plot is made of: segments of one direction, the other's acknowledgments and window. */
export interface SequenceSeries {
  /** Stevens' plot needs these alone. */
  readonly segments: readonly SequencePoint[];
  /** Acknowledgment numbers of the other side. */
  readonly acks: readonly Sample[];
  /** Acknowledgment number plus window: how far may be sent. */
  readonly limits: readonly Sample[];
}

/**
 * Sequence numbers of one direction of a connection over time.
 *
 * @param packets of one stream, as `traffic.packetsOf(stream)` gives them
 * @param isReverse whether for what `b` sends
 */
export function timeSequence(packets: readonly TrafficPacket[], isReverse: boolean = false): SequenceSeries {
  const segments: SequencePoint[] = [];
  const acks: Sample[] = [];
  const limits: Sample[] = [];
  for (const { analysis, packet, isReverse: own, time: at, number: frame } of packets) {
    const tcp = packet.get(Tcp);
    if (analysis === undefined || tcp === undefined) continue;
    const time = at / 1e9;
    if (own === isReverse) {
      if (analysis.length > 0 || tcp.has('SYN') || tcp.has('FIN')) {
        // Retransmissions of three kinds, and out of order: bits 0 to 3.
        const isRepeat = (analysis.flags & 0b1111) !== 0;
        segments.push({ time, from: analysis.seq, to: analysis.nextSeq, frame, isRepeat });
      }
    } else if ((tcp.flags & TcpFlag.ACK) !== 0 && !tcp.has('RST')) {
      acks.push({ time, value: analysis.ack, frame });
      limits.push({ time, value: analysis.ack + analysis.window, frame });
    }
  }
  return { segments, acks, limits };
}

/** Round-trip times in seconds: how long each acknowledged segment waited for its acknowledgment. */
export function roundTripTimes(packets: readonly TrafficPacket[]): Sample[] {
  return packets
    .filter(({ analysis }) => analysis !== undefined && analysis.acksFrame !== 0)
    .map(({ analysis, time, number }) => ({ time: time / 1e9, value: analysis!.ackRtt / 1e9, frame: number }));
}

/** Receive window in bytes that one direction announces, scaled where the scale is known. */
export function windows(packets: readonly TrafficPacket[], isReverse: boolean = false): Sample[] {
  return packets
    .filter((packet) => packet.analysis !== undefined && packet.isReverse === isReverse)
    .map(({ analysis, time, number }) => ({ time: time / 1e9, value: analysis!.window, frame: number }));
}
