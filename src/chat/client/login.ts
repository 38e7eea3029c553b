/**
 * Logging in, in either dialect: what is said first, and what the answers mean.
 *
 * @module
 */
import { type ChatCode, ChatError } from '../../errors.js';
import { defaultLimits } from '../protocol/limits.js';
import type { ServerLine } from '../protocol/notice.js';
import type { ChatClientOptions } from './client-event.js';

/** A login under way. */
export interface Login {
  /** The name as the server writes it, once it has. */
  readonly name: string;
  /** Longest line the server takes, without its line end. */
  readonly lineBytes: number;
  /** The server's keep-alive interval, 0 where it has none. */
  readonly keepAliveMs: number;
  /** What the server said before that was no answer. */
  readonly said: readonly ServerLine[];
  /** That, for people, as the end of a sentence. */
  readonly saw: string;
  /** What to write first. `welcome` is called when the server turns out to be one that says nothing. */
  begin(welcome: () => void): string;
  /** What a line of the server means for the login; undefined when nothing yet. */
  hear(line: ServerLine): 'welcome' | ChatError | undefined;
  /** What it means that the server has closed. */
  closed(): ChatError | undefined;
  /** No more answers are waited for. */
  stop(): void;
}

/** What the Python server reads at once, and takes for a message. */
const classicReadBytes = 1024;
/** How long a server of the classic dialect may take to close after words that are no welcome, in milliseconds. */
const settleMs = 300;
/** How long it may say nothing before it counts as one that never greets, in milliseconds. */
const silenceMs = 1500;

/** Section 3 of the protocol. */
export class LineLogin implements Login {
  readonly #options: ChatClientOptions;
  readonly said = [];
  readonly saw = '';
  name: string;
  lineBytes = defaultLimits.lineBytes;
  keepAliveMs = 0;

  constructor(options: ChatClientOptions) {
    this.#options = options;
    this.name = options.name;
  }

  begin(): string {
    const { name, password } = this.#options;
    return `/login ${name}${password === undefined ? '' : ` ${password}`}\n`;
  }

  hear(line: ServerLine): 'welcome' | ChatError {
    const { name } = this.#options;
    if (line.type === 'notice' && line.keyword === 'welcome') {
      const [given = name, , keepAlive, lineBytes] = line.params;
      this.name = given;
      if (Number(lineBytes) > 0) this.lineBytes = Number(lineBytes);
      if (Number(keepAlive) > 0) this.keepAliveMs = Number(keepAlive) * 1000;
      return 'welcome';
    }
    if (line.type === 'notice' && (line.keyword === 'error' || line.keyword === 'bye')) {
      const code = (line.keyword === 'bye' ? line.params[0] : line.params[1]) as ChatCode;
      return new ChatError(code, `Cannot log in as ${name}: ${line.text}`);
    }
    const text =
      line.type === 'foreign' ? line.line : line.type === 'delivery' ? `${line.from}: ${line.text}` : line.text;
    return new ChatError(
      'PROTOCOL',
      `Cannot log in as ${name}: the server says ${quoted(text)}, try the classic dialect (--classic)`,
    );
  }

  closed(): undefined {
    return undefined;
  }

  stop(): void {}
}

/**
 * Section 10 of the protocol, and servers that are like the original but for their words: some ask for the name first,
 * some say nothing. Words that are no welcome are one unless the server closes at once.
 */
export class ClassicLogin implements Login {
  readonly #options: ChatClientOptions;
  readonly said: ServerLine[] = [];
  readonly lineBytes = classicReadBytes;
  readonly keepAliveMs = 0;
  #welcome: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ChatClientOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get saw(): string {
    return this.said.length === 0 ? '' : `, the server said ${quoted(this.said.map(wordsOf).join(' '))}`;
  }

  begin(welcome: () => void): string {
    this.#welcome = welcome;
    this.#timer = setTimeout(welcome, silenceMs);
    return this.name;
  }

  hear(line: ServerLine): 'welcome' | ChatError | undefined {
    if (line.type === 'notice' && line.keyword === 'welcome') return 'welcome';
    const text = wordsOf(line);
    if (/^(SSH-|HTTP\/|220[ -]|<|\* )/.test(text))
      return new ChatError(
        'PROTOCOL',
        `Cannot log in as ${this.name}: the server says ${quoted(text)}, it is no chat server of the classic dialect`,
      );
    // Somebody may have written before the server counts as one that says nothing; a phrase with a colon is nobody.
    const isMessage = line.type === 'delivery' && !line.from.includes(' ') && line.text !== '';
    this.said.push(isMessage ? line : { type: 'notice', keyword: 'said', params: [], text });
    // A question is no answer to the name, which may not have been read yet.
    if (!/[:?>]\s*$/.test(text)) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(this.#welcome!, settleMs);
    }
    return undefined;
  }

  closed(): ChatError | undefined {
    if (this.said.length === 0) return undefined;
    const text = this.said.map(wordsOf).join(' ');
    const code = /taken|in use|already|exists/i.test(text)
      ? 'NAME_TAKEN'
      : /password/i.test(text)
        ? 'PASSWORD'
        : /^A name|invalid|not allowed/i.test(text)
          ? 'NAME_INVALID'
          : 'PROTOCOL';
    return new ChatError(
      code,
      `Cannot log in as ${this.name}: the server said ${quoted(text)} and closed the connection`,
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

function wordsOf(line: ServerLine): string {
  if (line.type === 'delivery') return `${line.from}: ${line.text}`;
  return line.type === 'foreign' ? line.line : line.text;
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= 120 ? text : `${text.slice(0, 120)}…`);
}
