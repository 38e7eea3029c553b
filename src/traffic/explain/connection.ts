/**
 * The rules about how a connection begins and ends, judged packet by packet.
 *
 * @module
 */
import type { TcpStream } from '../tcp-stream.js';
import { list, plural } from './finding.js';
import { isKeepAlive, type Say, type Segment } from './segment.js';

/** A reset, and the segment that it answers. */
interface Answer {
  readonly reset: Segment;
  readonly to: Segment;
}

/** Says how a stream begins and ends; gives the segments whose repetition is explained by that. */
export function connection(stream: TcpStream, segments: readonly Segment[], isQuoted: boolean, say: Say): Segment[] {
  const requests = segments.filter(({ tcp }) => tcp.has('SYN') && !tcp.has('ACK'));
  const synAck = segments.find(({ tcp }) => tcp.has('SYN') && tcp.has('ACK'));
  const resets = segments.filter(({ tcp }) => tcp.has('RST'));
  const refused = refusals(requests, resets, synAck);
  const unanswered = requests.filter(
    (syn) => !refused.some(({ to }) => to === syn) && !segments.some((each) => isReply(each, syn)),
  );
  requestFindings(requests, refused, isQuoted ? [] : unanswered, say);
  const rest = resets.filter((reset) => !refused.some((each) => each.reset === reset));
  if (synAck) withHandshake(stream, segments, { synAck, resets: rest }, say);
  else withoutHandshake(stream, segments, rest, say);
  return [...refused.map(({ to }) => to), ...unanswered];
}

/** Whether a segment comes after another, from its other side. */
function isReply(each: Segment, to: Segment): boolean {
  return each.number > to.number && each.entry.isReverse !== to.entry.isReverse;
}

/** A segment's end: the number that acknowledges all of it. SYN and FIN count as a byte each. */
function endOf({ tcp, length }: Segment): number {
  return (tcp.seq + length + Number(tcp.has('SYN')) + Number(tcp.has('FIN'))) >>> 0;
}

/** Whether sequence number `a` stands at or behind `b`, RFC 9293 section 3.4. */
function reaches(a: number, b: number): boolean {
  return ((a - b) | 0) >= 0;
}

/** Each refused request with its refusal: a reset that acknowledges what was not accepted, RFC 9293 section 3.10.7.1. */
function refusals(requests: readonly Segment[], resets: readonly Segment[], synAck: Segment | undefined): Answer[] {
  return resets.flatMap((reset) => {
    if (!reset.tcp.has('ACK') || (synAck && synAck.number < reset.number)) return [];
    // Some stacks acknowledge the SYN alone and not the data that came with it.
    const to = requests.findLast(
      (syn) => isReply(reset, syn) && (reset.tcp.ack === endOf(syn) || reset.tcp.ack === (syn.tcp.seq + 1) >>> 0),
    );
    return to ? [{ reset, to }] : [];
  });
}

function requestFindings(
  requests: readonly Segment[],
  refused: readonly Answer[],
  unanswered: readonly Segment[],
  say: Say,
): void {
  const withData = requests.filter(({ length }) => length > 0);
  if (withData.length > 0) {
    say(
      'syn-with-data',
      withData,
      `${list(numbersOf(withData))} ${plural(withData.length, 'carries', 'carry')} data in a SYN.`,
      'TCP allows data beside SYN, but they are not given to a program before the handshake is complete. Programs that use ordinary sockets send none there, save with TCP Fast Open (RFC 7413); a packet built by hand can.',
    );
  }
  if (refused.length > 0) {
    const asked = [...new Set(refused.map(({ to }) => to))];
    const answers = refused.map(({ reset }) => reset);
    const port = asked[0]!.tcp.dstPort;
    say(
      'reset-refused',
      [...asked, ...answers].sort((a, b) => a.number - b.number),
      asked.length === 1
        ? `#${asked[0]!.number} asks for a connection to port ${port}, and ${list(numbersOf(answers))} refuses it with RST.`
        : `${list(numbersOf(asked))} ask for a connection to port ${port}; each is refused with RST (${list(numbersOf(answers))}).`,
      `No program listens on that port of that address, so the kernel answers in its place (RFC 9293 section 3.10.7.1); a firewall may answer in the same way.${asked.length > 1 ? ' The request was answered each time: nothing was lost on the way.' : ''}`,
    );
  }
  if (unanswered.length > 0) {
    const [first] = unanswered;
    const tries = unanswered.length === 1 ? '' : `, ${unanswered.length} times`;
    say(
      'unanswered-syn',
      unanswered,
      `#${first!.number} asks for a connection to port ${first!.tcp.dstPort}${tries}; no answer is in the capture.`,
      'The request or its answer was lost or dropped, by a firewall for instance, or the answer came after the capture ended or took a way that was not captured. A closed port would have answered with RST.',
    );
  }
}

function withoutHandshake(stream: TcpStream, segments: readonly Segment[], resets: readonly Segment[], say: Say): void {
  const where = `stream ${stream.index} (${stream.aEndpoint} ↔ ${stream.bEndpoint})`;
  // A reset whose sequence number is the acknowledgment number of a segment before it: the answer of one who has no connection.
  const answered: Answer[] = [];
  for (const reset of resets) {
    if (reset.tcp.has('ACK')) continue;
    const to = segments.findLast(
      (each) => isReply(reset, each) && !each.tcp.has('RST') && each.tcp.has('ACK') && each.tcp.ack === reset.tcp.seq,
    );
    if (to) answered.push({ reset, to });
  }
  const replies = lastAcknowledgments(segments);
  const acknowledged = segments.filter(
    (each) =>
      each.length > 0 &&
      !each.tcp.has('SYN') &&
      (replies[Number(!each.entry.isReverse)]!.get(endOf(each)) ?? 0) > each.number,
  );
  const data = segments.filter((each) => each.length > 0 && !each.tcp.has('SYN') && !isKeepAlive(each, segments));
  if (acknowledged.length > 0) {
    const shown = acknowledged[0]!;
    const reply = segments.find((each) => acknowledges(each, shown))!;
    say(
      'joined-in-the-middle',
      [shown, reply],
      `The capture joins ${where} in the middle: no SYN of it is there, and #${reply.number} acknowledges what #${shown.number} sent.`,
      'Only a host that has the connection acknowledges bytes of it; any other would have answered with RST. Unless these packets were built by hand, the handshake took place before the capture began.',
    );
  } else if (data.length > 0) {
    const refusedAll = data.every((each) => answered.some(({ to }) => to === each));
    say(
      'no-handshake',
      data,
      `${data.length === 1 ? 'A segment' : `${data.length} segments`} with data (${list(numbersOf(data))}) ${plural(data.length, 'belongs', 'belong')} to ${where}, and no ${segments.some(({ tcp }) => tcp.has('SYN')) ? 'SYN of it was accepted' : 'SYN of it is in the capture'}.`,
      refusedAll
        ? 'A connection begins with SYN, SYN-ACK and ACK. The resets that came back show that the receiver knew of no connection when these segments came.'
        : 'A connection begins with SYN, SYN-ACK and ACK. Either the capture began after them, or there never were any; these packets alone do not tell.',
    );
  }
  const acks = answered.filter(({ to }) => to.length > 0).map(({ to }) => to);
  if (acks.length > 0 && acknowledged.length === 0) {
    say(
      'ack-without-connection',
      acks,
      `${list(numbersOf(acks))} ${plural(acks.length, 'carries', 'carry')} the ACK flag although the receiver has no connection.`,
      'The ACK flag only says that the acknowledgment number is to be read. It does not say that a connection exists or that anything was accepted; whoever builds a packet may set it.',
    );
  }
  if (answered.length > 0) {
    const [first] = answered;
    say(
      'reset-no-connection',
      answered.map(({ reset }) => reset),
      `#${first!.reset.number} resets: it answers #${first!.to.number}, and its sequence number ${first!.reset.tcp.seq} is #${first!.to.number}’s acknowledgment number${answered.length > 1 ? `; ${answered.length - 1} more ${plural(answered.length - 1, 'reset does', 'resets do')} the same` : ''}.`,
      acknowledged.length === 0
        ? 'A host that has no connection for these addresses and ports must answer a segment in just this way (RFC 9293 section 3.10.7.1). The kernel does that by itself: it is no crash and no refusal by a program.'
        : 'A host answers so (RFC 9293 section 3.10.7.1) when it has no connection, or no longer has one: bytes had been acknowledged before.',
    );
  }
  const aborts = resets.filter((reset) => !answered.some((each) => each.reset === reset));
  if (aborts.length > 0) {
    say(
      'reset-abort',
      aborts,
      `${list(numbersOf(aborts))} ${plural(aborts.length, 'resets', 'reset')} ${where}, whose opening is not in the capture.`,
      underWay(segments, aborts[0]!),
    );
  }
}

/** Whether a segment acknowledges exactly up to the end of another, which a program that counts nothing hits only by chance. */
function acknowledges(reply: Segment, to: Segment): boolean {
  return isReply(reply, to) && reply.tcp.has('ACK') && !reply.tcp.has('RST') && reply.tcp.ack === endOf(to);
}

/** The last frame that acknowledges each number, for the segments of `a` and of `b`. */
function lastAcknowledgments(segments: readonly Segment[]): readonly Map<number, number>[] {
  const last = [new Map<number, number>(), new Map<number, number>()];
  for (const { entry, tcp, number } of segments)
    if (tcp.has('ACK') && !tcp.has('RST')) last[Number(entry.isReverse)]!.set(tcp.ack, number);
  return last;
}

function withHandshake(
  stream: TcpStream,
  segments: readonly Segment[],
  { synAck, resets }: { readonly synAck: Segment; readonly resets: readonly Segment[] },
  say: Say,
): void {
  const who = `Stream ${stream.index} (${stream.aEndpoint} ↔ ${stream.bEndpoint})`;
  const syn = segments.findLast(
    (each) => isReply(synAck, each) && each.tcp.has('SYN') && reaches(synAck.tcp.ack, (each.tcp.seq + 1) >>> 0),
  );
  const third = segments.find(
    (each) =>
      isReply(each, synAck) && each.tcp.has('ACK') && !each.tcp.has('RST') && reaches(each.tcp.ack, endOf(synAck)),
  );
  const fins = segments.filter(({ tcp }) => tcp.has('FIN'));
  const [fromB, fromA] = [fins.filter(({ entry }) => entry.isReverse), fins.filter(({ entry }) => !entry.isReverse)];
  if (syn && third && resets.length === 0) {
    const opened = `#${syn.number}, #${synAck.number} and #${third.number} open it`;
    if (fromA.length > 0 && fromB.length > 0) {
      say(
        'complete-connection',
        [syn, synAck, third, ...fins],
        `${who} is a whole connection: ${opened}, ${list(numbersOf(fins))} close it from both sides.`,
        'SYN, SYN-ACK and ACK tell both sides the other’s first sequence number; a FIN says that its sender has nothing more to say, so each side sends one.',
      );
    } else if (fins.length > 0) {
      say(
        'half-closed',
        [syn, synAck, third, ...fins],
        `${who} is half closed when the capture ends: ${opened}, ${list(numbersOf(fins))} ${plural(fins.length, 'closes', 'close')} it from one side.`,
        'A FIN says that its sender has nothing more to say. The other side may go on sending until it sends a FIN of its own.',
      );
    } else {
      say(
        'connection-open',
        [syn, synAck, third],
        `${who} is still open when the capture ends: ${opened}; ${stream.aEndpoint} sent ${bytes(segments, false)}, ${stream.bEndpoint} ${bytes(segments, true)}.`,
        'No FIN and no RST of it is in the capture. A connection needs no packets to stay open.',
      );
    }
  } else if (syn && !third && resets.length === 0) {
    say(
      'handshake-unfinished',
      [syn, synAck],
      `#${synAck.number} accepts the request of #${syn.number}; the ACK that completes the handshake is not in the capture.`,
      'The third segment was lost, not captured, or never sent: a sender that made its SYN by hand has no connection to go on with.',
    );
  }
  if (resets.length > 0) {
    const [first] = resets;
    const after = fins.length > 0 && fins[0]!.number < first!.number;
    say(
      'reset-abort',
      resets,
      `#${first!.number} resets ${third ? 'a connection that had been opened by' : 'what had been accepted by'} #${synAck.number}${after ? `, after a FIN in #${fins[0]!.number}` : ''}.`,
      third === undefined && isReply(first!, synAck) && first!.tcp.seq === synAck.tcp.ack
        ? 'The host that was answered has no such connection: its SYN was made by hand or by a scanner, or the program gave up before the answer came (RFC 9293 section 3.10.7.1).'
        : underWay(segments, first!),
    );
  }
}

/** Bytes that one side sent, by its sequence numbers: repeated ones count once. */
function bytes(segments: readonly Segment[], isReverse: boolean): string {
  const sent = segments.filter((each) => each.entry.isReverse === isReverse && each.length > 0);
  let [from, to] = [sent[0]?.tcp.seq ?? 0, sent[0]?.tcp.seq ?? 0];
  for (const each of sent) {
    if (!reaches(each.tcp.seq, from)) from = each.tcp.seq;
    const end = (each.tcp.seq + each.length) >>> 0;
    if (!reaches(to, end)) to = end;
  }
  const count = (to - from) >>> 0;
  return count === 0 ? 'no data' : `${count} ${plural(count, 'byte', 'bytes')}`;
}

/** What a reset ends: whether data sent before it had been acknowledged. */
function underWay(segments: readonly Segment[], reset: Segment): string {
  const before = segments.filter(({ number }) => number < reset.number);
  const data = before.filter(({ length }) => length > 0);
  const highest: (number | undefined)[] = [undefined, undefined];
  for (const { entry, tcp } of [...before, reset]) {
    const side = Number(entry.isReverse);
    const known = highest[side];
    if (tcp.has('ACK') && (known === undefined || reaches(tcp.ack, known))) highest[side] = tcp.ack;
  }
  const open = data.filter(({ entry, tcp, length }) => {
    const ack = highest[Number(!entry.isReverse)];
    return ack === undefined || !reaches(ack, (tcp.seq + length) >>> 0);
  });
  const cause =
    'Its sender gave the connection up at once: a program ended or closed its socket with data unread, or what came was for a connection already gone.';
  if (data.length === 0) return `${cause} No data are in the capture before it.`;
  if (open.length === 0)
    return `${cause} All data seen before it had been acknowledged, so none of them were under way.`;
  return `${cause} No acknowledgment of ${list(numbersOf(open))} is in the capture: whether these data arrived cannot be seen.`;
}

function numbersOf(segments: readonly Segment[]): number[] {
  return segments.map(({ number }) => number);
}
