/**
 * Options as IPv4 (RFC 791 section 3.1) and TCP (RFC 9293 section 3.1) lay them out: a kind octet alone for end-of-list (0) and
 * no-operation (1), else kind, length of the whole option, data.
 *
 * @module
 */
import { bytesOf, equalBytes } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';

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

/**
 * The bytes of an option given by its number: kind, length, data; the kind alone for the end of the list (0) and no-operation (1).
 *
 * @throws RangeError that names the option, for a kind that is no octet and for data that do not fit
 */
export function encodeRawOption(layer: string, { kind, data }: RawOption): Uint8Array {
  checkOption(layer, 'kind', kind, 0xff);
  if (kind <= 1) {
    if (data.length === 0) return Uint8Array.of(kind);
    throw new RangeError(
      `Cannot build ${layer} option ${kind}: it is one byte alone and has no data; { bytes } writes any bytes`,
    );
  }
  if (data.length > 38)
    throw new RangeError(`Cannot build ${layer} option ${kind}: ${data.length} bytes of data given, at most 38 fit`);
  return Uint8Array.of(kind, data.length + 2, ...data);
}

/** @throws RangeError that names the option, for a value that is no integer from 0 to `max` */
export function checkOption(layer: string, name: string, value: unknown, max: number): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new RangeError(
    `Cannot build ${layer} option ${name}: ${JSON.stringify(value)} given, an integer from 0 to ${max} needed`,
  );
}

/** Lengths that options of a kind may have: at least `from`, and each `step` more; `from` alone where no step is given. */
export interface OptionLength {
  readonly from: number;
  readonly step?: number;
}

/** What is wrong with the options from `at` to `end`: a length that cannot be, or that options of the kind do not have. */
export function optionFaults(
  view: DataView,
  [at, end]: readonly [at: number, end: number],
  layer: string,
  kinds: { readonly [kind: number]: OptionLength & { readonly name: string } },
): DecodeFault[] {
  const { spans, rest } = optionSpans(view, at, end);
  const faults: DecodeFault[] = spans.flatMap(({ kind, at: start, length }) => {
    const known = kinds[kind];
    if (kind <= 1 || known === undefined) return [];
    const { from, step, name } = known;
    const isRight = step === undefined ? length === from : length >= from && (length - from) % step === 0;
    if (isRight) return [];
    const needed = step === undefined ? `${from}` : `${from} and multiples of ${step} more`;
    return [
      { code: 'BAD_LENGTH', layer, at: start + 1, reason: `${name} option has length ${length}, ${needed} needed` },
    ];
  });
  if (rest >= end || spans.at(-1)?.kind === 0) return faults;
  const kind = view.getUint8(rest);
  const what = `option ${kind}${kinds[kind] === undefined ? '' : ` (${kinds[kind].name})`}`;
  const length = rest + 1 < end ? view.getUint8(rest + 1) : undefined;
  const state = length === undefined ? 'has no length' : `has length ${length}`;
  const reason = `${what} ${state}, ${length === undefined || length < 2 ? 'at least 2 needed' : `${end - rest} bytes available`}`;
  return [...faults, { code: 'BAD_LENGTH', layer, at: Math.min(rest + 1, end - 1), reason }];
}

/** Whether a form builds these very bytes; one that its own rules refuse to build does not. */
export function buildsSame(build: () => Uint8Array, bytes: Uint8Array): boolean {
  try {
    return equalBytes(build(), bytes);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
