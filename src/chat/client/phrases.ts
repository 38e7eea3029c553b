/**
 * What the client's user types, and is told.
 *
 * @module
 */
import { ChatError } from '../../errors.js';
import { defaultHost, defaultPort, formatAddress } from '../protocol/address.js';
import { classic } from '../protocol/classic.js';
import type { ChatClient } from './client.js';
import type { ChatClientEvent, ChatClientOptions } from './client-event.js';

/** A line of the user, understood. */
export type Input =
  | { readonly type: 'message'; readonly to: string; readonly text: string }
  | { readonly type: 'all'; readonly text: string }
  | { readonly type: 'who'; readonly prefix: string }
  | { readonly type: 'help' | 'quit' | 'nothing' }
  | { readonly type: 'unknown'; readonly text: string };

/** What `/help` shows. */
export const helpText = `Bob: Hello       to Bob; Tab completes a name
/all Hello       to everybody else
/who [prefix]    who is here
/help            this
quit             leave (or Ctrl-D)`;

/** Reads what a user typed. */
export function parseInput(line: string): Input {
  const text = line.trim();
  if (text === '') return { type: 'nothing' };
  if (text === 'quit' || text === '/quit') return { type: 'quit' };
  if (text === '/help') return { type: 'help' };
  const [word = '', rest = ''] = /^(\/\S*)\s*(.*)$/.exec(text)?.slice(1) ?? [];
  if (word === '/who') return { type: 'who', prefix: rest };
  if (word === '/all' && rest !== '') return { type: 'all', text: rest };
  if (word !== '') return { type: 'unknown', text: `There is no ${text}; /help shows what there is` };
  const colon = line.indexOf(':');
  const to = line.slice(0, Math.max(0, colon)).trim();
  if (to === '') return { type: 'unknown', text: classic.format };
  const body = line.slice(colon + 1);
  return { type: 'message', to, text: body.startsWith(' ') ? body.slice(1) : body };
}

/** What is said on connecting: the original's line, and its documentation's. */
export function greeting(client: ChatClient, options: Omit<ChatClientOptions, 'name'>): string {
  const { host = defaultHost, port = defaultPort } = options;
  return `Connected! To chat type: 'Target: Message' (Connected to server ${formatAddress({ host, port })} as ${client.name})`;
}

/** What is said when connecting failed. */
export function notFound(error: Error): string {
  const isAbsent = error instanceof ChatError && error.code === 'UNREACHABLE';
  return isAbsent ? `Server not found. ${error.message}` : error.message;
}

/** An event for people, or undefined for what they need not know. */
export function describe(event: ChatClientEvent): string | undefined {
  switch (event.type) {
    case 'message':
      return `${event.from}${event.toAll ? ' (to all)' : ''}: ${event.text}`;
    case 'join':
      return `* ${event.name} has joined`;
    case 'leave':
      return `* ${event.name} has left (${event.reason})`;
    case 'error':
    case 'notice':
      return `* ${event.text}`;
    case 'disconnected':
      return `Disconnected. ${event.text}`;
    case 'reconnecting':
      return event.attempt === 1 || event.attempt % 5 === 0
        ? `* Trying to reconnect in ${(event.inMs / 1000).toFixed(1)} s (attempt ${event.attempt})`
        : undefined;
    case 'closed':
      return event.error === undefined ? undefined : `* ${event.error.message}`;
    case 'connected':
    case 'failed':
      return undefined;
  }
}
