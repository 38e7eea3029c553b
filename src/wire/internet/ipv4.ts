/**
 * Internet Protocol version 4, RFC 791.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+-------+-----------+---+-------------------------------+
 * |version|  ihl  |   dscp    |ecn|         total length          |
 * +-------+-------+-----------+---+-----+-------------------------+
 * |        identification         |flags|     fragment offset     |
 * +---------------+---------------+-----+-------------------------+
 * |      ttl      |   protocol    |        header checksum        |
 * +---------------+---------------+-------------------------------+
 * |                        source address                         |
 * +---------------------------------------------------------------+
 * |                      destination address                      |
 * +---------------------------------------------------------------+
 * |                     options, padded to 4                      |
 * +---------------------------------------------------------------+
 *
 * The type-of-service octet is read as RFC 2474 (DSCP) and RFC 3168 (ECN) define it.
 *
 * @module
 */

import { formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import * as checksum from '../core/checksum.js';
import type { FlagBit } from '../core/field.js';
import { bits, type Fields, header, type Inits, ipv4Address, u8, u16 } from '../core/header.js';
import {
  type Bindings,
  type Carries,
  derivedNode,
  type Enclosing,
  type FieldNode,
  type Naming,
  type Numbers,
  type Part,
  Step,
  type Steps,
} from '../core/layer.js';
import { ChecksumStatus, judgeChecksum, statusNode } from '../core/node.js';
import { optionFaults } from '../core/option.js';
import {
  finalAddressAt,
  type Ipv4Option,
  ipv4OptionLengths,
  ipv4OptionNodes,
  readIpv4Options,
  sizeOfIpv4Options,
  writeIpv4Options,
} from './ipv4-options.js';

/** Bits of the flags field, RFC 791 section 3.1. */
export const Ipv4Flag = { RESERVED: 4, DF: 2, MF: 1 } as const;

const flagBits: readonly FlagBit[] = [
  { name: 'Reserved', mask: 4, label: 'Reserved, must be zero', filter: 'ip.flags.rb' },
  { name: 'DF', mask: 2, label: "Don't fragment", filter: 'ip.flags.df' },
  { name: 'MF', mask: 1, label: 'More fragments', filter: 'ip.flags.mf' },
];

/** IP protocol numbers, IANA. */
export const IpProtocol = {
  HOPOPT: 0,
  ICMP: 1,
  IGMP: 2,
  IPV4: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  ROUTING: 43,
  FRAGMENT: 44,
  GRE: 47,
  ESP: 50,
  AH: 51,
  ICMPV6: 58,
  NO_NEXT: 59,
  DESTINATION_OPTIONS: 60,
  OSPF: 89,
  PIM: 103,
  VRRP: 112,
  SCTP: 132,
} as const;

/** Names of IP protocol numbers, as shown. */
export const ipProtocolNames: { readonly [value: number]: string } = {
  0: 'IPv6 Hop-by-Hop Option',
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPv4',
  6: 'TCP',
  17: 'UDP',
  41: 'IPv6',
  43: 'Routing Header for IPv6',
  44: 'Fragment Header for IPv6',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  59: 'No Next Header for IPv6',
  60: 'Destination Options for IPv6',
  89: 'OSPF',
  103: 'PIM',
  112: 'VRRP',
  132: 'SCTP',
};

/** Names of Differentiated Services codepoints, IANA. */
export const dscpNames: { readonly [value: number]: string } = {
  0: 'CS0, default',
  8: 'CS1',
  10: 'AF11',
  12: 'AF12',
  14: 'AF13',
  16: 'CS2',
  18: 'AF21',
  20: 'AF22',
  22: 'AF23',
  24: 'CS3',
  26: 'AF31',
  28: 'AF32',
  30: 'AF33',
  32: 'CS4',
  34: 'AF41',
  36: 'AF42',
  38: 'AF43',
  40: 'CS5',
  46: 'EF, expedited forwarding',
  48: 'CS6',
  56: 'CS7',
};

/** Names of ECN codepoints, RFC 3168 section 5. */
export const ecnNames: { readonly [value: number]: string } = {
  0: 'Not ECN-capable',
  1: 'ECT(1)',
  2: 'ECT(0)',
  3: 'Congestion experienced',
};

const shape = {
  /** Always 4. */
  version: bits(4).with({ filter: 'ip.version' }),
  /** Internet header length in 32-bit words, 5 without options. */
  ihl: bits(4).with({ label: 'Header length (IHL)', filter: 'ip.hdr_len', scale: 4, unit: 'bytes' }),
  /** Differentiated Services codepoint, RFC 2474. */
  dscp: bits(6).with({ label: 'Differentiated services (DSCP)', filter: 'ip.dsfield.dscp', names: dscpNames }),
  /** Explicit congestion notification, RFC 3168. */
  ecn: bits(2).with({ label: 'Congestion notification (ECN)', filter: 'ip.dsfield.ecn', names: ecnNames }),
  /** Bytes of header and data. */
  totalLength: u16.with({ filter: 'ip.len', unit: 'bytes' }),
  /** Tells the fragments of one datagram from those of another. */
  id: u16.with({ label: 'Identification', filter: 'ip.id', base: 'hex' }),
  /** Reserved, don't fragment (DF), more fragments (MF). */
  flags: bits(3).with({ filter: 'ip.flags' }).flags(flagBits),
  /** Place of this fragment in units of 8 bytes. */
  fragmentOffset: bits(13).with({ filter: 'ip.frag_offset', unit: 'times 8 bytes' }),
  /** Time to live: hops left. */
  ttl: u8.with({ label: 'Time to live', filter: 'ip.ttl', unit: 'hops' }),
  /** Number of the protocol inside. */
  protocol: u8.with({ filter: 'ip.proto', names: ipProtocolNames }),
  /** Checksum over the header. */
  headerChecksum: u16.with({ filter: 'ip.checksum', base: 'hex' }),
  /** Source address, dotted decimal. */
  src: ipv4Address.with({ label: 'Source address', filter: ['ip.src', 'ip.addr', 'ip.src_host', 'ip.host'] }),
  /** Destination address, dotted decimal. */
  dst: ipv4Address.with({ label: 'Destination address', filter: ['ip.dst', 'ip.addr', 'ip.dst_host', 'ip.host'] }),
};

/**
 * What to build an IPv4 header from. Left out: `version` 4, `id` 1, `ttl` 64, both addresses 127.0.0.1, `protocol` from the layer
 * inside; `ihl`, `totalLength` and `headerChecksum` are computed. What is given is written as it is, right or wrong.
 */
export type Ipv4Init = Inits<typeof shape> & {
  /** Options in wire order; padded with zeros to a multiple of 4 bytes. */
  options?: readonly Ipv4Option[] | undefined;
};

/** An IPv4 header and what it carries. */
export class Ipv4 extends header('IPv4', 'ip', shape) {
  static readonly carries: Carries = { ipProtocol: true };
  static readonly naming: Naming = {
    isOptional: true,
    derived: {
      'ip.dsfield': ({ view, at }) => view.getUint8(at + 1),
      'ip.checksum.status': () => ChecksumStatus.UNVERIFIED,
    },
  };

  static step(steps: Steps, bindings: Bindings): Step {
    const { view, at, end } = steps;
    const have = end - at;
    if (have < Ipv4.size) return Step.CUT;
    const first = view.getUint8(at);
    if (first >> 4 !== 4) return Step.UNREADABLE;
    const header = (first & 0x0f) * 4;
    const total = view.getUint16(at + 2);
    steps.from = at + Math.min(Math.max(header, Ipv4.size), have);
    steps.to = total === 0 ? end : Math.max(steps.from, Math.min(at + total, end));
    const fragment = view.getUint16(at + 6);
    if ((fragment & 0x3fff) !== 0) steps.inFragment = true;
    if (header < Ipv4.size || (header <= have && total !== 0 && total < header)) return Step.BAD;
    const protocol = view.getUint8(at + 9);
    // 0 announces hop-by-hop options, which IPv6 alone has.
    if ((fragment & 0x1fff) === 0 && protocol !== IpProtocol.HOPOPT) steps.next = bindings.ipProtocol.get(protocol);
    if (header > have || total > have) return Step.SHORT;
    steps.end = steps.to;
    return Step.WHOLE;
  }

  static override sizeOf(init: unknown): number {
    return Ipv4.size + sizeOfIpv4Options((init as Ipv4Init).options);
  }

  /** Header bytes that are there: what `ihl` says, no less than 20 and no more than the buffer has. */
  override get headerLength(): number {
    return Math.min(Math.max(this.ihl * 4, Ipv4.size), this.end - this.at);
  }

  /** The end that `totalLength` gives, or the buffer's where that is less or the length is 0 (segmentation offload). */
  override get payloadEnd(): number {
    const { totalLength } = this;
    if (totalLength === 0) return this.end;
    return Math.max(this.payloadAt, Math.min(this.at + totalLength, this.end));
  }

  override headerFault(): DecodeFault | undefined {
    const truncated = this.truncation(Ipv4.size);
    if (truncated) return truncated;
    return this.version === 4 ? undefined : this.faultAt('BAD_VERSION', `version is ${this.version}, 4 needed`);
  }

  override fault(): DecodeFault | undefined {
    const fault = this.headerFault();
    if (fault) return fault;
    const have = this.end - this.at;
    const { ihl, totalLength } = this;
    if (ihl < 5) return this.faultAt('BAD_LENGTH', `header length is ${ihl * 4}, at least ${Ipv4.size} needed`);
    if (ihl * 4 > have) return this.faultAt('TRUNCATED', `header length is ${ihl * 4}, ${have} bytes available`);
    if (totalLength !== 0 && totalLength < ihl * 4) {
      return this.faultAt(
        'BAD_LENGTH',
        `total length is ${totalLength}, at least the header's ${ihl * 4} needed`,
        this.at + 2,
      );
    }
    if (totalLength > have)
      return this.faultAt('TRUNCATED', `total length is ${totalLength}, ${have} bytes available`, this.at + 2);
    return undefined;
  }

  /** Whether this is a fragment, first or later: what it carries is not a whole datagram. */
  override get isFragment(): boolean {
    return (this.view.getUint16(this.at + 6) & 0x3fff) !== 0;
  }

  /** The options, in wire order. */
  get options(): Ipv4Option[] {
    return readIpv4Options(this.view, this.at + Ipv4.size, this.payloadAt);
  }

  override objections(): DecodeFault[] {
    const { view, at, payloadAt, ihl } = this;
    if (ihl * 4 !== this.headerLength) return [];
    return optionFaults(view, [at + Ipv4.size, payloadAt], Ipv4.label, ipv4OptionLengths);
  }

  /**
   * Sum of the pseudo-header that TCP and UDP checksums span, RFC 9293 section 3.1. With a source route that has stops left, the
   * destination is the last of them (RFC 1122 section 3.2.1.8).
   */
  pseudoSum(protocol: number, length: number): number {
    const { view, at } = this;
    const last = this.ihl > 5 ? finalAddressAt(view, at + Ipv4.size, this.payloadAt) : -1;
    return view.getUint32(at + 12) + view.getUint32(last < 0 ? at + 16 : last) + protocol + length;
  }

  /** The checksum this header should carry. */
  computeChecksum(): number {
    // The stored value is taken back out, so that the field need not be zeroed first.
    return checksum.finish(checksum.sum(this.view, this.at, this.payloadAt) + (~this.headerChecksum & 0xffff));
  }

  override write(init: Ipv4Init, next?: Numbers): void {
    const { view, at } = this;
    const size = Ipv4.sizeOf(init);
    view.setUint8(at, 0x40 | (size >> 2));
    view.setUint16(at + 4, 1);
    view.setUint8(at + 8, 64);
    view.setUint8(at + 9, next?.ipProtocol ?? 0);
    view.setUint32(at + 12, 0x7f000001);
    view.setUint32(at + 16, 0x7f000001);
    this.assign(init);
    if (init.options !== undefined) writeIpv4Options(view, at + Ipv4.size, at + size, init.options);
  }

  override seal(_enclosing: Enclosing | undefined, given: Ipv4Init | undefined, _contentEnd: number): void {
    if (given?.totalLength === undefined) {
      const length = this.end - this.at;
      if (length > 0xffff)
        throw new RangeError(`Cannot build IPv4 at byte ${this.at}: ${length} bytes, at most 65535 fit: fragment it`);
      this.totalLength = length;
    }
    if (given?.headerChecksum === undefined) this.headerChecksum = this.computeChecksum();
  }

  override nodes(): FieldNode[] {
    const nodes = Ipv4.fields.map((field) => {
      if (field.name === 'headerChecksum') return this.node(field, this.#judge());
      return this.node(
        field,
        field.name === 'fragmentOffset' ? { meaning: `${this.fragmentOffset * 8} bytes` } : undefined,
      );
    });
    const octet = this.view.getUint8(this.at + 1);
    const text = formatHex(octet, 2);
    nodes.splice(
      2,
      0,
      derivedNode(
        { name: 'dsField', label: 'Differentiated services field', filters: ['ip.dsfield'] },
        this.at + 1,
        octet,
        text,
      ),
    );
    const checksumAt = nodes.findIndex(({ name }) => name === 'headerChecksum');
    nodes.splice(checksumAt + 1, 0, statusNode('ip.checksum.status', this.at + 10, ChecksumStatus.UNVERIFIED));
    return [...nodes, ...ipv4OptionNodes(this.view, this.at + Ipv4.size, this.payloadAt)];
  }

  override toInit(): Ipv4Init {
    const init: Ipv4Init = super.toInit();
    return this.headerLength > Ipv4.size ? { ...init, options: this.options } : init;
  }

  override summary(): string {
    const fragment = this.isFragment ? `, fragment at ${this.fragmentOffset * 8} of id ${formatHex(this.id, 4)}` : '';
    return `${this.src} → ${this.dst} ${ipProtocolNames[this.protocol] ?? `protocol ${this.protocol}`}${fragment}`;
  }

  #judge(): Partial<FieldNode> {
    if (this.ihl * 4 !== this.headerLength) return { meaning: 'not verified, the header is cut' };
    return judgeChecksum(this.headerChecksum, this.computeChecksum());
  }
}

/** Fields of an IPv4 header, as read. */
export type Ipv4Fields = Fields<typeof shape>;

/** An IPv4 header for `build`. */
export function ipv4(init: Ipv4Init = {}): Part<Ipv4Init> {
  return { type: Ipv4, init };
}
