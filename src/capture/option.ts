/**
 * Options of pcapng blocks: https://datatracker.ietf.org/doc/html/draft-ietf-opsawg-pcapng, section 3.5.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-------------------------------+
 * |          option code          |         option length         |
 * +-------------------------------+-------------------------------+
 * /           option value, padded to a multiple of 4             /
 * +---------------------------------------------------------------+
 *
 * @module
 */
import { bytesOf, toBytes, viewOf } from '../bytes.js';
import { CaptureError } from '../errors.js';

/** One option as it lies in the file. Numbers in `value` have the byte order of their section. */
export interface CaptureOption {
  readonly code: number;
  readonly value: Uint8Array;
}

/** An option of someone's own, told apart by their Private Enterprise Number. */
export interface CustomOption {
  /** IANA Private Enterprise Number of whoever defined it. */
  readonly enterprise: number;
  /** Text for the codes 2988 and 19372, bytes for 2989 and 19373. */
  readonly value: string | Uint8Array;
  /** Whether a program that does not know it may copy it into another file. */
  readonly isCopyable: boolean;
}

/** Option codes that mean the same in every block. */
export const OptionCode = {
  END: 0,
  COMMENT: 1,
  CUSTOM_TEXT: 2988,
  CUSTOM_BYTES: 2989,
  CUSTOM_TEXT_PRIVATE: 19372,
  CUSTOM_BYTES_PRIVATE: 19373,
} as const;

const decoder = new TextDecoder();

/** UTF-8 text of bytes, up to the first NUL that a C program may have left; a wrong sequence becomes U+FFFD. */
export function readText(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  return decoder.decode(nul < 0 ? bytes : bytes.subarray(0, nul));
}

/** Where options lie: up to `end` of a view whose first byte is byte `base` of the file. */
export interface OptionSpan {
  readonly view: DataView;
  readonly end: number;
  readonly little: boolean;
  readonly base: number;
}

/**
 * Finds out whether the bytes from `at` to the span's end are whole options, and throws where they are not. Done once per block, so that
 * no accessor ever throws.
 */
export function checkOptions({ view, end, little, base }: OptionSpan, at: number): void {
  while (at < end) {
    if (end - at < 4) fail(base + at, `${end - at} bytes left, an option needs at least 4`);
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    if (code === OptionCode.END) return;
    if (length > end - at - 4)
      fail(base + at, `length of option ${code} is ${length}, the block has ${end - at - 4} bytes left`);
    at += 4 + ((length + 3) & ~3);
  }
}

function fail(at: number, state: string): never {
  throw new CaptureError('BAD_BLOCK', `Cannot read capture at byte ${at}: ${state}`, at);
}

/** All options between `at` and `end` but the end mark. Values share the view's memory. */
export function readOptions(view: DataView, at: number, end: number, little: boolean): CaptureOption[] {
  const options: CaptureOption[] = [];
  while (end - at >= 4) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    if (code === OptionCode.END || length > end - at - 4) break;
    options.push({ code, value: bytesOf(view, at + 4, at + 4 + length) });
    at += 4 + ((length + 3) & ~3);
  }
  return options;
}

/** Texts of all options of one code. */
export function optionTexts(options: readonly CaptureOption[], code: number): string[] {
  return options.filter((option) => option.code === code).map((option) => readText(option.value));
}

/** Text of the first option of a code. */
export function optionText(options: readonly CaptureOption[], code: number): string | undefined {
  const value = optionBytes(options, code);
  return value && readText(value);
}

/** Bytes of the first option of a code that has at least `size`. */
export function optionBytes(options: readonly CaptureOption[], code: number, size = 0): Uint8Array | undefined {
  return options.find((option) => option.code === code && option.value.length >= size)?.value;
}

/** Unsigned number of 1, 4 or 8 bytes of the first option of a code. */
export function optionUint(
  options: readonly CaptureOption[],
  code: number,
  size: 1 | 4,
  little: boolean,
): number | undefined {
  const value = optionBytes(options, code, size);
  if (!value) return undefined;
  return size === 1 ? value[0]! : viewOf(value).getUint32(0, little);
}

/** Unsigned 64-bit number of the first option of a code. */
export function optionBigint(options: readonly CaptureOption[], code: number, little: boolean): bigint | undefined {
  const value = optionBytes(options, code, 8);
  return value && viewOf(value).getBigUint64(0, little);
}

/** The custom options among `options`. */
export function customOptions(options: readonly CaptureOption[], little: boolean): CustomOption[] {
  const found: CustomOption[] = [];
  for (const { code, value } of options) {
    const isText = code === OptionCode.CUSTOM_TEXT || code === OptionCode.CUSTOM_TEXT_PRIVATE;
    const isBytes = code === OptionCode.CUSTOM_BYTES || code === OptionCode.CUSTOM_BYTES_PRIVATE;
    if (!(isText || isBytes) || value.length < 4) continue;
    const rest = value.subarray(4);
    found.push({
      enterprise: viewOf(value).getUint32(0, little),
      value: isText ? readText(rest) : rest,
      isCopyable: code < OptionCode.CUSTOM_TEXT_PRIVATE,
    });
  }
  return found;
}

/** Collects options to write, in one byte order. */
export class OptionList {
  readonly options: CaptureOption[] = [];
  readonly #little: boolean;

  constructor(little: boolean) {
    this.#little = little;
  }

  /** Adds an option with these bytes, or none if there are none. */
  bytes(code: number, value: Uint8Array | undefined): this {
    if (value === undefined) return this;
    if (value.length > 0xffff)
      throw new CaptureError(
        'UNSUPPORTED',
        `Cannot write option ${code}: ${value.length} bytes, an option holds at most 65535`,
      );
    this.options.push({ code, value });
    return this;
  }

  text(code: number, value: string | undefined): this {
    return value === undefined ? this : this.bytes(code, toBytes(value));
  }

  texts(code: number, values: readonly string[] | undefined): this {
    for (const value of values ?? []) this.text(code, value);
    return this;
  }

  u8(code: number, value: number | undefined): this {
    return value === undefined ? this : this.bytes(code, Uint8Array.of(inRange(code, value, 0xff)));
  }

  u32(code: number, value: number | undefined): this {
    if (value === undefined) return this;
    const bytes = new Uint8Array(4);
    viewOf(bytes).setUint32(0, inRange(code, value, 0xffffffff), this.#little);
    return this.bytes(code, bytes);
  }

  u64(code: number, value: bigint | undefined): this {
    if (value === undefined) return this;
    if (value < 0n || value >= 1n << 64n)
      throw new CaptureError('UNSUPPORTED', `Cannot write option ${code}: ${value} is no unsigned 64-bit number`);
    const bytes = new Uint8Array(8);
    viewOf(bytes).setBigUint64(0, value, this.#little);
    return this.bytes(code, bytes);
  }

  i64(code: number, value: bigint | undefined): this {
    if (value === undefined) return this;
    if (BigInt.asIntN(64, value) !== value)
      throw new CaptureError('UNSUPPORTED', `Cannot write option ${code}: ${value} is no signed 64-bit number`);
    return this.u64(code, BigInt.asUintN(64, value));
  }

  /** A 64-bit stamp as options have it: the high half first, each half in the section's byte order. */
  words(code: number, value: bigint | undefined): this {
    if (value === undefined) return this;
    const bytes = new Uint8Array(8);
    viewOf(bytes).setUint32(0, Number(value >> 32n), this.#little);
    viewOf(bytes).setUint32(4, Number(value & 0xffffffffn), this.#little);
    return this.bytes(code, bytes);
  }

  custom(values: readonly CustomOption[] | undefined): this {
    for (const { enterprise, value, isCopyable } of values ?? []) {
      const data = toBytes(value);
      const bytes = new Uint8Array(4 + data.length);
      viewOf(bytes).setUint32(0, enterprise, this.#little);
      bytes.set(data, 4);
      const codes = isCopyable
        ? [OptionCode.CUSTOM_TEXT, OptionCode.CUSTOM_BYTES]
        : [OptionCode.CUSTOM_TEXT_PRIVATE, OptionCode.CUSTOM_BYTES_PRIVATE];
      this.bytes(codes[typeof value === 'string' ? 0 : 1]!, bytes);
    }
    return this;
  }

  /** Adds options as they are, from a block of the same byte order. */
  raw(options: readonly CaptureOption[] | undefined): this {
    for (const { code, value } of options ?? []) this.bytes(code, value);
    return this;
  }
}

function inRange(code: number, value: number, maximum: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= maximum) return value;
  throw new CaptureError('UNSUPPORTED', `Cannot write option ${code}: ${value} is no integer from 0 to ${maximum}`);
}

/** Turns the numbers in an option round, for a section of the other byte order. */
export function swapOption(option: CaptureOption, widths: Readonly<Record<number, readonly number[]>>): CaptureOption {
  const { code } = option;
  const isCustom = code === 2988 || code === 2989 || code === 19372 || code === 19373;
  const layout = isCustom ? [4] : widths[code];
  if (!layout) return option;
  const value = new Uint8Array(option.value);
  let at = 0;
  for (const width of layout) {
    if (at + width <= value.length) value.subarray(at, at + width).reverse();
    at += width;
  }
  return { code, value };
}
