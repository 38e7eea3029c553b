/**
 * Provider backbone bridges, IEEE 802.1ah: a customer's frame with the number of its service.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-----+-+-+-+---+-----------------------------------------------+
 * | pri |D|N|r| r |               service (I-SID)                 |
 * +-----+-+-+-+---+-----------------------------------------------+
 * |  customer's destination (6 bytes), customer's source (6)      |
 * +-------------------------------+-------------------------------+
 * |             type              |
 * +-------------------------------+
 *
 * @module
 */
import { bits, type Fields, header, type Inits, macAddress, u16, u24 } from '../core/header.js';
import type { Bindings, Carries, Numbers, Part, Row } from '../core/layer.js';
import { etherTypeNames } from './ethernet.js';

const shape = {
  priority: bits(3).with({ filter: 'ieee8021ah.priority' }),
  /** May be dropped first. */
  drop: bits(1).with({ label: 'Drop eligible', filter: 'ieee8021ah.drop' }),
  /** Whether the customer's addresses are none. */
  noCustomer: bits(1).with({ label: 'No customer addresses', filter: 'ieee8021ah.nca' }),
  reserved1: bits(1).with({ filter: 'ieee8021ah.res1' }),
  reserved2: bits(2).with({ filter: 'ieee8021ah.res2' }),
  /** Number of the service that the frame belongs to. */
  service: u24.with({ label: 'Service (I-SID)', filter: 'ieee8021ah.isid' }),
  dst: macAddress.with({ label: 'Customer destination', filter: 'ieee8021ah.cdst' }),
  src: macAddress.with({ label: 'Customer source', filter: 'ieee8021ah.csrc' }),
  /** EtherType of what follows. */
  type: u16.with({ filter: 'ieee8021ah.etype', base: 'hex', names: etherTypeNames }),
};

/** What to build a service tag from. Left out: `type` from the layer inside, and 0 everywhere else. */
export type BackboneInit = Inits<typeof shape>;

/** A service tag of a backbone, with the customer's addresses. */
export class Backbone extends header('802.1ah', 'ieee8021ah', shape) {
  static readonly carries: Carries = { etherType: true };

  override next(bindings: Bindings): Row | undefined {
    return bindings.etherType.get(this.type);
  }

  override write(init: BackboneInit, next?: Numbers): void {
    this.assign({ type: next?.etherType ?? 0, ...init });
  }

  override summary(): string {
    return `Service ${this.service}, ${this.src} → ${this.dst}`;
  }
}

/** Fields of a service tag, as read. */
export type BackboneFields = Fields<typeof shape>;

/** A service tag of a backbone for `build`, behind `ethernet()`. */
export function backbone(init: BackboneInit = {}): Part<BackboneInit> {
  return { type: Backbone, init };
}
