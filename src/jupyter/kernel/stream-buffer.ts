/**
 * Gathers what a cell prints in small pieces into few messages: a loop that prints 100,000 lines is not 100,000 messages.
 *
 * @module
 */

/** How long text may wait for more of its kind, in milliseconds. */
const DELAY_MS = 10;
/** Characters that are sent without waiting. */
const FULL = 64 * 1024;

type Send = (id: number | undefined, name: 'stdout' | 'stderr', text: string) => void;

/** Text of one cell and one stream, waiting. Order is kept: another cell or stream sends what is there first. */
export class StreamBuffer {
  readonly #send: Send;
  #id: number | undefined;
  #name: 'stdout' | 'stderr' = 'stdout';
  #pieces: string[] = [];
  #length = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Adds text a cell printed. */
  add(id: number | undefined, name: 'stdout' | 'stderr', text: string): void {
    if (this.#id !== id || this.#name !== name) this.flush();
    this.#id = id;
    this.#name = name;
    this.#pieces.push(text);
    this.#length += text.length;
    if (this.#length >= FULL) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), DELAY_MS);
  }

  /** Sends what waits; to be called before anything else is said of a cell. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#length === 0) return;
    const text = this.#pieces.join('');
    this.#pieces = [];
    this.#length = 0;
    this.#send(this.#id, this.#name, text);
  }
}
