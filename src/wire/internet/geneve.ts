/**
 * Generic Network Virtualization Encapsulation: frames and packets of numbered networks in UDP, RFC 8926.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---+-----------+-+-+-----------+-------------------------------+
 * |ver|  opt len  |O|C|  reserved |         protocol type         |
 * +---+-----------+-+-+-----------+---------------+---------------+
 * |           network identifier (VNI)            |   reserved    |
 * +-----------------------------------------------+---------------+
 * |            options, opt len times four bytes                  |
 * +---------------------------------------------------------------+
 *
 * @module
 */
import { bytesOf, formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import type { FlagBit } from '../core/field.js';
import { bits, type Fields, header, type Inits, u8, u16, u24 } from '../core/header.js';
import {
  type Bindings,
  bytesNode,
  type Carries,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { etherTypeNames } from '../link/ethernet.js';

const flagBits: readonly FlagBit[] = [
  { name: 'OAM', mask: 0x80, label: 'Control packet', filter: 'geneve.flags.oam' },
  { name: 'CRITICAL', mask: 0x40, label: 'Critical options present', filter: 'geneve.flags.critical' },
];

const shape = {
  /** 0. */
  version: bits(2).with({ filter: 'geneve.version' }),
  /** Length of the options, in words of four bytes. */
  optionsLength: bits(6).with({ label: 'Options length', unit: 'words' }),
  flags: u8.with({ label: 'Flags', filter: 'geneve.flags', base: 'hex' }).flags(flagBits),
  /** EtherType of what is inside; 0x6558 for Ethernet. */
  protocolType: u16.with({ filter: 'geneve.proto_type', base: 'hex', names: etherTypeNames }),
  /** Number of the network that it belongs to. */
  vni: u24.with({ label: 'Network identifier (VNI)', filter: 'geneve.vni', base: 'hex' }),
  reserved: u8.with({ filter: 'geneve.reserved', base: 'hex' }),
};

/** What to build a Geneve header from. Left out: `protocolType` and `optionsLength` from what is there, and 0 everywhere else. */
export type GeneveInit = Inits<typeof shape> & {
  /** The options as they are, a multiple of four bytes. */
  options?: Uint8Array | undefined;
};

/** A Geneve header and what is behind it. */
export class Geneve extends header('Geneve', 'geneve', shape) {
  static readonly carries: Carries = { etherType: true };

  static override sizeOf(init: unknown): number {
    return Geneve.size + ((init as GeneveInit).options?.length ?? 0);
  }

  override get headerLength(): number {
    return Geneve.size + this.optionsLength * 4;
  }

  override headerFault(): DecodeFault | undefined {
    return this.truncation(Geneve.size) ?? this.truncation(this.headerLength);
  }

  /** The options as they are. */
  get options(): Uint8Array {
    return bytesOf(this.view, this.at + Geneve.size, this.payloadAt);
  }

  override next(bindings: Bindings): Row | undefined {
    return bindings.etherType.get(this.protocolType);
  }

  override write(init: GeneveInit, next?: Numbers): void {
    const { options, ...fields } = init;
    const words = (options?.length ?? 0) / 4;
    if (!Number.isInteger(words) || words > 63) {
      throw new RangeError(
        `Cannot build Geneve: options of ${options!.length} bytes, a multiple of 4 up to 252 needed`,
      );
    }
    this.assign({ optionsLength: words, protocolType: next?.etherType ?? 0, ...fields });
    if (options !== undefined) bytesOf(this.view, this.at + Geneve.size).set(options);
  }

  override toInit(): GeneveInit {
    const init: GeneveInit = super.toInit();
    return this.optionsLength === 0 ? init : { ...init, options: this.options };
  }

  override nodes(): FieldNode[] {
    const nodes = super.nodes();
    if (this.optionsLength === 0) return nodes;
    const said = { name: 'options', label: 'Options', filters: ['geneve.options'] };
    return [...nodes, bytesNode(said, this.view, this.at + Geneve.size, this.payloadAt)];
  }

  override summary(): string {
    return `Geneve network ${formatHex(this.vni, 6)}`;
  }
}

/** Fields of a Geneve header, as read. */
export type GeneveFields = Fields<typeof shape>;

/** A Geneve header for `build`. */
export function geneve(init: GeneveInit = {}): Part<GeneveInit> {
  return { type: Geneve, init };
}
