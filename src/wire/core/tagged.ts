/**
 * Headers that go on in different ways: a fixed part whose first octet, the type, says which fields follow. ICMP, ICMPv6 and IGMP are
 * such.
 *
 * @module
 */
import type { DecodeFault } from '../../errors.js';
import type { Fields, Shape } from './field.js';
import { type HeaderClass, type HeaderLayer, header } from './header.js';
import type { FieldNode, Numbers } from './layer.js';

/** Fields that follow the fixed part, by type. */
export type Bodies = { readonly [type: number]: Shape };

type Merged<B extends Bodies> = (
  B[keyof B] extends infer S
    ? S extends Shape
      ? (s: S) => void
      : never
    : never
) extends (s: infer I) => void
  ? I extends Shape
    ? I
    : never
  : never;

/** All fields of all bodies; those that the type at hand does not have read as undefined. */
type BodyFields<B extends Bodies> = Partial<Fields<Merged<B>>>;

/** Values for the fields of any body. */
export type BodyInits<B extends Bodies> = {
  -readonly [K in keyof Merged<B>]?: Merged<B>[K]['type']['init'] | undefined;
};

/** A layer whose type says which fields it has. */
interface TaggedLayer {
  /** The fields that follow the fixed part. */
  readonly body: HeaderLayer;
}

/** What `tagged()` makes. */
export interface TaggedClass<S extends Shape, B extends Bodies> extends Omit<HeaderClass<S>, 'new'> {
  new (view: DataView, at: number, end: number): HeaderLayer & TaggedLayer & Fields<S> & BodyFields<B>;
  /** The compiled fields that follow, by type. */
  readonly bodies: ReadonlyMap<number, HeaderClass<Shape>>;
}

/**
 * Compiles a fixed part and the parts that may follow it.
 *
 * @param shape the fixed part; its first field is the octet `type`
 * @param parts `bodies`: what follows each type; `usual`: the type that is built where none is given; `other`: what follows a type that
 * `bodies` does not have
 */
export function tagged<const S extends Shape, const B extends Bodies>(
  label: string,
  protocol: string,
  shape: S,
  { bodies, usual, other }: { readonly bodies: B; readonly usual: number; readonly other: Shape },
): TaggedClass<S, B> {
  const classes = new Map<number, HeaderClass<Shape>>();
  for (const [type, body] of Object.entries(bodies)) classes.set(Number(type), header(label, protocol, body));
  const fallback = header(label, protocol, other);
  const classOf = (type: number) => classes.get(type) ?? fallback;
  const Fixed = header(label, protocol, shape) as HeaderClass<Shape>;
  class Tagged extends Fixed {
    static readonly bodies = classes;

    static override sizeOf(init: unknown): number {
      return Fixed.size + classOf((init as { type?: number }).type ?? usual).size;
    }

    get body(): HeaderLayer {
      return new (classOf(this.view.getUint8(this.at)))(this.view, this.at + Fixed.size, this.end);
    }

    override get headerLength(): number {
      return Fixed.size + classOf(this.view.getUint8(this.at)).size;
    }

    override headerFault(): DecodeFault | undefined {
      return this.truncation(Fixed.size) ?? this.truncation(Fixed.size + classOf(this.view.getUint8(this.at)).size);
    }

    override write(init: { [name: string]: unknown }, _next?: Numbers): void {
      this.view.setUint8(this.at, usual);
      this.assign(init);
      this.body.assign(init);
    }

    override toInit(): Record<string, unknown> {
      return { ...super.toInit(), ...this.body.toInit() };
    }

    override nodes(): FieldNode[] {
      return [...super.nodes(), ...this.body.nodes()];
    }
  }
  const names = new Set([...classes.values(), fallback].flatMap(({ fields }) => fields.map(({ name }) => name)));
  for (const name of names) {
    Object.defineProperty(Tagged.prototype, name, {
      get(this: Tagged) {
        return (this.body as unknown as Record<string, unknown>)[name];
      },
      set(this: Tagged, value: unknown) {
        const { body } = this;
        if (!(name in body))
          throw new RangeError(`Cannot write ${label}.${name}: type ${body.view.getUint8(this.at)} has no such field`);
        (body as unknown as Record<string, unknown>)[name] = value;
      },
    });
  }
  return Tagged as unknown as TaggedClass<S, B>;
}
