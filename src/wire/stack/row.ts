/**
 * A row of the table of neighbours: a layer's class, the function that builds it, and where it is carried; with functions of its own
 * by which the walk makes and reads such layers.
 *
 * @module
 */
import type { DecodeFault } from '../../errors.js';
import {
  type Bindings,
  Layer,
  type LayerType,
  type NumberSpace,
  type Part,
  type Row,
  Step,
  type Steps,
} from '../core/layer.js';

/** Where a layer is carried. Of several numbers the first is the one that `build` writes. */
export type Carried = { readonly [K in NumberSpace]?: number | readonly number[] } & {
  /** Link types of captures whose packets begin with it, https://www.tcpdump.org/linktypes.html */
  readonly linkType?: number | readonly number[];
  /** Whether its content tells it on TCP ports that no layer is bound to. Such layers are tried in the order of the table. */
  readonly tcpContent?: true;
};

const empty = new DataView(new ArrayBuffer(0));

/** A layer among its neighbours. */
export class LayerRow implements Row {
  /** Name of the function that builds it, as `wirebook/wire` exports it; empty for a layer that is not built. */
  readonly name: string;
  readonly type: LayerType;
  readonly part: (init: never) => Part;
  readonly carried: Carried;
  /** Whether other layers may stand in it, of which it is not one itself. */
  readonly leads: boolean;
  readonly make: (view: DataView, at: number, end: number) => Layer;
  readonly step: (steps: Steps, bindings: Bindings) => Step;

  constructor(name: string, type: LayerType, part: (init: never) => Part, carried: Carried = {}) {
    this.name = name;
    this.type = type;
    this.part = part;
    this.carried = carried;
    const { prototype } = type as unknown as { prototype: Layer };
    this.leads = (type.step !== undefined || prototype.next !== Layer.prototype.next) && !type.isSequence;
    const { make, step } = compile(type);
    this.make = make;
    this.step = type.step ?? step;
  }
}

/**
 * The same source for every class, compiled for each anew: V8 gathers what it knows of types by function, and one for all would look up
 * every method of every layer by name (`bench/wire.ts`). The layer asked is one used over again. The comment makes each source another,
 * for V8 shares what it knows between functions of the same source too.
 */
function compile(type: LayerType): Pick<LayerRow, 'make' | 'step'> {
  const source = `'use strict'; /* ${type.label} */
return {
  make: (view, at, end) => new Type(view, at, end),
  step: (steps, bindings) => {
    layer.view = steps.view;
    layer.at = steps.at;
    layer.end = steps.end;
    const fault = layer.fault();
    if (fault !== undefined) return stumble(layer, fault, steps, bindings);
    const end = layer.payloadEnd;
    if (end < steps.end && !layer.keepsTrailer) layer.end = steps.end = end;
    steps.from = layer.payloadAt;
    steps.to = end;
    if (layer.isQuoting) steps.inQuote = true;
    if (layer.isFragment) steps.inFragment = true;
    steps.next = layer.next(bindings);
    return 0;
  },
};`;
  const layer = new type(empty, 0, 0);
  return new Function('Type', 'layer', 'stumble', source)(type, layer, stumble) as Pick<LayerRow, 'make' | 'step'>;
}

/** What to make of a fault. */
function stumble(layer: Layer, fault: DecodeFault, steps: Steps, bindings: Bindings): Step {
  const isTruncated = fault.code === 'TRUNCATED';
  if (layer.headerFault() !== undefined) return isTruncated ? Step.CUT : Step.UNREADABLE;
  steps.from = layer.payloadAt;
  steps.to = layer.payloadEnd;
  if (layer.isQuoting) steps.inQuote = true;
  if (layer.isFragment) steps.inFragment = true;
  if (!isTruncated) return Step.BAD;
  steps.next = layer.next(bindings);
  return Step.SHORT;
}
