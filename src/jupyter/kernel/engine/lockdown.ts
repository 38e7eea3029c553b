/**
 * The language's own methods, made unchangeable before the first cell. The compiler that checks the next cell and the
 * code that decides whether it was good use the same `Array.prototype.map` and `JSON.parse` as every cell; what stands
 * there keeps its meaning, while new names may be added as ever.
 *
 * Left alone are iterators (the engine V8 makes loops slower when they are touched), names that objects commonly have of
 * their own (`constructor`, `toString` …), and all that lessons replace with good reason: `Math.random`, `Date`, timers,
 * `console`.
 *
 * @module
 */

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as object;
const LOCKED: readonly object[] = [
  JSON,
  Reflect,
  Atomics,
  Object,
  Array,
  Array.prototype,
  Promise,
  Promise.prototype,
  String.prototype,
  Number.prototype,
  Map.prototype,
  Set.prototype,
  WeakMap.prototype,
  WeakSet.prototype,
  RegExp.prototype,
  Function.prototype,
  TYPED_ARRAY,
];
/** Names that objects have of their own, and could not be given by assignment if the inherited one was fixed. */
const LEFT = new Set<string | symbol>([
  'arguments',
  'caller',
  'constructor',
  'length',
  'name',
  'next',
  'toLocaleString',
  'toString',
  'valueOf',
  Symbol.asyncIterator,
  Symbol.hasInstance,
  Symbol.iterator,
]);

/** Fixes what is there. */
export function lockLanguage(): void {
  for (const target of LOCKED) {
    for (const name of Reflect.ownKeys(target)) {
      const found = Object.getOwnPropertyDescriptor(target, name)!;
      if (LEFT.has(name) || !found.configurable) continue;
      Object.defineProperty(target, name, {
        configurable: false,
        ...('value' in found ? { writable: false } : {}),
      });
    }
  }
}
