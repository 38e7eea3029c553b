/**
 * What a capture shows, in sentences: findings with the packets they rest on and the reason behind them. Nothing is said that the
 * packets do not show.
 *
 * @module
 */
import { isLoopback } from '../../address.js';
import { Ipv4, Ipv6, LinkType, type Packet, Tcp, Udp } from '../../wire/index.js';
import { AnalysisFlag } from '../tcp-flag.js';
import type { TcpStream } from '../tcp-stream.js';
import type { Traffic, TrafficPacket } from '../traffic.js';

/** Names of the rules that findings come from. */
export type RuleId =
  | 'complete-connection'
  | 'no-handshake'
  | 'ack-without-connection'
  | 'reset-no-connection'
  | 'reset-refused'
  | 'reset-abort'
  | 'unanswered-syn'
  | 'seq-not-advancing'
  | 'looks-retransmitted'
  | 'retransmission'
  | 'out-of-order'
  | 'duplicate-acks'
  | 'missing-from-capture'
  | 'zero-window'
  | 'keep-alive'
  | 'ports-reused'
  | 'relative-numbers'
  | 'checksums'
  | 'wrong-checksums'
  | 'no-ethernet'
  | 'messages-found'
  | 'message-missing';

/** Something that the packets show. */
export interface Finding {
  readonly rule: RuleId;
  /** Frames it rests on, by number. */
  readonly packets: readonly number[];
  /** Stream it is about. */
  readonly stream?: number;
  /** What is there to see. */
  readonly sentence: string;
  /** Why it is so, or what it does not mean. */
  readonly why: string;
}

/** What is needed of an application message; the rows of the CSV have it. */
export interface ExplainedMessage {
  readonly msgId: string | number;
  readonly message: string;
}

/** Explains a capture, and where messages are given, which packets carry them. */
export function explain(traffic: Traffic, messages: Iterable<ExplainedMessage> = []): Finding[] {
  return [
    ...linkFindings(traffic),
    ...traffic.streams.flatMap((stream) => streamFindings(stream, traffic.packetsOf(stream))),
    ...numberFindings(traffic),
    ...checksumFindings(traffic),
    ...messageFindings(traffic, [...messages]),
  ];
}

/** `#1, #3 and #5`; the first few of many. */
export function list(numbers: readonly number[]): string {
  if (numbers.length > 6) return `#${numbers.slice(0, 4).join(', #')} and ${numbers.length - 4} more`;
  if (numbers.length < 2) return numbers.map((number) => `#${number}`).join('');
  return `#${numbers.slice(0, -1).join(', #')} and #${numbers.at(-1)}`;
}

const linkNames: { readonly [linkType: number]: string } = {
  [LinkType.NULL]: 'a loopback header of 4 bytes (link type NULL)',
  [LinkType.LOOP]: 'a loopback header of 4 bytes (link type LOOP)',
  [LinkType.RAW]: 'the IP header itself (link type RAW)',
  [LinkType.IPV4]: 'the IP header itself (link type IPV4)',
  [LinkType.IPV6]: 'the IP header itself (link type IPV6)',
};

function linkFindings({ packets }: Traffic): Finding[] {
  const [first] = packets;
  const name = first === undefined ? undefined : linkNames[first.frame.linkType];
  if (first === undefined || name === undefined) return [];
  if (packets.some(({ frame }) => frame.linkType !== first.frame.linkType)) return [];
  return [
    {
      rule: 'no-ethernet',
      packets: [first.number],
      sentence: `Every packet begins with ${name}: there is no Ethernet header.`,
      why: packets.every(({ packet }) => staysHere(packet) !== false)
        ? 'Traffic of a machine with itself never reaches a network card, so nothing frames it for a wire and there are no MAC addresses.'
        : 'The packets were captured, or written, above the link layer: what framed them on the wire, if anything did, is not there.',
    },
  ];
}

/** Whether a packet goes from a machine to itself; undefined without IP addresses. */
function staysHere(packet: Packet): boolean | undefined {
  const ip = packet.get(Ipv4) ?? packet.get(Ipv6);
  return ip && isLoopback(ip.src) && isLoopback(ip.dst);
}

/** A segment with what the rules ask for. */
interface Segment {
  readonly entry: TrafficPacket;
  readonly tcp: Tcp;
  readonly number: number;
  readonly length: number;
}

function streamFindings(stream: TcpStream, entries: readonly TrafficPacket[]): Finding[] {
  const segments: Segment[] = [];
  for (const entry of entries) {
    const tcp = entry.packet.get(Tcp);
    if (tcp && entry.analysis)
      segments.push({ entry, tcp, number: entry.number, length: Math.max(0, entry.analysis.length) });
  }
  const findings: Finding[] = [];
  const say = (rule: RuleId, packets: readonly Segment[], sentence: string, why: string) => {
    findings.push({ rule, packets: packets.map(({ number }) => number), stream: stream.index, sentence, why });
  };
  const syns = segments.filter(({ tcp }) => tcp.has('SYN'));
  const data = segments.filter(({ length }) => length > 0);
  const resets = segments.filter(({ tcp }) => tcp.has('RST'));
  const fins = segments.filter(({ tcp }) => tcp.has('FIN'));
  const who = `${stream.aEndpoint} ↔ ${stream.bEndpoint}`;
  if (syns.length === 0) withoutHandshake(stream, segments, data, resets, say);
  else withHandshake(stream, segments, syns, data, resets, fins, who, say);
  numbering(data, say);
  flagged(segments, say);
  return findings;
}

type Say = (rule: RuleId, packets: readonly Segment[], sentence: string, why: string) => void;

function withoutHandshake(
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

function withHandshake(
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

/** Sequence numbers that stay where they are though the data change. */
function numbering(data: readonly Segment[], say: Say): void {
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

function isRetransmission(flags: number): boolean {
  const { RETRANSMISSION, FAST_RETRANSMISSION, SPURIOUS_RETRANSMISSION } = AnalysisFlag;
  return (flags & (RETRANSMISSION | FAST_RETRANSMISSION | SPURIOUS_RETRANSMISSION)) !== 0;
}

/**
 * Whether one segment's data are the other's, or their beginning where there is a connection: a sender that repeats bytes may put
 * more or fewer of them into a segment.
 */
function isSameData(a: Segment, b: Segment): boolean {
  const [one, other] = [a.tcp.payload, b.tcp.payload];
  const stream = a.entry.tcp!;
  if (one.length !== other.length && !stream.a.hasSyn && !stream.b.hasSyn) return false;
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** What the TCP analysis found, where it is what it seems. */
function flagged(segments: readonly Segment[], say: Say): void {
  const having = (mask: number) => segments.filter(({ entry }) => (entry.analysis!.flags & mask) !== 0);
  const repeats = segments.filter(({ entry, length, tcp }) => {
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
      'A sender repeats what was not acknowledged in time, or what three duplicate acknowledgments ask for. The network lost a segment or an acknowledgment, or one came late.',
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
    (all) => `${all} show a receiver with no room left.`,
    'The window says how many bytes a receiver can take. When the program reads too slowly it shrinks to 0, and the sender must wait until the window opens again.',
  );
  rule(
    'keep-alive',
    AnalysisFlag.KEEP_ALIVE | AnalysisFlag.KEEP_ALIVE_ACK,
    (all) => `${all} ask and answer whether the other side is still there.`,
    'A keep-alive repeats the last byte’s number on an idle connection, so that the other side must acknowledge it. It carries no new data.',
  );
  rule(
    'ports-reused',
    AnalysisFlag.REUSED_PORTS,
    (all) => `${all} open${all.includes(' ') ? '' : 's'} a connection on addresses and ports that an earlier one used.`,
    'A connection is told from others by addresses and ports alone. A client that uses a port again begins with another sequence number.',
  );
}

function numberFindings({ packets }: Traffic): Finding[] {
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

function checksumFindings({ packets }: Traffic): Finding[] {
  let right = 0;
  let isLocal = true;
  const wrong: number[] = [];
  for (const { packet, number } of packets) {
    const judged = packet.nodes().flatMap(({ nodes }) => nodes.filter(({ intact }) => intact !== undefined));
    if (judged.some(({ intact }) => intact === false)) {
      wrong.push(number);
      isLocal &&= staysHere(packet) === true;
    }
    right += judged.filter(({ intact }) => intact === true).length;
  }
  if (wrong.length > 0) {
    return [
      {
        rule: 'wrong-checksums',
        packets: wrong,
        sentence: `${list(wrong)} ${wrong.length === 1 ? 'has a checksum that does' : 'have checksums that do'} not fit ${wrong.length === 1 ? 'its' : 'their'} bytes.`,
        why: isLocal
          ? 'These packets go from a machine to itself. A kernel that sends by its own sockets leaves the checksum to the network card, and on loopback there is none, so it is never filled in and never looked at. The packets are not damaged by that.'
          : 'Either the bytes were changed, or the packets were captured where they were sent, before the network card filled the checksum in (offloading). A receiver would drop them if they arrived like this.',
      },
    ];
  }
  if (right === 0) return [];
  return [
    {
      rule: 'checksums',
      packets: [],
      sentence: `All ${right} checksums of IP, TCP and UDP that can be computed here are right.`,
      why: 'Where Wireshark says “[unverified]” it has not looked: by default it does not validate TCP and UDP checksums. That says nothing about offloading.',
    },
  ];
}

function messageFindings({ packets }: Traffic, messages: readonly ExplainedMessage[]): Finding[] {
  const findings: Finding[] = [];
  const texts = packets.map(({ packet, number, analysis, tcp, udp }) => ({
    number,
    text:
      (analysis?.length ?? 0) > 0 || udp
        ? new TextDecoder().decode((tcp ? packet.get(Tcp) : packet.get(Udp))?.payload)
        : '',
  }));
  const taken = new Set<number>();
  const found: { id: string | number; packet: number }[] = [];
  for (const { msgId, message } of messages) {
    if (message === '') continue;
    const hit = texts.find(({ number, text }) => !taken.has(number) && text.startsWith(message));
    if (hit) {
      taken.add(hit.number);
      found.push({ id: msgId, packet: hit.number });
      continue;
    }
    findings.push({
      rule: 'message-missing',
      packets: [],
      sentence: `No packet begins with message ${msgId}, ${JSON.stringify(message.slice(0, 40))}.`,
      why: 'It was not sent, not captured, or travels encrypted, compressed or in another form.',
    });
  }
  if (found.length > 0) {
    const pairs = found.map(({ id, packet }) => `${id} in #${packet}`);
    findings.unshift({
      rule: 'messages-found',
      packets: found.map(({ packet }) => packet),
      sentence: `Messages in packets: ${pairs.slice(0, 8).join(', ')}${pairs.length > 8 ? ` and ${pairs.length - 8} more` : ''}.`,
      why: 'TCP carries bytes, not messages: that a message is one packet is so because it is short and was written at once.',
    });
  }
  return findings;
}

/** One way of sending the messages, next to the others. */
export interface WayRow {
  readonly way: string;
  readonly packets: number;
  readonly connections: number;
  readonly handshakes: number;
  readonly farewells: number;
  readonly resets: number;
  /** Packets that Wireshark's TCP analysis marks. */
  readonly flagged: number;
  readonly rules: readonly RuleId[];
}

/** Puts captures of the same messages side by side: crafted, conversation, real, or by whatever names. */
export function compareWays(captures: { readonly [way: string]: Traffic }): WayRow[] {
  return Object.entries(captures).map(([way, traffic]) => {
    const { streams } = traffic;
    return {
      way,
      packets: traffic.packets.length,
      connections: streams.length,
      handshakes: streams.filter(({ completeness }) => (completeness & 7) === 7).length,
      farewells: streams.filter(({ a, b }) => a.hasFin && b.hasFin).length,
      resets: traffic.packets.filter(({ packet }) => packet.get(Tcp)?.has('RST')).length,
      flagged: traffic.packets.filter(({ analysis }) => (analysis?.flags ?? 0) !== 0).length,
      rules: [...new Set(explain(traffic).map(({ rule }) => rule))],
    };
  });
}
