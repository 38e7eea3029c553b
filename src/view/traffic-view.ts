/**
 * What traffic means, drawn: lists of packets, findings, ways of sending side by side, followed streams, answers to questions.
 *
 * @module
 */
import {
  type Finding,
  type FollowedStream,
  type ShownTable,
  type Traffic,
  type TrafficPacket,
  type Ways,
  wayNumbers,
} from '../traffic/index.js';
import { type Html, html } from './html.js';
import { style } from './style.js';

/** Packets as Wireshark's list has them: number, time, what the analysis says in brackets, summary. */
export function packetListView(packets: readonly TrafficPacket[], title = ''): Html {
  const rows = packets.map(
    ({
      number,
      time,
      labels,
      packet,
    }) => html`<tr><td class="n">${number}</td><td class="n">${(time / 1e9).toFixed(6)} s</td>
<td>${labels.map((label) => html`<span class="bad">[${label}]</span> `)}${packet.summary()}</td></tr>`,
  );
  return html`<div class="wb">${style}<div class="wb-title">${title} <small>${packets.length} ${packets.length === 1 ? 'packet' : 'packets'}</small></div>
<table><thead><tr><th class="n">frame</th><th class="n">time</th><th>packet</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Findings: what is there to see, in which packets, and why. */
export function findingsView(findings: readonly Finding[]): Html {
  const items = findings.map(
    ({ rule, sentence, why }) =>
      html`<details><summary>${sentence} <small>${rule}</small></summary><div class="fault">${why}</div></details>`,
  );
  return html`<div class="wb">${style}${findings.length === 0 ? 'There is nothing to say about this capture.' : items}</div>`;
}

/** Ways of sending the same messages, a column each. */
export function waysView(ways: Ways): Html {
  const row = (label: string, value: (way: Ways[number]) => string | number): Html =>
    html`<tr><th>${label}</th>${ways.map((way) => html`<td>${value(way)}</td>`)}</tr>`;
  return html`<div class="wb">${style}<table><thead><tr><th></th>${ways.map(({ way }) => html`<th>${way}</th>`)}</tr></thead><tbody>
${wayNumbers.map(([key, words]) => row(words, (way) => way[key]))}
${row('what there is to say', ({ rules }) => rules.join(', '))}
</tbody></table>${ways.notes.map((note) => html`<div class="wb-caption">${note}</div>`)}</div>`;
}

/** Rows that a picture shows at the most: a page with more of them is slow, and nobody reads them. */
const most = 1000;

/** A whole capture: what it holds, its streams, its packets. */
export function trafficView(traffic: Traffic): Html {
  const [all, ...streams] = traffic.toString().split('\n');
  const rest = traffic.packets.length - most;
  return html`<div class="wb">${style}<div class="wb-title">${all}</div>
${streams.slice(0, most).map((stream) => html`<div class="wb-caption">${stream}</div>`)}${packetListView(traffic.packets.slice(0, most))}
${rest > 0 && html`<div class="wb-caption">… and ${rest} more packets</div>`}</div>`;
}

/** Conversations or endpoints as a table. */
export function tableView({ heads, rows }: ShownTable): Html {
  const isNumber = heads.map((_, i) => rows.every((row) => /^[\d.]*$/.test(row[i]!)));
  const cell = (text: string, i: number) => (isNumber[i] ? html`<td class="n">${text}</td>` : html`<td>${text}</td>`);
  return html`<div class="wb">${style}<table><thead><tr>${heads.map((head, i) => (isNumber[i] ? html`<th class="n">${head}</th>` : html`<th>${head}</th>`))}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody></table></div>`;
}

/** A stream as a dialogue: who said what, in the order in which it could be read. */
export function followView(stream: FollowedStream): Html {
  const turns = stream.dialogue().map(
    ({
      speaker,
      text,
      frame,
      isReverse,
      missing,
    }) => html`<tr><td class="n">#${frame}</td><td>${isReverse ? '◀' : '▶'} ${speaker}</td>
<td>${missing > 0 ? html`<span class="bad">${text}</span>` : html`<code style="white-space:pre-wrap">${text}</code>`}</td></tr>`,
  );
  return html`<div class="wb">${style}<table><thead><tr><th class="n">frame</th><th>speaker</th><th>said</th></tr></thead><tbody>${turns}</tbody></table></div>`;
}

/**
 * Says whether an answer is right. Nothing is given away: a wrong one gets the hint, one that is left out a reminder.
 *
 * @param answer the reader's; undefined while there is none
 * @param expected what the packets say
 */
export function answerView(answer: string | number | undefined, expected: string | number, hint: string): Html {
  const isRight = String(answer).trim().toLowerCase() === String(expected).toLowerCase();
  const verdict =
    answer === undefined
      ? html`Not answered yet: put your answer in place of <code>undefined</code> and run the cell again.`
      : isRight
        ? html`<span class="ok">✓ ${answer} is right.</span>`
        : html`<span class="bad">✗ ${answer} is not it.</span> ${hint}`;
  return html`<div class="wb">${style}${verdict}</div>`;
}
