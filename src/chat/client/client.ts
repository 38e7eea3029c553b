/**
 * The chat client: connects, reconnects, delivers or tells.
 *
 * @module
 */
import { inspect } from 'node:util';
import { type ChatCode, ChatError } from '../../errors.js';
import { defaultHost, defaultPort } from '../protocol/address.js';
import { checkAddress, checkFunction, checkNumber, checkNumbers, checkText, signalOf } from '../protocol/argument.js';
import { Listeners } from '../protocol/listeners.js';
import { longestName } from '../protocol/name.js';
import type { LeaveReason, ServerLine } from '../protocol/notice.js';
import { Queue } from '../protocol/queue.js';
import { neutralize } from '../protocol/text.js';
import { abortable } from '../protocol/waiting.js';
import { type BackoffOptions, backoff, defaultBackoff } from './backoff.js';
import type { ChatClientEvent, ChatClientOptions, ChatMessage, Receipt, WaitOptions } from './client-event.js';
import { Lists } from './lists.js';
import { named, Outbox, type Outgoing } from './outbox.js';
import { type Farewell, Uplink, type UplinkHost } from './uplink.js';

const inboxLimit = 100_000;
/** Messages that may wait for the connection, or somebody, to come back. */
const queueLimit = 1000;
const classicSpacingMs = 20;
/** Time for the farewell, in milliseconds. */
const lingerMs = 2000;
/** How long people are expected back, and how often it is tried whether they are, in milliseconds. */
const expectMs = 30_000;
const retryMs = 500;
/** How long `close()` waits without an answer coming, in milliseconds. */
const closeTimeoutMs = 30_000;
/** Answers to a login after which trying again is of no use. */
const final: ReadonlySet<ChatCode> = new Set(['NAME_INVALID', 'PASSWORD', 'PROTOCOL', 'BAD_CERTIFICATE']);

/**
 * A chat client, `docs/protocol_definition.md`.
 *
 * ```ts
 * const alice = await ChatClient.connect({ name: 'Alice', port });
 * const receipt = await alice.send('Bob', 'Hello');
 * for await (const { from, text } of alice) console.log(from, text);
 * ```
 *
 * Iterating takes messages from one inbox, which keeps the last 100,000 that nobody took; `dropped` counts the others.
 */
export class ChatClient implements AsyncIterable<ChatMessage> {
  readonly #options: ChatClientOptions;
  readonly #backoff: BackoffOptions | undefined;
  readonly #inbox = new Queue<ChatMessage>(inboxLimit);
  readonly #listeners = new Listeners<ChatClientEvent>();
  readonly #outbox = new Outbox();
  readonly #lists = new Lists();
  readonly #host: UplinkHost;
  #state: 'idle' | 'connecting' | 'ready' | 'waiting' | 'closed' = 'idle';
  #name: string;
  #uplink: Uplink | undefined;
  /** Ends an attempt to connect when the client is closed. */
  #attempting = new AbortController();
  #attempt = 0;
  #retry: NodeJS.Timeout | undefined;
  #spacing: NodeJS.Timeout | undefined;
  /** While people are expected back. */
  #expecting: NodeJS.Timeout | undefined;
  #lastTag = 0;
  #closing: Promise<void> | undefined;
  #lostWhileClosing: ChatError | undefined;

  /** @throws ChatError `BAD_ARGUMENT` or `BAD_ADDRESS` for options that cannot be used */
  constructor(options: ChatClientOptions) {
    checkText(options?.name, 'make a client', 'the name');
    if (options.password !== undefined) checkText(options.password, 'make a client', 'the password');
    checkAddress(options.host ?? defaultHost, options.port ?? defaultPort);
    checkNumbers({ timeoutMs: options.timeoutMs, expectMs: options.expectMs }, 'make a client');
    if (typeof options.reconnect === 'object') checkNumbers(options.reconnect, 'make a client');
    this.#options = options;
    this.#name = options.name;
    const { reconnect = true } = options;
    if (reconnect !== false) this.#backoff = { ...defaultBackoff, ...(reconnect === true ? {} : reconnect) };
    this.#host = {
      welcomed: (uplink) => this.#welcome(uplink),
      heard: (line) => this.#hear(line),
      ended: (farewell) => this.#ended(farewell),
    };
  }

  /** A client that is logged in. Throws as `connect()` does. */
  static async connect(options: ChatClientOptions & WaitOptions): Promise<ChatClient> {
    const client = new ChatClient(options);
    await client.connect(options);
    return client;
  }

  /** The name as the server writes it. */
  get name(): string {
    return this.#name;
  }

  get isConnected(): boolean {
    return this.#state === 'ready';
  }

  /** Messages that made room in an inbox nobody took from. */
  get dropped(): number {
    return this.#inbox.dropped;
  }

  /** This end's address once connected, as a sniffer needs it. */
  get localPort(): number | undefined {
    return this.#uplink?.localPort;
  }

  /**
   * Connects and logs in. When that fails, it may be called again.
   *
   * @throws ChatError with the server's code (`NAME_TAKEN`, `PASSWORD` …), `UNREACHABLE`, `PROTOCOL` or `BAD_CERTIFICATE`;
   *   the signal's reason when it is aborted
   */
  async connect(options: WaitOptions = {}): Promise<void> {
    const signal = signalOf(options, 'connect');
    if (this.#state !== 'idle') throw new ChatError('CLOSED', 'Cannot connect: this client is connected or closed');
    try {
      await this.#open(signal);
    } catch (error) {
      if (!this.#isClosed()) this.#state = 'idle';
      throw error;
    }
  }

  /**
   * Sends one line to one person. While the connection is lost, it waits for it to come back, and then for the person.
   *
   * Nobody has to wait for the promise: what it is rejected with is also told as the event `failed`, and an ignored
   * rejection is no unhandled one.
   *
   * @returns what the server said of it
   * @throws ChatError `NO_SUCH_USER`, `UNDELIVERED` …, or `CONNECTION_LOST` when the connection ended before the
   *   answer, so that it may or may not have arrived; the signal's reason when it is aborted, which takes back a message
   *   that has not been written yet
   */
  send(to: string, text: string, options: WaitOptions = {}): Promise<Receipt> {
    return this.#send(to, text, options, () => {
      checkText(to, 'send', 'the recipient');
      checkText(text, 'send', 'the message');
      if (to.trim() === '' || /[:\r\n]/.test(to) || /^\s*[/#*]/.test(to))
        throw new ChatError('FORMAT', `Cannot send to ${JSON.stringify(to)}: that is no name`);
      return `${to}: ${text}`;
    });
  }

  /** Sends one line to everybody else. Throws as `send()` does. */
  sendAll(text: string, options: WaitOptions = {}): Promise<Receipt> {
    return this.#send(undefined, text, options, () => {
      checkText(text, 'send', 'the message');
      if (this.#options.classic)
        throw new ChatError('FORMAT', 'Cannot send to all: the classic dialect knows single names only');
      return `/all ${text}`;
    });
  }

  /**
   * The names of those who are logged in, or of those whose names begin with `prefix`, as far as the server lists them.
   *
   * @throws ChatError `CONNECTION_LOST` when there is no connection, or it ends; `FORMAT` in the classic dialect; the
   *   signal's reason when it is aborted
   */
  async who(prefix = '', options: WaitOptions = {}): Promise<string[]> {
    checkText(prefix, 'list who is there', 'the prefix');
    const signal = signalOf(options, 'list who is there');
    if (this.#options.classic)
      throw new ChatError('FORMAT', 'Cannot list who is there: the classic dialect has no list');
    if (this.#uplink === undefined) throw new ChatError('CONNECTION_LOST', 'Cannot list who is there: not connected');
    signal?.throwIfAborted();
    // No name begins with more than a name can hold, or with what makes a line of its own.
    if (prefix.length > 4 * longestName || /[\r\n]/.test(prefix)) return [];
    const tag = this.#nextTag();
    const names = this.#lists.ask(tag);
    this.#uplink.write(`#${tag} /who ${prefix}\n`);
    return abortable(names, signal);
  }

  /** Calls `listener` with everything that happens from now on. Returns what ends it. What it throws is a warning of the process. */
  subscribe(listener: (event: ChatClientEvent) => unknown): () => void {
    return this.#listeners.add(checkFunction(listener, 'subscribe'));
  }

  /**
   * The messages, those that came before included. Ends when the client is closed, or with the signal's reason when it is
   * aborted; breaking off ends nothing, and takes nothing from those who go on.
   */
  messages(options: WaitOptions = {}): AsyncIterableIterator<ChatMessage> & AsyncDisposable {
    return this.#inbox.iterate({ signal: signalOf(options, 'iterate') });
  }

  /** `messages()`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ChatMessage> & AsyncDisposable {
    return this.messages();
  }

  /**
   * Waits for what was sent to be answered, as long as answers come, then says goodbye and closes. May be called again.
   *
   * @throws ChatError that says how many messages had no answer, the client being closed all the same: `TIMEOUT` when
   *   none came for `timeoutMs` (30,000 unless told otherwise), `CONNECTION_LOST` when the connection ended meanwhile,
   *   `CLOSED` when there was none and they had not been sent. The signal's reason when it is aborted, which closes at once.
   */
  close(options: WaitOptions & { readonly timeoutMs?: number } = {}): Promise<void> {
    let signal: AbortSignal | undefined;
    try {
      signal = signalOf(options, 'close');
      checkNumber(options.timeoutMs ?? closeTimeoutMs, 'close', 'timeoutMs');
    } catch (error) {
      return Promise.reject(error);
    }
    this.#closing ??= this.#close(options.timeoutMs ?? closeTimeoutMs);
    if (signal === undefined) return this.#closing;
    const abort = (): void => this.#finish(undefined);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    this.#closing.catch(() => {}).finally(() => signal.removeEventListener('abort', abort));
    return abortable(this.#closing, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(timeoutMs: number): Promise<void> {
    let left: ChatError | undefined;
    if (this.#uplink !== undefined) {
      if (!(await this.#settled(timeoutMs))) {
        left = this.#unfinished('TIMEOUT', `unanswered: no answer came for ${timeoutMs} ms`);
        this.#outbox.lose('TIMEOUT', 'The client was closed');
      }
      await this.#uplink?.close(this.#options.classic ? undefined : '/quit\n', lingerMs);
    } else left = this.#unfinished('CLOSED', 'unsent: there was no connection');
    this.#finish(undefined);
    left ??= this.#lostWhileClosing;
    if (left !== undefined) throw left;
  }

  /** An error that says how many messages have no answer, if there are any. */
  #unfinished(code: ChatCode, why: string): ChatError | undefined {
    const { size } = this.#outbox;
    return size === 0 ? undefined : new ChatError(code, `Closed with ${size} message${size === 1 ? '' : 's'} ${why}`);
  }

  /** Resolves when every message has its answer, or the connection is gone; with false when no answer comes any more. */
  async #settled(timeoutMs: number): Promise<boolean> {
    const settled = this.#outbox.settled().then(() => true);
    for (;;) {
      const { answers } = this.#outbox;
      let timer: NodeJS.Timeout | undefined;
      const pause = new Promise<false>((resolve) => {
        timer = setTimeout(resolve, timeoutMs, false);
      });
      const isSettled = await Promise.race([settled, pause]);
      clearTimeout(timer);
      if (isSettled || this.#uplink === undefined) return true;
      if (this.#outbox.answers === answers) return false;
    }
  }

  #send(to: string | undefined, text: string, options: WaitOptions, body: () => string): Promise<Receipt> {
    const promise = this.#promise(to, text, options, body);
    const shown = (value: unknown): string => (typeof value === 'string' ? value : inspect(value));
    promise.catch((error: Error) =>
      this.#listeners.emit({ type: 'failed', at: Date.now(), to: shown(to ?? 'all'), text: shown(text), error }),
    );
    return promise;
  }

  async #promise(to: string | undefined, text: string, options: WaitOptions, body: () => string): Promise<Receipt> {
    const signal = signalOf(options, 'send');
    const { classic } = this.#options;
    const tag = this.#nextTag();
    const line = classic ? body() : `#${tag} ${body()}`;
    const about = { to, text };
    signal?.throwIfAborted();
    if (/[\r\n]/.test(text))
      throw named(new ChatError('FORMAT', 'Cannot send a text of several lines: send each by itself'), about);
    if (/\p{Surrogate}/u.test(text)) throw named(new ChatError('FORMAT', 'Cannot send half a character'), about);
    if (this.#isClosed() || this.#state === 'idle')
      throw named(new ChatError('CLOSED', 'Cannot send: this client is not connected'), about);
    if (this.#outbox.waiting >= queueLimit && (this.#state !== 'ready' || this.#expecting !== undefined))
      throw named(new ChatError('CONNECTION_LOST', `Cannot send: ${queueLimit} messages wait already`), about);
    const limit = this.#lineBytes;
    // What is made harmless on the way may take more bytes.
    const bytes = Math.max(Buffer.byteLength(line), classic ? 0 : Buffer.byteLength(neutralize(line)));
    if (bytes > limit)
      throw named(
        new ChatError('TOO_LONG', `Cannot send: the line is ${bytes} bytes, at most ${limit} can be sent`),
        about,
      );
    let outgoing: Outgoing | undefined;
    const abort = (): void => {
      this.#outbox.abandon(outgoing!, signal?.reason);
      this.#writeQueue();
    };
    signal?.addEventListener('abort', abort);
    try {
      return await new Promise<Receipt>((resolve, reject) => {
        outgoing = { line: classic ? line : `${line}\n`, tag, to, text, sentAt: Date.now(), resolve, reject };
        this.#outbox.add(outgoing);
        this.#writeQueue();
      });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  get #lineBytes(): number {
    return this.#uplink?.lineBytes ?? this.#lastLineBytes;
  }

  #lastLineBytes = Number.POSITIVE_INFINITY;

  #nextTag(): string {
    return (++this.#lastTag).toString(36);
  }

  #writeQueue(): void {
    const uplink = this.#uplink;
    if (uplink === undefined) return;
    if (this.#options.classic) {
      this.#writeSpaced();
      return;
    }
    for (let next = this.#outbox.take(); next !== undefined; next = this.#outbox.take()) uplink.write(next.line);
  }

  /** One write a message, with time between them: the Python server takes one read for one message. */
  #writeSpaced(): void {
    if (this.#spacing !== undefined || this.#uplink === undefined) return;
    const outgoing = this.#outbox.take();
    if (outgoing === undefined) return;
    this.#uplink.writeAlone(outgoing.line, () => this.#outbox.confirm(outgoing.tag, 0, false));
    this.#spacing = setTimeout(() => {
      this.#spacing = undefined;
      this.#writeSpaced();
    }, classicSpacingMs);
  }

  async #open(signal?: AbortSignal): Promise<void> {
    this.#state = 'connecting';
    const closed = this.#attempting.signal;
    const either = signal === undefined ? closed : AbortSignal.any([signal, closed]);
    await Uplink.open(this.#options, this.#host, either);
  }

  #welcome(uplink: Uplink): void {
    this.#uplink = uplink;
    this.#name = uplink.name;
    this.#lastLineBytes = uplink.lineBytes;
    this.#state = 'ready';
    const again = this.#attempt > 0;
    this.#attempt = 0;
    if (again && !this.#options.classic) this.#expect();
    this.#listeners.emit({ type: 'connected', at: Date.now(), name: this.#name, again });
    this.#writeQueue();
  }

  /** The others may have lost their connection too, and come back a little later. */
  #expect(): void {
    const until = performance.now() + (this.#options.expectMs ?? expectMs);
    this.#outbox.reopen();
    this.#expecting = setInterval(() => {
      if (performance.now() < until) this.#outbox.arrived();
      else this.#stopExpecting();
      this.#writeQueue();
    }, retryMs);
  }

  #stopExpecting(): void {
    clearInterval(this.#expecting);
    this.#expecting = undefined;
    this.#outbox.stopExpecting();
  }

  #hear(line: ServerLine): void {
    const at = Date.now();
    if (line.type === 'delivery') {
      const message: ChatMessage = { from: line.from, text: line.text, toAll: line.toAll, at };
      this.#inbox.push(message);
      this.#listeners.emit({ type: 'message', ...message });
      return;
    }
    if (line.type === 'foreign') {
      this.#listeners.emit({ type: 'notice', at, text: line.line });
      return;
    }
    const [first = '', second = '', third] = line.params;
    switch (line.keyword) {
      case 'sent':
        this.#outbox.confirm(first, Number(second), true);
        if (this.#expecting !== undefined) this.#writeQueue();
        return;
      case 'error':
        this.#refused(first, new ChatError(second as ChatCode, line.text), third);
        return;
      case 'join':
        this.#listeners.emit({ type: 'join', at, name: first });
        this.#outbox.arrived(first);
        this.#writeQueue();
        return;
      case 'leave':
        this.#listeners.emit({ type: 'leave', at, name: first, reason: second as LeaveReason });
        return;
      case 'who':
        this.#lists.add(line.params);
        return;
      case 'end':
        this.#lists.end(line.params);
        return;
      case 'pong':
      case 'welcome':
        return;
      default:
        this.#listeners.emit({ type: 'notice', at, text: line.text });
        return;
    }
  }

  #refused(tag: string, error: ChatError, about: string | undefined): void {
    const what = this.#outbox.refuse(tag, error);
    const at = Date.now();
    if (what === 'waits')
      this.#listeners.emit({
        type: 'notice',
        at,
        text: `${about ?? 'The recipient'} is not back yet; what you sent waits`,
      });
    else if (what === 'refused') this.#writeQueue();
    else if (what === undefined && !this.#lists.refuse(tag, error))
      this.#listeners.emit({ type: 'error', at, code: error.code, about, text: error.message });
  }

  /** The connection is gone: tells those who wait for it, and comes back if it should. */
  #ended({ code, text }: Farewell): void {
    this.#uplink = undefined;
    clearTimeout(this.#spacing);
    this.#spacing = undefined;
    this.#stopExpecting();
    if (this.#closing !== undefined)
      this.#lostWhileClosing = this.#unfinished('CONNECTION_LOST', `unanswered: the connection ended (${text})`);
    this.#outbox.lose('CONNECTION_LOST', 'The connection ended');
    this.#lists.lose(new ChatError('CONNECTION_LOST', 'The connection ended before the list came'));
    if (this.#state !== 'ready') return;
    this.#state = 'waiting';
    if (this.#closing !== undefined) {
      this.#outbox.close();
      return;
    }
    this.#listeners.emit({ type: 'disconnected', at: Date.now(), code, text });
    if (this.#backoff === undefined || code === 'QUIT') this.#finish(new ChatError(code, text));
    else this.#retryLater(this.#backoff);
  }

  #retryLater(options: BackoffOptions): void {
    this.#attempt++;
    if (this.#attempt > options.attempts) {
      this.#finish(new ChatError('UNREACHABLE', `Cannot reconnect: gave up after ${options.attempts} attempts`));
      return;
    }
    const inMs = backoff(this.#attempt, options);
    this.#listeners.emit({ type: 'reconnecting', at: Date.now(), attempt: this.#attempt, inMs });
    this.#retry = setTimeout(async () => {
      try {
        await this.#open();
      } catch (error) {
        if (this.#isClosed()) return;
        this.#state = 'waiting';
        // The name may still be held by the connection that was lost, until the server notices.
        if (error instanceof ChatError && final.has(error.code)) this.#finish(error);
        else this.#retryLater(options);
      }
    }, inMs);
  }

  #isClosed(): boolean {
    return this.#state === 'closed' || this.#closing !== undefined;
  }

  #finish(error: ChatError | undefined): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#retry);
    clearTimeout(this.#spacing);
    clearInterval(this.#expecting);
    this.#attempting.abort(new ChatError('CLOSED', 'Cannot connect: the client was closed'));
    this.#uplink?.destroy();
    this.#outbox.close();
    this.#inbox.end();
    this.#listeners.emit({ type: 'closed', at: Date.now(), error });
  }
}
