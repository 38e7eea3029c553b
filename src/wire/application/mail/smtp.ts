/**
 * Simple Mail Transfer Protocol, RFC 5321: commands and replies. Lines of a message's text, which no command begins, are no fields.
 *
 * @module
 */
import type { FieldNode, Part } from '../../core/layer.js';
import { textNode } from '../../core/node.js';
import { type Line, type LinesInit, LinesLayer, linesPart, replyCode } from '../lines.js';

/** Commands by which a client's lines are told from a message's text. */
const commands: ReadonlySet<string> = new Set(
  'HELO EHLO MAIL RCPT DATA RSET VRFY EXPN HELP NOOP QUIT AUTH STARTTLS BDAT SEND SOML SAML TURN ETRN ATRN LHLO'.split(
    ' ',
  ),
);

/** What to build SMTP commands or replies from: `{ lines: ['EHLO lab.example'] }`. */
export type SmtpInit = LinesInit;

/** Lines of an SMTP connection. */
export class Smtp extends LinesLayer {
  static override readonly label: string = 'SMTP';
  static override readonly protocol: string = 'smtp';

  /** Reply code, of a response. */
  get code(): number | undefined {
    return replyCode(LinesLayer.prototype.summary.call(this));
  }

  nodes(): FieldNode[] {
    const { code, spans } = this;
    if (code !== undefined) return this.#responseNodes(code, spans);
    return spans.flatMap((line) => this.#requestNodes(line));
  }

  override summary(): string {
    return super.summary() || 'SMTP';
  }

  #responseNodes(code: number, lines: readonly Line[]): FieldNode[] {
    const [first] = lines as [Line];
    const parameters = lines
      .filter((line) => replyCode(this.textOf(line.at, line.end)) !== undefined && line.end > line.at + 4)
      .map((line) =>
        this.textField(
          { name: 'parameter', label: 'Response parameter', filters: 'smtp.rsp.parameter' },
          line.at + 4,
          line.end,
        ),
      );
    return [
      this.mark('response', 'Is a response', 'smtp.rsp', true),
      {
        ...this.textField({ name: 'line', label: 'Response', filters: 'smtp.response' }, first.at, first.next),
        children: [
          {
            ...textNode(
              { name: 'code', label: 'Response code', filters: 'smtp.response.code' },
              first.at,
              3,
              String(code),
            ),
            value: code,
          },
        ],
      },
      ...parameters,
    ];
  }

  #requestNodes(line: Line): FieldNode[] {
    const word = this.wordAt(line.at, line.end);
    if (!commands.has(word.text.toUpperCase())) return [];
    // Wireshark takes the first four letters for the command: `STAR` of `STARTTLS`.
    const end = Math.min(word.at + 4, line.end);
    const from = Math.min(end + 1, line.end);
    const parameter =
      from < line.end
        ? [
            this.textField(
              { name: 'parameter', label: 'Request parameter', filters: 'smtp.req.parameter' },
              from,
              line.end,
            ),
          ]
        : [];
    return [
      this.mark('request', 'Is a request', 'smtp.req', true),
      {
        ...this.textField({ name: 'line', label: 'Command line', filters: 'smtp.command_line' }, line.at, line.next),
        children: [
          this.textField({ name: 'command', label: 'Command', filters: 'smtp.req.command' }, word.at, end),
          ...parameter,
        ],
      },
    ];
  }
}

/** SMTP lines for `build`, behind `tcp()`. */
export const smtp: (init?: SmtpInit) => Part<SmtpInit> = linesPart(Smtp);
