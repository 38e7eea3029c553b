/**
 * Blocks of a pcapng file: https://datatracker.ietf.org/doc/html/draft-ietf-opsawg-pcapng, section 3.1.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                          block type                           |
 * +---------------------------------------------------------------+
 * |                      block total length                       |
 * +---------------------------------------------------------------+
 * /              block body, padded to a multiple of 4            /
 * +---------------------------------------------------------------+
 * |                      block total length                       |
 * +---------------------------------------------------------------+
 *
 * @module
 */
import { bytesOf, viewOf } from '../bytes.js';
import { CaptureError } from '../errors.js';
import type { CaptureOption } from './option.js';

export const BlockType = {
  SECTION: 0x0a0d0d0a,
  INTERFACE: 1,
  PACKET: 2,
  SIMPLE_PACKET: 3,
  NAME_RESOLUTION: 4,
  STATISTICS: 5,
  ENHANCED_PACKET: 6,
  JOURNAL: 9,
  SECRETS: 10,
  CUSTOM: 0xbad,
  CUSTOM_PRIVATE: 0x40000bad,
} as const;

/** First word of a section's body; in the other order, the section is big-endian. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Where a block lies and how its numbers are written. */
export interface BlockSpan {
  readonly view: DataView;
  /** The block's first byte, its type. */
  readonly at: number;
  /** End of the block's body, where the length is repeated. */
  readonly end: number;
  readonly little: boolean;
  /** Offset in the capture of the view's first byte. */
  readonly base: number;
}

/** Throws where a block's body is shorter than its fixed part. */
export function needBody(span: BlockSpan, name: string, size: number): void {
  const have = span.end - span.at - 8;
  if (have >= size) return;
  const at = span.base + span.at;
  throw new CaptureError(
    'BAD_BLOCK',
    `Cannot read ${name} block at byte ${at}: its body has ${have} bytes, ${size} needed`,
    at,
  );
}

/** Bytes of a block: type, length, body, options with their end mark, length. */
export function encodeBlock(
  type: number,
  little: boolean,
  body: Uint8Array,
  options: readonly CaptureOption[] = [],
): Uint8Array {
  const bodySize = pad(body.length);
  const length = 12 + bodySize + optionsSize(options);
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);
  view.setUint32(0, type, little);
  view.setUint32(4, length, little);
  bytes.set(body, 8);
  writeOptions(view, 8 + bodySize, little, options);
  view.setUint32(length - 4, length, little);
  return bytes;
}

/** Next multiple of 4. */
export function pad(size: number): number {
  return (size + 3) & ~3;
}

/** Bytes that options take, with the end mark; none for no options. */
export function optionsSize(options: readonly CaptureOption[]): number {
  if (options.length === 0) return 0;
  let size = 4;
  for (const { value } of options) size += 4 + pad(value.length);
  return size;
}

/** Writes options and their end mark into zeroed memory; gives the offset after them. */
export function writeOptions(view: DataView, at: number, little: boolean, options: readonly CaptureOption[]): number {
  for (const { code, value } of options) {
    view.setUint16(at, code, little);
    view.setUint16(at + 2, value.length, little);
    const room = bytesOf(view, at + 4, at + 4 + pad(value.length));
    room.set(value);
    room.fill(0, value.length);
    at += 4 + pad(value.length);
  }
  if (options.length > 0) {
    view.setUint32(at, 0);
    at += 4;
  }
  return at;
}

/** A copy of bytes `at` to `end` of a span's view: what lives longer than its chunk. */
export function copyOf(span: BlockSpan, at: number, end: number): Uint8Array {
  return bytesOf(span.view, at, end).slice();
}
