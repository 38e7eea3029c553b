/** Streams, TCP analysis, conversations and following, held against tshark packet by packet. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { CaptureReader, encodeCapture, type PacketInit } from '../capture/index.js';
import { CaptureError } from '../errors.js';
import { conversationCapture, planConversation } from '../messages/conversation.js';
import type { Message } from '../messages/index.js';
import { ownCaptures } from '../testing/own-corpus.js';
import { corpus, repository, without } from '../testing/peer.js';
import { hostileCapture } from '../testing/segments.js';
import {
  askStreams,
  conversationDifferences,
  differences,
  followDifferences,
  inspect,
  inspectRecorded,
  recordedStreams,
} from '../testing/traffic-truth.js';
import { analysisFlags } from './tcp-flag.js';

/** The captures of others in one file, one behind the other in time. */
function writeCorpus(path: string): void {
  const folder = join(corpus, 'protocols');
  const interfaces: { linkType: number }[] = [];
  const packets: PacketInit[] = [];
  let end = 1_700_000_000_000_000_000n;
  for (const name of readdirSync(folder).sort()) {
    const reader = CaptureReader.openSync(join(folder, name));
    let first: bigint | undefined;
    const offset = end + 10_000_000_000n;
    try {
      for (const frame of reader.frames()) {
        let interfaceId = interfaces.findIndex(({ linkType }) => linkType === frame.linkType);
        if (interfaceId < 0) interfaceId = interfaces.push({ linkType: frame.linkType }) - 1;
        const stamp = frame.timestamp ?? first ?? 0n;
        // A frame without a stamp has one of 1970 for tshark: such a capture jumps back and forth by decades.
        first ??= stamp;
        const timestamp = offset + (stamp - first > 0n && stamp - first < 10n ** 15n ? stamp - first : 0n);
        if (timestamp > end) end = timestamp;
        packets.push({ bytes: frame.bytes, originalLength: frame.originalLength, interfaceId, timestamp });
      }
    } catch (error) {
      assert.ok(error instanceof CaptureError);
    }
  }
  writeFileSync(path, encodeCapture(packets, { interfaces }));
}

for (const path of ownCaptures('streams')) {
  const name = basename(path);
  test(`streams, TCP analysis, conversations and followed bytes are what is recorded of tshark, in ${name}`, async () => {
    const truth = await inspectRecorded(path);
    assert.ok(truth.rows.length > 50, `${truth.rows.length} packets compared`);
    assert.deepEqual(differences(truth), []);
    assert.deepEqual(followDifferences(truth), []);
    assert.deepEqual(conversationDifferences(truth), []);
  });

  test(`what is recorded of the streams in ${name} is what tshark says`, { skip: without('tshark') }, async () => {
    assert.deepEqual(await askStreams(path), recordedStreams(path));
  });
}

test('streams, TCP analysis, conversations and followed bytes are tshark’s, on the captures of others', {
  skip: without('tshark', 'corpus'),
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-'));
  try {
    const path = join(folder, 'corpus.pcapng');
    writeCorpus(path);
    const truth = await inspect(path);
    assert.ok(truth.rows.length > 1300, `${truth.rows.length} packets compared`);
    assert.ok(truth.traffic.streams.length > 30, `${truth.traffic.streams.length} streams followed`);
    assert.deepEqual(differences(truth), []);
    assert.deepEqual(followDifferences(truth), []);
    assert.deepEqual(conversationDifferences(truth), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('streams and every TCP analysis flag are tshark’s, on hostile segments', { skip: without('tshark') }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-'));
  const count = Number(process.env.WIREBOOK_HOSTILE ?? 6000);
  try {
    for (const seed of [1, 2]) {
      const path = join(folder, 'hostile.pcap');
      writeFileSync(path, hostileCapture(seed, count));
      const truth = await inspect(path);
      const lines = differences(truth);
      const flags = lines.filter((line) => analysisFlags.some(({ filter }) => line.includes(`${filter}:`)));
      assert.deepEqual(flags, [], `seed ${seed}`);
      // Bytes in flight of a connection whose SYNs contradict each other are not followed to the last.
      assert.ok(lines.length <= truth.rows.length * 0.005, `seed ${seed}: ${lines.slice(0, 5).join('\n')}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Messages of many sizes in turn. */
function talk(count: number): Message[] {
  return Array.from({ length: count }, (_, i) => ({
    msgId: String(i + 1),
    appProtocol: 'TCP',
    srcApp: i % 2 ? 'web_server' : 'client_browser',
    dstApp: i % 2 ? 'client_browser' : 'web_server',
    message: 'x'.repeat(200 + ((i * 977) % 9000)),
    timestamp: 0.1 + i * 0.05,
    line: i + 2,
  }));
}

test('streams, flags and followed bytes are tshark’s, on conversations with faults', {
  skip: without('tshark'),
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-'));
  try {
    for (const faults of [
      {},
      { loss: 0.1 },
      { duplication: 0.2 },
      { reordering: 0.3 },
      { loss: 0.05, delayUs: 3000 },
    ]) {
      const path = join(folder, 'talk.pcapng');
      const plan = planConversation(talk(30), { faults: { seed: 5, ...faults } });
      writeFileSync(path, encodeCapture(conversationCapture(plan), { interfaces: [{ linkType: 101 }] }));
      const truth = await inspect(path);
      assert.deepEqual(differences(truth), [], JSON.stringify(faults));
      assert.deepEqual(followDifferences(truth), []);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the captures of the repository are followed and flagged as tshark does', {
  skip: without('tshark'),
}, async () => {
  for (const name of readdirSync(join(repository, 'captures')).filter((each) => each.endsWith('.pcapng'))) {
    const path = join(repository, 'captures', name);
    const truth = await inspect(path);
    assert.deepEqual(differences(truth), [], name);
    assert.deepEqual(followDifferences(truth), [], name);
  }
});
