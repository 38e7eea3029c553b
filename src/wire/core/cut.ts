/**
 * A header of which only the beginning is here: behind the end of what was captured, or in the quote of an ICMP error, which may hold
 * no more than 8 bytes of a TCP header (RFC 792).
 *
 * @module
 */
import { bytesOf, viewOf } from '../../bytes.js';
import type { Shape } from './field.js';
import type { HeaderClass } from './header.js';
import { bytesNode, type FieldNode, type LayerType } from './layer.js';
import { Raw } from './raw.js';

/** More bytes than any length of one octet can say that a header has. */
const longestHeader = 4096;

/** The beginning of a header: the fields that are wholly here, the rest as bytes. */
export class Cut extends Raw {
  static override readonly label: string = 'Cut header';
  /** The class of the layer that was cut. */
  declare readonly of: LayerType | undefined;

  constructor(view: DataView, at: number, end: number, of?: LayerType) {
    super(view, at, end);
    this.of = of;
  }

  override moved(view: DataView, shift: number): Cut {
    return new Cut(view, this.at + shift, this.end + shift, this.of);
  }

  override nodes(): FieldNode[] {
    const { view, at, end, of } = this;
    const size = (of as Partial<HeaderClass<Shape>> | undefined)?.size;
    if (of === undefined || size === undefined) return super.nodes();
    // The header with zeros for what is missing has the same fields in the same places.
    const filled = new Uint8Array(Math.max(size, end - at) + longestHeader);
    filled.set(bytesOf(view, at, end));
    const layer = new of(viewOf(filled), 0, filled.length);
    if (layer.headerFault() !== undefined) return super.nodes();
    const nodes = wholeNodes(layer.nodes(), end - at);
    const rest = nodes.reduce((last, node) => Math.max(last, Math.ceil((node.at * 8 + node.bit + node.bits) / 8)), 0);
    const placed = nodes.map((node) => moved(node, at));
    return at + rest < end
      ? [...placed, bytesNode({ name: 'rest', label: 'Rest', filters: [] }, view, at + rest, end)]
      : placed;
  }

  override summary(): string {
    return `${this.of?.label ?? 'Header'}, cut after ${this.end - this.at} bytes`;
  }
}

/** The nodes that lie within the first `size` bytes, and the parts of others that do. */
function wholeNodes(nodes: readonly FieldNode[], size: number): FieldNode[] {
  return nodes.flatMap((node) => {
    const children = node.children && wholeNodes(node.children, size);
    const isWhole = node.bits === 0 ? node.at < size : node.at * 8 + node.bit + node.bits <= size * 8;
    if (!isWhole) return children ?? [];
    const { intact, meaning, children: _, ...rest } = node;
    // No checksum can be judged without the bytes that are missing.
    return [
      {
        ...rest,
        ...(meaning === undefined || intact !== undefined ? {} : { meaning }),
        ...(children === undefined ? {} : { children }),
      },
    ];
  });
}

function moved(node: FieldNode, by: number): FieldNode {
  const { children } = node;
  return { ...node, at: node.at + by, ...(children ? { children: children.map((child) => moved(child, by)) } : {}) };
}
