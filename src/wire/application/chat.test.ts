import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toBytes, toHex } from '../../bytes.js';
import { build, Chat, chat, dissect, ipv4, type Packet, Raw, Tls, tcp, tls } from '../index.js';

function sent(data: string | Uint8Array): Packet {
  return dissect(build(ipv4(), tcp({ srcPort: 55000, dstPort: 9999, flags: 'PSH,ACK' }), data).bytes);
}

function lines(text: string) {
  return sent(text)
    .get(Chat)!
    .lines.map(({ text: _, isWhole, ...line }) => ({ ...line, ...(isWhole ? {} : { isWhole }) }));
}

test('Chat reads the conversation of docs/protocol_definition.md', () => {
  assert.deepEqual(lines('/login Alice\n'), [{ kind: 'login', keyword: 'login', name: 'Alice' }]);
  assert.deepEqual(lines("* welcome Alice 1 30 4096 1 :Welcome Alice! Write 'Name: message'; /help shows more\n"), [
    {
      kind: 'notice',
      keyword: 'welcome',
      name: 'Alice',
      body: "Welcome Alice! Write 'Name: message'; /help shows more",
    },
  ]);
  assert.deepEqual(lines('#1 Bob: Hello\nAlice: Hello\n* sent 1 1\n'), [
    { kind: 'message', tag: '1', name: 'Bob', body: 'Hello' },
    { kind: 'message', name: 'Alice', body: 'Hello' },
    { kind: 'notice', keyword: 'sent', tag: '1' },
  ]);
  assert.deepEqual(lines('#a /all dinner?\nAlice (to all): dinner?\n/who b\n\nBob\n'), [
    { kind: 'message', keyword: 'all', tag: 'a', body: 'dinner?' },
    { kind: 'message', keyword: 'all', name: 'Alice', body: 'dinner?' },
    { kind: 'command', keyword: 'who', body: 'b' },
    { kind: 'empty' },
    { kind: 'text' },
  ]);
  assert.deepEqual(
    lines('* error - FORMAT :Format error.\n* error 7 NO_SUCH_USER Bob :User Bob not found.\n* bye QUIT :Goodbye\n'),
    [
      { kind: 'notice', keyword: 'error', code: 'FORMAT', body: 'Format error.' },
      { kind: 'notice', keyword: 'error', tag: '7', code: 'NO_SUCH_USER', body: 'User Bob not found.' },
      { kind: 'notice', keyword: 'bye', code: 'QUIT', body: 'Goodbye' },
    ],
  );
});

test('Chat reads the classic dialect, which has no line ends', () => {
  assert.deepEqual(lines('Alice'), [{ kind: 'text', isWhole: false }]);
  assert.deepEqual(lines('Alice:  Hello'), [{ kind: 'message', name: 'Alice', body: ' Hello', isWhole: false }]);
  assert.deepEqual(lines("Format error. Use 'Target: Message'"), [{ kind: 'text', isWhole: false }]);
});

test('Chat builds every segment again, whatever its line ends and bytes', () => {
  for (const data of [
    toBytes('a: b\nc'),
    toBytes('one\r\ntwo\n'),
    toBytes('\n\n'),
    fromHex('41ff0a80'),
    toBytes('﻿x\n'),
  ]) {
    const packet = sent(data);
    assert.ok(packet.get(Chat));
    assert.equal(toHex(build(...packet.parts()).bytes), toHex(packet.bytes));
  }
  assert.equal(toHex(build(chat({ lines: ['Bob: Hello'], rest: 'x' })).bytes), toHex(toBytes('Bob: Hello\nx')));
});

test('the chat’s port may carry TLS, and other binary protocols stay bytes', () => {
  const packet = dissect(build(ipv4(), tcp({ dstPort: 9999 }), tls({ data: Uint8Array.of(1) })).bytes);
  assert.ok(packet.get(Tls));
  assert.ok(sent(fromHex('000102')).get(Raw));
});
