/**
 * Throwing a stack away without Node noticing. While somebody listens to asynchronous hooks, Node keeps a stack of contexts
 * beside the real one, and ends the process when the two disagree; so that one is emptied first, in the middle of whatever
 * loops, where the inspector lets the watchdog run code.
 *
 * Only a cell's stack may go. The watchdog cannot know whose it finds, so it asks, by running a function there, and that
 * function answers by what it stands on.
 *
 * @module
 */
import { now } from './primordials.js';
import { UNWIND, Verdict, Word } from './shared-words.js';

/** How long a stack waits to be thrown away, in milliseconds, where the watchdog is held up. */
const WILLING_LIMIT_MS = 1000;

/** How many guarded calls are on the stack. */
let guards = 0;
/** Whether the stack was to be thrown away while it must not. */
let isWanted = false;
let unwound: Error | undefined;

/** Runs something whose stack must not be thrown away, as the compiler's; an interrupt waits for its end. */
export function guarded<T>(body: () => T): T {
  guards += 1;
  try {
    return body();
  } finally {
    guards -= 1;
    if (isWanted && guards === 0) standStill();
  }
}

/** Gives the watchdog, which has come in vain, the time to come again. */
function standStill(): void {
  isWanted = false;
  const until = now() + WILLING_LIMIT_MS;
  while (now() < until);
}

/** From here on, stacks thrown away on the way are not the next cell's. */
export function noteOver(shared: Int32Array, id: number): void {
  if (id > Atomics.load(shared, Word.over)) Atomics.store(shared, Word.over, id);
  isWanted = false;
}

/** Where the stack was when it was last thrown away, once. To be called from the engine's own loop. */
export function takeUnwound(): Error | undefined {
  const taken = unwound;
  unwound = undefined;
  guards = 0; // a call that was about to be guarded went with its stack
  return taken;
}

/**
 * Puts the function in place.
 *
 * @param owner the number of the cell whose code runs, if any
 * @param leave settles what Node keeps beside the stack
 */
export function prepareUnwind(shared: Int32Array, owner: () => number | undefined, leave: () => void): void {
  const isToEnd = (): boolean => {
    const id = owner();
    if (id === undefined) return false;
    const target = Atomics.load(shared, Word.target);
    return id === target || target > Atomics.load(shared, Word.over);
  };
  Object.defineProperty(globalThis, Symbol.for(UNWIND), {
    value: () => {
      const where = new Error();
      if (!isToEnd() || guards > 0) {
        isWanted = guards > 0 && isToEnd();
        Atomics.store(shared, Word.verdict, Verdict.spared);
        return;
      }
      Atomics.store(shared, Word.verdict, Verdict.willing);
      // Until then the loop must not go on, or there would be something on that stack again. A wait would be shorter to
      // write, but what is to be ended may be a wait itself, and those do not nest.
      const until = now() + WILLING_LIMIT_MS;
      for (let verdict: number = Verdict.willing; verdict !== Verdict.given; ) {
        if (now() > until && verdict === Verdict.willing) {
          verdict = Atomics.compareExchange(shared, Word.verdict, Verdict.willing, Verdict.spared);
          if (verdict === Verdict.willing) return;
        } else verdict = Atomics.load(shared, Word.verdict);
      }
      unwound = where;
      leave();
    },
  });
}
