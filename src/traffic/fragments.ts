/**
 * IP datagrams put together from their fragments, RFC 791 section 3.2 and RFC 8200 section 4.5, in bounded memory.
 *
 * @module
 */
import { bytesOf, viewOf } from '../bytes.js';
import type { Outline } from './outline.js';

/** Datagrams waiting for fragments; the eldest is given up when another begins. */
const maxWaiting = 256;
/** No IP datagram is longer. */
const maxLength = 65_575;

interface Waiting {
  readonly pieces: { readonly at: number; readonly bytes: Uint8Array }[];
  /** Length of the whole, once the last fragment was seen. */
  total: number;
  protocol: number;
}

/** Collects fragments. */
export class Fragments {
  readonly #waiting = new Map<string, Waiting>();

  /**
   * Takes in the fragment that `outline` has found. Gives what the whole datagram carries, without its IP header, when this was the
   * last piece missing.
   */
  add(outline: Outline): { view: DataView; protocol: number } | undefined {
    const { view, ipAt, ipVersion, transportAt, fragmentOffset, fragmentId, protocol } = outline;
    const stop = Math.min(outline.end, outline.ipEnd);
    // A fragment that the capture cut can never make a whole one.
    if (transportAt >= stop || outline.ipEnd > outline.end || fragmentOffset + stop - transportAt > maxLength)
      return undefined;
    const addresses = bytesOf(view, ipAt + (ipVersion === 4 ? 12 : 8), ipAt + (ipVersion === 4 ? 20 : 40));
    const key = `${fragmentId}/${ipVersion === 4 ? protocol : 6}/${addresses.join()}`;
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      if (this.#waiting.size >= maxWaiting) this.#waiting.delete(this.#waiting.keys().next().value!);
      waiting = { pieces: [], total: -1, protocol };
      this.#waiting.set(key, waiting);
    }
    if (fragmentOffset === 0) waiting.protocol = protocol;
    waiting.pieces.push({ at: fragmentOffset, bytes: bytesOf(view, transportAt, stop).slice() });
    if (!outline.hasMoreFragments) waiting.total = fragmentOffset + stop - transportAt;
    const whole = assemble(waiting);
    if (whole === undefined) return undefined;
    this.#waiting.delete(key);
    return { view: viewOf(whole), protocol: waiting.protocol };
  }
}

function assemble({ pieces, total }: Waiting): Uint8Array | undefined {
  if (total < 0) return undefined;
  pieces.sort((a, b) => a.at - b.at);
  let have = 0;
  for (const { at, bytes } of pieces) {
    if (at > have) return undefined;
    have = Math.max(have, at + bytes.length);
  }
  if (have < total) return undefined;
  const whole = new Uint8Array(total);
  // Where fragments overlap the first to come wins, RFC 815's other choice; sorting is stable and the later ones fill in only.
  let filled = 0;
  for (const { at, bytes } of pieces) {
    const from = Math.max(at, filled);
    const rest = bytes.subarray(from - at, Math.max(from - at, Math.min(bytes.length, total - at)));
    whole.set(rest, from);
    filled = Math.max(filled, from + rest.length);
  }
  return whole;
}
