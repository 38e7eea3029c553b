/**
 * A whole capture, tracked: the way in for notebooks and scripts.
 *
 * @module
 */
import { CaptureReader, type CaptureSource, type Frame } from '../capture/index.js';
import { ShownList } from '../shown.js';
import { dissect, type Packet } from '../wire/index.js';
import type { CaptureClock } from './clock.js';
import type { TrafficContext } from './context.js';
import { type ConversationKind, type ConversationList, Conversations, type EndpointList } from './conversations.js';
import { compileFilter } from './filter/filter.js';
import { type FollowedStream, Follower } from './follow.js';
import { Hierarchy, type HierarchyNode } from './hierarchy.js';
import { CapturePass } from './pass.js';
import { TcpAnalysis } from './tcp-analysis.js';
import { analysisLabels } from './tcp-flag.js';
import type { TcpStream } from './tcp-stream.js';
import { Tracker } from './tracker.js';
import type { UdpStream } from './udp-stream.js';

/** A frame with what it means. */
export class TrafficPacket implements TrafficContext {
  readonly frame: Frame;
  /** Nanoseconds since the capture's first frame. */
  readonly time: number;
  readonly first: bigint | undefined;
  readonly previous: bigint | undefined;
  readonly tcp: TcpStream | undefined;
  readonly udp: UdpStream | undefined;
  /** Whether it goes from its stream's `b` to `a`. */
  readonly isReverse: boolean;
  /** For a TCP segment. */
  readonly analysis: TcpAnalysis | undefined;
  readonly tcpNumbers: readonly number[] | undefined;
  readonly udpNumbers: readonly number[] | undefined;
  #packet: Packet | undefined;

  constructor(frame: Frame, clock: CaptureClock, tracker: Tracker) {
    this.frame = frame;
    this.time = clock.time;
    this.first = clock.start;
    this.previous = clock.previous;
    this.tcp = tracker.tcp;
    this.udp = tracker.udp;
    this.isReverse = tracker.isReverse;
    this.tcpNumbers = tracker.tcpNumbers;
    this.udpNumbers = tracker.udpNumbers;
    this.analysis = tracker.tcp === undefined ? undefined : Object.assign(new TcpAnalysis(), tracker.analysis);
  }

  get number(): number {
    return this.frame.number;
  }

  /** Nanoseconds since 1970; undefined for a frame without a stamp. */
  get timestamp(): bigint | undefined {
    return this.frame.timestamp;
  }

  /** Its layers, dissected when first asked for. */
  get packet(): Packet {
    this.#packet ??= dissect(this.frame);
    return this.#packet;
  }

  /** What Wireshark's packet list would say in brackets: `TCP Retransmission`. */
  get labels(): readonly string[] {
    return this.analysis === undefined ? [] : analysisLabels(this.analysis.flags);
  }

  toString(): string {
    const marks = this.labels.map((label) => `[${label}] `).join('');
    return `#${this.number} ${(this.time / 1e9).toFixed(6)} ${marks}${this.packet.summary()}`;
  }

  /** Time in seconds since the capture's first frame, stamp in nanoseconds since 1970 as a string. */
  toJSON(): unknown {
    const { number, time, timestamp, labels, packet, tcp, udp } = this;
    return {
      number,
      time: time / 1e9,
      ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }),
      ...(tcp === undefined ? {} : { tcpStream: tcp.index }),
      ...(udp === undefined ? {} : { udpStream: udp.index }),
      labels,
      summary: packet.summary(),
      packet,
    };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** Packets of a capture: all of them, or those that were selected. */
export class PacketList extends ShownList<TrafficPacket> {
  /** A line for each packet. */
  override toString(): string {
    return this.map(String).join('\n');
  }
}

/** Every frame of a capture with its stream and analysis, in memory. */
export class Traffic {
  readonly packets: Readonly<PacketList>;
  readonly #conversations: Conversations;
  /** Stamp of the first frame in nanoseconds since 1970. */
  readonly start: bigint | undefined;

  private constructor(packets: PacketList, conversations: Conversations, start: bigint | undefined) {
    this.packets = packets;
    this.#conversations = conversations;
    this.start = start;
  }

  /** Reads a capture file, its bytes, or a stream of them. */
  static async read(source: CaptureSource): Promise<Traffic> {
    const frames: Frame[] = [];
    for await (const batch of (await CaptureReader.open(source)).batches())
      while (batch.next()) frames.push(batch.frame);
    return Traffic.of(frames);
  }

  /** Tracks frames that were read, in their order. */
  static of(frames: Iterable<Frame>): Traffic {
    const pass = new CapturePass();
    const tracker = pass.tracker!;
    const conversations = new Conversations();
    const packets = new PacketList();
    for (const frame of frames) {
      pass.take(frame);
      conversations.add(tracker, frame.originalLength, pass.time);
      packets.push(new TrafficPacket(frame, pass.clock, tracker));
    }
    return new Traffic(packets, conversations, pass.clock.start);
  }

  /** TCP connections in the order of their numbers, which are Wireshark's `tcp.stream`. */
  get streams(): readonly TcpStream[] {
    return this.#conversations.tcpStreams;
  }

  /** UDP streams in the order of their numbers. */
  get udpStreams(): readonly UdpStream[] {
    return this.#conversations.udpStreams;
  }

  /** Conversations of one kind in the order in which they began; TCP where left out. */
  conversations(kind: ConversationKind = 'tcp'): ConversationList {
    return this.#conversations.list(kind);
  }

  /** Endpoints of one kind, the busiest first; TCP where left out. */
  endpoints(kind: ConversationKind = 'tcp'): EndpointList {
    return this.#conversations.endpoints(kind);
  }

  /** Protocols inside protocols, with frames and bytes. */
  hierarchy(): HierarchyNode {
    const hierarchy = new Hierarchy();
    for (const { packet } of this.packets) hierarchy.add(packet);
    return hierarchy.root;
  }

  /**
   * The packets that a display filter selects.
   *
   * @example traffic.filter('tcp.analysis.retransmission && ip.src == 127.0.0.1')
   * @throws FilterError that points at what is wrong in the filter
   */
  filter(text: string): PacketList {
    const { test } = compileFilter(text);
    return PacketList.holding(this.packets.filter((packet) => test(packet)));
  }

  /** The packets of one TCP stream. */
  packetsOf(stream: TcpStream | number): PacketList {
    const index = typeof stream === 'number' ? stream : stream.index;
    return PacketList.holding(this.packets.filter(({ tcp }) => tcp?.index === index));
  }

  /**
   * What both sides of a stream said, in order.
   *
   * @throws RangeError when the capture has no such stream
   */
  follow(stream: number = 0, protocol: 'tcp' | 'udp' = 'tcp'): FollowedStream {
    const follower = new Follower(protocol, stream);
    const tracker = new Tracker();
    for (const { frame, time } of this.packets) {
      tracker.track(frame, time);
      follower.add(tracker, frame.number, time);
    }
    const { conversation } = follower;
    if (conversation === undefined) {
      const count = protocol === 'tcp' ? this.streams.length : this.udpStreams.length;
      const has = count === 0 ? 'none' : `${count}, numbered from 0`;
      throw new RangeError(
        `Cannot follow ${protocol} stream ${stream}: the capture has ${has}${count === 0 ? ' of this protocol' : ''}`,
      );
    }
    return conversation;
  }

  /** Seconds from the capture's first frame to the last of its packets. */
  get duration(): number {
    return this.packets.reduce((last, { time }) => Math.max(last, time), 0) / 1e9;
  }

  /** Two words on the whole, then a line for each stream. */
  toString(): string {
    const { packets, streams, udpStreams } = this;
    const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
    const all = [count(packets.length, 'packet'), count(streams.length, 'TCP stream')];
    if (udpStreams.length > 0) all.push(count(udpStreams.length, 'UDP stream'));
    return [`${all.join(', ')} in ${this.duration.toFixed(6)} s`, ...streams, ...udpStreams].join('\n');
  }

  toJSON(): unknown {
    const { start, duration, packets, streams, udpStreams } = this;
    return { ...(start === undefined ? {} : { start: String(start) }), duration, streams, udpStreams, packets };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
