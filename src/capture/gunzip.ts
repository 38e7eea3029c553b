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

/** Compressed bytes that are decompressed at a time. */
const SLICE = 16 * 1024;

/**
 * Decompresses another source, a few kilobytes ahead of its reader at most.
 *
 * zlib keeps to itself what a slice gave before damage in it. So that all of it comes out, damaged data are decompressed a
 * second time, from `reopen()`, where the slice with the damage goes in byte by byte.
 */
export class GunzipSource implements Source {
  readonly isFile = true;
  readonly #reopen: (() => Source) | undefined;
  #inflater: Inflater;

  /** `first` is what was read of the source already. */
  constructor(source: Source, first: Uint8Array, reopen?: () => Source) {
    this.#reopen = reopen;
    this.#inflater = new Inflater(source, first);
  }

  async read(target: Uint8Array, at: number, end: number): Promise<number> {
    try {
      return await this.#inflater.read(target, at, end);
    } catch (cause) {
      const { isReplay, fed, given } = this.#inflater;
      if (!this.#reopen || isReplay || !(cause instanceof CaptureError) || cause.code !== 'BAD_BLOCK') throw cause;
      await this.#inflater.close();
      this.#inflater = new Inflater(this.#reopen(), new Uint8Array(0), { careful: fed, skip: given });
      return await this.#inflater.read(target, at, end);
    }
  }

  readSync(): number {
    throw new CaptureError('UNSUPPORTED', 'Cannot read gzip from a pipe synchronously: use for await');
  }

  close(): Promise<void> {
    return this.#inflater.close();
  }

  closeSync(): void {
    this.#inflater.closeSync();
  }
}

/** Feeds a source to zlib and queues what comes out. */
class Inflater {
  readonly isReplay: boolean;
  /** Compressed bytes that went in without fault. */
  fed = 0;
  /** Bytes that came out. */
  given = 0;
  readonly #source: Source;
  readonly #gunzip: zlib.Gunzip = zlib.createGunzip();
  readonly #ready: Uint8Array[] = [];
  readonly #skip: number;
  readonly #careful: number;
  #fault: unknown;
  #isEnded = false;
  #wake: (() => void) | undefined;

  /** Past `careful` compressed bytes each goes in by itself; the first `skip` bytes that come out are dropped. */
  constructor(source: Source, first: Uint8Array, replay?: { readonly careful: number; readonly skip: number }) {
    this.isReplay = replay !== undefined;
    this.#source = source;
    this.#careful = replay?.careful ?? Infinity;
    this.#skip = replay?.skip ?? 0;
    this.#gunzip.on('data', (chunk: Uint8Array) => this.#take(chunk));
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

  async close(): Promise<void> {
    this.#gunzip.destroy();
    await this.#source.close();
  }

  closeSync(): void {
    this.#gunzip.destroy();
    this.#source.closeSync();
  }

  #take(chunk: Uint8Array): void {
    const dropped = Math.min(Math.max(this.#skip - this.given, 0), chunk.length);
    this.given += chunk.length;
    if (dropped === chunk.length) return;
    this.#ready.push(chunk.subarray(dropped));
    this.#gunzip.pause();
    this.#wake?.();
  }

  async #feed(first: Uint8Array): Promise<void> {
    const memory = new Uint8Array(4 * SLICE);
    let chunk = first;
    if (chunk.length === 0) chunk = memory.subarray(0, await this.#source.read(memory, 0, memory.length));
    while (chunk.length > 0) {
      for (let at = 0; at < chunk.length; ) {
        const size = this.fed < this.#careful ? Math.min(SLICE, this.#careful - this.fed) : 1;
        const slice = chunk.subarray(at, at + size);
        await this.#write(slice);
        if (this.#gunzip.destroyed) return;
        this.fed += slice.length;
        at += slice.length;
      }
      chunk = memory.subarray(0, await this.#source.read(memory, 0, memory.length));
    }
    this.#gunzip.end();
  }

  /** Waits until zlib has used the bytes up, or has given up. */
  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#gunzip.once('close', resolve);
      this.#gunzip.write(bytes, () => {
        this.#gunzip.off('close', resolve);
        resolve();
      });
    });
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
