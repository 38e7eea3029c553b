/**
 * What a header's table is made of: how many bits a field has, how its value looks, what Wireshark calls it.
 *
 * @module
 */

import { formatHex, toHex } from '../../bytes.js';

/** What any layer that encloses another may be built with. */
export type Trailing = {
  /** Bytes between the end of what is inside and its own: padding, a frame check sequence. None where left out. */
  trailer?: Uint8Array | undefined;
};

/**
 * How Wireshark writes a field: numbers in decimal (`uint16`) or as hexadecimal of their width (`hex16`), booleans as 1 and 0, bytes
 * as digits, addresses and text as they are.
 */
export type WiresharkType =
  | `${'uint' | 'int' | 'hex'}${8 | 16 | 24 | 32 | 40 | 48 | 56 | 64}`
  | 'boolean'
  | 'char'
  | 'text'
  | 'bytes'
  | 'mac'
  | 'ipv4'
  | 'ipv6'
  | 'time'
  | 'duration'
  | 'guid'
  | 'none'
  | 'protocol';

/** How a field's bits become a value. */
export type FieldKind = 'uint' | 'bigint' | 'ipv4' | 'ipv6' | 'mac' | 'octets';

/** One named bit of a flags field. */
export interface FlagBit {
  /** The RFC's short name: `SYN`. */
  readonly name: string;
  /** Its bit, counted as a value: 0x002. */
  readonly mask: number;
  /** What it says when set: `Synchronize sequence numbers`. */
  readonly label: string;
  /** Wireshark's field name: `tcp.flags.syn`. */
  readonly filter?: string;
}

/** Bits of a field that Wireshark has a name of their own for, beside that of the whole. */
export interface FieldPart {
  readonly name: string;
  /** Wireshark's field name. */
  readonly filter: string;
  /** The bits, counted as a value: 0x0c. */
  readonly mask: number;
  readonly names?: { readonly [value: number]: string };
  /** Written in hexadecimal of so many digits. */
  readonly digits?: number;
}

/** What a field is called and how it is shown. */
export interface FieldMeta {
  /** The RFC's words, for people. Made from the field's name where left out. */
  readonly label?: string;
  /** Wireshark's names for it, the most particular first: `['ip.src', 'ip.addr']`. */
  readonly filter?: string | readonly string[];
  /** How a number is written, here and by Wireshark. Decimal where left out. */
  readonly base?: 'dec' | 'hex';
  /** Hexadecimal digits that Wireshark pads to, where its own field is wider than the bytes that this one touches. */
  readonly digits?: number;
  /** Names of known values. */
  readonly names?: { readonly [value: number]: string };
  /** Names of single bits, highest first; makes the field a set of flags. */
  readonly flags?: readonly FlagBit[];
  /** Bits with a meaning of their own, shown below the field. */
  readonly parts?: readonly FieldPart[];
  /** Factor from the number on the wire to the one shown and filtered by: 4 for a length in 32-bit words. */
  readonly scale?: number;
  /** Unit of the scaled value: `bytes`. */
  readonly unit?: string;
}

/** A field of fixed width. `V` is what reading gives and writing takes, `I` what may be built from. */
export class Field<V, I = V> {
  /** Only for the type checker: carries `V` and `I`. */
  declare readonly type: { value: V; init: I };
  readonly kind: FieldKind;
  readonly bits: number;
  readonly meta: FieldMeta;

  constructor(kind: FieldKind, bits: number, meta: FieldMeta = {}) {
    this.kind = kind;
    this.bits = bits;
    this.meta = meta;
  }

  /** The same field with more said about it. */
  with(meta: FieldMeta): Field<V, I> {
    return new Field(this.kind, this.bits, { ...this.meta, ...meta });
  }

  /** Names its bits; it can then be built from a list of names, `'PSH,ACK'`, as well as from a number. */
  flags(flags: readonly FlagBit[]): Field<V, I | string> {
    return new Field(this.kind, this.bits, { base: 'hex', ...this.meta, flags });
  }
}

/** Fields in wire order. Their bits add up to whole bytes. */
export type Shape = { readonly [name: string]: Field<unknown, unknown> };

/** Values of a shape's fields, as read. */
export type Fields<S extends Shape> = { -readonly [K in keyof S]: S[K]['type']['value'] };

/** Values to build from; what is left out gets the layer's default or is computed. */
export type Inits<S extends Shape> = { -readonly [K in keyof S]?: S[K]['type']['init'] | undefined } & Trailing;

/** An unsigned number of 1 to 32 bits, most significant bit first. */
export function bits(width: number, meta?: FieldMeta): Field<number> {
  return new Field<number>('uint', width, meta);
}

export const u8: Field<number> = bits(8);
export const u16: Field<number> = bits(16);
export const u24: Field<number> = bits(24);
export const u32: Field<number> = bits(32);
/** 64 bits, as a bigint. */
export const u64: Field<bigint> = new Field<bigint>('bigint', 64, { base: 'hex' });
/** An IPv4 address in dotted decimal. */
export const ipv4Address: Field<string> = new Field<string>('ipv4', 32);
/** An IPv6 address as RFC 5952 writes it. */
export const ipv6Address: Field<string> = new Field<string>('ipv6', 128);
/** A MAC address, pairs with colons. */
export const macAddress: Field<string> = new Field<string>('mac', 48);

/**
 * Bytes of a field. An interface of its own, so that declarations name it: written out, the type of an array of bytes has a parameter that
 * compilers before 5.7 do not know.
 */
export interface Octets extends Uint8Array {}

/** `length` bytes as they are; reading gives a view that shares the packet's memory. */
export function octets(length: number, meta?: FieldMeta): Field<Octets> {
  return new Field<Octets>('octets', 8 * length, meta);
}

/** Names of the bits that are set, lowest first, as Wireshark lists them: `PSH, ACK`. `flags` is highest first. */
export function flagNames(value: number, flags: readonly FlagBit[]): string[] {
  return flags
    .filter(({ mask }) => (value & mask) !== 0)
    .map(({ name }) => name)
    .reverse();
}

/**
 * The number for a list of flag names with commas, bars, plus signs or spaces between, in any case.
 *
 * @throws RangeError that names the flag it does not know and lists those it does
 */
export function parseFlags(text: string, flags: readonly FlagBit[]): number {
  let value = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    if (i < text.length && !' ,|+\t\n'.includes(text[i]!)) continue;
    if (i > from) value |= maskOf(text.slice(from, i), text, flags);
    from = i + 1;
  }
  return value >>> 0;
}

function maskOf(word: string, text: string, flags: readonly FlagBit[]): number {
  for (let i = 0; i < flags.length; i++) if (flags[i]!.name === word) return flags[i]!.mask;
  const flag = flags.find(({ name }) => name.toLowerCase() === word.toLowerCase());
  if (flag) return flag.mask;
  throw new RangeError(
    `Cannot read flags ${JSON.stringify(text)}: ${word} is not one of ${flags.map(({ name }) => name).join(', ')}`,
  );
}

/** `srcPort` → `Source port`-like words for a field that has no label: `Src port`. */
export function labelOf(name: string, field: Field<unknown, unknown>): string {
  if (field.meta.label !== undefined) return field.meta.label;
  const words = name.replace(
    /([a-z0-9])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A field's value as text: hexadecimal padded to the field's width, decimal, or the address. */
export function textOf(field: Field<unknown, unknown>, value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (field.meta.base === 'hex') return formatHex(value, Math.ceil(field.bits / 4));
    return String(value);
  }
  if (value instanceof Uint8Array) {
    return toHex(value);
  }
  return String(value);
}
