import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, hexDigits, toHex } from '../../../bytes.js';
import { clientExtensions } from '../../../testing/app-packets.js';
import { build, cipherSuiteName, dissect, ipv4, isGrease, Raw, Tls, type TlsHandshake, tcp, tls } from '../../index.js';
import { fieldValues } from '../../tools/field-values.js';

/** RFC 8448 section 3: the client's first record of a simple 1-RTT handshake. */
const clientHello =
  `16030100c4010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302010000
91 0000000b0009000006736572766572 ff01000100 000a00140012001d0017001800190100010101020103 0104 00230000
003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c 002b0003020304
000d0020001e040305030603020308040805080604010501060102010402050206020202 002d00020101 001c00024001`.replaceAll(
    /\s/g,
    '',
  );

/** The same section: the server's first record. */
const serverHello = `160303005a020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e
00330024001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f 002b00020304`.replaceAll(/\s/g, '');

function read(hex: string): Tls {
  return dissect(fromHex(hex), { first: Tls }).get(Tls)!;
}

test('Tls reads the ClientHello of RFC 8448 and builds it again', () => {
  const record = read(clientHello);
  assert.equal(record.contentType, 22);
  assert.equal(record.version, 0x0301);
  assert.equal(record.length, 196);
  assert.equal(record.serverName, 'server');
  assert.equal(record.summary(), 'Client Hello (SNI=server)');
  const [message] = record.handshakes as [Extract<TlsHandshake, { clientHello: unknown }>];
  assert.deepEqual(message.clientHello.cipherSuites, [0x1301, 0x1303, 0x1302]);
  const { extensions } = message.clientHello;
  assert.deepEqual(extensions?.[0], { serverName: 'server' });
  assert.deepEqual(extensions?.[2], { supportedGroups: [0x1d, 0x17, 0x18, 0x19, 0x100, 0x101, 0x102, 0x103, 0x104] });
  assert.deepEqual(extensions?.[5], { supportedVersions: [0x0304] });
  assert.equal(toHex(build(tls(record.toInit())).bytes), clientHello);
});

test('Tls reads the ServerHello of RFC 8448 and builds it again', () => {
  const record = read(serverHello);
  const [message] = record.handshakes as [Extract<TlsHandshake, { serverHello: unknown }>];
  assert.equal(message.serverHello.cipherSuite, 0x1301);
  assert.deepEqual(message.serverHello.extensions?.[1], { selectedVersion: 0x0304 });
  assert.equal(record.summary(), 'Server Hello');
  assert.equal(toHex(build(tls(record.toInit())).bytes), serverHello);
});

test('Tls shows names of suites, groups and versions', () => {
  const text = dissect(fromHex(clientHello), { first: Tls }).show();
  assert.match(text, /Cipher suite .*0x1301 {2}\(TLS_AES_128_GCM_SHA256\)/);
  assert.match(text, /Group .*0x001d {2}\(x25519\)/);
  assert.match(text, /Version .*0x0304 {2}\(TLS 1\.3\)/);
  assert.equal(cipherSuiteName(0xc02f), 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256');
  assert.equal(cipherSuiteName(0xfafa), 'GREASE');
  assert.equal(cipherSuiteName(0xeeee), undefined);
  assert.equal(isGrease(0x0a1a), false);
});

test('Tls reads extensions as they were built', () => {
  const { bytes } = build(tls({ handshakes: [{ clientHello: { cipherSuites: [1], extensions: clientExtensions } }] }));
  const [message] = read(toHex(bytes)).handshakes as [Extract<TlsHandshake, { clientHello: unknown }>];
  assert.deepEqual(message.clientHello.extensions, clientExtensions);
});

test('Tls keeps an extension whose inner lengths lie as bytes, and what it builds equal', () => {
  // The list of names says 9 bytes more than it has; the groups' length is odd; ALPN's string leaves the list.
  for (const extension of ['0000000b0012000006736572766572', '000a00050003001d00', '0010000500030a6832']) {
    const hello = `0303${'00'.repeat(32)}00000213010100`;
    const body = `${hello}${hexDigits(extension.length / 2, 4)}${extension}`;
    const message = `01${hexDigits(body.length / 2, 6)}${body}`;
    const hex = `160303${hexDigits(message.length / 2, 4)}${message}`;
    const record = read(hex);
    const [{ clientHello: read1 }] = record.handshakes as [Extract<TlsHandshake, { clientHello: unknown }>];
    assert.deepEqual(Object.keys(read1.extensions![0]!), ['type', 'data'], extension);
    assert.equal(toHex(build(tls(record.toInit())).bytes), hex);
  }
});

test('several records stand one behind the other, more of them than layers may nest', () => {
  const records = Array.from({ length: 100 }, (_, i) => tls({ data: Uint8Array.of(i) }));
  const packet = dissect(build(ipv4(), tcp({ dstPort: 443 }), ...records).bytes);
  assert.equal(packet.all(Tls).length, 100);
  assert.deepEqual(packet.faults, []);
});

test('a record that the segment cuts is marked, no fault, and what is here of it is read', () => {
  const whole = fromHex(clientHello);
  for (let end = 5; end < whole.length; end++) {
    const packet = dissect(build(ipv4(), tcp({ dstPort: 443 }), whole.slice(0, end)).bytes);
    const record = packet.get(Tls)!;
    assert.equal(record.isCut, true);
    assert.deepEqual(packet.faults, []);
    assert.equal(toHex(build(...packet.parts()).bytes), toHex(packet.bytes));
    const name = fieldValues(packet, 'tls.handshake.extensions_server_name');
    assert.deepEqual(name, end >= 71 ? ['server'] : [], `${end} bytes`);
  }
  assert.match(dissect(whole.slice(0, 100), { first: Tls }).show(), /\(95 of 196 bytes in this segment\)/);
});

test('handshake messages that cannot be in the clear are encrypted ones', () => {
  for (const content of ['00000000000000000ddf9c', 'ff000001ee', '01ffffff00', '0102']) {
    const hex = `160303${hexDigits(content.length / 2, 4)}${content}`;
    assert.equal(read(hex).summary(), 'Encrypted Handshake Message');
    assert.deepEqual(read(hex).handshakes, []);
    assert.equal(toHex(build(tls(read(hex).toInit())).bytes), hex);
  }
});

test('alerts in the clear are told from encrypted ones', () => {
  assert.equal(read('15030300020228').summary(), 'Alert (Level: Fatal, Description: Handshake Failure)');
  assert.deepEqual(read('15030300020100').alert, { level: 1, description: 0 });
  assert.equal(read(`150303001a${'91'.repeat(26)}`).summary(), 'Encrypted Alert');
});

test('what does not begin like a record is left as bytes on its port', () => {
  for (const hex of ['0603030001aa', '1604000001aa', '1603030000aa', '160303ffffaa', '16030300']) {
    const packet = dissect(build(ipv4(), tcp({ dstPort: 443 }), fromHex(hex)).bytes);
    assert.equal(packet.get(Tls), undefined, hex);
    assert.ok(packet.get(Raw));
  }
});

test('Tls computes lengths, keeps the one given and refuses what does not fit', () => {
  assert.equal(read(toHex(build(tls({ data: fromHex('0102') })).bytes)).length, 2);
  assert.equal(toHex(build(tls({ data: fromHex('0102'), length: 9 })).bytes), '17030300090102');
  const hello = (random: Uint8Array): TlsHandshake => ({ clientHello: { random, cipherSuites: [1] } });
  assert.throws(() => build(tls({ handshakes: [hello(new Uint8Array(31))] })), /32 bytes needed/);
  assert.throws(
    () => build(tls({ handshakes: [{ clientHello: { cipherSuites: [70000] } }] })),
    /cipher suite: 70000 given/,
  );
});
