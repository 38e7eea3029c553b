/**
 * Runs a notebook from the top, cell by cell, and tells what truly became of each.
 *
 * A cell is good when its reply says so and nothing of it failed later, while other cells ran. After the first failure
 * no cell is run, and those that were not are said to be so.
 *
 * @module
 */
import { dirname, resolve } from 'node:path';
import type { CellFailureCode } from '../../errors.js';
import type { LeftOpen, Settlement } from '../kernel/engine/protocol.js';
import { type KernelSpec, RunningKernel } from '../kernel/launch.js';
import { KERNEL_NAME, type RunnerMetadata, SETTLE_REQUEST } from '../kernel/runner-words.js';
import type { JsonObject, Message } from '../protocol/message.js';
import { type CodeCell, type Notebook, tagsOf } from '../protocol/notebook.js';
import { type CellFailure, failureOf, madeFailure } from './cell-failure.js';
import type { CellDifference } from './compare.js';
import { type Displays, OutputCollector } from './outputs.js';

/** How long an interrupted cell has to end before its kernel is ended, in milliseconds. */
const INTERRUPT_LIMIT_MS = 8000;
/** How long what cells started may take after the last cell where no cell has a time limit, in milliseconds. */
const SETTLE_LIMIT_MS = 30_000;
/** What an exception is, and nothing else: a cell that may raise one may not take the kernel down or never end. */
const UNFORGIVEN: readonly CellFailureCode[] = ['KERNEL_DIED', 'TIMED_OUT', 'INTERRUPTED', 'NOT_RUN'];

/** What became of a cell. */
export type CellStatus =
  /** It ran, and nothing of it failed. */
  | 'ok'
  /** It failed. */
  | 'failed'
  /** It failed, as its tag `raises-exception` or `--allow-errors` allows. */
  | 'allowed'
  /** Its tag `skip-execution` says not to run it. */
  | 'skipped'
  /** Something before it failed. */
  | 'not-run';

/** One cell's run. */
export interface CellRun {
  /** Place among all cells of the notebook, from 0. */
  readonly index: number;
  /** Place among the code cells, from 1: the number in `In [1]` when a notebook runs from the top. */
  readonly number: number;
  /** Its first line, to recognise it by. */
  readonly title: string;
  status: CellStatus;
  failure?: CellFailure;
  /** Wall-clock time, in milliseconds; 0 when it was not run. */
  durationMs: number;
}

/** A notebook's run. */
export interface NotebookRun {
  readonly path: string;
  readonly notebook: Notebook;
  readonly kernel: string;
  readonly cells: CellRun[];
  /** Whether every cell is `ok`, `allowed` or `skipped`, and one of them ran, unless a run without cells is allowed. */
  isOk: boolean;
  /** Why the run is not good although no cell failed. */
  fault?: string;
  /** Where the outputs are others than the stored ones, after a comparison that found any. */
  differences?: readonly CellDifference[];
  /** What cells left open when the run ended, as servers and intervals: not waited for, and closed with the kernel. */
  left: LeftOpen[];
  /** What was waited for longest after the last cell. */
  waited?: LeftOpen & { ms: number };
  /** Time until the kernel answered, in milliseconds. */
  startMs: number;
  /** Time of everything, in milliseconds. */
  durationMs: number;
}

/** How to run a notebook, and whom to tell. */
export interface RunOptions {
  readonly kernel: KernelSpec;
  /** Go on after a failure; failed cells count as `allowed`. */
  readonly allowErrors?: boolean;
  /** A notebook of which no cell ran is good. */
  readonly allowEmpty?: boolean;
  /** Longest time for one cell, in milliseconds; a cell's metadata `timeout`, in seconds, goes before it. */
  readonly cellTimeoutMs?: number;
  /** Longest time for everything, in milliseconds. */
  readonly timeoutMs?: number;
  /** Ends the run: the running cell counts as interrupted. */
  readonly signal?: AbortSignal;
  /** A cell is about to run. */
  readonly onCell?: (cell: CellRun, total: number) => void;
  /** A cell has ended, or was found to have failed late. Awaited, so that what is saved is whole. */
  readonly onProgress?: (cell: CellRun, run: NotebookRun) => Promise<void> | void;
}

/**
 * Runs a notebook. Its outputs are replaced by the new ones in place.
 *
 * @throws NotebookError when no cell could be run: `NO_KERNEL`, `INTERRUPTED`
 */
export async function runNotebook(notebook: Notebook, path: string, options: RunOptions): Promise<NotebookRun> {
  const began = performance.now();
  const kernel = await RunningKernel.start(options.kernel, dirname(resolve(path)), options.signal);
  try {
    const run = new Run(notebook, path, kernel, { ...options, began });
    return await run.go();
  } finally {
    await kernel.stop();
  }
}

/** The record of a notebook that could not be run at all, so that it is missing from no result. */
export function unrunNotebook(path: string, fault: string): NotebookRun {
  const notebook: Notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] };
  return { path, notebook, kernel: 'none', cells: [], isOk: false, fault, left: [], startMs: 0, durationMs: 0 };
}

/** The code cells of a notebook as they are before a run. */
export function plannedCells(notebook: Notebook): CellRun[] {
  const cells: CellRun[] = [];
  for (const [index, cell] of notebook.cells.entries()) {
    if (cell.cell_type !== 'code' || cell.source.trim() === '') continue;
    cells.push({ index, number: cells.length + 1, title: titleOf(cell.source), status: 'not-run', durationMs: 0 });
  }
  return cells;
}

class Run {
  readonly #kernel: RunningKernel;
  readonly #options: RunOptions;
  readonly #run: NotebookRun;
  readonly #displays: Displays = new Map();
  readonly #began: number;
  #stop: CellFailureCode | undefined;
  #telling: Promise<void> = Promise.resolve();

  constructor(
    notebook: Notebook,
    path: string,
    kernel: RunningKernel,
    { began, ...options }: RunOptions & { readonly began: number },
  ) {
    this.#kernel = kernel;
    this.#options = options;
    this.#began = began;
    this.#run = {
      path,
      notebook,
      kernel: kernel.spec.name,
      cells: plannedCells(notebook),
      isOk: false,
      left: [],
      startMs: performance.now() - began,
      durationMs: 0,
    };
  }

  async go(): Promise<NotebookRun> {
    const { cells, notebook } = this.#run;
    for (const cell of notebook.cells) {
      if (cell.cell_type === 'code') Object.assign(cell, { outputs: [], execution_count: null });
    }
    for (const cell of cells) {
      const code = notebook.cells[cell.index] as CodeCell;
      if (tagsOf(code).includes('skip-execution')) cell.status = 'skipped';
      else if (this.#stop === undefined && !this.#hasFailed()) {
        this.#options.onCell?.(cell, cells.length);
        await this.#runCell(cell, code);
      } else continue;
      await this.#tell(cell);
    }
    if (this.#stop === undefined && !this.#hasFailed()) await this.#settle();
    await this.#telling;
    this.#judge();
    this.#run.durationMs = performance.now() - this.#began;
    return this.#run;
  }

  /** One after the other: a late failure must not be overtaken by what was true before it. */
  #tell(cell: CellRun): Promise<void> {
    this.#telling = this.#telling.then(() => this.#options.onProgress?.(cell, this.#run));
    return this.#telling;
  }

  #hasFailed(): boolean {
    return this.#run.cells.some(({ status }) => status === 'failed');
  }

  #judge(): void {
    const { cells } = this.#run;
    const hasRun = cells.some(({ status }) => status === 'ok' || status === 'allowed');
    const isGood = cells.every(({ status }) => status === 'ok' || status === 'allowed' || status === 'skipped');
    if (isGood && !hasRun && this.#options.allowEmpty !== true) {
      this.#run.fault = 'no cell ran: there is nothing that could have failed (--allow-empty lets it pass)';
    }
    this.#run.isOk = isGood && this.#run.fault === undefined;
  }

  /** Waits until nothing that the cells started can still fail. Only our own kernel knows. */
  async #settle(): Promise<void> {
    const last = this.#run.cells.findLast(({ status }) => status === 'ok' || status === 'allowed');
    if (last === undefined || this.#kernel.info.implementation !== KERNEL_NAME) return;
    const code = this.#run.notebook.cells[last.index] as CodeCell;
    const watch = this.#watch(Number.POSITIVE_INFINITY);
    const fail = (failure: CellFailure): void => {
      last.failure ??= failure;
      last.status = 'failed';
      addError(code, failure);
      void this.#tell(last);
    };
    try {
      const limit = this.#options.cellTimeoutMs ?? SETTLE_LIMIT_MS;
      const asked = this.#kernel.client.consult(SETTLE_REQUEST, { limit_ms: limit });
      const reply = await Promise.race([asked, watch.gaveUp]);
      if (watch.reason !== undefined) fail(madeFailure(watch.reason, this.#reasonText(watch.reason, code)));
      else if (reply.status !== 'ok') fail(failureOf(reply, {}, undefined));
      const { left, waited } = reply as unknown as Settlement;
      this.#run.left = left ?? [];
      if (waited !== undefined) this.#run.waited = waited;
    } catch (error) {
      fail(madeFailure(watch.reason ?? 'KERNEL_DIED', (error as Error).message));
    } finally {
      watch.end();
    }
  }

  async #runCell(cell: CellRun, code: CodeCell): Promise<void> {
    const began = performance.now();
    const mayRaise = tagsOf(code).includes('raises-exception');
    const isForgiven = ({ code: reason }: CellFailure): boolean =>
      this.#options.allowErrors === true || (mayRaise && !UNFORGIVEN.includes(reason));
    const collector = new OutputCollector(code, this.#displays);
    const limit = limitOf(code) ?? this.#options.cellTimeoutMs ?? Number.POSITIVE_INFINITY;
    const watch = this.#watch(limit);
    let told: JsonObject = {};
    cell.status = 'ok';
    const fail = (failure: CellFailure): void => {
      cell.failure ??= failure;
      if (cell.status !== 'failed') cell.status = isForgiven(failure) ? 'allowed' : 'failed';
    };
    const own: RunnerMetadata = Number.isFinite(limit) ? { timeoutMs: limit } : {};
    const metadata = { wirebook: own };
    const onPublished = (message: Message): void => {
      collector.take(message);
      if (message.header.msg_type !== 'error') return;
      told = (message.metadata.wirebook ?? {}) as JsonObject;
      const isLate = told.late === true;
      fail(failureOf(message.content, told, watch.reason));
      if (isLate) void this.#tell(cell);
    };
    try {
      const options = { stopOnError: false, metadata, onPublished };
      const reply = await Promise.race([this.#kernel.client.execute(code.source, options), watch.gaveUp]);
      if (reply.status === 'aborted')
        fail(madeFailure('NOT_RUN', 'the kernel refused to run the cell after an earlier failure'));
      else if (reply.status !== 'ok') fail(failureOf(reply, told, watch.reason));
      else if (watch.reason !== undefined) fail(madeFailure(watch.reason, this.#reasonText(watch.reason, code)));
    } catch (error) {
      const failure = madeFailure(
        watch.reason ?? 'KERNEL_DIED',
        watch.reason ? this.#reasonText(watch.reason, code) : (error as Error).message,
      );
      addError(code, failure);
      fail(failure);
      this.#stop = failure.code;
    } finally {
      watch.end();
      cell.durationMs = performance.now() - began;
    }
    if (cell.failure !== undefined && watch.reason !== undefined) {
      // Interrupted from here: say why, not only that it was.
      Object.assign(cell.failure, { code: watch.reason, evalue: this.#reasonText(watch.reason, code) });
      const goesOn = watch.reason === 'TIMED_OUT' && this.#options.allowErrors === true && !this.#isOverdue;
      cell.status = goesOn ? 'allowed' : 'failed';
      if (!goesOn) this.#stop = watch.reason;
    }
  }

  get #isOverdue(): boolean {
    const { timeoutMs } = this.#options;
    return timeoutMs !== undefined && performance.now() - this.#began >= timeoutMs;
  }

  /** Interrupts a cell that takes too long, or when the whole run is to end, and gives it up if that does not help. */
  #watch(cellLimit: number) {
    const { timeoutMs, signal } = this.#options;
    const left = timeoutMs === undefined ? Number.POSITIVE_INFINITY : timeoutMs - (performance.now() - this.#began);
    let giveUp: (error: Error) => void = () => {};
    let last: NodeJS.Timeout | undefined;
    const watch = {
      reason: undefined as 'TIMED_OUT' | 'INTERRUPTED' | undefined,
      gaveUp: new Promise<never>((_, reject) => {
        giveUp = reject;
      }),
      end: (): void => {
        clearTimeout(first);
        clearTimeout(last);
        signal?.removeEventListener('abort', abort);
      },
    };
    watch.gaveUp.catch(() => {}); // heard where the cell is waited for
    const interrupt = (reason: 'TIMED_OUT' | 'INTERRUPTED'): void => {
      if (watch.reason !== undefined) return;
      watch.reason = reason;
      this.#kernel.interrupt();
      last = setTimeout(() => {
        this.#kernel.kill();
        giveUp(new Error('the kernel did not answer an interrupt'));
      }, INTERRUPT_LIMIT_MS);
    };
    const abort = (): void => interrupt('INTERRUPTED');
    const limit = Math.min(cellLimit, Math.max(0, left));
    const first = Number.isFinite(limit) ? setTimeout(() => interrupt('TIMED_OUT'), limit) : undefined;
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    return watch;
  }

  #reasonText(reason: CellFailureCode, code: CodeCell): string {
    if (reason !== 'TIMED_OUT') return 'the run was interrupted';
    const limit = limitOf(code) ?? this.#options.cellTimeoutMs;
    const total = this.#options.timeoutMs;
    const isTotal = total !== undefined && performance.now() - this.#began >= total;
    return isTotal
      ? `the run took longer than ${total / 1000} s`
      : `the cell took longer than ${(limit ?? 0) / 1000} s`;
  }
}

function addError(code: CodeCell, { ename, evalue, traceback }: CellFailure): void {
  code.outputs.push({ output_type: 'error', ename, evalue, traceback });
}

/** A cell's own time limit, in milliseconds: `timeout` in its metadata, in seconds. */
function limitOf(code: CodeCell): number | undefined {
  const { timeout } = code.metadata;
  return typeof timeout === 'number' && timeout > 0 ? timeout * 1000 : undefined;
}

function titleOf(source: string): string {
  const line = source.split('\n').find((text) => text.trim() !== '') ?? '';
  const text = line.trim().replace(/^\/\/\s*/, '');
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
