/**
 * One running cell, and whose code runs now. Timers, promises and sockets keep the cell that started them, also after it
 * has ended.
 *
 * A cell is good when there is evidence for it: its code was seen to reach its end, and nothing was held against it. Both
 * are kept in private fields, set from callbacks that only the engine can hand out; no promise that a cell might answer
 * for the engine carries the verdict.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { CellFailureCode } from '../../../errors.js';
import { runIn, storeOf, whenSettled } from './primordials.js';
import type { ExecuteRequest, Failure } from './protocol.js';

const owner = new AsyncLocalStorage<object>();
/** The cell to blame where nobody is known: the one that runs, else the one that ran last. */
let latest: Cell | undefined;

const { port1: start, port2: starting } = new MessageChannel();
const upcoming: (() => void)[] = [];
starting.onmessage = () => upcoming.shift()?.();

/** A message port and not `setImmediate`, whose bookkeeping does not survive a stack that is thrown away. */
function onFreshStack(next: () => void): void {
  upcoming.push(next);
  start.postMessage(undefined);
}

/** What ended a cell before its code did. */
export class CellFault {
  readonly code: CellFailureCode;
  readonly cause: unknown;

  constructor(code: CellFailureCode, cause: unknown) {
    this.code = code;
    this.cause = cause;
  }
}

/** The fault of a cell that was interrupted, `where` its code was if it was running at all. */
export function interruption(where?: Error): CellFault {
  const error = new Error('The cell was interrupted');
  error.name = 'Interrupted';
  const frames = where?.stack?.split('\n').slice(1) ?? [];
  error.stack = [`${error.name}: ${error.message}`, ...frames].join('\n');
  return new CellFault('INTERRUPTED', error);
}

/** A cell from its request to, and beyond, its end. */
export class Cell {
  readonly id: number;
  /** How the cell is called in stacks: `cell 3`. */
  readonly name: string;
  readonly request: ExecuteRequest;
  /** Bytes printed so far. */
  printed = 0;
  #fault: CellFault | undefined;
  #refusal: Failure | undefined;
  #isComplete = false;
  #isOver = false;
  #wake: () => void = () => {};

  constructor(request: ExecuteRequest) {
    this.request = request;
    this.id = request.id;
    this.name = request.count === undefined ? `silent cell ${request.id}` : `cell ${request.count}`;
  }

  /** The cell whose code is running now, or ran last. */
  static get current(): Cell | undefined {
    return (storeOf(owner) as Cell | undefined) ?? latest;
  }

  /** The cell whose code is running now; none for the engine's own. */
  static get owner(): Cell | undefined {
    return storeOf(owner) as Cell | undefined;
  }

  /** The cell that has not ended. */
  static get running(): Cell | undefined {
    return latest !== undefined && !latest.#isOver ? latest : undefined;
  }

  /** Runs the engine's own work for a cell, such as compiling it: what that starts, as watchers of files, is no cell's. */
  static outside<T>(body: () => T): T {
    return runIn(owner, undefined, body) as T;
  }

  /** What is held against it: what ended it, or what the compiler found. */
  get fault(): CellFault | Failure | undefined {
    return this.#fault ?? this.#refusal;
  }

  /** Whether its code has been seen to reach its end. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /**
   * Runs `body` as this cell's code and waits until it ends or `fail` is called, whichever comes first.
   *
   * The body gets a stack of its own: to stop an endless loop, everything on the stack is thrown away, and with it what
   * waits for that stack to end. So whoever waits here is told from a stack of its own, too.
   */
  run(body: () => Promise<void>): Promise<void> {
    latest = this;
    const ended = new Promise<void>((resolve) => {
      this.#wake = () => onFreshStack(resolve);
    });
    onFreshStack(() => {
      if (this.#fault !== undefined) return; // interrupted before it began
      whenSettled(
        runIn(owner, this, body) as Promise<void>,
        () => this.#wake(),
        (cause) => this.fail(cause instanceof CellFault ? cause : new CellFault('THROWN', cause)),
      );
    });
    return ended;
  }

  /** The compiler refused the code. */
  refuse(failure: Failure): void {
    this.#refusal ??= failure;
  }

  /** The code reached its end. */
  complete(): void {
    this.#isComplete = true;
  }

  /** Ends the cell with a fault. False when it is over already, so that the fault is a late one. */
  fail(fault: CellFault): boolean {
    if (this.#isOver) return false;
    this.#fault ??= fault;
    this.#wake();
    return true;
  }

  /** From here on, what goes wrong is late. */
  close(): void {
    this.#isOver = true;
  }
}
