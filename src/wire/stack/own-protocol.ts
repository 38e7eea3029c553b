/**
 * Protocols of the user's own: a table of fields becomes a layer among the others, built, dissected, filtered by name and shown as
 * they are, under the numbers it is bound to.
 *
 * @module
 */
import type { DecodeFault } from '../../errors.js';
import { flagNames, type Inits, type Shape, type WiresharkType } from '../core/field.js';
import { type HeaderClass, HeaderLayer, header } from '../core/header.js';
import {
  type Bindings,
  type Carries,
  Layer,
  type LayerType,
  type Naming,
  type NumberSpace,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { layers, ownRows, setOwnRows } from './neighbours.js';
import { type Carried, LayerRow } from './row.js';
import { checkNumber, isSpace } from './stack.js';

/** Numbers under which a protocol is announced: one or several of each kind. Of several the first is the one that `build` writes. */
export type ProtocolNumbers = Omit<Carried, 'tcpContent'>;

/** What a protocol says of itself beside its fields. */
export interface ProtocolOptions<S extends Shape> extends ProtocolNumbers {
  /** Name as shown; the protocol's own with a capital letter where left out. */
  readonly label?: string;
  /**
   * What it carries: a layer's class (`Ethernet`), or the field whose number tells, by the kind of number: `{ etherType: 'type' }`. Such
   * a field is written by `build` where it is not given. Plain data where left out.
   */
  readonly payload?: LayerType | { readonly [K in NumberSpace]?: keyof S & string };
  /**
   * The field that holds a length in bytes, computed by `build` where it is not given: of header and payload, or of the payload alone,
   * `{ payload: 'size' }`. Bytes behind it are not the protocol's.
   */
  readonly length?: (keyof S & string) | { readonly payload: keyof S & string };
}

/** A protocol of the user's own: the function that builds its header, and what else there is to do with it. */
export interface OwnProtocol<S extends Shape> {
  /** A header for `build`. What is left out is 0, or computed. */
  (init?: Inits<S>): Part<Inits<S>>;
  /** Its class, for `packet.get(protocol.layer)`. */
  readonly layer: HeaderClass<S>;
  /**
   * Binds it to these numbers in place of those it had, from now on: packets dissected before keep their layers. Where the number is
   * another layer's, that one stands back until `unbind`.
   *
   * @throws RangeError for a number out of range, naming kind and range
   */
  bindTo(numbers: ProtocolNumbers): void;
  /** Takes all its numbers away: it can still be built, and read by `dissect(bytes, { first: protocol.layer })`. */
  unbind(): void;
}

/** Members that every layer has, which no field may be called. */
const taken = new Set([
  ...Object.getOwnPropertyNames(Layer.prototype),
  ...Object.getOwnPropertyNames(HeaderLayer.prototype),
  'view',
  'at',
  'end',
  'trailer',
  '__proto__',
]);

/**
 * Makes a protocol of a table of fields. Names for filters are the protocol's and the field's, `quake.kind`, unless a field says another
 * (`u8.with({ filter })`). One that was made before under the same name is replaced, so that a cell may run again.
 *
 * @param name its name in filters, and that of the function that builds it: small letters, digits and underscores
 * @param fields fixed fields in wire order, whole bytes together: `{ kind: u8, id: u16 }`
 * @throws RangeError for a name that is a protocol's of this package or cannot be one, fields that do not add up to whole bytes or are
 *   called as something that each layer has, numbers out of range
 * @example
 * const quake = defineProtocol('quake', { kind: u8, flags: u8, id: u16 }, { udpPort: 27910 });
 * dissect(build(ipv4(), udp(), quake({ kind: 7, id: 99 }), 'hello').bytes).get(quake.layer)?.id; // 99
 */
export function defineProtocol<const S extends Shape>(
  name: string,
  fields: S,
  options: ProtocolOptions<S> = {},
): OwnProtocol<S> {
  checkNames(name, Object.keys(fields));
  const { label = name.charAt(0).toUpperCase() + name.slice(1), payload, length, ...numbers } = options;
  checkNumbers(label, numbers);
  const type = layerOf(label, name, fields, { payload, length });
  const build = (init: Inits<S> = {}): Part<Inits<S>> => ({ type, init });
  const put = (carried: ProtocolNumbers): void => {
    setOwnRows([new LayerRow(name, type, build, carried), ...ownRows().filter((row) => row.name !== name)]);
  };
  put(numbers);
  return Object.assign(build, {
    layer: type as unknown as HeaderClass<S>,
    bindTo(carried: ProtocolNumbers): void {
      checkNumbers(label, carried);
      put(carried);
    },
    unbind(): void {
      put({});
    },
  });
}

function checkNames(name: string, fields: readonly string[]): void {
  if (!/^[a-z][a-z0-9_]*$/.test(name))
    throw new RangeError(
      `Cannot define protocol ${JSON.stringify(name)}: a name of small letters, digits and underscores needed, such as "quake"`,
    );
  const known = layers.find(({ type }) => type.protocol === name || type.protocol.startsWith(`${name}.`));
  if (known !== undefined)
    throw new RangeError(`Cannot define protocol ${name}: ${known.type.label} has that name, choose another`);
  if (fields.length === 0) throw new RangeError(`Cannot define protocol ${name}: at least one field needed`);
  for (const field of fields) {
    if (!/^[a-zA-Z_$][\w$]*$/.test(field))
      throw new RangeError(
        `Cannot define protocol ${name}: field ${JSON.stringify(field)} is no name, letters and digits needed`,
      );
    if (taken.has(field))
      throw new RangeError(`Cannot define protocol ${name}: each layer has a member ${field}, choose another name`);
  }
}

function checkNumbers(label: string, numbers: ProtocolNumbers): void {
  for (const [space, given] of Object.entries(numbers)) {
    if (!isSpace(space)) throw new RangeError(`Cannot bind ${label} to ${space}: no such kind of number`);
    for (const number of [given ?? []].flat()) checkNumber(label, space, number);
  }
}

/** `quake.src_port` for the field `srcPort`, as Wireshark's people write names. */
function filterOf(protocol: string, name: string): string {
  return `${protocol}.${name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()}`;
}

/** The fields with names for filters. */
function named(protocol: string, fields: Shape): Shape {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const { filter = filterOf(protocol, name), flags } = field.meta;
      const whole = typeof filter === 'string' ? filter : filter[0]!;
      const bits = flags?.map((flag) => ({ filter: filterOf(whole, flag.name), ...flag }));
      return [name, field.with({ filter, ...(bits && { flags: bits }) })];
    }),
  );
}

/** How a field's values are written, by Wireshark's ways. */
function typeOf({ kind, bits, meta }: Shape[string]): WiresharkType {
  const width = ([8, 16, 24, 32, 64] as const).find((size) => bits <= size) ?? 64;
  if (kind === 'uint' || kind === 'bigint') return `${meta.base === 'hex' ? 'hex' : 'uint'}${width}`;
  return kind === 'octets' ? 'bytes' : kind;
}

function ownNames(shape: Shape): { [name: string]: WiresharkType } {
  const names: { [name: string]: WiresharkType } = {};
  for (const field of Object.values(shape)) {
    for (const filter of [field.meta.filter ?? []].flat()) names[filter] = typeOf(field);
    for (const { filter } of field.meta.flags ?? []) if (filter !== undefined) names[filter] = 'boolean';
  }
  return names;
}

function layerOf<S extends Shape>(
  label: string,
  protocol: string,
  fields: S,
  { payload, length }: { readonly [K in 'payload' | 'length']: ProtocolOptions<S>[K] | undefined },
): LayerType {
  const shape = named(protocol, fields);
  const Table = header(label, protocol, shape) as unknown as HeaderClass<Shape>;
  const lengthName = typeof length === 'object' ? length.payload : length;
  const uncounted = typeof length === 'object' ? Table.size : 0;
  const numbered = typeof payload === 'object' ? (Object.entries(payload) as [NumberSpace, string][]) : [];
  for (const name of [lengthName, ...numbered.map(([, field]) => field)]) {
    if (name !== undefined && shape[name]?.kind !== 'uint')
      throw new RangeError(`Cannot define protocol ${protocol}: ${name} is no field with a number`);
  }

  class Own extends Table {
    static readonly naming: Naming = { own: ownNames(shape) };
    static readonly carries: Carries = Object.fromEntries(numbered.map(([space]) => [space, true]));

    /** Bytes of header and payload by its own account. */
    get #said(): number | undefined {
      return lengthName === undefined ? undefined : (this.read(lengthName) as number) + uncounted;
    }

    override get payloadEnd(): number {
      const said = this.#said ?? this.end - this.at;
      return this.at + Math.max(Table.size, Math.min(said, this.end - this.at));
    }

    override fault(): DecodeFault | undefined {
      const fault = this.headerFault();
      const said = fault ? undefined : this.#said;
      if (said === undefined) return fault;
      const have = this.end - this.at;
      if (said < Table.size) return this.faultAt('BAD_LENGTH', `length is ${said}, at least ${Table.size} needed`);
      return said > have ? this.faultAt('TRUNCATED', `length is ${said}, ${have} bytes available`) : undefined;
    }

    override write(init: unknown, next?: Numbers): void {
      for (const [space, field] of numbered) this.assign({ [field]: next?.[space] });
      super.write(init, next);
    }

    override seal(_enclosing: unknown, given: { readonly [name: string]: unknown } | undefined, end: number): void {
      if (lengthName !== undefined && given?.[lengthName] === undefined)
        this.assign({ [lengthName]: end - this.at - uncounted });
    }

    override summary(): string {
      const values = Table.fields.map(({ name, field }) => {
        const value = this.read(name);
        const { flags, names } = field.meta;
        if (typeof value !== 'number')
          return `${name} ${value instanceof Uint8Array ? `${value.length} bytes` : value}`;
        if (flags) return `${name} ${flagNames(value, flags).join(',') || 'none'}`;
        return `${name} ${names?.[value] ?? value}`;
      });
      return `${label}: ${values.slice(0, 4).join(', ')}`;
    }
  }
  const next = nextOf(payload, numbered);
  if (next) Object.defineProperty(Own.prototype, 'next', { value: next });
  return Own as unknown as LayerType;
}

/** The method that finds the layer inside; nothing for a protocol that carries plain data. */
function nextOf(
  payload: LayerType | object | undefined,
  numbered: readonly (readonly [NumberSpace, string])[],
): ((this: HeaderLayer, bindings: Bindings) => Row | undefined) | undefined {
  if (typeof payload === 'function') return (bindings) => bindings.of(payload as LayerType);
  if (numbered.length === 0) return undefined;
  return function (bindings) {
    for (const [space, field] of numbered) {
      const row = bindings[space].get(this.read(field) as number);
      if (row !== undefined) return row;
    }
    return undefined;
  };
}
