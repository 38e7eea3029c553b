import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Session } from './message.js';

const key = 'a-key';

test('Session.decode() reads what encode() wrote, identities and buffers too', () => {
  const asking = new Session(key, 'somebody');
  const message = asking.message('execute_request', { code: '1 + "µ"' }, undefined, { a: [1] });
  message.identities = [Buffer.from('route'), Buffer.alloc(0)];
  message.buffers = [Buffer.from([0, 1, 255]), Buffer.from('<IDS|MSG>')];
  const read = new Session(key).decode(asking.encode(message));
  assert.deepEqual(read, message);
});

test('An answer carries its request’s header and goes back its way', () => {
  const request = new Session(key).message('kernel_info_request', {});
  request.identities = [Buffer.from('x')];
  const reply = new Session(key).message('kernel_info_reply', { status: 'ok' }, request);
  assert.deepEqual(reply.parent_header, request.header);
  assert.deepEqual(reply.identities, request.identities);
  assert.notEqual(reply.header.msg_id, request.header.msg_id);
});

test('The signature is the HMAC-SHA256 of the four JSON frames, in hex', () => {
  const header = '{"msg_id":"1","msg_type":"x"}';
  // printf '{"msg_id":"1","msg_type":"x"}{}{}{}' | openssl dgst -sha256 -hmac key
  const signature = '472a1ead4690d565816b5e8706e67487756cd47f48ba8d090e502069ad007bb9';
  const frames = ['<IDS|MSG>', signature, header, '{}', '{}', '{}'].map((text) => Buffer.from(text));
  assert.equal(new Session('key').decode(frames)?.header.msg_type, 'x');
});

test('A message signed with another key, or changed on the way, is dropped', () => {
  const session = new Session(key);
  const frames = session.encode(session.message('execute_request', { code: '1' }));
  assert.notEqual(session.decode(frames), undefined);
  assert.equal(new Session('other').decode(frames), undefined);
  for (let i = 1; i < frames.length; i++) {
    const changed = frames.map((frame) => Buffer.from(frame));
    changed[i]![0]! ^= 1;
    assert.equal(session.decode(changed), undefined, `frame ${i}`);
  }
});

test('Truncated and malformed messages are dropped', () => {
  const session = new Session('');
  const frames = session.encode(session.message('execute_request', { code: '1' }));
  for (let end = 0; end < frames.length; end++) assert.equal(session.decode(frames.slice(0, end)), undefined);
  const noJson = [...frames];
  noJson[5] = Buffer.from('{"code":');
  assert.equal(session.decode(noJson), undefined);
});

test('With an empty key nothing is signed', () => {
  const session = new Session('');
  const frames = session.encode(session.message('x', {}));
  assert.equal(frames[1]!.length, 0);
  assert.notEqual(session.decode(frames), undefined);
});
