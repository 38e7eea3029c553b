/**
 * Patterns of `history_request`: `*`, `?` and `[a-z]`, `[^a-z]`, as in SQLite's GLOB, which IPython asks.
 *
 * @module
 */

type Part = '*' | ((point: string) => boolean);

/** Whether all of `text` matches. Takes time in proportion to both lengths, whatever the pattern. */
export function matchesGlob(pattern: string, text: string): boolean {
  const parts = partsOf(pattern);
  const points = [...text];
  let at = 0;
  let from = 0;
  /** Where to go on when what follows the last star fits no further. */
  let retry: { part: number; point: number } | undefined;
  while (from < points.length) {
    const part = parts[at];
    if (part === '*') {
      at += 1;
      retry = { part: at, point: from };
    } else if (part?.(points[from]!)) {
      at += 1;
      from += 1;
    } else if (retry !== undefined) {
      retry.point += 1;
      at = retry.part;
      from = retry.point;
    } else return false;
  }
  return parts.slice(at).every((part) => part === '*');
}

function partsOf(pattern: string): Part[] {
  return [...pattern.matchAll(/\[(\^?)(\]?[^\]]*)\]|[\s\S]/gu)].map(([all, not, set]) => {
    if (set !== undefined && set !== '') return (point) => isIn(set, point) !== (not === '^');
    if (all === '*') return all;
    return all === '?' ? () => true : (point) => point === all;
  });
}

/** Whether a code point is one of a set such as `a-z_`. */
function isIn(set: string, point: string): boolean {
  for (const [one, from, to] of set.matchAll(/([\s\S])-([\s\S])|[\s\S]/gu)) {
    if (
      from === undefined || to === undefined
        ? point === one
        : codeOf(from) <= codeOf(point) && codeOf(point) <= codeOf(to)
    )
      return true;
  }
  return false;
}

function codeOf(point: string): number {
  return point.codePointAt(0)!;
}
