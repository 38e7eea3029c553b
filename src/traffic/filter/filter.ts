/**
 * Display filters: Wireshark's language, compiled.
 *
 * @module
 */
import { Packet } from '../../wire/index.js';
import type { TrafficContext } from '../context.js';
import { compile } from './compile.js';
import { parse } from './parser.js';
import { compileRaw, type RawPredicate } from './raw.js';

/** A compiled filter. */
export interface DisplayFilter {
  /** The text it was compiled from. */
  readonly text: string;
  /** Whether a packet is meant: one on its own, without streams and times, or one of a `Traffic`. */
  readonly test: (packet: Packet | TrafficContext) => boolean;
  /** Whether it needs streams and analysis, and so a tracker fed with every frame from the capture's first on. */
  readonly isTracked: boolean;
  /**
   * The same on a frame's headers alone, where the filter asks for nothing more. It is for plain frames (`Outline.isPlain`): those
   * with tunnels, fragments or quoted headers need `test`.
   */
  readonly raw: RawPredicate | undefined;
}

/**
 * Compiles a display filter. Fields and syntax are Wireshark 4.0's.
 *
 * @example compileFilter('tcp.port == 80 && http').test(packet)
 * @throws FilterError that points at the column and, for a name that is not known, says which field may be meant
 */
export function compileFilter(text: string): DisplayFilter {
  const condition = parse(text);
  const { predicate, isTracked } = compile(text, condition);
  const test = (packet: Packet | TrafficContext) =>
    predicate(packet instanceof Packet ? packetContext(packet) : packet);
  return { text, test, isTracked, raw: compileRaw(condition) };
}

/** A context for a packet on its own: no streams, no time. */
function packetContext(packet: Packet): TrafficContext {
  return {
    packet,
    number: 1,
    frame: undefined,
    timestamp: undefined,
    first: undefined,
    previous: undefined,
    tcp: undefined,
    udp: undefined,
    analysis: undefined,
  };
}
