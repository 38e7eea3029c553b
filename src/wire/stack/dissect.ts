/**
 * Dissecting: from bytes to layers. Never throws on what came from a network: the good layers, then the fault as a layer, then the
 * rest as raw bytes.
 *
 * @module
 */
import { viewOf } from '../../bytes.js';
import { Cut } from '../core/cut.js';
import { Fault } from '../core/fault.js';
import type { Layer, LayerType } from '../core/layer.js';
import { Raw } from '../core/raw.js';
import { Trailer } from '../core/trailer.js';
import { bindings, firstLayer, LinkType } from './bindings.js';
import { Packet } from './packet.js';

/** Layers one in the other at the most: tunnels in tunnels end here. */
const maxLayers = 32;

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
  first: LayerType | undefined = firstLayer(linkType, view, at, end),
): Packet {
  const layers: Layer[] = [];
  const isCut = originalLength > end - at;
  let type = first;
  let from = at;
  let to = end;
  let nested = 0;
  let previous: LayerType | undefined;
  while (type !== undefined && from < to) {
    let layer = new type(view, from, to);
    const fault = layer.fault();
    if (fault !== undefined) {
      // What the capture cut off, went in another fragment or was left out of an ICMP error's quote is not the packet's fault.
      const isExcused =
        fault.code === 'TRUNCATED' && (isCut || layers.some((outer) => outer.isQuoting || outer.isFragment));
      if (layer.headerFault() !== undefined) {
        layers.push(isExcused ? new Cut(view, from, to, type) : new Fault(view, from, fault));
        if (isExcused) from = to;
        break;
      }
      layers.push(layer);
      if (!isExcused) layers.push(new Fault(view, layer.payloadAt, fault));
      from = layer.payloadAt;
      to = layer.payloadEnd;
      if (fault.code !== 'TRUNCATED') break;
    } else {
      const stop = layer.payloadEnd;
      // What is behind a layer's own end belongs to the one outside it.
      if (stop < to && !layer.keepsTrailer) layer = new type(view, from, stop);
      layers.push(layer);
      from = layer.payloadAt;
      to = stop;
    }
    if (type !== previous || !type.isSequence) nested++;
    previous = type;
    if (nested >= maxLayers) {
      layers.push(
        new Fault(view, from, {
          code: 'LIMIT',
          layer: layer.layerType.label,
          at: from,
          reason: `${maxLayers} layers, more are not followed`,
        }),
      );
      break;
    }
    type = layer.next(bindings);
  }
  if (from < to) layers.push(new Raw(view, from, to));
  const outermost = layers[0];
  if (outermost !== undefined && outermost.end < end && !(outermost instanceof Fault)) {
    layers.push(new Trailer(view, outermost.end, end));
  }
  return new Packet(view, at, end, layers, originalLength);
}
