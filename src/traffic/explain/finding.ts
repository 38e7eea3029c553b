/**
 * A finding, and what the rules say it with.
 *
 * @module
 */
import { ShownList } from '../../shown.js';

/** Names of the rules that findings come from. */
export type RuleId =
  | 'complete-connection'
  | 'connection-open'
  | 'half-closed'
  | 'handshake-unfinished'
  | 'joined-in-the-middle'
  | 'syn-with-data'
  | 'icmp-error'
  | 'no-handshake'
  | 'ack-without-connection'
  | 'reset-no-connection'
  | 'reset-refused'
  | 'reset-abort'
  | 'unanswered-syn'
  | 'seq-not-advancing'
  | 'looks-retransmitted'
  | 'retransmission'
  | 'out-of-order'
  | 'duplicate-acks'
  | 'missing-from-capture'
  | 'zero-window'
  | 'keep-alive'
  | 'ports-reused'
  | 'relative-numbers'
  | 'checksums'
  | 'wrong-checksums'
  | 'no-ethernet'
  | 'messages-found'
  | 'message-missing';

/** What a rule says. */
export interface FindingInit {
  readonly rule: RuleId;
  /** Frames it rests on, by number. */
  readonly packets: readonly number[];
  /** Stream it is about. */
  readonly stream?: number;
  /** What is there to see. */
  readonly sentence: string;
  /** Why it is so, or what it does not mean. */
  readonly why: string;
}

/** Something that the packets show. */
export class Finding implements FindingInit {
  readonly rule: RuleId;
  readonly packets: readonly number[];
  declare readonly stream?: number;
  readonly sentence: string;
  readonly why: string;

  constructor({ rule, packets, stream, sentence, why }: FindingInit) {
    this.rule = rule;
    this.packets = packets;
    if (stream !== undefined) this.stream = stream;
    this.sentence = sentence;
    this.why = why;
  }

  /** The sentence with its rule: `… [reset-refused]`. */
  toString(): string {
    return `${this.sentence} [${this.rule}]`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** What there is to say about a capture. */
export class Findings extends ShownList<Finding> {
  override toString(): string {
    return this.length === 0
      ? 'There is nothing to say about this capture.'
      : this.map((finding) => `${finding}\n  ${finding.why}`).join('\n');
  }
}

/** The word for one, or the word for several. */
export function plural(count: number, one: string, several: string): string {
  return count === 1 ? one : several;
}

/** `#1, #3 and #5`; the first few of many. */
export function list(numbers: readonly number[]): string {
  if (numbers.length > 6) return `#${numbers.slice(0, 4).join(', #')} and ${numbers.length - 4} more`;
  if (numbers.length < 2) return numbers.map((number) => `#${number}`).join('');
  return `#${numbers.slice(0, -1).join(', #')} and #${numbers.at(-1)}`;
}
