/**
 * `wirebook send`: a CSV of messages as packets, sent and captured, or only written to a capture.
 *
 * @module
 */
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { CaptureWriter, encodeCapture, LinkType, readCapture } from '../capture/index.js';
import {
  assignPorts,
  type CraftedPlan,
  formatNote,
  type PlannedPacket,
  type PortMap,
  planCrafted,
  type Run,
  readMessages,
  usualPorts,
  wordsOf,
} from '../messages/index.js';
import { now, refusal, Sniffer, sendOnTime } from '../raw/index.js';

interface Options {
  out?: string;
  scale: number;
  port: Map<string, number>;
  dryRun?: boolean;
}

/** The sub-command. */
export function sendCommand(): Command {
  return new Command('send')
    .description(
      'send the messages of a CSV over 127.0.0.1, each as a TCP segment at its own time, and capture what happens',
    )
    .argument('<csv>', 'columns msg_id, app_protocol, src_app, dst_app, message, timestamp')
    .option('-o, --out <file>', 'capture to write, pcapng (or pcap, by its ending)')
    .option('-s, --scale <factor>', 'stretches times (2 is half as fast, 0 is at once)', parseScale, 1)
    .option(
      '--port <application=port>',
      'port of an application; may be repeated',
      parsePort,
      new Map<string, number>(),
    )
    .option('--dry-run', 'send nothing; stamp packets with the times of the CSV')
    .addHelpText(
      'after',
      `
Examples:
  wirebook send data/group209186378_http_input.csv --dry-run
  sudo npx wirebook send messages.csv --out out/messages.pcapng
  wirebook send messages.csv --port web_server=8080 --scale 0.1 --out fast.pcapng --dry-run

Sending needs root or CAP_NET_RAW. The exit status is 1 when the CSV has a fault or nothing could be sent, or a row that was sent is not in the capture.`,
    )
    .action(send);
}

async function send(path: string, options: Options): Promise<void> {
  const table = (await readMessages(path)).check();
  for (const note of table.notes) process.stderr.write(`note: ${formatNote(note)}\n`);
  const usual = usualPorts(table.messages);
  const known: PortMap = { ...usual, applications: { ...usual.applications, ...Object.fromEntries(options.port) } };
  const ports = assignPorts(table.messages, known);
  for (const [application, port] of Object.entries(ports.applications))
    if (!Object.hasOwn(known.applications, application))
      process.stderr.write(
        `note: ${application} has port ${port}; --port ${JSON.stringify(application)}=N gives it another\n`,
      );
  const plan = planCrafted(table.messages, { ports, scale: options.scale });
  const obstacle = options.dryRun ? undefined : refusal();
  if (obstacle) throw obstacle;
  if (!options.dryRun) announce(plan, options.scale);
  const packets = options.dryRun ? written(plan) : await sent(plan);
  if (options.out !== undefined) {
    await write(options.out, plan, packets);
    process.stdout.write(`${packets.length} packets in ${options.out}\n`);
  }
  if (!options.dryRun) {
    process.stdout.write(
      `${plan.length} ${plan.length === 1 ? 'packet' : 'packets'} sent, ${packets.length} captured\n`,
    );
    (await found(plan, packets)).check();
  }
}

/** Seconds from which a plan's length is said before it starts. */
const longSeconds = 10;

function announce(plan: CraftedPlan, scale: number): void {
  const seconds = plan.duration;
  if (seconds < longSeconds) return;
  process.stderr.write(
    `note: the times of these rows take ${Math.round(seconds)} s; with --scale ${Number(((scale * 5) / seconds).toPrecision(1))} about 5 s\n`,
  );
}

/** The run that these packets show. */
async function found(plan: CraftedPlan, packets: Captured): Promise<Run> {
  const bytes = encodeCapture(plan.capture(packets), { interfaces: [{ linkType: LinkType.RAW }] });
  return plan.run(await readCapture(bytes), { startedAt: 0n });
}

type Captured = readonly { readonly bytes: Uint8Array; readonly timestamp: bigint }[];

function written(plan: readonly PlannedPacket[]): Captured {
  const startedAt = now();
  for (const item of plan) process.stdout.write(`${line(item)}\n`);
  return plan.map(({ packet, at }) => ({ bytes: packet.bytes, timestamp: startedAt + at }));
}

async function sent(plan: CraftedPlan): Promise<Captured> {
  const sniffer = Sniffer.open({ addresses: ['127.0.0.1'], ports: plan.ports });
  try {
    await sendOnTime(plan, { onSent: (item) => process.stdout.write(`Sending: ${wordsOf(item.message)}\n`) });
    await sniffer.settle();
    return sniffer.packets;
  } finally {
    sniffer.close();
  }
}

/** Writes beside the file and puts it in its place when it is whole, so that an earlier one is lost to no failure. */
async function write(path: string, plan: CraftedPlan, packets: Captured): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = path.replace(/(\.[^./]*)?$/, `.${process.pid}.part$1`);
  try {
    const writer = CaptureWriter.create(draft, { interfaces: [{ name: 'lo', linkType: LinkType.RAW }] });
    for (const packet of plan.capture(packets)) await writer.write(packet);
    await writer.close();
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

function line({ message, packet, at }: PlannedPacket): string {
  return `${(Number(at) / 1e9).toFixed(3).padStart(8)} s  msg_id ${message.msgId}  ${packet.summary()}  ${wordsOf(message)}`;
}

function parseScale(text: string): number {
  const scale = Number(text);
  if (text.trim() === '' || !(scale >= 0 && Number.isFinite(scale)))
    throw new InvalidArgumentError('A number from 0 up is needed.');
  return scale;
}

function parsePort(text: string, ports: Map<string, number>): Map<string, number> {
  const match = /^(.+)=(\d+)$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port < 1 || port > 0xffff)
    throw new InvalidArgumentError('An application and a port from 1 to 65535 are needed: web_server=8080.');
  return ports.set(match[1]!, port);
}
