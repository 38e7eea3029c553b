/**
 * Internet Protocol version 6, RFC 8200.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+-----------+---+---------------------------------------+
 * |version|   dscp    |ecn|              flow label               |
 * +-------+-----------+---+-------+---------------+---------------+
 * |        payload length         |  next header  |   hop limit   |
 * +-------------------------------+---------------+---------------+
 * |                   source address, 16 bytes                    |
 * +---------------------------------------------------------------+
 * |                 destination address, 16 bytes                 |
 * +---------------------------------------------------------------+
 *
 * The traffic class octet is read as RFC 2474 (DSCP) and RFC 3168 (ECN) define it.
 *
 * @module
 */
import { formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { bits, type Fields, header, type Inits, ipv6Address, u8, u16 } from '../core/header.js';
import {
  type Bindings,
  type Carries,
  derivedNode,
  type Enclosing,
  type FieldNode,
  type Numbers,
  type Part,
  Step,
  type Steps,
} from '../core/layer.js';
import { dscpNames, ecnNames, IpProtocol, ipProtocolNames } from './ipv4.js';
import { findJumbo } from './ipv6-options.js';

const shape = {
  /** Always 6. */
  version: bits(4).with({ filter: ['ipv6.version', 'ip.version'] }),
  /** Differentiated Services codepoint, RFC 2474. */
  dscp: bits(6).with({ label: 'Differentiated services (DSCP)', filter: 'ipv6.tclass.dscp', names: dscpNames }),
  /** Explicit congestion notification, RFC 3168. */
  ecn: bits(2).with({ label: 'Congestion notification (ECN)', filter: 'ipv6.tclass.ecn', names: ecnNames }),
  /** Marks packets of one flow, RFC 6437; 0 for none. */
  flowLabel: bits(20).with({ filter: 'ipv6.flow', base: 'hex' }),
  /** Bytes behind this header, extension headers included; 0 in a jumbogram. */
  payloadLength: u16.with({ filter: 'ipv6.plen', unit: 'bytes' }),
  /** Number of the extension header or protocol inside. */
  nextHeader: u8.with({ filter: 'ipv6.nxt', names: ipProtocolNames }),
  /** Hops left. */
  hopLimit: u8.with({ filter: 'ipv6.hlim', unit: 'hops' }),
  /** Source address. */
  src: ipv6Address.with({ label: 'Source address', filter: ['ipv6.src', 'ipv6.addr', 'ipv6.src_host', 'ipv6.host'] }),
  /** Destination address: with a routing header that of the next stop. */
  dst: ipv6Address.with({
    label: 'Destination address',
    filter: ['ipv6.dst', 'ipv6.addr', 'ipv6.dst_host', 'ipv6.host'],
  }),
};

/**
 * What to build an IPv6 header from. Left out: `version` 6, `hopLimit` 64, both addresses ::1, `nextHeader` from the layer inside (59, no
 * next header, where that has no number); `payloadLength` is computed.
 */
export type Ipv6Init = Inits<typeof shape>;

/** An IPv6 header and what it carries. */
export class Ipv6 extends header('IPv6', 'ipv6', shape) {
  static readonly carries: Carries = { ipProtocol: true };

  static step(steps: Steps, bindings: Bindings): Step {
    const { view, at, end } = steps;
    if (end - at < Ipv6.size) return Step.CUT;
    if (view.getUint8(at) >> 4 !== 6) return Step.UNREADABLE;
    const next = view.getUint8(at + 6);
    const length = view.getUint16(at + 4) || jumboLength(view, at, end, next);
    const stop = length === 0 ? end : at + Ipv6.size + length;
    steps.from = at + Ipv6.size;
    steps.to = Math.min(stop, end);
    steps.next = bindings.ipProtocol.get(next);
    if (stop > end) return Step.SHORT;
    steps.end = stop;
    return Step.WHOLE;
  }

  /** The end that the payload length gives, or a jumbo payload option; the window's where that is less or both are 0. */
  override get payloadEnd(): number {
    const length = this.payloadLength || this.#jumboLength;
    return length === 0 ? this.end : Math.min(this.at + Ipv6.size + length, this.end);
  }

  get needsChecksum(): boolean {
    return true;
  }

  get isJumbogram(): boolean {
    return this.#jumboLength > 0;
  }

  override headerFault(): DecodeFault | undefined {
    if (this.end - this.at < Ipv6.size) return this.truncation(Ipv6.size);
    return this.version === 6 ? undefined : this.faultAt('BAD_VERSION', `version is ${this.version}, 6 needed`);
  }

  override fault(): DecodeFault | undefined {
    const fault = this.headerFault();
    if (fault) return fault;
    const have = this.end - this.at - Ipv6.size;
    const length = this.payloadLength || this.#jumboLength;
    if (length > have)
      return this.faultAt('TRUNCATED', `payload length is ${length}, ${have} bytes available`, this.at + 4);
    return undefined;
  }

  /** The traffic class octet: DSCP and ECN. */
  get trafficClass(): number {
    return (this.view.getUint16(this.at) >> 4) & 0xff;
  }

  /**
   * Sum of the pseudo-header that upper-layer checksums span, RFC 8200 section 8.1: with a routing header that has segments left, the
   * destination is the final one.
   */
  pseudoSum(protocol: number, length: number): number {
    const { view, at } = this;
    const dst = this.#finalDestination();
    let total = length + protocol;
    for (let i = 0; i < 16; i += 4) total += view.getUint32(at + 8 + i) + view.getUint32(dst + i);
    return total;
  }

  override write(init: Ipv6Init, next?: Numbers): void {
    const { view, at } = this;
    view.setUint8(at, 0x60);
    view.setUint8(at + 6, next?.ipProtocol ?? IpProtocol.NO_NEXT);
    view.setUint8(at + 7, 64);
    view.setUint8(at + 23, 1);
    view.setUint8(at + 39, 1);
    this.assign(init);
  }

  override seal(_enclosing: Enclosing | undefined, given: Ipv6Init | undefined): void {
    if (given?.payloadLength !== undefined) return;
    const length = this.end - this.at - Ipv6.size;
    if (length > 0xffff && this.nextHeader !== IpProtocol.HOPOPT) {
      throw new RangeError(
        `Cannot build IPv6 at byte ${this.at}: ${length} bytes, at most 65535 fit without a jumbo payload option in hopByHop()`,
      );
    }
    this.payloadLength = length > 0xffff ? 0 : length;
  }

  override nodes(): FieldNode[] {
    const nodes = super.nodes();
    const { trafficClass } = this;
    const text = formatHex(trafficClass, 2);
    const octet = derivedNode(
      { name: 'trafficClass', label: 'Traffic class', filters: ['ipv6.tclass'] },
      this.at,
      trafficClass,
      text,
    );
    return [nodes[0]!, { ...octet, wireshark: `0x000000${text.slice(2)}` }, ...nodes.slice(1)];
  }

  override summary(): string {
    return `${this.src} → ${this.dst} ${ipProtocolNames[this.nextHeader] ?? `next header ${this.nextHeader}`}`;
  }

  get #jumboLength(): number {
    return jumboLength(this.view, this.at, this.end, this.nextHeader);
  }

  /** Offset of the address that the packet shall reach in the end. */
  #finalDestination(): number {
    const { view, end } = this;
    let next = this.nextHeader;
    let at = this.at + Ipv6.size;
    while (at + 8 <= end) {
      const length = (view.getUint8(at + 1) + 1) * 8;
      if (next === IpProtocol.ROUTING) {
        const type = view.getUint8(at + 2);
        // A segment routing header lists its segments last first, RFC 8754 section 2; the older types in order.
        const address = type === 4 ? at + 8 : at + length - 16;
        const isRoute = (type === 0 || type === 2 || type === 4) && length >= 24 && at + length <= end;
        return isRoute && view.getUint8(at + 3) > 0 ? address : this.at + 24;
      }
      if (next !== IpProtocol.HOPOPT && next !== IpProtocol.DESTINATION_OPTIONS) break;
      next = view.getUint8(at);
      at += length;
    }
    return this.at + 24;
  }
}

/** Length that a jumbo payload option gives, RFC 2675; 0 without one. */
function jumboLength(view: DataView, at: number, end: number, nextHeader: number): number {
  return nextHeader === IpProtocol.HOPOPT ? findJumbo(view, at + Ipv6.size, end) : 0;
}

/** Fields of an IPv6 header, as read. */
export type Ipv6Fields = Fields<typeof shape>;

/** An IPv6 header for `build`. */
export function ipv6(init: Ipv6Init = {}): Part<Ipv6Init> {
  return { type: Ipv6, init };
}
