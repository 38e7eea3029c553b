/**
 * What a session needs of its connection, be it a socket or a test.
 *
 * @module
 */
import type { Delivery } from './delivery.js';

/** What a session needs of its connection. */
export interface Link {
  /** Address and port of the other end, for people. */
  readonly remote: string;
  /** Whether so much waits for the client that nobody should write to it. `Session.drained()` says when that is over. */
  readonly isCongested: boolean;
  /** Queues a text. `delivery` is told whether the operating system took it. */
  send(text: string, delivery?: Delivery): void;
  /** Stops and goes on reading. What was read before may still come. */
  pause(): void;
  resume(): void;
  /** Lets the operating system find out whether the other end is there. */
  probe(): void;
  /** Spaces the texts out, for a reader that takes one read for one message. */
  space(): void;
  /** Closes when what is queued has been taken; with `farewell`, what is queued is given up for it. */
  end(farewell?: string): void;
}
