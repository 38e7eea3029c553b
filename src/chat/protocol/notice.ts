/**
 * What a server's line says, both ways, section 4 and 5 of the protocol.
 *
 * @module
 */

/** A line of a server, understood. */
export type ServerLine =
  | { readonly type: 'delivery'; readonly from: string; readonly text: string; readonly toAll: boolean }
  | {
      readonly type: 'notice';
      readonly keyword: string;
      readonly params: readonly string[];
      /** What it says to people, empty where it says nothing. */
      readonly text: string;
    }
  /** Neither: this is no server of this protocol. */
  | { readonly type: 'foreign'; readonly line: string };

/** Why somebody is no longer there. */
export type LeaveReason = 'quit' | 'lost' | 'timeout' | 'slow' | 'shutdown';

const toAllMark = ' (to all)';

/** Writes a notice as a line with its LF. */
export function notice(keyword: string, params: readonly string[], text?: string): string {
  let line = `* ${keyword}`;
  for (const param of params) line += ` ${param === '' ? '-' : param}`;
  return text === undefined ? `${line}\n` : `${line} :${text}\n`;
}

/** What stands before the text of a message to one person, or to everybody. */
export function deliveryHead(from: string, toAll: boolean): string {
  return toAll ? `${from}${toAllMark}: ` : `${from}: `;
}

/** Reads a line of a server, without its LF. */
export function parseServerLine(line: string): ServerLine {
  if (line.startsWith('* ')) {
    const colon = line.indexOf(' :');
    const [keyword = '', ...params] = (colon < 0 ? line : line.slice(0, colon)).slice(2).split(' ');
    return { type: 'notice', keyword, params, text: colon < 0 ? '' : line.slice(colon + 2) };
  }
  const colon = line.indexOf(': ');
  if (colon <= 0) return { type: 'foreign', line };
  const head = line.slice(0, colon);
  const toAll = head.endsWith(toAllMark);
  const from = toAll ? head.slice(0, -toAllMark.length) : head;
  if (from.includes(' ')) return { type: 'foreign', line };
  return { type: 'delivery', from, text: line.slice(colon + 2), toAll };
}
