/**
 * IPv6 routing header, RFC 8200 section 4.4: type 0 (source route, deprecated by RFC 5095), type 2 (mobile IPv6, RFC 6275), type 4
 * (segment routing, RFC 8754). Other types carry bytes that only they know.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+---------------+---------------+
 * |  next header  |    length     | routing type  | segments left |
 * +---------------+---------------+---------------+---------------+
 * |  types 0, 2: reserved · type 4: last entry, flags, tag        |
 * +---------------------------------------------------------------+
 * |                  addresses, 16 bytes each ...                 |
 * +---------------------------------------------------------------+
 *
 * @module
 */
import { formatIpv6, parseIpv6 } from '../../address.js';
import { bytesOf, formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { type Fields, header, type Inits, u8 } from '../core/header.js';
import {
  type Bindings,
  bytesNode,
  type Carries,
  derivedNode,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { IpProtocol, ipProtocolNames } from './ipv4.js';

/** Routing types, IANA. */
export const RoutingType = { SOURCE_ROUTE: 0, MOBILE: 2, RPL: 3, SEGMENT: 4 } as const;

const typeNames: { readonly [value: number]: string } = {
  0: 'Source route, deprecated',
  2: 'Mobile IPv6',
  3: 'RPL source route',
  4: 'Segment routing',
};

const shape = {
  /** Number of the header that follows. */
  nextHeader: u8.with({ filter: 'ipv6.routing.nxt', names: ipProtocolNames }),
  /** Length of the header in units of 8 bytes, the first 8 not counted. */
  length: u8.with({ filter: 'ipv6.routing.len', unit: 'times 8 bytes, beyond the first 8' }),
  /** Which kind of route this is. */
  routingType: u8.with({ filter: 'ipv6.routing.type', names: typeNames }),
  /** Stops still to be made. */
  segmentsLeft: u8.with({ filter: 'ipv6.routing.segleft' }),
};

/**
 * What to build a routing header from. Left out: `routingType` 0, `segmentsLeft` all addresses (of type 4: all but one, the first stop
 * being the packet's destination), `lastEntry` the last address, `nextHeader` from the layer inside; `length` is computed.
 */
export type RoutingInit = Inits<typeof shape> & {
  /** Stops: in order of travel in types 0 and 2, last stop first in type 4. */
  addresses?: readonly string[] | undefined;
  /** The four bytes before the addresses of types 0 and 2, zeros where left out. */
  reserved?: number | undefined;
  /** Type 4: index of the last address. */
  lastEntry?: number | undefined;
  /** Type 4: no flag is defined. */
  flags?: number | undefined;
  /** Type 4: marks packets of one kind. */
  tag?: number | undefined;
  /** Bytes behind the addresses (type 4: TLVs), or all behind the first four of a type that has none of the forms above. */
  data?: Uint8Array | undefined;
};

/** A routing header. While it has segments left, upper-layer checksums are made with its last stop as destination. */
export class Routing extends header('IPv6 Routing', 'ipv6.routing', shape) {
  static readonly spansPayload: boolean = true;
  static readonly carries: Carries = { ipProtocol: true };

  static override sizeOf(init: unknown): number {
    const { routingType = 0, addresses = [], data } = init as RoutingInit;
    const size = (hasAddresses(routingType) ? 8 + 16 * addresses.length : 4) + (data?.length ?? 0);
    return Math.ceil(size / 8) * 8;
  }

  /** Header bytes that are there: what `length` says, no more than the buffer has. */
  override get headerLength(): number {
    return Math.min((this.length + 1) * 8, this.end - this.at);
  }

  override headerFault(): DecodeFault | undefined {
    return this.truncation(8);
  }

  override fault(): DecodeFault | undefined {
    return this.headerFault() ?? this.truncation((this.length + 1) * 8);
  }

  /** Its stops, as many as there are wholly. */
  get addresses(): string[] {
    const addresses: string[] = [];
    for (let i = this.at + 8; i < this.#addressesEnd; i += 16) addresses.push(formatIpv6(this.view, i));
    return addresses;
  }

  override next(bindings: Bindings): Row | undefined {
    return bindings.ipProtocol.get(this.nextHeader);
  }

  override write(init: RoutingInit, next?: Numbers): void {
    const { view, at } = this;
    const { routingType = 0, addresses = [], data } = init;
    const count = addresses.length;
    view.setUint8(at, next?.ipProtocol ?? IpProtocol.NO_NEXT);
    view.setUint8(at + 1, Routing.sizeOf(init) / 8 - 1);
    view.setUint8(at + 3, routingType === RoutingType.SEGMENT ? Math.max(0, count - 1) : count);
    this.assign(init);
    let i = at + 4;
    if (hasAddresses(routingType)) {
      if (routingType === RoutingType.SEGMENT) {
        view.setUint8(i, init.lastEntry ?? Math.max(0, count - 1));
        view.setUint8(i + 1, init.flags ?? 0);
        view.setUint16(i + 2, init.tag ?? 0);
      } else view.setUint32(i, init.reserved ?? 0);
      i += 4;
      for (const address of addresses)
        for (const group of parseIpv6(address)) {
          view.setUint16(i, group);
          i += 2;
        }
    }
    if (data) bytesOf(view, i, i + data.length).set(data);
  }

  override toInit(): RoutingInit {
    const init: RoutingInit = super.toInit();
    const { view, at, payloadAt } = this;
    const isSegment = this.routingType === RoutingType.SEGMENT;
    if (!hasAddresses(this.routingType)) return { ...init, data: bytesOf(view, at + 4, payloadAt).slice() };
    if (isSegment) {
      init.lastEntry = view.getUint8(at + 4);
      init.flags = view.getUint8(at + 5);
      init.tag = view.getUint16(at + 6);
    } else init.reserved = view.getUint32(at + 4);
    init.addresses = this.addresses;
    if (this.#addressesEnd < payloadAt) init.data = bytesOf(view, this.#addressesEnd, payloadAt).slice();
    return init;
  }

  override nodes(): FieldNode[] {
    const { view, at, payloadAt } = this;
    const bytes = (this.length + 1) * 8;
    const nodes = super.nodes();
    nodes.push(
      derivedNode({ name: 'bytes', label: 'Length in bytes', filters: ['ipv6.routing.len_oct'] }, at + 1, bytes),
    );
    if (!hasAddresses(this.routingType)) {
      return [
        ...nodes,
        bytesNode(
          { name: 'data', label: 'Type-specific data', filters: ['ipv6.routing.unknown_data'] },
          view,
          at + 4,
          payloadAt,
        ),
      ];
    }
    const isSegment = this.routingType === RoutingType.SEGMENT;
    const isMobile = this.routingType === RoutingType.MOBILE;
    if (isSegment) {
      const lastEntry = view.getUint8(at + 4);
      const flags = view.getUint8(at + 5);
      nodes.push(
        {
          name: 'lastEntry',
          label: 'Last entry',
          filters: ['ipv6.routing.srh.last_entry'],
          at: at + 4,
          bit: 0,
          bits: 8,
          value: lastEntry,
          text: String(lastEntry),
        },
        {
          name: 'flags',
          label: 'Flags',
          filters: ['ipv6.routing.srh.flags'],
          at: at + 5,
          bit: 0,
          bits: 8,
          value: flags,
          text: formatHex(flags, 2),
        },
        bytesNode({ name: 'tag', label: 'Tag', filters: ['ipv6.routing.srh.tag'] }, view, at + 6, at + 8),
      );
    } else {
      nodes.push(
        bytesNode(
          {
            name: 'reserved',
            label: 'Reserved',
            filters: [isMobile ? 'ipv6.routing.mipv6.reserved' : 'ipv6.routing.src.reserved'],
          },
          view,
          at + 4,
          at + 8,
        ),
      );
    }
    const filter = isSegment
      ? 'ipv6.routing.srh.addr'
      : isMobile
        ? 'ipv6.routing.mipv6.home_address'
        : 'ipv6.routing.src.addr';
    for (const [i, address] of this.addresses.entries()) {
      nodes.push({
        name: 'address',
        label: `Address ${i}`,
        filters: [filter],
        at: at + 8 + 16 * i,
        bit: 0,
        bits: 128,
        value: address,
        text: address,
      });
    }
    if (this.#addressesEnd < payloadAt)
      nodes.push(bytesNode({ name: 'data', label: 'Further data', filters: [] }, view, this.#addressesEnd, payloadAt));
    return nodes;
  }

  override summary(): string {
    return `${typeNames[this.routingType] ?? `Routing type ${this.routingType}`}, ${this.segmentsLeft} segments left`;
  }

  /** Offset behind the last address that is wholly here: of type 4 those that `lastEntry` counts. */
  get #addressesEnd(): number {
    if (!hasAddresses(this.routingType)) return this.at + 4;
    const room = (this.payloadAt - this.at - 8) >> 4;
    const count = this.routingType === RoutingType.SEGMENT ? this.view.getUint8(this.at + 4) + 1 : room;
    return this.at + 8 + 16 * Math.max(0, Math.min(room, count));
  }
}

function hasAddresses(routingType: number): boolean {
  return (
    routingType === RoutingType.SOURCE_ROUTE ||
    routingType === RoutingType.MOBILE ||
    routingType === RoutingType.SEGMENT
  );
}

/** Fields of a routing header, as read. */
export type RoutingFields = Fields<typeof shape>;

/** A routing header for `build`. */
export function routing(init: RoutingInit = {}): Part<RoutingInit> {
  return { type: Routing, init };
}
