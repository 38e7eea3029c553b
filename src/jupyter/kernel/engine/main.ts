/**
 * The process that runs a notebook's cells. Started by the kernel, with the pipes that `protocol.ts` lists.
 *
 * @module
 */
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { JsonObject } from '../../protocol/message.js';
import { Cell, CellFault, interruption } from './cell.js';
import { isComplete } from './converter.js';
import { Executor } from './executor.js';
import { faultFailure } from './failure.js';
import { linesOf } from './lines.js';
import { openOutlet, report } from './outlet.js';
import { type EngineRequest, FD } from './protocol.js';
import { quickInfoText } from './quick-info.js';
import { translateStacks } from './stack.js';
import { prepareUnwind, takeUnwound, Word } from './unwind.js';
import { State, type WatchdogData, type WatchdogMessage } from './watchdog.js';

/** Thrown by `process.exit()`, which in a notebook ends the cell and not the process. */
class ProcessExit extends Error {
  override readonly name = 'ProcessExit';
}

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
guardProcess();
prepareUnwind(shared);
linesOf(new Socket({ fd: FD.requests, readable: true, writable: false }), (line) => {
  void answer(JSON.parse(line) as EngineRequest);
});
report({ type: 'ready' });
let isCompilerKept = false;

async function answer(request: EngineRequest): Promise<void> {
  const { id } = request;
  if (request.type === 'interrupt') {
    const cell = Cell.running;
    if (cell?.id === id) cell.fail(interruption());
  } else if (request.type === 'execute') {
    report({ type: 'done', id, outcome: await executor.execute(request) });
    if (!isCompilerKept) executor.keepCompiler();
    isCompilerKept = true;
  } else report({ type: 'answer', id, content: look(request) });
}

function look(request: Exclude<EngineRequest, { type: 'execute' | 'interrupt' }>): JsonObject {
  if (request.type === 'complete') {
    const { start, end, candidates, original } = executor.complete(request.code, request.cursor);
    const kinds = Object.fromEntries((original?.entries ?? []).map(({ name, kind }) => [name, kind]));
    return { start, end, candidates, kinds };
  }
  if (request.type === 'inspect') {
    const info = executor.inspect(request.code, request.cursor);
    return info === undefined ? {} : { ...quickInfoText(info) };
  }
  return { ...isComplete(request.code) };
}

/** Fails a cell, late or not; a late failure is told apart from the cell's own. */
function blame(fault: CellFault): void {
  const cell = Cell.current;
  if (cell === undefined || cell.fail(fault)) return;
  report({ type: 'late', id: cell.id, failure: faultFailure(cell, fault) });
}

/** Fails a cell and sees to it that its code ends. */
function stop(fault: CellFault): void {
  blame(fault);
  watchdog.postMessage(0); // its cell has failed already; no other is to
}

function onWatchdog({ word, id }: WatchdogMessage): void {
  if (word === 'interrupt') {
    // Whoever gets here first acts: if the watchdog is already throwing the stack away, this one is to be it.
    while (Atomics.compareExchange(shared, Word.state, State.asked, State.idle) === State.terminating);
  }
  const where = takeUnwound();
  if (Cell.running?.id === id) Cell.running.fail(interruption(where));
}

function guardProcess(): void {
  process.on('uncaughtException', (error, origin) => {
    if (error instanceof ProcessExit) return;
    blame(new CellFault(origin === 'unhandledRejection' ? 'UNHANDLED_REJECTION' : 'LATE_EXCEPTION', error));
  });
  process.on('unhandledRejection', (reason) => {
    if (!(reason instanceof ProcessExit)) blame(new CellFault('UNHANDLED_REJECTION', reason));
  });
  // The kernel interrupts the whole process group, so that a cell's child processes end as at a terminal.
  process.on('SIGINT', () => {});
  const quit = (call: string) => (): never => {
    const error = new ProcessExit(`${call} in a cell: it would end the kernel, so it ended the cell`);
    blame(new CellFault('EXITED', error));
    throw error;
  };
  process.exit = ((code) => quit(`process.exit(${code ?? ''})`)()) as typeof process.exit;
  process.abort = quit('process.abort()');
  syncBuiltinESMExports(); // for `import { exit } from 'node:process'`
  // Cells import packages that are ES modules all the time; that Node finds it remarkable is of no use to their readers.
  const [warn] = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (!/require\(\)/.test(warning.message) || warning.name !== 'ExperimentalWarning') warn?.(warning);
  });
}
