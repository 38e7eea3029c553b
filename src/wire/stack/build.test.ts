import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../bytes.js';
import { Ipv4, ipv4 } from '../internet/ipv4.js';
import type { Ipv4Option } from '../internet/ipv4-options.js';
import { Tcp, tcp } from '../transport/tcp.js';
import type { TcpOption } from '../transport/tcp-options.js';
import { build, buildInto } from './build.js';
import { dissect } from './dissect.js';
import type { Packet } from './packet.js';

/** The five rows of data/group209186378_http_input.csv as Scapy 2.5 builds them: id 1, seq 0, window 8192. */
const golden: readonly [srcPort: number, dstPort: number, message: string, hex: string][] = [
  [
    55000,
    80,
    'GET /index.html HTTP/1.1',
    '450000400001000040067cb57f0000017f000001d6d8005000000000000000005018200012e10000474554202f696e6465782e68746d6c20485454502f312e31',
  ],
  [
    80,
    55000,
    'HTTP/1.1 200 OK',
    '450000370001000040067cbe7f0000017f0000010050d6d800000000000000005018200004da0000485454502f312e3120323030204f4b',
  ],
  [
    55000,
    80,
    'GET /style.css HTTP/1.1',
    '4500003f0001000040067cb67f0000017f000001d6d8005000000000000000005018200046020000474554202f7374796c652e63737320485454502f312e31',
  ],
  [
    80,
    55000,
    'HTTP/1.1 200 OK (CSS Data)',
    '450000420001000040067cb37f0000017f0000010050d6d8000000000000000050182000a6360000485454502f312e3120323030204f4b2028435353204461746129',
  ],
  [
    55000,
    80,
    'POST /login HTTP/1.1',
    '4500003c0001000040067cb97f0000017f000001d6d80050000000000000000050182000baba0000504f5354202f6c6f67696e20485454502f312e31',
  ],
];

test('build() makes the five golden packets byte for byte', () => {
  for (const [srcPort, dstPort, message, hex] of golden) {
    const packet = build(ipv4({ id: 1 }), tcp({ srcPort, dstPort, flags: 'PSH,ACK', window: 8192 }), message);
    assert.equal(toHex(packet.bytes), hex);
  }
});

test('build() computes the checksums of the course template’s previews', () => {
  // id, source port, destination port, seq → IP checksum, TCP checksum; `Hello Packet (preview)`, SYN, window 65535.
  const previews = [
    [0x2b13, 63207, 12345, 2726710983, 0x51a5, 0x8588],
    [0x7908, 23667, 12345, 2422252283, 0x03b0, 0xddee],
    [0x0a9c, 41018, 12345, 205643935, 0x721c, 0xe0a2],
    [0xedf1, 31532, 60008, 542122013, 0x8ec6, 0xf7f4],
    [0xa3d7, 5630, 12345, 110671867, 0xd8e0, 0x992c],
  ] as const;
  for (const [id, srcPort, dstPort, seq, ipChecksum, tcpChecksum] of previews) {
    const packet = build(
      ipv4({ id }),
      tcp({ srcPort, dstPort, seq, flags: 'SYN', window: 65535 }),
      'Hello Packet (preview)',
    );
    assert.equal(packet.length, 62);
    assert.equal(packet.get(Ipv4)?.headerChecksum, ipChecksum);
    assert.equal(packet.get(Tcp)?.checksum, tcpChecksum);
  }
});

test('build() keeps what is given, wrong or right', () => {
  const packet = build(
    ipv4({ totalLength: 9, headerChecksum: 0, version: 5, ihl: 1 }),
    tcp({ checksum: 0xbeef, dataOffset: 15 }),
    'x',
  );
  const bytes = packet.bytes;
  assert.equal(toHex(bytes.subarray(0, 4)), '51000009');
  assert.equal(toHex(bytes.subarray(10, 12)), '0000');
  assert.equal(toHex(bytes.subarray(32, 33)), 'f0');
  assert.equal(toHex(bytes.subarray(36, 38)), 'beef');
});

test('build() names the field, the byte and the range of a value that does not fit', () => {
  assert.throws(() => build(ipv4(), tcp({ srcPort: 70000 })), {
    name: 'RangeError',
    message: 'Cannot write TCP.srcPort at byte 20: 70000 given, an integer from 0 to 65535 needed',
  });
  assert.throws(() => build(ipv4({ ttl: -1 })), /IPv4\.ttl at byte 8: -1 given/);
  assert.throws(() => build(ipv4({ src: '127.0.0.256' })), /Cannot read IPv4 address "127\.0\.0\.256"/);
  assert.throws(
    () => build(ipv4(), tcp({ flags: 'PSH,ACKK' })),
    /ACKK is not one of AE, CWR, ECE, URG, ACK, PSH, RST, SYN, FIN/,
  );
  assert.throws(() => build(ipv4(), tcp(), new Uint8Array(65_496)), /65536 bytes, at most 65535 fit/);
});

test('build() lays out TCP options and dissect() reads the same ones back', () => {
  const options = [{ mss: 1460 }, 'sackPermitted', { timestamps: [0x01020304, 0] }, 'nop', { windowScale: 7 }] as const;
  const packet = build(ipv4(), tcp({ options: [...options] }));
  // The options of a Linux SYN, as every capture of one shows them.
  assert.equal(toHex(packet.bytes.subarray(40)), '020405b40402080a010203040000000001030307');
  const segment = dissect(packet.bytes).get(Tcp)!;
  assert.equal(segment.dataOffset, 10);
  assert.deepEqual(segment.options, options);
});

test('build() from the parts of a dissected packet gives the same bytes', () => {
  const hex = [
    ...golden.map(([, , , bytes]) => bytes),
    toHex(
      build(
        ipv4({ options: [{ recordRoute: { pointer: 4, addresses: ['0.0.0.0', '1.2.3.4'] } }, { routerAlert: 0 }] }),
        tcp(),
      ).bytes,
    ),
    toHex(
      build(ipv4(), tcp({ options: [{ kind: 254, data: fromHex('0102') }, 'nop', { sack: [[1, 2]] }] }), 'x').bytes,
    ),
  ];
  for (const bytes of hex) {
    const packet = dissect(fromHex(bytes));
    assert.deepEqual(packet.faults, []);
    assert.equal(toHex(build(...packet.parts()).bytes), bytes);
  }
});

test('buildInto() overwrites what was in the scratch buffer and refuses one that is too small', () => {
  const scratch = new DataView(new ArrayBuffer(64).slice(0));
  new Uint8Array(scratch.buffer).fill(0xff);
  const [srcPort, dstPort, message, hex] = golden[0]!;
  const packet = buildInto(scratch, 0, ipv4(), tcp({ srcPort, dstPort, flags: 'PSH,ACK' }), message);
  assert.equal(toHex(packet.bytes), hex);
  assert.throws(() => buildInto(scratch, 1, ipv4(), tcp(), message), /64 bytes needed, 63 available/);
});

test('Packet.seal() makes an edited packet right again', () => {
  const packet = dissect(fromHex(golden[0]![3]));
  packet.get(Ipv4)!.ttl = 63;
  packet.get(Tcp)!.seq = 1;
  packet.seal();
  const expected = build(
    ipv4({ ttl: 63 }),
    tcp({ srcPort: 55000, dstPort: 80, seq: 1, flags: 'PSH,ACK' }),
    golden[0]![2],
  );
  assert.equal(toHex(packet.bytes), toHex(expected.bytes));
});

test('Packet.copy() is not touched by edits of the original', () => {
  const packet = dissect(fromHex(golden[0]![3]));
  const copy = packet.copy();
  packet.get(Tcp)!.srcPort = 1;
  assert.equal(copy.get(Tcp)?.srcPort, 55000);
  assert.equal(toHex(copy.bytes), golden[0]![3]);
});

test('Options are built by number, those of one byte alone among them, and wrong ones are refused by name', () => {
  const none = new Uint8Array(0);
  const space = (packet: Packet) => toHex(packet.get(Tcp)!.bytes.subarray(20));
  assert.equal(
    space(
      build(
        ipv4(),
        tcp({
          options: [
            { kind: 1, data: none },
            { kind: 0, data: none },
          ],
        }),
      ),
    ),
    '01000000',
  );
  assert.equal(space(build(ipv4(), tcp({ options: [{ kind: 253, data: fromHex('f989') }] }))), 'fd04f989');
  const ip = build(
    ipv4({
      options: [
        { kind: 1, data: none },
        { kind: 0, data: none },
      ],
    }),
  ).bytes;
  assert.equal(toHex(ip.subarray(20)), '01000000');
  const wrong: readonly (readonly [options: unknown, reason: RegExp])[] = [
    [{ mss: 70_000 }, /TCP option mss: 70000 given, an integer from 0 to 65535/],
    [{ windowScale: 1.5 }, /TCP option windowScale: 1.5 given/],
    [{ timestamps: [1, -1] }, /TCP option timestamps: -1 given/],
    [{ timestamps: [1] }, /TCP option \{"timestamps":\[1\]\}/],
    [{ sack: [[1, 2 ** 32]] }, /TCP option sack: 4294967296 given/],
    [{ mms: 1460 }, /TCP option \{"mms":1460\}: one of 'nop'/],
    ['sackOk', /TCP option "sackOk": one of 'nop'/],
    [undefined, /TCP option undefined/],
    [{ kind: 256, data: none }, /TCP option kind: 256 given, an integer from 0 to 255/],
    [{ kind: 1, data: Uint8Array.of(1) }, /TCP option 1: it is one byte alone/],
    [{ kind: 254, data: new Uint8Array(39) }, /TCP option 254: 39 bytes of data given/],
  ];
  for (const [option, message] of wrong)
    assert.throws(() => build(ipv4(), tcp({ options: [option as TcpOption] })), { name: 'RangeError', message });
  for (const [option, message] of [
    [{ routerAlert: 70_000 }, /IPv4 option routerAlert: 70000 given/],
    [{ recordRout: 1 }, /IPv4 option \{"recordRout":1\}: one of 'eool'/],
    [{ kind: 0, data: Uint8Array.of(1) }, /IPv4 option 0: it is one byte alone/],
  ] as const)
    assert.throws(() => build(ipv4({ options: [option as unknown as Ipv4Option] })), { name: 'RangeError', message });
});
