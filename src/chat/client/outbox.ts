/**
 * The messages of a client that have no answer yet.
 *
 * @module
 */
import { ChatError } from '../../errors.js';
import { fold } from '../protocol/look-alike.js';
import type { Receipt } from './client-event.js';

/** A message and who waits for its answer. */
export interface Outgoing {
  readonly line: string;
  readonly tag: string;
  /** A name, or undefined for everybody. */
  readonly to: string | undefined;
  readonly text: string;
  readonly sentAt: number;
  resolve(receipt: Receipt): void;
  reject(error: unknown): void;
}

/** What is known of a recipient while people come back. */
type Presence = 'asked' | 'absent' | 'here';

/**
 * Messages that wait to be written, in order, and those that were written and wait for their answer, by tag.
 *
 * After `reopen()` people are expected to come back: of the messages to one of them the first is written alone, and the
 * others once it has been taken; refused because nobody is there, it waits with them. So their order is kept.
 */
export class Outbox {
  #queue: Outgoing[] = [];
  /** With `performance.now()` when it was written. */
  readonly #unanswered = new Map<string, { readonly outgoing: Outgoing; readonly writtenAt: number }>();
  /** Recipients, folded; undefined when nobody is expected back. */
  #expected: Map<string, Presence> | undefined;
  /** Recipients it was said of that they are not back. */
  #told = new Set<string>();
  /** Tags of messages that were written and given up; their answers still come. */
  readonly #abandoned = new Set<string>();
  #settled: (() => void)[] = [];
  /** Answers so far, for those who wait for progress. */
  answers = 0;

  /** Messages that wait to be written. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Messages without an answer, written or not. */
  get size(): number {
    return this.#queue.length + this.#unanswered.size;
  }

  add(outgoing: Outgoing): void {
    this.#queue.push(outgoing);
  }

  /** The next message to write, which counts as written from now on. */
  take(): Outgoing | undefined {
    const at = this.#expected === undefined ? 0 : this.#queue.findIndex((outgoing) => this.#isDue(outgoing));
    if (at < 0) return undefined;
    const [outgoing] = at === 0 ? [this.#queue.shift()] : this.#queue.splice(at, 1);
    if (outgoing === undefined) return undefined;
    const key = keyOf(outgoing);
    if (key !== undefined && this.#expected !== undefined && !this.#expected.has(key)) this.#expected.set(key, 'asked');
    this.#unanswered.set(outgoing.tag, { outgoing, writtenAt: performance.now() });
    return outgoing;
  }

  confirm(tag: string, recipients: number, confirmed: boolean): void {
    const entry = this.#unanswered.get(tag);
    if (entry === undefined) {
      this.#abandoned.delete(tag);
      return;
    }
    const { to = 'all', text, sentAt, resolve } = entry.outgoing;
    this.#answered(entry.outgoing);
    const roundTripMs = performance.now() - entry.writtenAt;
    resolve({ to, text, confirmed, recipients, sentAt, at: Date.now(), roundTripMs });
    this.#checkSettled();
  }

  /**
   * Refuses a message. Returns what became of it: `waits` at first and then `waits on` for one whose recipient is not back,
   * undefined when there is none of that tag.
   */
  refuse(tag: string, error: ChatError): 'refused' | 'waits' | 'waits on' | 'given up' | undefined {
    const entry = this.#unanswered.get(tag);
    if (entry === undefined) return this.#abandoned.delete(tag) ? 'given up' : undefined;
    const { outgoing } = entry;
    const key = keyOf(outgoing);
    if (error.code === 'NO_SUCH_USER' && key !== undefined && this.#expected?.get(key) === 'asked') {
      this.#unanswered.delete(tag);
      this.#expected.set(key, 'absent');
      this.#queue.unshift(outgoing);
      if (this.#told.has(key)) return 'waits on';
      this.#told.add(key);
      return 'waits';
    }
    this.#answered(outgoing);
    outgoing.reject(named(error, outgoing));
    this.#checkSettled();
    return 'refused';
  }

  /** Forgets a message nobody waits for any more. One that was written may arrive all the same. */
  abandon(outgoing: Outgoing, reason: unknown): void {
    const at = this.#queue.indexOf(outgoing);
    if (at >= 0) this.#queue.splice(at, 1);
    else if (this.#unanswered.delete(outgoing.tag)) {
      this.#abandoned.add(outgoing.tag);
      // Its answer will say nothing of the recipient any more: the next one asks.
      const key = keyOf(outgoing);
      if (key !== undefined && this.#expected?.get(key) === 'asked') this.#expected.delete(key);
    }
    outgoing.reject(reason);
    this.#checkSettled();
  }

  /** Connected again: recipients may not be back yet. */
  reopen(): void {
    this.#expected = new Map();
    this.#told = new Set();
  }

  /** Somebody has come; without a name, everybody who was absent may have. */
  arrived(name?: string): void {
    if (this.#expected === undefined) return;
    const only = name === undefined ? undefined : fold(name);
    for (const [key, presence] of this.#expected)
      if (presence === 'absent' && (only === undefined || only === key)) this.#expected.delete(key);
  }

  /** Nobody is expected back any more: what waits is written, and refused if need be. */
  stopExpecting(): void {
    this.#expected = undefined;
  }

  /** The connection has ended: what was written is uncertain, what was not goes on waiting. */
  lose(code: 'CONNECTION_LOST' | 'TIMEOUT', why: string): void {
    this.#expected = undefined;
    this.#abandoned.clear();
    const entries = [...this.#unanswered.values()];
    this.#unanswered.clear();
    for (const { outgoing } of entries) {
      const text = `${why} before the message was confirmed; it may or may not have arrived`;
      outgoing.reject(named(new ChatError(code, text), outgoing));
    }
    this.#checkSettled();
  }

  /** Nothing more will be written. */
  close(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const outgoing of queue)
      outgoing.reject(named(new ChatError('CLOSED', 'The client was closed, and the message was not sent'), outgoing));
    this.#checkSettled();
  }

  /** Resolves when every message has its answer. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settled.push(resolve);
      this.#checkSettled();
    });
  }

  #isDue(outgoing: Outgoing): boolean {
    const key = keyOf(outgoing);
    const presence = key === undefined ? 'here' : this.#expected!.get(key);
    return presence === undefined || presence === 'here';
  }

  #answered(outgoing: Outgoing): void {
    this.answers++;
    this.#unanswered.delete(outgoing.tag);
    const key = keyOf(outgoing);
    if (key !== undefined && this.#expected?.get(key) === 'asked') this.#expected.set(key, 'here');
  }

  #checkSettled(): void {
    if (this.size > 0) return;
    for (const resolve of this.#settled.splice(0)) resolve();
  }
}

function keyOf({ to }: Outgoing): string | undefined {
  return to === undefined ? undefined : fold(to.trim());
}

/** An error that says which message it is about. */
export function named(
  error: ChatError,
  { to, text }: { readonly to: string | undefined; readonly text: string },
): ChatError {
  const short = text.length <= 40 ? text : `${[...text.slice(0, 40)].slice(0, 38).join('')}…`;
  return new ChatError(error.code, `${error.message} (to ${to ?? 'all'}: ${JSON.stringify(short)})`, { cause: error });
}
