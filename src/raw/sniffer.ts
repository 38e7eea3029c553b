/**
 * Keeps the lab's own TCP and UDP packets and nothing else.
 *
 * A raw TCP socket is given every TCP packet that reaches the machine, one of UDP every datagram. What does not match the addresses and ports asked for is
 * dropped before it is kept, and counted.
 *
 * @module
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { parseIpv4 } from '../address.js';
import { RawSocketError } from '../errors.js';
import { type AddonSocket, openSocket } from './addon.js';
import { now } from './clock.js';

/** TCP and UDP. */
const protocols: readonly number[] = [6, 17];
/** Room for the longest datagram: the add-on cuts what does not fit and says nothing. */
const bufferSize = 0x10000;

/**
 * Bytes that may wait in the kernel for this process. Every such packet of the machine waits there before it is looked at, so a busy
 * neighbour or a long computation fills the usual 200 KiB in no time.
 */
const queueSize = 64 * 2 ** 20;
const SOL_SOCKET = process.platform === 'linux' ? 1 : 0xffff;
const SO_RCVBUF = process.platform === 'linux' ? 8 : 0x1002;
/** Linux only: beyond the system's limit, for processes with CAP_NET_ADMIN. */
const SO_RCVBUFFORCE = 33;

/** Whose packets to keep. Both lists are needed: a capture must not hold other people's traffic. */
export interface SnifferOptions {
  /** IPv4 addresses; both of a packet's must be among them. */
  addresses: readonly string[];
  /** TCP and UDP ports of the lab. */
  ports: readonly number[];
  /**
   * Whether both of a packet's ports must be the lab's, or one does: `either` fits a server on a port of its own whose
   * clients' ports are not known beforehand. `both` where left out.
   */
  match?: 'both' | 'either';
  /** Bytes kept at the most, after which packets are dropped and counted: 64 MiB where left out. */
  limit?: number;
}

/** A packet as it came from the kernel, IP header first, in memory of its own. */
export interface SniffedPacket {
  readonly bytes: Uint8Array;
  /** Nanoseconds since 1970 at which this process was given it. */
  readonly timestamp: bigint;
}

/** A raw socket to listen on. Iterates over packets as they come, until closed. */
export class Sniffer implements AsyncIterable<SniffedPacket> {
  readonly #sockets: readonly AddonSocket[];
  /** Inodes of the sockets, by which the kernel lists their losses. */
  readonly #inodes: readonly string[];
  readonly #addresses: ReadonlySet<number>;
  readonly #ports: ReadonlySet<number>;
  readonly #needsBoth: boolean;
  readonly #limit: number;
  readonly #kept: SniffedPacket[] = [];
  readonly #waiting = new Set<() => void>();
  #bytes = 0;
  #foreign = 0;
  #overflow = 0;
  #last = 0n;
  #failure: RawSocketError | undefined;
  #isOpen = true;
  #lostAtClose: number | undefined;

  private constructor(sockets: readonly AddonSocket[], inodes: readonly string[], options: SnifferOptions) {
    this.#sockets = sockets;
    this.#inodes = inodes;
    this.#addresses = new Set(options.addresses.map(parseIpv4));
    this.#ports = new Set(options.ports);
    this.#needsBoth = options.match !== 'either';
    this.#limit = options.limit ?? 64 * 2 ** 20;
    for (const socket of sockets) {
      socket.on('message', (buffer: Buffer) => this.#take(buffer));
      socket.on('error', (cause: Error) => {
        this.#failure = new RawSocketError('IO', `Cannot sniff on: ${cause.message}`, { cause });
        this.close();
      });
    }
  }

  /**
   * Starts to listen.
   *
   * @throws RangeError when addresses or ports are missing; RawSocketError when the kernel or the add-on says no
   */
  static open(options: SnifferOptions): Sniffer {
    if (!options.addresses?.length || !options.ports?.length) {
      throw new RangeError('Cannot sniff without addresses and ports: name those of the lab, such as 127.0.0.1 and 80');
    }
    for (const port of options.ports) {
      if (!Number.isInteger(port) || port < 1 || port > 0xffff)
        throw new RangeError(`Cannot sniff port ${port}: an integer from 1 to 65535 needed`);
    }
    for (const address of options.addresses) parseIpv4(address);
    const before = socketInodes();
    const sockets: AddonSocket[] = [];
    try {
      for (const protocol of protocols) sockets.push(openSocket({ protocol, bufferSize }));
    } catch (refusal) {
      for (const socket of sockets) socket.close();
      throw refusal;
    }
    const inodes = socketInodes().filter((one) => !before.includes(one));
    for (const socket of sockets) enlargeQueue(socket);
    return new Sniffer(sockets, inodes, options);
  }

  /** Packets kept so far, in the order they came. */
  get packets(): readonly SniffedPacket[] {
    return this.#kept;
  }

  /**
   * Packets dropped: other people's; the lab's own beyond the limit; and what the kernel lost because this process did not take it in time,
   * anybody's, as Linux counts it (elsewhere it is not known).
   */
  get dropped(): { readonly foreign: number; readonly overflow: number; readonly kernel: number | undefined } {
    return { foreign: this.#foreign, overflow: this.#overflow, kernel: this.#lost };
  }

  /** Resolves when, counted from the call, no packet of the lab has come for `quietMs`. */
  async settle(quietMs = 50): Promise<void> {
    const called = now();
    for (;;) {
      const since = this.#last > called ? this.#last : called;
      const quiet = Number(now() - since) / 1e6;
      if (!this.#isOpen || quiet >= quietMs) break;
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, quietMs - quiet)));
    }
    if (this.#failure) throw this.#failure;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SniffedPacket> {
    for (let i = 0; ; ) {
      while (i < this.#kept.length) yield this.#kept[i++]!;
      if (this.#failure) throw this.#failure;
      if (!this.#isOpen) return;
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  /** Stops listening; what was kept stays. */
  close(): void {
    if (!this.#isOpen) return;
    this.#lostAtClose = this.#lost;
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.close();
    this.#wake();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Losses that the kernel counted, as of the close where that has come. */
  get #lost(): number | undefined {
    if (!this.#isOpen) return this.#lostAtClose;
    return kernelDrops(this.#inodes);
  }

  #take(buffer: Buffer): void {
    // The buffer is one that the add-on uses again for the next packet.
    if (!this.#isOpen) return;
    if (!this.#isOurs(buffer)) {
      this.#foreign++;
      return;
    }
    if (this.#bytes + buffer.length > this.#limit) {
      this.#overflow++;
      return;
    }
    const timestamp = now();
    const bytes = new Uint8Array(buffer);
    if (process.platform === 'darwin') {
      // ip(4): the kernel hands up the length in host byte order and without the header.
      new DataView(bytes.buffer).setUint16(2, bytes.length);
    }
    this.#bytes += bytes.length;
    this.#last = timestamp;
    this.#kept.push({ bytes, timestamp });
    this.#wake();
  }

  #isOurs(buffer: Buffer): boolean {
    if (buffer.length < 20) return false;
    const at = (buffer[0]! & 15) * 4;
    if (buffer.length < at + 4) return false;
    if (!this.#addresses.has(buffer.readUInt32BE(12)) || !this.#addresses.has(buffer.readUInt32BE(16))) return false;
    const src = this.#ports.has(buffer.readUInt16BE(at));
    const dst = this.#ports.has(buffer.readUInt16BE(at + 2));
    return this.#needsBoth ? src && dst : src || dst;
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

function enlargeQueue(socket: AddonSocket): void {
  if (process.platform === 'linux') {
    try {
      socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, queueSize);
      return;
    } catch {
      // Without CAP_NET_ADMIN the kernel grants up to its limit, which the next call asks for; losses are counted either way.
    }
  }
  socket.setOption(SOL_SOCKET, SO_RCVBUF, queueSize);
}

/** Inodes of this process's sockets; none where there is no such list. */
function socketInodes(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? [];
    } catch {
      return []; // The descriptor of the listing itself is gone by now.
    }
  });
}

/** The `drops` of raw sockets in the kernel's table; nothing where they are not listed. */
function kernelDrops(inodes: readonly string[]): number | undefined {
  if (inodes.length === 0) return undefined;
  let drops: number | undefined;
  for (const line of readFileSync('/proc/net/raw', 'ascii').split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    if (inodes.includes(columns[9]!)) drops = (drops ?? 0) + Number(columns.at(-1));
  }
  return drops;
}
