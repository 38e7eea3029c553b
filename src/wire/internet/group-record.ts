/**
 * Group records of IGMPv3 reports (RFC 9776 section 4.2.3) and MLDv2 reports (RFC 9777 section 5.2.4), and the lists of sources that
 * both queries have. The two differ in the width of an address alone.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |  record type  |  aux length   |       number of sources       |
 * +---------------+---------------+-------------------------------+
 * |             group address, source addresses ...               |
 * +---------------------------------------------------------------+
 *
 * @module
 */

import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../../address.js';
import { bytesOf } from '../../bytes.js';
import { bytesNode, type FieldNode, type Named } from '../core/layer.js';
import { textNode, uintNode } from '../core/node.js';

/** What a record says of its group. */
export const GroupRecordType = {
  MODE_IS_INCLUDE: 1,
  MODE_IS_EXCLUDE: 2,
  CHANGE_TO_INCLUDE: 3,
  CHANGE_TO_EXCLUDE: 4,
  ALLOW_NEW_SOURCES: 5,
  BLOCK_OLD_SOURCES: 6,
} as const;

const typeNames: { readonly [value: number]: string } = {
  1: 'Mode is include',
  2: 'Mode is exclude',
  3: 'Change to include mode',
  4: 'Change to exclude mode',
  5: 'Allow new sources',
  6: 'Block old sources',
};

/** What a host says of one group it listens to. */
export interface GroupRecord {
  readonly type: number;
  readonly group: string;
  readonly sources: readonly string[];
  /** Bytes behind the sources, a multiple of 4; no use of them is defined. */
  readonly auxiliary?: Uint8Array | undefined;
}

/** Bytes of an address, of IPv4 or of IPv6. */
export type AddressWidth = 4 | 16;

/** Wireshark's names for the parts of a record. */
export interface RecordFilters {
  readonly record: readonly string[];
  readonly type: string;
  readonly auxiliaryLength: string;
  readonly sourceCount: string;
  readonly group: string;
  readonly source: string;
  readonly auxiliary: string;
}

/** Text of the address at `at`. */
function readAddress(view: DataView, at: number, width: AddressWidth): string {
  return width === 4 ? formatIpv4(view.getUint32(at)) : formatIpv6(view, at);
}

/** Writes addresses one after the other; gives the offset behind them. */
export function writeAddresses(view: DataView, at: number, width: AddressWidth, addresses: readonly string[]): number {
  let i = at;
  for (const address of addresses) {
    if (width === 4) view.setUint32(i, parseIpv4(address));
    else for (const [k, group] of parseIpv6(address).entries()) view.setUint16(i + 2 * k, group);
    i += width;
  }
  return i;
}

/** Where addresses, or records of them, lie: `count` of them at the most, in bytes `at` to `end`. */
export interface AddressList {
  readonly view: DataView;
  readonly at: number;
  readonly end: number;
  readonly width: AddressWidth;
  readonly count: number;
}

/** The addresses that lie wholly before the end. */
export function readAddresses({ view, at, end, width, count }: AddressList): string[] {
  const fit = Math.max(0, Math.min(count, Math.floor((end - at) / width)));
  return Array.from({ length: fit }, (_, i) => readAddress(view, at + i * width, width));
}

/** A node for each address. */
export function addressNodes(list: AddressList, named: Named): FieldNode[] {
  const { at, width } = list;
  return readAddresses(list).map((text, i) => textNode(named, at + i * width, width, text));
}

/** Bytes that records take. */
export function sizeOfRecords(records: readonly GroupRecord[] | undefined, width: AddressWidth): number {
  let size = 0;
  for (const { sources, auxiliary } of records ?? []) {
    size += 4 + width * (1 + sources.length) + 4 * Math.ceil((auxiliary?.length ?? 0) / 4);
  }
  return size;
}

/** Writes records one after the other. */
export function writeRecords(view: DataView, at: number, width: AddressWidth, records: readonly GroupRecord[]): void {
  let i = at;
  for (const { type, group, sources, auxiliary = new Uint8Array(0) } of records) {
    const words = Math.ceil(auxiliary.length / 4);
    view.setUint8(i, type);
    view.setUint8(i + 1, words);
    view.setUint16(i + 2, sources.length);
    i = writeAddresses(view, i + 4, width, [group, ...sources]);
    bytesOf(view, i, i + auxiliary.length).set(auxiliary);
    i += words * 4;
  }
}

interface Span {
  readonly at: number;
  /** Offset behind the group address: of the first source. */
  readonly sourcesAt: number;
  readonly auxiliaryAt: number;
  readonly end: number;
}

function spansOf({ view, at, end, width, count }: AddressList): Span[] {
  const spans: Span[] = [];
  let i = at;
  while (spans.length < count && i + 4 + width <= end) {
    const sourcesAt = i + 4 + width;
    const auxiliaryAt = sourcesAt + view.getUint16(i + 2) * width;
    const stop = auxiliaryAt + view.getUint8(i + 1) * 4;
    if (stop > end) break;
    spans.push({ at: i, sourcesAt, auxiliaryAt, end: stop });
    i = stop;
  }
  return spans;
}

/** Offset behind the last record that is wholly before the end. */
export function endOfRecords(list: AddressList): number {
  return spansOf(list).at(-1)?.end ?? list.at;
}

/** The records that lie wholly before the end. */
export function readRecords(list: AddressList): GroupRecord[] {
  const { view, width } = list;
  return spansOf(list).map((span) => ({
    type: view.getUint8(span.at),
    group: readAddress(view, span.at + 4, width),
    sources: readAddresses({ view, at: span.sourcesAt, end: span.auxiliaryAt, width, count: 0xffff }),
    ...(span.auxiliaryAt < span.end ? { auxiliary: bytesOf(view, span.auxiliaryAt, span.end).slice() } : {}),
  }));
}

/** A node for each record, with its parts as children. */
export function recordNodes(list: AddressList, filters: RecordFilters): FieldNode[] {
  const { view, width } = list;
  return spansOf(list).map((span): FieldNode => {
    const group = readAddress(view, span.at + 4, width);
    const type = view.getUint8(span.at);
    const sources = (span.auxiliaryAt - span.sourcesAt) / width;
    const children: FieldNode[] = [
      {
        ...uintNode({ name: 'type', label: 'Record type', filters: filters.type }, view, span.at, 1),
        meaning: typeNames[type] ?? 'unknown',
      },
      uintNode(
        { name: 'auxiliaryLength', label: 'Auxiliary data length', filters: filters.auxiliaryLength },
        view,
        span.at + 1,
        1,
      ),
      uintNode({ name: 'sourceCount', label: 'Number of sources', filters: filters.sourceCount }, view, span.at + 2, 2),
      textNode({ name: 'group', label: 'Group address', filters: filters.group }, span.at + 4, width, group),
      ...addressNodes(
        { view, at: span.sourcesAt, end: span.auxiliaryAt, width, count: sources },
        { name: 'source', label: 'Source address', filters: filters.source },
      ),
    ];
    if (span.auxiliaryAt < span.end) {
      children.push(
        bytesNode(
          { name: 'auxiliary', label: 'Auxiliary data', filters: [filters.auxiliary] },
          view,
          span.auxiliaryAt,
          span.end,
        ),
      );
    }
    return {
      name: 'record',
      label: `Group record`,
      filters: filters.record,
      at: span.at,
      bit: 0,
      bits: (span.end - span.at) * 8,
      value: bytesOf(view, span.at, span.end),
      text: `${typeNames[type] ?? `type ${type}`} ${group}${sources > 0 ? `, ${sources} sources` : ''}`,
      children,
    };
  });
}

/** One record in a line, as the summary of a report has it: `Join group 224.0.0.251 for any sources`. */
export function describeRecord({ type, group, sources }: GroupRecord): string {
  const many = sources.length > 0 ? `{${sources.join(', ')}}` : '';
  if (type === GroupRecordType.MODE_IS_EXCLUDE || type === GroupRecordType.CHANGE_TO_EXCLUDE) {
    return `Join group ${group} for ${many === '' ? 'any sources' : `sources not in ${many}`}`;
  }
  if (type === GroupRecordType.MODE_IS_INCLUDE || type === GroupRecordType.CHANGE_TO_INCLUDE) {
    return many === '' ? `Leave group ${group}` : `Join group ${group} for sources in ${many}`;
  }
  return `${typeNames[type] ?? `Record type ${type}`} ${group} ${many}`.trimEnd();
}

/**
 * A response or interval code of IGMPv3 and MLDv2 as the number it stands for: as it is below half the range, else a mantissa with its
 * leading 1 left out and an exponent of 3 bits that 3 is added to, RFC 9776 section 4.1.1.
 */
export function expandCode(code: number, bits: 8 | 16): number {
  const half = 2 ** (bits - 1);
  if (code < half) return code;
  const mantissaBits = bits - 4;
  const mantissa = code & (2 ** mantissaBits - 1);
  const exponent = (code >> mantissaBits) & 7;
  return (mantissa + 2 ** mantissaBits) * 2 ** (exponent + 3);
}
