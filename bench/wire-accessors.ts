// What it costs when the accessors of many protocols share their code, beside accessors generated one by one.
import { layers } from 'wirebook/wire';

interface Table {
  readonly size: number;
  readonly fields: readonly {
    readonly name: string;
    readonly offset: number;
    readonly bits: number;
    readonly field: { readonly kind: string };
  }[];
}

interface Window {
  readonly view: DataView;
  readonly at: number;
}

/** Reads the whole numbers of every layer that has some, through its own accessors and through a twin's. */
export function accessorRates(times: number): {
  readonly contestants: { readonly [name: string]: () => number };
  readonly classes: number;
  readonly reads: number;
} {
  const view = new DataView(new ArrayBuffer(256));
  const generated: (() => number)[] = [];
  const closures: (() => number)[] = [];
  let reads = 0;
  for (const { type } of layers) {
    const table = type as unknown as Partial<Table>;
    const names = (table.fields ?? [])
      .filter(({ bits, offset, field }) => field.kind === 'uint' && offset % 8 === 0 && [8, 16, 32].includes(bits))
      .map(({ name }) => name);
    if (names.length === 0) continue;
    reads += names.length;
    generated.push(readerOf(names, new type(view, 16, 256)));
    closures.push(readerOf(names, new (twinOf(table as Table))(view, 16)));
  }
  const all = (readers: readonly (() => number)[]) => () => {
    let sum = 0;
    for (let i = 0; i < times; i++) for (const read of readers) sum += read();
    return sum;
  };
  return {
    contestants: { generated: all(generated), closures: all(closures) },
    classes: generated.length,
    reads: reads * times,
  };
}

/** A function of its own for each layer, as code that reads one protocol is. */
function readerOf(names: readonly string[], layer: object): () => number {
  const sum = names.map((name) => `layer.${name}`).join(' + ');
  return new Function('layer', `return () => ${sum};`)(layer) as () => number;
}

/** A class with the same fields, whose getters are closures over their offset. */
function twinOf({ fields }: Table): new (view: DataView, at: number) => object {
  class Twin implements Window {
    declare readonly view: DataView;
    declare readonly at: number;
    constructor(view: DataView, at: number) {
      this.view = view;
      this.at = at;
    }
  }
  for (const { name, offset, bits } of fields) {
    const from = offset >> 3;
    const get =
      bits === 8
        ? function (this: Window) {
            return this.view.getUint8(this.at + from);
          }
        : bits === 16
          ? function (this: Window) {
              return this.view.getUint16(this.at + from);
            }
          : function (this: Window) {
              return this.view.getUint32(this.at + from);
            };
    Object.defineProperty(Twin.prototype, name, { get });
  }
  return Twin;
}
