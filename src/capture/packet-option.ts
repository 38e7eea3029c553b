/**
 * Options of a packet in pcapng, section 4.3 of the draft: direction, errors, hashes, drops, verdicts.
 *
 * @module
 */
import { viewOf } from '../bytes.js';
import {
  type CaptureOption,
  type CustomOption,
  OptionCode,
  OptionList,
  optionBigint,
  optionBytes,
  optionUint,
} from './option.js';

const code = { FLAGS: 2, HASH: 3, DROP_COUNT: 4, PACKET_ID: 5, QUEUE: 6, VERDICT: 7, PROCESS: 8 } as const;

/** Sizes of the numbers in options, for a section of the other byte order. */
export const packetWidths: Readonly<Record<number, readonly number[]>> = {
  [code.FLAGS]: [4],
  [code.DROP_COUNT]: [8],
  [code.PACKET_ID]: [8],
  [code.QUEUE]: [4],
  [code.PROCESS]: [4, 4],
};

/** Bits of the `epb_flags` word. */
export const PacketFlag = {
  DIRECTION: 0x3,
  INBOUND: 0x1,
  OUTBOUND: 0x2,
  RECEPTION: 0x1c,
  UNICAST: 0x4,
  MULTICAST: 0x8,
  BROADCAST: 0xc,
  PROMISCUOUS: 0x10,
  /** Bytes of frame check sequence, shifted left by 5; 0 for unknown. */
  FCS_LENGTH: 0x1e0,
  CHECKSUM_NOT_READY: 0x200,
  CHECKSUM_VALID: 0x400,
  SEGMENTATION_OFFLOAD: 0x800,
  CRC_ERROR: 0x01000000,
  TOO_LONG: 0x02000000,
  TOO_SHORT: 0x04000000,
  BAD_GAP: 0x08000000,
  UNALIGNED: 0x10000000,
  START_DELIMITER_ERROR: 0x20000000,
  PREAMBLE_ERROR: 0x40000000,
  SYMBOL_ERROR: 0x80000000,
} as const;

/** A hash of the packet. */
export interface PacketHash {
  /** 0 two's complement, 1 XOR, 2 CRC32, 3 MD5, 4 SHA-1, 5 Toeplitz. */
  readonly algorithm: number;
  readonly value: Uint8Array;
}

/** What a program decided about the packet. */
export interface PacketVerdict {
  /** 0 hardware, 1 Linux eBPF TC, 2 Linux eBPF XDP. */
  readonly type: number;
  readonly value: Uint8Array;
}

/** What options say of a packet. */
export interface PacketDetails {
  /** Bits of `PacketFlag`. */
  readonly flags?: number | undefined;
  readonly hashes?: readonly PacketHash[];
  /** Packets lost between this one and the one before it on the interface. */
  readonly dropCount?: bigint | undefined;
  /** The same number on two interfaces tells that it is one packet. */
  readonly packetId?: bigint | undefined;
  readonly queue?: number | undefined;
  readonly verdicts?: readonly PacketVerdict[];
  readonly processId?: number | undefined;
  readonly threadId?: number | undefined;
}

/** Reads the details among a packet's options. */
export function packetDetails(options: readonly CaptureOption[], little: boolean): PacketDetails {
  const process = optionBytes(options, code.PROCESS, 8);
  return {
    flags: optionUint(options, code.FLAGS, 4, little),
    hashes: typed(options, code.HASH).map(([algorithm, value]) => ({ algorithm, value })),
    dropCount: optionBigint(options, code.DROP_COUNT, little),
    packetId: optionBigint(options, code.PACKET_ID, little),
    queue: optionUint(options, code.QUEUE, 4, little),
    verdicts: typed(options, code.VERDICT).map(([type, value]) => ({ type, value })),
    processId: process && viewOf(process).getUint32(0, little),
    threadId: process && viewOf(process).getUint32(4, little),
  };
}

/** Options that are a type byte and a value. */
function typed(options: readonly CaptureOption[], optionCode: number): [number, Uint8Array][] {
  return options
    .filter((option) => option.code === optionCode && option.value.length > 0)
    .map(({ value }) => [value[0]!, value.subarray(1)]);
}

/** What options to write for a packet. */
export interface PacketOptionsInit extends PacketDetails {
  readonly comments?: readonly string[] | undefined;
  readonly custom?: readonly CustomOption[];
  /** Further options, written as they are. */
  readonly options?: readonly CaptureOption[];
}

/** Options of a packet to write. */
export function encodePacketOptions(init: PacketOptionsInit, little: boolean): readonly CaptureOption[] {
  const list = new OptionList(little).texts(OptionCode.COMMENT, init.comments).u32(code.FLAGS, init.flags);
  for (const { algorithm, value } of init.hashes ?? []) list.bytes(code.HASH, Uint8Array.of(algorithm, ...value));
  list.u64(code.DROP_COUNT, init.dropCount).u64(code.PACKET_ID, init.packetId).u32(code.QUEUE, init.queue);
  for (const { type, value } of init.verdicts ?? []) list.bytes(code.VERDICT, Uint8Array.of(type, ...value));
  if (init.processId !== undefined || init.threadId !== undefined) {
    const value = new Uint8Array(8);
    viewOf(value).setUint32(0, init.processId ?? 0, little);
    viewOf(value).setUint32(4, init.threadId ?? 0, little);
    list.bytes(code.PROCESS, value);
  }
  return list.custom(init.custom).raw(init.options).options;
}

/** Whether a packet to write has any option. */
export function hasPacketOptions(init: PacketOptionsInit): boolean {
  return (
    init.comments !== undefined ||
    init.flags !== undefined ||
    init.hashes !== undefined ||
    init.dropCount !== undefined ||
    init.packetId !== undefined ||
    init.queue !== undefined ||
    init.verdicts !== undefined ||
    init.processId !== undefined ||
    init.threadId !== undefined ||
    init.custom !== undefined ||
    init.options !== undefined
  );
}
