/**
 * What `wirebook run` says on the terminal, while it runs and at the end.
 *
 * @module
 */
import type { WriteStream } from 'node:tty';
import { stripAnsi } from '../jupyter/run/ansi.js';
import type { CellDifference } from '../jupyter/run/compare.js';
import { seconds, statusWord } from '../jupyter/run/report/words.js';
import type { CellRun, CellStatus, NotebookRun } from '../jupyter/run/runner.js';

const COLOUR: Record<CellStatus, number> = { ok: 32, failed: 31, allowed: 33, skipped: 90, 'not-run': 90 };

/** A wait after the last cell that is told, in milliseconds. */
const WAIT_WORTH_SAYING_MS = 1000;

/** Lines on a terminal, or in a log. */
export class Progress {
  readonly #out: NodeJS.WriteStream | WriteStream;
  readonly #isLive: boolean;
  readonly #namesNotebook: boolean;

  /** @param namesNotebook whether each line says which notebook it is about */
  constructor(out: NodeJS.WriteStream, namesNotebook: boolean) {
    this.#out = out;
    this.#isLive = out.isTTY === true;
    this.#namesNotebook = namesNotebook;
  }

  /** A cell is about to run: shown while it does, on a terminal. */
  begin(path: string, cell: CellRun, total: number): void {
    if (this.#isLive) this.#out.write(this.#fit(`${this.#label(path, cell, total)} running  ${cell.title}`));
  }

  /** A cell has ended, or has failed late. */
  end(path: string, cell: CellRun, run: NotebookRun): void {
    const word = this.#paint(statusWord(cell).padEnd(7), COLOUR[cell.status]);
    const time = cell.durationMs > 0 ? seconds(cell.durationMs) : '';
    this.#line(`${this.#label(path, cell, run.cells.length)} ${word} ${time.padStart(7)}  ${cell.title}`);
  }

  /** The end of a notebook: failures first, then what was not run, then the sum and where it all is. */
  summary(run: NotebookRun, written: readonly (readonly [path: string, what: string])[]): void {
    const total = run.cells.length;
    for (const cell of run.cells.filter(({ status }) => status === 'failed')) {
      const { ename, evalue, line, traceback } = cell.failure!;
      const place = `cell ${cell.number} of ${total}${line === undefined ? '' : `, line ${line}`}`;
      this.#line(
        `\n${this.#paint(`${run.path}: ${place}: ${statusWord(cell)}: ${ename}: ${evalue.split('\n', 1)[0]}`, 31)}`,
      );
      const trace = traceback.join('\n');
      this.#line(this.#isLive ? trace : stripAnsi(trace));
    }
    const left = run.cells.filter(({ status }) => status === 'not-run').map(({ number }) => number);
    if (left.length > 0) this.#line(`\nnot run: ${left.length === 1 ? 'cell' : 'cells'} ${ranges(left)}`);
    for (const { count, what, line } of run.left) {
      const place = `cell ${count}${line === undefined ? '' : `, line ${line}`}`;
      this.#line(this.#paint(`\nwarning: ${place} left ${what} open; it was closed when the run ended`, 33));
    }
    if (run.waited !== undefined && run.waited.ms >= WAIT_WORTH_SAYING_MS) {
      this.#line(`waited ${seconds(run.waited.ms)} for ${run.waited.what} of cell ${run.waited.count}`);
    }
    if (run.fault !== undefined) this.#line(this.#paint(`\n${run.path}: ${run.fault}`, 31));
    const counts = (['ok', 'failed', 'allowed', 'skipped', 'not-run'] as const)
      .map((status) => [status, run.cells.filter((cell) => cell.status === status).length] as const)
      .filter(([status, count]) => count > 0 || status === 'ok')
      .map(([status, count]) => this.#paint(`${count} ${status.replace('-', ' ')}`, COLOUR[status]));
    const times = `${seconds(run.durationMs)}, kernel ${run.kernel} ready after ${seconds(run.startMs)}`;
    this.#line(`\n${run.path}: ${total} cells: ${counts.join(', ')} (${times})`);
    const width = Math.max(0, ...written.map(([path]) => path.length));
    for (const [path, what] of written) this.#line(`  ${path.padEnd(width)}  ${what}`);
  }

  /** What `--check` found. */
  differences(run: NotebookRun, differences: readonly CellDifference[]): void {
    if (differences.length === 0) this.#line(`${run.path}: outputs as stored`);
    for (const { index, lines } of differences) {
      const cell = run.cells.find((each) => each.index === index);
      this.#line(`\n${run.path}: cell ${cell?.number ?? index + 1} differs: ${cell?.title ?? ''}`);
      for (const line of lines)
        this.#line(this.#paint(line, line.startsWith('-') ? 31 : line.startsWith('+') ? 32 : 90));
    }
  }

  /** The sum of several notebooks. */
  total(runs: readonly NotebookRun[], count: number): void {
    const good = runs.filter((run) => run.isOk).length;
    this.#line(`\n${good} of ${count} notebooks ok`);
  }

  /** A notebook could not be run at all. */
  complain(message: string): void {
    this.#line(this.#paint(message, 31));
  }

  #label(path: string, cell: CellRun, total: number): string {
    const width = String(total).length;
    const label = `[${String(cell.number).padStart(width)}/${total}]`;
    return this.#namesNotebook ? `${path} ${label}` : label;
  }

  #line(text: string): void {
    this.#out.write(this.#isLive ? `\r\x1b[K${text}\n` : `${text}\n`);
  }

  /** One line that the next one replaces, cut so that it does not wrap. */
  #fit(text: string): string {
    return `\r\x1b[K${text.slice(0, (this.#out.columns ?? 80) - 1)}`;
  }

  #paint(text: string, colour: number): string {
    return this.#isLive && process.env.NO_COLOR === undefined ? `\x1b[${colour}m${text}\x1b[0m` : text;
  }
}

/** `3, 5–8` */
function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let j = i;
    while (numbers[j + 1] === numbers[j]! + 1) j++;
    parts.push(i === j ? `${numbers[i]}` : `${numbers[i]}–${numbers[j]}`);
    i = j + 1;
  }
  return parts.join(', ');
}
