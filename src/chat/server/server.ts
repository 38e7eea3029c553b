/**
 * The chat server: sockets, timers and limits around a hub.
 *
 * @module
 */
import type { AddressInfo, Server, Socket } from 'node:net';
import { isLoopback } from '../../address.js';
import { ChatError } from '../../errors.js';
import { type ChatAddress, defaultHost, defaultPort, formatAddress } from '../protocol/address.js';
import { checkAddress, checkFunction, checkNumbers, checkText, signalOf } from '../protocol/argument.js';
import { type ChatLimits, defaultLimits } from '../protocol/limits.js';
import { Listeners } from '../protocol/listeners.js';
import { Queue } from '../protocol/queue.js';
import { abortable } from '../protocol/waiting.js';
import type { Clock } from './clock.js';
import { Connection, type ConnectionHost } from './connection.js';
import type { ChatEvent } from './event.js';
import { type ByeCode, bye } from './farewell.js';
import { Hub } from './hub.js';
import { createListener, listenError } from './listening.js';

/** How a server is set up. */
export interface ChatServerOptions {
  /** Limits that differ from the usual ones. */
  readonly limits?: Partial<ChatLimits>;
  /** What clients must give to come in. Classic clients cannot. */
  readonly password?: string;
  /** Certificate chain and private key in PEM, to speak TLS. */
  readonly tls?: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array };
}

/** Where to listen. */
export interface ListenOptions {
  readonly host?: string;
  readonly port?: number;
  /** Aborts listening, and closes the server. */
  readonly signal?: AbortSignal;
}

/** Events kept for an iterator that is not read. */
const eventLimit = 10_000;

const clock: Clock = {
  now: () => performance.now(),
  after: (ms, callback) => void setTimeout(callback, ms).unref(),
};

/**
 * A chat server, `docs/protocol_definition.md`.
 *
 * ```ts
 * const server = new ChatServer();
 * const { port } = await server.listen({ port: 0 });
 * server.subscribe((event) => console.log(event));
 * await server.close();
 * ```
 */
export class ChatServer implements AsyncIterable<ChatEvent> {
  readonly #options: ChatServerOptions;
  readonly #hub: Hub;
  readonly #connections = new Set<Connection>();
  /** Connections whose operating system has not taken all. */
  readonly #waiting = new Set<Connection>();
  /** The sockets below those that speak TLS, or are about to. */
  readonly #underTls = new Set<Socket>();
  readonly #listeners = new Listeners<ChatEvent>();
  readonly #queues = new Set<Queue<ChatEvent>>();
  readonly #host: ConnectionHost;
  #dirty: Connection[] = [];
  #server: Server | undefined;
  /** The one attempt to listen, and what it was asked for. */
  #listening: { readonly where: string; readonly address: Promise<ChatAddress> } | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #address: ChatAddress | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;
  /** Resolves `close()` when the last connection is gone. */
  #lastGone: (() => void) | undefined;

  /** @throws ChatError `BAD_ARGUMENT` for options that cannot be used */
  constructor(options: ChatServerOptions = {}) {
    if (options.password !== undefined) checkText(options.password, 'make a server', 'the password');
    checkNumbers(options.limits ?? {}, 'make a server');
    this.#options = options;
    this.#hub = new Hub({ ...defaultLimits, ...options.limits }, clock, options.password);
    this.#host = {
      hub: this.#hub,
      flushLater: (connection) => {
        if (this.#dirty.push(connection) === 1) setImmediate(() => this.#flush());
      },
      watch: (connection, isWaiting) => {
        if (isWaiting) this.#waiting.add(connection);
        else this.#waiting.delete(connection);
      },
      closed: (connection) => {
        this.#connections.delete(connection);
        if (this.#connections.size === 0) this.#lastGone?.();
      },
    };
  }

  /** Where the server listens, undefined while it does not. */
  get address(): ChatAddress | undefined {
    return this.#address;
  }

  /** The names of those who are logged in, in order. */
  get names(): string[] {
    return this.#hub.roster.names();
  }

  /** Connections, logged in or not. */
  get size(): number {
    return this.#connections.size;
  }

  /**
   * Starts to listen: on 127.0.0.1:9999 unless told otherwise, on a free port for port 0. Asked again for the same, it
   * gives the same answer.
   *
   * @throws ChatError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `BAD_CERTIFICATE`, or `CLOSED` for a server that listens elsewhere
   *   or has been closed; the signal's reason when it is aborted, which closes the server
   */
  async listen(options: ListenOptions = {}): Promise<ChatAddress> {
    const signal = signalOf(options, 'listen');
    const { host = defaultHost, port = defaultPort } = options;
    checkAddress(host, port);
    signal?.throwIfAborted();
    const where = `${host} ${port}`;
    if (this.#closing !== undefined || (this.#listening !== undefined && this.#listening.where !== where))
      throw new ChatError('CLOSED', 'Cannot listen: this server listens or has been closed, make a new one');
    this.#listening ??= { where, address: this.#listen(host, port) };
    try {
      return await abortable(this.#listening.address, signal);
    } catch (error) {
      if (signal?.aborted) await this.close();
      throw error;
    }
  }

  async #listen(host: string, port: number): Promise<ChatAddress> {
    try {
      return await this.#open(host, port);
    } catch (error) {
      this.#listening = undefined;
      throw error;
    }
  }

  async #open(host: string, port: number): Promise<ChatAddress> {
    const server = this.#createServer();
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => reject(listenError(error, host, port));
      server.once('error', fail);
      try {
        server.listen({ host, port, backlog: 4096 }, () => {
          server.off('error', fail);
          resolve();
        });
      } catch (error) {
        fail(error);
      }
    });
    this.#server = server;
    // Handshakes of TLS under way included, which are no connections of ours yet.
    server.maxConnections = this.#hub.limits.clients + this.#hub.limits.halfOpen;
    const { address, port: bound } = server.address() as AddressInfo;
    this.#address = { host: address, port: bound };
    server.on('error', (error) =>
      this.#emit({ type: 'warning', at: Date.now(), text: `Cannot accept: ${error.message}` }),
    );
    const { keepAliveMs, loginMs, stallMs } = this.#hub.limits;
    const sweepMs = Math.min(1000, Math.max(10, Math.min(keepAliveMs, loginMs, stallMs) / 4));
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs);
    const tls = this.#options.tls !== undefined;
    this.#emit({ type: 'listening', at: Date.now(), host: address, port: bound, tls });
    if (!isLoopback(address) && !(tls && this.#hub.needsPassword))
      this.#emit({
        type: 'warning',
        at: Date.now(),
        text: `Anybody who reaches ${formatAddress({ host: address, port: bound })} can ${tls ? '' : 'read what is said and '}${this.#hub.needsPassword ? 'listen for the password' : 'come in'}: set a certificate, a key and a password`,
      });
    return this.#address;
  }

  /** Calls `listener` with everything that happens from now on. Returns what ends it. What it throws is a warning of the process. */
  subscribe(listener: (event: ChatEvent) => unknown): () => void {
    const remove = this.#listeners.add(checkFunction(listener, 'subscribe'));
    this.#observeIfAsked();
    return () => {
      remove();
      this.#observeIfAsked();
    };
  }

  /**
   * Everything that happens from now on, for `for await`; the last 10,000 events are kept for one who is slow. Ends when the
   * server has been closed, and with the signal's reason when it is aborted.
   */
  events(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<ChatEvent> & AsyncDisposable {
    const signal = signalOf(options, 'iterate');
    const queue = new Queue<ChatEvent>(eventLimit);
    const onReturn = (): void => {
      this.#queues.delete(queue);
      this.#observeIfAsked();
    };
    if (this.#isClosed) queue.end();
    else this.#queues.add(queue);
    this.#observeIfAsked();
    return queue.iterate({ signal, onReturn });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ChatEvent> & AsyncDisposable {
    return this.events();
  }

  /**
   * Tells the clients, closes all connections and the port. May be called again.
   *
   * @throws the signal's reason when it is aborted; the server closes all the same
   */
  close(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    let signal: AbortSignal | undefined;
    try {
      signal = signalOf(options, 'close');
    } catch (error) {
      return Promise.reject(error);
    }
    this.#closing ??= this.#close();
    return abortable(this.#closing, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    // Listening that has begun is seen through, so that there is something to close.
    await this.#listening?.address.catch(() => {});
    const server = this.#server;
    if (server !== undefined) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const { session } of this.#connections) session.cutOff('SHUTDOWN');
      // Those whose connection is gone, and whose lines are still being served.
      for (const member of [...this.#hub.roster]) member.cutOff('SHUTDOWN');
      this.#flush();
      if (this.#connections.size > 0) {
        const gone = new Promise<void>((resolve) => {
          this.#lastGone = resolve;
        });
        // Connections not logged in, and clients that do not close their side, are destroyed by then.
        const timer = setTimeout(() => {
          for (const connection of this.#connections) connection.destroy();
        }, this.#hub.limits.lingerMs);
        await gone;
        clearTimeout(timer);
      }
      // Those that never finished their handshake.
      for (const socket of this.#underTls) socket.destroy();
      await closed;
      clearInterval(this.#sweeper);
      this.#emit({ type: 'stopped', at: Date.now() });
    }
    this.#server = undefined;
    this.#address = undefined;
    this.#isClosed = true;
    for (const queue of this.#queues) queue.end();
  }

  #createServer(): Server {
    return createListener(this.#options.tls, this.#hub.limits.loginMs, {
      accept: (socket) => this.#accept(socket),
      began: (socket) => {
        this.#underTls.add(socket);
        socket.once('close', () => this.#underTls.delete(socket));
        // A handshake under way is as half-open as a login; whose it is cannot be told so.
        const address = socket.remoteAddress ?? '?';
        if (this.#hub.doorkeeper.enter(address)) return () => this.#hub.doorkeeper.leave(address);
        socket.destroy();
        return () => {};
      },
      refused: (remote, text) => this.#emit({ type: 'refused', at: Date.now(), remote, code: 'PROTOCOL', text }),
    });
  }

  #accept(socket: Socket): void {
    const { clients, halfOpen } = this.#hub.limits;
    const address = socket.remoteAddress ?? '?';
    if (this.#closing !== undefined) this.#turnAway(socket, 'SHUTDOWN');
    else if (this.#connections.size >= clients) this.#turnAway(socket, 'SERVER_FULL');
    else if (!this.#hub.doorkeeper.enter(address)) this.#turnAway(socket, 'TOO_MANY');
    else {
      this.#connections.add(new Connection(this.#host, socket));
      // Everybody who is not on the roster has not logged in, or is about to be gone.
      if (this.#connections.size - this.#hub.roster.size > halfOpen) this.#dropOldest();
    }
  }

  #turnAway(socket: Socket, code: ByeCode): void {
    socket.on('error', () => socket.destroy());
    socket.resume();
    socket.end(bye(code));
    setTimeout(() => socket.destroy(), this.#hub.limits.lingerMs).unref();
  }

  /** Of the address with most connections that have not logged in, so that nobody is driven out by another address. */
  #dropOldest(): void {
    for (const { session } of this.#connections) {
      if (session.state !== 'new' && session.state !== 'login') continue;
      if (!this.#hub.doorkeeper.isBusiest(session.link.address)) continue;
      session.refuse('LOGIN_TIMEOUT');
      return;
    }
  }

  #flush(): void {
    // What is written may bring receipts for others, who join the end of the list.
    for (let i = 0; i < this.#dirty.length; i++) this.#dirty[i]!.flush();
    this.#dirty = [];
  }

  #sweep(): void {
    const now = clock.now();
    for (const connection of this.#waiting) connection.check(now);
    for (const { session } of this.#connections) session.tick(now);
  }

  #observeIfAsked(): void {
    const isAsked = this.#listeners.size > 0 || this.#queues.size > 0;
    this.#hub.observer = isAsked ? (event) => this.#emit(event) : undefined;
  }

  #emit(event: ChatEvent): void {
    for (const queue of this.#queues) queue.push(event);
    this.#listeners.emit(event);
  }
}
