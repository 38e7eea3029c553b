/**
 * The file in which typed inputs outlive their session: a line of JSON each, in the user's own data folder.
 *
 * Several kernels append to it at the same time, so a line says whose it is, and sessions are counted only as they are read.
 * A file that cannot be read is an empty one, and one that cannot be written changes nothing else.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** How long the file may get, in bytes, before its older half is let go. */
const FILE_BYTES = 1024 * 1024;
/** A longer input is data rather than something to type again, in bytes. */
const INPUT_BYTES = 64 * 1024;

/** An input that is kept. */
export interface KeptInput {
  readonly count: number;
  readonly code: string;
}

/** The inputs of all sessions. */
export class HistoryFile {
  readonly #path: string;
  readonly #session: string = randomUUID();
  #writing: Promise<void> = Promise.resolve();
  #isBegun = false;

  constructor(path = historyPath()) {
    this.#path = path;
  }

  /** Keeps an input of this session, some time later. */
  keep({ count, code }: KeptInput): void {
    const line = `${JSON.stringify({ session: this.#session, count, code })}\n`;
    if (Buffer.byteLength(line) > INPUT_BYTES) return;
    this.#writing = this.#writing.then(() => this.#append(line)).catch(() => {});
  }

  /** Fulfilled when what is to be kept has been written, or cannot be. */
  written(): Promise<void> {
    return this.#writing;
  }

  /** The inputs of the sessions before this one, oldest first. */
  async read(): Promise<KeptInput[][]> {
    const sessions = new Map<string, KeptInput[]>();
    for (const line of await this.#lines(2 * FILE_BYTES)) {
      const { session, count, code } = parsed(line);
      if (typeof session !== 'string' || typeof count !== 'number' || typeof code !== 'string') continue;
      if (session === this.#session) continue;
      const inputs = sessions.get(session) ?? [];
      inputs.push({ count, code });
      sessions.set(session, inputs);
    }
    return [...sessions.values()];
  }

  async #append(line: string): Promise<void> {
    if (!this.#isBegun) await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const found = await stat(this.#path).catch(() => undefined);
    if (found?.isFile() === false) return; // a pipe would wait for its other end
    if (found !== undefined && found.size > FILE_BYTES) await this.#shorten();
    // Whoever wrote last may have been ended in the middle of a line.
    await appendFile(this.#path, this.#isBegun ? line : `\n${line}`, { mode: 0o600 });
    this.#isBegun = true;
  }

  /** Keeps the younger half. What another kernel appends in these milliseconds may be lost with the older one. */
  async #shorten(): Promise<void> {
    const draft = `${this.#path}.${process.pid}`;
    const lines = await this.#lines(FILE_BYTES / 2);
    try {
      await writeFile(draft, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
      await rename(draft, this.#path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  /** The whole lines among the last bytes of the file, without empty ones. */
  async #lines(most: number): Promise<string[]> {
    try {
      if (!(await stat(this.#path)).isFile()) return [];
      const file = await open(this.#path);
      try {
        const { size } = await file.stat();
        const at = Math.max(0, size - most);
        const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - at), position: at });
        const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
        return (at === 0 ? lines : lines.slice(1)).filter((line) => line !== '');
      } finally {
        await file.close();
      }
    } catch {
      return [];
    }
  }
}

/** Where typed inputs are kept. */
export function historyPath(platform = process.platform, env = process.env): string {
  const folder =
    platform === 'win32'
      ? (env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'))
      : platform === 'darwin'
        ? join(homedir(), 'Library', 'Application Support')
        : env.XDG_DATA_HOME || join(homedir(), '.local', 'share');
  return join(folder, 'wirebook', 'history.jsonl');
}

function parsed(line: string): { session?: unknown; count?: unknown; code?: unknown } {
  try {
    return (JSON.parse(line) as object | null) ?? {};
  } catch {
    return {}; // cut short
  }
}
