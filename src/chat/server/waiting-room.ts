/**
 * Messages for one client that reads more slowly than others write to it.
 *
 * @module
 */
import type { Delivery } from './delivery.js';
import type { Link } from './link.js';

/** Whose messages wait, and who is held when they are too many. */
export interface Source {
  /** So much of what it sent waits from now on, in characters. */
  parked(length: number): void;
  /** So much waits no longer. */
  unparked(length: number): void;
  /** Called after `unparked()`, when it may go on. */
  roomMade(): void;
}

interface Parked {
  readonly from: Source;
  readonly text: string;
  readonly delivery: Delivery;
}

/** Texts in the order in which they came, handed to the link as it catches up. Each costs who sent it, not its neighbours. */
export class WaitingRoom {
  readonly #link: Link;
  #parked: Parked[] = [];
  #at = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  get isEmpty(): boolean {
    return this.#at === this.#parked.length;
  }

  /** Hands a text to the link, at once if nothing waits. */
  pass(from: Source, text: string, delivery: Delivery): void {
    const link = this.#link;
    if (this.isEmpty && !link.isCongested) {
      link.send(text, link.isBehind ? delivery.late() : delivery);
      return;
    }
    this.#parked.push({ from, text, delivery: delivery.late() });
    from.parked(text.length);
  }

  /** The link has caught up: as much as it takes goes on. */
  drain(): void {
    if (this.isEmpty) return;
    const sources = new Set<Source>();
    while (!this.isEmpty && !this.#link.isCongested) {
      const { from, text, delivery } = this.#parked[this.#at++]!;
      this.#link.send(text, delivery);
      from.unparked(text.length);
      sources.add(from);
    }
    if (this.isEmpty || this.#at > 1024) {
      this.#parked = this.#parked.slice(this.#at);
      this.#at = 0;
    }
    for (const source of sources) source.roomMade();
  }

  /** Nobody takes these any more. Returns what their senders have to be told. */
  clear(): Delivery[] {
    const left = this.#parked.slice(this.#at);
    this.#parked = [];
    this.#at = 0;
    for (const { from, text } of left) from.unparked(text.length);
    // Those who sent them go on once this client is out of the way.
    queueMicrotask(() => {
      for (const from of new Set(left.map((parked) => parked.from))) from.roomMade();
    });
    return left.map(({ delivery }) => delivery);
  }
}
