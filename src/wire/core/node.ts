/**
 * Nodes of the field tree for layers that are no table: numbers, texts and bytes at a place.
 *
 * @module
 */
import { formatIpv4, formatIpv6 } from '../../address.js';
import { bytesOf, formatHex, toHex } from '../../bytes.js';
import { type FieldNode, filtersOf, type Named, type NodeValue } from './layer.js';

/** What may be said of a node beside its place and value. */
export type NodeExtra = Partial<Omit<FieldNode, 'name' | 'label' | 'filters'>>;

/** What a numeric field is called, and what its values are. */
interface NamedValues extends Named {
  readonly names?: { readonly [value: number]: string } | undefined;
}

/** A node for `bytes` bytes at `at`. */
export function node(
  named: Named,
  at: number,
  bytes: number,
  extra: NodeExtra & Pick<FieldNode, 'value' | 'text'>,
): FieldNode {
  const { name, label } = named;
  return { name, label, filters: filtersOf(named), at, bit: 0, bits: bytes * 8, ...extra };
}

/** A value with its text, for `node`. */
export function valued(value: NodeValue, text: string = String(value)): Pick<FieldNode, 'value' | 'text'> {
  return { value, text };
}

/** An unsigned number of 1 to 4 bytes in decimal, with its name where `names` knows one. */
export function uintNode(named: NamedValues, view: DataView, at: number, bytes: 1 | 2 | 3 | 4): FieldNode {
  const value = uintAt(view, at, bytes);
  const meaning = named.names?.[value];
  return node(named, at, bytes, { value, text: String(value), ...(meaning === undefined ? {} : { meaning }) });
}

/** An unsigned number of 1 to 4 bytes in hexadecimal, padded to its width. */
export function hexNode(named: NamedValues, view: DataView, at: number, bytes: 1 | 2 | 3 | 4): FieldNode {
  return { ...uintNode(named, view, at, bytes), text: hexOf(uintAt(view, at, bytes), bytes) };
}

/** Which bits of the one or two bytes at a place are meant: `width` of them from bit `bit`, counted from the most significant. */
interface Bits {
  readonly bytes: 1 | 2;
  readonly bit: number;
  readonly width: number;
}

/** Some bits of the bytes at `at`, with their name where `names` knows one. */
export function bitsNode(named: NamedValues, view: DataView, at: number, { bytes, bit, width }: Bits): FieldNode {
  const { name, label, names } = named;
  const value = (uintAt(view, at, bytes) >>> (bytes * 8 - bit - width)) & (2 ** width - 1);
  const meaning = names?.[value];
  return {
    name,
    label,
    filters: filtersOf(named),
    at: at + (bit >> 3),
    bit: bit & 7,
    bits: width,
    value,
    text: String(value),
    ...(meaning === undefined ? {} : { meaning }),
  };
}

/** Bytes as they are. */
export function octetsNode(named: Named, view: DataView, at: number, end: number): FieldNode {
  const value = bytesOf(view, at, end);
  return node(named, at, end - at, {
    value,
    text: toHex(value),
    // As `tshark -T fields` prints a field of no bytes.
    ...(at === end ? { wireshark: '<MISSING>' } : {}),
  });
}

/** Text that `value` holds already decoded. */
export function textNode(named: Named, at: number, bytes: number, value: string): FieldNode {
  return node(named, at, bytes, { value, text: value });
}

/** An IPv4 address. */
export function ipv4Node(named: Named, view: DataView, at: number): FieldNode {
  return textNode(named, at, 4, formatIpv4(view.getUint32(at)));
}

/** An IPv6 address. */
export function ipv6Node(named: Named, view: DataView, at: number): FieldNode {
  return textNode(named, at, 16, formatIpv6(view, at));
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
    ...node({ name: 'checksumStatus', label: 'Checksum status in Wireshark', filters: filter }, at, 0, {
      value: status,
      text: String(status),
    }),
    meaning: statusNames[status]!,
  };
}

/** The status of a checksum that is always verified, by what was judged of it. */
export function statusOf({ intact }: Partial<FieldNode>): number {
  if (intact === undefined) return ChecksumStatus.UNVERIFIED;
  return intact ? ChecksumStatus.GOOD : ChecksumStatus.BAD;
}
