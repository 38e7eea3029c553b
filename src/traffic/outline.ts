/**
 * Where the headers of a frame lie: what conversations, TCP analysis and raw filters need, found without making an object.
 *
 * An outline is read over and over: one is made per capture, `read()` per frame. It sees what `dissect` sees as far as addresses and
 * ports go (VLAN tags, IPv6 extension headers, GRE and IP tunnels) and stops at the innermost transport header.
 *
 * @module
 */
import { formatIpv4, formatIpv6 } from '../address.js';
import { IpProtocol } from '../wire/index.js';

/** Link types by number, as `LinkType` has them; plain numbers keep the switch below a jump table. */
const link = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  RAW_BSD: 12,
  RAW_OPENBSD: 14,
  LOOP: 108,
  SLL: 113,
  IPV4: 228,
  IPV6: 229,
  SLL2: 276,
} as const;

const etherType = {
  IPV4: 0x0800,
  IPV6: 0x86dd,
  VLAN: 0x8100,
  QINQ: 0x88a8,
  PPP: 0x880b,
  BRIDGED: 0x6558,
  PPPOE: 0x8864,
} as const;

/** Tunnels in tunnels end here. */
const maxDepth = 16;

/** The headers of one frame, by offset. An offset of -1 says that there is none. */
export class Outline {
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the frame itself lies: `view` is another one behind the last fragment of a datagram. */
  frameView: DataView = this.view;
  /** First byte of the frame. */
  at: number = 0;
  /** Behind its last captured byte. */
  end: number = 0;
  /** Bytes of the frame on the wire. */
  originalLength: number = 0;
  /** Ethernet header, outermost. */
  ethernetAt: number = -1;
  /** IP header, innermost. */
  ipAt: number = -1;
  /** IP headers on the way to the innermost, tunnels' included; one in an ICMP error is not among them. */
  readonly ipHeaders: Int32Array = new Int32Array(maxDepth + 2);
  ipCount: number = 0;
  /** 4, 6, or 0 where there is no IP. */
  ipVersion: number = 0;
  /** Behind the IP packet as its length field has it; beyond `end` where the capture cut it. */
  ipEnd: number = 0;
  /** Protocol number of what IP carries, extension headers passed. */
  protocol: number = -1;
  /** Whether the IP packet is a fragment. */
  isFragment: boolean = false;
  /** First byte of what IP carries: the TCP or UDP header, or a fragment's data. */
  transportAt: number = -1;
  /** Fragment's place in its datagram, in bytes, and whether more follow. */
  fragmentOffset: number = 0;
  hasMoreFragments: boolean = false;
  /** Identification that fragments of one datagram share. */
  fragmentId: number = 0;
  /** Whether it lies behind PPP, which layers do not follow. */
  isPpp: boolean = false;
  /** Whether the header lies in an ICMP error message: it is a copy of what someone sent. */
  isQuoted: boolean = false;
  /** First byte of the payload of TCP or UDP. */
  payloadAt: number = -1;
  /** Bytes of payload on the wire; -1 where they cannot be known. */
  payloadLength: number = -1;

  /** Reads a frame's headers; `originalLength` is that on the wire. */
  read(view: DataView, at: number, end: number, linkType: number, originalLength: number = end - at): void {
    this.view = view;
    this.frameView = view;
    this.at = at;
    this.end = end;
    this.originalLength = originalLength;
    this.ethernetAt = -1;
    this.ipAt = -1;
    this.ipCount = 0;
    this.ipVersion = 0;
    this.ipEnd = at + originalLength;
    this.protocol = -1;
    this.isFragment = false;
    this.transportAt = -1;
    this.isQuoted = false;
    this.isPpp = false;
    this.payloadAt = -1;
    this.payloadLength = -1;
    switch (linkType) {
      case link.ETHERNET:
        if (at + 14 > end) return;
        this.ethernetAt = at;
        this.#etherType(view.getUint16(at + 12), at + 14, 0);
        return;
      case link.NULL:
      case link.LOOP:
        if (at + 4 <= end) this.#ip(at + 4, 0);
        return;
      case link.RAW:
      case link.RAW_BSD:
      case link.RAW_OPENBSD:
      case link.IPV4:
      case link.IPV6:
        this.#ip(at, 0);
        return;
      case link.SLL:
        if (at + 16 <= end) this.#etherType(view.getUint16(at + 14), at + 16, 0);
        return;
      case link.SLL2:
        if (at + 20 <= end) this.#etherType(view.getUint16(at), at + 20, 0);
    }
  }

  /** Reads on from a datagram put together from its fragments. */
  readTransport(view: DataView, protocol: number, at: number, end: number): void {
    this.view = view;
    this.end = end;
    this.ipEnd = end;
    this.isFragment = false;
    this.#transport(protocol, at, 0);
  }

  /**
   * Whether what the outline found is all there is: at most one IP header, no fragment, nothing quoted, nothing cut. Only then do
   * filters on raw bytes and on layers mean the same.
   */
  get isPlain(): boolean {
    return this.ipCount <= 1 && !this.isFragment && !this.isPpp && !this.isQuoted && this.ipEnd <= this.end;
  }

  get isTcp(): boolean {
    return this.payloadAt >= 0 && this.protocol === IpProtocol.TCP;
  }

  get isUdp(): boolean {
    return this.payloadAt >= 0 && this.protocol === IpProtocol.UDP;
  }

  get srcPort(): number {
    return this.view.getUint16(this.transportAt);
  }

  get dstPort(): number {
    return this.view.getUint16(this.transportAt + 2);
  }

  #etherType(type: number, at: number, depth: number): void {
    const { view, end } = this;
    let from = at;
    let number = type;
    while ((number === etherType.VLAN || number === etherType.QINQ || number === 0x9100) && from + 4 <= end) {
      number = view.getUint16(from + 2);
      from += 4;
    }
    if (number === etherType.IPV4 || number === etherType.IPV6) this.#ip(from, depth);
    else if (number === etherType.PPPOE && from + 8 <= end) this.#ppp(from + 6, depth);
  }

  #ip(at: number, depth: number): void {
    const { view, end } = this;
    if (at >= end || depth > maxDepth) return;
    const version = view.getUint8(at) >> 4;
    if (version === 4) this.#ipv4(at, depth);
    else if (version === 6) this.#ipv6(at, depth);
  }

  #ipv4(at: number, depth: number): void {
    const { view, end } = this;
    if (at + 20 > end) return;
    const header = (view.getUint8(at) & 0x0f) * 4;
    const total = view.getUint16(at + 2);
    if (header < 20 || (total !== 0 && total < header)) return;
    this.ipAt = at;
    if (!this.isQuoted) this.ipHeaders[this.ipCount++] = at;
    this.ipVersion = 4;
    // A total length of 0 is what segmentation offload leaves: the frame's own length counts.
    if (total !== 0) this.ipEnd = Math.min(this.ipEnd, at + total);
    const fragment = view.getUint16(at + 6);
    this.fragmentOffset = (fragment & 0x1fff) * 8;
    this.hasMoreFragments = (fragment & 0x2000) !== 0;
    this.fragmentId = view.getUint16(at + 4);
    this.isFragment = (fragment & 0x3fff) !== 0;
    this.#transport(view.getUint8(at + 9), at + header, depth);
  }

  #ipv6(at: number, depth: number): void {
    const { view, end } = this;
    if (at + 40 > end) return;
    this.ipAt = at;
    if (!this.isQuoted) this.ipHeaders[this.ipCount++] = at;
    this.ipVersion = 6;
    const length = view.getUint16(at + 4);
    if (length !== 0) this.ipEnd = Math.min(this.ipEnd, at + 40 + length);
    let next = view.getUint8(at + 6);
    let from = at + 40;
    this.isFragment = false;
    for (let i = 0; i < maxDepth; i++) {
      if (next === 44) {
        if (from + 8 > end) return;
        const fragment = view.getUint16(from + 2);
        this.fragmentOffset = fragment & 0xfff8;
        this.hasMoreFragments = (fragment & 1) !== 0;
        this.fragmentId = view.getUint32(from + 4);
        this.isFragment = this.fragmentOffset !== 0 || this.hasMoreFragments;
        next = view.getUint8(from);
        from += 8;
        if (this.isFragment) break;
      } else if (next === 0 || next === 43 || next === 60 || next === 135) {
        if (from + 8 > end) return;
        next = view.getUint8(from);
        from += (view.getUint8(from + 1) + 1) * 8;
      } else if (next === IpProtocol.AH) {
        if (from + 8 > end) return;
        next = view.getUint8(from);
        from += (view.getUint8(from + 1) + 2) * 4;
      } else break;
    }
    this.#transport(next, from, depth);
  }

  #transport(protocol: number, at: number, depth: number): void {
    const { view, end } = this;
    this.protocol = protocol;
    this.transportAt = at;
    if (this.isFragment) return;
    const stop = Math.min(end, this.ipEnd);
    if (protocol === IpProtocol.TCP) {
      if (at + 20 > stop) return;
      const header = (view.getUint8(at + 12) >> 4) * 4;
      if (header < 20) return;
      this.payloadAt = Math.min(at + header, end);
      this.payloadLength = this.isQuoted ? -1 : Math.max(0, this.ipEnd - at - header);
    } else if (protocol === IpProtocol.UDP) {
      if (at + 8 > stop) return;
      this.payloadAt = at + 8;
      const length = view.getUint16(at + 4);
      this.payloadLength = length >= 8 ? Math.min(length, this.ipEnd - at) - 8 : Math.max(0, this.ipEnd - at - 8);
    } else if (protocol === IpProtocol.IPV4 || protocol === IpProtocol.IPV6) {
      this.#ip(at, depth + 1);
    } else if (protocol === IpProtocol.GRE) {
      this.#gre(at, stop, depth + 1);
    } else if (protocol === IpProtocol.ICMP || protocol === IpProtocol.ICMPV6) {
      if (at + 8 > stop) return;
      const type = view.getUint8(at);
      const isError =
        protocol === IpProtocol.ICMP
          ? type === 3 || type === 4 || type === 5 || type === 11 || type === 12
          : type >= 1 && type <= 4;
      if (!isError || depth > 0) return;
      this.isQuoted = true;
      this.#ip(at + 8, depth + 1);
    }
  }

  #gre(at: number, stop: number, depth: number): void {
    const { view } = this;
    if (at + 4 > stop) return;
    const flags = view.getUint16(at);
    let from = at + 4;
    if (flags & 0x8000) from += 4;
    if (flags & 0x2000) from += 4;
    if (flags & 0x1000) from += 4;
    // The acknowledgment number of version 1, RFC 2637 section 4.1.
    if ((flags & 7) === 1 && flags & 0x0080) from += 4;
    const type = view.getUint16(at + 2);
    if (type === etherType.IPV4 || type === etherType.IPV6) this.#ip(from, depth);
    else if (type === etherType.BRIDGED && from + 14 <= stop)
      this.#etherType(view.getUint16(from + 12), from + 14, depth);
    else if (type === etherType.PPP) this.#ppp(from, depth);
  }

  #ppp(at: number, depth: number): void {
    const { view, end } = this;
    if (at + 4 > end) return;
    const from = view.getUint16(at) === 0xff03 ? at + 2 : at;
    // A protocol number whose first octet is odd is one octet long, RFC 1661 section 6.5.
    const isShort = (view.getUint8(from) & 1) !== 0;
    const number = isShort ? view.getUint8(from) : view.getUint16(from);
    if (number === 0x21 || number === 0x57) {
      this.isPpp = true;
      this.#ip(from + (isShort ? 1 : 2), depth);
    }
  }
}

/** Text of the source (`isDst` false) or destination address of the IP header at `ipAt`. */
export function ipAddress(view: DataView, ipAt: number, ipVersion: number, isDst: boolean): string {
  if (ipVersion === 4) return formatIpv4(view.getUint32(ipAt + (isDst ? 16 : 12)));
  return formatIpv6(view, ipAt + (isDst ? 24 : 8));
}
