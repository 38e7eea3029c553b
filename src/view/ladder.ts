/**
 * Who sent what to whom, and when: a ladder of TCP segments, one rung each, as an SVG that needs no script.
 *
 * @module
 */
import type { Frame } from '../capture/index.js';
import { dissect, Tcp } from '../wire/index.js';
import { type Html, html } from './html.js';
import { style } from './style.js';

/** A TCP segment of a capture, with the names of its ends. */
export interface NamedSegment {
  readonly frameNumber: number;
  /** Nanoseconds since the first segment. */
  readonly at: bigint;
  readonly from: string;
  readonly to: string;
  readonly tcp: Tcp;
  /** Its data as text, line ends taken off. */
  readonly text: string;
}

/**
 * The TCP segments of a capture.
 *
 * @param nameOf name of the end with a port; the port itself where it gives none
 */
export function segmentsOf(frames: readonly Frame[], nameOf: (port: number) => string | undefined): NamedSegment[] {
  let start: bigint | undefined;
  return frames.flatMap((frame) => {
    const tcp = dissect(frame).get(Tcp);
    if (!tcp) return [];
    start ??= frame.timestamp ?? 0n;
    return {
      frameNumber: frame.number,
      at: (frame.timestamp ?? start) - start,
      from: nameOf(tcp.srcPort) ?? `port ${tcp.srcPort}`,
      to: nameOf(tcp.dstPort) ?? `port ${tcp.dstPort}`,
      tcp,
      text: new TextDecoder().decode(tcp.payload).trimEnd(),
    };
  });
}

/** What a segment is for, in one word; it gives the rung its colour. */
function kindOf({ tcp, text }: NamedSegment): 'open' | 'data' | 'ack' | 'close' {
  if (tcp.has('SYN')) return 'open';
  if (tcp.has('FIN') || tcp.has('RST')) return 'close';
  return text === '' ? 'ack' : 'data';
}

const colors = { open: '#2e8b57', data: '#1f77d0', ack: '#8a94a3', close: '#c8372d' } as const;

const left = 84;
const column = 150;
const rung = 19;

/**
 * Draws segments from top to bottom in the order of the capture. Ends stand side by side in the order of `ends`; those it leaves out
 * come behind.
 */
export function ladderView(segments: readonly NamedSegment[], ends: readonly string[] = []): Html {
  const names = [...new Set([...ends, ...segments.flatMap(({ from, to }) => [from, to])])];
  const x = (name: string): number => left + column / 2 + names.indexOf(name) * column;
  const width = left + names.length * column;
  const height = 40 + segments.length * rung + 10;
  const rungs = segments.map((segment, i) => {
    const { from, to, tcp, text, at } = segment;
    const y = 48 + i * rung;
    const color = colors[kindOf(segment)];
    const label = text === '' ? tcp.flagNames.join(', ') : text;
    const tip = `frame ${segment.frameNumber}: ${from} → ${to} [${tcp.flagNames.join(', ')}] Seq=${tcp.seq} Ack=${tcp.ack} Len=${tcp.payload.length} ${text}`;
    const span = Math.abs(x(to) - x(from));
    const fits = Math.max(8, Math.floor(span / 6.4));
    const tail = x(to) > x(from) ? -7 : 7;
    return html`<g><title>${tip}</title>
<text x="${left - 10}" y="${y + 3}" text-anchor="end" opacity=".65">${(Number(at) / 1e6).toFixed(2)} ms</text>
<line x1="${x(from)}" y1="${y}" x2="${x(to) + tail}" y2="${y}" stroke="${color}" stroke-width="${kindOf(segment) === 'ack' ? 0.8 : 1.6}"/>
<path d="M${x(to)} ${y}l${tail} -3.5v7z" fill="${color}"/>
<text x="${(x(from) + x(to)) / 2}" y="${y - 3}" text-anchor="middle" fill="${color}">${label.length > fits ? `${label.slice(0, fits - 1)}…` : label}</text></g>`;
  });
  const posts = names.map(
    (name) => html`<line x1="${x(name)}" y1="28" x2="${x(name)}" y2="${height}" stroke="currentColor" opacity=".25"/>
<text x="${x(name)}" y="18" text-anchor="middle" font-weight="600" font-size="13">${name}</text>`,
  );
  return html`<div class="wb">${style}<div class="wb-scroll">
<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" fill="currentColor" font-family="system-ui,sans-serif" font-size="10.5" role="img" aria-label="Ladder of ${segments.length} segments">${posts}${rungs}</svg>
</div><div class="wb-caption">${legend()}</div></div>`;
}

function legend(): Html {
  const words = {
    open: 'opens the connection',
    data: 'carries data',
    ack: 'acknowledges only',
    close: 'ends the connection',
  } as const;
  return html`${Object.entries(words).map(
    ([kind, word]) => html`<span style="color:${colors[kind as keyof typeof colors]}">━ ${word}</span>  `,
  )}`;
}

/** Segments as a table: frame, time, ends, flags, raw numbers, data. */
export function segmentsView(segments: readonly NamedSegment[], title = ''): Html {
  const rows = segments.map(
    ({
      frameNumber,
      at,
      from,
      to,
      tcp,
      text,
    }) => html`<tr><td class="n">${frameNumber}</td><td class="n">${(Number(at) / 1e6).toFixed(3)} ms</td>
<td>${from} → ${to}</td><td>${tcp.flagNames.join(', ')}</td><td class="n">${tcp.seq}</td><td class="n">${tcp.has('ACK') && tcp.ack}</td>
<td class="n">${tcp.payload.length}</td><td><code>${text}</code></td></tr>`,
  );
  return html`<div class="wb">${style}${title !== '' && html`<div class="wb-title">${title} <small>${segments.length} segments</small></div>`}
<table><thead><tr><th class="n">frame</th><th class="n">time</th><th>from → to</th><th>flags</th><th class="n">seq (raw)</th><th class="n">ack (raw)</th>
<th class="n">bytes</th><th>data</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}
