/**
 * Layers of a header's table and a body that rules read and write. What is built from a message's values is compared with its bytes: where
 * the values cannot say all that is there, the body is given as bytes.
 *
 * @module
 */
import { bytesOf, equalBytes } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import type { Fields, Inits, Shape } from './field.js';
import { type HeaderClass, HeaderLayer, header } from './header.js';
import type { Bindings, Carries, Enclosing, FieldNode, Naming, Numbers, Row } from './layer.js';
import {
  Cursor,
  encodeRule,
  type MemberInits,
  type Members,
  over,
  type Rule,
  record,
  type WithData,
  zerosOf,
} from './rule.js';

/** What a message says of itself beside its table. */
export interface MessageOptions<S extends Shape> {
  /** Values of fields that are left out when building. */
  readonly defaults?: { readonly [K in keyof S]?: S[K]['type']['init'] };
  /** The field that holds the message's length, and how many bytes fewer it counts than there are. */
  readonly length?: { readonly field: keyof S & string; readonly less?: number };
  /** Whether messages follow each other in a stream, in which one may go on behind the segment. */
  readonly isStream?: boolean;
}

/** Values of a message's body, as they are built from. */
interface MessageBody<B> {
  readonly body: B & WithData;
}

/** What to build a message from: the table's fields, the body's members, or `data` for a body as it is. */
export type MessageInit<S extends Shape, M extends Members> = Inits<S> & MemberInits<M> & WithData;

/** What `message()` makes. */
export interface MessageClass<S extends Shape, M extends Members> extends Omit<HeaderClass<S>, 'new'> {
  new (view: DataView, at: number, end: number): MessageLayer & MessageBody<MemberInits<M>> & Fields<S>;
  readonly isSequence: boolean;
  readonly carries: Carries;
  readonly naming: Naming;
}

interface Made {
  readonly size: number;
  readonly bodyRule: Rule;
  readonly options: MessageOptions<Shape>;
  /** Values of what is left out. */
  readonly usual: { readonly [name: string]: unknown };
}

/** A layer whose header a table and whose body a rule describes. */
abstract class MessageLayer extends HeaderLayer {
  get #made(): Made {
    return this.constructor as unknown as Made;
  }

  /** Offset behind the message by its own account; behind the window where it goes on in another segment. */
  get messageEnd(): number {
    const { length } = this.#made.options;
    if (length === undefined) return this.end;
    return this.at + Math.max(this.#made.size, (this.read(length.field) as number) + (length.less ?? 0));
  }

  /** Whether the message goes on behind what is here. */
  get isCut(): boolean {
    return this.messageEnd > this.end;
  }

  override get headerLength(): number {
    return Math.max(0, Math.min(this.messageEnd, this.end) - this.at);
  }

  override headerFault(): DecodeFault | undefined {
    return this.truncation(this.#made.size);
  }

  override fault(): DecodeFault | undefined {
    const fault = this.headerFault();
    if (fault) return fault;
    const { options } = this.#made;
    if (this.isCut) {
      if (options.isStream) return undefined;
      const said = this.messageEnd - this.at;
      return this.faultAt('TRUNCATED', `length says ${said} bytes, ${this.end - this.at} available`);
    }
    const said = options.length && (this.read(options.length.field) as number) + (options.length.less ?? 0);
    if (said !== undefined && said < this.#made.size)
      return this.faultAt('BAD_LENGTH', `length says ${said} bytes, at least ${this.#made.size} needed`);
    const { cursor } = this.#readBody([]);
    if (cursor.fault) return this.faultAt(cursor.fault.code, cursor.fault.reason, cursor.fault.at);
    const rest = this.payloadAt - cursor.at;
    return rest > 0 ? this.faultAt('BAD_LENGTH', `${rest} bytes behind the message`, cursor.at) : undefined;
  }

  /** The body's values. */
  get body(): Record<string, unknown> & WithData {
    return this.#faithful();
  }

  override next(bindings: Bindings): Row | undefined {
    const { view, payloadAt, end, layerType } = this;
    if (!this.#made.options.isStream || payloadAt >= end) return undefined;
    return layerType.accepts?.(view, payloadAt, end, true) === false ? undefined : bindings.of(layerType);
  }

  override write(init: unknown, next?: Numbers): void {
    const given = init as Record<string, unknown>;
    const { options, size, usual } = this.#made;
    const values = over(usual, given);
    const body = encodeBody(this.#made, given);
    super.write(values, next);
    const { length } = options;
    if (length !== undefined && given[length.field] === undefined)
      this.assign({ [length.field]: size + body.length - (length.less ?? 0) });
    bytesOf(this.view, this.at + size, this.at + size + body.length).set(body);
  }

  override toInit(): Record<string, unknown> {
    return { ...super.toInit(), ...this.#faithful() };
  }

  override nodes(enclosing?: Enclosing): FieldNode[] {
    const nodes = super.nodes(enclosing);
    const { cursor } = this.#readBody(nodes);
    const { payloadAt, view } = this;
    if (cursor.at < payloadAt) {
      const value = bytesOf(view, cursor.at, payloadAt);
      nodes.push({
        name: 'rest',
        label: 'Rest',
        filters: [],
        at: cursor.at,
        bit: 0,
        bits: value.length * 8,
        value,
        text: `${value.length} bytes`,
      });
    }
    return nodes;
  }

  /** The nodes, with what is to be said of the checksum `name`. */
  protected judged(nodes: readonly FieldNode[], name: string, stored: number, right: number): FieldNode[] {
    const intact = stored === right;
    const meaning = intact ? 'correct' : `incorrect, should be 0x${right.toString(16).padStart(4, '0')}`;
    return nodes.map((node) => (node.name === name ? { ...node, intact, meaning } : node));
  }

  /** The body's values as they are read, whether they say all that is there or not. */
  protected readBody(): Record<string, unknown> & WithData {
    return this.#readBody([]).init;
  }

  #readBody(nodes: FieldNode[]): { cursor: Cursor; init: Record<string, unknown> & WithData } {
    const { bodyRule, size } = this.#made;
    const cursor = new Cursor(this.view, this.at + size, this.payloadAt);
    const init = bodyRule.read(cursor, nodes, this.layerType.label, super.toInit());
    return { cursor, init: init as Record<string, unknown> & WithData };
  }

  /** Values that build these very bytes: without what building computes where that gives the same, else as bytes. */
  #faithful(): Record<string, unknown> & WithData {
    const made = this.#made;
    const content = bytesOf(this.view, this.at + made.size, Math.max(this.at + made.size, this.payloadAt));
    const fields = super.toInit();
    const isSame = (init: object) => {
      try {
        return equalBytes(encodeBody(made, { ...fields, ...init }), content);
      } catch {
        // A value that its own rule cannot write, as of a form that is not known.
        return false;
      }
    };
    const { cursor, init } = this.#readBody([]);
    if (cursor.fault === undefined) {
      const computed = cursor.computed.map(({ of, name }) => {
        const value = of[name];
        delete of[name];
        return () => {
          of[name] = value;
        };
      });
      if (isSame(init)) return init;
      for (const restore of computed) restore();
      if (isSame(init)) return init;
    }
    return content.length === 0 ? {} : { data: content.slice() };
  }
}

function encodeBody({ bodyRule, usual }: Made, given: Record<string, unknown>): Uint8Array {
  if (given.data instanceof Uint8Array) return given.data;
  const values = over(usual, given);
  return encodeRule(bodyRule, values, values);
}

/**
 * Compiles a table, and the rules of what follows it, into a layer's class.
 *
 * @param label name as shown: `OSPF`
 * @param protocol Wireshark's name for it: `ospf`
 * @param shape fixed fields in wire order
 * @param options `members`: what follows them, and what else is to be known
 */
export function message<const S extends Shape, const M extends Members>(
  label: string,
  protocol: string,
  shape: S,
  { members, ...options }: MessageOptions<S> & { readonly members: M },
): MessageClass<S, M> {
  const Table = header(label, protocol, shape) as unknown as HeaderClass<Shape>;
  const bodyRule = record(members) as Rule;
  class Message extends MessageLayer {
    static override readonly label = label;
    static override readonly protocol = protocol;
    static readonly carries: Carries = {};
    // A rule's fields are in no table, and may have the names of those that are.
    static readonly naming: Naming = { inTree: [''] };
    static readonly size = Table.size;
    static readonly fields = Table.fields;
    static readonly isSequence = options.isStream === true;
    static readonly bodyRule = bodyRule;
    static readonly options = options as MessageOptions<Shape>;
    static readonly usual = { ...zerosOf(Table.fields), ...options.defaults };

    static sizeOf(init: unknown): number {
      return Table.size + encodeBody(Message, init as Record<string, unknown>).length;
    }
  }
  // The table's accessors; what it says of its window is the message's own affair.
  const made = Object.getOwnPropertyDescriptors(Table.prototype) as PropertyDescriptorMap;
  for (const name of [...Table.fields.map((field) => field.name), 'assign'])
    Object.defineProperty(Message.prototype, name, made[name]!);
  return Message as unknown as MessageClass<S, M>;
}
