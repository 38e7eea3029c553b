/**
 * How far a big capture has been read, on a terminal's last line.
 *
 * @module
 */
import { statSync } from 'node:fs';

/** Captures smaller than this are read before anyone looks. */
const worthwhile = 32 * 1024 * 1024;
const width = 30;

/** A bar on standard error: nothing where that is no terminal or the file is small. */
export class CaptureProgress {
  readonly #size: number;
  readonly #out: NodeJS.WriteStream;
  #shown = -1;

  constructor(file: string, out: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
    const size = out.isTTY === true && file !== '-' ? (statSync(file, { throwIfNoEntry: false })?.size ?? 0) : 0;
    this.#size = size >= worthwhile ? size : 0;
  }

  /** So many bytes have been read. */
  at(offset: number): void {
    if (this.#size === 0) return;
    const percent = Math.min(100, Math.floor((offset / this.#size) * 100));
    if (percent === this.#shown) return;
    this.#shown = percent;
    const full = Math.round((percent / 100) * width);
    this.#out.write(`\r${'█'.repeat(full)}${'░'.repeat(width - full)} ${String(percent).padStart(3)} %`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#shown >= 0) this.#out.write('\r\x1b[K');
    this.#shown = -1;
  }
}
