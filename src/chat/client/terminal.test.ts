import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RawPeer } from '../../testing/chat-peer.js';
import { without } from '../../testing/peer.js';
import { ChatServer } from '../server/server.js';

const program = fileURLToPath(new URL('../../client.js', import.meta.url));

/** A terminal of 60 columns in which the client runs. */
class Screen {
  readonly #name = `wirebook-test-${process.pid}-${Math.random().toString(36).slice(2)}`;

  constructor(t: TestContext, command: string) {
    t.after(() => this.#tmux('kill-server'));
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'chat', '-x', '60', '-y', '20', command);
  }

  type(...keys: string[]): void {
    this.#tmux('send-keys', '-t', 'chat', ...keys);
  }

  resize(columns: number): void {
    this.#tmux('resize-window', '-t', 'chat', '-x', String(columns), '-y', '20');
  }

  show(): string {
    return this.#tmux('capture-pane', '-p', '-t', 'chat').trimEnd();
  }

  /** Waits until the screen ends in these lines. */
  async endsIn(...lines: string[]): Promise<void> {
    for (let i = 0; i < 300; i++) {
      if (this.show().endsWith(lines.join('\n'))) return;
      await sleep(20);
    }
    assert.fail(`Expected\n${lines.join('\n')}\nat the end of\n${this.show()}`);
  }

  #tmux(...parameters: string[]): string {
    const env = { ...process.env, TERM: 'screen', LC_ALL: 'C.UTF-8' };
    const { stdout } = spawnSync('tmux', ['-u', '-L', this.#name, ...parameters], { encoding: 'utf8', env });
    return stdout ?? '';
  }
}

/** A text as a screen of so many columns shows it. */
function rows(text: string, columns = 60): string[] {
  return (text.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []).map((row) => row.trimEnd());
}

test('what arrives leaves the line being typed as it is, wrapped or not, wherever its cursor is', {
  skip: without('tmux'),
}, async (t) => {
  const server = new ChatServer();
  t.after(() => server.close());
  const { port } = await server.listen({ port: 0 });
  const bob = await RawPeer.login(port, 'Bob');
  const screen = new Screen(t, `'${process.execPath}' '${program}' --port ${port} --name Alice`);
  await screen.endsIn('>>');
  assert.match(screen.show(), /Connected!/);

  screen.type('B', 'Tab');
  await screen.endsIn('>> Bob:');
  screen.type('short');
  await screen.endsIn('>> Bob: short');
  bob.write('Alice: one\nAlice: two\n');
  await screen.endsIn('Bob: one', 'Bob: two', '>> Bob: short');

  screen.type(` ${'wrapped '.repeat(9)}`);
  const wrapped = rows(`>> Bob: short ${'wrapped '.repeat(9)}`);
  await screen.endsIn(...wrapped);
  bob.write('Alice: three\n');
  await screen.endsIn('Bob: two', 'Bob: three', ...wrapped);

  screen.type('Home', 'Right');
  bob.write('Alice: four\n');
  await screen.endsIn('Bob: three', 'Bob: four', ...wrapped);
  screen.type('xyz');
  await screen.endsIn(...rows(`>> Bxyzob: short ${'wrapped '.repeat(9)}`));
  screen.type('BSpace', 'BSpace', 'BSpace', 'Enter');
  while ((await bob.line()) !== `Alice: short ${'wrapped '.repeat(9)}`);

  screen.type('Up');
  await screen.endsIn(...wrapped);
  screen.type('C-u', 'C-k', 'quit', 'Enter');
  while ((await bob.line()) !== '* leave Alice quit :Alice has left (quit)');
});

test('a terminal made narrower and wider shows the line being typed once, and goes on', {
  skip: without('tmux'),
}, async (t) => {
  const server = new ChatServer();
  t.after(() => server.close());
  const { port } = await server.listen({ port: 0 });
  const bob = await RawPeer.login(port, 'Bob');
  const screen = new Screen(t, `'${process.execPath}' '${program}' --port ${port} --name Alice`);
  await screen.endsIn('>>');
  let typed = `Bob: ${'wrapped '.repeat(12)}end`;
  screen.type(typed);
  await screen.endsIn(...rows(`>> ${typed}`));
  bob.write('Alice: before\n');
  await screen.endsIn('Bob: before', ...rows(`>> ${typed}`));
  for (const columns of [40, 25, 70, 30]) {
    screen.resize(columns);
    await screen.endsIn(...rows(`>> ${typed}`, columns));
    await sleep(200);
    assert.equal(screen.show().split('>> Bob:').length, 2, screen.show());
    bob.write(`Alice: at ${columns}\n`);
    await screen.endsIn(`Bob: at ${columns}`, ...rows(`>> ${typed}`, columns));
    assert.equal(screen.show().split('>> Bob:').length, 2, screen.show());
    typed += 'z';
    screen.type('z');
    await screen.endsIn(...rows(`>> ${typed}`, columns));
  }
  screen.type('Enter');
  while ((await bob.line()) !== `Alice: ${typed.slice(5)}`);
});

test('Tab behind a long pasted line completes nothing, and names as before afterwards', {
  skip: without('tmux'),
}, async (t) => {
  const server = new ChatServer();
  t.after(() => server.close());
  const { port } = await server.listen({ port: 0 });
  await RawPeer.login(port, 'Bob');
  const screen = new Screen(t, `'${process.execPath}' '${program}' --port ${port} --name Alice`);
  await screen.endsIn('>>');
  const pasted = 'x'.repeat(5000);
  screen.type(pasted);
  await screen.endsIn(rows(`>> ${pasted}`).at(-1)!);
  screen.type('Tab', 'C-u');
  await screen.endsIn('>>');
  screen.type('b', 'Tab');
  await screen.endsIn('>> Bob:');
});
