/**
 * What goes wrong outside a cell's own call: in timers, events, promises nobody handles. Node hands it all to one
 * callback, which is set before the first cell and cannot be taken away, shadowed or asked to look elsewhere.
 *
 * @module
 */
import { syncBuiltinESMExports } from 'node:module';
import { CellFault } from './cell.js';

/** Thrown by `process.exit()`, which in a notebook ends the cell and not the process. */
class ProcessExit extends Error {
  override readonly name = 'ProcessExit';
}

/**
 * Puts the callback in place.
 *
 * The process runs with `--unhandled-rejections=strict`: a rejection nobody handles comes here first, whoever listens.
 *
 * @returns what makes Node forget the asynchronous contexts it is in, as it does after an exception that was taken care of
 */
export function guardProcess(blame: (fault: CellFault) => void): () => void {
  const unwinding = new Error('The stack is thrown away');
  const handle = process._fatalException;
  let isRejection = false;
  const isOwn = guardExit(blame);
  process.on('uncaughtExceptionMonitor', (_, origin) => {
    isRejection = origin === 'unhandledRejection';
  });
  process.on('unhandledRejection', () => {}); // told already; without a listener Node would print it too
  process.setUncaughtExceptionCaptureCallback((error: unknown) => {
    const code = isRejection ? 'UNHANDLED_REJECTION' : 'LATE_EXCEPTION';
    isRejection = false;
    if (error !== unwinding && !isOwn(error)) blame(new CellFault(code, error));
  });
  // What Node calls by name when nobody caught an exception.
  Object.defineProperty(process, '_fatalException', { value: handle, writable: false, configurable: false });
  lock('setUncaughtExceptionCaptureCallback', () => {
    throw new Error('Cannot set a capture callback in a cell: the kernel tells what nobody caught');
  });
  lock('hasUncaughtExceptionCaptureCallback', () => true);
  // The kernel interrupts the whole process group, so that a cell's child processes end as at a terminal.
  process.on('SIGINT', () => {});
  hushRequireWarnings();
  return () => void handle(unwinding, false);
}

function lock(name: string, value: () => unknown): void {
  Object.defineProperty(process, name, { value, writable: false, configurable: false, enumerable: true });
}

/** Gives what tells whether an error is one thrown here, and blamed already. */
function guardExit(blame: (fault: CellFault) => void): (error: unknown) => boolean {
  let last: ProcessExit | undefined;
  const quit = (call: string) => (): never => {
    last = new ProcessExit(`${call} in a cell: it would end the kernel, so it ended the cell`);
    blame(new CellFault('EXITED', last));
    throw last;
  };
  process.exit = ((code) => quit(`process.exit(${code ?? ''})`)()) as typeof process.exit;
  process.abort = quit('process.abort()');
  process.reallyExit = quit('process.reallyExit()');
  syncBuiltinESMExports(); // for `import { exit } from 'node:process'`
  return (error) => error !== undefined && error === last;
}

/** Cells import packages that are ES modules all the time; that Node finds it remarkable is of no use to their readers. */
function hushRequireWarnings(): void {
  const [warn] = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (!/require\(\)/.test(warning.message) || warning.name !== 'ExperimentalWarning') warn?.(warning);
  });
}

declare global {
  namespace NodeJS {
    interface Process {
      reallyExit: (code?: number) => never;
      _fatalException: (error: unknown, isRejection: boolean) => boolean;
    }
  }
}
