/**
 * When packets were planned, sent and captured, and how far apart.
 *
 * @module
 */
import type { Run, RunRow } from '../messages/index.js';
import { Figure } from './figure.js';

const planned = '#7a869a';
const sent = '#1f77d0';
const captured = '#e08a1e';
const reset = '#c8372d';

/** Numbers of a run's timing, in milliseconds. */
export interface TimingSummary {
  /** By how much packets left later than planned. */
  readonly medianLateMs: number | undefined;
  readonly maxLateMs: number | undefined;
  /** From the kernel being handed a packet to the sniffer being given it. */
  readonly medianTransitMs: number | undefined;
  /** Mean difference of successive gaps from the planned ones. */
  readonly jitterMs: number | undefined;
}

/** Sums up how well a run kept its times. */
export function timingSummary(run: Run): TimingSummary {
  const late = run.rows.flatMap(({ at, sentAfter }) => (sentAfter === undefined ? [] : [milliseconds(sentAfter - at)]));
  const transit = run.rows.flatMap(({ sentAfter, capturedAfter }) =>
    sentAfter === undefined || capturedAfter === undefined ? [] : [milliseconds(capturedAfter - sentAfter)],
  );
  const jitter = gaps(run.rows).map(({ planned, measured }) => Math.abs(measured - planned));
  return {
    medianLateMs: median(late),
    maxLateMs: late.length > 0 ? Math.max(...late) : undefined,
    medianTransitMs: median(transit),
    jitterMs: jitter.length > 0 ? jitter.reduce((sum, value) => sum + value, 0) / jitter.length : undefined,
  };
}

/**
 * Two plots over one another: the planned, sent and captured moment of each row, with the kernel's reset; and each gap between rows as
 * planned and as measured, with its jitter. Points carry the row's `msg_id`.
 */
export function timingFigure(run: Run): Figure {
  const { rows } = run;
  const ids = rows.map(({ message }) => `msg_id ${message.msgId}`);
  const points = (name: string, color: string, symbol: string, moment: (row: RunRow) => bigint | undefined) => {
    const some = rows.filter((row) => moment(row) !== undefined);
    return {
      type: 'scatter',
      mode: 'markers',
      name,
      x: some.map((row) => milliseconds(moment(row)!)),
      y: some.map(({ message }) => `msg_id ${message.msgId}`),
      text: some.map(({ message }) => message.message),
      customdata: some.map(({ message }) => message.msgId),
      hovertemplate: `%{y}: ${name} at %{x:.3f} ms<br>%{text}<extra></extra>`,
      marker: { color, symbol, size: 11, line: { width: 2, color } },
    };
  };
  const between = gaps(rows);
  const bars = (name: string, color: string, values: readonly number[]) => ({
    type: 'bar',
    name,
    x: between.map(({ label }) => label),
    y: values,
    customdata: between.map(({ msgId }) => msgId),
    hovertemplate: `%{x}: ${name} %{y:.3f} ms<extra></extra>`,
    marker: { color },
    xaxis: 'x2',
    yaxis: 'y2',
  });
  const jitter = {
    type: 'scatter',
    mode: 'lines+markers+text',
    name: 'jitter (right)',
    x: between.map(({ label }) => label),
    y: between.map(({ planned, measured }) => measured - planned),
    text: between.map(({ planned, measured }) => `${(measured - planned).toFixed(2)} ms`),
    textposition: 'top center',
    customdata: between.map(({ msgId }) => msgId),
    hovertemplate: '%{x}: jitter %{y:.3f} ms<extra></extra>',
    line: { color: reset },
    marker: { color: reset, size: 8 },
    xaxis: 'x2',
    yaxis: 'y3',
  };
  const data = [
    points('planned', planned, 'line-ns-open', ({ at }) => at),
    points('sent', sent, 'circle-open', ({ sentAfter }) => sentAfter),
    points('captured', captured, 'x-thin-open', ({ capturedAfter }) => capturedAfter),
    points('RST from the kernel', reset, 'diamond-open', (row) => row.reset?.after),
    ...(between.length === 0
      ? []
      : [
          bars(
            'planned gap',
            planned,
            between.map((gap) => gap.planned),
          ),
          bars(
            'measured gap',
            captured,
            between.map((gap) => gap.measured),
          ),
          jitter,
        ]),
  ].filter(({ x }) => x.length > 0);
  return new Figure(data, {
    title: { text: 'When each message was planned, sent and captured' },
    height: 620,
    margin: { l: 90, r: 70, t: 90, b: 50 },
    legend: { orientation: 'h', y: 1.1 },
    barmode: 'group',
    hovermode: 'closest',
    xaxis: { title: { text: 'time since the start of the run, ms' }, anchor: 'y', rangemode: 'tozero' },
    yaxis: { domain: [0.56, 1], autorange: 'reversed', categoryorder: 'array', categoryarray: ids },
    xaxis2: { anchor: 'y2' },
    yaxis2: { domain: [0, 0.4], title: { text: 'gap, ms' }, rangemode: 'tozero' },
    yaxis3: {
      overlaying: 'y2',
      side: 'right',
      title: { text: 'jitter, ms' },
      showgrid: false,
      zeroline: false,
      rangemode: 'tozero',
    },
  });
}

interface Gap {
  readonly label: string;
  readonly msgId: string;
  /** Milliseconds. */
  readonly planned: number;
  readonly measured: number;
}

/** Gaps between rows that follow one another, measured where the packets were captured or else sent. */
function gaps(rows: readonly RunRow[]): Gap[] {
  const moment = (row: RunRow): bigint | undefined => row.capturedAfter ?? row.sentAfter;
  return rows.slice(1).flatMap((row, i) => {
    const before = rows[i]!;
    const a = moment(before);
    const b = moment(row);
    if (a === undefined || b === undefined) return [];
    const label = `${before.message.msgId} → ${row.message.msgId}`;
    return [
      { label, msgId: row.message.msgId, planned: milliseconds(row.at - before.at), measured: milliseconds(b - a) },
    ];
  });
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]
    : sorted.length === 0
      ? undefined
      : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
