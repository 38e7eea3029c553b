import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CaptureError } from '../errors.js';
import { LinkType } from '../link-type.js';
import { without } from '../testing/peer.js';
import { SecretsType } from './blocks.js';
import { convertCapture } from './convert.js';
import { formatTimestamp } from './frame.js';
import { PacketFlag } from './packet-option.js';
import { CaptureReader, readCapture } from './reader.js';
import { CaptureWriter, encodeCapture } from './writer.js';

const folder = mkdtempSync(join(tmpdir(), 'wirebook-writer-'));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
const fresh = (extension = 'pcapng') => join(folder, `${++files}.${extension}`);

const start = 1_700_000_000_000_000_000n;
const packet = (i: number, size = 60) => ({ timestamp: start + BigInt(i) * 1_000_000_001n, bytes: bytesOf(i, size) });
const bytesOf = (i: number, size: number) => new Uint8Array(size).fill(i);

function fault(code: string, text = '') {
  return (error: unknown) => error instanceof CaptureError && error.code === code && error.message.includes(text);
}

/** Fields of each packet as tshark reads them. */
function tshark(path: string, ...fields: string[]): string[] {
  const options = fields.flatMap((name) => ['-e', name]);
  const command = ['-n', '-r', path, '-T', 'fields', '-E', 'aggregator=|', ...options];
  // Its status is 2 for a file that is cut, after all that is whole.
  return spawnSync('tshark', command, { maxBuffer: 1e9 }).stdout.toString().split('\n').slice(0, -1);
}

test('tshark and capinfos read what is written: comments, nanoseconds, interfaces, options, statistics', {
  skip: without('tshark', 'capinfos'),
}, async () => {
  const path = fresh();
  const writer = CaptureWriter.create(path, {
    section: { hardware: 'a machine', os: 'an OS', application: 'wirebook', comments: ['of the section'] },
    interfaces: [{ name: 'lo', description: 'loopback', linkType: LinkType.NULL, snapLength: 65535, filter: 'tcp' }],
  });
  const second = writer.addInterface({ name: 'eth0', resolution: { base: 10, exponent: 6 }, speed: 1_000_000_000n });
  writer.addNames({ records: [{ address: '127.0.0.1', names: ['home.example'] }] });
  writer.addSecrets({ type: SecretsType.TLS_KEY_LOG, data: Buffer.from('CLIENT_RANDOM 00 00\n') });
  await writer.write({ timestamp: start + 1n, bytes: bytesOf(2, 40), comments: ['msg_id 1', 'zweiter: ü'] });
  await writer.write({
    timestamp: start + 2000n,
    bytes: bytesOf(0, 60),
    originalLength: 1500,
    interfaceId: second,
    flags: PacketFlag.OUTBOUND,
    dropCount: 3n,
    packetId: 7n,
    queue: 2,
  });
  writer.addStatistics({ interfaceId: 0, ticks: start, received: 10n, dropped: 1n });
  await writer.close();
  const [, ...names] = ['', 'frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.interface_name', 'frame.comment'];
  assert.deepEqual(tshark(path, ...names, 'frame.packet_flags', 'frame.drop_count', 'frame.packet_id'), [
    `${formatTimestamp(start + 1n)}\t40\t40\tlo\tmsg_id 1|zweiter: ü\t\t\t`,
    `${formatTimestamp(start + 2000n)}\t1500\t60\teth0\t\t0x00000002\t3\t7`,
  ]);
  const report = execFileSync('capinfos', [path]).toString();
  for (const line of [
    /Capture hardware: +a machine/,
    /Capture oper-sys: +an OS/,
    /Capture application: +wirebook/,
    /Capture comment: +of the section/,
    /Name = lo/,
    /Description = loopback/,
    /Encapsulation = NULL\/Loopback/,
    /Capture length = 65535/,
    /Time precision = nanoseconds \(9\)/,
    /Name = eth0/,
    /Speed = 1000000000/,
    /Number of stat entries = 1/,
    /Number of resolved IPv4 addresses in file: 1/,
    /Number of decryption secrets in file: 1/,
  ])
    assert.match(report, line);
  assert.match(report, /Filter string = tcp/);
});

test('write() asks to wait only while the file is behind, and nothing is lost between', async () => {
  const path = fresh();
  const writer = CaptureWriter.create(path, { bufferSize: 1000 });
  let waits = 0;
  for (let i = 0; i < 5000; i++) {
    const slow = writer.write(packet(i));
    if (!slow) continue;
    waits++;
    await slow;
  }
  await writer.close();
  assert.ok(waits > 0 && waits < 500, `${waits} waits`);
  const frames = await readCapture(path);
  assert.deepEqual(
    frames.map((frame) => [frame.timestamp, frame.bytes]),
    Array.from({ length: 5000 }, (_, i) => [packet(i).timestamp, packet(i).bytes]),
  );
});

test('a stream that takes its time is waited for', async () => {
  const chunks: Buffer[] = [];
  let open = 0;
  const slow = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      assert.equal(++open, 1);
      setImmediate(() => {
        chunks.push(Buffer.from(chunk));
        open--;
        done();
      });
    },
  });
  const writer = CaptureWriter.create(slow, { bufferSize: 500, format: 'pcap' });
  for (let i = 0; i < 100; i++) await writer.write(packet(i));
  await writer.close();
  assert.equal((await readCapture(Buffer.concat(chunks))).length, 100);
});

test('a file or stream that fails is an error of the next call and of close(), and never ends the process', async () => {
  assert.throws(() => CaptureWriter.create(join(folder, 'none', 'x.pcapng')), fault('IO', 'ENOENT'));
  const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
  const writer = CaptureWriter.create(broken, { bufferSize: 100 });
  writer.write(packet(0));
  writer.write(packet(1));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.throws(() => writer.write(packet(2)), fault('IO', 'disk full'));
  await assert.rejects(writer.close(), fault('IO', 'disk full'));
  if (existsSync('/dev/full')) {
    const full = CaptureWriter.create('/dev/full', { format: 'pcapng' });
    full.write(packet(0));
    await assert.rejects(full.close(), fault('IO', 'ENOSPC'));
  }
});

test('a writer refuses what would be wrong in the file, and goes on', async () => {
  const path = fresh();
  const writer = CaptureWriter.create(path, { interfaces: [{ resolution: { base: 10, exponent: 6 } }] });
  const wrong: [object, string][] = [
    [{ interfaceId: 3 }, 'no interface 3'],
    [{ originalLength: -1 }, 'originalLength is -1'],
    [{ originalLength: 2 ** 32 }, 'originalLength is 4294967296'],
    [{ bytes: new Uint8Array(300_000) }, '300000 bytes'],
    [{ timestamp: -1000n }, '64 bits'],
    [{ timestamp: 1n }, 'precision'],
    [{ comments: ['x'.repeat(70_000)] }, '65535'],
    [{ flags: 2 ** 40 }, 'option 2'],
  ];
  for (const [extra, text] of wrong)
    assert.throws(
      () => writer.write({ timestamp: 0n, bytes: bytesOf(1, 4), ...extra }),
      fault('UNSUPPORTED', text),
      text,
    );
  assert.throws(() => writer.addInterface({ linkType: 70_000 }), fault('UNSUPPORTED', 'link type'));
  assert.throws(() => writer.addInterface({ macAddress: '01:02' }), fault('UNSUPPORTED', '01:02'));
  await writer.write({ timestamp: 1000n, bytes: bytesOf(1, 4) });
  await writer.close();
  await writer.close();
  assert.throws(() => writer.write(packet(0)), fault('IO', 'closed'));
  assert.equal((await readCapture(path)).length, 1);
});

test('a capture whose writer is killed is good up to its last whole record, and can be appended to', {
  skip: without('tshark'),
}, async () => {
  const path = fresh();
  const program = `
    import { CaptureWriter } from ${JSON.stringify(new URL('./writer.js', import.meta.url).href)};
    const writer = CaptureWriter.create(${JSON.stringify(path)}, { bufferSize: 5000 });
    for (let i = 0; ; i++) {
      const slow = writer.write({ timestamp: BigInt(i), bytes: new Uint8Array(100) });
      if (slow) await slow;
      if (i === 20_000) console.log('enough');
      if (i > 20_000) await new Promise((resolve) => setTimeout(resolve, 1));
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  const whole = (await readCapture(path)).length;
  assert.ok(whole > 15_000, `${whole} packets`);
  // A crash of the whole machine may leave half a record as well.
  truncateSync(path, statSync(path).size - 50);
  assert.equal(tshark(path, 'frame.number').length, whole - 1);
  await assert.rejects(CaptureWriter.append(path), fault('TRUNCATED', 'repair'));
  const size = statSync(path).size;
  await assert.rejects(CaptureWriter.append(path));
  assert.equal(statSync(path).size, size, 'a refused append changes nothing');
  const writer = await CaptureWriter.append(path, { repair: true });
  await writer.write({ timestamp: 1n, bytes: bytesOf(1, 10), comments: ['appended'] });
  await writer.close();
  const frames = await readCapture(path);
  assert.equal(frames.length, whole);
  assert.deepEqual(frames.at(-1)!.comments, ['appended']);
  assert.equal(tshark(path, 'frame.comment').at(-1), 'appended');
});

test('immediate writing has each packet in the file before write() returns', async () => {
  const path = fresh();
  const writer = CaptureWriter.create(path, { immediate: true });
  for (let i = 1; i < 4; i++) {
    assert.equal(writer.write(packet(i)), undefined);
    assert.equal([...CaptureReader.openSync(path).frames()].length, i);
  }
  await writer.close();
});

test('flush() has everything in the file', async () => {
  const path = fresh();
  const writer = CaptureWriter.create(path);
  writer.write(packet(1));
  assert.equal(statSync(path).size, 0);
  await writer.flush();
  assert.equal((await readCapture(path)).length, 1);
  await writer.close();
});

for (const [extension, byteOrder] of [
  ['pcap', 'little'],
  ['pcap', 'big'],
  ['pcapng', 'little'],
  ['pcapng', 'big'],
] as const)
  test(`appending to a ${byteOrder}-endian ${extension} goes on with its interfaces and its byte order`, async () => {
    const path = fresh(extension);
    const linkType = LinkType.RAW;
    for (let i = 0; i < 3; i++) {
      const writer = await CaptureWriter.append(path, { linkType, byteOrder });
      await writer.write(packet(i));
      await writer.close();
    }
    const frames = await readCapture(path);
    assert.deepEqual(
      frames.map((frame) => [frame.timestamp, frame.linkType, frame.interface.section.byteOrder, frame.interfaceId]),
      [0, 1, 2].map((i) => [packet(i).timestamp, linkType, byteOrder, 0]),
    );
    assert.equal(new Set(frames.map((frame) => frame.interface)).size, 1);
  });

test('appending refuses what is damaged, compressed or no capture, and changes none of it', async () => {
  const damaged = encodeCapture([packet(0), packet(1)]).slice();
  damaged[damaged.length - 2]! ^= 0xff;
  for (const bytes of [damaged, gzipSync(encodeCapture([packet(0)])), Buffer.from('not a capture at all')]) {
    const path = fresh();
    writeFileSync(path, bytes);
    await assert.rejects(CaptureWriter.append(path, { repair: true }), CaptureError);
    assert.deepEqual(readFileSync(path), Buffer.from(bytes));
  }
});

test('appending to a section whose length was written begins a new one', async () => {
  const path = fresh();
  const bytes = encodeCapture([packet(0)], { interfaces: [{ name: 'eth7' }] });
  new DataView(bytes.buffer, bytes.byteOffset).setBigInt64(16, BigInt(bytes.length - 28), true);
  writeFileSync(path, bytes);
  const writer = await CaptureWriter.append(path);
  await writer.write(packet(1));
  await writer.close();
  const frames = await readCapture(path);
  assert.deepEqual(
    frames.map((frame) => [frame.interface.name, frame.interface.section.index]),
    [
      ['eth7', 0],
      ['eth7', 1],
    ],
  );
});

test('a split capture goes on by size, packets or time, each file whole by itself', async () => {
  const cases = [
    { split: { packets: 10 }, counts: [10, 10, 5] },
    { split: { seconds: 8 }, counts: [8, 8, 8, 1] },
    { split: { bytes: 1000 }, counts: [9, 9, 7] },
  ];
  for (const { split, counts } of cases)
    for (const extension of ['pcap', 'pcapng']) {
      const path = fresh(extension);
      const writer = CaptureWriter.create(path, { split, interfaces: [{ linkType: LinkType.IPV4 }] });
      if (extension === 'pcapng') writer.addSecrets({ type: SecretsType.TLS_KEY_LOG, data: Buffer.from('key') });
      for (let i = 0; i < 25; i++) await writer.write(packet(i));
      await writer.close();
      assert.match(writer.paths[0]!, /_00001\.pcap/);
      const all = [];
      for (const [i, part] of writer.paths.entries()) {
        const reader = await CaptureReader.open(part);
        const frames = [...reader.frames()];
        assert.equal(reader.secrets.length, extension === 'pcapng' ? 1 : 0);
        if ('bytes' in split) assert.ok(statSync(part).size <= 1000);
        else assert.equal(frames.length, counts[i], `${part} by ${Object.keys(split)}`);
        assert.ok(frames.every((frame) => frame.linkType === LinkType.IPV4));
        all.push(...frames);
      }
      assert.deepEqual(
        all.map((frame) => frame.timestamp),
        Array.from({ length: 25 }, (_, i) => packet(i).timestamp),
      );
    }
});

for (const extension of ['pcap', 'pcapng']) {
  test(`a split ${extension} capture with no packet is one file, which is whole`, async () => {
    const writer = CaptureWriter.create(fresh(extension), { split: { packets: 10 } });
    await writer.close();
    assert.equal(writer.paths.length, 1);
    assert.deepEqual(await readCapture(writer.paths[0]!), []);
  });

  for (const split of [{ bytes: 1 }, { bytes: 300 }, { packets: 1 }, { packets: 0 }, { seconds: 0 }]) {
    test(`no file of a split ${extension} capture is empty, though each packet is too much for ${JSON.stringify(split)}`, async () => {
      const writer = CaptureWriter.create(fresh(extension), { split, interfaces: [{ linkType: LinkType.IPV4 }] });
      for (let i = 0; i < 4; i++) await writer.write(packet(i, 500));
      await writer.close();
      const counts = await Promise.all(writer.paths.map(async (path) => (await readCapture(path)).length));
      assert.deepEqual(counts, [1, 1, 1, 1]);
    });
  }
}

test('conversion between the formats loses nothing, and what would be lost is refused first', async () => {
  const source = fresh();
  const target = fresh('pcap');
  writeFileSync(source, encodeCapture([{ ...packet(0), comments: ['a comment'] }, packet(1)]));
  writeFileSync(target, 'what was there');
  await assert.rejects(convertCapture(source, target), fault('UNSUPPORTED', 'comments'));
  assert.equal(readFileSync(target, 'utf8'), 'what was there');
  const { packets, paths } = await convertCapture(source, target, { lose: ['comments'] });
  assert.deepEqual([packets, paths], [2, [target]]);
  const frames = await readCapture(target);
  assert.deepEqual(
    frames.map((frame) => [frame.timestamp, frame.bytes, frame.form]),
    [0, 1].map((i) => [packet(i).timestamp, packet(i).bytes, 'pcap']),
  );
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('partial')),
    [],
  );
});

test('a capture can be converted onto itself, filtered and split', async () => {
  const path = fresh();
  writeFileSync(path, encodeCapture(Array.from({ length: 20 }, (_, i) => packet(i))));
  await convertCapture(path, path, { keep: (frame) => frame.number % 2 === 0 });
  assert.equal((await readCapture(path)).length, 10);
  const { paths } = await convertCapture(path, fresh(), { split: { packets: 4 } });
  assert.deepEqual(await Promise.all(paths.map(async (part) => (await readCapture(part)).length)), [4, 4, 2]);
});

test('a split conversion never writes over the capture it reads', async () => {
  const source = join(folder, 'self_00001.pcapng');
  const bytes = encodeCapture([packet(0), packet(1)]);
  writeFileSync(source, bytes);
  const target = join(folder, 'self.pcapng');
  await assert.rejects(convertCapture(source, target, { split: { packets: 1 } }), fault('UNSUPPORTED', 'being read'));
  assert.deepEqual(new Uint8Array(readFileSync(source)), bytes);
});

test('converting a damaged capture leaves the target alone, or salvages what is before the damage', async () => {
  const source = fresh();
  const target = fresh();
  const bytes = encodeCapture([packet(0), packet(1), packet(2)]);
  writeFileSync(source, bytes.subarray(0, -10));
  writeFileSync(target, 'what was there');
  await assert.rejects(convertCapture(source, target), fault('TRUNCATED'));
  assert.equal(readFileSync(target, 'utf8'), 'what was there');
  const { packets, fault: damage } = await convertCapture(source, target, { salvage: true });
  assert.deepEqual([packets, damage?.code], [2, 'TRUNCATED']);
  assert.equal((await readCapture(target)).length, 2);
  const flipped = bytes.slice();
  flipped[bytes.length - 1]! ^= 1;
  assert.equal((await convertCapture(flipped, target, { salvage: true })).fault?.code, 'BAD_BLOCK');
  assert.equal((await readCapture(target)).length, 2);
});
