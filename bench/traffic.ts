// TCP analysis, conversations and display filters over a 400,000-packet capture beside tshark: `npm run bench -- traffic`.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureReader, CaptureWriter } from 'wirebook/capture';
import { compileFilter, Outline, Tracker } from 'wirebook/traffic';
import { buildInto, dissectView, ethernet, ipv4, tcp } from 'wirebook/wire';
import { type Figure, measure, median, type RunOptions, random, timed } from './harness.js';

const start = 1_700_000_000_000_000_000n;

/** Connections open at a time in the sample. */
const open = 200;

export async function run(options: RunOptions): Promise<void> {
  await measure(options, async ({ folder, quick, tell, note }) => {
    const path = join(folder, 'sample.pcap');
    const count = quick ? 40_000 : 400_000;
    const rounds = quick ? 1 : 3;
    const connections = await writeSample(path, count);
    note(
      `${count} packets, ${connections} connections, ${(statSync(path).size / 1e6).toFixed(0)} MB; medians of ${rounds}`,
    );
    const filters = [
      'tcp.port == 80 && tcp.flags.syn == 1',
      'ip.addr == 10.0.0.0/24 && tcp.len > 1000',
      'tcp.dstport in {80, 443, 8000..8100} && !(tcp.flags.reset == 1)',
    ];
    const ours: number[] = [];
    const theirs: number[] = [];
    let flagged = 0;
    for (let i = 0; i < rounds; i++) {
      ours.push(secondsOf(() => (flagged = analyse(path))));
      theirs.push(secondsOf(() => tshark(path, '-Y', 'tcp.analysis.flags', '-T', 'fields', '-e', 'frame.number')));
    }
    const said = tshark(path, '-Y', 'tcp.analysis.flags', '-T', 'fields', '-e', 'frame.number').split('\n').length - 1;
    if (said >= 0 && said !== flagged) console.error(`tshark flags ${said} packets, we ${flagged}`);
    tell({
      name: 'TCP analysis with flags',
      value: count / median(ours),
      unit: 'packets/s',
      ...against(theirs, ours, '≥ 15'),
    });
    for (const text of filters) {
      const own: number[] = [];
      const peer: number[] = [];
      let found = 0;
      for (let i = 0; i < rounds; i++) {
        own.push(secondsOf(() => (found = filterRaw(path, text))));
        peer.push(secondsOf(() => tshark(path, '-Y', text, '-T', 'fields', '-e', 'frame.number')));
      }
      const expected = tshark(path, '-Y', text, '-T', 'fields', '-e', 'frame.number').split('\n').length - 1;
      if (expected >= 0 && expected !== found) console.error(`${text}: tshark finds ${expected}, we ${found}`);
      tell({ name: text, value: count / median(own), unit: 'packets/s', ...against(peer, own, '≥ 30') });
    }
    const outlines = { quick: [] as number[], walked: [] as number[] };
    for (let i = 0; i < rounds; i++) {
      outlines.quick.push(secondsOf(() => outline(path, true)));
      outlines.walked.push(secondsOf(() => outline(path, false)));
    }
    const ratio = median(outlines.walked) / median(outlines.quick);
    tell({ name: 'outlines', value: count / median(outlines.quick), unit: 'packets/s', peer: 'the walk', ratio });
    const text = 'tcp.options.mss_val == 1460 or tcp.payload contains "GET"';
    const own = secondsOf(() => filterLayers(path, text));
    const peer = secondsOf(() => tshark(path, '-Y', text, '-T', 'fields', '-e', 'frame.number'));
    tell({
      name: `${text} (through layers)`,
      value: count / own,
      unit: 'packets/s',
      peer: 'tshark',
      ratio: peer / own,
    });
    tell({ name: 'heap after analysis of all', value: heapAfter(path), unit: 'MB' });
  });
}

/** What `wirebook stats` does with TCP. */
function analyse(path: string): number {
  const tracker = new Tracker();
  let flagged = 0;
  for (const batch of CaptureReader.openSync(path).batches({ reuse: true })) {
    while (batch.next()) {
      const time = Number(batch.timestamp! - start);
      tracker.track(batch, time);
      if (tracker.tcp !== undefined && tracker.analysis.flags !== 0) flagged++;
    }
  }
  return flagged;
}

/** Outlines of all frames, usual ones read at once or all walked. */
function outline(path: string, isQuick: boolean): number {
  const headers = new Outline();
  headers.isQuick = isQuick;
  let found = 0;
  for (const batch of CaptureReader.openSync(path).batches({ reuse: true })) {
    while (batch.next()) {
      headers.read(batch);
      found += headers.transportCount;
    }
  }
  return found;
}

function filterRaw(path: string, text: string): number {
  const { raw, test } = compileFilter(text);
  const outline = new Outline();
  let found = 0;
  for (const batch of CaptureReader.openSync(path).batches({ reuse: true })) {
    const { view } = batch;
    while (batch.next()) {
      outline.read(batch);
      if (outline.isPlain ? raw!(outline) : test(dissectView(view, batch.at, batch.end, 1))) found++;
    }
  }
  return found;
}

function filterLayers(path: string, text: string): number {
  const { test } = compileFilter(text);
  let found = 0;
  for (const batch of CaptureReader.openSync(path).batches({ reuse: true })) {
    while (batch.next()) {
      if (test(dissectView(batch.view, batch.at, batch.end, 1))) found++;
    }
  }
  return found;
}

function heapAfter(path: string): number {
  globalThis.gc?.();
  analyse(path);
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}

function tshark(path: string, ...options: string[]): string {
  const { stdout, error } = spawnSync('tshark', ['-n', '-r', path, ...options], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  return error ? '' : stdout;
}

function secondsOf(work: () => unknown): number {
  return timed(1, work).seconds;
}

function against(peer: readonly number[], own: readonly number[], wanted: string): Partial<Figure> {
  return { peer: 'tshark', ratio: median(peer) / median(own), wanted };
}

/** A segment that is sent: `again` bytes of it once more. */
interface Sent {
  readonly flags: string;
  readonly length?: number;
  readonly again?: number;
}

/** Interleaved connections with bulk transfers, losses, duplicate acknowledgments and farewells. */
async function writeSample(path: string, count: number): Promise<number> {
  const writer = CaptureWriter.create(path, { interfaces: [{ resolution: { base: 10, exponent: 6 } }] });
  const next = random(1);
  const below = (limit: number) => Math.floor((next() / 0x100000000) * limit);
  const buffer = new ArrayBuffer(1514);
  const view = new DataView(buffer);
  let written = 0;
  let number = 0;
  const send = async (one: Connection, fromServer: boolean, { flags, length = 0, again = 0 }: Sent) => {
    if (written >= count) return;
    const [src, dst] = fromServer ? ['10.0.1.1', one.address] : [one.address, '10.0.1.1'];
    const [seq, ack] = fromServer ? [one.server, one.client] : [one.client, one.server];
    const options = flags.startsWith('SYN') ? { options: [{ mss: 1460 }, 'nop' as const, { windowScale: 7 }] } : {};
    const ports = fromServer ? { srcPort: 80, dstPort: one.port } : { srcPort: one.port, dstPort: 80 };
    const init = {
      ...ports,
      seq: (seq - again) >>> 0,
      ack: flags === 'SYN' ? 0 : ack,
      flags,
      window: 65_535,
      ...options,
    };
    const packet = buildInto(view, 0, ethernet(), ipv4({ src, dst }), tcp(init), payload.subarray(0, length));
    const slow = writer.write({ timestamp: start + BigInt(written) * 20_000n, bytes: packet.bytes });
    if (slow) await slow;
    written++;
    const advance = length + (flags.includes('SYN') || flags.includes('FIN') ? 1 : 0) - again;
    if (fromServer) one.server = (one.server + advance) >>> 0;
    else one.client = (one.client + advance) >>> 0;
  };
  const make = (): Connection => {
    number++;
    return {
      address: `10.0.0.${1 + (number % 250)}`,
      port: 1024 + (number % 60_000),
      client: below(2 ** 32),
      server: below(2 ** 32),
      left: 0,
    };
  };
  const connections: Connection[] = [];
  while (written < count) {
    if (connections.length < open) {
      const one = make();
      one.left = 5 + below(60);
      connections.push(one);
      await send(one, false, { flags: 'SYN' });
      await send(one, true, { flags: 'SYN,ACK' });
      await send(one, false, { flags: 'ACK' });
      await send(one, false, { flags: 'PSH,ACK', length: 200 });
      continue;
    }
    const i = below(connections.length);
    const one = connections[i]!;
    if (one.left-- > 0) {
      await send(one, true, { flags: 'ACK', length: 1460 });
      await send(one, true, { flags: 'PSH,ACK', length: 1460 });
      // One in two hundred is sent again.
      if (below(200) === 0) await send(one, true, { flags: 'ACK', length: 1460, again: 1460 });
      await send(one, false, { flags: 'ACK' });
    } else {
      await send(one, false, { flags: 'FIN,ACK' });
      await send(one, true, { flags: 'FIN,ACK' });
      await send(one, false, { flags: 'ACK' });
      connections.splice(i, 1);
    }
  }
  await writer.close();
  return number;
}

interface Connection {
  readonly address: string;
  readonly port: number;
  client: number;
  server: number;
  left: number;
}

const payload = new Uint8Array(1460).fill(0x61);
