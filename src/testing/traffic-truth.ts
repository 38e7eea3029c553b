/**
 * Captures read by tshark and by `Traffic`, and what differs.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { analysisFlags, gapText, Traffic, trafficFieldTexts } from '../traffic/index.js';

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

/** What tshark prints of a capture. */
export interface StreamRecord {
  /** The fields of each packet. */
  readonly rows: readonly string[];
  /** What its taps found: conversations, and the bytes of each stream. */
  readonly taps: readonly string[];
}

/** A capture as both read it. */
export interface Truth {
  readonly traffic: Traffic;
  readonly rows: readonly string[];
  readonly taps: string;
}

/** Reads a capture with both, tshark once. */
export async function inspect(path: string): Promise<Truth> {
  return read(path, await askStreams(path));
}

/** Reads a capture of the repository's own corpus, whose record says what tshark found. */
export async function inspectRecorded(path: string): Promise<Truth> {
  return read(path, recordedStreams(path));
}

/** The record beside a capture of the repository's own corpus. */
export function recordedStreams(path: string): StreamRecord {
  const { rows, taps } = JSON.parse(readFileSync(`${path}.streams.json`, 'utf8')) as StreamRecord;
  return { rows, taps };
}

async function read(path: string, { rows, taps }: StreamRecord): Promise<Truth> {
  return { traffic: await Traffic.read(path), rows, taps: taps.join('\n') };
}

/** Asks tshark for all that is compared. */
export async function askStreams(path: string): Promise<StreamRecord> {
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
  return {
    rows: stdout.slice(0, end).trimEnd().split('\n'),
    // The line that names the file differs from machine to machine.
    taps: stdout
      .slice(end)
      .split('\n')
      .filter((line) => !line.includes(path)),
  };
}

/** What differs from tshark, a line each. */
export function differences({ traffic, rows }: Truth): string[] {
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

interface Turn {
  readonly isReverse: boolean;
  hex: string;
}

/** Streams whose bytes are not those of `tshark -z follow,tcp,raw`. */
export function followDifferences({ traffic, taps }: Truth): string[] {
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
export function conversationDifferences({ traffic, taps }: Truth): string[] {
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
    if (known.size === 0 && ours.length > 0) wrong.push(`${kind}: nothing read of tshark's table`);
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
