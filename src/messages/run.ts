/**
 * A run: what was planned, sent and captured, row by row.
 *
 * @module
 */
import { equalBytes } from '../bytes.js';
import type { Frame, PacketInit } from '../capture/index.js';
import { MessageError } from '../errors.js';
import { dissect, type Packet, Tcp, Udp } from '../wire/index.js';
import { answerCommentOf, commentOf, msgIdOf } from './comment.js';
import type { Message } from './message.js';

/** A row and the time at which it should leave. */
export interface PlannedRow {
  readonly message: Message;
  /** Nanoseconds since the start of the run. */
  readonly at: bigint;
}

/** A row with the packet that carries it, or the first of those that do. */
export interface PlannedPacket extends PlannedRow {
  readonly packet: Packet;
}

/** A row that left. */
export interface SentRow extends PlannedRow {
  /** Nanoseconds since 1970 at which it was handed to the kernel. */
  readonly sentAt: bigint;
}

/** A packet that left, or was written to a capture in its place. */
export type SentPacket = PlannedPacket & SentRow;

/** A row that is looked for in a capture. */
export interface SoughtRow {
  readonly planned: PlannedRow;
  /** Whether a packet is the one that carries it, or the first of those. */
  isIn(packet: Packet): boolean;
}

/** Rows whose packets are known: the kernel may rewrite the IP header on the way, not what is inside. */
export function soughtPackets(plan: readonly PlannedPacket[]): SoughtRow[] {
  return plan.map((planned) => ({ planned, isIn: (packet) => isSame(packet, planned.packet) }));
}

/** One row's story. */
export interface RunRow extends PlannedRow {
  /** As planned; nothing where the kernel makes the packets. */
  readonly packet?: Packet;
  /** Nanoseconds since the start of the run at which the packet was handed to the kernel; nothing when it was not sent. */
  readonly sentAfter?: bigint;
  /** Nanoseconds since the start of the run at which the capture saw it. */
  readonly capturedAfter?: bigint;
  /** The packet as the capture has it. */
  readonly captured?: Packet;
  /** Its frame number, as Wireshark counts. */
  readonly frameNumber?: number;
  /** The kernel's reset in answer to it. */
  readonly reset?: { readonly packet: Packet; readonly frameNumber: number; readonly after: bigint };
}

/** All rows of a run with the moment it began. */
export class Run {
  /** Nanoseconds since 1970 that planned times count from. */
  readonly startedAt: bigint;
  readonly rows: readonly RunRow[];

  constructor(startedAt: bigint, rows: readonly RunRow[]) {
    this.startedAt = startedAt;
    this.rows = rows;
  }

  /** Rows that are not in the capture. */
  get lost(): readonly RunRow[] {
    return this.rows.filter(({ frameNumber }) => frameNumber === undefined);
  }

  /**
   * Itself, when every row is in the capture.
   *
   * @throws MessageError `NOT_CAPTURED` that names the rows that are not
   */
  check(): this {
    const { lost, rows } = this;
    if (lost.length === 0) return this;
    const ids = lost.slice(0, 10).map(({ message }) => message.msgId);
    const more = lost.length > 10 ? ` and ${lost.length - 10} more` : '';
    throw new MessageError(
      'NOT_CAPTURED',
      `Cannot find ${lost.length} of ${rows.length} rows in the capture: msg_id ${ids.join(', ')}${more}`,
    );
  }

  /** A line for each row: in which frame it was found, in which the kernel answered. */
  toString(): string {
    return this.rows
      .map(({ message, frameNumber, reset }) => {
        const found = frameNumber === undefined ? 'not found' : `frame ${frameNumber}`;
        const answer = reset === undefined ? 'no answer' : `reset in frame ${reset.frameNumber}`;
        return `msg_id ${message.msgId}: ${found}, ${answer}`;
      })
      .join('\n');
  }

  /** Times in seconds since the start of the run; the start in nanoseconds since 1970 as a string. */
  toJSON(): unknown {
    const seconds = (time: bigint) => Number(time) / 1e9;
    return {
      startedAt: String(this.startedAt),
      rows: this.rows.map(({ message, at, sentAfter, capturedAfter, frameNumber, reset }) => ({
        msgId: message.msgId,
        planned: seconds(at),
        ...(sentAfter === undefined ? {} : { sent: seconds(sentAfter) }),
        ...(capturedAfter === undefined ? {} : { captured: seconds(capturedAfter) }),
        ...(frameNumber === undefined ? {} : { frame: frameNumber }),
        ...(reset === undefined ? {} : { reset: { frame: reset.frameNumber, time: seconds(reset.after) } }),
      })),
    };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** How a plan was run. */
export interface MatchOptions {
  /** Nanoseconds since 1970 that the plan's times count from. */
  readonly startedAt: bigint;
  /** When rows left; empty where nothing was sent. */
  readonly sent?: readonly SentRow[];
}

/** The plan's packets among those captured get its rows' comments: `plan.capture(packets)`. */
export function annotate(plan: readonly PlannedPacket[], packets: readonly CapturedPacket[]): PacketInit[] {
  return annotateRows(soughtPackets(plan), packets);
}

/** A packet as a sniffer hands it over. */
export interface CapturedPacket {
  readonly bytes: Uint8Array;
  /** Nanoseconds since 1970. */
  readonly timestamp: bigint;
}

/**
 * Packets as a capture is to hold them: each that carries a row with its `msg_id` and message as a comment, each answer to one with that
 * one's `msg_id`.
 */
export function annotateRows(rows: readonly SoughtRow[], packets: readonly CapturedPacket[]): PacketInit[] {
  const open = [...rows];
  const answerable: { message: Message; packet: Packet }[] = [];
  return packets.map(({ bytes, timestamp }) => {
    const packet = dissect(bytes);
    const at = open.findIndex((row) => row.isIn(packet));
    if (at !== -1) {
      const [{ planned }] = open.splice(at, 1) as [SoughtRow];
      answerable.push({ message: planned.message, packet });
      return { bytes, timestamp, comments: [commentOf(planned.message)] };
    }
    const answered = answerable.findIndex((one) => isReset(packet, one.packet));
    if (answered === -1) return { bytes, timestamp };
    const [one] = answerable.splice(answered, 1);
    return { bytes, timestamp, comments: [answerCommentOf(one!.message)] };
  });
}

/** Finds each planned packet in a capture again, and the kernel's answer to it: `plan.run(frames, options)`. */
export function matchRun(plan: readonly PlannedPacket[], frames: readonly Frame[], options: MatchOptions): Run {
  return findRows(soughtPackets(plan), frames, options);
}

/**
 * Finds each row in a capture again, by its `msg_id` comment or else by what it carries, and the kernel's RST that answers it: the first
 * one the other way round, behind it, that answers no other.
 *
 * @param frames in the capture's order
 */
export function findRows(
  rows: readonly SoughtRow[],
  frames: readonly Frame[],
  { startedAt, sent = [] }: MatchOptions,
): Run {
  const seen = frames.map((frame) => ({ frame, packet: dissect(frame), msgId: msgIdOf(frame.comments) }));
  const taken = new Set<Frame>();
  const since = (stamp: bigint | undefined): bigint => (stamp ?? startedAt) - startedAt;
  const left = new Map(sent.map(({ message, sentAt }) => [message.msgId, sentAt]));
  const found = rows.map(({ planned, isIn }): RunRow => {
    const { msgId: id } = planned.message;
    const sentAt = left.get(id);
    const row: RunRow = { ...planned, ...(sentAt === undefined ? {} : { sentAfter: sentAt - startedAt }) };
    const at = seen.findIndex(
      ({ frame, packet, msgId }) => !taken.has(frame) && (msgId === undefined ? isIn(packet) : msgId === id),
    );
    const one = seen[at];
    if (!one) return row;
    taken.add(one.frame);
    const answer = seen.slice(at + 1).find(({ frame, packet }) => !taken.has(frame) && isReset(packet, one.packet));
    if (answer) taken.add(answer.frame);
    return {
      ...row,
      capturedAfter: since(one.frame.timestamp),
      captured: one.packet,
      frameNumber: one.frame.number,
      ...(answer
        ? { reset: { packet: answer.packet, frameNumber: answer.frame.number, after: since(answer.frame.timestamp) } }
        : {}),
    };
  });
  return new Run(startedAt, found);
}

/** Same ports, numbers and data: the kernel may have rewritten the IP header on the way. */
function isSame(captured: Packet, planned: Packet): boolean {
  const a = captured.get(Tcp) ?? captured.get(Udp);
  const b = planned.get(Tcp) ?? planned.get(Udp);
  return a !== undefined && b !== undefined && equalBytes(a.bytes, b.bytes);
}

/** Whether `answer` resets what `packet` began. */
export function isReset(answer: Packet, packet: Packet): boolean {
  const back = answer.get(Tcp);
  const there = packet.get(Tcp);
  return (
    back?.has('RST') === true && there !== undefined && back.srcPort === there.dstPort && back.dstPort === there.srcPort
  );
}
