/**
 * Internet Control Message Protocol, RFC 792, with address masks (RFC 950), router discovery (RFC 1256), the next hop's MTU (RFC 1191)
 * and multi-part messages (RFC 4884).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |     type      |     code      |           checksum            |
 * +---------------+---------------+-------------------------------+
 * |    echo: identifier, sequence number · redirect: gateway ·    |
 * |    unreachable: length of the quote, MTU · and so by type     |
 * +---------------------------------------------------------------+
 *
 * @module
 */

import { formatIpv4, parseIpv4 } from '../../address.js';
import { formatHex } from '../../bytes.js';
import * as checksum from '../core/checksum.js';
import { type Fields, type Inits, ipv4Address, octets, u8, u16, u32 } from '../core/header.js';
import {
  type Bindings,
  bytesNode,
  type Carries,
  derivedNode,
  type Enclosing,
  type FieldNode,
  type Numbers,
  type Part,
  type Row,
} from '../core/layer.js';
import { judgeChecksum, statusNode, statusOf, unverified } from '../core/node.js';
import { type BodyInits, tagged } from '../core/tagged.js';
import { icmpExtensionNodes } from './icmp-extension.js';

/** Message types, IANA. */
export const IcmpType = {
  ECHO_REPLY: 0,
  UNREACHABLE: 3,
  SOURCE_QUENCH: 4,
  REDIRECT: 5,
  ECHO: 8,
  ROUTER_ADVERTISEMENT: 9,
  ROUTER_SOLICITATION: 10,
  TIME_EXCEEDED: 11,
  PARAMETER_PROBLEM: 12,
  TIMESTAMP: 13,
  TIMESTAMP_REPLY: 14,
  INFORMATION: 15,
  INFORMATION_REPLY: 16,
  ADDRESS_MASK: 17,
  ADDRESS_MASK_REPLY: 18,
} as const;

const typeNames: { readonly [value: number]: string } = {
  0: 'Echo (ping) reply',
  3: 'Destination unreachable',
  4: 'Source quench',
  5: 'Redirect',
  8: 'Echo (ping) request',
  9: 'Router advertisement',
  10: 'Router solicitation',
  11: 'Time-to-live exceeded',
  12: 'Parameter problem',
  13: 'Timestamp request',
  14: 'Timestamp reply',
  15: 'Information request',
  16: 'Information reply',
  17: 'Address mask request',
  18: 'Address mask reply',
};

const codeNames: { readonly [type: number]: readonly string[] } = {
  3: [
    'Network unreachable',
    'Host unreachable',
    'Protocol unreachable',
    'Port unreachable',
    'Fragmentation needed',
    'Source route failed',
    'Network unknown',
    'Host unknown',
    'Source host isolated',
    'Network administratively prohibited',
    'Host administratively prohibited',
    'Network unreachable for TOS',
    'Host unreachable for TOS',
    'Communication administratively filtered',
    'Host precedence violation',
    'Precedence cutoff in effect',
  ],
  5: [
    'Redirect for network',
    'Redirect for host',
    'Redirect for type of service and network',
    'Redirect for type of service and host',
  ],
  11: ['Time to live exceeded in transit', 'Fragment reassembly time exceeded'],
  12: ['Pointer indicates the error', 'Required option missing', 'Bad length'],
};

const shape = {
  /** What kind of message this is. */
  type: u8.with({ filter: 'icmp.type', names: typeNames }),
  /** Tells messages of a type apart. */
  code: u8.with({ filter: 'icmp.code' }),
  /** Checksum over the whole message. */
  checksum: u16.with({ filter: 'icmp.checksum', base: 'hex' }),
};

const identified = {
  /** Tells one sender's requests from another's. */
  id: u16.with({ label: 'Identifier', filter: 'icmp.ident' }),
  /** Number of the request. */
  seq: u16.with({ label: 'Sequence number', filter: 'icmp.seq' }),
};

const quoteLength = u8.with({ label: 'Length of the quote', filter: 'icmp.length', unit: 'times 4 bytes' });

const milliseconds = (label: string, filter: string) => u32.with({ label, filter, unit: 'ms since midnight UT' });

const stamped = {
  ...identified,
  /** When the sender last touched the request. */
  originate: milliseconds('Originate timestamp', 'icmp.originate_timestamp'),
  /** When the one who answers got it. */
  receive: milliseconds('Receive timestamp', 'icmp.receive_timestamp'),
  /** When the answer left. */
  transmit: milliseconds('Transmit timestamp', 'icmp.transmit_timestamp'),
};

const masked = { ...identified, mask: ipv4Address.with({ label: 'Address mask', filter: 'icmp.address_mask' }) };

const bodies = {
  0: identified,
  3: {
    unused: octets(1, { label: 'Unused', filter: 'icmp.unused' }),
    /** Length of the quoted packet in units of 4 bytes, where extensions follow it; 0 where none do. */
    length: quoteLength,
    /** Largest packet that the next hop takes, with code 4. */
    mtu: u16.with({ label: 'MTU of the next hop', filter: 'icmp.mtu', unit: 'bytes' }),
  },
  4: { unused: octets(4, { label: 'Unused' }) },
  5: { gateway: ipv4Address.with({ label: 'Gateway address', filter: 'icmp.redir_gw' }) },
  8: identified,
  9: {
    /** Routers advertised. */
    count: u8.with({ label: 'Number of addresses', filter: 'icmp.num_addrs' }),
    /** Size of an entry, 2: an address and its preference. */
    entrySize: u8.with({ label: 'Address entry size', filter: 'icmp.addr_entry_size', unit: 'times 4 bytes' }),
    /** How long the addresses are good. */
    lifetime: u16.with({ filter: 'icmp.lifetime', unit: 'seconds' }),
  },
  10: { reserved: octets(4, { label: 'Reserved' }) },
  11: {
    unused: octets(1, { label: 'Unused', filter: 'icmp.unused' }),
    length: quoteLength,
    unused2: octets(2, { label: 'Unused' }),
  },
  12: {
    /** Byte of the quoted packet in which the error was found. */
    pointer: u8.with({ filter: 'icmp.pointer' }),
    length: quoteLength,
    unused2: octets(2, { label: 'Unused' }),
  },
  13: stamped,
  14: stamped,
  15: identified,
  16: identified,
  17: masked,
  18: masked,
};

/** A router and how much it wants to be chosen, RFC 1256. */
export interface AdvertisedRouter {
  readonly address: string;
  /** The higher, the more; a signed 32-bit number. */
  readonly preference: number;
}

/**
 * What to build an ICMP message from; which fields there are follows from `type`. Left out: `type` 8, an echo request, everything else 0;
 * `checksum` is computed, and so are `length`, where a trailer with extensions is given, and `count` and `entrySize` of `routers`.
 */
export type IcmpInit = Inits<typeof shape> &
  BodyInits<typeof bodies> & {
    /** Router advertisement: the routers. */
    routers?: readonly AdvertisedRouter[] | undefined;
  };

const Message = tagged('ICMP', 'icmp', shape, {
  bodies,
  usual: IcmpType.ECHO,
  other: { rest: octets(4, { label: 'Rest of header' }) },
});

/** An ICMP message. An error carries the beginning of the packet it is about, which is read as far as it goes. */
export class Icmp extends Message {
  static readonly spansPayload: boolean = true;
  static readonly carries: Carries = { ipVersion: [4] };

  static override sizeOf(init: unknown): number {
    return Message.sizeOf(init) + 8 * ((init as IcmpInit).routers?.length ?? 0);
  }

  override get isQuoting(): boolean {
    const { type } = this;
    return (type >= 3 && type <= 5) || type === IcmpType.TIME_EXCEEDED || type === IcmpType.PARAMETER_PROBLEM;
  }

  override get headerLength(): number {
    return super.headerLength + 8 * this.routers.length;
  }

  /** Where the quote ends and extensions begin, when the message gives a length for it. */
  override get payloadEnd(): number {
    const length = this.isQuoting ? (this.length ?? 0) * 4 : 0;
    return length === 0 ? this.end : Math.min(this.payloadAt + length, this.end);
  }

  override get keepsTrailer(): boolean {
    return true;
  }

  /** The routers of an advertisement that are wholly here. */
  get routers(): AdvertisedRouter[] {
    const { view, at, end } = this;
    if (this.type !== IcmpType.ROUTER_ADVERTISEMENT || this.entrySize !== 2) return [];
    const fit = Math.min(this.count ?? 0, (end - at - 8) >> 3);
    return Array.from({ length: fit }, (_, i) => ({
      address: formatIpv4(view.getUint32(at + 8 + 8 * i)),
      preference: view.getInt32(at + 12 + 8 * i),
    }));
  }

  override next(bindings: Bindings): Row | undefined {
    return this.isQuoting ? bindings.ipVersion.get(4) : undefined;
  }

  /** The checksum this message should carry. */
  computeChecksum(): number {
    return checksum.finish(checksum.sum(this.view, this.at, this.end) + (~this.checksum & 0xffff));
  }

  override write(init: IcmpInit, next?: Numbers): void {
    const { routers } = init;
    super.write(routers ? { count: routers.length, entrySize: 2, ...init } : init, next);
    for (const [i, { address, preference }] of (routers ?? []).entries()) {
      this.view.setUint32(this.at + 8 + 8 * i, parseIpv4(address));
      this.view.setInt32(this.at + 12 + 8 * i, preference);
    }
  }

  override seal(_enclosing: Enclosing | undefined, given: IcmpInit | undefined, contentEnd: number): void {
    if (given && given.length === undefined && given.trailer && this.length !== undefined) {
      this.length = Math.ceil((contentEnd - this.payloadAt) / 4);
    }
    if (given?.checksum === undefined) this.checksum = this.computeChecksum();
  }

  override toInit(): IcmpInit {
    const init: IcmpInit = super.toInit();
    const { routers } = this;
    return routers.length > 0 ? { ...init, routers } : init;
  }

  override nodes(enclosing?: Enclosing): FieldNode[] {
    const { type, at } = this;
    const nodes = this.#withoutUnused(super.nodes()).flatMap((node): FieldNode[] => {
      if (node.name === 'code') return [{ ...node, meaning: codeNames[type]?.[this.code] ?? '' }];
      if (node.name === 'checksum') {
        const judged = this.#judge(enclosing);
        return [{ ...node, ...judged }, statusNode('icmp.checksum.status', node.at, statusOf(judged))];
      }
      // Some systems write these two in their own byte order, so that Wireshark lists both readings.
      if (node.name === 'id' || node.name === 'seq') {
        const swapped = this.view.getUint16(node.at, true);
        return [
          node,
          derivedNode(
            {
              name: `${node.name}Swapped`,
              label: `${node.label}, little-endian`,
              filters: [`icmp.${node.name === 'id' ? 'ident' : 'seq'}_le`],
            },
            node.at,
            swapped,
          ),
        ];
      }
      return [node];
    });
    for (const [i, { address, preference }] of this.routers.entries()) {
      nodes.push(
        {
          name: 'router',
          label: 'Router address',
          filters: ['icmp.router_address'],
          at: at + 8 + 8 * i,
          bit: 0,
          bits: 32,
          value: address,
          text: address,
        },
        {
          name: 'preference',
          label: 'Preference level',
          filters: ['icmp.pref_level'],
          at: at + 12 + 8 * i,
          bit: 0,
          bits: 32,
          value: preference,
          text: String(preference),
        },
      );
    }
    return nodes;
  }

  override trailerNodes(at: number, end: number): FieldNode[] {
    return icmpExtensionNodes(this.view, at, end);
  }

  override summary(): string {
    const { type, id, seq } = this;
    const name = typeNames[type] ?? `Type ${type}`;
    const code = codeNames[type]?.[this.code];
    if (code !== undefined) return `${name} (${code})`;
    if (id === undefined || seq === undefined) return name;
    return `${name}  id=${formatHex(id, 4)}, seq=${seq}/${((seq & 0xff) << 8) | (seq >> 8)}`;
  }

  /** The fields of an error that say something; those that do not, for want of extensions or of code 4, are one unused run of bytes. */
  #withoutUnused(nodes: FieldNode[]): FieldNode[] {
    const { view, at, type, length } = this;
    if (length === undefined) return nodes;
    const kept = nodes.filter(
      ({ name }) =>
        name !== 'unused' &&
        name !== 'unused2' &&
        (name !== 'length' || length > 0) &&
        (name !== 'mtu' || this.code === 4),
    );
    const unused = (from: number, to: number) =>
      bytesNode({ name: 'unused', label: 'Unused', filters: ['icmp.unused'] }, view, at + from, at + to);
    const hasMtu = type === IcmpType.UNREACHABLE && this.code === 4;
    const runs: FieldNode[] = [];
    if (length > 0) {
      if (type !== IcmpType.PARAMETER_PROBLEM) runs.push(unused(4, 5));
      runs.push(
        derivedNode(
          { name: 'quotedBytes', label: 'Bytes quoted', filters: ['icmp.length.original_datagram'] },
          at + 5,
          length * 4,
        ),
      );
      if (!hasMtu) runs.push(unused(6, 8));
    } else runs.push(unused(type === IcmpType.PARAMETER_PROBLEM ? 5 : 4, hasMtu ? 6 : 8));
    return [...kept, ...runs].sort((a, b) => a.at - b.at);
  }

  #judge(enclosing: Enclosing | undefined): Partial<FieldNode> {
    if (!enclosing) return unverified;
    return judgeChecksum(this.checksum, this.computeChecksum());
  }
}

/** Fields of an ICMP message that every type has, as read. */
export type IcmpFields = Fields<typeof shape>;

/** An ICMP message for `build`. */
export function icmp(init: IcmpInit = {}): Part<IcmpInit> {
  return { type: Icmp, init };
}
