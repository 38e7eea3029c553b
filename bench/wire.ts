// Building, dissecting and reading every field beside Scapy and tshark, checksums, accessors: `npm run bench -- wire`.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
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
import { compete, measure, type Round, type RunOptions, type Setting, timed } from './harness.js';
import { accessorRates } from './wire-accessors.js';

const payload = new Uint8Array(100).fill(0x61);

export async function run(options: RunOptions): Promise<void> {
  await measure(options, async (setting) => {
    const rounds = setting.quick ? 3 : 7;
    setting.note(`medians of ${rounds} interleaved rounds`);
    await crafting(rounds, setting);
    await fields(rounds, setting);
    await sums(rounds, setting);
    await accessors(rounds, setting);
  });
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

async function crafting(rounds: number, setting: Setting): Promise<void> {
  const count = setting.quick ? 100_000 : 500_000;
  const few = setting.quick ? 500 : 2_000;
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
  const results = await compete(rounds, {
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
  for (const [key, name, peer, wanted] of pairs) tellBeside(setting, results, { key, name, peer, wanted });
}

function tellBeside(
  { tell, note }: Setting,
  results: ReadonlyMap<string, Round & { readonly rate: number }>,
  { key, name, peer, wanted }: { key: string; name: string; peer: string; wanted: string },
): void {
  const value = results.get(key)!.rate;
  const theirs = results.get(peer)?.rate;
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
async function fields(rounds: number, setting: Setting): Promise<void> {
  const { folder, quick } = setting;
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
  const results = await compete(Math.min(rounds, 5), {
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
  tellBeside(setting, results, {
    key: 'fields',
    name: `read all ${names.length} fields as text, of TCP and UDP packets in turn`,
    peer,
    wanted: '10 × tshark',
  });
  tellBeside(setting, results, { key: 'nodes', name: 'the tree of all fields of all layers', peer, wanted: '' });
}

function samplePacket(i: number): Packet {
  const outer = [ethernet(), ipv4({ src: '10.0.0.1', dst: '10.0.0.2', id: i & 0xffff })] as const;
  if (i % 2 === 1) return build(...outer, udp({ srcPort: 40_000, dstPort: 40_001 }), payload);
  const options = ['nop', 'nop', { timestamps: [i, i] }] as const;
  return build(...outer, tcp({ srcPort: 40_000, dstPort: 40_001, seq: i, flags: 'PSH,ACK', options }), payload);
}

async function sums(rounds: number, { quick, tell }: Setting): Promise<void> {
  const count = quick ? 200_000 : 1_000_000;
  for (const size of [1460, 65_495]) {
    const data = new DataView(new ArrayBuffer(size));
    const times = Math.ceil((count * 1460) / size);
    const results = await compete(rounds, {
      checksum: () =>
        timed(times * size, () => {
          for (let i = 0; i < times; i++) sink += checksum.compute(data, 0, size);
        }),
    });
    const name = `checksum of ${size.toLocaleString('en')} bytes`;
    tell({ name, value: results.get('checksum')!.rate / 1e9, unit: 'GB/s', wanted: '2 GB/s' });
  }
}

async function accessors(rounds: number, { quick, tell }: Setting): Promise<void> {
  const { contestants, classes, reads } = accessorRates(quick ? 50_000 : 200_000);
  const results = await compete(
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
  const value = results.get('generated')!.rate;
  tell({
    name: `read every number of ${classes} layers, generated accessors`,
    value: value / 1e6,
    unit: 'M fields/s',
    peer: 'accessors that share their code',
    ratio: value / results.get('closures')!.rate,
  });
}
