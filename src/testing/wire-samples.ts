/**
 * Packets of every layer, random where that leaves them valid, for tests that compare with other programs.
 *
 * @module
 */
import { type Buildable, ethernet, fuzz, ipv4, LinkType, type Packet, tcp, udp } from '../wire/index.js';

/** A packet and the link type of its capture. */
export interface Sample {
  readonly packet: Packet;
  readonly linkType: number;
}

/** Layers to make random packets of, outermost first. */
const stacks: readonly (readonly [linkType: number, ...layers: Buildable[]])[] = [
  [LinkType.ETHERNET, ethernet(), ipv4(), udp({ srcPort: 40_001, dstPort: 40_002 }), 'payload'],
  [LinkType.ETHERNET, ethernet(), ipv4(), tcp({ srcPort: 40_001, dstPort: 40_002 }), 'payload'],
  [
    LinkType.ETHERNET,
    ethernet(),
    ipv4(),
    tcp({
      srcPort: 40_001,
      dstPort: 40_002,
      options: [{ mss: 1460 }, 'sackPermitted', { timestamps: [1, 2] }, 'nop', { windowScale: 7 }],
    }),
  ],
];

/** A few packets of each stack; the same in every run. */
export function samplePackets(): Sample[] {
  return stacks.flatMap(([linkType, ...layers]) =>
    [...fuzz(layers, { seed: 1, count: 10 })].map((packet) => ({ packet, linkType })),
  );
}
