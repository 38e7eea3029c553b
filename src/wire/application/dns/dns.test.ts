import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex, viewOf } from '../../../bytes.js';
import { dnsRecords } from '../../../testing/app-packets.js';
import {
  build,
  Dns,
  type DnsInit,
  DnsOverTcp,
  dissect,
  dns,
  dnsOverTcp,
  ipv4,
  Mdns,
  mdns,
  tcp,
  Udp,
  udp,
} from '../../index.js';
import { fieldValues } from '../../tools/field-values.js';

/** A query for example.com and its answer, `dig` against a recursive server; the layout is RFC 1035 section 4.1. */
const query = '1a2b01200001000000000000076578616d706c6503636f6d0000010001';
const response = '1a2b81800001000100000000076578616d706c6503636f6d0000010001c00c00010001000000ff00045db8d822';

function over(hex: string): ReturnType<typeof dissect> {
  return build(ipv4(), udp({ srcPort: 53, dstPort: 4000 }), fromHex(hex));
}

function read(hex: string): Dns {
  const layer = dissect(over(hex).bytes).get(Dns);
  assert.ok(layer);
  return layer;
}

test('Dns reads a query and its answer and builds them again', () => {
  const asked = read(query);
  assert.deepEqual(asked.questions, [{ name: 'example.com', type: 'A', class: 'IN' }]);
  assert.equal(asked.id, 0x1a2b);
  assert.equal(asked.recursionDesired, 1);
  assert.equal(asked.authenticData, 1);
  assert.equal(asked.summary(), 'Standard query 0x1a2b A example.com');
  const answered = read(response);
  assert.deepEqual(answered.answers, [
    { name: 'example.com', type: 'A', class: 'IN', ttl: 255, address: '93.184.216.34' },
  ]);
  assert.equal(answered.summary(), 'Standard query response 0x1a2b A example.com, A 93.184.216.34');
  const init: DnsInit = {
    id: 0x1a2b,
    response: 1,
    recursionAvailable: 1,
    questions: [{ name: 'example.com' }],
    answers: [{ name: 'example.com', type: 'A', ttl: 255, address: '93.184.216.34' }],
  };
  assert.equal(toHex(build(dns(init)).bytes), response);
  assert.equal(toHex(build(dns({ id: 0x1a2b, authenticData: 1, questions: [{ name: 'example.com' }] })).bytes), query);
});

test('Dns compresses names as RFC 1035 section 4.1.4 shows it', () => {
  // The section's example: F.ISI.ARPA at 20, FOO.F.ISI.ARPA, ARPA and the root behind it; here as questions from byte 12 on.
  const bytes = build(
    dns({
      questions: [{ name: 'F.ISI.ARPA' }, { name: 'FOO.F.ISI.ARPA' }, { name: 'ARPA' }, { name: '.' }],
    }),
  ).bytes;
  assert.equal(
    toHex(bytes.subarray(12)),
    ['0146 03495349 0441525041 00', '03464f4f c00c', 'c012', '00']
      .map((hex) => `${hex}00010001`)
      .join('')
      .replaceAll(' ', ''),
  );
  assert.deepEqual(
    (dissect(bytes, { first: Dns }).get(Dns)?.questions ?? []).map(({ name }) => name),
    ['F.ISI.ARPA', 'FOO.F.ISI.ARPA', 'ARPA', '.'],
  );
});

test('Dns keeps names that were encoded in another way, and their neighbours stay text', () => {
  // The second question repeats the name in full though it could point.
  const hex = `${query.replace('00010000', '00020000')}076578616d706c6503636f6d00001c0001`;
  const layer = read(hex);
  const { questions, compress } = layer.toInit();
  assert.equal(compress, false);
  assert.deepEqual(questions?.[1], { name: 'example.com', type: 'AAAA', class: 'IN' });
  // A pointer to the end of another name, where the encoder would have pointed further back.
  const odd = read(`00070000000200000000000001610162000001000101610162000001000101`.slice(0, -2));
  assert.equal(toHex(build(dns(odd.toInit())).bytes), toHex(odd.bytes));
  const forward = read('000700000001000000000000c01200010001016100');
  assert.deepEqual(forward.toInit().questions?.[0]?.name, { name: 'a', encoded: fromHex('c012') });
});

test('Dns writes names with the escapes of RFC 1035 section 5.1 and reads them back', () => {
  const names = ['a\\.b.c', 'back\\\\slash', '\\000\\255\\127', 'Ann’s Mac', 'bücher.example', '*', '_sip._tcp'];
  for (const name of names) {
    const { bytes } = build(dns({ questions: [{ name }] }));
    assert.equal(dissect(bytes, { first: Dns }).get(Dns)?.questions[0]?.name, name);
  }
  assert.equal(
    toHex(build(dns({ questions: [{ name: 'example.com.' }] })).bytes),
    toHex(build(dns({ questions: [{ name: 'example.com' }] })).bytes),
  );
});

test('Dns refuses names and values that do not fit, and says why', () => {
  const refuse = (init: DnsInit, text: RegExp) => assert.throws(() => build(dns(init)), text);
  refuse({ questions: [{ name: 'a..b' }] }, /empty label/);
  refuse({ questions: [{ name: 'x'.repeat(64) }] }, /label of 64 bytes, at most 63 fit/);
  refuse({ questions: [{ name: Array(130).fill('a').join('.') }] }, /261 bytes, at most 255 fit/);
  refuse({ questions: [{ name: 'a\\256' }] }, /\\256 is no byte/);
  refuse({ questions: [{ name: 'a\\' }] }, /lone backslash/);
  refuse({ questions: [{ name: 'a', type: 'AAAAA' }] }, /DNS type "AAAAA"/);
  refuse({ answers: [{ name: 'a', type: 'MX', preference: 70000, exchange: 'b' }] }, /preference: 70000 given/);
  refuse({ answers: [{ name: 'a', type: 'TXT', strings: ['x'.repeat(256)] }] }, /256 bytes given, at most 255 fit/);
  refuse({ answers: [{ name: 'a', type: 'A', address: '1.2.3' }] }, /Cannot read IPv4 address "1.2.3"/);
  refuse({ id: 70000 }, /DNS\.id at byte 0: 70000 given/);
});

test('Dns reads every record type as it was built', () => {
  for (const record of dnsRecords) {
    const { bytes } = build(dns({ answers: [record] }));
    const [read] = dissect(bytes, { first: Dns }).get(Dns)!.answers;
    for (const [field, value] of Object.entries(record)) {
      assert.deepEqual((read as unknown as Record<string, unknown>)[field], value, `${record.type} ${field}`);
    }
  }
});

test('Dns computes what is left out and keeps what is given', () => {
  const layer = read(toHex(build(dns({ questions: [{ name: 'a' }], questionCount: 9, answerCount: 1 })).bytes));
  assert.equal(layer.questionCount, 9);
  assert.equal(layer.answerCount, 1);
  assert.equal(layer.questions.length, 1);
  assert.match(layer.fault()?.reason ?? '', /0 available/);
});

test('Dns is bounded: pointers that loop, labels without end, counts beyond the bytes', () => {
  const faults: [hex: string, code: string, reason: RegExp][] = [
    ['000000000001000000000000c00c00010001', 'LIMIT', /more than 127 compression pointers/],
    ['0000000000010000000000000161c00c00010001', 'LIMIT', /a name of more than 255 bytes|127/],
    ['000000000001000000000000c0ff00010001', 'BAD_VALUE', /leads to byte 255/],
    ['000000000001000000000000416100010001', 'BAD_VALUE', /label type 0x40/],
    ['000000000001000000000000806100010001', 'BAD_VALUE', /label type 0x80/],
    ['0000000000010000000000003f61', 'TRUNCATED', /label of 63 bytes, 1 available/],
    ['000000000001000000000000c0', 'TRUNCATED', /pointer needs 2 bytes/],
    ['00000000ffffffffffffffff', 'TRUNCATED', /another byte/],
    ['0000000000010000000000000161000001', 'TRUNCATED', /a question needs 4 bytes/],
    ['0000000000000001000000000000010001000000ff00055db8d822', 'TRUNCATED', /data length is 5, 4 bytes/],
  ];
  for (const [hex, code, reason] of faults) {
    const packet = dissect(over(hex).bytes);
    const fault = packet.faults[0];
    assert.equal(fault?.code, code, hex);
    assert.match(fault?.reason ?? '', reason, hex);
    packet.show();
    JSON.stringify(packet);
  }
});

test('Dns of 65,535 bytes of pointers is read in bounded time', () => {
  const bytes = new Uint8Array(65_000);
  const view = viewOf(bytes);
  view.setUint16(6, 0xffff);
  // A chain of pointers, then records whose names all go through it.
  for (let at = 12; at < 12 + 252; at += 2) view.setUint16(at, 0xc000 | (at + 2));
  for (let at = 266; at + 12 < bytes.length; at += 12) view.setUint16(at, 0xc00c);
  const packet = dissect(bytes, { first: Dns });
  assert.ok(packet.layers.length > 0);
});

test('Dns behind TCP has its length before it, and several stand one behind the other', () => {
  const { bytes } = build(
    ipv4(),
    tcp(),
    ...[1, 2, 3].map((id) => dnsOverTcp({ id, questions: [{ name: 'example.com' }] })),
  );
  const packet = dissect(bytes);
  assert.equal(packet.get(DnsOverTcp)?.length, 29);
  assert.deepEqual(
    packet.all(DnsOverTcp).map(({ id }) => id),
    [1, 2, 3],
  );
  assert.deepEqual(packet.faults, []);
  for (const [length, reason] of [
    [11, /at least the header's 12 needed/],
    [30, /length is 30, 29 bytes available/],
  ] as const) {
    const wrong = build(ipv4(), tcp(), dnsOverTcp({ length, questions: [{ name: 'example.com' }] }));
    assert.match(dissect(wrong.bytes).faults[0]?.reason ?? '', reason);
  }
});

test('Mdns takes the class’s highest bit for its own', () => {
  const { bytes } = build(
    ipv4(),
    udp(),
    mdns({
      questions: [{ name: 'a.local', unicastResponse: true }],
      answers: [{ name: 'a.local', type: 'A', cacheFlush: true, address: '192.0.2.1' }],
    }),
  );
  const packet = dissect(bytes);
  const layer = packet.get(Mdns)!;
  assert.deepEqual(layer.questions, [{ name: 'a.local', type: 'A', class: 'IN', unicastResponse: true }]);
  assert.equal((layer.answers[0] as { cacheFlush?: boolean }).cacheFlush, true);
  assert.deepEqual(fieldValues(packet, 'dns.qry.qu'), ['1']);
  assert.deepEqual(fieldValues(packet, 'dns.resp.class'), ['0x0001']);
});

test('the port left out is that of the layer inside, unless the other is', () => {
  const ports = (init: { srcPort?: number; dstPort?: number }) => {
    const datagram = build(ipv4(), udp(init), dns()).get(Udp)!;
    return [datagram.srcPort, datagram.dstPort];
  };
  assert.deepEqual(ports({}), [0, 53]);
  assert.deepEqual(ports({ srcPort: 4000 }), [4000, 53]);
  assert.deepEqual(ports({ srcPort: 53 }), [53, 0]);
  assert.deepEqual(ports({ srcPort: 53, dstPort: 4000 }), [53, 4000]);
});
