import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { CaptureError } from '../errors.js';
import { LinkType, linkTypeName } from '../link-type.js';
import type { Frame } from './frame.js';
import { CaptureReader, readCapture } from './reader.js';
import { encodeCapture } from './writer.js';

const folder = mkdtempSync(join(tmpdir(), 'wirebook-reader-'));
after(() => rmSync(folder, { recursive: true }));

const count = 1000;
const bytes = encodeCapture(
  Array.from({ length: count }, (_, i) => ({ timestamp: BigInt(i), bytes: new Uint8Array(i % 300).fill(i) })),
  { interfaces: [{ name: 'eth0', linkType: LinkType.ETHERNET }] },
);
const path = join(folder, 'capture.pcapng');
writeFileSync(path, bytes);

function fault(code: string, text = '') {
  return (error: unknown) => error instanceof CaptureError && error.code === code && error.message.includes(text);
}

/** Files of this process that are open below the test's folder, where the system tells. */
function openFiles(): number {
  const list = '/proc/self/fd';
  if (!existsSync(list)) return 0;
  const { stdout } = spawnSync('sh', ['-c', `ls -l /proc/${process.pid}/fd | grep -c ${folder}`], { encoding: 'utf8' });
  return Number(stdout);
}

test('a path, a URL, bytes, a stream and a web stream are read alike', async () => {
  const blob = new Blob([new Uint8Array(bytes)]);
  const sources = [
    path,
    pathToFileURL(path),
    bytes,
    Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]),
    blob.stream(),
  ];
  for (const source of sources) assert.equal((await readCapture(source as AsyncIterable<Uint8Array>)).length, count);
});

test('a reader that is left early, ends or throws has closed its file', async () => {
  for await (const frame of await CaptureReader.open(path, { chunkSize: 1000 })) if (frame.number === 3) break;
  for (const frame of CaptureReader.openSync(path).frames()) if (frame.number === 3) break;
  for await (const batch of (await CaptureReader.open(path)).batches()) if (batch.next()) break;
  assert.equal((await readCapture(path)).length, count);
  const reader = await CaptureReader.open(path, { chunkSize: 1000 });
  await assert.rejects(async () => {
    for await (const frame of reader) if (frame.number === 3) throw new Error('of the loop');
  }, /of the loop/);
  await assert.rejects(
    async () => {
      for await (const frame of reader) assert.fail(String(frame));
    },
    fault('IO', 'closed'),
  );
  await (await CaptureReader.open(path)).close();
  assert.equal(openFiles(), 0);
});

const damaged: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ['cut in a record', bytes.subarray(0, -5)],
  ['with a block whose length lies', bytes.with(bytes.length - 1, 0xff)],
  ['whose first bytes are no capture', Buffer.from('no capture at all, whatever its name says')],
  ['compressed and cut', gzipSync(bytes).subarray(0, -20)],
];
for (const [what, content] of damaged) {
  test(`a file ${what} is closed when the damage has been said, waited for or not`, async () => {
    const file = join(folder, 'damaged.pcapng');
    writeFileSync(file, content);
    assert.throws(() => [...CaptureReader.openSync(file).frames()], CaptureError);
    assert.equal(openFiles(), 0, 'frames()');
    await assert.rejects(async () => {
      for await (const frame of await CaptureReader.open(file)) assert.ok(frame);
    }, CaptureError);
    assert.equal(openFiles(), 0, 'for await');
    await assert.rejects(async () => {
      for await (const record of (await CaptureReader.open(file, { chunkSize: 100 })).records()) assert.ok(record);
    }, CaptureError);
    assert.equal(openFiles(), 0, 'records()');
  });
}

test('asking again after the end gives nothing, and after an error gives the error', async () => {
  const whole = await CaptureReader.open(path);
  for await (const frame of whole) assert.ok(frame);
  for await (const frame of whole) assert.fail(String(frame));
  const cut = await CaptureReader.open(bytes.subarray(0, -1));
  for (let i = 0; i < 2; i++)
    await assert.rejects(async () => {
      for await (const frame of cut) assert.ok(frame);
    }, fault('TRUNCATED'));
});

test('next() may be called before the last one is answered', async () => {
  const frames = (await CaptureReader.open(path, { chunkSize: 100 }))[Symbol.asyncIterator]();
  const answers = await Promise.all(Array.from({ length: count + 2 }, () => frames.next()));
  assert.deepEqual(
    answers.map(({ value }) => (value ? value.number : 0)),
    [...Array.from({ length: count }, (_, i) => i + 1), 0, 0],
  );
});

test('memory of a chunk is never written to again, unless reuse was asked for', async () => {
  const kept: { frame: Frame; copy: Uint8Array }[] = [];
  for await (const frame of await CaptureReader.open(path, { chunkSize: 5000 }))
    kept.push({ frame, copy: frame.bytes.slice() });
  for (const frame of CaptureReader.openSync(path, { chunkSize: 5000 }).frames())
    kept.push({ frame, copy: frame.bytes.slice() });
  for (const { frame, copy } of kept) assert.deepEqual(frame.bytes, copy);
  const buffers = new Set<ArrayBufferLike>();
  for (const batch of CaptureReader.openSync(path, { chunkSize: 5000 }).batches({ reuse: true }))
    buffers.add(batch.view.buffer);
  assert.ok(buffers.size <= 2, `${buffers.size} buffers with reuse`);
});

test('what is left of a batch is passed over', () => {
  let seen = 0;
  for (const batch of CaptureReader.openSync(path, { chunkSize: 5000 }).batches()) {
    if (batch.next()) seen++;
    assert.ok(batch.number > 0);
  }
  const all = [...CaptureReader.openSync(path).frames()];
  assert.ok(seen > 1 && seen < all.length);
});

test('what cannot be opened is an IO error with the path', async () => {
  const missing = join(folder, 'missing.pcap');
  await assert.rejects(CaptureReader.open(missing), fault('IO', missing));
  assert.throws(() => CaptureReader.openSync(missing), fault('IO', 'ENOENT'));
  await assert.rejects(CaptureReader.open(folder), fault('IO', 'EISDIR'));
  const failing = new Readable({ read: () => failing.destroy(new Error('cable cut')) });
  await assert.rejects(CaptureReader.open(failing), fault('IO', 'cable cut'));
  await assert.rejects(readCapture(Readable.from(['text'])), fault('IO', 'string'));
});

test('gzip in a file is read without waiting too', () => {
  const zipped = join(folder, 'capture.pcapng.gz');
  writeFileSync(zipped, gzipSync(bytes));
  assert.equal([...CaptureReader.openSync(zipped).frames()].length, count);
});

test('a capture comes through a pipe as it is written', { skip: process.platform === 'win32' }, () => {
  const program = `
    import { CaptureReader } from ${JSON.stringify(new URL('./reader.js', import.meta.url).href)};
    let count = 0;
    for await (const frame of await CaptureReader.open('/dev/stdin')) count++;
    console.log(count);`;
  const file = join(folder, 'count.mjs');
  writeFileSync(file, program);
  // In two pieces, of which the second is late.
  const pipe = `{ head -c 1000 '${path}'; sleep 0.1; tail -c +1001 '${path}'; } | '${process.execPath}' '${file}'`;
  const { stdout } = spawnSync('sh', ['-c', pipe], { encoding: 'utf8' });
  assert.equal(stdout, `${count}\n`);
});

test('frames and interfaces show themselves in a line', () => {
  const [frame] = CaptureReader.openSync(path).frames();
  assert.equal(inspect(frame), 'Frame #1 0.000000000 eth0 (ETHERNET) 0 bytes');
  assert.equal(String(frame!.interface), 'eth0 (ETHERNET)');
  assert.equal(linkTypeName(149), 'USER2');
  assert.equal(linkTypeName(60_000), 'LINKTYPE 60000');
});
