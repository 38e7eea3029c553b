/**
 * The engine's voice: reports to the kernel, written at once, so that what was said before a crash arrives.
 *
 * What says how a cell ended is put together from texts alone, so that no `toJSON` of a cell's making has a part in it.
 *
 * @module
 */
import type { Sealer } from './frames.js';
import { toJson, writeSync } from './primordials.js';
import { type EngineReport, type ExecuteOutcome, type Failure, FD } from './protocol.js';
import { guarded } from './unwind.js';

/** How long to wait before a pipe without room is tried again, in milliseconds. */
const RETRY_MS = 1;

const pause = new Int32Array(new SharedArrayBuffer(4));
const wait = Atomics.wait;
const { kill, pid } = process;
let seal: Sealer | undefined;

/** From here on, reports carry the engine's secret. */
export function openReports(sealer: Sealer): void {
  seal = sealer;
}

/** Tells the kernel, and returns when the kernel's side of the pipe has it. */
export function report(message: EngineReport): void {
  guarded(() => send(seal!(jsonOf(message)))); // half a report would be nobody's
}

function send(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(FD.reports, bytes, at, bytes.length - at);
    } catch (error) {
      // A cell can make the pipe one that does not wait; without a pipe there is nobody to be good for.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') wait(pause, 0, 0, RETRY_MS);
      else kill.call(process, pid, 'SIGKILL');
    }
  }
}

function jsonOf(message: EngineReport): string {
  if (message.type === 'done') return `{"type":"done","id":${message.id},"outcome":${outcomeJson(message.outcome)}}`;
  if (message.type === 'late') {
    return `{"type":"late","id":${message.id ?? -1},"failure":${failureJson(message.failure)}}`;
  }
  return toJson(message);
}

function outcomeJson({ failure, result, expressions }: ExecuteOutcome): string {
  if (failure !== undefined) return `{"failure":${failureJson(failure)}}`;
  const shown = result === undefined ? '' : `"result":${toJson(result) ?? 'null'}`;
  const answered = expressions === undefined ? '' : `"expressions":${toJson(expressions) ?? 'null'}`;
  return `{${shown}${shown !== '' && answered !== '' ? ',' : ''}${answered}}`;
}

function failureJson({ code, ename, evalue, traceback, line }: Failure): string {
  let lines = '';
  for (let i = 0; i < traceback.length; i++) lines += `${i === 0 ? '' : ','}${toJson(`${traceback[i]}`)}`;
  const place = line === undefined ? '' : `,"line":${+line}`;
  return `{"code":${toJson(code)},"ename":${toJson(ename)},"evalue":${toJson(evalue)},"traceback":[${lines}]${place}}`;
}
