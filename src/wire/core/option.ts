/**
 * Options as IPv4 (RFC 791 section 3.1) and TCP (RFC 9293 section 3.1) lay them out: a kind octet alone for end-of-list (0) and
 * no-operation (1), else kind, length of the whole option, data.
 *
 * @module
 */
import { bytesOf } from '../../bytes.js';

/** Where one option lies. */
export interface OptionSpan {
  readonly kind: number;
  readonly at: number;
  /** Bytes, kind and length octets included. */
  readonly length: number;
}

/** An option that has no form of its own, or whose length is not the one its kind has: its data as they are. */
export interface RawOption {
  readonly kind: number;
  readonly data: Uint8Array;
}

/** Bytes of the options' space that are no well-formed options, as they are. */
export interface OptionBytes {
  readonly bytes: Uint8Array;
}

/** The options from `at` to `end`, up to the end of the list or the first that is malformed, and where what they left begins. */
export function optionSpans(view: DataView, at: number, end: number): { spans: OptionSpan[]; rest: number } {
  const spans: OptionSpan[] = [];
  let i = at;
  while (i < end) {
    const kind = view.getUint8(i);
    const length = kind <= 1 ? 1 : i + 1 < end ? view.getUint8(i + 1) : 0;
    if (length === 0 || (kind > 1 && length < 2) || i + length > end) break;
    spans.push({ kind, at: i, length });
    i += length;
    if (kind === 0) break;
  }
  return { spans, rest: i };
}

/** Whether what follows the end of the list is the padding of zeros that it should be. */
export function isPadding(view: DataView, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (view.getUint8(i) !== 0) return false;
  return true;
}

/** The data of an option, sharing the packet's memory. */
export function optionData(view: DataView, { at, length }: OptionSpan): Uint8Array {
  return bytesOf(view, at + Math.min(2, length), at + length);
}
