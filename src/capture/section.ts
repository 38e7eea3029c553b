/**
 * Section Header Block of pcapng, section 4.1 of the draft: byte order, version, and who captured on what.
 *
 * @module
 */
import { viewOf } from '../bytes.js';
import { CaptureError } from '../errors.js';
import { type BlockSpan, BlockType, BYTE_ORDER_MAGIC, copyOf, encodeBlock } from './block.js';
import {
  type CaptureOption,
  type CustomOption,
  checkOptions,
  customOptions,
  OptionCode,
  OptionList,
  optionText,
  optionTexts,
  readOptions,
} from './option.js';

const code = { HARDWARE: 2, OS: 3, APPLICATION: 4 } as const;

/** A section to write. */
export interface SectionInit {
  readonly byteOrder?: 'little' | 'big';
  /** Machine that captured, as `x86_64`. */
  readonly hardware?: string;
  /** Operating system that captured. */
  readonly os?: string;
  /** Program that captured. */
  readonly application?: string;
  readonly comments?: readonly string[];
  readonly custom?: readonly CustomOption[];
  /** Further options, written as they are. */
  readonly options?: readonly CaptureOption[];
}

/** A section of a capture: what follows it up to the next has its byte order and interfaces. A pcap file is one. */
export class Section {
  readonly kind = 'section';
  /** Counted from 0. */
  readonly index: number;
  readonly byteOrder: 'little' | 'big';
  readonly major: number;
  readonly minor: number;
  /** Bytes of the section after its header, where whoever wrote it knew. */
  readonly length: bigint | undefined;
  /** All options as they lie in the file. */
  readonly options: readonly CaptureOption[];

  constructor({
    index,
    byteOrder,
    major,
    minor,
    length,
    options,
  }: Pick<Section, 'index' | 'byteOrder' | 'major' | 'minor' | 'length' | 'options'>) {
    this.index = index;
    this.byteOrder = byteOrder;
    this.major = major;
    this.minor = minor;
    this.length = length;
    this.options = options;
  }

  get hardware(): string | undefined {
    return optionText(this.options, code.HARDWARE);
  }

  get os(): string | undefined {
    return optionText(this.options, code.OS);
  }

  get application(): string | undefined {
    return optionText(this.options, code.APPLICATION);
  }

  get comments(): readonly string[] {
    return optionTexts(this.options, OptionCode.COMMENT);
  }

  get custom(): readonly CustomOption[] {
    return customOptions(this.options, this.byteOrder === 'little');
  }
}

/** Reads a section header. `span.little` is already what its byte-order magic says. */
export function parseSection(span: BlockSpan, index: number): Section {
  const { view, at, end, little, base } = span;
  const major = view.getUint16(at + 12, little);
  const minor = view.getUint16(at + 14, little);
  // Minor 2 was written by mistake by some programs and is read as 0, section 4.1.
  if (major !== 1 || (minor !== 0 && minor !== 2))
    throw new CaptureError(
      'BAD_BLOCK',
      `Cannot read section at byte ${base + at}: version is ${major}.${minor}, 1.0 needed`,
      base + at,
    );
  const length = view.getBigInt64(at + 16, little);
  checkOptions(span, at + 24);
  const body = copyOf(span, at + 24, end);
  return new Section({
    index,
    byteOrder: little ? 'little' : 'big',
    major,
    minor,
    length: length < 0n ? undefined : length,
    options: readOptions(viewOf(body), 0, body.length, little),
  });
}

/** Bytes of a section header, of unknown length, so that a file that ends early is still right. */
export function encodeSection(init: SectionInit): Uint8Array {
  const little = init.byteOrder !== 'big';
  const body = new Uint8Array(16);
  const view = viewOf(body);
  view.setUint32(0, BYTE_ORDER_MAGIC, little);
  view.setUint16(4, 1, little);
  view.setBigInt64(8, -1n, little);
  const { options } = new OptionList(little)
    .texts(OptionCode.COMMENT, init.comments)
    .text(code.HARDWARE, init.hardware)
    .text(code.OS, init.os)
    .text(code.APPLICATION, init.application)
    .custom(init.custom)
    .raw(init.options);
  return encodeBlock(BlockType.SECTION, little, body, options);
}
