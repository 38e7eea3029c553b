/**
 * Wireshark's display filter language, as release 4.0 reads it: https://www.wireshark.org/docs/man-pages/wireshark-filter.html
 *
 * ```
 * or     = xor  { ("or" | "||") xor }
 * xor    = and  { ("xor" | "^^") and }
 * and    = not  { ("and" | "&&") not }
 * not    = ("not" | "!") not | "(" or ")" | test
 * test   = [ "any" | "all" ] sum { comparison sum } | sum [ "not" ] "in" set | sum
 * sum    = term { ("+" | "-") term }
 * term   = factor { ("*" | "/" | "%") factor }
 * factor = [ "-" ] value { "[" ranges "]" } [ "&" factor ]
 * ```
 *
 * @module
 */
import { FilterError } from '../../errors.js';
import { type Token, tokenize } from './lexer.js';
import type { Comparison, Condition, Operand, SetElement, SliceRange, Span } from './syntax.js';

/** Comparisons by every way to write them. */
const comparisons: { readonly [text: string]: Comparison } = {
  '==': '==', eq: '==', any_eq: '==', '!=': '!=', ne: '!=', all_ne: '!=', '===': '===', all_eq: '===', '!==': '!==', '~=': '!==',
  any_ne: '!==', '>': '>', gt: '>', '<': '<', lt: '<', '>=': '>=', ge: '>=', '<=': '<=', le: '<=', contains: 'contains',
  matches: 'matches', '~': 'matches',
}; // biome-ignore format: a table

/** Words that are no names. */
const reserved: ReadonlySet<string> = new Set([
  'and', 'or', 'not', 'xor', 'in', 'any', 'all', ...Object.keys(comparisons).filter((key) => /^[a-z]/.test(key)),
]); // biome-ignore format: a table

/** Parentheses and negations inside of one another at the most. */
const maxDepth = 200;

/** @throws FilterError that points at what is wrong */
export function parse(filter: string): Condition {
  return new Parser(filter).parse();
}

class Parser {
  readonly #filter: string;
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(filter: string) {
    this.#filter = filter;
    this.#tokens = tokenize(filter);
  }

  parse(): Condition {
    if (this.#tokens.length === 1) this.#fail('the filter is empty, a field or a protocol needed');
    const condition = this.#or();
    const { kind, text } = this.#peek;
    if (kind !== 'end') {
      if (text === ')') this.#fail('this ) closes nothing');
      if (text === '=') this.#fail('one = is no comparison, == is');
      this.#fail(`${JSON.stringify(text)} stands where "and", "or" or the end of the filter belongs`);
    }
    return condition;
  }

  get #peek(): Token {
    return this.#tokens[this.#position]!;
  }

  get #isAtEnd(): boolean {
    return this.#position === this.#tokens.length - 1;
  }

  #next(): Token {
    return this.#tokens[this.#position++]!;
  }

  #fail(reason: string, { at, length }: Span = this.#peek): never {
    throw new FilterError('SYNTAX', this.#filter, { at, length }, reason);
  }

  #takes(...texts: string[]): Token | undefined {
    const token = this.#peek;
    if (token.kind !== 'operator' && token.kind !== 'word') return undefined;
    if (!texts.includes(token.text)) return undefined;
    return this.#next();
  }

  #or(): Condition {
    let left = this.#xor();
    while (this.#takes('or', '||')) left = join('or', left, this.#xor());
    return left;
  }

  #xor(): Condition {
    let left = this.#and();
    while (this.#takes('xor', '^^')) left = join('xor', left, this.#and());
    return left;
  }

  #and(): Condition {
    let left = this.#not();
    while (this.#takes('and', '&&')) left = join('and', left, this.#not());
    return left;
  }

  #not(): Condition {
    if (++this.#depth > maxDepth) this.#fail(`more than ${maxDepth} parentheses and negations inside of one another`);
    try {
      const not = this.#takes('not', '!');
      if (not) {
        const of = this.#not();
        return { kind: 'not', of, at: not.at, length: of.at + of.length - not.at };
      }
      const open = this.#takes('(');
      if (!open) return this.#test();
      const inside = this.#or();
      if (!this.#takes(')')) this.#fail(`a ) is missing for the ( in column ${open.at + 1}`);
      return inside;
    } finally {
      this.#depth--;
    }
  }

  #test(): Condition {
    const quantifier = this.#takes('any', 'all')?.text as 'any' | 'all' | undefined;
    const left = this.#sum();
    const negated = this.#peek.text === 'not' && this.#tokens[this.#position + 1]?.text === 'in' ? this.#next() : false;
    if (this.#takes('in')) {
      const { set, end } = this.#set();
      const test: Condition = {
        kind: 'in',
        ...(quantifier ? { quantifier } : {}),
        left,
        set,
        at: left.at,
        length: end - left.at,
      };
      return negated ? { kind: 'not', of: test, at: test.at, length: test.length } : test;
    }
    let chain: Condition | undefined;
    let operand = left;
    for (;;) {
      const operator = this.#comparison();
      if (operator === undefined) break;
      const right = this.#sum();
      const length = right.at + right.length - operand.at;
      const one: Condition = {
        kind: 'compare',
        operator,
        ...(quantifier ? { quantifier } : {}),
        left: operand,
        right,
        at: operand.at,
        length,
      };
      // `1 < tcp.len < 10`
      chain = chain === undefined ? one : join('and', chain, one);
      operand = right;
    }
    if (chain) return chain;
    if (this.#peek.text === '=') this.#fail('one = is no comparison, == is');
    if (quantifier) this.#fail(`${quantifier} needs a comparison behind the field`);
    if (left.kind === 'literal') {
      const shown = this.#filter.slice(left.at, left.at + left.length);
      this.#fail(`${shown} alone says nothing, a comparison needed`, left);
    }
    return { kind: 'present', operand: left, at: left.at, length: left.length };
  }

  #comparison(): Comparison | undefined {
    const token = this.#peek;
    if (token.kind !== 'operator' && token.kind !== 'word') return undefined;
    if (!Object.hasOwn(comparisons, token.text)) return undefined;
    this.#next();
    return comparisons[token.text];
  }

  #set(): { set: SetElement[]; end: number } {
    const open = this.#takes('{');
    if (!open) this.#fail('"in" needs a set in braces, as in {80, 443, 8000..8100}');
    const set: SetElement[] = [];
    while (!this.#takes('}')) {
      if (this.#peek.kind === 'end') this.#fail(`a } is missing for the { in column ${open!.at + 1}`);
      const low = this.#sum();
      set.push(this.#takes('..') ? { low, high: this.#sum() } : { low });
      // Commas are what 4.0 asks for; spaces are the older way.
      this.#takes(',');
    }
    if (set.length === 0) this.#fail('the set is empty, at least one value needed', open);
    const last = this.#tokens[this.#position - 1]!;
    return { set, end: last.at + last.length };
  }

  #sum(): Operand {
    let left = this.#term();
    for (let operator = this.#takes('+', '-'); operator; operator = this.#takes('+', '-'))
      left = arithmetic(operator.text, left, this.#term());
    return left;
  }

  #term(): Operand {
    let left = this.#factor();
    for (let operator = this.#takes('*', '/', '%'); operator; operator = this.#takes('*', '/', '%'))
      left = arithmetic(operator.text, left, this.#factor());
    return left;
  }

  #factor(): Operand {
    const minus = this.#takes('-');
    let operand = minus ? this.#factor() : this.#value();
    if (minus)
      operand = { kind: 'negative', of: operand, at: minus.at, length: operand.at + operand.length - minus.at };
    while (this.#peek.text === '[' && this.#peek.kind === 'operator') operand = this.#slice(operand);
    if (this.#takes('&', 'bitwise_and', 'bitand')) return arithmetic('&', operand, this.#factor());
    return operand;
  }

  #value(): Operand {
    const token = this.#peek;
    const { at, length, text } = token;
    if (token.kind === 'string' || token.kind === 'char') {
      this.#next();
      return { kind: 'literal', form: token.kind, text, at, length };
    }
    if (token.kind === 'operator' && text === '{') {
      this.#next();
      const inside = this.#sum();
      if (!this.#takes('}')) this.#fail(`a } is missing for the { in column ${at + 1}`);
      return inside;
    }
    if (token.kind === 'end') this.#fail('the filter ends where a field or a value belongs');
    if (token.kind !== 'word' || reserved.has(text))
      this.#fail(`${JSON.stringify(text)} stands where a field or a value belongs`);
    this.#next();
    if (this.#peek.text === '(' && this.#peek.kind === 'operator' && /^[a-z_]+$/i.test(text)) return this.#call(token);
    // A name begins with a letter and holds no colon; `dead:beef` and `::1` are values.
    const isName = /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(text) && !/^(true|false)$/i.test(text);
    if (!isName) return { kind: 'literal', form: 'word', text, at, length };
    if (this.#takes('#')) {
      const number = this.#next();
      if (!/^[1-9]\d*$/.test(number.text)) this.#fail('# needs the number of a layer, from 1', number);
      return { kind: 'field', name: text, layer: Number(number.text), at, length: number.at + number.length - at };
    }
    return { kind: 'field', name: text, at, length };
  }

  #call(name: Token): Operand {
    const open = this.#next();
    const args: Operand[] = [];
    while (!this.#takes(')')) {
      if (this.#peek.kind === 'end') this.#fail(`a ) is missing for the ( in column ${open.at + 1}`);
      args.push(this.#sum());
      if (this.#takes(',')) continue;
      if (this.#peek.text !== ')' && !this.#isAtEnd) this.#fail('a , or ) belongs here');
    }
    const last = this.#tokens[this.#position - 1]!;
    return { kind: 'call', name: name.text, args, at: name.at, length: last.at + last.length - name.at };
  }

  #slice(of: Operand): Operand {
    const open = this.#next();
    const ranges: SliceRange[] = [];
    do ranges.push(this.#range());
    while (this.#takes(','));
    const close = this.#peek;
    if (!this.#takes(']')) this.#fail(`a ] is missing for the [ in column ${open.at + 1}`);
    return { kind: 'slice', of, ranges, at: of.at, length: close.at + 1 - of.at };
  }

  /** `i:length`, `i-j`, `i`, `:length`, `i:`. */
  #range(): SliceRange {
    if (this.#takes(':')) return { from: 0, length: this.#integer() };
    const place = this.#peek;
    const from = this.#integer();
    if (this.#takes(':')) {
      if (this.#peek.text === ']' || this.#peek.text === ',') return { from, length: undefined };
      const size = this.#peek;
      const length = this.#integer();
      if (length < 1) this.#fail('a slice of no bytes, a length from 1 up needed', size);
      return { from, length };
    }
    if (this.#takes('-')) {
      const end = this.#peek;
      const to = this.#integer();
      if (from >= 0 && to < from)
        this.#fail(`the slice ends before it begins`, { ...place, length: end.at + end.length - place.at });
      return { from, length: to - from + 1 };
    }
    return { from, length: 1 };
  }

  #integer(): number {
    const minus = this.#takes('-') !== undefined;
    const token = this.#next();
    if (!/^(0x[0-9a-f]+|\d+)$/i.test(token.text)) this.#fail('a slice needs numbers, as in [0:4] or [2-5]', token);
    return minus ? -Number(token.text) : Number(token.text);
  }
}

function join(kind: 'and' | 'or' | 'xor', left: Condition, right: Condition): Condition {
  return { kind, left, right, at: left.at, length: right.at + right.length - left.at };
}

function arithmetic(operator: string, left: Operand, right: Operand): Operand {
  return {
    kind: 'arithmetic',
    operator: operator as '+',
    left,
    right,
    at: left.at,
    length: right.at + right.length - left.at,
  };
}
