/**
 * A TCP connection played on paper: two endpoints, a link between them, and whatever is made to go wrong on it. It gives the segments
 * that a capture on the client's side would see.
 *
 * Endpoints follow RFC 9293 as far as a lesson needs: handshake with options, sliding window, an acknowledgment for every second
 * segment and the last (RFC 1122 section 4.2.3.2), retransmission after a timeout (RFC 6298) or three duplicate acknowledgments
 * (RFC 5681), FIN from both sides. There is no congestion control.
 *
 * @module
 */
import type { TcpInit } from '../wire/index.js';
import type { Message } from './message.js';

/** What goes wrong on the way, as shares of the data segments from 0 to 1, the same for the same seed. */
export interface FaultOptions {
  /** Any number; 1 where left out. */
  seed?: number;
  /** Segments that never arrive. */
  loss?: number;
  /** Segments of the server that arrive twice. */
  duplication?: number;
  /** Segments that the next one of the same message overtakes. */
  reordering?: number;
  /** Longest additional time on the way, in microseconds, for each segment another. */
  delayUs?: number;
}

/** Something that was made to go wrong. */
export interface PlannedFault {
  readonly kind: 'loss' | 'duplication' | 'reordering';
  /** Whose segment it was. */
  readonly from: 'client' | 'server';
  /** Row whose data the segment carried. */
  readonly message: Message;
  /** When it was sent, in nanoseconds since the start of the run. */
  readonly at: bigint;
}

/** A segment as the capture sees it. */
export interface ExchangedSegment {
  readonly fromServer: boolean;
  readonly at: bigint;
  readonly init: TcpInit;
  readonly payload: Uint8Array;
  readonly message: Message | undefined;
  readonly isRepeat: boolean;
}

interface Segment {
  readonly seq: number;
  readonly flags: string;
  readonly payload: Uint8Array;
  readonly message: Message | undefined;
  readonly options?: TcpInit['options'];
  sends: number;
}

/** Retransmission timeout, RFC 6298's second with Linux's floor, in nanoseconds. */
const timeout = 200_000_000n;
const windowScale = 7;
const nothing = new Uint8Array(0);

/** Behaviour of one side. */
class Endpoint {
  readonly isServer: boolean;
  readonly isn: number;
  /** Sequence number of the next byte to send, the oldest not acknowledged, the next expected; relative to the ISNs. */
  next = 0;
  acknowledged = 0;
  expected = 0;
  readonly flying: Segment[] = [];
  readonly ahead: { readonly seq: number; readonly length: number }[] = [];
  duplicates = 0;
  /** Segments taken in and not acknowledged. */
  owed = 0;
  lastAck = -1;
  /** When the last segment that keeps its place arrives at the other side. */
  lastArrival = -(2n ** 62n);
  isFinished = false;

  constructor(isServer: boolean, isn: number) {
    this.isServer = isServer;
    this.isn = isn;
  }
}

interface Happening {
  readonly at: bigint;
  readonly order: number;
  readonly run: () => void;
}

/** One connection. */
export class TcpExchange {
  readonly faults: PlannedFault[] = [];
  readonly #mss: number;
  readonly #delay: bigint;
  readonly #client: Endpoint;
  readonly #server: Endpoint;
  readonly #random: () => number;
  readonly #options: FaultOptions;
  readonly #said: { fromServer: boolean; at: bigint; payload: Uint8Array; message: Message }[] = [];
  readonly #seen: (ExchangedSegment & { readonly order: number })[] = [];
  readonly #happenings: Happening[] = [];
  /** When a row without data asks for the connection. */
  #silentFrom: bigint | undefined;
  #order = 0;
  #now = 0n;
  #left = 0;
  #isClosing = false;

  /**
   * @param delay nanoseconds from one side to the other
   * @param number of the connection, from which its initial sequence numbers follow
   */
  constructor(mss: number, delay: bigint, number: number, faults: FaultOptions = {}) {
    for (const key of ['loss', 'duplication', 'reordering'] as const) {
      const share = faults[key] ?? 0;
      if (!(share >= 0 && share < 1))
        throw new RangeError(`Cannot plan a conversation with ${key} ${share}: a share from 0 to less than 1 needed`);
    }
    if (!((faults.delayUs ?? 0) >= 0)) throw new RangeError('Cannot plan a conversation with a negative delay');
    this.#mss = mss;
    this.#delay = delay;
    this.#options = faults;
    const random = generator((faults.seed ?? 1) + number * 7919);
    this.#random = random;
    const isns = generator(number + 1);
    this.#client = new Endpoint(false, Math.floor(isns() * 0x100000000));
    this.#server = new Endpoint(true, Math.floor(isns() * 0x100000000));
  }

  /** One side is to say something, as the capture sees it at `at`; where nobody says anything, the connection is opened and closed. */
  say(fromServer: boolean, at: bigint, payload: Uint8Array, message: Message): void {
    if (payload.length > 0) this.#said.push({ fromServer, at, payload, message });
    else this.#silentFrom ??= at;
  }

  /** Plays the connection to its end. */
  run(): ExchangedSegment[] {
    const [first] = this.#said;
    this.#left = this.#said.length;
    if (first !== undefined) {
      // The handshake is over just before the first message, and takes a round trip.
      this.#at(first.at - 3n * this.#delay - (first.fromServer ? this.#delay : 0n), () => this.#open());
    } else if (this.#silentFrom !== undefined) {
      this.#at(this.#silentFrom, () => this.#open());
      this.#at(this.#silentFrom + 3n * this.#delay, () => this.#maybeClose());
    }
    for (const { fromServer, at, payload, message } of this.#said) {
      // What the server says is on the way before the capture sees it.
      this.#at(fromServer ? at - this.#delay : at, () => this.#speak(fromServer, payload, message));
    }
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      this.#now = next.at;
      next.run();
    }
    return this.#seen.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.order - b.order));
  }

  #at(at: bigint, run: () => void): void {
    const list = this.#happenings;
    const happening = { at, order: this.#order++, run };
    // Kept latest first. What is added is most often the earliest, near the end.
    let i = list.length;
    while (i > 0 && (list[i - 1]!.at < at || (list[i - 1]!.at === at && list[i - 1]!.order < happening.order))) i--;
    list.splice(i, 0, happening);
  }

  #take(): Happening | undefined {
    return this.#happenings.pop();
  }

  #other(side: Endpoint): Endpoint {
    return side === this.#client ? this.#server : this.#client;
  }

  #open(): void {
    const options: TcpInit['options'] = [{ mss: this.#mss }, 'nop', { windowScale }, 'nop', 'nop', 'sackPermitted'];
    const syn: Segment = { seq: 0, flags: 'SYN', payload: nothing, message: undefined, options, sends: 0 };
    const synAck: Segment = { ...syn, flags: 'SYN,ACK' };
    this.#client.next = 1;
    this.#transmit(this.#client, syn);
    this.#at(this.#now + this.#delay, () => {
      this.#server.next = 1;
      this.#server.expected = 1;
      this.#transmit(this.#server, synAck);
    });
    // A microsecond behind the SYN,ACK that it answers.
    this.#at(this.#now + 2n * this.#delay + 1000n, () => {
      this.#client.expected = 1;
      this.#client.acknowledged = 1;
      this.#server.acknowledged = 1;
      this.#acknowledge(this.#client);
    });
  }

  #speak(fromServer: boolean, payload: Uint8Array, message: Message): void {
    const side = fromServer ? this.#server : this.#client;
    const pieces = Math.ceil(payload.length / this.#mss);
    for (let i = 0; i < pieces; i++) {
      const part = payload.subarray(i * this.#mss, (i + 1) * this.#mss);
      const flags = i + 1 === pieces ? 'PSH,ACK' : 'ACK';
      const segment: Segment = { seq: side.next, flags, payload: part, message, sends: 0 };
      side.next += part.length;
      side.flying.push(segment);
      // Segments of one message follow each other a microsecond apart.
      this.#at(this.#now + BigInt(i) * 1000n, () => this.#transmit(side, segment));
    }
    this.#left--;
  }

  /** Puts a segment on the link: the capture sees it where the client stands. */
  #transmit(side: Endpoint, segment: Segment): void {
    const isRepeat = segment.sends++ > 0;
    const { message } = segment;
    side.owed = 0;
    side.lastAck = side.expected;
    const init = this.#initOf(side, segment);
    const fate = message === undefined || isRepeat ? undefined : this.#fate(side, message, segment.flags !== 'ACK');
    const jitter =
      BigInt(Math.floor(this.#random() * (message === undefined ? 0 : (this.#options.delayUs ?? 0)))) * 1000n;
    let arrival = this.#now + this.#delay + jitter;
    // What is sent later arrives later, but for one that is to be overtaken by the next, a microsecond behind it.
    if (fate === 'reordering') arrival += 1_500n;
    else {
      if (arrival <= side.lastArrival) arrival = side.lastArrival + 1n;
      side.lastArrival = arrival;
    }
    if (!side.isServer) this.#see(side, init, segment, isRepeat);
    const arrive = (at: bigint) => {
      this.#at(at, () => {
        if (side.isServer) this.#see(side, init, segment, isRepeat);
        this.#receive(this.#other(side), segment, init.ack);
      });
    };
    if (fate !== 'loss') arrive(arrival);
    if (fate === 'duplication') arrive(arrival + 50_000n);
    if (message !== undefined)
      this.#at(this.#now + (timeout << BigInt(Math.min(segment.sends - 1, 6))), () => this.#expire(side, segment));
  }

  #fate(side: Endpoint, message: Message, isLast: boolean): PlannedFault['kind'] | undefined {
    const { loss = 0, duplication = 0, reordering = 0 } = this.#options;
    const [a, b, c] = [this.#random(), this.#random(), this.#random()];
    let kind: PlannedFault['kind'] | undefined;
    if (a < loss) kind = 'loss';
    else if (side.isServer && b < duplication) kind = 'duplication';
    else if (!isLast && c < reordering) kind = 'reordering';
    if (kind) this.faults.push({ kind, from: side.isServer ? 'server' : 'client', message, at: this.#now });
    return kind;
  }

  #initOf(side: Endpoint, { seq, flags, options }: Segment): TcpInit & { ack: number } {
    const hasAck = flags.includes('ACK');
    return {
      seq: (side.isn + seq) >>> 0,
      ack: hasAck ? (this.#other(side).isn + side.expected) >>> 0 : 0,
      flags,
      // 64 KiB, scaled but in a SYN.
      window: flags.includes('SYN') ? 65_535 : 65_536 >> windowScale,
      ...(options === undefined ? {} : { options }),
    };
  }

  #see(side: Endpoint, init: TcpInit, { payload, message }: Segment, isRepeat: boolean): void {
    this.#seen.push({
      fromServer: side.isServer,
      at: this.#now,
      init,
      payload,
      message,
      isRepeat,
      order: this.#order++,
    });
  }

  #receive(side: Endpoint, { seq, flags, payload }: Segment, ack: number): void {
    if (flags.startsWith('SYN')) return;
    this.#takeAck(side, (ack - side.isn) >>> 0, payload.length === 0 && !flags.includes('FIN'));
    if (flags.includes('FIN')) {
      if (seq === side.expected) side.expected++;
      if (side.isServer) {
        this.#finish(side);
      } else {
        this.#acknowledge(side);
      }
      return;
    }
    if (payload.length === 0) return;
    if (seq > side.expected) {
      side.ahead.push({ seq, length: payload.length });
      this.#acknowledge(side);
      return;
    }
    if (seq + payload.length <= side.expected) {
      this.#acknowledge(side);
      return;
    }
    side.expected = seq + payload.length;
    const hadGap = side.ahead.length > 0;
    for (let moved = true; moved; ) {
      moved = false;
      for (const [i, piece] of side.ahead.entries()) {
        if (piece.seq > side.expected) continue;
        side.expected = Math.max(side.expected, piece.seq + piece.length);
        side.ahead.splice(i, 1);
        moved = true;
        break;
      }
    }
    side.owed++;
    if (hadGap || side.owed >= 2) this.#acknowledge(side);
    else {
      const expected = side.expected;
      // Waits as long as a segment takes; then nothing else carried the acknowledgment.
      this.#at(this.#now + this.#delay / 2n, () => {
        if (side.owed > 0 && side.expected >= expected && side.lastAck < side.expected) this.#acknowledge(side);
      });
    }
  }

  #takeAck(side: Endpoint, ack: number, isPure: boolean): void {
    if (ack > side.acknowledged) {
      side.acknowledged = ack;
      side.duplicates = 0;
      while (side.flying.length > 0 && side.flying[0]!.seq + side.flying[0]!.payload.length <= ack) side.flying.shift();
      this.#maybeClose();
      return;
    }
    if (!isPure || ack !== side.acknowledged || side.flying.length === 0) return;
    side.duplicates++;
    // Three duplicates: the segment they ask for is lost, RFC 5681 section 3.2.
    if (side.duplicates === 3) this.#transmit(side, side.flying[0]!);
  }

  #expire(side: Endpoint, segment: Segment): void {
    if (side.flying[0] === segment) this.#transmit(side, segment);
    else if (side.flying.includes(segment)) this.#at(this.#now + timeout, () => this.#expire(side, segment));
  }

  #acknowledge(side: Endpoint): void {
    this.#transmit(side, { seq: side.next, flags: 'ACK', payload: nothing, message: undefined, sends: 0 });
  }

  /** The client says farewell when all has been said and acknowledged. */
  #maybeClose(): void {
    if (this.#isClosing || this.#left > 0) return;
    if (this.#client.flying.length > 0 || this.#server.flying.length > 0) return;
    this.#isClosing = true;
    this.#at(this.#now + 10n * this.#delay, () => this.#finish(this.#client));
  }

  #finish(side: Endpoint): void {
    if (side.isFinished) return;
    side.isFinished = true;
    const fin: Segment = { seq: side.next, flags: 'FIN,ACK', payload: nothing, message: undefined, sends: 0 };
    side.next++;
    this.#transmit(side, fin);
  }
}

/**
 * Numbers from 0 to less than 1 that look random, by Marsaglia's xorshift; the same for the same seed. Not `Random`: the answers to a
 * lesson's questions hang on these very numbers.
 */
function generator(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x6d2b79f5) | 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x100000000;
  };
  for (let i = 0; i < 8; i++) next();
  return next;
}
