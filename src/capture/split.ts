/**
 * Captures that go on from file to file.
 *
 * @module
 */

/** When to go on in a further file. Whichever bound is reached first counts. */
export interface SplitOptions {
  /** Bytes a file may have. */
  readonly bytes?: number;
  readonly packets?: number;
  /** Seconds from the first packet of a file, by the packets' own stamps. */
  readonly seconds?: number;
  /** Path of file `index`, counted from 1; `capture_00001.pcapng` where left out. */
  readonly name?: (index: number) => string;
}

/** Tells when a file is full. */
export class Splitter {
  readonly paths: string[] = [];
  readonly #path: string;
  readonly #options: SplitOptions;
  #bytes = 0;
  #packets = 0;
  #first: bigint | undefined;

  constructor(path: string, options: SplitOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** Path of the next file, which is empty. */
  next(): string {
    const index = this.paths.length + 1;
    const path = this.#options.name?.(index) ?? numberedPath(this.#path, index);
    this.paths.push(path);
    this.#bytes = 0;
    this.#packets = 0;
    this.#first = undefined;
    return path;
  }

  isFull(size: number, timestamp: bigint | undefined): boolean {
    if (this.#packets === 0) return false;
    const { bytes = Infinity, packets = Infinity, seconds = Infinity } = this.#options;
    if (this.#bytes + size > bytes || this.#packets >= packets) return true;
    if (seconds === Infinity || timestamp === undefined || this.#first === undefined) return false;
    return Number(timestamp - this.#first) >= seconds * 1e9;
  }

  count(size: number, timestamp: bigint | undefined, buffered: number): void {
    this.#bytes = this.#packets === 0 ? buffered : this.#bytes + size;
    this.#packets++;
    this.#first ??= timestamp;
  }
}

/** `capture_00001.pcapng` for `capture.pcapng` and 1. */
export function numberedPath(path: string, index: number): string {
  const [, stem = path, extension = ''] = /^(.*?)(\.[^./\\]*)?$/s.exec(path) ?? [];
  return `${stem}_${String(index).padStart(5, '0')}${extension}`;
}
