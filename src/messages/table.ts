/**
 * What was read from a CSV: messages, faults, notes.
 *
 * @module
 */
import { MessageError } from '../errors.js';
import { formatFaults, type Message, type MessageFault, wordsOf } from './message.js';
import { formatNote, type MessageNote } from './note.js';

/** A CSV of application messages as it was read. Iterates over its good rows. */
export class MessageTable implements Iterable<Message> {
  /** Path of the file, as it was given. */
  readonly file: string;
  /** Rows without a fault, in the file's order. */
  readonly messages: readonly Message[];
  /** What is wrong, in the order of lines. */
  readonly faults: readonly MessageFault[];
  /** What is not wrong but was decided: repairs, guesses, columns passed over; in the order of lines. */
  readonly notes: readonly MessageNote[];

  constructor(
    file: string,
    messages: readonly Message[],
    faults: readonly MessageFault[],
    notes: readonly MessageNote[],
  ) {
    this.file = file;
    this.messages = messages;
    this.faults = faults;
    this.notes = notes;
  }

  get length(): number {
    return this.messages.length;
  }

  [Symbol.iterator](): Iterator<Message> {
    return this.messages[Symbol.iterator]();
  }

  /**
   * Goes on only with a table that has no fault.
   *
   * @throws MessageError `BAD_ROW` with every fault, a line for each cause
   */
  check(): this {
    if (this.faults.length === 0) return this;
    const count = this.faults.length === 1 ? 'one fault' : `${this.faults.length} faults`;
    throw new MessageError('BAD_ROW', `${count} in ${this.file}\n${formatFaults(this.faults).join('\n')}`);
  }

  toJSON(): object {
    const { file, messages, faults, notes } = this;
    return { file, messages, faults, notes };
  }

  toString(): string {
    const rows = this.messages.map(
      (row) =>
        `${row.msgId.padStart(4)}  ${row.timestamp.toFixed(3).padStart(8)} s  ${row.appProtocol}  ${row.srcApp} → ${row.dstApp}  ${wordsOf(row)}`,
    );
    return [
      `${this.messages.length} messages from ${this.file}`,
      ...rows,
      ...this.notes.map(formatNote),
      ...formatFaults(this.faults),
    ].join('\n');
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
