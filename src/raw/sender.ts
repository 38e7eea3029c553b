/**
 * Sends IPv4 packets, header included, through a raw socket.
 *
 * What Linux makes of the header on the way: it sets total length and header checksum always, and source address and
 * identification when they are zero (raw(7)). A wrong TCP checksum is sent as it is; a wrong IP checksum cannot be.
 *
 * @module
 */
import { formatIpv4 } from '../address.js';
import { RawSocketError } from '../errors.js';
import type { Packet } from '../wire/index.js';
import { type AddonSocket, openSocket, refused } from './addon.js';
import { now } from './clock.js';

const IPPROTO_IP = 0;
const IPPROTO_RAW = 255;
/** The option's number differs by system. */
const IP_HDRINCL = process.platform === 'darwin' ? 2 : 3;

/** How a sender works. */
export interface SenderOptions {
  /** Packets handed to the add-on at once. Its queue slows down beyond a thousand: 512 where left out. */
  window?: number;
}

/** A raw socket to send through, until it is closed. */
export class Sender {
  readonly #socket: AddonSocket;
  /** The add-on reads a packet when its turn comes, so each slot keeps its bytes until then. */
  readonly #scratch: Buffer[] = [];
  readonly #free: number[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #pending = new Set<(error: RawSocketError, at: bigint) => void>();
  #isOpen = true;
  #sent = 0;

  private constructor(socket: AddonSocket, window: number) {
    this.#socket = socket;
    for (let i = 0; i < window; i++) this.#free.push(i);
  }

  /**
   * Opens a socket.
   *
   * @throws RawSocketError `NO_PERMISSION`, `NO_ADDON`, `UNSUPPORTED` or `IO`
   */
  static open(options: SenderOptions = {}): Sender {
    const { window = 512 } = options;
    if (!Number.isInteger(window) || window < 1)
      throw new RangeError(`Cannot open a sender with window ${window}: an integer from 1 needed`);
    const socket = openSocket({ protocol: IPPROTO_RAW });
    try {
      socket.setOption(IPPROTO_IP, IP_HDRINCL, 1);
    } catch (cause) {
      socket.close();
      throw refused('include the IP header', cause);
    }
    return new Sender(socket, window);
  }

  /** Packets sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /**
   * Sends one packet to its own destination address. The bytes are copied before the call returns, unless the window is full: then when
   * its turn comes.
   *
   * @returns nanoseconds since 1970 at which it was handed to the kernel
   * @throws RawSocketError when the kernel refuses it or the sender is closed; RangeError when it is no IPv4 packet
   */
  send(packet: Packet | Uint8Array): Promise<bigint> {
    return new Promise((resolve, reject) => {
      const submit = (): void => {
        try {
          this.#submit(packet, (error, at) => (error ? reject(error) : resolve(at)));
        } catch (error) {
          reject(error);
        }
      };
      if (this.#free.length > 0 || !this.#isOpen) submit();
      else this.#waiting.push(submit);
    });
  }

  /**
   * Sends packets as fast as the window allows, in order, and resolves when the kernel has them all. Each is asked of the iterable when
   * there is room for it, and copied at once: a generator may build every packet into the same memory.
   *
   * @returns how many were sent
   */
  sendAll(packets: Iterable<Packet | Uint8Array>): Promise<number> {
    const iterator = packets[Symbol.iterator]();
    let count = 0;
    let flying = 0;
    let isDone = false;
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        isDone = true;
        iterator.return?.();
        reject(error);
      };
      const fill = (): void => {
        try {
          while (!isDone && this.#free.length > 0) {
            const next = iterator.next();
            if (next.done) {
              isDone = true;
              break;
            }
            flying++;
            this.#submit(next.value, (error) => {
              flying--;
              if (error) return fail(error);
              count++;
              if (isDone && flying === 0) resolve(count);
            });
          }
        } catch (error) {
          fail(error);
          return;
        }
        if (isDone) {
          if (flying === 0) resolve(count);
        } else this.#waiting.push(fill);
      };
      fill();
    });
  }

  /** Closes the socket. Packets still waiting for their turn fail with an error that says so. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#socket.close();
    // The add-on never calls back for what it still had queued.
    for (const fail of this.#pending) fail(closed(), 0n);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #submit(packet: Packet | Uint8Array, done: (error: RawSocketError | undefined, at: bigint) => void): void {
    if (!this.#isOpen) throw closed();
    const bytes = packet instanceof Uint8Array ? packet : packet.bytes;
    if (bytes.length < 20 || bytes[0]! >> 4 !== 4) {
      throw new RangeError(`Cannot send ${bytes.length} bytes: an IPv4 packet with its header needed`);
    }
    const slot = this.#free.pop()!;
    const buffer = this.#copy(slot, bytes);
    const destination = formatIpv4(buffer.readUInt32BE(16));
    let at = 0n;
    this.#pending.add(done);
    const before = (): void => {
      at = now();
    };
    this.#socket.send(buffer, 0, bytes.length, destination, before, (error) => {
      this.#pending.delete(done);
      this.#free.push(slot);
      if (!error) this.#sent++;
      done(error ? refused(`send ${bytes.length} bytes to ${destination}`, error) : undefined, at);
      while (this.#free.length > 0 && this.#waiting.length > 0) this.#waiting.shift()!();
    });
  }

  #copy(slot: number, bytes: Uint8Array): Buffer {
    let buffer = this.#scratch[slot];
    if (!buffer || buffer.length < bytes.length) {
      buffer = Buffer.allocUnsafeSlow(Math.max(2048, bytes.length));
      this.#scratch[slot] = buffer;
    }
    buffer.set(bytes);
    if (process.platform === 'darwin') {
      // ip(4): with the header included, length and offset are in host byte order.
      buffer.writeUInt16LE(buffer.readUInt16BE(2), 2);
      buffer.writeUInt16LE(buffer.readUInt16BE(6), 6);
    }
    return buffer;
  }
}

function closed(): RawSocketError {
  return new RawSocketError('IO', 'Cannot send: the sender is closed');
}
