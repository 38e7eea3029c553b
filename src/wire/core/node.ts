/**
 * Nodes of the field tree for layers that are no table: numbers, texts and bytes at a place.
 *
 * @module
 */
import { formatIpv4, formatIpv6 } from '../../address.js';
import { bytesOf, formatHex, toHex } from '../../bytes.js';
import type { FieldNode } from './layer.js';

/** Wireshark's names for a field, the most particular first. */
type Filters = string | readonly string[];

/** What may be said of a node beside its place and value. */
export type NodeExtra = Partial<Omit<FieldNode, 'name' | 'label' | 'filters'>>;

/** A node for `bytes` bytes at `at`. */
export function node(
  name: string,
  label: string,
  filters: Filters,
  at: number,
  bytes: number,
  extra: NodeExtra & Pick<FieldNode, 'value' | 'text'>,
): FieldNode {
  return {
    name,
    label,
    filters: typeof filters === 'string' ? [filters] : filters,
    at,
    bit: 0,
    bits: bytes * 8,
    ...extra,
  };
}

/** An unsigned number of 1 to 4 bytes in decimal, with its name where `names` knows one. */
export function uintNode(
  view: DataView,
  name: string,
  label: string,
  filters: Filters,
  at: number,
  bytes: 1 | 2 | 3 | 4,
  names?: { readonly [value: number]: string },
): FieldNode {
  const value = uintAt(view, at, bytes);
  const meaning = names?.[value];
  return node(name, label, filters, at, bytes, {
    value,
    text: String(value),
    ...(meaning === undefined ? {} : { meaning }),
  });
}

/** An unsigned number of 1 to 4 bytes in hexadecimal, padded to its width. */
export function hexNode(
  view: DataView,
  name: string,
  label: string,
  filters: Filters,
  at: number,
  bytes: 1 | 2 | 3 | 4,
  names?: { readonly [value: number]: string },
): FieldNode {
  const value = uintAt(view, at, bytes);
  return { ...uintNode(view, name, label, filters, at, bytes, names), text: hexOf(value, bytes) };
}

/** `width` bits from bit `bit` (counted from the most significant) of the two or one bytes at `at`. */
export function bitsNode(
  view: DataView,
  name: string,
  label: string,
  filters: Filters,
  at: number,
  bytes: 1 | 2,
  bit: number,
  width: number,
  names?: { readonly [value: number]: string },
): FieldNode {
  const value = (uintAt(view, at, bytes) >>> (bytes * 8 - bit - width)) & (2 ** width - 1);
  const meaning = names?.[value];
  return {
    name,
    label,
    filters: typeof filters === 'string' ? [filters] : filters,
    at: at + (bit >> 3),
    bit: bit & 7,
    bits: width,
    value,
    text: String(value),
    ...(meaning === undefined ? {} : { meaning }),
  };
}

/** Bytes as they are. */
export function octetsNode(
  view: DataView,
  name: string,
  label: string,
  filters: Filters,
  at: number,
  end: number,
): FieldNode {
  const value = bytesOf(view, at, end);
  return node(name, label, filters, at, end - at, {
    value,
    text: toHex(value),
    // As `tshark -T fields` prints a field of no bytes.
    ...(at === end ? { wireshark: '<MISSING>' } : {}),
  });
}

/** Text that `value` holds already decoded. */
export function textNode(
  name: string,
  label: string,
  filters: Filters,
  at: number,
  bytes: number,
  value: string,
): FieldNode {
  return node(name, label, filters, at, bytes, { value, text: value });
}

/** An IPv4 address. */
export function ipv4Node(view: DataView, name: string, label: string, filters: Filters, at: number): FieldNode {
  return textNode(name, label, filters, at, 4, formatIpv4(view.getUint32(at)));
}

/** An IPv6 address. */
export function ipv6Node(view: DataView, name: string, label: string, filters: Filters, at: number): FieldNode {
  return textNode(name, label, filters, at, 16, formatIpv6(view, at));
}

/** An unsigned number of 1 to 4 bytes, most significant first. */
export function uintAt(view: DataView, at: number, bytes: 1 | 2 | 3 | 4): number {
  if (bytes === 1) return view.getUint8(at);
  if (bytes === 2) return view.getUint16(at);
  if (bytes === 3) return view.getUint16(at) * 256 + view.getUint8(at + 2);
  return view.getUint32(at);
}

/** `0x` and two digits a byte. */
export function hexOf(value: number, bytes: number): string {
  return formatHex(value, bytes * 2);
}

/** What to show of a checksum whose bytes are all here: whether the one stored is the `right` one; `digits` wide in hexadecimal. */
export function judgeChecksum(stored: number, right: number, digits = 4): Partial<FieldNode> {
  const intact = right === stored;
  return { intact, meaning: intact ? 'correct' : `incorrect, should be ${formatHex(right, digits)}` };
}

/** What to show of one that spans a pseudo-header or data that are not here. */
export const unverified: Partial<FieldNode> = { meaning: 'not verified, it spans parts that are not here' };

/** What Wireshark's fields `*.checksum.status` say. */
export const ChecksumStatus = { BAD: 0, GOOD: 1, UNVERIFIED: 2, NOT_PRESENT: 3, ILLEGAL: 4 } as const;

const statusNames = ['Bad', 'Good', 'Unverified', 'Not present', 'Illegal'];

/**
 * Wireshark's word on the checksum at `at`. Of IPv4, TCP and UDP it verifies none unless it is told to, and that is what this field says
 * here too; whether the checksum is right stands at the checksum itself.
 */
export function statusNode(filter: string, at: number, status: number): FieldNode {
  return {
    ...node('checksumStatus', 'Checksum status in Wireshark', filter, at, 0, { value: status, text: String(status) }),
    meaning: statusNames[status]!,
  };
}

/** The status of a checksum that is always verified, by what was judged of it. */
export function statusOf({ intact }: Partial<FieldNode>): number {
  if (intact === undefined) return ChecksumStatus.UNVERIFIED;
  return intact ? ChecksumStatus.GOOD : ChecksumStatus.BAD;
}
