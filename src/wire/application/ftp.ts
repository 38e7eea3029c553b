/**
 * File Transfer Protocol, RFC 959, with RFC 2428's commands for IPv6: the control connection. Wireshark, and so this layer, reads the first
 * line of a segment.
 *
 * @module
 */
import type { FieldNode, Part } from '../core/layer.js';
import { textNode, uintNode } from '../core/node.js';
import { type LinesInit, LinesLayer, lineAt, linesPart, replyCode } from './lines.js';

/** What to build FTP commands or replies from: `{ lines: ['USER bob'] }`. */
export type FtpInit = LinesInit;

/** Lines of an FTP control connection. */
export class Ftp extends LinesLayer {
  static override readonly label: string = 'FTP';
  static override readonly protocol: string = 'ftp';

  /** Whether it answers: it begins with three digits. */
  get isResponse(): boolean {
    return this.code !== undefined;
  }

  /** Reply code of a response. */
  get code(): number | undefined {
    return replyCode(this.summary());
  }

  nodes(): FieldNode[] {
    const { view, at, end, code } = this;
    const line = lineAt(view, at, end);
    const marks = [
      this.mark('request', 'Is a request', 'ftp.request', code === undefined),
      this.mark('response', 'Is a response', 'ftp.response', code !== undefined),
    ];
    if (code !== undefined) {
      const text = {
        ...uintNode({ name: 'code', label: 'Response code', filters: 'ftp.response.code' }, view, at, 3),
        value: code,
        text: String(code),
      };
      const from = Math.min(at + 4, line.end);
      const argument =
        from < line.end
          ? [
              this.textField(
                { name: 'argument', label: 'Response argument', filters: 'ftp.response.arg' },
                from,
                line.end,
              ),
            ]
          : [];
      return [...marks, text, ...argument, ...replyNodes(code, this.textOf(from, line.end), from)];
    }
    const word = this.wordAt(at, line.end);
    const argument =
      word.next < line.end
        ? [
            this.textField(
              { name: 'argument', label: 'Request argument', filters: 'ftp.request.arg' },
              word.next,
              line.end,
            ),
          ]
        : [];
    return [
      ...marks,
      this.textField({ name: 'command', label: 'Request command', filters: 'ftp.request.command' }, word.at, word.end),
      ...argument,
      ...commandNodes(word.text.toUpperCase(), this.textOf(word.next, line.end), word.next),
    ];
  }

  override summary(): string {
    return super.summary() || 'FTP';
  }
}

/** Six numbers with commas: four of an address, two of a port. */
const sixNumbers = /(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})/;

function endpointNodes(text: string, at: number, [ip, port]: readonly [string, string]): FieldNode[] {
  const match = sixNumbers.exec(text);
  if (!match) return [];
  const [a, b, c, d, high, low] = match.slice(1).map(Number) as [number, number, number, number, number, number];
  const from = at + match.index;
  const value = high * 256 + low;
  const address = `${a}.${b}.${c}.${d}`;
  return [
    textNode({ name: 'address', label: 'Address', filters: ip }, from, 0, address),
    { ...textNode({ name: 'port', label: 'Port', filters: port }, from, 0, String(value)), value },
  ];
}

/** Where the server waits for the data connection. */
function replyNodes(code: number, text: string, at: number): FieldNode[] {
  if (code === 227) return endpointNodes(text, at, ['ftp.passive.ip', 'ftp.passive.port']);
  const match = code === 229 ? /\(\|\|\|(\d{1,5})\|\)/.exec(text) : null;
  return match
    ? [
        {
          ...textNode({ name: 'port', label: 'Port', filters: 'ftp.epsv.port' }, at + match.index, 0, match[1]!),
          value: Number(match[1]),
        },
      ]
    : [];
}

/** Where the client waits for it. */
function commandNodes(command: string, text: string, at: number): FieldNode[] {
  if (command === 'PORT') return endpointNodes(text, at, ['ftp.active.cip', 'ftp.active.port']);
  const match = command === 'EPRT' ? /^\|([12])\|([0-9a-f.:]+)\|(\d{1,5})\|$/i.exec(text) : null;
  if (!match) return [];
  const [, family, address, port] = match as unknown as [string, string, string, string];
  return [
    {
      ...textNode({ name: 'family', label: 'Address family', filters: 'ftp.eprt.af' }, at, 0, family),
      value: Number(family),
    },
    textNode(
      { name: 'address', label: 'Address', filters: family === '1' ? 'ftp.eprt.ip' : 'ftp.eprt.ipv6' },
      at,
      0,
      address,
    ),
    { ...textNode({ name: 'port', label: 'Port', filters: 'ftp.eprt.port' }, at, 0, port), value: Number(port) },
  ];
}

/** FTP lines for `build`, behind `tcp()`. */
export const ftp: (init?: FtpInit) => Part<FtpInit> = linesPart(Ftp);
