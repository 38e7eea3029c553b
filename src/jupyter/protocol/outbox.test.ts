import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox, type SendingSocket } from './outbox.js';

/** A socket that takes one send at a time, as ZeroMQ's do, and has no room on every seventh attempt. */
class BusySocket implements SendingSocket {
  closed = false;
  readonly sent: string[] = [];
  #isBusy = false;
  #attempts = 0;

  async send(frames: Uint8Array[]): Promise<void> {
    if (this.#isBusy) throw Object.assign(new Error('Socket is busy writing'), { code: 'EBUSY' });
    this.#isBusy = true;
    await new Promise((resolve) => setImmediate(resolve));
    this.#isBusy = false;
    this.#attempts += 1;
    if (this.#attempts % 7 === 0) throw Object.assign(new Error('no room'), { code: 'EAGAIN' });
    this.sent.push(Buffer.concat(frames).toString());
  }
}

test('An outbox sends all that is handed over, in order and once, over a socket that takes one at a time', async () => {
  const socket = new BusySocket();
  let rooms = 0;
  const outbox = new Outbox(socket, () => {
    rooms += 1;
  });
  const wanted = Array.from({ length: 5000 }, (_, i) => `${i}`);
  for (const text of wanted) outbox.send([Buffer.from(text)]);
  assert.equal(outbox.isFull, true);
  await outbox.flushed();
  assert.deepEqual(socket.sent, wanted);
  assert.deepEqual([outbox.isFull, rooms], [false, 1]);
  outbox.send([Buffer.from('one more')]);
  await outbox.flushed();
  assert.equal(socket.sent.at(-1), 'one more');
});

test('An outbox gives up what waits when its socket is closed', async () => {
  const socket = new BusySocket();
  const outbox = new Outbox(socket);
  for (let i = 0; i < 10; i++) outbox.send([Buffer.from(`${i}`)]);
  socket.closed = true;
  await outbox.flushed();
  assert.ok(socket.sent.length <= 1);
});
