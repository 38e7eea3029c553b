/**
 * The chat client: connects, reconnects, delivers or tells.
 *
 * @module
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ChatCode, ChatError } from '../errors.js';
import { type BackoffOptions, backoff, defaultBackoff } from './backoff.js';
import { defaultLimits } from './limits.js';
import { checkName } from './name.js';
import type { LeaveReason, ServerLine } from './notice.js';
import { Queue } from './queue.js';
import { ClassicReader, LineReader, type Reader } from './reader.js';
import { defaultHost, defaultPort, formatAddress } from './server.js';

/** How a client is set up. */
export interface ChatClientOptions {
  readonly name: string;
  /** 127.0.0.1 unless told otherwise. */
  readonly host?: string;
  /** 9999 unless told otherwise. */
  readonly port?: number;
  readonly password?: string;
  /** Speaks TLS: `true` trusts the system's authorities, `ca` (PEM) another, `servername` is the name to be proven. */
  readonly tls?: boolean | { readonly ca?: string | Uint8Array; readonly servername?: string };
  /** Speaks the classic dialect, to the Python server. It knows no receipts. */
  readonly classic?: boolean;
  /** Comes back when the connection is lost, as it does unless told otherwise; or the waiting times to do so. */
  readonly reconnect?: boolean | Partial<BackoffOptions>;
  /** Time to connect and log in, in milliseconds: 10,000 unless told otherwise. */
  readonly timeoutMs?: number;
}

/** A message that arrived. `at` is in milliseconds since 1970. */
export interface ChatMessage {
  readonly from: string;
  readonly text: string;
  /** Whether it went to everybody. */
  readonly toAll: boolean;
  readonly at: number;
}

/** What became of a message sent. */
export interface Receipt {
  readonly to: string;
  readonly text: string;
  /** Whether the server has confirmed it. In the classic dialect it never does. */
  readonly confirmed: boolean;
  /** Recipients whose operating system has the message, on the server's side; 0 where not confirmed. */
  readonly recipients: number;
  /** When it was given to `send()`, and answered, in milliseconds since 1970. */
  readonly sentAt: number;
  readonly at: number;
  /** From being written to the answer, in milliseconds. */
  readonly roundTripMs: number;
}

/** Something that happened to a client. `at` is in milliseconds since 1970. */
export type ChatClientEvent =
  | { readonly type: 'connected'; readonly at: number; readonly name: string; readonly again: boolean }
  | ({ readonly type: 'message' } & ChatMessage)
  | { readonly type: 'join'; readonly at: number; readonly name: string }
  | { readonly type: 'leave'; readonly at: number; readonly name: string; readonly reason: LeaveReason }
  | {
      readonly type: 'error';
      readonly at: number;
      readonly code: ChatCode;
      readonly about: string | undefined;
      readonly text: string;
    }
  /** Lines of the server the client does not know, for people. */
  | { readonly type: 'notice'; readonly at: number; readonly text: string }
  | { readonly type: 'disconnected'; readonly at: number; readonly code: ChatCode; readonly text: string }
  | { readonly type: 'reconnecting'; readonly at: number; readonly attempt: number; readonly inMs: number }
  /** `error` where the client gave up. */
  | { readonly type: 'closed'; readonly at: number; readonly error: ChatError | undefined };

interface Outgoing {
  readonly line: string;
  readonly tag: string;
  readonly to: string;
  readonly text: string;
  readonly sentAt: number;
  /** `performance.now()` when it was written. */
  writtenAt: number;
  resolve(receipt: Receipt): void;
  reject(error: ChatError): void;
}

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
  /** Written and not answered, by tag. */
  readonly #unanswered = new Map<string, Outgoing>();
  /** Not written yet. */
  #queue: Outgoing[] = [];
  #out = '';
  #spacing: NodeJS.Timeout | undefined;
  #lists: { names: string[]; resolve(names: string[]): void; reject(error: ChatError): void }[] = [];
  #settled: (() => void)[] = [];
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
      const settled = new Promise<void>((resolve) => {
        this.#settled.push(resolve);
        this.#checkSettled();
      });
      await Promise.race([settled, closed]);
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
    if (this.#queue.length >= queueLimit && this.#state !== 'ready')
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
      this.#queue.push({ line, tag, to, text, sentAt: Date.now(), writtenAt: 0, resolve, reject });
      this.#writeQueue();
    });
  }

  #writeQueue(): void {
    if (this.#state !== 'ready') return;
    if (this.#options.classic) {
      this.#writeSpaced();
      return;
    }
    const now = performance.now();
    for (const outgoing of this.#queue) {
      outgoing.writtenAt = now;
      this.#unanswered.set(outgoing.tag, outgoing);
      this.#write(outgoing.line);
    }
    this.#queue = [];
  }

  /** One write a message, with time between them: the Python server takes one read for one message. */
  #writeSpaced(): void {
    if (this.#spacing !== undefined || this.#state !== 'ready') return;
    const outgoing = this.#queue.shift();
    if (outgoing === undefined) {
      this.#checkSettled();
      return;
    }
    outgoing.writtenAt = performance.now();
    this.#unanswered.set(outgoing.tag, outgoing);
    this.#socket!.write(outgoing.line, () => this.#answer(outgoing.tag, 0, false));
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

  /** What is wrong with the name or password, before a server has to say so: they go on one line. */
  #checkLogin(): ChatError | undefined {
    const { name, password = '', classic } = this.#options;
    const check = checkName(name);
    const reason = classic
      ? name.trim() === '' || /[:\r\n]/.test(name)
        ? 'a name holds no colon and no line end'
        : undefined
      : 'reason' in check
        ? check.reason
        : undefined;
    if (reason !== undefined)
      return new ChatError('NAME_INVALID', `Cannot log in as ${JSON.stringify(name)}: ${reason}`);
    if (/[\r\n]/.test(password)) return new ChatError('PASSWORD', 'Cannot log in: a password is one line');
    return undefined;
  }

  #open(): Promise<void> {
    const fault = this.#checkLogin();
    if (fault !== undefined) return Promise.reject(fault);
    this.#state = 'connecting';
    this.#farewell = undefined;
    this.#out = '';
    const { name, password, classic, timeoutMs = 10_000 } = this.#options;
    return new Promise<void>((resolve, reject) => {
      this.#connecting = { resolve, reject };
      let socket: Socket;
      try {
        socket = this.#dial();
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

  #dial(): Socket {
    const { host = defaultHost, port = defaultPort, tls } = this.#options;
    const base = { host, port, noDelay: true };
    if (!tls) return connectTcp(base);
    const { ca, servername } = tls === true ? {} : tls;
    // A bare address proves no name by SNI; its certificate must hold the address itself.
    const name = servername ?? (/^[\d.]+$|:/.test(host) ? undefined : host);
    return connectTls({
      ...base,
      ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? ca : Buffer.from(ca) }),
      ...(name === undefined ? {} : { servername: name }),
    });
  }

  /** Ends the attempt to connect, if there is one. */
  #failed(error: Error): void {
    const connecting = this.#connecting;
    if (connecting === undefined) return;
    this.#connecting = undefined;
    if (error instanceof ChatError) {
      connecting.reject(error);
      return;
    }
    const { host = defaultHost, port = defaultPort } = this.#options;
    const { code } = error as NodeJS.ErrnoException;
    const isCertificate = code !== undefined && /CERT|SELF_SIGNED|ERR_TLS/.test(code);
    const where = `Cannot connect to ${formatAddress({ host, port })}`;
    const why = code === 'ECONNREFUSED' ? 'no server listens there' : error.message;
    connecting.reject(
      new ChatError(isCertificate ? 'BAD_CERTIFICATE' : 'UNREACHABLE', `${where}: ${why}`, { cause: error }),
    );
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
        this.#answer(first, Number(second), true);
        return;
      case 'error':
        this.#hearError(first, second as ChatCode, third, line.text);
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

  #hearError(tag: string, code: ChatCode, about: string | undefined, text: string): void {
    const outgoing = this.#unanswered.get(tag);
    if (outgoing === undefined) {
      this.#emit({ type: 'error', at: Date.now(), code, about, text });
      return;
    }
    this.#unanswered.delete(tag);
    outgoing.reject(new ChatError(code, text));
    this.#checkSettled();
  }

  #answer(tag: string, recipients: number, confirmed: boolean): void {
    const outgoing = this.#unanswered.get(tag);
    if (outgoing === undefined) return;
    this.#unanswered.delete(tag);
    const { to, text, sentAt, writtenAt } = outgoing;
    const roundTripMs = performance.now() - writtenAt;
    outgoing.resolve({ to, text, confirmed, recipients, sentAt, at: Date.now(), roundTripMs });
    this.#checkSettled();
  }

  #checkSettled(): void {
    if (this.#unanswered.size > 0 || this.#queue.length > 0) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }

  /** The connection is gone: tells those who wait for it, and comes back if it should. */
  #ended(): void {
    this.#socket = undefined;
    clearInterval(this.#keepAlive);
    clearTimeout(this.#spacing);
    this.#spacing = undefined;
    if (this.#state !== 'ready') return;
    const { code, text } = this.#farewell ?? { code: 'CONNECTION_LOST', text: 'The connection was lost' };
    for (const { to, reject } of this.#unanswered.values())
      reject(
        new ChatError(
          'CONNECTION_LOST',
          `The connection ended before the message to ${to} was confirmed; it may or may not have arrived`,
        ),
      );
    this.#unanswered.clear();
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
    for (const { to, reject } of this.#queue.splice(0))
      reject(new ChatError('CLOSED', `Cannot send to ${to}: the client was closed, and the message was not sent`));
    this.#inbox.end();
    this.#emit({ type: 'closed', at: Date.now(), error });
  }

  #emit(event: ChatClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
