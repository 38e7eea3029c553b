/**
 * The GPRS Tunnelling Protocol of mobile networks, its user plane: version 1, 3GPP TS 29.281.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-----+-+-+-+-+-+---------------+-------------------------------+
 * | ver |T|*|E|S|P| message type  |            length             |
 * +-----+-+-+-+-+-+---------------+-------------------------------+
 * |                   tunnel endpoint identifier                  |
 * +-------------------------------+---------------+---------------+
 * |  sequence number, where any of E, S, P is set | N-PDU | next  |
 * +-------------------------------+---------------+---------------+
 * |          extension headers, while next is not 0               |
 * +---------------------------------------------------------------+
 *
 * @module
 */
import { bytesOf, formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { type FlagBit, parseFlags } from '../core/field.js';
import { bits, type Fields, header, type Inits, u8, u16, u32 } from '../core/header.js';
import {
  type Bindings,
  bytesNode,
  type Carries,
  derivedNode,
  type Enclosing,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { node, valued } from '../core/node.js';

/** Bits that say which of the optional fields count. */
const Flag = { NPDU: 1, SEQUENCE: 2, EXTENSION: 4 } as const;
const anyFlag = Flag.NPDU | Flag.SEQUENCE | Flag.EXTENSION;

const flagBits: readonly FlagBit[] = [
  { name: 'EXTENSION', mask: Flag.EXTENSION, label: 'Extension headers', filter: 'gtp.flags.e' },
  { name: 'SEQUENCE', mask: Flag.SEQUENCE, label: 'Sequence number', filter: 'gtp.flags.s' },
  { name: 'NPDU', mask: Flag.NPDU, label: 'N-PDU number', filter: 'gtp.flags.pn' },
];

const messageNames: { readonly [value: number]: string } = {
  1: 'Echo request',
  2: 'Echo response',
  26: 'Error indication',
  31: 'Supported extension headers notification',
  254: 'End marker',
  255: 'T-PDU',
};

/** The message that carries a packet of a user. */
const T_PDU = 255;

const shape = {
  /** 1. */
  version: bits(3).with({ filter: 'gtp.flags.version' }),
  /** 1; 0 for GTP'. */
  protocolType: bits(1).with({ filter: 'gtp.flags.payload' }),
  /** Which of the optional fields count; with any of them all are there. */
  flags: bits(4).with({ label: 'Flags' }).flags(flagBits),
  /** 255 for a packet of a user. */
  message: u8.with({ label: 'Message type', filter: 'gtp.message', base: 'hex', names: messageNames }),
  /** Bytes behind the first eight. */
  length: u16.with({ filter: 'gtp.length', unit: 'bytes' }),
  /** Tells one tunnel from another at the receiver. */
  teid: u32.with({ label: 'Tunnel endpoint identifier', filter: 'gtp.teid', base: 'hex' }),
};

/**
 * What to build a GTP-U header from. Left out: `version` 1, `protocolType` 1, `message` 255, `flags` those of the fields that are given;
 * `length` is computed.
 */
export type GtpInit = Inits<typeof shape> & {
  /** Sequence number. */
  sequence?: number | undefined;
  /** Number of the packet in the network's own layer. */
  npdu?: number | undefined;
  /** Type of the first extension header. */
  extensionType?: number | undefined;
  /** The extension headers as they are: each a length in words, its content, and the type of the next. */
  extensions?: Uint8Array | undefined;
};

/** A GTP-U header and what the tunnel carries. */
export class Gtp extends header('GTP', 'gtp', shape) {
  static readonly carries: Carries = { ipVersion: true };

  static override sizeOf(init: unknown): number {
    const given = init as GtpInit;
    return Gtp.size + ((flagsOf(given) & anyFlag) === 0 ? 0 : 4 + (given.extensions?.length ?? 0));
  }

  override get headerLength(): number {
    return this.#optionsAt - this.at + (this.#hasOptions ? 4 + this.#extensionBytes() : 0);
  }

  override headerFault(): DecodeFault | undefined {
    const truncated = this.truncation(Gtp.size);
    if (truncated) return truncated;
    if (this.version !== 1) return this.faultAt('BAD_VERSION', `version is ${this.version}, 1 needed`);
    return this.#hasOptions ? (this.truncation(Gtp.size + 4) ?? this.truncation(this.headerLength)) : undefined;
  }

  override get payloadEnd(): number {
    return Math.max(this.payloadAt, Math.min(this.at + Gtp.size + this.length, this.end));
  }

  override fault(): DecodeFault | undefined {
    const fault = this.headerFault();
    if (fault) return fault;
    const { length } = this;
    const have = this.end - this.at - Gtp.size;
    if (length > have) return this.faultAt('TRUNCATED', `length is ${length}, ${have} bytes available`, this.at + 2);
    if (this.at + Gtp.size + length < this.payloadAt)
      return this.faultAt('BAD_LENGTH', `length is ${length}, less than the optional fields`, this.at + 2);
    return undefined;
  }

  /** Sequence number, where it is there. */
  get sequence(): number | undefined {
    return this.#hasOptions ? this.view.getUint16(this.#optionsAt) : undefined;
  }

  /** Number of the packet in the network's own layer, where it is there. */
  get npdu(): number | undefined {
    return this.#hasOptions ? this.view.getUint8(this.#optionsAt + 2) : undefined;
  }

  /** Type of the first extension header; 0 where none follows. */
  get extensionType(): number | undefined {
    return this.#hasOptions ? this.view.getUint8(this.#optionsAt + 3) : undefined;
  }

  /** The extension headers as they are. */
  get extensions(): Uint8Array {
    return this.#hasOptions ? bytesOf(this.view, this.#optionsAt + 4, this.payloadAt) : new Uint8Array();
  }

  override next(bindings: Bindings): Row | undefined {
    if (this.message !== T_PDU || this.payloadAt >= this.payloadEnd) return undefined;
    return bindings.ipVersion.get(this.view.getUint8(this.payloadAt) >> 4);
  }

  override write(init: GtpInit, _next?: Numbers): void {
    const { sequence, npdu, extensionType, extensions, ...fields } = init;
    const flags = flagsOf(init);
    this.assign({ version: 1, protocolType: 1, message: T_PDU, ...fields, flags });
    if ((flags & anyFlag) === 0) return;
    const at = this.at + Gtp.size;
    this.view.setUint16(at, sequence ?? 0);
    this.view.setUint8(at + 2, npdu ?? 0);
    this.view.setUint8(at + 3, extensionType ?? 0);
    if (extensions !== undefined) bytesOf(this.view, at + 4).set(extensions);
  }

  override seal(_enclosing: Enclosing | undefined, given: GtpInit | undefined): void {
    if (given?.length === undefined) this.length = this.end - this.at - Gtp.size;
  }

  override toInit(): GtpInit {
    const init: GtpInit = super.toInit();
    if (!this.#hasOptions) return init;
    const { sequence, npdu, extensionType, extensions } = this;
    return { ...init, sequence, npdu, extensionType, ...(extensions.length === 0 ? {} : { extensions }) };
  }

  override nodes(): FieldNode[] {
    const { view, at } = this;
    const first = view.getUint8(at);
    const all = { name: 'allFlags', label: 'First byte', filters: ['gtp.flags'] };
    const nodes = [derivedNode(all, at, first, formatHex(first, 2)), ...super.nodes()];
    if (!this.#hasOptions) return nodes;
    const from = this.#optionsAt;
    const { sequence, npdu, extensionType } = this as { sequence: number; npdu: number; extensionType: number };
    nodes.push(
      node(
        {
          name: 'sequence',
          label: 'Sequence number',
          filters: (this.flags & Flag.SEQUENCE) === 0 ? [] : 'gtp.seq_number',
        },
        from,
        2,
        valued(sequence, formatHex(sequence, 4)),
      ),
      node(
        { name: 'npdu', label: 'N-PDU number', filters: (this.flags & Flag.NPDU) === 0 ? [] : 'gtp.npdu_number' },
        from + 2,
        1,
        valued(npdu, formatHex(npdu, 2)),
      ),
      node(
        { name: 'extensionType', label: 'Next extension header', filters: [] },
        from + 3,
        1,
        valued(extensionType, formatHex(extensionType, 2)),
      ),
    );
    if (this.payloadAt > from + 4) {
      nodes.push(bytesNode({ name: 'extensions', label: 'Extensions', filters: [] }, view, from + 4, this.payloadAt));
    }
    return nodes;
  }

  override summary(): string {
    return `GTP ${messageNames[this.message] ?? `message ${this.message}`}, tunnel ${formatHex(this.teid, 8)}`;
  }

  get #hasOptions(): boolean {
    return (this.flags & anyFlag) !== 0;
  }

  get #optionsAt(): number {
    return this.at + Gtp.size;
  }

  /** Bytes of the extension headers; one that is not whole ends the layer's header behind the buffer. */
  #extensionBytes(): number {
    const { view, end } = this;
    const from = this.#optionsAt + 4;
    if (from > end) return 0;
    let at = from;
    for (let type = view.getUint8(from - 1); type !== 0; type = view.getUint8(at - 1)) {
      const size = at < end ? view.getUint8(at) * 4 : 4;
      at += Math.max(size, 4);
      if (at > end) break;
    }
    return at - from;
  }
}

function flagsOf({ flags, sequence, npdu, extensionType, extensions }: GtpInit): number {
  if (flags !== undefined) return typeof flags === 'number' ? flags : parseFlags(flags, flagBits);
  const isExtended = (extensionType ?? 0) !== 0 || (extensions?.length ?? 0) > 0;
  return (
    (isExtended ? Flag.EXTENSION : 0) |
    (sequence === undefined ? 0 : Flag.SEQUENCE) |
    (npdu === undefined ? 0 : Flag.NPDU)
  );
}

/** Fields of a GTP-U header, as read. */
export type GtpFields = Fields<typeof shape>;

/** A GTP-U header for `build`. */
export function gtp(init: GtpInit = {}): Part<GtpInit> {
  return { type: Gtp, init };
}
