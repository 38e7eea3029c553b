/**
 * IPv6 fragment header, RFC 8200 section 4.5.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------+---+-+
 * |  next header  |   reserved    |     fragment offset     |res|M|
 * +---------------+---------------+-------------------------+---+-+
 * |                        identification                         |
 * +---------------------------------------------------------------+
 *
 * @module
 */
import { formatHex } from '../../bytes.js';
import { bits, type Fields, header, type Inits, u8, u32 } from '../core/header.js';
import type { Bindings, Carries, FieldNode, Numbers, Part, Row } from '../core/layer.js';
import { IpProtocol, ipProtocolNames } from './ipv4.js';

const shape = {
  /** Number of the header that the whole packet goes on with. */
  nextHeader: u8.with({ filter: 'ipv6.fraghdr.nxt', names: ipProtocolNames }),
  /** Zero. */
  reserved: u8.with({ filter: 'ipv6.fraghdr.reserved_octet', base: 'hex' }),
  /** Place of this fragment in units of 8 bytes. */
  fragmentOffset: bits(13).with({ filter: 'ipv6.fraghdr.offset', unit: 'times 8 bytes' }),
  /** Zero. */
  reservedBits: bits(2).with({ filter: 'ipv6.fraghdr.reserved_bits' }),
  /** 1 when further fragments follow. */
  moreFragments: bits(1).with({ filter: 'ipv6.fraghdr.more', names: { 0: 'last fragment', 1: 'more follow' } }),
  /** Tells the fragments of one packet from those of another. */
  id: u32.with({ label: 'Identification', filter: 'ipv6.fraghdr.ident', base: 'hex' }),
};

/** What to build a fragment header from. Left out: `nextHeader` from the layer inside, everything else 0. */
export type FragmentHeaderInit = Inits<typeof shape>;

/** A fragment header: what follows is a part of a packet, or, of an atomic fragment, all of it (RFC 6946). */
export class FragmentHeader extends header('IPv6 Fragment', 'ipv6.fraghdr', shape) {
  static readonly carries: Carries = { ipProtocol: true };

  override get isFragment(): boolean {
    return (this.view.getUint16(this.at + 2) & 0xfff9) !== 0;
  }

  override next(bindings: Bindings): Row | undefined {
    return this.fragmentOffset > 0 ? undefined : bindings.ipProtocol.get(this.nextHeader);
  }

  override write(init: FragmentHeaderInit, next?: Numbers): void {
    this.view.setUint8(this.at, next?.ipProtocol ?? IpProtocol.NO_NEXT);
    this.assign(init);
  }

  override nodes(): FieldNode[] {
    const meaning = `${this.fragmentOffset * 8} bytes`;
    return super.nodes().map((node) => (node.name === 'fragmentOffset' ? { ...node, meaning } : node));
  }

  override summary(): string {
    const more = this.moreFragments === 1 ? ', more follow' : '';
    return `fragment at ${this.fragmentOffset * 8} of id ${formatHex(this.id, 8)}${more}`;
  }
}

/** Fields of a fragment header, as read. */
export type FragmentHeaderFields = Fields<typeof shape>;

/** A fragment header for `build`. */
export function fragmentHeader(init: FragmentHeaderInit = {}): Part<FragmentHeaderInit> {
  return { type: FragmentHeader, init };
}
