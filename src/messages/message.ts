/**
 * Application messages: one row of the input, and what it needs to become a packet.
 *
 * @module
 */

/** One application message, a row of the CSV. */
export interface Message {
  /** Links row, packet, byte and picture. */
  readonly msgId: string;
  /** Application protocol as the row names it: `HTTP`. */
  readonly appProtocol: string;
  /** Sending application: `client_browser`. */
  readonly srcApp: string;
  /** Receiving application: `web_server`. */
  readonly dstApp: string;
  /** Source port, when the row itself gives one. */
  readonly srcPort?: number;
  /** Destination port, when the row itself gives one. */
  readonly dstPort?: number;
  /** What is said, as it will be sent. */
  readonly message: string;
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

/** One fault in a line: file, line, column, value, what was expected. */
export function formatFault({ file, line, column, field, value, expected }: MessageFault): string {
  const place = column === undefined ? '' : `, column ${column}${field === undefined ? '' : ` (field ${field})`}`;
  const given = value === undefined ? '' : `${JSON.stringify(value)} given, `;
  return `${file}, line ${line}${place}: ${given}${expected}`;
}
