/**
 * What the three ways to send a table have in common: a plan; its capture, written or sniffed; and the run that the capture shows, row by
 * row.
 *
 * @module
 */
import type { Frame, PacketInit } from '../capture/index.js';
import type { Message } from './message.js';
import type { CapturedPacket, MatchOptions, PlannedRow, Run } from './run.js';
import type { Transport } from './service.js';

/** How a way carries a row. */
export interface CarriedRow {
  readonly message: Message;
  readonly transport: Transport;
  /** Nothing where the kernel will choose one. */
  readonly srcPort: number | undefined;
  readonly dstPort: number | undefined;
  /** What is said; empty for a segment that only has flags. */
  readonly payload: Uint8Array;
}

/**
 * A plan of any way: `planCrafted()` and `planConversation()` make one, an open `RealExchange` is one.
 *
 * @example
 * const frames = await readCapture(encodeCapture(plan.capture(packets)));
 * plan.run(frames, { startedAt }).check();
 */
export interface SendingPlan {
  /** Each row with the time at which it should leave, in the order of these. */
  readonly rows: readonly PlannedRow[];
  /** TCP and UDP ports of its packets, each once: what a sniffer is to keep. */
  readonly ports: readonly number[];
  /** What it carries each row as, in their order. Rows that a way does not send, a SYN where connections make their own, are not among them. */
  readonly carried: readonly CarriedRow[];
  /** Seconds from the start of the run to the last row. */
  readonly duration: number;
  /**
   * What a capture of it is to hold, with the rows' `msg_id` as comments: of the packets that a sniffer kept, or, given the moment in
   * nanoseconds since 1970 that its times count from, of its own. The way of the kernel's sockets has none of its own.
   */
  capture(from: readonly CapturedPacket[] | bigint): PacketInit[];
  /** Finds each row in the capture again. */
  run(frames: readonly Frame[], options: MatchOptions): Run;
}
