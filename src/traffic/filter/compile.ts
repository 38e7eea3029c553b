/**
 * From a filter's tree to a function over packets, types checked on the way.
 *
 * @module
 */
import { formatIpv4, formatIpv6, formatMac } from '../../address.js';
import { viewOf } from '../../bytes.js';
import { FilterError } from '../../errors.js';
import { Packet } from '../../wire/index.js';
import { type TrafficContext, withPacket } from '../context.js';
import { type Nanoseconds, toNanoseconds } from '../time.js';
import { type FilterField, filterField, suggestFilterField } from './field.js';
import { compilePattern, type Pattern } from './pattern.js';
import type { Comparison, Condition, Operand, SliceRange, Span } from './syntax.js';
import {
  compareValues,
  includesBytes,
  isBytes,
  type Kind,
  kindNames,
  type Literal,
  matchesLiteral,
  readInteger,
  readLiteral,
  type Value,
} from './value.js';

/** Whether a packet is meant. */
type Predicate = (context: TrafficContext) => boolean;

type Values = (context: TrafficContext) => readonly Value[];

/** An operand with its type. */
interface Typed {
  readonly kind: Kind;
  readonly values: Values;
  /** The field behind it, for messages. */
  readonly label: string;
  readonly max?: number;
  readonly isPresent?: Predicate;
  /** What slices cut from, where that is not the values. */
  readonly sliced?: Values;
  readonly named?: (name: string) => number | undefined;
}

/** What a filter compiles to. */
export interface Compiled {
  readonly predicate: Predicate;
  /** Whether it needs streams and analysis, and so every frame from the capture's first on. */
  readonly isTracked: boolean;
}

/** @throws FilterError for unknown fields and values that do not fit them */
export function compile(filter: string, condition: Condition): Compiled {
  const compiler = new Compiler(filter);
  return { predicate: compiler.condition(condition), isTracked: compiler.isTracked };
}

const functionNames = ['len', 'count', 'upper', 'lower', 'string', 'max', 'min', 'abs'];

class Compiler {
  readonly #filter: string;
  isTracked = false;

  constructor(filter: string) {
    this.#filter = filter;
  }

  condition(condition: Condition): Predicate {
    switch (condition.kind) {
      case 'and': {
        const [left, right] = [this.condition(condition.left), this.condition(condition.right)];
        return (context) => left(context) && right(context);
      }
      case 'or': {
        const [left, right] = [this.condition(condition.left), this.condition(condition.right)];
        return (context) => left(context) || right(context);
      }
      case 'xor': {
        const [left, right] = [this.condition(condition.left), this.condition(condition.right)];
        return (context) => left(context) !== right(context);
      }
      case 'not': {
        const of = this.condition(condition.of);
        return (context) => !of(context);
      }
      case 'present':
        return this.#present(condition.operand);
      case 'compare':
        return this.#compare(condition);
      case 'in': {
        const left = this.#operand(condition.left);
        const tests = condition.set.map(({ low, high }) => {
          if (high === undefined) return this.#literalTest(left, '==', low) ?? this.#valueTest(left, '==', low);
          const [from, to] = [this.#fixed(left, low), this.#fixed(left, high)];
          if (compareValues(from.value, to.value) > 0) {
            const span = { at: low.at, length: high.at + high.length - low.at };
            this.#fail('TYPE', 'the range ends before it begins', span);
          }
          return (value: Value) => compareValues(value, from.value) >= 0 && compareValues(value, to.value) <= 0;
        });
        const isIn = (value: Value, context: TrafficContext) => tests.some((test) => test(value, context));
        if (condition.quantifier === 'all') {
          return (context) => {
            const values = left.values(context);
            return values.length > 0 && values.every((value) => isIn(value, context));
          };
        }
        return (context) => left.values(context).some((value) => isIn(value, context));
      }
    }
  }

  #fail(code: 'TYPE' | 'UNKNOWN_FIELD', reason: string, { at, length }: Span): never {
    throw new FilterError(code, this.#filter, { at, length }, reason);
  }

  #present(operand: Operand): Predicate {
    const typed = this.#operand(operand);
    if (operand.kind === 'arithmetic') {
      if (operand.operator !== '&')
        this.#fail('TYPE', `a result of ${operand.operator} alone says nothing, a comparison needed`, operand);
      return (context) => typed.values(context).some((value) => !isZero(value));
    }
    if (operand.kind === 'call' || operand.kind === 'negative')
      this.#fail('TYPE', 'a number alone says nothing, a comparison needed', operand);
    return typed.isPresent ?? ((context) => typed.values(context).length > 0);
  }

  #compare({ operator, quantifier, left, right }: Condition & { kind: 'compare' }): Predicate {
    // A value may stand first: `80 == tcp.port`.
    if (this.#isLiteral(left, right) && !this.#isLiteral(right, left)) {
      if (operator === 'contains' || operator === 'matches')
        this.#fail('TYPE', `${operator} needs a field before it`, left);
      const turned = ({ '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as { [o: string]: Comparison })[operator];
      return this.#compare({
        kind: 'compare',
        operator: turned ?? operator,
        ...(quantifier ? { quantifier } : {}),
        left: right,
        right: left,
        at: left.at,
        length: right.at + right.length - left.at,
      });
    }
    const typed = this.#operand(left);
    const test =
      operator === 'matches'
        ? this.#matchTest(typed, right)
        : (this.#literalTest(typed, operator, right) ?? this.#valueTest(typed, operator, right));
    const negated = operator === '!=' || operator === '!==';
    const isAll = quantifier ? quantifier === 'all' : operator === '!=' || operator === '===';
    if (isAll) {
      return (context) => {
        const values = typed.values(context);
        if (values.length === 0) return false;
        for (const value of values) if (test(value, context) === negated) return false;
        return true;
      };
    }
    return (context) => {
      for (const value of typed.values(context)) if (test(value, context) !== negated) return true;
      return false;
    };
  }

  /** Whether an operand is a value rather than a field, next to the one it is compared with. */
  #isLiteral(operand: Operand, other: Operand): boolean {
    if (operand.kind === 'literal') return true;
    if (operand.kind === 'negative') return this.#isLiteral(operand.of, other);
    if (operand.kind !== 'field' || filterField(operand.name) !== undefined) return false;
    if (other.kind === 'literal') return false;
    const kind = this.#kindOf(other);
    if (kind === undefined) return false;
    const named = other.kind === 'field' ? filterField(other.name)?.named : undefined;
    return readValue({ kind, ...(named && { named }) }, operand.name, 'word') !== undefined;
  }

  #kindOf(operand: Operand): Kind | undefined {
    if (operand.kind === 'field') return filterField(operand.name)?.kind;
    if (operand.kind === 'slice') {
      const kind = this.#kindOf(operand.of);
      return kind === 'text' ? 'text' : 'bytes';
    }
    if (operand.kind === 'call') return /^(upper|lower|string)$/.test(operand.name) ? 'text' : 'number';
    return 'number';
  }

  /** A test against a value of the filter; undefined when the operand is a field. Negated comparisons test for equality. */
  #literalTest(left: Typed, operator: Comparison, right: Operand): ((value: Value) => boolean) | undefined {
    if (operator !== 'contains' && !this.#isLiteralFor(left, right)) return undefined;
    if (operator === 'contains') return this.#containsTest(left, right);
    if (left.kind === 'none') this.#fail('TYPE', `${left.label} has ${kindNames.none}, it cannot be compared`, right);
    const literal = this.#fixed(left, right);
    switch (operator) {
      case '<':
        return (value) => compareValues(value, literal.value) < 0;
      case '<=':
        return (value) => compareValues(value, literal.value) <= 0;
      case '>':
        return (value) => compareValues(value, literal.value) > 0;
      case '>=':
        return (value) => compareValues(value, literal.value) >= 0;
      default:
        if (typeof literal.value === 'number' && literal.prefix === undefined) {
          const wanted = literal.value;
          return (value) => (typeof value === 'bigint' ? Number(value) : value) === wanted;
        }
        return (value) => matchesLiteral(value, literal);
    }
  }

  #isLiteralFor(left: Typed, right: Operand): boolean {
    if (right.kind === 'literal') return true;
    if (right.kind === 'negative') return this.#isLiteralFor(left, right.of);
    if (right.kind === 'field' && filterField(right.name) === undefined)
      return readValue(left, right.name, 'word') !== undefined;
    return false;
  }

  /** A test against another field's values: whether any of them will do. */
  #valueTest(left: Typed, operator: Comparison, right: Operand): (value: Value, context: TrafficContext) => boolean {
    if (right.kind === 'field' && filterField(right.name) === undefined) this.#unknown(right, left);
    const other = this.#operand(right);
    if (!areComparable(left.kind, other.kind)) {
      const isName = right.kind === 'field' && left.named?.(right.name) !== undefined;
      const hint = isName ? `: write "${other.label}" in quotes to mean the value of that name` : '';
      this.#fail('TYPE', `${left.label} is ${short(left.kind)}, ${other.label} is ${short(other.kind)}${hint}`, right);
    }
    const test: (a: Value, b: Value) => boolean =
      operator === '<'
        ? (a, b) => compareValues(a, b) < 0
        : operator === '<='
          ? (a, b) => compareValues(a, b) <= 0
          : operator === '>'
            ? (a, b) => compareValues(a, b) > 0
            : operator === '>='
              ? (a, b) => compareValues(a, b) >= 0
              : (a, b) => compareValues(a, b) === 0;
    return (value, context) => other.values(context).some((each) => test(value, each));
  }

  #containsTest(left: Typed, right: Operand): (value: Value) => boolean {
    if (left.kind === 'text') {
      const { value } = this.#fixed(left, right);
      return (text) => (text as string).includes(value as string);
    }
    if (isBytes(left.kind)) {
      const { value } = this.#fixed(left, right);
      return (bytes) => includesBytes(bytes as Uint8Array, value as Uint8Array);
    }
    return this.#fail('TYPE', `${left.label} is ${short(left.kind)}: contains searches texts and bytes`, right);
  }

  #matchTest(left: Typed, right: Operand): (value: Value) => boolean {
    if (left.kind !== 'text' && !isBytes(left.kind))
      this.#fail('TYPE', `${left.label} is ${short(left.kind)}: matches searches texts and bytes`, right);
    if (right.kind !== 'literal' || right.form !== 'string')
      this.#fail('TYPE', 'matches needs a regular expression in quotes', right);
    let pattern: Pattern;
    try {
      pattern = compilePattern(right.text);
    } catch (cause) {
      return this.#fail('TYPE', `the regular expression is wrong: ${(cause as Error).message}`, right);
    }
    return (value) => pattern(value as string | Uint8Array);
  }

  /** The value that an operand of the filter stands for, as the left side's kind. */
  #fixed(left: Typed, operand: Operand): Literal {
    if (operand.kind === 'negative' && (left.kind === 'number' || left.kind === 'time')) {
      const { value } = this.#fixed({ ...left, max: Number.POSITIVE_INFINITY }, operand.of);
      return { value: -(value as number | bigint) };
    }
    const form = operand.kind === 'literal' ? operand.form : 'word';
    const text = operand.kind === 'literal' ? operand.text : operand.kind === 'field' ? operand.name : undefined;
    if (text === undefined) this.#fail('TYPE', 'a value belongs here', operand);
    if (operand.kind === 'field' && filterField(operand.name) !== undefined)
      this.#fail('TYPE', `a value belongs here, ${operand.name} is a field`, operand);
    const literal = readValue(left, text!, form);
    if (literal === undefined) {
      if (operand.kind === 'field') this.#unknown(operand, left);
      const shown = form === 'string' ? JSON.stringify(text) : text;
      const named = left.named ? ' nor the name of one' : '';
      return this.#fail('TYPE', `${left.label} is ${short(left.kind)}, ${shown} is not${named}`, operand);
    }
    if (left.max !== undefined && typeof literal.value === 'number' && literal.value > left.max)
      this.#fail('TYPE', `${left.label} holds at most ${left.max}, ${text} never occurs`, operand);
    return literal;
  }

  #unknown(operand: Operand & { kind: 'field' }, left?: Typed): never {
    const near = suggestFilterField(operand.name);
    const hint = near === undefined ? '' : `, did you mean ${near}?`;
    const need = left === undefined ? '' : ` and not ${kindNames[left.kind]}, as ${left.label} needs`;
    return this.#fail('UNKNOWN_FIELD', `${operand.name} is no field or protocol known here${need}${hint}`, operand);
  }

  #operand(operand: Operand): Typed {
    switch (operand.kind) {
      case 'field':
        return this.#field(operand);
      case 'literal': {
        const value = readInteger(operand.text);
        if (operand.form === 'word' && value !== undefined)
          return { kind: 'number', values: () => [value], label: operand.text };
        if (operand.form !== 'word') return { kind: 'text', values: () => [operand.text], label: `"${operand.text}"` };
        return this.#fail('TYPE', `${operand.text} stands where a field belongs`, operand);
      }
      case 'slice':
        return this.#slice(operand);
      case 'negative': {
        const of = this.#number(operand.of, '-');
        return {
          kind: of.kind,
          values: (context) => of.values(context).map((value) => -(value as number | bigint)),
          label: of.label,
        };
      }
      case 'arithmetic':
        return this.#arithmetic(operand);
      case 'call':
        return this.#call(operand);
    }
  }

  #field(operand: Operand & { kind: 'field' }): Typed {
    const field: FilterField | undefined = filterField(operand.name);
    if (field === undefined) return this.#unknown(operand);
    if (field.isTracked) this.isTracked = true;
    const { name: label, kind, max, isPresent, sliced, named } = field;
    if (operand.layer !== undefined) {
      const index = operand.layer - 1;
      const protocol = operand.name.split('.', 1)[0]!;
      const values: Values = (context) => {
        const { packet } = context;
        const layer = packet.layers.filter(({ layerType }) => layerType.protocol === protocol)[index];
        if (layer === undefined) return [];
        const alone = new Packet(packet.view, packet.at, packet.end, [layer], packet.originalLength);
        return field.values(withPacket(context, alone));
      };
      return { kind, values, label, ...(max === undefined ? {} : { max }), ...(named && { named }) };
    }
    return {
      kind,
      values: (context) => field.values(context),
      label,
      ...(max === undefined ? {} : { max }),
      ...(isPresent === undefined ? {} : { isPresent }),
      ...(sliced && { sliced }),
      ...(named && { named }),
    };
  }

  #slice(operand: Operand & { kind: 'slice' }): Typed {
    const of = this.#operand(operand.of);
    if (of.kind !== 'text' && of.kind !== 'ipv6' && !isBytes(of.kind))
      this.#fail('TYPE', `${of.label} is ${short(of.kind)}: only texts and bytes have parts`, operand);
    const { ranges } = operand;
    const whole = of.sliced ?? of.values;
    return {
      kind: of.kind === 'text' ? 'text' : 'bytes',
      values: (context) => whole(context).flatMap((value) => sliceOf(value as string | Uint8Array, ranges)),
      label: this.#filter.slice(operand.at, operand.at + operand.length),
    };
  }

  /** An operand to count with; a single byte of a slice is a number, too. */
  #number(operand: Operand, operator: string): Typed {
    const typed = this.#operand(operand);
    if (typed.kind === 'number' || typed.kind === 'time' || typed.kind === 'boolean') return typed;
    if (operand.kind === 'slice' && typed.kind === 'bytes') {
      return {
        kind: 'number',
        values: (context) => typed.values(context).map((value) => bytesToNumber(value as Uint8Array)),
        label: typed.label,
      };
    }
    return this.#fail('TYPE', `${typed.label} is ${short(typed.kind)}: ${operator} needs numbers`, operand);
  }

  #arithmetic(operand: Operand & { kind: 'arithmetic' }): Typed {
    const { operator } = operand;
    const label = this.#filter.slice(operand.at, operand.at + operand.length);
    let left = this.#number(operand.left, operator);
    let right = this.#number(operand.right, operator);
    const isTime = left.kind === 'time' || right.kind === 'time';
    if (isTime) {
      if (operator !== '+' && operator !== '-')
        this.#fail('TYPE', `${label} is a time: only + and - count with times`, operand);
      left = this.#asTime(left, operand.left);
      right = this.#asTime(right, operand.right);
    }
    const apply = isTime ? timeOperators[operator as '+' | '-'] : operators[operator];
    return {
      kind: isTime ? 'time' : 'number',
      values: (context) => {
        const results: Nanoseconds[] = [];
        for (const a of left.values(context))
          for (const b of right.values(context)) {
            const result = isTime ? apply(a as number, b as number) : apply(Number(a), Number(b));
            if (typeof result === 'bigint' || Number.isFinite(result)) results.push(result);
          }
        return results;
      },
      label,
    };
  }

  /** The other side of a sum with a time: a number of the filter is one of seconds. */
  #asTime(typed: Typed, operand: Operand): Typed {
    if (typed.kind === 'time') return typed;
    if (operand.kind !== 'literal')
      this.#fail('TYPE', `${typed.label} is ${short(typed.kind)}, a time needed`, operand);
    const { value } = this.#fixed({ ...typed, kind: 'time' }, operand);
    return { ...typed, kind: 'time', values: () => [value] };
  }

  #call(operand: Operand & { kind: 'call' }): Typed {
    const { name, args } = operand;
    const label = this.#filter.slice(operand.at, operand.at + operand.length);
    if (!functionNames.includes(name))
      this.#fail('UNKNOWN_FIELD', `${name} is no function, the functions are ${functionNames.join(', ')}`, operand);
    if (name === 'max' || name === 'min') {
      if (args.length === 0) this.#fail('TYPE', `${name} needs at least one value`, operand);
      const numbers = args.map((arg) => this.#number(arg, name));
      const isBefore = (a: Value, b: Value) => compareValues(a, b) < 0 === (name === 'min');
      const pick = (a: Value, b: Value) => (isBefore(a, b) ? a : b);
      return {
        kind: numbers[0]!.kind === 'time' ? 'time' : 'number',
        label,
        values: (context) => {
          const all = numbers.flatMap(({ values }) => values(context));
          return all.length === 0 ? [] : [all.reduce(pick)];
        },
      };
    }
    if (args.length !== 1) this.#fail('TYPE', `${name} needs one value, ${args.length} given`, operand);
    const [arg] = args;
    if (name === 'abs') {
      const of = this.#number(arg!, name);
      return { kind: of.kind, label, values: (context) => of.values(context).map((value) => Math.abs(Number(value))) };
    }
    if (arg!.kind === 'literal') this.#fail('TYPE', `${name} needs a field`, arg!);
    const of = this.#operand(arg!);
    if (name === 'count') {
      return {
        kind: 'number',
        label,
        values: (context) => {
          const { length } = of.values(context);
          return length === 0 ? [] : [length];
        },
      };
    }
    if (name === 'string') {
      const write = textWriters[of.kind];
      if (write === undefined)
        this.#fail('TYPE', `${of.label} is ${short(of.kind)}: string needs a number, an address or a text`, arg!);
      return { kind: 'text', label, values: (context) => of.values(context).map(write!) };
    }
    if (name === 'len') {
      if (of.kind !== 'text' && !isBytes(of.kind))
        this.#fail('TYPE', `${of.label} is ${short(of.kind)}: len measures texts and bytes`, arg!);
      return {
        kind: 'number',
        label,
        values: (context) => of.values(context).map((value) => (value as string | Uint8Array).length),
      };
    }
    if (of.kind !== 'text') this.#fail('TYPE', `${of.label} is ${short(of.kind)}: ${name} needs a text`, arg!);
    return {
      kind: 'text',
      label,
      values: (context) =>
        of
          .values(context)
          .map((value) => (name === 'upper' ? (value as string).toUpperCase() : (value as string).toLowerCase())),
    };
  }
}

const operators: { readonly [operator: string]: (a: number, b: number) => number } & {
  readonly [K in '+' | '-' | '*' | '/' | '%' | '&']: (a: number, b: number) => number;
} = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? Number.NaN : Math.trunc(a / b)),
  '%': (a, b) => (b === 0 ? Number.NaN : a % b),
  '&': (a, b) => Number(BigInt(Math.trunc(a)) & BigInt(Math.trunc(b))),
};

const timeOperators: { readonly [K in '+' | '-']: (a: Nanoseconds, b: Nanoseconds) => Nanoseconds } = {
  '+': (a, b) => toNanoseconds(BigInt(a) + BigInt(b)),
  '-': (a, b) => toNanoseconds(BigInt(a) - BigInt(b)),
};

/** What `string()` makes of a value. */
const textWriters: { readonly [K in Kind]?: (value: Value) => string } = {
  number: String,
  boolean: String,
  text: String,
  ipv4: (value) => formatIpv4(value as number),
  ipv6: (value) => formatIpv6(viewOf(value as Uint8Array), 0),
  mac: (value) => formatMac(viewOf(value as Uint8Array), 0),
};

/** A value as the filter writes it, by its name where it has one. */
function readValue(
  { kind, named }: Pick<Typed, 'kind' | 'named'>,
  text: string,
  form: 'word' | 'string' | 'char',
): Literal | undefined {
  const literal = readLiteral(kind, text, form);
  if (literal !== undefined || form === 'char') return literal;
  const value = named?.(text);
  return value === undefined ? undefined : { value };
}

function short(kind: Kind): string {
  return kindNames[kind];
}

function isZero(value: Value): boolean {
  return value === 0 || value === 0n;
}

function areComparable(a: Kind, b: Kind): boolean {
  const group = (kind: Kind) => (kind === 'boolean' ? 'number' : isBytes(kind) || kind === 'ipv6' ? 'bytes' : kind);
  return a !== 'none' && group(a) === group(b);
}

function bytesToNumber(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes.subarray(0, 6)) value = value * 256 + byte;
  return value;
}

/** The parts of a value, one after the other; nothing where it is too short for one of them. */
function sliceOf(value: string | Uint8Array, ranges: readonly SliceRange[]): Value[] {
  const parts: (string | Uint8Array)[] = [];
  for (const { from, length } of ranges) {
    const start = from < 0 ? value.length + from : from;
    const end = length === undefined ? value.length : start + length;
    if (start < 0 || start >= value.length || end > value.length) return [];
    parts.push(value.slice(start, end));
  }
  if (typeof value === 'string') return [parts.join('')];
  return [Uint8Array.from(parts.flatMap((part) => [...(part as Uint8Array)]))];
}
