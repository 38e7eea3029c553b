/**
 * Multiprotocol Label Switching: one entry of the label stack, RFC 3032.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------+-----+-+---------------+
 * |                 label                 | tc  |S|      ttl      |
 * +---------------------------------------+-----+-+---------------+
 *
 * @module
 */

import { bits, type Fields, header, type Inits, u8 } from '../core/header.js';
import type { Bindings, Carries, Numbers, Part, Row } from '../core/layer.js';
import { EtherType } from './ethernet.js';

const labelNames: { readonly [value: number]: string } = {
  0: 'IPv4 explicit null',
  1: 'router alert',
  2: 'IPv6 explicit null',
  3: 'implicit null',
};

const shape = {
  /** Says where the packet goes; 0 to 15 are reserved. */
  label: bits(20).with({ filter: 'mpls.label', names: labelNames }),
  /** Traffic class, RFC 5462. */
  trafficClass: bits(3).with({ filter: 'mpls.exp' }),
  /** 1 in the last entry of the stack. */
  bottom: bits(1).with({ label: 'Bottom of stack', filter: 'mpls.bottom' }),
  /** Time to live: hops left. */
  ttl: u8.with({ label: 'Time to live', filter: 'mpls.ttl', unit: 'hops' }),
};

/** What to build a label stack entry from. Left out: `label` 3, `ttl` 64, `bottom` 1 where no other entry follows. */
export type MplsInit = Inits<typeof shape>;

/** An entry of a label stack. */
export class Mpls extends header('MPLS', 'mpls', shape) {
  static readonly carries: Carries = { ipVersion: true, etherType: [EtherType.MPLS] };

  /** Another entry, or behind the last the IP version that the first four bits give, for nothing else tells. */
  override next(bindings: Bindings): Row | undefined {
    if (this.bottom === 0) return bindings.of(Mpls);
    if (this.payloadAt >= this.end) return undefined;
    return bindings.ipVersion.get(this.view.getUint8(this.payloadAt) >> 4);
  }

  override write(init: MplsInit, next?: Numbers): void {
    const bottom = next?.etherType === EtherType.MPLS ? 0 : 1;
    this.assign({ label: 3, bottom, ttl: 64, ...init });
  }

  override summary(): string {
    return `MPLS Label ${this.label}${this.bottom === 1 ? ', bottom of stack' : ''}`;
  }
}

/** Fields of a label stack entry, as read. */
export type MplsFields = Fields<typeof shape>;

/** A label stack entry for `build`. */
export function mpls(init: MplsInit = {}): Part<MplsInit> {
  return { type: Mpls, init };
}
