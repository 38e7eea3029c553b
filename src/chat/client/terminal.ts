/**
 * The client at a terminal: a line being typed at the bottom, what arrives above it.
 *
 * @module
 */
import {
  clearScreenDown,
  createInterface,
  cursorTo,
  emitKeypressEvents,
  type Interface,
  moveCursor,
} from 'node:readline';
import { ChatError } from '../../errors.js';
import { neutralize } from '../protocol/text.js';
import { ChatClient } from './client.js';
import type { ChatClientEvent, ChatClientOptions } from './client-event.js';
import { describe, greeting, helpText, notFound, parseInput } from './phrases.js';

const commands = ['/all ', '/who', '/help', '/quit'];
const nameColors = [32, 33, 34, 35, 36];

/** Chats until the user leaves, and returns the exit code. */
export async function chatByTerminal(
  name: string | undefined,
  options: Omit<ChatClientOptions, 'name'>,
  color: boolean,
): Promise<0 | 1> {
  const terminal = new Terminal(options, color);
  try {
    return await terminal.run(name);
  } finally {
    terminal.close();
  }
}

class Terminal {
  readonly #options: Omit<ChatClientOptions, 'name'>;
  readonly #hasColors: boolean;
  readonly #lines: Interface;
  readonly #typed: string[] = [];
  /** Names seen, for completion where the server has no list. */
  readonly #seen = new Set<string>();
  #wake: (() => void) | undefined;
  #isOver = false;
  #isShown = false;
  #client: ChatClient | undefined;

  constructor(options: Omit<ChatClientOptions, 'name'>, color: boolean) {
    this.#options = options;
    const { stdin: input, stdout: output } = process;
    const isTerminal = output.isTTY === true && process.env.TERM !== 'dumb';
    this.#hasColors = color && isTerminal && !process.env.NO_COLOR;
    // Set up by readline itself, it would insert pasted text at the end of the line, wherever the cursor is (Node 20).
    if (isTerminal) emitKeypressEvents(input);
    this.#lines = createInterface({
      input,
      output,
      terminal: isTerminal,
      historySize: 1000,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, result: [string[], string]) => void) =>
        void this.#complete(line).then((matches) => done(null, [matches, line])),
    });
    this.#lines.on('line', (line) => {
      this.#isShown = false;
      this.#typed.push(line);
      this.#wake?.();
    });
    output.prependListener('resize', this.#resized);
    const over = (): void => {
      this.#isOver = true;
      this.#wake?.();
    };
    this.#lines.on('close', over);
    this.#lines.on('SIGINT', () => this.#lines.close());
    process.once('SIGTERM', over);
    process.once('SIGHUP', over);
  }

  async run(name: string | undefined): Promise<0 | 1> {
    const client = await this.#connect(name);
    if (client === undefined) return 1;
    let exitCode: 0 | 1 = 0;
    client.subscribe((event) => {
      if (event.type !== 'closed' || event.error === undefined) return;
      exitCode = 1;
      this.#isOver = true;
      this.#wake?.();
    });
    this.#lines.setPrompt('>> ');
    for (let line = await this.#read(); line !== undefined; line = await this.#read())
      if (!this.#obey(client, line)) break;
    await client.close();
    return exitCode;
  }

  close(): void {
    process.stdout.off('resize', this.#resized);
    // Left in the middle of a line, by Ctrl-C or Ctrl-D: the shell's prompt belongs below it.
    if (this.#isShown) process.stdout.write('\n');
    this.#isShown = false;
    this.#lines.close();
    process.stdin.destroy();
  }

  /** Asks for a name until the server takes one. */
  async #connect(given: string | undefined): Promise<ChatClient | undefined> {
    for (;;) {
      const name = given ?? (await this.#ask('Username: '));
      if (name === undefined) return undefined;
      if (name === '') continue;
      const client = new ChatClient({ ...this.#options, name });
      this.#client = client;
      client.subscribe((event) => this.#hear(client, event));
      try {
        await client.connect();
        return client;
      } catch (error) {
        this.#show(this.#colored(31, notFound(error as Error)));
        const isName = error instanceof ChatError && (error.code === 'NAME_TAKEN' || error.code === 'NAME_INVALID');
        if (!isName || given !== undefined) return undefined;
      }
    }
  }

  async #ask(question: string): Promise<string | undefined> {
    this.#lines.setPrompt(question);
    // An answer is nothing to have again with the arrow keys.
    this.#lines.once('history', (history: string[]) => history.shift());
    return (await this.#read())?.trim();
  }

  /** The next line typed, or undefined when the user is done. */
  async #read(): Promise<string | undefined> {
    while (this.#typed.length === 0 && !this.#isOver) {
      this.#isShown = true;
      this.#lines.prompt(true);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#isOver ? undefined : this.#typed.shift();
  }

  #obey(client: ChatClient, line: string): boolean {
    const input = parseInput(neutralize(line.replaceAll('\t', ' ')));
    const tell = (error: Error): void => this.#show(this.#colored(31, `* ${error.message}`));
    switch (input.type) {
      case 'quit':
        return false;
      case 'help':
        this.#show(helpText);
        break;
      case 'who':
        client.who(input.prefix).then((names) => this.#show(`* ${names.length} here: ${names.join(' ')}`), tell);
        break;
      case 'message':
        client.send(input.to, input.text).catch(tell);
        break;
      case 'all':
        client.sendAll(input.text).catch(tell);
        break;
      case 'unknown':
        this.#show(this.#colored(31, input.text));
        break;
      case 'nothing':
        break;
    }
    return true;
  }

  #hear(client: ChatClient, event: ChatClientEvent): void {
    if (event.type === 'connected') {
      this.#show(this.#colored(32, greeting(client, this.#options)));
      return;
    }
    const text = describe(event);
    if (text === undefined) return;
    if (event.type === 'message') {
      this.#seen.add(event.from);
      this.#show(this.#colored(colorOf(event.from), text.slice(0, event.from.length)) + text.slice(event.from.length));
    } else this.#show(this.#colored(event.type === 'join' || event.type === 'leave' ? 2 : 31, text));
  }

  /** Writes above the line being typed, and leaves that line and its cursor as they were. */
  #show(text: string): void {
    const { stdout } = process;
    if (!this.#isShown || !this.#lines.terminal) {
      stdout.write(`${text}\n`);
      return;
    }
    const { rows } = this.#lines.getCursorPos();
    moveCursor(stdout, 0, -rows);
    cursorTo(stdout, 0);
    clearScreenDown(stdout);
    // `prompt()` first goes up as many rows as the cursor was below the prompt when it was last drawn.
    stdout.write(`${text}\n${'\n'.repeat(rows)}`);
    this.#lines.prompt(true);
  }

  /**
   * Before readline draws the line anew: it goes up as many rows as the cursor was below the prompt in the old width, but
   * terminals wrap what is on them anew, and the cursor stays with its character.
   */
  readonly #resized = (): void => {
    if (!this.#isShown || !this.#lines.terminal) return;
    const { stdout } = process;
    const { prevRows = 0 } = this.#lines as { readonly prevRows?: number };
    moveCursor(stdout, 0, -this.#lines.getCursorPos().rows);
    cursorTo(stdout, 0);
    clearScreenDown(stdout);
    stdout.write('\n'.repeat(prevRows));
  };

  async #complete(line: string): Promise<string[]> {
    if (line.includes(':')) return [];
    if (line.startsWith('/')) return commands.filter((command) => command.startsWith(line));
    let names = [...this.#seen];
    if (!this.#options.classic && this.#client?.isConnected) names = await this.#client.who(line).catch(() => names);
    const start = line.toLowerCase();
    return names.filter((name) => name.toLowerCase().startsWith(start)).map((name) => `${name}: `);
  }

  #colored(code: number, text: string): string {
    return this.#hasColors ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

/** The same colour for a name every time. */
function colorOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)!) % 9973;
  return nameColors[sum % nameColors.length]!;
}
