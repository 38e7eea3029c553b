/**
 * Differences of two texts, line by line.
 *
 * @module
 */

/** Lines of unchanged text shown around a change. */
const CONTEXT = 2;
/** Beyond this many cells in the table of common lines, texts are shown whole, one after the other. */
const LIMIT = 4_000_000;

/** The lines of both texts that tell of their differences: ` ` in both, `-` only in the old, `+` only in the new. */
export function diffLines(old: string, next: string): string[] {
  const a = old.split('\n');
  const b = next.split('\n');
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const middle = changes(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const before = a.slice(0, head).map((line) => ` ${line}`);
  const after = a.slice(a.length - tail).map((line) => ` ${line}`);
  return shortened([...before, ...middle, ...after]);
}

/** Longest common subsequence, by a table of its lengths. */
function changes(a: readonly string[], b: readonly string[]): string[] {
  const removed = a.map((line) => `-${line}`);
  const added = b.map((line) => `+${line}`);
  if (a.length * b.length > LIMIT) return [...removed, ...added];
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push(` ${a[i++]}`);
      j++;
    } else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) lines.push(removed[i++]!);
    else lines.push(added[j++]!);
  }
  return [...lines, ...removed.slice(i), ...added.slice(j)];
}

function shortened(lines: readonly string[]): string[] {
  const isNear = lines.map((_, i) =>
    lines.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some((line) => !line.startsWith(' ')),
  );
  const shown: string[] = [];
  for (const [i, line] of lines.entries()) {
    if (isNear[i]) shown.push(line);
    else if (shown.length > 0 && shown.at(-1) !== ' …') shown.push(' …');
  }
  return shown.at(-1) === ' …' ? shown.slice(0, -1) : shown;
}
