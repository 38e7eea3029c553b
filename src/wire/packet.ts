/**
 * A packet: its layers, outermost first, over one buffer.
 *
 * @module
 */
import { bytesOf, viewOf } from '../bytes.js';
import type { DecodeFault } from '../errors.js';
import { Fault } from './fault.js';
import { type Enclosing, type FieldNode, type Layer, nodesToJson, type Part } from './layer.js';
import { show } from './show.js';

export class Packet {
  /** The buffer that all layers look into. */
  declare readonly view: DataView;
  /** Offset of the packet's first byte in `view`. */
  declare readonly at: number;
  /** Offset behind its last. */
  declare readonly end: number;
  /** Outermost first; a fault stands behind the layer it is about. */
  declare readonly layers: readonly Layer[];
  /** Bytes it had on the wire; more than are here when the capture cut it short. */
  declare readonly originalLength: number;

  constructor(view: DataView, at: number, end: number, layers: readonly Layer[], originalLength: number = end - at) {
    this.view = view;
    this.at = at;
    this.end = end;
    this.layers = layers;
    this.originalLength = originalLength;
  }

  /** Bytes that are here. */
  get length(): number {
    return this.end - this.at;
  }

  /** All its bytes, sharing the packet's memory. */
  get bytes(): Uint8Array {
    return bytesOf(this.view, this.at, this.end);
  }

  /** What the innermost layer carries; empty when it carries nothing. */
  get payload(): Uint8Array {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const layer = this.layers[i]!;
      if (layer.type.protocol === 'data') return layer.bytes;
      if (!(layer instanceof Fault)) return layer.payload;
    }
    return this.bytes;
  }

  /** What there is to say against it; empty for a good packet. */
  get faults(): readonly DecodeFault[] {
    return this.layers.filter((layer) => layer instanceof Fault).map(({ cause }) => cause);
  }

  /** The outermost layer of a class: `packet.get(Tcp)`. */
  get<L extends Layer>(type: abstract new (...args: never[]) => L): L | undefined {
    for (const layer of this.layers) if (layer instanceof type) return layer;
    return undefined;
  }

  /** Every layer of a class, outermost first. */
  all<L extends Layer>(type: abstract new (...args: never[]) => L): L[] {
    return this.layers.filter((layer): layer is L => layer instanceof type);
  }

  /**
   * What a layer's checksum spans beside the layer itself: the nearest layer outside it that has a pseudo-header. Nothing when there
   * is none, or when the bytes are not all here: a fragment, or a packet that the capture cut.
   */
  enclosing(layer: Layer): Enclosing | undefined {
    if (this.originalLength > this.length) return undefined;
    for (let i = this.layers.indexOf(layer) - 1; i >= 0; i--) {
      const outer = this.layers[i]!;
      if (outer instanceof Fault) {
        if (outer.cause.code === 'TRUNCATED') return undefined;
        continue;
      }
      const ip = outer as Layer & Partial<Enclosing> & { readonly isFragment?: boolean };
      if (ip.pseudoSum) return ip.isFragment ? undefined : (ip as Enclosing);
    }
    return undefined;
  }

  /** Each layer's fields as a tree. */
  nodes(): { layer: Layer; nodes: FieldNode[] }[] {
    return this.layers.map((layer) => ({ layer, nodes: layer.nodes(this.enclosing(layer)) }));
  }

  /** Computes every length and checksum again, inner layers first: after an edit. */
  seal(): this {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const layer = this.layers[i]!;
      layer.seal(this.enclosing(layer));
    }
    return this;
  }

  /** What `build` makes the same bytes from, computed fields included. */
  parts(): Part[] {
    return this.layers
      .filter((layer) => !(layer instanceof Fault))
      .map((layer) => ({ type: layer.type, init: layer.toInit() }));
  }

  /** The same packet in memory of its own, unaffected by edits of this one and holding on to no larger buffer. */
  copy(): Packet {
    const view = viewOf(this.bytes.slice());
    const layers = this.layers.map((layer) => {
      const at = layer.at - this.at;
      if (layer instanceof Fault) return new Fault(view, at, { ...layer.cause, at: layer.cause.at - this.at });
      return new layer.type(view, at, layer.end - this.at);
    });
    return new Packet(view, 0, this.length, layers, this.originalLength);
  }

  /** One line: the innermost header's summary behind the addresses. */
  summary(): string {
    const named = this.layers.filter((layer) => layer.type.protocol !== 'data');
    return named
      .slice(-2)
      .map((layer) => layer.summary())
      .join(' · ');
  }

  /** Every field of every layer and the bytes, as text for a terminal. */
  show(): string {
    return show(this);
  }

  toJSON(): { length: number; layers: Record<string, unknown>[] } {
    return {
      length: this.length,
      layers: this.nodes().map(({ layer, nodes }) => ({ layer: layer.type.label, ...nodesToJson(nodes) })),
    };
  }

  toString(): string {
    return this.summary();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Packet ${this.length} bytes: ${this.summary()}\n${this.show()}`;
  }
}
