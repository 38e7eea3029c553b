/**
 * What a server's line says, both ways, section 4 and 5 of the protocol.
 *
 * @module
 */
import type { ChatCode } from '../../errors.js';

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

/** Names shown by `/who` at most. */
const longestList = 1000;

/**
 * The lines that answer `/who`, and how many names they hold. No line is longer than `lineBytes`, or than one name. `isPart`
 * says that a prefix was asked for.
 */
export function whoLines(
  names: readonly string[],
  isPart: boolean,
  { tag, lineBytes }: { readonly tag: string | undefined; readonly lineBytes: number },
): { readonly text: string; readonly listed: number } {
  const mark = tag === undefined ? [] : [`#${tag}`];
  const room = lineBytes - '* who'.length - (tag === undefined ? 0 : tag.length + 2);
  const listed = names.slice(0, longestList);
  let text = '';
  let line: string[] = [];
  let length = 0;
  for (const name of listed) {
    const bytes = Buffer.byteLength(name) + 1;
    if (length + bytes > room && line.length > 0) {
      text += notice('who', [...mark, ...line]);
      line = [];
      length = 0;
    }
    line.push(name);
    length += bytes;
  }
  if (line.length > 0) text += notice('who', [...mark, ...line]);
  const count = names.length;
  const people = count === 1 ? '1 person' : `${count} people`;
  const verb = isPart ? (count === 1 ? 'matches' : 'match') : count === 1 ? 'is here' : 'are here';
  const more = count > listed.length ? `, the first ${listed.length} are shown` : '';
  return { text: text + notice('end', [...mark, String(count)], `${people} ${verb}${more}`), listed: listed.length };
}

/** A refusal of a line, as a line with its LF. `about` is what it names. */
export function errorLine(tag: string | undefined, code: ChatCode, about: string | undefined, text: string): string {
  // Not by way of `notice()`: a flood for somebody who is not there makes many of these.
  const head = `* error ${tag ?? '-'} ${code}`;
  return about === undefined ? `${head} :${text}\n` : `${head} ${asParam(about)} :${text}\n`;
}

const plainParam = /^[\w.-]+$/;

/** A text as one parameter of a notice, shortened if need be. */
export function asParam(text: string): string {
  const short = shorten(text);
  return plainParam.test(short) ? short : short.replace(/\s/g, '_').replace(/^:/, '_') || '-';
}

/** The first 60 characters of a text that is longer than 64. */
export function shorten(text: string): string {
  return text.length <= 64 ? text : `${[...text.slice(0, 64)].slice(0, 60).join('')}…`;
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
