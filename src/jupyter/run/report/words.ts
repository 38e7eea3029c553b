/**
 * Words for what became of a cell, the same on the terminal and on the page.
 *
 * @module
 */
import type { CellRun } from '../runner.js';

/** `ok`, `failed: type error`, `not run` … */
export function statusWord(cell: CellRun): string {
  const { failure, status } = cell;
  if (failure === undefined) return status.replace('-', ' ');
  const how = failure.code.toLowerCase().replaceAll('_', ' ');
  return status === 'allowed' ? `allowed: ${how}` : how;
}

/** A duration to read: `0.04 s`, `3.2 s`, `2 min 5 s`. */
export function seconds(ms: number): string {
  if (ms >= 60_000) return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
