/**
 * Ways of sending the same messages, side by side.
 *
 * @module
 */
import { Tcp } from '../../wire/index.js';
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

/** Puts captures of the same messages side by side: crafted, conversation, real, or by whatever names. */
export function compareWays(captures: { readonly [way: string]: Traffic }): WayRow[] {
  return Object.entries(captures).map(([way, traffic]) => {
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
}
