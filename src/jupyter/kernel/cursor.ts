/**
 * Cursor positions. The protocol counts code points, JavaScript counts UTF-16 code units; an emoji is one or two.
 *
 * @module
 */

/** Code units before the first `points` code points of `text`. */
export function toCodeUnits(text: string, points: number): number {
  let at = 0;
  for (let left = points; left > 0 && at < text.length; left--) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return at;
}

/** Code points in the first `units` code units of `text`. */
export function toCodePoints(text: string, units: number): number {
  let points = 0;
  for (let at = 0; at < units && at < text.length; points++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return points;
}
