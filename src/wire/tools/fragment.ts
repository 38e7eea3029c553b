/**
 * Fragmentation and reassembly: IPv4, RFC 791 section 3.2, and IPv6, RFC 8200 section 4.5.
 *
 * @module
 */
import { bytesOf, equalBytes, toHex } from '../../bytes.js';
import { Fault } from '../core/fault.js';
import type { Layer } from '../core/layer.js';
import { optionSpans } from '../core/option.js';
import { IpProtocol, Ipv4, Ipv4Flag } from '../internet/ipv4.js';
import { Ipv6 } from '../internet/ipv6.js';
import { HopByHop, Ipv6OptionsHeader } from '../internet/ipv6-extension.js';
import { FragmentHeader, fragmentHeader } from '../internet/ipv6-fragment.js';
import { Routing } from '../internet/ipv6-routing.js';
import { dissectView } from '../stack/dissect.js';
import type { Packet } from '../stack/packet.js';

/** How to cut a packet up. */
export interface FragmentOptions {
  /** Bytes that an IP datagram may have on the link, headers included. */
  mtu: number;
  /** Identification of IPv6 fragments; 1 where left out. IPv4 packets have one of their own. */
  id?: number | undefined;
}

/**
 * Cuts a packet's outermost IP datagram into fragments of at most `mtu` bytes, each behind a copy of the link header. A packet that fits
 * comes back as it is. Options of IPv4 that are not marked to be copied stay with the first fragment; a fragment may be cut up further.
 *
 * @throws RangeError when there is no IP datagram, when don't-fragment is set, or when no 8 bytes of data fit into `mtu`
 */
export function fragment(packet: Packet, { mtu, id = 1 }: FragmentOptions): Packet[] {
  const ip = packet.layers.find((layer) => layer instanceof Ipv4 || layer instanceof Ipv6);
  if (!ip) throw new RangeError('Cannot fragment: the packet has no IPv4 or IPv6 layer');
  if (ip.payloadEnd - ip.at <= mtu) return [packet];
  return ip instanceof Ipv4 ? fragmentIpv4(packet, ip, mtu) : fragmentIpv6(packet, ip as Ipv6, mtu, id);
}

function fragmentIpv4(packet: Packet, ip: Ipv4, mtu: number): Packet[] {
  if ((ip.flags & Ipv4Flag.DF) !== 0) {
    throw new RangeError(`Cannot fragment IPv4 at byte ${ip.at}: don't-fragment is set, clear the flag DF first`);
  }
  const first = bytesOf(ip.view, ip.at, ip.payloadAt);
  const later = withoutUncopiedOptions(ip);
  const pieces = cut(ip, ip.payloadAt, ip.payloadEnd, [mtu - first.length, mtu - later.length]);
  return pieces.map(({ at, end, isLast }, i) => {
    const head = i === 0 ? first : later;
    return assemble(packet, ip, [head, bytesOf(ip.view, at, end)], (header) => {
      header.ihl = head.length / 4;
      header.totalLength = head.length + end - at;
      header.fragmentOffset = ip.fragmentOffset + (at - ip.payloadAt) / 8;
      header.flags = isLast ? ip.flags : ip.flags | Ipv4Flag.MF;
      header.headerChecksum = header.computeChecksum();
    });
  });
}

/** The header as later fragments have it: options without the copied flag left out, the rest padded. */
function withoutUncopiedOptions(ip: Ipv4): Uint8Array {
  const { spans } = optionSpans(ip.view, ip.at + Ipv4.size, ip.payloadAt);
  const kept = spans.filter(({ kind }) => kind >= 0x80);
  const size = kept.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(Ipv4.size + ((size + 3) & ~3));
  bytes.set(bytesOf(ip.view, ip.at, ip.at + Ipv4.size));
  let i = Ipv4.size;
  for (const { at, length } of kept) {
    bytes.set(bytesOf(ip.view, at, at + length), i);
    i += length;
  }
  return bytes;
}

function fragmentIpv6(packet: Packet, ip: Ipv6, mtu: number, id: number): Packet[] {
  const { nextAt, end: splitAt } = perFragment(packet, ip);
  if (packet.layers.some((layer) => layer instanceof FragmentHeader && layer.at === splitAt)) {
    throw new RangeError(
      `Cannot fragment IPv6 at byte ${ip.at}: it is a fragment, only its sender may cut a packet up`,
    );
  }
  const head = bytesOf(ip.view, ip.at, splitAt).slice();
  const nextHeader = head[nextAt - ip.at]!;
  head[nextAt - ip.at] = IpProtocol.FRAGMENT;
  const room = mtu - head.length - FragmentHeader.size;
  const pieces = cut(ip, splitAt, ip.payloadEnd, [room, room]);
  return pieces.map(({ at, end, isLast }) => {
    const header = new FragmentHeader(new DataView(new ArrayBuffer(FragmentHeader.size)), 0, FragmentHeader.size);
    const init = { nextHeader, id, fragmentOffset: (at - splitAt) / 8, moreFragments: isLast ? 0 : 1 };
    header.write(fragmentHeader(init).init);
    return assemble(packet, ip, [head, header.bytes, bytesOf(ip.view, at, end)], (outer) => {
      outer.payloadLength = head.length - Ipv6.size + FragmentHeader.size + end - at;
    });
  });
}

/** Where the headers end that every fragment has, and where the last of them names what follows. */
function perFragment(packet: Packet, ip: Ipv6): { nextAt: number; end: number } {
  const chain = packet.layers.slice(packet.layers.indexOf(ip) + 1);
  const stop = chain.findIndex((layer) => !(layer instanceof Ipv6OptionsHeader || layer instanceof Routing));
  const headers = stop < 0 ? chain : chain.slice(0, stop);
  // Up to and with the routing header; without one, the hop-by-hop options alone.
  const routing = headers.findLastIndex((layer) => layer instanceof Routing);
  const last = headers[routing >= 0 ? routing : headers.findLastIndex((layer) => layer instanceof HopByHop)];
  return last ? { nextAt: last.at, end: last.payloadAt } : { nextAt: ip.at + 6, end: ip.payloadAt };
}

interface Piece {
  readonly at: number;
  readonly end: number;
  readonly isLast: boolean;
}

/** `rooms`: bytes that fit into the first fragment, and into each of the others. */
function cut(ip: Layer, from: number, end: number, [firstRoom, room]: readonly [number, number]): Piece[] {
  if (firstRoom < 8 || room < 8) {
    throw new RangeError(
      `Cannot fragment ${ip.layerType.label} at byte ${ip.at}: no 8 bytes of data fit beside its header`,
    );
  }
  const pieces: Piece[] = [];
  for (let at = from; at < end; ) {
    const most = (at === from ? firstRoom : room) & ~7;
    const left = end - at;
    const size = left <= (at === from ? firstRoom : room) ? left : most;
    pieces.push({ at, end: at + size, isLast: at + size === end });
    at += size;
  }
  return pieces;
}

/** What is outside a packet's IP layer, then the bytes given, as a packet of its own; lengths outside are made right. */
function assemble<L extends Ipv4 | Ipv6>(
  packet: Packet,
  ip: L,
  inside: readonly Uint8Array[],
  edit: (header: L) => void,
): Packet {
  const parts = [bytesOf(packet.view, packet.at, ip.at), ...inside];
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const view = new DataView(new ArrayBuffer(size));
  let i = 0;
  for (const part of parts) {
    bytesOf(view, i, i + part.length).set(part);
    i += part.length;
  }
  edit(new ip.layerType(view, ip.at - packet.at, size) as L);
  const outside = packet.layers.slice(0, packet.layers.indexOf(ip)).filter((layer) => !(layer instanceof Fault));
  for (const layer of outside.reverse())
    new layer.layerType(view, layer.at - packet.at, size).seal(undefined, undefined, size);
  return dissectView(view, 0, size, 0, size, packet.layers[0]!.layerType);
}

/** What to do with bytes that two fragments claim. */
export type Overlap =
  /** Those that came first stay. */
  'first' | /** Those that came last stay. */ 'last' | /** The datagram is dropped. */ 'drop';

/** Bounds and policy of a `Defragmenter`. */
export interface DefragmentOptions {
  /**
   * What to do when fragments of an IPv4 datagram overlap; `first` where left out. Fragments of IPv6 that overlap always drop their
   * datagram (RFC 5722). The same fragment twice is no overlap.
   */
  overlap?: Overlap | undefined;
  /** Datagrams that are waited for at a time, 1,024 where left out; the one that was begun first gives way. */
  maxDatagrams?: number | undefined;
  /** Bytes held at a time, 16 MiB where left out; the datagram that was begun first gives way. */
  maxBytes?: number | undefined;
  /** How long after its first fragment a datagram is waited for, by the packets' stamps; 60,000 (RFC 8200) where left out. */
  timeoutMs?: number | undefined;
}

interface Datagram {
  readonly key: string;
  readonly since: bigint | undefined;
  readonly fragments: { offset: number; data: Uint8Array }[];
  /** The packet with the first fragment: its headers are the datagram's. */
  first: Packet | undefined;
  /** Bytes of the whole, once the last fragment is here. */
  total: number | undefined;
  bytes: number;
}

/** Puts fragments together. Memory is bounded; what does not become whole is counted. */
export class Defragmenter {
  readonly #options: Required<{ [K in keyof DefragmentOptions]: NonNullable<DefragmentOptions[K]> }>;
  readonly #pending = new Map<string, Datagram>();
  #bytes = 0;
  #dropped = 0;

  constructor(options: DefragmentOptions = {}) {
    const { overlap = 'first', maxDatagrams = 1024, maxBytes = 1 << 24, timeoutMs = 60_000 } = options;
    this.#options = { overlap, maxDatagrams, maxBytes, timeoutMs };
  }

  /** Datagrams begun and not whole. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Datagrams given up: overlaps, contradictions, time-outs, bounds. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Takes a packet; gives it back when it is no fragment, the whole packet when it is the last that was missing, else nothing.
   *
   * @param stamp nanoseconds, for time-outs; none happen without
   */
  push(packet: Packet, stamp?: bigint): Packet | undefined {
    if (stamp !== undefined) this.#expire(stamp);
    const piece = pieceOf(packet);
    if (piece === undefined) return packet;
    const datagram = this.#pending.get(piece.key) ?? this.#begin(piece.key, stamp);
    if (packet.originalLength > packet.length || !this.#add(datagram, piece)) {
      this.#drop(datagram);
      return undefined;
    }
    if (piece.offset === 0) datagram.first ??= packet;
    const { first, total, bytes } = datagram;
    if (first !== undefined && total !== undefined && bytes === total) {
      this.#forget(datagram);
      return whole(first, datagram, total);
    }
    while (this.#pending.size > this.#options.maxDatagrams || this.#bytes > this.#options.maxBytes) {
      this.#drop(this.#pending.values().next().value!);
    }
    return undefined;
  }

  #begin(key: string, since: bigint | undefined): Datagram {
    const datagram: Datagram = { key, since, fragments: [], first: undefined, total: undefined, bytes: 0 };
    this.#pending.set(key, datagram);
    return datagram;
  }

  /** Whether the fragment goes with those that are here. */
  #add(datagram: Datagram, { offset, data, isLast, isIpv6 }: FragmentPiece): boolean {
    const end = offset + data.length;
    if ((!isLast && data.length % 8 !== 0) || data.length === 0 || end > 0xffff) return false;
    if (isLast && datagram.total !== undefined && datagram.total !== end) return false;
    if (datagram.total !== undefined && end > datagram.total) return false;
    if (isLast && datagram.fragments.some((other) => other.offset + other.data.length > end)) return false;
    if (isLast) datagram.total = end;
    const over = datagram.fragments.filter((other) => other.offset < end && other.offset + other.data.length > offset);
    if (over.length === 0) {
      this.#insert(datagram, offset, data);
      return true;
    }
    if (over.length === 1 && over[0]!.offset === offset && equalBytes(over[0]!.data, data)) return true;
    const { overlap } = this.#options;
    if (isIpv6 || overlap === 'drop') return false;
    for (const [from, to] of gaps(offset, end, over))
      this.#insert(datagram, from, data.slice(from - offset, to - offset));
    if (overlap === 'last') {
      for (const other of over) {
        const from = Math.max(other.offset, offset);
        const to = Math.min(other.offset + other.data.length, end);
        other.data.set(data.subarray(from - offset, to - offset), from - other.offset);
      }
    }
    return true;
  }

  #insert(datagram: Datagram, offset: number, data: Uint8Array): void {
    datagram.fragments.push({ offset, data: data.slice() });
    datagram.bytes += data.length;
    this.#bytes += data.length;
  }

  #expire(stamp: bigint): void {
    const limit = BigInt(this.#options.timeoutMs) * 1_000_000n;
    for (const datagram of this.#pending.values()) {
      if (datagram.since !== undefined && stamp - datagram.since > limit) this.#drop(datagram);
    }
  }

  #drop(datagram: Datagram): void {
    this.#dropped++;
    this.#forget(datagram);
  }

  #forget(datagram: Datagram): void {
    this.#pending.delete(datagram.key);
    this.#bytes -= datagram.bytes;
  }
}

/** The parts of `offset` to `end` that no fragment of `over` covers. */
function gaps(offset: number, end: number, over: readonly { offset: number; data: Uint8Array }[]): [number, number][] {
  const found: [number, number][] = [];
  let at = offset;
  for (const other of [...over].sort((a, b) => a.offset - b.offset)) {
    if (other.offset > at) found.push([at, other.offset]);
    at = Math.max(at, other.offset + other.data.length);
  }
  if (at < end) found.push([at, end]);
  return found;
}

interface FragmentPiece {
  readonly key: string;
  readonly offset: number;
  readonly data: Uint8Array;
  readonly isLast: boolean;
  readonly isIpv6: boolean;
}

function pieceOf(packet: Packet): FragmentPiece | undefined {
  const layer = packet.layers.find((candidate) => candidate.isFragment);
  if (layer instanceof Ipv4) {
    const { view, at, protocol, id, flags } = layer;
    const key = `4 ${toHex(bytesOf(view, at + 12, at + 20))} ${protocol} ${id}`;
    const isLast = (flags & Ipv4Flag.MF) === 0;
    return { key, offset: layer.fragmentOffset * 8, data: layer.payload, isLast, isIpv6: false };
  }
  const ip = layer instanceof FragmentHeader ? ipv6Of(packet, layer) : undefined;
  if (layer instanceof FragmentHeader && ip) {
    const key = `6 ${toHex(bytesOf(ip.view, ip.at + 8, ip.at + 40))} ${layer.id}`;
    return {
      key,
      offset: layer.fragmentOffset * 8,
      data: layer.payload,
      isLast: layer.moreFragments === 0,
      isIpv6: true,
    };
  }
  return undefined;
}

/** The header of IPv6 that a fragment header belongs to; IPv4 has no such extension. */
function ipv6Of(packet: Packet, layer: Layer): Ipv6 | undefined {
  const before = packet.layers.slice(0, packet.layers.indexOf(layer));
  const ip = before.findLast((candidate) => candidate instanceof Ipv4 || candidate instanceof Ipv6);
  return ip instanceof Ipv6 ? ip : undefined;
}

function whole(first: Packet, { fragments }: Datagram, total: number): Packet {
  const data = new Uint8Array(total);
  for (const piece of fragments) data.set(piece.data, piece.offset);
  const layer = first.layers.find((candidate) => candidate.isFragment)!;
  if (layer instanceof Ipv4) {
    return assemble(first, layer, [bytesOf(layer.view, layer.at, layer.payloadAt), data], (header) => {
      header.totalLength = Math.min(0xffff, header.ihl * 4 + total);
      header.fragmentOffset = 0;
      header.flags &= ~Ipv4Flag.MF;
      header.headerChecksum = header.computeChecksum();
    });
  }
  const ip = ipv6Of(first, layer)!;
  const head = bytesOf(ip.view, ip.at, layer.at).slice();
  const before = first.layers[first.layers.indexOf(layer) - 1]!;
  head[before === ip ? 6 : before.at - ip.at] = (layer as FragmentHeader).nextHeader;
  return assemble(first, ip, [head, data], (header) => {
    header.payloadLength = Math.min(0xffff, head.length - Ipv6.size + total);
  });
}

/** The packets with fragments put together, in the order in which they became whole; what never does is left out. */
export function* defragment(
  packets: Iterable<Packet>,
  options: DefragmentOptions = {},
): Generator<Packet, void, undefined> {
  const defragmenter = new Defragmenter(options);
  for (const packet of packets) {
    const done = defragmenter.push(packet);
    if (done) yield done;
  }
}
