/**
 * The language as it was before the first cell. A cell may replace `JSON.parse`, `Promise.prototype.then` or anything
 * else it can name; what decides whether a cell was good, and says so, uses these.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import timers from 'node:timers/promises';
import util from 'node:util';
import vm from 'node:vm';

const { apply } = Reflect;

/** A method as a function of its receiver, however its prototype is changed later. */
function uncurried<Self, Arguments extends unknown[], Result>(
  method: (this: Self, ...given: Arguments) => Result,
): (self: Self, ...given: Arguments) => Result {
  return (self, ...given) => apply(method, self, given);
}

/** Reads JSON. */
export const parseJson = JSON.parse;
/** Writes JSON. */
export const toJson = JSON.stringify;
/** Attaches both ends to a native promise. */
export const whenSettled = uncurried(
  Promise.prototype.then as (
    this: Promise<unknown>,
    good: (value: unknown) => void,
    bad: (cause: unknown) => void,
  ) => unknown,
);
/** Writes to a descriptor, at once. */
export const writeSync = fs.writeSync as (fd: number, bytes: Uint8Array, at: number, length: number) => number;
/** Reads from a descriptor, on a thread of Node's. */
export const read = fs.read as (
  fd: number,
  into: Uint8Array,
  at: number,
  length: number,
  position: null,
  done: (error: Error | null, count: number) => void,
) => void;
/** Copies bytes into others, at an offset. */
export const setBytes = uncurried(
  Uint8Array.prototype.set as (this: Uint8Array, bytes: ArrayLike<number>, at: number) => void,
);
/** Runs something in a store. */
export const runIn = uncurried(
  AsyncLocalStorage.prototype.run as (
    this: AsyncLocalStorage<object>,
    store: object | undefined,
    body: () => unknown,
  ) => unknown,
);
/** The store whose code runs now. */
export const storeOf = uncurried(
  AsyncLocalStorage.prototype.getStore as (this: AsyncLocalStorage<object>) => object | undefined,
);
/** Listeners of an emitter. */
export const listenersOf = uncurried(
  EventEmitter.prototype.listeners as (this: EventEmitter, name: string) => ((...given: unknown[]) => void)[],
);
/** Whether a value was made by an `Error` constructor, whatever its prototype says. */
export const isNativeError = util.types.isNativeError;
/** Waits. */
export const delay = timers.setTimeout as (ms: number) => Promise<void>;
/** Waits for the event loop to come round. */
export const turn = timers.setImmediate as () => Promise<void>;
/** Has something called when the event loop comes round. */
export const makeImmediate = setImmediate;
/** Milliseconds since the process began. */
export const now = performance.now.bind(performance);
/** Evaluates a script. */
export const runInThisContext = vm.runInThisContext;
/** Where a value is being made, written out when it is asked for. */
export const captureStack = Error.captureStackTrace;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encodeWith = uncurried(TextEncoder.prototype.encode as (this: TextEncoder, text: string) => Uint8Array);
const decodeWith = uncurried(TextDecoder.prototype.decode as (this: TextDecoder, bytes: Uint8Array) => string);

/** Text as UTF-8. */
export function encodeText(text: string): Uint8Array {
  return encodeWith(encoder, text);
}

/** UTF-8 as text. */
export function decodeText(bytes: Uint8Array): string {
  return decodeWith(decoder, bytes);
}

const context = vm.createContext({ body: undefined as undefined | (() => void) });
const script = new vm.Script('body()');
const runScript = uncurried(
  vm.Script.prototype.runInContext as (this: vm.Script, context: vm.Context, options: object) => unknown,
);

/**
 * Runs something that a cell may have a hand in, for no longer than `limitMs`.
 *
 * @throws whatever it throws, or an error that it took too long
 */
export function limited<T>(body: () => T, limitMs: number): T {
  let result: T | undefined;
  context.body = () => {
    result = body();
  };
  try {
    runScript(script, context, { timeout: limitMs });
    return result as T;
  } finally {
    context.body = undefined;
  }
}
