/**
 * `wirebook capture-to-csv`: the application messages of a capture as a table that the lesson takes.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { Frame } from '../capture/index.js';
import { MessageError } from '../errors.js';
import { formatMessages, type Message, msgIdOf, protocolOf } from '../messages/index.js';
import { applicationMessages, type TcpStream, Traffic, type TrafficPacket, UdpStream } from '../traffic/index.js';
import { Dns, Tcp } from '../wire/index.js';
import { takeFrames } from './capture-frames.js';

/** The sub-command. */
export function captureToCsvCommand(): Command {
  return new Command('capture-to-csv')
    .description('write the application messages of a capture as a CSV of messages')
    .argument('<file>', 'the capture; - reads standard input')
    .option(
      '-o, --out <csv>',
      'where to write; standard output where left out. A file that is there is not written over',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  wirebook capture-to-csv captures/capture.pcapng\n  wirebook capture-to-csv capture.pcapng --out mine.csv && wirebook check-csv mine.csv\n\nMessages are the text of HTTP, of lines as the chat has them, of datagrams and of packets with a msg_id. What is no text is counted and left out.',
    )
    .action(run);
}

async function run(file: string, { out }: { out?: string }): Promise<void> {
  const frames: Frame[] = [];
  const fault = await takeFrames(file, (frame) => frames.push(frame));
  const { messages, unreadable } = messagesOf(Traffic.of(frames));
  if (unreadable > 0)
    process.stderr.write(
      `note: ${unreadable} ${unreadable === 1 ? 'message is' : 'messages are'} no text and left out\n`,
    );
  if (messages.length === 0)
    throw new MessageError('EMPTY', `Cannot make a table of ${file}: no packet of it carries the text of a message`);
  const text = formatMessages(messages);
  if (out === undefined) process.stdout.write(text);
  else {
    await writeFile(out, text, { flag: 'wx' }).catch((cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EEXIST' ? 'there is such a file already: give another name' : cause.message;
      throw new MessageError('NO_FILE', `Cannot write ${out}: ${reason}`, { cause });
    });
    process.stdout.write(`${messages.length} ${messages.length === 1 ? 'message' : 'messages'} in ${out}\n`);
  }
  if (fault) throw fault;
}

/** What one packet or several say, with where they say it. */
interface Said {
  readonly stream: TcpStream | UdpStream;
  readonly isReverse: boolean;
  /** Nanoseconds since the capture's first frame. */
  readonly time: number;
  readonly id?: string;
  /** Undefined for what is no text. */
  readonly text: string | undefined;
}

function messagesOf(traffic: Traffic): { messages: Message[]; unreadable: number } {
  const said = [
    ...traffic.streams.flatMap((stream) => {
      const packets = traffic.packetsOf(stream);
      const ids = packets.some(({ frame }) => msgIdOf(frame.comments) !== undefined);
      return ids ? saidById(stream, packets) : saidInStream(stream, traffic);
    }),
    ...traffic.packets.flatMap(saidInDatagram),
  ].sort((a, b) => a.time - b.time);
  const readable = said.filter(({ text }) => text !== undefined && text !== '');
  const given = readable.map(({ id }) => id);
  const hasIds = given.every((id) => id !== undefined) && new Set(given).size === given.length;
  const messages = readable.map(({ stream, isReverse, time, id, text }, i): Message => {
    const { aAddress, bAddress, aPort, bPort } = stream.flow;
    const [srcApp, dstApp, srcPort, dstPort] = isReverse
      ? [bAddress, aAddress, bPort, aPort]
      : [aAddress, bAddress, aPort, bPort];
    const transport = stream instanceof UdpStream ? 'udp' : 'tcp';
    const appProtocol = protocolOf(srcPort, dstPort, transport) ?? transport.toUpperCase();
    return {
      line: i + 2,
      msgId: hasIds ? id! : String(i + 1),
      appProtocol,
      srcApp,
      dstApp,
      srcPort,
      dstPort,
      message: text!,
      timestamp: time / 1e9,
    };
  });
  return { messages, unreadable: said.length - readable.length };
}

/** Packets that name their row: its segments belong together, in the order of their bytes, and what was sent again counts once. */
function saidById(stream: TcpStream, packets: readonly TrafficPacket[]): Said[] {
  const rows = new Map<string, { first: TrafficPacket; seq: number; parts: Map<number, Uint8Array> }>();
  for (const packet of packets) {
    const id = msgIdOf(packet.frame.comments);
    const tcp = packet.packet.get(Tcp);
    if (id === undefined || tcp === undefined) continue;
    const row = rows.get(id) ?? { first: packet, seq: tcp.seq, parts: new Map<number, Uint8Array>() };
    // Numbers go round: what counts is the distance.
    row.parts.set((tcp.seq - row.seq) | 0, tcp.payload);
    rows.set(id, row);
  }
  return [...rows].map(([id, { first, parts }]) => ({
    stream,
    isReverse: first.isReverse,
    time: first.time,
    id,
    text: textOf(Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes))),
  }));
}

function saidInStream(stream: TcpStream, traffic: Traffic): Said[] {
  return applicationMessages(traffic.follow(stream.index)).map(({ isReverse, time, bytes }) => ({
    stream,
    isReverse,
    time,
    text: textOf(bytes),
  }));
}

function saidInDatagram({ udp: stream, isReverse, time, packet, frame }: TrafficPacket): Said[] {
  if (stream === undefined) return [];
  const dns = packet.get(Dns);
  const payload = packet.payload;
  if (dns === undefined && payload.length === 0) return [];
  const id = msgIdOf(frame.comments);
  const text = dns === undefined ? textOf(payload) : dns.summary();
  return [{ stream, isReverse, time, ...(id === undefined ? {} : { id }), text }];
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
