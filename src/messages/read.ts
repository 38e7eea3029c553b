/**
 * Reads the CSV of application messages. What is wrong is told with line and column; good rows survive bad ones.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { type CsvError, type InfoRecord, parse } from 'csv-parse/sync';
import { MessageError } from '../errors.js';
import type { Message, MessageFault } from './message.js';
import { MessageTable } from './table.js';

const aliases: { readonly [column: string]: string } = { protocol: 'app_protocol' };

const known = ['msg_id', 'app_protocol', 'src_app', 'dst_app', 'src_port', 'dst_port', 'message', 'timestamp'];

/**
 * Reads messages from a CSV file: UTF-8 with or without a byte order mark, LF or CRLF, quoting as RFC 4180 has it.
 *
 * Columns, in any order: `msg_id`, `app_protocol` (or `protocol`), `src_app`, `dst_app`, `message`, `timestamp`; `src_port` and `dst_port`
 * may stand beside the applications or in their place. Other columns are passed over.
 *
 * @throws MessageError `NO_FILE`, `NOT_CSV`, `EMPTY` or `MISSING_COLUMN`; faults of single rows are in `faults` of what is returned
 */
export async function readMessages(path: string): Promise<MessageTable> {
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
  return parseMessages(decode(bytes, path), path);
}

/** `readMessages` for text that is already here; `file` names it in faults. */
export function parseMessages(text: string, file = 'messages.csv'): MessageTable {
  const { records, faults } = split(text, file);
  const first = records[0];
  if (!first) {
    throw new MessageError(
      'EMPTY',
      `${file}, line 1: the file is empty, a header line and at least one row needed: ${sixColumns}`,
    );
  }
  const header = readHeader(first, file);
  const rows = records.slice(1);
  if (rows.length === 0 && faults.length === 0) {
    throw new MessageError('EMPTY', `${file}, line ${first.line + 1}: no rows under the header, at least one needed`);
  }
  const notes: string[] = [];
  if (!header.columns.includes('msg_id')) notes.push('There is no column msg_id: rows are numbered from 1');
  const reader = new RowReader(header.columns, file, faults, notes);
  const messages = rows.flatMap((row, i) => reader.read(row, i + 1) ?? []);
  reader.checkTogether(messages);
  return new MessageTable(
    file,
    reader.rebase(messages),
    [...faults].sort((a, b) => a.line - b.line),
    notes,
  );
}

const sixColumns = 'msg_id,app_protocol,src_app,dst_app,message,timestamp';

interface Row {
  readonly line: number;
  readonly values: readonly string[];
}

function decode(bytes: Uint8Array, path: string): string {
  const begins = (...signature: number[]): boolean => signature.every((byte, i) => bytes[i] === byte);
  const not = (what: string): MessageError =>
    new MessageError(
      'NOT_CSV',
      `Cannot read messages from ${path}: line 1, column 1: it is ${what}, CSV text in UTF-8 needed: ${sixColumns}`,
    );
  if (begins(0x50, 0x4b, 0x03, 0x04)) throw not('a Word, Excel or zip file (save it as CSV)');
  if (begins(0xd0, 0xcf, 0x11, 0xe0)) throw not('an old Word or Excel file (save it as CSV)');
  if (begins(0x0a, 0x0d, 0x0d, 0x0a) || begins(0xd4, 0xc3, 0xb2, 0xa1) || begins(0xa1, 0xb2, 0xc3, 0xd4))
    throw not('a capture file');
  if (begins(0xff, 0xfe) || begins(0xfe, 0xff)) throw not('text in UTF-16 (save it as UTF-8)');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new MessageError(
      'NOT_CSV',
      `Cannot read messages from ${path}: ${notUtf8(bytes)}, CSV text in UTF-8 needed`,
      { cause },
    );
  }
}

/** Where the first byte lies that is not UTF-8. */
function notUtf8(bytes: Uint8Array): string {
  let line = 1;
  let start = 0;
  for (let end = bytes.indexOf(0x0a); ; end = bytes.indexOf(0x0a, start)) {
    const stop = end === -1 ? bytes.length : end;
    const text = new TextDecoder().decode(bytes.subarray(start, stop));
    const column = text.indexOf('\ufffd');
    if (column !== -1 || end === -1) return `line ${line}, character ${column + 1} is not UTF-8`;
    start = end + 1;
    line++;
  }
}

/** Rows with the line each begins on; rows of nothing but commas are left out. */
function split(text: string, file: string): { records: Row[]; faults: MessageFault[] } {
  const errors: CsvError[] = [];
  const parsed = parse(text, {
    bom: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error: CsvError | undefined) => {
      if (error) errors.push(error);
      return undefined;
    },
  }) as unknown as { record: string[]; info: InfoRecord }[];
  // `lines` is the line a record ends on, and counts a CRLF within quotes as two.
  let twice = 0;
  let last = 0;
  const records = parsed.map(({ record, info }) => {
    twice += count(record, /\r\n/g);
    last = info.lines - twice;
    return { line: last - count(record, /\r\n|\r|\n/g), values: record };
  });
  const faults = errors.map((error): MessageFault => {
    // An unclosed quote swallows the rest of the file: it opened behind the last row that could be read.
    const line = error.code === 'CSV_QUOTE_NOT_CLOSED' ? last + 1 : Number(error.lines) - twice;
    return {
      file,
      line,
      expected: `a closing quote needed (${error.code})`,
    };
  });
  return { records: records.filter(({ values }) => values.some((value) => value.trim() !== '')), faults };
}

function count(values: readonly string[], what: RegExp): number {
  return values.reduce((sum, value) => sum + (value.match(what)?.length ?? 0), 0);
}

function readHeader(row: Row, file: string): { columns: string[] } {
  const columns = row.values.map((value) => {
    const name = value.trim().toLowerCase();
    return aliases[name] ?? name;
  });
  const missing = ['app_protocol', 'message', 'timestamp'].filter((name) => !columns.includes(name));
  for (const [app, port] of [
    ['src_app', 'src_port'],
    ['dst_app', 'dst_port'],
  ] as const) {
    if (!columns.includes(app) && !columns.includes(port)) missing.push(app);
  }
  if (missing.length > 0) {
    const word = missing.length === 1 ? 'column' : 'columns';
    throw new MessageError(
      'MISSING_COLUMN',
      `${file}, line ${row.line}: ${word} ${missing.join(', ')} missing; the header is ${JSON.stringify(row.values.join(','))}, ${sixColumns} needed`,
    );
  }
  const twice = columns.find((name, i) => known.includes(name) && columns.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new MessageError(
      'MISSING_COLUMN',
      `${file}, line ${row.line}: column ${twice} stands there twice, once needed`,
    );
  }
  return { columns };
}

/** Turns rows into messages and collects what is wrong with them. */
class RowReader {
  readonly #columns: readonly string[];
  readonly #file: string;
  readonly #faults: MessageFault[];
  readonly #notes: string[];
  /** Rows by how their time is written. */
  readonly #absolute = new Set<number>();
  readonly #lines = new Map<string, number>();

  constructor(columns: readonly string[], file: string, faults: MessageFault[], notes: string[]) {
    this.#columns = columns;
    this.#file = file;
    this.#faults = faults;
    this.#notes = notes;
  }

  read(row: Row, number: number): Message | undefined {
    const { line, values } = row;
    const before = this.#faults.length;
    if (values.length !== this.#columns.length) {
      const hint = values.length > this.#columns.length ? ': put a value that holds commas in double quotes' : '';
      this.#fault(
        line,
        undefined,
        undefined,
        `${values.length} fields given, ${this.#columns.length} as in the header needed${hint}`,
      );
      return undefined;
    }
    const get = (column: string): string | undefined => {
      const at = this.#columns.indexOf(column);
      return at === -1 ? undefined : values[at];
    };
    const msgId = (get('msg_id') ?? String(number)).trim();
    if (msgId === '') this.#fault(line, 'msg_id', '', 'an id needed, one of its own for each row');
    const first = this.#lines.get(msgId);
    if (msgId !== '' && first !== undefined) {
      this.#fault(line, 'msg_id', msgId, `an id of its own for each row needed, line ${first} has this one`);
    }
    const srcPort = this.#port(line, 'src_port', get('src_port'));
    const dstPort = this.#port(line, 'dst_port', get('dst_port'));
    const timestamp = this.#time(line, get('timestamp')!.trim());
    const message = get('message')!;
    if (message === '')
      this.#fault(line, 'message', '', 'something to send needed: a segment without data has no message');
    if (/\\[rn]/.test(message)) {
      this.#notes.push(`Line ${line}: the message holds a typed \\r or \\n, two characters each, and is sent as typed`);
    }
    const appProtocol = get('app_protocol')!.trim();
    if (appProtocol === '') this.#fault(line, 'app_protocol', '', 'a protocol such as HTTP needed');
    const srcApp = this.#application(line, 'src_app', get('src_app'), srcPort);
    const dstApp = this.#application(line, 'dst_app', get('dst_app'), dstPort);
    if (this.#faults.length > before) return undefined;
    this.#lines.set(msgId, line);
    return {
      msgId,
      appProtocol,
      srcApp,
      dstApp,
      ...(srcPort === undefined ? {} : { srcPort }),
      ...(dstPort === undefined ? {} : { dstPort }),
      message,
      timestamp: timestamp!,
      line,
    };
  }

  /** Faults that only several rows together show. */
  checkTogether(messages: readonly Message[]): void {
    if (this.#absolute.size === 0) return;
    for (const { line } of messages) {
      if (!this.#absolute.has(line))
        this.#fault(line, 'timestamp', undefined, 'a date and time as in the other rows needed, seconds given');
    }
    this.#notes.push('Times are dates: the run starts at the earliest');
  }

  /** Times that are dates, counted from the earliest; rows whose time is written the other way are left out. */
  rebase(messages: readonly Message[]): Message[] {
    if (this.#absolute.size === 0) return [...messages];
    const dated = messages.filter(({ line }) => this.#absolute.has(line));
    const start = Math.min(...dated.map(({ timestamp }) => timestamp));
    // Date-times come in milliseconds or microseconds; rounding to nanoseconds takes the subtraction's error away.
    return dated.map((message) => ({ ...message, timestamp: Math.round((message.timestamp - start) * 1e9) / 1e9 }));
  }

  #application(line: number, column: string, value: string | undefined, port: number | undefined): string {
    const name = (value ?? '').trim();
    if (name !== '') return name;
    if (port !== undefined) return `port_${port}`;
    if (value !== undefined) this.#fault(line, column, value, 'an application such as client_browser needed');
    return '';
  }

  #port(line: number, column: string, value: string | undefined): number | undefined {
    const text = value?.trim() ?? '';
    if (text === '') return undefined;
    const port = Number(text);
    if (/^\d+$/.test(text) && port >= 1 && port <= 0xffff) return port;
    this.#fault(line, column, value, 'a port from 1 to 65535 needed');
    return undefined;
  }

  #time(line: number, text: string): number | undefined {
    if (/^(\d+(\.\d*)?|\.\d+)$/.test(text)) return Number(text);
    const date = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?Z?$/.exec(text);
    const milliseconds = date ? Date.parse(`${date[1]}T${date[2]}Z`) : Number.NaN;
    if (date && !Number.isNaN(milliseconds)) {
      this.#absolute.add(line);
      return milliseconds / 1000 + Number(`0${date[3] ?? ''}`);
    }
    this.#fault(
      line,
      'timestamp',
      text,
      'seconds since the start such as 0.1, or dates as 2025-10-27 10:00:01.123 in every row, needed',
    );
    return undefined;
  }

  #fault(line: number, column: string | undefined, value: string | undefined, expected: string): void {
    this.#faults.push({
      file: this.#file,
      line,
      ...(column === undefined ? {} : { column, field: this.#columns.indexOf(column) + 1 }),
      ...(value === undefined ? {} : { value }),
      expected,
    });
  }
}
