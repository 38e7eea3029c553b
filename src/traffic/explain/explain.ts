/**
 * What a capture shows, in sentences: findings with the packets they rest on and the reason behind them. Nothing is said that the
 * packets do not show. Each family of rules has a file of its own.
 *
 * @module
 */
import { Tcp } from '../../wire/index.js';
import type { TcpStream } from '../tcp-stream.js';
import type { Traffic, TrafficPacket } from '../traffic.js';
import { flagged } from './analysis.js';
import { checksumFindings } from './checksum.js';
import { connection } from './connection.js';
import { Finding, type FindingInit, Findings, type RuleId } from './finding.js';
import { icmpFindings, quotedStreams } from './icmp.js';
import { linkFindings } from './link.js';
import { type ExplainedMessage, messageFindings } from './message.js';
import { numberFindings, numbering } from './numbering.js';
import { isKeepAlive, type Segment } from './segment.js';

/** Explains a capture, and where messages are given, which packets carry them. */
export function explain(traffic: Traffic, messages: Iterable<ExplainedMessage> = []): Findings {
  const quoted = quotedStreams(traffic);
  const found: FindingInit[] = [
    ...linkFindings(traffic),
    ...traffic.streams.flatMap((stream) => streamFindings(stream, traffic.packetsOf(stream), quoted.has(stream.index))),
    ...icmpFindings(traffic),
    ...numberFindings(traffic),
    ...checksumFindings(traffic),
    ...messageFindings(traffic, [...messages]),
  ];
  return Findings.holding(found.map((finding) => new Finding(finding)));
}

function streamFindings(stream: TcpStream, entries: readonly TrafficPacket[], isQuoted: boolean): FindingInit[] {
  const segments: Segment[] = [];
  for (const entry of entries) {
    const tcp = entry.packet.get(Tcp);
    if (tcp && entry.analysis)
      segments.push({ entry, tcp, number: entry.number, length: Math.max(0, entry.analysis.length) });
  }
  const findings: FindingInit[] = [];
  const say = (rule: RuleId, packets: readonly Segment[], sentence: string, why: string) => {
    findings.push({ rule, packets: packets.map(({ number }) => number), stream: stream.index, sentence, why });
  };
  const explained = connection(stream, segments, isQuoted, say);
  numbering(
    segments.filter((each) => each.length > 0 && !isKeepAlive(each, segments)),
    say,
  );
  flagged(segments, explained, say);
  return findings;
}
