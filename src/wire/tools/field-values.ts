/**
 * Values by Wireshark's field names, written as `tshark -T fields` writes them: nothing where a packet has no such field, several
 * occurrences in the order of the bytes.
 *
 * A query is compiled once for each class of layer it meets: a field of a header's table is then read through its accessor alone, and
 * the tree of a layer is made only where a name may stand outside the table.
 *
 * @module
 */
import { formatHex, toHex } from '../../bytes.js';
import { Cut } from '../core/cut.js';
import type { Field, Shape, WiresharkType } from '../core/field.js';
import type { CompiledField, HeaderClass } from '../core/header.js';
import type { FieldNode, Layer, LayerType, NodeValue } from '../core/layer.js';
import { layerTypes, ownRows } from '../stack/neighbours.js';
import type { Packet } from '../stack/packet.js';
import { wiresharkFields } from './wireshark-fields.js';

/** A field or protocol name, and how its values are written. */
export interface KnownField {
  readonly name: string;
  readonly type: WiresharkType;
}

/** Every layer that there is now, the user's own among them. */
function typesNow(): LayerType[] {
  return [...ownRows().map(({ type }) => type), ...layerTypes];
}

/** Every field name that `fieldValues` takes, in alphabetical order, with protocols' own names among them. */
export function knownFields(): KnownField[] {
  const layers = typesNow();
  const types: { readonly [name: string]: WiresharkType } = Object.assign(
    {},
    wiresharkFields,
    ...layers.map(({ naming }) => naming?.own),
  );
  const names = [...new Set(layers.map(({ protocol }) => protocol))].filter((name) => !Object.hasOwn(types, name));
  return [
    ...Object.entries(types).map(([name, type]) => ({ name, type })),
    ...names.map((name) => ({ name, type: 'protocol' as const })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** How a name's values are written; undefined for a name that is not known. */
export function fieldType(name: string): WiresharkType | undefined {
  if (Object.hasOwn(wiresharkFields, name)) return wiresharkFields[name];
  for (const { naming, protocol } of typesNow()) {
    if (protocol === name) return 'protocol';
    if (naming?.own && Object.hasOwn(naming.own, name)) return naming.own[name];
  }
  return undefined;
}

/** Names that a protocol of the user's own gives a field's values; undefined for other fields. */
export function ownValueNames(name: string): { readonly [value: number]: string } | undefined {
  for (const { type } of ownRows()) {
    const { fields = [] } = type as LayerType & Partial<HeaderClass<Shape>>;
    for (const { filters, field } of fields) if (filters.includes(name)) return field.meta.names;
  }
  return undefined;
}

/** Whether the field is one of a protocol of the user's own, which may be another one later. */
export function isOwnField(name: string): boolean {
  return ownRows().some(
    ({ type: { protocol, naming } }) => protocol === name || Object.hasOwn(naming?.own ?? {}, name),
  );
}

/** The known name that is most like one that is not: the fewest letters to insert, drop, change or swap. Nothing when none is near. */
export function suggestField(
  name: string,
  names: Iterable<string> = knownFields().map((field) => field.name),
): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  // `tcp.syn` for `tcp.flags.syn`: the same protocol, the same last word.
  const [protocol, ...words] = wanted.split('.');
  const word = words.at(-1);
  // A third of the letters wrong is another word.
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(wanted, candidate.toLowerCase(), least);
    if (distance < least) [least, best] = [distance, candidate];
    else if (best === undefined && word && candidate.startsWith(`${protocol}.`) && candidate.endsWith(`.${word}`))
      best = candidate;
  }
  return best;
}

/** Letters to insert, drop, change or swap with their neighbour between two words; `limit` where there are that many or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}

/** Reads the same fields of many packets. */
export interface FieldQuery {
  readonly names: readonly string[];
  /** For each name, in the order given, its occurrences in the packet. */
  read(packet: Packet): string[][];
}

/**
 * Compiles a list of field names to a reader of packets.
 *
 * @example fieldQuery(['ip.src', 'tcp.flags']).read(packet) // [['127.0.0.1'], ['0x0018']]
 * @throws RangeError that names the field it does not know and the known one most like it
 */
export function fieldQuery(names: readonly string[]): FieldQuery {
  for (const name of names) {
    if (fieldType(name) !== undefined) continue;
    const near = suggestField(name);
    throw new RangeError(
      `Cannot read field ${JSON.stringify(name)}: no layer has it${near === undefined ? '' : `, ${near} is the name most like it`}`,
    );
  }
  const plans = new Map<LayerType, Plan>();
  return {
    names,
    read(packet) {
      const values: string[][] = new Array(names.length).fill(none);
      const { layers } = packet;
      for (let i = 0; i < layers.length; i++) {
        const layer = layers[i]!;
        const type = layer.layerType;
        let plan = plans.get(type);
        if (plan === undefined) {
          plan = planFor(type, names);
          plans.set(type, plan);
        }
        if (plan.tree.size > 0 && !(plan.isOptional && layer.headerLength === plan.size)) {
          collect(packet.nodesOf(i), plan.tree, values);
          for (const index of plan.presence) add(values, index, type.label);
        } else {
          for (const { index, read } of plan.direct) add(values, index, read(layer));
          for (const index of plan.presence) add(values, index, type.label);
        }
      }
      return values;
    },
  };
}

/** What most fields of a packet have. */
const none: string[] = [];

function add(values: string[][], index: number, text: string): void {
  const list = values[index]!;
  if (list === none) values[index] = [text];
  else list.push(text);
}

/** The values of one packet's field: `fieldValues(packet, 'ip.addr')` is `['10.0.0.1', '10.0.0.2']`. */
export function fieldValues(packet: Packet, name: string): string[] {
  return fieldQuery([name]).read(packet)[0]!;
}

/** How to read a query's fields from the layers of one class. */
interface Plan {
  /** Fields that are read through their accessors, where that gives all there is. */
  readonly direct: readonly { readonly index: number; readonly read: (layer: Layer) => string }[];
  /** What to do with the names that are looked for in the tree; empty where no tree is needed. */
  readonly tree: Wanted;
  /** Places in the query where the protocol itself is asked for. */
  readonly presence: readonly number[];
  /** Whether the tree has more than the table only when the header is longer than the table. */
  readonly isOptional: boolean;
  readonly size: number | undefined;
}

/** Places in a query by the name, and how its values are written. */
type Wanted = ReadonlyMap<string, WantedName>;

interface WantedName {
  readonly indexes: number[];
  /** Written from the value, whatever the node's text is. */
  readonly isByValue: boolean;
  readonly write: (value: NodeValue) => string;
}

function planFor(type: LayerType, names: readonly string[]): Plan {
  const direct: { index: number; read: (layer: Layer) => string }[] = [];
  const tree = new Map<string, WantedName>();
  const presence: number[] = [];
  const { fields = [], size } = type as LayerType & Partial<HeaderClass<Shape>>;
  let needsTree = false;
  for (const [index, name] of names.entries()) {
    if (name === type.protocol) presence.push(index);
    const readers = [...fields.flatMap((field) => readersOf(field, name, type)), ...derivedReaders(type, name)];
    const isInTree =
      type === (Cut as LayerType) || readers.includes(undefined) || (readers.length === 0 && mayHold(type, name));
    needsTree ||= isInTree;
    if (isInTree || readers.length > 0) {
      const entry = tree.get(name) ?? wantedName(name);
      entry.indexes.push(index);
      tree.set(name, entry);
    }
    for (const read of readers) if (read) direct.push({ index, read });
  }
  if (!needsTree) tree.clear();
  return { direct, tree, presence, isOptional: type.naming?.isOptional ?? false, size };
}

/** Readers of what is in no table but in every header. */
function derivedReaders({ naming }: LayerType, name: string): ((layer: Layer) => string)[] {
  const read = naming?.derived?.[name];
  if (read === undefined) return [];
  const write = writerOf(fieldType(name)!);
  return [(layer) => write(read(layer))];
}

/** Whether a layer's tree may have a field of that name: Wireshark's names begin with their protocol's. */
function mayHold({ protocol, naming }: LayerType, name: string): boolean {
  if (name.startsWith(`${protocol.split('.', 1)[0]!}.`)) return true;
  return naming?.prefixes?.some((prefix) => name.startsWith(prefix)) ?? false;
}

/** Whether the value that an accessor gives is all that the text needs. */
function isPlain({ kind }: Field<unknown, unknown>, type: WiresharkType): boolean {
  if (kind === 'uint' || kind === 'bigint') return type === 'boolean' || /^(hex|uint)/.test(type);
  return kind === 'octets' ? type === 'bytes' : type === kind || type === 'text';
}

/** Readers of a table's field under a name; `undefined` in place of one that only the tree knows how to word. */
function readersOf(
  { filters, field, get }: CompiledField,
  name: string,
  { naming }: LayerType,
): (((layer: Layer) => string) | undefined)[] {
  const { flags, scale } = field.meta;
  const readers: (((layer: Layer) => string) | undefined)[] = [];
  const isIrregular = naming?.inTree?.some((prefix) => name.startsWith(prefix)) ?? false;
  if (filters.includes(name)) {
    const type = fieldType(name)!;
    const write = writerOf(type);
    const factor = scale ?? 1;
    if (isIrregular || !isPlain(field, type)) readers.push(undefined);
    else if (scale === undefined) readers.push((layer) => write(get(layer)));
    else readers.push((layer) => write((get(layer) as number) * factor));
  }
  for (const { filter, mask } of flags ?? []) {
    if (filter !== name) continue;
    readers.push(isIrregular ? undefined : (layer) => (((get(layer) as number) & mask) !== 0 ? '1' : '0'));
  }
  return readers;
}

function collect(nodes: readonly FieldNode[], wanted: Wanted, values: string[][]): void {
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    for (const name of node.filters) {
      const entry = wanted.get(name);
      if (entry === undefined) continue;
      const text = textOf(node, entry);
      for (const index of entry.indexes) add(values, index, text);
    }
    if (node.flags !== undefined) {
      for (const { filter, mask } of node.flags) {
        const entry = filter === undefined ? undefined : wanted.get(filter);
        if (entry === undefined) continue;
        const text = ((node.value as number) & mask) !== 0 ? '1' : '0';
        for (const index of entry.indexes) add(values, index, text);
      }
    }
    if (node.children !== undefined) collect(node.children, wanted, values);
  }
}

/** A node's value as Wireshark writes it under one of its names. */
export function nodeText(node: FieldNode, name: string): string {
  return textOf(node, wantedName(name));
}

function wantedName(name: string): WantedName {
  const type = fieldType(name) ?? 'text';
  // The text of a payload says only how many bytes it has.
  return { indexes: [], isByValue: type === 'boolean' || name === 'data.data', write: writerOf(type) };
}

function textOf({ wireshark, value, text }: FieldNode, { isByValue, write }: WantedName): string {
  return wireshark ?? (isByValue ? write(value) : text);
}

const writers = new Map<WiresharkType, (value: NodeValue) => string>();

/** Writes values of a type as Wireshark does. */
function writerOf(type: WiresharkType): (value: NodeValue) => string {
  let writer = writers.get(type);
  if (writer === undefined) {
    writer = makeWriter(type);
    writers.set(type, writer);
  }
  return writer;
}

function makeWriter(type: WiresharkType): (value: NodeValue) => string {
  const number = /^(hex|u?int)(\d+)$/.exec(type);
  if (number?.[1] === 'hex') {
    const digits = Number(number[2]) / 4;
    return (value) => formatHex(value as number | bigint, digits);
  }
  if (type === 'boolean') return (value) => (value === true || Number(value) !== 0 ? '1' : '0');
  return (value) => {
    if (value instanceof Uint8Array) return value.length === 0 ? '<none>' : toHex(value);
    return String(value);
  };
}
