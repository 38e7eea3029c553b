/**
 * The segments of one stream, as the rules about a connection look at them.
 *
 * @module
 */
import type { Tcp } from '../../wire/index.js';
import { AnalysisFlag } from '../tcp-flag.js';
import type { TrafficPacket } from '../traffic.js';
import type { RuleId } from './finding.js';

/** A segment with what the rules ask for. */
export interface Segment {
  readonly entry: TrafficPacket;
  readonly tcp: Tcp;
  readonly number: number;
  readonly length: number;
}

/** Adds a finding on segments of one stream. */
export type Say = (rule: RuleId, packets: readonly Segment[], sentence: string, why: string) => void;

export function isRetransmission(flags: number): boolean {
  const { RETRANSMISSION, FAST_RETRANSMISSION, SPURIOUS_RETRANSMISSION } = AnalysisFlag;
  return (flags & (RETRANSMISSION | FAST_RETRANSMISSION | SPURIOUS_RETRANSMISSION)) !== 0;
}

/**
 * Whether one segment's data are the other's, or their beginning where there is a connection: a sender that repeats bytes may put
 * more or fewer of them into a segment.
 */
export function isSameData(a: Segment, b: Segment): boolean {
  const [one, other] = [a.tcp.payload, b.tcp.payload];
  const stream = a.entry.tcp!;
  if (one.length !== other.length && !stream.a.hasSyn && !stream.b.hasSyn) return false;
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** Also the first of several: the analysis knows a keep-alive only by what came before it. */
export function isKeepAlive(segment: Segment, segments: readonly Segment[]): boolean {
  if ((segment.entry.analysis!.flags & AnalysisFlag.KEEP_ALIVE) !== 0) return true;
  if (segment.length !== 1 || segment.tcp.has('PSH')) return false;
  return segments.some(
    (each) =>
      each.number > segment.number &&
      each.entry.isReverse === segment.entry.isReverse &&
      each.tcp.seq === segment.tcp.seq &&
      (each.entry.analysis!.flags & AnalysisFlag.KEEP_ALIVE) !== 0,
  );
}
