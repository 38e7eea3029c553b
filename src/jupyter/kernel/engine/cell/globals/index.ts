/**
 * What a cell can use without importing it, beside Node's own globals. The compiler that checks cells reads this
 * folder's declarations.
 *
 * @module
 */

/** Something shown, that can be shown anew in its place. */
export interface DisplayHandle {
  /** The `display_id` it was shown under. */
  readonly id: string;
  /** Shows `value` where the earlier one stands. */
  update(value: unknown): void;
}

/** How to show a value. */
export interface DisplayOptions {
  /** The value is a MIME bundle itself: `{ 'text/html': …, 'text/plain': … }`. */
  readonly raw?: boolean;
  /** An id of one's own; without one it is made up. */
  readonly id?: string;
}

declare global {
  /**
   * Shows a value below the cell, at once: as its `Symbol.for('Jupyter.display')` method says, else as inspected text.
   * The value of a cell's last expression is shown without it.
   */
  function display(value: unknown, options?: DisplayOptions): DisplayHandle;

  /** Clears what the cell has shown; with `wait` when the next output comes, so that nothing flickers. */
  function clearOutput(wait?: boolean): void;

  /**
   * Asks whoever runs the notebook for a line of text and waits for it.
   *
   * @throws Error where nobody can be asked, as under nbconvert or `wirebook run`
   */
  function prompt(message?: string, options?: { readonly password?: boolean }): string;
}
