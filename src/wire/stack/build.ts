/**
 * Building: from layers to a packet.
 *
 * @module
 */
import { assemble, assembleInto, type Buildable } from './assemble.js';
import { Packet } from './packet.js';

export type { Buildable } from './assemble.js';

/**
 * Builds a packet from its layers, outermost first. Lengths, checksums and protocol numbers that were left out are computed; those
 * given are kept, wrong or right. Packets share larger buffers, as Node's own small ones do: `packet.copy()` detaches.
 *
 * @example build(ipv4({ dst: '127.0.0.1' }), tcp({ dstPort: 80, flags: 'PSH,ACK' }), 'GET / HTTP/1.1\r\n\r\n')
 * @throws RangeError when a value does not fit its field, with the field's name and range
 */
export function build(...layers: Buildable[]): Packet {
  const { view, at, end, layers: made } = assemble(layers);
  return new Packet(view, at, end, made);
}

/**
 * Builds into memory of the caller's, for loops that send many packets. The packet returned looks into `view`: the next build at the
 * same place overwrites it.
 *
 * @throws RangeError when the packet does not fit behind `at`
 */
export function buildInto(view: DataView, at: number, ...layers: Buildable[]): Packet {
  const { end, layers: made } = assembleInto(view, at, layers);
  return new Packet(view, at, end, made);
}
