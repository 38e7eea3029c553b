/**
 * IEEE 802.11, the frames of wireless networks, without their check sequence. Numbers are little-endian.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+---+---+---------------+-------------------------------+
 * |subtype|typ|ver|     flags     |           duration            |
 * +-------+---+---+---------------+-------------------------------+
 * |  receiver (6 bytes), transmitter (6), third address (6)       |
 * +-------------------------------+-------------------------------+
 * | fragment and sequence number  | fourth address (6), between stations of the network
 * +-------------------------------+-------------------------------+
 * |  quality of service control   | HT control (4), where the flags say so
 * +-------------------------------+
 *
 * @module
 */
import { formatMac, parseMac } from '../../address.js';
import { bytesOf, formatHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { type FlagBit, parseFlags } from '../core/field.js';
import { bits, type Fields, header, type Inits, u8 } from '../core/header.js';
import {
  type Bindings,
  type Carries,
  derivedNode,
  type FieldNode,
  type Named,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { node, valued } from '../core/node.js';
import { EtherType } from './ethernet.js';

/** Kinds of frames. */
const Type = { MANAGEMENT: 0, CONTROL: 1, DATA: 2 } as const;

/** Bits of the flags. */
export const WlanFlag = {
  TO_DS: 0x01,
  FROM_DS: 0x02,
  FRAGMENTS: 0x04,
  RETRY: 0x08,
  POWER: 0x10,
  MORE: 0x20,
  PROTECTED: 0x40,
  ORDER: 0x80,
} as const;

const flagBits: readonly FlagBit[] = [
  { name: 'TO_DS', mask: WlanFlag.TO_DS, label: 'To the distribution system', filter: 'wlan.fc.tods' },
  { name: 'FROM_DS', mask: WlanFlag.FROM_DS, label: 'From the distribution system', filter: 'wlan.fc.fromds' },
  { name: 'FRAGMENTS', mask: WlanFlag.FRAGMENTS, label: 'More fragments', filter: 'wlan.fc.frag' },
  { name: 'RETRY', mask: WlanFlag.RETRY, label: 'Sent again', filter: 'wlan.fc.retry' },
  { name: 'POWER', mask: WlanFlag.POWER, label: 'Goes to sleep', filter: 'wlan.fc.pwrmgt' },
  { name: 'MORE', mask: WlanFlag.MORE, label: 'More data waits', filter: 'wlan.fc.moredata' },
  { name: 'PROTECTED', mask: WlanFlag.PROTECTED, label: 'Encrypted', filter: 'wlan.fc.protected' },
  { name: 'ORDER', mask: WlanFlag.ORDER, label: 'HT control or strict order', filter: 'wlan.fc.order' },
];

const shape = {
  subtype: bits(4).with({ filter: 'wlan.fc.subtype' }),
  /** 0 management, 1 control, 2 data. */
  type: bits(2).with({ filter: 'wlan.fc.type', names: { 0: 'Management', 1: 'Control', 2: 'Data' } }),
  /** 0. */
  version: bits(2).with({ filter: 'wlan.fc.version' }),
  flags: u8.with({ label: 'Flags', filter: 'wlan.flags', base: 'hex' }).flags(flagBits),
};

const kindNames: { readonly [typeAndSubtype: number]: string } = {
  0: 'Association request',
  1: 'Association response',
  4: 'Probe request',
  5: 'Probe response',
  8: 'Beacon',
  10: 'Disassociation',
  11: 'Authentication',
  12: 'Deauthentication',
  24: 'Block acknowledgment request',
  25: 'Block acknowledgment',
  27: 'Request to send',
  28: 'Clear to send',
  29: 'Acknowledgment',
  32: 'Data',
  36: 'Null data',
  40: 'QoS data',
  44: 'QoS null data',
};

/**
 * What to build a frame from. Left out: `type` 2, a subtype of 8 where `qos` is given, 0 everywhere else; the addresses that the kind of
 * frame has.
 */
export type WlanInit = Inits<typeof shape> & {
  /** Microseconds that the exchange still takes. */
  duration?: number | undefined;
  /** Who is to take the frame, who sent it, and what the flags make of the others. */
  address1?: string | undefined;
  address2?: string | undefined;
  address3?: string | undefined;
  address4?: string | undefined;
  fragment?: number | undefined;
  sequence?: number | undefined;
  /** Quality of service control, in QoS data. */
  qos?: number | undefined;
  /** HT control, in QoS data with the flag ORDER. */
  htControl?: number | undefined;
};

/** An 802.11 header. */
export class Wlan extends header('IEEE 802.11', 'wlan', shape) {
  static readonly carries: Carries = { etherType: [EtherType.LLC] };

  static override sizeOf(init: unknown): number {
    const given = init as WlanInit;
    return sizeOf(given.type ?? Type.DATA, subtypeOf(given), flagsOf(given.flags));
  }

  override get headerLength(): number {
    return sizeOf(this.type, this.subtype, this.flags);
  }

  override headerFault(): DecodeFault | undefined {
    return this.truncation(Wlan.size) ?? this.truncation(this.headerLength);
  }

  /** Microseconds that the exchange still takes. */
  get duration(): number {
    return this.view.getUint16(this.at + 2, true);
  }

  /** Who is to take the frame. */
  get address1(): string {
    return this.#address(4);
  }

  /** Who sent it, where the frame says so. */
  get address2(): string | undefined {
    return this.headerLength >= 16 ? this.#address(10) : undefined;
  }

  get address3(): string | undefined {
    return this.headerLength >= 24 ? this.#address(16) : undefined;
  }

  get address4(): string | undefined {
    return hasFourth(this.type, this.flags) ? this.#address(24) : undefined;
  }

  get fragment(): number | undefined {
    return this.headerLength >= 24 ? this.view.getUint16(this.at + 22, true) & 15 : undefined;
  }

  get sequence(): number | undefined {
    return this.headerLength >= 24 ? this.view.getUint16(this.at + 22, true) >> 4 : undefined;
  }

  /** Quality of service control, where it is there. */
  get qos(): number | undefined {
    return hasQos(this.type, this.subtype) ? this.view.getUint16(this.#qosAt, true) : undefined;
  }

  /** HT control, where it is there. */
  get htControl(): number | undefined {
    return hasHt(this.type, this.subtype, this.flags)
      ? this.view.getUint32(this.at + this.headerLength - 4, true)
      : undefined;
  }

  /** LLC in data that is neither empty, nor encrypted, nor several frames in one. */
  override next(bindings: Bindings): Row | undefined {
    const isPlain = this.type === Type.DATA && (this.subtype & 4) === 0 && (this.flags & WlanFlag.PROTECTED) === 0;
    if (!isPlain || ((this.qos ?? 0) & 0x80) !== 0 || (this.fragment ?? 0) > 0) return undefined;
    return bindings.etherType.get(EtherType.LLC);
  }

  override write(init: WlanInit, _next?: Numbers): void {
    const { subtype: _, type, version, flags, ...rest } = init;
    const { view, at } = this;
    this.assign({ type: type ?? Type.DATA, subtype: subtypeOf(init), version, flags: flagsOf(flags) });
    const length = this.headerLength;
    if (length > 2) view.setUint16(at + 2, rest.duration ?? 0, true);
    const put = (address: string | undefined, offset: number): void => {
      if (address !== undefined) bytesOf(view, at + offset).set(parseMac(address));
    };
    put(rest.address1, 4);
    if (length >= 16) put(rest.address2, 10);
    if (length < 24) return;
    put(rest.address3, 16);
    view.setUint16(at + 22, ((rest.sequence ?? 0) << 4) | (rest.fragment ?? 0), true);
    if (hasFourth(this.type, this.flags)) put(rest.address4, 24);
    if (hasQos(this.type, this.subtype)) view.setUint16(this.#qosAt, rest.qos ?? 0, true);
    if (hasHt(this.type, this.subtype, this.flags)) view.setUint32(at + length - 4, rest.htControl ?? 0, true);
  }

  override toInit(): WlanInit {
    const { address1, address2, address3, address4, duration, fragment, sequence, qos, htControl } = this;
    const all = { duration, address1, address2, address3, address4, fragment, sequence, qos, htControl };
    const there = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return { ...super.toInit(), ...there } as WlanInit;
  }

  override nodes(): FieldNode[] {
    const { view, at, type, subtype, flags } = this;
    const control = view.getUint16(at);
    const kind = (type << 4) | subtype;
    const said = kindNames[kind];
    const nodes: FieldNode[] = [
      {
        ...derivedNode(
          { name: 'kind', label: 'Type and subtype', filters: ['wlan.fc.type_subtype'] },
          at,
          kind,
          formatHex(kind, 4),
        ),
        ...(said === undefined ? {} : { meaning: said }),
      },
      derivedNode(
        { name: 'control', label: 'Frame control', filters: ['wlan.fc'] },
        at,
        control,
        formatHex(control, 4),
      ),
      ...super.nodes(),
    ];
    const put = (named: Named, offset: number, bytes: number, said: Pick<FieldNode, 'value' | 'text'>): void => {
      nodes.push(node(named, at + offset, bytes, said));
    };
    put({ name: 'duration', label: 'Duration', filters: 'wlan.duration' }, 2, 2, valued(this.duration));
    const roles = rolesOf(type, flags, this.headerLength);
    const addresses = [this.address1, this.address2, this.address3, this.address4];
    for (const [i, address] of addresses.entries()) {
      if (address === undefined) continue;
      const filters = [...roles[i]!.map((role) => `wlan.${role}`), 'wlan.addr'];
      const named = { name: `address${i + 1}`, label: labels[roles[i]![0]!]!, filters };
      put(named, [4, 10, 16, 24][i]!, 6, valued(address));
    }
    const { fragment, sequence, qos, htControl } = this;
    if (sequence !== undefined) {
      put({ name: 'fragment', label: 'Fragment number', filters: 'wlan.frag' }, 22, 2, valued(fragment!));
      put({ name: 'sequence', label: 'Sequence number', filters: 'wlan.seq' }, 22, 2, valued(sequence));
    }
    if (qos !== undefined) {
      const named = { name: 'qos', label: 'Quality of service control', filters: 'wlan.qos' };
      put(named, this.#qosAt - at, 2, valued(qos, formatHex(qos, 4)));
    }
    if (htControl !== undefined) {
      const named = { name: 'htControl', label: 'HT control', filters: 'wlan.htc' };
      put(named, this.headerLength - 4, 4, valued(htControl, formatHex(htControl, 8)));
    }
    return nodes;
  }

  override summary(): string {
    return `802.11 ${kindNames[(this.type << 4) | this.subtype] ?? `type ${this.type}, subtype ${this.subtype}`}`;
  }

  get #qosAt(): number {
    return this.at + 24 + (hasFourth(this.type, this.flags) ? 6 : 0);
  }

  #address(offset: number): string {
    return formatMac(this.view, this.at + offset);
  }
}

const labels: { readonly [role: string]: string } = {
  ra: 'Receiver address',
  ta: 'Transmitter address',
  da: 'Destination address',
  sa: 'Source address',
  bssid: 'Network (BSSID)',
};

/** What each address is, the first the most telling. */
function rolesOf(type: number, flags: number, length: number): readonly (readonly string[])[] {
  if (length < 24) return [['ra'], ['ta']];
  const isToDs = type === Type.DATA && (flags & WlanFlag.TO_DS) !== 0;
  const isFromDs = type === Type.DATA && (flags & WlanFlag.FROM_DS) !== 0;
  if (isToDs && isFromDs) return [['ra'], ['ta'], ['da'], ['sa']];
  if (isToDs) return [['ra', 'bssid'], ['ta', 'sa'], ['da']];
  if (isFromDs) return [['ra', 'da'], ['ta', 'bssid'], ['sa']];
  return [['ra', 'da'], ['ta', 'sa'], ['bssid']];
}

function hasFourth(type: number, flags: number): boolean {
  return type === Type.DATA && (flags & (WlanFlag.TO_DS | WlanFlag.FROM_DS)) === 3;
}

function hasQos(type: number, subtype: number): boolean {
  return type === Type.DATA && (subtype & 8) !== 0;
}

function hasHt(type: number, subtype: number, flags: number): boolean {
  if ((flags & WlanFlag.ORDER) === 0) return false;
  return type === Type.MANAGEMENT || hasQos(type, subtype);
}

function sizeOf(type: number, subtype: number, flags: number): number {
  if (type === Type.CONTROL) return subtype === 12 || subtype === 13 ? 10 : 16;
  if (type > Type.DATA) return 2;
  return (
    24 + (hasFourth(type, flags) ? 6 : 0) + (hasQos(type, subtype) ? 2 : 0) + (hasHt(type, subtype, flags) ? 4 : 0)
  );
}

function subtypeOf({ subtype, qos }: WlanInit): number {
  return subtype ?? (qos === undefined ? 0 : 8);
}

function flagsOf(flags: WlanInit['flags']): number {
  return typeof flags === 'string' ? parseFlags(flags, flagBits) : (flags ?? 0);
}

/** Fields of an 802.11 header that every frame has, as read. */
export type WlanFields = Fields<typeof shape>;

/** An 802.11 header for `build`. */
export function wlan(init: WlanInit = {}): Part<WlanInit> {
  return { type: Wlan, init };
}
