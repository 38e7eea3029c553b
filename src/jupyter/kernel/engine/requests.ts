/**
 * The engine's ear: reads what the kernel asks, by means that a cell can neither listen to nor change.
 *
 * A stream would be shorter, but `emit`, `push` and `join` are anybody's to replace; a read into bytes of our own is not.
 *
 * @module
 */
import { integerAt, SECRET_BYTES } from './frames.js';
import { decodeText, parseJson, read, setBytes } from './primordials.js';
import { type EngineRequest, FD } from './protocol.js';

const CHUNK = 64 * 1024;

/**
 * Reads requests for ever; ends the process when the kernel is gone.
 *
 * @param begin called with the secret, before anything else
 */
export function readRequests(begin: (secret: Uint8Array) => void, take: (request: EngineRequest) => void): void {
  const chunk = new Uint8Array(CHUNK);
  let held = new Uint8Array(CHUNK);
  let start = 0; // what lies before it has been taken
  let length = 0;
  let isBegun = false;

  function next(): void {
    read(FD.requests, chunk, 0, CHUNK, null, (error, count) => {
      if (error !== null || count === 0) process.kill(process.pid, 'SIGKILL');
      hold(count);
      next(); // before anything is run, so that an interrupt is heard
      for (let request = nextWhole(); request !== undefined; request = nextWhole()) take(request);
    });
  }

  function hold(count: number): void {
    if (length + count > held.length) {
      const kept = cut(0, length - start);
      // Room for twice what is kept: what lies here is moved once in a while, not with every request.
      if ((kept.length + count) * 2 > held.length) held = new Uint8Array((kept.length + count) * 2);
      setBytes(held, kept, 0);
      start = 0;
      length = kept.length;
    }
    for (let i = 0; i < count; i++) held[length + i] = chunk[i]!;
    length += count;
  }

  function nextWhole(): EngineRequest | undefined {
    if (!isBegun) {
      if (length < SECRET_BYTES) return undefined;
      isBegun = true;
      begin(cut(0, SECRET_BYTES));
      start += SECRET_BYTES;
    }
    const size = length - start < 4 ? Number.POSITIVE_INFINITY : 4 + integerAt(held, start);
    if (size > length - start) return undefined;
    const request = parseJson(decodeText(cut(4, size))) as EngineRequest;
    start += size;
    return request;
  }

  /** A copy of bytes, counted from the first that was not taken. */
  function cut(from: number, to: number): Uint8Array {
    const bytes = new Uint8Array(to - from);
    for (let i = from; i < to; i++) bytes[i - from] = held[start + i]!;
    return bytes;
  }

  next();
}
