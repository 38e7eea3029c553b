/**
 * One client's socket on the server: batches what is written, counts what waits.
 *
 * @module
 */
import type { Socket } from 'node:net';
import type { Delivery } from './delivery.js';
import type { Hub } from './hub.js';
import type { Link } from './link.js';
import { Session } from './session.js';
import { slowestReader } from './silence.js';

/** Characters gathered in one turn of the event loop before they are written without waiting for its end. */
const batchLength = 16_384;

/** Messages for a classic client that may wait to be spaced out. */
const longestQueue = 64;

/** How long the operating system may take nothing before a client counts as behind, in milliseconds. */
const behindMs = 100;

/** How long it takes nothing between two bouts of taking, in milliseconds. */
const boutMs = 1000;

/** How many times the usual wait the slowest reader is waited for. */
const mostStalls = 3;

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly hub: Hub;
  /** Calls `flush()` at the end of this turn of the event loop. */
  flushLater(connection: Connection): void;
  /** The socket has begun to have, or no longer has, more than the operating system takes. */
  watch(connection: Connection, isWaiting: boolean): void;
  closed(connection: Connection): void;
}

/**
 * A session's link over a socket. Texts are gathered and written once a turn; one write is under way at a time, so what
 * waits is known: the write under way and the text behind it. When the operating system takes a write at once, as it
 * mostly does, its messages are handed over there and then.
 */
export class Connection implements Link {
  readonly session: Session;
  readonly address: string;
  readonly remote: string;
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #pendingBytes: number;
  readonly #congestedBytes: number;
  /** Text that waits, and the messages in it. */
  #text = '';
  #deliveries: Delivery[] = [];
  /** Bytes and messages of the write under way. */
  #writing = 0;
  #writtenDeliveries: Delivery[] = [];
  #isDirty = false;
  #isEnding = false;
  #hasEnded = false;
  #isTimed = false;
  /** When the operating system last took something. */
  #takenAt = 0;
  /** What it had taken when its present or last bout of taking began, in bytes. */
  #boutFrom = 0;
  #closeReason: 'quit' | 'lost' = 'quit';
  /** Spaced texts of a classic client, undefined in the line dialect. */
  #spaced: { text: string; delivery: Delivery | undefined }[] | undefined;
  #spacedAt = Number.NEGATIVE_INFINITY;
  #isSpacing = false;

  constructor(host: ConnectionHost, socket: Socket) {
    this.#host = host;
    this.#socket = socket;
    this.#pendingBytes = host.hub.limits.pendingBytes;
    this.#congestedBytes = host.hub.limits.congestedBytes;
    this.address = socket.remoteAddress ?? '?';
    this.remote = `${this.address}:${socket.remotePort ?? '?'}`;
    this.session = new Session(host.hub, this);
    socket.on('data', (chunk: Uint8Array) => this.session.receive(chunk));
    // The client has closed its side; what it sent is served, and what it is owed written, before ours is closed.
    socket.on('end', () => {
      this.#hasEnded = true;
      this.session.inputEnded();
    });
    socket.on('error', () => {
      if (!this.#hasEnded) this.#closeReason = 'lost';
    });
    socket.on('close', () => this.#closed());
  }

  get isCongested(): boolean {
    return this.#writing + this.#text.length > this.#congestedBytes;
  }

  get isBehind(): boolean {
    return this.#writing > 0 && this.#host.hub.clock.now() - this.#takenAt >= behindMs;
  }

  get taken(): number {
    return this.#socket.bytesWritten - this.#writing;
  }

  send(text: string, delivery?: Delivery): void {
    if (this.#isEnding) {
      delivery?.failed(this.session.name);
      return;
    }
    if (this.#spaced !== undefined) {
      this.#spaced.push({ text, delivery });
      this.#space();
      return;
    }
    this.#text += text;
    if (delivery !== undefined) this.#deliveries.push(delivery);
    if (!this.#isDirty) {
      this.#isDirty = true;
      this.#host.flushLater(this);
    }
    if (this.#text.length > batchLength) {
      if (this.#writing === 0) this.#write();
      this.#checkPending();
    }
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  probe(): void {
    this.#socket.setKeepAlive(true, this.#host.hub.limits.keepAliveMs);
  }

  space(): void {
    this.#spaced = [];
  }

  end(farewell?: string, waiting: readonly Delivery[] = []): void {
    if (this.#isEnding) return;
    if (farewell !== undefined) this.#giveUp(farewell, waiting);
    else this.#flushSpaced();
    this.#isEnding = true;
    if (this.#writing === 0) this.#write();
    if (this.#writing === 0) this.#socket.end();
    // What the client still sends is read and dropped: closing with unread input would make TCP reset the connection,
    // and with it the farewell on its way.
    this.#socket.resume();
    const { hub } = this.#host;
    hub.clock.after(hub.limits.lingerMs, () => this.#socket.destroy());
  }

  /** Ends the connection without another word. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Writes what this turn has gathered. */
  flush(): void {
    this.#isDirty = false;
    if (this.#writing === 0) this.#write();
    if (!this.isCongested) this.session.drained();
  }

  /**
   * Looks whether the client has stopped reading. Called while something is under way. Once full, the operating system
   * takes nothing until a third of its buffer is free, megabytes at a time: a slow reader needs long for as much as it
   * took at once.
   */
  check(now: number): void {
    if (!this.isCongested) return;
    const { stallMs } = this.#host.hub.limits;
    const readingMs = (this.taken - this.#boutFrom) / slowestReader;
    if (now - this.#takenAt >= Math.min(stallMs + readingMs, mostStalls * stallMs)) this.session.cutOff('SLOW_READER');
  }

  #write(): void {
    if (this.#text === '' || this.#socket.destroyed) return;
    const text = this.#text;
    this.#text = '';
    this.#socket.write(text, 'utf8', this.#taken);
    this.#writing = this.#socket.writableLength;
    if (this.#writing === 0) {
      const deliveries = this.#deliveries;
      if (deliveries.length === 0) return;
      this.#deliveries = [];
      for (const delivery of deliveries) delivery.handed();
      return;
    }
    this.#writtenDeliveries = this.#deliveries;
    this.#deliveries = [];
    this.#takenAt = this.#host.hub.clock.now();
    this.#host.watch(this, true);
    this.#lookLater();
  }

  /** When nothing is taken for a moment, messages to many stop waiting for this client. */
  #lookLater(): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#host.hub.clock.after(behindMs, () => {
      this.#isTimed = false;
      if (this.#writing === 0) return;
      if (this.isBehind) {
        this.#writtenDeliveries = this.#writtenDeliveries.map((delivery) => delivery.late());
        this.#deliveries = this.#deliveries.map((delivery) => delivery.late());
      } else this.#lookLater();
    });
  }

  /** Node calls this for every write, also for one taken at once, a little later. */
  readonly #taken = (): void => {
    if (this.#writing === 0 || this.#socket.writableLength > 0 || this.#socket.destroyed) return;
    const now = this.#host.hub.clock.now();
    if (now - this.#takenAt >= boutMs) this.#boutFrom = this.taken;
    this.#writing = 0;
    this.#takenAt = now;
    this.session.readOn();
    const deliveries = this.#writtenDeliveries;
    this.#writtenDeliveries = [];
    for (const delivery of deliveries) delivery.handed();
    this.#write();
    if (this.#writing > 0) return;
    this.#host.watch(this, false);
    if (this.#isEnding) this.#socket.end();
    this.session.drained();
  };

  #checkPending(): void {
    const waiting = this.#writing + this.#text.length;
    // A character is at most three bytes; counting them is left until it matters.
    if (waiting + 2 * this.#text.length <= this.#pendingBytes) return;
    if (this.#writing + Buffer.byteLength(this.#text) > this.#pendingBytes) this.session.cutOff('SLOW_READER');
  }

  /** Drops what waits in favour of a last line. What is under way may end in the middle of a line; it stays whole. */
  #giveUp(farewell: string, waiting: readonly Delivery[]): void {
    const deliveries = [
      ...waiting,
      ...this.#writtenDeliveries,
      ...this.#deliveries,
      ...(this.#spaced ?? []).flatMap(({ delivery }) => delivery ?? []),
    ];
    this.#writtenDeliveries = [];
    this.#deliveries = [];
    this.#spaced = undefined;
    this.#text = farewell;
    // Of those that share one object (no tag), each is told once.
    for (const delivery of new Set(deliveries)) delivery.failed(this.session.name);
  }

  #closed(): void {
    this.#isEnding = true;
    this.#writing = 0;
    this.#giveUp('', this.session.closed(this.#closeReason));
    this.session.drained();
    this.#host.watch(this, false);
    this.#host.closed(this);
  }

  /** Writes one spaced text, or all when too many wait, and goes on when its time has come. */
  #space(): void {
    const spaced = this.#spaced;
    if (spaced === undefined || spaced.length === 0) return;
    if (spaced.length > longestQueue) this.#flushSpaced();
    if (this.#isSpacing) return;
    const { clock, limits } = this.#host.hub;
    if (clock.now() >= this.#spacedAt + limits.classicSpacingMs) this.#flushSpaced(1);
    if (spaced.length === 0) return;
    this.#isSpacing = true;
    clock.after(Math.max(1, Math.ceil(this.#spacedAt + limits.classicSpacingMs - clock.now())), () => {
      this.#isSpacing = false;
      this.#space();
    });
  }

  #flushSpaced(count?: number): void {
    const spaced = this.#spaced;
    if (spaced === undefined) return;
    if (spaced.length === 0) return;
    for (const { text, delivery } of spaced.splice(0, count ?? spaced.length)) {
      this.#text += text;
      if (delivery !== undefined) this.#deliveries.push(delivery);
    }
    this.#spacedAt = this.#host.hub.clock.now();
    if (this.#writing === 0) this.#write();
    this.#checkPending();
  }
}
