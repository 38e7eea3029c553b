/**
 * What a client reads, in either dialect, as lines of a server. Knows no socket.
 *
 * @module
 */
import { StringDecoder } from 'node:string_decoder';
import { classic, parseClassic } from '../protocol/classic.js';
import { LineDecoder } from '../protocol/line-decoder.js';
import { parseServerLine, type ServerLine } from '../protocol/notice.js';
import { neutralize } from '../protocol/text.js';

/** Turns what one read found into what the server said. */
export interface Reader {
  push(chunk: Uint8Array): ServerLine[];
}

/** A server's longest line: a client's longest, the sender's name and its mark. */
const longestLine = 4352;

/** Reads the line dialect. What a server sends is made harmless once more: not every server is ours. */
export class LineReader implements Reader {
  readonly #decoder = new LineDecoder(longestLine);

  push(chunk: Uint8Array): ServerLine[] {
    this.#decoder.push(chunk);
    const lines: ServerLine[] = [];
    for (let line = this.#decoder.next(); line !== undefined; line = this.#decoder.next())
      lines.push(typeof line === 'string' ? parseServerLine(line) : { type: 'foreign', line: line.fault });
    return lines;
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
    if (text !== '') lines.push(this.#parse(text));
    return lines;
  }

  #parse(text: string): ServerLine {
    const line = parseClassic(text);
    switch (line.type) {
      case 'delivery':
        return { type: 'delivery', from: neutralize(line.from), text: neutralize(line.text), toAll: false };
      case 'welcome':
        this.#isWelcome = true;
        return { type: 'notice', keyword: 'welcome', params: [neutralize(line.name)], text: neutralize(text) };
      case 'no-such-user':
        return notice('NO_SUCH_USER', neutralize(text), neutralize(line.name));
      case 'format':
        return notice('FORMAT', text);
      case 'other':
        return { type: 'foreign', line: neutralize(line.text) };
    }
  }
}

function notice(code: string, text: string, ...about: string[]): ServerLine {
  return { type: 'notice', keyword: 'error', params: ['-', code, ...about], text };
}
