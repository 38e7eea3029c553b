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
import { formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { crc32 } from '../core/crc.js';
import { type Fields, header, type Inits, macAddress, u16 } from '../core/header.js';
import {
  type Bindings,
  bytesNode,
  type Carries,
  type Enclosing,
  type FieldNode,
  type Naming,
  type Numbers,
  type Part,
  Step,
  type Steps,
} from '../core/layer.js';
import { isPadding as isZero } from '../core/option.js';

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
  PPP: 0x880b,
  MPLS: 0x8847,
  /** MPLS with labels that the next hop up assigned, RFC 5332. */
  MPLS_UPSTREAM: 0x8848,
  PPPOE_DISCOVERY: 0x8863,
  PPPOE_SESSION: 0x8864,
  QINQ: 0x88a8,
  LLDP: 0x88cc,
  /** Q-in-Q before there was a standard. */
  ERSPAN: 0x88be,
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

/** Bytes that a frame has at least, its check sequence not counted. */
export const minimumFrame = 60;

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
  static readonly carries: Carries = { etherType: true };
  static readonly naming: Naming = { inTree: ['eth.type'] };

  static step(steps: Steps, bindings: Bindings): Step {
    const { view, at, end } = steps;
    if (end - at < Ethernet.size) return Step.CUT;
    steps.from = at + Ethernet.size;
    return stepByType(steps, view.getUint16(at + 12), bindings);
  }

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

  override fault(): DecodeFault | undefined {
    const have = this.end - this.at - Ethernet.size;
    if (have < 0) return this.truncation(Ethernet.size);
    const { type } = this;
    if (type <= maxLength && type > have)
      return this.faultAt('TRUNCATED', `length is ${type}, ${have} bytes available`, this.at + 12);
    return undefined;
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
    // As Wireshark tells them apart: a frame of 64 bytes or more needs no padding, so that 4 bytes at its end are its check sequence; the
    // zeros that fill up to 60 bytes are padding; what is left is a trailer.
    const stop = end - this.at >= 64 && end - at >= 4 ? end - 4 : end;
    const fill = Math.min(Math.max(this.at + minimumFrame, at), stop);
    const zeros = isZero(this.view, at, fill) ? fill : at;
    const nodes: FieldNode[] = [];
    if (at < zeros)
      nodes.push(bytesNode({ name: 'padding', label: 'Padding', filters: ['eth.padding'] }, this.view, at, zeros));
    if (zeros < stop)
      nodes.push(bytesNode({ name: 'trailer', label: 'Trailer', filters: ['eth.trailer'] }, this.view, zeros, stop));
    if (stop < end) {
      const value = this.view.getUint32(stop);
      const isRight = this.view.getUint32(stop, true) === crc32(this.view, this.at, stop);
      const meaning = isRight ? 'correct' : 'not that of this frame';
      const text = formatHex(value, 8);
      const place = { at: stop, bit: 0, bits: 32 };
      nodes.push({ name: 'fcs', label: 'Frame check sequence', filters: ['eth.fcs'], ...place, value, text, meaning });
    }
    return nodes;
  }

  override summary(): string {
    const { type } = this;
    const name = type <= maxLength ? `802.3, ${type} bytes` : (etherTypeNames[type] ?? `type ${formatHex(type, 4)}`);
    return `${this.src} → ${this.dst} ${name}`;
  }

  /** The address with the two bits of its first octet that say what kind it is, IEEE 802 clause 8.2. */
  #address(node: FieldNode): FieldNode {
    const { at } = node;
    const names = addressFilters[node.name as 'dst' | 'src'];
    const oui = this.view.getUint16(at) * 256 + this.view.getUint8(at + 2);
    const isLocal = (oui & 0x020000) !== 0;
    const isGroup = (oui & 0x010000) !== 0;
    const text = node.text.slice(0, 8);
    return {
      ...node,
      children: [
        {
          name: 'oui',
          label: 'Vendor (OUI)',
          filters: names.oui,
          at,
          bit: 0,
          bits: 24,
          value: oui,
          text,
          wireshark: String(oui),
        },
        {
          name: 'lg',
          label: 'Administered',
          filters: names.lg,
          at,
          bit: 6,
          bits: 1,
          value: isLocal,
          text: isLocal ? '1' : '0',
          meaning: isLocal ? 'locally' : 'globally unique, by the vendor',
        },
        {
          name: 'ig',
          label: 'Addressed to',
          filters: names.ig,
          at,
          bit: 7,
          bits: 1,
          value: isGroup,
          text: isGroup ? '1' : '0',
          meaning: isGroup ? 'a group' : 'one station',
        },
      ],
    };
  }
}

/** Wireshark's names of an address's parts. */
const addressFilters = {
  dst: { oui: ['eth.dst.oui', 'eth.addr.oui'], lg: ['eth.dst.lg', 'eth.lg'], ig: ['eth.dst.ig', 'eth.ig'] },
  src: { oui: ['eth.src.oui', 'eth.addr.oui'], lg: ['eth.src.lg', 'eth.lg'], ig: ['eth.src.ig', 'eth.ig'] },
} as const;

/**
 * A step from `from` on into what a type, or a length in its place, announces. Bytes behind what the length covers stay those of the
 * layer at hand: padding.
 */
export function stepByType(steps: Steps, type: number, bindings: Bindings): Step {
  const { from, end } = steps;
  if (type > maxLength) {
    steps.to = end;
    steps.next = bindings.etherType.get(type);
    return Step.WHOLE;
  }
  steps.to = Math.min(from + type, end);
  if (followsLlc(steps.view, from, steps.to)) steps.next = bindings.etherType.get(EtherType.LLC);
  return from + type > end ? Step.SHORT : Step.WHOLE;
}

/** Whether an 802.3 frame's data is LLC. Novell's raw IPX, which begins with all ones, has no LLC header. */
function followsLlc(view: DataView, at: number, end: number): boolean {
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
