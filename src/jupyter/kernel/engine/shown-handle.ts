/**
 * What `display()` gives back.
 *
 * @module
 */
import type { DisplayHandle } from './cell/globals/index.js';

/** A handle on something shown. A cell that ends with a call of `display()` does not show its handle too. */
export class ShownHandle implements DisplayHandle {
  readonly id: string;
  readonly #put: (value: unknown) => void;

  constructor(id: string, put: (value: unknown) => void) {
    this.id = id;
    this.#put = put;
  }

  update(value: unknown): void {
    this.#put(value);
  }
}
