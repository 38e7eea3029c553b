/**
 * IPv6 extension headers of options, RFC 8200 sections 4.3 (hop-by-hop) and 4.6 (destination).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |  next header  |    length     |   options, padded to 8 ...    |
 * +---------------+---------------+-------------------------------+
 *
 * @module
 */
import type { DecodeFault } from '../../errors.js';
import { type Fields, header, type Inits, u8 } from '../core/header.js';
import {
  type Bindings,
  type Carries,
  derivedNode,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { IpProtocol, ipProtocolNames } from './ipv4.js';
import {
  type Ipv6Option,
  ipv6OptionNodes,
  readIpv6Options,
  sizeOfIpv6Options,
  writeIpv6Options,
} from './ipv6-options.js';

const shapeOf = (filter: string) => ({
  /** Number of the header that follows. */
  nextHeader: u8.with({ filter: `${filter}.nxt`, names: ipProtocolNames }),
  /** Length of the header in units of 8 bytes, the first 8 not counted. */
  length: u8.with({ filter: `${filter}.len`, unit: 'times 8 bytes, beyond the first 8' }),
});

const hopByHopShape = shapeOf('ipv6.hopopts');
const destinationShape = shapeOf('ipv6.dstopts');

/** What to build an options header from. Left out: `nextHeader` from the layer inside; `length` is computed. */
export type Ipv6OptionsInit = Inits<typeof hopByHopShape> & {
  /** Options in wire order; Pad1 or PadN fills up to a multiple of 8 bytes. */
  options?: readonly Ipv6Option[] | undefined;
};

const HopByHopHeader = header('IPv6 Hop-by-Hop', 'ipv6.hopopts', hopByHopShape);
const DestinationHeader = header('IPv6 Destination Options', 'ipv6.dstopts', destinationShape);

/** What the two headers of options have in common. */
export class Ipv6OptionsHeader extends HopByHopHeader {
  static readonly carries: Carries = { ipProtocol: true };

  static override sizeOf(init: unknown): number {
    return Math.ceil((2 + sizeOfIpv6Options((init as Ipv6OptionsInit).options)) / 8) * 8;
  }

  /** Header bytes that are there: what `length` says, no more than the buffer has. */
  override get headerLength(): number {
    return Math.min((this.length + 1) * 8, this.end - this.at);
  }

  override fault(): DecodeFault | undefined {
    return this.headerFault() ?? this.truncation((this.length + 1) * 8);
  }

  /** The options in wire order, padding included. */
  get options(): Ipv6Option[] {
    return readIpv6Options(this.view, this.at + 2, this.payloadAt);
  }

  override next(bindings: Bindings): Row | undefined {
    return bindings.ipProtocol.get(this.nextHeader);
  }

  override write(init: Ipv6OptionsInit, next?: Numbers): void {
    const size = Ipv6OptionsHeader.sizeOf(init);
    this.view.setUint8(this.at, next?.ipProtocol ?? IpProtocol.NO_NEXT);
    this.view.setUint8(this.at + 1, size / 8 - 1);
    this.assign(init);
    writeIpv6Options(this.view, this.at + 2, this.at + size, init.options);
  }

  override toInit(): Ipv6OptionsInit {
    return { ...super.toInit(), options: this.options };
  }

  override nodes(): FieldNode[] {
    const bytes = (this.length + 1) * 8;
    const octets = derivedNode(
      { name: 'bytes', label: 'Length in bytes', filters: [`${this.layerType.protocol}.len_oct`] },
      this.at + 1,
      bytes,
      String(bytes),
    );
    return [...super.nodes(), octets, ...ipv6OptionNodes(this.view, this.at + 2, this.payloadAt)];
  }

  override summary(): string {
    return this.layerType.label;
  }
}

/** Options that every router on the way looks at. */
export class HopByHop extends Ipv6OptionsHeader {}

/** Options for the destination, or, before a routing header, for each stop. */
export class DestinationOptions extends Ipv6OptionsHeader {
  static override readonly label: string = DestinationHeader.label;
  static override readonly protocol: string = DestinationHeader.protocol;
  static override readonly fields: typeof DestinationHeader.fields = DestinationHeader.fields;
}

/** Fields of an options header, as read. */
export type Ipv6OptionsFields = Fields<typeof hopByHopShape>;

/** A hop-by-hop options header for `build`, first behind the IPv6 header. */
export function hopByHop(init: Ipv6OptionsInit = {}): Part<Ipv6OptionsInit> {
  return { type: HopByHop, init };
}

/** A destination options header for `build`. */
export function destinationOptions(init: Ipv6OptionsInit = {}): Part<Ipv6OptionsInit> {
  return { type: DestinationOptions, init };
}
