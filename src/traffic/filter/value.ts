/**
 * Values that filters compare: what kinds there are, how they are read from a filter's text and how they compare.
 *
 * @module
 */
import { isIpv4, isIpv6, parseIpv4, parseIpv6 } from '../../address.js';
import { toBytes } from '../../bytes.js';
import { parseMoment, parseSeconds } from '../time.js';

/** What a value is. A protocol's value is its bytes. */
export type Kind =
  | 'number'
  | 'boolean'
  | 'time'
  | 'moment'
  | 'text'
  | 'ipv4'
  | 'ipv6'
  | 'mac'
  | 'bytes'
  | 'protocol'
  | 'none';

/**
 * A value of a field: IPv4 addresses as unsigned numbers, IPv6 and MAC addresses as bytes, booleans as 0 and 1, times in nanoseconds,
 * moments in nanoseconds since 1970.
 */
export type Value = number | bigint | string | Uint8Array;

/** A value from the filter; an address may be a network. */
export interface Literal {
  readonly value: Value;
  /** Bits of an address that count; all where left out. */
  readonly prefix?: number;
}

/** What a kind is called in messages, and how its values are written. */
export const kindNames: { readonly [K in Kind]: string } = {
  number: 'a number',
  boolean: 'true or false (1 or 0)',
  time: 'a number of seconds with at most nine decimals',
  moment: 'a moment such as "2023-11-14 22:13:20.5" or "Nov 14, 2023 22:13:20"',
  text: 'a text in quotes',
  ipv4: 'an IPv4 address such as 10.0.0.1 or 10.0.0.0/8',
  ipv6: 'an IPv6 address such as 2001:db8::1 or 2001:db8::/32',
  mac: 'a MAC address such as 00:11:22:33:44:55',
  bytes: 'bytes such as 47:45:54 or "GET"',
  protocol: 'bytes such as 47:45:54 or "GET"',
  none: 'nothing: it is only there or not',
};

/** Kinds whose values are compared as bytes. */
export function isBytes(kind: Kind): boolean {
  return kind === 'bytes' || kind === 'protocol' || kind === 'mac';
}

/** A whole number as filters write it: decimal, 0x, 0b, or octal with a leading 0. */
export function readInteger(text: string): number | bigint | undefined {
  if (/^0[0-7]+$/.test(text)) return exact(`0o${text.slice(1)}`);
  return /^(0x[0-9a-f]+|0b[01]+|\d+)$/i.test(text) ? exact(text) : undefined;
}

function exact(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** A value of a kind from the filter's text; undefined where the text is none. */
export function readLiteral(kind: Kind, text: string, form: 'word' | 'string' | 'char'): Literal | undefined {
  switch (kind) {
    case 'number':
      return numberLiteral(text, form);
    case 'boolean':
      if (/^(true|1)$/i.test(text)) return { value: 1 };
      if (/^(false|0)$/i.test(text)) return { value: 0 };
      return numberLiteral(text, form);
    case 'time': {
      const value = parseSeconds(text);
      return value === undefined ? undefined : { value };
    }
    case 'moment': {
      const value = parseMoment(text);
      return value === undefined ? undefined : { value };
    }
    case 'text':
      return { value: text };
    case 'ipv4':
      return addressLiteral(text, 32, (address) => (isIpv4(address) ? parseIpv4(address) : undefined));
    case 'ipv6':
      return addressLiteral(text, 128, (address) => (isIpv6(address) ? ipv6Bytes(address) : undefined));
    case 'mac':
    case 'bytes':
    case 'protocol': {
      const value = form === 'word' ? readBytes(text) : toBytes(text);
      return value === undefined ? undefined : { value };
    }
    default:
      return undefined;
  }
}

function numberLiteral(text: string, form: 'word' | 'string' | 'char'): Literal | undefined {
  if (form === 'char') return { value: text.charCodeAt(0) };
  const value = readInteger(text);
  return value === undefined ? undefined : { value };
}

function addressLiteral(text: string, bits: number, read: (address: string) => Value | undefined): Literal | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const value = read(address);
  if (value === undefined || rest.length > 0) return undefined;
  if (length === undefined) return { value };
  return /^\d+$/.test(length) && Number(length) <= bits ? { value, prefix: Number(length) } : undefined;
}

/** The 16 bytes of an IPv6 address. */
export function ipv6Bytes(text: string): Uint8Array {
  return Uint8Array.from(parseIpv6(text).flatMap((group) => [group >> 8, group & 0xff]));
}

/** Pairs of digits with `:`, `-` or `.` between, or groups of four: `aa:bb`, `aabb.ccdd`; one number from 0x00 to 0xff. */
function readBytes(text: string): Uint8Array | undefined {
  if (/^0x[0-9a-f]{1,2}$/i.test(text)) return Uint8Array.of(Number(text));
  if (!/^([0-9a-f]{1,2}|[0-9a-f]{4})([:.-]([0-9a-f]{1,2}|[0-9a-f]{4}))*[:.-]?$/i.test(text)) return undefined;
  const bytes: number[] = [];
  for (const group of text.split(/[:.-]/)) {
    if (group === '') continue;
    const even = group.length % 2 === 1 ? `0${group}` : group;
    for (let i = 0; i < even.length; i += 2) bytes.push(Number.parseInt(even.slice(i, i + 2), 16));
  }
  return Uint8Array.from(bytes);
}

/** Less than 0, 0 or more than 0: numbers by size, texts and bytes by their first difference, then by length. */
export function compareValues(a: Value, b: Value): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    const length = Math.min(a.length, b.length);
    for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
    return a.length - b.length;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether an address lies in a network, or any other value equals the literal. */
export function matchesLiteral(value: Value, { value: wanted, prefix }: Literal): boolean {
  if (prefix === undefined) {
    if (typeof value === 'number' || typeof value === 'string') return value === wanted;
    return compareValues(value, wanted) === 0;
  }
  if (typeof value === 'number') {
    const mask = prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0;
    return (value & mask) === ((wanted as number) & mask);
  }
  const a = value as Uint8Array;
  const b = wanted as Uint8Array;
  const whole = prefix >> 3;
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false;
  const rest = prefix & 7;
  return rest === 0 || ((a[whole]! ^ b[whole]!) & (0xff << (8 - rest)) & 0xff) === 0;
}

/** Whether `wanted` stands in `bytes`. */
export function includesBytes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  if (wanted.length === 0) return true;
  const last = bytes.length - wanted.length;
  const first = wanted[0]!;
  for (let i = bytes.indexOf(first); i >= 0 && i <= last; i = bytes.indexOf(first, i + 1)) {
    let k = 1;
    while (k < wanted.length && bytes[i + k] === wanted[k]) k++;
    if (k === wanted.length) return true;
  }
  return false;
}
