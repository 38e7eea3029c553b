/**
 * Messages on their way out of one ZeroMQ socket. A socket takes one send at a time and refuses the next one while the
 * first has to wait, so each has a queue of its own: in order, nothing lost, however many are handed over at once.
 *
 * @module
 */

/** Frames that wait in the queue before it is called full. */
const FULL_BYTES = 8 * 1024 * 1024;
const FULL_MESSAGES = 2000;
/** How long to wait before a socket that has no room is tried again, in milliseconds. */
const RETRY_MS = 2;

/** What a message becomes on the wire. */
export type Frames = readonly Uint8Array[];

/** The part of a ZeroMQ socket that sends. */
export interface SendingSocket {
  readonly closed: boolean;
  send(frames: Uint8Array[]): Promise<void>;
}

/** A queue in front of one socket. */
export class Outbox {
  readonly #socket: SendingSocket;
  readonly #onRoom: () => void;
  #waiting: Frames[] = [];
  #at = 0;
  #bytes = 0;
  #isFull = false;
  #sending: Promise<void> | undefined;

  /** @param onRoom called when the queue was full and is no longer */
  constructor(socket: SendingSocket, onRoom: () => void = () => {}) {
    this.#socket = socket;
    this.#onRoom = onRoom;
  }

  /** Whether whoever makes messages should make no more for now. What is handed over all the same is kept. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Sends frames after all that were handed over before. They must not be changed afterwards. */
  send(frames: Frames): void {
    if (this.#socket.closed) return;
    this.#waiting.push(frames);
    this.#bytes += sizeOf(frames);
    if (this.#bytes > FULL_BYTES || this.#waiting.length - this.#at > FULL_MESSAGES) this.#isFull = true;
    this.#sending ??= this.#empty();
  }

  /** Waits until the socket has everything, or is closed. */
  async flushed(): Promise<void> {
    await this.#sending;
  }

  async #empty(): Promise<void> {
    while (this.#at < this.#waiting.length && !this.#socket.closed) {
      const frames = this.#waiting[this.#at]!;
      if (!(await this.#sent(frames))) continue;
      this.#at += 1;
      this.#bytes -= sizeOf(frames);
      if (this.#at > FULL_MESSAGES && this.#at * 2 > this.#waiting.length) this.#forgetSent();
      if (this.#isFull && this.#bytes * 2 < FULL_BYTES && (this.#waiting.length - this.#at) * 2 < FULL_MESSAGES) {
        this.#isFull = false;
        this.#onRoom();
      }
    }
    this.#forgetSent();
    this.#sending = undefined;
  }

  async #sent(frames: Frames): Promise<boolean> {
    try {
      await this.#socket.send(frames as Uint8Array[]);
      return true;
    } catch (error) {
      if (this.#socket.closed) return true;
      // A publisher that may not drop says so when a subscriber does not keep up. Anything else is about this message.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        process.emitWarning(error as Error);
        return true;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      return false;
    }
  }

  #forgetSent(): void {
    this.#waiting = this.#waiting.slice(this.#at);
    this.#at = 0;
  }
}

function sizeOf(frames: Frames): number {
  let bytes = 0;
  for (const frame of frames) bytes += frame.length;
  return bytes;
}
