/**
 * Captures made by others, read as tshark and capinfos read them.
 */

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { formatHex } from '../bytes.js';
import { linkTypeName } from '../link-type.js';
import { captureFiles } from '../testing/corpus.js';
import { ownCorpus } from '../testing/own-corpus.js';
import { without } from '../testing/peer.js';
import type { CaptureBlock } from './blocks.js';
import { convertCapture } from './convert.js';
import { type Frame, formatTimestamp } from './frame.js';
import { CaptureReader } from './reader.js';
import { encodeCapture } from './writer.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'wirebook-truth-'));
after(() => rmSync(folder, { recursive: true }));

const files = captureFiles();
const isWhole = without('corpus') === false;

const fields = ['number', 'time_epoch', 'len', 'cap_len', 'interface_id', 'interface_name', 'comment', 'packet_flags'];

/** What tshark says of each record of a capture. */
async function tshark(path: string): Promise<string[]> {
  const options = fields.flatMap((name) => ['-e', `frame.${name}`]);
  const { stdout } = await run('tshark', [
    '-n',

    '-T',
    'fields',
    '-E',
    'aggregator=|',
    ...options,
    '-r',
    path,
  ]);
  return stdout.split('\n').slice(0, -1);
}

const answers = new Map<string, Promise<string[]>>();

function tsharkOnce(path: string): Promise<string[]> {
  const answer = answers.get(path) ?? tshark(path);
  answers.set(path, answer);
  return answer;
}

/** Does something for each file, two at a time. */
async function forEachFile(paths: readonly string[], check: (path: string) => Promise<void>): Promise<void> {
  const queue = paths.slice();
  const work = async () => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) await check(path);
  };
  await Promise.all([work(), work()]);
}

async function recordsOf(path: string): Promise<(Frame | CaptureBlock)[]> {
  const records: (Frame | CaptureBlock)[] = [];
  for await (const record of (await CaptureReader.open(path)).records()) records.push(record);
  return records;
}

/** Our records as tshark's lines; what tshark does not tell of blocks that are no packets is left empty. */
function describe(records: readonly (Frame | CaptureBlock)[]): string[] {
  let number = 0;
  return records.flatMap((record) => {
    if (record.kind === 'frame') {
      number = record.number;
      return [describeFrame(record)];
    }
    if (record.kind !== 'custom' && record.kind !== 'journal') return [];
    return [String(++number)];
  });
}

function describeFrame(frame: Frame): string {
  const isPcap = frame.form === 'pcap';
  const { flags } = frame.details;
  return [
    frame.number,
    frame.timestamp === undefined ? '' : formatTimestamp(frame.timestamp),
    frame.originalLength,
    frame.capturedLength,
    isPcap ? '' : frame.interfaceId,
    isPcap ? '' : (frame.interface.name ?? 'unknown').replaceAll('\r', '\\r').replaceAll('\n', '\\n'),
    frame.comments.join('|'),
    flags === undefined ? '' : formatHex(flags, 8),
  ].join('\t');
}

/** Lines of a capture's second and later sections: tshark 4.0 looks their interfaces up in the first section. */
function sectionOf(records: readonly (Frame | CaptureBlock)[]): number[] {
  let section = -1;
  return records.flatMap((record) => {
    if (record.kind === 'section') section = record.index;
    return record.kind === 'frame' || record.kind === 'custom' || record.kind === 'journal' ? [section] : [];
  });
}

function withoutInterface(line: string): string {
  const cells = line.split('\t');
  cells.splice(4, 2);
  return cells.join('\t');
}

test('every capture has the numbers, stamps, lengths, interfaces and comments that tshark reads', {
  skip: without('tshark'),
}, async () => {
  let excused = 0;
  await forEachFile(files, async (path) => {
    const records = await recordsOf(path);
    const sections = sectionOf(records);
    const ours = describe(records);
    const theirs = await tsharkOnce(path);
    assert.equal(ours.length, theirs.length, `${basename(path)}: records`);
    for (const [i, line] of theirs.entries()) {
      const mine = ours[i]!;
      // Of a custom or journal block the number is all there is to compare.
      if (!mine.includes('\t')) assert.equal(line.split('\t')[0], mine, `${basename(path)}: number of a block`);
      else if (sections[i]! > 0) {
        excused++;
        assert.equal(withoutInterface(mine), withoutInterface(line), basename(path));
      } else assert.equal(mine, line, basename(path));
    }
  });
  assert.equal(excused, isWhole ? 16 : 0, 'packets of later sections, whose interface is not compared');
});

test('every capture has as many packets, and its first link type, as capinfos counts', {
  skip: without('capinfos'),
}, async () => {
  const { stdout } = await run('capinfos', ['-T', '-r', '-M', '-c', ...files]);
  const counts = new Map(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t') as [string, string]),
  );
  for (const path of files) {
    const reader = await CaptureReader.open(path);
    let count = 0;
    for (const batch of reader.batches()) while (batch.next()) count++;
    assert.equal(String(count), counts.get(path), basename(path));
  }
});

test('synchronous, asynchronous, object and cursor reading agree, whatever the chunk size', async () => {
  for (const path of files) {
    const expected = describe(await recordsOf(path)).filter((line) => line.includes('\t'));
    const view: string[] = [];
    for (const frame of CaptureReader.openSync(path).frames()) view.push(describeFrame(frame));
    assert.deepEqual(view, expected, basename(path));
    for (const chunkSize of [24, 100, 1000]) {
      const lines: string[] = [];
      const kept: Frame[] = [];
      for await (const frame of await CaptureReader.open(path, { chunkSize })) kept.push(frame);
      for (const frame of kept) lines.push(describeFrame(frame));
      assert.deepEqual(lines, expected, `${basename(path)}, chunks of ${chunkSize}`);
      const reused: Frame[] = [];
      for (const batch of CaptureReader.openSync(path, { chunkSize }).batches({ reuse: true })) reused.push(...batch);
      assert.deepEqual(reused.map(describeFrame), expected, `${basename(path)}, reused chunks of ${chunkSize}`);
      for (const [i, frame] of reused.entries()) assert.deepEqual(frame.bytes, kept[i]!.bytes);
    }
  }
});

test('a capture read from memory is the same as from its file', async () => {
  for (const path of files) {
    const padded = new Uint8Array([1, 2, 3, ...readFileSync(path)]);
    const frames = [...CaptureReader.openSync(padded.subarray(3)).frames()];
    const expected = describe(await recordsOf(path)).filter((line) => line.includes('\t'));
    assert.deepEqual(frames.map(describeFrame), expected, basename(path));
  }
});

test('pcap to pcapng and back gives the same file, byte for byte', async () => {
  let count = 0;
  for (const path of files.filter((name) => !name.endsWith('.pcapng'))) {
    const between = join(folder, `${basename(path)}.pcapng`);
    const back = join(folder, `${basename(path)}.pcap`);
    await convertCapture(path, between);
    await convertCapture(between, back);
    assert.ok(readFileSync(back).equals(readFileSync(path)), basename(path));
    count++;
  }
  assert.equal(count, isWhole ? 31 : 1);
});

test('pcap written as pcapng is to tshark what it was, but for the interface that only pcapng has', {
  skip: without('tshark'),
}, async () => {
  await forEachFile(
    files.filter((name) => !name.endsWith('.pcapng')),
    async (path) => {
      const between = join(folder, `${basename(path)}-checked.pcapng`);
      await convertCapture(path, between);
      const lines = (await tshark(between)).map(withoutInterface);
      assert.deepEqual(lines, (await tsharkOnce(path)).map(withoutInterface), basename(path));
    },
  );
});

test('pcapng rewritten is to tshark what it was', { skip: without('tshark') }, async () => {
  let identical = 0;
  const rewritten = files.filter((name) => name.endsWith('.pcapng'));
  await forEachFile(rewritten, async (path) => {
    const records = await recordsOf(path);
    const bytes = encodeCapture(records);
    // The same bytes are the same to anyone.
    if (readFileSync(path).equals(bytes)) identical++;
    const copy = join(folder, `${basename(path)}-rewritten.pcapng`);
    writeFileSync(copy, bytes);
    assert.deepEqual(describe(await recordsOf(copy)), describe(records), basename(path));
    if (!readFileSync(path).equals(bytes)) assert.deepEqual(await tshark(copy), await tsharkOnce(path), basename(path));
  });
  assert.ok(identical > 0);
  console.log(`${identical} of ${rewritten.length} rewritten files are the same to the byte`);
});

test('what tcpdump writes is read as tcpdump reads it', { skip: without('tcpdump', 'tshark') }, async () => {
  const from = join(ownCorpus, 'hostile.pcap');
  for (const options of [['--time-stamp-precision=micro'], ['--time-stamp-precision=nano']]) {
    const path = join(folder, 'tcpdump.pcap');
    execFileSync('tcpdump', ['-r', from, '-w', path, ...options, '-s', '60'], { stdio: 'ignore' });
    assert.deepEqual(describe(await recordsOf(path)), await tshark(path));
    assert.equal(linkTypeName((await CaptureReader.open(path)).interfaces[0]!.linkType), 'RAW');
  }
});

test('what tcpdump captures live on loopback is read as tshark reads it', {
  skip: without('tcpdump', 'tshark', 'root', 'raw'),
  timeout: 20_000,
}, async () => {
  const path = join(folder, 'live.pcap');
  const receiver = createSocket('udp4');
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address();
  const filter = ['-i', 'lo', '-U', '-c', '3', '-w', path, `udp and host 127.0.0.1 and port ${port}`];
  const capture = spawn('tcpdump', ['--time-stamp-precision=nano', '-Z', 'root', ...filter]);
  await once(capture.stderr, 'data');
  const done = once(capture, 'exit');
  // One more each time until tcpdump has its three: its first word may come before its first packet.
  for (let i = 1; capture.exitCode === null && i < 200; i++) {
    receiver.send(new Uint8Array(10 * (i % 10)), port, '127.0.0.1');
    await Promise.race([done, setTimeout(50)]);
  }
  receiver.close();
  const records = await recordsOf(path);
  assert.equal(records.length, 3);
  assert.deepEqual(describe(records), await tshark(path));
});
