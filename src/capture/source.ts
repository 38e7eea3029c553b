/**
 * Where the bytes of a capture come from.
 *
 * @module
 */
import * as fs from 'node:fs';
import { CaptureError } from '../errors.js';

/** Bytes in order. */
export interface Source {
  /** Reads into bytes `at` to `end` of `target`; gives how many came, 0 at the end. */
  read(target: Uint8Array, at: number, end: number): Promise<number>;
  readSync(target: Uint8Array, at: number, end: number): number;
  /** Whether reading ahead is of use and never waits for someone to write. */
  readonly isFile: boolean;
  close(): Promise<void>;
  closeSync(): void;
}

/** The file system's refusal as an error of ours. */
export function ioError(verb: string, path: string | URL | undefined, cause: unknown): CaptureError {
  if (cause instanceof CaptureError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CaptureError('IO', `Cannot ${verb} capture${path === undefined ? '' : ` ${path}`}: ${reason}`, undefined, {
    cause,
  });
}

/** A file, read in order, so that it may be a pipe too. */
export class FileSource implements Source {
  readonly isFile: boolean;
  readonly #path: string | URL;
  #file: number | undefined;

  constructor(path: string | URL) {
    this.#path = path;
    try {
      this.#file = fs.openSync(path, 'r');
      this.isFile = fs.fstatSync(this.#file).isFile();
    } catch (cause) {
      throw ioError('open', path, cause);
    }
  }

  read(target: Uint8Array, at: number, end: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.read(this.#open(), target, at, end - at, null, (cause, count) => {
        if (cause) reject(ioError('read', this.#path, cause));
        else resolve(count);
      });
    });
  }

  readSync(target: Uint8Array, at: number, end: number): number {
    try {
      return fs.readSync(this.#open(), target, at, end - at, null);
    } catch (cause) {
      throw ioError('read', this.#path, cause);
    }
  }

  close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      fs.close(file, (cause) => (cause ? reject(ioError('close', this.#path, cause)) : resolve()));
    });
  }

  closeSync(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    try {
      fs.closeSync(file);
    } catch (cause) {
      throw ioError('close', this.#path, cause);
    }
  }

  #open(): number {
    if (this.#file === undefined) throw new CaptureError('IO', `Cannot read capture ${this.#path}: it was closed`);
    return this.#file;
  }
}

/** Nothing more than what was handed over in memory. */
export class EmptySource implements Source {
  readonly isFile = false;

  read(): Promise<number> {
    return Promise.resolve(0);
  }

  readSync(): number {
    return 0;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  closeSync(): void {}
}

/** A stream of chunks. */
export class StreamSource implements Source {
  readonly isFile = false;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async read(target: Uint8Array, at: number, end: number): Promise<number> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#next();
      if (done) return 0;
      if (!(value instanceof Uint8Array))
        throw new CaptureError('IO', `Cannot read capture: the stream gave a ${typeof value}, bytes needed`);
      this.#chunk = value;
    }
    const count = Math.min(end - at, this.#chunk.length);
    target.set(this.#chunk.subarray(0, count), at);
    this.#chunk = this.#chunk.subarray(count);
    return count;
  }

  readSync(): number {
    throw new CaptureError('UNSUPPORTED', 'Cannot read a stream synchronously: use for await');
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  closeSync(): void {
    this.close().catch(() => {});
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await this.#chunks.next();
    } catch (cause) {
      throw ioError('read', undefined, cause);
    }
  }
}
