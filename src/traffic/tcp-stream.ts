/**
 * A TCP connection as a capture shows it: what each direction has said, and what follows from it.
 *
 * @module
 */
import { formatEndpoint } from '../address.js';
import type { Flow } from './flow-table.js';
import { completenessText } from './tcp-flag.js';
import { bytesText } from './text-table.js';
import { Unacked } from './unacked.js';

/** Window scaling that is not known: the SYN was not seen. */
export const SCALE_UNKNOWN = -1;
/** Window scaling that is not used: a SYN came without the option. */
export const SCALE_NONE = -2;

/**
 * One direction. Sequence numbers are kept as signed 32-bit numbers, which V8 holds without allocating; `>>> 0` gives the wire's.
 *
 * For `nextSeq`, `lastAck` and `maxSeqToBeAcked`, 0 stands for "not known yet", as in Wireshark, whose verdicts are to be met even
 * for captures in which a sequence number is 0.
 */
export class TcpDirection {
  /** Sequence number that relative numbers count from. */
  baseSeq: number = 0;
  hasBaseSeq: boolean = false;
  /** Highest sequence number seen, behind the data. */
  nextSeq: number = 0;
  /** When that was, in nanoseconds, and in which frame. */
  nextSeqTime: number = 0;
  nextSeqFrame: number = 0;
  /** Highest sequence number up to which nothing is missing. */
  maxSeqToBeAcked: number = 0;
  lastAck: number = 0;
  lastAckTime: number = 0;
  /** Window as on the wire; -1 before the first segment. */
  window: number = -1;
  /** Shift count of the window, `SCALE_UNKNOWN` or `SCALE_NONE`. */
  windowScale: number = SCALE_UNKNOWN;
  /** Whether the last window was in a SYN, where it is never scaled. */
  isWindowPlain: boolean = false;
  duplicateAcks: number = 0;
  /** Frame of the acknowledgment that the duplicates repeat. */
  lastNonDuplicateAck: number = 0;
  /** `AnalysisFlag` bits of the last segment. */
  lastFlags: number = 0;
  /** Whether bytes in flight are known: not behind a gap, until the other side acknowledges. */
  isFlightKnown: boolean = true;
  /** Bytes sent since the last PSH. */
  pushBytes: number = 0;
  /** Ranges of the last segment's SACK option, left and right in turn. */
  readonly sack: Int32Array = new Int32Array(8);
  sackCount: number = 0;
  readonly unacked: Unacked = new Unacked();
  hasSyn: boolean = false;
  hasFin: boolean = false;
  packets: number = 0;
  /** Bytes of whole frames, as on the wire. */
  bytes: number = 0;
  /** Bytes of payload, retransmissions included. */
  dataBytes: number = 0;
}

/** A connection. `a` is the endpoint whose segment was seen first. */
export class TcpStream {
  /** Number, from 0, as Wireshark's `tcp.stream`. */
  readonly index: number;
  readonly flow: Flow<TcpStream>;
  /** What `a` sends. */
  readonly a: TcpDirection = new TcpDirection();
  /** What `b` sends. */
  readonly b: TcpDirection = new TcpDirection();
  /** Bits of `Completeness`. */
  completeness: number = 0;
  /** First and last frame. */
  readonly firstFrame: number;
  lastFrame: number;
  /** Times of the two, in nanoseconds since the capture's first frame. */
  firstTime: number;
  lastTime: number;
  /** Tracked times of the first frame and of the one before, and how far those were behind: see `CaptureClock`. */
  firstTracked: number;
  firstSkipped: bigint = 0n;
  previousTracked: number;
  previousSkipped: bigint = 0n;
  /** Round-trip time of the handshake in nanoseconds; 0 where it was not seen. */
  initialRtt: number = 0;
  /** Time of the last SYN. */
  synTime: number = -1;
  /** Whether it took over addresses and ports from a connection before it. */
  isReuse: boolean = false;

  constructor(index: number, flow: Flow<TcpStream>, frame: number, time: number) {
    this.index = index;
    this.flow = flow;
    this.firstFrame = frame;
    this.lastFrame = frame;
    this.firstTime = time;
    this.lastTime = time;
    this.firstTracked = time;
    this.previousTracked = time;
  }

  get packets(): number {
    return this.a.packets + this.b.packets;
  }

  get bytes(): number {
    return this.a.bytes + this.b.bytes;
  }

  /** Seconds from the first frame to the last. */
  get duration(): number {
    return (this.lastTime - this.firstTime) / 1e9;
  }

  /** `127.0.0.1:55000`, IPv6 addresses in brackets. */
  get aEndpoint(): string {
    return formatEndpoint(this.flow.aAddress, this.flow.aPort);
  }

  get bEndpoint(): string {
    return formatEndpoint(this.flow.bAddress, this.flow.bPort);
  }

  /** One line: number, endpoints, what each sent, how long, how complete. */
  toString(): string {
    const { a, b } = this;
    const sent = `${a.packets} → ${bytesText(a.bytes)}, ${b.packets} ← ${bytesText(b.bytes)}`;
    return `tcp.stream ${this.index}: ${this.aEndpoint} ↔ ${this.bEndpoint}, ${sent}, ${this.duration.toFixed(6)} s, ${completenessText(this.completeness)}`;
  }

  toJSON(): unknown {
    const { index, firstFrame, lastFrame, packets, bytes, duration } = this;
    const side = (endpoint: string, sent: TcpDirection) => ({
      endpoint,
      packets: sent.packets,
      bytes: sent.bytes,
      dataBytes: sent.dataBytes,
    });
    return {
      stream: index,
      a: side(this.aEndpoint, this.a),
      b: side(this.bEndpoint, this.b),
      packets,
      bytes,
      firstFrame,
      lastFrame,
      start: this.firstTime / 1e9,
      duration,
      completeness: completenessText(this.completeness),
      ...(this.initialRtt > 0 ? { initialRtt: this.initialRtt / 1e9 } : {}),
    };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
