/**
 * Protocols whose messages are lines of text: FTP, SMTP, POP, IMAP, SIP and their like. Lines end with LF, before which a CR may stand; the
 * last may have no end.
 *
 * @module
 */
import { bytesOf, equalBytes, toBytes } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { type FieldNode, Layer, type Named, type Part } from '../core/layer.js';
import { textNode } from '../core/node.js';
import { decodeText, escapeText, textOrBytes } from '../core/text.js';

/** Where a line lies: its text, and where the next begins. */
export interface Line {
  readonly at: number;
  readonly end: number;
  readonly next: number;
}

/** The line at `at`, CR and LF or LF alone behind its text. */
export function lineAt(view: DataView, at: number, end: number): Line {
  let next = at;
  while (next < end && view.getUint8(next) !== 0x0a) next++;
  const stop = next > at && next < end && view.getUint8(next - 1) === 0x0d ? next - 1 : next;
  return { at, end: stop, next: Math.min(next + 1, end) };
}

/** The lines from `at` to `end`. */
function linesOf(view: DataView, at: number, end: number): Line[] {
  const lines: Line[] = [];
  for (let i = at; i < end; ) {
    const line = lineAt(view, i, end);
    lines.push(line);
    i = line.next;
  }
  return lines;
}

/** What to build lines from: text, to which CR and LF are added; or all bytes as they are. */
export interface LinesInit {
  lines?: readonly (string | Uint8Array)[] | undefined;
  /** Behind the last line: text without a line end. */
  rest?: string | Uint8Array | undefined;
  /** All bytes as they are, instead. */
  data?: Uint8Array | undefined;
}

/** A word of a line with its place. */
export interface Word {
  readonly at: number;
  readonly end: number;
  readonly text: string;
}

/** A layer of lines. What its lines say is the protocol's affair. */
export abstract class LinesLayer extends Layer {
  static sizeOf(init: unknown): number {
    return encodeLines(init as LinesInit).length;
  }

  get headerLength(): number {
    return this.linesEnd - this.at;
  }

  /** Offset behind the last line: the end, where nothing but lines is there. */
  protected get linesEnd(): number {
    return this.end;
  }

  headerFault(): DecodeFault | undefined {
    return this.truncation(1);
  }

  /** Its lines as text, without their ends. */
  get lines(): string[] {
    return this.spans.map((line) => this.textOf(line.at, line.end));
  }

  /** Where its lines lie. */
  protected get spans(): Line[] {
    return linesOf(this.view, this.at, this.linesEnd);
  }

  write(init: LinesInit): void {
    const bytes = encodeLines(init);
    bytesOf(this.view, this.at, this.at + bytes.length).set(bytes);
  }

  toInit(): LinesInit {
    const { view, at, linesEnd: end, spans } = this;
    const isWhole = (line: Line) => line.next - line.end === 2;
    const whole = spans.filter(isWhole);
    const last = spans.at(-1);
    const rest = last === undefined || isWhole(last) ? undefined : last;
    const init: LinesInit = {
      ...(whole.length > 0
        ? { lines: whole.map((line) => textOrBytes(bytesOf(view, line.at, line.end).slice())) }
        : {}),
      ...(rest === undefined ? {} : { rest: textOrBytes(bytesOf(view, rest.at, rest.next).slice()) }),
    };
    const bytes = bytesOf(view, at, end);
    return equalBytes(encodeLines(init), bytes) ? init : { data: bytes.slice() };
  }

  override summary(): string {
    const first = lineAt(this.view, this.at, this.end);
    return this.textOf(first.at, first.end);
  }

  protected textOf(at: number, end: number): string {
    return decodeText(bytesOf(this.view, at, end));
  }

  /** A node of bytes `at` to `end` as text. */
  protected textField(named: Named, at: number, end: number): FieldNode {
    const bytes = bytesOf(this.view, at, end);
    return {
      ...textNode(named, at, end - at, decodeText(bytes)),
      wireshark: escapeText(bytes),
    };
  }

  /** What follows from the bytes at `at`: Wireshark's mark that a message is a request, say. */
  protected mark(name: string, label: string, filter: string, value: boolean): FieldNode {
    return { ...textNode({ name, label, filters: filter }, this.at, 0, value ? '1' : '0'), value };
  }

  /** The word from the first byte that is no space to the next space, and where what follows begins. */
  protected wordAt(at: number, end: number): Word & { readonly next: number } {
    let from = at;
    while (from < end && this.view.getUint8(from) === 0x20) from++;
    let stop = from;
    while (stop < end && this.view.getUint8(stop) !== 0x20) stop++;
    let next = stop;
    while (next < end && this.view.getUint8(next) === 0x20) next++;
    return { at: from, end: stop, text: this.textOf(from, stop), next };
  }
}

/** Where a line begins with three digits, their number. */
export function replyCode(text: string): number | undefined {
  return /^\d{3}(?!\d)/.test(text) ? Number(text.slice(0, 3)) : undefined;
}

/** The bytes of lines. */
function encodeLines({ lines = [], rest, data }: LinesInit): Uint8Array {
  if (data !== undefined) return data;
  const parts = [...lines.flatMap((line) => [toBytes(line), lineEnd]), ...(rest === undefined ? [] : [toBytes(rest)])];
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const lineEnd = Uint8Array.of(0x0d, 0x0a);

/** What makes a layer of lines for `build`. */
export function linesPart(type: Part['type']): (init?: LinesInit) => Part<LinesInit> {
  return (init = {}) => ({ type, init });
}
