/**
 * A thread of the engine that is awake when the engine is not. It ends what a cell's endless loop or wait holds up, and
 * ends the engine when the kernel is gone, however it went.
 *
 * A cell that awaits is told by message. One that does not come back to read its messages has its stack thrown away,
 * through the inspector, wherever it loops: in the cell, after an `await`, in a timer.
 *
 * @module
 */
import { Session } from 'node:inspector';
import { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { linesOf } from './lines.js';
import { UNWIND, Word } from './unwind.js';

/** How long the engine has to read its messages before its stack is thrown away, in milliseconds. */
const PATIENCE_MS = 100;

/** Who may act on an interrupt, in the first word of the memory shared with the engine. */
export const State = { idle: 0, asked: 1, terminating: 2 } as const;

/** What the engine hands to the thread. */
export interface WatchdogData {
  fd: number;
  shared: Int32Array;
}

/** What the thread says to the engine. */
export interface WatchdogMessage {
  word: 'interrupt' | 'terminated';
  /** The cell to end. */
  id: number;
}

/** Named as Node's own code, so that it is left out of stacks. */
const expression = `globalThis[Symbol.for('${UNWIND}')]()\n//# sourceURL=node:internal/wirebook`;

function watch({ fd, shared }: WatchdogData): void {
  const session = new Session();
  session.connectToMainThread();
  /** The cell that is to end, as the kernel knows it. */
  let id = 0;
  const pipe = new Socket({ fd, readable: true, writable: false });
  linesOf(pipe, (line) => interrupt(Number(line)));
  pipe.on('end', () => process.kill(process.pid, 'SIGKILL'));
  parentPort!.on('message', interrupt);

  function interrupt(next: number): void {
    id = next;
    if (Atomics.compareExchange(shared, Word.state, State.idle, State.asked) !== State.idle) return;
    tell('interrupt');
    setTimeout(terminate, PATIENCE_MS);
  }

  function terminate(): void {
    if (Atomics.load(shared, Word.guarded) === 1) {
      setTimeout(terminate, PATIENCE_MS);
      return;
    }
    if (Atomics.compareExchange(shared, Word.state, State.asked, State.terminating) !== State.asked) return;
    session.post('Runtime.evaluate', { expression });
    session.post('Runtime.terminateExecution', () => {
      Atomics.store(shared, Word.state, State.idle);
      tell('terminated');
    });
    Atomics.store(shared, Word.posted, 1);
  }

  function tell(word: WatchdogMessage['word']): void {
    parentPort!.postMessage({ word, id } satisfies WatchdogMessage);
  }
}

if (parentPort !== null) watch(workerData as WatchdogData);
