/**
 * Internet Group Management Protocol, versions 1 (RFC 1112), 2 (RFC 2236) and 3 (RFC 9776).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |     type      | max response  |           checksum            |
 * +---------------+---------------+-------------------------------+
 * | group address · version 3 report: reserved, number of records |
 * +-------+-+-----+---------------+-------------------------------+
 * |  res  |S| qrv |     qqic      |       number of sources       |  version 3 query
 * +-------+-+-----+---------------+-------------------------------+
 * |              source addresses · group records                 |
 * +---------------------------------------------------------------+
 *
 * @module
 */

import { formatHex, hexDigits } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import * as checksum from '../core/checksum.js';
import {
  bits,
  type Fields,
  type HeaderLayer,
  header,
  type Inits,
  ipv4Address,
  octets,
  u8,
  u16,
} from '../core/header.js';
import { derivedNode, type Enclosing, type FieldNode, type Numbers, type Part } from '../core/layer.js';
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

/** Message types, IANA. */
export const IgmpType = {
  QUERY: 0x11,
  REPORT_V1: 0x12,
  REPORT_V2: 0x16,
  LEAVE: 0x17,
  REPORT_V3: 0x22,
} as const;

const typeNames: { readonly [value: number]: string } = {
  17: 'Membership query',
  18: 'Membership report, version 1',
  19: 'DVMRP',
  20: 'PIM, version 1',
  22: 'Membership report, version 2',
  23: 'Leave group',
  34: 'Membership report, version 3',
};

const shape = {
  /** What kind of message this is. */
  type: u8.with({ filter: 'igmp.type', base: 'hex', names: typeNames }),
  /** Code for the time in which to answer a query. */
  maxResponse: u8.with({ label: 'Max response code' }),
  /** Checksum over the whole message. */
  checksum: u16.with({ filter: 'igmp.checksum', base: 'hex' }),
};

const grouped = {
  /** The group asked for or told of; 0.0.0.0 in a query for all. */
  group: ipv4Address.with({ label: 'Group address', filter: 'igmp.maddr' }),
};

const bodies = {
  17: grouped,
  18: grouped,
  22: grouped,
  23: grouped,
  34: {
    reserved: octets(2, { label: 'Reserved', filter: 'igmp.reserved' }),
    /** Group records that follow. */
    recordCount: u16.with({ label: 'Number of group records', filter: 'igmp.num_grp_recs' }),
  },
};

const queryShape = {
  reservedBits: bits(4).with({ label: 'Reserved' }),
  /** 1 to keep routers from updating their timers. */
  suppress: bits(1).with({ label: 'Suppress router-side processing', filter: 'igmp.s' }),
  /** Querier's robustness variable. */
  qrv: bits(3).with({ label: "Querier's robustness", filter: 'igmp.qrv' }),
  /** Code for the querier's query interval. */
  qqic: u8.with({ label: 'Query interval code', filter: 'igmp.qqic' }),
  /** Sources that follow. */
  sourceCount: u16.with({ label: 'Number of sources', filter: 'igmp.num_src' }),
};

const QueryTail = header('IGMP', 'igmp', queryShape);

const recordFilters = {
  record: [],
  type: 'igmp.record_type',
  auxiliaryLength: 'igmp.aux_data_len',
  sourceCount: 'igmp.num_src',
  group: 'igmp.maddr',
  source: 'igmp.saddr',
  auxiliary: 'igmp.aux_data',
};

/**
 * What to build an IGMP message from; which fields there are follows from `type`. Left out: `type` 0x11, a query; counts are those of the
 * lists given and `checksum` is computed. A query is of version 3 when any field of that version is given.
 */
export type IgmpInit = Inits<typeof shape> &
  BodyInits<typeof bodies> &
  Inits<typeof queryShape> & {
    /** Version 3 query: sources asked for. */
    sources?: readonly string[] | undefined;
    /** Version 3 report: what is told, group by group. */
    records?: readonly GroupRecord[] | undefined;
  };

const Message = tagged('IGMP', 'igmp', shape, {
  bodies,
  usual: IgmpType.QUERY,
  other: { rest: octets(4, { label: 'Rest of header' }) },
});

/** An IGMP message. */
export class Igmp extends Message {
  static override sizeOf(init: unknown): number {
    const { records, sources } = init as IgmpInit;
    const tail = isVersion3(init as IgmpInit) ? QueryTail.size + 4 * (sources?.length ?? 0) : 0;
    return Message.sizeOf(init) + tail + sizeOfRecords(records, 4);
  }

  /** Version of the protocol; a query of version 1 has no response time, one of version 3 is longer than 8 bytes. */
  get version(): number {
    const { type } = this;
    if (type === IgmpType.REPORT_V3) return 3;
    if (type === IgmpType.REPORT_V1) return 1;
    if (type !== IgmpType.QUERY) return 2;
    return this.end - this.at >= 12 ? 3 : this.maxResponse === 0 ? 1 : 2;
  }

  override get headerLength(): number {
    const { at, end, type } = this;
    if (type === IgmpType.REPORT_V3) return endOfRecords(this.#records) - at;
    const tail = this.#tail;
    return tail ? 12 + 4 * Math.min(tail.sourceCount, (end - at - 12) >> 2) : 8;
  }

  override fault(): DecodeFault | undefined {
    const fault = this.headerFault();
    if (fault) return fault;
    const { type, recordCount } = this;
    if (type === IgmpType.REPORT_V3 && this.records.length < (recordCount ?? 0)) {
      return this.faultAt('TRUNCATED', `${recordCount} group records said, ${this.records.length} here`, this.at + 6);
    }
    const tail = this.#tail;
    return tail ? this.truncation(12 + 4 * tail.sourceCount) : undefined;
  }

  get #records(): AddressList {
    const { view, at, end } = this;
    return { view, at: at + 8, end, width: 4, count: this.recordCount ?? 0 };
  }

  #sources(count: number): AddressList {
    const { view, at, end } = this;
    return { view, at: at + 12, end, width: 4, count };
  }

  /** Version 3 report: its group records, as far as they are wholly here. */
  get records(): GroupRecord[] {
    if (this.type !== IgmpType.REPORT_V3) return [];
    return readRecords(this.#records);
  }

  /** Version 3 query: the sources asked for. */
  get sources(): string[] {
    const tail = this.#tail;
    return tail ? readAddresses(this.#sources(tail.sourceCount)) : [];
  }

  /** The checksum this message should carry. */
  computeChecksum(): number {
    return checksum.finish(checksum.sum(this.view, this.at, this.end) + (~this.checksum & 0xffff));
  }

  override write(init: IgmpInit, next?: Numbers): void {
    const { records, sources } = init;
    super.write(records ? { recordCount: records.length, ...init } : init, next);
    if (isVersion3(init)) {
      new QueryTail(this.view, this.at + 8, this.end).assign({ sourceCount: sources?.length ?? 0, ...init });
      if (sources) writeAddresses(this.view, this.at + 12, 4, sources);
    }
    if (records) writeRecords(this.view, this.at + 8, 4, records);
  }

  override seal(_enclosing: Enclosing | undefined, given: IgmpInit | undefined): void {
    if (given?.checksum === undefined) this.checksum = this.computeChecksum();
  }

  override toInit(): IgmpInit {
    const init: IgmpInit = super.toInit();
    if (this.type === IgmpType.REPORT_V3) return { ...init, records: this.records };
    const tail = this.#tail;
    return tail ? { ...init, ...tail.toInit(), sources: this.sources } : init;
  }

  override nodes(enclosing?: Enclosing): FieldNode[] {
    const { at, type, version } = this;
    const nodes = super.nodes().flatMap((node): FieldNode | FieldNode[] => {
      if (node.name === 'checksum') {
        const judged = this.#judge(enclosing);
        return [{ ...node, ...judged }, statusNode('igmp.checksum.status', node.at, statusOf(judged))];
      }
      if (node.name === 'maxResponse') {
        if (type === IgmpType.REPORT_V3 || version === 1) {
          const text = hexDigits(this.maxResponse, 2);
          return { ...node, label: 'Reserved', filters: ['igmp.reserved'], text };
        }
        const tenths = version === 3 ? expandCode(this.maxResponse, 8) : this.maxResponse;
        return { ...node, filters: ['igmp.max_resp'], meaning: `${tenths / 10} seconds` };
      }
      return node;
    });
    nodes.unshift(derivedNode({ name: 'version', label: 'Version', filters: ['igmp.version'] }, at, version));
    const tail = this.#tail;
    if (tail) {
      nodes.push(...tail.nodes());
      nodes.push(
        ...addressNodes(this.#sources(tail.sourceCount), {
          name: 'source',
          label: 'Source address',
          filters: 'igmp.saddr',
        }),
      );
    }
    if (type === IgmpType.REPORT_V3) nodes.push(...recordNodes(this.#records, recordFilters));
    return nodes;
  }

  override summary(): string {
    const { type, group } = this;
    if (type === IgmpType.REPORT_V3) return `Membership report: ${this.records.map(describeRecord).join(' / ')}`;
    if (type === IgmpType.QUERY)
      return `Membership query, ${group === '0.0.0.0' ? 'general' : `specific for group ${group}`}`;
    return `${typeNames[type] ?? `Type ${formatHex(type, 2)}`}${group === undefined ? '' : ` ${group}`}`;
  }

  get #tail(): (HeaderLayer & Fields<typeof queryShape>) | undefined {
    const { view, at, end } = this;
    return this.type === IgmpType.QUERY && end - at >= 12 ? new QueryTail(view, at + 8, end) : undefined;
  }

  #judge(enclosing: Enclosing | undefined): Partial<FieldNode> {
    if (!enclosing) return unverified;
    return judgeChecksum(this.checksum, this.computeChecksum());
  }
}

function isVersion3(init: IgmpInit): boolean {
  const { type = IgmpType.QUERY, sources, suppress, qrv, qqic, sourceCount, reservedBits } = init;
  return (
    type === IgmpType.QUERY &&
    [sources, suppress, qrv, qqic, sourceCount, reservedBits].some((value) => value !== undefined)
  );
}

/** Fields of an IGMP message that every type has, as read. */
export type IgmpFields = Fields<typeof shape>;

/** An IGMP message for `build`. */
export function igmp(init: IgmpInit = {}): Part<IgmpInit> {
  return { type: Igmp, init };
}
