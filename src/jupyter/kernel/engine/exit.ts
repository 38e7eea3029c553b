/**
 * The last word of a program: what cells registered with `process.on('beforeExit')` and `process.on('exit')` runs when
 * the run ends, as it would in a script; many a check is made there.
 *
 * @module
 */
import { CellFault } from './cell.js';
import { listenersOf } from './primordials.js';

/**
 * Calls the listeners. What they throw is a failure like any other.
 *
 * @returns whether there were any
 */
export function runExitListeners(event: 'beforeExit' | 'exit', blame: (fault: CellFault) => void): boolean {
  const listeners = listenersOf(process, event);
  for (let i = 0; i < listeners.length; i++) {
    try {
      listeners[i]!.call(process, process.exitCode ?? 0);
    } catch (error) {
      blame(new CellFault('LATE_EXCEPTION', error));
    }
  }
  return listeners.length > 0;
}
