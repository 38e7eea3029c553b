/**
 * `wirebook show`: the packets of a capture, a line each, as tab-separated fields, or as JSON.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander';
import { CaptureReader, type CaptureSource } from '../capture/index.js';
import { FilterError } from '../errors.js';
import {
  CapturePass,
  compileFilter,
  type DisplayFilter,
  filterFieldNames,
  suggestFilterField,
  trafficFields,
  trafficFieldTexts,
} from '../traffic/index.js';
import { type FieldQuery, fieldQuery } from '../wire/index.js';
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
  const known = new Set(filterFieldNames());
  for (const name of names) {
    if (known.has(name)) continue;
    const near = suggestFilterField(name);
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
  const isTracked = filter?.isTracked || fields.some((name) => trafficFields.get(name)?.isTracked) || false;
  const pass = new CapturePass({ isTracked });
  // Most filters can tell by the headers alone that a packet is not meant: it then need not be dissected.
  const quick = filter?.raw;
  let left = options.count ?? Number.POSITIVE_INFINITY;
  try {
    if (options.header && options.fields) out.write(options.fields.join('\t'));
    packets: for await (const batch of reader.batches()) {
      while (batch.next()) {
        pass.take(batch.frame);
        if (quick) {
          const { outline } = pass;
          if (outline.isPlain && !quick(outline)) continue;
        }
        if (filter && !filter.test(pass)) continue;
        out.write(print(pass));
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
function printer({ fields, json, details }: Options): (pass: CapturePass) => string {
  if (fields !== undefined) {
    const read = fieldReader(fields);
    return json
      ? (pass) => JSON.stringify(fieldObject(fields, read(pass)))
      : (pass) =>
          read(pass)
            .map((values) => values.map(escapeControls).join(','))
            .join('\t');
  }
  if (json) return (pass) => JSON.stringify(packetObject(pass));
  if (details) return (pass) => `${summaryLine(pass)}\n${pass.packet.show()}\n`;
  return summaryLine;
}

/** Reads fields of the packet and of its frame, in the order asked for. */
function fieldReader(names: readonly string[]): (pass: CapturePass) => readonly (readonly string[])[] {
  const inPacket: FieldQuery = fieldQuery(names.filter((name) => !trafficFields.has(name)));
  const columns = names.map((name) => (trafficFields.has(name) ? -1 : inPacket.names.indexOf(name)));
  return (pass) => {
    const values = inPacket.read(pass.packet);
    return columns.map((column, i) => (column >= 0 ? values[column]! : trafficFieldTexts(names[i]!, pass)));
  };
}

function fieldObject(names: readonly string[], values: readonly (readonly string[])[]): Record<string, unknown> {
  const entries = names.map((name, i) => [name, values[i]!] as const).filter(([, texts]) => texts.length > 0);
  return Object.fromEntries(entries.map(([name, texts]) => [name, texts.length === 1 ? texts[0] : texts]));
}

function packetObject(pass: CapturePass): Record<string, unknown> {
  const { frame, packet } = pass;
  const [time] = trafficFieldTexts('frame.time_epoch', pass);
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
