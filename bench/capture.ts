// Reading, dissecting and writing captures beside libpcap, dpkt, Scapy, tcpdump and tshark: `npm run bench -- capture`.
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { CaptureWriter } from 'wirebook/capture';
import { build, checksum, ipv4, tcp } from 'wirebook/wire';
import { type Outcome, Peers } from './capture-peers.js';
import type { Way } from './capture-read.js';
import { fill, packets, writeHollow, writeSample } from './capture-sample.js';
import { compete, measure, type RunOptions, type Setting } from './harness.js';

/** Reads in a process of its own that stays for all rounds. */
class Contestant {
  readonly #way: Way;
  readonly #path: string;
  readonly #child: ChildProcess;

  constructor(way: Way, path: string) {
    this.#way = way;
    this.#path = path;
    this.#child = fork(fileURLToPath(new URL('./capture-read.js', import.meta.url)));
  }

  round(): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#child.once('message', (outcome: Outcome) => resolve(outcome));
      this.#child.once('exit', () => reject(new Error(`${this.#way}: the process ended`)));
      this.#child.send({ way: this.#way, path: this.#path });
    });
  }

  stop(): void {
    this.#child.removeAllListeners('exit');
    this.#child.kill();
  }
}

async function writePackets(path: string, count: number): Promise<Outcome> {
  const begin = performance.now();
  const writer = CaptureWriter.create(path);
  const bytes = fill(Buffer.alloc(154), 154, 1);
  for (let i = 0; i < count; i++) {
    const slow = writer.write({ timestamp: BigInt(i) * 1_000_000_000n, bytes });
    if (slow) await slow;
  }
  await writer.close();
  return { count, sum: 0, seconds: (performance.now() - begin) / 1000 };
}

export async function run(options: RunOptions): Promise<void> {
  await measure(options, async (setting) => {
    const peers = new Peers(setting.folder);
    await reading(setting, peers);
    await slowReading(setting, peers);
    await writing(setting, peers);
    building(setting);
    memory(setting);
  });
}

async function reading({ folder, quick, tell, note }: Setting, peers: Peers) {
  const rounds = quick ? 3 : 9;
  const large = join(folder, 'large.pcap');
  const largeNg = join(folder, 'large.pcapng');
  await writeSample(large, packets);
  await writeSample(largeNg, packets);
  note(`${packets} packets, ${(statSync(large).size / 1e6).toFixed(0)} MB; medians of ${rounds} interleaved rounds`);
  const ways: readonly (readonly [name: string, way: Way, path: string])[] = [
    ['read and sum a port, memory reused', 'read and sum a port, memory reused', large],
    ['read and sum a port', 'read and sum a port', large],
    ['read and sum a port, asynchronous', 'read and sum a port, asynchronous', large],
    ['read and sum a port, a frame each', 'read and sum a port, a frame each', large],
    ['read pcapng and sum a port, memory reused', 'read and sum a port, memory reused', largeNg],
    ['read and dissect to TCP, memory reused', 'read and dissect to TCP, memory reused', large],
    ['read and dissect to TCP', 'read and dissect to TCP', large],
    ['read and dissect into a packet of layers', 'read and dissect into a packet of layers', large],
  ];
  const contestants = ways.map(([name, way, path]) => ({ name, contestant: new Contestant(way, path) }));
  const results = await compete(rounds, {
    libpcap: () => peers.libpcapRead(large),
    ...Object.fromEntries(contestants.map(({ name, contestant }) => [name, () => contestant.round()])),
  });
  for (const { contestant } of contestants) contestant.stop();
  const c = results.get('libpcap');
  for (const [name, { rate, count, sum }] of results) {
    if (name === 'libpcap') continue;
    if (count !== packets || (c && sum !== c.sum)) throw new Error(`${name}: ${count} packets, sum ${sum}`);
    tell({
      name,
      value: rate,
      unit: 'packets/s',
      ...(c && { peer: 'C loop over libpcap', ratio: rate / c.rate }),
      wanted: '1.0',
    });
  }
  if (!c) note('absent: C compiler or libpcap');
}

/** Peers that would need minutes for the large file. */
async function slowReading({ folder, quick, tell, note }: Setting, peers: Peers) {
  const few = quick ? 3_000 : 10_000;
  const large = join(folder, 'large.pcap');
  const small = join(folder, 'small.pcap');
  const one = join(folder, 'one.pcap');
  await writeSample(small, few);
  await writeSample(one, 1);
  note(`slow peers read the first ${few} packets, and are compared per packet`);
  const port = new Contestant('read and dissect to TCP, memory reused', large);
  const fields = new Contestant('read every field of IPv4 and TCP', large);
  const print = (program: string, ...args: string[]) => peers.printing([program, ...args], small, one, few);
  const results = await compete(quick ? 2 : 5, {
    port: () => port.round(),
    fields: () => fields.round(),
    dpkt: () => peers.python('dpktRead', small),
    Scapy: () => peers.python('scapyRead', small),
    'tcpdump -nn': () => print('tcpdump', '-nn'),
    'tshark, the port': () => print('tshark', '-n', '-T', 'fields', '-e', 'tcp.srcport'),
    'tshark, the same fields': () =>
      print('tshark', '-n', '-T', 'fields', ...sameFields.flatMap((name) => ['-e', name])),
  });
  port.stop();
  fields.stop();
  for (const [peer, ours, wanted] of [
    ['dpkt', 'port', '40'],
    ['Scapy', 'port', '500'],
    ['tcpdump -nn', 'port', ''],
    ['tshark, the port', 'port', ''],
    ['tshark, the same fields', 'fields', '10'],
  ] as const) {
    const name =
      ours === 'port' ? 'read and dissect to TCP, memory reused' : 'read every field of IPv4 and TCP, memory reused';
    const [we, they] = [results.get(ours)!, results.get(peer)];
    if (!they) note(`absent: ${peer}`);
    else tell({ name, value: we.rate, unit: 'packets/s', peer, ratio: we.rate / they.rate, ...(wanted && { wanted }) });
  }
}

/** What tshark calls the fields that are read. */
const sameFields = [
  ...['version', 'hdr_len', 'dsfield.dscp', 'dsfield.ecn', 'len', 'id', 'flags', 'frag_offset', 'ttl', 'proto'].map(
    (name) => `ip.${name}`,
  ),
  ...['checksum', 'src', 'dst'].map((name) => `ip.${name}`),
  ...['srcport', 'dstport', 'seq_raw', 'ack_raw', 'hdr_len', 'flags', 'window_size_value', 'checksum'].map(
    (name) => `tcp.${name}`,
  ),
  'tcp.urgent_pointer',
];

async function writing({ folder, quick, tell, note }: Setting, peers: Peers) {
  const count = quick ? 200_000 : 1_000_000;
  const few = 20_000;
  const path = (name: string) => join(folder, `written-${name}`);
  const results = await compete(quick ? 2 : 5, {
    wirebook: () => writePackets(path('wirebook.pcapng'), count),
    'C loop over libpcap (pcap)': () => peers.libpcapWrite(path('c.pcap'), count),
    dpkt: () => peers.python('dpktWrite', path('dpkt.pcapng'), few),
    Scapy: () => peers.python('scapyWrite', path('scapy.pcapng'), few),
    [nodePcapWriter]: () => writeWithNodePcapWriter(path('node.pcap'), few),
  });
  const ours = results.get('wirebook')!.rate;
  tell({ name: 'write pcapng, packets of 154 bytes', value: ours, unit: 'packets/s', wanted: '1,000,000 packets/s' });
  for (const [peer, { rate }] of results)
    if (peer !== 'wirebook')
      tell({ name: 'write pcapng, packets of 154 bytes', value: ours, unit: 'packets/s', peer, ratio: ours / rate });
  if (!results.has(nodePcapWriter)) note('absent: node-pcap-writer');
}

const nodePcapWriter = 'node-pcap-writer (pcap)';

/** The writer of npm's that the design knows of, if it is installed here or in NODE_PATH. */
async function writeWithNodePcapWriter(path: string, count: number): Promise<Outcome | undefined> {
  const require = createRequire(import.meta.url);
  let Writer: new (path: string) => { writePacket(bytes: Buffer, stamp: number): void; close(): void; _fs: Writable };
  try {
    Writer = require('node-pcap-writer');
  } catch {
    return undefined;
  }
  const bytes = fill(Buffer.alloc(154), 154, 1);
  const begin = performance.now();
  const writer = new Writer(path);
  for (let i = 1; i <= count; i++) writer.writePacket(bytes, i * 1_000_000);
  writer.close();
  await once(writer._fs, 'finish');
  return { count, sum: 0, seconds: (performance.now() - begin) / 1000 };
}

function building({ quick, tell }: Setting) {
  const count = quick ? 100_000 : 1_000_000;
  const payload = new Uint8Array(100).fill(0x61);
  const rate = (action: () => number, amount: number): number => {
    const rates = Array.from({ length: 5 }, () => {
      const begin = performance.now();
      action();
      return amount / ((performance.now() - begin) / 1000);
    });
    return rates.sort((a, b) => a - b)[2]!;
  };
  const builds = () => {
    let length = 0;
    for (let i = 0; i < count; i++)
      length += build(
        ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }),
        tcp({ srcPort: i & 0xffff, dstPort: 80 }),
        payload,
      ).length;
    return length;
  };
  const name = 'build IPv4, TCP and 100 bytes with checksums';
  tell({ name, value: rate(builds, count), unit: 'packets/s', wanted: '1,000,000 packets/s' });
  const data = new DataView(new ArrayBuffer(1460));
  const sums = () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += checksum.compute(data, 0, data.byteLength);
    return sum;
  };
  tell({ name: 'checksum of 1,460 bytes', value: rate(sums, count * 1460) / 1e9, unit: 'GB/s', wanted: '2 GB/s' });
}

/**
 * Peak memory of a process that reads 4.3 GB: a sparse file of packets of 256 KiB, the largest there are, and a pipe with
 * the sample eleven times over, a section of pcapng each.
 */
function memory({ folder, quick, tell }: Setting) {
  const size = quick ? 500_000_000 : 4_300_000_000;
  const program = fileURLToPath(new URL('./capture-memory.js', import.meta.url));
  const hollow = join(folder, 'hollow.pcap');
  writeHollow(hollow, size);
  const sample = join(folder, 'large.pcapng');
  const times = Math.ceil(size / statSync(sample).size);
  const piped = `for i in $(seq ${times}); do cat '${sample}'; done | '${process.execPath}' '${program}'`;
  for (const [name, ...command] of [
    ['a sparse file, batches', process.execPath, program, 'batches', hollow],
    ['a sparse file, frames', process.execPath, program, 'frames', hollow],
    ['a sparse file, synchronous', process.execPath, program, 'sync', hollow],
    ['a pipe of the sample repeated, frames', 'sh', '-c', `${piped} frames /dev/stdin`],
  ] as const) {
    const [file, ...args] = command;
    const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${name}: ${stderr}`);
    const { bytes, peak } = JSON.parse(stdout) as { bytes: number; peak: number };
    const what = `peak memory for ${(bytes / 1e9).toFixed(1)} GB: ${name}`;
    tell({ name: what, value: peak / 1e6, unit: 'MB', wanted: '150 MB at most' });
  }
}
