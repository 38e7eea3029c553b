/**
 * Virtual eXtensible Local Area Network: Ethernet frames of numbered segments in UDP, RFC 7348, with the group of
 * draft-smith-vxlan-group-policy.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-------+-+-----+-----+-+-----+-------------------------------+
 * |G|       |I|     |     |D|   A |         group policy          |
 * +-+-------+-+-----+-----+-+-----+---------------+---------------+
 * |           network identifier (VNI)            |   reserved    |
 * +-----------------------------------------------+---------------+
 *
 * @module
 */
import type { FlagBit } from '../core/field.js';
import { type Fields, header, type Inits, u8, u16, u24 } from '../core/header.js';
import type { Bindings, Carries, Numbers, Part, Row } from '../core/layer.js';
import { Ethernet, EtherType } from '../link/ethernet.js';

const flagBits: readonly FlagBit[] = [
  { name: 'GROUP', mask: 0x8000, label: 'Group policy there', filter: 'vxlan.flag_g' },
  { name: 'VNI', mask: 0x0800, label: 'Network identifier valid', filter: 'vxlan.flag_i' },
  { name: 'NO_LEARN', mask: 0x0040, label: 'Address not to be learnt', filter: 'vxlan.flag_d' },
  { name: 'APPLIED', mask: 0x0008, label: 'Policy applied', filter: 'vxlan.flag_a' },
];

const shape = {
  /** Which of the fields count. */
  flags: u16.with({ label: 'Flags', filter: 'vxlan.flags', base: 'hex' }).flags(flagBits),
  /** Group of the sender, where the flag says that it is there. */
  groupPolicy: u16.with({ label: 'Group policy identifier', filter: 'vxlan.gbp' }),
  /** Number of the segment that the frame belongs to. */
  vni: u24.with({ label: 'Network identifier (VNI)', filter: 'vxlan.vni' }),
  reserved: u8.with({ filter: 'vxlan.reserved8' }),
};

/** What to build a VXLAN header from. Left out: the flag `VNI`, and 0 everywhere else. */
export type VxlanInit = Inits<typeof shape>;

/** A VXLAN header and the frame behind it. */
export class Vxlan extends header('VXLAN', 'vxlan', shape) {
  static readonly carries: Carries = { etherType: [EtherType.TRANSPARENT_ETHERNET] };

  override next(bindings: Bindings): Row | undefined {
    return bindings.of(Ethernet);
  }

  override write(init: VxlanInit, _next?: Numbers): void {
    this.assign({ flags: 0x0800, ...init });
  }

  override summary(): string {
    return `VXLAN network ${this.vni}`;
  }
}

/** Fields of a VXLAN header, as read. */
export type VxlanFields = Fields<typeof shape>;

/** A VXLAN header for `build`. */
export function vxlan(init: VxlanInit = {}): Part<VxlanInit> {
  return { type: Vxlan, init };
}
