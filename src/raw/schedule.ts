/**
 * Sends packets at their times.
 *
 * @module
 */
import type { Packet } from '../wire/index.js';
import { now, until } from './clock.js';
import { Sender } from './sender.js';

/** A packet and when it should leave. */
export interface Scheduled {
  readonly packet: Packet;
  /** Nanoseconds since the start of the run. */
  readonly at: bigint;
}

/** How to send a plan. */
export interface ScheduleOptions<T extends Scheduled> {
  /** Called when an item has left: before that, whatever it does would delay it. */
  onSent?: (item: T & { readonly sentAt: bigint }) => void;
  /** Stops the run: `sendOnTime` then throws the signal's reason. */
  signal?: AbortSignal;
}

/** A run that is over: the moment its times count from, and each item with the moment it left. */
export interface SentRun<T extends Scheduled> {
  /** Nanoseconds since 1970. */
  readonly startedAt: bigint;
  readonly sent: readonly (T & { readonly sentAt: bigint })[];
}

/** Time to get going before the first packet is due. */
const lead = 5_000_000n;

/**
 * Sends each item of a plan, which is in the order of its times, at its own time.
 *
 * @throws RawSocketError when raw sockets are not to be had or the kernel refuses a packet
 */
export async function sendOnTime<T extends Scheduled>(
  plan: readonly T[],
  options: ScheduleOptions<T> = {},
): Promise<SentRun<T>> {
  const sender = Sender.open({ window: 16 });
  try {
    // The first wait of a process is slow; it should not be the first packet's.
    for (let i = 0; i < 8; i++) await until(now() + 200_000n);
    const startedAt = now() + lead;
    const sent: (T & { sentAt: bigint })[] = [];
    for (const item of plan) {
      await until(startedAt + item.at, options.signal);
      const one = { ...item, sentAt: await sender.send(item.packet) };
      sent.push(one);
      options.onSent?.(one);
    }
    return { startedAt, sent };
  } finally {
    sender.close();
  }
}
