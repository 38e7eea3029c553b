/**
 * The Point-to-Point Protocol, RFC 1661, in the framing of HDLC (RFC 1662) where that is not left out, and PPP over Ethernet, RFC 2516.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+-------+---------------+-------------------------------+
 * |version| type  |     code      |          session id           |  PPPoE
 * +-------+-------+---------------+-------------------------------+
 * |            length             |
 * +---------------+---------------+-------------------------------+
 * | address (0xff)| control (0x03)|     protocol, 1 or 2 bytes    |  PPP
 * +---------------+---------------+-------------------------------+
 *
 * @module
 */
import { bytesOf, formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { bits, type Fields, header, type Inits, u8, u16 } from '../core/header.js';
import {
  type Bindings,
  bytesNode,
  type Carries,
  type Enclosing,
  type FieldNode,
  Layer,
  type Naming,
  type Numbers,
  type Part,
  type Row,
  type Trailing,
} from '../core/layer.js';
import { EtherType } from './ethernet.js';

const protocolNames: { readonly [value: number]: string } = {
  33: 'IPv4',
  87: 'IPv6',
  32801: 'IP Control Protocol',
  32855: 'IPv6 Control Protocol',
  49185: 'Link Control Protocol',
  49187: 'Password Authentication Protocol',
  49699: 'Challenge Handshake Authentication Protocol',
};

/** What to build a PPP header from. Left out: `protocol` from the layer inside, no HDLC framing, nothing compressed. */
export type PppInit = Trailing & {
  /** Number of what follows: 0x0021 IPv4, 0x0057 IPv6, 0xc021 link control. */
  protocol?: number | undefined;
  /** Whether address 0xff and control 0x03 stand before it. */
  hdlc?: boolean | undefined;
  /** Whether the protocol is one byte, for numbers below 256 that are odd, RFC 1661 section 6.5. */
  compressed?: boolean | undefined;
};

/** A PPP header. */
export class Ppp extends Layer {
  static readonly spansPayload: boolean = true;

  static override readonly label: string = 'PPP';
  static override readonly protocol: string = 'ppp';
  static readonly carries: Carries = { pppProtocol: true };

  static sizeOf(init: unknown): number {
    const { hdlc, compressed } = init as PppInit;
    return (hdlc ? 2 : 0) + (compressed ? 1 : 2);
  }

  get headerLength(): number {
    return this.#protocolAt - this.at + (this.compressed ? 1 : 2);
  }

  headerFault(): DecodeFault | undefined {
    const isAddress = this.end - this.at === 1 && this.view.getUint8(this.at) === 0xff;
    return (
      this.truncation(isAddress ? 4 : 1) ??
      (this.hdlc ? this.truncation(3) : undefined) ??
      this.truncation(this.headerLength)
    );
  }

  /** Whether address and control stand before the protocol. */
  get hdlc(): boolean {
    return this.end - this.at >= 2 && this.view.getUint16(this.at) === 0xff03;
  }

  /** Whether the protocol is one byte: then, and only then, is its first byte odd. */
  get compressed(): boolean {
    return (this.view.getUint8(this.#protocolAt) & 1) === 1;
  }

  /** Number of what follows. */
  get protocol(): number {
    return this.compressed ? this.view.getUint8(this.#protocolAt) : this.view.getUint16(this.#protocolAt);
  }

  override next(bindings: Bindings): Row | undefined {
    return bindings.pppProtocol.get(this.protocol);
  }

  write(init: PppInit, next?: Numbers): void {
    const { protocol = next?.pppProtocol ?? 0, hdlc, compressed } = init;
    if (hdlc) this.view.setUint16(this.at, 0xff03);
    const at = this.at + (hdlc ? 2 : 0);
    if (compressed) this.view.setUint8(at, protocol);
    else this.view.setUint16(at, protocol);
  }

  toInit(): PppInit {
    const { protocol, hdlc, compressed } = this;
    return { protocol, hdlc, compressed };
  }

  nodes(): FieldNode[] {
    const { at, view, protocol, compressed } = this;
    const octet = (name: string, label: string, from: number): FieldNode => {
      const value = view.getUint8(from);
      const text = formatHex(value, 2);
      return { name, label, filters: [`ppp.${name}`], at: from, bit: 0, bits: 8, value, text };
    };
    const nodes = this.hdlc ? [octet('address', 'Address', at), octet('control', 'Control', at + 1)] : [];
    nodes.push({
      name: 'protocol',
      label: 'Protocol',
      filters: ['ppp.protocol'],
      at: this.#protocolAt,
      bit: 0,
      bits: compressed ? 8 : 16,
      value: protocol,
      text: formatHex(protocol, compressed ? 2 : 4),
      wireshark: formatHex(protocol, 4),
      ...(protocolNames[protocol] === undefined ? {} : { meaning: protocolNames[protocol] }),
    });
    return nodes;
  }

  override summary(): string {
    return protocolNames[this.protocol] ?? `protocol ${formatHex(this.protocol, 4)}`;
  }

  get #protocolAt(): number {
    return this.at + (this.hdlc ? 2 : 0);
  }
}

/** A PPP header for `build`. */
export function ppp(init: PppInit = {}): Part<PppInit> {
  return { type: Ppp, init };
}

const codeNames: { readonly [value: number]: string } = {
  0: 'Session data',
  7: 'Active Discovery Offer',
  9: 'Active Discovery Initiation',
  25: 'Active Discovery Request',
  101: 'Active Discovery Session-confirmation',
  167: 'Active Discovery Terminate',
};

const shape = {
  /** 1. */
  version: bits(4).with({ filter: 'pppoe.version' }),
  /** 1. */
  type: bits(4).with({ filter: 'pppoe.type' }),
  /** 0 for data; stages of discovery else. */
  code: u8.with({ filter: 'pppoe.code', base: 'hex', names: codeNames }),
  /** Tells one session between two hosts from another. */
  sessionId: u16.with({ label: 'Session identifier', filter: 'pppoe.session_id', base: 'hex' }),
  /** Bytes behind this header. */
  length: u16.with({ label: 'Payload length', filter: 'pppoe.payload_length', unit: 'bytes' }),
};

/** What to build a PPPoE header from. Left out: `version` 1, `type` 1, everything else 0; `length` is computed. */
export type PppoeInit = Inits<typeof shape>;

/** A PPPoE header in a session: PPP stands behind it. */
export class Pppoe extends header('PPPoE', 'pppoes', shape) {
  static readonly naming: Naming = { prefixes: ['pppoe.'] };
  static readonly carries: Carries = { etherType: [EtherType.PPP] };

  override get payloadEnd(): number {
    return Math.min(this.at + Pppoe.size + this.length, this.end);
  }

  override fault(): DecodeFault | undefined {
    const have = this.end - this.at - Pppoe.size;
    if (have < 0) return this.truncation(Pppoe.size);
    const { length } = this;
    if (length > have) return this.faultAt('TRUNCATED', `length is ${length}, ${have} bytes available`, this.at + 4);
    return undefined;
  }

  override next(bindings: Bindings): Row | undefined {
    return this.code === 0 ? bindings.etherType.get(EtherType.PPP) : undefined;
  }

  override write(init: PppoeInit, _next?: Numbers): void {
    this.view.setUint8(this.at, 0x11);
    this.assign(init);
  }

  override seal(_enclosing: Enclosing | undefined, given: PppoeInit | undefined): void {
    if (given?.length === undefined) this.length = this.end - this.at - Pppoe.size;
  }

  override summary(): string {
    return `${codeNames[this.code] ?? `code ${this.code}`}, session ${formatHex(this.sessionId, 4)}`;
  }
}

/** What to build a PPPoE header of discovery from: as in a session, with `code` 9 for an initiation where it is left out. */
export type PppoeDiscoveryInit = PppoeInit & {
  /** The tags as they are: each a type and a length of two bytes, and a value. */
  tags?: Uint8Array | undefined;
};

/** A PPPoE header in discovery, with its tags. */
export class PppoeDiscovery extends Pppoe {
  static override readonly label: string = 'PPPoE Discovery';
  static override readonly protocol: string = 'pppoed';

  static override sizeOf(init: unknown): number {
    return Pppoe.size + ((init as PppoeDiscoveryInit).tags?.length ?? 0);
  }

  override get headerLength(): number {
    return Math.max(Pppoe.size, Math.min(Pppoe.size + this.length, this.end - this.at));
  }

  override get payloadEnd(): number {
    return this.payloadAt;
  }

  /** The tags as they are. */
  get tags(): Uint8Array {
    return bytesOf(this.view, this.at + Pppoe.size, this.payloadAt);
  }

  override next(): undefined {
    return undefined;
  }

  override write({ tags, ...init }: PppoeDiscoveryInit, _next?: Numbers): void {
    super.write({ code: 9, ...init });
    if (tags !== undefined) bytesOf(this.view, this.at + Pppoe.size).set(tags);
  }

  override toInit(): PppoeDiscoveryInit {
    return { ...super.toInit(), tags: this.tags };
  }

  override nodes(): FieldNode[] {
    const from = this.at + Pppoe.size;
    if (this.payloadAt <= from) return super.nodes();
    const said = { name: 'tags', label: 'Tags', filters: [] };
    return [...super.nodes(), bytesNode(said, this.view, from, this.payloadAt)];
  }
}

/** Fields of a PPPoE header, as read. */
export type PppoeFields = Fields<typeof shape>;

/** A PPPoE header of a session for `build`, behind `ethernet()`. */
export function pppoe(init: PppoeInit = {}): Part<PppoeInit> {
  return { type: Pppoe, init };
}

/** A PPPoE header of discovery for `build`, behind `ethernet()`: `code` 9 initiation, 7 offer, 25 request, 101 confirmation. */
export function pppoeDiscovery(init: PppoeDiscoveryInit = {}): Part<PppoeDiscoveryInit> {
  return { type: PppoeDiscovery, init };
}
