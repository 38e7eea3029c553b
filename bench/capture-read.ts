// Ways of reading a capture. Each runs in a process of its own, as a user's program would, and is asked for one round at a time.
import { CaptureReader } from 'wirebook/capture';
import { dissectView, Ipv4, LinkType, Tcp } from 'wirebook/wire';
import type { Outcome } from './capture-peers.js';

/** A port, or 0 for what is no whole TCP header in IPv4 in Ethernet: what the C loop does, over a view. */
function sourcePort(view: DataView, at: number, end: number): number {
  if (end - at < 34 || view.getUint16(at + 12) !== 0x0800) return 0;
  const ip = at + 14;
  const first = view.getUint8(ip);
  if (first >>> 4 !== 4 || view.getUint8(ip + 9) !== 6) return 0;
  const ihl = (first & 15) * 4;
  if (ihl < 20 || end < ip + ihl + 20 || (view.getUint16(ip + 6) & 0x1fff) !== 0) return 0;
  return view.getUint16(ip + ihl);
}

/** The same with the layers of `wirebook/wire`, each asked whether it is sound. */
function layeredPort(view: DataView, at: number, end: number): number {
  if (end - at < 34 || view.getUint16(at + 12) !== 0x0800) return 0;
  const ip = new Ipv4(view, at + 14, end);
  if (ip.fault() !== undefined || ip.protocol !== 6 || ip.fragmentOffset !== 0) return 0;
  const segment = new Tcp(view, ip.payloadAt, ip.payloadEnd);
  return segment.fault() === undefined ? segment.srcPort : 0;
}

/** The same with a packet object and all its layers. */
function dissectedPort(view: DataView, at: number, end: number): number {
  return dissectView(view, at + 14, end, LinkType.IPV4).get(Tcp)?.srcPort ?? 0;
}

/** The sum of all numbers in the headers, and of the length of the addresses' text. */
function everyField(view: DataView, at: number, end: number): number {
  const ip = new Ipv4(view, at + 14, end);
  if (ip.fault() !== undefined) return 0;
  const segment = new Tcp(view, ip.payloadAt, ip.payloadEnd);
  if (segment.fault() !== undefined) return 0;
  const { version, ihl, dscp, ecn, totalLength, id, flags, fragmentOffset, ttl, protocol } = ip;
  const { srcPort, dstPort, seq, ack, dataOffset, flags: bits, window, checksum, urgentPointer } = segment;
  const numbers = version + ihl + dscp + ecn + totalLength + id + flags + fragmentOffset + ttl + protocol;
  const more = srcPort + dstPort + seq + ack + dataOffset + bits + window + checksum + urgentPointer;
  return numbers + ip.headerChecksum + ip.src.length + ip.dst.length + more;
}

type PortReader = (view: DataView, at: number, end: number) => number;

function readSync(path: string, port: PortReader, reuse: boolean): Outcome {
  const begin = performance.now();
  let count = 0;
  let sum = 0;
  for (const batch of CaptureReader.openSync(path).batches({ reuse })) {
    const { view } = batch;
    while (batch.next()) {
      count++;
      sum += port(view, batch.at, batch.end);
    }
  }
  return { count, sum, seconds: (performance.now() - begin) / 1000 };
}

async function readAsync(path: string, port: PortReader): Promise<Outcome> {
  const begin = performance.now();
  let count = 0;
  let sum = 0;
  for await (const batch of (await CaptureReader.open(path)).batches()) {
    const { view } = batch;
    while (batch.next()) {
      count++;
      sum += port(view, batch.at, batch.end);
    }
  }
  return { count, sum, seconds: (performance.now() - begin) / 1000 };
}

async function readFrames(path: string, port: PortReader): Promise<Outcome> {
  const begin = performance.now();
  let count = 0;
  let sum = 0;
  for await (const frame of await CaptureReader.open(path)) {
    count++;
    sum += port(frame.view, frame.at, frame.end);
  }
  return { count, sum, seconds: (performance.now() - begin) / 1000 };
}

const ways = {
  'read and sum a port, memory reused': (path: string) => readSync(path, sourcePort, true),
  'read and sum a port': (path: string) => readSync(path, sourcePort, false),
  'read and sum a port, asynchronous': (path: string) => readAsync(path, sourcePort),
  'read and sum a port, a frame each': (path: string) => readFrames(path, sourcePort),
  'read and dissect to TCP, memory reused': (path: string) => readSync(path, layeredPort, true),
  'read and dissect to TCP': (path: string) => readSync(path, layeredPort, false),
  'read and dissect into a packet of layers': (path: string) => readSync(path, dissectedPort, true),
  'read every field of IPv4 and TCP': (path: string) => readSync(path, everyField, true),
} as const;

/** A way to read and sum. */
export type Way = keyof typeof ways;

process.on('message', async ({ way, path }: { way: Way; path: string }) => {
  process.send!(await ways[way](path));
});
