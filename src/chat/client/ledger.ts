/**
 * The messages of a client that have no answer yet.
 *
 * @module
 */
import { ChatError } from '../../errors.js';
import type { Receipt } from './client-event.js';

/** A message and who waits for its answer. */
export interface Outgoing {
  readonly line: string;
  readonly tag: string;
  readonly to: string;
  readonly text: string;
  readonly sentAt: number;
  resolve(receipt: Receipt): void;
  reject(error: ChatError): void;
}

/** Messages that wait to be written, in order, and those that were written and wait for their answer, by tag. */
export class Ledger {
  #queue: Outgoing[] = [];
  /** With `performance.now()` when it was written. */
  readonly #unanswered = new Map<string, { readonly outgoing: Outgoing; readonly writtenAt: number }>();
  #settled: (() => void)[] = [];

  /** Messages that wait to be written. */
  get waiting(): number {
    return this.#queue.length;
  }

  add(outgoing: Outgoing): void {
    this.#queue.push(outgoing);
  }

  /** The next message to write, which counts as written from now on. */
  take(): Outgoing | undefined {
    const outgoing = this.#queue.shift();
    if (outgoing !== undefined) this.#unanswered.set(outgoing.tag, { outgoing, writtenAt: performance.now() });
    return outgoing;
  }

  confirm(tag: string, recipients: number, confirmed: boolean): void {
    const entry = this.#unanswered.get(tag);
    if (entry === undefined) return;
    const { to, text, sentAt, resolve } = entry.outgoing;
    this.#unanswered.delete(tag);
    const roundTripMs = performance.now() - entry.writtenAt;
    resolve({ to, text, confirmed, recipients, sentAt, at: Date.now(), roundTripMs });
    this.#checkSettled();
  }

  /** Refuses a message. Returns false when there is none of that tag. */
  refuse(tag: string, error: ChatError): boolean {
    const entry = this.#unanswered.get(tag);
    if (entry === undefined) return false;
    this.#unanswered.delete(tag);
    entry.outgoing.reject(error);
    this.#checkSettled();
    return true;
  }

  /** The connection has ended: what was written is uncertain, what was not goes on waiting. */
  lose(): void {
    const entries = [...this.#unanswered.values()];
    this.#unanswered.clear();
    for (const { outgoing } of entries)
      outgoing.reject(
        new ChatError(
          'CONNECTION_LOST',
          `The connection ended before the message to ${outgoing.to} was confirmed; it may or may not have arrived`,
        ),
      );
    this.#checkSettled();
  }

  /** Nothing more will be written. */
  close(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const { to, reject } of queue)
      reject(new ChatError('CLOSED', `Cannot send to ${to}: the client was closed, and the message was not sent`));
    this.#checkSettled();
  }

  /** Resolves when every message has its answer. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settled.push(resolve);
      this.#checkSettled();
    });
  }

  #checkSettled(): void {
    if (this.#unanswered.size > 0 || this.#queue.length > 0) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }
}
