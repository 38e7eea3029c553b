/**
 * `wirebook show`: the packets of a capture, a line each, as tab-separated fields, or as JSON.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander';
import { CaptureReader, type CaptureSource } from '../capture/index.js';
import { FilterError } from '../errors.js';
import {
  CaptureClock,
  compileFilter,
  type DisplayFilter,
  Outline,
  packetContext,
  Tracker,
  type TrafficContext,
  trafficFields,
  trafficFieldTexts,
} from '../traffic/index.js';
import { dissect, type FieldQuery, fieldQuery, fieldType, knownFields, suggestField } from '../wire/index.js';
import { type FrameContext, frameFields, frameValues } from './frame-fields.js';
import { LineWriter } from './line-writer.js';
import { summaryLine } from './summary-line.js';

interface Options {
  readonly fields?: readonly string[];
  readonly json?: boolean;
  readonly header?: boolean;
  readonly details?: boolean;
  readonly count?: number;
  readonly filter?: DisplayFilter;
}

/** The sub-command. */
export function showCommand(): Command {
  return new Command('show')
    .description('print the packets of a capture: pcap or pcapng, gzip-compressed or not')
    .argument('<file>', 'the capture; - reads standard input')
    .option('-f, --fields <names>', 'tab-separated values by Wireshark’s field names, with commas between', parseFields)
    .option('--header', 'with --fields: the names in a first line')
    .option('-j, --json', 'one JSON object a line')
    .option('-d, --details', 'every field and byte of each packet')
    .option('-Y, --filter <filter>', 'only the packets that a display filter selects, as in Wireshark', parseFilter)
    .option('-n, --count <packets>', 'stop after so many packets', parseCount)
    .addHelpText('after', help)
    .action(show);
}

const help = `
Fields are written as \`tshark -n -T fields\` writes them: nothing where a packet has none, commas between several, 0x0018
where Wireshark prints hexadecimal. A protocol's name (tcp) is a field of the packets that have it. With --json and
--fields an object has the fields as texts, in a list where there are several; without --fields it has all layers.

A damaged capture is printed up to the damage; then the error goes to standard error, and the status is 1.

Examples:
  wirebook show capture.pcapng
  wirebook show capture.pcapng --fields frame.number,ip.src,tcp.dstport,tcp.flags
  wirebook show capture.pcapng -Y 'tcp.analysis.flags && ip.src == 127.0.0.1'
  wirebook show capture.pcapng.gz --json | head -1
  tcpdump -i lo -c 10 -w - port 9999 | wirebook show -`;

function parseFields(list: string): readonly string[] {
  const names = list.split(',').map((name) => name.trim());
  for (const name of names) {
    if (fieldType(name) !== undefined || frameFields.includes(name) || trafficFields.has(name)) continue;
    const known = [...knownFields().map((field) => field.name), ...frameFields, ...trafficFields.keys()];
    const near = suggestField(name, known);
    throw new InvalidArgumentError(
      `${JSON.stringify(name)} is no field known here${near === undefined ? '' : `, did you mean ${near}?`}`,
    );
  }
  return names;
}

function parseFilter(text: string): DisplayFilter {
  try {
    return compileFilter(text);
  } catch (error) {
    if (error instanceof FilterError) throw new InvalidArgumentError(`\n${error.message}`);
    throw error;
  }
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('A whole number from 1 needed.');
  return count;
}

async function show(file: string, options: Options): Promise<void> {
  const source: CaptureSource = file === '-' ? process.stdin : file;
  const reader = await CaptureReader.open(source);
  const out = new LineWriter(process.stdout);
  const print = printer(options);
  const { filter, fields = [] } = options;
  const isTracked = filter?.isTracked || fields.some((name) => trafficFields.get(name)?.isTracked);
  const tracker = isTracked ? new Tracker() : undefined;
  // Most filters can tell by the headers alone that a packet is not meant: it then need not be dissected.
  const quick = filter?.raw;
  const outline = new Outline();
  const clock = new CaptureClock();
  let first: bigint | undefined;
  let previous: bigint | undefined;
  let previousTime: number | undefined;
  let left = options.count ?? Number.POSITIVE_INFINITY;
  try {
    if (options.header && options.fields) out.write(options.fields.join('\t'));
    packets: for await (const batch of reader.batches()) {
      while (batch.next()) {
        const { frame } = batch;
        const { timestamp } = frame;
        first ??= timestamp;
        const time = clock.read(timestamp);
        const { view, at, end, linkType, originalLength, number } = frame;
        tracker?.track(view, at, end, linkType, originalLength, number, time);
        if (quick) {
          outline.read(view, at, end, linkType, originalLength);
          if (outline.isPlain && !quick(outline)) {
            previous = timestamp ?? previous;
            previousTime = time;
            continue;
          }
        }
        const packet = dissect(frame);
        const traffic: TrafficContext = {
          ...packetContext(packet, number),
          time,
          previousTime: previousTime ?? time,
          timestamp,
          ...tracker?.context,
        };
        const context = { frame, packet, first, previous: previous ?? timestamp, traffic };
        previous = timestamp ?? previous;
        previousTime = time;
        if (filter && !filter.test(traffic)) continue;
        out.write(print(context));
        left--;
        if (left === 0 || out.isClosed) break packets;
        if (out.isFull) await out.flush();
      }
    }
  } finally {
    await out.flush();
  }
}

/** What to print of a packet, by the options. */
function printer({ fields, json, details }: Options): (context: ShownContext) => string {
  if (fields !== undefined) {
    const read = fieldReader(fields);
    return json
      ? (context) => JSON.stringify(fieldObject(fields, read(context)))
      : (context) =>
          read(context)
            .map((values) => values.map(escapeControls).join(','))
            .join('\t');
  }
  if (json) return (context) => JSON.stringify(packetObject(context));
  if (details) return (context) => `${summaryLine(context)}\n${context.packet.show()}\n`;
  return summaryLine;
}

/** A packet with what its capture and the packets before it say. */
interface ShownContext extends FrameContext {
  readonly traffic: TrafficContext;
}

/** Reads fields of the packet and of its frame, in the order asked for. */
function fieldReader(names: readonly string[]): (context: ShownContext) => readonly (readonly string[])[] {
  const isElsewhere = (name: string) => frameFields.includes(name) || trafficFields.has(name);
  const inPacket: FieldQuery = fieldQuery(names.filter((name) => !isElsewhere(name)));
  const columns = names.map((name) => (isElsewhere(name) ? -1 : inPacket.names.indexOf(name)));
  return (context) => {
    const values = inPacket.read(context.packet);
    return columns.map((column, i) => {
      if (column >= 0) return values[column]!;
      const name = names[i]!;
      return frameFields.includes(name) ? frameValues(name, context) : trafficFieldTexts(name, context.traffic);
    });
  };
}

function fieldObject(names: readonly string[], values: readonly (readonly string[])[]): Record<string, unknown> {
  const entries = names.map((name, i) => [name, values[i]!] as const).filter(([, texts]) => texts.length > 0);
  return Object.fromEntries(entries.map(([name, texts]) => [name, texts.length === 1 ? texts[0] : texts]));
}

function packetObject(context: FrameContext): Record<string, unknown> {
  const { frame, packet } = context;
  const [time] = frameValues('frame.time_epoch', context);
  const { name } = frame.interface;
  const { comments } = frame;
  return {
    number: frame.number,
    ...(time === undefined ? {} : { time }),
    ...(name === undefined ? {} : { interface: name }),
    linkType: frame.linkType,
    originalLength: frame.originalLength,
    ...(comments.length === 0 ? {} : { comments }),
    ...packet.toJSON(),
  };
}

const escapes: { readonly [character: string]: string } = { '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** Keeps a value on its line and in its column. */
function escapeControls(text: string): string {
  return /[\t\n\r]/.test(text) ? text.replace(/[\t\n\r]/g, (character) => escapes[character]!) : text;
}
