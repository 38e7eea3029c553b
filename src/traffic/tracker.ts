/**
 * Goes through a capture frame by frame and says which stream each belongs to and what it means there.
 *
 * @module
 */
import { IpProtocol } from '../wire/index.js';
import { type Flow, FlowTable } from './flow-table.js';
import { Fragments } from './fragments.js';
import { Outline } from './outline.js';
import { analyzeSegment, TcpAnalysis } from './tcp-analysis.js';
import { Completeness } from './tcp-flag.js';
import { TcpStream } from './tcp-stream.js';
import { UdpStream } from './udp-stream.js';

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
 *   tracker.track(frame.view, frame.at, frame.end, frame.linkType, frame.originalLength, frame.number, time);
 *   if (tracker.tcp) console.log(frame.number, tracker.tcp.index, analysisLabels(tracker.analysis.flags));
 * }
 */
export class Tracker {
  /** Headers of the current frame. */
  readonly outline: Outline = new Outline();
  /** What the current TCP segment means; holds nothing of use where `tcp` is undefined. */
  readonly analysis: TcpAnalysis = new TcpAnalysis();
  /** Connection of the current frame. */
  tcp: TcpStream | undefined = undefined;
  /** UDP stream of the current frame. */
  udp: UdpStream | undefined = undefined;
  /** Whether the current frame goes from its stream's `b` to `a`. */
  isReverse: boolean = false;
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
   * @param number frame's number, from 1
   * @param time nanoseconds since the capture's first frame
   */
  track(
    view: DataView,
    at: number,
    end: number,
    linkType: number,
    originalLength: number,
    number: number,
    time: number,
  ): void {
    const { outline } = this;
    this.tcp = undefined;
    this.udp = undefined;
    outline.read(view, at, end, linkType, originalLength);
    if (outline.isFragment) {
      const whole = this.#fragments.add(outline);
      if (whole === undefined) return;
      this.#readWhole(whole);
    }
    if (outline.payloadAt < 0) return;
    if (outline.protocol === IpProtocol.TCP) this.#trackTcp(originalLength, number, time);
    else if (outline.protocol === IpProtocol.UDP) this.#trackUdp(originalLength, number, time);
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

  #trackTcp(originalLength: number, number: number, time: number): void {
    const { outline } = this;
    const { view, transportAt } = outline;
    const flow = this.#tcp.find(outline);
    const isReverse = this.#tcp.isReverse;
    const control = view.getUint8(transportAt + 13);
    let stream = flow.value;
    let reused = false;
    if (stream === undefined) {
      stream = new TcpStream(this.tcpStreams++, flow, number, time, false);
      flow.value = stream;
    } else if ((control & SYN_ACK) === SYN && !outline.isQuoted) {
      const fwd = isReverse ? stream.b : stream.a;
      if (fwd.hasBaseSeq) {
        if (view.getInt32(transportAt + 4) !== fwd.baseSeq) {
          stream = new TcpStream(this.tcpStreams++, flow, number, time, true);
          flow.value = stream;
          stream.completeness = Completeness.SYN;
          reused = true;
        } else {
          // A RST may have carried the sequence number astray, RFC 9293 section 3.5.3.
          fwd.nextSeq = fwd.maxSeqToBeAcked;
        }
      }
    } else if ((control & SYN_ACK) === SYN_ACK && !outline.isQuoted) {
      const fwd = isReverse ? stream.b : stream.a;
      reused = fwd.hasBaseSeq && view.getInt32(transportAt + 4) !== fwd.baseSeq;
    }
    this.tcp = stream;
    this.isReverse = isReverse;
    const direction = isReverse ? stream.b : stream.a;
    this.analysis.timeRelative = time - stream.firstTime;
    this.analysis.timeDelta = time - stream.previousTime;
    stream.previousTime = time;
    stream.lastFrame = number;
    stream.lastTime = Math.max(stream.lastTime, time);
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

  #trackUdp(originalLength: number, number: number, time: number): void {
    const { outline } = this;
    const flow = this.#udp.find(outline);
    this.isReverse = this.#udp.isReverse;
    let stream = flow.value;
    if (stream === undefined) {
      if (this.#udp.size > this.#udpLimit) this.#forgetUdp();
      stream = new UdpStream(this.udpStreams++, flow, number, time);
      flow.value = stream;
    }
    this.udp = stream;
    stream.add(this.isReverse, originalLength, Math.max(0, outline.payloadLength), number, time);
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
