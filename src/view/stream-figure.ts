/**
 * Plots of a connection over time: sequence numbers (Stevens' and tcptrace's), rates, round-trip times, windows, gaps and jitter.
 *
 * @module
 */
import {
  interArrival,
  jitter,
  rates,
  roundTripTimes,
  type Sample,
  type TrafficPacket,
  timeSequence,
  windows,
} from '../traffic/index.js';
import { Figure } from './figure.js';

const colors = { data: '#1f77d0', repeat: '#c8372d', ack: '#2e8b57', limit: '#8a94a3' } as const;

/** How to draw sequence numbers. */
export interface SequenceFigureOptions {
  /** For what the stream's `b` sends. */
  isReverse?: boolean;
  /** `stevens` draws the first byte of each segment; `tcptrace`, which is taken where left out, whole segments, acknowledgments and the window. */
  kind?: 'stevens' | 'tcptrace';
}

/**
 * Sequence numbers over time.
 *
 * @param packets of one stream, as `traffic.packetsOf(stream)` gives them
 */
export function sequenceFigure(packets: readonly TrafficPacket[], options: SequenceFigureOptions = {}): Figure {
  const { isReverse = false, kind = 'tcptrace' } = options;
  const { segments, acks, limits } = timeSequence(packets, isReverse);
  const traces: Record<string, unknown>[] = [];
  for (const [name, color, isRepeat] of [
    ['segment', colors.data, false],
    ['sent again', colors.repeat, true],
  ] as const) {
    const some = segments.filter((segment) => segment.isRepeat === isRepeat);
    if (some.length === 0) continue;
    traces.push({
      type: 'scatter',
      mode: kind === 'stevens' ? 'markers' : 'lines+markers',
      name,
      // A gap after each segment keeps the lines apart.
      x: kind === 'stevens' ? some.map(({ time }) => time) : some.flatMap(({ time }) => [time, time, null]),
      y: kind === 'stevens' ? some.map(({ from }) => from) : some.flatMap(({ from, to }) => [from, to, null]),
      customdata:
        kind === 'stevens' ? some.map(({ frame }) => frame) : some.flatMap(({ frame }) => [frame, frame, null]),
      hovertemplate: `frame %{customdata}: ${name} %{y} at %{x:.6f} s<extra></extra>`,
      marker: { color, size: 6 },
      line: { color, width: 3 },
    });
  }
  if (kind === 'tcptrace') {
    traces.push(steps('acknowledged', colors.ack, acks), steps('window: how far may be sent', colors.limit, limits));
  }
  return new Figure(traces, layout('Sequence numbers', 'relative sequence number', 420));
}

/** Throughput and goodput in bits a second. `interval` in seconds. */
export function rateFigure(packets: readonly TrafficPacket[], interval = 1): Figure {
  const all = rates(packets, interval);
  const line = (name: string, color: string, value: (rate: (typeof all)[number]) => number) => ({
    type: 'scatter',
    mode: 'lines+markers',
    name,
    x: all.map(({ time }) => time),
    y: all.map(value),
    line: { color, shape: 'hv' },
  });
  return new Figure(
    [
      line('throughput', colors.limit, ({ throughput }) => throughput),
      line('goodput', colors.data, ({ goodput }) => goodput),
    ],
    layout('Throughput and goodput', 'bit/s'),
  );
}

/** How long each acknowledged segment waited for its acknowledgment. */
export function roundTripFigure(packets: readonly TrafficPacket[]): Figure {
  return samples('Round-trip time', 'ms', [['round-trip time', colors.data, roundTripTimes(packets)]], 1000);
}

/** Receive windows of both directions. */
export function windowFigure(packets: readonly TrafficPacket[]): Figure {
  return samples('Receive window', 'bytes', [
    ['of the side that spoke first', colors.data, windows(packets)],
    ['of the other side', colors.ack, windows(packets, true)],
  ]);
}

/** Time between packets, and how unevenly they come (RFC 3550). */
export function gapFigure(packets: readonly TrafficPacket[]): Figure {
  return samples(
    'Gaps and jitter',
    'ms',
    [
      ['gap to the packet before', colors.data, interArrival(packets)],
      ['jitter', colors.repeat, jitter(packets)],
    ],
    1000,
  );
}

function samples(
  title: string,
  unit: string,
  series: readonly (readonly [name: string, color: string, samples: readonly Sample[]])[],
  factor = 1,
): Figure {
  const traces = series
    .filter(([, , some]) => some.length > 0)
    .map(([name, color, some]) => ({
      type: 'scatter',
      mode: 'lines+markers',
      name,
      x: some.map(({ time }) => time),
      y: some.map(({ value }) => value * factor),
      customdata: some.map(({ frame }) => frame),
      hovertemplate: `frame %{customdata}: %{y} ${unit} at %{x:.6f} s<extra></extra>`,
      line: { color },
      marker: { color, size: 5 },
    }));
  return new Figure(traces, layout(title, unit));
}

function steps(name: string, color: string, some: readonly Sample[]): Record<string, unknown> {
  return {
    type: 'scatter',
    mode: 'lines',
    name,
    x: some.map(({ time }) => time),
    y: some.map(({ value }) => value),
    customdata: some.map(({ frame }) => frame),
    hovertemplate: `frame %{customdata}: ${name} %{y} at %{x:.6f} s<extra></extra>`,
    line: { color, shape: 'hv', width: 1.5 },
  };
}

function layout(title: string, unit: string, height = 340): Record<string, unknown> {
  return {
    title: { text: title, y: 0.97 },
    height,
    margin: { l: 80, r: 30, t: 80, b: 50 },
    legend: { orientation: 'h', y: 1.02, yanchor: 'bottom' },
    hovermode: 'closest',
    xaxis: { title: { text: 'time, s' } },
    yaxis: { title: { text: unit }, rangemode: 'tozero' },
  };
}
