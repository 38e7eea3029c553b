/**
 * IPsec in UDP, for those behind a NAT, RFC 3948: an encapsulated payload as it is, or a packet of the key exchange behind four zero
 * bytes, or a byte that keeps the NAT's mapping alive.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |      0, before a packet of the key exchange (non-ESP marker)  |
 * +---------------+-----------------------------------------------+
 * | 0xff, alone   |  keep-alive
 * +---------------+
 *
 * @module
 */
import type { DecodeFault } from '../../errors.js';
import { type Bindings, bytesNode, type Carries, type FieldNode, Layer, type Part, type Row } from '../core/layer.js';
import { Esp } from './ipsec.js';

/** What stands in a datagram of IPsec: `ESP` an encapsulated payload, `IKE` a packet of the key exchange. */
export type UdpEncapsulationKind = 'ESP' | 'IKE' | 'KEEPALIVE';

/** What to build the encapsulation from. Left out: `kind` `ESP`. */
export interface UdpEncapsulationInit {
  kind?: UdpEncapsulationKind | undefined;
}

const sizes: { readonly [K in UdpEncapsulationKind]: number } = { ESP: 0, IKE: 4, KEEPALIVE: 1 };

/** What precedes an encapsulated payload in UDP: nothing. */
export class UdpEncapsulation extends Layer {
  static override readonly label: string = 'UDPENCAP';
  static override readonly protocol: string = 'udpencap';
  static readonly carries: Carries = { ipProtocol: [50] };

  static sizeOf(init: unknown): number {
    return sizes[(init as UdpEncapsulationInit).kind ?? 'ESP'];
  }

  /** What stands in the datagram. */
  get kind(): UdpEncapsulationKind {
    const { view, at, end } = this;
    if (end - at === 1 && view.getUint8(at) === 0xff) return 'KEEPALIVE';
    return end - at >= 4 && view.getUint32(at) === 0 ? 'IKE' : 'ESP';
  }

  get headerLength(): number {
    return sizes[this.kind];
  }

  headerFault(): DecodeFault | undefined {
    return undefined;
  }

  override next(bindings: Bindings): Row | undefined {
    return this.kind === 'ESP' ? bindings.of(Esp) : undefined;
  }

  write({ kind }: UdpEncapsulationInit): void {
    if (kind === 'KEEPALIVE') this.view.setUint8(this.at, 0xff);
  }

  toInit(): UdpEncapsulationInit {
    return { kind: this.kind };
  }

  nodes(): FieldNode[] {
    const { view, at, kind } = this;
    if (kind === 'ESP') return [];
    const said =
      kind === 'IKE'
        ? { name: 'marker', label: 'Non-ESP marker', filters: ['udpencap.non_esp_marker'] }
        : { name: 'keepalive', label: 'NAT keep-alive', filters: ['udpencap.nat_keepalive'] };
    return [{ ...bytesNode(said, view, at, at + sizes[kind]), wireshark: '1' }];
  }

  override summary(): string {
    return { ESP: 'IPsec in UDP', IKE: 'Key exchange of IPsec', KEEPALIVE: 'NAT keep-alive' }[this.kind];
  }
}

/** What precedes IPsec in UDP, for `build`. */
export function udpEncapsulation(init: UdpEncapsulationInit = {}): Part<UdpEncapsulationInit> {
  return { type: UdpEncapsulation, init };
}
