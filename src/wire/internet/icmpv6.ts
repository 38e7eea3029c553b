/**
 * ICMP for IPv6, RFC 4443, with neighbour discovery (RFC 4861) and Multicast Listener Discovery, versions 1 (RFC 2710) and 2 (RFC 9777).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |     type      |     code      |           checksum            |
 * +---------------+---------------+-------------------------------+
 * |   echo: identifier, sequence number · too big: MTU · router   |
 * |   and neighbour messages: fields, then options · and so on    |
 * +---------------------------------------------------------------+
 *
 * @module
 */

import { formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import * as checksum from '../core/checksum.js';
import type { FlagBit } from '../core/field.js';
import {
  bits,
  type Fields,
  type HeaderLayer,
  header,
  type Inits,
  ipv6Address,
  octets,
  u8,
  u16,
  u32,
} from '../core/header.js';
import {
  type Bindings,
  bytesNode,
  type Carries,
  type Enclosing,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { judgeChecksum, statusNode, statusOf, unverified } from '../core/node.js';
import { type BodyInits, tagged } from '../core/tagged.js';
import {
  type AddressList,
  addressNodes,
  describeRecord,
  endOfRecords,
  expandCode,
  type GroupRecord,
  readAddresses,
  readRecords,
  recordNodes,
  sizeOfRecords,
  writeAddresses,
  writeRecords,
} from './group-record.js';
import { icmpExtensionNodes } from './icmp-extension.js';
import { IpProtocol } from './ipv4.js';
import {
  endOfNdOptions,
  type NdOption,
  ndOptionFaults,
  ndOptionNodes,
  readNdOptions,
  sizeOfNdOptions,
  writeNdOptions,
} from './nd-options.js';

/** Message types, IANA. */
export const Icmpv6Type = {
  UNREACHABLE: 1,
  PACKET_TOO_BIG: 2,
  TIME_EXCEEDED: 3,
  PARAMETER_PROBLEM: 4,
  ECHO: 128,
  ECHO_REPLY: 129,
  LISTENER_QUERY: 130,
  LISTENER_REPORT: 131,
  LISTENER_DONE: 132,
  ROUTER_SOLICITATION: 133,
  ROUTER_ADVERTISEMENT: 134,
  NEIGHBOR_SOLICITATION: 135,
  NEIGHBOR_ADVERTISEMENT: 136,
  REDIRECT: 137,
  LISTENER_REPORT_V2: 143,
} as const;

const typeNames: { readonly [value: number]: string } = {
  1: 'Destination unreachable',
  2: 'Packet too big',
  3: 'Time exceeded',
  4: 'Parameter problem',
  128: 'Echo (ping) request',
  129: 'Echo (ping) reply',
  130: 'Multicast listener query',
  131: 'Multicast listener report',
  132: 'Multicast listener done',
  133: 'Router solicitation',
  134: 'Router advertisement',
  135: 'Neighbor solicitation',
  136: 'Neighbor advertisement',
  137: 'Redirect',
  138: 'Router renumbering',
  139: 'Node information query',
  140: 'Node information response',
  143: 'Multicast listener report v2',
};

const codeNames: { readonly [type: number]: readonly string[] } = {
  1: [
    'no route to destination',
    'administratively prohibited',
    'beyond scope of source address',
    'address unreachable',
    'port unreachable',
    'source address failed ingress/egress policy',
    'reject route to destination',
  ],
  3: ['hop limit exceeded in transit', 'fragment reassembly time exceeded'],
  4: [
    'erroneous header field encountered',
    'unrecognized next header type encountered',
    'unrecognized IPv6 option encountered',
  ],
};

const shape = {
  /** What kind of message this is; errors are below 128. */
  type: u8.with({ filter: 'icmpv6.type', names: typeNames }),
  /** Tells messages of a type apart. */
  code: u8.with({ filter: 'icmpv6.code' }),
  /** Checksum over a pseudo-header and the whole message. */
  checksum: u16.with({ filter: 'icmpv6.checksum', base: 'hex' }),
};

const reserved = (bytes: number) => octets(bytes, { label: 'Reserved', filter: 'icmpv6.reserved' });

const quoted = {
  /** Length of the quoted packet in units of 8 bytes, where extensions follow it (RFC 4884); 0 where none do. */
  length: u8.with({ label: 'Length of the quote', filter: 'icmpv6.length', unit: 'times 8 bytes' }),
  reserved: reserved(3),
};

const echo = {
  /** Tells one sender's requests from another's. */
  id: u16.with({ label: 'Identifier', filter: 'icmpv6.echo.identifier', base: 'hex' }),
  /** Number of the request. */
  seq: u16.with({ label: 'Sequence number', filter: 'icmpv6.echo.sequence_number' }),
};

const listener = {
  /** Time in which to answer a query: milliseconds, in version 2 a code for them. */
  maxResponse: u16.with({ label: 'Max response delay', filter: 'icmpv6.mld.maximum_response_delay' }),
  reserved: reserved(2),
  /** The group asked for or told of; :: in a query for all. */
  group: ipv6Address.with({ label: 'Multicast address', filter: 'icmpv6.mld.multicast_address' }),
};

const routerFlags: readonly FlagBit[] = [
  { name: 'MANAGED', mask: 0x80, label: 'Addresses by DHCPv6', filter: 'icmpv6.nd.ra.flag.m' },
  { name: 'OTHER', mask: 0x40, label: 'Other configuration by DHCPv6', filter: 'icmpv6.nd.ra.flag.o' },
  { name: 'HOME', mask: 0x20, label: 'Home agent', filter: 'icmpv6.nd.ra.flag.h' },
];

const neighborFlags: readonly FlagBit[] = [
  { name: 'ROUTER', mask: 0x80000000, label: 'The sender is a router', filter: 'icmpv6.nd.na.flag.r' },
  { name: 'SOLICITED', mask: 0x40000000, label: 'An answer to a solicitation', filter: 'icmpv6.nd.na.flag.s' },
  { name: 'OVERRIDE', mask: 0x20000000, label: 'Overrides what was known before', filter: 'icmpv6.nd.na.flag.o' },
];

const bodies = {
  1: quoted,
  2: { mtu: u32.with({ label: 'MTU', filter: 'icmpv6.mtu', unit: 'bytes' }) },
  3: quoted,
  4: { pointer: u32.with({ filter: 'icmpv6.pointer' }) },
  128: echo,
  129: echo,
  130: listener,
  131: listener,
  132: listener,
  133: { reserved: reserved(4) },
  134: {
    /** Hop limit that hosts are to use; 0 where the router does not say. */
    hopLimit: u8.with({ label: 'Current hop limit', filter: 'icmpv6.nd.ra.cur_hop_limit' }),
    /** MANAGED, OTHER, HOME; two bits of preference and three of no meaning below them. */
    routerFlags: u8.with({ label: 'Flags', filter: 'icmpv6.nd.ra.flag' }).flags(routerFlags),
    /** Seconds for which this is a default router; 0 for not at all. */
    lifetime: u16.with({ label: 'Router lifetime', filter: 'icmpv6.nd.ra.router_lifetime', unit: 'seconds' }),
    /** How long a neighbour once seen counts as reachable. */
    reachableTime: u32.with({ label: 'Reachable time', filter: 'icmpv6.nd.ra.reachable_time', unit: 'ms' }),
    /** Time between solicitations. */
    retransTimer: u32.with({ label: 'Retransmission timer', filter: 'icmpv6.nd.ra.retrans_timer', unit: 'ms' }),
  },
  135: {
    reserved: reserved(4),
    /** Address that is asked for. */
    target: ipv6Address.with({ label: 'Target address', filter: 'icmpv6.nd.ns.target_address' }),
  },
  136: {
    /** ROUTER, SOLICITED, OVERRIDE; the bits below them are reserved. */
    neighborFlags: u32.with({ label: 'Flags', filter: 'icmpv6.nd.na.flag' }).flags(neighborFlags),
    /** Address that is told of. */
    target: ipv6Address.with({ label: 'Target address', filter: 'icmpv6.nd.na.target_address' }),
  },
  137: {
    reserved: reserved(4),
    /** Better first hop. */
    target: ipv6Address.with({ label: 'Target address', filter: 'icmpv6.nd.rd.target_address' }),
    /** Address that is reached through it. */
    destination: ipv6Address.with({ label: 'Destination address', filter: 'icmpv6.rd.na.destination_address' }),
  },
  143: {
    reserved: reserved(2),
    /** Group records that follow. */
    recordCount: u16.with({ label: 'Number of group records', filter: 'icmpv6.mldr.nb_mcast_records' }),
  },
};

const queryShape = {
  reservedBits: bits(4).with({ label: 'Reserved', filter: 'icmpv6.mld.flag.reserved' }),
  /** 1 to keep routers from updating their timers. */
  suppress: bits(1).with({ label: 'Suppress router-side processing', filter: 'icmpv6.mld.flag.s' }),
  /** Querier's robustness variable. */
  qrv: bits(3).with({ label: "Querier's robustness", filter: 'icmpv6.mld.flag.qrv' }),
  /** Code for the querier's query interval. */
  qqic: u8.with({ label: 'Query interval code', filter: 'icmpv6.mld.qqi' }),
  /** Sources that follow. */
  sourceCount: u16.with({ label: 'Number of sources', filter: 'icmpv6.mld.nb_sources' }),
};

const QueryTail = header('ICMPv6', 'icmpv6', queryShape);

const recordFilters = {
  record: [],
  type: 'icmpv6.mldr.mar.record_type',
  auxiliaryLength: 'icmpv6.mldr.mar.aux_data_len',
  sourceCount: 'icmpv6.mldr.mar.nb_sources',
  group: 'icmpv6.mldr.mar.multicast_address',
  source: 'icmpv6.mldr.mar.source_address',
  auxiliary: 'icmpv6.mldr.mar.auxiliary_data',
};

/**
 * What to build an ICMPv6 message from; which fields there are follows from `type`. Left out: `type` 128, an echo request, everything else
 * 0; counts are those of the lists given and `checksum` is computed. A query is of version 2 when any field of that version is given.
 */
export type Icmpv6Init = Inits<typeof shape> &
  BodyInits<typeof bodies> &
  Inits<typeof queryShape> & {
    /** Router and neighbour messages, redirect: options in wire order. */
    options?: readonly NdOption[] | undefined;
    /** Version 2 query: sources asked for. */
    sources?: readonly string[] | undefined;
    /** Version 2 report: what is told, group by group. */
    records?: readonly GroupRecord[] | undefined;
  };

const Message = tagged('ICMPv6', 'icmpv6', shape, { bodies, usual: Icmpv6Type.ECHO, other: {} });

/** An ICMPv6 message. An error carries the beginning of the packet it is about, which is read as far as it goes. */
export class Icmpv6 extends Message {
  static readonly spansPayload: boolean = true;
  static readonly carries: Carries = { ipVersion: [6] };

  static override sizeOf(init: unknown): number {
    const { options, records, sources } = init as Icmpv6Init;
    const tail = isVersion2(init as Icmpv6Init) ? QueryTail.size + 16 * (sources?.length ?? 0) : 0;
    return Message.sizeOf(init) + sizeOfNdOptions(options) + tail + sizeOfRecords(records, 16);
  }

  override get isQuoting(): boolean {
    return this.type < 128;
  }

  override get headerLength(): number {
    const { at, end, type } = this;
    const fixed = super.headerLength;
    if (hasOptions(type)) return end - at;
    if (type === Icmpv6Type.LISTENER_REPORT_V2) return endOfRecords(this.#records) - at;
    const tail = this.#tail;
    return tail ? 28 + 16 * Math.min(tail.sourceCount, (end - at - 28) >> 4) : fixed;
  }

  /** Where the quote ends and extensions begin, when the message gives a length for it. */
  override get payloadEnd(): number {
    const length = this.isQuoting ? (this.length ?? 0) * 8 : 0;
    return length === 0 ? this.end : Math.min(this.payloadAt + length, this.end);
  }

  override get keepsTrailer(): boolean {
    return true;
  }

  override fault(): DecodeFault | undefined {
    const fault = this.headerFault();
    if (fault) return fault;
    const { view, at, end, type, recordCount } = this;
    if (hasOptions(type)) {
      const rest = endOfNdOptions(view, at + super.headerLength, end);
      if (rest === end) return undefined;
      const length = rest + 2 <= end ? view.getUint8(rest + 1) * 8 : 8;
      return length === 0
        ? this.faultAt('BAD_LENGTH', 'option length is 0, at least 1 needed', rest + 1)
        : this.faultAt('TRUNCATED', `option of ${length} bytes, ${end - rest} available`, rest);
    }
    if (type === Icmpv6Type.LISTENER_REPORT_V2 && this.records.length < (recordCount ?? 0)) {
      return this.faultAt('TRUNCATED', `${recordCount} group records said, ${this.records.length} here`, at + 6);
    }
    const tail = this.#tail;
    return tail ? this.truncation(28 + 16 * tail.sourceCount) : undefined;
  }

  /** Router and neighbour messages, redirect: the options, in wire order. */
  get options(): NdOption[] {
    return hasOptions(this.type) ? readNdOptions(this.view, this.at + super.headerLength, this.end) : [];
  }

  get #records(): AddressList {
    const { view, at, end } = this;
    return { view, at: at + 8, end, width: 16, count: this.recordCount ?? 0 };
  }

  #sources(count: number): AddressList {
    const { view, at, end } = this;
    return { view, at: at + 28, end, width: 16, count };
  }

  /** Version 2 report: its group records, as far as they are wholly here. */
  get records(): GroupRecord[] {
    if (this.type !== Icmpv6Type.LISTENER_REPORT_V2) return [];
    return readRecords(this.#records);
  }

  /** Version 2 query: the sources asked for. */
  get sources(): string[] {
    const tail = this.#tail;
    return tail ? readAddresses(this.#sources(tail.sourceCount)) : [];
  }

  override objections(): DecodeFault[] {
    const { view, at, end } = this;
    return hasOptions(this.type) ? ndOptionFaults(view, at + super.headerLength, end, Icmpv6.label) : [];
  }

  override next(bindings: Bindings): Row | undefined {
    return this.isQuoting ? bindings.ipVersion.get(6) : undefined;
  }

  /** The checksum this message should carry. */
  computeChecksum(enclosing: Enclosing): number {
    const pseudo = enclosing.pseudoSum(IpProtocol.ICMPV6, this.end - this.at);
    return checksum.finish(checksum.sum(this.view, this.at, this.end, pseudo) + (~this.checksum & 0xffff));
  }

  override write(init: Icmpv6Init, next?: Numbers): void {
    const { options, records, sources } = init;
    super.write(records ? { recordCount: records.length, ...init } : init, next);
    if (options) writeNdOptions(this.view, this.at + super.headerLength, options);
    if (isVersion2(init)) {
      new QueryTail(this.view, this.at + 24, this.end).assign({ sourceCount: sources?.length ?? 0, ...init });
      if (sources) writeAddresses(this.view, this.at + 28, 16, sources);
    }
    if (records) writeRecords(this.view, this.at + 8, 16, records);
  }

  override seal(enclosing: Enclosing | undefined, given: Icmpv6Init | undefined, contentEnd: number): void {
    if (given && given.length === undefined && given.trailer && this.length !== undefined) {
      this.length = Math.ceil((contentEnd - this.payloadAt) / 8);
    }
    if (given?.checksum === undefined && enclosing) this.checksum = this.computeChecksum(enclosing);
  }

  override toInit(): Icmpv6Init {
    const init: Icmpv6Init = super.toInit();
    if (hasOptions(this.type)) return { ...init, options: this.options };
    if (this.type === Icmpv6Type.LISTENER_REPORT_V2) return { ...init, records: this.records };
    const tail = this.#tail;
    return tail ? { ...init, ...tail.toInit(), sources: this.sources } : init;
  }

  override nodes(enclosing?: Enclosing): FieldNode[] {
    const { view, at, end, type } = this;
    const tail = this.#tail;
    const nodes = this.#withoutUnused(super.nodes()).flatMap((node): FieldNode | FieldNode[] => {
      if (node.name === 'code') return { ...node, meaning: codeNames[type]?.[this.code] ?? '' };
      if (node.name === 'checksum') {
        const judged = this.#judge(enclosing);
        return [{ ...node, ...judged }, statusNode('icmpv6.checksum.status', node.at, statusOf(judged))];
      }
      if (node.name === 'maxResponse') {
        const meaning = `${tail ? expandCode(this.maxResponse ?? 0, 16) : this.maxResponse} ms`;
        return tail ? { ...node, filters: ['icmpv6.mld.maximum_response_code'], meaning } : { ...node, meaning };
      }
      return node;
    });
    if (hasOptions(type)) nodes.push(...ndOptionNodes(view, at + super.headerLength, end));
    if (tail) {
      nodes.push(...tail.nodes());
      nodes.push(
        ...addressNodes(this.#sources(tail.sourceCount), {
          name: 'source',
          label: 'Source address',
          filters: 'icmpv6.mld.source_address',
        }),
      );
    }
    if (type === Icmpv6Type.LISTENER_REPORT_V2) nodes.push(...recordNodes(this.#records, recordFilters));
    return nodes;
  }

  override trailerNodes(at: number, end: number): FieldNode[] {
    return icmpExtensionNodes(this.view, at, end);
  }

  override summary(): string {
    const { type, id, seq, target, group } = this;
    const name = typeNames[type] ?? `Type ${type}`;
    const code = codeNames[type]?.[this.code];
    if (code !== undefined) return `${name} (${code})`;
    if (id !== undefined && seq !== undefined) return `${name} id=${formatHex(id, 4)}, seq=${seq}`;
    if (type === Icmpv6Type.NEIGHBOR_SOLICITATION) return `${name} for ${target}${this.#mac('sourceMac', ' from ')}`;
    if (type === Icmpv6Type.NEIGHBOR_ADVERTISEMENT) {
      const flags = neighborFlags.filter(({ mask }) => ((this.neighborFlags ?? 0) & mask) !== 0);
      const letters = flags.map((flag) => (flag.name === 'ROUTER' ? 'rtr' : flag.name === 'SOLICITED' ? 'sol' : 'ovr'));
      return `${name} ${target} (${letters.join(', ')})${this.#mac('targetMac', ' is at ')}`;
    }
    if (type === Icmpv6Type.ROUTER_ADVERTISEMENT || type === Icmpv6Type.ROUTER_SOLICITATION) {
      return `${name}${this.#mac('sourceMac', ' from ')}`;
    }
    if (type === Icmpv6Type.LISTENER_REPORT_V2) return `${name}: ${this.records.map(describeRecord).join(' / ')}`;
    return group === undefined ? name : `${name} ${group === '::' ? '(general)' : group}`;
  }

  /** The fields of an error that say something: without extensions, the length of the quote is reserved as well. */
  #withoutUnused(nodes: FieldNode[]): FieldNode[] {
    if (this.length !== 0) return nodes;
    const kept = nodes.filter(({ name }) => name !== 'length' && name !== 'reserved');
    return [
      ...kept,
      bytesNode(
        { name: 'reserved', label: 'Reserved', filters: ['icmpv6.reserved'] },
        this.view,
        this.at + 4,
        this.at + 8,
      ),
    ];
  }

  #mac(key: 'sourceMac' | 'targetMac', before: string): string {
    for (const option of this.options) if (key in option) return `${before}${(option as Record<string, string>)[key]}`;
    return '';
  }

  get #tail(): (HeaderLayer & Fields<typeof queryShape>) | undefined {
    const { view, at, end } = this;
    return this.type === Icmpv6Type.LISTENER_QUERY && end - at >= 28 ? new QueryTail(view, at + 24, end) : undefined;
  }

  #judge(enclosing: Enclosing | undefined): Partial<FieldNode> {
    if (!enclosing) return unverified;
    return judgeChecksum(this.checksum, this.computeChecksum(enclosing));
  }
}

function hasOptions(type: number): boolean {
  return type >= Icmpv6Type.ROUTER_SOLICITATION && type <= Icmpv6Type.REDIRECT;
}

function isVersion2(init: Icmpv6Init): boolean {
  const { type, sources, suppress, qrv, qqic, sourceCount, reservedBits } = init;
  const given = [sources, suppress, qrv, qqic, sourceCount, reservedBits];
  return type === Icmpv6Type.LISTENER_QUERY && given.some((value) => value !== undefined);
}

/** Fields of an ICMPv6 message that every type has, as read. */
export type Icmpv6Fields = Fields<typeof shape>;

/** An ICMPv6 message for `build`. */
export function icmpv6(init: Icmpv6Init = {}): Part<Icmpv6Init> {
  return { type: Icmpv6, init };
}
