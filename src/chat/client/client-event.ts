/**
 * What a client is told, and what it tells.
 *
 * @module
 */
import type { ChatCode, ChatError } from '../../errors.js';
import type { LeaveReason } from '../protocol/notice.js';
import type { BackoffOptions } from './backoff.js';

/** How a client is set up. */
export interface ChatClientOptions {
  readonly name: string;
  /** 127.0.0.1 unless told otherwise. */
  readonly host?: string;
  /** 9999 unless told otherwise. */
  readonly port?: number;
  readonly password?: string;
  /** Speaks TLS: `true` trusts the system's authorities, `ca` (PEM) another, `servername` is the name to be proven. */
  readonly tls?: boolean | { readonly ca?: string | Uint8Array; readonly servername?: string };
  /** Speaks the classic dialect, to the Python server. It knows no receipts. */
  readonly classic?: boolean;
  /** Comes back when the connection is lost, as it does unless told otherwise; or the waiting times to do so. */
  readonly reconnect?: boolean | Partial<BackoffOptions>;
  /** Time to connect and log in, in milliseconds: 10,000 unless told otherwise. */
  readonly timeoutMs?: number;
  /** After it has come back, how long messages to people who are not there wait for them, in milliseconds: 30,000 unless told otherwise. */
  readonly expectMs?: number;
}

/** How one thing is waited for. */
export interface WaitOptions {
  /** Ends the waiting: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A message that arrived. `at` is in milliseconds since 1970. */
export interface ChatMessage {
  readonly from: string;
  readonly text: string;
  /** Whether it went to everybody. */
  readonly toAll: boolean;
  readonly at: number;
}

/** What became of a message sent. */
export interface Receipt {
  readonly to: string;
  readonly text: string;
  /** Whether the server has confirmed it. In the classic dialect it never does. */
  readonly confirmed: boolean;
  /** Recipients whose operating system has the message, on the server's side; 0 where not confirmed. */
  readonly recipients: number;
  /** When it was given to `send()`, and answered, in milliseconds since 1970. */
  readonly sentAt: number;
  readonly at: number;
  /** From being written to the answer, in milliseconds. */
  readonly roundTripMs: number;
}

/** Something that happened to a client. `at` is in milliseconds since 1970. */
export type ChatClientEvent =
  | { readonly type: 'connected'; readonly at: number; readonly name: string; readonly again: boolean }
  | ({ readonly type: 'message' } & ChatMessage)
  | { readonly type: 'join'; readonly at: number; readonly name: string }
  | { readonly type: 'leave'; readonly at: number; readonly name: string; readonly reason: LeaveReason }
  | {
      readonly type: 'error';
      readonly at: number;
      readonly code: ChatCode;
      readonly about: string | undefined;
      readonly text: string;
    }
  /** A message was not delivered, or it is not known whether it was: what `send()` rejects with. */
  | { readonly type: 'failed'; readonly at: number; readonly to: string; readonly text: string; readonly error: Error }
  /** Lines of the server the client does not know, and what it does by itself, for people. */
  | { readonly type: 'notice'; readonly at: number; readonly text: string }
  | { readonly type: 'disconnected'; readonly at: number; readonly code: ChatCode; readonly text: string }
  | { readonly type: 'reconnecting'; readonly at: number; readonly attempt: number; readonly inMs: number }
  /** `error` where the client gave up. */
  | { readonly type: 'closed'; readonly at: number; readonly error: ChatError | undefined };
