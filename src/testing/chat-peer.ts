/**
 * Chat clients and servers as bare as they come, for tests: a socket, and what has arrived on it.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';

/** Thrown away when nothing arrives for this long. Only a failing test waits for it. */
const patienceMs = 5000;

/** A TCP client that writes bytes and waits for bytes. */
export class RawPeer {
  readonly socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #isClosed = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake?.();
    });
    socket.on('error', () => {});
    const end = (): void => {
      this.#isClosed = true;
      this.#wake?.();
    };
    socket.on('end', end);
    socket.on('close', end);
  }

  static async connect(port: number, host = '127.0.0.1', localAddress?: string): Promise<RawPeer> {
    const socket = connect({ port, host, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawPeer(socket);
  }

  /** Connects and logs in with `/login`, the welcome read. */
  static async login(port: number, name: string): Promise<RawPeer> {
    const peer = await RawPeer.connect(port);
    peer.write(`/login ${name}\n`);
    const line = await peer.line();
    if (!line.startsWith('* welcome ')) throw new Error(`No welcome for ${name}: ${line}`);
    return peer;
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  close(): void {
    this.socket.end();
  }

  kill(): void {
    this.socket.resetAndDestroy();
  }

  /** The next line, without its LF. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#bytes.indexOf(0x0a);
      if (end >= 0) return this.#take(end + 1).slice(0, -1);
      await this.#more();
    }
  }

  /** The next line that is no presence notice. */
  async said(): Promise<string> {
    for (;;) {
      const line = await this.line();
      if (!line.startsWith('* join ') && !line.startsWith('* leave ')) return line;
    }
  }

  /** All that has arrived, once something has: what one `recv` would find. */
  async read(): Promise<string> {
    while (this.#bytes.length === 0) await this.#more();
    return this.#take(this.#bytes.length);
  }

  /** Exactly this many bytes. */
  async bytes(count: number): Promise<string> {
    while (this.#bytes.length < count) await this.#more();
    return this.#take(count);
  }

  /** Waits for the other side to close, and gives what arrived before. */
  async closed(): Promise<string> {
    while (!this.#isClosed) await this.#more();
    return this.#take(this.#bytes.length);
  }

  #take(count: number): string {
    const text = this.#bytes.subarray(0, count).toString('utf8');
    this.#bytes = this.#bytes.subarray(count);
    return text;
  }

  async #more(): Promise<void> {
    if (this.#isClosed) throw new Error(`The connection was closed; left: ${JSON.stringify(this.#bytes.toString())}`);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`Nothing more arrived; left: ${JSON.stringify(this.#bytes.toString())}`));
      }, patienceMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
