/**
 * Rows of a CSV, each with the line it begins on and the text it was read from.
 *
 * @module
 */
import { type CsvError, type Info, parse } from 'csv-parse/sync';
import type { MessageFault } from './message.js';
import type { Notes } from './note.js';

/** One row as it stands in the file. */
export class Row {
  /** Line it begins on, counted from 1. */
  readonly line: number;
  readonly values: readonly string[];
  readonly #bytes: Buffer;
  readonly #from: number;
  readonly #to: number;

  /** @param place the row in the bytes of its file */
  constructor(
    line: number,
    values: readonly string[],
    { bytes, from, to }: { readonly bytes: Buffer; readonly from: number; readonly to: number },
  ) {
    this.line = line;
    this.values = values;
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
  }

  /** The row's own text, line end included. */
  get text(): string {
    return this.#bytes.toString('utf8', this.#from, this.#to);
  }
}

/** What parts the values of a row. */
export type Delimiter = ',' | ';' | '\t' | '|';

const names: { readonly [K in Delimiter]: string } = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars' };

/** Parts a text into rows. Rows of nothing but blanks are left out; a quote that never closes is a fault. */
export function splitRows(
  text: string,
  file: string,
  notes: Notes,
): { rows: Row[]; faults: MessageFault[]; delimiter: Delimiter } {
  const bytes = Buffer.from(text.startsWith('\ufeff') ? text.slice(1) : text);
  const delimiter = delimiterOf(text);
  if (delimiter !== ',') {
    notes.add({
      code: 'DELIMITER',
      kind: 'repair',
      line: 1,
      text: `values are parted by ${names[delimiter]}, read as such; a CSV has commas`,
    });
  }
  const lines = new LineCounter(bytes);
  const rows: Row[] = [];
  const faults: MessageFault[] = [];
  let from = 0;
  let unclosed: CsvError | undefined;
  const keep = (values: readonly string[], to: number): void => {
    const start = from;
    from = to;
    const line = lines.firstOf(start, to);
    if (values.every((value) => value.trim() === '')) {
      // A line of nothing at all is how people part rows; one of delimiters is what a spreadsheet leaves.
      if (values.length > 1) notes.add({ code: 'BLANK_ROW', kind: 'repair', line, text: 'only blanks, left out' });
      return;
    }
    rows.push(new Row(line, values, { bytes, from: start, to }));
  };
  parse(bytes, {
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_record: (record: string[], context: Info) => {
      keep(record, context.bytes);
      return null;
    },
    on_skip: (error: CsvError | undefined) => {
      unclosed ??= error;
      return undefined;
    },
  });
  if (unclosed !== undefined) {
    // An unclosed quote swallows the rest of the file: it opened behind the last row that could be read.
    faults.push({
      file,
      line: lines.firstOf(from, bytes.length),
      expected: `a closing quote needed: the double quote that opens here is never closed, and takes in the rest of the file (${unclosed.code})`,
    });
  }
  return { rows, faults, delimiter };
}

/** What parts the most values in the first line that holds anything, outside quotes. */
function delimiterOf(text: string): Delimiter {
  const header = (/[^\s\ufeff][^\r\n]*/.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '');
  let best: Delimiter = ',';
  let most = 0;
  for (const delimiter of [',', ';', '\t', '|'] as const) {
    const count = header.split(delimiter).length - 1;
    if (count > most) [best, most] = [delimiter, count];
  }
  return best;
}

/** Counts lines of a text in order, whichever way they end. */
class LineCounter {
  readonly #bytes: Uint8Array;
  #at = 0;
  #line = 1;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The line of the first byte from `from` that is no line end; `to` is where the row ends. Rows are asked for in their order. */
  firstOf(from: number, to: number): number {
    this.#advance(from);
    let start = from;
    while (start < to && (this.#bytes[start] === 0x0a || this.#bytes[start] === 0x0d)) start++;
    this.#advance(start);
    return this.#line;
  }

  #advance(to: number): void {
    const bytes = this.#bytes;
    for (; this.#at < to; this.#at++) {
      const byte = bytes[this.#at];
      if (byte === 0x0a || (byte === 0x0d && bytes[this.#at + 1] !== 0x0a)) this.#line++;
    }
  }
}
