/**
 * One client as the server sees it: the state machine of section 11 of the protocol, over a link that may be a socket
 * or a test. Bytes go in, texts come out.
 *
 * @module
 */
import type { ChatCode } from '../../errors.js';
import { classic } from '../protocol/classic.js';
import { type Command, parseCommand, tagOf } from '../protocol/command.js';
import type { FaultyLine, LineFault } from '../protocol/line-decoder.js';
import { checkName } from '../protocol/name.js';
import { asParam, deliveryHead, errorLine, notice, shorten } from '../protocol/notice.js';
import { isBlank } from '../protocol/text.js';
import { Delivery, type Sender } from './delivery.js';
import type { ChatEvent, Dialect } from './event.js';
import { type ByeCode, bye, byeTexts, helpLines, leaveReasons } from './farewell.js';
import type { Hub } from './hub.js';
import { Intake, type IntakeHost } from './intake.js';
import type { Link } from './link.js';
import type { Member } from './member.js';
import { Silence } from './silence.js';
import { type Source, WaitingRoom } from './waiting-room.js';

/** The states of section 11. */
export type SessionState = 'new' | 'login' | 'ready' | 'closing' | 'closed';

/** The version of the protocol this server speaks. */
const protocolVersion = 1;

/** How long half a character may wait for its other half in the classic dialect, in milliseconds. */
const halfCharacterMs = 1000;

/** A client that has sent slowly enough for this long is told again when it is slowed down, in milliseconds. */
const slowedMs = 10_000;

/** The first byte of TLS, which no name or command begins with. */
const tlsHandshake = 0x16;

const faultTexts: Readonly<Record<LineFault, string>> = {
  TOO_LONG: 'The line is too long',
  NOT_UTF8: 'The line is not UTF-8',
};

/** One client's session. */
export class Session implements Member, Sender, Source, IntakeHost {
  readonly link: Link;
  readonly #hub: Hub;
  /** The name held, empty before the login. */
  name = '';
  dialect: Dialect | undefined;
  state: SessionState = 'new';
  readonly #intake: Intake;
  /** Messages for this client that wait until it has read others. */
  readonly #room: WaitingRoom;
  /** Characters of this client's that wait for others. */
  #parked = 0;
  /** Messages without a tag share one. */
  readonly #untagged: Delivery;
  /** `Alice: `, what every message of this client begins with. */
  #head = '';
  #attempts = 0;
  /** Messages with a tag that wait for their answer. */
  #unanswered = 0;
  /** Waits for those answers before its connection ends, and what is said then. */
  #leaving: { readonly farewell: string } | undefined;
  #slowedAt = Number.NEGATIVE_INFINITY;
  readonly #since: number;
  readonly #silence: Silence;
  /** Logged in by a program that answers pings. */
  #answersPings = false;

  constructor(hub: Hub, link: Link) {
    this.#hub = hub;
    this.link = link;
    this.#since = hub.clock.now();
    this.#silence = new Silence(this.#since, hub.limits.keepAliveMs);
    this.#intake = new Intake(this, hub.limits, hub.clock);
    this.#room = new WaitingRoom(link);
    this.#untagged = new Delivery(this, undefined);
  }

  /** Takes what one read found. */
  receive(chunk: Uint8Array): void {
    if (this.state === 'closing' || this.state === 'closed') return;
    this.#silence.heard(this.#hub.clock.now(), this.link.taken);
    if (this.state === 'new' && !this.#begin(chunk)) return;
    this.#intake.push(chunk);
  }

  /** Does what is due at a time. Called about once a second. */
  tick(now: number): void {
    const { limits } = this.#hub;
    const isHalfOpen = this.state === 'new' || this.state === 'login';
    if (isHalfOpen && now - this.#since >= limits.loginMs) this.refuse('LOGIN_TIMEOUT');
    if (this.dialect === 'classic' && this.#silence.lasts(now) >= halfCharacterMs) this.#intake.flush();
    if (this.state !== 'ready' || !this.#answersPings || this.#intake.held !== undefined) return;
    const due = this.#silence.due(now, this.link.taken);
    if (due === 'end') this.cutOff('TIMEOUT');
    else if (due === 'ask') this.link.send(notice('ping', [Math.round(now).toString(36)]));
  }

  /** The client has read on after the operating system could take nothing more for it. */
  readOn(): void {
    this.#silence.read(this.#hub.clock.now());
  }

  /** The link is no longer congested: what waits for it goes on. */
  drained(): void {
    this.#room.drain();
    if (!this.link.isCongested) this.#intake.release('answers');
  }

  /** Closes a connection that has not logged in. */
  refuse(code: ByeCode): void {
    if (this.state === 'closing' || this.state === 'closed') return;
    this.#close();
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
    this.#close();
    this.#hub.leave(this, leaveReasons[code]!);
    const farewell = this.dialect === 'classic' ? '' : bye(code);
    const waiting = this.#room.clear();
    if (code === 'SHUTDOWN') {
      for (const delivery of new Set(waiting)) delivery.failed(this.name);
      if (farewell !== '') this.link.send(farewell);
      this.link.end();
    } else this.link.end(farewell, waiting);
  }

  /** The client has closed its side: the lines before that are served, then it leaves. */
  inputEnded(): void {
    if (this.state === 'login' || this.state === 'ready') this.#intake.end();
    else if (this.state === 'new') {
      this.#close();
      this.link.end();
    }
  }

  finished(): void {
    if (this.state === 'ready') this.#leave(this.#answersPings ? 'lost' : 'quit', '');
    else {
      this.#close();
      this.link.end();
    }
  }

  /**
   * The connection is gone; `quit` for in an orderly way, which is how those leave who have no `/quit`. Returns what
   * still waited for it.
   */
  closed(reason: 'quit' | 'lost'): Delivery[] {
    const { state } = this;
    if (this.#head === '') this.#hub.doorkeeper.leave(this.link.address);
    this.#leaving = undefined;
    // What it sent before it closed its side in an orderly way is still served, in its name.
    if (state === 'ready' && this.#intake.isLeft) return this.#room.clear();
    this.#intake.stop();
    this.state = 'closed';
    if (state === 'ready') this.#hub.leave(this, this.#answersPings ? 'lost' : reason);
    return this.#room.clear();
  }

  receipt(tag: string, count: number): void {
    if (this.#isHeard) this.link.send(`* sent ${tag} ${count}\n`);
    this.#answered();
  }

  undelivered(tag: string | undefined, name: string): void {
    if (this.#isHeard) {
      const text = `${name} was lost or cut off before your message was taken; it may not have arrived`;
      if (this.dialect === 'classic') this.link.send(classic.noSuchUser(name));
      else this.#error(tag, 'UNDELIVERED', name, text);
    }
    if (tag !== undefined) this.#answered();
  }

  pass(text: string, source: Source, delivery: Delivery): void {
    this.#room.pass(source, text, delivery);
  }

  parked(length: number): void {
    this.#parked += length;
    if (this.#parked > this.#hub.limits.congestedBytes && this.#intake.held === undefined) this.#intake.hold('room');
  }

  unparked(length: number): void {
    this.#parked -= length;
  }

  roomMade(): void {
    // Half of it has to be free, so that not every message held and let go again.
    if (this.#parked <= this.#hub.limits.congestedBytes / 2) this.#intake.release('room');
  }

  slowedDown(): void {
    const now = this.#hub.clock.now();
    if (now - this.#slowedAt > slowedMs && this.dialect === 'line' && this.state === 'ready') {
      const { linesPerSecond } = this.#hub.limits;
      const text = `You send too fast; the server reads on at ${linesPerSecond} lines a second`;
      this.#error(undefined, 'FLOOD', undefined, text);
    }
    this.#slowedAt = now;
  }

  /** Serves one line. */
  serve(line: string | FaultyLine): void {
    if (this.state === 'login') this.#logIn(line);
    else if (typeof line !== 'string') {
      if (this.dialect === 'classic') this.link.send(classic.format);
      else this.#error(tagOf(line.start), line.fault, undefined, faultTexts[line.fault]);
    } else if (this.dialect === 'classic') this.#classicMessage(line);
    else this.#obey(parseCommand(line), line);
  }

  /** Whether anybody reads what is said to it. */
  get #isHeard(): boolean {
    return this.state === 'ready' || this.#leaving !== undefined;
  }

  #answered(): void {
    this.#unanswered--;
    if (this.#unanswered === 0) this.#sayGoodbye();
  }

  #close(): void {
    this.state = 'closing';
    this.#intake.stop();
  }

  /** Its name is free at once; its connection lasts until what it sent has been answered. */
  #leave(reason: 'quit' | 'lost', farewell: string): void {
    this.#close();
    this.#leaving = { farewell };
    this.#hub.leave(this, reason);
    for (const delivery of new Set(this.#room.clear())) delivery.failed(this.name);
    if (this.#unanswered === 0) this.#sayGoodbye();
    else this.#hub.clock.after(this.#hub.limits.lingerMs, () => this.#sayGoodbye());
  }

  #sayGoodbye(): void {
    if (this.#leaving === undefined) return;
    const { farewell } = this.#leaving;
    this.#leaving = undefined;
    if (farewell !== '') this.link.send(farewell);
    this.link.end();
  }

  /** The first bytes choose the dialect, section 2. Returns whether there is one. */
  #begin(chunk: Uint8Array): boolean {
    if (chunk[0] === tlsHandshake) {
      this.refuse('PROTOCOL');
      return false;
    }
    this.state = 'login';
    this.dialect = chunk[0] === 0x2f || chunk.includes(0x0a) ? 'line' : 'classic';
    this.#intake.begin(this.dialect, this.#hub.limits.lineBytes);
    if (this.dialect === 'classic') this.link.space();
    return true;
  }

  #obey(command: Command, line: string): void {
    switch (command.type) {
      case 'message':
        this.#message(command.to, command.rest, command.tag, line);
        break;
      case 'all':
        this.#toAll(command.text, command.tag);
        break;
      case 'malformed':
        this.#observe(line, undefined, '', 'FORMAT');
        this.#error(command.tag, 'FORMAT', undefined, classic.format);
        break;
      case 'who': {
        const { text, listed } = this.#hub.who(command.prefix, command.tag);
        this.link.send(text);
        this.#intake.charge(Math.floor(listed / 100));
        break;
      }
      case 'help':
        this.link.send(helpLines);
        break;
      case 'ping':
        this.link.send(notice('pong', command.token === '' ? [] : [asParam(command.token)]));
        break;
      case 'quit':
        this.#leave('quit', bye('QUIT'));
        break;
      case 'login':
        this.#error(undefined, 'ALREADY_LOGGED_IN', this.name, `You are logged in as ${this.name}; /quit first`);
        break;
      case 'unknown': {
        const word = asParam(command.word);
        this.#error(undefined, 'UNKNOWN_COMMAND', word, `There is no ${word}; /help shows what there is`);
        break;
      }
      case 'pong':
      case 'nothing':
        break;
    }
  }

  #message(to: string, rest: string, tag: string | undefined, line: string): void {
    const recipient = this.#hub.roster.find(to);
    const text = rest.charCodeAt(0) === 0x20 ? rest.slice(1) : rest;
    if (recipient === undefined) {
      this.#observe(line, undefined, text, 'NO_SUCH_USER');
      this.#error(tag, 'NO_SUCH_USER', to, classic.noSuchUser(shorten(to)));
    } else if (isBlank(text)) {
      this.#observe(line, recipient.name, text, 'EMPTY_MESSAGE');
      this.#error(tag, 'EMPTY_MESSAGE', recipient.name, 'There is no message after the colon');
    } else {
      const said = recipient.dialect === 'classic' ? classic.delivery(this.name, rest) : `${this.#head + text}\n`;
      recipient.pass(said, this, tag === undefined ? this.#untagged : this.#tagged(tag));
      this.#observe(line, recipient.name, text, 'ROUTED');
    }
  }

  #classicMessage(line: string): void {
    const colon = line.indexOf(':');
    if (colon < 0) {
      this.#observe(line, undefined, '', 'FORMAT');
      this.link.send(classic.format);
      return;
    }
    const to = line.slice(0, colon).trim();
    const rest = line.slice(colon + 1);
    const text = rest.startsWith(' ') ? rest.slice(1) : rest;
    const recipient = this.#hub.roster.find(to);
    if (recipient === undefined) this.link.send(classic.noSuchUser(to));
    else {
      const said = recipient.dialect === 'classic' ? classic.delivery(this.name, rest) : `${this.#head + text}\n`;
      recipient.pass(said, this, this.#untagged);
    }
    this.#observe(line, recipient?.name, text, recipient === undefined ? 'NO_SUCH_USER' : 'ROUTED');
  }

  #toAll(text: string, tag: string | undefined): void {
    if (isBlank(text)) {
      this.#observe(`/all ${text}`, 'all', text, 'EMPTY_MESSAGE');
      this.#error(tag, 'EMPTY_MESSAGE', 'all', 'There is no message after /all');
      return;
    }
    const { roster } = this.#hub;
    const count = roster.size - 1;
    const delivery = tag === undefined ? this.#untagged : this.#tagged(tag, count);
    const line = `${deliveryHead(this.name, true) + text}\n`;
    const plain = classic.delivery(this.name, ` ${text}`);
    for (const member of roster)
      if (member !== this) member.pass(member.dialect === 'classic' ? plain : line, this, delivery);
    if (count === 0 && tag !== undefined) this.receipt(tag, 0);
    this.#intake.charge(Math.floor(count / 10));
    this.#observe(`/all ${text}`, 'all', text, 'ROUTED');
  }

  /** A message whose answer is waited for: to one, or to as many as `recipients` says. */
  #tagged(tag: string, recipients?: number): Delivery {
    this.#unanswered++;
    return recipients === undefined ? new Delivery(this, tag) : new Delivery(this, tag, recipients, this.#untagged);
  }

  #logIn(line: string | FaultyLine): void {
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
    const answer = this.#hub.admits(password, this.link.address);
    if (answer === 'yes') this.#claim(given);
    else {
      // The answer takes its time, so that guessing does; meanwhile nothing is read.
      this.#intake.hold('login');
      const code = answer === 'wrong' ? 'PASSWORD' : 'TOO_MANY';
      this.#hub.clock.after(this.#hub.limits.passwordDelayMs, () => this.refuse(code));
    }
  }

  #claim(given: string): void {
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
    this.#hub.doorkeeper.leave(this.link.address);
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
      this.#close();
      this.link.send(text);
      this.#hub.observer?.({ type: 'refused', at: Date.now(), remote: this.link.remote, code, text });
      this.link.end();
      return;
    }
    this.#error(undefined, code, about, text);
    if (this.#attempts >= this.#hub.limits.loginAttempts) this.refuse('LOGIN_FAILED');
  }

  #error(tag: string | undefined, code: ChatCode, about: string | undefined, text: string): void {
    this.link.send(errorLine(tag, code, about, text));
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
