/**
 * The rules about how a connection begins and ends.
 *
 * @module
 */
import type { TcpStream } from '../tcp-stream.js';
import { list } from './finding.js';
import type { Say, Segment } from './segment.js';

export function withoutHandshake(
  stream: TcpStream,
  segments: readonly Segment[],
  data: readonly Segment[],
  resets: readonly Segment[],
  say: Say,
): void {
  // A reset whose sequence number is the acknowledgment number of the segment before it: the answer of one who has no connection.
  const answered: { reset: Segment; to: Segment }[] = [];
  for (const reset of resets) {
    if (reset.tcp.has('ACK')) continue;
    const to = segments.findLast(
      (each) =>
        each.number < reset.number &&
        each.entry.isReverse !== reset.entry.isReverse &&
        !each.tcp.has('RST') &&
        each.tcp.has('ACK') &&
        each.tcp.ack === reset.tcp.seq,
    );
    if (to) answered.push({ reset, to });
  }
  const isCrafted = answered.length > 0 && answered.length === resets.length;
  if (data.length > 0) {
    const where = `stream ${stream.index} (${stream.aEndpoint} ↔ ${stream.bEndpoint})`;
    say(
      'no-handshake',
      data,
      `${data.length === 1 ? 'A segment' : `${data.length} segments`} with data (${list(data.map(({ number }) => number))}) belong${data.length === 1 ? 's' : ''} to ${where}, and no SYN of it is in the capture.`,
      isCrafted
        ? 'A connection begins with SYN, SYN-ACK and ACK. The resets that came back show that the receiver knew of no connection: none was opened.'
        : 'A connection begins with SYN, SYN-ACK and ACK. Either the capture began after them, or there never were any; these packets alone do not tell.',
    );
  }
  const acks = data.filter(({ tcp }) => tcp.has('ACK'));
  if (isCrafted && acks.length > 0) {
    say(
      'ack-without-connection',
      acks,
      `${list(acks.map(({ number }) => number))} ${acks.length === 1 ? 'carries' : 'carry'} the ACK flag although no connection was set up.`,
      'The ACK flag only says that the acknowledgment number is to be read. It does not say that a connection exists or that anything was accepted; whoever builds a packet may set it.',
    );
  }
  if (answered.length > 0) {
    const [first] = answered;
    say(
      'reset-no-connection',
      answered.map(({ reset }) => reset),
      `#${first!.reset.number} resets: it answers #${first!.to.number}, and its sequence number ${first!.reset.tcp.seq} is #${first!.to.number}’s acknowledgment number${answered.length > 1 ? `; so do ${answered.length - 1} more` : ''}.`,
      'A host that has no connection for these addresses and ports must answer a segment in just this way (RFC 9293 section 3.10.7.1). The kernel does that by itself: it is no crash and no refusal by a program.',
    );
  }
}

export function withHandshake(
  stream: TcpStream,
  segments: readonly Segment[],
  syns: readonly Segment[],
  data: readonly Segment[],
  resets: readonly Segment[],
  fins: readonly Segment[],
  who: string,
  say: Say,
): void {
  const syn = syns.find(({ tcp }) => !tcp.has('ACK'));
  const synAck = syns.find(({ tcp }) => tcp.has('ACK'));
  if (syn && !synAck) {
    const refusal = resets.find((each) => each.entry.isReverse !== syn.entry.isReverse && each.number > syn.number);
    if (refusal && data.length === 0) {
      say(
        'reset-refused',
        [syn, refusal],
        `#${syn.number} asks for a connection to port ${syn.tcp.dstPort}, and #${refusal.number} refuses it with RST.`,
        'No program listens on that port of that address: the kernel answers in its place (RFC 9293 section 3.10.7.1).',
      );
      return;
    }
    if (segments.every((each) => each.entry.isReverse === syn.entry.isReverse)) {
      const tries = syns.length === 1 ? '' : `, ${syns.length} times`;
      say(
        'unanswered-syn',
        syns,
        `#${syn.number} asks for a connection to port ${syn.tcp.dstPort}${tries}; no answer is in the capture.`,
        'The request or its answer was lost or dropped, by a firewall for instance, or the answer took a way that was not captured. A closed port would have answered with RST.',
      );
      return;
    }
  }
  const third =
    synAck && segments.find(({ tcp, number }) => number > synAck.number && tcp.has('ACK') && !tcp.has('SYN'));
  const bothFin = fins.some(({ entry }) => entry.isReverse) && fins.some(({ entry }) => !entry.isReverse);
  if (syn && synAck && third && bothFin && resets.length === 0) {
    say(
      'complete-connection',
      [syn, synAck, third, ...fins],
      `Stream ${stream.index} (${who}) is a whole connection: #${syn.number}, #${synAck.number} and #${third.number} open it, ${list(fins.map(({ number }) => number))} close it from both sides.`,
      'SYN, SYN-ACK and ACK tell both sides the other’s first sequence number; a FIN says that its sender has nothing more to say, so each side sends one.',
    );
  }
  if (resets.length > 0 && synAck) {
    const [first] = resets;
    const after = fins.length > 0 && fins[0]!.number < first!.number;
    say(
      'reset-abort',
      resets,
      `#${first!.number} resets a connection that had been opened by #${synAck.number}${after ? `, after a FIN in #${fins[0]!.number}` : ''}.`,
      'Its sender gave the connection up at once: a program ended or closed its socket with data unread, or what came was for a connection already gone. What was under way is lost.',
    );
  }
}
