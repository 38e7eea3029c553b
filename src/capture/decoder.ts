/**
 * What reading pcap and reading pcapng have in common.
 *
 * @module
 */
import type { FrameBatch } from './batch.js';
import type { DecryptionSecrets } from './blocks.js';
import type { CaptureInterface } from './interface.js';
import type { NameResolution } from './name-resolution.js';
import type { Section } from './section.js';
import type { InterfaceStatistics } from './statistics.js';

/** Reads the records of a capture from chunks of memory, which it is handed one after the other. */
export interface Decoder {
  readonly format: 'pcap' | 'pcapng';
  readonly sections: readonly Section[];
  readonly interfaces: readonly CaptureInterface[];
  readonly nameResolution: readonly NameResolution[];
  readonly statistics: readonly InterfaceStatistics[];
  readonly secrets: readonly DecryptionSecrets[];
  /** Cursor over bytes `position` to `limit` of a chunk whose first byte lies at `base` in the capture. */
  batch(view: DataView, position: number, limit: number, base: number): FrameBatch;
}

/** Bounds on what a capture may claim. */
export interface DecoderLimits {
  /** Longest packet in bytes; libpcap's and Wireshark's bound for the link type where left out. */
  readonly maximumPacketLength?: number;
  /** Memory in bytes for what is kept of blocks that are no packets; 64 MiB where left out. */
  readonly maximumMetadata?: number;
}
