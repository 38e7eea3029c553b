// Building, dissecting and reading every field beside Scapy and tshark, checksums, accessors: `npm run bench -- wire`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeCapture } from 'wirebook/capture';
import {
  build,
  buildInto,
  checksum,
  dissectView,
  ethernet,
  fieldQuery,
  ipv4,
  knownFields,
  LinkType,
  type Packet,
  tcp,
  udp,
} from 'wirebook/wire';
import { accessorRates } from './wire-accessors.js';

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: string;
  /** Our value by the peer's. */
  readonly ratio?: number;
  readonly wanted?: string;
}

type Tell = (figure: Figure) => void;

/** A round of work: things done, and the seconds they took. */
interface Round {
  readonly count: number;
  readonly seconds: number;
}

const payload = new Uint8Array(100).fill(0x61);

export async function run({ json, quick = false }: { json: boolean; quick?: boolean }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-bench-'));
  const tell: Tell = (figure) => console.log(json ? JSON.stringify(figure) : format(figure));
  const note = (text: string) => (json ? console.error(text) : console.log(text));
  const rounds = quick ? 3 : 7;
  try {
    note(`medians of ${rounds} interleaved rounds`);
    crafting(rounds, quick, tell, note);
    fields(folder, rounds, quick, tell, note);
    sums(rounds, quick, tell);
    accessors(rounds, quick, tell);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs each contestant once a round, one after the other, since the machine is not ours alone; gives the median rates. */
function compete(
  rounds: number,
  contestants: { readonly [name: string]: () => Round | undefined },
): ReadonlyMap<string, number> {
  const rates = new Map<string, number[]>();
  for (let i = 0; i < rounds; i++) {
    for (const [name, contestant] of Object.entries(contestants)) {
      const round = contestant();
      if (round) rates.set(name, [...(rates.get(name) ?? []), round.count / round.seconds]);
    }
  }
  return new Map([...rates].map(([name, list]) => [name, list.sort((a, b) => a - b)[list.length >> 1]!]));
}

function timed(count: number, action: () => void): Round {
  const begin = performance.now();
  action();
  return { count, seconds: (performance.now() - begin) / 1000 };
}

/** Keeps work from being optimised away. */
export let sink = 0;

const scapyBuild = `
import time
from scapy.all import IP, TCP, Raw
payload = b'a' * 100
start = time.perf_counter()
for i in range(COUNT): bytes(IP(src='10.0.0.1', dst='10.0.0.2') / TCP(sport=i & 0xffff, dport=80, flags='PA') / Raw(payload))
print(time.perf_counter() - start)
`;

const scapyRead = `
import time
from scapy.all import Ether, IP, TCP
data = bytes.fromhex('DATA')
start = time.perf_counter(); total = 0
for i in range(COUNT): total += Ether(data)[TCP].sport
print(time.perf_counter() - start)
`;

function scapy(program: string, count: number): Round | undefined {
  const { status, stdout } = spawnSync('/usr/bin/python3', ['-c', program.replace('COUNT', String(count))], {
    encoding: 'utf8',
  });
  return status === 0 ? { count, seconds: Number(stdout) } : undefined;
}

function crafting(rounds: number, quick: boolean, tell: Tell, note: (text: string) => void): void {
  const count = quick ? 100_000 : 500_000;
  const few = quick ? 500 : 2_000;
  const scratch = new DataView(new ArrayBuffer(256));
  const source = build(ethernet(), ipv4({ dst: '10.0.0.2' }), tcp({ dstPort: 80, flags: 'PSH,ACK' }), payload);
  const { view, at, end } = source.copy();
  const hex = Buffer.from(source.bytes).toString('hex');
  const layersOf = (i: number) =>
    [
      ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }),
      tcp({ srcPort: i & 0xffff, dstPort: 80, flags: 'PSH,ACK' }),
      payload,
    ] as const;
  const results = compete(rounds, {
    build: () =>
      timed(count, () => {
        for (let i = 0; i < count; i++) sink += build(...layersOf(i)).length;
      }),
    buildInto: () =>
      timed(count, () => {
        for (let i = 0; i < count; i++) sink += buildInto(scratch, 0, ...layersOf(i)).length;
      }),
    dissect: () =>
      timed(count, () => {
        for (let i = 0; i < count; i++) {
          const packet: Packet = dissectView(view, at, end, LinkType.ETHERNET);
          sink += (packet.layers[2] as { srcPort?: number }).srcPort ?? 0;
        }
      }),
    'Scapy, building': () => scapy(scapyBuild, few),
    'Scapy, dissecting': () => scapy(scapyRead.replace('DATA', hex), few),
  });
  const pairs = [
    ['build', 'build IPv4, TCP and 100 bytes with checksums', 'Scapy, building', '1,000,000 packets/s, 500 × Scapy'],
    ['buildInto', 'the same into memory that is used again', 'Scapy, building', ''],
    ['dissect', 'dissect Ethernet, IPv4 and TCP, read a port', 'Scapy, dissecting', '500 × Scapy'],
  ] as const;
  for (const [key, name, peer, wanted] of pairs) tellBeside(tell, note, results, { key, name, peer, wanted });
}

function tellBeside(
  tell: Tell,
  note: (text: string) => void,
  results: ReadonlyMap<string, number>,
  { key, name, peer, wanted }: { key: string; name: string; peer: string; wanted: string },
): void {
  const value = results.get(key)!;
  const theirs = results.get(peer);
  if (theirs === undefined) note(`absent: ${peer}`);
  tell({
    name,
    value,
    unit: 'packets/s',
    ...(theirs === undefined ? {} : { peer, ratio: value / theirs }),
    ...(wanted === '' ? {} : { wanted }),
  });
}

/** Every field that is known by Wireshark's name, of every layer, as text: in both programs the same names. */
function fields(folder: string, rounds: number, quick: boolean, tell: Tell, note: (text: string) => void): void {
  const count = quick ? 5_000 : 20_000;
  const names = knownFields()
    // The project's own protocol is not Wireshark's.
    .filter(({ name, type }) => type !== 'protocol' && !name.startsWith('chat.'))
    .map(({ name }) => name);
  const packets = Array.from({ length: count }, (_, i) => samplePacket(i));
  const record = (packet: Packet, i: number) => ({ timestamp: BigInt(i) * 1_000_000n, bytes: packet.bytes });
  const many = join(folder, 'many.pcapng');
  const one = join(folder, 'one.pcapng');
  writeFileSync(many, encodeCapture(packets.map(record)));
  writeFileSync(one, encodeCapture(packets.slice(0, 1).map(record)));
  const tshark = (file: string): number | undefined => {
    const begin = performance.now();
    const options = ['ip.defragment:FALSE', 'tcp.desegment_tcp_streams:FALSE'].flatMap((option) => ['-o', option]);
    const chosen = names.flatMap((name) => ['-e', name]);
    const { status } = spawnSync('tshark', ['-n', '-r', file, ...options, '-T', 'fields', ...chosen], {
      stdio: 'ignore',
    });
    return status === 0 ? (performance.now() - begin) / 1000 : undefined;
  };
  const query = fieldQuery(names);
  const results = compete(Math.min(rounds, 5), {
    fields: () =>
      timed(count, () => {
        for (const { view, at, end } of packets) {
          for (const texts of query.read(dissectView(view, at, end, LinkType.ETHERNET))) sink += texts.length;
        }
      }),
    nodes: () =>
      timed(count, () => {
        for (const { view, at, end } of packets) {
          sink += dissectView(view, at, end, LinkType.ETHERNET).nodes().length;
        }
      }),
    'tshark, start-up taken off': () => {
      const seconds = tshark(many);
      const start = tshark(one);
      return seconds === undefined || start === undefined ? undefined : { count, seconds: seconds - start };
    },
  });
  const peer = 'tshark, start-up taken off';
  tellBeside(tell, note, results, {
    key: 'fields',
    name: `read all ${names.length} fields as text, of TCP and UDP packets in turn`,
    peer,
    wanted: '10 × tshark',
  });
  tellBeside(tell, note, results, { key: 'nodes', name: 'the tree of all fields of all layers', peer, wanted: '' });
}

function samplePacket(i: number): Packet {
  const outer = [ethernet(), ipv4({ src: '10.0.0.1', dst: '10.0.0.2', id: i & 0xffff })] as const;
  if (i % 2 === 1) return build(...outer, udp({ srcPort: 40_000, dstPort: 40_001 }), payload);
  const options = ['nop', 'nop', { timestamps: [i, i] }] as const;
  return build(...outer, tcp({ srcPort: 40_000, dstPort: 40_001, seq: i, flags: 'PSH,ACK', options }), payload);
}

function sums(rounds: number, quick: boolean, tell: Tell): void {
  const count = quick ? 200_000 : 1_000_000;
  for (const size of [1460, 65_495]) {
    const data = new DataView(new ArrayBuffer(size));
    const times = Math.ceil((count * 1460) / size);
    const results = compete(rounds, {
      checksum: () =>
        timed(times * size, () => {
          for (let i = 0; i < times; i++) sink += checksum.compute(data, 0, size);
        }),
    });
    const name = `checksum of ${size.toLocaleString('en')} bytes`;
    tell({ name, value: results.get('checksum')! / 1e9, unit: 'GB/s', wanted: '2 GB/s' });
  }
}

function accessors(rounds: number, quick: boolean, tell: Tell): void {
  const { contestants, classes, reads } = accessorRates(quick ? 50_000 : 200_000);
  const results = compete(
    rounds,
    Object.fromEntries(
      Object.entries(contestants).map(([name, action]) => [
        name,
        () =>
          timed(reads, () => {
            sink += action();
          }),
      ]),
    ),
  );
  const value = results.get('generated')!;
  tell({
    name: `read every number of ${classes} layers, generated accessors`,
    value: value / 1e6,
    unit: 'M fields/s',
    peer: 'accessors that share their code',
    ratio: value / results.get('closures')!,
  });
}

function format({ name, value, unit, peer, ratio, wanted }: Figure): string {
  const amount = value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
  const beside = ratio === undefined ? '' : ` · ${ratio.toPrecision(3)} × ${peer}`;
  return `${name}: ${amount} ${unit}${beside}${wanted === undefined ? '' : ` (wanted ${wanted})`}`;
}
