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
 * Three plots, one below the other: the planned, sent and captured moment of each row, with the kernel's reset; each gap between rows as
 * planned and as measured; how long after its plan each row came, and the jitter of its gap. Points carry the row's `msg_id`.
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
    text: values.map((value) => value.toFixed(2)),
    customdata: between.map(({ msgId }) => msgId),
    hovertemplate: `msg_id %{x}: ${name} %{y:.3f} ms<extra></extra>`,
    marker: { color },
    xaxis: 'x2',
    yaxis: 'y2',
  });
  const lag = (name: string, color: string, moment: (row: RunRow) => bigint | undefined) => {
    const some = rows.filter((row) => moment(row) !== undefined);
    return {
      type: 'scatter',
      mode: 'lines+markers',
      name,
      x: some.map(({ message }) => `msg_id ${message.msgId}`),
      y: some.map((row) => milliseconds(moment(row)! - row.at)),
      customdata: some.map(({ message }) => message.msgId),
      hovertemplate: `%{x}: ${name} %{y:.3f} ms after plan<extra></extra>`,
      line: { color, width: 1 },
      marker: { color, size: 8 },
      showlegend: false,
      xaxis: 'x3',
      yaxis: 'y3',
    };
  };
  const jitter = {
    type: 'bar',
    name: 'jitter: measured − planned gap',
    x: between.map(({ msgId }) => `msg_id ${msgId}`),
    y: between.map(({ planned, measured }) => measured - planned),
    customdata: between.map(({ msgId }) => msgId),
    hovertemplate: '%{x}: jitter %{y:.3f} ms<extra></extra>',
    marker: { color: reset, opacity: 0.35 },
    width: 0.25,
    xaxis: 'x3',
    yaxis: 'y3',
  };
  const data = [
    points('planned', planned, 'line-ns-open', ({ at }) => at),
    points('sent', sent, 'circle-open', ({ sentAfter }) => sentAfter),
    points('captured', captured, 'x-thin-open', ({ capturedAfter }) => capturedAfter),
    points('RST from the kernel', reset, 'diamond-open', (row) => row.reset?.after),
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
    lag('sent', sent, ({ sentAfter }) => sentAfter),
    lag('captured', captured, ({ capturedAfter }) => capturedAfter),
    lag('RST', reset, (row) => row.reset?.after),
  ].filter(({ x }) => x.length > 0);
  return new Figure(data, {
    title: { text: 'When each message was planned, sent and captured', y: 0.98 },
    height: 760,
    margin: { l: 90, r: 30, t: 110, b: 40 },
    legend: { orientation: 'h', y: 1.02, yanchor: 'bottom' },
    barmode: 'group',
    hovermode: 'closest',
    xaxis: { title: { text: 'time since the start of the run, ms' }, anchor: 'y', rangemode: 'tozero' },
    yaxis: { domain: [0.68, 1], autorange: 'reversed', categoryorder: 'array', categoryarray: ids },
    xaxis2: { anchor: 'y2', type: 'category' },
    yaxis2: { domain: [0.36, 0.56], title: { text: 'gap, ms' }, rangemode: 'tozero' },
    xaxis3: { anchor: 'y3', type: 'category', categoryorder: 'array', categoryarray: ids },
    yaxis3: { domain: [0, 0.27], title: { text: 'after plan, ms' }, zeroline: true },
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
