import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { toBytes, toHex, viewOf } from '../bytes.js';
import { CaptureError } from '../errors.js';
import { type CaptureBlock, SecretsType } from './blocks.js';
import type { Frame } from './frame.js';
import { CaptureReader } from './reader.js';
import { CaptureWriter, encodeCapture } from './writer.js';

// Files laid out here by hand from the figures of draft-ietf-opsawg-pcapng, so that no encoder of ours vouches for itself.

/** Numbers of a body: `u16(1)`, `u32(1)`, `u64(1n)`, and bytes and text padded to a multiple of 4. */
function layout(little: boolean) {
  const number = (size: number, write: (view: DataView) => void) => {
    const bytes = new Uint8Array(size);
    write(viewOf(bytes));
    return bytes;
  };
  const u16 = (value: number) => number(2, (view) => view.setUint16(0, value, little));
  const u32 = (value: number) => number(4, (view) => view.setUint32(0, value, little));
  const u64 = (value: bigint) => number(8, (view) => view.setBigUint64(0, value, little));
  const concat = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
  const padded = (value: string | Uint8Array) => concat(toBytes(value), new Uint8Array(-toBytes(value).length & 3));
  const option = (code: number, value: string | Uint8Array) =>
    concat(u16(code), u16(toBytes(value).length), padded(value));
  const end = u32(0);
  const block = (type: number, ...parts: Uint8Array[]) => {
    const body = concat(...parts);
    return concat(u32(type), u32(body.length + 12), body, u32(body.length + 12));
  };
  const section = (...options: Uint8Array[]) =>
    block(0x0a0d0d0a, u32(0x1a2b3c4d), u16(1), u16(0), u64(2n ** 64n - 1n), ...options);
  const description = (linkType: number, snapLength: number, ...options: Uint8Array[]) =>
    block(1, u16(linkType), u16(0), u32(snapLength), ...options);
  const enhanced = (id: number, ticks: bigint, data: string, original: number, ...options: Uint8Array[]) =>
    block(
      6,
      u32(id),
      u32(Number(ticks >> 32n)),
      u32(Number(ticks & 0xffffffffn)),
      u32(toBytes(data).length),
      u32(original),
      padded(data),
      ...options,
    );
  return { u16, u32, u64, concat, padded, option, end, block, section, description, enhanced };
}

const orders = [true, false].map((little) => ({ name: little ? 'little-endian' : 'big-endian', ...layout(little) }));

function read(bytes: Uint8Array): { reader: CaptureReader; frames: Frame[] } {
  const reader = CaptureReader.openSync(bytes);
  return { reader, frames: [...reader.frames()] };
}

async function records(bytes: Uint8Array): Promise<(Frame | CaptureBlock)[]> {
  const all: (Frame | CaptureBlock)[] = [];
  for await (const record of (await CaptureReader.open(bytes)).records()) all.push(record);
  return all;
}

function fault(code: string, at: number) {
  return (error: unknown) => error instanceof CaptureError && error.code === code && error.at === at;
}

for (const { name, u32, u64, concat, padded, option, end, block, section, description, enhanced } of orders) {
  test(`${name}: all options of a section and an interface are read, and written back to the byte`, async () => {
    const bytes = concat(
      section(option(1, 'one'), option(1, 'two'), option(2, 'x86'), option(3, 'Linux'), option(4, 'a test'), end),
      description(
        1,
        1500,
        option(1, 'a comment'),
        option(2, 'eth0'),
        option(3, 'a card'),
        option(4, Uint8Array.of(192, 168, 0, 1, 255, 255, 255, 0)),
        option(4, Uint8Array.of(10, 0, 0, 1, 255, 0, 0, 0)),
        option(5, new Uint8Array(17).fill(64)),
        option(6, Uint8Array.of(1, 2, 3, 4, 5, 6)),
        option(7, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
        option(8, u64(1_000_000_000n)),
        option(9, Uint8Array.of(9)),
        option(10, u32(3600)),
        option(11, '\0tcp port 80'),
        option(12, 'Debian'),
        option(13, Uint8Array.of(4)),
        option(14, u64(2n ** 64n - 5n)),
        option(15, 'e1000'),
        option(16, u64(1n)),
        option(17, u64(2n)),
        option(18, 'Europe/Berlin'),
        option(2988, concat(u32(32473), toBytes('text'))),
        option(19373, concat(u32(32473), Uint8Array.of(7))),
        option(4711, 'unknown'),
        end,
      ),
    );
    const all = await records(bytes);
    const [head, from] = all;
    assert.ok(head?.kind === 'section' && from?.kind === 'interface');
    assert.deepEqual(head.comments, ['one', 'two']);
    assert.deepEqual([head.hardware, head.os, head.application], ['x86', 'Linux', 'a test']);
    assert.deepEqual([head.major, head.minor, head.length], [1, 0, undefined]);
    assert.deepEqual([from.linkType, from.snapLength, from.id], [1, 1500, 0]);
    assert.deepEqual([from.name, from.description, from.os, from.hardware], ['eth0', 'a card', 'Debian', 'e1000']);
    assert.deepEqual(from.ipv4Addresses, [
      { address: '192.168.0.1', netmask: '255.255.255.0' },
      { address: '10.0.0.1', netmask: '255.0.0.0' },
    ]);
    assert.deepEqual(from.ipv6Addresses, [{ address: '4040:4040:4040:4040:4040:4040:4040:4040', prefixLength: 64 }]);
    assert.equal(from.macAddress, '01:02:03:04:05:06');
    assert.equal(from.euiAddress, '01:02:03:04:05:06:07:08');
    assert.deepEqual([from.speed, from.transmitSpeed, from.receiveSpeed], [1_000_000_000n, 1n, 2n]);
    assert.deepEqual(from.resolution, { base: 10, exponent: 9 });
    assert.deepEqual([from.timeZone, from.timeZoneName], [3600, 'Europe/Berlin']);
    assert.equal(from.filter, 'tcp port 80');
    assert.equal(from.fcsLength, 4);
    assert.equal(from.timestampOffset, -5n);
    assert.deepEqual(from.comments, ['a comment']);
    assert.deepEqual(from.custom, [
      { enterprise: 32473, value: 'text', isCopyable: true },
      { enterprise: 32473, value: Uint8Array.of(7), isCopyable: false },
    ]);
    assert.equal(from.options.at(-1)!.code, 4711);
    assert.equal(toHex(encodeCapture(all)), toHex(bytes));
  });

  test(`${name}: all options of a packet are read, and written back to the byte`, async () => {
    const bytes = concat(
      section(),
      description(1, 0),
      enhanced(
        0,
        0x123456789abcden,
        'hello',
        1500,
        option(1, 'first'),
        option(1, 'second: ü'),
        option(2, u32(0x80000006)),
        option(3, Uint8Array.of(2, 0xaa, 0xbb)),
        option(4, u64(17n)),
        option(5, u64(99n)),
        option(6, u32(3)),
        option(7, Uint8Array.of(1, 0, 0)),
        option(8, concat(u32(1), u32(2))),
        option(2989, concat(u32(32473), Uint8Array.of(1, 2))),
        end,
      ),
    );
    const all = await records(bytes);
    const frame = all[2]!;
    assert.ok(frame.kind === 'frame');
    assert.equal(frame.timestamp, 0x123456789abcden * 1000n);
    assert.equal(frame.ticks, 0x123456789abcden);
    assert.deepEqual([frame.originalLength, frame.capturedLength, frame.number], [1500, 5, 1]);
    assert.deepEqual(frame.comments, ['first', 'second: ü']);
    assert.deepEqual(frame.details, {
      flags: 0x80000006,
      hashes: [{ algorithm: 2, value: Uint8Array.of(0xaa, 0xbb) }],
      dropCount: 17n,
      packetId: 99n,
      queue: 3,
      verdicts: [{ type: 1, value: Uint8Array.of(0, 0) }],
      processId: 1,
      threadId: 2,
    });
    assert.deepEqual(frame.custom, [{ enterprise: 32473, value: Uint8Array.of(1, 2), isCopyable: true }]);
    assert.deepEqual(frame.copy().details, frame.details);
    assert.deepEqual(frame.copy().bytes, frame.bytes);
    assert.notEqual(frame.copy().view.buffer, frame.view.buffer);
    assert.equal(toHex(encodeCapture(all)), toHex(bytes));
  });

  test(`${name}: names, statistics, secrets, journal, custom and unknown blocks are read, and written back to the byte`, async () => {
    const bytes = concat(
      section(),
      description(1, 0),
      block(
        4,
        layoutOf(name).u16(1),
        layoutOf(name).u16(4 + 12),
        padded(concat(Uint8Array.of(127, 0, 0, 1), toBytes('localhost\0a\0'))),
        layoutOf(name).u16(2),
        layoutOf(name).u16(16 + 3),
        padded(concat(new Uint8Array(16), toBytes('ip\0'))),
        layoutOf(name).u16(9),
        layoutOf(name).u16(2),
        padded('??'),
        u32(0),
        option(2, 'dns.example'),
        end,
      ),
      block(5, u32(0), u32(1), u32(2), option(2, concat(u32(1), u32(0))), option(4, u64(10n)), option(5, u64(1n)), end),
      block(10, u32(0x544c534b), u32(5), padded('CLIEN')),
      block(9, padded('MESSAGE=hi\n')),
      block(0xbad, u32(32473), padded('mine')),
      block(0x40000bad, u32(32473), padded('not to be copied')),
      block(0x77, padded('what is this')),
      enhanced(0, 1n, 'x', 1),
    );
    const { reader, frames } = read(bytes);
    assert.deepEqual(reader.nameResolution[0]!.records, [
      { address: '127.0.0.1', names: ['localhost', 'a'] },
      { address: '::', names: ['ip'] },
    ]);
    assert.equal(reader.nameResolution[0]!.server, 'dns.example');
    const [statistics] = reader.statistics;
    assert.deepEqual([statistics!.ticks, statistics!.startTicks], [2n ** 32n + 2n, 2n ** 32n]);
    assert.deepEqual([statistics!.received, statistics!.dropped, statistics!.endTicks], [10n, 1n, undefined]);
    assert.equal(reader.secrets[0]!.type, SecretsType.TLS_KEY_LOG);
    assert.equal(Buffer.from(reader.secrets[0]!.data).toString(), 'CLIEN');
    // Wireshark gives the journal entry and the custom blocks numbers 1 to 3.
    assert.equal(frames[0]!.number, 4);
    const all = await records(bytes);
    assert.deepEqual(
      all.map((record) => record.kind),
      ['section', 'interface', 'names', 'statistics', 'secrets', 'journal', 'custom', 'custom', 'unknown', 'frame'],
    );
    const journal = all[5]!;
    assert.ok(journal.kind === 'journal' && journal.text === 'MESSAGE=hi\n');
    const custom = all[7]!;
    assert.ok(custom.kind === 'custom' && custom.enterprise === 32473 && !custom.isCopyable);
    assert.equal(toHex(encodeCapture(all)), toHex(bytes));
  });

  test(`${name}: a simple packet has no stamp and is cut at the snap length; the obsolete packet is read`, async () => {
    const bytes = concat(
      section(),
      description(1, 4),
      block(3, u32(9), padded('cut!')),
      block(3, u32(3), padded('all')),
      block(2, layoutOf(name).u16(0), layoutOf(name).u16(7), u32(0), u32(5), u32(2), u32(8), padded('ab')),
      block(2, layoutOf(name).u16(0), layoutOf(name).u16(0xffff), u32(0), u32(5), u32(2), u32(8), padded('ab')),
    );
    const { frames } = read(bytes);
    assert.deepEqual(
      frames.map((frame) => [frame.timestamp, frame.originalLength, Buffer.from(frame.bytes).toString(), frame.form]),
      [
        [undefined, 9, 'cut!', 'simple'],
        [undefined, 3, 'all', 'simple'],
        [5000n, 8, 'ab', 'packet'],
        [5000n, 8, 'ab', 'packet'],
      ],
    );
    assert.deepEqual(
      frames.map((frame) => frame.copy().details.dropCount),
      [undefined, undefined, 7n, undefined],
    );
    const again = [...CaptureReader.openSync(encodeCapture(await records(bytes))).frames()];
    assert.deepEqual(
      again.map((frame) => [frame.form, frame.timestamp, frame.details.dropCount]),
      [
        ['simple', undefined, undefined],
        ['simple', undefined, undefined],
        ['enhanced', 5000n, 7n],
        ['enhanced', 5000n, undefined],
      ],
    );
  });

  test(`${name}: stamps of every resolution and offset become nanoseconds`, () => {
    const cases: [exponent: number, offset: bigint, ticks: bigint, nanoseconds: bigint][] = [
      [0, 0n, 5n, 5_000_000_000n],
      [3, 0n, 5n, 5_000_000n],
      [6, 0n, 2n ** 33n + 1n, (2n ** 33n + 1n) * 1000n],
      [9, 100n, 7n, 100_000_000_007n],
      [9, -1n, 1_500_000_000n, 500_000_000n],
      [12, 0n, 1_999n, 1n],
      [0x80 | 10, 0n, 512n, 500_000_000n],
      [0x80 | 32, 1n, 2n ** 31n, 1_500_000_000n],
      [0x80 | 63, 0n, 2n ** 63n, 1_000_000_000n],
      [19, 0n, 10n ** 19n, 1_000_000_000n],
    ];
    for (const [exponent, offset, ticks, nanoseconds] of cases) {
      const options = [option(9, Uint8Array.of(exponent)), option(14, u64(BigInt.asUintN(64, offset))), end];
      const { frames } = read(concat(section(), description(1, 0, ...options), enhanced(0, ticks, '', 0)));
      assert.equal(frames[0]!.timestamp, nanoseconds, `resolution ${exponent}, offset ${offset}`);
      const rewritten = CaptureReader.openSync(encodeCapture(frames));
      assert.equal([...rewritten.frames()][0]!.ticks, ticks);
      assert.equal(rewritten.interfaces[0]!.timestampOffset, offset);
    }
  });

  test(`${name}: each damage is named by the offset of its block, and everything before it is given`, () => {
    const before = concat(section(), description(1, 0), enhanced(0, 1n, 'good', 4));
    const good = enhanced(0, 2n, 'data', 4);
    const damage = (edit: (view: DataView) => void) => {
      const bytes = good.slice();
      edit(viewOf(bytes));
      return bytes;
    };
    const little = name === 'little-endian';
    const cases: [string, Uint8Array, number?][] = [
      ['another length at the end', damage((view) => view.setUint32(good.length - 4, 8, little))],
      ['captured length beyond the block', damage((view) => view.setUint32(20, 9, little))],
      ['captured length of 4 GB', damage((view) => view.setUint32(20, 0xffffffff, little))],
      ['no such interface', damage((view) => view.setUint32(8, 1, little))],
      ['length below the least', damage((view) => view.setUint32(4, 8, little))],
      ['length of 0', damage((view) => view.setUint32(4, 0, little))],
      ['length of 4 GB', damage((view) => view.setUint32(4, 0xfffffffc, little))],
      ['option longer than the block', enhanced(0, 2n, 'data', 4, option(1, 'abcd').slice(0, 4)), 32],
      ['body too short for a packet', block(6, u32(0), u32(0))],
      ['body too short for statistics', block(5, u32(0))],
      ['body too short for secrets', block(10, u32(0), u32(99))],
      ['body too short for a custom block', block(0xbad)],
      ['body too short for an interface', block(1, u32(0))],
      ['name record longer than the block', block(4, layoutOf(name).u16(1), layoutOf(name).u16(99)), 8],
      [
        'name record shorter than its address',
        block(4, layoutOf(name).u16(1), layoutOf(name).u16(3), padded('abc')),
        8,
      ],
      ['byte-order magic of neither order', block(0x0a0d0d0a, u32(1), u32(1), u64(0n))],
      ['version 2', block(0x0a0d0d0a, u32(0x1a2b3c4d), layoutOf(name).u16(2), layoutOf(name).u16(0), u64(0n))],
      ['a section of 16 bytes', block(0x0a0d0d0a, u32(0x1a2b3c4d))],
    ];
    for (const [what, bytes, within = 0] of cases) {
      const frames: Frame[] = [];
      assert.throws(
        () => {
          for (const frame of CaptureReader.openSync(concat(before, bytes, good)).frames()) frames.push(frame);
        },
        fault('BAD_BLOCK', before.length + within),
        what,
      );
      assert.equal(frames.length, 1, what);
    }
  });

  test(`${name}: a block whose length leaves out the padding that is there is read, as Wireshark does`, () => {
    const bytes = enhanced(0, 1n, 'abcde', 5);
    const little = name === 'little-endian';
    viewOf(bytes).setUint32(4, bytes.length - 3, little);
    viewOf(bytes).setUint32(bytes.length - 4, bytes.length - 3, little);
    const { frames } = read(concat(section(), description(1, 0), bytes, enhanced(0, 2n, 'next', 4)));
    assert.deepEqual(
      frames.map((frame) => Buffer.from(frame.bytes).toString()),
      ['abcde', 'next'],
    );
  });
}

function layoutOf(name: string): ReturnType<typeof layout> {
  return layout(name === 'little-endian');
}

test('sections of different byte order in one file each have interfaces of their own', () => {
  const [little, big] = orders as [(typeof orders)[0], (typeof orders)[0]];
  const bytes = little.concat(
    little.section(),
    little.description(1, 0, little.option(2, 'first'), little.end),
    little.enhanced(0, 1n, 'a', 1),
    big.section(),
    big.description(0, 0, big.option(2, 'second'), big.end),
    big.enhanced(0, 2n, 'b', 1),
  );
  const { reader, frames } = read(bytes);
  assert.deepEqual(
    frames.map((frame) => [frame.interface.name, frame.linkType, frame.timestamp, frame.interface.section.byteOrder]),
    [
      ['first', 1, 1000n, 'little'],
      ['second', 0, 2000n, 'big'],
    ],
  );
  assert.deepEqual([reader.sections.length, reader.interfaces.length], [2, 2]);
});

test('frames of a big-endian capture can go into a little-endian one: numbers in options are turned round', () => {
  const big = orders[1]!;
  const { frames } = read(
    big.concat(
      big.section(),
      big.description(1, 0, big.option(8, big.u64(77n)), big.end),
      big.enhanced(
        0,
        1n,
        'a',
        1,
        big.option(2, big.u32(5)),
        big.option(8, big.concat(big.u32(1), big.u32(2))),
        big.end,
      ),
    ),
  );
  const [frame] = CaptureReader.openSync(encodeCapture(frames, { byteOrder: 'little' })).frames();
  assert.equal(frame!.interface.section.byteOrder, 'little');
  assert.equal(frame!.interface.speed, 77n);
  assert.deepEqual([frame!.details.flags, frame!.details.processId, frame!.details.threadId], [5, 1, 2]);
});

test('blocks that are no packets cannot fill memory', () => {
  const { concat, section, description } = orders[0]!;
  const bytes = concat(section(), ...Array.from({ length: 100 }, () => description(1, 0)));
  assert.equal(read(bytes).reader.interfaces.length, 100);
  assert.throws(
    () => [...CaptureReader.openSync(bytes, { maximumMetadata: 20_000 }).frames()],
    (error: CaptureError) => error.code === 'LIMIT',
  );
});

test('interfaces and names built from values are read back as those values', async () => {
  const details = {
    name: 'eth0',
    description: 'a card',
    ipv4Addresses: [{ address: '192.168.0.1', netmask: '255.255.255.0' }],
    ipv6Addresses: [{ address: 'fe80::1', prefixLength: 64 }],
    macAddress: '02:00:00:00:00:01',
    euiAddress: '02:00:00:ff:fe:00:00:01',
    speed: 10n ** 9n,
    transmitSpeed: 1n,
    receiveSpeed: 2n,
    filter: { type: 1, bytes: Uint8Array.of(1, 2, 3) },
    os: 'Debian',
    hardware: 'e1000',
    fcsLength: 4,
    timeZone: 1,
    timeZoneName: 'Europe/Berlin',
    comments: ['one', 'two'],
    custom: [{ enterprise: 32473, value: 'text', isCopyable: false }],
    snapLength: 96,
    linkType: 228,
    timestampOffset: -7n,
    resolution: { base: 2, exponent: 30 },
  } as const;
  const path = join(mkdtempSync(join(tmpdir(), 'wirebook-pcapng-')), 'names.pcapng');
  const writer = CaptureWriter.create(path, { interfaces: [details], byteOrder: 'big' });
  const records = ['127.0.0.1', '::1', '02:00:00:00:00:01', '02:00:00:ff:fe:00:00:01'].map((address) => ({
    address,
    names: [address, 'b'],
  }));
  writer.addNames({ records, server: 'dns', serverIpv4: '9.9.9.9', serverIpv6: '2620:fe::fe', comments: ['asked'] });
  const counts = { ticks: 5n, startTicks: 1n, endTicks: 2n, received: 1n, dropped: 2n, accepted: 3n, osDropped: 4n };
  writer.addStatistics({ interfaceId: 0, ...counts, delivered: 5n, comments: ['counted'] });
  writer.addJournal(toBytes('MESSAGE=x\n\n'));
  writer.addCustom({ enterprise: 32473, isCopyable: true, data: toBytes('abcd') });
  await writer.close();
  const reader = CaptureReader.openSync(path);
  assert.equal([...reader.frames()].length, 0);
  const [from] = reader.interfaces;
  for (const [key, value] of Object.entries(details)) assert.deepEqual(from![key as 'name'], value, key);
  const [names] = reader.nameResolution;
  assert.deepEqual(names!.records, records);
  assert.deepEqual([names!.server, names!.serverIpv4, names!.serverIpv6], ['dns', '9.9.9.9', '2620:fe::fe']);
  const [statistics] = reader.statistics;
  for (const [key, value] of Object.entries(counts)) assert.equal(statistics![key as 'received'], value, key);
  assert.deepEqual([statistics!.delivered, statistics!.comments, names!.comments], [5n, ['counted'], ['asked']]);
  rmSync(dirname(path), { recursive: true });
});
