/**
 * Display filters: Wireshark's language, compiled.
 *
 * @module
 */
import type { TrafficContext } from '../context.js';
import { compile, type Predicate } from './compile.js';
import { parse } from './parser.js';
import { compileRaw, type RawPredicate } from './raw.js';

/** A compiled filter. */
export interface DisplayFilter {
  /** The text it was compiled from. */
  readonly text: string;
  /** Whether a packet is meant. */
  readonly test: Predicate;
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
 * @example compileFilter('tcp.port == 80 && http').test(context)
 * @throws FilterError that points at the column and, for a name that is not known, says which field may be meant
 */
export function compileFilter(text: string): DisplayFilter {
  const condition = parse(text);
  const { predicate, isTracked } = compile(text, condition);
  return { text, test: predicate, isTracked, raw: compileRaw(condition) };
}

/** A context for a packet on its own: no streams, no time. */
export function packetContext(packet: TrafficContext['packet'], number: number = 1): TrafficContext {
  return {
    packet,
    number,
    frame: undefined,
    timestamp: undefined,
    first: undefined,
    previous: undefined,
    tcp: undefined,
    udp: undefined,
    analysis: undefined,
  };
}
