/**
 * A header of which only the beginning is here: behind the end of what was captured, or in the quote of an ICMP error, which may hold
 * no more than 8 bytes of a TCP header (RFC 792).
 *
 * @module
 */
import { HeaderLayer } from './header.js';
import { bytesNode, type FieldNode, type LayerType } from './layer.js';
import { Raw } from './raw.js';

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
    const layer = this.of && new this.of(this.view, this.at, this.end);
    if (!(layer instanceof HeaderLayer)) return super.nodes();
    const whole = layer.table.fields.filter(({ offset, bits }) => this.at + (offset + bits) / 8 <= this.end);
    const nodes = whole.map((field) => layer.node(field));
    const last = whole[whole.length - 1];
    const rest = last ? this.at + Math.ceil((last.offset + last.bits) / 8) : this.at;
    return rest < this.end ? [...nodes, bytesNode(this.view, 'rest', 'Rest', [], rest, this.end)] : nodes;
  }

  override summary(): string {
    return `${this.of?.label ?? 'Header'}, cut after ${this.end - this.at} bytes`;
  }
}
