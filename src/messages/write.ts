/**
 * Messages as a CSV that reads back as the same messages.
 *
 * @module
 */
import { sixColumns } from './header.js';
import type { Message } from './message.js';

const optional: readonly (readonly [column: string, get: (message: Message) => string | undefined])[] = [
  ['src_port', ({ srcPort }) => srcPort?.toString()],
  ['dst_port', ({ dstPort }) => dstPort?.toString()],
  ['flags', ({ flags }) => flags],
  ['transport', ({ transport }) => transport?.toUpperCase()],
];

/** The CSV of messages: the six columns, then ports, flags and transport where any message has them. Lines end with LF; values are quoted where need be. */
export function formatMessages(messages: Iterable<Message>): string {
  const list = [...messages];
  const more = optional.filter(([, get]) => list.some((message) => get(message) !== undefined));
  const lines = list.map((message) => {
    const { msgId, appProtocol, srcApp, dstApp, timestamp } = message;
    const values = [msgId, appProtocol, srcApp, dstApp, message.message, seconds(timestamp)];
    return [...values, ...more.map(([, get]) => get(message) ?? '')].map(quoted).join(',');
  });
  return `${[[sixColumns, ...more.map(([column]) => column)].join(','), ...lines].join('\n')}\n`;
}

function seconds(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, '');
}

function quoted(value: string): string {
  return /[",;\t|\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
