/**
 * Waits until nothing that a cell started can still fail, and says what it waited for.
 *
 * What ends by itself is waited for as long as its cell may take; what may last for ever (an interval, a connection) is
 * watched for a while and then named; a server is only named.
 *
 * @module
 */
import type { AddressInfo, Server, Socket } from 'node:net';
import { type Cell, CellFault } from './cell.js';
import { delay, now, turn } from './primordials.js';
import type { LeftOpen } from './protocol.js';
import { eachFailedTest, eachHeld, type Held, ownerOf, prospectOf } from './resources.js';
import { placesIn } from './stack.js';

const STEP_MS = 5;
/** How long a connection whose other end is in this process may be silent, in milliseconds. */
const NEAR_SILENCE_MS = 300;

/** What to wait for, and how long. */
export interface Patience {
  /** The only cell to wait for; without it, every one. */
  readonly cell?: Cell;
  /** The only type to wait for. */
  readonly type?: string;
  /** How long to wait for what ends by itself, in milliseconds, unless its cell says otherwise. */
  readonly limitMs: number;
  /** How long to watch what may last, in milliseconds. */
  readonly watchMs: number;
  /** Whether to stop waiting: the cell has failed, somebody interrupted. */
  isEnough(): boolean;
}

/** What was found in the end. */
export interface Settled {
  /** What is still there and was not waited for, or not any longer. */
  readonly left: Held[];
  /** What should have ended and did not within its limit. */
  readonly overdue: Held[];
  /** What was waited for longest, and how long, in milliseconds. */
  readonly waitedFor: Held | undefined;
  readonly waitedMs: number;
}

/** Waits. */
export async function settled(patience: Patience): Promise<Settled> {
  const began = now();
  const silence = new Silence();
  let waitedFor: Held | undefined;
  let waitedMs = 0;
  for (let calm = 0; calm < 2; ) {
    await turn();
    const left: Held[] = [];
    const overdue: Held[] = [];
    let awaited: Held | undefined;
    const elapsed = now() - began;
    eachHeld(patience.cell, (held) => {
      if (patience.type !== undefined && held.type !== patience.type) return;
      const prospect = prospectOf(held);
      if (prospect === 'serves') left[left.length] = held;
      else if (prospect === 'ends') {
        if (elapsed < limitOf(held, patience)) awaited ??= held;
        else overdue[overdue.length] = held;
      } else if (silence.of(held) < watchOf(held, patience) && elapsed < limitOf(held, patience)) awaited ??= held;
      else left[left.length] = held;
    });
    if (awaited === undefined) calm += 1;
    else {
      calm = 0;
      waitedFor = awaited;
      waitedMs = elapsed;
      await delay(STEP_MS);
    }
    if (calm === 2 || patience.isEnough()) return { left, overdue, waitedFor, waitedMs };
  }
  return { left: [], overdue: [], waitedFor, waitedMs };
}

/** Fails the cells whose tests have failed, and the one that says so by `process.exitCode`. */
export function tellTests(blame: (cell: Cell, fault: CellFault) => void): void {
  eachFailedTest(({ cell, resource }) => {
    const { name, error } = resource;
    const cause = (error as { cause?: unknown } | undefined)?.cause;
    const reason = cause instanceof Error ? cause : error;
    const told = new Error(
      `test ${JSON.stringify(name)}: ${reason instanceof Error ? reason.message : String(reason)}`,
    );
    told.name = 'TestFailure';
    if (reason instanceof Error && reason.stack !== undefined)
      told.stack = `${told.name}: ${told.message}\n${reason.stack}`;
    blame(cell, new CellFault('THROWN', told));
  });
}

/** What is left, in words. */
export function describeHeld(held: Held): LeftOpen {
  const { cell } = held;
  const place = placesIn(held.made.stack ?? '').find((found) => found.cell === cell.name);
  const words: LeftOpen = { count: cell.request.count ?? 0, what: nameOf(held) };
  if (place !== undefined) words.line = place.line;
  return words;
}

/** The fault of a cell that something of its has outlived. */
export function overdueFault(held: Held, limitMs: number): CellFault {
  const { what, line } = describeHeld(held);
  const place = line === undefined ? '' : ` (line ${line})`;
  const error = new Error(
    `The cell left ${what}${place} that had not ended after ${limitMs / 1000} s and could still fail; end it, or await it`,
  );
  error.name = 'StillRunning';
  error.stack = `${error.name}: ${error.message}`;
  return new CellFault('TIMED_OUT', error);
}

/** How long something of a cell's is waited for, in milliseconds. */
export function limitOf(held: Held, patience: Patience): number {
  return held.cell.request.timeoutMs ?? patience.limitMs;
}

function watchOf(held: Held, { watchMs }: Patience): number {
  return isNear(held) && watchMs > NEAR_SILENCE_MS ? NEAR_SILENCE_MS : watchMs;
}

/** How long the things that may last have been silent. */
class Silence {
  readonly #heard = new WeakMap<Held, { bytes: number; at: number }>();

  of(held: Held): number {
    const socket = ownerOf(held) as Socket | undefined;
    const bytes = (socket?.bytesRead ?? 0) + (socket?.bytesWritten ?? 0);
    const before = this.#heard.get(held);
    if (before?.bytes === bytes) return now() - before.at;
    this.#heard.set(held, { bytes, at: now() });
    return 0;
  }
}

/** Whether the other end of a connection is a server of this process. */
function isNear(held: Held): boolean {
  if (held.type !== 'TCPWRAP') return false;
  const port = (ownerOf(held) as Socket | undefined)?.remotePort;
  let isFound = false;
  eachHeld(undefined, (other) => {
    if (other.type === 'TCPSERVERWRAP' && port !== undefined && portOf(other) === port) isFound = true;
  });
  return isFound;
}

function portOf(held: Held): number | undefined {
  const server = ownerOf(held) as Server | undefined;
  return (server?.address() as AddressInfo | null | undefined)?.port;
}

function nameOf(held: Held): string {
  const { resource, type } = held;
  const owner = ownerOf(held) as (Socket & { spawnfile?: string; pid?: number }) | undefined;
  switch (type) {
    case 'Timeout':
      return `${typeof resource._repeat === 'number' || held.isRenewed ? 'an interval' : 'a timer'} of ${resource._idleTimeout} ms`;
    case 'Immediate':
      return 'an immediate';
    case 'PROCESSWRAP':
      return `the child process ${owner?.pid ?? ''} (${owner?.spawnfile ?? 'unknown'})`;
    case 'WORKER':
      return 'a worker thread';
    case 'TCPSERVERWRAP':
      return `a server on port ${portOf(held)}`;
    case 'PIPESERVERWRAP':
      return 'a server on a local socket';
    case 'UDPWRAP':
      return 'a UDP socket';
    case 'TCPWRAP':
      return `a connection to ${owner?.remoteAddress}:${owner?.remotePort}`;
    case 'PIPEWRAP':
      return 'a pipe';
    case 'HTTPCLIENTREQUEST':
      return `an HTTP request to ${resource.req?.host}`;
    case 'TCPCONNECTWRAP':
    case 'PIPECONNECTWRAP':
      return 'a connection being made';
    case 'GETADDRINFOREQWRAP':
    case 'GETNAMEINFOREQWRAP':
    case 'QUERYWRAP':
      return 'a name look-up';
    case 'FSEVENTWRAP':
    case 'STATWATCHER':
      return 'a file watcher';
    case 'Test':
      return `the test ${JSON.stringify(resource.name)}`;
    case 'ZLIB':
      return 'a compressed stream';
    default:
      return type.startsWith('FS') || type.startsWith('FILE') ? 'a file operation' : 'work on another thread';
  }
}
