import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChatError } from '../../errors.js';
import { Outbox, type Outgoing } from './outbox.js';

/** An outbox and what became of each message, by its text. */
function outbox() {
  const box = new Outbox();
  const became: Record<string, string> = {};
  let tags = 0;
  const add = (to: string | undefined, text: string): Outgoing => {
    const outgoing: Outgoing = {
      line: text,
      tag: String(++tags),
      to,
      text,
      sentAt: 0,
      resolve: () => {
        became[text] = 'sent';
      },
      reject: (error) => {
        became[text] = (error as ChatError).code ?? String(error);
      },
    };
    box.add(outgoing);
    return outgoing;
  };
  /** Everything that is due. */
  const take = (): Outgoing[] => {
    const taken: Outgoing[] = [];
    for (let next = box.take(); next !== undefined; next = box.take()) taken.push(next);
    return taken;
  };
  const texts = (): string =>
    take()
      .map(({ text }) => text)
      .join(' ');
  return { box, became, add, take, texts };
}

const absent = () => new ChatError('NO_SUCH_USER', 'User Bob not found.');

test('after a reconnection the first message to each goes alone, and the rest in order once it has been taken', () => {
  const { box, became, add, take, texts } = outbox();
  box.reopen();
  for (const text of ['b1', 'c1', 'b2', 'b3', 'c2']) add(text.startsWith('b') ? 'Bob' : ' carol', text);
  const [b1, c1, ...others] = take();
  assert.deepEqual([b1!.text, c1!.text, others.length], ['b1', 'c1', 0]);
  assert.equal(box.refuse(b1!.tag, absent()), 'waits');
  box.confirm(c1!.tag, 1, true);
  assert.equal(texts(), 'c2');
  box.arrived('BOB');
  const [again] = take();
  assert.equal(again!.text, 'b1');
  box.confirm(again!.tag, 1, true);
  assert.equal(texts(), 'b2 b3');
  assert.deepEqual(became, { c1: 'sent', b1: 'sent' });
});

test('somebody who is not back is told of once, however often it is tried', () => {
  const { box, add, take } = outbox();
  box.reopen();
  add('Bob', 'b1');
  const answers = Array.from({ length: 5 }, () => {
    const [asked] = take();
    const answer = box.refuse(asked!.tag, absent());
    box.arrived();
    return answer;
  });
  assert.deepEqual(answers, ['waits', 'waits on', 'waits on', 'waits on', 'waits on']);
});

test('a message that is given up while it is asked whether its recipient is back says nothing of the recipient', () => {
  const { box, became, add, take, texts } = outbox();
  box.reopen();
  const first = add('Bob', 'b1');
  add('Bob', 'b2');
  assert.deepEqual(take(), [first]);
  box.abandon(first, 'given up');
  const [second] = take();
  assert.equal(second!.text, 'b2', 'asked next');
  assert.equal(box.refuse(second!.tag, absent()), 'waits');
  assert.equal(texts(), '');
  assert.deepEqual(became, { b1: 'given up' });
});

test('when nobody is expected any more what waits is written and refused, with an error that names the message', async () => {
  const box = new Outbox();
  const refused = new Promise((resolve, reject) => {
    box.reopen();
    box.add({ line: '', tag: '1', to: 'Bob', text: `see ${'x'.repeat(60)}`, sentAt: 0, resolve, reject });
  });
  box.refuse(box.take()!.tag, absent());
  box.stopExpecting();
  assert.equal(box.refuse(box.take()!.tag, absent()), 'refused');
  await assert.rejects(refused, { code: 'NO_SUCH_USER', message: /^User Bob not found\. \(to Bob: "see x{34}…"\)$/ });
});

test('what was written when the connection ended is uncertain, what was not waits on', () => {
  const { box, became, add, take, texts } = outbox();
  add('Bob', 'b1');
  take();
  add('Bob', 'b2');
  box.lose('CONNECTION_LOST', 'The connection ended');
  assert.deepEqual(became, { b1: 'CONNECTION_LOST' });
  assert.equal(box.size, 1);
  assert.equal(texts(), 'b2');
});
