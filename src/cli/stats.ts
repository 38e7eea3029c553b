/**
 * `wirebook stats`: protocols, conversations, endpoints and what the TCP analysis found.
 *
 * @module
 */

import { Command, Option } from 'commander';
import type { CaptureError } from '../errors.js';
import {
  analysisFlags,
  bytesText,
  CaptureClock,
  type ConversationKind,
  type ConversationList,
  Conversations,
  conversationKinds,
  type EndpointList,
  Hierarchy,
  type HierarchyNode,
  Tracker,
  textTable,
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
    if (options.conversations) print(limited(conversations.list(options.conversations), limit));
    if (options.endpoints) print(limited(conversations.endpoints(options.endpoints), limit));
    return;
  }
  const rate = found.seconds > 0 ? `, ${bytesText(found.bytes / found.seconds)}/s` : '';
  print(`${count(found.packets, 'packet')}, ${bytesText(found.bytes)} in ${found.seconds.toFixed(6)} s${rate}\n`);
  print('Protocols');
  print(hierarchyLines(found.hierarchy).join('\n'));
  for (const kind of ['tcp', 'udp'] as const) {
    const rows = conversations.list(kind);
    if (rows.length > 0) print(`\n${kind.toUpperCase()} conversations\n${limited(rows, limit)}`);
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
    const { originalLength } = frame;
    const time = clock.read(frame.timestamp);
    tracker.track(frame, time);
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

/** A table of at most `limit` rows that says how many more there are. */
function limited(list: ConversationList | EndpointList, limit: number): string {
  const { heads, rows } = list.table(limit);
  const more = list.length > rows.length ? `\n  … and ${list.length - rows.length} more, --limit 0 shows all` : '';
  return textTable(heads, rows) + more;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
