/**
 * Stacks that name the cell's own lines. While the engine runs, `error.stack` is written in terms of the TypeScript that
 * was typed, not of the JavaScript that was made of it.
 *
 * @module
 */
import { inspect } from 'node:util';
import type { Conversion } from './converter.js';

/** The source of a cell that has run, kept for the stacks of errors to come. */
export interface Source {
  readonly code: string;
  readonly locate: Conversion['locate'];
}

/** A place in a cell, 1-based. */
export interface CellPlace {
  readonly cell: string;
  readonly line: number;
  readonly column: number;
}

/** Frames of the machinery that runs a cell. */
const MACHINERY =
  /^\s+at .*(?:node:internal\/|node:async_hooks:|node:vm:|[\\/]jupyter[\\/]kernel[\\/]engine[\\/]|node_modules[\\/]tslab[\\/])/;
const PLACE = /((?:silent )?cell \d+):(\d+):(\d+)/g;

const sources = new Map<string, Source>();

/** Keeps the source of a cell under the name its frames carry. */
export function keepSource(name: string, source: Source): void {
  sources.set(name, source);
}

/** The source of the cell of that name. */
export function sourceOf(name: string): Source | undefined {
  return sources.get(name);
}

/** From here on every stack is translated as it is made. */
export function translateStacks(): void {
  Error.prepareStackTrace = (error, sites) => {
    const head = heading(error);
    return sites.length === 0 ? head : `${head}\n    at ${sites.map(describe).join('\n    at ')}`;
  };
}

/** A thrown value as text, with its stack, its properties and its causes, without the machinery's frames. */
export function describeThrown(thrown: unknown): string {
  const text = inspect(thrown)
    .split('\n')
    .filter((line) => !MACHINERY.test(line))
    .join('\n');
  // Errors without frames come in brackets.
  return thrown instanceof Error ? text.replace(/^\[([\s\S]*)\]$/, '$1') : text;
}

/** The places in cells that a stack goes through, innermost first. */
export function placesIn(stack: string): CellPlace[] {
  return [...stack.matchAll(PLACE)].map(([, cell, line, column]) => ({
    cell: cell!,
    line: Number(line),
    column: Number(column),
  }));
}

function heading(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}

function describe(site: NodeJS.CallSite): string {
  const text = String(site);
  const name = site.getFileName();
  const source = name === null || name === undefined ? undefined : sources.get(name);
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  if (source === undefined || line === null || column === null) return text;
  const place = source.locate(line - 1, column - 1);
  if (place === undefined) return text;
  return text.replace(`${name}:${line}:${column}`, `${name}:${place.line + 1}:${place.column + 1}`);
}
