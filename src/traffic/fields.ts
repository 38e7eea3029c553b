/**
 * Fields that lie in no packet but follow from a capture's order: streams, relative numbers, TCP analysis, the frame's own.
 *
 * @module
 */

import { bytesOf, toHex } from '../bytes.js';
import { formatTimestamp } from '../capture/index.js';
import { Fault, type Packet, Tcp, TcpFlag, Udp } from '../wire/index.js';
import type { TcpAnalysis } from './tcp-analysis.js';
import { analysisFlags } from './tcp-flag.js';
import type { TcpStream } from './tcp-stream.js';
import type { UdpStream } from './udp-stream.js';

/** A packet with what its capture and the frames before it say. `TrafficPacket` is one. */
export interface TrafficContext {
  readonly packet: Packet;
  /** From 1. */
  readonly number: number;
  /** Nanoseconds since the capture's first frame. */
  readonly time: number;
  /** Of the frame before; its own for the first. */
  readonly previousTime: number;
  /** Nanoseconds since 1970. */
  readonly timestamp: bigint | undefined;
  readonly tcp: TcpStream | undefined;
  readonly udp: UdpStream | undefined;
  /** Defined where `tcp` is. */
  readonly analysis: TcpAnalysis | undefined;
  /** Numbers of its TCP and UDP streams, outermost first, where a tunnel or an ICMP error's quote makes them others than those above. */
  readonly tcpNumbers?: readonly number[] | undefined;
  readonly udpNumbers?: readonly number[] | undefined;
}

/** A field's type as far as comparing goes. */
export type TrafficFieldKind = 'number' | 'time' | 'text' | 'bytes' | 'none';

/** A value of such a field; `true` for one that is merely there. */
export type TrafficValue = number | string | Uint8Array | true;

/** One such field. */
export interface TrafficField {
  /** Wireshark's name. */
  readonly name: string;
  readonly kind: TrafficFieldKind;
  /** Whether it needs a tracker, not just the frame. */
  readonly isTracked: boolean;
  /** Its values, none where the packet has no such field. Times are in seconds. */
  read(context: TrafficContext): readonly TrafficValue[];
}

const fields = new Map<string, TrafficField>();

function define(
  name: string,
  kind: TrafficFieldKind,
  isTracked: boolean,
  read: (context: TrafficContext) => TrafficValue | undefined,
): void {
  defineSeveral(name, kind, isTracked, (context) => {
    const value = read(context);
    return value === undefined ? none : [value];
  });
}

function defineSeveral(
  name: string,
  kind: TrafficFieldKind,
  isTracked: boolean,
  read: (context: TrafficContext) => readonly TrafficValue[],
): void {
  fields.set(name, { name, kind, isTracked, read });
}

const none: readonly TrafficValue[] = [];

/** A field of the TCP analysis. */
function analysed(name: string, kind: TrafficFieldKind, read: (a: TcpAnalysis) => TrafficValue | undefined): void {
  define(name, kind, true, ({ analysis }) => (analysis === undefined ? undefined : read(analysis)));
}

const seconds = (nanoseconds: number): number => nanoseconds / 1e9;

define('frame.number', 'number', false, ({ number }) => number);
define('frame.len', 'number', false, ({ packet }) => packet.originalLength);
define('frame.cap_len', 'number', false, ({ packet }) => packet.length);
define('frame.time_relative', 'time', false, ({ time }) => seconds(time));
define('frame.time_delta', 'time', false, ({ time, previousTime }) => seconds(time - previousTime));
define('frame.time_epoch', 'time', false, ({ timestamp }) =>
  timestamp === undefined ? undefined : Number(formatTimestamp(timestamp)),
);
define('frame', 'bytes', false, ({ packet }) => packet.bytes);

const numbersOf = (numbers: readonly number[] | undefined, stream: { index: number } | undefined) =>
  numbers ?? (stream === undefined ? none : [stream.index]);
defineSeveral('tcp.stream', 'number', true, ({ tcp, tcpNumbers }) => numbersOf(tcpNumbers, tcp));
defineSeveral('udp.stream', 'number', true, ({ udp, udpNumbers }) => numbersOf(udpNumbers, udp));
analysed('tcp.completeness', 'number', ({ completeness }) => completeness);
analysed('tcp.seq', 'number', ({ seq }) => seq);
analysed('tcp.ack', 'number', ({ ack }) => ack);
analysed('tcp.nxtseq', 'number', ({ nextSeq, length }) => (length < 0 ? undefined : nextSeq));
analysed('tcp.len', 'number', ({ length }) => (length < 0 ? undefined : length));
analysed('tcp.window_size', 'number', ({ window }) => window);
analysed('tcp.window_size_scalefactor', 'number', ({ windowScale }) => (windowScale === 0 ? undefined : windowScale));
analysed('tcp.time_relative', 'time', ({ timeRelative }) => seconds(timeRelative));
analysed('tcp.time_delta', 'time', ({ timeDelta }) => seconds(timeDelta));

for (const { mask, filter } of analysisFlags)
  analysed(filter, 'none', ({ flags }) => ((flags & mask) !== 0 ? true : undefined));
analysed('tcp.analysis.flags', 'none', ({ flags }) => (flags !== 0 ? true : undefined));
analysed('tcp.analysis', 'none', (analysis) => (hasAnalysis(analysis) ? true : undefined));
analysed('tcp.analysis.acks_frame', 'number', ({ acksFrame }) => acksFrame || undefined);
analysed('tcp.analysis.ack_rtt', 'time', ({ ackRtt }) => (ackRtt === 0 ? undefined : seconds(ackRtt)));
analysed('tcp.analysis.bytes_in_flight', 'number', ({ bytesInFlight }) =>
  bytesInFlight < 0 ? undefined : bytesInFlight,
);
analysed('tcp.analysis.push_bytes_sent', 'number', ({ pushBytesSent }) =>
  pushBytesSent < 0 ? undefined : pushBytesSent,
);
analysed('tcp.analysis.duplicate_ack_num', 'number', ({ duplicateAckNumber }) => duplicateAckNumber || undefined);
analysed('tcp.analysis.duplicate_ack_frame', 'number', ({ duplicateAckFrame }) => duplicateAckFrame || undefined);
analysed('tcp.analysis.rto_frame', 'number', ({ rtoFrame, rto }) => (rto === 0 ? undefined : rtoFrame || undefined));
analysed('tcp.analysis.rto', 'time', ({ rto }) => (rto === 0 ? undefined : seconds(rto)));
analysed('tcp.analysis.initial_rtt', 'time', (analysis) =>
  analysis.initialRtt === 0 || !hasAnalysis(analysis) ? undefined : seconds(analysis.initialRtt),
);

define('tcp.payload', 'bytes', false, ({ packet }) => payloadOf(packet, Tcp));
define('udp.payload', 'bytes', false, ({ packet }) => payloadOf(packet, Udp));
define('tcp.flags.str', 'text', false, ({ packet }) => {
  const tcp = packet.get(Tcp);
  return tcp === undefined ? undefined : flagText(tcp.flags | (tcp.reserved << 9));
});

/** Whether Wireshark shows a SEQ/ACK analysis at all. */
function hasAnalysis(a: TcpAnalysis): boolean {
  return a.flags !== 0 || a.acksFrame !== 0 || a.bytesInFlight >= 0 || a.pushBytesSent >= 0 || a.rtoFrame !== 0;
}

function payloadOf(packet: Packet, type: typeof Tcp | typeof Udp): Uint8Array | undefined {
  const layer = packet.layers.find((each) => each instanceof type);
  if (layer === undefined || layer instanceof Fault) return undefined;
  const { view, payloadAt, payloadEnd } = layer;
  return payloadAt < payloadEnd ? bytesOf(view, payloadAt, payloadEnd) : undefined;
}

const letters: readonly (readonly [mask: number, letter: string])[] = [
  [0x800, 'R'], [0x400, 'R'], [0x200, 'R'], [0x100, 'A'], [TcpFlag.CWR, 'C'], [TcpFlag.ECE, 'E'], [TcpFlag.URG, 'U'],
  [TcpFlag.ACK, 'A'], [TcpFlag.PSH, 'P'], [TcpFlag.RST, 'R'], [TcpFlag.SYN, 'S'], [TcpFlag.FIN, 'F'],
]; // biome-ignore format: a table

function flagText(flags: number): string {
  return letters.map(([mask, letter]) => ((flags & mask) !== 0 ? letter : '·')).join('');
}

/** Every such field by its name. */
export const trafficFields: ReadonlyMap<string, TrafficField> = fields;

/** A field's value as `tshark -T fields` writes it: nothing where the packet has none. */
export function trafficFieldTexts(name: string, context: TrafficContext): string[] {
  const field = fields.get(name);
  if (field === undefined) return [];
  return field.read(context).map((value) => {
    if (value === true) return '1';
    if (value instanceof Uint8Array) return toHex(value);
    return field.kind === 'time' ? (value as number).toFixed(9) : String(value);
  });
}
