/**
 * What differs between two packets, by field and by byte.
 *
 * @module
 */
import { bytesOf, hexDigits, toAscii, toHex } from '../../bytes.js';
import { Fault } from '../core/fault.js';
import type { FieldNode, Layer } from '../core/layer.js';
import type { Packet } from '../stack/packet.js';

/** A field that differs, is new, or is gone. */
export interface FieldChange {
  /** The layer's name as shown, and where it is among several: `IPv4`, `IPv4 2`. */
  readonly layer: string;
  /** Names from the layer's field down, with a count where one is repeated: `ttl`, `option 2.length`. */
  readonly field: string;
  readonly label: string;
  /** As text; nothing where the first packet has no such field. */
  readonly before?: string;
  /** As text; nothing where the second packet has no such field. */
  readonly after?: string;
  /** Offset in bytes from the packet's start, in the second packet or, where it is gone, in the first. */
  readonly at: number;
}

/** Bytes that differ, one after the other. */
export interface ByteChange {
  /** Offset in bytes from the packets' start. */
  readonly at: number;
  /** Fewer bytes than the other has, where the packet ends. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** The differences of two packets. Shows itself as text and as JSON. */
export class PacketDiff {
  readonly fields: readonly FieldChange[];
  readonly bytes: readonly ByteChange[];

  constructor(fields: readonly FieldChange[], bytes: readonly ByteChange[]) {
    this.fields = fields;
    this.bytes = bytes;
  }

  /** Whether the packets have the same bytes, read as the same layers. */
  get isEmpty(): boolean {
    return this.fields.length === 0 && this.bytes.length === 0;
  }

  toString(): string {
    if (this.isEmpty) return 'no difference';
    const lines: string[] = [];
    let layer: string | undefined;
    const width = Math.max(0, ...this.fields.map(({ label }) => label.length));
    for (const change of this.fields) {
      if (change.layer !== layer) lines.push(change.layer);
      layer = change.layer;
      const { before = 'absent', after = 'absent' } = change;
      lines.push(`  ${change.label.padEnd(width)}  ${String(change.at).padStart(5)}  ${before} → ${after}`);
    }
    for (const { at, before, after } of this.bytes) {
      for (let i = 0; i < Math.max(before.length, after.length); i += 16) {
        const offset = hexDigits(at + i, 4);
        lines.push(`- ${offset}  ${row(before.subarray(i, i + 16))}`, `+ ${offset}  ${row(after.subarray(i, i + 16))}`);
      }
    }
    return lines.join('\n');
  }

  toJSON(): { fields: readonly FieldChange[]; bytes: { at: number; before: string; after: string }[] } {
    const bytes = this.bytes.map(({ at, before, after }) => ({ at, before: toHex(before), after: toHex(after) }));
    return { fields: this.fields, bytes };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `PacketDiff ${this.fields.length} fields, ${this.bytes.length} places\n${this}`;
  }
}

function row(bytes: Uint8Array): string {
  return bytes.length === 0 ? '(the packet ends before)' : `${toHex(bytes, ' ').padEnd(47)}  ${toAscii(bytes)}`;
}

/**
 * Compares two packets. Layers are matched by name in their order, fields by name; what only one packet has is new or gone.
 *
 * @example String(diff(before, after))
 */
export function diff(before: Packet, after: Packet): PacketDiff {
  const fields: FieldChange[] = [];
  const left = fieldsOf(before);
  const right = fieldsOf(after);
  for (const [path, field] of left) {
    const other = right.get(path);
    if (other === undefined) fields.push({ ...field.place, before: field.text, at: field.at });
    else if (other.text !== field.text)
      fields.push({ ...field.place, before: field.text, after: other.text, at: other.at });
  }
  for (const [path, field] of right)
    if (!left.has(path)) fields.push({ ...field.place, after: field.text, at: field.at });
  return new PacketDiff(inOrder(fields), byteChanges(before.bytes, after.bytes));
}

/** Gone fields stand with those of their layer, not before all new ones. */
function inOrder(changes: readonly FieldChange[]): FieldChange[] {
  const layers = [...new Set(changes.map(({ layer }) => layer))];
  return layers.flatMap((layer) => changes.filter((change) => change.layer === layer));
}

interface Leaf {
  readonly place: { readonly layer: string; readonly field: string; readonly label: string };
  readonly text: string;
  readonly at: number;
}

/** Every field that has no parts, by a path that is the same in both packets. */
function fieldsOf(packet: Packet): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  const counts = new Map<string, number>();
  for (const [i, layer] of packet.layers.entries()) {
    const name = counted(counts, layer.layerType.label);
    addLeaves(leaves, layer, packet.nodesOf(i), { layerName: name, prefix: '', start: packet.at });
  }
  return leaves;
}

function addLeaves(
  leaves: Map<string, Leaf>,
  layer: Layer,
  nodes: readonly FieldNode[],
  within: { readonly layerName: string; readonly prefix: string; readonly start: number },
): void {
  const { layerName, prefix, start } = within;
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const field = `${prefix}${counted(counts, node.name)}`;
    const place = {
      layer: layerName,
      field,
      label: prefix === '' ? node.label : `${prefix.replaceAll('.', ' ')}${node.label}`,
    };
    leaves.set(`${layerName}.${field}`, { place, text: textOf(layer, node), at: node.at - start });
    if (node.children) addLeaves(leaves, layer, node.children, { ...within, prefix: `${field}.` });
  }
}

/** `option`, then `option 2`. */
function counted(counts: Map<string, number>, name: string): string {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return count === 1 ? name : `${name} ${count}`;
}

function textOf(layer: Layer, node: FieldNode): string {
  if (node.value instanceof Uint8Array && node.bits > 0) {
    const bytes = toHex(bytesOf(layer.view, node.at, node.at + Math.ceil(node.bits / 8)));
    return bytes.length > 64 ? `${node.value.length} bytes, ${bytes.slice(0, 64)}…` : bytes;
  }
  // A checksum's meaning says only what it would have to be.
  const isWorded = node.meaning !== undefined && node.meaning !== '' && node.intact === undefined;
  return layer instanceof Fault || isWorded ? `${node.text} (${node.meaning})` : node.text;
}

/** Runs of bytes that differ; runs that fewer than four equal bytes part are one. */
function byteChanges(before: Uint8Array, after: Uint8Array): ByteChange[] {
  const changes: { at: number; end: number }[] = [];
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    if (before[i] === after[i]) continue;
    const last = changes.at(-1);
    if (last && i - last.end < 4) last.end = i + 1;
    else changes.push({ at: i, end: i + 1 });
  }
  return changes.map(({ at, end }) => ({ at, before: before.subarray(at, end), after: after.subarray(at, end) }));
}
