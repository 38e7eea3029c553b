/**
 * Where the bytes of a capture go to.
 *
 * @module
 */
import * as fs from 'node:fs';
import type { Writable } from 'node:stream';
import { ioError } from './source.js';

/** Takes bytes in order. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
  /** Writes before it returns, where the target can. */
  writeSync?(bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** A file, written behind what it holds already. */
export class FileSink implements Sink {
  readonly #path: string;
  readonly #file: number;
  #at: number;

  constructor(path: string, flags: string, at: number = 0) {
    this.#path = path;
    this.#at = at;
    try {
      this.#file = fs.openSync(path, flags);
    } catch (cause) {
      throw ioError('create', path, cause);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length) at += await this.#writeSome(bytes, at);
  }

  writeSync(bytes: Uint8Array): void {
    try {
      let at = 0;
      while (at < bytes.length) {
        const count = fs.writeSync(this.#file, bytes, at, bytes.length - at, this.#at);
        this.#at += count;
        at += count;
      }
    } catch (cause) {
      throw ioError('write', this.#path, cause);
    }
  }

  /** Cuts the file off. */
  truncate(size: number): void {
    try {
      fs.ftruncateSync(this.#file, size);
    } catch (cause) {
      throw ioError('write', this.#path, cause);
    }
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.close(this.#file, (cause) => (cause ? reject(ioError('close', this.#path, cause)) : resolve()));
    });
  }

  #writeSome(bytes: Uint8Array, at: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.write(this.#file, bytes, at, bytes.length - at, this.#at, (cause, count) => {
        if (cause) return reject(ioError('write', this.#path, cause));
        this.#at += count;
        resolve(count);
      });
    });
  }
}

/** A stream. */
export class StreamSink implements Sink {
  readonly #stream: Writable;
  #fault: unknown;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (cause) => {
      this.#fault ??= cause;
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#fault !== undefined) return reject(ioError('write', undefined, this.#fault));
      this.#stream.write(bytes, (cause) => (cause ? reject(ioError('write', undefined, cause)) : resolve()));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#fault !== undefined) return reject(ioError('write', undefined, this.#fault));
      this.#stream.once('error', (cause) => reject(ioError('write', undefined, cause)));
      this.#stream.end(() => resolve());
    });
  }
}
