/**
 * Rows of a CSV, RFC 4180 as people write it, each with the line it begins on and the text it was read from. They are read one by one, as
 * often as they are asked for: of a table with 100,000 rows a message each is kept, not the rows.
 *
 * @module
 */
import type { Notes } from './note.js';

/** One row as it stands in the file. */
export class Row {
  /** Line it begins on, counted from 1. */
  readonly line: number;
  readonly values: readonly string[];
  readonly #file: string;
  readonly #from: number;
  readonly #to: number;

  /** @param place the row in the text of its file */
  constructor(
    line: number,
    values: readonly string[],
    { file, from, to }: { readonly file: string; readonly from: number; readonly to: number },
  ) {
    this.line = line;
    this.values = values;
    this.#file = file;
    this.#from = from;
    this.#to = to;
  }

  /** The row's own text without its line end. */
  get text(): string {
    return this.#file.slice(this.#from, this.#to);
  }

  /** Whether it holds nothing but white space. */
  get isBlank(): boolean {
    return this.values.every((value) => value.trim() === '');
  }
}

/** What parts the values of a row. */
export type Delimiter = ',' | ';' | '\t' | '|';

const names: { readonly [K in Delimiter]: string } = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };

const quote = 0x22;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The rows of a text, those of blanks included, lines of nothing at all left out. A quote within a value, or one that something other than
 * a delimiter follows, is a character of the value. Rows end with LF or CRLF; with CR where the first one does.
 *
 * @returns the line of the row whose quote never closes, and takes in the rest of the file; nothing when there is none
 */
export function* rowsOf(text: string, delimiter: Delimiter): Generator<Row, number | undefined> {
  const { length } = text;
  const parting = delimiter.charCodeAt(0);
  const endsWithCr = isCrFirst(text);
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  /** Length of the row end at a place; 0 where there is none. */
  const endAt = (place: number): number => {
    const code = text.charCodeAt(place);
    if (code === lineFeed) return 1;
    if (code !== carriageReturn) return 0;
    if (text.charCodeAt(place + 1) === lineFeed) return 2;
    return endsWithCr || place + 1 === length ? 1 : 0;
  };
  /** Goes to the next delimiter or row end. */
  const skipPlain = (): void => {
    for (; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code === parting || code === lineFeed) return;
      if (code !== carriageReturn) continue;
      if (endAt(at) > 0) return;
      line++;
    }
  };
  /** Goes behind the quote that closes the one here; false where there is none. */
  const skipQuoted = (): boolean => {
    for (at++; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code === lineFeed || (code === carriageReturn && text.charCodeAt(at + 1) !== lineFeed)) line++;
      else if (code === quote) {
        if (text.charCodeAt(at + 1) !== quote) {
          at++;
          return true;
        }
        at++;
      }
    }
    return false;
  };
  while (at < length) {
    const end = endAt(at);
    if (end > 0) {
      at += end;
      line++;
      continue;
    }
    const from = at;
    const first = line;
    const values: string[] = [];
    for (;;) {
      const start = at;
      if (text.charCodeAt(at) !== quote) {
        skipPlain();
        values.push(text.slice(start, at));
      } else {
        if (!skipQuoted()) return first;
        const inside = text.slice(start + 1, at - 1);
        const value = inside.includes('""') ? inside.replaceAll('""', '"') : inside;
        const behind = at;
        if (at < length && text.charCodeAt(at) !== parting && endAt(at) === 0) {
          skipPlain();
          values.push(`"${value}"${text.slice(behind, at)}`);
        } else values.push(value);
      }
      if (text.charCodeAt(at) !== parting) break;
      at++;
    }
    yield new Row(first, values, { file: text, from, to: at });
    if (at < length) {
      at += endAt(at);
      line++;
    }
  }
  return undefined;
}

/** Whether the first row ends with a CR and nothing behind it, as on an old Macintosh. */
function isCrFirst(text: string): boolean {
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) isQuoted = !isQuoted;
    else if (code === lineFeed && !isQuoted) return false;
    else if (code === carriageReturn && !isQuoted) return text.charCodeAt(at + 1) !== lineFeed;
  }
  return false;
}

/** What parts the most values in the first line that holds anything, outside quotes. */
export function delimiterOf(text: string, notes: Notes): Delimiter {
  const header = (/[^\s\ufeff][^\r\n]*/.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '');
  let best: Delimiter = ',';
  let most = 0;
  for (const delimiter of [',', ';', '\t', '|'] as const) {
    const count = header.split(delimiter).length - 1;
    if (count > most) [best, most] = [delimiter, count];
  }
  if (best !== ',') {
    notes.add({
      code: 'DELIMITER',
      kind: 'repair',
      line: 1,
      text: `values are parted by ${names[best]}, read as such; a CSV has commas`,
    });
  }
  return best;
}
