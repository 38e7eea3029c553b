/**
 * Questions on code that is being written: what fits here, what is this, is it all.
 *
 * @module
 */

import type { JsonObject } from '../protocol/message.js';
import { toCodePoints, toCodeUnits } from './cursor.js';
import type { Completion } from './engine/converter.js';
import type { EngineRequest } from './engine/protocol.js';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** Asks the engine. */
export type Ask = (
  question: WithoutId<Extract<EngineRequest, { type: 'complete' | 'inspect' | 'isComplete' }>>,
) => Promise<JsonObject>;

/** Answers `complete_request`. */
export async function complete(ask: Ask, content: JsonObject): Promise<JsonObject> {
  const { code, cursor } = placeOf(content);
  const found = (await ask({ type: 'complete', code, cursor })) as unknown as Completion;
  const start = toCodePoints(code, found.start);
  const end = toCodePoints(code, found.end);
  const types = found.candidates.map(({ text, kind, signature }) => ({ text, start, end, type: kind, signature }));
  return {
    status: 'ok',
    matches: found.candidates.map(({ text }) => text),
    cursor_start: start,
    cursor_end: end,
    metadata: { _jupyter_types_experimental: types },
  };
}

/** Answers `inspect_request`. */
export async function inspect(ask: Ask, content: JsonObject): Promise<JsonObject> {
  const { plain, markdown } = await ask({ type: 'inspect', ...placeOf(content) });
  if (plain === undefined) return { status: 'ok', found: false, data: {}, metadata: {} };
  return { status: 'ok', found: true, data: { 'text/plain': plain, 'text/markdown': markdown }, metadata: {} };
}

/** Answers `is_complete_request`. */
export function isComplete(ask: Ask, content: JsonObject): Promise<JsonObject> {
  return ask({ type: 'isComplete', code: String(content.code ?? '') });
}

function placeOf(content: JsonObject): { code: string; cursor: number } {
  const code = String(content.code ?? '');
  return { code, cursor: toCodeUnits(code, Number(content.cursor_pos ?? code.length)) };
}
