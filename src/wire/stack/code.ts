/**
 * A packet as the expression that builds it.
 *
 * @module
 */
import { bytesOf, equalBytes, formatHex, hexDigits, toHex } from '../../bytes.js';
import { Fault } from '../core/fault.js';
import { type Field, flagNames, parseFlags } from '../core/field.js';
import type { CompiledField } from '../core/header.js';
import type { Layer, LayerType, Part } from '../core/layer.js';
import { Raw, raw } from '../core/raw.js';
import { assemble, type Buildable } from './assemble.js';
import { nameOf } from './neighbours.js';

/** What an expression is made of: a `Packet` is such. */
export interface Codable {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly layers: readonly Layer[];
  parts(): Part[];
}

/** Characters of an expression that stays on one line. */
const lineWidth = 100;

/**
 * The TypeScript expression that builds a packet's bytes, with only those fields that differ from what `build` computes or takes where
 * nothing is given. Its functions are those of this package; bytes that are no text are written with `fromHex`.
 *
 * @example codeOf(packet) // "build(ipv4({ dst: '10.0.0.1' }), tcp({ dstPort: 80, flags: 'PSH,ACK' }), 'GET / HTTP/1.1\\r\\n\\r\\n')"
 */
export function codeOf(packet: Codable): string {
  const parts = faithfulParts(packet).map(({ type, init }) => ({ type, init }));
  const { bytes } = packet;
  const isSame = () => makes(parts, bytes);
  for (const part of parts) {
    if (!isPlainObject(part.init)) continue;
    let needed = part.init;
    const isSameWith = (init: unknown) => {
      part.init = init;
      return isSame();
    };
    for (const key of Object.keys(needed)) {
      const { [key]: _, ...others } = needed;
      if (isSameWith(others)) needed = others;
      else needed = { ...needed, [key]: shortened(needed[key], (list) => isSameWith({ ...needed, [key]: list })) };
    }
    part.init = needed;
  }
  const calls = parts.map(callOf);
  const line = `build(${calls.join(', ')})`;
  return line.length <= lineWidth ? line : `build(\n${calls.map((call) => `  ${call},\n`).join('')})`;
}

/** A list without those last elements that are not needed: the end of options, which padding makes by itself. */
function shortened(value: unknown, isEnough: (list: unknown[]) => boolean): unknown {
  if (!Array.isArray(value)) return value;
  let list = value;
  while (list.length > 0 && isEnough(list.slice(0, -1))) list = list.slice(0, -1);
  return list;
}

/** Parts that build the packet's very bytes: layers as far in as that goes, the rest as it is. */
function faithfulParts(packet: Codable): readonly Part[] {
  const parts = packet.parts();
  if (makes(parts, packet.bytes)) return parts;
  const read = packet.layers.filter((layer) => !(layer instanceof Fault));
  for (let kept = read.length - 1; kept > 0; kept--) {
    const { at, end } = read[kept]!;
    const shorter = [...parts.slice(0, kept), raw(bytesOf(packet.view, at, end))];
    if (makes(shorter, packet.bytes)) return shorter;
  }
  return [raw(packet.bytes)];
}

function makes(parts: readonly Buildable[], bytes: Uint8Array): boolean {
  try {
    const { view, at, end } = assemble(parts);
    return equalBytes(bytesOf(view, at, end), bytes);
  } catch {
    // A layer that cannot be built without a field needs that field.
    return false;
  }
}

function callOf({ type, init }: Part): string {
  if (type === Raw) return literal(readable(init as Uint8Array));
  const name = nameOf(type);
  if (isPlainObject(init)) {
    const members = Object.entries(init).map(([key, value]) => `${key}: ${fieldLiteral(type, key, value)}`);
    return members.length === 0 ? `${name}()` : `${name}({ ${members.join(', ')} })`;
  }
  return `${name}(${literal(init)})`;
}

/** Flags by their names, numbers as the protocol's people write them. */
function fieldLiteral(type: LayerType, key: string, value: unknown): string {
  const table = (type as LayerType & { readonly fields?: readonly CompiledField[] }).fields;
  const field: Field<unknown, unknown> | undefined = table?.find(({ name }) => name === key)?.field;
  if (typeof value === 'number' && field !== undefined) {
    const { flags, base } = field.meta;
    if (flags) {
      const names = flagNames(value, flags).join(',');
      if (names !== '' && parseFlags(names, flags) === value) return literal(names);
    }
    if (base === 'hex' || flags) return formatHex(value, Math.ceil(field.bits / 4));
  }
  return literal(value);
}

function literal(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return `fromHex('${toHex(value)}')`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{ ${members.map(([key, member]) => `${property(key)}: ${literal(member)}`).join(', ')} }`;
  }
  return String(value);
}

function property(key: string): string {
  return /^[a-z_$][\w$]*$/i.test(key) ? key : quoted(key);
}

/** Text where bytes are printable ASCII, which is the same in UTF-8, with the usual line ends. */
function readable(bytes: Uint8Array): string | Uint8Array {
  for (const byte of bytes) {
    if ((byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) || byte > 0x7e) return bytes;
  }
  return String.fromCharCode(...bytes);
}

const escapes: { readonly [character: string]: string } = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  "'": "\\'",
  '\\': '\\\\',
};

function quoted(text: string): string {
  const inner = text.replace(/[\\'\n\r\t]|[^\x20-\x7e]/g, (character) => {
    const code = character.charCodeAt(0);
    return escapes[character] ?? `\\u${hexDigits(code, 4)}`;
  });
  return `'${inner}'`;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !Array.isArray(value);
}
