/**
 * Values that come when they like, for those who ask when they like.
 *
 * @module
 */

/** A bounded queue between callbacks and `for await`. When it is full the oldest value makes room, and is counted. */
export class Queue<Value> implements AsyncIterableIterator<Value> {
  readonly #limit: number;
  #values: Value[] = [];
  #head = 0;
  #takers: ((result: IteratorResult<Value, undefined>) => void)[] = [];
  #isEnded = false;
  /** Values that were dropped because nobody took them. */
  dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#values.length - this.#head;
  }

  push(value: Value): void {
    if (this.#isEnded) return;
    const taker = this.#takers.shift();
    if (taker !== undefined) {
      taker({ done: false, value });
      return;
    }
    if (this.size >= this.#limit) {
      this.#take();
      this.dropped++;
    }
    this.#values.push(value);
  }

  /** No more values come; those that are there can still be taken. */
  end(): void {
    this.#isEnded = true;
    for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<Value, undefined>> {
    if (this.size > 0) return Promise.resolve({ done: false, value: this.#take() });
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): Value {
    const value = this.#values[this.#head++]!;
    if (this.#head > 1024 && this.#head * 2 > this.#values.length) {
      this.#values = this.#values.slice(this.#head);
      this.#head = 0;
    }
    return value;
  }
}
