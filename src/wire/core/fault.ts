/**
 * A fault in its place among a packet's layers: it says why dissecting ended or what is not to be trusted. Takes no bytes.
 *
 * @module
 */
import type { DecodeFault } from '../../errors.js';
import { type FieldNode, Layer } from './layer.js';

/** A fault shown as a layer. */
export class Fault extends Layer {
  static override readonly label: string = 'Fault';
  static override readonly protocol: string = '_ws.malformed';
  /** What is wrong; `at` counts from the packet's first byte. */
  declare readonly cause: DecodeFault;

  constructor(view: DataView, at: number, cause: DecodeFault) {
    super(view, at, at);
    this.cause = cause;
  }

  static sizeOf(): number {
    return 0;
  }

  get headerLength(): number {
    return 0;
  }

  headerFault(): DecodeFault {
    return this.cause;
  }

  override moved(view: DataView, shift: number): Fault {
    return new Fault(view, this.at + shift, this.cause);
  }

  write(): void {}

  toInit(): DecodeFault {
    return this.cause;
  }

  nodes(): FieldNode[] {
    const { code, layer, at, reason } = this.cause;
    return [
      {
        name: 'fault',
        label: `${layer} at byte ${at}`,
        filters: [],
        at: this.at,
        bit: 0,
        bits: 0,
        value: code,
        text: code,
        meaning: reason,
      },
    ];
  }

  override summary(): string {
    return `${this.cause.layer} at byte ${this.cause.at}: ${this.cause.reason}`;
  }
}
