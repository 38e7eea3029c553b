/**
 * Throwing a stack away without Node noticing. Up to Node 22, AsyncLocalStorage makes Node keep a stack of asynchronous
 * contexts beside the real one, and end the process when the two disagree; so that one is emptied first, in the middle of
 * whatever loops, where the inspector lets the watchdog run code.
 *
 * @module
 */

/** The name under which the watchdog finds what to run before it throws the stack away. */
export const UNWIND = 'wirebook.unwind';

/** Words of the memory that engine and watchdog share. */
export const Word = { state: 0, posted: 1, guarded: 2 } as const;

/** How long to wait for the watchdog's second message, in milliseconds; it is on its way already. */
const POSTED_LIMIT_MS = 100;

interface AsyncWrap {
  clearAsyncIdStack?: () => void;
}

let memory: Int32Array | undefined;
let unwound: Error | undefined;

/** Runs something whose stack must not be thrown away, as the compiler's; an interrupt waits for its end. */
export function guarded<T>(body: () => T): T {
  if (memory !== undefined) Atomics.store(memory, Word.guarded, 1);
  try {
    return body();
  } finally {
    if (memory !== undefined) Atomics.store(memory, Word.guarded, 0);
  }
}

/** Where the stack was when it was last thrown away, once. */
export function takeUnwound(): Error | undefined {
  const taken = unwound;
  unwound = undefined;
  return taken;
}

/** Puts the function in place. */
export function prepareUnwind(shared: Int32Array): void {
  memory = shared;
  const clear = asyncWrap().clearAsyncIdStack;
  Object.defineProperty(globalThis, Symbol.for(UNWIND), {
    value: () => {
      // Until then the loop must not go on, or there would be something on that stack again. A wait would be shorter to
      // write, but what is to be ended may be a wait itself, and those do not nest.
      const until = performance.now() + POSTED_LIMIT_MS;
      while (Atomics.load(shared, Word.posted) === 0 && performance.now() < until);
      Atomics.store(shared, Word.posted, 0);
      unwound = new Error();
      clear?.();
    },
  });
}

/** Node's own bookkeeping; not there in every version, and then not needed. */
function asyncWrap(): AsyncWrap {
  const { binding } = process as unknown as { binding?: (name: string) => AsyncWrap };
  const before = process.noDeprecation ?? false;
  process.noDeprecation = true;
  try {
    return binding?.call(process, 'async_wrap') ?? {};
  } catch {
    return {};
  } finally {
    process.noDeprecation = before;
  }
}
