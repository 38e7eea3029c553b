/**
 * A table of fields, compiled once at load into a class with a getter and a setter per field.
 *
 * Each accessor is a function of its own with the offset written into it, so that V8 keeps one hidden class per call site:
 * accessors that share code across protocols turn megamorphic and read two to three times as slowly (`bench/wire.ts`). They are made with
 * `new Function`; a page whose Content-Security-Policy forbids that cannot use this module.
 *
 * @module
 */
import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from '../../address.js';
import { bytesOf, formatHex, toHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import {
  bits,
  type Field,
  type FieldPart,
  type Fields,
  flagNames,
  labelOf,
  parseFlags,
  type Shape,
  textOf,
} from './field.js';
import { type Enclosing, type FieldNode, Layer, type NodeValue, type Numbers } from './layer.js';

export {
  bits,
  type Fields,
  type Inits,
  ipv4Address,
  ipv6Address,
  macAddress,
  octets,
  u8,
  u16,
  u24,
  u32,
  u64,
} from './field.js';

/** A field with its place in the header. */
export interface CompiledField {
  readonly name: string;
  readonly label: string;
  readonly filters: readonly string[];
  /** First bit, counted from the header's first. */
  readonly offset: number;
  readonly bits: number;
  readonly field: Field<unknown, unknown>;
  /** Reads it from a layer. A function of its own for each field, for the same reason as the accessors. */
  readonly get: (layer: Layer) => NodeValue;
}

/** What `header()` makes: a layer with the shape's fields, and the table itself. */
export interface HeaderClass<S extends Shape> {
  new (view: DataView, at: number, end: number): HeaderLayer & Fields<S>;
  readonly label: string;
  readonly protocol: string;
  /** Bytes of the fixed part. */
  readonly size: number;
  readonly fields: readonly CompiledField[];
  sizeOf(init: unknown): number;
}

/** A layer whose fixed part is a table. */
export abstract class HeaderLayer extends Layer {
  /** The compiled table and the bytes it covers. */
  get table(): { readonly size: number; readonly fields: readonly CompiledField[] } {
    return this.constructor as unknown as { size: number; fields: readonly CompiledField[] };
  }

  get headerLength(): number {
    return this.table.size;
  }

  headerFault(): DecodeFault | undefined {
    return this.truncation(this.table.size);
  }

  /** Writes the fields that `init` holds and leaves the others. */
  declare assign: (init: { readonly [name: string]: unknown }) => void;

  write(init: unknown, _next?: Numbers): void {
    this.assign(init as { [name: string]: unknown });
  }

  /** The fields' values, by name. */
  toInit(): Record<string, unknown> {
    const init: Record<string, unknown> = {};
    for (const { name } of this.table.fields) init[name] = this.read(name);
    return init;
  }

  nodes(_enclosing?: Enclosing): FieldNode[] {
    return this.table.fields.map((field) => this.node(field));
  }

  /** A field's value by its name in the table. */
  read(name: string): NodeValue {
    return (this as unknown as { [name: string]: NodeValue })[name]!;
  }

  /** The node of one field of the table, with `extra` said about it. */
  node(compiled: CompiledField, extra?: Partial<FieldNode>): FieldNode {
    const { field } = compiled;
    const value = compiled.get(this);
    const { scale, unit, names, flags, parts } = field.meta;
    const scaled = scale !== undefined && typeof value === 'number' ? value * scale : undefined;
    const text = textOf(field, value);
    const wireshark = scaled === undefined ? paddedHex(field, value) : String(scaled);
    let meaning: string | undefined;
    if (typeof value === 'number') {
      if (flags) meaning = flagNames(value, flags).join(', ') || 'none set';
      else if (scaled !== undefined) meaning = `${scaled} ${unit ?? ''}`.trimEnd();
      else meaning = names?.[value] ?? unit;
    }
    // Members are added one by one: object spread takes several times as long, and trees are made for whole captures.
    const node: { -readonly [K in keyof FieldNode]: FieldNode[K] } = {
      name: compiled.name,
      label: compiled.label,
      filters: compiled.filters,
      at: this.at + (compiled.offset >> 3),
      bit: compiled.offset & 7,
      bits: compiled.bits,
      value,
      text,
    };
    if (meaning !== undefined) node.meaning = meaning;
    if (wireshark !== undefined && wireshark !== text) node.wireshark = wireshark;
    if (flags !== undefined) node.flags = flags;
    if (parts !== undefined)
      node.children = parts.map((part) => partNode(part, compiled.bits, node.at, value as number));
    return extra === undefined ? node : Object.assign(node, extra);
  }
}

/** The node of some of a field's bits. */
function partNode(
  { name, filter, mask, names, digits }: FieldPart,
  width: number,
  at: number,
  whole: number,
): FieldNode {
  const shift = 31 - Math.clz32(mask & -mask);
  const bits = 32 - Math.clz32(mask) - shift;
  const first = width - shift - bits;
  const value = (whole & mask) >>> shift;
  const meaning = names?.[value];
  return {
    name,
    label: labelOf(name, plainField),
    filters: [filter],
    at: at + (first >> 3),
    bit: first & 7,
    bits,
    value,
    text: digits === undefined ? String(value) : `0x${value.toString(16).padStart(digits, '0')}`,
    ...(meaning === undefined ? {} : { meaning }),
  };
}

const plainField = bits(8);

/** Wireshark pads hexadecimal to the whole bytes of its field, however few bits of them count. */
function paddedHex({ bits, meta }: Field<unknown, unknown>, value: NodeValue): string | undefined {
  if (meta.base !== 'hex' || typeof value !== 'number') return undefined;
  return formatHex(value, meta.digits ?? 2 * Math.ceil(bits / 8));
}

/**
 * Compiles a table of fields.
 *
 * @param label name as shown: `UDP`
 * @param protocol Wireshark's name for it: `udp`
 * @param shape fields in wire order
 * @throws RangeError at load when the fields do not add up to whole bytes
 */
export function header<const S extends Shape>(label: string, protocol: string, shape: S): HeaderClass<S> {
  const fields: CompiledField[] = [];
  let offset = 0;
  for (const [name, field] of Object.entries(shape)) {
    const { filter } = field.meta;
    const filters = filter === undefined ? [] : typeof filter === 'string' ? [filter] : filter;
    const get = new Function(`/* ${label} */ return (layer) => layer.${name}`)() as CompiledField['get'];
    fields.push({ name, label: labelOf(name, field), filters, offset, bits: field.bits, field, get });
    offset += field.bits;
  }
  if (offset % 8 !== 0)
    throw new RangeError(`Cannot compile ${label}: its fields add up to ${offset} bits, whole bytes needed`);
  const size = offset / 8;
  class Header extends HeaderLayer {
    static override readonly label = label;
    static override readonly protocol = protocol;
    static readonly size = size;
    static readonly fields = fields;
    static sizeOf(_init: unknown): number {
      return size;
    }
  }
  Object.defineProperties(Header.prototype, accessors(label, fields));
  Object.defineProperties(Header.prototype, ownWindow(label, size));
  return Header as unknown as HeaderClass<S>;
}

/** What the generated code calls. */
const support = {
  formatIpv4,
  formatIpv6,
  formatMac,
  parseFlags,
  writeIpv4: (view: DataView, at: number, text: string) => view.setUint32(at, parseIpv4(text)),
  writeIpv6: (view: DataView, at: number, text: string) => {
    const groups = parseIpv6(text);
    for (let i = 0; i < 8; i++) view.setUint16(at + 2 * i, groups[i]!);
  },
  writeMac: (view: DataView, at: number, text: string) => {
    const bytes = parseMac(text);
    for (let i = 0; i < 6; i++) view.setUint8(at + i, bytes[i]!);
  },
  bytesOf,
  writeOctets: (room: Uint8Array, at: number, value: Uint8Array, name: string) => {
    if (value.length !== room.length) {
      throw new RangeError(`Cannot write ${name} at byte ${at}: ${value.length} bytes given, ${room.length} needed`);
    }
    room.set(value);
  },
  misfit: (name: string, at: number, value: unknown, max: number | bigint): never => {
    const given =
      value instanceof Uint8Array
        ? toHex(value)
        : JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v));
    throw new RangeError(`Cannot write ${name} at byte ${at}: ${given} given, an integer from 0 to ${max} needed`);
  },
};

/**
 * What every layer says of where it lies, compiled for the class: V8 gathers what it knows by function, and would look the window up by
 * name in those that all classes share.
 */
function ownWindow(label: string, size: number): PropertyDescriptorMap {
  const source = `'use strict'; /* ${label} */ return {
    get headerLength() { return ${size}; },
    get payloadAt() { return this.at + this.headerLength; },
    get payloadEnd() { return this.end; },
    headerFault() { return this.truncation(${size}); },
    fault() { return this.headerFault(); },
    truncation(size) {
      const have = this.end - this.at;
      return have < size ? this.faultAt('TRUNCATED', size + ' bytes needed, ' + have + ' available') : undefined;
    },
  };`;
  return Object.getOwnPropertyDescriptors(new Function(source)() as object);
}

function accessors(label: string, fields: readonly CompiledField[]): PropertyDescriptorMap {
  const members = fields.map((compiled) => {
    const { name } = compiled;
    return `get ${name}() { ${readCode(compiled)} }, set ${name}(value) { ${writeCode(label, compiled)} },`;
  });
  const assignments = fields.map(({ name, field }) => {
    const given = field.meta.flags
      ? `typeof init.${name} === 'string' ? support.parseFlags(init.${name}, tables.${name}) : init.${name}`
      : `init.${name}`;
    return `if (init.${name} !== undefined) this.${name} = ${given};`;
  });
  const source = `'use strict'; return { ${members.join('\n')} assign(init) { ${assignments.join('\n')} } };`;
  const tables = Object.fromEntries(fields.map(({ name, field }) => [name, field.meta.flags]));
  const made = new Function('support', 'tables', source)(support, tables) as object;
  return Object.getOwnPropertyDescriptors(made);
}

/** The whole bytes that a field of at most 32 bits touches, and where its bits lie in them. */
function place({ name, offset, bits }: CompiledField): { first: number; bytes: number; shift: number; whole: boolean } {
  const first = offset >> 3;
  const last = (offset + bits - 1) >> 3;
  if (last - first > 3)
    throw new RangeError(
      `Cannot compile field ${name}: its bits lie in ${last - first + 1} bytes, at most 4 supported`,
    );
  const shift = (last + 1) * 8 - (offset + bits);
  return { first, bytes: last - first + 1, shift, whole: shift === 0 && offset % 8 === 0 };
}

/** An expression for the unsigned number in `bytes` bytes from `first`. */
function load(first: number, bytes: number): string {
  const at = `this.at + ${first}`;
  if (bytes === 1) return `this.view.getUint8(${at})`;
  if (bytes === 2) return `this.view.getUint16(${at})`;
  if (bytes === 3) return `(this.view.getUint16(${at}) * 256 + this.view.getUint8(${at} + 2))`;
  return `this.view.getUint32(${at})`;
}

function store(first: number, bytes: number, value: string): string {
  const at = `this.at + ${first}`;
  if (bytes === 1) return `this.view.setUint8(${at}, ${value});`;
  if (bytes === 2) return `this.view.setUint16(${at}, ${value});`;
  if (bytes === 3)
    return `{ const v = ${value}; this.view.setUint16(${at}, v >>> 8); this.view.setUint8(${at} + 2, v & 255); }`;
  return `this.view.setUint32(${at}, ${value});`;
}

function readCode(compiled: CompiledField): string {
  const { offset, bits: width, field } = compiled;
  const at = `this.at + ${offset >> 3}`;
  switch (field.kind) {
    case 'uint': {
      const { first, bytes, shift, whole } = place(compiled);
      if (whole) return `return ${load(first, bytes)};`;
      return `return (${load(first, bytes)} >>> ${shift}) & ${2 ** width - 1};`;
    }
    case 'bigint':
      return `return this.view.getBigUint64(${at});`;
    case 'ipv4':
      return `return support.formatIpv4(this.view.getUint32(${at}));`;
    case 'ipv6':
      return `return support.formatIpv6(this.view, ${at});`;
    case 'mac':
      return `return support.formatMac(this.view, ${at});`;
    case 'octets':
      return `return support.bytesOf(this.view, ${at}, ${at} + ${width / 8});`;
  }
}

function writeCode(label: string, compiled: CompiledField): string {
  const { name, offset, bits: width, field } = compiled;
  const at = `this.at + ${offset >> 3}`;
  const full = JSON.stringify(`${label}.${name}`);
  switch (field.kind) {
    case 'uint': {
      const { first, bytes, shift, whole } = place(compiled);
      const max = 2 ** width - 1;
      const check = `if (!(value >= 0 && value <= ${max} && Number.isInteger(value))) support.misfit(${full}, ${at}, value, ${max});`;
      if (whole) return `${check} ${store(first, bytes, 'value')}`;
      // Multiplied and masked as unsigned numbers: `<<` would turn a set bit 31 negative, which setUint32 wraps back.
      const kept = `(${load(first, bytes)} & ${~(max << shift) >>> 0})`;
      return `${check} ${store(first, bytes, `(${kept} | (value << ${shift})) >>> 0`)}`;
    }
    case 'bigint':
      return `if (typeof value !== 'bigint' || value < 0n || value > 0xffffffffffffffffn) support.misfit(${full}, ${at}, value, 0xffffffffffffffffn); this.view.setBigUint64(${at}, value);`;
    case 'ipv4':
      return `support.writeIpv4(this.view, ${at}, value);`;
    case 'ipv6':
      return `support.writeIpv6(this.view, ${at}, value);`;
    case 'mac':
      return `support.writeMac(this.view, ${at}, value);`;
    case 'octets':
      return `support.writeOctets(support.bytesOf(this.view, ${at}, ${at} + ${width / 8}), ${at}, value, ${full});`;
  }
}
