/**
 * Application messages: one row of the input, and what it needs to become a packet.
 *
 * @module
 */
import { shorten } from './note.js';
import type { Transport } from './service.js';

/** One application message, a row of the CSV. */
export interface Message {
  /** Links row, packet, byte and picture. */
  readonly msgId: string;
  /** Application protocol as the row names it: `HTTP`. */
  readonly appProtocol: string;
  /** What carries it, where the row itself says so and it is not what its protocol's messages go over. */
  readonly transport?: Transport;
  /** Sending application: `client_browser`. */
  readonly srcApp: string;
  /** Receiving application: `web_server`. */
  readonly dstApp: string;
  /** Source port, when the row itself gives one. */
  readonly srcPort?: number;
  /** Destination port, when the row itself gives one. */
  readonly dstPort?: number;
  /** What is said, as it will be sent. Empty only where `flags` says what the segment is for. */
  readonly message: string;
  /** TCP flags that the row asks for: `SYN,ACK`. Crafted segments have them; connections make their own. */
  readonly flags?: string;
  /** Seconds since the start of the run. */
  readonly timestamp: number;
  /** Line of the file that the row begins on, counted from 1. */
  readonly line: number;
}

/** What is wrong with one value, or one row. */
export interface MessageFault {
  /** Path of the file, as it was given. */
  readonly file: string;
  /** Line of the file, counted from 1. */
  readonly line: number;
  /** The header's name for the column; nothing when the row as a whole is at fault. */
  readonly column?: string;
  /** Place of the value in its row, counted from 1. */
  readonly field?: number;
  /** The value as it stands there. */
  readonly value?: string;
  /** What was expected, and what to do. */
  readonly expected: string;
}

/**
 * Whether a row is a segment of TCP's own, a SYN say, and no message: sent as crafted, while a connection makes such segments itself.
 */
export function isControl({ message, flags }: Message): boolean {
  return message === '' && flags !== undefined;
}

/** What a row says, for people to read: its message, or the flags that it has in place of one. */
export function wordsOf({ message, flags }: Pick<Message, 'message' | 'flags'>): string {
  return message === '' && flags !== undefined ? `[${flags}]` : message;
}

/** One fault in a line: file, line, column, value, what was expected. */
export function formatFault({ file, line, column, field, value, expected }: MessageFault): string {
  const place = column === undefined ? '' : `, column ${column}${field === undefined ? '' : ` (field ${field})`}`;
  const given = value === undefined ? '' : `${JSON.stringify(shorten(value))} given, `;
  return `${file}, line ${line}${place}: ${given}${expected}`;
}

/** Faults in words. Those of one cause are one sentence that counts them. */
export function formatFaults(faults: readonly MessageFault[]): string[] {
  const causes = new Map<string, MessageFault[]>();
  for (const fault of faults) {
    const cause = `${fault.column ?? ''} ${fault.expected.replace(/\d+/g, '#')}`;
    const same = causes.get(cause);
    if (same) same.push(fault);
    else causes.set(cause, [fault]);
  }
  return [...causes.values()].flatMap((same) => {
    if (same.length < 4) return same.map(formatFault);
    const [first] = same as [MessageFault];
    return [`${formatFault(first)}; so are ${same.length - 1} more rows, the last in line ${same.at(-1)!.line}`];
  });
}
