/**
 * TCP options: RFC 9293 section 3.2 (end, no operation, MSS), RFC 7323 (window scale, timestamps), RFC 2018 (SACK).
 *
 * @module
 */

import { bytesOf, viewOf } from '../../bytes.js';
import type { FieldNode } from '../core/layer.js';
import { node, valued } from '../core/node.js';
import {
  checkOption,
  encodeRawOption,
  isPadding,
  type OptionBytes,
  type OptionLength,
  type OptionSpan,
  optionData,
  optionSpans,
  type RawOption,
} from '../core/option.js';

/** Option kinds, IANA. */
export const TcpOptionKind = {
  EOL: 0,
  NOP: 1,
  MSS: 2,
  WSCALE: 3,
  SACK_PERMITTED: 4,
  SACK: 5,
  TIMESTAMPS: 8,
  MD5: 19,
  FASTOPEN: 34,
} as const;

const names: { readonly [kind: number]: string } = {
  0: 'End of option list',
  1: 'No-operation',
  2: 'Maximum segment size',
  3: 'Window scale',
  4: 'SACK permitted',
  5: 'SACK',
  8: 'Timestamps',
  19: 'MD5 signature',
  28: 'User timeout',
  29: 'Authentication',
  30: 'Multipath TCP',
  34: 'Fast Open',
};

/** Lengths of the kinds that have a form of their own. */
export const tcpOptionLengths: { readonly [kind: number]: OptionLength & { readonly name: string } } = {
  2: { name: 'MSS', from: 4 },
  3: { name: 'window scale', from: 3 },
  4: { name: 'SACK permitted', from: 2 },
  5: { name: 'SACK', from: 10, step: 8 },
  8: { name: 'timestamps', from: 10 },
  19: { name: 'MD5 signature', from: 18 },
};

/** A received range: sequence numbers of its first byte and of the one behind its last. */
export type SackBlock = readonly [left: number, right: number];

/** One option, to build from and as read. One that has no form of its own, or a length its kind does not have, is `{ kind, data }`. */
export type TcpOption =
  | 'nop'
  | 'eol'
  | 'sackPermitted'
  /** Largest segment the sender takes, in bytes. */
  | { readonly mss: number }
  /** Shift count of the window, 0 to 14. */
  | { readonly windowScale: number }
  /** Ranges received beyond the acknowledgment, at most four. */
  | { readonly sack: readonly SackBlock[] }
  /** Sender's clock and the echo of the peer's. */
  | { readonly timestamps: readonly [value: number, echo: number] }
  | RawOption
  | OptionBytes;

/**
 * Bytes that options take, padding to 4 included.
 *
 * @throws RangeError that names the option which cannot be built, or when they do not fit the header
 */
export function sizeOfTcpOptions(options: readonly TcpOption[] | undefined): number {
  if (options === undefined) return 0;
  let size = 0;
  for (const option of options) size += sizeOf(option);
  if (size > 40) throw new RangeError(`Cannot build TCP options: ${size} bytes given, at most 40 fit the header`);
  return (size + 3) & ~3;
}

/** Writes options one after the other; what is left behind them keeps its zeros, which end the list. */
export function writeTcpOptions(view: DataView, at: number, options: readonly TcpOption[]): void {
  let i = at;
  for (const option of options) {
    const bytes = encode(option);
    bytesOf(view, i, i + bytes.length).set(bytes);
    i += bytes.length;
  }
}

/** The options from `at` to `end`. What is malformed comes last, as `{ bytes }`; padding of zeros is left out. */
export function readTcpOptions(view: DataView, at: number, end: number): TcpOption[] {
  const { spans, rest } = optionSpans(view, at, end);
  const options = spans.map((span) => decode(view, span));
  return rest < end && !isPadding(view, rest, end) ? [...options, { bytes: bytesOf(view, rest, end) }] : options;
}

/** A node for each option, with its parts as children. */
export function tcpOptionNodes(view: DataView, at: number, end: number): FieldNode[] {
  const { spans, rest } = optionSpans(view, at, end);
  const nodes = spans.map((span) => optionNode(view, span));
  if (rest < end) {
    const padding = isPadding(view, rest, end);
    nodes.push({
      name: padding ? 'padding' : 'malformedOptions',
      label: padding ? 'Padding' : 'Malformed options',
      filters: [],
      at: rest,
      bit: 0,
      bits: (end - rest) * 8,
      value: bytesOf(view, rest, end),
      text: `${end - rest} bytes`,
      // Each zero ends the list once more.
      children: Array.from({ length: padding ? end - rest : 0 }, (_, i) => ({
        name: 'kind',
        label: 'Kind',
        filters: ['tcp.option_kind'],
        at: rest + i,
        bit: 0,
        bits: 8,
        value: 0,
        text: '0',
      })),
    });
  }
  return nodes;
}

function optionNode(view: DataView, span: OptionSpan): FieldNode {
  const { kind, at, length } = span;
  const option = decode(view, span);
  const children: FieldNode[] = [
    node({ name: 'kind', label: 'Kind', filters: ['tcp.option_kind'] }, at, 1, valued(kind)),
  ];
  if (kind > 1)
    children.push(node({ name: 'length', label: 'Length', filters: ['tcp.option_len'] }, at + 1, 1, valued(length)));
  let text = length > 2 ? `${length - 2} bytes of data` : '';
  if (typeof option === 'object') {
    if ('mss' in option) {
      children.push(
        node({ name: 'mss', label: 'MSS value', filters: ['tcp.options.mss_val'] }, at + 2, 2, valued(option.mss)),
      );
      text = `${option.mss} bytes`;
    } else if ('windowScale' in option) {
      children.push(
        node(
          { name: 'shift', label: 'Shift count', filters: ['tcp.options.wscale.shift'] },
          at + 2,
          1,
          valued(option.windowScale),
        ),
      );
      text = `${option.windowScale}, multiply by ${2 ** Math.min(option.windowScale, 14)}`;
    } else if ('timestamps' in option) {
      const [value, echo] = option.timestamps;
      children.push(
        node(
          { name: 'value', label: 'Timestamp value', filters: ['tcp.options.timestamp.tsval'] },
          at + 2,
          4,
          valued(value),
        ),
      );
      children.push(
        node(
          { name: 'echo', label: 'Timestamp echo reply', filters: ['tcp.options.timestamp.tsecr'] },
          at + 6,
          4,
          valued(echo),
        ),
      );
      text = `value ${value}, echo reply ${echo}`;
    } else if ('sack' in option) {
      for (const [i, [left, right]] of option.sack.entries()) {
        children.push(
          node({ name: 'left', label: 'Left edge', filters: ['tcp.options.sack_le'] }, at + 2 + 8 * i, 4, valued(left)),
        );
        children.push(
          node(
            { name: 'right', label: 'Right edge', filters: ['tcp.options.sack_re'] },
            at + 6 + 8 * i,
            4,
            valued(right),
          ),
        );
      }
      text = option.sack.map(([left, right]) => `${left}–${right}`).join(', ');
    }
  }
  return {
    name: 'option',
    label: names[kind] ?? `Option ${kind}`,
    filters: [],
    at,
    bit: 0,
    bits: length * 8,
    value: bytesOf(view, at, at + length),
    text,
    children,
  };
}

function decode(view: DataView, span: OptionSpan): TcpOption {
  const { kind, at, length } = span;
  if (kind === TcpOptionKind.EOL) return 'eol';
  if (kind === TcpOptionKind.NOP) return 'nop';
  if (kind === TcpOptionKind.MSS && length === 4) return { mss: view.getUint16(at + 2) };
  if (kind === TcpOptionKind.WSCALE && length === 3) return { windowScale: view.getUint8(at + 2) };
  if (kind === TcpOptionKind.SACK_PERMITTED && length === 2) return 'sackPermitted';
  if (kind === TcpOptionKind.TIMESTAMPS && length === 10)
    return { timestamps: [view.getUint32(at + 2), view.getUint32(at + 6)] };
  if (kind === TcpOptionKind.SACK && length >= 10 && (length - 2) % 8 === 0) {
    const sack: SackBlock[] = [];
    for (let i = at + 2; i < at + length; i += 8) sack.push([view.getUint32(i), view.getUint32(i + 4)]);
    return { sack };
  }
  return { kind, data: optionData(view, span) };
}

/** Bytes of an option, without making them where its form says. */
function sizeOf(option: TcpOption): number {
  if (option === 'nop' || option === 'eol') return 1;
  if (option === 'sackPermitted') return 2;
  if (typeof option === 'object' && option !== null) {
    if ('mss' in option) return 4;
    if ('windowScale' in option) return 3;
    if ('timestamps' in option) return 10;
  }
  return encode(option).length;
}

/** An option's bytes. */
function encode(option: TcpOption): Uint8Array {
  if (option === 'eol') return Uint8Array.of(TcpOptionKind.EOL);
  if (option === 'nop') return Uint8Array.of(TcpOptionKind.NOP);
  if (option === 'sackPermitted') return Uint8Array.of(TcpOptionKind.SACK_PERMITTED, 2);
  if (typeof option === 'object' && option !== null) {
    if ('mss' in option) return numbers(TcpOptionKind.MSS, 'mss', [option.mss], 2);
    if ('windowScale' in option) return numbers(TcpOptionKind.WSCALE, 'windowScale', [option.windowScale], 1);
    if ('timestamps' in option && option.timestamps.length === 2)
      return numbers(TcpOptionKind.TIMESTAMPS, 'timestamps', option.timestamps, 4);
    if ('sack' in option) return numbers(TcpOptionKind.SACK, 'sack', option.sack.flat(), 4);
    if ('kind' in option) return encodeRawOption('TCP', option);
    if ('bytes' in option) return option.bytes;
  }
  throw new RangeError(
    `Cannot build TCP option ${JSON.stringify(option)}: one of 'nop', 'eol', 'sackPermitted', { mss }, { windowScale }, { sack }, { timestamps }, { kind, data } and { bytes } needed`,
  );
}

/** Kind, length and numbers of `width` bytes each. */
function numbers(kind: number, name: string, values: readonly number[], width: 1 | 2 | 4): Uint8Array {
  const bytes = new Uint8Array(2 + width * values.length);
  const view = viewOf(bytes);
  bytes[0] = kind;
  bytes[1] = bytes.length;
  for (const [i, value] of values.entries()) {
    checkOption('TCP', name, value, 2 ** (8 * width) - 1);
    const at = 2 + width * i;
    if (width === 1) view.setUint8(at, value);
    else if (width === 2) view.setUint16(at, value);
    else view.setUint32(at, value);
  }
  return bytes;
}
