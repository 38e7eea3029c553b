/**
 * Encapsulated Remote Switch Port Analyzer: what a switch mirrors, in GRE, draft-foschiano-erspan. Type II stands behind a GRE header
 * with a sequence number; type III has a time stamp and may have a part of the platform's own. Type I has no header.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+-----------------------+-----+---+-+-------------------+
 * |version|         VLAN          | cos |en |T|      session      |
 * +-------+-----------------------+-----+---+-+-------------------+
 * |       reserved        |                 index                 |  type II
 * +-----------------------+---------------------------------------+
 * |                           time stamp                          |  type III
 * +-------------------------------+-+---------+-----------+-+---+-+
 * |      security group tag       |P|frametype| hardware  |D|gra|O|  and eight bytes where O is set
 * +-------------------------------+-+---------+-----------+-+---+-+
 *
 * @module
 */

import { bytesOf } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { bits, type Fields, header, type Inits, u16, u32 } from '../core/header.js';
import {
  type Bindings,
  bytesNode,
  type Carries,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { Ethernet, EtherType } from '../link/ethernet.js';

const first = {
  /** 1 for type II, 2 for type III. */
  version: bits(4).with({ filter: 'erspan.version', names: { 1: 'Type II', 2: 'Type III' } }),
  /** VLAN of the mirrored frame. */
  vlan: bits(12).with({ label: 'VLAN', filter: 'erspan.vlan' }),
  /** Class of service. */
  cos: bits(3).with({ label: 'Class of service', filter: 'erspan.cos' }),
};

const second = {
  /** Whether the mirrored frame was cut. */
  truncated: bits(1).with({ filter: 'erspan.truncated' }),
  /** Number of the mirror session. */
  session: bits(10).with({ filter: 'erspan.spanid' }),
};

const shape = {
  ...first,
  /** How the mirrored frame was tagged. */
  encapsulation: bits(2).with({ filter: 'erspan.encap' }),
  ...second,
  reserved: bits(12).with({ filter: 'erspan.reserved' }),
  /** Port and direction, as the platform numbers them. */
  index: bits(20).with({ filter: 'erspan.index' }),
};

/** What to build an ERSPAN header of type II from. Left out: `version` 1 and 0 everywhere else. */
export type ErspanInit = Inits<typeof shape>;

/** An ERSPAN header of type II. */
export class Erspan extends header('ERSPAN', 'erspan', shape) {
  static readonly carries: Carries = { etherType: [EtherType.TRANSPARENT_ETHERNET] };

  override next(bindings: Bindings): Row | undefined {
    return this.version === 1 ? bindings.of(Ethernet) : undefined;
  }

  override write(init: ErspanInit, _next?: Numbers): void {
    this.assign({ version: 1, ...init });
  }

  override summary(): string {
    return `ERSPAN session ${this.session}`;
  }
}

const shape3 = {
  ...first,
  /** Whether the mirrored frame was bad, short or oversized. */
  integrity: bits(2).with({ label: 'Bad, short or oversized', filter: 'erspan.bso' }),
  ...second,
  /** In units that `granularity` gives. */
  timestamp: u32.with({ label: 'Time stamp', filter: 'erspan.timestamp' }),
  securityGroup: u16.with({ label: 'Security group tag', filter: 'erspan.sgt' }),
  isProtocol: bits(1).with({ label: 'Ethernet frame', filter: 'erspan.p' }),
  frameType: bits(5).with({ filter: 'erspan.ft', names: { 0: 'Ethernet', 2: 'IP' } }),
  hardware: bits(6).with({ filter: 'erspan.hw' }),
  /** 0 incoming, 1 outgoing. */
  direction: bits(1).with({ filter: 'erspan.direction' }),
  granularity: bits(2).with({ filter: 'erspan.gra' }),
  /** Whether a part of the platform's own follows. */
  hasOptional: bits(1).with({ label: 'Optional part', filter: 'erspan.o' }),
};

/** Bytes of the part that is the platform's own. */
const optionalBytes = 8;

/** What to build an ERSPAN header of type III from. Left out: `version` 2, `hasOptional` from `optional`, and 0 everywhere else. */
export type Erspan3Init = Inits<typeof shape3> & {
  /** The part of the platform's own, eight bytes. */
  optional?: Uint8Array | undefined;
};

/** An ERSPAN header of type III. */
export class Erspan3 extends header('ERSPAN III', 'erspan', shape3) {
  static readonly carries: Carries = { etherType: [EtherType.TRANSPARENT_ETHERNET] };

  static override sizeOf(init: unknown): number {
    const { optional, hasOptional } = init as Erspan3Init;
    return Erspan3.size + ((hasOptional ?? (optional === undefined ? 0 : 1)) === 1 ? optionalBytes : 0);
  }

  override get headerLength(): number {
    return Erspan3.size + (this.hasOptional === 1 ? optionalBytes : 0);
  }

  override headerFault(): DecodeFault | undefined {
    return this.truncation(Erspan3.size) ?? this.truncation(this.headerLength);
  }

  /** The part of the platform's own; empty where there is none. */
  get optional(): Uint8Array {
    return bytesOf(this.view, this.at + Erspan3.size, this.payloadAt);
  }

  override next(bindings: Bindings): Row | undefined {
    return this.version === 2 && this.frameType === 0 ? bindings.of(Ethernet) : undefined;
  }

  override write(init: Erspan3Init, _next?: Numbers): void {
    const { optional, ...fields } = init;
    this.assign({ version: 2, hasOptional: optional === undefined ? 0 : 1, ...fields });
    if (optional !== undefined && this.hasOptional === 1) {
      bytesOf(this.view, this.at + Erspan3.size).set(optional.subarray(0, optionalBytes));
    }
  }

  override toInit(): Erspan3Init {
    const init: Erspan3Init = super.toInit();
    return this.hasOptional === 1 ? { ...init, optional: this.optional } : init;
  }

  override nodes(): FieldNode[] {
    if (this.hasOptional === 0) return super.nodes();
    const said = { name: 'optional', label: 'Platform’s own', filters: [] };
    return [...super.nodes(), bytesNode(said, this.view, this.at + Erspan3.size, this.payloadAt)];
  }

  override summary(): string {
    return `ERSPAN session ${this.session}`;
  }
}

/** Fields of an ERSPAN header of type II, as read. */
export type ErspanFields = Fields<typeof shape>;
/** Fields of an ERSPAN header of type III, as read. */
export type Erspan3Fields = Fields<typeof shape3>;

/** An ERSPAN header of type II for `build`, behind `gre({ sequence })`. */
export function erspan(init: ErspanInit = {}): Part<ErspanInit> {
  return { type: Erspan, init };
}

/** An ERSPAN header of type III for `build`, behind `gre({ sequence })`. */
export function erspan3(init: Erspan3Init = {}): Part<Erspan3Init> {
  return { type: Erspan3, init };
}
