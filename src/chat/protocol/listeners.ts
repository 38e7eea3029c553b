/**
 * Those who are called with everything that happens.
 *
 * @module
 */

/** Listeners that cannot disturb each other, or whoever tells them something. */
export class Listeners<Event> {
  readonly #listeners = new Set<(event: Event) => unknown>();

  get size(): number {
    return this.#listeners.size;
  }

  /** Calls `listener` with every event from now on. Returns what ends it. */
  add(listener: (event: Event) => unknown): () => void {
    // Wrapped, so that one function added twice is two listeners.
    const own = (event: Event): unknown => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Calls everybody. What a listener throws, or a promise of it is rejected with, becomes a warning of the process. */
  emit(event: Event): void {
    for (const listener of this.#listeners) {
      try {
        const result = listener(event);
        if (result instanceof Promise) result.catch(warn);
      } catch (error) {
        warn(error);
      }
    }
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? (error.stack ?? error.message) : String(error), {
    type: 'ListenerWarning',
    detail: 'A listener of the chat threw; the others were told, and the chat goes on',
  });
}
