/**
 * One pass over a capture: what `show`, `stats`, `explain` and `Traffic` know of each frame comes from here.
 *
 * @module
 */
import type { Frame } from '../capture/index.js';
import { dissect, type Packet } from '../wire/index.js';
import { CaptureClock } from './clock.js';
import type { TrafficContext } from './context.js';
import { Outline } from './outline.js';
import type { TcpAnalysis } from './tcp-analysis.js';
import type { TcpStream } from './tcp-stream.js';
import { Tracker } from './tracker.js';
import type { UdpStream } from './udp-stream.js';

/** How much a pass finds out. */
export interface PassOptions {
  /** Whether streams are tracked and TCP is analysed: yes where left out. */
  readonly isTracked?: boolean;
}

/**
 * Goes through a capture frame by frame. It is the context of the frame taken last, so hold on to none of its values but packets, frames
 * and streams.
 *
 * @example
 * const pass = new CapturePass();
 * for (const frame of frames) console.log(pass.take(frame).packet.summary());
 */
export class CapturePass implements TrafficContext {
  /** Streams and analysis; undefined where they are not wanted. */
  readonly tracker: Tracker | undefined;
  readonly clock: CaptureClock = new CaptureClock();
  #frame!: Frame;
  #packet: Packet | undefined;
  readonly #outline: Outline;

  constructor({ isTracked = true }: PassOptions = {}) {
    this.tracker = isTracked ? new Tracker() : undefined;
    this.#outline = this.tracker?.outline ?? new Outline();
  }

  /** Takes in the next frame. */
  take(frame: Frame): this {
    this.#frame = frame;
    this.#packet = undefined;
    const { clock, tracker } = this;
    clock.read(frame.timestamp);
    if (tracker !== undefined) {
      tracker.skipped = clock.skipped;
      tracker.track(frame, clock.trackedTime);
    }
    return this;
  }

  /** The frame taken last. */
  get frame(): Frame {
    return this.#frame;
  }

  /** Where its headers lie. */
  get outline(): Outline {
    if (this.tracker === undefined) this.#outline.read(this.#frame);
    return this.#outline;
  }

  /** Its layers, dissected when first asked for. */
  get packet(): Packet {
    this.#packet ??= dissect(this.#frame);
    return this.#packet;
  }

  get number(): number {
    return this.#frame.number;
  }

  /** Nanoseconds since the capture's first frame. */
  get time(): number {
    return this.clock.time;
  }

  get timestamp(): bigint | undefined {
    return this.#frame.timestamp;
  }

  get first(): bigint | undefined {
    return this.clock.start;
  }

  get previous(): bigint | undefined {
    return this.clock.previous;
  }

  get tcp(): TcpStream | undefined {
    return this.tracker?.tcp;
  }

  get udp(): UdpStream | undefined {
    return this.tracker?.udp;
  }

  get tcpNumbers(): readonly number[] | undefined {
    return this.tracker?.tcpNumbers;
  }

  get udpNumbers(): readonly number[] | undefined {
    return this.tracker?.udpNumbers;
  }

  get analysis(): TcpAnalysis | undefined {
    return this.tracker?.tcp && this.tracker.analysis;
  }
}
