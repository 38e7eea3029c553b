/**
 * Dissecting: from bytes to layers. Never throws on what came from a network: the good layers, then the fault as a layer, then the
 * rest as raw bytes.
 *
 * @module
 */
import { viewOf } from '../../bytes.js';
import { LinkType } from '../../link-type.js';
import { Cut } from '../core/cut.js';
import { Fault } from '../core/fault.js';
import type { Layer, LayerType } from '../core/layer.js';
import { Raw } from '../core/raw.js';
import { Trailer } from '../core/trailer.js';
import { stack } from './neighbours.js';
import { Packet } from './packet.js';
import { maxLayers, Step, Walk } from './walk.js';

/** Bytes with what a capture knows of them; its frames are such. */
export interface PacketSource {
  readonly view: DataView;
  readonly at: number;
  readonly end: number;
  /** https://www.tcpdump.org/linktypes.html */
  readonly linkType: number;
  /** Bytes on the wire, where the capture may have cut the packet. */
  readonly originalLength?: number;
}

/** What plain bytes do not say of themselves. */
export interface DissectOptions {
  /** https://www.tcpdump.org/linktypes.html; RAW (IPv4 or IPv6 with nothing before it) where left out. */
  linkType?: number;
  /** The class of the first layer, instead of what the link type gives. */
  first?: LayerType;
  /** Bytes on the wire, where the packet was cut. */
  originalLength?: number;
}

/**
 * Reads bytes, or a capture's frame, as layers. The packet looks into the same memory and copies nothing.
 */
export function dissect(source: Uint8Array | PacketSource, options: DissectOptions = {}): Packet {
  if (source instanceof Uint8Array) {
    const { linkType = LinkType.RAW, originalLength = source.length } = options;
    return dissectView(viewOf(source), 0, source.length, linkType, originalLength, options.first);
  }
  const { view, at, end } = source;
  const originalLength = options.originalLength ?? source.originalLength ?? end - at;
  return dissectView(view, at, end, options.linkType ?? source.linkType, originalLength, options.first);
}

/** `dissect` for bytes `at` to `end` of a view, without an object for its arguments: for loops over whole captures. */
export function dissectView(
  view: DataView,
  at: number,
  end: number,
  linkType: number,
  originalLength: number = end - at,
  first?: LayerType,
): Packet {
  // A layer that dissects on its own account while it is read must not lead this walk astray.
  const isInner = isWalking;
  const walk = isInner ? new Walk() : shared;
  isWalking = true;
  try {
    const row = first === undefined ? stack.first(linkType, view, at, end) : stack.of(first);
    walk.begin(view, at, end, originalLength > end - at, row);
    return new Packet(view, at, end, layersOf(walk, end), originalLength);
  } finally {
    isWalking = isInner;
  }
}

const shared = new Walk();
let isWalking = false;

function layersOf(walk: Walk, end: number): Layer[] {
  const layers: Layer[] = [];
  const { view } = walk;
  while (walk.advance()) {
    const { step, at, end: stop } = walk;
    if (step === Step.WHOLE) layers.push(walk.layer());
    else if (walk.isExcused) layers.push(step === Step.SHORT ? walk.layer() : new Cut(view, at, stop, walk.type));
    else {
      const layer = walk.layer();
      if (step < Step.CUT) layers.push(layer);
      layers.push(new Fault(view, walk.from, layer.fault()!));
    }
  }
  if (walk.isTooDeep) layers.push(tooDeep(view, walk.from, walk.type));
  if (walk.from < walk.to) layers.push(new Raw(view, walk.from, walk.to));
  const outermost = layers[0];
  if (outermost !== undefined && outermost.end < end && !(outermost instanceof Fault)) {
    layers.push(new Trailer(view, outermost.end, end));
  }
  return layers;
}

function tooDeep(view: DataView, at: number, { label }: LayerType): Fault {
  return new Fault(view, at, {
    code: 'LIMIT',
    layer: label,
    at,
    reason: `${maxLayers} layers, more are not followed`,
  });
}
