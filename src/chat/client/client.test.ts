import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ChatError } from '../../errors.js';
import { certificate, key } from '../../testing/certificate.js';
import { RawPeer } from '../../testing/chat-peer.js';
import { hasCode, join, start, until } from '../../testing/chat-session.js';
import { without } from '../../testing/peer.js';
import { ChatServer } from '../server/server.js';
import { backoff } from './backoff.js';
import { ChatClient } from './client.js';

test('five clients talk, each message arrives once and in order, and has its receipt', async (t) => {
  const { port } = await start(t);
  const names = ['Alice', 'Bob', 'Carol', 'Dave', 'Erin'];
  const clients = await Promise.all(names.map((name) => ChatClient.connect({ name, port })));
  const receipts = await Promise.all(
    clients.flatMap((client) => names.flatMap((to) => [1, 2, 3].map((n) => client.send(to, `${client.name} ${n}`)))),
  );
  assert.equal(receipts.length, 75);
  assert.ok(receipts.every((receipt) => receipt.confirmed && receipt.recipients === 1 && receipt.roundTripMs >= 0));
  for (const client of clients) {
    const texts: string[] = [];
    for await (const message of client) if (texts.push(message.text) === 15) break;
    for (const name of names)
      assert.deepEqual(
        texts.filter((text) => text.startsWith(name)),
        [1, 2, 3].map((n) => `${name} ${n}`),
      );
  }
  await Promise.all(clients.map((client) => client.close()));
});

test('the messages of a client can be taken before and after they come, and end with it', async (t) => {
  const { port } = await start(t);
  const { client: alice } = await join(t, { name: 'Alice', port });
  await alice.send('Alice', 'one');
  const messages = alice[Symbol.asyncIterator]();
  assert.equal((await messages.next()).value?.text, 'one');
  const coming = messages.next();
  await alice.send('Alice', 'two');
  const { value } = await coming;
  assert.deepEqual([value?.from, value?.text, value?.toAll], ['Alice', 'two', false]);
  await alice.send('Alice', 'three');
  await alice.close();
  const rest: string[] = [];
  for await (const { text } of alice) rest.push(text);
  assert.deepEqual(rest, ['three']);
});

test('sendAll() and who() know the others', async (t) => {
  const { port } = await start(t);
  const { client: alice, events } = await join(t, { name: 'Alice', port });
  const { client: bob } = await join(t, { name: 'Bob', port });
  assert.deepEqual(await alice.who(), ['Alice', 'Bob']);
  assert.deepEqual(await alice.who('b'), ['Bob']);
  assert.equal((await bob.sendAll('hi')).recipients, 1);
  for await (const message of alice) {
    assert.deepEqual([message.from, message.text, message.toAll], ['Bob', 'hi', true]);
    break;
  }
  await bob.close();
  await until(() => events.some((event) => event.type === 'leave'), 'leave');
  assert.deepEqual(
    events.map((event) => event.type),
    ['connected', 'join', 'message', 'leave'],
  );
});

test('what cannot be sent is refused with its code', async (t) => {
  const { port } = await start(t);
  const { client } = await join(t, { name: 'Alice', port });
  await assert.rejects(client.send('Bob', 'hi'), hasCode('NO_SUCH_USER'));
  await assert.rejects(client.send('Alice', ' '), hasCode('EMPTY_MESSAGE'));
  await assert.rejects(client.send('Alice', 'a\nb'), hasCode('FORMAT'));
  await assert.rejects(client.send('A:b', 'hi'), hasCode('FORMAT'));
  await assert.rejects(client.send('/all', 'hi'), hasCode('FORMAT'));
  await assert.rejects(client.send('Alice', 'x'.repeat(5000)), hasCode('TOO_LONG'));
  assert.ok((await client.send('Alice', 'x'.repeat(4000))).confirmed);
  await client.close();
  await assert.rejects(client.send('Alice', 'hi'), hasCode('CLOSED'));
});

test('a login that fails says why, and the client may try again', async (t) => {
  const { server, port } = await start(t);
  const { client: first } = await join(t, { name: 'Alice', port });
  const second = new ChatClient({ name: 'alice', port });
  await assert.rejects(second.connect(), hasCode('NAME_TAKEN'));
  await assert.rejects(ChatClient.connect({ name: 'Al ice', port }), hasCode('NAME_INVALID'));
  await first.close();
  await until(() => server.names.length === 0, 'free');
  await second.connect();
  assert.equal(second.name, 'alice');
  await second.close();
  await server.close();
  await assert.rejects(ChatClient.connect({ name: 'Alice', port }), hasCode('UNREACHABLE'));
});

test('a password lets in, a wrong one and none do not', async (t) => {
  const { port } = await start(t, { password: 'correct horse' });
  const { client } = await join(t, { name: 'Alice', port, password: 'correct horse' });
  assert.ok(client.isConnected);
  await assert.rejects(ChatClient.connect({ name: 'Bob', port, password: 'wrong' }), hasCode('PASSWORD'));
  await assert.rejects(ChatClient.connect({ name: 'Bob', port }), hasCode('PASSWORD'));
});

test('TLS works with the authority given, and refuses a certificate it does not trust', async (t) => {
  const { port } = await start(t, { tls: { cert: certificate, key } });
  const { client: alice } = await join(t, { name: 'Alice', port, tls: { ca: certificate } });
  const { client: bob } = await join(t, { name: 'Bob', port, host: 'localhost', tls: { ca: certificate } });
  const sent = Array.from({ length: 500 }, (_, i) => `${i} ${'é'.repeat(200)}`);
  const receipts = Promise.all(sent.map((text) => alice.send('Bob', text)));
  const got: string[] = [];
  for await (const { text } of bob) if (got.push(text) === sent.length) break;
  assert.deepEqual(got, sent);
  assert.ok((await receipts).every(({ confirmed }) => confirmed));
  await assert.rejects(ChatClient.connect({ name: 'Carol', port, tls: true }), hasCode('BAD_CERTIFICATE'));
});

test('TLS to a server of plain text and plain text to one of TLS are told in words, in both dialects and to a bare reader', async (t) => {
  const { port: tls } = await start(t, { tls: { cert: certificate, key } });
  const { port: plain } = await start(t);
  for (const [options, words] of [
    [{ port: plain, tls: true }, /: the server speaks plain text, so must the client/],
    [{ port: tls }, /: This server speaks TLS, so must the client/],
    [{ port: tls, classic: true }, /This server speaks TLS, so must the client/],
  ] as const)
    await assert.rejects(ChatClient.connect({ name: 'Carol', timeoutMs: 3000, ...options }), (error) => {
      assert.match(String(error), words);
      return hasCode('PROTOCOL')(error);
    });
  for (const first of ['/login Carol\n', 'Carol\n', 'GET / HTTP/1.1\r\n\r\n']) {
    const bare = await RawPeer.connect(tls);
    bare.write(first);
    assert.match(await bare.closed(), /^\* bye PROTOCOL :This server speaks TLS[^\n]*\n$/);
  }
});

test('a server of TLS that is not ours, met in plain text, is told from one that says nothing', async (t) => {
  for (const [answer, words] of [
    [Buffer.from('15030300020246', 'hex'), /the server speaks TLS, so must the client/],
    [Buffer.alloc(0), /closed the connection without a word, it may speak TLS/],
  ] as const) {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address!.port : 0;
    await assert.rejects(ChatClient.connect({ name: 'Alice', port, timeoutMs: 3000 }), words);
  }
});

test('a client comes back when its server does, and what waited is sent', async (t) => {
  const { server, port } = await start(t);
  const { client, events } = await join(t, { name: 'Alice', port });
  await server.close();
  await until(() => events.some((event) => event.type === 'disconnected'), 'disconnected');
  const waiting = client.send('Alice', 'sent while away');
  const second = new ChatServer();
  await second.listen({ port });
  t.after(() => second.close());
  assert.ok((await waiting).confirmed);
  const kinds = events.map((event) => event.type).filter((type) => type !== 'reconnecting');
  assert.deepEqual(kinds.slice(0, 3), ['connected', 'disconnected', 'connected']);
  assert.ok(events.some((event) => event.type === 'connected' && event.again));
  const lost = events.find((event) => event.type === 'disconnected');
  assert.equal(lost?.type === 'disconnected' && lost.code, 'SHUTDOWN');
  await client.close();
});

test('a message that was not answered when the connection ended is said to be uncertain', async (t) => {
  const sockets: Socket[] = [];
  const mute = createServer((socket) => {
    sockets.push(socket);
    socket.once('data', () => socket.write('* welcome Alice 1 30 4096 1 :Welcome\n'));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  t.after(() => mute.close());
  const address = mute.address();
  const { client } = await join(t, {
    name: 'Alice',
    port: typeof address === 'object' ? address!.port : 0,
    reconnect: false,
  });
  const sent = client.send('Bob', 'hi');
  await until(() => sockets[0]!.bytesRead > 15, 'written');
  sockets[0]!.resetAndDestroy();
  await assert.rejects(sent, hasCode('CONNECTION_LOST'));
});

test('a server that falls silent is noticed', async (t) => {
  const mute = createServer((socket) => {
    socket.once('data', () => socket.write('* welcome Alice 1 0.1 4096 1 :Welcome\n'));
    socket.on('error', () => {});
    t.after(() => socket.destroy());
  });
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  t.after(() => mute.close());
  const address = mute.address();
  const { events } = await join(t, {
    name: 'Alice',
    port: typeof address === 'object' ? address!.port : 0,
    reconnect: false,
  });
  await until(() => events.some((event) => event.type === 'disconnected' && event.code === 'TIMEOUT'), 'noticed');
});

test('a client gives up after its attempts, and says so', async (t) => {
  const { server, port } = await start(t);
  const { client, events } = await join(t, { name: 'Alice', port, reconnect: { minMs: 5, maxMs: 10, attempts: 3 } });
  await server.close();
  await until(() => events.at(-1)?.type === 'closed', 'closed');
  assert.equal(events.filter((event) => event.type === 'reconnecting').length, 3);
  const last = events.at(-1);
  assert.ok(last?.type === 'closed' && last.error instanceof ChatError);
  await assert.rejects(client.send('Bob', 'hi'), hasCode('CLOSED'));
});

test('backoff() doubles up to its most, less a random half', () => {
  const options = { minMs: 100, maxMs: 1000, attempts: 9 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 60].map((attempt) => backoff(attempt, options, () => 1)),
    [100, 200, 400, 800, 1000, 1000],
  );
  assert.deepEqual(
    [1, 5].map((attempt) => backoff(attempt, options, () => 0)),
    [50, 500],
  );
});

test('close() waits for the receipts of what was sent', async (t) => {
  const { port } = await start(t);
  const bob = await RawPeer.login(port, 'Bob');
  const { client } = await join(t, { name: 'Alice', port });
  const sent = Array.from({ length: 100 }, (_, i) => client.send('Bob', String(i)));
  await client.close();
  assert.ok((await Promise.all(sent)).every(({ confirmed }) => confirmed));
  for (let i = 0; i < 100; i++) assert.equal(await bob.said(), `Alice: ${i}`);
});

test('a server that is no chat server of this dialect is named so', async (t) => {
  for (const answer of ['Welcome /login Alice\n!', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'SSH-2.0-x\r\n']) {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address!.port : 0;
    await assert.rejects(ChatClient.connect({ name: 'Alice', port, timeoutMs: 1000 }), (error) => {
      assert.ok(error instanceof ChatError && ['PROTOCOL', 'UNREACHABLE'].includes(error.code), String(error));
      return true;
    });
  }
});

/** A server like the original: one read is one message, names are taken as they come. */
function pythonLikeServer(t: TestContext): Promise<{ port: number; reads: string[] }> {
  const sockets = new Map<string, Socket>();
  const reads: string[] = [];
  const server = createServer((socket) => {
    let name: string | undefined;
    socket.on('error', () => {});
    t.after(() => socket.destroy());
    socket.on('data', (chunk) => {
      const text = chunk.toString();
      if (name === undefined) {
        name = text;
        sockets.set(name, socket);
        socket.write(`Welcome ${name}!`);
        return;
      }
      reads.push(text);
      const colon = text.indexOf(':');
      if (colon < 0) socket.write("Format error. Use 'Target: Message'");
      else {
        const target = text.slice(0, colon).trim();
        const recipient = sockets.get(target);
        if (recipient) recipient.write(`${name}: ${text.slice(colon + 1)}`);
        else socket.write(`User ${target} not found.`);
      }
    });
  });
  t.after(() => server.close());
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({ port: typeof address === 'object' ? address!.port : 0, reads });
    }),
  );
}

test('a classic client talks through a server like the original, one read a message', async (t) => {
  const { port, reads } = await pythonLikeServer(t);
  const { client: alice, events } = await join(t, { name: 'Alice', port, classic: true });
  const { client: bob } = await join(t, { name: 'Bob', port, classic: true });
  const receipts = await Promise.all([
    alice.send('Bob', 'one'),
    alice.send('Bob', 'two'),
    alice.send('Carol', 'three'),
  ]);
  assert.ok(receipts.every(({ confirmed }) => !confirmed));
  const got: string[] = [];
  for await (const { from, text } of bob) if (got.push(`${from} ${text}`) === 2) break;
  assert.deepEqual(got, ['Alice one', 'Alice two']);
  await until(() => events.some((event) => event.type === 'error'), 'not found');
  const error = events.find((event) => event.type === 'error');
  assert.deepEqual(error?.type === 'error' && [error.code, error.about], ['NO_SUCH_USER', 'Carol']);
  assert.deepEqual(reads, ['Bob: one', 'Bob: two', 'Carol: three']);
  await assert.rejects(alice.sendAll('hi'), hasCode('FORMAT'));
  await assert.rejects(alice.who(), hasCode('FORMAT'));
});

test('a classic client talks through our server with one of the line dialect', async (t) => {
  const { port } = await start(t);
  const { client: old } = await join(t, { name: 'Old', port, classic: true });
  const { client: young } = await join(t, { name: 'Young', port });
  await old.send('Young', 'grüß dich');
  for await (const { from, text } of young) {
    assert.deepEqual([from, text], ['Old', 'grüß dich']);
    break;
  }
  assert.ok((await young.send('Old', 'hello')).confirmed);
  for await (const { from, text } of old) {
    assert.deepEqual([from, text], ['Young', 'hello']);
    break;
  }
  await assert.rejects(ChatClient.connect({ name: 'young', port, classic: true }), hasCode('NAME_TAKEN'));
});

const pythonClient = `
import socket, sys
name, target, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
s = socket.socket()
s.connect(('127.0.0.1', port))
s.send(name.encode())
print(s.recv(1024).decode(), flush=True)
for line in sys.stdin:
    s.send((target + ': ' + line.rstrip('\\n')).encode())
    print(s.recv(1024).decode(), flush=True)
`;

test('a Python client of raw sockets talks to a client of ours and back', { skip: without('python') }, async (t) => {
  const { port } = await start(t);
  const { client } = await join(t, { name: 'Bob', port });
  const python = spawn('/usr/bin/python3', ['-c', pythonClient, 'Snake', 'Bob', String(port)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => python.kill());
  let out = '';
  python.stdout.on('data', (chunk) => {
    out += chunk;
  });
  await until(() => out === 'Welcome Snake!\n', 'welcome');
  for (const text of ['hello', 'grüße 👍']) {
    python.stdin.write(`${text}\n`);
    for await (const message of client) {
      assert.deepEqual([message.from, message.text], ['Snake', text]);
      break;
    }
    await client.send('Snake', `echo ${text}`);
    await until(() => out.endsWith(`Bob:  echo ${text}\n`), out);
  }
});
