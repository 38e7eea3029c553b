/**
 * Cisco's framing on serial lines, HDLC with an EtherType, as RFC 1547 section 4.3.1 describes it.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |    address    |    control    |           protocol            |
 * +---------------+---------------+-------------------------------+
 *
 * @module
 */
import { type Fields, header, type Inits, u8, u16 } from '../core/header.js';
import type { Bindings, Carries, Numbers, Part, Row } from '../core/layer.js';
import { etherTypeNames } from './ethernet.js';

const shape = {
  /** 0x0f for one receiver, 0x8f for all. */
  address: u8.with({ filter: 'chdlc.address', base: 'hex', names: { 15: 'Unicast', 143: 'Multicast' } }),
  /** 0. */
  control: u8.with({ filter: 'chdlc.control', base: 'hex' }),
  /** EtherType of what follows; 0x8035 for the line's own protocol SLARP. */
  protocol: u16.with({ filter: 'chdlc.protocol', base: 'hex', names: etherTypeNames }),
};

/** What to build a Cisco HDLC header from. Left out: `address` 0x0f, `control` 0, `protocol` from the layer inside. */
export type CiscoHdlcInit = Inits<typeof shape>;

/** A Cisco HDLC header. */
export class CiscoHdlc extends header('Cisco HDLC', 'chdlc', shape) {
  static readonly carries: Carries = { etherType: true };

  override next(bindings: Bindings): Row | undefined {
    // ARP backwards has the number that is SLARP here.
    return this.protocol === 0x8035 ? undefined : bindings.etherType.get(this.protocol);
  }

  override write(init: CiscoHdlcInit, next?: Numbers): void {
    this.assign({ address: 0x0f, protocol: next?.etherType ?? 0, ...init });
  }

  override summary(): string {
    return etherTypeNames[this.protocol] ?? 'Cisco HDLC';
  }
}

/** Fields of a Cisco HDLC header, as read. */
export type CiscoHdlcFields = Fields<typeof shape>;

/** A Cisco HDLC header for `build`. */
export function ciscoHdlc(init: CiscoHdlcInit = {}): Part<CiscoHdlcInit> {
  return { type: CiscoHdlc, init };
}
