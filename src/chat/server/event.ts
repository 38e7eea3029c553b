/**
 * What happens on a server, for terminals, logs and transcripts.
 *
 * @module
 */
import type { ChatCode } from '../../errors.js';
import type { LeaveReason } from '../protocol/notice.js';

/** Something that happened on a chat server. `at` is in milliseconds since 1970. */
export type ChatEvent =
  | {
      readonly type: 'listening';
      readonly at: number;
      readonly host: string;
      readonly port: number;
      readonly tls: boolean;
    }
  | { readonly type: 'warning'; readonly at: number; readonly text: string }
  | {
      readonly type: 'join';
      readonly at: number;
      readonly name: string;
      readonly remote: string;
      readonly dialect: Dialect;
    }
  | {
      readonly type: 'leave';
      readonly at: number;
      readonly name: string;
      readonly remote: string;
      readonly reason: LeaveReason;
    }
  /** A connection that never logged in, and why. */
  | {
      readonly type: 'refused';
      readonly at: number;
      readonly remote: string;
      readonly code: ChatCode;
      readonly text: string;
    }
  | {
      readonly type: 'message';
      readonly at: number;
      readonly from: string;
      /** The line as sent, without a tag: `Bob: Hello`. */
      readonly raw: string;
      /** The recipient's name as the server writes it, `all`, or undefined where there was none. */
      readonly to: string | undefined;
      readonly text: string;
      /** `ROUTED`, or why it was not. */
      readonly outcome: 'ROUTED' | 'NO_SUCH_USER' | 'FORMAT' | 'EMPTY_MESSAGE';
    }
  | { readonly type: 'stopped'; readonly at: number };

/** The two ways a connection can speak. */
export type Dialect = 'line' | 'classic';
