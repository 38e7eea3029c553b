/**
 * Bytes behind the outermost layer's end, counted in no layer's length: what a capture of link type RAW kept of a frame's padding.
 *
 * @module
 */
import { bytesOf } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { bytesNode, type FieldNode, Layer, type Part } from './layer.js';

/** Bytes outside every layer, at the packet's end. */
export class Trailer extends Layer {
  static override readonly label: string = 'Trailer';
  static override readonly protocol: string = '_ws.trailer';

  static sizeOf(init: unknown): number {
    return (init as Uint8Array).length;
  }

  get headerLength(): number {
    return this.end - this.at;
  }

  headerFault(): DecodeFault | undefined {
    return undefined;
  }

  write(init: Uint8Array): void {
    bytesOf(this.view, this.at, this.end).set(init);
  }

  toInit(): Uint8Array {
    return this.bytes.slice();
  }

  nodes(): FieldNode[] {
    return [bytesNode({ name: 'trailer', label: 'Trailer', filters: [] }, this.view, this.at, this.end)];
  }

  override summary(): string {
    return `${this.end - this.at} bytes behind the packet`;
  }
}

/** Bytes for the end of a `build`, outside every layer and its lengths. */
export function trailer(bytes: Uint8Array): Part<Uint8Array> {
  return { type: Trailer, init: bytes };
}
