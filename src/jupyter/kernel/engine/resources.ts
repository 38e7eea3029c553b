/**
 * What cells have started and what has not ended: timers, requests, child processes, threads, connections, servers.
 * Each belongs to the cell whose code made it, however deep inside a library that was.
 *
 * Node says when such a thing is made (`async_hooks`); whether it has ended is asked of the thing itself, since to be told
 * would make Node watch every promise until it is collected.
 *
 * @module
 */
import { createHook, executionAsyncResource, type HookCallbacks } from 'node:async_hooks';
import type { Server, Socket } from 'node:net';
import { Cell } from './cell.js';
import { isBeingRun, type LinkedImmediate } from './immediates.js';
import { captureStack, now } from './primordials.js';

/** What can become of something that has not ended. */
export type Prospect =
  /** It ends by itself and may fail when it does: it is waited for. */
  | 'ends'
  /** It may go on for ever, or fail: it is watched for a while. */
  | 'lasts'
  /** It is there to be used, and fails by what others do. */
  | 'serves';

/** One thing that a cell started. */
export interface Held {
  readonly cell: Cell;
  readonly type: string;
  readonly resource: Resource;
  /** When it was made, in milliseconds since the process began. */
  readonly since: number;
  /** Where; its `stack` is written when it is read. */
  readonly made: { readonly stack?: string };
  /** A timer that an earlier run of the same timer set. */
  readonly isRenewed: boolean;
}

/** What Node hands over. Which of these are there depends on the type. */
interface Resource extends LinkedImmediate {
  getAsyncId?(): number;
  hasRef?(): boolean;
  _repeat?: number | null;
  _idleTimeout?: number;
  _onTimeout?: unknown;
  ondone?: unknown;
  req?: { destroyed?: boolean; res?: unknown; host?: string; method?: string };
  pid?: number;
  parent?: Resource | null;
  finished?: boolean;
  passed?: boolean;
  isTodo?: boolean;
  name?: string;
  error?: unknown;
}

/** Requests to the system that are over when they are answered. */
const ONCE = new Set([
  'FILEHANDLECLOSEREQ',
  'FSREQCALLBACK',
  'FSREQPROMISE',
  'GETADDRINFOREQWRAP',
  'GETNAMEINFOREQWRAP',
  'PIPECONNECTWRAP',
  'QUERYWRAP',
  'TCPCONNECTWRAP',
  'UDPSENDWRAP',
]);
const SERVERS = new Set(['FSEVENTWRAP', 'PIPESERVERWRAP', 'STATWATCHER', 'TCPSERVERWRAP', 'UDPWRAP']);
const CONNECTIONS = new Set(['PIPEWRAP', 'TCPWRAP']);
const OTHERS = new Set(['HTTPCLIENTREQUEST', 'Immediate', 'PROCESSWRAP', 'Test', 'Timeout', 'WORKER', 'ZLIB']);
/** Work of Node's own threads: `PBKDF2REQUEST`, `SIGNREQUEST` and the like. */
const WORK = /REQUEST$/;

/** How long work on a compressed stream takes at most, in milliseconds; nothing says when it ends. */
const BRIEF_MS = 250;
/** Frames to keep of where a thing was made. */
const FRAMES = 12;
/** Frames of the machinery that makes a timer. */
const TIMER_MACHINERY = /async_hooks|node:internal\/timers|node:timers|[\\/]engine[\\/]resources|new Timeout/;

/** The newest of all that is kept; a list that no method of a cell's making walks. */
let newest: Link | undefined;
let count = 0;
let pruneAt = 2000;
const told = new WeakSet<object>();
const runningResource = executionAsyncResource;

interface Link {
  readonly held: Held;
  older: Link | undefined;
}

/** From here on, what cells start is kept. */
export function keepResources(): void {
  const hook: HookCallbacks & { trackPromises: boolean } = {
    init(_, type, __, resource) {
      if (type === 'PROMISE' || type === 'TickObject' || !isKept(type)) return;
      const cell = Cell.owner;
      if (cell !== undefined) keep(cell, type, resource as Resource);
    },
    // From Node 24 on, promises can be left alone; before, a store needs them watched anyway.
    trackPromises: false,
  };
  createHook(hook).enable();
}

/** Hands over what has not ended, of every cell or of one. */
export function eachHeld(cell: Cell | undefined, take: (held: Held) => void): void {
  for (let link = newest; link !== undefined; link = link.older) {
    const { held } = link;
    if ((cell === undefined || held.cell === cell) && isAlive(held)) take(held);
  }
}

/** The immediate that is being run, if one of a cell's is. */
export function runningImmediate(): LinkedImmediate | undefined {
  for (let link = newest; link !== undefined; link = link.older) {
    if (link.held.type === 'Immediate' && isBeingRun(link.held.resource)) return link.held.resource;
  }
  return undefined;
}

/** What becomes of it, as far as one can tell. */
export function prospectOf(held: Held): Prospect {
  const { type, resource } = held;
  if (type === 'Timeout') {
    if (typeof resource._repeat === 'number' || held.isRenewed) return 'lasts';
    return resource.hasRef?.() === false ? 'lasts' : 'ends';
  }
  if (type === 'PROCESSWRAP' || type === 'WORKER') return resource.hasRef?.() === false ? 'lasts' : 'ends';
  if (SERVERS.has(type)) return 'serves';
  if (!CONNECTIONS.has(type)) return 'ends';
  const socket = ownerOf(held) as (Socket & { server?: Server }) | undefined;
  // Clients that keep connections for later let go of those that wait; an accepted one is its server's.
  if (resource.hasRef?.() === false || socket?.server) return 'serves';
  return isAnswerDue(socket) ? 'ends' : 'lasts';
}

/** The JavaScript object in front of a handle: a socket, a server, a child process. */
export function ownerOf(held: Held): object | undefined {
  for (const symbol of Object.getOwnPropertySymbols(held.resource)) {
    if (symbol.description === 'owner_symbol') return (held.resource as Record<symbol, object>)[symbol];
  }
  return undefined;
}

function isKept(type: string): boolean {
  return OTHERS.has(type) || ONCE.has(type) || CONNECTIONS.has(type) || SERVERS.has(type) || WORK.test(type);
}

function keep(cell: Cell, type: string, resource: Resource): void {
  // A timer that never was meant to keep a process alive is Node's own, for a connection's silence.
  if (type === 'Timeout' && resource.hasRef?.() === false) return;
  const made: { stack?: string } = {};
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  captureStack(made, keep);
  Error.stackTraceLimit = before;
  const isRenewed =
    type === 'Timeout' &&
    (runningResource() as Resource)._onTimeout === resource._onTimeout &&
    resource._onTimeout !== undefined;
  if (count >= pruneAt) prune();
  newest = { held: { cell, type, resource, since: now(), made, isRenewed }, older: newest };
  count += 1;
}

/** Lets go of what has ended, but for tests nobody has told of yet. */
function prune(): void {
  let kept = 0;
  let newer: Link | undefined;
  for (let link = newest; link !== undefined; link = link.older) {
    if (!isAlive(link.held) && (link.held.type !== 'Test' || told.has(link.held.resource))) continue;
    kept += 1;
    if (newer === undefined) newest = link;
    else newer.older = link;
    newer = link;
  }
  if (newer === undefined) newest = undefined;
  else newer.older = undefined;
  count = kept;
  pruneAt = kept * 2 > 2000 ? kept * 2 : 2000;
}

function isAlive(held: Held): boolean {
  const { type, resource } = held;
  switch (type) {
    case 'Timeout':
      return resource._destroyed === false && !isInternal(held);
    case 'Immediate':
      return resource._destroyed === false || isBeingRun(resource);
    case 'Test':
      return resource.finished === false && isTopLevel(resource);
    case 'HTTPCLIENTREQUEST':
      return resource.req !== undefined && resource.req.destroyed !== true && !resource.req.res;
    case 'ZLIB':
      return now() - held.since < BRIEF_MS && resource.getAsyncId?.() !== -1;
    default:
      // Work that was done at once, without a callback, stays until it is collected.
      if (WORK.test(type) && typeof resource.ondone !== 'function') return false;
      return resource.getAsyncId?.() !== -1;
  }
}

/** Whether a test is one that a cell called for, and no part of another. */
function isTopLevel(test: Resource): boolean {
  return test.parent !== null && test.parent !== undefined && test.parent.parent === null;
}

/** Whether Node made a timer for itself, as for a pool of connections. */
function isInternal(held: Held): boolean {
  const frames = (held.made.stack ?? '').split('\n').slice(1);
  const first = frames.find((frame) => !TIMER_MACHINERY.test(frame));
  return first !== undefined && /\bnode:/.test(first);
}

/** Whether a connection is one of `fetch` that waits for an answer; it lets its socket go when all is answered. */
function isAnswerDue(socket: Socket | undefined): boolean {
  if (socket === undefined) return false;
  return Object.getOwnPropertySymbols(socket).some(
    ({ description }) => description === 'parser' || description === 'client',
  );
}

/** Hands over the tests that cells called for and that have ended badly, each once. */
export function eachFailedTest(take: (held: Held) => void): void {
  for (let link = newest; link !== undefined; link = link.older) {
    const { resource, type } = link.held;
    if (type !== 'Test' || resource.finished !== true || told.has(resource)) continue;
    told.add(resource);
    if (isTopLevel(resource) && resource.passed === false && resource.isTodo !== true) take(link.held);
  }
}
