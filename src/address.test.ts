import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatEndpoint,
  formatIpv4,
  formatIpv6,
  formatMac,
  isIpv4,
  isIpv6,
  isLoopback,
  parseIpv4,
  parseIpv6,
  parseMac,
} from './address.js';

test('parseIpv4() reads dotted decimal and nothing else', () => {
  assert.equal(parseIpv4('0.0.0.0'), 0);
  assert.equal(parseIpv4('127.0.0.1'), 0x7f000001);
  assert.equal(parseIpv4('255.255.255.255'), 0xffffffff);
  const wrong = ['', '1', '1.2.3', '1.2.3.', '.1.2.3', '1..2.3', '1.2.3.4.', '1.2.3.4.5', '256.0.0.1', '1.2.3.1000'];
  for (const text of [...wrong, '01.2.3.4', '1.2.3.00', ' 1.2.3.4', '1.2.3.4 ', '1.2.3.-4', '1.2.3.0x4', '١.2.3.4']) {
    assert.equal(isIpv4(text), false, text);
    assert.throws(() => parseIpv4(text), RangeError);
  }
});

test('formatIpv4() of an address gives the text it was read from', () => {
  for (const text of ['0.0.0.0', '10.20.30.40', '128.0.0.1', '255.255.255.255']) {
    assert.equal(formatIpv4(parseIpv4(text)), text);
  }
});

test('parseIpv6() reads every form of RFC 4291 and formatIpv6() writes that of RFC 5952', () => {
  const cases = [
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:8:800:200C:417A', '2001:db8::8:800:200c:417a'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['::ffff:192.0.2.128', '::ffff:192.0.2.128'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['ff02::1:ff00:1', 'ff02::1:ff00:1'],
  ] as const;
  for (const [text, canonical] of cases) {
    const view = new DataView(new ArrayBuffer(16));
    for (const [i, group] of parseIpv6(text).entries()) view.setUint16(2 * i, group);
    assert.equal(formatIpv6(view, 0), canonical);
  }
  for (const text of [
    '',
    ':',
    ':::',
    '1:2:3',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'fe80::1%eth0',
    '::1.2.3',
    '1.2.3.4::',
  ]) {
    assert.equal(isIpv6(text), false, text);
  }
});

test('parseMac() reads six pairs of digits with colons or hyphens', () => {
  assert.deepEqual(parseMac('01:23:45:67:89:ab'), [1, 0x23, 0x45, 0x67, 0x89, 0xab]);
  assert.deepEqual(parseMac('FE-DC-BA-98-76-54'), [0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54]);
  for (const text of [
    '',
    '01:23:45:67:89',
    '01:23:45:67:89:ab:',
    '01:23:45:67:89:ag',
    '0123456789ab',
    '1:23:45:67:89:ab0',
    '01.23.45.67.89.ab',
  ]) {
    assert.throws(() => parseMac(text), /six pairs of hexadecimal digits/, text);
  }
  assert.equal(formatMac(new DataView(Uint8Array.of(0, 1, 2, 0xa, 0xb, 0xff).buffer), 0), '00:01:02:0a:0b:ff');
});

test('isLoopback() knows the addresses of a machine for itself, in every form, and no others', () => {
  for (const address of ['127.0.0.1', '127.255.255.254', '::1', '::ffff:127.0.0.1']) assert.ok(isLoopback(address));
  for (const address of ['128.0.0.1', '12.7.0.1', '::', '::11', '::ffff:10.0.0.1', '0.0.0.0'])
    assert.ok(!isLoopback(address));
});

test('formatEndpoint() puts IPv6 addresses in brackets', () => {
  assert.equal(formatEndpoint('127.0.0.1', 9999), '127.0.0.1:9999');
  assert.equal(formatEndpoint('::1', 9999), '[::1]:9999');
});
