/**
 * The walk: from header to header of one frame. There is no other: `dissect` makes a layer of each header that it comes by, an outline
 * of the frame notes where some of them lie and makes none.
 *
 * @module
 */
import { type Bindings, type Layer, type LayerType, type Row, Step, type Steps } from '../core/layer.js';
import { stack } from './neighbours.js';
import type { LayerRow } from './row.js';

export { Step } from '../core/layer.js';

/** Layers one in the other at the most: tunnels in tunnels end here. */
export const maxLayers = 32;

const { carriers } = stack;

const nowhere = new DataView(new ArrayBuffer(0));

/** Goes through the headers of frames, one frame after the other. */
export class Walk implements Steps {
  view: DataView = nowhere;
  /** The header at hand: its class, its first byte, and where the layer ends with what is inside. */
  type!: LayerType;
  at: number = 0;
  end: number = 0;
  step: Step = Step.WHOLE;
  /** Whether what is wrong is not the packet's fault: the capture cut it, it went in another fragment, or an error's quote left it out. */
  isExcused: boolean = false;
  /** Whether it lies in the packet that an ICMP error quotes. */
  isQuoted: boolean = false;
  /** Where what is inside the header at hand lies; behind the last header the bytes that no layer claims. */
  from: number = 0;
  to: number = 0;
  next: Row | undefined = undefined;
  inQuote: boolean = false;
  inFragment: boolean = false;
  /** Whether the walk ended because layers are nested too deep. */
  isTooDeep: boolean = false;
  #row!: LayerRow;
  #isCut = false;
  #nested = 0;

  /** Starts at bytes `at` to `end`; `isCut` says that the capture has not all of them. */
  begin(view: DataView, at: number, end: number, isCut: boolean, first: Row | undefined): void {
    this.view = view;
    this.from = at;
    this.to = end;
    this.next = first;
    this.isTooDeep = false;
    this.inQuote = false;
    this.inFragment = false;
    this.#isCut = isCut;
    this.#nested = 0;
  }

  /** Goes to the next header; false where there is none. */
  advance(): boolean {
    const row = this.next as LayerRow | undefined;
    return row === undefined || this.from >= this.to ? false : this.#take(row, stack);
  }

  /** The same for those who look for headers that others may stand in: false as soon as there can be no more of them. */
  advanceToCarrier(): boolean {
    const row = this.next as LayerRow | undefined;
    return row === undefined || this.from >= this.to || !row.leads ? false : this.#take(row, carriers);
  }

  #take(row: LayerRow, bindings: Bindings): boolean {
    const { from, to } = this;
    const { type } = row;
    // Records of a stream stand side by side.
    if (this.#nested === 0 || type !== this.type || !type.isSequence) this.#nested++;
    this.type = type;
    this.#row = row;
    this.at = from;
    this.end = to;
    this.next = undefined;
    this.isQuoted = this.inQuote;
    const isPart = this.#isCut || this.inQuote || this.inFragment;
    const step = row.step(this, bindings);
    this.step = step;
    if (step !== Step.WHOLE) {
      this.isExcused = isPart && (step === Step.SHORT || step === Step.CUT);
      if (step === Step.CUT && this.isExcused) this.from = to;
    }
    if (this.#nested >= maxLayers && step < Step.BAD) {
      this.isTooDeep = true;
      this.next = undefined;
    }
    return true;
  }

  /** A layer of the header at hand. */
  layer(): Layer {
    return this.#row.make(this.view, this.at, this.end);
  }
}
