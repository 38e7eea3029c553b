/**
 * The other end of a kernel's sockets: asks, and hears what the kernel publishes.
 *
 * @module
 */
import { Dealer, Subscriber } from 'zeromq';
import { NotebookError } from '../../errors.js';
import { type ConnectionInfo, endpoint } from './connection.js';
import { type JsonObject, type Message, Session } from './message.js';

/** How long to wait between attempts to reach a kernel that is starting, in milliseconds. */
const NUDGE_MS = 50;

/** What to run, and what the kernel is to do beside. */
export interface ExecuteOptions {
  readonly silent?: boolean;
  readonly storeHistory?: boolean;
  readonly stopOnError?: boolean;
  readonly userExpressions?: Record<string, string>;
  readonly metadata?: JsonObject;
  /** Answers `input_request`; without it the kernel is told that nobody can be asked. */
  readonly onInput?: (prompt: string, isPassword: boolean) => Promise<string>;
  /** Hears what is published for this request, also after its reply. */
  readonly onPublished?: (message: Message) => void;
}

/** A client of one kernel. */
export class KernelClient {
  readonly #session: Session;
  readonly #shell = socket();
  readonly #control = socket();
  readonly #stdin = socket();
  readonly #iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0, reconnectInterval: 10 });
  readonly #replies = new Map<string, (reply: Message) => void>();
  readonly #listeners = new Map<string, (message: Message) => void>();
  readonly #asked = new Map<string, NonNullable<ExecuteOptions['onInput']>>();
  readonly #failures = new Set<(error: Error) => void>();
  #failed: Error | undefined;

  constructor(info: ConnectionInfo) {
    this.#session = new Session(info.key);
    // One identity for both, so that the kernel's questions reach who asked it to execute.
    this.#shell.routingId = this.#session.id;
    this.#stdin.routingId = this.#session.id;
    this.#iopub.subscribe();
    this.#iopub.connect(endpoint(info, 'iopub'));
    this.#shell.connect(endpoint(info, 'shell'));
    this.#control.connect(endpoint(info, 'control'));
    this.#stdin.connect(endpoint(info, 'stdin'));
    void this.#receive(this.#shell, (message) => this.#takeReply(message));
    void this.#receive(this.#control, (message) => this.#takeReply(message));
    void this.#receive(this.#stdin, (message) => void this.#takeQuestion(message));
    void this.#receive(this.#iopub, (message) => this.#listeners.get(message.parent_header.msg_id ?? '')?.(message));
  }

  /** Waits until the kernel answers on all channels that matter, and says what it is. */
  async ready(): Promise<JsonObject> {
    for (;;) {
      const heard = { isHeard: false };
      const request = this.#session.message('kernel_info_request', {});
      this.#listeners.set(request.header.msg_id, () => {
        heard.isHeard = true;
      });
      const reply = await this.#send(this.#shell, request);
      // A subscription takes effect some time after it was made, and nothing says when.
      if (!heard.isHeard) await new Promise((resolve) => setTimeout(resolve, NUDGE_MS));
      this.#listeners.delete(request.header.msg_id);
      if (heard.isHeard) return reply.content;
    }
  }

  /** Runs code and gives the reply's content, once everything published before it went idle has been heard. */
  async execute(code: string, options: ExecuteOptions = {}): Promise<JsonObject> {
    const content = {
      code,
      silent: options.silent ?? false,
      store_history: options.storeHistory ?? true,
      user_expressions: options.userExpressions ?? {},
      allow_stdin: options.onInput !== undefined,
      stop_on_error: options.stopOnError ?? true,
    };
    const request = this.#session.message('execute_request', content, undefined, options.metadata);
    const id = request.header.msg_id;
    if (options.onInput !== undefined) this.#asked.set(id, options.onInput);
    const idle = new Promise<void>((resolve) => {
      this.#listeners.set(id, (message) => {
        options.onPublished?.(message);
        if (message.header.msg_type === 'status' && message.content.execution_state === 'idle') resolve();
      });
    });
    const reply = await this.#send(this.#shell, request);
    await this.#orFailure(idle);
    this.#asked.delete(id);
    return reply.content;
  }

  /** Asks on the shell and gives the reply's content, once everything published before the kernel went idle has been heard. */
  async consult(type: string, content: JsonObject): Promise<JsonObject> {
    const request = this.#session.message(type, content);
    const { msg_id: id } = request.header;
    const idle = new Promise<void>((resolve) => {
      this.#listeners.set(id, ({ header, content: { execution_state: state } }) => {
        if (header.msg_type === 'status' && state === 'idle') resolve();
      });
    });
    const reply = await this.#send(this.#shell, request);
    await this.#orFailure(idle);
    this.#listeners.delete(id);
    return reply.content;
  }

  /** Asks anything else and gives the reply's content. */
  async request(type: string, content: JsonObject = {}, channel: 'shell' | 'control' = 'shell'): Promise<JsonObject> {
    const request = this.#session.message(type, content);
    const reply = await this.#send(channel === 'shell' ? this.#shell : this.#control, request);
    return reply.content;
  }

  /** Ends every wait with an error, those to come too: the kernel is gone. */
  fail(error: Error): void {
    this.#failed = error;
    for (const reject of this.#failures) reject(error);
  }

  /** Closes the sockets. The kernel stays. */
  close(): void {
    this.fail(new NotebookError('KERNEL_DIED', 'Cannot wait for the kernel: the connection was closed'));
    for (const each of [this.#shell, this.#control, this.#stdin, this.#iopub]) each.close();
  }

  async #send(channel: Dealer, request: Message): Promise<Message> {
    const reply = new Promise<Message>((resolve) => this.#replies.set(request.header.msg_id, resolve));
    await channel.send(this.#session.encode(request) as Buffer[]);
    return this.#orFailure(reply);
  }

  async #orFailure<T>(wanted: Promise<T>): Promise<T> {
    if (this.#failed !== undefined) throw this.#failed;
    let reject: ((error: Error) => void) | undefined;
    const failure = new Promise<never>((_, no) => {
      reject = no;
      this.#failures.add(no);
    });
    try {
      return await Promise.race([wanted, failure]);
    } finally {
      this.#failures.delete(reject!);
    }
  }

  async #receive(from: Dealer | Subscriber, take: (message: Message) => void): Promise<void> {
    for await (const frames of from) {
      const message = this.#session.decode(frames);
      if (message !== undefined) take(message);
    }
  }

  #takeReply(message: Message): void {
    const id = message.parent_header.msg_id ?? '';
    this.#replies.get(id)?.(message);
    this.#replies.delete(id);
  }

  async #takeQuestion(message: Message): Promise<void> {
    const ask = this.#asked.get(message.parent_header.msg_id ?? '');
    if (message.header.msg_type !== 'input_request' || ask === undefined) return;
    const value = await ask(String(message.content.prompt ?? ''), message.content.password === true);
    const reply = this.#session.message('input_reply', { status: 'ok', value }, message);
    reply.identities = [];
    await this.#stdin.send(this.#session.encode(reply) as Buffer[]);
  }
}

function socket(): Dealer {
  return new Dealer({ linger: 0, sendHighWaterMark: 0, reconnectInterval: 10 });
}
