// What others need for the same: programs run as processes of their own, which time themselves.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a peer's program printed: packets, the sum that shows it did the work, and seconds. */
export interface Outcome {
  readonly count: number;
  readonly sum: number;
  readonly seconds: number;
}

const loop = String.raw`
#include <pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  char error[PCAP_ERRBUF_SIZE];
  double start = now();
  pcap_t *p = pcap_open_offline(argv[1], error);
  if (!p) { fprintf(stderr, "%s\n", error); return 1; }
  struct pcap_pkthdr *h;
  const u_char *d;
  uint64_t count = 0, sum = 0;
  while (pcap_next_ex(p, &h, &d) == 1) {
    count++;
    if (h->caplen < 34 || d[12] != 0x08 || d[13] != 0x00) continue;
    const u_char *ip = d + 14;
    if (ip[0] >> 4 != 4 || ip[9] != 6) continue;
    unsigned ihl = (ip[0] & 15) * 4;
    if (ihl < 20 || h->caplen < 14 + ihl + 20 || ((ip[6] & 0x1f) << 8 | ip[7])) continue;
    sum += ip[ihl] << 8 | ip[ihl + 1];
  }
  pcap_close(p);
  printf("%llu %llu %.6f\n", (unsigned long long)count, (unsigned long long)sum, now() - start);
}
`;

const dump = String.raw`
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int argc, char **argv) {
  struct timespec a, b;
  long count = atol(argv[2]);
  u_char packet[154];
  memset(packet, 7, sizeof packet);
  clock_gettime(CLOCK_MONOTONIC, &a);
  pcap_t *p = pcap_open_dead(DLT_EN10MB, 262144);
  pcap_dumper_t *out = pcap_dump_open(p, argv[1]);
  struct pcap_pkthdr h = { { 0, 0 }, sizeof packet, sizeof packet };
  for (long i = 0; i < count; i++) { h.ts.tv_sec = i; pcap_dump((u_char *)out, &h, packet); }
  pcap_dump_close(out);
  clock_gettime(CLOCK_MONOTONIC, &b);
  printf("%ld 0 %.6f\n", count, (b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec) / 1e9);
}
`;

const dpktRead = `
import dpkt, sys, time
start = time.perf_counter(); count = total = 0
with open(sys.argv[1], 'rb') as file:
    for stamp, data in dpkt.pcap.Reader(file):
        count += 1
        ip = dpkt.ethernet.Ethernet(data).data
        if isinstance(ip, dpkt.ip.IP) and isinstance(ip.data, dpkt.tcp.TCP): total += ip.data.sport
print(count, total, time.perf_counter() - start)
`;

const scapyRead = `
import sys, time
from scapy.all import PcapReader, TCP
start = time.perf_counter(); count = total = 0
for packet in PcapReader(sys.argv[1]):
    count += 1
    if TCP in packet: total += packet[TCP].sport
print(count, total, time.perf_counter() - start)
`;

const dpktWrite = `
import dpkt, sys, time
start = time.perf_counter(); count = int(sys.argv[2]); data = bytes([7]) * 154
with open(sys.argv[1], 'wb') as file:
    writer = dpkt.pcapng.Writer(file)
    for i in range(count): writer.writepkt(data, ts=i)
print(count, 0, time.perf_counter() - start)
`;

const scapyWrite = `
import sys, time
from scapy.all import PcapNgWriter, Ether
start = time.perf_counter(); count = int(sys.argv[2]); packet = Ether(bytes([7]) * 154)
with PcapNgWriter(sys.argv[1]) as writer:
    for i in range(count): packet.time = i; writer.write(packet)
print(count, 0, time.perf_counter() - start)
`;

const programs = { dpktRead, scapyRead, dpktWrite, scapyWrite };

/** Runs a program that prints an outcome. Nothing if it is not installed or fails. */
function outcome(command: string, ...args: string[]): Outcome | undefined {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  if (status !== 0) return undefined;
  const [count = 0, sum = 0, seconds = 0] = stdout.trim().split(' ').map(Number);
  return { count, sum, seconds };
}

/** Compiles a C program over libpcap into `folder`. */
function compile(folder: string, name: string, source: string): string | undefined {
  const path = join(folder, name);
  writeFileSync(`${path}.c`, source);
  const { status } = spawnSync('cc', ['-O2', '-o', path, `${path}.c`, '-lpcap'], { stdio: 'ignore' });
  return status === 0 ? path : undefined;
}

/** Peers that read or write a file and time themselves. */
export class Peers {
  readonly #folder: string;
  readonly #loop: string | undefined;
  readonly #dump: string | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.#loop = compile(folder, 'loop', loop);
    this.#dump = compile(folder, 'dump', dump);
  }

  libpcapRead(path: string): Outcome | undefined {
    return this.#loop ? outcome(this.#loop, path) : undefined;
  }

  libpcapWrite(path: string, count: number): Outcome | undefined {
    return this.#dump ? outcome(this.#dump, path, String(count)) : undefined;
  }

  /** Debian's python, which has the packages. */
  python(name: keyof typeof programs, path: string, count = 0): Outcome | undefined {
    return outcome('/usr/bin/python3', '-c', programs[name], path, String(count));
  }

  /** tcpdump and tshark print; their time is that of the process less that for a file of one packet. */
  printing(command: readonly [string, ...string[]], path: string, one: string, count: number): Outcome | undefined {
    const time = (file: string): number | undefined => {
      const [program, ...args] = command;
      const begin = performance.now();
      const { status } = spawnSync(program, [...args, '-r', file], { stdio: 'ignore', cwd: this.#folder });
      return status === 0 ? performance.now() - begin : undefined;
    };
    const start = time(one);
    const all = time(path);
    if (start === undefined || all === undefined) return undefined;
    return { count, sum: 0, seconds: (all - start) / 1000 };
  }
}
