/**
 * Bytes that no layer claims: an application's payload, the rest behind a fault.
 *
 * @module
 */
import { bytesOf, toAscii, toBytes } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { type FieldNode, Layer, type Part } from './layer.js';

/** Whether all bytes are graphic ASCII, spaces or the controls of lines of text. */
function isPrintable(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte > 0x7e || (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) return false;
  }
  return true;
}

/** Bytes as they are. */
export class Raw extends Layer {
  static override readonly label: string = 'Raw';
  static override readonly protocol: string = 'data';

  static sizeOf(init: unknown): number {
    return typeof init === 'string' ? toBytes(init).length : (init as Uint8Array).length;
  }

  get headerLength(): number {
    return this.end - this.at;
  }

  headerFault(): DecodeFault | undefined {
    return undefined;
  }

  /** The bytes read as UTF-8, with U+FFFD for what is not. */
  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  write(init: string | Uint8Array): void {
    bytesOf(this.view, this.at, this.end).set(toBytes(init));
  }

  toInit(): Uint8Array {
    return this.bytes.slice();
  }

  nodes(): FieldNode[] {
    const bytes = bytesOf(this.view, this.at, this.end);
    return [
      {
        name: 'data',
        label: 'Data',
        filters: ['data.data', 'data'],
        at: this.at,
        bit: 0,
        bits: bytes.length * 8,
        value: bytes,
        text: `${bytes.length} bytes`,
        meaning: isPrintable(bytes) ? toAscii(bytes.subarray(0, 120)) : '',
      },
    ];
  }

  override summary(): string {
    return `${this.end - this.at} bytes`;
  }
}

/** A payload for `build`; a plain string (as UTF-8) or bytes will do as well. */
export function raw(data: string | Uint8Array): Part<string | Uint8Array> {
  return { type: Raw, init: data };
}
