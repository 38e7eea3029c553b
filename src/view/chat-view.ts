/**
 * A conversation as people read it, and how long its messages took.
 *
 * @module
 */
import { Figure } from './figure.js';
import { type Html, html } from './html.js';
import { style } from './style.js';

/** One thing said. */
export interface Said {
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** A conversation from top to bottom. */
export function transcriptView(conversation: readonly Said[]): Html {
  const rows = conversation.map(({ from, to, text }) => html`<tr><td><b>${from}</b> → ${to}</td><td>${text}</td></tr>`);
  return html`<div class="wb">${style}<table><thead><tr><th>who</th><th>said</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** A message and how long it took, in milliseconds. */
export interface Delivery {
  /** `Alice → Bob: Hello`. */
  readonly label: string;
  /** From the sender's call to the server's receipt. */
  readonly receiptMs: number;
  /** From the segment that brought it to the server to the first that took it on, as captured. */
  readonly relayMs?: number | undefined;
}

/** How long each message took to be delivered. */
export function deliveryFigure(deliveries: readonly Delivery[]): Figure {
  const bars = (name: string, color: string, value: (delivery: Delivery) => number | undefined) => {
    const some = deliveries
      .map((delivery, i) => ({ delivery, i }))
      .filter(({ delivery }) => value(delivery) !== undefined);
    return {
      type: 'bar',
      orientation: 'h',
      name,
      y: some.map(({ i, delivery }) => `${i + 1}  ${delivery.label}`),
      x: some.map(({ delivery }) => value(delivery)),
      hovertemplate: `%{y}<br>${name}: %{x:.3f} ms<extra></extra>`,
      marker: { color },
    };
  };
  return new Figure(
    [
      bars('message sent → receipt back', '#1f77d0', ({ receiptMs }) => receiptMs),
      bars('into the server → out of it, on the wire', '#e08a1e', ({ relayMs }) => relayMs),
    ].filter(({ x }) => x.length > 0),
    {
      title: { text: 'How long each message took', y: 0.98 },
      height: 120 + 46 * deliveries.length,
      margin: { l: 280, r: 30, t: 80, b: 50 },
      legend: { orientation: 'h', y: 1.02, yanchor: 'bottom' },
      barmode: 'group',
      xaxis: { title: { text: 'ms' }, rangemode: 'tozero' },
      yaxis: { autorange: 'reversed' },
    },
  );
}
