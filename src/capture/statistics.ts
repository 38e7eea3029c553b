/**
 * Interface Statistics Block of pcapng, section 4.6 of the draft: what an interface received and dropped.
 *
 * @module
 */
import { viewOf } from '../bytes.js';
import { type BlockSpan, BlockType, copyOf, encodeBlock, needBody } from './block.js';
import { joinWords } from './clock.js';
import {
  type CaptureOption,
  checkOptions,
  OptionCode,
  OptionList,
  optionBigint,
  optionBytes,
  optionTexts,
  readOptions,
} from './option.js';
import type { Section } from './section.js';

const code = { START: 2, END: 3, RECEIVED: 4, DROPPED: 5, ACCEPTED: 6, OS_DROPPED: 7, DELIVERED: 8 } as const;

/** Sizes of the numbers in options, for a section of the other byte order. */
export const statisticsWidths: Readonly<Record<number, readonly number[]>> = {
  [code.START]: [4, 4],
  [code.END]: [4, 4],
  [code.RECEIVED]: [8],
  [code.DROPPED]: [8],
  [code.ACCEPTED]: [8],
  [code.OS_DROPPED]: [8],
  [code.DELIVERED]: [8],
};

/** Counts of packets. */
export interface StatisticsCounts {
  /** Packets received by the interface. */
  readonly received?: bigint | undefined;
  /** Packets the interface dropped for want of resources. */
  readonly dropped?: bigint | undefined;
  /** Packets the capture filter let pass. */
  readonly accepted?: bigint | undefined;
  /** Packets the operating system dropped. */
  readonly osDropped?: bigint | undefined;
  /** Packets that reached the user. */
  readonly delivered?: bigint | undefined;
}

/** Statistics to write. Times are ticks of the interface's clock. */
export interface StatisticsInit extends StatisticsCounts {
  readonly interfaceId: number;
  readonly ticks: bigint;
  readonly startTicks?: bigint | undefined;
  readonly endTicks?: bigint | undefined;
  readonly comments?: readonly string[];
  readonly options?: readonly CaptureOption[];
}

/** What an interface received and dropped. Times are ticks of the interface's clock. */
export class InterfaceStatistics implements StatisticsCounts {
  readonly kind = 'statistics';
  readonly section: Section;
  readonly interfaceId: number;
  /** When this was counted. */
  readonly ticks: bigint;
  readonly options: readonly CaptureOption[];

  constructor(section: Section, interfaceId: number, ticks: bigint, options: readonly CaptureOption[]) {
    this.section = section;
    this.interfaceId = interfaceId;
    this.ticks = ticks;
    this.options = options;
  }

  /** When the capture began. */
  get startTicks(): bigint | undefined {
    return this.#words(code.START);
  }

  /** When the capture ended. */
  get endTicks(): bigint | undefined {
    return this.#words(code.END);
  }

  get received(): bigint | undefined {
    return optionBigint(this.options, code.RECEIVED, this.#little);
  }

  get dropped(): bigint | undefined {
    return optionBigint(this.options, code.DROPPED, this.#little);
  }

  get accepted(): bigint | undefined {
    return optionBigint(this.options, code.ACCEPTED, this.#little);
  }

  get osDropped(): bigint | undefined {
    return optionBigint(this.options, code.OS_DROPPED, this.#little);
  }

  get delivered(): bigint | undefined {
    return optionBigint(this.options, code.DELIVERED, this.#little);
  }

  get comments(): readonly string[] {
    return optionTexts(this.options, OptionCode.COMMENT);
  }

  get #little(): boolean {
    return this.section.byteOrder === 'little';
  }

  #words(optionCode: number): bigint | undefined {
    const value = optionBytes(this.options, optionCode, 8);
    const view = value && viewOf(value);
    return view && joinWords(view.getUint32(0, this.#little), view.getUint32(4, this.#little));
  }
}

/** Reads a statistics block. */
export function parseStatistics(span: BlockSpan, section: Section): InterfaceStatistics {
  const { view, at, end, little } = span;
  needBody(span, 'statistics', 12);
  checkOptions(span, at + 20);
  const rest = copyOf(span, at + 20, end);
  return new InterfaceStatistics(
    section,
    view.getUint32(at + 8, little),
    joinWords(view.getUint32(at + 12, little), view.getUint32(at + 16, little)),
    readOptions(viewOf(rest), 0, rest.length, little),
  );
}

/** Bytes of a statistics block. */
export function encodeStatistics(init: StatisticsInit, little: boolean): Uint8Array {
  const body = new Uint8Array(12);
  viewOf(body).setUint32(0, init.interfaceId, little);
  viewOf(body).setUint32(4, Number(init.ticks >> 32n), little);
  viewOf(body).setUint32(8, Number(init.ticks & 0xffffffffn), little);
  const { options } = new OptionList(little)
    .texts(OptionCode.COMMENT, init.comments)
    .words(code.START, init.startTicks)
    .words(code.END, init.endTicks)
    .u64(code.RECEIVED, init.received)
    .u64(code.DROPPED, init.dropped)
    .u64(code.ACCEPTED, init.accepted)
    .u64(code.OS_DROPPED, init.osDropped)
    .u64(code.DELIVERED, init.delivered)
    .raw(init.options);
  return encodeBlock(BlockType.STATISTICS, little, body, options);
}
