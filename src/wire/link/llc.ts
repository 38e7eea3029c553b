/**
 * Logical Link Control, IEEE 802.2, and the Sub-Network Access Protocol that names an EtherType behind it, RFC 1042.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+---------------+---------------+
 * |     DSAP      |     SSAP      |    control, 1 or 2 bytes      |
 * +---------------+---------------+---------------+---------------+
 * |        SNAP: organization code (OUI)          |  protocol id  |
 * +-----------------------------------------------+---------------+
 *
 * @module
 */
import { formatHex, toHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { type Fields, header, type Inits, u8, u16, u24 } from '../core/header.js';
import {
  type Bindings,
  type Carries,
  derivedNode,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { etherTypeNames } from './ethernet.js';

/** Service access points, IEEE. */
export const Sap = { IP: 0x06, STP: 0x42, SNAP: 0xaa, IPX: 0xe0, NETBIOS: 0xf0, ISO: 0xfe } as const;

const sapNames: { readonly [value: number]: string } = {
  0: 'Null',
  6: 'IP',
  66: 'Spanning Tree',
  170: 'SNAP',
  224: 'IPX',
  240: 'NetBIOS',
  254: 'ISO network layer',
};

const shape = {
  /** Service access point of the destination. */
  dsap: u8.with({ label: 'Destination service access point', filter: 'llc.dsap', base: 'hex', names: sapNames }),
  /** Service access point of the source. */
  ssap: u8.with({ label: 'Source service access point', filter: 'llc.ssap', base: 'hex', names: sapNames }),
};

/** What to build an LLC header from. Left out: both access points from the layer inside, `control` 3, an unnumbered frame. */
export type LlcInit = Inits<typeof shape> & {
  /** Two bytes where its low two bits are not both set, as a little-endian number. */
  control?: number | undefined;
};

/** An LLC header. */
export class Llc extends header('LLC', 'llc', shape) {
  static readonly spansPayload: boolean = true;
  static readonly carries: Carries = { llcSap: true };

  static override sizeOf(init: unknown): number {
    const { control = 3 } = init as LlcInit;
    return Llc.size + ((control & 3) === 3 ? 1 : 2);
  }

  override get headerLength(): number {
    return Llc.size + ((this.view.getUint8(this.at + 2) & 3) === 3 ? 1 : 2);
  }

  override headerFault(): DecodeFault | undefined {
    return this.truncation(3) ?? this.truncation(this.headerLength);
  }

  /** Frame type and, in a frame of two control bytes, its sequence numbers, as a little-endian number. */
  get control(): number {
    const { view, at } = this;
    return this.headerLength === 3 ? view.getUint8(at + 2) : view.getUint16(at + 2, true);
  }

  override next(bindings: Bindings): Row | undefined {
    return (this.control & 0xef) === 3 ? bindings.llcSap.get(this.dsap) : undefined;
  }

  override write(init: LlcInit, next?: Numbers): void {
    const { view, at } = this;
    const { control = 3 } = init;
    view.setUint8(at, next?.llcSap ?? 0);
    view.setUint8(at + 1, next?.llcSap ?? 0);
    if ((control & 3) === 3) view.setUint8(at + 2, control);
    else view.setUint16(at + 2, control, true);
    this.assign(init);
  }

  override toInit(): LlcInit {
    return { ...super.toInit(), control: this.control };
  }

  override nodes(): FieldNode[] {
    const { control, headerLength, at, dsap, ssap } = this;
    const width = headerLength - 2;
    const text = formatHex(control, 2 * width);
    const kind = (control & 3) === 3 ? 3 : control & 1;
    const meaning = ['Information', 'Supervisory', '', 'Unnumbered'][kind]!;
    const [dsapNode, ssapNode] = super.nodes() as [FieldNode, FieldNode];
    return [
      {
        ...dsapNode,
        children: [derivedNode({ name: 'ig', label: 'Addressed to a group', filters: ['llc.dsap.ig'] }, at, dsap & 1)],
      },
      {
        ...ssapNode,
        children: [derivedNode({ name: 'cr', label: 'Response', filters: ['llc.ssap.cr'] }, at + 1, ssap & 1)],
      },
      {
        name: 'control',
        label: 'Control',
        filters: ['llc.control'],
        at: at + 2,
        bit: 0,
        bits: width * 8,
        value: control,
        text,
        wireshark: formatHex(control, 4),
        meaning,
        children: [
          {
            ...derivedNode(
              { name: 'frameType', label: 'Frame type', filters: ['llc.control.ftype'] },
              at + 2,
              kind,
              meaning,
            ),
            wireshark: formatHex(kind, kind === 3 ? 2 : 4),
          },
        ],
      },
    ];
  }

  override summary(): string {
    const name = (sap: number) => sapNames[sap & 0xfe] ?? formatHex(sap, 2);
    return `DSAP ${name(this.dsap)}, SSAP ${name(this.ssap)}`;
  }
}

/** Fields of an LLC header, as read. */
export type LlcFields = Fields<typeof shape>;

/** An LLC header for `build`, behind `ethernet()` or `vlan()`, whose type then is a length. */
export function llc(init: LlcInit = {}): Part<LlcInit> {
  return { type: Llc, init };
}

/** Wireshark's names for the protocol numbers of organizations that have their own. */
const pidFilters: { readonly [oui: number]: string } = {
  12: 'llc.cisco_pid',
  129: 'llc.nortel_pid',
  94: 'llc.iana_pid',
  57387: 'llc.extreme_pid',
  524295: 'llc.apple_atalk_pid',
};

const snapShape = {
  /** Organization that gave the protocol its number; 0 where that is an EtherType. */
  oui: u24.with({ label: 'Organization code (OUI)', filter: 'llc.oui', base: 'hex' }),
  /** The organization's number for the protocol that follows. */
  protocolId: u16.with({ label: 'Protocol identifier', filter: 'llc.pid', base: 'hex' }),
};

/** What to build a SNAP header from. Left out: `oui` 0, `protocolId` the EtherType of the layer inside. */
export type SnapInit = Inits<typeof snapShape>;

/** A SNAP header: an EtherType, where its organization code is 0. */
export class Snap extends header('SNAP', 'llc', snapShape) {
  static readonly carries: Carries = { etherType: true };

  override next(bindings: Bindings): Row | undefined {
    return this.oui === 0 ? bindings.etherType.get(this.protocolId) : undefined;
  }

  override write(init: SnapInit, next?: Numbers): void {
    this.view.setUint16(this.at + 3, next?.etherType ?? 0);
    this.assign(init);
  }

  override nodes(): FieldNode[] {
    const { oui } = this;
    const [organization, protocol] = super.nodes() as [FieldNode, FieldNode];
    const bytes = Uint8Array.of(oui >> 16, (oui >> 8) & 0xff, oui & 0xff);
    return [
      { ...organization, text: toHex(bytes, ':'), wireshark: String(oui) },
      oui === 0
        ? { ...protocol, filters: ['llc.type'], meaning: etherTypeNames[this.protocolId] ?? 'EtherType' }
        : { ...protocol, filters: [pidFilters[oui] ?? 'llc.pid'] },
    ];
  }

  override summary(): string {
    return this.oui === 0
      ? (etherTypeNames[this.protocolId] ?? 'SNAP')
      : `organization ${formatHex(this.oui, 6)}, protocol ${formatHex(this.protocolId, 4)}`;
  }
}

/** Fields of a SNAP header, as read. */
export type SnapFields = Fields<typeof snapShape>;

/** A SNAP header for `build`, behind `llc()`. */
export function snap(init: SnapInit = {}): Part<SnapInit> {
  return { type: Snap, init };
}
