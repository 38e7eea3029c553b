/**
 * The state machine of section 11 as a model, and real sockets that have to agree with it: random commands of up to four
 * clients, sent whole, byte by byte, and merged with those that follow.
 *
 * `WIREBOOK_MODEL_RUNS=2000 node scripts/test.mjs server/model` looks longer.
 */
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { ChatServer } from './server.js';

const runs = Number(process.env.WIREBOOK_MODEL_RUNS ?? 60);
/** How long an answer may take. Only a failing run waits for it. */
const patienceMs = 2000;
const slots = 4;

/** Names people try: in another case, looking like one another, and none. */
const tried = ['Alice', 'aLICE', 'Bob', 'B0b', 'Bob.', 'Zoë', 'Zoe', 'Анна', 'server', 'a*b', `x${'y'.repeat(32)}`];

/** Whether a text is a name. Half a line and the next may make others than those tried, of the same letters. */
function isName(text: string): boolean {
  const isShaped = /^[A-Za-zë0-9][A-Za-zë0-9._-]*$/.test(text) || /^[А-я][А-я0-9._-]*$/.test(text);
  return isShaped && text.length <= 32 && !['all', 'everyone', 'server', 'system'].includes(text.toLowerCase());
}

function lookOf(name: string): string {
  return foldOf(name)
    .replace(/[._-]+$/, '')
    .replaceAll('ë', 'e')
    .replaceAll('0', 'o');
}

function foldOf(name: string): string {
  return name.toLowerCase();
}

/** One client as the protocol has it. */
class Modelled {
  state: 'none' | 'new' | 'login' | 'ready' | 'closed' = 'none';
  dialect: 'line' | 'classic' = 'line';
  /** Logged in with `/login`. */
  isProgram = false;
  name = '';
  attempts = 0;
  /** Bytes of a line without its end, as Latin-1. */
  rest = '';
  /** A line that was too long goes on. */
  isPassing = false;
  /** What arrives, in order, but for the answers to tags, of which only the number and the words are known. */
  ordered: string[] = [];
  answers = new Map<string, string>();
}

/** Stands for two reasons to leave of which the server may say either. */
const either = '(quit or lost)';

/** What the server should do. */
class Model {
  readonly clients = Array.from({ length: slots }, () => new Modelled());

  get here(): Modelled[] {
    return this.clients.filter(({ state }) => state === 'ready');
  }

  /** Bytes that arrived in one piece, or in many, as Latin-1. */
  receive(client: Modelled, bytes: string): void {
    if (client.state === 'new' && bytes !== '') {
      client.state = 'login';
      client.dialect = bytes.startsWith('/') || bytes.includes('\n') ? 'line' : 'classic';
    }
    if (client.dialect === 'classic') {
      for (const text of bytes.split('\n').map((line) => line.replace(/\r$/, ''))) {
        const isFaulty = text.length > 4096 || !isUtf8(Buffer.from(text, 'latin1'));
        // What is no text is no name, and has no colon.
        if (text !== '') this.#classicText(client, isFaulty ? '?' : utf8(text));
      }
      return;
    }
    const lines = (client.rest + bytes).split('\n');
    client.rest = lines.pop()!;
    for (const line of lines) {
      if (!client.isPassing) this.#line(client, line.endsWith('\r') ? line.slice(0, -1) : line);
      client.isPassing = false;
    }
    // Answered without waiting for its end.
    if (client.rest.replace(/\r$/, '').length <= 4096) return;
    if (!client.isPassing) this.#line(client, client.rest);
    client.isPassing = true;
    client.rest = '';
  }

  /** The client has closed its side, or its connection is gone. */
  end(client: Modelled, how: 'end' | 'reset'): void {
    // Node says goodbye before it resets a connection: whether that is seen is a matter of moments.
    if (client.state === 'ready') this.#leave(client, client.isProgram ? 'lost' : how === 'end' ? 'quit' : either);
    client.state = 'closed';
  }

  #line(client: Modelled, latin: string): void {
    if (client.state !== 'login' && client.state !== 'ready') return;
    const isFaulty = latin.length > 4096 || !isUtf8(Buffer.from(latin, 'latin1'));
    if (client.state === 'login') {
      if (isFaulty) this.#refuse(client, 'NAME_INVALID -');
      else if (latin !== '') this.#logIn(client, utf8(latin));
      return;
    }
    const tag = /^#([0-9A-Za-z]{1,16}) /.exec(latin)?.[1];
    if (isFaulty) this.#answer(client, tag, `error ${tag ?? '-'} ${latin.length > 4096 ? 'TOO_LONG' : 'NOT_UTF8'}`);
    else if (latin !== '') this.#obey(client, utf8(latin));
  }

  #logIn(client: Modelled, line: string): void {
    if (line === '/quit') {
      client.ordered.push('* bye QUIT');
      client.state = 'closed';
    } else if (line.startsWith('/') && !line.startsWith('/login ')) this.#refuse(client, 'LOGIN_FIRST');
    else
      this.#claim(
        client,
        line.startsWith('/login ') ? line.slice(7).split(' ')[0]! : line.trim(),
        line.startsWith('/'),
      );
  }

  #claim(client: Modelled, name: string, isProgram: boolean): void {
    if (!isName(name)) this.#refuse(client, `NAME_INVALID ${subject(name)}`);
    else if (this.#isTaken(name)) this.#refuse(client, `NAME_TAKEN ${name}`);
    else {
      Object.assign(client, { state: 'ready', name, isProgram });
      client.ordered.push(
        client.dialect === 'line' ? `* welcome ${name} 1 30 4096 ${this.here.length}` : `Welcome ${name}!`,
      );
      this.#tell(client, `* join ${name}`);
    }
  }

  #isTaken(name: string): boolean {
    return this.here.some((other) => lookOf(other.name) === lookOf(name));
  }

  #refuse(client: Modelled, what: string): void {
    client.ordered.push(`* error - ${what}`);
    client.attempts++;
    if (client.attempts < 5) return;
    client.ordered.push('* bye LOGIN_FAILED');
    client.state = 'closed';
  }

  #leave(client: Modelled, reason: string): void {
    client.state = 'closed';
    this.#tell(client, `* leave ${client.name} ${reason}`);
  }

  #tell(about: Modelled, line: string): void {
    for (const other of this.here) if (other !== about && other.dialect === 'line') other.ordered.push(line);
  }

  #answer(client: Modelled, tag: string | undefined, what: string): void {
    if (tag === undefined) client.ordered.push(`* ${what}`);
    else client.answers.set(tag, `* ${what}`);
  }

  #obey(client: Modelled, given: string): void {
    const [, tag, rest] = /^#([0-9A-Za-z]{1,16}) +(.*)$/s.exec(given) ?? [];
    const refuse = (what: string): void => this.#answer(client, tag, `error ${tag ?? '-'} ${what}`);
    const line = rest ?? given;
    if (given.startsWith('#') && tag === undefined) refuse('FORMAT');
    else if (/^\/all( |$)/.test(line)) this.#toAll(client, tag, line.slice(5).trimStart(), refuse);
    else if (/^\/who( |$)/.test(line)) this.#who(client, tag, line.slice(5).trim());
    else if (line.startsWith('/') && tag !== undefined) refuse('FORMAT');
    else if (line === '/quit') {
      client.ordered.push('* bye QUIT');
      this.#leave(client, 'quit');
    } else if (line === '/help') client.ordered.push(...Array(5).fill('* help'), '* end 5');
    else if (/^\/ping( |$)/.test(line)) {
      const token = line.slice(6).trim();
      client.ordered.push(token === '' ? '* pong' : `* pong ${subject(token)}`);
    } else if (/^\/pong( |$)/.test(line)) return;
    else if (line.startsWith('/login ')) refuse(`ALREADY_LOGGED_IN ${client.name}`);
    else if (line.startsWith('/')) refuse(`UNKNOWN_COMMAND ${subject(line.split(' ')[0]!)}`);
    else this.#message(client, tag, line, refuse);
  }

  #message(client: Modelled, tag: string | undefined, line: string, refuse: (what: string) => void): void {
    const colon = line.indexOf(':');
    const to = line.slice(0, Math.max(0, colon)).trim();
    if (to === '') {
      refuse('FORMAT');
      return;
    }
    const recipient = this.here.find((other) => foldOf(other.name) === foldOf(to));
    const body = line.slice(colon + 1);
    if (recipient === undefined) refuse(`NO_SUCH_USER ${subject(to)}`);
    else if (body.trim() === '') refuse(`EMPTY_MESSAGE ${recipient.name}`);
    else {
      this.#deliver(client, recipient, body, '');
      if (tag !== undefined) client.answers.set(tag, `* sent ${tag} 1`);
    }
  }

  #deliver(from: Modelled, to: Modelled, body: string, mark: string): void {
    const text = to.dialect === 'line' && body.startsWith(' ') ? body.slice(1) : body;
    to.ordered.push(`${from.name}${to.dialect === 'line' ? mark : ''}: ${text}`);
  }

  #toAll(client: Modelled, tag: string | undefined, text: string, refuse: (what: string) => void): void {
    if (text.trim() === '') {
      refuse('EMPTY_MESSAGE all');
      return;
    }
    const others = this.here.filter((other) => other !== client);
    for (const other of others) this.#deliver(client, other, ` ${text}`, ' (to all)');
    if (tag !== undefined) client.answers.set(tag, `* sent ${tag} ${others.length}`);
  }

  #who(client: Modelled, tag: string | undefined, prefix: string): void {
    const mark = tag === undefined ? '' : ` #${tag}`;
    const start = prefix.toLowerCase();
    const listed = this.here.map(({ name }) => name).filter((name) => foldOf(name).startsWith(start));
    listed.sort((a, b) => (a < b ? -1 : 1));
    if (listed.length > 0) client.ordered.push(`* who${mark} ${listed.join(' ')}`);
    client.ordered.push(`* end${mark} ${listed.length}`);
  }

  #classicText(client: Modelled, text: string): void {
    if (client.state === 'login') {
      const name = text.trim();
      if (isName(name) && !this.#isTaken(name)) this.#claim(client, name, false);
      else {
        // In words of the server, whatever they are.
        client.ordered.push('');
        client.state = 'closed';
      }
    } else if (client.state === 'ready') {
      const colon = text.indexOf(':');
      const to = text.slice(0, Math.max(0, colon)).trim();
      const recipient = this.here.find((other) => foldOf(other.name) === foldOf(to));
      if (colon < 0) client.ordered.push("Format error. Use 'Target: Message'");
      else if (recipient === undefined) client.ordered.push(`User ${to} not found.`);
      else this.#deliver(client, recipient, text.slice(colon + 1), '');
    }
  }
}

/** A text as a parameter of a notice. */
function subject(text: string): string {
  const short = text.length > 64 ? `${[...text.slice(0, 64)].slice(0, 60).join('')}…` : text;
  return short.replace(/\s/g, '_').replace(/^:/, '_') || '-';
}

/** A line's text, with what acts on a terminal made harmless. */
function utf8(latin: string): string {
  return Buffer.from(latin, 'latin1').toString().replaceAll('\x1b', '␛').replaceAll('\u2028', '\ufffd');
}

/** A connection, what has arrived on it, and what waits to be sent with what follows. */
interface Wire {
  readonly socket: Socket;
  pending: string;
  got: Buffer;
  isOver: boolean;
}

/** What arrived, told apart as the model does. */
function read(wire: Wire, client: Modelled): { ordered: string[]; answers: string[] } {
  const { ordered, answers } = understand(wire, client);
  const isEither = (line: string, at: number): boolean =>
    client.ordered[at]?.endsWith(either) === true && line.replace(/(quit|lost)$/, either) === client.ordered[at];
  return { ordered: ordered.map((line, at) => (isEither(line, at) ? client.ordered[at]! : line)), answers };
}

function understand(wire: Wire, client: Modelled): { ordered: string[]; answers: string[] } {
  const text = wire.got.toString();
  if (client.dialect === 'classic') return { ordered: text === '' ? [] : [text], answers: [] };
  const lines = text.split('\n').slice(0, -1).map(bare);
  const isAnswer = (line: string): boolean => /^\* (sent|error [^-])/.test(line);
  return { ordered: lines.filter((line) => !isAnswer(line)), answers: lines.filter(isAnswer).sort() };
}

/** A notice without its words for people. */
function bare(line: string): string {
  const colon = line.startsWith('* ') ? line.indexOf(' :') : -1;
  return colon < 0 ? line : line.slice(0, colon);
}

function expected(client: Modelled): { ordered: string[]; answers: string[] } {
  const { ordered } = client;
  if (client.dialect === 'classic') return { ordered: ordered.length === 0 ? [] : [ordered.join('')], answers: [] };
  return { ordered, answers: [...client.answers.values()].sort() };
}

type Mode = 'whole' | 'bytes' | 'merged';
type Act =
  | { readonly type: 'say'; readonly text: string; readonly mode: Mode }
  | { readonly type: 'connect' | 'end' | 'reset' };
interface Step {
  readonly slot: number;
  readonly act: Act;
}

/** A server, a model of it, and those who talk to both. */
class Trial {
  readonly #server = new ChatServer({
    limits: { linesPerSecond: Number.POSITIVE_INFINITY, lingerMs: 500, classicSpacingMs: 0 },
  });
  readonly #model = new Model();
  readonly #wires: (Wire | undefined)[] = Array(slots).fill(undefined);
  #port = 0;
  #tag = 0;

  async run(steps: readonly Step[]): Promise<void> {
    ({ port: this.#port } = await this.#server.listen({ port: 0 }));
    try {
      for (const step of steps) await this.#take(step);
      for (let slot = 0; slot < slots; slot++) await this.#flush(slot, 'whole');
      await sleep(2);
      this.#compare();
      await this.#shutDown();
    } finally {
      for (const wire of this.#wires) wire?.socket.destroy();
      await this.#server.close();
    }
  }

  async #take({ slot, act }: Step): Promise<void> {
    const client = this.#model.clients[slot]!;
    const wire = this.#wires[slot];
    if (act.type === 'connect') {
      if (client.state !== 'none' && client.state !== 'closed') return;
      if (wire !== undefined) wire.socket.destroy();
      await this.#connect(slot);
    } else if (wire === undefined || client.state === 'closed') return;
    else if (act.type === 'say') {
      // Each tag once, so that each answer is one message's.
      wire.pending += Buffer.from(act.text.replaceAll('#T', () => `#t${++this.#tag}`))
        .toString('latin1')
        .replaceAll('Ã¾', '\xfe');
      if (act.mode !== 'merged') await this.#flush(slot, act.mode);
    } else if (act.type === 'end') {
      const { pending } = wire;
      wire.pending = '';
      wire.socket.end(Buffer.from(pending, 'latin1'));
      this.#model.receive(client, pending);
      this.#model.end(client, 'end');
      await this.#settle();
    } else {
      wire.pending = '';
      wire.socket.resetAndDestroy();
      this.#model.end(client, 'reset');
      await this.#settle();
    }
  }

  async #connect(slot: number): Promise<void> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    const wire: Wire = { socket, pending: '', got: Buffer.alloc(0), isOver: false };
    socket.on('data', (chunk) => {
      wire.got = Buffer.concat([wire.got, chunk]);
    });
    socket.on('error', () => {});
    for (const over of ['end', 'close'])
      socket.on(over, () => {
        wire.isOver = true;
      });
    await new Promise((resolve) => socket.once('connect', resolve));
    this.#wires[slot] = wire;
    this.#model.clients[slot] = Object.assign(new Modelled(), { state: 'new' });
    await this.#settle();
  }

  async #flush(slot: number, mode: Mode): Promise<void> {
    const wire = this.#wires[slot];
    const client = this.#model.clients[slot]!;
    if (wire === undefined || wire.pending === '' || client.state === 'closed') return;
    const bytes = Buffer.from(wire.pending, 'latin1');
    wire.pending = '';
    // In the classic dialect, and for a bare name, one write is one message.
    const isCut = mode === 'bytes' && (client.state === 'new' ? bytes[0] === 0x2f : client.dialect === 'line');
    const size = isCut ? Math.ceil(bytes.length / 200) : bytes.length;
    this.#model.receive(client, bytes.toString('latin1'));
    for (let at = 0; at < bytes.length; at += size) {
      wire.socket.write(bytes.subarray(at, at + size));
      if (isCut) await turn();
    }
    await this.#settle();
  }

  /** Waits until the server has done what the model has. */
  async #settle(): Promise<void> {
    const until = performance.now() + patienceMs;
    while (performance.now() < until) {
      if (this.#isSettled()) return;
      await turn();
    }
    this.#compare();
  }

  #isSettled(): boolean {
    const open = this.#model.clients.filter(({ state }) => state !== 'none' && state !== 'closed').length;
    if (this.#server.size !== open || this.#server.names.length !== this.#model.here.length) return false;
    return this.#model.clients.every((client, slot) => {
      const wire = this.#wires[slot];
      if (wire === undefined) return true;
      if (client.state === 'closed' && !wire.isOver) return false;
      // Words of a refusal go on beyond what the model knows.
      const [is, should] = [read(wire, client), expected(client)];
      if (client.dialect === 'classic') return (is.ordered[0] ?? '').length >= (should.ordered[0] ?? '').length;
      return is.ordered.length >= should.ordered.length && is.answers.length >= should.answers.length;
    });
  }

  #compare(): void {
    assert.deepEqual([...this.#server.names].sort(), this.#model.here.map(({ name }) => name).sort());
    for (const [slot, client] of this.#model.clients.entries()) {
      const wire = this.#wires[slot];
      // What a reset connection was still owed may be gone with it.
      if (wire === undefined || wire.socket.destroyed) continue;
      const [is, should] = [read(wire, client), expected(client)];
      if (client.dialect === 'classic' && client.state === 'closed')
        is.ordered = is.ordered.map((text) => text.slice(0, should.ordered[0]?.length));
      assert.deepEqual(is, should, `slot ${slot}, ${client.state}`);
    }
  }

  async #shutDown(): Promise<void> {
    const open = this.#model.clients.filter(({ state }) => state !== 'none' && state !== 'closed');
    for (const client of open) if (client.dialect === 'line') client.ordered.push('* bye SHUTDOWN');
    const wires = this.#wires.filter((wire) => wire !== undefined && !wire.socket.destroyed) as Wire[];
    await this.#server.close();
    for (const client of open) client.state = 'closed';
    while (wires.some(({ isOver }) => !isOver)) await turn();
    for (const client of open) {
      const wire = this.#wires[this.#model.clients.indexOf(client)]!;
      assert.deepEqual(read(wire, client), expected(client), 'after close()');
    }
    assert.equal(this.#server.size, 0);
  }
}

const name = fc.constantFrom(...tried);
const body = fc.constantFrom(
  ' hi',
  'hi',
  '  two  ',
  '',
  ' \t',
  ' a: b',
  ' \x1b[2J',
  ' \u2028x',
  ' * leave Bob quit :x',
  ' 👩‍🚀',
  ' þ',
);
const tag = fc.constantFrom('', '', '#T ', '#T  ');
const line = fc.oneof(
  { weight: 6, arbitrary: name.map((given) => `/login ${given}`) },
  { weight: 2, arbitrary: name },
  { weight: 10, arbitrary: fc.tuple(tag, name, body).map(([mark, to, text]) => `${mark}${to}:${text}`) },
  { weight: 3, arbitrary: fc.tuple(tag, body).map(([mark, text]) => `${mark}/all${text}`) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(tag, fc.constantFrom('', ' b', ' Zo', ' nobody'))
      .map(([mark, prefix]) => `${mark}/who${prefix}`),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '',
      '/help',
      '/ping',
      '/ping x',
      '/pong y',
      '/dance on',
      'no colon',
      ': nobody',
      '# x',
      '#T /help',
      '#T nothing',
      `#T Bob: ${'x'.repeat(4200)}`,
      `Bob: ${'太'.repeat(1400)}`,
      '#T Bob: \x01'.padEnd(20, 'z').replace('\x01', 'þ'),
    ),
  },
  { weight: 1, arbitrary: fc.constant('/quit') },
);
const say = fc
  .tuple(line, fc.constantFrom('\n', '\n', '\r\n', ''), fc.constantFrom<Mode>('whole', 'bytes', 'merged', 'merged'))
  .map(([text, end, mode]): Act => ({ type: 'say', text: text + end, mode }));
const act = fc.oneof(
  { weight: 20, arbitrary: say },
  { weight: 5, arbitrary: fc.constant<Act>({ type: 'connect' }) },
  { weight: 1, arbitrary: fc.constantFrom<Act>({ type: 'end' }, { type: 'reset' }) },
);
const steps = fc.array(fc.record({ slot: fc.nat(slots - 1), act }), { maxLength: 60, size: 'max' });
/** Everybody is there, and somebody has logged in: most of what follows means something then. */
const opening: readonly Step[] = Array.from({ length: slots }, (_, slot) => ({ slot, act: { type: 'connect' } }));

test('whatever clients do, whole, byte by byte and merged, the server does what the model does', async () => {
  await fc.assert(
    fc.asyncProperty(steps, (given) => new Trial().run([...opening, ...given])),
    {
      numRuns: runs,
      includeErrorInReport: true,
      ...(process.env.WIREBOOK_FUZZ_SEED ? { seed: Number(process.env.WIREBOOK_FUZZ_SEED) } : {}),
    },
  );
});
