/**
 * A packet: its layers, outermost first, over one buffer.
 *
 * @module
 */
import { bytesOf, viewOf } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { Cut } from '../core/cut.js';
import { Fault } from '../core/fault.js';
import { type Enclosing, type FieldNode, type Layer, nodesToJson, type Part } from '../core/layer.js';
import { Raw } from '../core/raw.js';
import { show } from '../core/show.js';
import { Trailer } from '../core/trailer.js';
import { Ethernet } from '../link/ethernet.js';
import { codeOf } from './code.js';

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
      if (layer.layerType.protocol === 'data') return layer.bytes;
      if (!(layer instanceof Fault || layer instanceof Trailer)) return layer.payload;
    }
    return this.bytes;
  }

  /** What there is to say against it, offsets counted from its first byte; empty for a good packet. */
  get faults(): readonly DecodeFault[] {
    const { layers } = this;
    const quoting = layers.findIndex((layer) => layer.isQuoting);
    return layers.flatMap((layer, i) => {
      if (layer instanceof Fault) return [layer.cause];
      // What an error quotes is another packet's.
      if ((quoting >= 0 && i > quoting) || layer.headerFault() !== undefined) return [];
      return layer.objections(this.#pseudoHeader(i)).map((fault) => ({ ...fault, at: fault.at - this.at }));
    });
  }

  /** Where the frame begins that layer `i` lies in: in a tunnel for Ethernet that is not the packet's. */
  #frameAt(i: number): number {
    const frame = this.layers.slice(0, i + 1).findLast((layer) => layer instanceof Ethernet);
    return (frame ?? this.layers[0]!).at;
  }

  /** The nearest layer outside layer `i` that has a pseudo-header. */
  #pseudoHeader(i: number): Enclosing | undefined {
    for (let k = i - 1; k >= 0; k--) {
      const outer = this.layers[k]! as Layer & Partial<Enclosing>;
      if (outer.pseudoSum) return outer as Enclosing;
    }
    return undefined;
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
    let found: Enclosing | undefined;
    for (let i = this.layers.indexOf(layer) - 1; i >= 0; i--) {
      const outer = this.layers[i]! as Layer & Partial<Enclosing>;
      if (outer.isQuoting) return undefined;
      if (found !== undefined) continue;
      if (outer instanceof Fault ? outer.cause.code === 'TRUNCATED' : outer.isFragment) return undefined;
      if (outer.pseudoSum) found = outer as Enclosing;
    }
    return found;
  }

  /** Each layer's fields as a tree. */
  nodes(): { layer: Layer; nodes: FieldNode[] }[] {
    return this.layers.map((layer, i) => ({ layer, nodes: this.nodesOf(i) }));
  }

  /** The fields of one layer as a tree, what pads it included. */
  nodesOf(index: number): FieldNode[] {
    const layer = this.layers[index]!;
    const nodes = layer.nodes(this.enclosing(layer));
    const contentEnd = this.#contentEnd(index);
    if (contentEnd >= layer.end) return nodes;
    return [...nodes, ...layer.trailerNodes(contentEnd, layer.end, this.#frameAt(index))];
  }

  /**
   * Computes every length and checksum again, inner layers first: after an edit. What an ICMP error quotes is left as it is, for its
   * lengths and checksums are those of a packet long gone.
   */
  seal(): this {
    const quoting = this.layers.findIndex((layer) => layer.isQuoting);
    for (let i = quoting < 0 ? this.layers.length - 1 : quoting; i >= 0; i--) {
      const layer = this.layers[i]!;
      layer.seal(this.enclosing(layer), undefined, this.#contentEnd(i));
    }
    return this;
  }

  /** What `build` makes the same bytes from, computed fields included. */
  parts(): Part[] {
    const parts: Part[] = [];
    for (const [i, layer] of this.layers.entries()) {
      if (layer instanceof Fault) continue;
      const { layerType } = layer;
      const init = layer.toInit();
      // A header that was cut cannot be written as one.
      if (layer instanceof Cut || layerType.sizeOf(init) !== layer.headerLength) {
        parts.push({ type: Raw, init: bytesOf(this.view, layer.at, layer.payloadAt).slice() });
        continue;
      }
      const contentEnd = this.#contentEnd(i);
      const trailer = contentEnd < layer.end ? bytesOf(this.view, contentEnd, layer.end).slice() : undefined;
      parts.push({ type: layerType, init: trailer ? { ...(init as object), trailer } : init });
    }
    return parts;
  }

  /** Where what is inside layer `i` ends: the end of the next layer within it, or what the innermost says itself. */
  #contentEnd(i: number): number {
    const layer = this.layers[i]!;
    for (let k = i + 1; k < this.layers.length; k++) {
      const next = this.layers[k]!;
      if (next.at < layer.end && !(next instanceof Fault)) return next.end;
    }
    return Math.max(layer.payloadAt, layer.payloadEnd);
  }

  /** The same packet in memory of its own, unaffected by edits of this one and holding on to no larger buffer. */
  copy(): Packet {
    const view = viewOf(this.bytes.slice());
    const layers = this.layers.map((layer) => layer.moved(view, -this.at));
    return new Packet(view, 0, this.length, layers, this.originalLength);
  }

  /** One line: the innermost header's summary behind the addresses; of an error that quotes a packet, the error's. */
  summary(): string {
    const quoting = this.layers.findIndex((layer) => layer.isQuoting);
    const own = quoting < 0 ? this.layers : this.layers.slice(0, quoting + 1);
    const named = own.filter((layer) => layer.layerType.protocol !== 'data');
    return named
      .slice(-2)
      .map((layer) => layer.summary())
      .join(' · ');
  }

  /** Every field of every layer and the bytes, as text for a terminal. */
  show(): string {
    return show(this);
  }

  /**
   * The TypeScript expression that builds these bytes, with only what differs from what `build` computes or takes by itself.
   */
  code(): string {
    return codeOf(this);
  }

  toJSON(): { length: number; layers: Record<string, unknown>[] } {
    return {
      length: this.length,
      layers: this.nodes().map(({ layer, nodes }) => ({ layer: layer.layerType.label, ...nodesToJson(nodes) })),
    };
  }

  toString(): string {
    return this.summary();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Packet ${this.length} bytes: ${this.summary()}\n${this.show()}`;
  }
}
