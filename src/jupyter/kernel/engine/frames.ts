/**
 * Frames between kernel and engine. Both are processes of one machine, joined by pipes; the cell's code lives in the
 * engine and can write to any descriptor it guesses. So every frame of the engine's begins with a secret that the kernel
 * drew for this engine, and with its number: what does not is not the engine's, and ends it.
 *
 * ```
 * kernel → engine   secret (16, once)   then   length (4)  JSON  …
 * engine → kernel   secret (16)  number (4)  length (4)  JSON  …
 * ```
 *
 * Integers are little-endian. The secret lives in the engine as four numbers in a closure, never in an object.
 *
 * @module
 */
import { encodeText, setBytes } from './primordials.js';

/** Bytes of the secret. */
export const SECRET_BYTES = 16;
/** Bytes before a report's JSON. */
const HEAD_BYTES = SECRET_BYTES + 8;

/** Makes the engine's frames. */
export type Sealer = (json: string) => Uint8Array;

/** A request as a frame. */
export function requestFrame(json: string): Uint8Array {
  const body = encodeText(json);
  const frame = new Uint8Array(4 + body.length);
  putInteger(frame, 0, body.length);
  setBytes(frame, body, 4);
  return frame;
}

/** What makes frames with this secret, whose bytes can be forgotten. */
export function sealer(secret: Uint8Array): Sealer {
  const [a, b, c, d] = [integerAt(secret, 0), integerAt(secret, 4), integerAt(secret, 8), integerAt(secret, 12)];
  let number = 0;
  return (json) => {
    const body = encodeText(json);
    const frame = new Uint8Array(HEAD_BYTES + body.length);
    putInteger(frame, 0, a);
    putInteger(frame, 4, b);
    putInteger(frame, 8, c);
    putInteger(frame, 12, d);
    putInteger(frame, 16, number);
    putInteger(frame, 20, body.length);
    number = (number + 1) >>> 0;
    setBytes(frame, body, HEAD_BYTES);
    return frame;
  };
}

/** Takes the engine's frames apart, in the kernel. */
export class FrameReader {
  readonly #secret: Uint8Array;
  readonly #take: (json: string) => void;
  readonly #refuse: () => void;
  #chunks: Buffer[] = [];
  #length = 0;
  #needed = HEAD_BYTES;
  #number = 0;
  #isRefused = false;

  /** @param refuse called once, when something is not the engine's; nothing is taken any more */
  constructor(secret: Uint8Array, take: (json: string) => void, refuse: () => void) {
    this.#secret = secret;
    this.#take = take;
    this.#refuse = refuse;
  }

  /** Adds bytes as they came. */
  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#isRefused || this.#length < this.#needed) return;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#length);
    while (rest.length >= HEAD_BYTES) {
      if (!this.#isGenuine(rest)) {
        this.#isRefused = true;
        this.#chunks = [];
        this.#refuse();
        return;
      }
      const end = HEAD_BYTES + rest.readUInt32LE(SECRET_BYTES + 4);
      this.#needed = end;
      if (rest.length < end) break;
      this.#needed = HEAD_BYTES;
      this.#number = (this.#number + 1) >>> 0;
      this.#take(rest.toString('utf8', HEAD_BYTES, end));
      rest = rest.subarray(end);
    }
    this.#chunks = [rest];
    this.#length = rest.length;
  }

  #isGenuine(frame: Buffer): boolean {
    return frame.subarray(0, SECRET_BYTES).equals(this.#secret) && frame.readUInt32LE(SECRET_BYTES) === this.#number;
  }
}

/** A 32-bit integer at an offset, unsigned. */
export function integerAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function putInteger(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
