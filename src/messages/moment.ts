/**
 * Times as people write them: seconds, milliseconds, counted from 1970, clock times, dates. Each is read exactly, in nanoseconds.
 *
 * @module
 */

/** How a time is written. Within a file all must be of one kind. */
export type MomentKind = 'number' | 'date' | 'clock';

/** One time as it was read. */
export interface Moment {
  readonly kind: MomentKind;
  /** Nanoseconds: of a number as if it were seconds, since 1970 of a date, since midnight of a clock time. */
  readonly nanoseconds: bigint;
  /** What was read in another way than as written, in words; nothing for plain seconds. */
  readonly reading?: string;
  /** Set on a date whose day and month could change places: the two numbers. */
  readonly dayOrMonth?: readonly [number, number];
  /** What it would be with day and month in the other order. */
  readonly swapped?: bigint;
}

/** Units that a number may stand with, in nanoseconds. */
const units: { readonly [unit: string]: bigint } = {
  s: 1_000_000_000n,
  sec: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  µs: 1_000n,
  ns: 1n,
};

const decimalComma = 'read with a decimal comma';

/** Reads a time; nothing where it is none. `unit` is that of a column of numbers. */
export function readMoment(text: string, unit: 's' | 'ms' | 'us', isDecimalComma: boolean): Moment | undefined {
  // Plain seconds are what nearly every row has: read without big numbers in between.
  if (unit === 's' && /^\d{1,6}([.,]\d{1,9})?$/.test(text)) {
    const comma = text.indexOf(',');
    const point = comma === -1 ? text.indexOf('.') : comma;
    const digits = point === -1 ? text : text.slice(0, point) + text.slice(point + 1);
    const nanoseconds = BigInt(digits.padEnd((point === -1 ? text.length : point) + 9, '0'));
    if (comma === -1) return { kind: 'number', nanoseconds };
    if (isDecimalComma) return { kind: 'number', nanoseconds, reading: decimalComma };
  }
  return readNumber(text, unit, isDecimalComma) ?? readDate(text) ?? readClock(text);
}

function readNumber(text: string, unit: 's' | 'ms' | 'us', isDecimalComma: boolean): Moment | undefined {
  const match = /^(\d*)(?:([.,])(\d*))?(?:e([+-]?\d{1,2}))?\s*(s|sec|ms|us|µs|ns)?$/i.exec(text);
  if (!match || !/\d/.test(text.charAt(0) + text.charAt(1))) return undefined;
  const [, whole = '', point, fraction = '', exponent, given] = match;
  if (whole === '' && fraction === '') return undefined;
  if (point === ',' && !isDecimalComma) return undefined;
  const perUnit = units[(given ?? unit).toLowerCase()]!;
  const power = Number(exponent ?? 0) - fraction.length;
  const digits = BigInt(whole + fraction) * perUnit;
  const nanoseconds = power >= 0 ? digits * 10n ** BigInt(power) : divideRounded(digits, 10n ** BigInt(-power));
  const reading =
    given !== undefined && given.toLowerCase() !== 's'
      ? `read as ${given}`
      : unit !== 's'
        ? `read as ${unit === 'ms' ? 'milliseconds' : 'microseconds'}, as the column’s name says`
        : point === ','
          ? decimalComma
          : exponent !== undefined
            ? 'read as a number in scientific notation'
            : undefined;
  return { kind: 'number', nanoseconds, ...(reading === undefined ? {} : { reading }) };
}

function divideRounded(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor / 2n) / divisor;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

function readDate(text: string): Moment | undefined {
  const parts = /^(.*?\d)(?:[ T]+(\d{1,2}:\d\d.*))?$/.exec(text);
  if (!parts) return undefined;
  const [, date = '', clock] = parts;
  const time = clock === undefined ? 0n : clockOf(clock, true);
  if (time === undefined) return undefined;
  const year = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(date);
  if (year) return dated(Number(year[1]), Number(year[2]), Number(year[3]), time);
  const named = /^([A-Za-z]{3})[a-z]* +(\d{1,2}),? +(\d{4})$/.exec(date);
  if (named) return dated(Number(named[3]), months.indexOf(named[1]!.toLowerCase()) + 1, Number(named[2]), time);
  const short = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)$/.exec(date);
  if (!short) return undefined;
  const [first, second] = [Number(short[1]), Number(short[3])];
  const full = short[4]!.length === 2 ? 2000 + Number(short[4]) : Number(short[4]);
  const dayFirst = dated(full, second, first, time);
  const monthFirst = dated(full, first, second, time);
  if (dayFirst !== undefined && monthFirst !== undefined && first !== second)
    return { ...dayFirst, dayOrMonth: [first, second], swapped: monthFirst.nanoseconds };
  const read = dayFirst ?? monthFirst;
  return read && { ...read, dayOrMonth: [first, second], ...(dayFirst ? {} : { swapped: read.nanoseconds }) };
}

function dated(year: number, month: number, day: number, time: bigint): Moment | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return {
    kind: 'date',
    nanoseconds: BigInt(date.getTime()) * 1_000_000n + time,
    reading: 'a date: times are counted from the earliest',
  };
}

function readClock(text: string): Moment | undefined {
  const nanoseconds = clockOf(text, false);
  if (nanoseconds === undefined) return undefined;
  return { kind: 'clock', nanoseconds, reading: 'a clock time: times are counted from the earliest' };
}

/** Nanoseconds since midnight, a zone's offset taken away. A spreadsheet's `00:01.5` is minutes and seconds. */
function clockOf(text: string, mayHaveZone: boolean): bigint | undefined {
  const match =
    /^(\d{1,2}):(\d\d)(?::(\d\d))?(?:[.,](\d{1,9})\d*)?(?:\s*([ap])\.?m\.?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?$/i.exec(
      text.trim(),
    );
  if (!match) return undefined;
  const [, first, second, third, fraction, half, zone] = match;
  if (zone !== undefined && !mayHaveZone) return undefined;
  const isMinutes = third === undefined && fraction !== undefined;
  let [hours, minutes, seconds] = [Number(first), Number(second), Number(third ?? 0)];
  if (isMinutes) [hours, minutes, seconds] = [0, Number(first), Number(second)];
  if (half !== undefined) {
    if (hours < 1 || hours > 12) return undefined;
    hours = (hours % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  }
  if (hours > 23 || minutes > 59 || seconds > 60) return undefined;
  const offset = /^([+-])(\d\d):?(\d\d)$/.exec(zone ?? '');
  const zoneMinutes = offset ? (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1) : 0;
  const whole = (hours * 60 + minutes - zoneMinutes) * 60 + seconds;
  return BigInt(whole) * 1_000_000_000n + BigInt((fraction ?? '').padEnd(9, '0'));
}

/** What numbers that are counted from 1970 are written in, by their size; nothing for seconds since the start. */
export function epochUnit(least: bigint, most: bigint): { divisor: bigint; words: string } | undefined {
  const second = 1_000_000_000n;
  // From 2001 to the year 4000, in nanoseconds as if the numbers were seconds.
  const within = (factor: bigint): boolean =>
    least >= 1_000_000_000n * second * factor && most < 64_000_000_000n * second * factor;
  if (within(1n)) return { divisor: 1n, words: 'seconds since 1970' };
  if (within(1_000n)) return { divisor: 1_000n, words: 'milliseconds since 1970' };
  if (within(1_000_000n)) return { divisor: 1_000_000n, words: 'microseconds since 1970' };
  if (within(1_000_000_000n)) return { divisor: 1_000_000_000n, words: 'nanoseconds since 1970' };
  return undefined;
}
