/**
 * IPsec: the Authentication Header, RFC 4302, and the part of the Encapsulating Security Payload that is not encrypted, RFC 4303.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |  next header  |    length     |           reserved            |  AH alone
 * +---------------+---------------+-------------------------------+
 * |                   security parameters index                   |  AH and ESP
 * +---------------------------------------------------------------+
 * |                        sequence number                        |  AH and ESP
 * +---------------------------------------------------------------+
 * |                 integrity check value (AH) ...                |
 * +---------------------------------------------------------------+
 *
 * @module
 */
import { bytesOf, formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { type Fields, header, type Inits, octets, u8, u32 } from '../core/header.js';
import {
  type Bindings,
  bytesNode,
  type Carries,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { IpProtocol, ipProtocolNames } from './ipv4.js';

const shape = {
  /** Number of the header that follows. */
  nextHeader: u8.with({ filter: 'ah.next_header', names: ipProtocolNames }),
  /** Length of the header in units of 4 bytes, the first 8 bytes not counted. */
  length: u8.with({ label: 'Length', filter: 'ah.length', unit: 'times 4 bytes, beyond the first 8' }),
  /** Zeros. */
  reserved: octets(2, { filter: 'ah.reserved' }),
  /** Security parameters index: which association this belongs to. */
  spi: u32.with({ label: 'Security parameters index', filter: 'ah.spi', base: 'hex' }),
  /** Counts the packets of the association. */
  sequence: u32.with({ label: 'Sequence number', filter: 'ah.sequence' }),
};

/** What to build an authentication header from. Left out: `nextHeader` from the layer inside, an empty `icv`; `length` is computed. */
export type AhInit = Inits<typeof shape> & {
  /** Integrity check value, a multiple of 4 bytes. It is not computed, for that takes the key. */
  icv?: Uint8Array | undefined;
};

/** An authentication header; what follows is readable. */
export class Ah extends header('AH', 'ah', shape) {
  static readonly spansPayload: boolean = true;
  static readonly carries: Carries = { ipProtocol: true };

  static override sizeOf(init: unknown): number {
    return Ah.size + ((init as AhInit).icv?.length ?? 0);
  }

  /** Header bytes that are there: what `length` says, no less than 12 and no more than the buffer has. */
  override get headerLength(): number {
    return Math.min(Math.max((this.length + 2) * 4, Ah.size), this.end - this.at);
  }

  override fault(): DecodeFault | undefined {
    const truncated = this.headerFault();
    if (truncated) return truncated;
    if (this.length < 1) return this.faultAt('BAD_LENGTH', `length is ${this.length}, at least 1 needed`, this.at + 1);
    return this.truncation((this.length + 2) * 4);
  }

  /** Integrity check value, sharing the packet's memory. */
  get icv(): Uint8Array {
    return bytesOf(this.view, this.at + Ah.size, this.payloadAt);
  }

  override next(bindings: Bindings): Row | undefined {
    return bindings.ipProtocol.get(this.nextHeader);
  }

  override write(init: AhInit, next?: Numbers): void {
    this.view.setUint8(this.at, next?.ipProtocol ?? IpProtocol.NO_NEXT);
    this.view.setUint8(this.at + 1, Math.ceil(Ah.sizeOf(init) / 4) - 2);
    this.assign(init);
    if (init.icv) bytesOf(this.view, this.at + Ah.size, this.at + Ah.size + init.icv.length).set(init.icv);
  }

  override toInit(): AhInit {
    return { ...super.toInit(), icv: this.icv.slice() };
  }

  override nodes(): FieldNode[] {
    const nodes = super.nodes();
    if (this.headerLength === Ah.size) return nodes;
    return [
      ...nodes,
      bytesNode(
        { name: 'icv', label: 'Integrity check value', filters: ['ah.icv'] },
        this.view,
        this.at + Ah.size,
        this.payloadAt,
      ),
    ];
  }

  override summary(): string {
    return `AH (SPI=${formatHex(this.spi, 8)})`;
  }
}

/** Fields of an authentication header, as read. */
export type AhFields = Fields<typeof shape>;

/** An authentication header for `build`. */
export function ah(init: AhInit = {}): Part<AhInit> {
  return { type: Ah, init };
}

const espShape = {
  /** Security parameters index: which association this belongs to. */
  spi: u32.with({ label: 'Security parameters index', filter: 'esp.spi', base: 'hex' }),
  /** Counts the packets of the association. */
  sequence: u32.with({ label: 'Sequence number', filter: 'esp.sequence' }),
};

/** What to build the open part of an encapsulating security payload from. Left out: zeros. */
export type EspInit = Inits<typeof espShape>;

/** The open part of an encapsulating security payload; what follows is encrypted. */
export class Esp extends header('ESP', 'esp', espShape) {
  static readonly spansPayload: boolean = true;

  override summary(): string {
    return `ESP (SPI=${formatHex(this.spi, 8)})`;
  }
}

/** Fields of the open part of an encapsulating security payload, as read. */
export type EspFields = Fields<typeof espShape>;

/** The open part of an encapsulating security payload for `build`. */
export function esp(init: EspInit = {}): Part<EspInit> {
  return { type: Esp, init };
}
