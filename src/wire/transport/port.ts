/**
 * Which application's layer a transport carries: by port, the lower number first, then by content, in Wireshark's order.
 *
 * @module
 */
import type { NumberTable, Row, Steps } from '../core/layer.js';

/** The layer inside a header that begins with two ports; nothing where neither a port nor the content tells. */
export function applicationOf(
  { view, at, from, to }: Steps,
  ports: NumberTable,
  content: readonly Row[],
): Row | undefined {
  const source = view.getUint16(at);
  const target = view.getUint16(at + 2);
  const low = ports.get(Math.min(source, target));
  if (low !== undefined && isLike(low, view, from, to)) return low;
  const high = ports.get(Math.max(source, target));
  if (high !== undefined && isLike(high, view, from, to)) return high;
  for (let i = 0; i < content.length; i++) if (content[i]!.type.accepts?.(view, from, to, false)) return content[i];
  return undefined;
}

/** Whether bytes may be the layer that a port announces. */
function isLike({ type }: Row, view: DataView, from: number, to: number): boolean {
  return type.accepts === undefined || type.accepts(view, from, to, true);
}
