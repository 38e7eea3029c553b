/**
 * Damaged captures: what is before the damage is given, then a documented error; nothing else is thrown, hangs or grows.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { toHex, viewOf } from '../bytes.js';
import { CaptureError } from '../errors.js';
import { Random, randomSeed } from '../random.js';
import { captureFiles } from '../testing/corpus.js';
import { without } from '../testing/peer.js';
import type { Frame } from './frame.js';
import { CaptureReader, type CaptureSource, readCapture } from './reader.js';
import { encodeCapture } from './writer.js';

const budgetMs = Number(process.env.WIREBOOK_FUZZ_MS ?? 1500);

const packets = Array.from({ length: 6 }, (_, i) => ({
  timestamp: 1_700_000_000_000_000_000n + BigInt(i),
  bytes: new Uint8Array(i * 7).fill(i),
}));

/** Small captures of both formats, made here and kept. */
function samples(): [name: string, bytes: Uint8Array][] {
  const own: [string, Uint8Array][] = [
    ['own.pcap', encodeCapture(packets, { format: 'pcap' })],
    ['own-big.pcap', encodeCapture(packets, { format: 'pcap', byteOrder: 'big' })],
    ['own.pcapng', encodeCapture(packets.map((packet, i) => ({ ...packet, comments: [`comment ${i}`] })))],
    ['own-big.pcapng', encodeCapture(packets, { byteOrder: 'big', interfaces: [{ name: 'eth0' }] })],
  ];
  const kept = captureFiles().map((path): [string, Uint8Array] => [basename(path), new Uint8Array(readFileSync(path))]);
  return [...own, ...kept.filter(([, bytes]) => bytes.length < 3000)];
}

/** Ends of a capture's records, found by walking over the lengths: the only places where it may end. */
function ends(bytes: Uint8Array): { isFrame: boolean; end: number }[] {
  const view = viewOf(bytes);
  const isPcapng = view.getUint32(0) === 0x0a0d0d0a;
  let little = !isPcapng && view.getUint8(0) !== 0xa1;
  const found = [{ isFrame: false, end: isPcapng ? 0 : 24 }];
  for (let at = found[0]!.end; at < bytes.length; ) {
    if (isPcapng && view.getUint32(at) === 0x0a0d0d0a) little = view.getUint8(at + 8) === 0x4d;
    const size = isPcapng ? view.getUint32(at + 4, little) : 16 + view.getUint32(at + 8, little);
    const isFrame = !isPcapng || [2, 3, 6].includes(view.getUint32(at, little));
    at += size;
    found.push({ isFrame, end: at });
  }
  return found;
}

function readSync(bytes: Uint8Array): { frames: Frame[]; fault: unknown } {
  const frames: Frame[] = [];
  try {
    for (const frame of CaptureReader.openSync(bytes).frames()) frames.push(frame);
    return { frames, fault: undefined };
  } catch (fault) {
    return { frames, fault };
  }
}

async function readAsync(source: CaptureSource, chunkSize: number): Promise<{ frames: Frame[]; fault: unknown }> {
  const frames: Frame[] = [];
  try {
    for await (const frame of await CaptureReader.open(source, { chunkSize })) frames.push(frame);
    return { frames, fault: undefined };
  } catch (fault) {
    return { frames, fault };
  }
}

async function* drip(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

test('a capture cut at any byte gives its whole packets, and says where the cut record began', () => {
  for (const [name, bytes] of samples()) {
    const records = ends(bytes);
    for (let cut = 0; cut < bytes.length; cut++) {
      const { frames, fault } = readSync(bytes.subarray(0, cut));
      const whole = records.filter(({ end }) => end <= cut);
      const what = `${name} cut at ${cut}`;
      assert.equal(frames.length, whole.filter(({ isFrame }) => isFrame).length, what);
      if (cut > 0 && whole.at(-1)?.end === cut) assert.equal(fault, undefined, what);
      else {
        assert.ok(fault instanceof CaptureError, what);
        const codes = cut < 4 ? ['NOT_A_CAPTURE'] : ['TRUNCATED'];
        assert.deepEqual([fault.code, fault.at], [codes[0], whole.at(-1)?.end ?? 0], what);
      }
    }
  }
});

test('a stream in pieces of any size gives what memory gives, whole or cut', async () => {
  for (const [name, bytes] of samples().slice(0, 4))
    for (const size of [1, 3, 7, 64, 1000])
      for (const cut of [bytes.length, bytes.length - 1, bytes.length - 33]) {
        const expected = readSync(bytes.subarray(0, cut));
        const actual = await readAsync(drip(bytes.subarray(0, cut), size), 100);
        const what = `${name} cut at ${cut} in pieces of ${size}`;
        assert.deepEqual(actual.frames.map(String), expected.frames.map(String), what);
        assert.deepEqual(
          actual.frames.map(({ bytes }) => toHex(bytes)),
          expected.frames.map(({ bytes }) => toHex(bytes)),
        );
        assert.deepEqual(actual.fault, expected.fault, what);
      }
});

test('gzip around a capture makes no difference, in memory or in a stream', async () => {
  for (const [name, bytes] of samples()) {
    const expected = readSync(bytes);
    const zipped = new Uint8Array(gzipSync(bytes));
    assert.equal(CaptureReader.openSync(zipped).isCompressed, true);
    for (const actual of [readSync(zipped), await readAsync(zipped, 1000), await readAsync(drip(zipped, 50), 100)]) {
      assert.deepEqual(actual.frames.map(String), expected.frames.map(String), name);
      assert.equal(actual.fault, undefined);
    }
  }
});

test('several gzip members one after the other are one capture, RFC 1952 section 2.2', async () => {
  const bytes = encodeCapture(packets);
  const zipped = Buffer.concat([gzipSync(bytes.subarray(0, 100)), gzipSync(bytes.subarray(100))]);
  assert.equal((await readCapture(zipped)).length, packets.length);
});

test('gzip that is cut or damaged gives what is before, and then an error', async () => {
  const bytes = encodeCapture(
    Array.from({ length: 2000 }, (_, i) => ({ ...packets[5]!, timestamp: BigInt(i * i * i) })),
  );
  const zipped = new Uint8Array(gzipSync(bytes));
  for (const actual of [readSync(zipped.subarray(0, -100)), await readAsync(zipped.subarray(0, -100), 1000)]) {
    assert.ok(actual.fault instanceof CaptureError && actual.fault.code === 'TRUNCATED');
    assert.ok(actual.frames.length > 1900, `${actual.frames.length} packets`);
  }
  // The check at the end is wrong: every packet is there before it.
  const unchecked = zipped.slice();
  unchecked[unchecked.length - 6]! ^= 1;
  for (const actual of [readSync(unchecked), await readAsync(unchecked, 1000)]) {
    assert.ok(actual.fault instanceof CaptureError && actual.fault.code === 'BAD_BLOCK');
    assert.equal(actual.frames.length, 2000);
  }
  // An overwritten stretch in the middle: memory, a file and tshark agree on what comes before it.
  const damaged = zipped.slice().fill(0xff, zipped.length >>> 1, (zipped.length >>> 1) + 100);
  const path = join(mkdtempSync(join(tmpdir(), 'wirebook-damage-')), 'damaged.pcapng.gz');
  writeFileSync(path, damaged);
  const results = [readSync(damaged), await readAsync(damaged, 1000), await readAsync(path, 1000)];
  for (const { fault } of results)
    assert.ok(fault instanceof CaptureError && fault.code === 'BAD_BLOCK', String(fault));
  const counts = results.map(({ frames }) => frames.length);
  assert.ok(counts[0]! > 800 && counts.every((count) => Math.abs(count - counts[0]!) <= 1), String(counts));
  if (!without('tshark')) {
    const { stdout } = spawnSync('tshark', ['-r', path, '-T', 'fields', '-e', 'frame.number'], { encoding: 'utf8' });
    assert.ok(
      Math.abs(stdout.trim().split('\n').length - counts[1]!) <= 1,
      `${stdout.trim().split('\n').length}, ${counts}`,
    );
  }
  rmSync(dirname(path), { recursive: true });
  assert.throws(
    () => CaptureReader.openSync(zipped, { maximumDecompressed: 1000 }),
    (error: CaptureError) => error.code === 'LIMIT',
  );
});

test('a length that lies allocates no more than there is', async () => {
  const bytes = encodeCapture(packets);
  // The last packet's block claims 16 MB.
  const records = ends(bytes);
  viewOf(bytes).setUint32(records.at(-2)!.end + 4, 16_000_000, true);
  const before = process.memoryUsage().arrayBuffers;
  const { frames, fault } = await readAsync(drip(bytes, 100), 1000);
  assert.equal(frames.length, packets.length - 1);
  assert.ok(fault instanceof CaptureError && fault.code === 'TRUNCATED');
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
});

/** Changes, repeats, removes or inserts a few bytes. */
function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let mutant = bytes.slice();
  const interesting = [0, 1, 0x7f, 0x80, 0xff];
  for (let i = 1 + random.below(6); i > 0; i--) {
    const at = random.below(mutant.length);
    const kind = random.fraction();
    if (kind < 0.6) mutant[at] = random.oneIn(2) ? random.pick(interesting) : random.below(256);
    else if (kind < 0.7) mutant = mutant.slice(0, at);
    else {
      const end = Math.min(mutant.length, at + random.below(64));
      const parts =
        kind < 0.85 ? [mutant.subarray(0, end), mutant.subarray(at)] : [mutant.subarray(0, at), mutant.subarray(end)];
      mutant = new Uint8Array(Buffer.concat(parts));
    }
  }
  return mutant;
}

test('mutated captures give frames inside their bytes, or a CaptureError, and what was read can be written', () => {
  const seed = Number(process.env.WIREBOOK_FUZZ_SEED ?? randomSeed());
  const random = new Random(seed);
  const originals = samples();
  const until = performance.now() + budgetMs;
  let count = 0;
  while (performance.now() < until) {
    const [name, bytes] = originals[count++ % originals.length]!;
    const mutant = mutate(bytes, random);
    try {
      const reader = CaptureReader.openSync(mutant);
      for (const batch of reader.batches())
        for (let step = batch.step(); step !== undefined; step = batch.step()) if (step) examine(batch.frame, mutant);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw new Error(`${name}, seed ${seed}, mutant ${count}`, { cause: error });
      assert.ok(
        error.at === undefined || (error.at >= 0 && error.at <= mutant.length),
        `seed ${seed}, mutant ${count}`,
      );
    }
  }
  console.log(`${count} mutants, seed ${seed}`);
});

/** Asks a frame for everything; writes it in both formats. */
function examine(frame: Frame, file: Uint8Array): void {
  assert.ok(frame.at >= 0 && frame.end >= frame.at && frame.end <= file.length);
  const { comments, custom, details, timestamp, bytes } = frame;
  assert.ok(comments && custom && details && bytes.length === frame.capturedLength);
  assert.ok(String(frame).startsWith(`#${frame.number}`));
  const { ipv4Addresses, ipv6Addresses, filter, name } = frame.interface;
  assert.ok(ipv4Addresses && ipv6Addresses && (filter ?? true) !== undefined && (name ?? true) !== undefined);
  for (const format of ['pcapng', 'pcap'] as const)
    try {
      const [again] = CaptureReader.openSync(encodeCapture([frame], { format, lose: 'all' })).frames();
      assert.equal(toHex(again!.bytes), toHex(bytes));
      if (format === 'pcapng') assert.equal(again!.timestamp, timestamp);
    } catch (error) {
      if (!(error instanceof CaptureError && error.code === 'UNSUPPORTED')) throw error;
    }
}
