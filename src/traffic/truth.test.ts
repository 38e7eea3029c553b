/** Streams, TCP analysis, conversations and following, held against tshark packet by packet. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CaptureReader, encodeCapture, type PacketInit } from '../capture/index.js';
import { CaptureError } from '../errors.js';
import { conversationCapture, planConversation } from '../messages/conversation.js';
import type { Message } from '../messages/index.js';
import { corpus, repository, without } from '../testing/peer.js';
import { hostileCapture } from '../testing/segments.js';
import { trafficFieldTexts } from './fields.js';
import { gapText } from './follow.js';
import { analysisFlags } from './tcp-flag.js';
import { Traffic } from './traffic.js';

const fields = [
  'tcp.stream',
  'udp.stream',
  'tcp.completeness',
  'tcp.seq',
  'tcp.ack',
  'tcp.nxtseq',
  'tcp.len',
  'tcp.window_size',
  'tcp.window_size_scalefactor',
  'tcp.analysis.acks_frame',
  'tcp.analysis.bytes_in_flight',
  'tcp.analysis.push_bytes_sent',
  'tcp.analysis.duplicate_ack_num',
  'tcp.analysis.duplicate_ack_frame',
  'tcp.analysis.rto_frame',
  ...analysisFlags.map(({ filter }) => filter),
];

/** What tshark prints of a capture: fields of each packet, then what its taps found. */
interface Truth {
  readonly traffic: Traffic;
  readonly rows: readonly string[];
  readonly taps: string;
}

/** Reads a capture with both, tshark once. */
async function inspect(path: string): Promise<Truth> {
  const traffic = await Traffic.read(path);
  const columns = ['frame.number', ...fields].flatMap((field) => ['-e', field]);
  const taps = [
    ...conversationTaps.map((kind) => `conv,${kind}`),
    ...traffic.streams.map(({ index }) => `follow,tcp,raw,${index}`),
  ].flatMap((tap) => ['-z', tap]);
  const { stdout, status, stderr } = spawnSync(
    'tshark',
    ['-n', '-r', path, '-T', 'fields', '-E', 'separator=|', ...columns, ...taps],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  assert.equal(status, 0, stderr);
  const end = stdout.search(/^={20,}$/m);
  return { traffic, rows: stdout.slice(0, end).trimEnd().split('\n'), taps: stdout.slice(end) };
}

/** What differs from tshark, a line each. */
function differences({ traffic, rows }: Truth): string[] {
  const lines: string[] = [];
  assert.equal(rows.length, traffic.packets.length);
  for (const [k, row] of rows.entries()) {
    const [number, ...theirs] = row.split('|');
    for (const [i, name] of fields.entries()) {
      const [ours = ''] = trafficFieldTexts(name, traffic.packets[k]!);
      // A flag that also stands in the tree is printed twice.
      const wanted = theirs[i] === '1,1' ? '1' : theirs[i];
      if (ours !== wanted) lines.push(`#${number} ${name}: ours ${ours || '-'}, tshark's ${wanted || '-'}`);
    }
  }
  return lines;
}

const conversationTaps = ['tcp', 'udp', 'eth', 'ip'] as const;

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

interface Turn {
  readonly isReverse: boolean;
  hex: string;
}

/** Streams whose bytes are not those of `tshark -z follow,tcp,raw`. */
function followDifferences({ traffic, taps }: Truth): string[] {
  const wrong: string[] = [];
  const byStream = new Map(
    taps
      .split(/={20,}\n(?=Follow: tcp,raw)/)
      .slice(1)
      .map((block) => [Number(/Filter: tcp\.stream eq (\d+)/.exec(block)![1]), block] as const),
  );
  for (const { index } of traffic.streams) {
    const lines = byStream
      .get(index)!
      .split('\n')
      .slice(4)
      .filter((line) => /^\t?[0-9a-f]+$/.test(line));
    const theirs = turns(lines.map((line) => ({ isReverse: line.startsWith('\t'), hex: line.trim() })));
    const ours = turns(
      traffic.follow(index).utterances.map(({ isReverse, bytes, missing }) => ({
        isReverse,
        // tshark prints the text of a gap with the zero that ends it.
        hex: Buffer.from(missing > 0 ? `${gapText(missing)}\0` : bytes).toString('hex'),
      })),
    );
    // Which side is the first is another question for tshark: whose address is the lower.
    const isTurned = ours.length > 0 && theirs[0]?.isReverse !== ours[0]!.isReverse;
    const same = theirs.map(({ isReverse, hex }) => ({ isReverse: isReverse !== isTurned, hex }));
    if (JSON.stringify(ours) !== JSON.stringify(same)) wrong.push(`stream ${index}`);
  }
  return wrong;
}

/** Conversations that are not those of `tshark -z conv`. */
function conversationDifferences({ traffic, taps }: Truth): string[] {
  const wrong: string[] = [];
  const titles = { tcp: 'TCP', udp: 'UDP', eth: 'Ethernet', ip: 'IPv4' } as const;
  for (const kind of conversationTaps) {
    const table = taps.slice(taps.indexOf(`${titles[kind]} Conversations`)).split(/^={20,}$/m)[0]!;
    const theirs = [...table.matchAll(/^(\S+)\s+<->\s+(\S+)\s+(\d+) [\d.]+ ?\w+\s+(\d+) [\d.]+ ?\w+\s+(\d+) /gm)].map(
      ([, a, b, toA, toB, all]) => [a!, b!, Number(toA), Number(toB), Number(all)] as const,
    );
    const ours = traffic.conversations(kind).map((each) => {
      const a = each.aPort === undefined ? each.aAddress : `${each.aAddress}:${each.aPort}`;
      const b = each.bPort === undefined ? each.bAddress : `${each.bAddress}:${each.bPort}`;
      return [a, b, each.packetsBToA, each.packetsAToB, each.packets] as const;
    });
    const key = ([a, b, toA, toB, all]: (typeof ours)[number]) =>
      a < b ? `${kind} ${a} ${b} ${toA} ${toB} ${all}` : `${kind} ${b} ${a} ${toB} ${toA} ${all}`;
    const known = new Set(theirs.map(key));
    if (known.size === 0) wrong.push(`${kind}: nothing read of tshark's table`);
    wrong.push(...ours.map(key).filter((line) => !known.has(line)));
    if (ours.length !== theirs.length) wrong.push(`${kind}: ${ours.length} conversations, tshark's ${theirs.length}`);
  }
  return wrong;
}

function turns(pieces: readonly Turn[]): Turn[] {
  const joined: Turn[] = [];
  for (const { isReverse, hex } of pieces) {
    if (hex === '') continue;
    const last = joined.at(-1);
    if (last?.isReverse === isReverse) last.hex += hex;
    else joined.push({ isReverse, hex });
  }
  return joined;
}

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
