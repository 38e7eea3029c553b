/**
 * Reads the CSV of application messages. What is wrong is told with line and column, what was repaired or guessed is noted, and good rows
 * survive bad ones.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { MessageError } from '../errors.js';
import { decodeText } from './encoding.js';
import { type Column, type Header, readHeader, sixColumns } from './header.js';
import { formatFault, type Message, type MessageFault } from './message.js';
import { epochUnit, type MomentKind } from './moment.js';
import { Notes } from './note.js';
import { type ReadRow, RowReader } from './row-reader.js';
import { delimiterOf, type Row, rowsOf } from './rows.js';
import { MessageTable } from './table.js';

/** How a CSV is read. */
export interface ReadOptions {
  /** Takes what would be repaired or guessed for a fault. */
  strict?: boolean;
  /** Turns a typed `\r`, `\n` or `\t` in a message into the character. */
  unescape?: boolean;
}

/**
 * Reads messages from a CSV file.
 *
 * Columns, in any order and under the names that are about: `msg_id`, `app_protocol`, `src_app`, `dst_app`, `message`, `timestamp`; `src_port`
 * and `dst_port` may stand beside the applications or in their place, `flags` says TCP's. A packet list exported from Wireshark is read as
 * far as it says what was sent. Text in UTF-8, UTF-16 or a Windows code page; commas, semicolons or tabs; times in seconds, milliseconds,
 * counted from 1970, as clock times or dates. Every repair, every guess and every column passed over is in `notes` of what is returned.
 *
 * @throws MessageError `NO_FILE`, `NOT_CSV`, `EMPTY`, `MISSING_COLUMN` or `DUPLICATE_COLUMN`; faults of single rows are in `faults`
 */
export async function readMessages(path: string, options: ReadOptions = {}): Promise<MessageTable> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : `the file system says ${code}`;
    throw new MessageError('NO_FILE', `Cannot read messages from ${path}: ${reason}, a CSV file needed`, { cause });
  }
  const notes = new Notes();
  return tableOf(decodeText(bytes, path, notes), path, options, notes);
}

/** `readMessages` for text that is already here; `file` names it in faults. */
export function parseMessages(text: string, file = 'messages.csv', options: ReadOptions = {}): MessageTable {
  return tableOf(text, file, options, new Notes());
}

function tableOf(text: string, file: string, options: ReadOptions, notes: Notes): MessageTable {
  const delimiter = delimiterOf(text, notes);
  const faults: MessageFault[] = [];
  /** Every row, and what the walk through them ends with. */
  const walk = (): Generator<Row, number | undefined> => rowsOf(text, delimiter);
  const first = firstOf(walk());
  if (typeof first !== 'object') {
    if (first !== undefined) throw new MessageError('EMPTY', formatFault(unclosedAt(first, file)));
    throw new MessageError(
      'EMPTY',
      `${file}, line 1: the file is empty, a header line and at least one row needed: ${sixColumns}`,
    );
  }
  const header = readHeader(first, file, notes);
  const reader = new RowReader({
    file,
    header,
    delimiter,
    misnamed: misnamedColumns(header, () => bodyOf(walk(), first)),
    isUnescaping: options.unescape ?? false,
    faults,
    notes,
  });
  const read: ReadRow[] = [];
  let count = 0;
  const rows = walk();
  for (let step = rows.next(); ; step = rows.next()) {
    if (step.done) {
      if (step.value !== undefined) faults.push(unclosedAt(step.value, file));
      break;
    }
    const row = step.value;
    if (row.line <= first.line) continue;
    if (row.isBlank) {
      // A line of white space is how people part rows; one of delimiters is what a spreadsheet leaves.
      if (row.values.length > 1)
        notes.add({ code: 'BLANK_ROW', kind: 'repair', line: row.line, text: 'only blanks, left out' });
      continue;
    }
    count++;
    const one = reader.read(row);
    if (one !== undefined) read.push(one);
  }
  if (count === 0 && faults.length === 0) {
    throw new MessageError('EMPTY', `${file}, line ${first.line + 1}: no rows under the header, at least one needed`);
  }
  const messages = timed(read, file, header, { faults, notes });
  const list = notes.list();
  if (options.strict) {
    for (const { kind, line, column, value, text } of list) {
      if (kind === 'remark') continue;
      faults.push({
        file,
        line,
        ...(column === undefined ? {} : { column }),
        ...(value === undefined ? {} : { value }),
        expected: `${text}; with strict reading that is a fault`,
      });
    }
  }
  faults.sort((a, b) => a.line - b.line);
  return new MessageTable(file, messages, faults, options.strict ? list.filter(({ kind }) => kind === 'remark') : list);
}

/** The first row that holds anything; else what the walk ends with. */
function firstOf(rows: Generator<Row, number | undefined>): Row | number | undefined {
  for (let step = rows.next(); ; step = rows.next()) if (step.done || !step.value.isBlank) return step.value;
}

/** Rows under the header. */
function* bodyOf(rows: Iterable<Row>, header: Row): Generator<Row> {
  for (const row of rows) if (row.line > header.line && !row.isBlank) yield row;
}

/** An unclosed quote swallows the rest of the file. */
function unclosedAt(line: number, file: string): MessageFault {
  const expected =
    'a closing quote needed: the double quote that opens here is never closed, and takes in the rest of the file';
  return { file, line, expected };
}

/** Columns of ports in which no row has a number, and of applications in which every row has one. */
function misnamedColumns({ at }: Header, rows: () => Iterable<Row>): ReadonlySet<Column> {
  const misnamed = new Set<Column>();
  /** Whether the column has values, and all of them are of a form. Stops at the first that is not. */
  const holdsOnly = (column: Column, form: RegExp): boolean => {
    const place = at.get(column);
    if (place === undefined) return false;
    let isUsed = false;
    for (const { values } of rows()) {
      const value = values[place]?.trim() ?? '';
      if (value === '') continue;
      if (!form.test(value)) return false;
      isUsed = true;
    }
    return isUsed;
  };
  const isEmpty = (column: Column): boolean => {
    const place = at.get(column);
    if (place === undefined) return true;
    for (const { values } of rows()) if ((values[place] ?? '').trim() !== '') return false;
    return true;
  };
  for (const side of ['src', 'dst'] as const) {
    const [port, application] = [`${side}_port`, `${side}_app`] as const;
    if (holdsOnly(port, /^\p{L}[\p{L}\p{N}_. -]*$/u) && isEmpty(application)) misnamed.add(port);
    if (holdsOnly(application, /^\d{1,5}(\.0)?$/) && isEmpty(port)) misnamed.add(application);
  }
  return misnamed;
}

const needs: { readonly [K in MomentKind]: string } = {
  number: 'seconds since the start as in the other rows needed',
  date: 'a date and time as in the other rows needed',
  clock: 'a clock time as in the other rows needed',
};

/** Messages with their times in seconds since the start. Times of another kind than most rows have are faults. */
function timed(
  rows: readonly ReadRow[],
  file: string,
  header: Header,
  { faults, notes }: { readonly faults: MessageFault[]; readonly notes: Notes },
): Message[] {
  if (rows.length === 0) return [];
  const kind = mostUsed(rows);
  const column = header.nameOf('timestamp');
  const alike = rows.filter(({ moment, message, time }) => {
    if (moment.kind === kind) return true;
    faults.push({
      file,
      line: message.line,
      column,
      field: header.at.get('timestamp')! + 1,
      value: time,
      expected: needs[kind],
    });
    return false;
  });
  const isMonthFirst = decideDayAndMonth(alike, column, notes);
  const momentOf = ({ moment }: ReadRow): bigint =>
    isMonthFirst ? (moment.swapped ?? moment.nanoseconds) : moment.nanoseconds;
  let start = momentOf(alike[0]!);
  let most = start;
  for (const row of alike) {
    const value = momentOf(row);
    if (value < start) start = value;
    if (value > most) most = value;
  }
  const epoch = kind === 'number' ? epochUnit(start, most) : undefined;
  if (epoch) {
    notes.add({
      code: 'TIME',
      kind: 'guess',
      line: alike[0]!.message.line,
      column,
      value: alike[0]!.time,
      text: `read as ${epoch.words}: times are counted from the earliest`,
    });
  }
  const base = kind !== 'number' || epoch ? start : 0n;
  let late: Message | undefined;
  let before = 0;
  const messages = alike.map((row): Message => {
    const { message } = row;
    const since = base === 0n ? momentOf(row) : momentOf(row) - base;
    message.timestamp = Number(epoch ? since / epoch.divisor : since) / 1e9;
    if (message.timestamp < before) late ??= message;
    before = message.timestamp;
    return message;
  });
  if (late) {
    notes.add({
      code: 'ORDER',
      kind: 'remark',
      line: late.line,
      column,
      text: 'earlier than the row before: messages are sent in the order of their times, not of the rows',
    });
  }
  return messages;
}

/** The kind that most times are of; of two as many, the one that says more. */
function mostUsed(rows: readonly ReadRow[]): MomentKind {
  const counts = { date: 0, clock: 0, number: 0 };
  for (const { moment } of rows) counts[moment.kind]++;
  const kinds = ['date', 'clock', 'number'] as const;
  return kinds.reduce<MomentKind>((best, kind) => (counts[kind] > counts[best] ? kind : best), 'date');
}

/** Whether dates such as 10/27/2025 have the month first; where none tells, the day is taken to be first, and that is said. */
function decideDayAndMonth(rows: readonly ReadRow[], column: string, notes: Notes): boolean {
  let first: ReadRow | undefined;
  let isMonthFirst = false;
  let isDayFirst = false;
  for (const row of rows) {
    const { dayOrMonth } = row.moment;
    if (dayOrMonth === undefined) continue;
    first ??= row;
    if (dayOrMonth[0] > 12) isDayFirst = true;
    if (dayOrMonth[1] > 12) isMonthFirst = true;
  }
  if (first === undefined) return false;
  if (!isMonthFirst && !isDayFirst) {
    notes.add({
      code: 'TIME',
      kind: 'guess',
      line: first.message.line,
      column,
      value: first.time,
      text: 'the day is taken to stand before the month; write 2025-12-31 to be sure',
    });
  }
  return isMonthFirst && !isDayFirst;
}
