/**
 * What the sessions of one server share: who is there, who hears of it, whose turn it is to wait.
 *
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ChatLimits } from '../protocol/limits.js';
import { type LeaveReason, notice } from '../protocol/notice.js';
import type { ChatEvent } from './event.js';
import { Roster } from './roster.js';
import type { Session } from './session.js';

/** The clock a hub goes by, in milliseconds that only grow. */
export interface Clock {
  now(): number;
  /** Calls back once, after `ms`. */
  after(ms: number, callback: () => void): void;
}

/** Names shown by `/who` at most. */
const longestList = 1000;

/** The common room. Holds no sockets. */
export class Hub {
  readonly limits: ChatLimits;
  readonly clock: Clock;
  readonly roster: Roster<Session> = new Roster();
  /** Called with everything that happens; costs nothing while undefined. */
  observer: ((event: ChatEvent) => void) | undefined;
  readonly #password: Uint8Array | undefined;

  constructor(limits: ChatLimits, clock: Clock, password?: string) {
    this.limits = limits;
    this.clock = clock;
    this.#password = password === undefined ? undefined : digest(password);
  }

  get needsPassword(): boolean {
    return this.#password !== undefined;
  }

  /** Whether a client may come in with this. Takes the same time for every wrong password. */
  admits(password: string | undefined): boolean {
    return (
      this.#password === undefined || (password !== undefined && timingSafeEqual(this.#password, digest(password)))
    );
  }

  /** Gives a session its name, if it is free, and tells the others. */
  join(session: Session, name: string): boolean {
    if (!this.roster.add(name, session)) return false;
    session.name = name;
    return true;
  }

  /** Tells the others that somebody is there. */
  announce(session: Session): void {
    const { name } = session;
    this.#tell(session, notice('join', [name], `${name} has joined`));
    this.observer?.({ type: 'join', at: Date.now(), name, remote: session.link.remote, dialect: session.dialect! });
  }

  /** Sets a session's name free and tells the others. */
  leave(session: Session, reason: LeaveReason): void {
    if (!this.roster.delete(session)) return;
    const { name } = session;
    if (reason !== 'shutdown') this.#tell(session, notice('leave', [name, reason], `${name} has left (${reason})`));
    this.observer?.({ type: 'leave', at: Date.now(), name, remote: session.link.remote, reason });
  }

  /** The lines that answer `/who`, and how many names they hold. */
  who(prefix: string): { readonly text: string; readonly listed: number } {
    const names = this.roster.names(prefix);
    const listed = names.slice(0, longestList);
    let text = '';
    let line: string[] = [];
    let length = 0;
    for (const name of listed) {
      length += Buffer.byteLength(name) + 1;
      if (length > this.limits.lineBytes - 16 && line.length > 0) {
        text += notice('who', line);
        line = [];
        length = Buffer.byteLength(name) + 1;
      }
      line.push(name);
    }
    if (line.length > 0) text += notice('who', line);
    const count = names.length;
    const people = count === 1 ? '1 person' : `${count} people`;
    const verb = prefix === '' ? (count === 1 ? 'is here' : 'are here') : count === 1 ? 'matches' : 'match';
    const more = count > listed.length ? `, the first ${listed.length} are shown` : '';
    return { text: text + notice('end', [String(count)], `${people} ${verb}${more}`), listed: listed.length };
  }

  #tell(about: Session, line: string): void {
    if (this.roster.size > this.limits.presence) return;
    for (const session of this.roster) if (session !== about && session.dialect === 'line') session.link.send(line);
  }
}

function digest(password: string): Uint8Array {
  return createHash('sha256').update(password.normalize('NFC')).digest();
}
