/**
 * The rules about sequence numbers.
 *
 * @module
 */
import { Tcp } from '../../wire/index.js';
import type { Traffic } from '../traffic.js';
import { type FindingInit, list } from './finding.js';
import { isRetransmission, isSameData, type Say, type Segment } from './segment.js';

/** Sequence numbers that stay where they are though the data change. */
export function numbering(data: readonly Segment[], say: Say): void {
  for (const isReverse of [false, true]) {
    const bySeq = new Map<number, Segment[]>();
    for (const segment of data) {
      if (segment.entry.isReverse !== isReverse) continue;
      const same = bySeq.get(segment.tcp.seq);
      if (same) same.push(segment);
      else bySeq.set(segment.tcp.seq, [segment]);
    }
    for (const [seq, same] of bySeq) {
      const changed = same.filter((each, i) => i > 0 && !isSameData(each, same[0]!));
      if (changed.length === 0) continue;
      const all = list(same.map(({ number }) => number));
      say(
        'seq-not-advancing',
        same,
        `${all} carry different data under one sequence number, ${seq}.`,
        'Each byte of a connection has a number of its own, so a sender adds the bytes sent to the next segment’s sequence number. These segments were built one by one, without counting.',
      );
      const marked = changed.filter(({ entry }) => isRetransmission(entry.analysis!.flags));
      if (marked.length > 0) {
        say(
          'looks-retransmitted',
          marked,
          `Wireshark marks ${list(marked.map(({ number }) => number))} as retransmission, yet ${marked.length === 1 ? 'its data are' : 'their data are'} not those of #${same[0]!.number}.`,
          'Wireshark goes by the sequence number, which is not above the highest seen. A retransmission repeats bytes; here other bytes were sent under an old number, so nothing was sent again and no one waited for an acknowledgment.',
        );
      }
    }
  }
}

export function numberFindings({ packets }: Traffic): FindingInit[] {
  for (const entry of packets) {
    const tcp = entry.packet.get(Tcp);
    if (tcp === undefined || entry.analysis === undefined || entry.analysis.length <= 0) continue;
    if (entry.analysis.seq === tcp.seq) continue;
    return [
      {
        rule: 'relative-numbers',
        packets: [entry.number],
        stream: entry.tcp!.index,
        sentence: `Wireshark shows Seq=${entry.analysis.seq} for #${entry.number}; on the wire the number is ${tcp.seq}.`,
        why: 'Sequence numbers begin anywhere in 32 bits. Wireshark counts them from the connection’s first, or from the first segment it sees, so that they are easy to read; tcp.seq_raw is the true one.',
      },
    ];
  }
  return [];
}
