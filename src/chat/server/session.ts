/**
 * One client as the server sees it: the state machine of section 11 of the protocol, over a link that may be a socket
 * or a test. Bytes go in, texts come out.
 *
 * @module
 */
import type { ChatCode } from '../../errors.js';
import { classic } from '../protocol/classic.js';
import { ClassicDecoder } from '../protocol/classic-decoder.js';
import { type Command, parseCommand } from '../protocol/command.js';
import { LineDecoder, type LineFault } from '../protocol/line-decoder.js';
import { checkName } from '../protocol/name.js';
import { deliveryHead, notice } from '../protocol/notice.js';
import { Allowance } from './allowance.js';
import { Delivery, type Sender } from './delivery.js';
import type { ChatEvent, Dialect } from './event.js';
import { type ByeCode, bye, byeTexts, helpLines, leaveReasons } from './farewell.js';
import type { Hub } from './hub.js';
import type { Link } from './link.js';

/** The states of section 11. */
export type SessionState = 'new' | 'login' | 'ready' | 'closing' | 'closed';

/** The version of the protocol this server speaks. */
export const protocolVersion = 1;

/** How long half a character may wait for its other half in the classic dialect, in milliseconds. */
const halfCharacterMs = 1000;

/** A client that has sent slowly enough for this long is told again when it is slowed down, in milliseconds. */
const slowedMs = 10_000;

const faultTexts: Readonly<Record<LineFault, string>> = {
  TOO_LONG: 'The line is too long',
  NOT_UTF8: 'The line is not UTF-8',
};

/** One client's session. */
export class Session implements Sender {
  readonly link: Link;
  readonly #hub: Hub;
  /** The name held, empty before the login. */
  name = '';
  dialect: Dialect | undefined;
  state: SessionState = 'new';
  #decoder: LineDecoder | ClassicDecoder | undefined;
  readonly #allowance: Allowance;
  /** Messages without a tag share one. */
  readonly #untagged: Delivery;
  /** `Alice: `, what every message of this client begins with. */
  #head = '';
  #attempts = 0;
  #isHeld = false;
  /** Messages with a tag that wait for their answer. */
  #unanswered = 0;
  /** Has said `/quit` and waits for those answers. */
  #isLeaving = false;
  #slowedAt = Number.NEGATIVE_INFINITY;
  /** Sessions that wait until this one's link is no longer congested. */
  #waiters: Session[] = [];
  readonly #since: number;
  #heardAt: number;
  #wasAsked = false;
  /** Logged in by a program that answers pings. */
  #answersPings = false;

  constructor(hub: Hub, link: Link) {
    this.#hub = hub;
    this.link = link;
    this.#since = hub.clock.now();
    this.#heardAt = this.#since;
    this.#allowance = new Allowance(hub.limits.burst, hub.limits.linesPerSecond, this.#heardAt);
    this.#untagged = new Delivery(this, undefined, 1);
  }

  /** Takes what one read found. */
  receive(chunk: Uint8Array): void {
    if (this.state === 'closing' || this.state === 'closed') return;
    this.#heardAt = this.#hub.clock.now();
    this.#wasAsked = false;
    if (this.#decoder === undefined) this.#begin(chunk);
    this.#decoder!.push(chunk);
    if (!this.#isHeld) this.#run();
  }

  /** Does what is due at a time. Called about once a second. */
  tick(now: number): void {
    const { limits } = this.#hub;
    const silent = now - this.#heardAt;
    const isHalfOpen = this.state === 'new' || this.state === 'login';
    if (isHalfOpen && now - this.#since >= limits.loginMs) this.refuse('LOGIN_TIMEOUT');
    if (this.#decoder instanceof ClassicDecoder && silent >= halfCharacterMs && !this.#isHeld) {
      this.#decoder.flush();
      this.#run();
    }
    if (this.state !== 'ready' || !this.#answersPings || this.#isHeld || silent < limits.keepAliveMs) return;
    if (silent >= 2 * limits.keepAliveMs) this.cutOff('TIMEOUT');
    else if (!this.#wasAsked) {
      this.#wasAsked = true;
      this.link.send(notice('ping', [Math.round(now).toString(36)]));
    }
  }

  /** The link is no longer congested: whoever waited goes on, in order. */
  drained(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.#release();
  }

  /** Closes a connection that has not logged in. */
  refuse(code: ByeCode): void {
    if (this.state === 'closing' || this.state === 'closed') return;
    this.state = 'closing';
    const text = byeTexts[code];
    this.link.send(this.dialect === 'classic' ? text : bye(code));
    this.#hub.observer?.({ type: 'refused', at: Date.now(), remote: this.link.remote, code, text });
    this.link.end();
  }

  /** Takes the client out at once: its name is free, what waits for it is given up, those who sent it are told. */
  cutOff(code: 'SLOW_READER' | 'TIMEOUT' | 'SHUTDOWN'): void {
    if (this.state !== 'ready') {
      this.refuse(code);
      return;
    }
    this.state = 'closing';
    this.#hub.leave(this, leaveReasons[code]!);
    const farewell = this.dialect === 'classic' ? '' : bye(code);
    if (code === 'SHUTDOWN') {
      if (farewell !== '') this.link.send(farewell);
      this.link.end();
    } else this.link.end(farewell);
    this.drained();
  }

  /** The connection has ended; `quit` for in an orderly way, which is how those leave who have no `/quit`. */
  closed(reason: 'quit' | 'lost'): void {
    const { state } = this;
    if (state === 'closed') return;
    this.state = 'closed';
    if (state === 'ready') this.#hub.leave(this, this.#answersPings ? 'lost' : reason);
    this.drained();
  }

  receipt(tag: string, count: number): void {
    if (this.state === 'ready' || this.#isLeaving) this.link.send(`* sent ${tag} ${count}\n`);
    this.#answered();
  }

  undelivered(tag: string | undefined, name: string): void {
    if (this.state === 'ready' || this.#isLeaving) {
      const text = `${name} was lost or cut off before your message was taken; it may not have arrived`;
      if (this.dialect === 'classic') this.link.send(classic.noSuchUser(name));
      else this.#error(tag, 'UNDELIVERED', name, text);
    }
    if (tag !== undefined) this.#answered();
  }

  #answered(): void {
    this.#unanswered--;
    if (this.#isLeaving && this.#unanswered === 0) this.#sayGoodbye();
  }

  /** Its name is free at once; its connection lasts until what it sent has been answered. */
  #quit(): void {
    this.state = 'closing';
    this.#isLeaving = true;
    this.#hub.leave(this, 'quit');
    this.drained();
    if (this.#unanswered === 0) this.#sayGoodbye();
    else this.#hub.clock.after(this.#hub.limits.lingerMs, () => this.#sayGoodbye());
  }

  #sayGoodbye(): void {
    if (!this.#isLeaving) return;
    this.#isLeaving = false;
    this.link.send(bye('QUIT'));
    this.link.end();
  }

  /** The first bytes choose the dialect, section 2. */
  #begin(chunk: Uint8Array): void {
    this.state = 'login';
    this.dialect = chunk[0] === 0x2f || chunk.includes(0x0a) ? 'line' : 'classic';
    const { lineBytes } = this.#hub.limits;
    this.#decoder = this.dialect === 'line' ? new LineDecoder(lineBytes) : new ClassicDecoder(lineBytes);
    if (this.dialect === 'classic') this.link.space();
  }

  /** Serves line after line, until there is none, or one has to wait. */
  #run(): void {
    const decoder = this.#decoder!;
    const now = this.#hub.clock.now();
    while (this.state === 'login' || this.state === 'ready') {
      const line = decoder.next();
      if (line === undefined) return;
      const waitMs = this.#allowance.wait(now);
      if (waitMs > 0) {
        decoder.back();
        this.#slowDown(waitMs);
        return;
      }
      // A client that does not read its own answers is not asked for more lines.
      if (this.link.isCongested) {
        decoder.back();
        this.#waitFor(this);
        return;
      }
      const blocker = this.#serve(line);
      if (blocker !== undefined) {
        decoder.back();
        this.#waitFor(blocker);
        return;
      }
      this.#allowance.take(1);
    }
  }

  #slowDown(ms: number): void {
    const now = this.#hub.clock.now();
    if (now - this.#slowedAt > slowedMs && this.dialect === 'line' && this.state === 'ready') {
      const { linesPerSecond } = this.#hub.limits;
      const text = `You send too fast; the server reads on at ${linesPerSecond} lines a second`;
      this.#error(undefined, 'FLOOD', undefined, text);
    }
    this.#slowedAt = now;
    this.#hold();
    // At least 50 ms of allowance at a time: a timer for each line would cost more than the line.
    this.#hub.clock.after(Math.max(ms, 50), () => this.#release());
  }

  #waitFor(blocker: Session): void {
    this.#hold();
    blocker.#waiters.push(this);
  }

  #hold(): void {
    this.#isHeld = true;
    this.link.pause();
  }

  #release(): void {
    this.#isHeld = false;
    if (this.state !== 'login' && this.state !== 'ready') return;
    this.#heardAt = this.#hub.clock.now();
    this.#run();
    if (!this.#isHeld) this.link.resume();
  }

  /** Serves one line, or says whose congestion it has to wait for. */
  #serve(line: string | { readonly fault: LineFault }): Session | undefined {
    if (this.state === 'login') {
      this.#logIn(line);
      return undefined;
    }
    if (typeof line !== 'string') {
      if (this.dialect === 'classic') this.link.send(classic.format);
      else this.#error(undefined, line.fault, undefined, faultTexts[line.fault]);
      return undefined;
    }
    return this.dialect === 'classic' ? this.#classicMessage(line) : this.#obey(parseCommand(line), line);
  }

  #obey(command: Command, line: string): Session | undefined {
    switch (command.type) {
      case 'message':
        return this.#message(command.to, command.rest, command.tag, line);
      case 'all':
        return this.#toAll(command.text, command.tag);
      case 'malformed':
        this.#observe(line, undefined, '', 'FORMAT');
        this.#error(command.tag, 'FORMAT', undefined, classic.format);
        break;
      case 'who': {
        const { text, listed } = this.#hub.who(command.prefix);
        this.link.send(text);
        this.#allowance.take(Math.floor(listed / 100));
        break;
      }
      case 'help':
        this.link.send(helpLines);
        break;
      case 'ping':
        this.link.send(notice('pong', command.token === '' ? [] : [subject(command.token)]));
        break;
      case 'quit':
        this.#quit();
        break;
      case 'login':
        this.#error(undefined, 'ALREADY_LOGGED_IN', this.name, `You are logged in as ${this.name}; /quit first`);
        break;
      case 'unknown': {
        const word = subject(command.word);
        this.#error(undefined, 'UNKNOWN_COMMAND', word, `There is no ${word}; /help shows what there is`);
        break;
      }
      case 'pong':
      case 'nothing':
        break;
    }
    return undefined;
  }

  #message(to: string, rest: string, tag: string | undefined, line: string): Session | undefined {
    const recipient = this.#hub.roster.find(to);
    const text = rest.charCodeAt(0) === 0x20 ? rest.slice(1) : rest;
    if (recipient === undefined) {
      this.#observe(line, undefined, text, 'NO_SUCH_USER');
      this.#error(tag, 'NO_SUCH_USER', to, classic.noSuchUser(shorten(to)));
    } else if (isBlank(text)) {
      this.#observe(line, recipient.name, text, 'EMPTY_MESSAGE');
      this.#error(tag, 'EMPTY_MESSAGE', recipient.name, 'There is no message after the colon');
    } else {
      if (recipient.link.isCongested) return recipient;
      recipient.#deliver(this, rest, text, tag === undefined ? this.#untagged : this.#tagged(tag, 1));
      this.#observe(line, recipient.name, text, 'ROUTED');
    }
    return undefined;
  }

  #classicMessage(line: string): Session | undefined {
    const colon = line.indexOf(':');
    if (colon < 0) {
      this.#observe(line, undefined, '', 'FORMAT');
      this.link.send(classic.format);
      return undefined;
    }
    const to = line.slice(0, colon).trim();
    const rest = line.slice(colon + 1);
    const text = rest.startsWith(' ') ? rest.slice(1) : rest;
    const recipient = this.#hub.roster.find(to);
    if (recipient?.link.isCongested) return recipient;
    if (recipient === undefined) this.link.send(classic.noSuchUser(to));
    else recipient.#deliver(this, rest, text, this.#untagged);
    this.#observe(line, recipient?.name, text, recipient === undefined ? 'NO_SUCH_USER' : 'ROUTED');
    return undefined;
  }

  #toAll(text: string, tag: string | undefined): Session | undefined {
    if (isBlank(text)) {
      this.#observe(`/all ${text}`, 'all', text, 'EMPTY_MESSAGE');
      this.#error(tag, 'EMPTY_MESSAGE', 'all', 'There is no message after /all');
      return undefined;
    }
    const { roster } = this.#hub;
    for (const session of roster) if (session !== this && session.link.isCongested) return session;
    const count = roster.size - 1;
    const delivery = tag === undefined ? this.#untagged : this.#tagged(tag, count);
    const line = `${deliveryHead(this.name, true) + text}\n`;
    const plain = classic.delivery(this.name, ` ${text}`);
    for (const session of roster)
      if (session !== this) session.link.send(session.dialect === 'classic' ? plain : line, delivery);
    if (count === 0 && tag !== undefined) this.receipt(tag, 0);
    this.#allowance.take(Math.floor(count / 10));
    this.#observe(`/all ${text}`, 'all', text, 'ROUTED');
    return undefined;
  }

  #tagged(tag: string, recipients: number): Delivery {
    this.#unanswered++;
    return new Delivery(this, tag, recipients);
  }

  /** Queues a message of `from` for this client: `rest` is all after the colon, `text` without one leading space. */
  #deliver(from: Session, rest: string, text: string, delivery: Delivery): void {
    if (this.dialect === 'classic') this.link.send(classic.delivery(from.name, rest), delivery);
    else this.link.send(`${from.#head + text}\n`, delivery);
  }

  #logIn(line: string | { readonly fault: LineFault }): void {
    let given: string;
    let password: string | undefined;
    if (typeof line !== 'string') given = '';
    else if (this.dialect === 'classic' || !line.startsWith('/')) given = line.trim();
    else {
      const command = parseCommand(line);
      if (command.type === 'quit') {
        this.refuse('QUIT');
        return;
      }
      if (command.type !== 'login') {
        this.#failLogin('LOGIN_FIRST', undefined, 'Log in first: /login NAME');
        return;
      }
      given = command.name;
      password = command.password;
      this.#answersPings = true;
    }
    if (line === '') return;
    if (!this.#hub.admits(password)) {
      this.refuse('PASSWORD');
      return;
    }
    const check = checkName(given);
    if ('reason' in check) this.#failLogin('NAME_INVALID', given, check.reason);
    else if (!this.#hub.join(this, check.name))
      this.#failLogin('NAME_TAKEN', check.name, `${check.name} is taken, or looks like a name that is`);
    else this.#welcome();
  }

  #welcome(): void {
    const { name } = this;
    const { limits, roster } = this.#hub;
    this.state = 'ready';
    this.#head = deliveryHead(name, false);
    if (!this.#answersPings) this.link.probe();
    if (this.dialect === 'classic') this.link.send(classic.welcome(name));
    else {
      const seconds = Math.ceil(limits.keepAliveMs / 1000);
      const params = [name, protocolVersion, seconds, limits.lineBytes, roster.size].map(String);
      this.link.send(notice('welcome', params, `Welcome ${name}! Write 'Name: message'; /help shows more`));
    }
    this.#hub.announce(this);
  }

  #failLogin(code: ChatCode, about: string | undefined, text: string): void {
    this.#answersPings = false;
    this.#attempts++;
    if (this.dialect === 'classic') {
      this.state = 'closing';
      this.link.send(text);
      this.#hub.observer?.({ type: 'refused', at: Date.now(), remote: this.link.remote, code, text });
      this.link.end();
      return;
    }
    this.#error(undefined, code, about, text);
    if (this.#attempts >= this.#hub.limits.loginAttempts) this.refuse('LOGIN_FAILED');
  }

  #error(tag: string | undefined, code: ChatCode, about: string | undefined, text: string): void {
    // Not by way of `notice()`: a flood for somebody who is not there makes many of these.
    const head = `* error ${tag ?? '-'} ${code}`;
    this.link.send(about === undefined ? `${head} :${text}\n` : `${head} ${subject(about)} :${text}\n`);
  }

  #observe(
    line: string,
    to: string | undefined,
    text: string,
    outcome: (ChatEvent & { type: 'message' })['outcome'],
  ): void {
    if (this.#hub.observer === undefined) return;
    const raw = line.startsWith('#') ? line.replace(/^#\S+ +/, '') : line;
    this.#hub.observer({ type: 'message', at: Date.now(), from: this.name, raw, to, text, outcome });
  }
}

const plain = /^[\w.-]+$/;

/** A text as one parameter of a notice. */
function subject(text: string): string {
  const short = shorten(text);
  return plain.test(short) ? short : short.replace(/\s/g, '_').replace(/^:/, '_') || '-';
}

function shorten(text: string): string {
  return text.length <= 64 ? text : `${[...text.slice(0, 64)].slice(0, 60).join('')}…`;
}

/** Looks at the first character only, where that is enough. */
function isBlank(text: string): boolean {
  return !(text.charCodeAt(0) > 0x20) && text.trim() === '';
}
