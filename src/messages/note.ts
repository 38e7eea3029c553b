/**
 * What was decided while a CSV was read: repairs, guesses, and what was passed over. One cause is one note, however many rows it has.
 *
 * @module
 */

/** What a note is about. */
export type NoteCode =
  /** The text is not UTF-8; which encoding was taken. */
  | 'ENCODING'
  /** Values are parted by something else than commas. */
  | 'DELIMITER'
  /** A column has another name than the canonical one. */
  | 'HEADER_NAME'
  /** A column is not used. */
  | 'COLUMN_PASSED_OVER'
  /** Rows of nothing but blanks were left out. */
  | 'BLANK_ROW'
  /** A message holds delimiters that should have been quoted; its parts were joined again. */
  | 'JOINED'
  /** There is no id; the row's number was taken. */
  | 'NUMBERED'
  /** White space around a value was left out. */
  | 'TRIMMED'
  /** There is no application protocol; the ports tell. */
  | 'PROTOCOL_GUESSED'
  /** The transport that a row says is not its protocol's, or none. */
  | 'TRANSPORT'
  /** A column of ports holds names of applications, or the other way round. */
  | 'PORT_OR_APPLICATION'
  /** Addresses are names only: the lesson's packets go over loopback. */
  | 'ADDRESS'
  /** A number as a spreadsheet writes it: `80.0`, `0,1`, `1e-1`. */
  | 'NUMBER'
  /** How times were read that are not plain seconds. */
  | 'TIME'
  /** Rows are not in the order of their times. */
  | 'ORDER'
  /** A typed `\r` or `\n`: two characters each. */
  | 'TYPED_ESCAPE'
  /** A row that says which TCP flags its segment has. */
  | 'FLAGS'
  /** The text of a DNS row that is no query and no answer: it is sent as it stands. */
  | 'DNS_TEXT'
  /** A text of Wireshark's packet list, which is not what was sent. */
  | 'PACKET_LIST'
  /** The CSV says how long a message is, not what it says. */
  | 'FILLED';

/** One decision. */
export interface MessageNote {
  readonly code: NoteCode;
  /** A *repair* put right what was wrong, a *guess* may be wrong itself, a *remark* changed nothing. */
  readonly kind: 'repair' | 'guess' | 'remark';
  /** First line of the file that it is about, counted from 1. */
  readonly line: number;
  /** The header's name for the column, where it is about one. */
  readonly column?: string;
  /** The first value that it is about, as it stands there. */
  readonly value?: string;
  /** What was decided, and what to write instead. */
  readonly text: string;
  /** Rows that it is about. */
  readonly count: number;
}

/** `line 3, column timestamp: "0,1" given (and 4 rows like it): read as …` */
export function formatNote({ line, column, value, text, count }: MessageNote): string {
  const place = column === undefined ? '' : `, column ${column}`;
  const given = value === undefined ? '' : `${JSON.stringify(shorten(value))} given`;
  const more = count > 1 ? `${given === '' ? '' : ' '}(${count} rows)` : '';
  const subject = given + more;
  return `line ${line}${place}: ${subject === '' ? '' : `${subject}, `}${text}`;
}

/** A value as far as a sentence has room for it. */
export function shorten(value: string): string {
  return value.length > 60 ? `${value.slice(0, 57)}…` : value;
}

/** Collects notes; those of one cause become one. */
export class Notes {
  /** By cause, since its text is one and the same for each row: no key is put together for each. */
  readonly #causes = new Map<string, Writable<MessageNote>[]>();

  /** `cause` tells notes of one code and column apart; the text where it is left out. */
  add(note: Omit<MessageNote, 'count'>, cause: string = note.text): void {
    let same = this.#causes.get(cause);
    if (same === undefined) {
      same = [];
      this.#causes.set(cause, same);
    }
    const before = same.find(({ code, column }) => code === note.code && column === note.column);
    if (before === undefined) same.push({ ...note, count: 1 });
    else before.count++;
  }

  /** In the order of their first lines. */
  list(): MessageNote[] {
    return [...this.#causes.values()].flat().sort((a, b) => a.line - b.line);
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
