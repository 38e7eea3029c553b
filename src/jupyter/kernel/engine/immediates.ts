/**
 * Node's queue of immediates, kept whole where the stack is thrown away in the middle of one. Node goes on behind an
 * immediate in a `finally`, which is not run then: those behind it are lost, or one that is done comes up for ever.
 *
 * @module
 */
import { makeImmediate } from './primordials.js';

/** An immediate, as Node links them. */
export interface LinkedImmediate {
  /** Whether it was run or cleared. */
  _destroyed?: boolean;
  /** Nothing any longer once it has been run to its end, or cleared. */
  _onImmediate?: (() => void) | null;
  _argv?: unknown;
  _idlePrev?: LinkedImmediate | null;
  _idleNext?: LinkedImmediate | null;
}

const nothing = (): void => {};

/** Whether an immediate is being run. */
export function isBeingRun(immediate: LinkedImmediate): boolean {
  return immediate._destroyed === true && typeof immediate._onImmediate === 'function';
}

/** To be called before a stack with a running immediate on it is thrown away. */
export function leaveImmediate(running: LinkedImmediate): void {
  // Node keeps the place of all but the first of a queue.
  if (running._idlePrev) runAgain(running);
  else {
    running._onImmediate = null;
    if (running._idleNext) queueAnew(running._idleNext);
  }
}

/** Node will come to it again, so it is made one that does nothing; and counted, since Node counts each that it comes to. */
function runAgain(running: LinkedImmediate): void {
  const [before, counted, after] = [makeImmediate(nothing), makeImmediate(nothing), makeImmediate(nothing)];
  counted.unref();
  link(before as LinkedImmediate, after as LinkedImmediate);
  running._destroyed = false;
  running._onImmediate = nothing;
  running._argv = undefined;
}

/** Puts immediates that Node would forget between two new ones. */
function queueAnew(first: LinkedImmediate): void {
  const [before, after] = [makeImmediate(nothing), makeImmediate(nothing)];
  let last = first;
  while (last._idleNext) last = last._idleNext;
  link(before as LinkedImmediate, first);
  link(last, after as LinkedImmediate);
}

function link(one: LinkedImmediate, next: LinkedImmediate): void {
  one._idleNext = next;
  next._idlePrev = one;
}
