/**
 * This package's chat protocol, `docs/protocol_definition.md`: lines of UTF-8 in the line dialect, texts without line ends in the classic
 * one. A segment holds as many lines as the sender's system put into it; the last may go on in the next.
 *
 * A layer does not see ports, so what reads the same both ways has one name for both: `Bob: Hello` is a message to Bob from a client and
 * one from Bob from the server.
 *
 * @module
 */
import { bytesOf, equalBytes, toBytes } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { type FieldNode, Layer, type Naming, type Part } from '../core/layer.js';
import { textNode } from '../core/node.js';
import { decodeText } from '../core/text.js';

/** What a line is: section 2 (login), 4 (message), 5 (notice) and 6 (command) of the definition, `text` for anything else. */
export type ChatLineKind = 'login' | 'command' | 'message' | 'notice' | 'text' | 'empty';

/** One line as read. */
export interface ChatLine {
  readonly kind: ChatLineKind;
  /** The line without its end. */
  readonly text: string;
  /** Whether its end is here. */
  readonly isWhole: boolean;
  /** The person: recipient or sender of a message, who logs in, joins or leaves. */
  readonly name?: string;
  /** A message's text, or a notice's for people. */
  readonly body?: string;
  /** What a receipt is asked with or given for. */
  readonly tag?: string;
  /** A command's or notice's word: `who`, `welcome`. */
  readonly keyword?: string;
  /** Error code of a notice, section 9. */
  readonly code?: string;
}

/** What to build a segment from. */
export interface ChatInit {
  /** Lines of the line dialect; each gets its line feed. */
  lines?: readonly string[] | undefined;
  /** Text behind them without a line feed: the classic dialect, or the beginning of a line. */
  rest?: string | undefined;
  /** The segment's bytes as they are, instead of both. */
  bytes?: Uint8Array | undefined;
}

interface Span {
  readonly at: number;
  /** Offset behind the text. */
  readonly end: number;
  /** Offset behind the line feed. */
  readonly next: number;
}

/** Lines and texts of the chat in one segment. */
export class Chat extends Layer {
  static override readonly label: string = 'Chat';
  static override readonly protocol: string = 'chat';
  static readonly naming: Naming = {
    own: {
      'chat.body': 'text',
      'chat.code': 'text',
      'chat.keyword': 'text',
      'chat.kind': 'text',
      'chat.line': 'text',
      'chat.name': 'text',
      'chat.tag': 'text',
    },
  };

  /** Text, by its first byte: TLS and other binary protocols on the chat's port begin with a control character. */
  static accepts(view: DataView, at: number): boolean {
    const first = view.getUint8(at);
    return first >= 0x20 || first === 0x09 || first === 0x0a || first === 0x0d;
  }

  static sizeOf(init: unknown): number {
    return encode(init as ChatInit).length;
  }

  get headerLength(): number {
    return this.end - this.at;
  }

  headerFault(): DecodeFault | undefined {
    return this.at < this.end ? undefined : this.truncation(1);
  }

  /** The segment as text. */
  get text(): string {
    return decodeText(this.bytes);
  }

  /** Its lines, in order. */
  get lines(): ChatLine[] {
    return this.#spans().map((span) => this.#read(span));
  }

  write(init: ChatInit): void {
    const bytes = encode(init);
    bytesOf(this.view, this.at, this.at + bytes.length).set(bytes);
  }

  toInit(): ChatInit {
    const parts = this.text.split('\n');
    const rest = parts.pop()!;
    const init = { ...(parts.length > 0 ? { lines: parts } : {}), ...(rest === '' ? {} : { rest }) };
    return equalBytes(encode(init), this.bytes) ? init : { bytes: this.bytes.slice() };
  }

  nodes(): FieldNode[] {
    return this.#spans().map((span) => {
      const line = this.#read(span);
      const part = (name: string, label: string, value: string) =>
        textNode({ name, label, filters: `chat.${name}` }, span.at, 0, value);
      return {
        ...textNode(
          { name: 'line', label: label[line.kind], filters: 'chat.line' },
          span.at,
          span.next - span.at,
          line.text,
        ),
        ...(line.isWhole ? {} : { meaning: 'no line feed: classic dialect, or goes on' }),
        children: [
          part('kind', 'Kind', line.kind),
          ...(line.keyword === undefined ? [] : [part('keyword', 'Keyword', line.keyword)]),
          ...(line.tag === undefined ? [] : [part('tag', 'Tag', line.tag)]),
          ...(line.code === undefined ? [] : [part('code', 'Code', line.code)]),
          ...(line.name === undefined ? [] : [part('name', 'Name', line.name)]),
          ...(line.body === undefined ? [] : [part('body', 'Text', line.body)]),
        ],
      };
    });
  }

  override summary(): string {
    return this.lines.map(({ text }) => text).join(' ⏎ ');
  }

  #spans(): Span[] {
    const { view, end } = this;
    const spans: Span[] = [];
    for (let i = this.at; i < end; ) {
      let stop = i;
      while (stop < end && view.getUint8(stop) !== 0x0a) stop++;
      const next = Math.min(stop + 1, end);
      // One CR before the LF is part of the line end.
      const hasReturn = stop < end && stop > i && view.getUint8(stop - 1) === 0x0d;
      spans.push({ at: i, end: hasReturn ? stop - 1 : stop, next });
      i = next;
    }
    return spans;
  }

  #read({ at, end, next }: Span): ChatLine {
    const text = decodeText(bytesOf(this.view, at, end));
    return { ...classify(text), text, isWhole: end < next };
  }
}

const label: { readonly [kind in ChatLineKind]: string } = {
  login: 'Login',
  command: 'Command',
  message: 'Message',
  notice: 'Notice',
  text: 'Text',
  empty: 'Empty line',
};

function classify(text: string): Omit<ChatLine, 'text' | 'isWhole'> {
  if (text === '') return { kind: 'empty' };
  if (text.startsWith('* ')) return classifyNotice(text);
  const tagged = /^#([A-Za-z0-9]{1,16}) (.*)$/s.exec(text);
  const tag = tagged ? { tag: tagged[1]! } : {};
  const rest = tagged ? tagged[2]! : text;
  const command = /^\/([A-Za-z]+)(?: +(.*))?$/s.exec(rest);
  if (command) {
    const [, keyword, argument] = command;
    if (keyword === 'login') {
      const name = argument?.split(' ')[0];
      return { kind: 'login', keyword, ...(name ? { name } : {}) };
    }
    if (keyword === 'all') return { kind: 'message', keyword, ...tag, body: argument ?? '' };
    return { kind: 'command', keyword: keyword!, ...(argument ? { body: argument } : {}) };
  }
  const toAll = /^([^\s:]+) \(to all\): ?(.*)$/s.exec(rest);
  if (toAll) return { kind: 'message', keyword: 'all', name: toAll[1]!, body: toAll[2]! };
  const colon = rest.indexOf(':');
  const name = rest.slice(0, Math.max(colon, 0)).trim();
  // A recipient has no space inside: the server's own sentences have one before a colon.
  if (name === '' || /\s/.test(name)) return { kind: 'text' };
  return { kind: 'message', ...tag, name, body: rest.slice(colon + 1).replace(/^ /, '') };
}

/** Section 5: `* keyword params :text`. */
function classifyNotice(text: string): Omit<ChatLine, 'text' | 'isWhole'> {
  const cut = text.indexOf(' :');
  const [keyword = '', ...params] = text.slice(2, cut < 0 ? undefined : cut).split(' ');
  const body = cut < 0 ? {} : { body: text.slice(cut + 2) };
  const [first, second] = params;
  switch (keyword) {
    case 'welcome':
    case 'join':
    case 'leave':
      return { kind: 'notice', keyword, ...(first === undefined ? {} : { name: first }), ...body };
    case 'sent':
      return { kind: 'notice', keyword, ...(first === undefined ? {} : { tag: first }), ...body };
    case 'error': {
      const tag = first === undefined || first === '-' ? {} : { tag: first };
      return { kind: 'notice', keyword, ...tag, ...(second === undefined ? {} : { code: second }), ...body };
    }
    case 'bye':
      return { kind: 'notice', keyword, ...(first === undefined ? {} : { code: first }), ...body };
    default:
      return { kind: 'notice', keyword, ...body };
  }
}

function encode({ lines = [], rest = '', bytes }: ChatInit): Uint8Array {
  return bytes ?? toBytes(lines.map((line) => `${line}\n`).join('') + rest);
}

/** A segment of the chat for `build`: `chat({ lines: ['Bob: Hello'] })`, or `chat({ rest: 'Alice' })` in the classic dialect. */
export function chat(init: ChatInit = {}): Part<ChatInit> {
  return { type: Chat, init };
}
