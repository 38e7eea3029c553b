/**
 * Ethernet II and IEEE 802.3: the two share a header, told apart by its last two bytes (IEEE 802.3 clause 3.2.6): up to 1500 they are
 * the length of the data, which begins with an LLC header; from 1536 they are the EtherType of what follows.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                      destination address                      |
 * +-------------------------------+-------------------------------+
 * |  destination address (cont.)  |        source address         |
 * +-------------------------------+-------------------------------+
 * |                    source address (cont.)                     |
 * +-------------------------------+-------------------------------+
 * |        type or length         |
 * +-------------------------------+
 *
 * @module
 */
import { toHex } from '../bytes.js';
import type { DecodeFault } from '../errors.js';
import { type Fields, header, type Inits, macAddress, u16 } from './header.js';
import {
  type Bindings,
  bytesNode,
  type Enclosing,
  type FieldNode,
  type LayerType,
  type Numbers,
  type Part,
} from './layer.js';
import { isPadding as isZero } from './option.js';

/** EtherTypes, https://www.iana.org/assignments/ieee-802-numbers */
export const EtherType = {
  /** Not an EtherType on the wire: the number by which the table of neighbours, and Linux in SLL, know an LLC header. */
  LLC: 0x0004,
  IPV4: 0x0800,
  ARP: 0x0806,
  TRANSPARENT_ETHERNET: 0x6558,
  RARP: 0x8035,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  QINQ: 0x88a8,
  /** Q-in-Q before there was a standard. */
  QINQ_OLD: 0x9100,
  LOOPBACK: 0x9000,
} as const;

/** Names of EtherTypes, as shown. */
export const etherTypeNames: { readonly [value: number]: string } = {
  4: '802.2 LLC',
  2048: 'IPv4',
  2054: 'ARP',
  25944: 'Transparent Ethernet bridging',
  32821: 'RARP',
  33024: '802.1Q virtual LAN',
  33079: 'IPX',
  34525: 'IPv6',
  34824: 'Ethernet flow control',
  34825: 'Slow protocols (LACP)',
  34827: 'PPP',
  34887: 'MPLS',
  34888: 'MPLS with upstream-assigned label',
  34915: 'PPPoE discovery',
  34916: 'PPPoE session',
  34958: '802.1X authentication',
  34984: '802.1ad provider bridge (Q-in-Q)',
  35020: 'LLDP',
  35045: 'MACsec',
  35063: 'Precision Time Protocol',
  36864: 'Loopback (configuration test)',
  37120: 'Q-in-Q, before 802.1ad',
};

/** The largest number that is a length; the smallest EtherType is 1536, what lies between is neither. */
export const maxLength = 1500;

const shape = {
  /** Whom the frame is for. */
  dst: macAddress.with({
    label: 'Destination address',
    filter: ['eth.dst', 'eth.addr', 'eth.dst_resolved', 'eth.addr_resolved'],
  }),
  /** Who sent it. */
  src: macAddress.with({
    label: 'Source address',
    filter: ['eth.src', 'eth.addr', 'eth.src_resolved', 'eth.addr_resolved'],
  }),
  /** EtherType of what follows, or the length of the data where an LLC header follows. */
  type: u16.with({ label: 'Type', filter: 'eth.type', base: 'hex', names: etherTypeNames }),
};

/**
 * What to build an Ethernet header from. Left out: `dst` ff:ff:ff:ff:ff:ff, `src` 00:00:00:00:00:00, `type` from the layer inside, or the
 * data's length when that is LLC.
 */
export type EthernetInit = Inits<typeof shape>;

/** An Ethernet header and what it carries. */
export class Ethernet extends header('Ethernet', 'eth', shape) {
  /** Length of the data in an 802.3 frame; nothing in an Ethernet II frame. */
  get length(): number | undefined {
    const { type } = this;
    return type <= maxLength ? type : undefined;
  }

  /** The end that an 802.3 length gives, no more than the window's. */
  override get payloadEnd(): number {
    const { type } = this;
    return type <= maxLength ? Math.min(this.at + Ethernet.size + type, this.end) : this.end;
  }

  /** What follows an 802.3 frame's data is this layer's own: padding. */
  override get keepsTrailer(): boolean {
    return true;
  }

  override fault(): DecodeFault | undefined {
    const have = this.end - this.at - Ethernet.size;
    if (have < 0) return this.truncation(Ethernet.size);
    const { type } = this;
    if (type <= maxLength && type > have)
      return this.faultAt('TRUNCATED', `length is ${type}, ${have} bytes available`, this.at + 12);
    return undefined;
  }

  override next(bindings: Bindings): LayerType | undefined {
    const { type } = this;
    if (type > maxLength) return bindings.etherType.get(type);
    return followsLlc(this.view, this.payloadAt, this.payloadEnd) ? bindings.etherType.get(EtherType.LLC) : undefined;
  }

  override write(init: EthernetInit, next?: Numbers): void {
    const { view, at } = this;
    view.setUint32(at, 0xffffffff);
    view.setUint16(at + 4, 0xffff);
    view.setUint16(at + 12, next?.etherType ?? EtherType.LOOPBACK);
    this.assign(init);
  }

  override seal(_enclosing: Enclosing | undefined, given: EthernetInit | undefined, contentEnd: number): void {
    if (given?.type === undefined && (this.type === EtherType.LLC || (!given && this.type <= maxLength))) {
      this.type = contentEnd - this.at - Ethernet.size;
    }
  }

  override nodes(): FieldNode[] {
    const [dst, src, type] = Ethernet.fields.map((field) => this.node(field)) as [FieldNode, FieldNode, FieldNode];
    return [this.#address(dst), this.#address(src), typeNode(type, 'eth.len')];
  }

  override trailerNodes(at: number, end: number): FieldNode[] {
    // As Wireshark tells them: zeros that fill the frame to 60 bytes are padding, what lies behind or is no zero a trailer.
    const fill = Math.min(Math.max(this.at + 60 - at, 0), end - at);
    const zeros = isZero(this.view, at, at + fill) ? fill : 0;
    const nodes: FieldNode[] = [];
    if (zeros > 0) nodes.push(bytesNode(this.view, 'padding', 'Padding', ['eth.padding'], at, at + zeros));
    if (at + zeros < end) nodes.push(bytesNode(this.view, 'trailer', 'Trailer', ['eth.trailer'], at + zeros, end));
    return nodes;
  }

  override summary(): string {
    const { type } = this;
    const name =
      type <= maxLength
        ? `802.3, ${type} bytes`
        : (etherTypeNames[type] ?? `type 0x${type.toString(16).padStart(4, '0')}`);
    return `${this.src} → ${this.dst} ${name}`;
  }

  /** The address with the two bits of its first octet that say what kind it is, IEEE 802 clause 8.2. */
  #address(node: FieldNode): FieldNode {
    const first = this.view.getUint8(node.at);
    const bit = (
      name: string,
      label: string,
      mask: number,
      place: number,
      meaning: readonly [string, string],
    ): FieldNode => {
      const set = (first & mask) !== 0;
      const filters = [`eth.${node.name}.${name}`, `eth.${name}`];
      return {
        name,
        label,
        filters,
        at: node.at,
        bit: place,
        bits: 1,
        value: set,
        text: set ? '1' : '0',
        meaning: meaning[set ? 1 : 0],
      };
    };
    const oui = this.view.getUint16(node.at) * 256 + this.view.getUint8(node.at + 2);
    return {
      ...node,
      children: [
        {
          name: 'oui',
          label: 'Vendor (OUI)',
          filters: [`eth.${node.name}.oui`, 'eth.addr.oui'],
          at: node.at,
          bit: 0,
          bits: 24,
          value: oui,
          text: toHex(Uint8Array.of(oui >> 16, oui >> 8, oui), ':'),
          wireshark: String(oui),
        },
        bit('lg', 'Administered', 2, 6, ['globally unique, by the vendor', 'locally']),
        bit('ig', 'Addressed to', 1, 7, ['one station', 'a group']),
      ],
    };
  }
}

/** Whether an 802.3 frame's data is LLC. Novell's raw IPX, which begins with all ones, has no LLC header. */
export function followsLlc(view: DataView, at: number, end: number): boolean {
  return end - at >= 2 && view.getUint16(at) !== 0xffff;
}

/** The node of a type that may be a length: named `lengthFilter` and in decimal when it is one. */
export function typeNode(node: FieldNode, lengthFilter: string): FieldNode {
  const value = node.value as number;
  if (value > maxLength) return node;
  return { ...node, label: 'Length', filters: [lengthFilter], text: String(value), meaning: 'bytes, LLC follows' };
}

/** Fields of an Ethernet header, as read. */
export type EthernetFields = Fields<typeof shape>;

/** An Ethernet header for `build`. */
export function ethernet(init: EthernetInit = {}): Part<EthernetInit> {
  return { type: Ethernet, init };
}
