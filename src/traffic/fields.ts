/**
 * Fields that lie in no packet but follow from a capture's order: streams, relative numbers, TCP analysis, the frame's own.
 *
 * @module
 */

import { bytesOf, toHex } from '../bytes.js';
import { Fault, type Packet, Tcp, TcpFlag, Udp } from '../wire/index.js';
import type { TrafficContext, TrafficField, TrafficFieldKind, TrafficValue } from './context.js';
import { frameFields } from './frame-fields.js';
import type { TcpAnalysis } from './tcp-analysis.js';
import { analysisFlags } from './tcp-flag.js';
import { formatSeconds, type Nanoseconds } from './time.js';

const fields = new Map<string, TrafficField>(frameFields.map((field) => [field.name, field]));

function define(
  name: string,
  kind: TrafficFieldKind,
  isTracked: boolean,
  read: (context: TrafficContext) => TrafficValue | readonly TrafficValue[] | undefined,
): void {
  fields.set(name, { name, kind, isTracked, read });
}

/** A field of the TCP analysis. */
function analysed(name: string, kind: TrafficFieldKind, read: (a: TcpAnalysis) => TrafficValue | undefined): void {
  define(name, kind, true, ({ analysis }) => (analysis === undefined ? undefined : read(analysis)));
}

define('tcp.stream', 'number', true, ({ tcp, tcpNumbers }) => tcpNumbers ?? tcp?.index);
define('udp.stream', 'number', true, ({ udp, udpNumbers }) => udpNumbers ?? udp?.index);
analysed('tcp.completeness', 'number', ({ completeness }) => completeness);
analysed('tcp.seq', 'number', ({ seq }) => seq);
analysed('tcp.ack', 'number', ({ ack }) => ack);
analysed('tcp.nxtseq', 'number', ({ nextSeq, length }) => (length < 0 ? undefined : nextSeq));
analysed('tcp.len', 'number', ({ length }) => (length < 0 ? undefined : length));
analysed('tcp.window_size', 'number', ({ window }) => window);
analysed('tcp.window_size_scalefactor', 'number', ({ windowScale }) => (windowScale === 0 ? undefined : windowScale));
analysed('tcp.time_relative', 'time', ({ timeRelative }) => timeRelative);
analysed('tcp.time_delta', 'time', ({ timeDelta }) => timeDelta);

for (const { mask, filter } of analysisFlags)
  analysed(filter, 'none', ({ flags }) => ((flags & mask) !== 0 ? true : undefined));
analysed('tcp.analysis.flags', 'none', ({ flags }) => (flags !== 0 ? true : undefined));
analysed('tcp.analysis', 'none', (analysis) => (hasAnalysis(analysis) ? true : undefined));
analysed('tcp.analysis.acks_frame', 'number', ({ acksFrame }) => acksFrame || undefined);
analysed('tcp.analysis.ack_rtt', 'time', ({ ackRtt }) => (ackRtt === 0 ? undefined : ackRtt));
analysed('tcp.analysis.bytes_in_flight', 'number', ({ bytesInFlight }) =>
  bytesInFlight < 0 ? undefined : bytesInFlight,
);
analysed('tcp.analysis.push_bytes_sent', 'number', ({ pushBytesSent }) =>
  pushBytesSent < 0 ? undefined : pushBytesSent,
);
analysed('tcp.analysis.duplicate_ack_num', 'number', ({ duplicateAckNumber }) => duplicateAckNumber || undefined);
analysed('tcp.analysis.duplicate_ack_frame', 'number', ({ duplicateAckFrame }) => duplicateAckFrame || undefined);
analysed('tcp.analysis.rto_frame', 'number', ({ rtoFrame, rto }) => (rto === 0 ? undefined : rtoFrame || undefined));
analysed('tcp.analysis.rto', 'time', ({ rto }) => (rto === 0 ? undefined : rto));
analysed('tcp.analysis.initial_rtt', 'time', (analysis) =>
  analysis.initialRtt === 0 || !hasAnalysis(analysis) ? undefined : analysis.initialRtt,
);

for (const [side, name] of ['tcp.options.sack_le', 'tcp.options.sack_re'].entries())
  fields.set(name, { name, kind: 'number', isTracked: true, read: (context) => sackEdges(context, side as 0 | 1) });

define('tcp.payload', 'bytes', false, ({ packet }) => payloadOf(packet, Tcp));
define('udp.payload', 'bytes', false, ({ packet }) => payloadOf(packet, Udp));
define('tcp.flags.str', 'text', false, ({ packet }) => {
  const tcp = packet.get(Tcp);
  return tcp === undefined ? undefined : flagText(tcp.flags | (tcp.reserved << 9));
});

/** Edges of received ranges, counted as `tcp.ack` is. */
function sackEdges({ packet, analysis }: TrafficContext, side: 0 | 1): number[] | undefined {
  const tcp = packet.get(Tcp);
  if (tcp === undefined || analysis === undefined) return undefined;
  const base = tcp.ack - analysis.ack;
  return tcp.options.flatMap((option) =>
    typeof option === 'object' && 'sack' in option ? option.sack.map((block) => (block[side] - base) >>> 0) : [],
  );
}

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

/** A field's occurrences in a packet: none, one or several. */
export function trafficFieldValues(field: TrafficField, context: TrafficContext): readonly TrafficValue[] {
  const value = field.read(context);
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as TrafficValue];
}

/** A field's values as `tshark -T fields` writes them: nothing where the packet has none. */
export function trafficFieldTexts(name: string, context: TrafficContext): string[] {
  const field = fields.get(name);
  return field === undefined ? [] : trafficFieldValues(field, context).map((value) => textOf(field, value));
}

function textOf({ kind, write }: TrafficField, value: TrafficValue): string {
  if (write !== undefined) return write(value);
  if (value === true) return '1';
  if (value instanceof Uint8Array) return toHex(value);
  return kind === 'time' ? formatSeconds(value as Nanoseconds) : String(value);
}
