/**
 * Generic Routing Encapsulation, RFC 2784, with key and sequence number, RFC 2890. The fields of RFC 1701 that these dropped are read
 * where they are set; version 1 is that of PPTP, RFC 2637.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-----+-+-------+-----+-------------------------------+
 * |C|R|K|S|s|recur|A| flags | ver |         protocol type         |
 * +-+-+-+-+-+-----+-+-------+-----+-------------------------------+
 * |   checksum, where C or R is set   |      offset, likewise     |
 * +---------------------------------------------------------------+
 * |                     key, where K is set                       |
 * +---------------------------------------------------------------+
 * |               sequence number, where S is set                 |
 * +---------------------------------------------------------------+
 *
 * @module
 */

import { formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import * as checksum from '../core/checksum.js';
import { type FlagBit, parseFlags } from '../core/field.js';
import { bits, type Fields, header, type Inits, u16 } from '../core/header.js';
import {
  type Bindings,
  type Carries,
  derivedNode,
  type Enclosing,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { judgeChecksum, node, valued } from '../core/node.js';
import { Ethernet, EtherType, etherTypeNames } from '../link/ethernet.js';

/** Bits of the flags field, RFC 2890 section 2 and RFC 1701. */
export const GreFlag = {
  CHECKSUM: 0x1000,
  ROUTING: 0x0800,
  KEY: 0x0400,
  SEQUENCE: 0x0200,
  STRICT: 0x0100,
  ACK: 0x0010,
} as const;

const flagBits: readonly FlagBit[] = [
  { name: 'CHECKSUM', mask: GreFlag.CHECKSUM, label: 'Checksum present', filter: 'gre.flags.checksum' },
  { name: 'ROUTING', mask: GreFlag.ROUTING, label: 'Routing present, RFC 1701', filter: 'gre.flags.routing' },
  { name: 'KEY', mask: GreFlag.KEY, label: 'Key present', filter: 'gre.flags.key' },
  { name: 'SEQUENCE', mask: GreFlag.SEQUENCE, label: 'Sequence number present', filter: 'gre.flags.sequence_number' },
  {
    name: 'STRICT',
    mask: GreFlag.STRICT,
    label: 'Strict source route, RFC 1701',
    filter: 'gre.flags.strict_source_route',
  },
  { name: 'ACK', mask: GreFlag.ACK, label: 'Acknowledgment present, RFC 2637', filter: 'gre.flags.ack' },
];

const shape = {
  /** Which of the optional fields are there. */
  flags: bits(13).with({ label: 'Flags' }).flags(flagBits),
  /** 0; 1 in PPTP. */
  version: bits(3).with({ filter: 'gre.flags.version' }),
  /** EtherType of what is inside. */
  protocolType: u16.with({ filter: 'gre.proto', base: 'hex', names: etherTypeNames }),
};

/**
 * What to build a GRE header from. Left out: `flags` those of the fields that are given, `protocolType` from the layer inside; `checksum`
 * is computed when the flag CHECKSUM is given.
 */
export type GreInit = Inits<typeof shape> & {
  /** Checksum over header and payload. */
  checksum?: number | undefined;
  /** Offset of the active source route, RFC 1701; reserved since. */
  offset?: number | undefined;
  /** Tells one flow in the tunnel from another. */
  key?: number | undefined;
  /** Number of this packet in the tunnel. */
  sequence?: number | undefined;
  /** Highest number received, in PPTP. */
  acknowledgment?: number | undefined;
};

/** A GRE header and what it carries. */
export class Gre extends header('GRE', 'gre', shape) {
  static readonly spansPayload: boolean = true;
  static readonly carries: Carries = { etherType: true };

  static override sizeOf(init: unknown): number {
    return sizeOf(flagsOf(init as GreInit));
  }

  /** Header bytes; the source routes of RFC 1701 are not read and count as payload. */
  override get headerLength(): number {
    return sizeOf(this.flags);
  }

  override headerFault(): DecodeFault | undefined {
    return this.truncation(Gre.size) ?? this.truncation(this.headerLength);
  }

  /** Checksum over header and payload, where it is there. */
  get checksum(): number | undefined {
    return this.#has(GreFlag.CHECKSUM | GreFlag.ROUTING) ? this.view.getUint16(this.at + 4) : undefined;
  }

  /** Tells one flow in the tunnel from another, where it is there. */
  get key(): number | undefined {
    return this.#has(GreFlag.KEY) ? this.view.getUint32(this.#keyAt) : undefined;
  }

  /** Number of this packet in the tunnel, where it is there. */
  get sequence(): number | undefined {
    return this.#has(GreFlag.SEQUENCE) ? this.view.getUint32(this.#sequenceAt) : undefined;
  }

  /** Highest number received, in PPTP. */
  get acknowledgment(): number | undefined {
    return this.#has(GreFlag.ACK)
      ? this.view.getUint32(this.#sequenceAt + (this.#has(GreFlag.SEQUENCE) ? 4 : 0))
      : undefined;
  }

  override next(bindings: Bindings): Row | undefined {
    if (this.#has(GreFlag.ROUTING)) return undefined;
    // ERSPAN's first type has neither sequence number nor header.
    const isBare = this.protocolType === EtherType.ERSPAN && !this.#has(GreFlag.SEQUENCE);
    return isBare ? bindings.of(Ethernet) : bindings.etherType.get(this.protocolType);
  }

  /** The checksum this packet should carry. */
  computeChecksum(): number {
    const stored = this.checksum ?? 0;
    return checksum.finish(checksum.sum(this.view, this.at, this.end) + (~stored & 0xffff));
  }

  override write(init: GreInit, next?: Numbers): void {
    const { view, at } = this;
    const flags = flagsOf(init);
    view.setUint16(at + 2, next?.etherType ?? 0);
    this.assign({ ...init, flags });
    if (this.#has(GreFlag.CHECKSUM | GreFlag.ROUTING)) {
      view.setUint16(at + 4, init.checksum ?? 0);
      view.setUint16(at + 6, init.offset ?? 0);
    }
    if (this.#has(GreFlag.KEY)) view.setUint32(this.#keyAt, init.key ?? 0);
    if (this.#has(GreFlag.SEQUENCE)) view.setUint32(this.#sequenceAt, init.sequence ?? 0);
    if (this.#has(GreFlag.ACK))
      view.setUint32(this.#sequenceAt + (this.#has(GreFlag.SEQUENCE) ? 4 : 0), init.acknowledgment ?? 0);
  }

  override seal(_enclosing: Enclosing | undefined, given: GreInit | undefined): void {
    if (given?.checksum === undefined && this.#has(GreFlag.CHECKSUM))
      this.view.setUint16(this.at + 4, this.computeChecksum());
  }

  override toInit(): GreInit {
    const init: GreInit = super.toInit();
    const { checksum, key, sequence, acknowledgment } = this;
    if (checksum !== undefined) Object.assign(init, { checksum, offset: this.view.getUint16(this.at + 6) });
    if (key !== undefined) init.key = key;
    if (sequence !== undefined) init.sequence = sequence;
    if (acknowledgment !== undefined) init.acknowledgment = acknowledgment;
    return init;
  }

  override nodes(): FieldNode[] {
    const { view, at } = this;
    const word = view.getUint16(at);
    const nodes: FieldNode[] = [
      derivedNode(
        { name: 'flagsAndVersion', label: 'Flags and version', filters: ['gre.flags_and_version'] },
        at,
        word,
        formatHex(word, 4),
      ),
      // Version 0 has no acknowledgments; the bit is reserved.
      ...super
        .nodes()
        .map((node) =>
          node.flags && this.version === 0 ? { ...node, flags: flagBits.filter(({ name }) => name !== 'ACK') } : node,
        ),
    ];
    const { checksum, key, sequence, acknowledgment } = this;
    if (checksum !== undefined) {
      const offset = view.getUint16(at + 6);
      nodes.push({
        ...node(
          { name: 'checksum', label: 'Checksum', filters: 'gre.checksum' },
          at + 4,
          2,
          valued(checksum, formatHex(checksum, 4)),
        ),
        ...this.#judge(checksum),
      });
      nodes.push(
        node({ name: 'offset', label: 'Offset', filters: 'gre.offset' }, at + 6, 2, valued(offset, String(offset))),
      );
    }
    if (key !== undefined) {
      const at = this.#keyAt;
      if (this.version === 1) {
        nodes.push(
          node(
            { name: 'payloadLength', label: 'Payload length', filters: 'gre.key.payload_length' },
            at,
            2,
            valued(key >>> 16, String(key >>> 16)),
          ),
        );
        nodes.push(
          node(
            { name: 'callId', label: 'Call identifier', filters: 'gre.key.call_id' },
            at + 2,
            2,
            valued(key & 0xffff, String(key & 0xffff)),
          ),
        );
      } else nodes.push(node({ name: 'key', label: 'Key', filters: 'gre.key' }, at, 4, valued(key, formatHex(key, 8))));
    }
    if (sequence !== undefined)
      nodes.push(
        node(
          { name: 'sequence', label: 'Sequence number', filters: 'gre.sequence_number' },
          this.#sequenceAt,
          4,
          valued(sequence, String(sequence)),
        ),
      );
    if (acknowledgment !== undefined)
      nodes.push(
        node(
          { name: 'acknowledgment', label: 'Acknowledgment number', filters: 'gre.ack_number' },
          this.payloadAt - 4,
          4,
          valued(acknowledgment, String(acknowledgment)),
        ),
      );
    return nodes;
  }

  override summary(): string {
    return `Encapsulated ${etherTypeNames[this.protocolType] ?? formatHex(this.protocolType, 4)}`;
  }

  #has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  get #keyAt(): number {
    return this.at + Gre.size + (this.#has(GreFlag.CHECKSUM | GreFlag.ROUTING) ? 4 : 0);
  }

  get #sequenceAt(): number {
    return this.#keyAt + (this.#has(GreFlag.KEY) ? 4 : 0);
  }

  #judge(stored: number): Partial<FieldNode> {
    if (!this.#has(GreFlag.CHECKSUM)) return {};
    return judgeChecksum(stored, this.computeChecksum());
  }
}

function flagsOf(init: GreInit): number {
  const { flags, checksum, key, sequence, acknowledgment } = init;
  if (typeof flags === 'number') return flags;
  let value = typeof flags === 'string' ? parseFlags(flags, flagBits) : 0;
  if (checksum !== undefined) value |= GreFlag.CHECKSUM;
  if (key !== undefined) value |= GreFlag.KEY;
  if (sequence !== undefined) value |= GreFlag.SEQUENCE;
  if (acknowledgment !== undefined) value |= GreFlag.ACK;
  return value;
}

function sizeOf(flags: number): number {
  const words = [GreFlag.CHECKSUM | GreFlag.ROUTING, GreFlag.KEY, GreFlag.SEQUENCE, GreFlag.ACK];
  return words.reduce((size, mask) => size + ((flags & mask) !== 0 ? 4 : 0), Gre.size);
}

/** Fields of a GRE header, as read. */
export type GreFields = Fields<typeof shape>;

/** A GRE header for `build`. */
export function gre(init: GreInit = {}): Part<GreInit> {
  return { type: Gre, init };
}
