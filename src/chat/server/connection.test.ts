import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { type ChatLimits, defaultLimits } from '../protocol/limits.js';
import { Connection } from './connection.js';
import { Hub } from './hub.js';

/** A socket whose operating system takes so many bytes as `room` says, and writes whole texts or none, as node counts them. */
class FakeSocket extends EventEmitter {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 1;
  room = 0;
  writableLength = 0;
  bytesWritten = 0;
  destroyed = false;
  isEnded = false;
  #taken: () => void = () => {};

  write(text: string, _encoding: string, taken: () => void): boolean {
    this.writableLength = Buffer.byteLength(text);
    this.bytesWritten += this.writableLength;
    this.#taken = taken;
    if (this.room >= this.writableLength) this.#take();
    return true;
  }

  /** The reader has read on, and the operating system takes more: as much as is written while there is room. */
  open(room: number): void {
    this.room = room;
    while (this.writableLength > 0 && this.room >= this.writableLength) {
      this.#take();
      this.#taken();
    }
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    this.destroyed = true;
  }

  pause(): void {}
  resume(): void {}
  setKeepAlive(): void {}

  #take(): void {
    this.room -= this.writableLength;
    this.writableLength = 0;
  }
}

/** Two who are logged in, and a clock that is set by hand. */
function world(limits: Partial<ChatLimits>) {
  let now = 0;
  let timers: { at: number; callback: () => void }[] = [];
  const clock = {
    now: () => now,
    after: (ms: number, callback: () => void) => void timers.push({ at: now + ms, callback }),
  };
  const hub = new Hub({ ...defaultLimits, linesPerSecond: Number.POSITIVE_INFINITY, ...limits }, clock);
  const dirty: Connection[] = [];
  const connections: Connection[] = [];
  const host = {
    hub,
    flushLater: (connection: Connection) => void dirty.push(connection),
    watch: () => {},
    closed: () => {},
  };
  const flush = (): void => {
    while (dirty.length > 0) dirty.shift()!.flush();
  };
  const add = (name: string): { socket: FakeSocket; connection: Connection; say(text: string): void } => {
    const socket = new FakeSocket();
    socket.room = Number.POSITIVE_INFINITY;
    const connection = new Connection(host, socket as unknown as Socket);
    connections.push(connection);
    const say = (text: string): void => {
      socket.emit('data', Buffer.from(text));
      flush();
    };
    say(`/login ${name}\n`);
    return { socket, connection, say };
  };
  const pass = (ms: number): void => {
    for (const until = now + ms; now < until; ) {
      now += Math.min(100, until - now);
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { callback } of due) callback();
      for (const connection of connections) {
        connection.check(now);
        connection.session.tick(now);
      }
      flush();
    }
  };
  return { add, flush, pass };
}

const line = `Slow: ${'x'.repeat(4000)}\n`;

test('a reader of 16 kB/s is kept, though the operating system takes a megabyte at a time and nothing for minutes', () => {
  const { add, flush, pass } = world({});
  const [slow, sender] = [add('Slow'), add('Sender')];
  const megabyte = 1_400_000;
  let owed = 0;
  const send = (): void => {
    for (let i = 0; i < 50; i++) sender.say(line);
  };
  // What the operating systems on both sides hold, taken within one turn.
  slow.socket.room = 8 * megabyte;
  while (slow.socket.writableLength === 0) sender.say(line);
  for (let round = 0; round < 12; round++) {
    for (let second = 0; second < megabyte / 16_000; second++) {
      pass(1000);
      sender.say('\n');
    }
    assert.equal(slow.connection.session.state, 'ready', `round ${round}`);
    const before = slow.socket.bytesWritten;
    slow.socket.open(slow.socket.room + megabyte);
    for (let i = 0; i < 20; i++) send();
    flush();
    owed += slow.socket.bytesWritten - before;
  }
  assert.ok(owed > 10 * megabyte);
});

test('one who has stopped reading is cut off after three times the usual wait at most, and after the usual one where little was taken', () => {
  for (const [taken, stalls] of [
    [10_000_000, 3],
    [100_000, 1.2],
  ] as const) {
    const { add, pass } = world({ keepAliveMs: 3_600_000 });
    const [slow, sender] = [add('Slow'), add('Sender')];
    pass(5000);
    slow.socket.room = taken;
    for (let i = 0; i < 3000 && !slow.connection.isCongested; i++) sender.say(line);
    pass(defaultLimits.stallMs - 100);
    assert.equal(slow.connection.session.state, 'ready');
    pass(defaultLimits.stallMs * (stalls - 1) + 200);
    assert.equal(slow.connection.session.state, 'closing', `${taken} bytes`);
  }
});
