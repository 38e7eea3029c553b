/**
 * Blocks of a pcapng file that are no packets: names, statistics, secrets, journal entries, and what is anyone's own.
 *
 * @module
 */
import { viewOf } from '../bytes.js';
import { type BlockSpan, BlockType, copyOf, encodeBlock, needBody } from './block.js';
import type { CaptureInterface } from './interface.js';
import { type NameResolution, parseNames } from './name-resolution.js';
import { type CaptureOption, checkOptions, readOptions, readText } from './option.js';
import type { Section } from './section.js';
import { type InterfaceStatistics, parseStatistics } from './statistics.js';

/** Kinds of secrets, as four characters of ASCII. */
export const SecretsType = {
  TLS_KEY_LOG: 0x544c534b,
  SSH_KEY_LOG: 0x5353484b,
  WIREGUARD_KEY_LOG: 0x57474b4c,
  ZIGBEE_NETWORK_KEY: 0x5a4e574b,
  ZIGBEE_APS_KEY: 0x5a415053,
  OPC_UA_KEY_LOG: 0x55414b4c,
} as const;

/** Keys with which a dissector may decrypt packets: Decryption Secrets Block, section 4.7. */
export interface DecryptionSecrets {
  readonly kind: 'secrets';
  readonly section: Section;
  /** One of `SecretsType`, or another number. */
  readonly type: number;
  readonly data: Uint8Array;
  readonly options: readonly CaptureOption[];
}

/** Secrets to write. */
export interface SecretsInit {
  readonly type: number;
  readonly data: Uint8Array;
  readonly options?: readonly CaptureOption[];
}

/** An entry of systemd's journal in its export format: section 4.6. */
export interface JournalEntry {
  readonly kind: 'journal';
  readonly section: Section;
  readonly data: Uint8Array;
  /** The entry as text: `NAME=value` lines. */
  readonly text: string;
}

/** A block of someone's own, told apart by their Private Enterprise Number: section 4.8. */
export interface CustomBlock {
  readonly kind: 'custom';
  readonly section: Section;
  /** IANA Private Enterprise Number of whoever defined it. */
  readonly enterprise: number;
  /** Whether a program that does not know it may copy it into another file. */
  readonly isCopyable: boolean;
  /** Data and options; where the one ends and the other begins, only its owner knows. */
  readonly data: Uint8Array;
}

/** A block whose type this library does not know, kept as it is. */
export interface UnknownBlock {
  readonly kind: 'unknown';
  readonly section: Section;
  readonly type: number;
  readonly body: Uint8Array;
}

/** Whatever a capture holds beside packets. `offset` is that of the block in the capture. */
export type CaptureBlock =
  | Section
  | CaptureInterface
  | NameResolution
  | InterfaceStatistics
  | DecryptionSecrets
  | JournalEntry
  | CustomBlock
  | UnknownBlock;

/** Blocks that Wireshark lists as records with a number of their own. */
export function isNumbered(type: number): boolean {
  return type === BlockType.CUSTOM || type === BlockType.CUSTOM_PRIVATE || type === BlockType.JOURNAL;
}

/** Reads a block that is neither section, interface nor packet, into memory of its own. */
export function parseOther(
  span: BlockSpan,
  type: number,
  section: Section,
): NameResolution | InterfaceStatistics | DecryptionSecrets | JournalEntry | CustomBlock | UnknownBlock {
  const { view, at, end, little } = span;
  switch (type) {
    case BlockType.NAME_RESOLUTION:
      return parseNames(span, section);
    case BlockType.STATISTICS:
      return parseStatistics(span, section);
    case BlockType.SECRETS:
      return parseSecrets(span, section);
    case BlockType.JOURNAL: {
      const data = copyOf(span, at + 8, end);
      return { kind: 'journal', section, data, text: readText(data) };
    }
    case BlockType.CUSTOM:
    case BlockType.CUSTOM_PRIVATE:
      needBody(span, 'custom', 4);
      return {
        kind: 'custom',
        section,
        enterprise: view.getUint32(at + 8, little),
        isCopyable: type === BlockType.CUSTOM,
        data: copyOf(span, at + 12, end),
      };
    default:
      return { kind: 'unknown', section, type, body: copyOf(span, at + 8, end) };
  }
}

function parseSecrets(span: BlockSpan, section: Section): DecryptionSecrets {
  const { view, at, end, little } = span;
  needBody(span, 'secrets', 8);
  const length = view.getUint32(at + 12, little);
  needBody(span, 'secrets', 8 + length);
  const optionsAt = at + 16 + ((length + 3) & ~3);
  checkOptions(span, optionsAt);
  const rest = copyOf(span, Math.min(optionsAt, end), end);
  return {
    kind: 'secrets',
    section,
    type: view.getUint32(at + 8, little),
    data: copyOf(span, at + 16, at + 16 + length),
    options: readOptions(viewOf(rest), 0, rest.length, little),
  };
}

/** Bytes of a secrets block. */
export function encodeSecrets(secrets: SecretsInit, little: boolean): Uint8Array {
  const body = new Uint8Array(8 + secrets.data.length);
  viewOf(body).setUint32(0, secrets.type, little);
  viewOf(body).setUint32(4, secrets.data.length, little);
  body.set(secrets.data, 8);
  return encodeBlock(BlockType.SECRETS, little, body, secrets.options);
}

/** Bytes of a journal entry. */
export function encodeJournal(data: Uint8Array, little: boolean): Uint8Array {
  return encodeBlock(BlockType.JOURNAL, little, data);
}

/** Bytes of a custom block. */
export function encodeCustom(
  block: Pick<CustomBlock, 'enterprise' | 'isCopyable' | 'data'>,
  little: boolean,
): Uint8Array {
  const body = new Uint8Array(4 + block.data.length);
  viewOf(body).setUint32(0, block.enterprise, little);
  body.set(block.data, 4);
  return encodeBlock(block.isCopyable ? BlockType.CUSTOM : BlockType.CUSTOM_PRIVATE, little, body);
}
