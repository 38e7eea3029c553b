/**
 * Where ways of sending the same table differ in the messages themselves: bytes, ports, transport.
 *
 * @module
 */
import { equalBytes } from '../bytes.js';
import type { Message } from './message.js';
import type { CarriedRow, SendingPlan } from './plan.js';

/** What may differ in how a row is carried: the words for how many rows it does, and those for the first. */
const aspects: readonly {
  readonly what: string;
  readonly isSame: (a: CarriedRow, b: CarriedRow) => boolean;
  readonly say: (row: CarriedRow) => string;
}[] = [
  {
    what: 'other transport',
    isSame: (a, b) => a.transport === b.transport,
    say: ({ transport }) => transport.toUpperCase(),
  },
  {
    what: 'other bytes',
    isSame: (a, b) => equalBytes(a.payload, b.payload),
    say: ({ payload }) => `${payload.length} bytes`,
  },
  {
    what: 'other ports',
    isSame: (a, b) => a.srcPort === b.srcPort && a.dstPort === b.dstPort,
    say: ({ srcPort, dstPort }) => `${srcPort ?? 'a free port'} → ${dstPort ?? 'a free port'}`,
  },
];

/**
 * Sentences that say in what each way differs from the first, `conversation has other bytes than crafted in 3 rows, …`; none where all send the
 * same bytes between the same ports over the same transport. Ask when a `RealExchange` has played: its ports are known then.
 */
export function differencesOf(plans: { readonly [way: string]: Pick<SendingPlan, 'carried'> }): string[] {
  const [first, ...others] = Object.entries(plans);
  if (first === undefined) return [];
  const [name, { carried }] = first;
  const expected = new Map<Message, CarriedRow>(carried.map((row) => [row.message, row]));
  return others.flatMap(([way, plan]) => {
    const rows = new Map(plan.carried.map((row) => [row.message, row]));
    const sentences: string[] = [];
    const missing = [...expected.keys()].filter((message) => !rows.has(message));
    if (missing.length > 0) {
      const [{ msgId }] = missing as [Message];
      sentences.push(
        `${way} does not send ${count(missing.length)} of ${name}, msg_id ${msgId} first: a connection makes segments without data itself`,
      );
    }
    for (const { what, isSame, say } of aspects) {
      const other = [...rows.values()].filter((row) => {
        const same = expected.get(row.message);
        return same !== undefined && !isSame(same, row);
      });
      const [one] = other;
      if (one === undefined) continue;
      sentences.push(
        `${way} has ${what} than ${name} in ${count(other.length)}, msg_id ${one.message.msgId} first: ${say(one)} in place of ${say(expected.get(one.message)!)}`,
      );
    }
    return sentences;
  });
}

function count(rows: number): string {
  return rows === 1 ? 'one row' : `${rows} rows`;
}
