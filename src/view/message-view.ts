/**
 * Tables of messages and of runs.
 *
 * @module
 */
import {
  formatFaults,
  formatNote,
  type MessageTable,
  type PlannedPacket,
  type PortMap,
  portsOf,
  type Run,
  type SendingPlan,
  transportOf,
  wordsOf,
} from '../messages/index.js';
import { Tcp, Udp } from '../wire/index.js';
import { type Html, html } from './html.js';
import { packetView } from './packet-view.js';
import { style } from './style.js';

/** The rows of a CSV, what was decided about them and what is wrong with them. */
export function messageTableView(table: MessageTable): Html {
  const { faults, notes } = table;
  return html`<div class="wb">${style}
<div class="wb-title">${table.file} <small>${table.length} messages, ${
    faults.length === 0
      ? html`<span class="ok">✓ no faults</span>`
      : html`<span class="bad">✗ ${faults.length} faults</span>`
  }</small></div>
<table><thead><tr><th class="n">msg_id</th><th class="n">timestamp</th><th>protocol</th><th>from</th><th>to</th><th>message</th></tr></thead>
<tbody>${table.messages.map(
    (row) =>
      html`<tr><td class="n">${row.msgId}</td><td class="n">${row.timestamp} s</td><td>${row.appProtocol}</td><td>${row.srcApp}</td><td>${row.dstApp}</td><td><code>${wordsOf(row)}</code></td></tr>`,
  )}</tbody></table>
${notes.map((note) => html`<div class="wb-caption">${formatNote(note)}</div>`)}${formatFaults(faults).map((fault) => html`<div class="bad">✗ ${fault}</div>`)}</div>`;
}

/** Each message with its transport and the ports its applications have. */
export function portsView(table: MessageTable, ports: PortMap): Html {
  return html`<div class="wb">${style}
<table><thead><tr><th class="n">msg_id</th><th>protocol</th><th>over</th><th>from</th><th class="n">source port</th><th>to</th><th class="n">destination port</th></tr></thead>
<tbody>${table.messages.map((message) => {
    const { srcPort, dstPort } = portsOf(message, ports);
    const { appProtocol, transport = transportOf(appProtocol) } = message;
    return html`<tr><td class="n">${message.msgId}</td><td>${appProtocol}</td><td>${transport.toUpperCase()}</td><td>${message.srcApp}</td><td class="n">${srcPort}</td><td>${message.dstApp}</td><td class="n">${dstPort}</td></tr>`;
  })}</tbody></table></div>`;
}

/** Packets of a plan that are drawn: each has a picture of its own, of some 30 kB. */
const most = 50;

/** Packets of a plan, one below the other: each opens to its headers and bytes, the first one is open. */
export function planView(plan: readonly PlannedPacket[]): Html {
  const packets = plan.slice(0, most).map(
    (
      { message, packet, at },
      i,
    ) => html`<details class="wb-plan" ${i === 0 && 'open'}><summary><b>msg_id ${message.msgId}</b>
<code>${wordsOf(message)}</code> <small>${packet.length} bytes, at ${Number(at) / 1e9} s</small></summary>${packetView(packet, { title: '' })}</details>`,
  );
  const rest = plan.length - packets.length;
  return html`<div class="wb">${style}${packets}${rest > 0 && html`<div class="wb-caption">… and ${rest} more</div>`}</div>`;
}

/** Rows of a plan whose packets the kernel will make. */
export function rowsView({ rows }: SendingPlan): Html {
  const lines = rows.slice(0, most).map(
    ({ message, at }) => html`<tr><td class="n">${message.msgId}</td><td>${message.srcApp} → ${message.dstApp}</td>
<td><code>${wordsOf(message)}</code></td><td class="n">${Number(at) / 1e9} s</td></tr>`,
  );
  const rest = rows.length - lines.length;
  return html`<div class="wb">${style}
<table><thead><tr><th class="n">msg_id</th><th>who</th><th>message</th><th class="n">at</th></tr></thead><tbody>${lines}</tbody></table>
${rest > 0 && html`<div class="wb-caption">… and ${rest} more</div>`}</div>`;
}

/** Each row of a run: its packet in the capture and the kernel's answer. */
export function runView(run: Run): Html {
  const rows = run.rows.map(({ message, packet, captured, frameNumber, reset }) => {
    const carrier = (captured ?? packet)?.get(Tcp) ?? (captured ?? packet)?.get(Udp);
    const answer = reset?.packet.get(Tcp);
    return html`<tr><td class="n">${message.msgId}</td><td><code>${wordsOf(message)}</code></td>
<td class="n">${frameNumber ?? html`<span class="bad">not found</span>`}</td>
<td>${carrier && `${carrier.srcPort} → ${carrier.dstPort} ${carrier instanceof Tcp ? `[${carrier.flagNames.join(', ')}] seq ${carrier.seq}` : 'UDP'}`}</td>
<td class="n">${reset?.frameNumber ?? '–'}</td>
<td>${answer ? `${answer.srcPort} → ${answer.dstPort} [${answer.flagNames.join(', ')}] seq ${answer.seq}` : 'none'}</td></tr>`;
  });
  return html`<div class="wb">${style}
<table><thead><tr><th class="n">msg_id</th><th>message</th><th class="n">frame</th><th>segment</th><th class="n">answer in frame</th><th>the kernel’s answer</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}
