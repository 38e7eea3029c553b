/**
 * What a session needs of its connection, be it a socket or a test.
 *
 * @module
 */
import type { Delivery } from './delivery.js';

/** What a session needs of its connection. */
export interface Link {
  /** Address of the other end, what limits per address go by. */
  readonly address: string;
  /** Address and port of the other end, for people. */
  readonly remote: string;
  /** Whether so much waits for the client that nobody should write to it. `Session.drained()` says when that is over. */
  readonly isCongested: boolean;
  /** Whether the client has taken nothing for a moment though something waits: it may take long to say whether it will. */
  readonly isBehind: boolean;
  /** Bytes the operating system has taken for the client so far. */
  readonly taken: number;
  /** Queues a text. `delivery` is told whether the operating system took it. */
  send(text: string, delivery?: Delivery): void;
  /** Stops and goes on reading. What was read before may still come. */
  pause(): void;
  resume(): void;
  /** Lets the operating system find out whether the other end is there. */
  probe(): void;
  /** Spaces the texts out, for a reader that takes one read for one message. */
  space(): void;
  /**
   * Closes when what is queued has been taken. With `farewell`, what is queued is given up for it, and those who are
   * told of it, `waiting` among them, are each told once.
   */
  end(farewell?: string, waiting?: readonly Delivery[]): void;
}
