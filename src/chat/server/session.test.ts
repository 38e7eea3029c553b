import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random, randomSeed } from '../../random.js';
import { type ChatLimits, defaultLimits } from '../protocol/limits.js';
import type { Delivery } from './delivery.js';
import { Hub } from './hub.js';
import type { Link } from './link.js';
import { Session } from './session.js';

/** A link that is a list of texts; what it is sent counts as taken when `take()` says so. */
class FakeLink implements Link {
  readonly address: string;
  readonly remote = 'test:1';
  readonly taken = 0;
  isCongested = false;
  isBehind = false;
  isPaused = false;
  isEnded = false;
  isProbed = false;
  text = '';
  deliveries: Delivery[] = [];

  constructor(address: string) {
    this.address = address;
  }

  send(text: string, delivery?: Delivery): void {
    this.text += text;
    if (delivery !== undefined) this.deliveries.push(delivery);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  probe(): void {
    this.isProbed = true;
  }

  space(): void {}

  end(farewell?: string, waiting: readonly Delivery[] = []): void {
    this.isEnded = true;
    if (farewell === undefined) return;
    this.text += farewell;
    for (const delivery of new Set([...this.deliveries.splice(0), ...waiting])) delivery.failed('Bob');
  }

  /** The operating system takes everything. */
  take(): string {
    for (const delivery of this.deliveries.splice(0)) delivery.handed();
    const { text } = this;
    this.text = '';
    return text;
  }
}

class World {
  now = 0;
  readonly timers: { at: number; callback: () => void }[] = [];
  readonly hub: Hub;
  readonly sessions: Session[] = [];

  constructor(limits: Partial<ChatLimits> = {}, password?: string) {
    const clock = {
      now: () => this.now,
      after: (ms: number, callback: () => void) => void this.timers.push({ at: this.now + ms, callback }),
    };
    this.hub = new Hub({ ...defaultLimits, ...limits }, clock, password);
  }

  add(name?: string, address = 'test'): { session: Session; link: FakeLink; say(text: string | Uint8Array): string } {
    const link = new FakeLink(address);
    const session = new Session(this.hub, link);
    this.sessions.push(session);
    const say = (text: string | Uint8Array): string => {
      session.receive(Buffer.from(text));
      return link.take();
    };
    if (name !== undefined) assert.match(say(`/login ${name}\n`), /^\* welcome /);
    return { session, link, say };
  }

  pass(ms: number): void {
    const until = this.now + ms;
    for (; this.now < until; this.now += Math.min(10, until - this.now)) {
      for (const timer of this.timers.splice(0)) {
        if (timer.at <= this.now) timer.callback();
        else this.timers.push(timer);
      }
      for (const session of this.sessions) session.tick(this.now);
    }
  }
}

test('the first byte of a login chooses the line dialect, and each byte may come by itself', () => {
  const { session, link } = new World().add();
  for (const byte of Buffer.from('/login Alice\n')) {
    session.receive(Uint8Array.of(byte));
    assert.equal(session.dialect, 'line');
  }
  assert.match(link.take(), /^\* welcome Alice 1 30 4096 1 :/);
});

test('a bare name without a line feed is a classic login at once', () => {
  const { session, say } = new World().add();
  assert.equal(say('Alice'), 'Welcome Alice!');
  assert.equal(session.dialect, 'classic');
});

test('a first read that ends in half a character waits for the other half', () => {
  const { say } = new World().add();
  const name = Buffer.from('Zoë');
  assert.equal(say(name.subarray(0, 3)), '');
  assert.equal(say(name.subarray(3)), 'Welcome Zoë!');
});

test('half a character that is never completed is refused after a second', () => {
  const world = new World();
  const { link, say } = world.add('x') && world.add();
  say(Buffer.from([0xc3]));
  world.pass(1500);
  assert.match(link.take(), /^A name is 1 to 32/);
  assert.ok(link.isEnded);
});

test('a connection that does not log in is closed after the time for it, trickle as it may', () => {
  const world = new World({ loginMs: 1000 });
  const silent = world.add();
  const trickler = world.add();
  for (let i = 0; i < 11; i++) {
    trickler.say('/');
    world.pass(100);
  }
  assert.match(silent.link.take(), /^\* bye LOGIN_TIMEOUT /);
  assert.match(trickler.link.take(), /^\* bye LOGIN_TIMEOUT /);
  assert.ok(silent.link.isEnded && trickler.link.isEnded);
});

test('five bad logins end a connection', () => {
  const { link, say } = new World().add();
  for (let i = 0; i < 4; i++) assert.match(say('/login a:b\n'), /^\* error - NAME_INVALID a:b :[^\n]*\n$/);
  assert.match(say('/login a:b\n'), /\* bye LOGIN_FAILED /);
  assert.ok(link.isEnded);
});

test('a wrong password and none end a connection, the right one does not', () => {
  const world = new World({}, 'correct horse');
  for (const [login, answer] of [
    ['/login Alice\n', /^\* bye PASSWORD /],
    ['/login Alice wrong\n', /^\* bye PASSWORD /],
    ['Alice', /password/],
  ] as const) {
    const { link, say } = world.add();
    assert.equal(say(login), '', 'the answer takes its time');
    world.pass(600);
    assert.match(link.take(), answer);
    assert.ok(link.isEnded);
  }
  assert.match(world.add().say('/login Alice correct horse\n'), /^\* welcome Alice /);
});

test('a password is the same however it is typed: composed or not, with what is made harmless on the way, and spaces around it', () => {
  const world = new World({}, ' z\u00fc\u200bri ');
  for (const [i, given] of ['z\u00fc\u200bri', 'zu\u0308\u200bri', '  z\u00fc\u200bri '].entries())
    assert.match(world.add().say(`/login P${i} ${given}\n`), /^\* welcome /, JSON.stringify(given));
});

test('after five wrong passwords none of an address is looked at, then one every ten seconds; other addresses go on', () => {
  const world = new World({}, 'correct horse');
  const answer = (login: string, address = 'here'): string => {
    const { link, say } = world.add(undefined, address);
    const atOnce = say(login);
    world.pass(600);
    return atOnce + link.text;
  };
  for (let i = 0; i < 5; i++) assert.match(answer('/login Mallory guess\n'), /bye PASSWORD/);
  assert.match(answer('/login Alice correct horse\n'), /bye TOO_MANY/);
  assert.match(answer('/login Alice correct horse\n', 'elsewhere'), /welcome Alice/);
  world.pass(10_000);
  assert.match(answer('/login Bob correct horse\n'), /welcome Bob/);
});

test('a receipt waits until the recipient has been served', () => {
  const world = new World();
  const alice = world.add('Alice');
  const bob = world.add('Bob');
  alice.link.take();
  assert.equal(alice.say('#1 Bob: Hello\n'), '');
  assert.equal(bob.link.take(), 'Alice: Hello\n');
  assert.equal(alice.link.take(), '* sent 1 1\n');
});

test('a receipt for all counts those who were served, and waits for the last', () => {
  const world = new World();
  const alice = world.add('Alice');
  const others = ['Bob', 'Carol', 'Dave'].map((name) => world.add(name));
  alice.link.take();
  alice.say('#x /all Hello\n');
  others[0]!.link.take();
  others[1]!.link.take();
  assert.equal(alice.link.take(), '');
  others[2]!.session.cutOff('SLOW_READER');
  const said = alice.link.take();
  assert.match(said, /\* sent x 2\n/);
  assert.match(said, /\* leave Dave slow /);
  assert.match(said, /\* error - UNDELIVERED /);
});

test('a tagged message is answered exactly once when its recipient is cut off', () => {
  const world = new World();
  const alice = world.add('Alice');
  const bob = world.add('Bob');
  alice.link.take();
  alice.say('#9 Bob: Hello\n');
  bob.session.cutOff('SLOW_READER');
  const answers = alice.link
    .take()
    .split('\n')
    .filter((line) => line.includes(' 9 '));
  assert.deepEqual(answers.length, 1);
  assert.match(answers[0]!, /^\* error 9 UNDELIVERED Bob :/);
  assert.match(bob.link.text, /\* bye SLOW_READER /);
});

test('/all with nobody else there is answered with a count of 0', () => {
  assert.equal(new World().add('Alice').say('#1 /all Hello\n'), '* sent 1 0\n');
});

test('a sender waits while its recipient is behind, and goes on in order', () => {
  const world = new World();
  const alice = world.add('Alice');
  const bob = world.add('Bob');
  bob.link.take();
  bob.link.isCongested = true;
  const texts = Array.from({ length: 12 }, (_, i) => `${i} ${'x'.repeat(2000)}`);
  alice.say(texts.map((text) => `Bob: ${text}\n`).join(''));
  assert.ok(alice.link.isPaused);
  assert.equal(bob.link.take(), '');
  bob.link.isCongested = false;
  bob.session.drained();
  assert.ok(!alice.link.isPaused);
  assert.equal(bob.link.take(), texts.map((text) => `Alice: ${text}\n`).join(''));
});

test('a message to one who is behind holds nobody up: not its sender, not a third, not a message to all', () => {
  const world = new World();
  const [alice, bob, carol] = [world.add('Alice'), world.add('Bob'), world.add('Carol')];
  for (const { link } of [alice, bob, carol]) link.take();
  bob.link.isCongested = true;
  alice.say('#1 Bob: one\n#2 Carol: two\n');
  assert.equal(carol.link.take(), 'Alice: two\n');
  assert.equal(alice.link.take(), '* sent 2 1\n');
  carol.say('#3 /all three\n');
  assert.equal(alice.link.take(), 'Carol (to all): three\n');
  assert.equal(carol.link.take(), '* sent 3 1\n', 'Bob is not waited for, and not counted');
  bob.link.isCongested = false;
  bob.session.drained();
  assert.equal(bob.link.take(), 'Alice: one\nCarol (to all): three\n');
  assert.equal(alice.link.take(), '* sent 1 1\n');
  assert.equal(carol.link.take(), '');
});

test('what waits for one who is cut off is answered, also when it was sent to all', () => {
  const world = new World();
  const [alice, bob, carol] = [world.add('Alice'), world.add('Bob'), world.add('Carol')];
  for (const { link } of [alice, bob, carol]) link.take();
  bob.link.isCongested = true;
  alice.say('#1 Bob: one\n');
  carol.say('#3 /all three\n');
  alice.link.take();
  assert.equal(carol.link.take(), '* sent 3 1\n');
  bob.session.cutOff('SLOW_READER');
  assert.match(alice.link.take(), /\* error 1 UNDELIVERED Bob /);
  assert.match(carol.link.take(), /\* error - UNDELIVERED Bob /);
});

test('lines before the end of the input are served, however slowly, before the name is free', () => {
  const world = new World({ burst: 10, linesPerSecond: 100 });
  const [bob, alice] = [world.add('Bob'), world.add('Alice')];
  bob.link.take();
  const lines = Array.from({ length: 60 }, (_, i) => `#${i} Bob: ${i}\n`).join('');
  alice.session.receive(Buffer.from(`${lines}Bob: half a li`));
  alice.session.inputEnded();
  assert.match(world.add().say('/login Alice\n'), /NAME_TAKEN/);
  for (let i = 0; i < 100; i++) {
    world.pass(10);
    bob.link.take().split('\n');
  }
  assert.equal(alice.link.take().match(/\* sent/g)?.length, 60);
  assert.ok(alice.link.isEnded);
  assert.match(world.add().say('/login Alice\n'), /welcome/);
});

test('lines before the end of the input are served though the connection is gone by then', () => {
  const world = new World({ burst: 10, linesPerSecond: 100 });
  const [bob, alice] = [world.add('Bob'), world.add('Alice')];
  bob.link.take();
  alice.session.receive(Buffer.from(Array.from({ length: 60 }, (_, i) => `Bob: ${i}\n`).join('')));
  alice.session.inputEnded();
  alice.session.closed('lost');
  world.pass(1000);
  assert.equal(bob.link.take().match(/Alice: /g)?.length, 60);
  assert.match(world.add().say('/login Alice\n'), /welcome/);
});

test('whatever carries a tag is answered with it, too long or not text at all', () => {
  const alice = new World().add('Alice');
  assert.equal(alice.say('#7 /who\n'), '* who #7 Alice\n* end #7 1 :1 person is here\n');
  assert.match(alice.say(`#8 /who ${'x'.repeat(5000)}\n`), /^\* error 8 TOO_LONG :/);
  assert.match(alice.say(`#9 Bob: ${'\x01'.repeat(2000)}\n`), /^\* error 9 TOO_LONG :/);
  assert.match(alice.say(Buffer.from('#a Bob: \xff\n', 'latin1')), /^\* error a NOT_UTF8 :/);
  assert.match(alice.say('#b /help\n'), /^\* error b FORMAT :/);
  for (const byte of Buffer.from(`#c Bob: ${'x'.repeat(5000)}\n`)) alice.session.receive(Uint8Array.of(byte));
  assert.match(alice.link.take(), /^\* error c TOO_LONG :/);
});

test('a message nobody can see is none', () => {
  const world = new World();
  const [alice, bob] = [world.add('Alice'), world.add('Bob')];
  bob.link.take();
  for (const blank of ['\u200e\u200f', '\u2800', '\u3000', ' \t '])
    assert.match(alice.say(`Bob: ${blank}\n`), /EMPTY_MESSAGE/, JSON.stringify(blank));
  assert.equal(bob.link.take(), '');
});

test('a client that was sent a lot since it last spoke has the time to read it before it counts as gone', () => {
  const world = new World({ keepAliveMs: 1000 });
  const slow = world.add('Slow');
  slow.session.receive(Buffer.from('\n'));
  Object.assign(slow.link, { taken: 32_000 });
  world.pass(3500);
  assert.equal(slow.session.state, 'ready');
  world.pass(1000);
  assert.match(slow.link.take(), /bye TIMEOUT/);
});

test('what begins like TLS is told in words that there is none', () => {
  const { link, say } = new World().add();
  assert.match(say(Uint8Array.of(0x16, 3, 1, 2, 0, 1)), /^\* bye PROTOCOL :This server does not speak TLS/);
  assert.ok(link.isEnded);
});

test('a sender that waits for one who is cut off goes on', async () => {
  const world = new World();
  const alice = world.add('Alice');
  const bob = world.add('Bob');
  const carol = world.add('Carol');
  carol.link.take();
  bob.link.isCongested = true;
  alice.say(`${`Bob: ${'x'.repeat(2000)}\n`.repeat(10)}Carol: two\n`);
  assert.ok(alice.link.isPaused);
  bob.session.cutOff('SLOW_READER');
  await new Promise(setImmediate);
  assert.match(alice.link.take(), /UNDELIVERED Bob.*NO_SUCH_USER Bob/s);
  assert.match(carol.link.take(), /Alice: two\n/);
});

test('a client that does not read its answers is not asked for more', () => {
  const world = new World();
  const alice = world.add('Alice');
  alice.link.isCongested = true;
  alice.session.receive(Buffer.from('/ping 1\n'));
  assert.ok(alice.link.isPaused);
  assert.equal(alice.link.text, '');
});

test('a flood is slowed down, told so once, and loses nothing', () => {
  const world = new World({ burst: 10, linesPerSecond: 100 });
  const alice = world.add('Alice');
  const bob = world.add('Bob');
  alice.link.take();
  bob.link.take();
  const lines = Array.from({ length: 60 }, (_, i) => `Bob: ${i}\n`);
  alice.session.receive(Buffer.from(lines.join('')));
  assert.ok(alice.link.isPaused);
  assert.ok(bob.link.text.split('\n').length <= 11);
  world.pass(1000);
  assert.ok(!alice.link.isPaused);
  assert.equal(bob.link.take(), lines.map((line) => line.replace('Bob', 'Alice')).join(''));
  assert.equal(alice.link.take().match(/FLOOD/g)?.length, 1);
});

test('an allowance does not grow beyond its burst', () => {
  const world = new World({ burst: 10, linesPerSecond: 100 });
  const alice = world.add('Alice');
  world.pass(60_000 / 10);
  alice.say('/ping\n'.repeat(5));
  assert.equal(alice.say('/ping\n'.repeat(50)).match(/pong/g)?.length, 5);
});

for (const [people, cost] of [
  [9, 1],
  [10, 2],
  [19, 2],
  [30, 4],
] as const) {
  test(`/all to ${people} people costs as much of the allowance as ${cost} lines`, () => {
    const burst = 12;
    const world = new World({ burst, linesPerSecond: 1, presence: 0 });
    const alice = world.add('Alice');
    for (let i = 0; i < people; i++) world.add(`user${i}x`);
    world.pass(burst * 1000);
    alice.link.take();
    alice.session.receive(Buffer.from(`/all hi\n${'/ping\n'.repeat(burst)}`));
    assert.equal(alice.link.take().match(/pong/g)?.length, burst - cost);
  });
}

test('a silent client is asked once, and cut off after a second silence; its name is free', () => {
  const world = new World({ keepAliveMs: 1000 });
  const alice = world.add('Alice');
  world.pass(1500);
  assert.match(alice.link.take(), /^\* ping \S+\n$/);
  world.pass(1000);
  assert.match(alice.link.take(), /^\* bye TIMEOUT /);
  assert.match(world.add().say('/login Alice\n'), /^\* welcome Alice /);
});

test('a client that answers is not cut off, and anything it says is an answer', () => {
  const world = new World({ keepAliveMs: 1000 });
  const alice = world.add('Alice');
  for (let i = 0; i < 5; i++) {
    world.pass(1500);
    const [, token] = /\* ping (\S+)\n/.exec(alice.link.take()) ?? [];
    assert.ok(token);
    alice.say(i % 2 === 0 ? `/pong ${token}\n` : '\n');
  }
  assert.equal(alice.session.state, 'ready');
});

test('a bare name and a classic client are left to the probes of TCP', () => {
  const world = new World({ keepAliveMs: 1000 });
  const bare = world.add();
  bare.say('Alice\n');
  const classic = world.add();
  classic.say('Bob');
  world.pass(5000);
  assert.ok(bare.link.isProbed && classic.link.isProbed);
  assert.equal(bare.session.state, 'ready');
  assert.equal(classic.session.state, 'ready');
});

test('beyond the limit for presence nobody is told who joins and leaves', () => {
  const world = new World({ presence: 2 });
  const alice = world.add('Alice');
  world.add('Bob');
  assert.match(alice.link.take(), /\* join Bob /);
  world.add('Carol');
  assert.equal(alice.link.take(), '');
});

test('/who lists 5,000 names in lines below the limit, the first 1,000, and counts them all', () => {
  const world = new World({ presence: 0 });
  for (let i = 0; i < 5000; i++) world.add(`c${i}`);
  const lines = world.sessions[0]!.link as FakeLink;
  lines.take();
  world.sessions[0]!.receive(Buffer.from('/who\n'));
  const answer = lines.take().trimEnd().split('\n');
  assert.ok(answer.every((line) => Buffer.byteLength(line) <= 4096));
  assert.equal(answer.slice(0, -1).flatMap((line) => line.split(' ').slice(2)).length, 1000);
  assert.match(answer.at(-1)!, /^\* end 5000 :5000 people are here, the first 1000 are shown$/);
});

test('nothing a name or a message holds makes a line of its own', () => {
  const world = new World();
  const bob = world.add('Bob');
  const alice = world.add('Alice');
  bob.link.take();
  alice.say('Bob: one\r* bye SHUTDOWN :stop\u2028* leave\u0085* leave\n');
  alice.say('Bob\u001b[2J: x\n');
  assert.equal(bob.link.take(), 'Alice: one␍* bye SHUTDOWN :stop\ufffd* leave\ufffd* leave\n');
});

test('what is not a message is answered with a code and changes nothing', () => {
  const alice = new World().add('Alice');
  assert.match(alice.say('no colon\n'), /FORMAT/);
  assert.match(alice.say('#tag\n'), /FORMAT/);
  assert.match(alice.say('#t ag: x\n'), /NO_SUCH_USER/);
  assert.match(alice.say('#waytoolongatagforthis Bob: x\n'), /FORMAT/);
  assert.match(alice.say(`Bob: ${'x'.repeat(5000)}\n`), /TOO_LONG/);
  assert.match(alice.say(Buffer.from('Bob: \xff\n', 'latin1')), /NOT_UTF8/);
  assert.match(alice.say('/nothing\n'), /UNKNOWN_COMMAND/);
  assert.match(alice.say('/all   \n'), /EMPTY_MESSAGE/);
  assert.equal(alice.say('\n'), '');
  assert.match(alice.say('/ping still-here\n'), /^\* pong still-here\n$/);
});

test('/quit waits for the answers to what was sent, but the name is free at once', () => {
  const world = new World();
  const alice = world.add('Alice');
  const bob = world.add('Bob');
  alice.link.take();
  assert.equal(alice.say('#1 Bob: one\n#2 Bob: two\n/quit\nBob: never\n'), '');
  world.add('Alice');
  assert.match(bob.link.take(), /Alice: one\nAlice: two\n\* leave Alice quit/);
  assert.match(alice.link.take(), /^\* sent 1 1\n\* sent 2 1\n\* bye QUIT :Goodbye\n$/);
  assert.ok(alice.link.isEnded);
});

test('/quit does not wait for a recipient for ever', () => {
  const world = new World({ lingerMs: 100 });
  const alice = world.add('Alice');
  world.add('Bob');
  alice.say('#1 Bob: one\n/quit\n');
  world.pass(200);
  assert.match(alice.link.take(), /\* bye QUIT /);
});

test('whatever clients send, cut anyhow, each line a client gets is a notice or a delivery of somebody else’s words', () => {
  const seed = randomSeed();
  const random = new Random(seed);
  const words = [
    'Alice',
    'bob',
    'Old',
    ': ',
    ':',
    ' ',
    '\n',
    '\r\n',
    '/all ',
    '/who',
    '/login Bob',
    '/quit',
    '#1 ',
    '#',
    '* leave Bob quit :x',
    '\x1b[2J',
    '\u2028',
    '太',
    '\xff',
    'x'.repeat(5000),
    '\0',
    '/ping :',
  ];
  const until = performance.now() + Number(process.env.WIREBOOK_FUZZ_MS ?? 300);
  let runs = 0;
  for (; performance.now() < until || runs === 0; runs++) {
    const world = new World({ linesPerSecond: Number.POSITIVE_INFINITY });
    const line = world.add('Bob');
    const others = [world.add('Alice'), world.add(), world.add()];
    others[1]!.say('Old');
    for (let i = 0; i < 40; i++) {
      const text = Array.from({ length: random.below(6) + 1 }, () => random.pick(words)).join('');
      const bytes = Buffer.from(text, random.below(2) === 0 ? 'latin1' : 'utf8');
      const other = random.pick(others);
      if (bytes.length > 0) other.session.receive(bytes);
      if (random.below(3) === 0) for (const { link } of others) link.take();
    }
    const got = line.link.take();
    for (const said of got.split('\n').slice(0, -1)) {
      const context = `seed ${seed}, run ${runs}: ${JSON.stringify(said)}`;
      assert.match(said, /^(\* (join|leave) [\p{L}\p{N}._-]+ ?|[\p{L}\p{N}\p{M}._-]+( \(to all\))?: )/u, context);
      assert.doesNotMatch(said, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028]/, context);
      assert.ok(Buffer.byteLength(said) <= 4352, context);
    }
  }
});
