// Packets sent a second beside Scapy, and how far from its time each scheduled packet leaves: `npm run bench -- raw`. Needs raw sockets.
import { spawnSync } from 'node:child_process';
import { defaultPorts, planCrafted, readMessages } from 'wirebook/messages';
import { refusal, type Scheduled, Sender, sendOnTime } from 'wirebook/raw';
import { build, ipv4, tcp } from 'wirebook/wire';
import { measure, median, quantile, type RunOptions, type Tell } from './harness.js';

/** RST segments are answered by nobody. */
const segment = { srcPort: 47_021, dstPort: 47_022, flags: 'RST' };

export async function run(options: RunOptions): Promise<void> {
  const obstacle = refusal();
  if (obstacle) throw obstacle;
  await measure(options, async ({ quick, tell }) => {
    await sending(quick ? 2 : 5, tell);
    await scheduling(quick ? 200 : 1000, tell);
  });
}

async function sending(rounds: number, tell: Tell): Promise<void> {
  const ours: number[] = [];
  const scapys: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await sendRate(50_000));
    const rate = scapyRate(1000);
    if (rate !== undefined) scapys.push(rate);
  }
  const value = median(ours);
  if (scapys.length === 0) tell({ name: 'send, 140-byte packets (Scapy is not here)', value, unit: 'packets/s' });
  else
    tell({
      name: 'send, 140-byte packets',
      value,
      unit: 'packets/s',
      peer: 'Scapy, one open socket',
      ratio: value / median(scapys),
    });
}

async function sendRate(count: number): Promise<number> {
  const packet = build(ipv4(), tcp(segment), new Uint8Array(100));
  const sender = Sender.open();
  try {
    const began = performance.now();
    await sender.sendAll(Array.from({ length: count }, () => packet));
    return (count / (performance.now() - began)) * 1000;
  } finally {
    sender.close();
  }
}

/** Scapy at its best: the packet is built once, one socket is used for all. */
function scapyRate(count: number): number | undefined {
  const script = `
import time
from scapy.all import IP, TCP, Raw, conf, raw
packet = IP(dst='127.0.0.1') / TCP(sport=${segment.srcPort}, dport=${segment.dstPort}, flags='R') / Raw(b'\\0' * 100)
packet = IP(raw(packet))
socket = conf.L3socket(iface='lo')
began = time.perf_counter()
for _ in range(${count}): socket.send(packet)
print(${count} / (time.perf_counter() - began))`;
  const { status, stdout } = spawnSync('/usr/bin/python3', ['-c', script], { encoding: 'utf8' });
  return status === 0 ? Number(stdout) : undefined;
}

async function scheduling(count: number, tell: Tell): Promise<void> {
  const packet = build(ipv4(), tcp(segment));
  const close = Array.from({ length: count }, (_, i): Scheduled => ({ packet, at: BigInt(i) * 2_300_000n }));
  tellErrors(`${count} packets 2.3 ms apart`, await errors(close), tell);
  const table = await readMessages('data/group209186378_http_input.csv');
  const lesson = planCrafted(table.messages, { ports: { ...defaultPorts, applications: {} } });
  const all: number[] = [];
  for (let i = 0; i < 5; i++) all.push(...(await errors(lesson.map(({ at }) => ({ packet, at })))));
  tellErrors('the lesson’s times, 100 ms apart, five runs', all, tell);
}

/** By how much each packet left later than its time, in microseconds. */
async function errors(plan: readonly Scheduled[]): Promise<number[]> {
  const { startedAt, sent } = await sendOnTime(plan);
  return sent.map(({ at, sentAt }) => Number(sentAt - startedAt - at) / 1000);
}

function tellErrors(name: string, late: readonly number[], tell: Tell): void {
  tell({ name: `late, median: ${name}`, value: median(late), unit: 'µs' });
  tell({ name: `late, 95th percentile: ${name}`, value: quantile(late, 0.95), unit: 'µs' });
}
