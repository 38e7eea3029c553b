import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBytes, toHex } from '../../bytes.js';
import {
  type Buildable,
  build,
  dissect,
  Http,
  type HttpInit,
  http,
  ipv4,
  type Packet,
  Raw,
  Ssdp,
  tcp,
  udp,
} from '../index.js';
import { fieldValues } from '../tools/field-values.js';

function sent(port: number, ...parts: Buildable[]): Packet {
  return dissect(build(ipv4(), tcp({ srcPort: 55000, dstPort: port, flags: 'PSH,ACK' }), ...parts).bytes);
}

/** RFC 9112 section 2.1 and RFC 9110's examples: a request and a response. */
const request =
  'GET /hello.txt HTTP/1.1\r\nUser-Agent: curl/7.64.1\r\nHost: www.example.com\r\nAccept-Language: en, mi\r\n\r\n';
const response = 'HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nHello';

test('Http reads a request and a response and builds them again', () => {
  const asked = sent(80, request).get(Http)!;
  assert.deepEqual([asked.method, asked.uri, asked.version], ['GET', '/hello.txt', 'HTTP/1.1']);
  assert.equal(asked.header('host'), 'www.example.com');
  assert.equal(asked.isComplete, true);
  assert.equal(asked.summary(), 'GET /hello.txt HTTP/1.1');
  assert.deepEqual(asked.toInit(), {
    method: 'GET',
    uri: '/hello.txt',
    version: 'HTTP/1.1',
    headers: [
      ['User-Agent', 'curl/7.64.1'],
      ['Host', 'www.example.com'],
      ['Accept-Language', 'en, mi'],
    ],
  });
  const packet = sent(80, response);
  const answered = packet.get(Http)!;
  assert.equal(answered.isResponse, true);
  assert.deepEqual([answered.version, answered.status, answered.phrase], ['HTTP/1.1', 200, 'OK']);
  assert.equal(packet.get(Raw)?.text, 'Hello');
  for (const text of [request, response]) {
    const { parts } = { parts: sent(80, text).parts().slice(2) };
    assert.equal(toHex(build(...parts).bytes), toHex(toBytes(text)));
  }
});

test('http() writes defaults and takes fields by name or in order', () => {
  const text = (init: HttpInit) => new TextDecoder().decode(build(http(init)).bytes);
  assert.equal(text({}), 'GET / HTTP/1.1\r\n\r\n');
  assert.equal(text({ status: 404 }), 'HTTP/1.1 404 Not Found\r\n\r\n');
  assert.equal(text({ headers: { Host: 'x' } }), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const headers = [['A', '1'], ['A', '2'], 'raw line\n'] as const;
  assert.equal(text({ headers, blank: false }), 'GET / HTTP/1.1\r\nA: 1\r\nA: 2\r\nraw line\n');
});

test('messages without line ends are HTTP on its ports, as they are to tshark, and bytes on others', () => {
  for (const message of [
    'GET /index.html HTTP/1.1',
    'HTTP/1.1 200 OK',
    'HTTP/1.1 200 OK (CSS Data)',
    'POST /login HTTP/1.1',
  ]) {
    assert.equal(sent(80, message).get(Http)?.summary(), message);
    assert.equal(sent(8080, message).get(Http)?.isComplete, false);
    assert.equal(sent(12345, message).get(Http), undefined);
  }
  assert.ok(sent(12345, request).get(Http));
  assert.ok(sent(12345, response).get(Http));
});

test('what is no message is left as bytes', () => {
  for (const text of [
    'hello world',
    'FOO /x HTTP/1.1\r\n\r\n',
    'get / HTTP/1.1\r\n\r\n',
    'GE',
    'HTTP',
    '\r\n\r\nGET / HTTP/1.1',
  ]) {
    assert.equal(sent(80, text).get(Http), undefined, JSON.stringify(text));
    assert.equal(sent(80, text).get(Raw)?.text, text);
  }
});

test('header fields end at the first line without a colon; what follows is the next layer’s', () => {
  const packet = sent(80, 'GET / HTTP/1.1\r\nA: b\r\nno colon\r\nC: d\r\n\r\n');
  assert.deepEqual(packet.get(Http)?.headers, [['A', 'b']]);
  assert.equal(packet.get(Http)?.isComplete, false);
  assert.equal(packet.get(Raw)?.text, 'no colon\r\nC: d\r\n\r\n');
});

test('messages without a body may follow one another in a segment', () => {
  const packet = sent(80, `${request}${request}HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody`);
  assert.deepEqual(
    packet.all(Http).map(({ method, status }) => method || status),
    ['GET', 'GET', 204, 200],
  );
  assert.equal(packet.get(Raw)?.text, 'body');
});

test('bytes that are no UTF-8 keep their places, and the message its bytes', () => {
  const bytes = Uint8Array.of(
    ...toBytes('GET /'),
    0xff,
    0xc3,
    ...toBytes('?q=\xe9 HTTP/1.1\r\nHost: '),
    0xe9,
    0x0d,
    0x0a,
  );
  const packet = sent(80, bytes);
  assert.equal(packet.get(Http)?.version, 'HTTP/1.1');
  assert.deepEqual(fieldValues(packet, 'http.request.version'), ['HTTP/1.1']);
  assert.equal(toHex(build(...packet.parts()).bytes), toHex(packet.bytes));
});

test('every truncation of a request is a request or bytes, and builds again', () => {
  const whole = toBytes(request);
  for (let end = 1; end <= whole.length; end++) {
    const packet = sent(80, whole.slice(0, end));
    assert.equal(packet.get(Http) !== undefined, end >= 3, `${end} bytes`);
    assert.deepEqual(packet.faults, []);
    assert.equal(toHex(build(...packet.parts()).bytes), toHex(packet.bytes));
  }
});

test('a first line of 64 kB is read in bounded time on every port', () => {
  const long = `GET /${'x'.repeat(60_000)}`;
  assert.equal(sent(12345, long).get(Http), undefined);
  assert.equal(sent(80, long).get(Http)?.uri.length, 60_001);
  assert.equal(sent(80, `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(8000)}`).get(Http)?.headers.length, 8000);
});

test('SSDP is HTTP’s form in datagrams', () => {
  const { bytes } = build(
    ipv4(),
    udp({ dstPort: 1900 }),
    http({ method: 'M-SEARCH', uri: '*', headers: { MAN: '"ssdp:discover"' } }),
  );
  assert.equal(dissect(bytes).get(Ssdp)?.method, 'M-SEARCH');
});
