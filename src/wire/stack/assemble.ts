/**
 * From parts to bytes: sizes are summed, memory is taken once, headers are written, then sealed from the inside out.
 *
 * @module
 */
import { bytesOf, toBytes } from '../../bytes.js';
import type { Enclosing, Layer, Part, Trailing } from '../core/layer.js';
import { raw } from '../core/raw.js';
import { Trailer } from '../core/trailer.js';
import { numbersOf } from './neighbours.js';

/** A header made by `ipv4(…)`, `tcp(…)` and their like, or a payload: text (as UTF-8) or bytes. */
export type Buildable = Part | string | Uint8Array;

/** Layers that were written, and where. */
export interface Assembly {
  readonly view: DataView;
  readonly at: number;
  readonly end: number;
  readonly layers: readonly Layer[];
}

/** Memory of packets is cut from slabs: an ArrayBuffer of its own costs more than all else that building does. */
const slabSize = 16_384;
let slab = new ArrayBuffer(0);
let taken = 0;

/** Writes layers into memory taken for them. */
export function assemble(layers: readonly Buildable[]): Assembly {
  const parts = layers.map(partOf);
  const sizes: number[] = new Array(parts.length);
  const size = measure(parts, sizes);
  return write(take(size), 0, size, parts, sizes);
}

/**
 * Writes layers into memory of the caller's, over what was there.
 *
 * @throws RangeError when they do not fit behind `at`
 */
export function assembleInto(view: DataView, at: number, layers: readonly Buildable[]): Assembly {
  const parts = layers.map(partOf);
  const sizes: number[] = new Array(parts.length);
  const size = measure(parts, sizes);
  if (at + size > view.byteLength) {
    throw new RangeError(
      `Cannot build at byte ${at}: ${size} bytes needed, ${Math.max(0, view.byteLength - at)} available`,
    );
  }
  bytesOf(view, at, at + size).fill(0);
  return write(view, at, at + size, parts, sizes);
}

/** A view of zeros. Packets of more than a quarter of a slab have a buffer of their own. */
function take(size: number): DataView {
  if (size > slabSize / 4) return new DataView(new ArrayBuffer(size));
  if (taken + size > slab.byteLength) {
    slab = new ArrayBuffer(slabSize);
    taken = 0;
  }
  const view = new DataView(slab, taken, size);
  taken += (size + 7) & ~7;
  return view;
}

function partOf(layer: Buildable): Part {
  return typeof layer === 'string' || layer instanceof Uint8Array ? raw(toBytes(layer)) : layer;
}

/** Fills `sizes` with each header's bytes; gives the sum, trailers included. */
function measure(parts: readonly Part[], sizes: number[]): number {
  let size = 0;
  for (let i = 0; i < parts.length; i++) {
    const { type, init } = parts[i]!;
    const own = type.sizeOf(init);
    sizes[i] = own;
    size += own + trailerOf(init);
  }
  return size;
}

/** Bytes that follow what is inside a layer. */
function trailerOf(init: unknown): number {
  return (init as Trailing).trailer?.length ?? 0;
}

function write(view: DataView, start: number, stop: number, parts: readonly Part[], sizes: number[]): Assembly {
  const made: Layer[] = new Array(parts.length);
  const ends: number[] = new Array(parts.length);
  let at = start;
  let end = stop;
  const last = parts[parts.length - 1];
  if (last?.type === Trailer) end -= Trailer.sizeOf(last.init);
  for (let i = 0; i < parts.length; i++) {
    const { type, init } = parts[i]!;
    const layer = type === Trailer ? new Trailer(view, end, stop) : new type(view, at, end);
    layer.write(init, i + 1 < parts.length ? numbersOf(parts[i + 1]!.type) : undefined);
    made[i] = layer;
    at += sizes[i]!;
    const { trailer } = init as Trailing;
    if (trailer !== undefined) {
      end -= trailer.length;
      bytesOf(view, end, end + trailer.length).set(trailer);
    }
    ends[i] = end;
  }
  for (let i = parts.length - 1; i >= 0; i--) made[i]!.seal(enclosing(made, i), parts[i]!.init, ends[i]!);
  return { view, at: start, end: stop, layers: made };
}

/** The nearest layer outside `inner` that has a pseudo-header. */
function enclosing(layers: readonly Layer[], inner: number): Enclosing | undefined {
  for (let i = inner - 1; i >= 0; i--) {
    const outer = layers[i]! as Layer & Partial<Enclosing>;
    if (outer.pseudoSum) return outer as Enclosing;
  }
  return undefined;
}
