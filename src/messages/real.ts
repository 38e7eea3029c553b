/**
 * The *real* way to send: the kernel's own sockets, driven by the table of messages. Each pair of applications talks over one TCP
 * connection, or over UDP where a row's protocol says so, on 127.0.0.1 or ::1. No privilege is needed to speak, only to sniff.
 *
 * @module
 */
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { equalBytes } from '../bytes.js';
import type { Frame, PacketInit } from '../capture/index.js';
import { Tcp, Udp } from '../wire/index.js';
import { isControl, type Message } from './message.js';
import { type Pair, pairUp } from './pair.js';
import { payloadsOf } from './payload.js';
import type { CarriedRow, SendingPlan } from './plan.js';
import { assignPorts } from './ports.js';
import {
  annotateRows,
  type CapturedPacket,
  findRows,
  type MatchOptions,
  type PlannedRow,
  type Run,
  type SentRow,
  type SoughtRow,
} from './run.js';

/** How to speak. */
export interface RealOptions {
  /** Loopback address to speak on: 127.0.0.1 where left out. */
  host?: '127.0.0.1' | '::1';
  /** Stretches (above 1) or shortens (below) the rows' times. */
  scale?: number;
}

/** A row, and on which ports it was said, once it was. */
interface SaidRow extends PlannedRow {
  readonly payload: Uint8Array;
  readonly fromServer: boolean;
  srcPort?: number;
  dstPort?: number;
}

/** Rows of one pair and the sockets between them. Both ends are here. */
interface Line {
  readonly isDatagram: boolean;
  /** Nanoseconds from the start at which its first row is due, one without data included. */
  readonly opensAt: bigint;
  readonly rows: readonly SaidRow[];
  readonly sockets: Sockets;
}

/** Applications that are ready to speak. Open one, sniff on its `ports`, `play` it, `close` it. */
export class RealExchange implements SendingPlan {
  readonly #lines: readonly Line[];

  private constructor(lines: readonly Line[]) {
    this.#lines = lines;
  }

  /**
   * Listens for every pair of applications; connections are opened by `play`. Datagrams go between the ports that the table's applications
   * have where these are free, so that DNS is seen to be DNS; connections between ports that the kernel chooses.
   */
  static async open(messages: Iterable<Message>, options: RealOptions = {}): Promise<RealExchange> {
    const { host = '127.0.0.1', scale = 1 } = options;
    const rows = [...messages];
    const payloads = payloadsOf(rows);
    const lines: Line[] = [];
    for (const pair of pairUp(rows, assignPorts(rows))) {
      const { isDatagram } = pair;
      const sockets = await (isDatagram ? openDatagrams(host, pair) : openConnection(host));
      const opensAt = dueAt(pair.rows[0]!.message, scale);
      lines.push({ isDatagram, opensAt, rows: rowsOf(pair, payloads, scale), sockets });
    }
    return new RealExchange(lines);
  }

  /** Each row with the time at which it is to be said. Segments without data are not among them: the kernel makes its connections' own. */
  get rows(): readonly PlannedRow[] {
    return this.#said();
  }

  /** Ports that are listened on, free ones that the kernel chose: what to sniff on, matching either end. */
  get ports(): readonly number[] {
    return this.#lines.map(({ sockets }) => sockets.port);
  }

  /** What each row is carried as; ports of clients are known when they have spoken. */
  get carried(): readonly CarriedRow[] {
    const lineOf = new Map(this.#lines.flatMap((line) => line.rows.map((row) => [row, line] as const)));
    return this.#said().map((row) => {
      const { isDatagram, sockets } = lineOf.get(row)!;
      const { message, payload, fromServer, srcPort = fromServer ? sockets.port : undefined } = row;
      const { dstPort = fromServer ? undefined : sockets.port } = row;
      return { message, transport: isDatagram ? 'udp' : 'tcp', srcPort, dstPort, payload };
    });
  }

  /** Seconds from the start of the run to the last row. */
  get duration(): number {
    return Number(this.#said().at(-1)?.at ?? 0n) / 1e9;
  }

  /** What a capture of it is to hold: each packet that carries a row, or the first of its packets, with its `msg_id` as a comment. */
  capture(packets: readonly CapturedPacket[]): PacketInit[] {
    return annotateRows(this.#said().map(sought), packets);
  }

  /** Finds each row in a capture again. */
  run(frames: readonly Frame[], options: MatchOptions): Run {
    return findRows(this.#said().map(sought), frames, options);
  }

  /** In the order of their times. */
  #said(): SaidRow[] {
    return this.#lines.flatMap(({ rows }) => rows).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  }

  /**
   * Says every row at its time, each pair's rows one after the other, then closes the connections from the side that opened them. Gives
   * the moment that the rows' times count from, in nanoseconds since 1970, and when each was handed to the kernel.
   *
   * @throws DOMException `TimeoutError` when the other end does not get a row within five seconds
   * @param onSent called when a row has been handed to the kernel
   */
  async play(onSent?: (message: Message) => void): Promise<{ startedAt: bigint; sent: readonly SentRow[] }> {
    const began = performance.now();
    const startedAt = wallTime(began);
    const sent: SentRow[] = [];
    await Promise.all(
      this.#lines.map(async ({ rows, opensAt, sockets }) => {
        if (rows.length === 0) {
          await until(began, opensAt);
          await sockets.open();
        }
        for (const row of rows) {
          await until(began, row.at);
          const sentAt = wallTime(performance.now());
          Object.assign(row, await sockets.say(row.payload, row.fromServer));
          const { message, at } = row;
          sent.push({ message, at, sentAt });
          onSent?.(message);
        }
        await sockets.finish();
      }),
    );
    return { startedAt, sent };
  }

  /** Frees the ports. */
  async close(): Promise<void> {
    for (const { sockets } of this.#lines) await sockets.close();
  }

  /** A line for each row. */
  toString(): string {
    return this.#said()
      .map(({ message, at }) => `msg_id ${message.msgId} at ${Number(at) / 1e9} s: ${message.message}`)
      .join('\n');
  }

  toJSON(): unknown {
    return {
      ports: this.ports,
      rows: this.#said().map(({ message, at }) => ({ msgId: message.msgId, at: Number(at) / 1e9 })),
    };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** Resolves `at` nanoseconds after the moment `began`. */
async function until(began: number, at: bigint): Promise<void> {
  const due = began + Number(at) / 1e6;
  // A timer may fire up to a millisecond early.
  for (let left = due - performance.now(); left > 0; left = due - performance.now())
    await new Promise((resolve) => setTimeout(resolve, left));
}

/** A moment of `performance.now()` in nanoseconds since 1970. */
function wallTime(moment: number): bigint {
  return BigInt(Math.round((performance.timeOrigin + moment) * 1e3)) * 1000n;
}

function dueAt({ timestamp }: Message, scale: number): bigint {
  return BigInt(Math.round(timestamp * scale * 1e9));
}

function rowsOf({ rows }: Pair, payloads: ReadonlyMap<Message, Uint8Array>, scale: number): SaidRow[] {
  const said = rows.filter(({ message }) => !isControl(message));
  return said.map(({ message, fromServer }) => ({
    message,
    fromServer,
    at: dueAt(message, scale),
    payload: payloads.get(message)!,
  }));
}

/** A row is in the packet whose payload is, or begins, what was said on its ports. */
function sought(row: SaidRow): SoughtRow {
  const { message, at, payload } = row;
  return {
    planned: { message, at },
    isIn(packet) {
      const transport = packet.get(Tcp) ?? packet.get(Udp);
      if (transport === undefined || transport.srcPort !== row.srcPort || transport.dstPort !== row.dstPort)
        return false;
      const { payload: carried } = transport;
      if (transport instanceof Udp) return equalBytes(carried, payload);
      return carried.length > 0 && equalBytes(carried, payload.subarray(0, carried.length));
    },
  };
}

/** The two ends of a pair. */
interface Sockets {
  /** The port that is listened on. */
  readonly port: number;
  /** Opens the connection, where there is one. */
  open(): Promise<void>;
  /** Says something; resolves when the other end has it, to the ports it went from and to. */
  say(payload: Uint8Array, fromServer: boolean): Promise<{ srcPort: number; dstPort: number }>;
  /** Says farewell, from the side that opened the connection. */
  finish(): Promise<void>;
  /** Frees the ports. */
  close(): Promise<void>;
}

/** The other end of loopback answers at once or never. */
function patience(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(5000) };
}

async function openConnection(host: string): Promise<Sockets> {
  const listener: Server = createServer({ noDelay: true });
  listener.listen(0, host);
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  let ends: { client: Socket; server: Socket; clientPort: number } | undefined;
  const connection = async () => {
    if (ends) return ends;
    const accepted = once(listener, 'connection') as Promise<[Socket]>;
    const client = connect({ port, host, noDelay: true });
    const [[server]] = await Promise.all([accepted, once(client, 'connect')]);
    client.resume();
    server.resume();
    ends = { client, server, clientPort: client.localPort! };
    return ends;
  };
  return {
    port,
    async open() {
      await connection();
    },
    async say(payload, fromServer) {
      const { client, server, clientPort } = await connection();
      const [from, to] = fromServer ? [server, client] : [client, server];
      // A row is said once the other side has read it whole, so that rows keep their order and their segments.
      const before = to.bytesRead;
      from.write(payload);
      while (to.bytesRead < before + payload.length) await once(to, 'data', patience());
      return fromServer ? { srcPort: port, dstPort: clientPort } : { srcPort: clientPort, dstPort: port };
    },
    async finish() {
      if (!ends) return;
      const closed = [once(ends.client, 'close'), once(ends.server, 'close')];
      ends.client.end();
      await Promise.all(closed);
    },
    async close() {
      ends?.client.destroy();
      ends?.server.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

async function openDatagrams(host: string, { clientPort, serverPort }: Pair): Promise<Sockets> {
  const bind = async (port: number): Promise<DatagramSocket> => {
    const socket = createSocket(host === '::1' ? 'udp6' : 'udp4');
    try {
      socket.bind(port, host);
      await once(socket, 'listening');
      return socket;
    } catch (refusal) {
      // Taken, or not for an ordinary user: then any.
      socket.close();
      if (port === 0) throw refusal;
      return bind(0);
    }
  };
  const [client, server] = await Promise.all([bind(clientPort), bind(serverPort)]);
  return {
    port: server.address().port,
    async open() {},
    async say(payload, fromServer) {
      const [from, to] = fromServer ? [server, client] : [client, server];
      const [srcPort, dstPort] = [from.address().port, to.address().port];
      const arrived = once(to, 'message', patience());
      from.send(payload, dstPort, host);
      await arrived;
      return { srcPort, dstPort };
    },
    async finish() {},
    async close() {
      const closed = [once(client, 'close'), once(server, 'close')];
      client.close();
      server.close();
      await Promise.all(closed);
    },
  };
}
