/**
 * Display filters built from values: names are checked, values quoted, and the text can be read and pasted into Wireshark.
 *
 * @module
 */

import { hexDigits } from '../../bytes.js';
import { filterField, suggestFilterField } from './field.js';
import { compileFilter, type DisplayFilter } from './filter.js';

/** A value to compare with: a text is quoted where the field holds texts, and stands as it is for an address. */
export type FilterValue = string | number | boolean;

/** A part of a filter, with what may follow it. */
export class FilterExpression {
  /** The filter's text. */
  readonly text: string;

  /** @internal Made by `field()` and its like. */
  constructor(text: string) {
    this.text = text;
  }

  /** Both. */
  and(other: FilterExpression): FilterExpression {
    return new FilterExpression(`(${this.text}) && (${other.text})`);
  }

  /** One or the other, or both. */
  or(other: FilterExpression): FilterExpression {
    return new FilterExpression(`(${this.text}) || (${other.text})`);
  }

  /** The opposite. */
  not(): FilterExpression {
    return new FilterExpression(`!(${this.text})`);
  }

  /** The function over packets. */
  compile(): DisplayFilter {
    return compileFilter(this.text);
  }

  toString(): string {
    return this.text;
  }
}

/** A field of a filter, to be compared or merely present. */
export class FilterFieldExpression extends FilterExpression {
  #compare(operator: string, value: FilterValue): FilterExpression {
    return new FilterExpression(`${this.text} ${operator} ${this.#literal(value)}`);
  }

  #literal(value: FilterValue): string {
    if (typeof value === 'boolean') return value ? '1' : '0';
    if (typeof value === 'number') return String(value);
    const kind = filterField(this.text)?.kind;
    const isText = kind === 'text' || kind === 'bytes' || kind === 'protocol';
    return isText ? quote(value) : value;
  }

  /** Any occurrence equals the value; an address may be a network, `10.0.0.0/8`. */
  eq(value: FilterValue): FilterExpression {
    return this.#compare('==', value);
  }

  /** No occurrence equals the value, and there is one. */
  ne(value: FilterValue): FilterExpression {
    return this.#compare('!=', value);
  }

  lt(value: FilterValue): FilterExpression {
    return this.#compare('<', value);
  }

  le(value: FilterValue): FilterExpression {
    return this.#compare('<=', value);
  }

  gt(value: FilterValue): FilterExpression {
    return this.#compare('>', value);
  }

  ge(value: FilterValue): FilterExpression {
    return this.#compare('>=', value);
  }

  /** A text or bytes hold these. */
  contains(value: string): FilterExpression {
    return new FilterExpression(`${this.text} contains ${quote(value)}`);
  }

  /** A text or bytes match a regular expression, upper and lower case alike. */
  matches(pattern: string | RegExp): FilterExpression {
    return new FilterExpression(
      `${this.text} matches ${quote(typeof pattern === 'string' ? pattern : pattern.source)}`,
    );
  }

  /** Any occurrence is one of the values, or lies in one of the ranges given as pairs. */
  in(values: readonly (FilterValue | readonly [low: FilterValue, high: FilterValue])[]): FilterExpression {
    const parts = values.map((value) =>
      typeof value === 'object' ? `${this.#literal(value[0])}..${this.#literal(value[1])}` : this.#literal(value),
    );
    return new FilterExpression(`${this.text} in {${parts.join(', ')}}`);
  }
}

/**
 * A field or protocol by Wireshark's name.
 *
 * @example field('tcp.port').in([80, [8000, 8100]]).and(field('ip.src').eq('10.0.0.0/8')).compile()
 * @throws RangeError for a name that is not known, with the one most like it
 */
export function field(name: string): FilterFieldExpression {
  if (filterField(name) === undefined) {
    const near = suggestFilterField(name);
    throw new RangeError(
      `Cannot filter by ${JSON.stringify(name)}: no field known here${near ? `, did you mean ${near}?` : ''}`,
    );
  }
  return new FilterFieldExpression(name);
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/[\x00-\x1f]/g, (c) => `\\x${hexDigits(c.charCodeAt(0), 2)}`)}"`;
}
