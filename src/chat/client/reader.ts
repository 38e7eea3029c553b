/**
 * What a client reads, in either dialect, as lines of a server. Knows no socket.
 *
 * @module
 */
import { StringDecoder } from 'node:string_decoder';
import { classic, parseClassic } from '../protocol/classic.js';
import { defaultLimits, serverLineBytes } from '../protocol/limits.js';
import { LineDecoder } from '../protocol/line-decoder.js';
import { parseServerLine, type ServerLine } from '../protocol/notice.js';
import { neutralize } from '../protocol/text.js';

/** Turns what one read found into what the server said. */
export interface Reader {
  push(chunk: Uint8Array): ServerLine[];
  /** Logged in to a server that takes lines of so many bytes. */
  welcomed(lineBytes: number): void;
}

/** Reads the line dialect. What a server sends is made harmless once more: not every server is ours. */
export class LineReader implements Reader {
  readonly #decoder = new LineDecoder(serverLineBytes(defaultLimits.lineBytes));
  #isFirst = true;

  push(chunk: Uint8Array): ServerLine[] {
    // A record of TLS, mostly an alert: no line of ours begins so.
    if (this.#isFirst && (chunk[0] === 0x15 || chunk[0] === 0x16) && (chunk.length < 2 || chunk[1] === 3))
      return [notice('PROTOCOL', 'the server speaks TLS, so must the client (--tls or --tls-ca)')];
    this.#isFirst = false;
    this.#decoder.push(chunk);
    const lines: ServerLine[] = [];
    for (let line = this.#decoder.next(); line !== undefined; line = this.#decoder.next())
      lines.push(typeof line === 'string' ? parseServerLine(line) : { type: 'foreign', line: line.fault });
    return lines;
  }

  welcomed(lineBytes: number): void {
    this.#decoder.limit = serverLineBytes(lineBytes);
  }
}

/** Reads the classic dialect: one read, one message. The server's replies become the notices they stand for. */
export class ClassicReader implements Reader {
  readonly #decoder = new StringDecoder('utf8');
  readonly #name: string;
  #isWelcome = false;

  constructor(name: string) {
    this.#name = name;
  }

  push(chunk: Uint8Array): ServerLine[] {
    let text = this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const lines: ServerLine[] = [];
    const welcome = classic.welcome(this.#name);
    if (!this.#isWelcome && text.startsWith(welcome)) {
      // A message that follows at once may have been read with the welcome.
      this.#isWelcome = true;
      lines.push({ type: 'notice', keyword: 'welcome', params: [this.#name], text: welcome });
      text = text.slice(welcome.length);
    }
    if (text.trim() !== '') lines.push(parse(text));
    return lines;
  }

  welcomed(): void {
    this.#isWelcome = true;
  }
}

function parse(text: string): ServerLine {
  const line = parseClassic(text);
  switch (line.type) {
    case 'delivery':
      return { type: 'delivery', from: neutralize(line.from), text: neutralize(line.text), toAll: false };
    case 'no-such-user':
      return notice('NO_SUCH_USER', neutralize(text), neutralize(line.name));
    case 'format':
      return notice('FORMAT', text);
    case 'welcome':
    case 'other':
      return { type: 'foreign', line: neutralize(text.trim()) };
  }
}

function notice(code: string, text: string, ...about: string[]): ServerLine {
  return { type: 'notice', keyword: 'error', params: ['-', code, ...about], text };
}
