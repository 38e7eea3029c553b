/**
 * Lines to a stream, gathered into large writes that wait for whoever reads them, and given up quietly when nobody does any more.
 *
 * @module
 */
import type { Writable } from 'node:stream';

/** Characters gathered before they are written. */
const capacity = 64 * 1024;

export class LineWriter {
  readonly #stream: Writable;
  #lines: string[] = [];
  #size = 0;
  #error: Error | undefined;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error) => {
      this.#error = error;
    });
  }

  /** Whether the reader of a pipe has gone: nothing more need be made. */
  get isClosed(): boolean {
    return this.#error !== undefined;
  }

  /** Whether it is time to `flush()`. */
  get isFull(): boolean {
    return this.#size >= capacity;
  }

  /** Adds a line. */
  write(line: string): void {
    this.#lines.push(line);
    this.#size += line.length + 1;
  }

  /**
   * Writes what was gathered and waits until the stream has taken it.
   *
   * @throws what the stream failed with, other than EPIPE: `wirebook show FILE | head` is no failure
   */
  async flush(): Promise<void> {
    if (this.#lines.length > 0 && !this.isClosed) {
      const text = `${this.#lines.join('\n')}\n`;
      await new Promise<void>((resolve) => {
        this.#stream.write(text, (error) => {
          this.#error ??= error ?? undefined;
          resolve();
        });
      });
    }
    this.#lines = [];
    this.#size = 0;
    if (this.#error && (this.#error as NodeJS.ErrnoException).code !== 'EPIPE') throw this.#error;
  }
}
