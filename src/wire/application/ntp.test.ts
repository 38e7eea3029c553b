import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../bytes.js';
import { build, dissect, ipv4, Ntp, ntp, ntpTimestamp, Raw, udp } from '../index.js';

/** A client's request as `ntpdate -q` sends it: unsynchronized, version 4, the time of sending alone. */
const request =
  'e30003fa00010000000100000000000000000000000000000000000000000000000000000000000000000000c50204eceed33c52'.slice(
    0,
    96,
  );

test('Ntp reads a request of known bytes and builds it again', () => {
  const layer = dissect(fromHex(request), { first: Ntp }).get(Ntp)!;
  assert.deepEqual(
    { leap: layer.leap, version: layer.version, mode: layer.mode, stratum: layer.stratum, poll: layer.poll },
    { leap: 3, version: 4, mode: 3, stratum: 0, poll: 3 },
  );
  assert.equal(layer.rootDelay, 65536);
  assert.equal(layer.summary(), 'NTP Version 4, client');
  assert.equal(toHex(build(ntp(layer.toInit())).bytes), request);
});

test('Ntp shows timestamps of both eras, and what is not set', () => {
  // RFC 5905 figure 4: the first day of UNIX is 2,208,988,800; the era ends on 7 February 2036.
  const text = build(
    ntp({ reference: 2_208_988_800n << 32n, receive: 0xffffffff80000000n, transmit: 1n << 32n }),
  ).show();
  assert.match(text, /Reference timestamp .*\(Jan {2}1, 1970 00:00:00\.000000000 UTC\)/);
  assert.match(text, /Origin timestamp .*\(not set\)/);
  assert.match(text, /Receive timestamp .*\(Feb {2}7, 2036 06:28:15\.500000000 UTC\)/);
  assert.match(text, /Transmit timestamp .*\(Feb {2}7, 2036 06:28:17\.000000000 UTC\)/);
});

test('ntpTimestamp() gives the timestamp of a moment', () => {
  assert.equal(ntpTimestamp(new Date(0)), 2_208_988_800n << 32n);
  assert.equal(ntpTimestamp(new Date(500)) & 0xffffffffn, 0x80000000n);
  // Behind the end of the first era.
  assert.equal(ntpTimestamp(new Date('2036-02-07T06:28:17Z')), 1n << 32n);
});

test('Ntp tells extension fields from key identifier and digest by their lengths', () => {
  const extension = { type: 0x0204, value: new Uint8Array(28) };
  const mac = new Uint8Array(20).fill(7);
  const layer = dissect(build(ntp({ extensions: [extension], keyId: 9, mac })).bytes, { first: Ntp }).get(Ntp)!;
  assert.deepEqual(layer.extensions, [extension]);
  assert.equal(layer.keyId, 9);
  assert.deepEqual(layer.mac, mac);
  const plain = dissect(build(ntp()).bytes, { first: Ntp }).get(Ntp)!;
  assert.equal(plain.keyId, undefined);
  assert.deepEqual(plain.extensions, []);
});

test('Ntp of every truncation is a fault, and so are bytes behind it that are nothing', () => {
  const whole = fromHex(request);
  for (let end = 1; end < whole.length; end++) {
    assert.equal(dissect(whole.slice(0, end), { first: Ntp }).faults[0]?.code, 'TRUNCATED');
  }
  const more = new Uint8Array(51);
  more.set(whole);
  assert.match(dissect(more, { first: Ntp }).faults[0]?.reason ?? '', /3 bytes behind the header/);
});

test('control and private messages are left as bytes', () => {
  for (const mode of [6, 7]) {
    const packet = dissect(build(ipv4(), udp({ dstPort: 123 }), Uint8Array.of(0x20 | mode, 2, 0, 1)).bytes);
    assert.equal(packet.get(Ntp), undefined);
    assert.ok(packet.get(Raw));
  }
});
