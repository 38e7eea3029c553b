import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { ChatError } from '../../errors.js';
import { certificate, key } from '../../testing/certificate.js';
import { RawPeer } from '../../testing/chat-peer.js';
import { until } from '../../testing/chat-session.js';
import type { ChatLimits } from '../protocol/limits.js';
import type { ChatEvent } from './event.js';
import { ChatServer } from './server.js';

async function start(t: TestContext, limits: Partial<ChatLimits> = {}): Promise<{ server: ChatServer; port: number }> {
  const server = new ChatServer({ limits: { lingerMs: 300, ...limits } });
  const { port } = await server.listen({ port: 0 });
  t.after(() => server.close());
  return { server, port };
}

/** Waits for what needs no exact time. */
test('a conversation sent byte by byte is the same conversation', async (t) => {
  const { port } = await start(t);
  const bob = await RawPeer.login(port, 'Bob');
  const alice = await RawPeer.connect(port);
  for (const byte of Buffer.from('/login Alice\r\n#1 Bob: Grüße 👍\r\n')) {
    alice.write(Uint8Array.of(byte));
    await new Promise(setImmediate);
  }
  assert.match(await alice.line(), /^\* welcome Alice /);
  assert.equal(await alice.line(), '* sent 1 1');
  assert.equal(await bob.said(), 'Alice: Grüße 👍');
});

for (const [what, body] of [
  ['one byte', 'x'],
  ['one emoji', '👩‍🚀'],
  ['a body exactly at the limit', 'x'.repeat(4096 - 'Bob: '.length)],
  ['a body of characters of three bytes at the limit', `${'太'.repeat(1363)}xx`],
] as const)
  test(`${what} arrives whole`, async (t) => {
    const { port } = await start(t);
    const [alice, bob] = [await RawPeer.login(port, 'Alice'), await RawPeer.login(port, 'Bob')];
    alice.write(`Bob: ${body}\n`);
    assert.equal(await bob.said(), `Alice: ${body}`);
  });

test('one byte over the limit is refused, and the next line is served', async (t) => {
  const { port } = await start(t);
  const [alice, bob] = [await RawPeer.login(port, 'Alice'), await RawPeer.login(port, 'Bob')];
  alice.write(`Bob: ${'x'.repeat(4092)}\nBob: ${'太'.repeat(1364)}\nBob: next\n`);
  assert.match(await alice.said(), /TOO_LONG/);
  assert.match(await alice.said(), /TOO_LONG/);
  assert.equal(await bob.said(), 'Alice: next');
});

test('1,000 messages in one segment arrive, in order', async (t) => {
  const { port } = await start(t);
  const [alice, bob] = [await RawPeer.login(port, 'Alice'), await RawPeer.login(port, 'Bob')];
  alice.write(Array.from({ length: 999 }, (_, i) => `Bob: ${i}\n`).join(''));
  for (let i = 0; i < 999; i++) assert.equal(await bob.said(), `Alice: ${i}`);
});

test('a name is free after quit, an orderly end, a reset and a time-out', async (t) => {
  const { server, port } = await start(t, { keepAliveMs: 60, loginMs: 200 });
  const ends: Readonly<Record<string, (peer: RawPeer) => void>> = {
    quit: (peer) => peer.write('/quit\n'),
    end: (peer) => peer.close(),
    reset: (peer) => peer.kill(),
    'time-out': () => {},
  };
  for (const [how, end] of Object.entries(ends)) {
    const alice = await RawPeer.login(port, 'Alice');
    const second = await RawPeer.connect(port);
    second.write('/login Alice\n');
    assert.match(await second.line(), /NAME_TAKEN/, how);
    end(alice);
    await until(() => server.names.length === 0, `free after ${how}`);
    second.close();
    const third = await RawPeer.login(port, 'Alice');
    third.write('/quit\n');
    await third.closed();
    alice.close();
  }
});

test('two logins with one name at once: one is let in', async (t) => {
  const { port } = await start(t);
  const peers = await Promise.all(Array.from({ length: 10 }, () => RawPeer.connect(port)));
  for (const peer of peers) peer.write('/login Alice\n');
  const answers = await Promise.all(peers.map((peer) => peer.line()));
  assert.equal(answers.filter((line) => line.startsWith('* welcome Alice ')).length, 1);
  assert.equal(answers.filter((line) => line.includes('NAME_TAKEN')).length, 9);
});

test('half a login and half a message are forgotten with their connection', async (t) => {
  const { server, port } = await start(t);
  const half = await RawPeer.connect(port);
  half.write('/login Ali');
  half.close();
  await half.closed();
  const bob = await RawPeer.login(port, 'Bob');
  const alice = await RawPeer.login(port, 'Alice');
  alice.write('Bob: whole\nBob: ha');
  assert.equal(await bob.said(), 'Alice: whole');
  alice.kill();
  assert.equal(await bob.line(), '* leave Alice lost :Alice has left (lost)');
  assert.deepEqual(server.names, ['Bob']);
});

test('messages written just before an orderly end arrive, and so do their receipts', async (t) => {
  const { port } = await start(t);
  const bob = await RawPeer.login(port, 'Bob');
  const alice = await RawPeer.connect(port);
  alice.write('/login Alice\n#1 Bob: one\n#2 Bob: two\n');
  alice.close();
  assert.equal(await bob.said(), 'Alice: one');
  assert.equal(await bob.said(), 'Alice: two');
  assert.match(await alice.closed(), /welcome Alice.*\n\* sent 1 1\n\* sent 2 1\n$/);
});

test('a reader that stops is cut off with a reason, its sender is told, others notice nothing, its name is free', async (t) => {
  const { server, port } = await start(t, { stallMs: 300, linesPerSecond: Number.POSITIVE_INFINITY, lingerMs: 20_000 });
  const events: ChatEvent[] = [];
  server.subscribe((event) => events.push(event));
  const stopped = await RawPeer.login(port, 'Stopped');
  const sender = await RawPeer.login(port, 'Sender');
  const [alice, bob] = [await RawPeer.login(port, 'Alice'), await RawPeer.login(port, 'Bob')];
  stopped.socket.pause();
  const line = `Stopped: ${'x'.repeat(4000)}\n`;
  let isCut = false;
  const told = (async () => {
    assert.equal(await sender.line(), '* join Alice :Alice has joined');
    assert.equal(await sender.line(), '* join Bob :Bob has joined');
    assert.equal(await sender.line(), '* leave Stopped slow :Stopped has left (slow)');
    assert.match(await sender.line(), /^\* error - UNDELIVERED Stopped :/);
    isCut = true;
  })();
  // Operating systems buffer tens of megabytes before anything waits in the server.
  for (let i = 0; !isCut && i < 50_000; i++) {
    if (!sender.socket.write(line)) await Promise.race([once(sender.socket, 'drain'), sleep(500)]);
    if (i % 500 === 0) {
      alice.write(`Bob: ${i}\n`);
      assert.equal(await bob.said(), `Alice: ${i}`);
    }
  }
  await until(() => isCut, 'cut off');
  await told;
  assert.deepEqual(
    events.filter(({ type }) => type === 'leave').map((event) => 'reason' in event && event.reason),
    ['slow'],
  );
  await RawPeer.login(port, 'Stopped');
  stopped.socket.resume();
  assert.match(await stopped.closed(), /\n\* bye SLOW_READER :You stopped reading[^\n]*\n$/);
});

test('a reader that is slow, but reads, gets everything in order', async (t) => {
  const { port } = await start(t, { linesPerSecond: Number.POSITIVE_INFINITY, stallMs: 5000 });
  const [alice, bob] = [await RawPeer.login(port, 'Alice'), await RawPeer.login(port, 'Bob')];
  const count = 4000;
  const pad = '.'.repeat(3000);
  let bytes = 0;
  let seen = '';
  bob.socket.removeAllListeners('data');
  bob.socket.on('data', (chunk) => {
    bytes += chunk.length;
    seen = (seen + chunk.toString('latin1')).slice(-4000);
    bob.socket.pause();
    setTimeout(() => bob.socket.resume(), 1);
  });
  for (let i = 0; i < count; i++) {
    if (!alice.socket.write(`Bob: ${String(i).padStart(6, '0')}${pad}\n`)) await once(alice.socket, 'drain');
  }
  await until(() => seen.includes(`Alice: 003999${pad}\n`), 'the last message');
  assert.equal(bytes, count * `Alice: 000000${pad}\n`.length);
});

test('all can write to all at once, and nothing is lost or reordered', async (t) => {
  const { port } = await start(t, { linesPerSecond: Number.POSITIVE_INFINITY });
  const count = 8;
  const peers: RawPeer[] = [];
  for (let i = 0; i < count; i++) peers.push(await RawPeer.login(port, `p${i}`));
  for (let n = 0; n < 200; n++) for (const peer of peers) peer.write(peers.map((_, to) => `p${to}: ${n}\n`).join(''));
  for (const peer of peers) {
    const next = new Map<string, number>();
    for (let got = 0; got < 200 * count; got++) {
      const [from = '', number] = (await peer.said()).split(': ');
      assert.equal(Number(number), next.get(from) ?? 0);
      next.set(from, Number(number) + 1);
    }
  }
});

test('more clients than the limit are told so, and those within it go on', async (t) => {
  const { port } = await start(t, { clients: 2 });
  const alice = await RawPeer.login(port, 'Alice');
  const bob = await RawPeer.login(port, 'Bob');
  const third = await RawPeer.connect(port);
  assert.match(await third.closed(), /^\* bye SERVER_FULL /);
  alice.write('Bob: still here\n');
  assert.equal(await bob.said(), 'Alice: still here');
});

test('of too many half-open connections the oldest is closed', async (t) => {
  const { port } = await start(t, { halfOpen: 3 });
  const alice = await RawPeer.login(port, 'Alice');
  const oldest = await RawPeer.connect(port);
  oldest.write('/log');
  const others = [await RawPeer.connect(port), await RawPeer.connect(port), await RawPeer.connect(port)];
  assert.match(await oldest.closed(), /^\* bye LOGIN_TIMEOUT /);
  others[2]!.write('/login Bob\n');
  assert.match(await others[2]!.line(), /welcome Bob/);
  alice.write('Bob: hi\n');
  assert.equal(await others[2]!.said(), 'Alice: hi');
});

test('one address holds only so many connections that have not logged in, and drives out nobody of another', async (t) => {
  const { port } = await start(t, { halfOpen: 6, halfOpenPerAddress: 4 });
  const slow = await RawPeer.connect(port, '127.0.0.1', '127.0.0.2');
  slow.write('/login Sl');
  const crowd: RawPeer[] = [];
  for (let i = 0; i < 4; i++) crowd.push(await RawPeer.connect(port));
  for (let i = 0; i < 3; i++) assert.match(await (await RawPeer.connect(port)).closed(), /^\* bye TOO_MANY /);
  for (let i = 0; i < 3; i++) await RawPeer.connect(port, '127.0.0.1', '127.0.0.3');
  assert.match(await crowd[0]!.closed(), /^\* bye LOGIN_TIMEOUT /, 'the oldest of the address that has most');
  slow.write('ow\n');
  assert.match(await slow.line(), /^\* welcome Slow /);
  assert.match(await RawPeer.login(port, 'Alice').then(() => 'in'), /in/, 'who has left makes room');
});

test('handshakes of TLS under way count with the connections that have not logged in', async (t) => {
  const server = new ChatServer({ tls: { cert: certificate, key }, limits: { halfOpenPerAddress: 3, lingerMs: 300 } });
  const { port } = await server.listen({ port: 0 });
  t.after(() => server.close());
  const silent: RawPeer[] = [];
  for (let i = 0; i < 3; i++) silent.push(await RawPeer.connect(port));
  assert.equal(await (await RawPeer.connect(port)).closed(), '');
  silent[0]!.kill();
  await sleep(50);
  for (const name of ['Alice', 'Bob', 'Carol']) {
    const secure = connectTls({ port, host: '127.0.0.1', ca: certificate });
    t.after(() => secure.destroy());
    secure.write(`/login ${name}\n`);
    assert.match(String((await once(secure, 'data'))[0]), /^\* welcome /);
  }
});

test('clients that fail in every way disturb nobody', async (t) => {
  const { port } = await start(t);
  const [alice, bob] = [await RawPeer.login(port, 'Alice'), await RawPeer.login(port, 'Bob')];
  for (const rubbish of [
    '',
    '\0',
    '\n\n\n',
    '/',
    'x'.repeat(100_000),
    '\xff\xfe',
    'GET / HTTP/1.1\r\n\r\n',
    '\x16\x03\x01',
    '/login\n/login \n/login :\n',
  ]) {
    const peer = await RawPeer.connect(port);
    if (rubbish !== '') peer.write(Buffer.from(rubbish, 'latin1'));
    await new Promise(setImmediate);
    peer.kill();
  }
  alice.write('Bob: undisturbed\n');
  assert.equal(await bob.said(), 'Alice: undisturbed');
});

test('close() tells the clients of both dialects in their way, and frees the port', async (t) => {
  const { server, port } = await start(t);
  const alice = await RawPeer.login(port, 'Alice');
  const classic = await RawPeer.connect(port);
  classic.write('Bob');
  assert.equal(await classic.read(), 'Welcome Bob!');
  const halfOpen = await RawPeer.connect(port);
  for (const peer of [alice, classic, halfOpen]) peer.socket.once('end', () => peer.socket.end());
  await Promise.all([server.close(), server.close()]);
  assert.match(await alice.closed(), /\* bye SHUTDOWN :The server is stopping\n$/);
  assert.equal(await classic.closed(), '');
  await halfOpen.closed();
  const again = new ChatServer();
  await again.listen({ port });
  await again.close();
});

test('close() ends those too whose connection is gone and whose lines are still being served', async (t) => {
  const { server, port } = await start(t, { burst: 300, linesPerSecond: 100 });
  const bob = await RawPeer.login(port, 'Bob');
  const alice = await RawPeer.connect(port);
  alice.socket.end(`/login Alice\n${'Bob: hi\n'.repeat(900)}`);
  assert.equal(await bob.said(), 'Alice: hi');
  alice.socket.destroy();
  // Only who writes to it notices.
  await until(() => {
    bob.write('Alice: are you there?\n');
    return server.size === 1;
  }, 'gone');
  assert.deepEqual(server.names, ['Alice', 'Bob'], 'what was sent before the end is served');
  const events: string[] = [];
  server.subscribe(({ type }) => events.push(type));
  await server.close();
  assert.deepEqual(server.names, []);
  const told = events.length;
  await sleep(200);
  assert.deepEqual([events.length, events.at(-1)], [told, 'stopped']);
});

test('listen() says what is wrong with an address', async (t) => {
  const { port } = await start(t);
  const refuses = (options: { host?: string; port?: number }, code: string, text: RegExp): Promise<void> =>
    assert.rejects(new ChatServer().listen(options), (error) => {
      assert.ok(error instanceof ChatError);
      assert.equal(error.code, code);
      assert.match(error.message, text);
      return true;
    });
  await refuses({ port }, 'ADDRESS_IN_USE', /^Cannot listen on 127\.0\.0\.1:\d+: the port is in use/);
  await refuses({ port: 70_000 }, 'BAD_ADDRESS', /from 0 to 65535/);
  await refuses({ host: '192.0.2.1', port: 0 }, 'BAD_ADDRESS', /not of this machine/);
  await assert.rejects(
    new ChatServer({ tls: { cert: 'x', key: 'x' } }).listen({ port: 0 }),
    (error) => error instanceof ChatError && error.code === 'BAD_CERTIFICATE',
  );
});

test('a server that could not listen can be told to listen elsewhere', async (t) => {
  const { port } = await start(t);
  const server = new ChatServer();
  await assert.rejects(server.listen({ port }));
  await server.listen({ port: 0 });
  await server.close();
  await assert.rejects(server.listen({ port: 0 }), /new one/);
});

/** Whether somebody listens on a port of the loopback. */
async function isOpen(port: number): Promise<boolean> {
  const peer = await RawPeer.connect(port).catch(() => undefined);
  peer?.kill();
  return peer !== undefined;
}

test('a server told twice to listen opens one socket, and close() leaves none', async () => {
  const server = new ChatServer();
  const [first, second] = await Promise.all([server.listen({ port: 0 }), server.listen({ port: 0 })]);
  assert.deepEqual(first, second);
  assert.deepEqual(await server.listen({ port: 0 }), first);
  await assert.rejects(server.listen({ host: '127.0.0.2', port: 0 }), /CLOSED|listens/);
  assert.ok(await isOpen(first.port));
  await server.close();
  assert.ok(!(await isOpen(first.port)));
});

test('a server closed while it begins to listen does not listen', async () => {
  const server = new ChatServer();
  const listening = server.listen({ port: 0 });
  await server.close();
  const { port } = await listening;
  assert.equal(server.address, undefined);
  assert.ok(!(await isOpen(port)));
  await assert.rejects(server.listen({ port: 0 }), /new one/);
});

test('an address others can reach, without TLS and password, is warned of', async () => {
  for (const [host, password, expected] of [
    ['127.0.0.1', undefined, []],
    ['0.0.0.0', undefined, ['warning']],
    ['0.0.0.0', 'secret', ['warning']],
  ] as const) {
    const server = new ChatServer(password === undefined ? {} : { password });
    const warnings: string[] = [];
    server.subscribe(({ type }) => type === 'warning' && warnings.push(type));
    await server.listen({ host, port: 0 });
    await server.close();
    assert.deepEqual(warnings, expected, host);
  }
});

test('events() tells what happened, and ends with the server', async () => {
  const server = new ChatServer();
  const events = server.events();
  const { port } = await server.listen({ port: 0 });
  const alice = await RawPeer.login(port, 'Alice');
  alice.write('#1 Alice: hi\nBob: hi\nhi\n/quit\n');
  await alice.closed();
  await server.close();
  const told: string[] = [];
  for await (const event of events) told.push(event.type === 'message' ? `${event.raw} ${event.outcome}` : event.type);
  assert.deepEqual(told, [
    'listening',
    'join',
    'Alice: hi ROUTED',
    'Bob: hi NO_SUCH_USER',
    'hi FORMAT',
    'leave',
    'stopped',
  ]);
});

test('what a busy server says to a classic client comes one message a read', async (t) => {
  const { port } = await start(t);
  const classic = await RawPeer.connect(port);
  classic.write('Old');
  assert.equal(await classic.read(), 'Welcome Old!');
  const alice = await RawPeer.login(port, 'Alice');
  alice.write('Old: one\nOld: two\nOld: three\n');
  assert.equal(await classic.read(), 'Alice:  one');
  assert.equal(await classic.read(), 'Alice:  two');
  assert.equal(await classic.read(), 'Alice:  three');
});

test('what is waiting for a classic client beyond 64 messages goes out together', async (t) => {
  const { port } = await start(t, { classicSpacingMs: 60_000 });
  const classic = await RawPeer.connect(port);
  classic.write('Old');
  assert.equal(await classic.read(), 'Welcome Old!');
  const alice = await RawPeer.login(port, 'Alice');
  alice.write(Array.from({ length: 65 }, (_, i) => `Old: ${i}\n`).join(''));
  const expected = Array.from({ length: 65 }, (_, i) => `Alice:  ${i}`).join('');
  assert.equal(await classic.bytes(expected.length), expected);
});

/** The edge cases in which the original failed its users, each with what becomes of it here. */
const classicEdges: readonly [string, (string | Buffer)[], RegExp][] = [
  ['an empty-looking name is refused', [' '], /^A name is 1 to 32/],
  ['a name with a line feed inside is a line login of a bad name', ['Al\nice'], /^\* welcome Al |NAME_INVALID/],
  ['a name with a colon is refused', ['Al:ice'], /^A name is 1 to 32/],
  ['a name that is not UTF-8 is refused', [Buffer.from('\xff\xfe', 'latin1')], /^A name is 1 to 32/],
  ['a name and a message that came together are refused', ['AliceBob: hi'], /^A name is 1 to 32/],
  ['1,100 bytes are one message', ['Alice', `Alice: ${'x'.repeat(1100)}`], /^Welcome Alice!Alice: {2}x{1100}$/],
  [
    'a message that is not UTF-8 is answered',
    ['Alice', Buffer.from('Alice: \xff', 'latin1')],
    /^Welcome Alice!Format error/,
  ],
  ['a message to nobody is answered', ['Alice', ': hi'], /^Welcome Alice!User {2}not found\.$/],
  ['an empty body is delivered', ['Alice', 'Alice:'], /^Welcome Alice!Alice: $/],
  ['a target is stripped', ['Alice', '  Alice  : hi'], /^Welcome Alice!Alice: {2}hi$/],
  ['a later colon belongs to the text', ['Alice', 'Alice: a:b: c'], /^Welcome Alice!Alice: {2}a:b: c$/],
  ['a command is a format error', ['Alice', '/who'], /^Welcome Alice!Format error/],
  ['an escape cannot act', ['Alice', 'Alice: \x1b]0;x\x07'], /^Welcome Alice!Alice: {2}␛]0;x␇$/],
];
for (const [what, writes, expected] of classicEdges)
  test(`in the classic dialect ${what}`, async (t) => {
    const { port } = await start(t);
    const peer = await RawPeer.connect(port);
    let got = '';
    for (const data of writes) {
      peer.write(data);
      got += await peer.read();
    }
    for (let i = 0; i < 20 && !expected.test(got); i++) got += await peer.read();
    assert.match(got, expected);
  });

test('in the classic dialect a name cannot be hijacked, and its first holder stays reachable', async (t) => {
  const { port } = await start(t);
  const [first, second, bob] = [await RawPeer.connect(port), await RawPeer.connect(port), await RawPeer.connect(port)];
  first.write('Alice');
  assert.equal(await first.read(), 'Welcome Alice!');
  second.write('Alice');
  assert.match(await second.closed(), /^Alice is taken/);
  bob.write('Bob');
  await bob.read();
  bob.write('Alice: hi');
  assert.equal(await first.read(), 'Bob:  hi');
});
