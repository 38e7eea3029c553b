/**
 * Frame relay with addresses of two bytes, ITU-T Q.922; what it carries is told as in RFC 2427, or by an EtherType as Cisco does.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-----------+-+-+-------+-+-+-+-+---------------+---------------+
 * | DLCI high |C|0| low   |F|B|D|1| control (3)   |     NLPID     |  RFC 2427
 * +-----------+-+-+-------+-+-+-+-+---------------+---------------+
 * | organization, protocol: five bytes where the NLPID is SNAP's  |
 * +---------------------------------------------------------------+
 *
 * @module
 */
import { formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { bits, type Fields, header, type Inits } from '../core/header.js';
import {
  type Bindings,
  type Carries,
  derivedNode,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { node, valued } from '../core/node.js';
import { EtherType, etherTypeNames } from './ethernet.js';

/** Control byte of unnumbered information. */
const UI = 0x03;
/** Network layer protocol identifiers, ISO/IEC TR 9577. */
const Nlpid = { SNAP: 0x80, IPV6: 0x8e, IPV4: 0xcc } as const;
const nlpidNames: { readonly [value: number]: string } = { 128: 'SNAP', 142: 'IPv6', 204: 'IPv4', 129: 'CLNP' };
const snapBytes = 5;

const shape = {
  upperDlci: bits(6).with({ label: 'Upper DLCI', filter: 'fr.upper_dlci', base: 'hex' }),
  /** Command or response. */
  cr: bits(1).with({ label: 'Command or response', filter: 'fr.cr' }),
  /** 0: the address goes on. */
  goesOn: bits(1).with({ label: 'Extended address', filter: 'fr.ea' }),
  lowerDlci: bits(4).with({ label: 'Second DLCI', filter: 'fr.second_dlci', base: 'hex' }),
  /** Congestion in the direction of the frame. */
  fecn: bits(1).with({ label: 'Forward congestion', filter: 'fr.fecn' }),
  /** Congestion in the other direction. */
  becn: bits(1).with({ label: 'Backward congestion', filter: 'fr.becn' }),
  /** May be dropped first. */
  discardEligible: bits(1).with({ label: 'Discard eligibility', filter: 'fr.de' }),
  /** 1: the address ends. */
  ends: bits(1).with({ label: 'Extended address', filter: 'fr.ea' }),
};

/**
 * What to build a frame relay header from. Left out: `ends` 1, everything else 0; `nlpid`, `organization` and `type` from the layer
 * inside.
 */
export type FrameRelayInit = Inits<typeof shape> & {
  /** Number of the connection, in place of its two parts. */
  dlci?: number | undefined;
  /** What follows, by RFC 2427: 0xcc IPv4, 0x8e IPv6, 0x80 what `type` says. Without it `type` stands alone, as Cisco writes it. */
  nlpid?: number | undefined;
  /** Whose number `type` is; 0 for an EtherType. */
  organization?: number | undefined;
  /** EtherType of what follows, behind an NLPID of SNAP or alone. */
  type?: number | undefined;
};

interface NamedNumber {
  readonly name: string;
  readonly label: string;
  readonly filters: string;
  readonly names?: { readonly [value: number]: string };
  /** Whether Wireshark writes it in decimal. */
  readonly isDecimal?: boolean;
}

/** A frame relay header. */
export class FrameRelay extends header('Frame Relay', 'fr', shape) {
  static readonly carries: Carries = { etherType: true };

  static override sizeOf(init: unknown): number {
    const { nlpid, type } = init as FrameRelayInit;
    if (nlpid === undefined && type !== undefined) return FrameRelay.size + 2;
    return FrameRelay.size + 2 + (nlpid === Nlpid.SNAP ? snapBytes : 0);
  }

  override get headerLength(): number {
    return FrameRelay.size + 2 + (this.nlpid === Nlpid.SNAP ? snapBytes : 0);
  }

  override headerFault(): DecodeFault | undefined {
    const truncated = this.truncation(FrameRelay.size + 2) ?? this.truncation(this.headerLength);
    if (truncated) return truncated;
    if (this.goesOn === 0 && this.ends === 1) return undefined;
    return this.faultAt('BAD_LENGTH', 'address is not of two bytes: two needed');
  }

  /** Number of the connection. */
  get dlci(): number {
    return (this.upperDlci << 4) | this.lowerDlci;
  }

  /** What follows, by RFC 2427; nothing where Cisco's way is taken. */
  get nlpid(): number | undefined {
    return this.view.getUint8(this.#controlAt) === UI ? this.view.getUint8(this.#controlAt + 1) : undefined;
  }

  /** EtherType of what follows, where one says. */
  get type(): number | undefined {
    const { nlpid } = this;
    if (nlpid === undefined) return this.view.getUint16(this.#controlAt);
    return nlpid === Nlpid.SNAP ? this.view.getUint16(this.#controlAt + 5) : undefined;
  }

  /** Whose number `type` is, where the NLPID is SNAP's. */
  get organization(): number | undefined {
    if (this.nlpid !== Nlpid.SNAP) return undefined;
    return (this.view.getUint8(this.#controlAt + 2) << 16) | this.view.getUint16(this.#controlAt + 3);
  }

  override next(bindings: Bindings): Row | undefined {
    const { nlpid, type } = this;
    if (nlpid === Nlpid.IPV4) return bindings.etherType.get(EtherType.IPV4);
    if (nlpid === Nlpid.IPV6) return bindings.etherType.get(EtherType.IPV6);
    return type === undefined || (this.organization ?? 0) !== 0 ? undefined : bindings.etherType.get(type);
  }

  override write(init: FrameRelayInit, next?: Numbers): void {
    const { dlci, nlpid, organization, type, ...fields } = init;
    this.assign({ ends: 1, ...(dlci === undefined ? {} : { upperDlci: dlci >> 4, lowerDlci: dlci & 15 }), ...fields });
    const at = this.#controlAt;
    if (nlpid === undefined && type !== undefined) {
      this.view.setUint16(at, type);
      return;
    }
    this.view.setUint8(at, UI);
    this.view.setUint8(at + 1, nlpid ?? (next?.etherType === EtherType.IPV6 ? Nlpid.IPV6 : Nlpid.IPV4));
    if (nlpid !== Nlpid.SNAP) return;
    this.view.setUint8(at + 2, (organization ?? 0) >> 16);
    this.view.setUint16(at + 3, (organization ?? 0) & 0xffff);
    this.view.setUint16(at + 5, type ?? next?.etherType ?? 0);
  }

  override toInit(): FrameRelayInit {
    const { nlpid, organization, type } = this;
    return { ...super.toInit(), nlpid, organization, type };
  }

  override nodes(): FieldNode[] {
    const { view, nlpid, organization, type } = this;
    const at = this.#controlAt;
    const nodes = [...super.nodes()];
    nodes.splice(5, 0, derivedNode({ name: 'dlci', label: 'DLCI', filters: ['fr.dlci'] }, this.at, this.dlci));
    const put = (named: NamedNumber, from: number, bytes: number, value: number): void => {
      const { names, isDecimal, ...said } = named;
      const meaning = names?.[value];
      nodes.push(
        node(said, from, bytes, {
          ...valued(value, formatHex(value, bytes * 2)),
          ...(meaning === undefined ? {} : { meaning }),
          ...(isDecimal ? { wireshark: String(value) } : {}),
        }),
      );
    };
    const typed = { name: 'type', label: 'Type', names: etherTypeNames };
    if (nlpid === undefined) put({ ...typed, filters: 'fr.chdlctype' }, at, 2, type!);
    else {
      put({ name: 'control', label: 'Control', filters: 'fr.control' }, at, 1, view.getUint8(at));
      put({ name: 'nlpid', label: 'NLPID', filters: 'fr.nlpid', names: nlpidNames }, at + 1, 1, nlpid);
    }
    if (organization !== undefined) {
      const code = { name: 'organization', label: 'Organization code', filters: 'fr.snap.oui', isDecimal: true };
      put(code, at + 2, 3, organization);
      put({ ...typed, filters: organization === 0 ? 'fr.snaptype' : 'fr.snap.pid' }, at + 5, 2, type!);
    }
    return nodes;
  }

  override summary(): string {
    return `Frame relay, DLCI ${this.dlci}`;
  }

  get #controlAt(): number {
    return this.at + FrameRelay.size;
  }
}

/** Fields of a frame relay header, as read. */
export type FrameRelayFields = Fields<typeof shape>;

/** A frame relay header for `build`. */
export function frameRelay(init: FrameRelayInit = {}): Part<FrameRelayInit> {
  return { type: FrameRelay, init };
}
