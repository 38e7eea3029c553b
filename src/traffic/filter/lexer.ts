/**
 * A display filter's text as tokens, each with its place.
 *
 * @module
 */
import { FilterError } from '../../errors.js';

/** What a token is. `word` is a name, a number, an address, bytes: anything that is neither quoted nor an operator. */
type TokenKind = 'word' | 'string' | 'char' | 'operator' | 'end';

/** A piece of the filter. */
export interface Token {
  readonly kind: TokenKind;
  /** As it stands there; for a string, what it means. */
  readonly text: string;
  readonly at: number;
  readonly length: number;
}

/** Longest first, so that `===` is not read as `==` and `=`. */
const operators = [
  '===', '!==', '~=', '==', '!=', '>=', '<=', '&&', '||', '^^', '..', '>', '<', '!', '~', '&', '(', ')', '{', '}', '[', ']',
  ',', '+', '*', '/', '%', '#', '=',
]; // biome-ignore format: a table

const escapes: { readonly [letter: string]: string } = {
  n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\', '"': '"', "'": "'",
}; // biome-ignore format: a table

/** Words run over these; a `-` only where it does not stand for a minus before a number or a space. */
const wordCharacter = /[A-Za-z0-9_.:]/;

/** @throws FilterError for a string without an end and for characters that mean nothing */
export function tokenize(filter: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  // Inside of brackets a `:` and a `-` stand between numbers, as in `eth.src[0:3]`.
  let isSlice = false;
  while (at < filter.length) {
    const start = at;
    const character = filter[at]!;
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    if (character === '"' || ((character === 'r' || character === 'R') && filter[at + 1] === '"')) {
      const isRaw = character !== '"';
      const [text, end] = readString(filter, isRaw ? at + 1 : at, isRaw);
      tokens.push({ kind: 'string', text, at, length: end - at });
      at = end;
      continue;
    }
    if (character === "'") {
      const match = /^'(\\x[0-9a-fA-F]{1,2}|\\[0-7]{1,3}|\\.|[^'\\])'/.exec(filter.slice(at));
      if (!match)
        throw new FilterError('SYNTAX', filter, { at, length: 1 }, "a character needs its closing ', as in 'a'");
      tokens.push({ kind: 'char', text: unescaped(match[1]!), at, length: match[0].length });
      at += match[0].length;
      continue;
    }
    if (isSlice && (character === ':' || character === '-')) {
      tokens.push({ kind: 'operator', text: character, at, length: 1 });
      at++;
      continue;
    }
    const operator = operators.find((each) => filter.startsWith(each, at));
    if (operator !== undefined) {
      // `[` of a slice follows its field without a space.
      if (operator === '[') isSlice = true;
      if (operator === ']') isSlice = false;
      tokens.push({ kind: 'operator', text: operator, at, length: operator.length });
      at += operator.length;
      continue;
    }
    if (character === '-') {
      tokens.push({ kind: 'operator', text: '-', at, length: 1 });
      at++;
      continue;
    }
    if (!wordCharacter.test(character)) {
      throw new FilterError(
        'SYNTAX',
        filter,
        { at, length: 1 },
        `${JSON.stringify(character)} means nothing in a filter`,
      );
    }
    while (at < filter.length) {
      const next = filter[at]!;
      if (isSlice && (next === ':' || next === '-')) break;
      if (filter.startsWith('..', at)) break;
      // A `-` belongs to a word between its characters, as in a name or in bytes written aa-bb-cc.
      if (wordCharacter.test(next) || (next === '-' && at > start && /[A-Za-z0-9]/.test(filter[at + 1] ?? ''))) at++;
      else if (next === '/' && /^\/\d/.test(filter.slice(at)) && isAddress(filter.slice(start, at))) at++;
      else break;
    }
    tokens.push({ kind: 'word', text: filter.slice(start, at), at: start, length: at - start });
  }
  tokens.push({ kind: 'end', text: '', at: filter.length, length: 1 });
  return tokens;
}

/** Whether a prefix length may follow: `10.0.0.0/8`, `fe80::/10`, but not `tcp.len / 2`. */
function isAddress(text: string): boolean {
  return /^\d+(\.\d+){3}$/.test(text) || /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/.test(text);
}

function readString(filter: string, open: number, isRaw: boolean): [text: string, end: number] {
  let text = '';
  for (let at = open + 1; at < filter.length; ) {
    const character = filter[at]!;
    if (character === '"') return [text, at + 1];
    if (character === '\\' && !isRaw) {
      const match = /^\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|[0-7]{1,3}|.)/s.exec(filter.slice(at));
      if (match) {
        text += unescaped(match[0]);
        at += match[0].length;
        continue;
      }
    }
    text += character;
    at++;
  }
  throw new FilterError('SYNTAX', filter, { at: open, length: filter.length - open }, 'the string has no closing "');
}

/** What an escape of C stands for; a backslash before any other character is kept, for regular expressions. */
function unescaped(text: string): string {
  if (!text.startsWith('\\')) return text;
  const rest = text.slice(1);
  if (/^[xu][0-9a-fA-F]+$/.test(rest)) return String.fromCharCode(Number.parseInt(rest.slice(1), 16));
  if (/^[0-7]+$/.test(rest)) return String.fromCharCode(Number.parseInt(rest, 8) & 0xff);
  return escapes[rest] ?? text;
}
