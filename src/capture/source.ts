/**
 * Where the bytes of a capture come from.
 *
 * @module
 */
import * as fs from 'node:fs';
import * as zlib from 'node:zlib';
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

/** Whether bytes begin as a gzip file does, RFC 1952. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Decompresses another source, a few kilobytes ahead of its reader at most. */
export class GunzipSource implements Source {
  readonly isFile = true;
  readonly #source: Source;
  readonly #gunzip: zlib.Gunzip;
  readonly #ready: Uint8Array[] = [];
  #fault: unknown;
  #isEnded = false;
  #wake: (() => void) | undefined;

  /** `first` is what was read of the source already. */
  constructor(source: Source, first: Uint8Array) {
    this.#source = source;
    this.#gunzip = zlib.createGunzip();
    this.#gunzip.on('data', (chunk: Uint8Array) => {
      this.#ready.push(chunk);
      this.#gunzip.pause();
      this.#wake?.();
    });
    this.#gunzip.on('end', () => {
      this.#isEnded = true;
      this.#wake?.();
    });
    this.#gunzip.on('error', (cause) => {
      this.#fault ??= cause;
      this.#wake?.();
    });
    this.#feed(first).catch((cause) => this.#gunzip.destroy(cause));
  }

  async read(target: Uint8Array, at: number, end: number): Promise<number> {
    for (;;) {
      const chunk = this.#ready[0];
      if (chunk) {
        const count = Math.min(end - at, chunk.length);
        target.set(chunk.subarray(0, count), at);
        if (count < chunk.length) this.#ready[0] = chunk.subarray(count);
        else this.#ready.shift();
        return count;
      }
      if (this.#fault !== undefined) throw gzipError(this.#fault);
      if (this.#isEnded) return 0;
      const changed = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#gunzip.resume();
      await changed;
    }
  }

  readSync(): number {
    throw new CaptureError('UNSUPPORTED', 'Cannot read gzip from a pipe synchronously: use for await');
  }

  async close(): Promise<void> {
    this.#gunzip.destroy();
    await this.#source.close();
  }

  closeSync(): void {
    this.#gunzip.destroy();
    this.#source.closeSync();
  }

  async #feed(first: Uint8Array): Promise<void> {
    let chunk = first;
    while (chunk.length > 0 && !this.#gunzip.destroyed) {
      const input = chunk;
      await new Promise<void>((resolve) => {
        this.#gunzip.once('close', resolve);
        this.#gunzip.write(input, () => {
          this.#gunzip.off('close', resolve);
          resolve();
        });
      });
      if (this.#gunzip.destroyed) return;
      chunk = new Uint8Array(64 * 1024);
      chunk = chunk.subarray(0, await this.#source.read(chunk, 0, chunk.length));
    }
    this.#gunzip.end();
  }
}

/**
 * Decompresses bytes in memory. What comes before damage is given, with the damage as `fault`.
 *
 * @throws CaptureError `LIMIT` for more than `limit` bytes of output
 */
export function gunzipSync(bytes: Uint8Array, limit: number): { bytes: Uint8Array; fault?: CaptureError } {
  const attempt = (end: number, finishFlush: number): Uint8Array =>
    zlib.gunzipSync(bytes.subarray(0, end), { maxOutputLength: limit, finishFlush });
  try {
    return { bytes: attempt(bytes.length, zlib.constants.Z_FINISH) };
  } catch (cause) {
    if (isTooLarge(cause))
      throw new CaptureError(
        'LIMIT',
        `Cannot decompress capture: it takes more than ${limit} bytes, read it with for await`,
        undefined,
        { cause },
      );
    return {
      bytes: intactPart(bytes.length, (end) => attempt(end, zlib.constants.Z_SYNC_FLUSH)),
      fault: gzipError(cause),
    };
  }
}

/** Output of the longest prefix that decompresses. */
function intactPart(length: number, attempt: (end: number) => Uint8Array): Uint8Array {
  let output: Uint8Array = new Uint8Array(0);
  let good = 0;
  let end = length;
  let bad = length + 1;
  while (bad - good > 1) {
    try {
      output = attempt(end);
      good = end;
    } catch {
      bad = end;
    }
    end = (good + bad) >>> 1;
  }
  return output;
}

function isTooLarge(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
}

function gzipError(cause: unknown): CaptureError {
  if (cause instanceof CaptureError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  return code === 'Z_BUF_ERROR'
    ? new CaptureError('TRUNCATED', 'Cannot decompress capture: the gzip data end too early', undefined, { cause })
    : new CaptureError('BAD_BLOCK', `Cannot decompress capture: ${message}`, undefined, { cause });
}
