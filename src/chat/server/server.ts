/**
 * The chat server: sockets, timers and limits around a hub.
 *
 * @module
 */

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { formatEndpoint, isLoopback } from '../../address.js';
import { ChatError } from '../../errors.js';
import { type ChatLimits, defaultLimits } from '../protocol/limits.js';
import { Queue } from '../protocol/queue.js';
import { Connection, type ConnectionHost } from './connection.js';
import type { ChatEvent } from './event.js';
import { bye } from './farewell.js';
import { type Clock, Hub } from './hub.js';

/** The address the original listens on. */
export const defaultHost = '127.0.0.1';
/** The port the original listens on. */
export const defaultPort = 9999;

/** How a server is set up. */
export interface ChatServerOptions {
  /** Limits that differ from the usual ones. */
  readonly limits?: Partial<ChatLimits>;
  /** What clients must give to come in. Classic clients cannot. */
  readonly password?: string;
  /** Certificate chain and private key in PEM, to speak TLS. */
  readonly tls?: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array };
}

/** Where a server listens. */
export interface ChatAddress {
  readonly host: string;
  readonly port: number;
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
  readonly #listeners = new Set<(event: ChatEvent) => void>();
  readonly #queues = new Set<Queue<ChatEvent>>();
  readonly #host: ConnectionHost;
  #dirty: Connection[] = [];
  #server: Server | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #address: ChatAddress | undefined;
  #closing: Promise<void> | undefined;
  /** Resolves `close()` when the last connection is gone. */
  #lastGone: (() => void) | undefined;

  constructor(options: ChatServerOptions = {}) {
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
   * Starts to listen: on 127.0.0.1:9999 unless told otherwise, on a free port for port 0.
   *
   * @throws ChatError `ADDRESS_IN_USE`, `BAD_ADDRESS`, `BAD_CERTIFICATE`, or `CLOSED` for a server that has been closed
   */
  async listen(options: { host?: string; port?: number } = {}): Promise<ChatAddress> {
    if (this.#server !== undefined || this.#closing !== undefined)
      throw new ChatError('CLOSED', 'Cannot listen: this server listens or has been closed, make a new one');
    const { host = defaultHost, port = defaultPort } = options;
    const server = this.#createServer();
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => {
        this.#server = undefined;
        reject(listenError(error, host, port));
      };
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

  /** Calls `listener` with everything that happens from now on. Returns what ends it. */
  subscribe(listener: (event: ChatEvent) => void): () => void {
    this.#listeners.add(listener);
    this.#hub.observer = (event) => this.#emit(event);
    return () => {
      this.#listeners.delete(listener);
      this.#observeIfAsked();
    };
  }

  /** Everything that happens from now on, for `for await`. Ends when the server has been closed. */
  events(): AsyncIterableIterator<ChatEvent> {
    const queue = new Queue<ChatEvent>(eventLimit);
    const done = (): Promise<IteratorResult<ChatEvent, undefined>> => {
      this.#queues.delete(queue);
      this.#observeIfAsked();
      return Promise.resolve({ done: true, value: undefined });
    };
    if (this.#server === undefined && this.#closing !== undefined) queue.end();
    this.#queues.add(queue);
    this.#observeIfAsked();
    return Object.assign(queue, { return: done });
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<ChatEvent> {
    return this.events();
  }

  /** Tells the clients, closes all connections and the port. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const server = this.#server;
    if (server !== undefined) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const { session } of this.#connections) session.cutOff('SHUTDOWN');
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
    for (const queue of this.#queues) queue.end();
  }

  #createServer(): Server {
    const accept = (socket: Socket): void => this.#accept(socket);
    const { tls } = this.#options;
    if (tls === undefined) return createServer({ noDelay: true, allowHalfOpen: true }, accept);
    try {
      const { loginMs } = this.#hub.limits;
      const [cert, key] = [tls.cert, tls.key].map((pem) => (typeof pem === 'string' ? pem : Buffer.from(pem)));
      const options = { cert, key, handshakeTimeout: loginMs, noDelay: true, allowHalfOpen: true };
      const server = createTlsServer(options, accept);
      server.on('connection', (socket) => {
        this.#underTls.add(socket);
        socket.once('close', () => this.#underTls.delete(socket));
      });
      server.on('tlsClientError', (error, socket) => {
        const remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? '?'}`;
        this.#emit({ type: 'refused', at: Date.now(), remote, code: 'PROTOCOL', text: `No TLS: ${error.message}` });
        socket.destroy();
      });
      return server;
    } catch (cause) {
      throw new ChatError('BAD_CERTIFICATE', `Cannot use the certificate and key: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  #accept(socket: Socket): void {
    const { clients, halfOpen } = this.#hub.limits;
    if (this.#connections.size >= clients || this.#closing !== undefined) {
      socket.on('error', () => socket.destroy());
      socket.resume();
      socket.end(bye(this.#closing === undefined ? 'SERVER_FULL' : 'SHUTDOWN'));
      setTimeout(() => socket.destroy(), this.#hub.limits.lingerMs).unref();
      return;
    }
    const connection = new Connection(this.#host, socket);
    this.#connections.add(connection);
    // Everybody who is not on the roster has not logged in, or is about to be gone.
    if (this.#connections.size - this.#hub.roster.size > halfOpen) this.#dropOldest();
  }

  #dropOldest(): void {
    for (const { session } of this.#connections) {
      if (session.state !== 'new' && session.state !== 'login') continue;
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
    for (const listener of this.#listeners) listener(event);
  }
}

/** `127.0.0.1:9999`, `[::1]:9999`. */
export function formatAddress({ host, port }: ChatAddress): string {
  return formatEndpoint(host, port);
}

function listenError(error: unknown, host: string, port: number): ChatError {
  const { code, message } = error as NodeJS.ErrnoException;
  const where = `Cannot listen on ${formatAddress({ host, port })}`;
  if (code === 'EADDRINUSE')
    return new ChatError(
      'ADDRESS_IN_USE',
      `${where}: the port is in use, stop the other program or choose another port`,
      {
        cause: error,
      },
    );
  const why =
    code === 'EACCES'
      ? 'this user may not use the port, choose one above 1023'
      : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN'
        ? 'the address is not of this machine'
        : code === 'ERR_SOCKET_BAD_PORT'
          ? 'a port is a number from 0 to 65535'
          : message;
  return new ChatError('BAD_ADDRESS', `${where}: ${why}`, { cause: error });
}
