import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { Queue } from './queue.js';
import { abortable } from './waiting.js';

test('a queue gives values in order, the oldest dropped and counted when it is full, however pushing and taking alternate', async () => {
  const limit = 3;
  const actions = fc.array(fc.boolean(), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(actions, async (pushes) => {
      const queue = new Queue<number>(limit);
      const taker = queue.iterate();
      const model: number[] = [];
      let dropped = 0;
      for (const [value, isPush] of pushes.entries()) {
        if (isPush) {
          queue.push(value);
          if (model.length === limit) {
            model.shift();
            dropped++;
          }
          model.push(value);
        } else if (model.length > 0) assert.deepEqual(await taker.next(), { done: false, value: model.shift() });
        assert.equal(queue.size, model.length);
        assert.equal(queue.dropped, dropped);
      }
      queue.end();
      const rest: number[] = [];
      for await (const value of taker) rest.push(value);
      assert.deepEqual(rest, model);
    }),
  );
});

test('a queue that thousands went through holds no more than its values, and none is lost or twice', async () => {
  const queue = new Queue<number>(5000);
  const taker = queue.iterate();
  let next = 0;
  for (let i = 0; i < 20_000; i++) {
    queue.push(i);
    if (i >= 100) assert.deepEqual(await taker.next(), { done: false, value: next++ });
  }
  assert.equal(queue.size, 100);
  assert.equal(queue.dropped, 0);
});

test('each value goes to one taker, in the order in which they asked', async () => {
  const queue = new Queue<string>(10);
  const [a, b] = [queue.iterate(), queue.iterate()];
  const asked = [a.next(), b.next(), a.next()];
  for (const value of ['x', 'y', 'z', 'rest']) queue.push(value);
  assert.deepEqual(
    (await Promise.all(asked)).map(({ value }) => value),
    ['x', 'y', 'z'],
  );
  assert.equal(queue.size, 1);
});

test('a taker that has left takes nothing that comes later, and those who wait with it are done', async () => {
  const queue = new Queue<string>(10);
  const leaves = queue.iterate();
  const stays = queue.iterate();
  const waiting = leaves.next();
  await leaves.return!();
  assert.deepEqual(await waiting, { done: true, value: undefined });
  queue.push('x');
  assert.deepEqual(await stays.next(), { done: false, value: 'x' });
  assert.deepEqual(await leaves.next(), { done: true, value: undefined });
});

test('an aborted iteration rejects what waits and what asks later, is told of once, and leaves no listener behind', async () => {
  const queue = new Queue<string>(10);
  const controller = new AbortController();
  let returns = 0;
  const taker = queue.iterate({ signal: controller.signal, onReturn: () => returns++ });
  const waiting = taker.next();
  controller.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(taker.next(), /enough/);
  await taker.return!();
  assert.equal(returns, 1);
  assert.deepEqual(getEventListeners(controller.signal, 'abort'), []);
  queue.push('x');
  assert.equal(queue.size, 1);
});

test('an iteration leaves no listener on its signal once the queue has ended', async () => {
  const queue = new Queue<number>(10);
  const { signal } = new AbortController();
  const [waiting, later] = [queue.iterate({ signal }), queue.iterate({ signal })];
  const next = waiting.next();
  queue.end();
  assert.deepEqual(await next, { done: true, value: undefined });
  assert.deepEqual(await later.next(), { done: true, value: undefined });
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
});

test('a queue that has ended takes no more, gives what is there and ends those who wait', async () => {
  const queue = new Queue<string>(10);
  const taker = queue.iterate();
  const waiting = taker.next();
  queue.end();
  assert.deepEqual(await waiting, { done: true, value: undefined });
  queue.push('late');
  assert.equal(queue.size, 0);
  assert.deepEqual(await taker.next(), { done: true, value: undefined });
});

test('abortable() is rejected with the reason of a signal aborted before or while it waits, and else gives the value', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  assert.equal(await abortable(Promise.resolve(1), undefined), 1);
  assert.equal(await abortable(Promise.resolve(2), signal), 2);
  await assert.rejects(abortable(Promise.reject(new Error('own')), signal), /own/);
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
  const waiting = abortable(new Promise(() => {}), signal);
  controller.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(abortable(Promise.reject(new Error('own')), signal), /enough/);
});
