/**
 * Lines out of a stream of bytes.
 *
 * @module
 */
import type { Readable } from 'node:stream';

/** Calls `take` with each line of a UTF-8 stream, without its newline. */
export function linesOf(stream: Readable, take: (line: string) => void): void {
  let rest: string[] = [];
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    let from = 0;
    for (let at = chunk.indexOf('\n'); at >= 0; at = chunk.indexOf('\n', from)) {
      rest.push(chunk.slice(from, at));
      const line = rest.join('');
      rest = [];
      from = at + 1;
      take(line);
    }
    if (from < chunk.length) rest.push(chunk.slice(from));
  });
}
