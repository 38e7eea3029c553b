/**
 * What one address may do before it has logged in.
 *
 * @module
 */
import type { ChatLimits } from '../protocol/limits.js';
import { Allowance } from './allowance.js';

/** Addresses remembered for their wrong passwords. */
const longestMemory = 10_000;

/** Counts connections that have not logged in, and wrong passwords, by address. */
export class Doorkeeper {
  readonly #limits: ChatLimits;
  readonly #halfOpen = new Map<string, number>();
  /** Wrong passwords an address may still give. */
  readonly #tries = new Map<string, Allowance>();

  constructor(limits: ChatLimits) {
    this.#limits = limits;
  }

  /** Whether one more connection of this address may begin to log in; counts it if so. `leave()` ends it. */
  enter(address: string): boolean {
    const key = network(address);
    const count = this.#halfOpen.get(key) ?? 0;
    if (count >= this.#limits.halfOpenPerAddress) return false;
    this.#halfOpen.set(key, count + 1);
    return true;
  }

  /** A connection has logged in, or is gone. */
  leave(address: string): void {
    const key = network(address);
    const count = this.#halfOpen.get(key) ?? 0;
    if (count > 1) this.#halfOpen.set(key, count - 1);
    else this.#halfOpen.delete(key);
  }

  /** Whether an address is the one with the most connections that have not logged in. */
  isBusiest(address: string): boolean {
    return this.#halfOpen.get(network(address)) === Math.max(...this.#halfOpen.values());
  }

  /** Whether a password of this address is looked at. */
  mayTry(address: string, now: number): boolean {
    return (this.#tries.get(network(address))?.wait(now) ?? 0) === 0;
  }

  /** A password of this address was wrong. */
  failed(address: string, now: number): void {
    const key = network(address);
    let tries = this.#tries.get(key);
    if (tries === undefined) {
      const { passwordTries, passwordsPerMinute } = this.#limits;
      tries = new Allowance(passwordTries, passwordsPerMinute / 60, now);
      for (const oldest of this.#tries.keys()) {
        if (this.#tries.size < longestMemory) break;
        this.#tries.delete(oldest);
      }
      this.#tries.set(key, tries);
    }
    tries.take(1);
  }
}

/** What belongs to one subscriber: an IPv4 address, or the first 64 bits of an IPv6 one. */
function network(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address);
  if (mapped !== null) return mapped[1]!;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = tail === undefined ? [] : tail.split(':').filter(Boolean);
  while (groups.length + rest.length < 8) groups.push('0');
  return [...groups, ...rest].slice(0, 4).join(':');
}
