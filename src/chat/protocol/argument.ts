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

/** Refuses what is no number, or below 0. */
export function checkNumber(value: unknown, verb: string, what: string): asserts value is number {
  if (typeof value !== 'number' || !(value >= 0)) throw badArgument(verb, what, value, 'a number from 0');
}

/** Refuses options of which one, `undefined` aside, is no number, or below 0. */
export function checkNumbers(options: unknown, verb: string): void {
  for (const [what, value] of Object.entries(checkOptions(options, verb)))
    if (value !== undefined) checkNumber(value, verb, what);
}

/** The signal among options, if there is one. Other realms' are as good as ours. */
export function signalOf(
  options: { readonly signal?: AbortSignal | undefined },
  verb: string,
): AbortSignal | undefined {
  const { signal } = checkOptions(options, verb);
  if (signal !== undefined && !(typeof signal?.aborted === 'boolean' && typeof signal.addEventListener === 'function'))
    throw badArgument(verb, 'the signal', signal, 'an AbortSignal');
  return signal;
}

/** Gives back an object, and refuses all else. */
function checkOptions<Value>(value: Value, verb: string): Value & object {
  if (typeof value !== 'object' || value === null)
    throw badArgument(verb, 'what options there are', value, 'an object');
  return value;
}
