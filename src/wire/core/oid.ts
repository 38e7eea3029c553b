/**
 * Object identifiers as BER writes their content, X.690 section 8.19.
 *
 * @module
 */
import { toHex } from '../../bytes.js';
import { bytes, type Rule, type RuleMeta } from './rule.js';

/** `1.3.6.1` from content octets; nothing where they are no identifier of numbers up to 2^53. */
function oidText(content: Uint8Array): string | undefined {
  if (content.length === 0 || content[content.length - 1]! & 0x80) return undefined;
  const numbers: number[] = [];
  let number = 0;
  for (const octet of content) {
    number = number * 128 + (octet & 0x7f);
    if (number > Number.MAX_SAFE_INTEGER / 256) return undefined;
    if (octet & 0x80) continue;
    if (numbers.length === 0) {
      const first = Math.min(2, Math.floor(number / 40));
      numbers.push(first, number - 40 * first);
    } else numbers.push(number);
    number = 0;
  }
  return numbers.join('.');
}

/**
 * Content octets of `1.3.6.1`.
 *
 * @throws RangeError for what is no such text
 */
function oidBytes(text: string): Uint8Array {
  const numbers = text.split('.').map(Number);
  if (!/^[0-2](\.\d{1,15})+$/.test(text) || (numbers[0]! < 2 && numbers[1]! >= 40))
    throw new RangeError(
      `Cannot write object identifier ${JSON.stringify(text)}: numbers with dots between, as 1.3.6.1, needed`,
    );
  const octets: number[] = [];
  for (const number of [40 * numbers[0]! + numbers[1]!, ...numbers.slice(2)]) {
    const digits = [number % 128];
    for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128))
      digits.unshift((rest % 128) | 0x80);
    octets.push(...digits);
  }
  return Uint8Array.from(octets);
}

/** An object identifier up to the end; bytes where they are none. */
export function berOid(meta: RuleMeta): Rule<string | Uint8Array> {
  const rule = bytes(undefined, meta);
  return {
    read(cursor, nodes, name, scope) {
      if (cursor.at === cursor.end) return undefined;
      const content = rule.read(cursor, nodes, name, scope);
      if (content === undefined) return undefined;
      const shown = oidText(content);
      const last = nodes.length - 1;
      nodes[last] = { ...nodes[last]!, value: shown ?? content, text: shown ?? toHex(content) };
      return shown ?? content;
    },
    write(out, given) {
      if (given !== undefined) out.put(typeof given === 'string' ? oidBytes(given) : given);
    },
  };
}
