/**
 * What the sessions of one server share: who is there, who hears of it, who may come in.
 *
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ChatLimits } from '../protocol/limits.js';
import { type LeaveReason, notice, whoLines } from '../protocol/notice.js';
import { neutralize } from '../protocol/text.js';
import type { Clock } from './clock.js';
import { Doorkeeper } from './doorkeeper.js';
import type { ChatEvent } from './event.js';
import type { Member } from './member.js';
import { Roster } from './roster.js';

/** The common room. Holds no sockets. */
export class Hub {
  readonly limits: ChatLimits;
  readonly clock: Clock;
  readonly roster: Roster<Member> = new Roster();
  readonly doorkeeper: Doorkeeper;
  /** Called with everything that happens; costs nothing while undefined. */
  observer: ((event: ChatEvent) => void) | undefined;
  readonly #password: Uint8Array | undefined;

  constructor(limits: ChatLimits, clock: Clock, password?: string) {
    this.limits = limits;
    this.clock = clock;
    this.doorkeeper = new Doorkeeper(limits);
    this.#password = password === undefined ? undefined : digest(password);
  }

  get needsPassword(): boolean {
    return this.#password !== undefined;
  }

  /** Whether a client of this address may come in with this. Takes the same time for every wrong password. */
  admits(password: string | undefined, address: string): 'yes' | 'wrong' | 'too many' {
    if (this.#password === undefined) return 'yes';
    const now = this.clock.now();
    if (!this.doorkeeper.mayTry(address, now)) return 'too many';
    // None given is as wrong as any other, and takes as long.
    if (timingSafeEqual(this.#password, digest(password ?? '')) && password !== undefined) return 'yes';
    this.doorkeeper.failed(address, now);
    return 'wrong';
  }

  /** Gives a member its name, if it is free, and tells the others. */
  join(member: Member, name: string): boolean {
    if (!this.roster.add(name, member)) return false;
    member.name = name;
    return true;
  }

  /** Tells the others that somebody is there. */
  announce(member: Member): void {
    const { name } = member;
    this.#tell(member, notice('join', [name], `${name} has joined`));
    this.observer?.({ type: 'join', at: Date.now(), name, remote: member.link.remote, dialect: member.dialect! });
  }

  /** Sets a member's name free and tells the others. */
  leave(member: Member, reason: LeaveReason): void {
    if (!this.roster.delete(member)) return;
    const { name } = member;
    if (reason !== 'shutdown') this.#tell(member, notice('leave', [name, reason], `${name} has left (${reason})`));
    this.observer?.({ type: 'leave', at: Date.now(), name, remote: member.link.remote, reason });
  }

  /** The lines that answer `/who`, and how many names they hold. */
  who(prefix: string, tag: string | undefined): { readonly text: string; readonly listed: number } {
    return whoLines(this.roster.names(prefix), prefix !== '', { tag, lineBytes: this.limits.lineBytes });
  }

  #tell(about: Member, line: string): void {
    if (this.roster.size > this.limits.presence) return;
    for (const member of this.roster) if (member !== about && member.dialect === 'line') member.link.send(line);
  }
}

/** Of a password as it arrives, or as it was set: what is typed alike is alike. */
function digest(password: string): Uint8Array {
  return createHash('sha256').update(neutralize(password).normalize('NFC').trim()).digest();
}
