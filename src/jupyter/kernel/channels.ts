/**
 * A kernel's five sockets: what comes in is taken apart, what goes out is signed and queued, and a heartbeat comes back.
 *
 * @module
 */
import { Publisher, Reply, Router } from 'zeromq';
import { type ConnectionInfo, endpoint } from '../protocol/connection.js';
import { type JsonObject, type Message, Session } from '../protocol/message.js';
import { Outbox } from '../protocol/outbox.js';

/** How long the last messages have to leave when the kernel ends, in milliseconds. */
const LINGER_MS = 1000;
/** Published messages that a subscriber may be behind before the kernel waits for it. */
const BEHIND = 1000;

/** The sockets on which requests come. */
export type Desk = 'shell' | 'control';

/** Sockets, opened and served until closed. */
export class Channels {
  readonly #info: ConnectionInfo;
  readonly #session: Session;
  readonly #shell = router();
  readonly #control = router();
  readonly #stdin = router();
  // It may not drop: what it has no room for waits here, and whoever makes it waits too.
  readonly #iopub = new Publisher({ sendHighWaterMark: BEHIND, noDrop: true, linger: LINGER_MS });
  readonly #heartbeat = new Reply({ linger: 0 });
  readonly #out;

  /** @param onRoom called when more may be published again after `isFull` */
  constructor(info: ConnectionInfo, onRoom: () => void) {
    this.#info = info;
    this.#session = new Session(info.key, 'kernel');
    this.#out = {
      shell: new Outbox(this.#shell),
      control: new Outbox(this.#control),
      stdin: new Outbox(this.#stdin),
      iopub: new Outbox(this.#iopub, onRoom),
    };
  }

  /** Binds every socket. */
  async open(): Promise<void> {
    await Promise.all([
      this.#shell.bind(endpoint(this.#info, 'shell')),
      this.#control.bind(endpoint(this.#info, 'control')),
      this.#stdin.bind(endpoint(this.#info, 'stdin')),
      this.#iopub.bind(endpoint(this.#info, 'iopub')),
      this.#heartbeat.bind(endpoint(this.#info, 'hb')),
    ]);
  }

  /** Hands over each well-signed message, until the sockets are closed. */
  async serve(take: (message: Message, desk: Desk) => void, takeInput: (message: Message) => void): Promise<void> {
    await Promise.all([
      this.#receive(this.#shell, (message) => take(message, 'shell')),
      this.#receive(this.#control, (message) => take(message, 'control')),
      this.#receive(this.#stdin, takeInput),
      this.#beat(),
    ]);
  }

  /** Whether more is published than its subscribers take. */
  get isFull(): boolean {
    return this.#out.iopub.isFull;
  }

  /** Publishes to everybody. */
  publish(type: string, content: JsonObject, parent?: Message, metadata?: JsonObject): void {
    const message = this.#session.message(type, content, parent, metadata);
    message.identities = [Buffer.from(type)]; // the topic; subscribers take all
    this.#out.iopub.send(this.#session.encode(message));
  }

  /** Answers a request on the socket it came on. */
  reply(desk: Desk, request: Message, content: JsonObject): void {
    const type = request.header.msg_type.replace(/_request$/, '_reply');
    this.#out[desk].send(this.#session.encode(this.#session.message(type, content, request)));
  }

  /** Asks whoever sent a request for a line of text. */
  ask(request: Message, prompt: string, password: boolean): void {
    this.#out.stdin.send(this.#session.encode(this.#session.message('input_request', { prompt, password }, request)));
  }

  /** Waits until what was published is on its way, but not for a subscriber that does not listen. */
  async published(limitMs: number): Promise<void> {
    await within(this.#out.iopub.flushed(), limitMs);
  }

  /** Sends what waits, and closes. */
  async close(): Promise<void> {
    const all = Promise.all(Object.values(this.#out).map((each) => each.flushed()));
    await within(all, LINGER_MS);
    for (const socket of [this.#shell, this.#control, this.#stdin, this.#iopub, this.#heartbeat]) socket.close();
  }

  async #receive(socket: Router, take: (message: Message) => void): Promise<void> {
    for await (const frames of socket) {
      const message = this.#session.decode(frames);
      if (message !== undefined) take(message);
    }
  }

  async #beat(): Promise<void> {
    for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames);
  }
}

function router(): Router {
  return new Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: LINGER_MS });
}

/** Waits for something, but not for ever. */
export async function within(wanted: Promise<unknown>, limitMs: number): Promise<void> {
  let limit: NodeJS.Timeout | undefined;
  await Promise.race([
    wanted,
    new Promise((resolve) => {
      limit = setTimeout(resolve, limitMs);
    }),
  ]);
  clearTimeout(limit);
}
