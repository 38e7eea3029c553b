/**
 * Ranges of addresses and numbers, and the packets that they expand to.
 *
 * @module
 */
import { formatIpv4, formatIpv6, isIpv4, parseIpv4, parseIpv6 } from '../../address.js';
import { viewOf } from '../../bytes.js';
import { type Buildable, build } from '../stack/build.js';
import type { Packet } from '../stack/packet.js';

/** Values one after the other, made when they are asked for. */
export interface Range<T> extends Iterable<T> {
  readonly length: number;
  /** The value at a place from 0. */
  at(index: number): T | undefined;
}

class Sequence<T> implements Range<T> {
  readonly length: number;
  readonly #make: (index: number) => T;

  constructor(length: number, make: (index: number) => T) {
    this.length = length;
    this.#make = make;
  }

  at(index: number): T | undefined {
    return Number.isInteger(index) && index >= 0 && index < this.length ? this.#make(index) : undefined;
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let i = 0; i < this.length; i++) yield this.#make(i);
  }

  toString(): string {
    return `${this.at(0)} to ${this.at(this.length - 1)}, ${this.length} values`;
  }
}

/**
 * Numbers from `first` to `last`, both included, `step` apart: `range(80, 90)`.
 *
 * @throws RangeError when `last` is less than `first` or one of them is no integer
 */
export function range(first: number, last: number, step?: number): Range<number>;
/**
 * Addresses, IPv4 or IPv6: all those of a network, `range('127.0.0.0/30')`, or from one to another, `range('10.0.0.1', '10.0.0.9')`.
 * All of a network's addresses count, the first and the last as well.
 *
 * @throws RangeError for a text that is neither, bits set behind the prefix, or more than 2 ** 32 addresses
 */
export function range(network: string, last?: string): Range<string>;
export function range(first: number | string, last?: number | string, step = 1): Range<number> | Range<string> {
  if (typeof first === 'string') {
    return typeof last === 'string' ? addressesBetween(first, last) : network(first);
  }
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || !Number.isSafeInteger(step) || step < 1) {
    throw new RangeError(
      `Cannot make a range from ${first} to ${last} by ${step}: integers needed, the step at least 1`,
    );
  }
  const to = last as number;
  if (to < first) throw new RangeError(`Cannot make a range from ${first} to ${to}: the last is less than the first`);
  return new Sequence(Math.floor((to - first) / step) + 1, (index) => first + index * step);
}

function network(text: string): Range<string> {
  const [address = '', prefix, ...rest] = text.split('/');
  const width = isIpv4(address) ? 32 : 128;
  const bits = prefix === undefined ? width : Number(prefix);
  if (rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) || bits > width) {
    throw new RangeError(
      `Cannot make a range of ${JSON.stringify(text)}: an address, a slash and a prefix of 0 to ${width} bits needed`,
    );
  }
  const first = toNumber(address);
  const count = 1n << BigInt(width - bits);
  if (first % count !== 0n) {
    throw new RangeError(
      `Cannot make a range of ${JSON.stringify(text)}: bits are set behind the prefix, ${toAddress(first - (first % count), width)}/${bits} needed`,
    );
  }
  return addresses(first, count, width, text);
}

function addressesBetween(first: string, last: string): Range<string> {
  const width = isIpv4(first) ? 32 : 128;
  const from = toNumber(first);
  const to = toNumber(last);
  if (isIpv4(last) !== isIpv4(first) || to < from) {
    throw new RangeError(`Cannot make a range from ${first} to ${last}: the last must not come before the first`);
  }
  return addresses(from, to - from + 1n, width, `${first} to ${last}`);
}

function addresses(first: bigint, count: bigint, width: number, text: string): Range<string> {
  if (count > 0x1_0000_0000n) {
    throw new RangeError(`Cannot make a range of ${text}: ${count} addresses, at most 4294967296 can be gone through`);
  }
  return new Sequence(Number(count), (index) => toAddress(first + BigInt(index), width));
}

function toNumber(address: string): bigint {
  if (isIpv4(address)) return BigInt(parseIpv4(address));
  return parseIpv6(address).reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

function toAddress(value: bigint, width: number): string {
  if (width === 32) return formatIpv4(Number(value));
  const view = viewOf(new Uint8Array(16));
  view.setBigUint64(0, value >> 64n);
  view.setBigUint64(8, BigInt.asUintN(64, value));
  return formatIpv6(view, 0);
}

/** What a name may stand for in `expand`: a range, or any list. */
export type Choices = { readonly [name: string]: Range<unknown> | readonly unknown[] };

/** One value for each name. */
export type Choice<C extends Choices> = {
  readonly [K in keyof C]: C[K] extends Range<infer T> ? T : C[K] extends readonly (infer T)[] ? T : never;
};

/** The packets that ranges expand to. Each is built when it is asked for, so that millions take no memory. */
export interface Expansion extends Iterable<Packet> {
  /** How many packets there are. */
  readonly length: number;
  /** The packet at a place from 0, without those before it. */
  at(index: number): Packet | undefined;
}

/**
 * Builds a packet for every combination of values, the last name's changing fastest.
 *
 * @example
 * const packets = expand({ dst: range('127.0.0.0/30'), dstPort: range(80, 90) }, ({ dst, dstPort }) => [ipv4({ dst }), tcp({ dstPort })]);
 * packets.length; // 44
 * @throws RangeError when there are more than 2 ** 53 combinations
 */
export function expand<const C extends Choices>(
  choices: C,
  layers: (choice: Choice<C>) => readonly Buildable[],
): Expansion {
  const names = Object.keys(choices);
  const length = names.reduce((product, name) => product * choices[name]!.length, 1);
  if (!Number.isSafeInteger(length)) {
    throw new RangeError(
      `Cannot expand ${names.join(', ')}: about ${length} combinations, at most 2 ** 53 can be counted`,
    );
  }
  return new Sequence(length, (index) => {
    const choice: Record<string, unknown> = {};
    let rest = index;
    for (let i = names.length - 1; i >= 0; i--) {
      const values = choices[names[i]!]!;
      choice[names[i]!] = values.at(rest % values.length);
      rest = Math.floor(rest / values.length);
    }
    return build(...layers(choice as Choice<C>));
  });
}
