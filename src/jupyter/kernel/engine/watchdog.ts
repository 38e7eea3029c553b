/**
 * A thread of the engine that is awake when the engine is not. It ends what a cell's endless loop or wait holds up, and
 * ends the engine when the kernel is gone, however it went.
 *
 * A cell that awaits is told by message. One that does not come back to read its messages has its stack thrown away,
 * through the inspector, wherever it loops: in the cell, after an `await`, in a timer. Either may come at a moment when
 * there is no such cell yet, or none any longer, or only the engine's own work; so it is tried again until the engine says
 * that the cell is over.
 *
 * @module
 */
import { Session } from 'node:inspector';
import { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { linesOf } from './lines.js';
import { UNWIND, Verdict, Word } from './shared-words.js';

/** How long the engine has to read its messages before its stack is thrown away, in milliseconds. */
const PATIENCE_MS = 100;
/** How often to look what the stack says, in milliseconds. */
const LOOK_MS = 1;

/** What the engine hands to the thread. */
export interface WatchdogData {
  fd: number;
  shared: Int32Array;
}

/** What the thread says to the engine. */
export interface WatchdogMessage {
  /** The cell to end. */
  id: number;
}

/** Named as Node's own code, so that it is left out of stacks. */
const expression = `globalThis[Symbol.for('${UNWIND}')]()\n//# sourceURL=node:internal/wirebook`;

function watch({ fd, shared }: WatchdogData): void {
  const session = new Session();
  session.connectToMainThread();
  /** The cell that is to end. */
  let id = 0;
  let isTrying = false;
  const pipe = new Socket({ fd, readable: true, writable: false });
  linesOf(pipe, (line) => interrupt(Number(line)));
  pipe.on('end', () => process.kill(process.pid, 'SIGKILL'));
  parentPort!.on('message', interrupt);

  function interrupt(next: number): void {
    // Of two, the later cell is the one that is still to be ended; what an earlier one left loops in its way.
    if (!isTrying || next > id) id = next;
    if (!isTrying) ask();
  }

  function ask(): void {
    isTrying = true;
    Atomics.store(shared, Word.target, id);
    Atomics.store(shared, Word.asked, 1);
    tell();
    setTimeout(hear, PATIENCE_MS);
  }

  /** Asks again where the engine has heard and the cell goes on. */
  function hear(): void {
    if (Atomics.load(shared, Word.asked) === 1) throwAway();
    else askAgain();
  }

  function askAgain(): void {
    if (id > Atomics.load(shared, Word.over)) ask();
    else isTrying = false;
  }

  function throwAway(): void {
    Atomics.store(shared, Word.verdict, Verdict.none);
    session.post('Runtime.evaluate', { expression });
    awaitVerdict();
  }

  function awaitVerdict(): void {
    const verdict = Atomics.compareExchange(shared, Word.verdict, Verdict.willing, Verdict.heard);
    if (verdict === Verdict.none) setTimeout(awaitVerdict, LOOK_MS);
    else if (verdict === Verdict.spared) askAgain();
    else {
      session.post('Runtime.terminateExecution', () => {
        tell();
        setTimeout(askAgain, PATIENCE_MS);
      });
      Atomics.store(shared, Word.verdict, Verdict.given);
    }
  }

  function tell(): void {
    parentPort!.postMessage({ id } satisfies WatchdogMessage);
  }
}

if (parentPort !== null) watch(workerData as WatchdogData);
