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

/** Named as Node's own code, so that it is left out of stacks. */
const expression = `globalThis[Symbol.for('${UNWIND}')]()\n//# sourceURL=node:internal/wirebook`;

function watch({ fd, shared }: WatchdogData): void {
  const session = new Session();
  session.connectToMainThread();
  const pipe = new Socket({ fd, readable: true, writable: false });
  pipe.on('data', interrupt);
  pipe.on('end', () => process.kill(process.pid, 'SIGKILL'));
  parentPort!.on('message', interrupt);

  function interrupt(): void {
    if (Atomics.compareExchange(shared, Word.state, State.idle, State.asked) !== State.idle) return;
    parentPort!.postMessage('interrupt');
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
      parentPort!.postMessage('terminated');
    });
    Atomics.store(shared, Word.posted, 1);
  }
}

if (parentPort !== null) watch(workerData as WatchdogData);
