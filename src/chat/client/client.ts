/**
 * The chat client: connects, reconnects, delivers or tells.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type ChatCode, ChatError } from '../../errors.js';
import { defaultLimits } from '../protocol/limits.js';
import type { LeaveReason, ServerLine } from '../protocol/notice.js';
import { Queue } from '../protocol/queue.js';
import { type BackoffOptions, backoff, defaultBackoff } from './backoff.js';
import type { ChatClientEvent, ChatClientOptions, ChatMessage, Receipt } from './client-event.js';
import { connectError, dial, loginFault } from './dial.js';
import { Ledger } from './ledger.js';
import { ClassicReader, LineReader, type Reader } from './reader.js';

/** One connection, from its first attempt to its end. */
interface Connecting {
  resolve(): void;
  reject(error: ChatError): void;
}

const inboxLimit = 100_000;
/** Messages that may wait for the connection to come back. */
const queueLimit = 1000;
const classicSpacingMs = 20;
/** What the Python server reads at once, and takes for a message. */
const classicReadBytes = 1024;
/** Time for the farewell, in milliseconds. */
const lingerMs = 2000;
/** Without an answer to what it asks, one keep-alive interval more. */
const classicKeepAliveMs = 30_000;
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
  readonly #listeners = new Set<(event: ChatClientEvent) => void>();
  #state: 'idle' | 'connecting' | 'ready' | 'waiting' | 'closed' = 'idle';
  #name: string;
  #socket: Socket | undefined;
  #reader: Reader | undefined;
  #connecting: Connecting | undefined;
  /** Set when this connection's end is known to come, and why. */
  #farewell: { code: ChatCode; text: string } | undefined;
  #attempt = 0;
  #retry: NodeJS.Timeout | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #heardAt = 0;
  #lastTag = 0;
  /** Longest line the server takes, without its line end. */
  #lineBytes: number;
  readonly #ledger = new Ledger();
  #out = '';
  #spacing: NodeJS.Timeout | undefined;
  #lists: { names: string[]; resolve(names: string[]): void; reject(error: ChatError): void }[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: ChatClientOptions) {
    this.#options = options;
    this.#name = options.name;
    this.#lineBytes = options.classic ? classicReadBytes : defaultLimits.lineBytes;
    const { reconnect = true } = options;
    if (reconnect !== false) this.#backoff = { ...defaultBackoff, ...(reconnect === true ? {} : reconnect) };
  }

  /** A client that is logged in. Throws as `connect()` does. */
  static async connect(options: ChatClientOptions): Promise<ChatClient> {
    const client = new ChatClient(options);
    await client.connect();
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
    return this.#socket?.localPort;
  }

  /**
   * Connects and logs in. When that fails, it may be called again.
   *
   * @throws ChatError with the server's code (`NAME_TAKEN`, `PASSWORD` …), `UNREACHABLE`, `PROTOCOL` or `BAD_CERTIFICATE`
   */
  async connect(): Promise<void> {
    if (this.#state !== 'idle') throw new ChatError('CLOSED', 'Cannot connect: this client is connected or closed');
    try {
      await this.#open();
    } catch (error) {
      if (!this.#isClosed()) this.#state = 'idle';
      throw error;
    }
  }

  /**
   * Sends one line to one person. While the connection is lost, it waits for it to come back.
   *
   * @returns what the server said of it
   * @throws ChatError `NO_SUCH_USER`, `UNDELIVERED` …, or `CONNECTION_LOST` when the connection ended before the
   *   answer, so that it may or may not have arrived
   */
  send(to: string, text: string): Promise<Receipt> {
    if (to.trim() === '' || /[:\r\n]/.test(to) || /^\s*[/#*]/.test(to))
      return Promise.reject(new ChatError('FORMAT', `Cannot send to ${JSON.stringify(to)}: that is no name`));
    return this.#send(to, text, `${to}: ${text}`);
  }

  /** Sends one line to everybody else. Throws as `send()` does. */
  sendAll(text: string): Promise<Receipt> {
    if (this.#options.classic)
      return Promise.reject(new ChatError('FORMAT', 'Cannot send to all: the classic dialect knows single names only'));
    return this.#send('all', text, `/all ${text}`);
  }

  /** The names of those who are logged in, or of those whose names begin with `prefix`, as far as the server lists them. */
  who(prefix = ''): Promise<string[]> {
    if (this.#options.classic)
      return Promise.reject(new ChatError('FORMAT', 'Cannot list who is there: the classic dialect has no list'));
    if (this.#state !== 'ready')
      return Promise.reject(new ChatError('CONNECTION_LOST', 'Cannot list who is there: not connected'));
    return new Promise((resolve, reject) => {
      this.#lists.push({ names: [], resolve, reject });
      this.#write(`/who ${prefix.replace(/[\r\n]/g, '')}\n`);
    });
  }

  /** Calls `listener` with everything that happens from now on. Returns what ends it. */
  subscribe(listener: (event: ChatClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The messages, those that came before included. Ends when the client is closed; breaking off ends nothing. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ChatMessage> {
    const iterator: AsyncIterableIterator<ChatMessage> = {
      next: () => this.#inbox.next(),
      return: () => Promise.resolve({ done: true, value: undefined }),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** Waits for what was sent to be answered, says goodbye and closes. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const socket = this.#socket;
    if (this.#state === 'ready' && socket !== undefined) {
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      const timer = setTimeout(() => socket.destroy(), lingerMs);
      await Promise.race([this.#ledger.settled(), closed]);
      if (!socket.destroyed) {
        this.#farewell = { code: 'QUIT', text: 'Goodbye' };
        if (this.#options.classic) socket.end();
        else this.#write('/quit\n');
      }
      await closed;
      clearTimeout(timer);
    }
    this.#finish(undefined);
  }

  #send(to: string, text: string, body: string): Promise<Receipt> {
    if (/[\r\n]/.test(text))
      return Promise.reject(new ChatError('FORMAT', 'Cannot send a text of several lines: send each by itself'));
    if (this.#state === 'closed' || this.#state === 'idle' || this.#closing !== undefined)
      return Promise.reject(new ChatError('CLOSED', `Cannot send to ${to}: this client is not connected`));
    if (this.#ledger.waiting >= queueLimit && this.#state !== 'ready')
      return Promise.reject(
        new ChatError(
          'CONNECTION_LOST',
          `Cannot send to ${to}: not connected, and ${queueLimit} messages wait already`,
        ),
      );
    const tag = (++this.#lastTag).toString(36);
    const line = this.#options.classic ? body : `#${tag} ${body}\n`;
    const bytes = Buffer.byteLength(line) - (this.#options.classic ? 0 : 1);
    if (bytes > this.#lineBytes)
      return Promise.reject(
        new ChatError(
          'TOO_LONG',
          `Cannot send to ${to}: the line is ${bytes} bytes, at most ${this.#lineBytes} can be sent`,
        ),
      );
    return new Promise((resolve, reject) => {
      this.#ledger.add({ line, tag, to, text, sentAt: Date.now(), resolve, reject });
      this.#writeQueue();
    });
  }

  #writeQueue(): void {
    if (this.#state !== 'ready') return;
    if (this.#options.classic) {
      this.#writeSpaced();
      return;
    }
    for (let next = this.#ledger.take(); next !== undefined; next = this.#ledger.take()) this.#write(next.line);
  }

  /** One write a message, with time between them: the Python server takes one read for one message. */
  #writeSpaced(): void {
    if (this.#spacing !== undefined || this.#state !== 'ready') return;
    const outgoing = this.#ledger.take();
    if (outgoing === undefined) return;
    this.#socket!.write(outgoing.line, () => this.#ledger.confirm(outgoing.tag, 0, false));
    this.#spacing = setTimeout(() => {
      this.#spacing = undefined;
      this.#writeSpaced();
    }, classicSpacingMs);
  }

  /** Gathers what is written in one turn. */
  #write(line: string): void {
    if (this.#out === '') queueMicrotask(() => this.#flush());
    this.#out += line;
  }

  #flush(): void {
    const text = this.#out;
    this.#out = '';
    if (this.#socket !== undefined && !this.#socket.destroyed) this.#socket.write(text);
  }

  #open(): Promise<void> {
    const fault = loginFault(this.#options);
    if (fault !== undefined) return Promise.reject(fault);
    this.#state = 'connecting';
    this.#farewell = undefined;
    this.#out = '';
    const { name, password, classic, timeoutMs = 10_000 } = this.#options;
    return new Promise<void>((resolve, reject) => {
      this.#connecting = { resolve, reject };
      let socket: Socket;
      try {
        socket = dial(this.#options);
      } catch (cause) {
        return this.#failed(cause as Error);
      }
      this.#socket = socket;
      this.#reader = classic ? new ClassicReader(name) : new LineReader();
      const timer = setTimeout(() => {
        this.#failed(new Error(`no answer in ${timeoutMs} ms`));
        socket.destroy();
      }, timeoutMs);
      const hello = classic ? name : `/login ${name}${password === undefined ? '' : ` ${password}`}\n`;
      socket.once(this.#options.tls ? 'secureConnect' : 'connect', () => socket.write(hello));
      socket.on('data', (chunk) => {
        this.#heardAt = performance.now();
        for (const line of this.#reader!.push(chunk)) if (this.#socket === socket) this.#hear(line);
        if (this.#state === 'ready') clearTimeout(timer);
      });
      socket.on('error', (error) => {
        this.#farewell ??= { code: 'CONNECTION_LOST', text: error.message };
        this.#failed(error);
      });
      socket.on('close', () => {
        clearTimeout(timer);
        this.#failed(new Error('the server closed the connection'));
        if (this.#socket === socket) this.#ended();
      });
    });
  }

  /** Ends the attempt to connect, if there is one. */
  #failed(error: Error): void {
    const connecting = this.#connecting;
    if (connecting === undefined) return;
    this.#connecting = undefined;
    connecting.reject(error instanceof ChatError ? error : connectError(error, this.#options));
  }

  #hear(line: ServerLine): void {
    const at = Date.now();
    if (this.#state === 'connecting' && !this.#hearLogin(line)) return;
    if (line.type === 'delivery') {
      const message: ChatMessage = { from: line.from, text: line.text, toAll: line.toAll, at };
      this.#inbox.push(message);
      this.#emit({ type: 'message', ...message });
      return;
    }
    if (line.type === 'foreign') {
      this.#emit({ type: 'notice', at, text: line.line });
      return;
    }
    const [first = '', second = '', third] = line.params;
    switch (line.keyword) {
      case 'sent':
        this.#ledger.confirm(first, Number(second), true);
        return;
      case 'error':
        if (!this.#ledger.refuse(first, new ChatError(second as ChatCode, line.text)))
          this.#emit({ type: 'error', at, code: second as ChatCode, about: third, text: line.text });
        return;
      case 'join':
        this.#emit({ type: 'join', at, name: first });
        return;
      case 'leave':
        this.#emit({ type: 'leave', at, name: first, reason: second as LeaveReason });
        return;
      case 'who':
        this.#lists[0]?.names.push(...line.params);
        return;
      case 'end': {
        const list = this.#lists.shift();
        list?.resolve(list.names);
        return;
      }
      case 'ping':
        this.#write(`/pong ${first}\n`);
        return;
      case 'bye':
        this.#farewell ??= { code: first as ChatCode, text: line.text };
        return;
      case 'pong':
      case 'welcome':
        return;
      default:
        this.#emit({ type: 'notice', at, text: line.text });
        return;
    }
  }

  /** Answers to the login. Returns whether the line is still to be heard. */
  #hearLogin(line: ServerLine): boolean {
    if (line.type === 'notice' && line.keyword === 'welcome') {
      this.#welcome(line.params);
      return false;
    }
    if (line.type === 'notice' && (line.keyword === 'error' || line.keyword === 'bye')) {
      const code = (line.keyword === 'bye' ? line.params[0] : line.params[1]) as ChatCode;
      this.#failed(new ChatError(code, `Cannot log in as ${this.#options.name}: ${line.text}`));
    } else {
      const text = line.type === 'foreign' ? line.line : line.text;
      // The classic dialect has no codes; its server refuses a name in words.
      const code = this.#options.classic ? 'NAME_TAKEN' : 'PROTOCOL';
      const hint = this.#options.classic
        ? text
        : `the server says ${JSON.stringify(text.slice(0, 80))}, try the classic dialect`;
      this.#failed(new ChatError(code, `Cannot log in as ${this.#options.name}: ${hint}`));
    }
    this.#socket?.destroy();
    return false;
  }

  #welcome([name = this.#name, , keepAlive, lineBytes]: readonly string[]): void {
    if (Number(lineBytes) > 0) this.#lineBytes = Number(lineBytes);
    this.#name = name;
    this.#state = 'ready';
    const again = this.#attempt > 0;
    this.#attempt = 0;
    const keepAliveMs = Number(keepAlive) * 1000;
    if (keepAliveMs > 0) this.#keepAlive = setInterval(() => this.#checkServer(keepAliveMs), keepAliveMs / 2);
    else this.#socket?.setKeepAlive(true, classicKeepAliveMs);
    const connecting = this.#connecting;
    this.#connecting = undefined;
    connecting?.resolve();
    this.#emit({ type: 'connected', at: Date.now(), name, again });
    this.#writeQueue();
  }

  /** A server can be gone without a word, too. */
  #checkServer(keepAliveMs: number): void {
    const silent = performance.now() - this.#heardAt;
    if (silent >= 2 * keepAliveMs) {
      this.#farewell = { code: 'TIMEOUT', text: 'The server does not answer' };
      this.#socket?.destroy();
    } else if (silent >= keepAliveMs / 2) this.#write('/ping\n');
  }

  /** The connection is gone: tells those who wait for it, and comes back if it should. */
  #ended(): void {
    this.#socket = undefined;
    clearInterval(this.#keepAlive);
    clearTimeout(this.#spacing);
    this.#spacing = undefined;
    if (this.#state !== 'ready') return;
    const { code, text } = this.#farewell ?? { code: 'CONNECTION_LOST', text: 'The connection was lost' };
    this.#ledger.lose();
    for (const { reject } of this.#lists.splice(0))
      reject(new ChatError('CONNECTION_LOST', 'The connection ended before the list came'));
    this.#state = 'waiting';
    if (this.#closing !== undefined) return;
    this.#emit({ type: 'disconnected', at: Date.now(), code, text });
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
    this.#emit({ type: 'reconnecting', at: Date.now(), attempt: this.#attempt, inMs });
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
    clearInterval(this.#keepAlive);
    clearTimeout(this.#spacing);
    this.#socket?.destroy();
    this.#failed(new ChatError('CLOSED', 'Cannot connect: the client was closed'));
    this.#ledger.close();
    this.#inbox.end();
    this.#emit({ type: 'closed', at: Date.now(), error });
  }

  #emit(event: ChatClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
