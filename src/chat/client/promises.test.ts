import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatError } from '../../errors.js';
import { RawPeer } from '../../testing/chat-peer.js';
import { hasCode, join, start, until } from '../../testing/chat-session.js';
import { ChatServer } from '../server/server.js';
import { ChatClient } from './client.js';
import type { ChatClientOptions } from './client-event.js';

/** Joins, and leaves without waiting for a server that says nothing. */
const joinBriefly = (t: TestContext, options: ChatClientOptions): ReturnType<typeof join> =>
  join(t, options, (client) => client.close({ timeoutMs: 100 }).catch(() => {}));

/** A server that welcomes whoever comes, and says nothing more. */
async function mute(t: TestContext): Promise<{ port: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.once('data', () => socket.write('* welcome Alice 1 30 4096 1 :Welcome\n'));
    socket.on('error', () => {});
    t.after(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  return { port: typeof address === 'object' ? address!.port : 0, sockets };
}

test('messages that waited for a restart wait for their recipients too, in order, and say so once', async (t) => {
  const { server, port } = await start(t);
  const { client: alice, events } = await joinBriefly(t, { name: 'Alice', port });
  await server.close();
  await until(() => events.some(({ type }) => type === 'disconnected'), 'disconnected');
  const texts = Array.from({ length: 5 }, (_, i) => `m${i}`);
  const waiting = Promise.all(texts.map((text) => alice.send('bob', text)));
  const again = new ChatServer({ limits: { lingerMs: 300, presence: 0 } });
  t.after(() => again.close());
  await again.listen({ port });
  await until(() => alice.isConnected, 'back');
  await sleep(1300);
  const bob = await RawPeer.login(port, 'Bob');
  for (const text of texts) assert.equal(await bob.said(), `Alice: ${text}`);
  assert.ok((await waiting).every(({ confirmed }) => confirmed));
  const notices = events.filter(({ type }) => type === 'notice');
  assert.equal(notices.length, 1, JSON.stringify(notices));
});

test('recipients who do not return are waited for so long, and so many messages, and each error names its message', async (t) => {
  const { server, port } = await start(t);
  const { client: alice, events } = await joinBriefly(t, { name: 'Alice', port, expectMs: 200 });
  await server.close();
  await until(() => events.some(({ type }) => type === 'disconnected'), 'disconnected');
  const sent = Array.from({ length: 1000 }, (_, i) => alice.send('Bob', `m${i}`).catch((error: ChatError) => error));
  await assert.rejects(alice.send('Bob', 'one more'), (error) => {
    assert.match(String(error), /1000 messages wait already \(to Bob: "one more"\)/);
    return hasCode('CONNECTION_LOST')(error);
  });
  const again = new ChatServer({ limits: { lingerMs: 300, linesPerSecond: Number.POSITIVE_INFINITY } });
  t.after(() => again.close());
  await again.listen({ port });
  for (const [i, error] of (await Promise.all(sent)).entries()) {
    hasCode('NO_SUCH_USER')(error);
    assert.match(String(error), new RegExp(`\\(to Bob: "m${i}"\\)$`));
  }
});

test('close() waits as long as answers come, however slowly', async (t) => {
  const { port } = await start(t, { limits: { burst: 10, linesPerSecond: 100 } });
  await RawPeer.login(port, 'Bob');
  const { client } = await joinBriefly(t, { name: 'Alice', port });
  const sent = Array.from({ length: 100 }, (_, i) => client.send('Bob', String(i)));
  await client.close({ timeoutMs: 300 });
  assert.ok((await Promise.all(sent)).every(({ confirmed }) => confirmed));
});

test('close() says how many messages had no answer, and closes all the same', async (t) => {
  const { port } = await mute(t);
  const { client, events } = await joinBriefly(t, { name: 'Alice', port });
  const sent = ['one', 'two', 'three'].map((text) => client.send('Bob', text));
  await assert.rejects(client.close({ timeoutMs: 100 }), (error) => {
    assert.match(String(error), /3 messages unanswered/);
    return hasCode('TIMEOUT')(error);
  });
  for (const promise of sent) await assert.rejects(promise, hasCode('TIMEOUT'));
  assert.equal(events.at(-1)?.type, 'closed');
  assert.equal(events.filter(({ type }) => type === 'failed').length, 3);
});

test('close() of a client whose messages wait for its server says how many were not sent', async (t) => {
  const { server, port } = await start(t);
  const { client, events } = await joinBriefly(t, { name: 'Alice', port });
  await server.close();
  await until(() => events.some(({ type }) => type === 'disconnected'), 'disconnected');
  const sent = ['one', 'two'].map((text) => client.send('Bob', text));
  await assert.rejects(client.close(), (error) => {
    assert.match(String(error), /2 messages unsent/);
    return hasCode('CLOSED')(error);
  });
  for (const promise of sent) await assert.rejects(promise, hasCode('CLOSED'));
});

test('close() says how many messages had no answer when the connection ends meanwhile', async (t) => {
  const { port, sockets } = await mute(t);
  const { client } = await joinBriefly(t, { name: 'Alice', port });
  const sent = client.send('Bob', 'one');
  const closing = client.close();
  setTimeout(() => sockets[0]!.resetAndDestroy(), 50);
  await assert.rejects(closing, (error) => {
    assert.match(String(error), /1 message unanswered/);
    return hasCode('CONNECTION_LOST')(error);
  });
  await assert.rejects(sent, hasCode('CONNECTION_LOST'));
});

test('what nobody waits for is no unhandled rejection, and an event', async (t) => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  t.after(() => process.off('unhandledRejection', note));
  const { port } = await start(t);
  const { client, events } = await joinBriefly(t, { name: 'Alice', port });
  client.send('Bob', 'nobody is there');
  client.send('Alice', 'x'.repeat(5000));
  client.sendAll(' ');
  client.send('Alice', Object.create(null));
  client.send(Object.create(null), 'hi');
  client.send('Alice', 'hi', { signal: AbortSignal.abort() });
  await until(() => events.filter(({ type }) => type === 'failed').length === 6, 'six failures');
  await client.close();
  client.send('Bob', 'closed');
  await sleep(20);
  assert.deepEqual(unhandled, []);
  for (const event of events)
    if (event.type === 'failed') assert.equal(`${typeof event.to} ${typeof event.text}`, 'string string');
});

test('a listener that throws, or whose promise is rejected, disturbs nobody and is warned of', async (t) => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void (warning.name === 'ListenerWarning' && warnings.push(warning));
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const { server, port } = await start(t);
  const client = new ChatClient({ name: 'Alice', port });
  t.after(() => client.close());
  const seen: string[] = [];
  for (const source of [server, client]) {
    source.subscribe(() => {
      throw new Error('thrown');
    });
    source.subscribe(async () => {
      throw new Error('rejected');
    });
    source.subscribe(({ type }: { type: string }) => seen.push(type));
  }
  await client.connect();
  for (let i = 0; i < 3; i++) assert.ok((await client.send('Alice', String(i))).confirmed);
  await until(() => seen.filter((type) => type === 'message').length === 6, 'both told of each message');
  await until(() => warnings.length >= 12, 'warnings');
  for (const text of ['thrown', 'rejected'])
    assert.ok(
      warnings.some(({ message }) => message.includes(text)),
      text,
    );
});

test('arguments that cannot be used are refused with a code, where they are given', async (t) => {
  const { server, port } = await start(t);
  const { client } = await joinBriefly(t, { name: 'Alice', port });
  const bad = (value: unknown): never => value as never;
  for (const make of [
    () => new ChatClient(bad(undefined)),
    () => new ChatClient(bad({})),
    () => new ChatClient(bad({ name: 5 })),
    () => new ChatClient({ name: 'A', password: bad(5) }),
    () => new ChatClient({ name: 'A', host: bad(5) }),
    () => new ChatClient({ name: 'A', timeoutMs: bad('soon') }),
    () => new ChatClient({ name: 'A', timeoutMs: Number.NaN }),
    () => new ChatClient({ name: 'A', expectMs: -1 }),
    () => new ChatClient({ name: 'A', reconnect: { minMs: bad('1') } }),
    () => new ChatServer({ password: bad(5) }),
    () => new ChatServer({ limits: { clients: Number.NaN } }),
    () => new ChatServer({ limits: { lineBytes: bad('4096') } }),
    () => client.subscribe(bad('message')),
    () => server.subscribe(bad(undefined)),
    () => client.messages({ signal: bad('stop') }),
    () => server.events({ signal: bad({}) }),
  ])
    assert.throws(make, hasCode('BAD_ARGUMENT'), String(make));
  assert.throws(() => new ChatClient({ name: 'A', port: 70_000 }), hasCode('BAD_ADDRESS'));
  for (const ask of [
    () => client.send('Alice', bad(5)),
    () => client.send(bad(undefined), 'hi'),
    () => client.send('Alice', 'hi', bad(null)),
    () => client.send('Alice', 'hi', { signal: bad('stop') }),
    () => client.sendAll(bad(undefined)),
    () => client.who(bad(5)),
    () => client.who('', { signal: bad(5) }),
    () => client.close({ timeoutMs: bad('soon') }),
    () => client.close({ signal: bad('stop') }),
    () => new ChatClient({ name: 'B', port }).connect({ signal: bad('stop') }),
    () => server.close({ signal: bad('stop') }),
    () => new ChatServer().listen({ port: 0, signal: bad('stop') }),
    () => new ChatServer().listen({ host: bad(5), port: 0 }),
  ])
    await assert.rejects(async () => ask(), hasCode('BAD_ARGUMENT'), String(ask));
  assert.ok((await client.send('Alice', 'still here')).confirmed);
});

test('whatever is waited for ends with the reason of its signal', async (t) => {
  const { port } = await mute(t);
  const silent = createServer((socket) => t.after(() => socket.destroy()));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  const { port: silentPort } = silent.address() as { port: number };
  const { client } = await joinBriefly(t, { name: 'Alice', port });
  const { server } = await start(t);
  const stopped = new ChatServer();
  for (const [what, wait] of Object.entries({
    connect: (signal: AbortSignal) => ChatClient.connect({ name: 'A', port: silentPort, signal }),
    send: (signal: AbortSignal) => client.send('Bob', 'hi', { signal }),
    sendAll: (signal: AbortSignal) => client.sendAll('hi', { signal }),
    who: (signal: AbortSignal) => client.who('', { signal }),
    messages: (signal: AbortSignal) => client.messages({ signal }).next(),
    events: (signal: AbortSignal) => server.events({ signal }).next(),
    listen: (signal: AbortSignal) => stopped.listen({ port: 0, signal }),
    'close of a client': (signal: AbortSignal) => client.close({ signal }),
  })) {
    const controller = new AbortController();
    const waiting = wait(controller.signal);
    const reason = new Error(what);
    if (what === 'listen') controller.abort(reason);
    else setTimeout(() => controller.abort(reason), 20);
    await assert.rejects(Promise.resolve(waiting), (error) => error === reason, what);
  }
  assert.equal(stopped.address, undefined);
  await assert.rejects(server.close({ signal: AbortSignal.abort(new Error('now')) }), /now/);
});

test('a message that has not been written is taken back by its signal', async (t) => {
  const { server, port } = await start(t);
  const { client, events } = await joinBriefly(t, { name: 'Alice', port });
  await server.close();
  await until(() => events.some(({ type }) => type === 'disconnected'), 'disconnected');
  const controller = new AbortController();
  const back = client.send('Alice', 'taken back', { signal: controller.signal });
  const kept = client.send('Alice', 'kept');
  controller.abort();
  await assert.rejects(back, { name: 'AbortError' });
  const again = new ChatServer();
  t.after(() => again.close());
  await again.listen({ port });
  assert.ok((await kept).confirmed);
  const got: string[] = [];
  for await (const { text } of client) {
    got.push(text);
    break;
  }
  assert.deepEqual(got, ['kept']);
});

test('clients and servers are disposed of by closing them', async () => {
  const server = new ChatServer();
  const { port } = await server.listen({ port: 0 });
  const client = await ChatClient.connect({ name: 'Alice', port });
  const messages = client.messages();
  await messages[Symbol.asyncDispose]();
  assert.deepEqual(await messages.next(), { done: true, value: undefined });
  const sent = client.send('Alice', 'hi');
  await client[Symbol.asyncDispose]();
  assert.ok((await sent).confirmed);
  await server[Symbol.asyncDispose]();
  assert.equal(server.address, undefined);
});

test('each who() has its own answer, whatever was asked before and beside it', async (t) => {
  const { port } = await start(t);
  const { client } = await joinBriefly(t, { name: 'Alice', port });
  await RawPeer.login(port, 'Bob');
  const controller = new AbortController();
  const given = client.who('A', { signal: controller.signal });
  const asked = [
    client.who('x'.repeat(5000)),
    client.who('B'),
    client.who('a\nb'),
    client.who('é'.repeat(90)),
    client.who(),
  ];
  controller.abort();
  await assert.rejects(given, { name: 'AbortError' });
  assert.deepEqual(await Promise.all(asked), [[], ['Bob'], [], [], ['Alice', 'Bob']]);
  assert.deepEqual(await client.who('A'), ['Alice']);
});
