import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Ipv4, ipv4 } from '../internet/ipv4.js';
import { build } from '../stack/build.js';
import { dissect } from '../stack/dissect.js';
import { tcp } from '../transport/tcp.js';
import { diff } from './diff.js';

const before = build(ipv4(), tcp({ flags: 'PSH,ACK' }), 'hello');

test('diff() of a packet and itself is empty', () => {
  const same = diff(before, before.copy());
  assert.ok(same.isEmpty);
  assert.equal(String(same), 'no difference');
});

test('diff() names each field that differs and each byte', () => {
  const after = before.copy();
  after.get(Ipv4)!.ttl = 3;
  after.seal();
  const difference = diff(before, after);
  assert.deepEqual(
    difference.fields.map(({ layer, field, before, after, at }) => [layer, field, before, after, at]),
    [
      ['IPv4', 'ttl', '64 (hops)', '3 (hops)', 8],
      ['IPv4', 'headerChecksum', '0x7cc8', '0xb9c8', 10],
    ],
  );
  // Two runs with one equal byte between are shown as one.
  assert.deepEqual(JSON.parse(JSON.stringify(difference)).bytes, [{ at: 8, before: '40067c', after: '0306b9' }]);
  assert.match(inspect(difference), /Time to live +8 {2}64 \(hops\) → 3 \(hops\)/);
  assert.match(inspect(difference), /\+ 0008 {2}03 06 b9 /);
});

test('diff() says what only one of the packets has', () => {
  const difference = diff(before, build(ipv4(), tcp({ flags: 'PSH,ACK', options: [{ mss: 9 }] }), 'hello!'));
  const added = difference.fields.find(({ field }) => field === 'option.mss');
  assert.deepEqual([added?.before, added?.after], [undefined, '9']);
  assert.equal(difference.fields.find(({ layer }) => layer === 'Raw')?.after, '68656c6c6f21');
  assert.equal(difference.bytes.at(-1)?.after.length, 50 - 32);
});

test('diff() shows a fault of one packet', () => {
  const difference = diff(before, dissect(before.bytes.slice(0, 30)));
  assert.ok(difference.fields.some(({ layer, after }) => layer === 'Fault' && /TRUNCATED/.test(after ?? '')));
  assert.match(String(difference), /the packet ends before/);
});
