/**
 * The inputs of this session and of earlier ones, as `history_request` asks for them.
 *
 * @module
 */
import type { JsonObject } from '../protocol/message.js';
import { matchesGlob } from './glob.js';
import type { HistoryFile } from './history-file.js';

/** One input: session, execution count, code; with its output where asked for, of which none is kept. */
export type HistoryEntry = [number, number, string | [string, null]];

/** An input, with the number of its session. */
interface Input {
  readonly session: number;
  readonly count: number;
  readonly code: string;
}

/** What was run, in order. Sessions are numbered from 1 when history is first asked for; this one is the last. */
export class History {
  readonly #file: HistoryFile;
  readonly #inputs: { readonly count: number; readonly code: string }[] = [];
  #earlier: Promise<readonly Input[]> | undefined;

  constructor(file: HistoryFile) {
    this.#file = file;
  }

  /** Adds an input; `isTyped` when somebody typed it, and later sessions are to know it. */
  add(count: number, code: string, isTyped: boolean): void {
    this.#inputs.push({ count, code });
    if (isTyped) this.#file.keep({ count, code });
  }

  /** Answers a request of any of the three kinds: `range`, `tail`, `search`. */
  async find(request: JsonObject): Promise<HistoryEntry[]> {
    this.#earlier ??= this.#file.read().then(numbered);
    const earlier = await this.#earlier;
    const current = (earlier.at(-1)?.session ?? 0) + 1;
    const own = this.#inputs.map((input) => ({ ...input, session: current }));
    return select(request, [...earlier, ...own], current).map(({ session, count, code }) => [
      session,
      count,
      request.output === true ? [code, null] : code,
    ]);
  }

  /** Fulfilled when all that is to be kept has been written, or cannot be. */
  written(): Promise<void> {
    return this.#file.written();
  }
}

function numbered(sessions: readonly (readonly { count: number; code: string }[])[]): Input[] {
  return sessions.flatMap((inputs, index) => inputs.map(({ count, code }) => ({ session: index + 1, count, code })));
}

function select(request: JsonObject, inputs: readonly Input[], current: number): readonly Input[] {
  if (request.hist_access_type === 'range') {
    const asked = Number(request.session ?? 0);
    const wanted = asked > 0 ? asked : current + asked;
    const start = Number(request.start ?? 0);
    const stop = typeof request.stop === 'number' ? request.stop : Number.POSITIVE_INFINITY;
    return inputs.filter(({ session, count }) => session === wanted && count >= start && count < stop);
  }
  const limit = typeof request.n === 'number' ? request.n : inputs.length;
  if (request.hist_access_type !== 'search') return tail(inputs, limit);
  const pattern = String(request.pattern ?? '*');
  const found = inputs.filter(({ code }) => matchesGlob(pattern, code));
  return tail(request.unique === true ? latest(found) : found, limit);
}

function tail<T>(list: readonly T[], count: number): readonly T[] {
  return count <= 0 ? [] : list.slice(-count);
}

/** Of inputs with the same code the last one. */
function latest(inputs: readonly Input[]): Input[] {
  const places = new Map(inputs.map(({ code }, index) => [code, index]));
  return inputs.filter(({ code }, index) => places.get(code) === index);
}
