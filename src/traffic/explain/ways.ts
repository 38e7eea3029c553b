/**
 * Ways of sending the same messages, side by side.
 *
 * @module
 */
import { ShownList } from '../../shown.js';
import { Tcp } from '../../wire/index.js';
import { textTable } from '../text-table.js';
import type { Traffic } from '../traffic.js';
import { explain } from './explain.js';
import type { RuleId } from './finding.js';

/** One way of sending the messages, next to the others. */
export interface WayRow {
  readonly way: string;
  readonly packets: number;
  readonly connections: number;
  readonly handshakes: number;
  readonly farewells: number;
  readonly resets: number;
  /** Packets that Wireshark's TCP analysis marks. */
  readonly flagged: number;
  readonly rules: readonly RuleId[];
}

/** The numbers of a way that are compared, with the words for them. */
export const wayNumbers = [
  ['packets', 'packets'],
  ['connections', 'connections'],
  ['handshakes', 'of them opened by a handshake'],
  ['farewells', 'of them closed from both sides'],
  ['resets', 'resets'],
  ['flagged', 'packets that Wireshark’s TCP analysis marks'],
] as const;

/** Ways side by side. */
export class Ways extends ShownList<WayRow> {
  /** In what the messages themselves differ, as `differencesOf()` says it. */
  notes: readonly string[] = [];

  /** A column for each way, a line for each number; what the messages differ in below. */
  override toString(): string {
    const numbers = wayNumbers.map(([key, words]) => [words, ...this.map((way) => String(way[key]))]);
    const rules = ['what there is to say', ...this.map((way) => way.rules.join(', '))];
    return [textTable(['', ...this.map(({ way }) => way)], [...numbers, rules]), ...this.notes].join('\n');
  }
}

/**
 * Puts captures of the same messages side by side: crafted, conversation, real, or by whatever names.
 *
 * @param notes in what the messages differ, from `differencesOf()` of the plans
 */
export function compareWays(captures: { readonly [way: string]: Traffic }, notes: readonly string[] = []): Ways {
  const rows = Object.entries(captures).map(([way, traffic]): WayRow => {
    const { streams } = traffic;
    return {
      way,
      packets: traffic.packets.length,
      connections: streams.length,
      handshakes: streams.filter(({ completeness }) => (completeness & 7) === 7).length,
      farewells: streams.filter(({ a, b }) => a.hasFin && b.hasFin).length,
      resets: traffic.packets.filter(({ packet }) => packet.get(Tcp)?.has('RST')).length,
      flagged: traffic.packets.filter(({ analysis }) => (analysis?.flags ?? 0) !== 0).length,
      rules: [...new Set(explain(traffic).map(({ rule }) => rule))],
    };
  });
  const ways = Ways.holding(rows);
  ways.notes = notes;
  return ways;
}
