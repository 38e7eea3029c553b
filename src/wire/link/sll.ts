/**
 * Linux cooked captures, made on the `any` device: what the kernel knows in place of a link header. Version 1 is link type 113,
 * https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html; version 2, which has the interface's index, 276,
 * https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html.
 *
 * @module
 */
import { formatIpv4, formatMac, parseIpv4, parseMac } from '../../address.js';
import { bytesOf, formatHex, fromHex, toHex } from '../../bytes.js';
import { type Fields, type HeaderLayer, header, type Inits, octets, u8, u16, u32 } from '../core/header.js';
import {
  type Bindings,
  bytesNode,
  type Carries,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { hardwareNames } from './arp.js';
import { etherTypeNames } from './ethernet.js';

const packetTypes: { readonly [value: number]: string } = {
  0: 'to us',
  1: 'broadcast',
  2: 'multicast',
  3: 'to someone else',
  4: 'sent by us',
};

const packetType = { filter: 'sll.pkttype', names: packetTypes };
const hardwareType = { label: 'Link-layer address type', filter: 'sll.hatype', names: hardwareNames };
const addressLength = { label: 'Link-layer address length', filter: 'sll.halen', unit: 'bytes' };
const protocolType = { filter: 'sll.etype', base: 'hex', names: etherTypeNames } as const;

const shape = {
  /** Whom the packet was for. */
  packetType: u16.with(packetType),
  /** Kind of interface, an ARP hardware type. */
  hardwareType: u16.with(hardwareType),
  /** Bytes of the sender's address that count. */
  addressLength: u16.with(addressLength),
  /** The sender's address and what fills it up, 8 bytes. */
  address: octets(8, { label: 'Source address, filled up' }),
  /** EtherType of what follows, or one of Linux's own numbers. */
  protocolType: u16.with(protocolType),
};

const shape2 = {
  /** EtherType of what follows, or one of Linux's own numbers. */
  protocolType: u16.with(protocolType),
  /** Zero. */
  reserved: octets(2, { label: 'Reserved' }),
  /** Number of the interface, as Linux counts them. */
  interfaceIndex: u32.with({ filter: 'sll.ifindex' }),
  /** Kind of interface, an ARP hardware type. */
  hardwareType: u16.with(hardwareType),
  /** Whom the packet was for. */
  packetType: u8.with(packetType),
  /** Bytes of the sender's address that count. */
  addressLength: u8.with(addressLength),
  /** The sender's address and what fills it up, 8 bytes. */
  address: octets(8, { label: 'Source address, filled up' }),
};

type Source = {
  /** The sender's address, a MAC or IPv4 address or pairs of digits; gives `addressLength` and `address`. */
  src?: string | undefined;
};

/** What to build a cooked header of version 1 from. Left out: to us, Ethernet, no address, `protocolType` from the layer inside. */
export type SllInit = Inits<typeof shape> & Source;

/** What to build a cooked header of version 2 from. Left out: to us, Ethernet, no address, `protocolType` from the layer inside. */
export type Sll2Init = Inits<typeof shape2> & Source;

/** A cooked header, version 1. */
export class Sll extends header('Linux cooked', 'sll', shape) {
  static readonly carries: Carries = { etherType: true };

  /** The sender's address: a MAC or IPv4 address, or pairs of hexadecimal digits. */
  get src(): string {
    return sourceOf(this, this.at + 6);
  }

  override next(bindings: Bindings): Row | undefined {
    return bindings.etherType.get(this.protocolType);
  }

  override write(init: SllInit, next?: Numbers): void {
    this.view.setUint16(this.at + 2, 1);
    this.view.setUint16(this.at + 14, next?.etherType ?? 0);
    const src = init.src === undefined ? undefined : bytesOfSource(init.src);
    if (src) {
      this.view.setUint16(this.at + 4, src.length);
      bytesOf(this.view, this.at + 6, this.at + 14).set(src);
    }
    this.assign(init);
  }

  override nodes(): FieldNode[] {
    return withSource(super.nodes(), this, this.at + 6);
  }

  override trailerNodes(at: number, end: number): FieldNode[] {
    return [bytesNode({ name: 'trailer', label: 'Trailer', filters: ['sll.trailer'] }, this.view, at, end)];
  }

  override summary(): string {
    return summaryOf(this);
  }
}

/** A cooked header, version 2. */
export class Sll2 extends header('Linux cooked v2', 'sll', shape2) {
  static readonly carries: Carries = { etherType: true };

  /** The sender's address: a MAC or IPv4 address, or pairs of hexadecimal digits. */
  get src(): string {
    return sourceOf(this, this.at + 12);
  }

  override next(bindings: Bindings): Row | undefined {
    return bindings.etherType.get(this.protocolType);
  }

  override write(init: Sll2Init, next?: Numbers): void {
    this.view.setUint16(this.at, next?.etherType ?? 0);
    this.view.setUint16(this.at + 8, 1);
    const src = init.src === undefined ? undefined : bytesOfSource(init.src);
    if (src) {
      this.view.setUint8(this.at + 11, src.length);
      bytesOf(this.view, this.at + 12, this.at + 20).set(src);
    }
    this.assign(init);
  }

  override nodes(): FieldNode[] {
    return withSource(super.nodes(), this, this.at + 12);
  }

  override trailerNodes(at: number, end: number): FieldNode[] {
    return [bytesNode({ name: 'trailer', label: 'Trailer', filters: ['sll.trailer'] }, this.view, at, end)];
  }

  override summary(): string {
    return summaryOf(this);
  }
}

type Cooked = HeaderLayer & { packetType: number; protocolType: number; addressLength: number };

function sourceOf({ view, addressLength: length }: Cooked, at: number): string {
  if (length === 6) return formatMac(view, at);
  return length === 4 ? formatIpv4(view.getUint32(at)) : toHex(bytesOf(view, at, at + Math.min(length, 8)));
}

function bytesOfSource(text: string): number[] {
  if (text.includes('.')) {
    const value = parseIpv4(text);
    return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
  }
  const bytes = text.length === 17 ? parseMac(text) : [...fromHex(text)];
  if (bytes.length > 8) throw new RangeError(`Cannot write src: ${bytes.length} bytes given, at most 8 fit`);
  return bytes;
}

/** The nodes with the address's told apart: the bytes that count, and those that fill. */
function withSource(nodes: FieldNode[], layer: Cooked, at: number): FieldNode[] {
  const length = Math.min(layer.addressLength, 8);
  const text = sourceOf(layer, at);
  const filter = length === 6 ? 'sll.src.eth' : length === 4 ? 'sll.src.ipv4' : 'sll.src.other';
  const src: FieldNode = {
    name: 'src',
    label: 'Source address',
    filters: [filter],
    at,
    bit: 0,
    bits: length * 8,
    value: text,
    text,
  };
  const children = length === 0 ? [] : [src];
  if (length < 8)
    children.push(
      bytesNode({ name: 'unused', label: 'Unused', filters: ['sll.unused'] }, layer.view, at + length, at + 8),
    );
  return nodes.map((node) => (node.name === 'address' ? { ...node, children } : node));
}

function summaryOf({ packetType: type, protocolType: protocol }: Cooked): string {
  const inside = etherTypeNames[protocol] ?? `protocol ${formatHex(protocol, 4)}`;
  return `${packetTypes[type] ?? `packet type ${type}`}, ${inside}`;
}

/** Fields of a cooked header of version 1, as read. */
export type SllFields = Fields<typeof shape>;

/** Fields of a cooked header of version 2, as read. */
export type Sll2Fields = Fields<typeof shape2>;

/** A cooked header of version 1 for `build`. */
export function sll(init: SllInit = {}): Part<SllInit> {
  return { type: Sll, init };
}

/** A cooked header of version 2 for `build`. */
export function sll2(init: Sll2Init = {}): Part<Sll2Init> {
  return { type: Sll2, init };
}
