/**
 * One running cell, and whose code runs now. Timers, promises and sockets keep the cell that started them, also after it
 * has ended.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { CellFailureCode } from '../../../errors.js';
import type { ExecuteRequest } from './protocol.js';

const owner = new AsyncLocalStorage<Cell>();
/** The cell to blame where nobody is known: the one that runs, else the one that ran last. */
let latest: Cell | undefined;

const { port1: start, port2: starting } = new MessageChannel();
let body: (() => void) | undefined;
starting.onmessage = () => body?.();

/** A message port and not `setImmediate`, whose bookkeeping does not survive a stack that is thrown away. */
function onFreshStack(next: () => void): void {
  body = next;
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
  #end: ((fault: CellFault | undefined) => void) | undefined;
  readonly #ended: Promise<CellFault | undefined>;

  constructor(request: ExecuteRequest) {
    this.request = request;
    this.id = request.id;
    this.name = request.count === undefined ? `silent cell ${request.id}` : `cell ${request.count}`;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** The cell whose code is running now, or ran last. */
  static get current(): Cell | undefined {
    return owner.getStore() ?? latest;
  }

  /** The cell that has not ended. */
  static get running(): Cell | undefined {
    return latest !== undefined && latest.#end !== undefined ? latest : undefined;
  }

  /**
   * Runs `body` as this cell's code and waits until it ends or `fail` is called, whichever comes first.
   *
   * The body gets a stack of its own: to stop an endless loop, everything on the stack is thrown away.
   */
  async run(body: () => Promise<void>): Promise<CellFault | undefined> {
    latest = this;
    onFreshStack(() => {
      if (this.#end === undefined) return; // interrupted before it began
      owner.run(this, body).then(
        () => this.#settle(undefined),
        (cause: unknown) => this.#settle(cause instanceof CellFault ? cause : new CellFault('THROWN', cause)),
      );
    });
    return this.#ended;
  }

  /** Ends the cell with a fault. False when it has ended already, so that the fault is a late one. */
  fail(fault: CellFault): boolean {
    return this.#settle(fault);
  }

  #settle(fault: CellFault | undefined): boolean {
    if (this.#end === undefined) return false;
    this.#end(fault);
    this.#end = undefined;
    return true;
  }
}
