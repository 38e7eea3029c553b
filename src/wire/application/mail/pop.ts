/**
 * Post Office Protocol version 3, RFC 1939.
 *
 * @module
 */
import type { FieldNode, Part } from '../../core/layer.js';
import { type Line, type LinesInit, LinesLayer, linesPart } from '../lines.js';

/** Commands by which a client's lines are told from a message's text. */
const commands: ReadonlySet<string> = new Set(
  'USER PASS APOP STAT LIST RETR DELE NOOP RSET QUIT TOP UIDL CAPA STLS AUTH UTF8 LANG XTND'.split(' '),
);

/** What to build POP commands or replies from: `{ lines: ['USER bob'] }`. */
export type PopInit = LinesInit;

/** Lines of a POP connection. */
export class Pop extends LinesLayer {
  static override readonly label: string = 'POP';
  static override readonly protocol: string = 'pop';

  /** Whether it answers: it begins with `+OK`, `-ERR` or `+`. */
  get isResponse(): boolean {
    return /^(\+|-ERR)/.test(this.summary());
  }

  nodes(): FieldNode[] {
    const { spans } = this;
    const [first, ...others] = spans as [Line, ...Line[]];
    const word = this.wordAt(first.at, first.end);
    const isResponse = /^(\+|-ERR)/.test(word.text);
    if (!isResponse && !commands.has(word.text.toUpperCase())) return [];
    const [kind, one, two] = isResponse
      ? ['response', 'indicator', 'description']
      : ['request', 'command', 'parameter'];
    const rest =
      word.next < first.end
        ? [this.textField({ name: two!, label: `${kind} ${two}`, filters: `pop.${kind}.${two}` }, word.next, first.end)]
        : [];
    return [
      {
        ...this.#whole('line', isResponse ? 'Response' : 'Request', `pop.${kind}`, first),
        children: [
          this.textField({ name: one!, label: `${kind} ${one}`, filters: `pop.${kind}.${one}` }, word.at, word.end),
          ...rest,
        ],
      },
      ...others.map((line) => this.#whole('data', 'Data', `pop.${kind}.data`, line)),
    ];
  }

  override summary(): string {
    return super.summary() || 'POP';
  }

  /** A line, whose text Wireshark leaves out of the value. */
  #whole(name: string, label: string, filter: string, line: Line): FieldNode {
    return { ...this.textField({ name, label, filters: filter }, line.at, line.next), wireshark: '' };
  }
}

/** POP lines for `build`, behind `tcp()`. */
export const pop: (init?: PopInit) => Part<PopInit> = linesPart(Pop);
