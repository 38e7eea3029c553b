/**
 * Lines for a terminal, pipe or file that may be slow, or have stopped, without stopping the server.
 *
 * @module
 */
import { write } from 'node:fs';

/** Characters that may wait for a reader that has stopped. */
const longestBacklog = 1_048_576;
/** Until a full non-blocking pipe is tried again, in milliseconds. */
const retryMs = 20;

/**
 * Writes lines to a file descriptor, those of one turn together, one write at a time, off the main thread: node writes
 * to `process.stdout` there, and a terminal held with Ctrl-S or a pipe nobody reads would hold every client with it.
 * Beyond a mebibyte lines are dropped, and counted in a line when there is room again.
 */
export class LogWriter {
  readonly #descriptor: number;
  #text = '';
  #dropped = 0;
  #isWriting = false;
  #isBroken = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(line: string): void {
    if (this.#isBroken) return;
    if (this.#text.length > longestBacklog) {
      this.#dropped++;
      return;
    }
    if (this.#text === '' && !this.#isWriting) setImmediate(() => this.#flush());
    this.#text += `${line}\n`;
  }

  #flush(): void {
    if (this.#isWriting || this.#text === '') return;
    if (this.#dropped > 0) {
      this.#text += `[!] ${this.#dropped} lines were dropped here, nobody read them\n`;
      this.#dropped = 0;
    }
    const bytes = Buffer.from(this.#text);
    this.#text = '';
    this.#isWriting = true;
    this.#writeFrom(bytes, 0);
  }

  #writeFrom(bytes: Buffer, at: number): void {
    write(this.#descriptor, bytes, at, bytes.length - at, null, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(() => this.#writeFrom(bytes, at), retryMs);
      else if (error) {
        // The reader is gone; that is no reason to stop serving.
        this.#isBroken = true;
        this.#text = '';
      } else if (at + written < bytes.length) this.#writeFrom(bytes, at + written);
      else {
        this.#isWriting = false;
        this.#flush();
      }
    });
  }
}
