/**
 * The *real* way to send: the kernel's own sockets, driven by the table of messages. Each pair of applications talks over one TCP
 * connection, or over UDP where a row's protocol says so, on 127.0.0.1 or ::1. No privilege is needed to speak, only to sniff.
 *
 * @module
 */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { toBytes } from '../bytes.js';
import { datagramPayload, isDatagram } from './datagram.js';
import type { Message } from './message.js';

/** How to speak. */
export interface RealOptions {
  /** Loopback address to speak on: 127.0.0.1 where left out. */
  host?: '127.0.0.1' | '::1';
  /** Stretches (above 1) or shortens (below) the rows' times. */
  scale?: number;
}

/** Two applications with a way between them. Both ends of it are here. */
interface Pair {
  readonly rows: Message[];
  say(message: Message, payload: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Applications that are ready to speak. Open one, sniff on its `ports`, `play` it, `close` it. */
export class RealExchange {
  readonly #pairs: readonly Pair[];
  readonly #options: RealOptions;
  readonly #close: () => Promise<void>;
  /** Ports that are listened on, free ones that the kernel chose: what to sniff on, matching either end. */
  readonly ports: readonly number[];

  private constructor(
    pairs: readonly Pair[],
    ports: readonly number[],
    options: RealOptions,
    close: () => Promise<void>,
  ) {
    this.#pairs = pairs;
    this.ports = ports;
    this.#options = options;
    this.#close = close;
  }

  /** Listens for every pair of applications; connections are opened by `play`. */
  static async open(messages: Iterable<Message>, options: RealOptions = {}): Promise<RealExchange> {
    const { host = '127.0.0.1' } = options;
    const groups = new Map<string, Message[]>();
    for (const message of messages) {
      const key = `${isDatagram(message) ? 'udp' : 'tcp'} ${[message.srcApp, message.dstApp].sort().join(' ')}`;
      const rows = groups.get(key);
      if (rows) rows.push(message);
      else groups.set(key, [message]);
    }
    const ports: number[] = [];
    const closers: (() => Promise<void>)[] = [];
    const pairs: Pair[] = [];
    for (const [key, rows] of groups) {
      const open = key.startsWith('udp') ? openDatagrams : openConnection;
      const { pair, port, close } = await open(rows, host);
      pairs.push(pair);
      ports.push(port);
      closers.push(close);
    }
    return new RealExchange(pairs, ports, options, async () => {
      for (const close of closers) await close();
    });
  }

  /**
   * Says every row at its time, each pair's rows one after the other, then closes the connections from the side that opened them.
   *
   * @throws DOMException `TimeoutError` when the other end does not get a row within five seconds
   * @param onSent called when a row has been handed to the kernel
   */
  async play(onSent?: (message: Message) => void): Promise<void> {
    const { scale = 1 } = this.#options;
    const began = performance.now();
    await Promise.all(
      this.#pairs.map(async (pair) => {
        const said: Message[] = [];
        for (const message of [...pair.rows].sort((a, b) => a.timestamp - b.timestamp)) {
          const left = message.timestamp * scale * 1000 - (performance.now() - began);
          if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
          await pair.say(message, isDatagram(message) ? datagramPayload(message, said) : toBytes(message.message));
          said.push(message);
          onSent?.(message);
        }
        await pair.close();
      }),
    );
  }

  /** Frees the ports. */
  close(): Promise<void> {
    return this.#close();
  }
}

/** The other end of loopback answers at once or never. */
function patience(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(5000) };
}

interface Opened {
  readonly pair: Pair;
  readonly port: number;
  close(): Promise<void>;
}

async function openConnection(rows: Message[], host: string): Promise<Opened> {
  const listener: Server = createServer({ noDelay: true });
  listener.listen(0, host);
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  // The application that is spoken to first listens.
  const server = rows[0]!.dstApp;
  let ends: { client: Socket; server: Socket } | undefined;
  const connection = async (): Promise<{ client: Socket; server: Socket }> => {
    if (ends) return ends;
    const accepted = once(listener, 'connection') as Promise<[Socket]>;
    const client = connect({ port, host, noDelay: true });
    const [[served]] = await Promise.all([accepted, once(client, 'connect')]);
    client.resume();
    served.resume();
    ends = { client, server: served };
    return ends;
  };
  const pair: Pair = {
    rows,
    async say(message, payload) {
      const { client, server: served } = await connection();
      const [from, to] = message.srcApp === server ? [served, client] : [client, served];
      // A row is said once the other side has read it whole, so that rows keep their order and their segments.
      const before = to.bytesRead;
      from.write(payload);
      while (to.bytesRead < before + payload.length) await once(to, 'data', patience());
    },
    async close() {
      if (!ends) return;
      const closed = [once(ends.client, 'close'), once(ends.server, 'close')];
      ends.client.end();
      await Promise.all(closed);
    },
  };
  return {
    pair,
    port,
    close: async () => {
      ends?.client.destroy();
      ends?.server.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

async function openDatagrams(rows: Message[], host: string): Promise<Opened> {
  const bind = async (): Promise<DatagramSocket> => {
    const socket = createSocket(host === '::1' ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return socket;
  };
  const [client, served] = await Promise.all([bind(), bind()]);
  // The application that is spoken to first listens.
  const server = rows[0]!.dstApp;
  const pair: Pair = {
    rows,
    async say(message, payload) {
      const [from, to] = message.srcApp === server ? [served, client] : [client, served];
      const arrived = once(to, 'message', patience());
      from.send(payload, to.address().port, host);
      await arrived;
    },
    async close() {},
  };
  return {
    pair,
    port: served.address().port,
    close: async () => {
      const closed = [once(client, 'close'), once(served, 'close')];
      client.close();
      served.close();
      await Promise.all(closed);
    },
  };
}
