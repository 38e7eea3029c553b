/**
 * Times as captures count them: whole nanoseconds, never rounded.
 *
 * @module
 */
import { formatTimestamp } from '../capture/index.js';

/** A number of nanoseconds: a `number` where that is exact, a `bigint` beyond `Number.MAX_SAFE_INTEGER`, which is 104 days. */
export type Nanoseconds = number | bigint;

/** The same number in the form that `Nanoseconds` asks for. */
export function toNanoseconds(value: bigint): Nanoseconds {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Seconds with nine decimals, as tshark writes times. */
export function formatSeconds(time: Nanoseconds): string {
  return formatTimestamp(BigInt(time));
}

/** Seconds with up to nine decimals, `0.25`; undefined for any other text. */
export function parseSeconds(text: string): Nanoseconds | undefined {
  const match = /^(\d*)(?:\.(\d{0,9}))?$/.exec(text);
  if (!match || (match[1] === '' && !match[2])) return undefined;
  return toNanoseconds(BigInt(`${match[1] || 0}${(match[2] ?? '').padEnd(9, '0')}`));
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A moment as tshark writes it, in local time: `Nov 14, 2023 22:13:20.000000000 UTC`. */
export function formatMoment(timestamp: bigint): string {
  // Whole seconds before, so that the fraction counts forward before 1970 too.
  const nanoseconds = ((timestamp % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const fraction = String(nanoseconds).padStart(9, '0');
  const date = new Date(Number((timestamp - nanoseconds) / 1_000_000n));
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${months[date.getMonth()]} ${String(date.getDate()).padStart(2)}, ${date.getFullYear()}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${fraction} ${zoneName(date)}`;
}

/** The letters that a zone is known by, `IDT` for Israel Daylight Time: JavaScript has its name in full only. */
function zoneName(date: Date): string {
  const name = /\((.*)\)/.exec(date.toString())?.[1] ?? 'UTC';
  if (name === 'Coordinated Universal Time') return 'UTC';
  return /^[A-Z][a-z]+( [A-Z][a-z]+)+$/.test(name) ? name.replace(/[a-z ]/g, '') : name;
}

/**
 * Nanoseconds since 1970 of a moment: `2023-11-14 22:13:20.5`, with a `T` in place of the space and `Z`, ` UTC` or `+01:00` behind,
 * the time of day or its seconds left out; or `Nov 14, 2023 22:13:20.5`. Local time where no zone is given. Undefined for any other text.
 */
export function parseMoment(text: string): bigint | undefined {
  const iso =
    /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(?: ?(Z|UTC)|([+-]\d\d):?(\d\d))?$/.exec(
      text,
    );
  if (iso) {
    const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', utc, zoneHours, zoneMinutes] =
      iso;
    const parts = [Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second)] as const;
    const zone =
      zoneHours === undefined ? 0 : Number(zoneHours) * 60 + (zoneHours[0] === '-' ? -1 : 1) * Number(zoneMinutes);
    return moment(parts, fraction, utc !== undefined || zoneHours !== undefined ? zone : undefined);
  }
  const words = /^([A-Z][a-z]{2}) +(\d{1,2}), (\d{4}) (\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?: ?(Z|UTC))?$/.exec(
    text,
  );
  if (!words) return undefined;
  const [, name, day, year, hour, minute, second = '0', fraction = '', utc] = words;
  const month = months.indexOf(name!) + 1;
  if (month === 0) return undefined;
  const parts = [Number(year), month, Number(day), Number(hour), Number(minute), Number(second)] as const;
  return moment(parts, fraction, utc === undefined ? undefined : 0);
}

type Moment = readonly [year: number, month: number, day: number, hour: number, minute: number, second: number];

/** @param zone minutes east of Greenwich; local time where left out */
function moment(parts: Moment, fraction: string, zone: number | undefined): bigint | undefined {
  const [year, month, day, hour, minute, second] = parts;
  if (month > 12 || day > new Date(Date.UTC(year, month, 0)).getUTCDate() || hour > 23 || minute > 59 || second > 60)
    return undefined;
  if (month < 1 || day < 1) return undefined;
  const milliseconds =
    zone === undefined
      ? new Date(year, month - 1, day, hour, minute, second).getTime()
      : Date.UTC(year, month - 1, day, hour, minute - zone, second);
  return BigInt(milliseconds / 1000) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}
