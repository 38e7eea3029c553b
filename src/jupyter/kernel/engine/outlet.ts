/**
 * Where a cell's output goes: `console`, `process.stdout` and `display()` become reports that name the cell.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { bundleOf, completeBundle, encodeBytes } from './bundle.js';
import type { DisplayHandle, DisplayOptions } from './cell/globals/index.js';
import { Cell, CellFault, interruption } from './cell.js';
import { type EngineReport, FD, type InputAnswer, type MimeBundle } from './protocol.js';
import { report } from './reports.js';
import { ShownHandle } from './shown-handle.js';

/** Bytes a cell may print before it fails, unless `WIREBOOK_OUTPUT_LIMIT` says otherwise. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;

/**
 * Puts `display`, `clearOutput`, `prompt` and the standard streams in place.
 *
 * @param stop ends a cell that does not end itself
 */
export function openOutlet(stop: (fault: CellFault) => void): void {
  const limit = Number(process.env.WIREBOOK_OUTPUT_LIMIT ?? OUTPUT_LIMIT);
  redirect('stdout', limit, stop);
  redirect('stderr', limit, stop);
  Object.assign(globalThis, { display, clearOutput, prompt });
  const jupyter = createRequire(import.meta.url)('tslab/dist/jupyter') as {
    lastWriteDisplayData: (shown: TslabDisplay, update: boolean) => void;
  };
  jupyter.lastWriteDisplayData = ({ data, transient }, update) => show(data, transient?.display_id, update === true);
}

interface TslabDisplay {
  data: MimeBundle;
  transient?: { display_id?: string };
}

function redirect(name: 'stdout' | 'stderr', limit: number, stop: (fault: CellFault) => void): void {
  const decoder = new TextDecoder();
  const write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const cell = Cell.current;
    if (text !== '') charge(cell, text.length, limit, stop);
    if (text !== '') report({ type: 'stream', id: cell?.id, name, text });
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') process.nextTick(callback as () => void);
    return true;
  };
  process[name].write = write as typeof process.stdout.write;
}

function charge(cell: Cell | undefined, length: number, limit: number, stop: (fault: CellFault) => void): void {
  if (cell === undefined) return;
  const isOver = cell.printed > limit;
  cell.printed += length;
  if (cell.printed <= limit) return;
  const error = new Error(
    `The cell printed more than ${limit} bytes, the rest is left out; WIREBOOK_OUTPUT_LIMIT in the kernel's environment allows more`,
  );
  error.name = 'OutputLimit';
  if (!isOver) stop(new CellFault('OUTPUT_LIMIT', error));
  throw error;
}

function display(value: unknown, options: DisplayOptions = {}): DisplayHandle {
  const id = options.id ?? randomUUID();
  const put = (shown: unknown, update: boolean): void => {
    const bundle = options.raw === true ? completeBundle(shown) : bundleOf(shown);
    if (bundle instanceof Promise) void bundle.then((late) => show(late, id, update));
    else show(bundle, id, update);
  };
  put(value, false);
  return new ShownHandle(id, (next) => put(next, true));
}

function show(data: MimeBundle, displayId: string | undefined, update: boolean): void {
  const message: Extract<EngineReport, { type: 'display' }> = {
    type: 'display',
    id: Cell.current?.id,
    data: encodeBytes(data),
    update,
  };
  if (displayId !== undefined) message.displayId = displayId;
  report(message);
}

function clearOutput(wait = false): void {
  report({ type: 'clear', id: Cell.current?.id, wait });
}

function prompt(message = '', options: { readonly password?: boolean } = {}): string {
  const cell = Cell.current;
  if (cell?.request.mayAsk !== true) {
    throw new Error('Cannot ask for input: nobody is there to answer where the notebook is run');
  }
  report({ type: 'input', id: cell.id, prompt: message, password: options.password === true });
  const answer = JSON.parse(readLine(FD.answers)) as InputAnswer;
  if (answer.interrupted === true) {
    cell.fail(interruption());
    throw interruption();
  }
  return answer.value ?? '';
}

function readLine(fd: number): string {
  const bytes: number[] = [];
  const one = new Uint8Array(1);
  while (readSync(fd, one) === 1 && one[0] !== 0x0a) bytes.push(one[0]!);
  return Buffer.from(bytes).toString();
}
