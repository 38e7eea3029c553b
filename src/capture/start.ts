/**
 * The first bytes of a capture, which tell its format.
 *
 * @module
 */
import { toHex, viewOf } from '../bytes.js';
import { CaptureError } from '../errors.js';
import { BlockType } from './block.js';
import type { Decoder, DecoderLimits } from './decoder.js';
import { PCAP_HEADER_SIZE, PcapDecoder, pcapByteOrder } from './pcap.js';
import { PcapngDecoder } from './pcapng.js';
import type { Source } from './source.js';

/** First bytes of a capture. */
export interface Start {
  readonly bytes: Uint8Array;
  /** How many of `bytes` were read. */
  readonly length: number;
  /** What ends the capture after these. */
  readonly fault?: CaptureError | undefined;
  readonly isCompressed?: boolean;
}

/** Bytes enough to tell what kind of file it is, if it has them. */
export async function readStart(source: Source, size: number): Promise<Start> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < PCAP_HEADER_SIZE) {
    const count = await source.read(bytes, length, size);
    if (count === 0) break;
    length += count;
  }
  return { bytes, length };
}

/** As `readStart()`, without waiting. */
export function readStartSync(source: Source, size: number): Start {
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < PCAP_HEADER_SIZE) {
    const count = source.readSync(bytes, length, size);
    if (count === 0) break;
    length += count;
  }
  return { bytes, length };
}

/**
 * A decoder for what the first bytes are.
 *
 * @throws CaptureError `NOT_A_CAPTURE` for what is neither pcap nor pcapng
 */
export function recognize({ bytes, length, fault }: Start, options: DecoderLimits): Decoder {
  const view = viewOf(bytes);
  if (length >= 4) {
    if (view.getUint32(0) === BlockType.SECTION) return new PcapngDecoder(options);
    if (pcapByteOrder(view)) {
      if (length >= PCAP_HEADER_SIZE) return new PcapDecoder(view, options);
      throw new CaptureError(
        'TRUNCATED',
        `Cannot read capture at byte 0: it ends after ${length} bytes of a header that takes ${PCAP_HEADER_SIZE}`,
        0,
      );
    }
  }
  if (fault) throw fault;
  const state = length === 0 ? 'the file is empty' : `it begins with ${toHex(bytes.subarray(0, Math.min(length, 4)))}`;
  throw new CaptureError('NOT_A_CAPTURE', `Cannot read capture at byte 0: ${state}, a pcap or pcapng header needed`, 0);
}
