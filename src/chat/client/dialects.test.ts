/** Our client in the classic dialect, against servers that greet first, never greet, or answer in other words. */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChatError } from '../../errors.js';
import { ChatClient } from './client.js';
import type { ChatClientEvent } from './client-event.js';
import { ClassicReader } from './reader.js';

interface Words {
  /** Said before the name is asked for. */
  readonly first?: string;
  readonly welcome?: (name: string) => string;
  /** Said before the connection of one who has a taken name is closed; without it the new one replaces the old. */
  readonly taken?: string;
  readonly absent: (name: string) => string;
  readonly passOn: (from: string, text: string) => string;
}

/** Wire formats of servers that students wrote after the original. */
const dialects: Readonly<Record<string, Words>> = {
  'asks for the name first': {
    first: 'Enter your username: ',
    welcome: (name) => `Welcome ${name}! To chat, type: TargetName:Message`,
    taken: 'Username already taken. Disconnecting.',
    absent: (name) => `User '${name}' not found.`,
    passOn: (from, text) => `[${from}]: ${text}`,
  },
  'marks names with @': {
    welcome: (name) => `Welcome ${name}. Format: 'Recipient: Message'`,
    absent: (name) => `[System] User '${name}' not found.`,
    passOn: (from, text) => `@${from}: ${text}`,
  },
  'never greets': {
    absent: () => '[-] User not found',
    passOn: (from, text) => `Message from ${from}: ${text}`,
  },
  'answers with a list': {
    welcome: (name) => `USER_LIST_UPDATE:${name}`,
    absent: (name) => `SEND_FAILED:User ${name} is no longer online.`,
    passOn: (from, text) => `${from}:${text}`,
  },
  'greets without the name': {
    welcome: () => 'Welcome to the chat!',
    taken: 'System: Username already taken. Please reconnect with a different name.',
    absent: (name) => `the user ${name} is not connected.`,
    passOn: (from, text) => `message from ${from}: ${text}`,
  },
};

async function start(t: TestContext, words: Words): Promise<number> {
  const sockets = new Map<string, Socket>();
  const server = createServer((socket) => {
    let name: string | undefined;
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    if (words.first !== undefined) socket.write(words.first);
    socket.on('data', (chunk) => {
      const text = chunk.toString();
      if (name === undefined) {
        name = text.trim();
        if (words.taken !== undefined && sockets.has(name)) {
          socket.end(words.taken);
          return;
        }
        sockets.set(name, socket);
        if (words.welcome !== undefined) socket.write(words.welcome(name));
        return;
      }
      const colon = text.indexOf(':');
      const target = text.slice(0, colon).trim();
      const recipient = sockets.get(target);
      if (recipient === undefined) socket.write(words.absent(target));
      else recipient.write(words.passOn(name, text.slice(colon + 1)));
    });
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

async function until(isSo: () => boolean, what: () => string): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (isSo()) return;
    await sleep(10);
  }
  assert.fail(`never: ${what()}`);
}

for (const [what, words] of Object.entries(dialects))
  test(`a classic client talks through a server that ${what}, and shows its words`, async (t) => {
    const port = await start(t, words);
    const clients = await Promise.all(
      ['Alice', 'Bob'].map(async (name) => {
        const client = new ChatClient({ name, port, classic: true, reconnect: false });
        const events: ChatClientEvent[] = [];
        client.subscribe((event) => events.push(event));
        t.after(() => client.close());
        await client.connect();
        return { client, events };
      }),
    );
    const [alice, bob] = clients as [(typeof clients)[0], (typeof clients)[0]];
    const said = ({ events }: typeof alice): string =>
      events.map((event) => (event.type === 'message' ? `${event.from}|${event.text}` : '')).join('');
    await alice.client.send('Bob', 'hello: there');
    await until(
      () => said(bob) !== '',
      () => JSON.stringify(bob.events),
    );
    await bob.client.send('Alice', 'and back');
    await until(
      () => said(alice) !== '',
      () => JSON.stringify(alice.events),
    );
    assert.deepEqual([said(alice), said(bob)], ['Bob|and back', 'Alice|hello: there']);
    await alice.client.send('Nobody', 'hi');
    const absent = words.absent('Nobody');
    await until(
      () => alice.events.some((event) => 'text' in event && event.text === absent),
      () => JSON.stringify(alice.events),
    );
    await assert.rejects(alice.client.send('Bob', 'x'.repeat(1100)), { code: 'TOO_LONG' });
    if (words.taken === undefined) return;
    await assert.rejects(ChatClient.connect({ name: 'Alice', port, classic: true }), (error) => {
      assert.ok(error instanceof ChatError);
      assert.equal(error.code, 'NAME_TAKEN');
      assert.ok(error.message.includes(words.taken!) && !error.message.includes('\n'), error.message);
      return true;
    });
  });

for (const [what, answers, code, words] of [
  [
    'goes on asking',
    ['Username: ', 'Password: '],
    'UNREACHABLE',
    /no answer in 400 ms, the server said ".*Password: *"$/,
  ],
  [
    'is one of the Web',
    ['', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    'PROTOCOL',
    /the server says "HTTP\/1.1 400 Bad Request.*no chat server/,
  ],
  ['closes with a word', ['', 'Go away\n'], 'PROTOCOL', /the server said "Go away" and closed/],
] as const)
  test(`a classic client says in one line what it saw of a server that ${what}`, async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      t.after(() => socket.destroy());
      socket.write(answers[0]);
      socket.once('data', () => (what === 'goes on asking' ? socket.write(answers[1]) : socket.end(answers[1])));
    });
    t.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await assert.rejects(ChatClient.connect({ name: 'Alice', port, classic: true, timeoutMs: 400 }), (error) => {
      assert.ok(error instanceof ChatError);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, words);
      assert.ok(!error.message.includes('\n'));
      return true;
    });
  });

test('breaks inside names and words of a classic server make no line of their own', () => {
  const reader = new ClassicReader('Alice');
  for (const text of [
    'Al\nice: hi',
    '[Al\r\nice]: hi',
    '@Al\u2028ice: hi',
    'User Al\nice not found.',
    'Bo\x1b[2Jb: \x9b2J\nx',
    'one\ntwo',
  ])
    for (const line of reader.push(Buffer.from(text)))
      assert.doesNotMatch(
        JSON.stringify(line).replace(/\\[nru]/g, '\n'),
        /[\n\x00-\x1f\x7f-\x9f\u2028]/,
        JSON.stringify(text),
      );
});
