/**
 * What writing pcap and writing pcapng have in common. Encoders are pure: they fill a buffer, a writer takes it to a file.
 *
 * @module
 */
import { CaptureError } from '../errors.js';
import type { CaptureBlock } from './blocks.js';
import type { Frame } from './frame.js';
import type { CaptureInterface, InterfaceInit } from './interface.js';
import type { PacketOptionsInit } from './packet-option.js';
import type { RecordBuffer } from './record-buffer.js';

/** A packet to write. */
export interface PacketInit extends PacketOptionsInit {
  /** Captured bytes. */
  readonly bytes: Uint8Array;
  /** Nanoseconds since 1970. */
  readonly timestamp: bigint;
  /** As `addInterface()` gave it; 0 where left out. */
  readonly interfaceId?: number;
  /** Bytes the packet had on the wire; as many as were captured where left out. */
  readonly originalLength?: number;
}

/** What a file's format may be unable to hold, and may be told to leave out. */
export type Loss =
  /** Comments of packets. */
  | 'comments'
  /** Other options of packets: direction, hashes, drops. */
  | 'options'
  /** Name, filter and other options of interfaces, and which of several interfaces a packet came from. */
  | 'interfaces'
  /** Options of sections: hardware, operating system, application; that there are several; a pcap header's reserved fields. */
  | 'sections'
  /** Names, statistics, secrets, journal entries, custom and unknown blocks. */
  | 'blocks'
  /** What is finer than the clock. */
  | 'precision'
  /** That a packet has no stamp: it gets that of 1970. */
  | 'timestamps';

/** Fills a buffer with the records of one format. */
export interface Encoder {
  readonly format: 'pcap' | 'pcapng';
  /** What is encoded; whoever writes it away sets `length` back or puts another buffer there. */
  buffer: RecordBuffer;
  /** Declares an interface: one to be, or one that was read. Gives its number. */
  addInterface(init: InterfaceInit | CaptureInterface): number;
  /** Makes sure that the packet's interface is declared, so that `write()` encodes nothing but the packet. */
  prepare(packet: PacketInit | Frame): void;
  write(packet: PacketInit | Frame): void;
  /** Encodes a block that is no packet. */
  writeBlock(block: CaptureBlock): void;
  /** Encodes the beginning of a further file: header, interfaces, secrets. */
  restart(): void;
  /** Encodes what an empty file still lacks. */
  finish(): void;
}

/** Refuses to leave out what was not allowed to be left out. */
export class LossGuard {
  readonly #allowed: ReadonlySet<Loss> | 'all';

  constructor(allowed: readonly Loss[] | 'all' = []) {
    this.#allowed = allowed === 'all' ? 'all' : new Set(allowed);
  }

  /** @throws CaptureError `UNSUPPORTED` if this loss was not allowed */
  lose(loss: Loss, what: string): void {
    if (this.#allowed === 'all' || this.#allowed.has(loss)) return;
    throw new CaptureError('UNSUPPORTED', `Cannot write ${what}: allow its loss with lose: ['${loss}']`);
  }
}

/** Throws for what no capture can hold: lengths that are no 32-bit numbers or that contradict each other. */
export function checkLengths(originalLength: number, capturedLength: number, maximum: number): void {
  if (!Number.isInteger(originalLength) || originalLength < 0 || originalLength > 0xffffffff)
    throw new CaptureError(
      'UNSUPPORTED',
      `Cannot write packet: originalLength is ${originalLength}, an integer from 0 to 4294967295 needed`,
    );
  if (capturedLength > maximum)
    throw new CaptureError(
      'UNSUPPORTED',
      `Cannot write packet: it has ${capturedLength} bytes, at most ${maximum} can be read back`,
    );
}
