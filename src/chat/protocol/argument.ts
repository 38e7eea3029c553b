/**
 * What callers give, looked at before it is used: a `ChatError` with the code `BAD_ARGUMENT` says what is wrong with it.
 *
 * @module
 */
import { inspect } from 'node:util';
import { ChatError } from '../../errors.js';

/** A refusal of an argument. `what` names it: `Cannot send: the recipient is undefined, a text is needed`. */
function badArgument(verb: string, what: string, value: unknown, need: string): ChatError {
  const shown = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
  return new ChatError('BAD_ARGUMENT', `Cannot ${verb}: ${what} is ${shown.slice(0, 80)}, ${need} is needed`);
}

/** Refuses what is no text. */
export function checkText(value: unknown, verb: string, what: string): asserts value is string {
  if (typeof value !== 'string') throw badArgument(verb, what, value, 'a text');
}

/** Gives back a function, and refuses all else. */
export function checkFunction<Value>(value: Value, verb: string): Value {
  if (typeof value !== 'function') throw badArgument(verb, 'the listener', value, 'a function');
  return value;
}

/** Refuses what is no address, or no port. Whether it is a good one is the operating system's to say. */
export function checkAddress(host: unknown, port: unknown): void {
  if (typeof host !== 'string' || host === '') throw badArgument('use the address', 'the host', host, 'a text');
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ChatError(
      'BAD_ADDRESS',
      `Cannot use port ${inspect(port).slice(0, 40)}: a port is a number from 0 to 65535`,
    );
}
