/**
 * A UDP stream: the datagrams between two addresses and ports.
 *
 * @module
 */
import { formatEndpoint } from '../address.js';
import type { Flow } from './flow-table.js';
import { bytesText } from './text-table.js';

/** What one direction of a UDP stream sent. */
export interface Count {
  packets: number;
  /** Bytes of whole frames, as on the wire. */
  bytes: number;
  /** Bytes of payload. */
  dataBytes: number;
}

/** Datagrams between two endpoints, `a` the one that was seen to send first. */
export class UdpStream {
  /** Number, from 0, as Wireshark's `udp.stream`. */
  readonly index: number;
  readonly flow: Flow<UdpStream>;
  readonly a: Count = { packets: 0, bytes: 0, dataBytes: 0 };
  readonly b: Count = { packets: 0, bytes: 0, dataBytes: 0 };
  readonly firstFrame: number;
  lastFrame: number;
  readonly firstTime: number;
  lastTime: number;

  constructor(index: number, flow: Flow<UdpStream>, frame: number, time: number) {
    this.index = index;
    this.flow = flow;
    this.firstFrame = frame;
    this.lastFrame = frame;
    this.firstTime = time;
    this.lastTime = time;
  }

  /** Counts a datagram. */
  add(isReverse: boolean, bytes: number, dataBytes: number, frame: number, time: number): void {
    const count = isReverse ? this.b : this.a;
    count.packets++;
    count.bytes += bytes;
    count.dataBytes += dataBytes;
    this.lastFrame = frame;
    this.lastTime = time;
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

  get aEndpoint(): string {
    return formatEndpoint(this.flow.aAddress, this.flow.aPort);
  }

  get bEndpoint(): string {
    return formatEndpoint(this.flow.bAddress, this.flow.bPort);
  }

  /** One line: number, endpoints, what each sent, how long. */
  toString(): string {
    const { a, b } = this;
    const sent = `${a.packets} → ${bytesText(a.bytes)}, ${b.packets} ← ${bytesText(b.bytes)}`;
    return `udp.stream ${this.index}: ${this.aEndpoint} ↔ ${this.bEndpoint}, ${sent}, ${this.duration.toFixed(6)} s`;
  }

  toJSON(): unknown {
    const { index, firstFrame, lastFrame, packets, bytes, duration } = this;
    const side = (endpoint: string, sent: Count) => ({
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
    };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
