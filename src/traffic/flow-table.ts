/**
 * Finds the flow that a packet belongs to by addresses and ports, either way round, without making a key.
 *
 * A string per packet as the key of a `Map` takes longer than all of TCP's analysis (`bench/traffic.ts`).
 *
 * @module
 */
import { formatIpv4, formatIpv6 } from '../address.js';
import type { Outline } from './outline.js';

/** Two endpoints, `a` the one whose packet came first. Addresses are held as 32-bit words, one for IPv4 and four for IPv6. */
export class Flow<T> {
  readonly version: number;
  readonly a0: number;
  readonly a1: number;
  readonly a2: number;
  readonly a3: number;
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly b3: number;
  readonly aPort: number;
  readonly bPort: number;
  /** What is known of it. */
  value: T | undefined = undefined;
  /** Number that its stream will have, where a packet was heard of and none seen; or -1. */
  reserved: number = -1;
  /** @internal Next in the same bucket. */
  next: Flow<T> | undefined;
  /** @internal */
  readonly hash: number;

  /** @internal Made by the table from the words it has read. */
  constructor(
    version: number,
    words: Int32Array,
    aPort: number,
    bPort: number,
    hash: number,
    next: Flow<T> | undefined,
  ) {
    this.version = version;
    this.a0 = words[0]!;
    this.a1 = words[1]!;
    this.a2 = words[2]!;
    this.a3 = words[3]!;
    this.b0 = words[4]!;
    this.b1 = words[5]!;
    this.b2 = words[6]!;
    this.b3 = words[7]!;
    this.aPort = aPort;
    this.bPort = bPort;
    this.hash = hash;
    this.next = next;
  }

  /** Address of `a` as text. */
  get aAddress(): string {
    return addressText(this.version, [this.a0, this.a1, this.a2, this.a3]);
  }

  /** Address of `b` as text. */
  get bAddress(): string {
    return addressText(this.version, [this.b0, this.b1, this.b2, this.b3]);
  }
}

function addressText(version: number, words: readonly [number, number, number, number]): string {
  if (version === 4) return formatIpv4(words[0] >>> 0);
  const view = new DataView(new ArrayBuffer(16));
  for (const [i, word] of words.entries()) view.setInt32(4 * i, word);
  return formatIpv6(view, 0);
}

/** Spreads a word's bits; the constants are those of MurmurHash3's finalizer. */
function mix(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** All flows of one protocol. */
export class FlowTable<T> {
  #buckets: (Flow<T> | undefined)[] = new Array(1024).fill(undefined);
  #size = 0;
  readonly #words = new Int32Array(8);
  #last: Flow<T> | undefined;
  /** Whether the flow found last was found the other way round: the packet goes from `b` to `a`. */
  isReverse: boolean = false;

  /** Flows in the table. */
  get size(): number {
    return this.#size;
  }

  /** The flow of the packet whose headers `outline` has found, made when it is new. */
  find(outline: Outline): Flow<T> {
    const { view, ipAt, ipVersion, transportAt } = outline;
    const ports = view.getUint32(transportAt);
    return this.lookup(view, ipAt, ipVersion, ports >>> 16, ports & 0xffff);
  }

  /** The flow between two addresses and ports; ports are 0 for a conversation of IP. */
  lookup(view: DataView, ipAt: number, ipVersion: number, srcPort: number, dstPort: number): Flow<T> {
    const words = this.#words;
    if (ipVersion === 4) {
      words[0] = view.getInt32(ipAt + 12);
      words[4] = view.getInt32(ipAt + 16);
      words[1] = words[2] = words[3] = words[5] = words[6] = words[7] = 0;
    } else {
      for (let i = 0; i < 8; i++) words[i] = view.getInt32(ipAt + 8 + 4 * i);
    }
    const last = this.#last;
    if (last !== undefined && this.#isSame(last, ipVersion, srcPort, dstPort)) return last;
    const src = mix(words[0]! ^ mix(words[1]! ^ mix(words[2]! ^ mix(words[3]! ^ srcPort))));
    const dst = mix(words[4]! ^ mix(words[5]! ^ mix(words[6]! ^ mix(words[7]! ^ dstPort))));
    const hash = (src + dst) | 0;
    const bucket = hash & (this.#buckets.length - 1);
    let flow = this.#buckets[bucket];
    while (flow !== undefined) {
      if (flow.hash === hash && this.#isSame(flow, ipVersion, srcPort, dstPort)) {
        this.#last = flow;
        return flow;
      }
      flow = flow.next;
    }
    this.isReverse = false;
    const made = new Flow<T>(ipVersion, words, srcPort, dstPort, hash, this.#buckets[bucket]);
    this.#buckets[bucket] = made;
    this.#last = made;
    if (++this.#size > this.#buckets.length) this.#grow();
    return made;
  }

  /** A flow that was only heard of begins with the packet at hand, whose source is its `a`. */
  renew(flow: Flow<T>, outline: Outline): Flow<T> {
    this.delete(flow);
    const begun = this.find(outline);
    begun.reserved = flow.reserved;
    return begun;
  }

  /** Forgets a flow. */
  delete(flow: Flow<T>): void {
    const bucket = flow.hash & (this.#buckets.length - 1);
    let at = this.#buckets[bucket];
    let before: Flow<T> | undefined;
    while (at !== undefined && at !== flow) {
      before = at;
      at = at.next;
    }
    if (at === undefined) return;
    if (before === undefined) this.#buckets[bucket] = at.next;
    else before.next = at.next;
    this.#size--;
    if (this.#last === flow) this.#last = undefined;
  }

  /** Every flow, in no particular order. */
  *[Symbol.iterator](): Generator<Flow<T>, void, undefined> {
    for (const head of this.#buckets) for (let flow = head; flow !== undefined; flow = flow.next) yield flow;
  }

  #isSame(flow: Flow<T>, version: number, srcPort: number, dstPort: number): boolean {
    const w = this.#words;
    if (flow.version !== version) return false;
    if (flow.a0 === w[0] && flow.b0 === w[4] && flow.aPort === srcPort && flow.bPort === dstPort) {
      if (
        version === 4 ||
        (flow.a1 === w[1] &&
          flow.a2 === w[2] &&
          flow.a3 === w[3] &&
          flow.b1 === w[5] &&
          flow.b2 === w[6] &&
          flow.b3 === w[7])
      ) {
        this.isReverse = false;
        return true;
      }
    }
    if (flow.a0 === w[4] && flow.b0 === w[0] && flow.aPort === dstPort && flow.bPort === srcPort) {
      if (
        version === 4 ||
        (flow.a1 === w[5] &&
          flow.a2 === w[6] &&
          flow.a3 === w[7] &&
          flow.b1 === w[1] &&
          flow.b2 === w[2] &&
          flow.b3 === w[3])
      ) {
        this.isReverse = true;
        return true;
      }
    }
    return false;
  }

  #grow(): void {
    const flows = [...this];
    this.#buckets = new Array(this.#buckets.length * 4).fill(undefined);
    for (const flow of flows) {
      const bucket = flow.hash & (this.#buckets.length - 1);
      flow.next = this.#buckets[bucket];
      this.#buckets[bucket] = flow;
    }
  }
}
