import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { without } from '../../testing/peer.js';
import { ipv4 } from '../internet/ipv4.js';
import { build } from '../stack/build.js';
import { tcp } from '../transport/tcp.js';
import { fieldQuery, fieldType, fieldValues, knownFields, suggestField } from './field-values.js';
import { wiresharkFields } from './wireshark-fields.js';

const packet = build(
  ipv4({ src: '10.0.0.1', dst: '10.0.0.2', flags: 'DF', protocol: 4 }),
  ipv4({ src: '10.1.0.1', dst: '10.1.0.2' }),
  tcp({ srcPort: 55000, dstPort: 80, flags: 'PSH,ACK', options: [{ mss: 1460 }, 'nop', 'nop', 'sackPermitted'] }),
);

test('a field query reads texts as tshark writes them, every occurrence in the order of the bytes', () => {
  const expected: Record<string, string[]> = {
    'ip.src': ['10.0.0.1', '10.1.0.1'],
    'ip.addr': ['10.0.0.1', '10.0.0.2', '10.1.0.1', '10.1.0.2'],
    'ip.hdr_len': ['20', '20'],
    'ip.id': ['0x0001', '0x0001'],
    'ip.flags': ['0x02', '0x00'],
    'ip.flags.df': ['1', '0'],
    'tcp.flags': ['0x0018'],
    'tcp.flags.push': ['1'],
    'tcp.flags.syn': ['0'],
    'tcp.port': ['55000', '80'],
    'tcp.options.mss_val': ['1460'],
    'tcp.option_kind': ['2', '1', '1', '4'],
    'udp.port': [],
    tcp: ['TCP'],
    udp: [],
  };
  const query = fieldQuery(Object.keys(expected));
  const values = query.read(packet);
  assert.deepEqual(Object.fromEntries(query.names.map((name, i) => [name, values[i]])), expected);
  assert.deepEqual(fieldValues(packet, 'ip.dst'), ['10.0.0.2', '10.1.0.2']);
});

test('a query gives a name twice when it is asked for twice', () => {
  assert.deepEqual(fieldQuery(['tcp.option_kind', 'ip.ttl', 'tcp.option_kind', 'ip.ttl']).read(packet), [
    ['2', '1', '1', '4'],
    ['64', '64'],
    ['2', '1', '1', '4'],
    ['64', '64'],
  ]);
});

test('a field that is not known is refused, with the name most like it', () => {
  assert.throws(() => fieldQuery(['ip.scr']), {
    name: 'RangeError',
    message: 'Cannot read field "ip.scr": no layer has it, ip.src is the name most like it',
  });
  assert.throws(() => fieldQuery(['quux']), { message: 'Cannot read field "quux": no layer has it' });
  assert.equal(suggestField('tcp.syn'), 'tcp.flags.syn');
  assert.equal(suggestField('TCP.SrcPrt'), 'tcp.srcport');
  assert.equal(suggestField('toString'), undefined);
  assert.equal(fieldType('toString'), undefined);
});

test('known fields are sorted, named once, and of a type', () => {
  const names = knownFields().map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)].sort());
  for (const { name, type } of knownFields()) assert.equal(fieldType(name), type);
});

test('every name of the table is a field of tshark’s, of the type written down', { skip: without('tshark') }, () => {
  const types = new Map<string, Set<string>>();
  const listing = execFileSync('tshark', ['-G', 'fields'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for (const line of listing.split('\n')) {
    const [kind, , name, type, , base] = line.split('\t');
    if (kind === 'F') types.set(name!, (types.get(name!) ?? new Set()).add(`${type} ${base}`));
  }
  for (const [name, type] of Object.entries(wiresharkFields)) {
    assert.ok(
      [...(types.get(name) ?? [])].some((theirs) => agree(type, theirs)),
      `${name} is ${type} here, ${[...(types.get(name) ?? ['unknown'])].join(' or ')} to tshark`,
    );
  }
});

/** Whether Wireshark's type, as `FT_UINT16 BASE_HEX`, is the one of the table. */
function agree(type: string, theirs: string): boolean {
  const [, kind, width] = /^(hex|u?int)(\d+)$/.exec(type) ?? [];
  if (kind === 'hex') return theirs.startsWith(`FT_UINT${width} BASE_HEX`);
  if (kind !== undefined) return theirs.startsWith(`FT_${kind.toUpperCase()}${width} `) && !theirs.includes('BASE_HEX');
  const families: Record<string, RegExp> = {
    boolean: /^FT_BOOLEAN/,
    char: /^FT_CHAR/,
    text: /^FT_((UINT_)?STRING|OID|DOUBLE)/,
    bytes: /^FT_(UINT_)?BYTES/,
    mac: /^FT_ETHER/,
    ipv4: /^FT_IPv4/,
    ipv6: /^FT_IPv6/,
    time: /^FT_ABSOLUTE_TIME/,
    duration: /^FT_RELATIVE_TIME/,
    guid: /^FT_GUID/,
    none: /^FT_NONE/,
  };
  return families[type]?.test(theirs) ?? false;
}
