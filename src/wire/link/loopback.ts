/**
 * The loopback header of BSD and macOS captures: the address family of what follows, 4 bytes. In link type NULL (0) it is in the byte
 * order of the machine that captured, in LOOP (108) in network order. https://www.tcpdump.org/linktypes.html
 *
 * @module
 */
import { formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import {
  type Bindings,
  type Carries,
  type FieldNode,
  Layer,
  type Numbers,
  type Part,
  type Row,
  type Trailing,
} from '../core/layer.js';
import { etherTypeNames, maxLength } from './ethernet.js';

/** Address families seen in captures: AF_INET is 2 everywhere, AF_INET6 differs by system. */
export const AddressFamily = { INET: 2, INET6: 30 } as const;

const names: { readonly [family: number]: string } = {
  2: 'IPv4',
  10: 'IPv6 (Linux)',
  23: 'IPv6 (Windows)',
  24: 'IPv6 (NetBSD, OpenBSD)',
  28: 'IPv6 (FreeBSD)',
  30: 'IPv6 (macOS)',
};

/** What to build a loopback header from. Left out, the family follows from the layer inside. */
export interface LoopbackInit extends Trailing {
  family?: number | undefined;
  /** Byte order; `little` is that of NULL captures made on x86 and ARM, `big` that of LOOP. */
  byteOrder?: 'little' | 'big' | undefined;
}

/** Address family of the packet that follows. */
export class Loopback extends Layer {
  static override readonly label: string = 'Loopback';
  static override readonly protocol: string = 'null';
  static readonly carries: Carries = { addressFamily: true };
  /** Bytes of the header. */
  static readonly size = 4;

  static sizeOf(): number {
    return Loopback.size;
  }

  get headerLength(): number {
    return Loopback.size;
  }

  headerFault(): DecodeFault | undefined {
    return this.truncation(Loopback.size);
  }

  /** Byte order, told by where the small number lies: no family is above 255. */
  get byteOrder(): 'little' | 'big' {
    return this.view.getUint16(this.at) === 0 ? 'big' : 'little';
  }

  get family(): number {
    return this.view.getUint32(this.at, this.byteOrder === 'little');
  }

  set family(value: number) {
    this.view.setUint32(this.at, value, this.byteOrder === 'little');
  }

  /** The EtherType that some systems put where the family's upper half is. */
  get etherType(): number | undefined {
    const type = this.view.getUint16(this.at + 2);
    return this.byteOrder === 'little' && type > maxLength ? type : undefined;
  }

  override next(bindings: Bindings): Row | undefined {
    const { family, etherType } = this;
    return etherType === undefined ? bindings.addressFamily.get(family) : bindings.etherType.get(etherType);
  }

  write(init: LoopbackInit, next?: Numbers): void {
    const family = init.family ?? next?.addressFamily ?? AddressFamily.INET;
    this.view.setUint32(this.at, family, init.byteOrder !== 'big');
  }

  toInit(): LoopbackInit {
    return { family: this.family, byteOrder: this.byteOrder };
  }

  nodes(): FieldNode[] {
    const { family, etherType } = this;
    if (etherType !== undefined) {
      const text = formatHex(etherType, 4);
      const meaning = etherTypeNames[etherType] ?? 'unknown';
      const place = { at: this.at + 2, bit: 0, bits: 16 };
      return [{ name: 'etherType', label: 'Type', filters: ['null.type'], ...place, value: etherType, text, meaning }];
    }
    return [
      {
        name: 'family',
        label: 'Address family',
        filters: ['null.family'],
        at: this.at,
        bit: 0,
        bits: 32,
        value: family,
        text: String(family),
        meaning: `${names[family] ?? 'unknown'}, ${this.byteOrder}-endian`,
      },
    ];
  }

  override summary(): string {
    return names[this.family] ?? `family ${this.family}`;
  }
}

/** A loopback header for `build`. */
export function loopback(init: LoopbackInit = {}): Part<LoopbackInit> {
  return { type: Loopback, init };
}
