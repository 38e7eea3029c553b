/**
 * Capture files: pcap and pcapng, both ways, in constant memory.
 *
 * @module
 */
export { type CaptureCode, CaptureError } from '../errors.js';
export { LinkType, linkTypeName } from '../link-type.js';
export { FrameBatch } from './batch.js';
export {
  type CaptureBlock,
  type CustomBlock,
  type DecryptionSecrets,
  type JournalEntry,
  type SecretsInit,
  SecretsType,
  type UnknownBlock,
} from './blocks.js';
export { Clock, type Resolution } from './clock.js';
export { type Conversion, type ConvertOptions, convertCapture } from './convert.js';
export type { DecoderLimits } from './decoder.js';
export type { Loss, PacketInit } from './encoder.js';
export { Frame, type FrameForm, formatTimestamp } from './frame.js';
export {
  type CaptureFilter,
  CaptureInterface,
  type InterfaceDetails,
  type InterfaceInit,
  type Ipv4Network,
  type Ipv6Network,
} from './interface.js';
export {
  type NameEntry,
  type NameRecord,
  NameResolution,
  type NameResolutionInit,
} from './name-resolution.js';
export { type CaptureOption, type CustomOption, OptionCode } from './option.js';
export {
  type PacketDetails,
  PacketFlag,
  type PacketHash,
  type PacketOptionsInit,
  type PacketVerdict,
} from './packet-option.js';
export {
  CaptureReader,
  type CaptureReaderOptions,
  type CaptureSource,
  type FrameBatches,
  readCapture,
} from './reader.js';
export { Section, type SectionInit } from './section.js';
export type { SplitOptions } from './split.js';
export { InterfaceStatistics, type StatisticsCounts, type StatisticsInit } from './statistics.js';
export {
  type CaptureAppendOptions,
  CaptureWriter,
  type CaptureWriterOptions,
  encodeCapture,
} from './writer.js';
