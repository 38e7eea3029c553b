/**
 * One connection of a client, from its first attempt to its end.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { type ChatCode, ChatError } from '../../errors.js';
import type { ServerLine } from '../protocol/notice.js';
import type { ChatClientOptions } from './client-event.js';
import { connectError, dial, loginFault } from './dial.js';
import { ClassicLogin, LineLogin, type Login } from './login.js';
import { ClassicReader, LineReader, type Reader } from './reader.js';

/** Why a connection ended. */
export interface Farewell {
  readonly code: ChatCode;
  readonly text: string;
}

/** Whose connection it is. Nothing of it is called before the login has succeeded. */
export interface UplinkHost {
  /** Called once, before anything else. */
  welcomed(uplink: Uplink): void;
  heard(line: ServerLine): void;
  ended(farewell: Farewell): void;
}

/** TCP's keep-alive, for a server that has no other, in milliseconds. */
const probeMs = 30_000;

/** A connection that is logged in. */
export class Uplink {
  readonly #socket: Socket;
  readonly #host: UplinkHost;
  readonly #reader: Reader;
  readonly #login: Login;
  #state: 'login' | 'ready' | 'ended' = 'login';
  #farewell: Farewell | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #heardAt = 0;
  #out = '';

  private constructor(options: ChatClientOptions, host: UplinkHost) {
    this.#host = host;
    this.#socket = dial(options);
    this.#reader = options.classic ? new ClassicReader(options.name) : new LineReader();
    this.#login = options.classic ? new ClassicLogin(options) : new LineLogin(options);
  }

  /**
   * Connects and logs in.
   *
   * @throws ChatError, or the signal's reason when it is aborted
   */
  static async open(options: ChatClientOptions, host: UplinkHost, signal?: AbortSignal): Promise<Uplink> {
    const fault = loginFault(options);
    if (fault !== undefined) throw fault;
    signal?.throwIfAborted();
    let uplink: Uplink;
    try {
      uplink = new Uplink(options, host);
    } catch (cause) {
      throw connectError(cause as Error, options);
    }
    await uplink.#open(options, signal);
    return uplink;
  }

  /** The name as the server writes it. */
  get name(): string {
    return this.#login.name;
  }

  /** Longest line the server takes, without its line end. */
  get lineBytes(): number {
    return this.#login.lineBytes;
  }

  /** This end's port. */
  get localPort(): number | undefined {
    return this.#socket.localPort;
  }

  /** Writes a line, with what else is written in this turn. */
  write(line: string): void {
    if (this.#out === '') queueMicrotask(() => this.#flush());
    this.#out += line;
  }

  /** Writes a text by itself. */
  writeAlone(text: string, taken: () => void): void {
    this.#socket.write(text, taken);
  }

  /** Says goodbye, and resolves when the server has closed, or after `lingerMs` in any case. */
  async close(goodbye: string | undefined, lingerMs: number): Promise<void> {
    if (this.#state === 'ended') return;
    this.#farewell = { code: 'QUIT', text: 'Goodbye' };
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    const timer = setTimeout(() => this.#socket.destroy(), lingerMs);
    if (goodbye === undefined) this.#socket.end();
    else this.write(goodbye);
    await closed;
    clearTimeout(timer);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #open(options: ChatClientOptions, signal: AbortSignal | undefined): Promise<void> {
    const { timeoutMs = 10_000, tls } = options;
    const socket = this.#socket;
    const login = this.#login;
    return new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => {
        stop();
        if (this.#state === 'login') this.#state = 'ended';
        socket.destroy();
        reject(error instanceof ChatError || signal?.aborted ? error : connectError(error as Error, options));
      };
      const abort = (): void => fail(signal?.reason);
      const timer = setTimeout(
        () => fail(new Error(`no answer in ${timeoutMs} ms${socket.connecting ? '' : login.saw}`)),
        timeoutMs,
      );
      const stop = (): void => {
        clearTimeout(timer);
        login.stop();
        signal?.removeEventListener('abort', abort);
      };
      signal?.addEventListener('abort', abort);
      const welcome = (): void => {
        if (this.#state !== 'login') return;
        stop();
        this.#welcome();
        resolve();
      };
      socket.once(tls ? 'secureConnect' : 'connect', () => socket.write(login.begin(welcome)));
      socket.on('data', (chunk) => {
        this.#heardAt = performance.now();
        for (const line of this.#reader.push(chunk)) {
          if (this.#state === 'ended') return;
          if (this.#state === 'ready') this.#hear(line);
          else {
            const answer = login.hear(line);
            if (answer === 'welcome') welcome();
            else if (answer instanceof ChatError) fail(answer);
          }
        }
      });
      socket.on('error', (error) => {
        this.#farewell ??= { code: 'CONNECTION_LOST', text: error.message };
        if (this.#state === 'login') fail(error);
      });
      socket.on('close', () => {
        if (this.#state === 'login')
          fail(
            login.closed() ??
              new Error(`the server closed the connection${tls ? '' : ' without a word, it may speak TLS'}`),
          );
        else if (this.#state === 'ready') this.#ended();
      });
    });
  }

  #welcome(): void {
    this.#state = 'ready';
    const { keepAliveMs, lineBytes } = this.#login;
    this.#reader.welcomed(lineBytes);
    if (keepAliveMs > 0) this.#keepAlive = setInterval(() => this.#checkServer(keepAliveMs), keepAliveMs / 2);
    else this.#socket.setKeepAlive(true, probeMs);
    this.#host.welcomed(this);
    for (const line of this.#login.said) this.#host.heard(line);
  }

  #hear(line: ServerLine): void {
    if (line.type === 'notice' && line.keyword === 'ping') this.write(`/pong ${line.params[0] ?? ''}\n`);
    else if (line.type === 'notice' && line.keyword === 'bye')
      this.#farewell ??= { code: line.params[0] as ChatCode, text: line.text };
    else this.#host.heard(line);
  }

  /** A server can be gone without a word, too. */
  #checkServer(keepAliveMs: number): void {
    const silent = performance.now() - this.#heardAt;
    if (silent >= 2 * keepAliveMs) {
      this.#farewell = { code: 'TIMEOUT', text: 'The server does not answer' };
      this.#socket.destroy();
    } else if (silent >= keepAliveMs / 2) this.write('/ping\n');
  }

  #ended(): void {
    this.#state = 'ended';
    clearInterval(this.#keepAlive);
    this.#host.ended(this.#farewell ?? { code: 'CONNECTION_LOST', text: 'The connection was lost' });
  }

  #flush(): void {
    const text = this.#out;
    this.#out = '';
    if (!this.#socket.destroyed) this.#socket.write(text);
  }
}
