/**
 * Addresses as text: MAC (IEEE 802), IPv4 (RFC 791, dotted decimal) and IPv6 (RFC 4291 in, RFC 5952 out).
 *
 * @module
 */
import { bytesOf, toHex } from './bytes.js';

/** Dotted decimal of an address held as an unsigned 32-bit number. */
export function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 0xff}.${(value >>> 8) & 0xff}.${value & 0xff}`;
}

/**
 * Unsigned 32-bit number of a dotted-decimal address: four numbers from 0 to 255, no leading zeros.
 *
 * @throws RangeError when the text is anything else
 */
export function parseIpv4(text: string): number {
  const value = readIpv4(text);
  if (value === undefined) {
    throw new RangeError(
      `Cannot read IPv4 address ${JSON.stringify(text)}: four numbers from 0 to 255 with dots between needed`,
    );
  }
  return value;
}

/** Whether a text is a dotted-decimal IPv4 address. */
export function isIpv4(text: string): boolean {
  return readIpv4(text) !== undefined;
}

/** Whether an address is one of a machine for itself: 127.0.0.0/8 (RFC 1122 section 3.2.1.3), ::1 (RFC 4291 section 2.5.3). */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.');
}

/** An address with its port: `127.0.0.1:9999`, `[::1]:9999` (RFC 3986 section 3.2.2). */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function readIpv4(text: string): number | undefined {
  let value = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (digits === 0 || dots === 3) return undefined;
      value = value * 256 + part;
      part = 0;
      digits = 0;
      dots++;
    } else {
      // A leading zero is octal to some readers and decimal to others, RFC 6943 section 3.1.1.
      if (code < 0x30 || code > 0x39 || (digits > 0 && part === 0)) return undefined;
      part = part * 10 + code - 0x30;
      digits++;
      if (part > 255) return undefined;
    }
  }
  return dots === 3 && digits > 0 ? value * 256 + part : undefined;
}

/** Text of the 16 bytes at `at`, in the canonical form of RFC 5952. */
export function formatIpv6(view: DataView, at: number): string {
  const groups: number[] = [];
  for (let i = 0; i < 8; i++) groups.push(view.getUint16(at + 2 * i));
  // Section 5: the dotted form for the IPv4-mapped prefix, which is known to hold an IPv4 address.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIpv4(view.getUint32(at + 12))}`;
  }
  // Section 4.2: `::` for the longest run of zeros, the first of equals, never for a single group.
  let longest = { from: 0, length: 1 };
  for (let from = 0; from < 8; from++) {
    let length = 0;
    while (from + length < 8 && groups[from + length] === 0) length++;
    if (length > longest.length) longest = { from, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (longest.length === 1) return hex.join(':');
  return `${hex.slice(0, longest.from).join(':')}::${hex.slice(longest.from + longest.length).join(':')}`;
}

/**
 * The eight 16-bit groups of an IPv6 address in any form of RFC 4291 section 2.2.
 *
 * @throws RangeError when the text is anything else; a zone (`%eth0`) is no part of the address on the wire
 */
export function parseIpv6(text: string): number[] {
  const groups = readIpv6(text);
  if (!groups)
    throw new RangeError(
      `Cannot read IPv6 address ${JSON.stringify(text)}: eight groups of hexadecimal, or fewer with one :: needed`,
    );
  return groups;
}

/** Whether a text is an IPv6 address without a zone. */
export function isIpv6(text: string): boolean {
  return readIpv6(text) !== undefined;
}

function readIpv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half, i) => readGroups(half, i === halves.length - 1));
  const [head, tail] = groups;
  if (!head || (halves.length === 2 && !tail)) return undefined;
  if (!tail) return head.length === 8 ? head : undefined;
  const zeros = 8 - head.length - tail.length;
  return zeros < 1 ? undefined : [...head, ...new Array<number>(zeros).fill(0), ...tail];
}

function readGroups(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const value = isLast && i === parts.length - 1 ? readIpv4(part) : undefined;
      if (value === undefined) return undefined;
      groups.push(value >>> 16, value & 0xffff);
    }
  }
  return groups;
}

/** Lower-case pairs with colons of the 6 bytes at `at`. */
export function formatMac(view: DataView, at: number): string {
  return toHex(bytesOf(view, at, at + 6), ':');
}

/**
 * The six bytes of a MAC address, pairs of digits with `:` or `-` between them.
 *
 * @throws RangeError when the text is anything else
 */
export function parseMac(text: string): number[] {
  const bytes: number[] = [];
  if (text.length === 17) {
    for (let i = 0; i < 17; i += 3) {
      const high = digitOf(text.charCodeAt(i));
      const low = digitOf(text.charCodeAt(i + 1));
      if (high < 0 || low < 0 || (i < 15 && text[i + 2] !== ':' && text[i + 2] !== '-')) break;
      bytes.push(high * 16 + low);
    }
  }
  if (bytes.length === 6) return bytes;
  throw new RangeError(
    `Cannot read MAC address ${JSON.stringify(text)}: six pairs of hexadecimal digits with : or - between needed`,
  );
}

/** Value of a hexadecimal digit's character code, or -1. */
function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
