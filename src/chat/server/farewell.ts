/**
 * What the server says on its own account: help, and why a connection ends.
 *
 * @module
 */
import { type LeaveReason, notice } from '../protocol/notice.js';

const help = [
  'NAME: MESSAGE     to one person',
  '/all MESSAGE      to everybody else',
  '/who [PREFIX]     who is here',
  '/quit             leave',
  '#TAG before a message asks for a receipt',
];
/** The answer to `/help`. */
export const helpLines: string =
  help.map((text) => notice('help', [], text)).join('') + notice('end', [String(help.length)]);

/** What the end of a connection says to people. */
export const byeTexts = {
  QUIT: 'Goodbye',
  SHUTDOWN: 'The server is stopping',
  SLOW_READER: 'You stopped reading, and too much was waiting for you',
  TIMEOUT: 'You did not answer',
  PASSWORD: 'This server has a password: /login NAME PASSWORD',
  LOGIN_TIMEOUT: 'You did not log in in time',
  LOGIN_FAILED: 'Too many attempts to log in',
  SERVER_FULL: 'The server is full, try again later',
  TOO_MANY: 'Too many attempts to log in come from your address, try again in a minute',
  PROTOCOL: 'This server does not speak TLS: leave TLS out',
} as const;

/** Codes that come with the end of a connection. */
export type ByeCode = keyof typeof byeTexts;

/** The last line to a client, as a line with its LF. */
export function bye(code: ByeCode): string {
  return notice('bye', [code], byeTexts[code]);
}

/** What the others are told of one who was cut off. */
export const leaveReasons: Partial<Record<ByeCode, LeaveReason>> = {
  SLOW_READER: 'slow',
  TIMEOUT: 'timeout',
  SHUTDOWN: 'shutdown',
};
