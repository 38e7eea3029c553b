/**
 * Which application's layer a transport carries: by port, the lower number first, then by content, in Wireshark's order.
 *
 * @module
 */
import type { LayerType } from '../core/layer.js';

/** The layer of bytes `at` to `end`; nothing where neither a port nor the content tells. */
export function applicationOf(
  ports: ReadonlyMap<number, LayerType>,
  content: readonly LayerType[],
  srcPort: number,
  dstPort: number,
  view: DataView,
  at: number,
  end: number,
): LayerType | undefined {
  const low = ports.get(Math.min(srcPort, dstPort));
  if (low && (low.accepts === undefined || low.accepts(view, at, end, true))) return low;
  const high = ports.get(Math.max(srcPort, dstPort));
  if (high && (high.accepts === undefined || high.accepts(view, at, end, true))) return high;
  for (let i = 0; i < content.length; i++) if (content[i]!.accepts?.(view, at, end, false)) return content[i];
  return undefined;
}
