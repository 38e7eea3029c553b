/**
 * Somebody who is logged in, as the others see it.
 *
 * @module
 */
import type { Delivery } from './delivery.js';
import type { Dialect } from './event.js';
import type { Link } from './link.js';
import type { Source } from './waiting-room.js';

/** Somebody who holds a name. */
export interface Member {
  name: string;
  readonly dialect: Dialect | undefined;
  readonly link: Link;
  /** Passes on a message as this member's dialect writes it. While it has to wait, it is held against `source`. */
  pass(text: string, source: Source, delivery: Delivery): void;
  /** Takes it out at once. */
  cutOff(code: 'SHUTDOWN'): void;
}
