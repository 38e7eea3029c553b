/**
 * Plots as Plotly figures: data and layout, nothing drawn here.
 *
 * @module
 */

/** Plotly's JSON for a figure, https://plotly.com/javascript/reference/ */
export class Figure {
  readonly data: readonly Record<string, unknown>[];
  readonly layout: Record<string, unknown>;

  constructor(data: readonly Record<string, unknown>[], layout: Record<string, unknown>) {
    this.data = data;
    this.layout = layout;
  }

  /** So that the last expression of a cell is drawn. */
  [Symbol.for('Jupyter.display')](): Record<string, unknown> {
    return {
      'application/vnd.plotly.v1+json': { data: this.data, layout: this.layout },
      'text/plain': this.toString(),
    };
  }

  toJSON(): object {
    return { data: this.data, layout: this.layout };
  }

  toString(): string {
    const names = this.data.map(({ name }) => name).join(', ');
    return `Figure: ${(this.layout.title as { text?: string } | undefined)?.text ?? ''} (${names})`;
  }
}
