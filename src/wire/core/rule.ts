/**
 * Rules for what follows a header's table: fields that are there or not, lists, texts, values with their type and length before them.
 * A rule reads bytes as nodes and as the value to build from, and writes that value again; protocols are written down as rules, so that
 * reading and writing cannot disagree.
 *
 * @module
 */
import { bytesOf, toBytes, toHex } from '../../bytes.js';
import type { DecodeCode } from '../../errors.js';
import { Field, type Shape } from './field.js';
import { type CompiledField, type HeaderClass, type HeaderLayer, header } from './header.js';
import type { FieldNode } from './layer.js';
import { textOrBytes } from './text.js';
import { Writer } from './writer.js';

/** Values of the fields before, those of the enclosing records among them. */
export type Scope = { readonly [name: string]: unknown };

/** Why reading ended before the end. */
export interface RuleFault {
  readonly code: DecodeCode;
  readonly at: number;
  readonly reason: string;
}

/** Where a rule reads. */
export class Cursor {
  readonly view: DataView;
  at: number;
  end: number;
  fault: RuleFault | undefined = undefined;
  /** Members that building computes, to be left out of values where they are what it would compute. */
  readonly computed: { readonly of: Record<string, unknown>; readonly name: string }[] = [];

  constructor(view: DataView, at: number, end: number) {
    this.view = view;
    this.at = at;
    this.end = end;
  }

  /** The fault of `what`, which needs `size` bytes; undefined where they are here. */
  needs(size: number, what: string): boolean {
    if (this.end - this.at >= size) return true;
    this.fail('TRUNCATED', `${what} needs ${size} bytes, ${this.end - this.at} available`);
    return false;
  }

  fail(code: DecodeCode, reason: string, at: number = this.at): void {
    this.fault ??= { code, at, reason };
  }
}

/** How a part of a message is read and written. `I` is what it is built from. */
export interface Rule<I = unknown> {
  /** Reads at the cursor and moves it behind; appends to `nodes`. Stops at the first fault, which the cursor then has. */
  read(cursor: Cursor, nodes: FieldNode[], name: string, scope: Scope): I | undefined;
  /** Appends a value; nothing, or what is usual, where it is left out. */
  write(out: Writer, value: I | undefined, scope: Scope): void;
  /** Whether its value's members are members of the record that holds it. */
  readonly isInline?: boolean;
}

/** What a record is made of, in wire order. */
export type Members = { readonly [name: string]: Field<unknown, unknown> | Rule<unknown> };

type MemberInit<M> = M extends Field<unknown, infer I> ? I : M extends Rule<infer I> ? I : never;
type Inlined<M> = M extends Rule<infer I> & { readonly isInline: true } ? I : unknown;
type AllOf<U> = (U extends unknown ? (u: U) => void : never) extends (i: infer I) => void ? I : never;

/** What a record is built from. */
export type MemberInits<M extends Members> = {
  -readonly [K in keyof M as M[K] extends { readonly isInline: true } ? never : K]?: MemberInit<M[K]> | undefined;
} & AllOf<Inlined<M[keyof M]>>;

/** Bytes behind what a rule could read, and bytes in place of a form that is none of those known. */
export type WithData = { data?: Uint8Array | undefined };

/** The text of meta that rules of variable width have, with Wireshark's names as a list. */
export interface RuleMeta {
  readonly label?: string;
  readonly filter?: string | readonly string[];
  /** How Wireshark writes the value, where that is not its text. */
  readonly wireshark?: (bytes: Uint8Array) => string;
}

function filtersOf({ filter }: RuleMeta): readonly string[] {
  return filter === undefined ? [] : typeof filter === 'string' ? [filter] : filter;
}

/** Words for a name without a label: `routerId` → `Router id`. */
function wordsOf(name: string): string {
  const words = name.replace(/([a-z0-9])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

type RunClass = HeaderClass<Shape>;
type Run = HeaderLayer & Record<string, unknown>;

function runAt(type: RunClass, view: DataView, at: number, end: number): Run {
  return new type(view, at, end) as unknown as Run;
}

/** What reading gives for numbers that building leaves out: zeros. */
export function zerosOf(fields: readonly CompiledField[]): { [name: string]: unknown } {
  return Object.fromEntries(fields.filter(({ field }) => field.kind === 'uint').map(({ name }) => [name, 0]));
}

/** `given` over `defaults`, whose members stand in where a given one is undefined. */
export function over(
  defaults: { readonly [name: string]: unknown },
  given: object | undefined,
): Record<string, unknown> {
  const values: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(given ?? {})) if (value !== undefined) values[name] = value;
  return values;
}

/** Reads the fields of a run; of one that is cut, those that are whole. */
function readRun(
  type: RunClass,
  cursor: Cursor,
  nodes: FieldNode[],
  what: string,
): Record<string, unknown> | undefined {
  const { view, at, end } = cursor;
  const layer = runAt(type, view, at, end);
  if (cursor.needs(type.size, what)) {
    nodes.push(...layer.nodes());
    cursor.at += type.size;
    return ownBytes(layer.toInit());
  }
  for (const field of type.fields as readonly CompiledField[]) {
    if (at * 8 + field.offset + field.bits > end * 8) break;
    nodes.push(layer.node(field));
  }
  return undefined;
}

/** Values that hold on to no packet. */
function ownBytes(init: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(init)) if (value instanceof Uint8Array) init[name] = value.slice();
  return init;
}

/** One field as a rule. */
export function value<I>(field: Field<unknown, I>): Rule<I> {
  const type = header('', '', { value: field as Field<unknown, unknown> }) as RunClass;
  const label = field.meta.label;
  return {
    read(cursor, nodes, name) {
      const from = nodes.length;
      const init = readRun(type, cursor, nodes, wordsOf(name));
      for (let i = from; i < nodes.length; i++) nodes[i] = { ...nodes[i]!, name, label: label ?? wordsOf(name) };
      return init?.value as I | undefined;
    },
    write(out, given) {
      if (given === undefined) return;
      const at = out.take(type.size);
      runAt(type, out.view, at, at + type.size).assign({ value: given });
    },
  };
}

/** Fields and rules one after the other. `defaults` are written where a member is left out; a rule's own default is its affair. */
export function record<M extends Members>(
  members: M,
  defaults: { readonly [name: string]: unknown } = {},
): Rule<MemberInits<M>> {
  type Step = { readonly run: RunClass } | { readonly name: string; readonly rule: Rule };
  const steps: Step[] = [];
  let shape: { [name: string]: Field<unknown, unknown> } = {};
  const flush = () => {
    if (Object.keys(shape).length > 0) steps.push({ run: header('', '', shape) as RunClass });
    shape = {};
  };
  for (const [name, member] of Object.entries(members)) {
    if (member instanceof Field) shape[name] = member;
    else {
      flush();
      steps.push({ name, rule: member });
    }
  }
  flush();
  const usual = { ...zerosOf(steps.flatMap((step) => ('run' in step ? step.run.fields : []))), ...defaults };
  return {
    read(cursor, nodes, name, outer) {
      const init: Record<string, unknown> = {};
      const scope: Record<string, unknown> = Object.create(outer);
      for (const step of steps) {
        if (cursor.fault) break;
        const read =
          'run' in step
            ? readRun(step.run, cursor, nodes, wordsOf(name))
            : step.rule.read(cursor, nodes, step.name, scope);
        if (read === undefined) continue;
        const values = 'run' in step || step.rule.isInline ? (read as Record<string, unknown>) : { [step.name]: read };
        Object.assign(init, values);
        Object.assign(scope, values);
      }
      return init as MemberInits<M>;
    },
    write(out, given, outer) {
      const init = over(usual, given as object | undefined);
      const scope: Record<string, unknown> = Object.assign(Object.create(outer), init);
      for (const step of steps) {
        if ('run' in step) {
          const at = out.take(step.run.size);
          runAt(step.run, out.view, at, at + step.run.size).assign(init);
        } else step.rule.write(out, step.rule.isInline ? init : init[step.name], scope);
      }
    },
  };
}

/** A rule whose members stand in their record as if written there. */
export interface Inline<I> extends Rule<I> {
  readonly isInline: true;
}

/** The rule that the fields before ask for, its members among theirs; `otherwise`, or bytes as they are, where none does. */
export function choice<I = { readonly [name: string]: unknown }>(
  pick: (scope: Scope) => Rule<never> | undefined,
  otherwise: Rule<never> = opaque() as Rule<never>,
): Inline<Partial<I> & WithData> {
  return {
    isInline: true,
    read(cursor, nodes, name, scope) {
      const rule = (pick(scope) ?? otherwise) as Rule;
      return rule.read(cursor, nodes, name, scope) as Partial<I> & WithData;
    },
    write(out, given, scope) {
      const data = (given as WithData | undefined)?.data;
      if (data !== undefined) out.put(data);
      else ((pick(scope) ?? otherwise) as Rule).write(out, given, scope);
    },
  };
}

/** All bytes up to the end, as member `data`. */
export function opaque(meta: RuleMeta = {}): Inline<WithData> {
  const rule = bytes(undefined, { label: 'Data', ...meta });
  return {
    isInline: true,
    read(cursor, nodes, _name, scope) {
      const data = cursor.at < cursor.end ? rule.read(cursor, nodes, 'data', scope) : undefined;
      return data === undefined ? {} : { data };
    },
    write(out, given) {
      if (given?.data !== undefined) out.put(given.data);
    },
  };
}

/** Bytes as they are: as many as `length` says, all up to the end where it is left out. */
export function bytes(length: ((scope: Scope) => number) | number | undefined, meta: RuleMeta = {}): Rule<Uint8Array> {
  const filters = filtersOf(meta);
  return {
    read(cursor, nodes, name, scope) {
      const size = sizeOf(length, cursor, scope);
      if (!cursor.needs(size, meta.label ?? wordsOf(name))) return undefined;
      const { view, at } = cursor;
      const content = bytesOf(view, at, at + size);
      nodes.push({
        name,
        label: meta.label ?? wordsOf(name),
        filters,
        at,
        bit: 0,
        bits: size * 8,
        value: content,
        text: toHex(content),
        ...(meta.wireshark ? { wireshark: meta.wireshark(content) } : size === 0 ? { wireshark: '<MISSING>' } : {}),
      });
      cursor.at += size;
      return content.slice();
    },
    write(out, given, scope) {
      if (given !== undefined) out.put(given);
      else if (typeof length === 'number') out.take(length);
      else if (length !== undefined) out.take(sizeOf(length, undefined, scope));
    },
  };
}

function sizeOf(
  length: ((scope: Scope) => number) | number | undefined,
  cursor: Cursor | undefined,
  scope: Scope,
): number {
  if (length === undefined) return cursor === undefined ? 0 : cursor.end - cursor.at;
  const size = typeof length === 'number' ? length : length(scope);
  return Number.isFinite(size) && size > 0 ? size : 0;
}

/** Bytes up to the end, where there are any. */
export function tail(meta: RuleMeta = {}): Rule<Uint8Array> {
  return optional(bytes(undefined, meta), (_, bytesLeft) => bytesLeft > 0);
}

/** Text of as many bytes as `length` says, all up to the end where it is left out; bytes where it is no UTF-8. */
export function text(
  length: ((scope: Scope) => number) | number | undefined,
  meta: RuleMeta = {},
): Rule<string | Uint8Array> {
  const rule = bytes(length, meta);
  return {
    read(cursor, nodes, name, scope) {
      const content = rule.read(cursor, nodes, name, scope);
      if (content === undefined) return undefined;
      const last = nodes.length - 1;
      nodes[last] = asText(nodes[last]!, content, meta);
      return textOrBytes(content);
    },
    write(out, given, scope) {
      const content = given === undefined ? undefined : toBytes(given);
      rule.write(out, content, scope);
      if (content !== undefined && typeof length === 'number' && content.length < length)
        out.take(length - content.length);
    },
  };
}

function asText(node: FieldNode, content: Uint8Array, { wireshark }: RuleMeta): FieldNode {
  const { wireshark: _, ...rest } = node;
  const stop = content.indexOf(0);
  const shown = decoder.decode(stop < 0 ? content : content.subarray(0, stop));
  return { ...rest, value: shown, text: shown, ...(wireshark ? { wireshark: wireshark(content) } : {}) };
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** As many of one kind as there is room for up to the end, or as `count` says. */
export function list<I>(item: Rule<I>, count?: (scope: Scope) => number): Rule<readonly I[]> {
  return {
    read(cursor, nodes, name, scope) {
      const items: I[] = [];
      const wanted = count?.(scope) ?? Number.POSITIVE_INFINITY;
      while (cursor.fault === undefined && items.length < wanted && (cursor.at < cursor.end || count !== undefined)) {
        const before = cursor.at;
        const read = item.read(cursor, nodes, name, scope);
        if (read === undefined || cursor.at === before) {
          if (cursor.at === before && cursor.fault === undefined)
            cursor.fail('BAD_LENGTH', `${wordsOf(name)} of no bytes`);
          break;
        }
        items.push(read);
      }
      return items;
    },
    write(out, given, scope) {
      for (const each of given ?? []) item.write(out, each, scope);
    },
  };
}

/** What stands there only where the fields before, or the bytes left, say so; when building, where a value is given. */
function optional<I>(rule: Rule<I>, isThere: (scope: Scope, bytesLeft: number) => boolean): Rule<I> {
  return {
    ...(rule.isInline ? { isInline: true } : {}),
    read(cursor, nodes, name, scope) {
      return isThere(scope, cursor.end - cursor.at) ? rule.read(cursor, nodes, name, scope) : undefined;
    },
    write(out, given, scope) {
      if (given !== undefined) rule.write(out, given, scope);
    },
  };
}

/** The rule that the bytes at hand ask for; when building, the one that the value does. */
export function select<I>(
  reading: (view: DataView, at: number, end: number) => Rule<I>,
  writing: (value: I | undefined, scope: Scope) => Rule<I>,
): Rule<I> {
  return {
    read: (cursor, nodes, name, scope) => reading(cursor.view, cursor.at, cursor.end).read(cursor, nodes, name, scope),
    write: (out, given, scope) => writing(given, scope).write(out, given, scope),
  };
}

/** Members that stand in their record as if written there. */
export function inline<I>(rule: Rule<I>): Inline<I> {
  return { ...rule, isInline: true };
}

/** A rule that leaves the last bytes before the end to what follows it: as many as `kept` says. */
export function before<I>(kept: (scope: Scope) => number, rule: Rule<I>): Rule<I> {
  return {
    ...(rule.isInline ? { isInline: true } : {}),
    read(cursor, nodes, name, scope) {
      const { end } = cursor;
      cursor.end = Math.max(cursor.at, end - kept(scope));
      const init = rule.read(cursor, nodes, name, scope);
      cursor.end = end;
      return init;
    },
    write(out, given, scope) {
      rule.write(out, given, scope);
    },
  };
}

/** How a frame, a fixed header with the length of what follows it, is laid out. */
export interface FrameOptions<S extends Shape, B> {
  /** Fixed fields, the length among them. */
  readonly header: S;
  /** The header's field that holds the length. */
  readonly length: keyof S & string;
  /** Bytes that the length counts beside the body: 4 where it counts a header of 4 bytes too; negative where it counts less. */
  readonly counts?: number;
  /** What is inside, by the header's fields. Bytes as they are where nothing is given for them. */
  readonly body: Rule<B> | ((scope: Scope) => Rule<never> | undefined);
  /** Bodies are padded to multiples of so many bytes, which the length does not count. */
  readonly pad?: number;
  /** Words for the frame's node, by its fields. */
  readonly title?: (scope: Scope) => string | undefined;
  /** Wireshark's name for the frame as a whole. */
  readonly filter?: string;
  readonly defaults?: { readonly [name: string]: unknown };
}

type InitsOfShape<S extends Shape> = { -readonly [K in keyof S]?: S[K]['type']['init'] | undefined };

/** A header with a length, and the body that it counts: types with their values, records of a database. */
export function frame<const S extends Shape, B = { readonly [name: string]: unknown }>(
  options: FrameOptions<S, B>,
): Rule<InitsOfShape<S> & Partial<B> & WithData> {
  const type = header('', '', options.header) as RunClass;
  const { length, counts = 0, pad = 1, title } = options;
  const { [length]: _, ...zeros } = zerosOf(type.fields);
  const usual = { ...zeros, ...options.defaults };
  const body = (scope: Scope): Rule =>
    ((typeof options.body === 'function' ? options.body(scope) : options.body) ?? opaque()) as Rule;
  return {
    read(cursor, nodes, name, outer) {
      const { view, at } = cursor;
      const children: FieldNode[] = [];
      const head = readRun(type, cursor, children, wordsOf(name));
      const scope: Record<string, unknown> = Object.assign(Object.create(outer), head);
      let init: Record<string, unknown> = {};
      if (head) {
        const size = (head[length] as number) - counts;
        const stop = cursor.at + size;
        if (size < 0)
          cursor.fail('BAD_LENGTH', `${wordsOf(name)}: length is ${head[length]}, at least ${counts} needed`, at);
        else if (stop > cursor.end)
          cursor.fail(
            'TRUNCATED',
            `${wordsOf(name)}: length is ${head[length]}, ${cursor.end - cursor.at + counts} bytes available`,
            at,
          );
        const outerEnd = cursor.end;
        const outerFault = cursor.fault;
        cursor.end = size < 0 ? cursor.at : Math.min(stop, outerEnd);
        cursor.fault = undefined;
        const rule = body(scope);
        const content = rule.read(cursor, children, name, scope);
        const rest = cursor.at < cursor.end ? opaqueRest(cursor, children, scope) : {};
        cursor.fault = outerFault ?? cursor.fault;
        init = { ...head, ...(rule.isInline || isRecordValue(content) ? (content as object) : {}), ...rest };
        cursor.computed.push({ of: init, name: length });
        cursor.at = Math.max(cursor.at, cursor.end);
        cursor.end = outerEnd;
        if (pad > 1) cursor.at = Math.min(outerEnd, cursor.at + padding(cursor.at - at, pad));
      }
      nodes.push({
        name,
        label: title?.(scope) ?? wordsOf(name),
        filters: options.filter === undefined ? [] : [options.filter],
        at,
        bit: 0,
        bits: (cursor.at - at) * 8,
        value: bytesOf(view, at, cursor.at),
        text: `${cursor.at - at} bytes`,
        ...(options.filter === undefined ? {} : { wireshark: '1' }),
        children,
      });
      return head === undefined ? undefined : (init as InitsOfShape<S> & Partial<B> & WithData);
    },
    write(out, given, outer) {
      const init = over(usual, given as object | undefined);
      const scope: Record<string, unknown> = Object.assign(Object.create(outer), init);
      const at = out.take(type.size);
      const { data } = init;
      const rule = body(scope);
      // Bytes as they are stand for the whole body.
      if (data instanceof Uint8Array) out.put(data);
      else rule.write(out, init, scope);
      const stop = out.length;
      const head = runAt(type, out.view, at, at + type.size);
      head.assign({ [length]: stop - at - type.size + counts, ...init });
      if (pad > 1) out.take(padding(stop - at, pad));
    },
  };
}

function padding(size: number, unit: number): number {
  return (unit - (size % unit)) % unit;
}

function isRecordValue(content: unknown): boolean {
  return typeof content === 'object' && content !== null && !Array.isArray(content) && !(content instanceof Uint8Array);
}

function opaqueRest(cursor: Cursor, nodes: FieldNode[], scope: Scope): WithData {
  const fault = cursor.fault;
  cursor.fault = undefined;
  const rest = opaque({ label: 'Rest' }).read(cursor, nodes, 'rest', scope);
  cursor.fault = fault ?? cursor.fault;
  // A body read in part cannot be told from one that is only bytes, but by building it again.
  return rest ?? {};
}

/** A number of bytes, then so many bytes that hold one rule. The number is computed where it is built. */
export function prefixed<I>(length: Field<number>, rule: Rule<I>, options: { readonly counts?: number } = {}): Rule<I> {
  const type = header('', '', { length }) as RunClass;
  const { counts = 0 } = options;
  return {
    read(cursor, nodes, name, scope) {
      const head = readRun(type, cursor, nodes, wordsOf(name));
      if (head === undefined) return undefined;
      const size = Math.max(0, (head.length as number) - counts);
      const stop = cursor.at + size;
      const outerEnd = cursor.end;
      if (stop > outerEnd)
        cursor.fail('TRUNCATED', `${wordsOf(name)}: length is ${head.length}, ${outerEnd - cursor.at} bytes available`);
      const outerFault = cursor.fault;
      cursor.fault = undefined;
      cursor.end = Math.min(stop, outerEnd);
      const content = rule.read(cursor, nodes, name, scope);
      if (cursor.at < cursor.end && cursor.fault === undefined)
        cursor.fail('BAD_LENGTH', `${cursor.end - cursor.at} bytes behind ${wordsOf(name)}`);
      cursor.fault = outerFault ?? cursor.fault;
      cursor.at = cursor.end;
      cursor.end = outerEnd;
      return content;
    },
    write(out, given, scope) {
      const at = out.take(type.size);
      rule.write(out, given, scope);
      const size = out.length - at - type.size + counts;
      runAt(type, out.view, at, at + type.size).assign({ length: size });
    },
  };
}

/** The number of a list's items, then the items. The number is computed where it is built. */
export function counted<I>(count: Field<number>, item: Rule<I>): Rule<readonly I[]> {
  const type = header('', '', { count }) as RunClass;
  return {
    read(cursor, nodes, name, scope) {
      const head = readRun(type, cursor, nodes, wordsOf(name));
      if (head === undefined) return undefined;
      return list(item, () => head.count as number).read(cursor, nodes, name, scope);
    },
    write(out, given, scope) {
      const at = out.take(type.size);
      runAt(type, out.view, at, at + type.size).assign({ count: given?.length ?? 0 });
      list(item).write(out, given, scope);
    },
  };
}

/** One node around what a rule reads, with Wireshark's name for the whole. */
export function group<I>(
  rule: Rule<I>,
  title: string | ((init: I | undefined) => string),
  meta: RuleMeta = {},
): Rule<I> {
  return {
    ...(rule.isInline ? { isInline: true } : {}),
    read(cursor, nodes, name, scope) {
      const { view, at } = cursor;
      const children: FieldNode[] = [];
      const init = rule.read(cursor, children, name, scope);
      const content = bytesOf(view, at, cursor.at);
      nodes.push({
        name,
        label: typeof title === 'string' ? title : title(init),
        filters: filtersOf(meta),
        at,
        bit: 0,
        bits: (cursor.at - at) * 8,
        value: content,
        text: `${cursor.at - at} bytes`,
        ...(meta.filter === undefined ? {} : { wireshark: meta.wireshark?.(content) ?? '1' }),
        children,
      });
      return init;
    },
    write(out, given, scope) {
      rule.write(out, given, scope);
    },
  };
}

/** The bytes that a rule makes of a value. */
export function encodeRule(rule: Rule, given: unknown, scope: Scope): Uint8Array {
  const out = new Writer();
  rule.write(out, given, scope);
  return out.bytes;
}
