/**
 * Internet Message Access Protocol version 4rev1, RFC 3501: tags, commands and the status of responses.
 *
 * @module
 */
import type { FieldNode, Part } from '../../core/layer.js';
import { type Line, type LinesInit, LinesLayer, linesPart } from '../lines.js';

/** What to build IMAP commands or responses from: `{ lines: ['a1 LOGIN bob secret'] }`. */
export type ImapInit = LinesInit;

/** Lines of an IMAP connection. */
export class Imap extends LinesLayer {
  static override readonly label: string = 'IMAP';
  static override readonly protocol: string = 'imap';

  /** Whether the server sent it: its first line has no tag, or a status behind it. */
  get isResponse(): boolean {
    return /^([*+]( |$)|\S+ (OK|NO|BAD|BYE|PREAUTH)( |$))/i.test(this.summary());
  }

  nodes(): FieldNode[] {
    const { isResponse, spans } = this;
    return [
      this.mark('request', 'Is a request', 'imap.isrequest', !isResponse),
      ...spans.map((line) => ({
        ...this.textField({ name: 'line', label: 'Line', filters: 'imap.line' }, line.at, line.next),
        children: this.#lineNodes(line, isResponse ? 'response' : 'request'),
      })),
    ];
  }

  override summary(): string {
    return super.summary() || 'IMAP';
  }

  #lineNodes(line: Line, kind: 'request' | 'response'): FieldNode[] {
    const tag = this.wordAt(line.at, line.end);
    // Untagged responses have no parts that are named.
    if (tag.at > line.at || tag.text === '*' || tag.text === '') return [];
    const nodes = [
      this.textField({ name: 'message', label: kind, filters: `imap.${kind}` }, line.at, line.end),
      this.textField({ name: 'tag', label: 'Tag', filters: [`imap.${kind}_tag`, 'imap.tag'] }, tag.at, tag.end),
    ];
    if (tag.next >= line.end) return nodes;
    const second = this.wordAt(tag.next, line.end);
    if (kind === 'response') {
      nodes.push(
        this.textField(
          { name: 'status', label: 'Response status', filters: 'imap.response.status' },
          second.at,
          second.end,
        ),
      );
      if (second.next >= line.end) return nodes;
      const third = this.wordAt(second.next, line.end);
      nodes.push(
        this.textField(
          { name: 'command', label: 'Command', filters: ['imap.response.command', 'imap.command'] },
          third.at,
          third.end,
        ),
      );
      return nodes;
    }
    const isUid = second.text.toUpperCase() === 'UID' && second.next < line.end;
    const command = isUid ? this.wordAt(second.next, line.end) : second;
    if (isUid) {
      nodes.push(this.mark('uid', 'By UID', 'imap.request.command.uid', true));
      nodes.push(this.textField({ name: 'prefix', label: 'Prefix', filters: 'imap.command' }, second.at, second.end));
    }
    const names = isUid ? 'imap.request.command' : ['imap.request.command', 'imap.command'];
    nodes.push(this.textField({ name: 'command', label: 'Command', filters: names }, command.at, command.end));
    return [...nodes, ...this.#argumentNodes(command.text.toUpperCase(), command.next, line.end)];
  }

  #argumentNodes(command: string, at: number, end: number): FieldNode[] {
    if (at >= end) return [];
    const filter = { LOGIN: 'imap.request.username', SELECT: 'imap.request.folder', EXAMINE: 'imap.request.folder' }[
      command
    ];
    if (filter === undefined) return [];
    const word = this.wordAt(at, end);
    return [this.textField({ name: 'argument', label: 'Argument', filters: filter }, word.at, word.end)];
  }
}

/** IMAP lines for `build`, behind `tcp()`. */
export const imap: (init?: ImapInit) => Part<ImapInit> = linesPart(Imap);
