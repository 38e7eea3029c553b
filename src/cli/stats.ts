/**
 * `wirebook stats`: protocols, conversations, endpoints and what the TCP analysis found.
 *
 * @module
 */

import { Command, Option } from 'commander';
import { formatEndpoint } from '../address.js';
import type { CaptureError } from '../errors.js';
import {
  analysisFlags,
  CaptureClock,
  type Conversation,
  type ConversationKind,
  Conversations,
  completenessText,
  conversationKinds,
  type Endpoint,
  Hierarchy,
  type HierarchyNode,
  Tracker,
} from '../traffic/index.js';
import { dissect } from '../wire/index.js';
import { takeFrames } from './capture-frames.js';

interface Options {
  readonly json?: boolean;
  readonly conversations?: ConversationKind;
  readonly endpoints?: ConversationKind;
  readonly limit: string;
}

/** The sub-command. */
export function statsCommand(): Command {
  return new Command('stats')
    .description('protocols, conversations and TCP findings of a capture')
    .argument('<file>', 'the capture; - reads standard input')
    .addOption(new Option('-c, --conversations <kind>', 'conversations of one kind').choices([...conversationKinds]))
    .addOption(new Option('-e, --endpoints <kind>', 'endpoints of one kind').choices([...conversationKinds]))
    .option('-l, --limit <rows>', 'rows of a table at the most; 0 for all', '20')
    .option('-j, --json', 'everything as JSON')
    .addHelpText('after', help)
    .action(stats);
}

const help = `
Streams are numbered as Wireshark numbers them (tcp.stream); bytes are those of whole frames on the wire.

Examples:
  wirebook stats capture.pcapng
  wirebook stats capture.pcapng --conversations tcp --limit 0
  wirebook stats capture.pcapng --json | jq .analysis`;

/** What is counted in one pass. */
interface Statistics {
  readonly packets: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly hierarchy: HierarchyNode;
  readonly conversations: Conversations;
  readonly analysis: { readonly [name: string]: number };
  /** What ended reading early. */
  readonly fault: CaptureError | undefined;
}

async function stats(file: string, options: Options): Promise<void> {
  const found = await gather(file);
  printStatistics(found, options);
  if (found.fault) throw found.fault;
}

function printStatistics(found: Statistics, options: Options): void {
  const { conversations } = found;
  const limit = Number(options.limit) || Number.POSITIVE_INFINITY;
  if (options.json) {
    const list = (kinds: readonly ConversationKind[]) =>
      Object.fromEntries(kinds.map((kind) => [kind, conversations.list(kind)]));
    const ends = (kinds: readonly ConversationKind[]) =>
      Object.fromEntries(kinds.map((kind) => [kind, conversations.endpoints(kind)]));
    const { packets, bytes, seconds, hierarchy, analysis } = found;
    print(
      JSON.stringify({
        packets,
        bytes,
        seconds,
        hierarchy,
        analysis,
        conversations: list(options.conversations ? [options.conversations] : conversationKinds),
        endpoints: ends(options.endpoints ? [options.endpoints] : conversationKinds),
      }),
    );
    return;
  }
  if (options.conversations || options.endpoints) {
    if (options.conversations) print(conversationTable(conversations.list(options.conversations), limit));
    if (options.endpoints) print(endpointTable(conversations.endpoints(options.endpoints), limit));
    return;
  }
  const rate = found.seconds > 0 ? `, ${bytesText(found.bytes / found.seconds)}/s` : '';
  print(`${count(found.packets, 'packet')}, ${bytesText(found.bytes)} in ${found.seconds.toFixed(6)} s${rate}\n`);
  print('Protocols');
  print(hierarchyLines(found.hierarchy).join('\n'));
  for (const kind of ['tcp', 'udp'] as const) {
    const rows = conversations.list(kind);
    if (rows.length > 0) print(`\n${kind.toUpperCase()} conversations\n${conversationTable(rows, limit)}`);
  }
  const marks = Object.entries(found.analysis).filter(([, packets]) => packets > 0);
  if (marks.length > 0) {
    print('\nTCP analysis');
    for (const [name, packets] of marks) print(`  ${name.padEnd(44)} ${count(packets, 'packet')}`);
  }
}

async function gather(file: string): Promise<Statistics> {
  const tracker = new Tracker();
  const conversations = new Conversations();
  const hierarchy = new Hierarchy();
  const clock = new CaptureClock();
  const marks = analysisFlags.map(({ label, bit }) => ({ label, bit, packets: 0 }));
  let packets = 0;
  let bytes = 0;
  let last = 0;
  const fault = await takeFrames(file, (frame) => {
    const { view, at, end, linkType, originalLength, number } = frame;
    const time = clock.read(frame.timestamp);
    tracker.track(view, at, end, linkType, originalLength, number, time);
    conversations.add(tracker, originalLength, time);
    hierarchy.add(dissect(frame));
    if (tracker.tcp !== undefined && tracker.analysis.flags !== 0)
      for (const mark of marks) if ((tracker.analysis.flags & mark.bit) !== 0) mark.packets++;
    packets++;
    bytes += originalLength;
    last = Math.max(last, time);
  });
  const analysis = Object.fromEntries(marks.map(({ label, packets: number }) => [label, number]));
  return { packets, bytes, seconds: last / 1e9, hierarchy: hierarchy.root, conversations, analysis, fault };
}

function hierarchyLines(node: HierarchyNode, depth = 1): string[] {
  return node.children.flatMap((child) => [
    `${'  '.repeat(depth)}${child.protocol}`.padEnd(32) +
      `${String(child.frames).padStart(9)} ${bytesText(child.bytes).padStart(10)}`,
    ...hierarchyLines(child, depth + 1),
  ]);
}

function conversationTable(rows: readonly Conversation[], limit: number): string {
  const shown = rows
    .slice(0, limit)
    .map((row) => [
      row.stream === undefined ? '' : String(row.stream),
      end(row.aAddress, row.aPort),
      end(row.bAddress, row.bPort),
      `${row.packetsAToB} → ${bytesText(row.bytesAToB)}`,
      `${row.packetsBToA} ← ${bytesText(row.bytesBToA)}`,
      `${row.start.toFixed(6)}`,
      `${row.duration.toFixed(6)}`,
      row.completeness === undefined ? '' : completenessText(row.completeness),
    ]);
  return table(['stream', 'a', 'b', 'a to b', 'b to a', 'start s', 'duration s', 'completeness'], shown, rows.length);
}

function endpointTable(rows: readonly Endpoint[], limit: number): string {
  const shown = rows
    .slice(0, limit)
    .map((row) => [
      end(row.address, row.port),
      String(row.packets),
      bytesText(row.bytes),
      `${row.packetsSent} (${bytesText(row.bytesSent)})`,
      `${row.packetsReceived} (${bytesText(row.bytesReceived)})`,
    ]);
  return table(['endpoint', 'packets', 'bytes', 'sent', 'received'], shown, rows.length);
}

/** Columns padded to their widest value; those with nothing in them left out. */
function table(heads: readonly string[], rows: readonly (readonly string[])[], total: number): string {
  const kept = heads.map((_, i) => rows.some((row) => row[i] !== ''));
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `  ${cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .filter((_, i) => kept[i])
      .join('  ')
      .trimEnd()}`;
  const more = total > rows.length ? [`  … and ${total - rows.length} more, --limit 0 shows all`] : [];
  return [line(heads), ...rows.map(line), ...more].join('\n');
}

function end(address: string, port: number | undefined): string {
  return port === undefined ? address : formatEndpoint(address, port);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** `1.5 kB`, in powers of 1000 as tshark writes them. */
function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
