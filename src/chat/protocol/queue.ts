/**
 * Values that come when they like, for those who ask when they like.
 *
 * @module
 */

/** Whoever waits for a value. Knows how to be told that none will come. */
interface Taker<Value> {
  settle(result: IteratorResult<Value, undefined>): void;
}

const done = { done: true, value: undefined } as const;

/** How values are iterated over. */
export interface IterateOptions {
  /** Ends the iteration; a `next()` that waits is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, when the iteration ends before the values do. */
  readonly onReturn?: () => void;
}

/** A bounded queue between callbacks and `for await`. When it is full the oldest value makes room, and is counted. */
export class Queue<Value> {
  readonly #limit: number;
  #values: Value[] = [];
  #head = 0;
  /** In the order in which they asked. */
  readonly #takers = new Set<Taker<Value>>();
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
    for (const taker of this.#takers) {
      this.#takers.delete(taker);
      taker.settle({ done: false, value });
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
    for (const taker of this.#takers) taker.settle(done);
    this.#takers.clear();
  }

  /**
   * Takes values, beside whoever else does: each goes to one. After `return()` nothing is taken any more, and a `next()`
   * that still waits is done, so that no value is lost to somebody who has left.
   */
  iterate({ signal, onReturn }: IterateOptions = {}): AsyncIterableIterator<Value> & AsyncDisposable {
    const own = new Set<Taker<Value> & { reject(reason: unknown): void }>();
    let isOver = false;
    const leave = (settle: (taker: Taker<Value> & { reject(reason: unknown): void }) => void): void => {
      if (isOver) return;
      isOver = true;
      signal?.removeEventListener('abort', abort);
      for (const taker of own) {
        this.#takers.delete(taker);
        settle(taker);
      }
      own.clear();
      onReturn?.();
    };
    const abort = (): void => leave((taker) => taker.reject(signal?.reason));
    signal?.addEventListener('abort', abort);
    const iterator: AsyncIterableIterator<Value> & AsyncDisposable = {
      next: () => {
        if (signal?.aborted) {
          abort();
          return Promise.reject(signal.reason);
        }
        if (isOver) return Promise.resolve(done);
        if (this.size > 0) return Promise.resolve({ done: false, value: this.#take() });
        if (this.#isEnded) {
          signal?.removeEventListener('abort', abort);
          return Promise.resolve(done);
        }
        return new Promise((resolve, reject) => {
          const taker = {
            reject,
            settle: (result: IteratorResult<Value, undefined>) => {
              own.delete(taker);
              if (result.done) signal?.removeEventListener('abort', abort);
              resolve(result);
            },
          };
          own.add(taker);
          this.#takers.add(taker);
        });
      },
      return: () => {
        leave((taker) => taker.settle(done));
        return Promise.resolve(done);
      },
      [Symbol.asyncIterator]: () => iterator,
      [Symbol.asyncDispose]: async () => {
        await iterator.return?.();
      },
    };
    return iterator;
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
