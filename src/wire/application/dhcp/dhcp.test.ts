import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../../bytes.js';
import { dhcpOptions } from '../../../testing/app-packets.js';
import { build, Dhcp, DhcpMessageType, type DhcpOption, dhcp, dhcpOptionName, dissect } from '../../index.js';

/** Fixed part of a Discover from 00:0b:82:01:fc:42, transaction 0x3d1d: RFC 2131 figure 1, as the common DHCP sample capture has it. */
const fixed = `0101060000003d1d${'00'.repeat(20)}000b8201fc42${'00'.repeat(10)}${'00'.repeat(192)}`;
const discover = `${fixed}63825363 350101 3d0701000b8201fc42 320400000000 370401030 62a ff`.replaceAll(' ', '');

function read(hex: string): Dhcp {
  return dissect(fromHex(hex), { first: Dhcp }).get(Dhcp)!;
}

test('Dhcp reads a Discover of known bytes and builds it again', () => {
  const layer = read(discover);
  assert.equal(layer.messageType, DhcpMessageType.DISCOVER);
  assert.deepEqual(layer.options, [
    { messageType: 1 },
    { code: 61, data: fromHex('01000b8201fc42') },
    { requestedAddress: '0.0.0.0' },
    { parameterRequestList: [1, 3, 6, 42] },
  ]);
  assert.equal(layer.summary(), 'DHCP Discover - Transaction ID 0x00003d1d');
  assert.equal(layer.toInit().clientHardwareAddress, '00:0b:82:01:fc:42');
  assert.equal(toHex(build(dhcp(layer.toInit())).bytes), discover);
  const again = dhcp({
    transactionId: 0x3d1d,
    clientHardwareAddress: '00:0b:82:01:fc:42',
    options: layer.options,
  });
  assert.equal(toHex(build(again).bytes), discover);
});

test('Dhcp reads every option as it was built', () => {
  for (const options of dhcpOptions) {
    assert.deepEqual(dissect(build(dhcp({ options })).bytes, { first: Dhcp }).get(Dhcp)?.options, options);
  }
});

test('Dhcp keeps an option whose length its code does not have as bytes', () => {
  for (const code of [1, 2, 3, 13, 19, 25, 51, 53]) {
    const option = { code, data: fromHex('0102030405') };
    const expected: DhcpOption[] = [option];
    assert.deepEqual(read(toHex(build(dhcp({ options: expected })).bytes)).options, expected);
  }
});

test('Dhcp writes the end option unless told not to, and keeps what is behind it', () => {
  const options: DhcpOption[] = [{ messageType: 3 }];
  assert.equal(toHex(build(dhcp({ options })).bytes.subarray(236)), '63825363350103ff');
  assert.equal(toHex(build(dhcp({ options, end: false })).bytes.subarray(236)), '63825363350103');
  assert.equal(build(dhcp()).length, 236);
  const layer = read(toHex(build(dhcp({ options, rest: new Uint8Array(3) })).bytes));
  assert.deepEqual(layer.toInit().rest, new Uint8Array(3));
});

test('Dhcp reads options in the fields of names where option 52 says so, and as text where not', () => {
  const serverName = fromHex('0c026162ff');
  const layer = read(toHex(build(dhcp({ serverName, options: [{ overload: 2 }] })).bytes));
  assert.deepEqual(layer.overloadedOptions, [{ hostName: 'ab' }]);
  const plain = read(toHex(build(dhcp({ serverName: 'pxe', bootFile: 'boot.img', options: [] })).bytes));
  assert.deepEqual(plain.overloadedOptions, []);
  assert.equal(plain.toInit().serverName, 'pxe');
  assert.match(dissect(plain.bytes, { first: Dhcp }).show(), /Boot file name .*boot\.img/);
});

test('Dhcp without the cookie is BOOTP, its vendor field bytes', () => {
  const layer = read(`${fixed}${'ab'.repeat(64)}`);
  assert.deepEqual(layer.options, []);
  assert.equal(layer.messageType, undefined);
  assert.equal(layer.summary(), 'Boot Request - Transaction ID 0x00003d1d');
  assert.equal(layer.toInit().rest?.length, 64);
});

test('Dhcp of every truncation and with every lie in an option’s length is a fault or reads less', () => {
  const whole = fromHex(discover);
  for (let end = 1; end < whole.length; end++) {
    const packet = dissect(whole.slice(0, end), { first: Dhcp });
    if (end < 236) assert.equal(packet.faults[0]?.code, 'TRUNCATED', `${end} bytes`);
    packet.show();
  }
  for (let at = 240; at < whole.length - 1; at += 2 + whole[at + 1]!) {
    const lie = whole.slice();
    lie[at + 1] = 200;
    assert.match(dissect(lie, { first: Dhcp }).faults[0]?.reason ?? '', /has length 200, \d+ bytes available/);
  }
  const last = dissect(fromHex(`${discover.slice(0, -2)}0c`), { first: Dhcp });
  assert.equal(last.faults[0]?.reason, 'option 12 needs a length, 0 bytes available');
});

test('Dhcp refuses what does not fit, and says why', () => {
  const refuse = (option: DhcpOption, text: RegExp) => assert.throws(() => build(dhcp({ options: [option] })), text);
  refuse({ hostName: 'x'.repeat(256) }, /option 12: 256 bytes given, at most 255 fit; give it in several/);
  refuse({ leaseTime: -1 }, /leaseTime: -1 given/);
  refuse({ requestedAddress: 'x' }, /Cannot read IPv4 address "x"/);
  refuse({ hostname: 'x' } as unknown as DhcpOption, /DHCP option hostname: one of .*hostName/);
  assert.throws(() => build(dhcp({ serverName: 'x'.repeat(65) })), /DHCP\.serverName: 65 bytes given, at most 64 fit/);
  assert.throws(() => build(dhcp({ clientHardwareAddress: 'x' })), /MAC address/);
  assert.equal(dhcpOptionName(53), 'Message type');
  assert.equal(dhcpOptionName(222), 'Option 222');
});
