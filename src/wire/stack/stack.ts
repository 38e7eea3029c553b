/**
 * The table of neighbours by number: what stands under which port, EtherType, protocol number or link type.
 *
 * @module
 */
import type { Bindings, LayerType, NumberSpace, Numbers, NumberTable, Row } from '../core/layer.js';
import { LayerRow } from './row.js';

/** Numbers that each space has room for; every one of them below is a power of two. */
const spaces: { readonly [K in NumberSpace | 'linkType']: number } = {
  linkType: 0x10000,
  etherType: 0x10000,
  llcSap: 0x100,
  pppProtocol: 0x10000,
  ipProtocol: 0x100,
  ipVersion: 0x10,
  addressFamily: 0x100,
  tcpPort: 0x10000,
  udpPort: 0x10000,
};

/** @throws RangeError for a number that the space has no room for */
export function checkNumber(label: string, space: NumberSpace | 'linkType', number: number): void {
  const size = spaces[space];
  if (Number.isInteger(number) && number >= 0 && number < size) return;
  throw new RangeError(`Cannot bind ${label} to ${space} ${number}: an integer from 0 to ${size - 1} needed`);
}

/** Whether there is a space of that name. */
export function isSpace(name: string): name is NumberSpace | 'linkType' {
  return Object.hasOwn(spaces, name);
}

/** Rows by number, found without hashing: a place for each number, which holds the row's own, one byte or two. */
class Slots implements NumberTable {
  isEmpty: boolean = true;
  readonly #places: Uint16Array;
  readonly #rows: LayerRow[];
  readonly #space: NumberSpace | 'linkType';

  constructor(space: NumberSpace | 'linkType', rows: LayerRow[]) {
    this.#places = new Uint16Array(spaces[space]);
    this.#rows = rows;
    this.#space = space;
  }

  get(number: number): LayerRow | undefined {
    const place = this.#places[number];
    return place === undefined || place === 0 ? undefined : this.#rows[place - 1];
  }

  set(number: number, row: LayerRow): void {
    checkNumber(row.type.label, this.#space, number);
    this.isEmpty = false;
    if (this.#places[number] === 0) this.#places[number] = this.#rows.indexOf(row) + 1;
  }
}

/** Which layer follows which number, from a list of rows. Of rows with the same number the first holds it. */
export class Stack implements Bindings {
  rows!: readonly LayerRow[];
  linkType!: NumberTable;
  etherType!: NumberTable;
  llcSap!: NumberTable;
  pppProtocol!: NumberTable;
  ipProtocol!: NumberTable;
  ipVersion!: NumberTable;
  addressFamily!: NumberTable;
  tcpPort!: NumberTable;
  udpPort!: NumberTable;
  tcpContent!: readonly LayerRow[];
  /**
   * The same for those who look for layers in which others stand: of ports that announce none such nothing is said. It spares looking
   * into the content of most segments.
   */
  readonly carriers: Stack;
  /** Link types of captures whose packets begin with IP, its version told by the first four bits. */
  readonly #ipLinkTypes: ReadonlySet<number>;
  readonly #isForCarriers: boolean;
  readonly #byType = new Map<LayerType, LayerRow>();
  readonly #numbers = new Map<LayerType, Numbers>();

  constructor(rows: readonly LayerRow[], ipLinkTypes: readonly number[], isForCarriers: boolean = false) {
    this.#ipLinkTypes = new Set(ipLinkTypes);
    this.#isForCarriers = isForCarriers;
    this.carriers = isForCarriers ? this : new Stack(rows, ipLinkTypes, true);
    this.#set(rows);
  }

  /** Takes another list of rows in place of the one before. */
  replace(rows: readonly LayerRow[]): void {
    this.carriers.#set(rows);
    this.#set(rows);
  }

  #set(rows: readonly LayerRow[]): void {
    this.rows = rows;
    const list = [...rows];
    const isForCarriers = this.#isForCarriers;
    const slots = (space: NumberSpace | 'linkType') => {
      const table = new Slots(space, list);
      const bound = rows.filter((row) => numbersIn(row, space).length > 0);
      if (isForCarriers && !bound.some(({ leads }) => leads)) return table;
      for (const row of bound) for (const number of numbersIn(row, space)) table.set(number, row);
      return table;
    };
    this.linkType = slots('linkType');
    this.etherType = slots('etherType');
    this.llcSap = slots('llcSap');
    this.pppProtocol = slots('pppProtocol');
    this.ipProtocol = slots('ipProtocol');
    this.ipVersion = slots('ipVersion');
    this.addressFamily = slots('addressFamily');
    this.tcpPort = slots('tcpPort');
    this.udpPort = slots('udpPort');
    const told = rows.filter(({ carried }) => carried.tcpContent);
    this.tcpContent = isForCarriers && !told.some(({ leads }) => leads) ? [] : told;
    this.#byType.clear();
    this.#numbers.clear();
    for (const row of rows) {
      this.#byType.set(row.type, row);
      const firsts = Object.keys(spaces).flatMap((space) => {
        const [number] = numbersIn(row, space as NumberSpace);
        return number === undefined ? [] : [[space, number]];
      });
      this.#numbers.set(row.type, Object.fromEntries(firsts));
    }
  }

  /** The row of a class. One that is not in the table has a row as well, but no number. */
  of(type: LayerType): LayerRow {
    let row = this.#byType.get(type);
    if (row === undefined) {
      row = new LayerRow('', type, (init) => ({ type, init }));
      this.#byType.set(type, row);
    }
    return row;
  }

  /** The numbers that announce a layer, the first listed where it has several. */
  numbersOf(type: LayerType): Numbers | undefined {
    return this.#numbers.get(type);
  }

  /** The rows that a row carries by its own account; all where it gives none. */
  inside({ type, leads }: LayerRow): LayerRow[] {
    const { carries } = type;
    if (!leads) return [];
    if (carries === undefined) return [...this.rows];
    return this.rows.filter((row) =>
      Object.entries(carries).some(([space, wanted]) => {
        if (space === 'tcpPort' && row.carried.tcpContent) return true;
        const numbers = numbersIn(row, space as NumberSpace);
        return wanted === true ? numbers.length > 0 : numbers.some((number) => wanted.includes(number));
      }),
    );
  }

  /** The outermost layer of a frame; nothing for a link type that is not dissected. */
  first(linkType: number, view: DataView, at: number, end: number): Row | undefined {
    const row = this.linkType.get(linkType);
    if (row !== undefined || at >= end || !this.#ipLinkTypes.has(linkType)) return row;
    return this.ipVersion.get(view.getUint8(at) >> 4) ?? this.ipVersion.get(4);
  }
}

function numbersIn({ carried }: LayerRow, space: NumberSpace | 'linkType'): readonly number[] {
  const numbers = carried[space];
  return numbers === undefined ? [] : typeof numbers === 'number' ? [numbers] : numbers;
}
