/**
 * Address Resolution Protocol, RFC 826, and its reverse, RFC 903. Field names for Ethernet and IPv4 are those of RFC 5227.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-------------------------------+
 * |         hardware type         |         protocol type         |
 * +---------------+---------------+-------------------------------+
 * | hardware size | protocol size |           operation           |
 * +---------------+---------------+-------------------------------+
 * |        sender hardware address, sender protocol address,      |
 * |        target hardware address, target protocol address       |
 * +---------------------------------------------------------------+
 *
 * @module
 */

import { formatIpv4, formatMac, parseIpv4, parseMac } from '../../address.js';
import { bytesOf, fromHex, toHex } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { type Fields, header, type Inits, u8, u16 } from '../core/header.js';
import { derivedNode, type FieldNode, type Named, type Numbers, type Part } from '../core/layer.js';
import { node, valued } from '../core/node.js';
import { EtherType, etherTypeNames } from './ethernet.js';

/** Operations, IANA. */
export const ArpOperation = {
  REQUEST: 1,
  REPLY: 2,
  REVERSE_REQUEST: 3,
  REVERSE_REPLY: 4,
  INVERSE_REQUEST: 8,
  INVERSE_REPLY: 9,
} as const;

const operationNames: { readonly [value: number]: string } = {
  1: 'request',
  2: 'reply',
  3: 'reverse request',
  4: 'reverse reply',
  8: 'inverse request',
  9: 'inverse reply',
};

/** Names of ARP hardware types, IANA; Linux counts its link types by the same numbers. */
export const hardwareNames: { readonly [value: number]: string } = {
  1: 'Ethernet',
  6: 'IEEE 802',
  15: 'Frame Relay',
  16: 'ATM',
  20: 'Serial line',
  24: 'IEEE 1394',
  32: 'InfiniBand',
  512: 'PPP',
  768: 'IP in IP tunnel',
  772: 'Loopback',
  776: 'IPv6 in IPv4 tunnel',
  778: 'GRE tunnel',
  801: 'IEEE 802.11',
  803: 'IEEE 802.11 with radiotap',
  823: 'GRE tunnel over IPv6',
  824: 'Netlink',
  65534: 'None',
};

const shape = {
  /** Kind of link: 1 is Ethernet. */
  hardwareType: u16.with({ filter: 'arp.hw.type', names: hardwareNames }),
  /** EtherType of the protocol whose addresses are resolved. */
  protocolType: u16.with({ filter: 'arp.proto.type', base: 'hex', names: etherTypeNames }),
  /** Bytes of a hardware address. */
  hardwareSize: u8.with({ filter: 'arp.hw.size', unit: 'bytes' }),
  /** Bytes of a protocol address. */
  protocolSize: u8.with({ filter: 'arp.proto.size', unit: 'bytes' }),
  /** What this is: request or reply. */
  operation: u16.with({ filter: 'arp.opcode', names: operationNames }),
};

/**
 * What to build an ARP packet from. Left out: a request for IPv4 over Ethernet, sizes as given by the addresses, which are zeros. An
 * address is a MAC or IPv4 address, or pairs of hexadecimal digits of any number.
 */
export type ArpInit = Inits<typeof shape> & {
  /** Sender hardware address. */
  senderMac?: string | undefined;
  /** Sender protocol address. */
  senderIp?: string | undefined;
  /** Target hardware address; zeros in a request, for that is what it asks for. */
  targetMac?: string | undefined;
  /** Target protocol address. */
  targetIp?: string | undefined;
};

/** An ARP packet. */
export class Arp extends header('ARP', 'arp', shape) {
  static override sizeOf(init: unknown): number {
    const { hardware, protocol } = sizesOf(init as ArpInit);
    return Arp.size + 2 * (hardware + protocol);
  }

  override get headerLength(): number {
    return Arp.size + 2 * (this.hardwareSize + this.protocolSize);
  }

  override headerFault(): DecodeFault | undefined {
    return this.truncation(Arp.size) ?? this.truncation(this.headerLength);
  }

  /** The addresses are all there is; what follows pads the frame. */
  override get payloadEnd(): number {
    return this.at + this.headerLength;
  }

  /** Sender hardware address: a MAC address, or pairs of hexadecimal digits where it is none. */
  get senderMac(): string {
    return this.#hardware(this.at + Arp.size);
  }

  /** Sender protocol address: an IPv4 address, or pairs of hexadecimal digits where it is none. */
  get senderIp(): string {
    return this.#protocol(this.at + Arp.size + this.hardwareSize);
  }

  /** Target hardware address: a MAC address, or pairs of hexadecimal digits where it is none. */
  get targetMac(): string {
    return this.#hardware(this.at + Arp.size + this.hardwareSize + this.protocolSize);
  }

  /** Target protocol address: an IPv4 address, or pairs of hexadecimal digits where it is none. */
  get targetIp(): string {
    return this.#protocol(this.at + Arp.size + 2 * this.hardwareSize + this.protocolSize);
  }

  /** Whether it asks for, or tells, its sender's own address, RFC 5227 section 3. */
  get isGratuitous(): boolean {
    return this.senderIp === this.targetIp;
  }

  override write(init: ArpInit, _next?: Numbers): void {
    const { view, at } = this;
    const { hardware, protocol } = sizesOf(init);
    view.setUint16(at, 1);
    view.setUint16(at + 2, EtherType.IPV4);
    view.setUint8(at + 4, hardware);
    view.setUint8(at + 5, protocol);
    view.setUint16(at + 6, ArpOperation.REQUEST);
    this.assign(init);
    let i = at + Arp.size;
    for (const [text, size] of [
      [init.senderMac, hardware],
      [init.senderIp, protocol],
      [init.targetMac, hardware],
      [init.targetIp, protocol],
    ] as const) {
      const bytes = text === undefined ? [] : bytesOfAddress(text);
      bytesOf(view, i, i + size).set(bytes.slice(0, size));
      i += size;
    }
  }

  override toInit(): ArpInit {
    const { senderMac, senderIp, targetMac, targetIp } = this;
    return { ...super.toInit(), senderMac, senderIp, targetMac, targetIp };
  }

  override nodes(): FieldNode[] {
    const { at, hardwareSize, protocolSize } = this;
    const isMac = this.#isMac;
    const isIp = this.#isIp;
    const nodes = super.nodes();
    if (isIp && this.isGratuitous) {
      nodes.push(
        derivedNode(
          { name: 'isGratuitous', label: 'About the sender itself', filters: ['arp.isgratuitous'] },
          at,
          true,
          '1',
        ),
      );
    }
    let i = at + Arp.size;
    const address = (named: Named & { readonly filters: string }, size: number, text: string) => {
      const made = node(named, i, size, valued(text));
      // Addresses of a kind that it does not know are bytes to Wireshark.
      const isKnown = /_mac$|_ipv4$/.test(named.filters);
      if (size > 0) nodes.push(isKnown ? made : { ...made, wireshark: toHex(bytesOf(this.view, i, i + size)) });
      i += size;
    };
    const hardwareFilter = isMac ? 'hw_mac' : 'hw';
    const protocolFilter = isIp ? 'proto_ipv4' : 'proto';
    address(
      { name: 'senderMac', label: 'Sender hardware address', filters: `arp.src.${hardwareFilter}` },
      hardwareSize,
      this.senderMac,
    );
    address(
      { name: 'senderIp', label: 'Sender protocol address', filters: `arp.src.${protocolFilter}` },
      protocolSize,
      this.senderIp,
    );
    address(
      { name: 'targetMac', label: 'Target hardware address', filters: `arp.dst.${hardwareFilter}` },
      hardwareSize,
      this.targetMac,
    );
    address(
      { name: 'targetIp', label: 'Target protocol address', filters: `arp.dst.${protocolFilter}` },
      protocolSize,
      this.targetIp,
    );
    return nodes;
  }

  override summary(): string {
    const { operation, senderIp, senderMac, targetIp } = this;
    if (operation === ArpOperation.REQUEST) {
      if (senderIp === targetIp) return `Who has ${targetIp}? (announcement)`;
      return senderIp === '0.0.0.0' ? `Who has ${targetIp}? (probe)` : `Who has ${targetIp}? Tell ${senderIp}`;
    }
    if (operation === ArpOperation.REPLY) return `${senderIp} is at ${senderMac}`;
    return `ARP ${operationNames[operation] ?? `operation ${operation}`}`;
  }

  get #isMac(): boolean {
    return this.hardwareType === 1 && this.hardwareSize === 6;
  }

  get #isIp(): boolean {
    return this.protocolType === EtherType.IPV4 && this.protocolSize === 4;
  }

  #hardware(at: number): string {
    return this.hardwareSize === 6 ? formatMac(this.view, at) : toHex(bytesOf(this.view, at, at + this.hardwareSize));
  }

  #protocol(at: number): string {
    return this.protocolSize === 4
      ? formatIpv4(this.view.getUint32(at))
      : toHex(bytesOf(this.view, at, at + this.protocolSize));
  }
}

function bytesOfAddress(text: string): number[] {
  if (text.includes('.')) {
    const value = parseIpv4(text);
    return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
  }
  return text.length === 17 ? parseMac(text) : [...fromHex(text)];
}

function sizesOf(init: ArpInit): { hardware: number; protocol: number } {
  const { hardwareSize, protocolSize, senderMac, senderIp, targetMac, targetIp } = init;
  const longest = (...texts: (string | undefined)[]) => {
    const given = texts.filter((text) => text !== undefined);
    return given.length === 0 ? undefined : Math.max(...given.map((text) => bytesOfAddress(text).length));
  };
  return {
    hardware: longest(senderMac, targetMac) ?? hardwareSize ?? 6,
    protocol: longest(senderIp, targetIp) ?? protocolSize ?? 4,
  };
}

/** Fields of an ARP packet, as read. */
export type ArpFields = Fields<typeof shape>;

/** An ARP packet for `build`. */
export function arp(init: ArpInit = {}): Part<ArpInit> {
  return { type: Arp, init };
}
