/**
 * Who talked with whom, and how much: conversations and endpoints of Ethernet, IPv4, IPv6, TCP and UDP, counted as Wireshark counts.
 *
 * @module
 */
import { formatEndpoint, formatMac } from '../address.js';
import { ShownList } from '../shown.js';
import { FlowTable } from './flow-table.js';
import { completenessText } from './tcp-flag.js';
import { TcpStream } from './tcp-stream.js';
import { bytesText, textTable } from './text-table.js';
import type { Tracker } from './tracker.js';
import type { Count, UdpStream } from './udp-stream.js';

/** What conversations are between. */
export type ConversationKind = 'eth' | 'ip' | 'ipv6' | 'tcp' | 'udp';

export const conversationKinds: readonly ConversationKind[] = ['eth', 'ip', 'ipv6', 'tcp', 'udp'];

/** One conversation. `a` is the side that was seen to send first. */
export interface Conversation {
  readonly kind: ConversationKind;
  readonly aAddress: string;
  readonly bAddress: string;
  /** For TCP and UDP. */
  readonly aPort?: number;
  readonly bPort?: number;
  /** For TCP and UDP: Wireshark's stream number. */
  readonly stream?: number;
  /** For TCP: bits of `Completeness`. */
  readonly completeness?: number;
  /** Frames and bytes on the wire that `a` sent, and that `b` sent. */
  readonly packetsAToB: number;
  readonly bytesAToB: number;
  readonly packetsBToA: number;
  readonly bytesBToA: number;
  readonly packets: number;
  readonly bytes: number;
  /** Seconds from the capture's first frame to the conversation's, and from that to its last. */
  readonly start: number;
  readonly duration: number;
}

/** One side of conversations. */
export interface Endpoint {
  readonly kind: ConversationKind;
  readonly address: string;
  readonly port?: number;
  readonly packets: number;
  readonly bytes: number;
  readonly packetsSent: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly bytesReceived: number;
}

/** Heads and cells of a table; cells are as people read them. */
export interface ShownTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Conversations of one kind. */
export class ConversationList extends ShownList<Conversation> {
  /** Its table, of the first `limit` conversations. */
  table(limit: number = Number.POSITIVE_INFINITY): ShownTable {
    return {
      heads: ['stream', 'a', 'b', 'a to b', 'b to a', 'start s', 'duration s', 'completeness'],
      rows: this.slice(0, limit).map((row) => [
        row.stream === undefined ? '' : String(row.stream),
        endText(row.aAddress, row.aPort),
        endText(row.bAddress, row.bPort),
        `${row.packetsAToB} → ${bytesText(row.bytesAToB)}`,
        `${row.packetsBToA} ← ${bytesText(row.bytesBToA)}`,
        row.start.toFixed(6),
        row.duration.toFixed(6),
        row.completeness === undefined ? '' : completenessText(row.completeness),
      ]),
    };
  }

  override toString(): string {
    const { heads, rows } = this.table();
    return textTable(heads, rows);
  }
}

/** Endpoints of one kind. */
export class EndpointList extends ShownList<Endpoint> {
  /** Its table, of the first `limit` endpoints. */
  table(limit: number = Number.POSITIVE_INFINITY): ShownTable {
    return {
      heads: ['endpoint', 'packets', 'bytes', 'sent', 'received'],
      rows: this.slice(0, limit).map((row) => [
        endText(row.address, row.port),
        String(row.packets),
        bytesText(row.bytes),
        `${row.packetsSent} (${bytesText(row.bytesSent)})`,
        `${row.packetsReceived} (${bytesText(row.bytesReceived)})`,
      ]),
    };
  }

  override toString(): string {
    const { heads, rows } = this.table();
    return textTable(heads, rows);
  }
}

function endText(address: string, port: number | undefined): string {
  return port === undefined ? address : formatEndpoint(address, port);
}

/** Frames between two addresses that are no stream. */
class Pair {
  readonly a: Count = { packets: 0, bytes: 0, dataBytes: 0 };
  readonly b: Count = { packets: 0, bytes: 0, dataBytes: 0 };
  readonly firstTime: number;
  lastTime: number;

  constructor(time: number) {
    this.firstTime = time;
    this.lastTime = time;
  }

  add(isReverse: boolean, bytes: number, time: number): void {
    const count = isReverse ? this.b : this.a;
    count.packets++;
    count.bytes += bytes;
    this.lastTime = time;
  }
}

/** Counts conversations while a tracker goes through a capture. Memory grows with the number of conversations. */
export class Conversations {
  readonly #tcp: TcpStream[] = [];
  readonly #udp: UdpStream[] = [];
  readonly #ip = new FlowTable<Pair>();
  /** By both addresses as two numbers of 48 bits. */
  readonly #ethernet = new Map<number, Map<number, Pair>>();
  readonly #macs = new Map<number, string>();

  /** Counts the frame that the tracker has just tracked. */
  add(tracker: Tracker, originalLength: number, time: number): void {
    const { outline, streams } = tracker;
    for (let i = 0; i < outline.transportCount; i++) {
      const stream = streams[i];
      if (stream instanceof TcpStream) this.#tcp[stream.index] = stream;
      else if (stream !== undefined) this.#udp[stream.index] = stream;
    }
    for (let i = 0; i < outline.ethernetCount; i++)
      this.#addEthernet(outline.ethernetViews[i]!, outline.ethernetHeaders[i]!, originalLength, time);
    for (let i = 0; i < outline.ipCount; i++) {
      const at = outline.ipHeaders[i]!;
      const view = outline.ipViews[i]!;
      const flow = this.#ip.lookup(view, at, view.getUint8(at) >> 4, 0, 0);
      flow.value ??= new Pair(time);
      flow.value.add(this.#ip.isReverse, originalLength, time);
    }
  }

  #addEthernet(view: DataView, at: number, bytes: number, time: number): void {
    const dst = view.getUint16(at) * 0x100000000 + view.getUint32(at + 2);
    const src = view.getUint16(at + 6) * 0x100000000 + view.getUint32(at + 8);
    let pair = this.#ethernet.get(src)?.get(dst);
    if (pair !== undefined) {
      pair.add(false, bytes, time);
      return;
    }
    pair = this.#ethernet.get(dst)?.get(src);
    if (pair !== undefined) {
      pair.add(true, bytes, time);
      return;
    }
    pair = new Pair(time);
    pair.add(false, bytes, time);
    if (!this.#macs.has(src)) this.#macs.set(src, formatMac(view, at + 6));
    if (!this.#macs.has(dst)) this.#macs.set(dst, formatMac(view, at));
    const known = this.#ethernet.get(src);
    if (known === undefined) this.#ethernet.set(src, new Map([[dst, pair]]));
    else known.set(dst, pair);
  }

  /** Streams of TCP in the order of their numbers. A number that only an ICMP error's quote was given is left out. */
  get tcpStreams(): readonly TcpStream[] {
    return this.#tcp.filter(() => true);
  }

  /** Streams of UDP, likewise. */
  get udpStreams(): readonly UdpStream[] {
    return this.#udp.filter(() => true);
  }

  /** The conversations of one kind, in the order in which they began. */
  list(kind: ConversationKind): ConversationList {
    return ConversationList.holding(this.#rows(kind));
  }

  #rows(kind: ConversationKind): Conversation[] {
    switch (kind) {
      case 'tcp':
        return this.tcpStreams.map(streamRow);
      case 'udp':
        return this.udpStreams.map(streamRow);
      case 'eth':
        return this.#ethernetRows();
      default:
        return [...this.#ip]
          .filter(({ version, value }) => value !== undefined && version === (kind === 'ip' ? 4 : 6))
          .map(({ aAddress, bAddress, value }) => row(kind, aAddress, bAddress, value!))
          .sort((a, b) => a.start - b.start);
    }
  }

  /** The endpoints of one kind, the one with most bytes first. */
  endpoints(kind: ConversationKind): EndpointList {
    const found = new Map<string, { -readonly [K in keyof Endpoint]: Endpoint[K] }>();
    const at = (address: string, port: number | undefined) => {
      const key = endText(address, port);
      let endpoint = found.get(key);
      if (endpoint === undefined) {
        const zero = { packets: 0, bytes: 0, packetsSent: 0, bytesSent: 0, packetsReceived: 0, bytesReceived: 0 };
        endpoint = { kind, address, ...(port === undefined ? {} : { port }), ...zero };
        found.set(key, endpoint);
      }
      return endpoint;
    };
    for (const each of this.list(kind)) {
      const a = at(each.aAddress, each.aPort);
      a.packetsSent += each.packetsAToB;
      a.bytesSent += each.bytesAToB;
      a.packetsReceived += each.packetsBToA;
      a.bytesReceived += each.bytesBToA;
      const b = at(each.bAddress, each.bPort);
      b.packetsSent += each.packetsBToA;
      b.bytesSent += each.bytesBToA;
      b.packetsReceived += each.packetsAToB;
      b.bytesReceived += each.bytesAToB;
    }
    for (const endpoint of found.values()) {
      endpoint.packets = endpoint.packetsSent + endpoint.packetsReceived;
      endpoint.bytes = endpoint.bytesSent + endpoint.bytesReceived;
    }
    return EndpointList.holding([...found.values()].sort((a, b) => b.bytes - a.bytes));
  }

  #ethernetRows(): Conversation[] {
    const rows: Conversation[] = [];
    for (const [src, pairs] of this.#ethernet)
      for (const [dst, pair] of pairs) rows.push(row('eth', this.#macs.get(src)!, this.#macs.get(dst)!, pair));
    return rows.sort((a, b) => a.start - b.start);
  }
}

function row(
  kind: ConversationKind,
  aAddress: string,
  bAddress: string,
  { a, b, firstTime, lastTime }: Pick<TcpStream | UdpStream | Pair, 'firstTime' | 'lastTime'> & { a: Sent; b: Sent },
): Conversation {
  return {
    kind,
    aAddress,
    bAddress,
    packetsAToB: a.packets,
    bytesAToB: a.bytes,
    packetsBToA: b.packets,
    bytesBToA: b.bytes,
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    start: firstTime / 1e9,
    duration: (lastTime - firstTime) / 1e9,
  };
}

type Sent = Pick<Count, 'packets' | 'bytes'>;

/** The row of a TCP or UDP stream. */
export function streamRow(stream: TcpStream | UdpStream): Conversation {
  const { flow } = stream;
  const isTcp = stream instanceof TcpStream;
  return {
    ...row(isTcp ? 'tcp' : 'udp', flow.aAddress, flow.bAddress, stream),
    aPort: flow.aPort,
    bPort: flow.bPort,
    stream: stream.index,
    ...(isTcp ? { completeness: stream.completeness } : {}),
  };
}
