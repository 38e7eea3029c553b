/**
 * Goes through a capture frame by frame and says which stream each belongs to and what it means there.
 *
 * @module
 */
import type { PacketSource } from '../wire/index.js';
import { type Flow, FlowTable } from './flow-table.js';
import { Fragments } from './fragments.js';
import { Outline } from './outline.js';
import { analyzeSegment, TcpAnalysis } from './tcp-analysis.js';
import { Completeness } from './tcp-flag.js';
import { TcpStream } from './tcp-stream.js';
import { type Nanoseconds, toNanoseconds } from './time.js';
import { UdpStream } from './udp-stream.js';

/** A frame of a capture. */
export interface TrackedFrame extends PacketSource {
  /** As Wireshark counts, from 1. */
  readonly number: number;
}

/** Bounds on a tracker's memory. */
export interface TrackerOptions {
  /**
   * Closed connections that are remembered, so that what comes late still finds its stream and a SYN on the same ports is told from
   * a retransmission: 65,536 where left out. The one closed longest ago is forgotten first.
   */
  readonly closedStreams?: number;
  /** UDP streams remembered; the one used longest ago is forgotten first: 262,144 where left out. */
  readonly udpStreams?: number;
}

const SYN = 0x02;
const SYN_ACK = 0x12;

/**
 * Tracks streams. One tracker is for one capture, fed in its order; memory grows with the connections that are open, not with the
 * capture.
 *
 * @example
 * const tracker = new Tracker();
 * for (const frame of frames) {
 *   tracker.track(frame, time);
 *   if (tracker.tcp) console.log(frame.number, tracker.tcp.index, analysisLabels(tracker.analysis.flags));
 * }
 */
export class Tracker {
  /** Headers of the current frame. */
  readonly outline: Outline = new Outline();
  /** What the current TCP segment means; holds nothing of use where `tcp` is undefined. */
  readonly analysis: TcpAnalysis = new TcpAnalysis();
  /** Connection of the current frame, of the innermost where tunnels have it in several. */
  tcp: TcpStream | undefined = undefined;
  /** UDP stream of the current frame, likewise. */
  udp: UdpStream | undefined = undefined;
  /**
   * Streams of the current frame by its transport headers, outermost first, of which `outline.transportCount` says how many there are;
   * what lies behind is of frames before.
   */
  readonly streams: (TcpStream | UdpStream | undefined)[] = [];
  /** Whether the frame goes from `b` to `a` in each of them. */
  readonly reverses: boolean[] = [];
  /** Numbers of streams to which the current frame does not count, for its header is wrong or one that an ICMP error quotes; or -1. */
  namedTcp: number = -1;
  namedUdp: number = -1;
  /** Whether the current frame goes from its stream's `b` to `a`. */
  isReverse: boolean = false;
  /** Nanoseconds by which the times it is told are behind: `CaptureClock.skipped`. */
  skipped: bigint = 0n;
  /** Streams so far. */
  tcpStreams: number = 0;
  udpStreams: number = 0;

  readonly #tcp = new FlowTable<TcpStream>();
  readonly #udp = new FlowTable<UdpStream>();
  readonly #fragments = new Fragments();
  readonly #closed: Flow<TcpStream>[] = [];
  #closedAt = 0;
  readonly #closedLimit: number;
  readonly #udpLimit: number;

  constructor(options: TrackerOptions = {}) {
    this.#closedLimit = options.closedStreams ?? 65_536;
    this.#udpLimit = options.udpStreams ?? 262_144;
  }

  /**
   * Takes in the next frame.
   *
   * @param frame with its number, from 1
   * @param time nanoseconds since the capture's first frame; `CaptureClock.trackedTime`, with its `skipped` in `skipped`, is exact always
   */
  track(frame: TrackedFrame, time: number): void {
    const { originalLength = frame.end - frame.at, number } = frame;
    const { outline } = this;
    this.tcp = undefined;
    this.udp = undefined;
    this.namedTcp = -1;
    this.namedUdp = -1;
    outline.read(frame);
    while (outline.isFragment) {
      const whole = this.#fragments.add(outline);
      if (whole === undefined) break;
      this.#readWhole(whole);
    }
    const count = outline.transportCount;
    for (let i = 0; i < count; i++) {
      outline.select(i);
      this.streams[i] = outline.isTcp
        ? this.#trackTcp(originalLength, number, time)
        : this.#trackUdp(originalLength, number, time);
      this.reverses[i] = this.isReverse;
    }
    if (outline.quotedAt >= 0) this.#quote(outline);
  }

  /** Numbers of all TCP streams of the frame, one that is only named included; undefined where there is no more than `tcp`. */
  get tcpNumbers(): readonly number[] | undefined {
    if (this.outline.transportCount <= 1 && this.namedTcp < 0) return undefined;
    return this.#numbers((stream) => stream instanceof TcpStream, this.namedTcp);
  }

  /** The same of UDP. */
  get udpNumbers(): readonly number[] | undefined {
    if (this.outline.transportCount <= 1 && this.namedUdp < 0) return undefined;
    return this.#numbers((stream) => stream instanceof UdpStream, this.namedUdp);
  }

  #numbers(isMeant: (stream: TcpStream | UdpStream) => boolean, named: number): readonly number[] {
    const streams = this.streams.slice(0, this.outline.transportCount).filter((stream) => stream !== undefined);
    const numbers = streams.filter(isMeant).map(({ index }) => index);
    return named < 0 ? numbers : [...numbers, named];
  }

  /** As in Wireshark what an ICMP error quotes has a stream's number, known or new, and is not counted in it. */
  #quote({ frameView: view, quotedAt, quotedIpAt, quotedIpVersion, isQuotedTcp }: Outline): void {
    const [source, target] = [view.getUint16(quotedAt), view.getUint16(quotedAt + 2)];
    if (isQuotedTcp)
      this.namedTcp = this.#numberOf(this.#tcp.lookup(view, quotedIpAt, quotedIpVersion, source, target), true);
    else this.namedUdp = this.#numberOf(this.#udp.lookup(view, quotedIpAt, quotedIpVersion, source, target), false);
  }

  /** Number of a flow's stream; where there is none yet, the one that it will have. */
  #numberOf(flow: Flow<TcpStream> | Flow<UdpStream>, isTcp: boolean): number {
    if (flow.value !== undefined) return flow.value.index;
    if (flow.reserved < 0) flow.reserved = isTcp ? this.tcpStreams++ : this.udpStreams++;
    return flow.reserved;
  }

  /** The addresses stay those of the last fragment; only what is carried lies elsewhere now. */
  #readWhole({ view, protocol }: { view: DataView; protocol: number }): void {
    const { outline } = this;
    const { view: from, ipAt, ipVersion } = outline;
    const header = ipVersion === 4 ? 20 : 40;
    const joined = new DataView(new ArrayBuffer(header + view.byteLength));
    const bytes = new Uint8Array(joined.buffer);
    bytes.set(new Uint8Array(from.buffer, from.byteOffset + ipAt, header));
    bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), header);
    outline.ipAt = 0;
    outline.readTransport(joined, protocol, header, joined.byteLength);
  }

  #trackTcp(originalLength: number, number: number, time: number): TcpStream | undefined {
    const { outline } = this;
    const { view, transportAt } = outline;
    let flow = this.#tcp.find(outline);
    if (outline.payloadAt < 0) {
      // As in Wireshark a segment whose header is wrong has a stream's number and is not counted in it.
      this.namedTcp = this.#numberOf(flow, true);
      return undefined;
    }
    if (flow.value === undefined && flow.reserved >= 0) flow = this.#tcp.renew(flow, outline);
    const isReverse = this.#tcp.isReverse;
    const control = view.getUint8(transportAt + 13);
    let stream = flow.value;
    let reused = false;
    if (stream === undefined) {
      stream = this.#open(flow.reserved < 0 ? this.tcpStreams++ : flow.reserved, flow, number, time);
    } else if ((control & SYN_ACK) === SYN) {
      const fwd = isReverse ? stream.b : stream.a;
      if (fwd.hasBaseSeq) {
        if (view.getInt32(transportAt + 4) !== fwd.baseSeq) {
          stream = this.#open(this.tcpStreams++, flow, number, time);
          stream.isReuse = true;
          stream.completeness = Completeness.SYN;
          reused = true;
        } else {
          // A RST may have carried the sequence number astray, RFC 9293 section 3.5.3.
          fwd.nextSeq = fwd.maxSeqToBeAcked;
        }
      }
    } else if ((control & SYN_ACK) === SYN_ACK) {
      const fwd = isReverse ? stream.b : stream.a;
      reused = fwd.hasBaseSeq && view.getInt32(transportAt + 4) !== fwd.baseSeq;
    }
    this.tcp = stream;
    this.isReverse = isReverse;
    const direction = isReverse ? stream.b : stream.a;
    this.analysis.timeRelative = this.#since(time, stream.firstTracked, stream.firstSkipped);
    this.analysis.timeDelta = this.#since(time, stream.previousTracked, stream.previousSkipped);
    stream.previousTracked = time;
    stream.previousSkipped = this.skipped;
    stream.lastFrame = number;
    stream.lastTime = Math.max(stream.lastTime, this.#elapsed(time));
    direction.packets++;
    direction.bytes += originalLength;
    const length = outline.payloadLength;
    if (length > 0) direction.dataBytes += length;
    const wasOver = isOver(stream);
    analyzeSegment(
      this.analysis,
      stream,
      isReverse,
      view,
      transportAt,
      outline.payloadAt,
      length,
      number,
      time,
      reused,
    );
    if (!wasOver && isOver(stream)) this.#close(flow);
    return stream;
  }

  #open(index: number, flow: Flow<TcpStream>, number: number, time: number): TcpStream {
    const stream = new TcpStream(index, flow, number, time);
    flow.value = stream;
    if (this.skipped !== 0n) {
      stream.firstTime = stream.lastTime = this.#elapsed(time);
      stream.firstSkipped = stream.previousSkipped = this.skipped;
    }
    return stream;
  }

  /** Nanoseconds since the capture's first frame, of a tracked time. */
  #elapsed(time: number): number {
    return this.skipped === 0n ? time : Number(BigInt(time) + this.skipped);
  }

  /** Nanoseconds from an earlier tracked time, exactly. */
  #since(time: number, earlier: number, skipped: bigint): Nanoseconds {
    return this.skipped === skipped ? time - earlier : toNanoseconds(BigInt(time - earlier) + this.skipped - skipped);
  }

  /** Remembers a closed connection in the place of the one that was closed longest ago. */
  #close(flow: Flow<TcpStream>): void {
    const at = this.#closedAt;
    const eldest = this.#closed[at];
    // A flow whose ports were taken into use again is open, and has been entered anew or will be.
    if (eldest !== undefined && eldest !== flow && eldest.value !== undefined && isOver(eldest.value)) {
      eldest.value = undefined;
      this.#tcp.delete(eldest);
    }
    this.#closed[at] = flow;
    this.#closedAt = (at + 1) % this.#closedLimit;
  }

  #trackUdp(originalLength: number, number: number, time: number): UdpStream {
    const { outline } = this;
    let flow = this.#udp.find(outline);
    if (flow.value === undefined && flow.reserved >= 0) flow = this.#udp.renew(flow, outline);
    this.isReverse = this.#udp.isReverse;
    let stream = flow.value;
    if (stream === undefined) {
      if (this.#udp.size > this.#udpLimit) this.#forgetUdp();
      stream = new UdpStream(flow.reserved < 0 ? this.udpStreams++ : flow.reserved, flow, number, this.#elapsed(time));
      flow.value = stream;
    }
    this.udp = stream;
    stream.add(this.isReverse, originalLength, Math.max(0, outline.payloadLength), number, this.#elapsed(time));
    return stream;
  }

  /** Forgets the half of the UDP streams that has been silent longest. */
  #forgetUdp(): void {
    const flows = [...this.#udp].filter(({ value }) => value !== undefined);
    flows.sort((a, b) => a.value!.lastTime - b.value!.lastTime);
    for (const flow of flows.slice(0, flows.length >> 1)) this.#udp.delete(flow);
  }
}

/** Whether a connection is closed: reset, or both sides have said FIN. */
function isOver(stream: TcpStream): boolean {
  return (stream.completeness & Completeness.RST) !== 0 || (stream.a.hasFin && stream.b.hasFin);
}
