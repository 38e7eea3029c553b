/**
 * The inputs of this session, as `history_request` asks for them. Earlier sessions are not kept.
 *
 * @module
 */
import type { JsonObject } from '../protocol/message.js';

/** Number of the only session there is. */
const SESSION = 1;

/** One input: session, execution count, code; with its output where asked for, of which none is kept. */
export type HistoryEntry = [number, number, string | [string, null]];

/** What was run, in order. */
export class History {
  readonly #inputs: [count: number, code: string][] = [];

  /** Adds an input. */
  add(count: number, code: string): void {
    this.#inputs.push([count, code]);
  }

  /** Answers a request of any of the three kinds: `range`, `tail`, `search`. */
  find(request: JsonObject): HistoryEntry[] {
    return this.#select(request).map(([count, code]) => [
      SESSION,
      count,
      request.output === true ? [code, null] : code,
    ]);
  }

  #select(request: JsonObject): [number, string][] {
    const limit = typeof request.n === 'number' ? request.n : this.#inputs.length;
    if (request.hist_access_type === 'range') {
      const session = Number(request.session ?? 0);
      if (session !== 0 && session !== SESSION) return [];
      const start = Number(request.start ?? 0);
      const stop = typeof request.stop === 'number' ? request.stop : Number.POSITIVE_INFINITY;
      return this.#inputs.filter(([count]) => count >= start && count < stop);
    }
    if (request.hist_access_type === 'search') {
      const pattern = glob(String(request.pattern ?? '*'));
      const found = this.#inputs.filter(([, code]) => pattern.test(code));
      const kept = request.unique === true ? found.filter(([, code], i) => lastIndexOf(found, code) === i) : found;
      return tail(kept, limit);
    }
    return tail(this.#inputs, limit);
  }
}

function tail<T>(list: readonly T[], count: number): T[] {
  return count <= 0 ? [] : list.slice(-count);
}

function lastIndexOf(list: readonly [number, string][], code: string): number {
  return list.findLastIndex(([, other]) => other === code);
}

function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[\\s\\S]*')
    .replaceAll('?', '[\\s\\S]');
  return new RegExp(`^${source}$`);
}
