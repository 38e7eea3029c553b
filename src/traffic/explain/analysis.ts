/**
 * The rules about what the TCP analysis marks.
 *
 * @module
 */
import { AnalysisFlag } from '../tcp-flag.js';
import { list, type RuleId } from './finding.js';
import { isKeepAlive, isRetransmission, isSameData, type Say, type Segment } from './segment.js';

/** What the TCP analysis found, where it is what it seems. The repetition of `explained` segments is said elsewhere. */
export function flagged(segments: readonly Segment[], explained: readonly Segment[], say: Say): void {
  const having = (mask: number) => segments.filter(({ entry }) => (entry.analysis!.flags & mask) !== 0);
  const repeats = segments.filter((segment) => {
    const { entry, length, tcp } = segment;
    if (explained.includes(segment)) return false;
    if (!isRetransmission(entry.analysis!.flags)) return false;
    if (length === 0) return tcp.has('SYN') || tcp.has('FIN');
    return !segments.some(
      (each) =>
        each.number < entry.number &&
        each.entry.isReverse === entry.isReverse &&
        each.tcp.seq === tcp.seq &&
        each.length > 0 &&
        !isSameData(each, { entry, tcp, number: entry.number, length }),
    );
  });
  if (repeats.length > 0) {
    const fast = repeats.filter(({ entry }) => (entry.analysis!.flags & AnalysisFlag.FAST_RETRANSMISSION) !== 0);
    const spurious = repeats.filter(
      ({ entry }) => (entry.analysis!.flags & AnalysisFlag.SPURIOUS_RETRANSMISSION) !== 0,
    );
    const kinds = [
      fast.length > 0 ? `${fast.length} after duplicate acknowledgments` : '',
      spurious.length > 0 ? `${spurious.length} of data already acknowledged` : '',
    ].filter((kind) => kind !== '');
    say(
      'retransmission',
      repeats,
      `${list(repeats.map(({ number }) => number))} repeat${repeats.length === 1 ? 's' : ''} sequence numbers that were sent before${kinds.length > 0 ? ` (${kinds.join(', ')})` : ''}.`,
      'A sender repeats what was not acknowledged in time, or what three duplicate acknowledgments ask for. A segment or its acknowledgment may have been lost or have come late; the capture shows only that it was sent again.',
    );
  }
  const rule = (id: RuleId, mask: number, sentence: (all: string, count: number) => string, why: string) => {
    const found = having(mask);
    if (found.length > 0) say(id, found, sentence(list(found.map(({ number }) => number)), found.length), why);
  };
  rule(
    'out-of-order',
    AnalysisFlag.OUT_OF_ORDER,
    (all, count) => `${all} ${count === 1 ? 'comes' : 'come'} behind a segment that was sent later.`,
    'Packets of one connection may take different ways or queues. TCP puts the bytes in order by their sequence numbers; nothing is lost.',
  );
  rule(
    'duplicate-acks',
    AnalysisFlag.DUPLICATE_ACK,
    (all, count) => `${all} ${count === 1 ? 'repeats' : 'repeat'} an acknowledgment that was given before.`,
    'A receiver answers each segment that it cannot use yet with the number it still waits for. The third repetition tells the sender that a segment is lost.',
  );
  rule(
    'missing-from-capture',
    AnalysisFlag.LOST_SEGMENT | AnalysisFlag.ACK_LOST_SEGMENT,
    (all, count) => `Before ${all}, ${count === 1 ? 'a segment is' : 'segments are'} missing from the capture.`,
    'A sequence number is skipped, or something is acknowledged that is not there to see. It may have been lost on the way, come later, or only have been missed by the capture.',
  );
  rule(
    'zero-window',
    AnalysisFlag.ZERO_WINDOW | AnalysisFlag.WINDOW_FULL,
    (all, count) => `${all} ${count === 1 ? 'shows' : 'show'} a receiver with no room left.`,
    'The window says how many bytes a receiver can take. When the program reads too slowly it shrinks to 0, and the sender must wait until the window opens again.',
  );
  const probes = segments.filter(
    (each) => isKeepAlive(each, segments) || (each.entry.analysis!.flags & AnalysisFlag.KEEP_ALIVE_ACK) !== 0,
  );
  if (probes.length > 0) {
    say(
      'keep-alive',
      probes,
      `${list(probes.map(({ number }) => number))} ${probes.length === 1 ? 'asks or answers' : 'ask and answer'} whether the other side is still there.`,
      'A keep-alive repeats the last byte’s number on an idle connection, so that the other side must acknowledge it. It carries no new data.',
    );
  }
  rule(
    'ports-reused',
    AnalysisFlag.REUSED_PORTS,
    (all, count) =>
      `${all} ${count === 1 ? 'opens' : 'open'} a connection on addresses and ports that an earlier one used.`,
    'A connection is told from others by addresses and ports alone. A client that uses a port again begins with another sequence number.',
  );
}
