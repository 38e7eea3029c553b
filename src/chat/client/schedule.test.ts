/**
 * Receipts under kills, pauses, cuts and restarts: seeded schedules, and a checker of what was promised.
 *
 * `WIREBOOK_SCHEDULES=50 node scripts/test.mjs client/schedule` looks longer, `WIREBOOK_FUZZ_SEED` repeats one.
 */
import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random, randomSeed } from '../../random.js';
import { faultsOf, type History } from '../../testing/chat-history.js';
import { ChatServer } from '../server/server.js';
import { ChatClient } from './client.js';
import type { ChatMessage } from './client-event.js';

const schedules = Number(process.env.WIREBOOK_SCHEDULES ?? 3);
const people = ['Alice', 'Bob', 'Carol', 'Dave', 'Eve', 'Frank'];

/** The lines a server sends, changed on their way: what a faulty server would send. */
type Tamper = (line: string) => readonly string[];

/** What stands between one client and the server: it can be cut, and held. */
class Wire {
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #isHeld = false;

  private constructor(listener: Server) {
    this.#listener = listener;
  }

  static async open(to: () => number, tamper?: Tamper): Promise<Wire> {
    const listener = createServer({ allowHalfOpen: true, noDelay: true });
    const wire = new Wire(listener);
    listener.on('connection', (near) => {
      const far = connect({ port: to(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      for (const [from, into] of [
        [near, far],
        [far, near],
      ] as const) {
        wire.#sockets.add(from);
        if (wire.#isHeld) from.pause();
        let rest = '';
        from.on('data', (chunk) => {
          if (tamper === undefined || from === near) {
            into.write(chunk);
            return;
          }
          const lines = (rest + chunk.toString()).split('\n');
          rest = lines.pop()!;
          for (const line of lines) for (const said of tamper(line)) into.write(`${said}\n`);
        });
        from.on('end', () => into.end());
        from.on('error', () => into.destroy());
        from.on('close', () => {
          wire.#sockets.delete(from);
          into.end();
        });
      }
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get port(): number {
    return (this.#listener.address() as { port: number }).port;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    for (const socket of this.#sockets)
      if (isHeld) socket.pause();
      else socket.resume();
  }

  close(): void {
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A chat of six, and all that is said in it. */
class Chat {
  readonly history: History = { sent: [], got: [], breaks: [], presence: [] };
  readonly #random: Random;
  readonly #wires = new Map<string, Wire>();
  readonly #clients = new Map<string, ChatClient>();
  readonly #answers: Promise<unknown>[] = [];
  #server = new ChatServer();
  #port = 0;
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  async open(tampers: Readonly<Record<string, Tamper>> = {}): Promise<void> {
    await this.#serve();
    for (const name of people) {
      this.#wires.set(name, await Wire.open(() => this.#port, tampers[name]));
      await this.#join(name);
    }
  }

  say(from: string, to: string, length: number): void {
    const id = `${from}-${++this.#count}`;
    const message: History['sent'][0] = { id, from, to, at: Date.now() };
    this.history.sent.push(message);
    const told = (outcome: string): void => void Object.assign(message, { outcome, toldAt: Date.now() });
    const answer = this.#clients.get(from)!.send(to, `${id} ${'.'.repeat(length)}`);
    this.#answers.push(
      answer.then(
        () => told('sent'),
        (error) => told(error.code ?? String(error)),
      ),
    );
  }

  /** One round: some write, and something happens. */
  async round(): Promise<void> {
    const random = this.#random;
    for (const from of people)
      if (!random.oneIn(3)) {
        const burst = random.oneIn(6) ? 60 : 3;
        for (let i = 0; i < burst; i++) this.say(from, random.pick(people), random.oneIn(4) ? 3000 : 20);
      }
    const name = random.pick(people);
    const wire = this.#wires.get(name)!;
    const what = random.below(12);
    if (what === 0) {
      this.#break(name);
      wire.cut();
    } else if (what === 1) {
      wire.hold(true);
      await sleep(random.below(150));
      wire.hold(false);
    } else if (what === 2) await this.#kill(name);
    else if (what === 3 && random.oneIn(2)) await this.#restart(random.oneIn(2));
    await sleep(random.below(20));
  }

  /** Waits for every answer, and for what is still on its way. */
  async settle(): Promise<void> {
    await Promise.race([Promise.all(this.#answers), sleep(20_000, undefined, { ref: false })]);
    const until = Date.now() + 3000;
    let count = -1;
    while (count !== this.history.got.length && Date.now() < until) {
      count = this.history.got.length;
      await sleep(100);
    }
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) await client.close({ timeoutMs: 500 }).catch(() => {});
    await this.#server.close();
    for (const wire of this.#wires.values()) wire.close();
  }

  async #serve(): Promise<void> {
    this.#server = new ChatServer({
      limits: { linesPerSecond: Number.POSITIVE_INFINITY, lingerMs: 300, stallMs: 5000 },
    });
    this.#server.subscribe((event) => {
      if (event.type === 'join' || event.type === 'leave') this.history.presence.push(event);
      if (event.type === 'stopped') this.history.presence.push({ type: 'stopped', name: '' });
    });
    ({ port: this.#port } = await this.#server.listen({ port: this.#port }));
  }

  async #join(name: string): Promise<void> {
    const client = new ChatClient({ name, port: this.#wires.get(name)!.port, reconnect: { minMs: 10, maxMs: 100 } });
    client.subscribe((event) => {
      if (event.type === 'message') this.#hear(name, event);
    });
    this.#clients.set(name, client);
    for (;;) {
      try {
        await client.connect();
        return;
      } catch {
        await sleep(20);
      }
    }
  }

  #hear(by: string, { from, text }: ChatMessage): void {
    this.history.got.push({ id: text.split(' ')[0]!, by, from });
  }

  #break(name: string): void {
    this.history.breaks.push({ name, at: Date.now() });
  }

  /** The program is gone, and started again. */
  async #kill(name: string): Promise<void> {
    this.#break(name);
    await this.#clients
      .get(name)!
      .close({ signal: AbortSignal.abort() })
      .catch(() => {});
    await this.#join(name);
  }

  async #restart(isOrderly: boolean): Promise<void> {
    if (!isOrderly)
      for (const name of people) {
        this.#break(name);
        this.#wires.get(name)!.cut();
      }
    await this.#server.close();
    await sleep(this.#random.below(60));
    await this.#serve();
  }
}

test('what has a receipt arrives, once and in order, whatever is killed, held, cut and restarted', async (t) => {
  const first = Number(process.env.WIREBOOK_FUZZ_SEED ?? randomSeed());
  for (let i = 0; i < schedules; i++) {
    const seed = first + i;
    const chat = new Chat(new Random(seed));
    await chat.open();
    for (let round = 0; round < 60; round++) await chat.round();
    await chat.settle();
    await chat.close();
    const { sent, got, breaks } = chat.history;
    assert.deepEqual(faultsOf(chat.history), [], `seed ${seed}`);
    assert.ok(got.length > sent.length / 2, `seed ${seed}: ${got.length} of ${sent.length} arrived`);
    t.diagnostic(`seed ${seed}: ${sent.length} sent, ${got.length} arrived, ${breaks.length} connections broken`);
  }
});

/** A server that is faulty once, and what the checker has to say of it. */
function plants(): Readonly<Record<string, readonly [RegExp, Tamper]>> {
  let count = 0;
  let held: string | undefined;
  const isDelivery = (line: string): boolean => /^\w+: \w+-\d+ /.test(line) && ++count === 5;
  return {
    'loses a message': [/^lost: /, (line) => (isDelivery(line) ? [] : [line])],
    'sends one twice': [/^twice: /, (line) => (isDelivery(line) ? [line, line] : [line])],
    'sends two in the wrong order': [
      /^out of order: /,
      (line) => {
        if (held !== undefined && /^\w+: \w+-\d+ /.test(line)) {
          const both = [line, held];
          held = undefined;
          return both;
        }
        if (!isDelivery(line)) return [line];
        held = line;
        return [];
      },
    ],
    'names the wrong sender': [/^astray: /, (line) => (isDelivery(line) ? [line.replace(/^\w+/, 'Mallory')] : [line])],
    'says of a message that is delivered that nobody is there': [
      /^refused, and came: /,
      (line) => [
        line.replace(/^\* sent (\w+) 1$/, (all, tag) => (++count === 5 ? `* error ${tag} NO_SUCH_USER Bob :x` : all)),
      ],
    ],
    'does not answer': [/^no answer: /, (line) => (/^\* sent /.test(line) && ++count === 5 ? [] : [line])],
  };
}

for (const what of Object.keys(plants()))
  test(`the checker notices a server that ${what}`, async () => {
    const [words, tamper] = plants()[what]!;
    const chat = new Chat(new Random(1));
    await chat.open({ Bob: tamper });
    for (let i = 0; i < 10; i++) {
      chat.say('Alice', 'Bob', 10);
      chat.say('Bob', 'Alice', 10);
    }
    await (what === 'does not answer' ? sleep(300) : chat.settle());
    const faults = faultsOf(chat.history);
    await chat.close();
    assert.match(faults[0] ?? 'none', words);
    assert.equal(new Set(faults.map((fault) => /\w+-\d+/.exec(fault)?.[0])).size, 1, faults.join('\n'));
  });

test('the checker notices two owners of a name, and a name that comes back is none', () => {
  const presence = (text: string): History['presence'] =>
    text.split(' ').map((word) => ({
      type: word.startsWith('+') ? 'join' : word === 'stop' ? 'stopped' : 'leave',
      name: word.slice(1),
    }));
  const faults = (text: string): string[] => faultsOf({ sent: [], got: [], breaks: [], presence: presence(text) });
  assert.deepEqual(faults('+A +B -A +A stop +A +B'), []);
  assert.deepEqual(faults('+A +B +A'), ['two owners: A']);
});
