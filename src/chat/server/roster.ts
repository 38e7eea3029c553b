/**
 * Who is logged in: the map from names to sessions, section 12 of the protocol.
 *
 * @module
 */
import { fold, looks } from '../protocol/look-alike.js';
import { longestName } from '../protocol/name.js';

/** Names and who holds them, found as written, in another case, or by look. */
export class Roster<Holder extends { readonly name: string }> {
  readonly #exact = new Map<string, Holder>();
  readonly #folded = new Map<string, Holder>();
  readonly #looks = new Set<string>();

  get size(): number {
    return this.#exact.size;
  }

  /** Takes a name for `holder`, or refuses because it is held or looks like one that is. */
  add(name: string, holder: Holder): boolean {
    const own = looks(name);
    if (own.some((look) => this.#looks.has(look))) return false;
    for (const look of own) this.#looks.add(look);
    this.#folded.set(fold(name), holder);
    this.#exact.set(name, holder);
    return true;
  }

  /** Sets a name free, if `holder` is who holds it. */
  delete(holder: Holder): boolean {
    if (this.#exact.get(holder.name) !== holder) return false;
    this.#exact.delete(holder.name);
    this.#folded.delete(fold(holder.name));
    for (const look of looks(holder.name)) this.#looks.delete(look);
    return true;
  }

  /** Who is addressed by `name`, in any case. A look-alike is nobody. */
  find(name: string): Holder | undefined {
    // A text that cannot be a name, whatever its normal form, is not worth folding.
    return this.#exact.get(name) ?? (name.length > 4 * longestName ? undefined : this.#folded.get(fold(name)));
  }

  /** Names that begin with `prefix` in any case, in order. */
  names(prefix = ''): string[] {
    const start = fold(prefix);
    const names = [...this.#exact.keys()];
    return (start === '' ? names : names.filter((name) => fold(name).startsWith(start))).sort(compare);
  }

  [Symbol.iterator](): IterableIterator<Holder> {
    return this.#exact.values();
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
