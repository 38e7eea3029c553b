/** The outline of usual frames, read at once, and of all frames, read by the walk: the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build, ethernet, ipv4, ipv6, LinkType, type Packet, tcp, udp, vlan } from '../wire/index.js';
import { Outline } from './outline.js';

const data = new Uint8Array([0x47, 0x45, 0x54, 0x20, 0x2f, 0x20]);
const segment = tcp({ srcPort: 40000, dstPort: 80, options: [{ mss: 1460 }] });
const datagram = udp({ srcPort: 40000, dstPort: 5000 });

const frames: readonly (readonly [name: string, packet: Packet, linkType: number])[] = [
  ['Ethernet, IPv4, TCP', build(ethernet(), ipv4(), segment, data), LinkType.ETHERNET],
  ['Ethernet, IPv4, TCP without data', build(ethernet(), ipv4(), tcp()), LinkType.ETHERNET],
  ['Ethernet, IPv4, UDP', build(ethernet(), ipv4(), datagram, data), LinkType.ETHERNET],
  ['Ethernet, IPv6, TCP', build(ethernet(), ipv6(), segment, data), LinkType.ETHERNET],
  ['Ethernet, IPv6, UDP', build(ethernet(), ipv6(), datagram, data), LinkType.ETHERNET],
  ['Ethernet, VLAN, IPv4, TCP', build(ethernet(), vlan(), ipv4(), segment, data), LinkType.ETHERNET],
  ['IPv4, TCP', build(ipv4(), segment, data), LinkType.RAW],
  ['IPv6, UDP', build(ipv6(), datagram, data), LinkType.RAW],
];

const quick = new Outline();
const walking = new Outline();
walking.isQuick = false;

function compare(bytes: Uint8Array, linkType: number, originalLength: number, told: () => string): void {
  const source = { view: new DataView(bytes.buffer), at: 0, end: bytes.length, linkType, originalLength };
  quick.read(source);
  walking.read(source);
  const difference = differenceOf(quick, walking);
  if (difference !== undefined) assert.fail(`${told()}: ${difference}`);
}

/** Every field that both have, lists as far as they are filled. */
function differenceOf(one: Outline, other: Outline): string | undefined {
  for (const name of Object.keys(one) as (keyof Outline)[]) {
    const [a, b] = [one[name], other[name]];
    if (name === 'isQuick' || a === b) continue;
    if (typeof a !== 'object') return `${name} is ${String(a)}, ${String(b)} to the walk`;
    const filled = /^ethernet/.test(name) ? one.ethernetCount : /^ip/.test(name) ? one.ipCount : 0;
    for (let i = 0; i < filled; i++) {
      if ((a as Int32Array)[i] !== (b as Int32Array)[i]) return `${name}[${i}] differs`;
    }
  }
  for (let i = 0; i < one.transportCount; i++) {
    one.select(i);
    other.select(i);
    if (one.transportAt !== other.transportAt || one.payloadAt !== other.payloadAt || one.ipAt !== other.ipAt) {
      return `transport header ${i} differs`;
    }
  }
  return undefined;
}

for (const [name, { bytes }, linkType] of frames) {
  test(`${name}: with any byte of the headers changed to any other, cut and padded, the outline is that of the walk`, () => {
    const headers = Math.min(bytes.length, 84);
    for (let at = 0; at < headers; at++) {
      const changed = bytes.slice();
      for (let value = 0; value < 256; value++) {
        changed[at] = value;
        compare(changed, linkType, changed.length, () => `byte ${at} is ${value}`);
      }
    }
    for (let length = 0; length <= bytes.length; length++) {
      compare(bytes.slice(0, length), linkType, length, () => `${length} bytes`);
      compare(bytes.slice(0, length), linkType, bytes.length, () => `${length} bytes captured`);
    }
    for (let more = 1; more < 8; more++) {
      const padded = new Uint8Array(bytes.length + more);
      padded.set(bytes);
      compare(padded, linkType, padded.length, () => `${more} bytes more`);
    }
  });
}
