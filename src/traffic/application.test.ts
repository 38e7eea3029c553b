/** Messages are found in a stream wherever its segments were cut. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBytes } from '../bytes.js';
import { encodeCapture } from '../capture/index.js';
import { build, dns, ipv4, tcp } from '../wire/index.js';
import { applicationMessages } from './application.js';
import { Traffic } from './traffic.js';

/** A stream in which each side says one text, in segments of `size` bytes. */
async function talk(request: string | Uint8Array, response: string | Uint8Array, size: number, port: number) {
  const packets: { bytes: Uint8Array; timestamp: bigint }[] = [];
  const say = (data: Uint8Array, isServer: boolean, seq: number, ack: number) => {
    for (let at = 0; at < data.length; at += size) {
      const ports = isServer ? { srcPort: port, dstPort: 5000 } : { srcPort: 5000, dstPort: port };
      const packet = build(ipv4(), tcp({ ...ports, seq: seq + at, ack, flags: 'ACK' }), data.slice(at, at + size));
      packets.push({ bytes: packet.bytes, timestamp: BigInt(packets.length) * 1000n });
    }
  };
  const [ask, answer] = [toBytes(request), toBytes(response)];
  say(ask, false, 1, 1);
  say(answer, true, 1, 1 + ask.length);
  const traffic = await Traffic.read(encodeCapture(packets, { interfaces: [{ linkType: 101 }] }));
  return applicationMessages(traffic.follow(0)).map(({ protocol, isReverse, summary, body, isCut }) => [
    protocol,
    isReverse,
    summary,
    body === undefined ? '' : new TextDecoder().decode(body),
    isCut,
  ]);
}

const requests =
  'GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcHEAD /c HTTP/1.1\r\n\r\n';
const responses =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\n wo\r\n0\r\nT: 1\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n';

test('HTTP messages are the same however the stream was cut', async () => {
  for (const size of [1, 2, 7, 33, 1000]) {
    assert.deepEqual(await talk(requests, responses, size, 80), [
      ['http', false, 'GET /a HTTP/1.1', '', false],
      ['http', false, 'POST /b HTTP/1.1', 'abc', false],
      ['http', false, 'HEAD /c HTTP/1.1', '', false],
      ['http', true, 'HTTP/1.1 200 OK', 'hello wo', false],
      ['http', true, 'HTTP/1.1 204 No Content', '', false],
      ['http', true, 'HTTP/1.1 200 OK', '', false],
    ]);
  }
});

test('an HTTP body that is not all there is cut, one without a length reaches to the end', async () => {
  const [, short] = await talk('GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', 9, 80);
  assert.deepEqual(short, ['http', true, 'HTTP/1.1 200 OK', 'abc', true]);
  const [, open] = await talk('GET / HTTP/1.0\r\n\r\n', 'HTTP/1.0 200 OK\r\n\r\nabc', 9, 80);
  assert.deepEqual(open, ['http', true, 'HTTP/1.0 200 OK', 'abc', false]);
});

test('DNS messages over TCP are told apart by their lengths', async () => {
  const message = (name: string) => {
    const { bytes } = build(dns({ id: 7, questions: [{ name }] }));
    return Uint8Array.of(bytes.length >> 8, bytes.length & 0xff, ...bytes);
  };
  const two = Uint8Array.of(...message('a.example'), ...message('b.example'));
  for (const size of [3, 1000]) {
    const found = await talk(two, message('c.example'), size, 53);
    assert.equal(found.length, 3);
    assert.ok(found.every(([protocol, , , , isCut]) => protocol === 'dns' && isCut === false));
    assert.match(String(found[1]![2]), /b\.example/);
  }
});

test('TLS records have types and ends; the chat’s lines are lines', async () => {
  const hello = Uint8Array.of(22, 3, 1, 0, 4, 1, 0, 0, 0, 23, 3, 3, 0, 2, 9);
  const alert = Uint8Array.of(21, 3, 3, 0, 2, 1, 0);
  assert.deepEqual(await talk(hello, alert, 4, 443), [
    ['tls', false, 'Handshake: Client Hello', '', false],
    ['tls', false, 'Application Data', '', true],
    ['tls', true, 'Alert', '', false],
  ]);
  assert.deepEqual(await talk('/login Alice\n#1 Bob: Hi\n', '* welcome Alice\n', 5, 9999), [
    ['lines', false, '/login Alice', '', false],
    ['lines', false, '#1 Bob: Hi', '', false],
    ['lines', true, '* welcome Alice', '', false],
  ]);
});

/** A WebSocket frame, masked as clients send them. */
function webSocketFrame(opcode: number, text: string, mask?: readonly number[]): number[] {
  const bytes = [...toBytes(text)];
  const length = bytes.length < 126 ? [bytes.length] : [126, bytes.length >> 8, bytes.length & 0xff];
  if (mask === undefined) return [0x80 | opcode, ...length, ...bytes];
  return [
    0x80 | opcode,
    length[0]! | 0x80,
    ...length.slice(1),
    ...mask,
    ...bytes.map((byte, i) => byte ^ mask[i & 3]!),
  ];
}

test('Frames behind an upgrade to WebSocket are told apart and unmasked, wherever the stream was cut', async () => {
  const long = 'long '.repeat(40);
  const ask = toBytes('GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
  const grant = toBytes('HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n');
  const up = Uint8Array.from([
    ...ask,
    ...webSocketFrame(1, 'hello', [1, 2, 3, 4]),
    ...webSocketFrame(8, '', [9, 9, 9, 9]),
  ]);
  const down = Uint8Array.from([...grant, ...webSocketFrame(1, long), ...webSocketFrame(2, 'half').slice(0, 4)]);
  for (const size of [1, 3, 50, 1000]) {
    assert.deepEqual(await talk(up, down, size, 80), [
      ['http', false, 'GET /ws HTTP/1.1', '', false],
      ['websocket', false, 'WebSocket Text: hello', 'hello', false],
      ['websocket', false, 'WebSocket Connection Close, 0 bytes', '', false],
      ['http', true, 'HTTP/1.1 101 Switching Protocols', '', false],
      ['websocket', true, `WebSocket Text: ${long}`, long, false],
      ['websocket', true, 'WebSocket Binary, 4 bytes', 'ha', true],
    ]);
  }
});

test('What goes through a CONNECT tunnel is no body of the 200, and is read as what it is', async () => {
  const hello = [22, 3, 1, 0, 2, 1, 0];
  const up = Uint8Array.from([...toBytes('CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n'), ...hello]);
  const down = Uint8Array.from([...toBytes('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n'), ...hello]);
  assert.deepEqual(await talk(up, down, 1000, 80), [
    ['http', false, 'CONNECT a:443 HTTP/1.1', '', false],
    ['tls', false, 'Handshake: Client Hello', '', false],
    ['http', true, 'HTTP/1.1 200 OK', '', false],
    ['tls', true, 'Handshake: Client Hello', '', false],
  ]);
  const refused = await talk('CONNECT a:443 HTTP/1.1\r\n\r\n', 'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno', 9, 80);
  assert.deepEqual(refused[1], ['http', true, 'HTTP/1.1 403 No', 'no', false]);
  const unknown = await talk('CONNECT a:22 HTTP/1.1\r\n\r\n\x00\x01\x02', 'HTTP/1.1 200 OK\r\n\r\n\x00\x03', 99, 80);
  assert.deepEqual(
    unknown.map(([, , summary]) => summary),
    ['CONNECT a:22 HTTP/1.1', 'HTTP/1.1 200 OK'],
  );
});

test('Several Set-Cookie lines stay apart, other lines of one name are joined', async () => {
  const text =
    'HTTP/1.1 200 OK\r\nSet-Cookie: a=1, x\r\nVary: A\r\nSet-Cookie: b=2\r\nConstructor: c\r\nvary: B\r\nContent-Length: 0\r\n\r\n';
  const packet = build(ipv4(), tcp({ srcPort: 80, dstPort: 5000, seq: 1, flags: 'ACK' }), text);
  const bytes = encodeCapture([{ bytes: packet.bytes, timestamp: 0n }], { interfaces: [{ linkType: 101 }] });
  const [message] = applicationMessages((await Traffic.read(bytes)).follow(0));
  assert.deepEqual(message?.headers, {
    'set-cookie': ['a=1, x', 'b=2'],
    vary: 'A, B',
    constructor: 'c',
    'content-length': '0',
  });
});
