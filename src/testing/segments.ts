/**
 * Hostile TCP traffic for tests: connections that lose, repeat, reorder, stall, reset and reuse ports, without regard for what a real
 * stack would do. The same for the same seed.
 *
 * @module
 */

import { encodeCapture, type PacketInit } from '../capture/index.js';
import { Random } from '../random.js';
import { build, ipv4, type TcpInit, tcp } from '../wire/index.js';

interface Side {
  isn: number;
  next: number;
  received: number;
  window: number;
  readonly sent: [seq: number, length: number][];
}

interface Connection {
  readonly port: number;
  readonly sides: readonly [Side, Side];
  readonly hasOptions: boolean;
  isOpen: boolean;
}

/** A pcap file of raw IP packets, `count` or a few more. */
export function hostileCapture(seed: number, count: number, connections: number = 20): Uint8Array {
  return new Hostility(seed).capture(count, connections);
}

class Hostility {
  readonly #random: Random;
  #time = 1_700_000_000_000_000_000n;
  readonly #packets: PacketInit[] = [];

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  capture(count: number, connections: number): Uint8Array {
    const open = Array.from({ length: connections }, (_, i) => this.#connection(i));
    while (this.#packets.length < count) {
      const i = this.#random.below(connections);
      const one = open[i]!;
      if (!one.isOpen) this.#handshake(one);
      else if (this.#random.fraction() < 0.02) open[i] = this.#connection(i);
      else this.#step(one);
    }
    return encodeCapture(this.#packets, { format: 'pcap', interfaces: [{ linkType: 101 }] });
  }

  #connection(port: number): Connection {
    const isWrapping = this.#random.fraction() < 0.2;
    const side = (): Side => {
      const isn = isWrapping ? (0xffffff00 + this.#random.below(200)) >>> 0 : this.#random.below(0x100000000);
      return { isn, next: (isn + 1) >>> 0, received: 0, window: this.#random.pick([100, 1000, 8192, 65535]), sent: [] };
    };
    const sides = [side(), side()] as const;
    sides[0].received = sides[1].next;
    sides[1].received = sides[0].next;
    return { port: 10_000 + port, sides, hasOptions: this.#random.fraction() < 0.6, isOpen: false };
  }

  #emit(one: Connection, from: 0 | 1, init: TcpInit, length: number = 0): void {
    const wait = this.#random.pick([20_000, 1e6, 5e6, 5e7, 4e8]) * this.#random.fraction();
    this.#time += BigInt(Math.floor(wait / 1000) * 1000);
    // Some are missed by whoever captures.
    if (this.#random.fraction() < 0.04) return;
    const [src, dst] = from === 0 ? ['10.0.0.1', '10.0.0.2'] : ['10.0.0.2', '10.0.0.1'];
    const ports = from === 0 ? { srcPort: one.port, dstPort: 80 } : { srcPort: 80, dstPort: one.port };
    const side = one.sides[from];
    const own = { seq: side.next, ack: side.received, window: side.window, flags: 'ACK' };
    const packet = build(ipv4({ src, dst }), tcp({ ...ports, ...own, ...init }), new Uint8Array(length).fill(0x41));
    this.#packets.push({ bytes: packet.bytes, timestamp: this.#time });
  }

  #handshake(one: Connection): void {
    const [a, b] = one.sides;
    one.isOpen = true;
    if (this.#random.fraction() > 0.8) return;
    const options = (): TcpInit => {
      if (!one.hasOptions) return {};
      if (this.#random.fraction() < 0.2) return { options: [{ mss: 1460 }] };
      return { options: [{ mss: 1460 }, { windowScale: this.#random.below(8) }, 'nop'] };
    };
    const syn = { seq: a.isn, ack: 0, flags: 'SYN', ...options() };
    this.#emit(one, 0, syn);
    if (this.#random.fraction() < 0.15) this.#emit(one, 0, syn);
    const synAck = { seq: b.isn, flags: 'SYN,ACK', ...options() };
    if (this.#random.fraction() < 0.9) this.#emit(one, 1, synAck);
    if (this.#random.fraction() < 0.1) this.#emit(one, 1, synAck);
    if (this.#random.fraction() < 0.9) this.#emit(one, 0, {});
    if (this.#random.fraction() < 0.05) this.#emit(one, 1, { seq: 0, flags: 'RST,ACK', window: 0 });
  }

  #send(one: Connection, from: 0 | 1, length: number): void {
    const side = one.sides[from];
    this.#emit(one, from, { flags: this.#random.fraction() < 0.5 ? 'PSH,ACK' : 'ACK' }, length);
    side.sent.push([side.next, length]);
    if (side.sent.length > 30) side.sent.shift();
    side.next = (side.next + length) >>> 0;
  }

  #step(one: Connection): void {
    const from = this.#random.fraction() < 0.5 ? 0 : 1;
    const to = from === 0 ? 1 : 0;
    const side = one.sides[from];
    const peer = one.sides[to];
    const x = this.#random.fraction();
    if (x < 0.3) {
      for (let n = 1 + this.#random.below(4); n > 0; n--)
        this.#send(one, from, this.#random.pick([1, 1, 10, 100, 536, 1460]));
    } else if (x < 0.34) {
      this.#send(one, from, peer.window > 0 && peer.window <= 1460 ? peer.window : 1000);
    } else if (x < 0.5) {
      side.received = peer.next;
      this.#emit(one, from, {});
    } else if (x < 0.56 && peer.sent.length > 0) {
      const [seq, length] = this.#random.pick(peer.sent);
      side.received = (seq + (this.#random.fraction() < 0.5 ? length : length >> 1)) >>> 0;
      this.#emit(one, from, {});
    } else if (x < 0.66) {
      this.#duplicates(one, from);
    } else if (x < 0.74 && side.sent.length > 0) {
      const [seq, length] = this.#random.pick(side.sent);
      this.#emit(one, from, { seq }, this.#random.pick([length, length, length + 5, Math.max(1, length >> 1)]));
    } else if (x < 0.78) {
      this.#stall(one, from);
    } else if (x < 0.83) {
      this.#emit(one, from, { seq: (side.next - 1) >>> 0 }, this.#random.pick([0, 1]));
      if (this.#random.fraction() < 0.8) this.#emit(one, to, {});
      if (this.#random.fraction() < 0.3)
        this.#emit(one, from, { seq: (side.next - 1) >>> 0 }, this.#random.pick([2, 20]));
    } else if (x < 0.86) {
      this.#emit(one, from, { flags: 'FIN,ACK' }, this.#random.pick([0, 0, 50]));
      side.next = (side.next + 1) >>> 0;
    } else if (x < 0.875) {
      this.#emit(one, from, { flags: this.#random.pick(['RST', 'RST,ACK']), window: 0 });
    } else if (x < 0.89) {
      side.next = (side.next + this.#random.pick([1, 10, 1460, 3000])) >>> 0;
    } else if (x < 0.905) {
      this.#emit(
        one,
        from,
        { ack: (side.received + this.#random.pick([1, 100, 5000])) >>> 0 },
        this.#random.pick([0, 0, 20]),
      );
    } else if (x < 0.915) {
      this.#emit(one, from, { seq: side.isn, ack: 0, flags: 'SYN' });
    } else {
      side.window = this.#random.pick([side.window, 100, 8192]);
      this.#emit(one, from, {}, this.#random.pick([0, 0, 30]));
    }
  }

  #duplicates(one: Connection, from: 0 | 1): void {
    const side = one.sides[from];
    const peer = one.sides[from === 0 ? 1 : 0];
    for (let n = 1 + this.#random.below(4); n > 0; n--) {
      const [seq, length] = peer.sent.length > 0 ? this.#random.pick(peer.sent) : [0, 0];
      const hasSack = length > 0 && this.#random.fraction() < 0.5;
      this.#emit(one, from, hasSack ? { options: ['nop', 'nop', { sack: [[seq, (seq + length) >>> 0]] }] } : {});
    }
    if (this.#random.fraction() < 0.6)
      this.#emit(one, from === 0 ? 1 : 0, { seq: side.received }, this.#random.pick([10, 100, 1460]));
  }

  #stall(one: Connection, from: 0 | 1): void {
    const to = from === 0 ? 1 : 0;
    const side = one.sides[from];
    const peer = one.sides[to];
    side.window = this.#random.pick([0, 0, 100, 1000, 8192, 65535]);
    this.#emit(one, from, {});
    if (side.window > 0 || this.#random.fraction() > 0.7) return;
    for (let n = 1 + this.#random.below(2); n > 0; n--) {
      this.#emit(one, to, {}, 1);
      if (this.#random.fraction() < 0.3) {
        peer.next = (peer.next + 1) >>> 0;
        side.received = peer.next;
      }
      if (this.#random.fraction() < 0.8) this.#emit(one, from, {});
    }
  }
}
