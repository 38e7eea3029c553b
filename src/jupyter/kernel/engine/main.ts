/**
 * The process that runs a notebook's cells. Started by the kernel, with the pipes that `protocol.ts` lists.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import type { JsonObject } from '../../protocol/message.js';
import { Cell, CellFault, interruption } from './cell.js';
import { Executor } from './executor.js';
import { runExitListeners } from './exit.js';
import { failureOf, faultFailure } from './failure.js';
import { sealer } from './frames.js';
import { leaveImmediate } from './immediates.js';
import { guardProcess } from './late.js';
import { lockLanguage } from './lockdown.js';
import { openOutlet } from './outlet.js';
import { whenSettled } from './primordials.js';
import { type EngineRequest, type ExecuteOutcome, FD, type Settlement } from './protocol.js';
import { quickInfoText } from './quick-info.js';
import { openReports, report } from './reports.js';
import { readRequests } from './requests.js';
import { keepResources, runningImmediate } from './resources.js';
import { describeHeld, limitOf, overdueFault, type Patience, settled, tellTests } from './settle.js';
import { Word } from './shared-words.js';
import { translateStacks } from './stack.js';
import { noteOver, prepareUnwind, takeUnwound } from './unwind.js';
import type { WatchdogData, WatchdogMessage } from './watchdog.js';

/** How long what may last for ever is watched, in milliseconds. */
const WATCH_MS = 3000;
/** How long what a cell left is waited for where nobody says how long a cell may take, in milliseconds. */
const SETTLE_LIMIT_MS = 10_000;

const shared = new Int32Array(new SharedArrayBuffer(4 * Object.keys(Word).length));
const watchdog = new Worker(new URL('./watchdog.js', import.meta.url), {
  workerData: { fd: FD.watchdog, shared } satisfies WatchdogData,
});
watchdog.unref();
watchdog.on('message', onWatchdog);

// The executor first: what it loads of tslab must see the mended compiler.
const executor = new Executor();
openOutlet(stop);
translateStacks();
const forgetContexts = guardProcess(blame);
prepareUnwind(
  shared,
  () => Cell.owner?.id,
  () => {
    const immediate = runningImmediate();
    if (immediate !== undefined) leaveImmediate(immediate);
    forgetContexts();
  },
);
keepResources();
lockLanguage();
/** The wait at the end of a run, while there is one. */
let settling: { id: number; isInterrupted: boolean } | undefined;
let isCompilerKept = false;
readRequests((secret) => {
  openReports(sealer(secret));
  report({ type: 'ready' });
}, answer);

function answer(request: EngineRequest): void {
  const { id } = request;
  if (request.type === 'interrupt') interrupt(id);
  else if (request.type === 'execute') {
    const cell = new Cell(request);
    whenSettled(
      executor.execute(cell, settleCell),
      (outcome) => finish(cell, outcome as ExecuteOutcome),
      (cause) => {
        cell.fail(new CellFault('THROWN', cause));
        finish(cell, {});
      },
    );
  } else if (request.type === 'settle') {
    whenSettled(
      settleRun(id, request.limitMs),
      (content) => report({ type: 'answer', id, content: content as JsonObject }),
      (cause) => report({ type: 'answer', id, content: { failed: String(cause) } }),
    );
  } else report({ type: 'answer', id, content: look(request) });
}

/** Tells how a cell ended: by what is known of it, never by what its promises say. */
function finish(cell: Cell, { result, expressions }: ExecuteOutcome): void {
  tellTests(blameCell);
  tellExitCode(cell);
  const failure = failureOf(cell);
  cell.close();
  noteOver(shared, cell.id);
  const outcome: ExecuteOutcome = {};
  if (failure !== undefined) outcome.failure = failure;
  else {
    if (result !== undefined) outcome.result = result;
    if (expressions !== undefined) outcome.expressions = expressions;
  }
  report({ type: 'done', id: cell.id, outcome });
  if (!isCompilerKept) executor.keepCompiler();
  isCompilerKept = true;
}

/** Waits for the tests of a cell, and where nobody else does, for all that it started. */
async function settleCell(cell: Cell): Promise<void> {
  const isEnough = (): boolean => cell.fault !== undefined;
  if (cell.request.settles) {
    const patience: Patience = { cell, limitMs: SETTLE_LIMIT_MS, watchMs: WATCH_MS, isEnough };
    const { overdue } = await settled(patience);
    if (overdue[0] !== undefined) cell.fail(overdueFault(overdue[0], limitOf(overdue[0], patience)));
  } else await settled({ cell, type: 'Test', limitMs: Number.POSITIVE_INFINITY, watchMs: 0, isEnough });
}

/** Waits for all that any cell started, and lets the cells have their last word. */
async function settleRun(id: number, limitMs: number): Promise<Settlement> {
  const run = { id, isInterrupted: false };
  settling = run;
  const patience: Patience = { limitMs, watchMs: WATCH_MS, isEnough: () => run.isInterrupted };
  let found = await settled(patience);
  if (runExitListeners('beforeExit', blame)) found = await settled(patience);
  const told = new Set<Cell>();
  for (const held of found.overdue) {
    if (!told.has(held.cell)) blameCell(held.cell, overdueFault(held, limitOf(held, patience)));
    told.add(held.cell);
  }
  runExitListeners('exit', blame);
  tellTests(blameCell);
  const last = Cell.current;
  if (last !== undefined) tellExitCode(last);
  settling = undefined;
  noteOver(shared, id);
  const settlement: Settlement = { left: found.left.map(describeHeld) };
  if (found.waitedFor !== undefined) {
    settlement.waited = { ...describeHeld(found.waitedFor), ms: Math.round(found.waitedMs) };
  }
  return settlement;
}

function tellExitCode(cell: Cell): void {
  const { exitCode } = process;
  if (exitCode === undefined || Number(exitCode) === 0) return;
  process.exitCode = undefined;
  const error = new Error(`process.exitCode is ${exitCode}: the program that the cell is part of has failed`);
  error.name = 'ExitCode';
  error.stack = `${error.name}: ${error.message}`;
  if (cell.fault === undefined) blameCell(cell, new CellFault('EXITED', error));
}

/** Answers what an editor asks; a question that makes no sense has an empty answer. */
function look(request: Extract<EngineRequest, { type: 'complete' | 'inspect' | 'isComplete' }>): JsonObject {
  try {
    return lookUp(request);
  } catch (error) {
    return { failed: String(error) };
  }
}

function lookUp(request: Extract<EngineRequest, { type: 'complete' | 'inspect' | 'isComplete' }>): JsonObject {
  if (request.type === 'complete') return { ...executor.complete(request.code, request.cursor) };
  if (request.type === 'inspect') return quickInfoText(executor.inspect(request.code, request.cursor));
  return { ...executor.completeness(request.code) };
}

/** Fails the cell whose code runs, late or not. */
function blame(fault: CellFault): void {
  const cell = Cell.current;
  if (cell !== undefined) blameCell(cell, fault);
}

/** Fails a cell; a late failure is told apart from the cell's own. */
function blameCell(cell: Cell, fault: CellFault): void {
  if (!cell.fail(fault)) report({ type: 'late', id: cell.id, failure: faultFailure(cell, fault) });
}

/** Fails a cell and sees to it that its code ends. */
function stop(fault: CellFault): void {
  blame(fault);
  const cell = Cell.current;
  if (cell !== undefined) watchdog.postMessage(cell.id);
}

function interrupt(id: number, where?: Error): void {
  if (settling?.id === id) settling.isInterrupted = true;
  const cell = Cell.running;
  if (cell?.id === id) cell.fail(interruption(where));
}

function onWatchdog({ id }: WatchdogMessage): void {
  Atomics.store(shared, Word.asked, 0);
  interrupt(id, takeUnwound());
}
