/**
 * Captures inside gzip, RFC 1952.
 *
 * @module
 */
import * as zlib from 'node:zlib';
import { CaptureError } from '../errors.js';
import type { Source } from './source.js';

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
