/**
 * What was said in a chat, and what may not have happened: a checker of the promises of sections 4 and 8 of the protocol.
 *
 * @module
 */

/** A message, when it was sent and what its sender was told. Times are in milliseconds since 1970. */
export interface Sent {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly at: number;
  /** `sent`, or the code of the error; undefined while nothing was told. */
  outcome?: string;
  /** When that was. */
  toldAt?: number;
}

/** All that happened, each list in the order in which it did. */
export interface History {
  readonly sent: Sent[];
  /** `from` as the recipient was told. */
  readonly got: { readonly id: string; readonly by: string; readonly from: string }[];
  /** Connections that ended without an orderly end: what was under way on them may be gone. */
  readonly breaks: { readonly name: string; readonly at: number }[];
  /** What one server after the other said of who is there. */
  readonly presence: { readonly type: 'join' | 'leave' | 'stopped'; readonly name: string }[];
}

/** Answers after which a message has not arrived. With the others it may have. */
const refusals: ReadonlySet<string> = new Set(['NO_SUCH_USER', 'FORMAT', 'TOO_LONG', 'EMPTY_MESSAGE', 'CLOSED']);
/** How long what the operating systems have taken may be on its way, in milliseconds. */
const transitMs = 1000;

/** Every broken promise, in words. */
export function faultsOf({ sent, got, breaks, presence }: History): string[] {
  const faults: string[] = [];
  const byId = new Map(sent.map((message) => [message.id, message]));
  const places = new Map(sent.map(({ id }, place) => [id, place]));
  const arrived = new Set<string>();
  /** Place of the last message that arrived, by pair. */
  const last = new Map<string, number>();
  for (const { id, by, from } of got) {
    const message = byId.get(id);
    if (message === undefined || message.from !== from || message.to !== by) {
      faults.push(`astray: ${id} from ${from} came to ${by}`);
      continue;
    }
    if (arrived.has(id)) faults.push(`twice: ${id}`);
    arrived.add(id);
    const pair = `${from} ${by}`;
    const place = places.get(id)!;
    if (place < (last.get(pair) ?? -1)) faults.push(`out of order: ${id}`);
    last.set(pair, Math.max(place, last.get(pair) ?? -1));
  }
  for (const { id, to, at, outcome, toldAt = 0 } of sent) {
    if (outcome === undefined) faults.push(`no answer: ${id}`);
    else if (refusals.has(outcome) && arrived.has(id)) faults.push(`refused, and came: ${id} ${outcome}`);
    const isBroken = breaks.some((end) => end.name === to && end.at >= at && end.at <= toldAt + transitMs);
    if (outcome === 'sent' && !arrived.has(id) && !isBroken) faults.push(`lost: ${id}`);
  }
  const owned = new Set<string>();
  for (const { type, name } of presence) {
    if (type === 'join' && owned.has(name)) faults.push(`two owners: ${name}`);
    if (type === 'join') owned.add(name);
    else if (type === 'leave') owned.delete(name);
    else owned.clear();
  }
  return faults;
}
