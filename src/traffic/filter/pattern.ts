/**
 * Regular expressions of filters, matched in time that grows with the text alone: the engine is RE2's, which goes back over nothing.
 * Written as for PCRE2, which Wireshark uses, without what needs going back: look-around, back-references, atomic groups and possessive
 * repetition.
 *
 * @module
 */
import { RE2JS } from 're2js';

/** Whether a text or bytes hold a match. */
export type Pattern = (value: string | Uint8Array) => boolean;

/**
 * Compiles a regular expression, upper and lower case alike unless it begins with `(?-i)`.
 *
 * @throws RangeError that says what is wrong or not supported
 */
export function compilePattern(source: string): Pattern {
  const lacking = unsupported(source);
  if (lacking !== undefined) throw new RangeError(lacking);
  let text: RE2JS;
  let binary: RE2JS;
  try {
    text = RE2JS.compile(translate(source, false), RE2JS.CASE_INSENSITIVE);
    binary = RE2JS.compile(translate(source, true), RE2JS.CASE_INSENSITIVE);
  } catch (cause) {
    throw new RangeError((cause as Error).message.replace(/^error parsing regexp: /, ''), { cause });
  }
  return (value) => (typeof value === 'string' ? text.test(value) : binary.test(toBinary(value)));
}

/** What PCRE2 has and the engine has not, in the words of whoever wrote it. */
const lacks: readonly (readonly [start: RegExp, what: string])[] = [
  [/^\(\?<?[=!]/, 'look-ahead and look-behind'],
  [/^\(\?(R|\d|&|P>|\()/, 'recursion and conditions'],
  [/^\(\?P=/, 'back-references'],
  [/^\(\?>/, 'atomic groups'],
  [/^[*+?}]\+/, 'possessive repetition'],
  [/^\\([1-9]|[gk][{<'\d-])/, 'back-references'],
  [/^\\[GKRXZ]/, 'this escape'],
];

function unsupported(source: string): string | undefined {
  let found: string | undefined;
  scan(source, (at, inClass) => {
    const rest = source.slice(at, at + 4);
    const lack = inClass ? undefined : lacks.find(([start]) => start.test(rest));
    if (lack) found ??= `${lack[1]} would need going back, which may take for ever: not supported, at "${rest}"`;
    return undefined;
  });
  return found;
}

/** First code point that bytes from 0x80 on are moved to: there no letter has another case. */
const highBytes = 0xe000;

/** The expression as the engine reads it; `isBinary` for texts that `toBinary` makes. */
function translate(source: string, isBinary: boolean): string {
  const isMultiline = /\(\?[a-z]*m/.test(source);
  const high = (code: number) =>
    isBinary && code >= 0x80 && code <= 0xff ? `\\x{${(highBytes + code).toString(16)}}` : undefined;
  return scan(source, (at, inClass) => {
    const character = source[at]!;
    if (character === '\\') {
      const written = /^\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})/.exec(source.slice(at, at + 12));
      return written ? high(Number.parseInt(written[1] ?? written[2]!, 16)) : undefined;
    }
    // PCRE's end of text may have a line feed behind it.
    if (character === '$' && !inClass && !isMultiline) return '(?:\\n?\\z)';
    return high(character.charCodeAt(0));
  });
}

/** Goes over an expression, an escape at a time, and puts in what `visit` gives in place of what is there. */
function scan(source: string, visit: (at: number, inClass: boolean) => string | undefined): string {
  let inClass = false;
  let result = '';
  for (let at = 0; at < source.length; ) {
    const character = source[at]!;
    const length =
      character === '\\'
        ? (/^\\(x[0-9a-fA-F]{2}|x\{[0-9a-fA-F]+\}|.)/su.exec(source.slice(at, at + 12))?.[0].length ?? 1)
        : 1;
    result += visit(at, inClass) ?? source.slice(at, at + length);
    if (character === '[' && !inClass) {
      inClass = true;
      // A bracket that comes first stands for itself.
      const first = /^\[\^?\]/.exec(source.slice(at, at + 3))?.[0];
      if (first !== undefined) {
        result += first.slice(1);
        at += first.length;
        continue;
      }
    } else if (character === ']') inClass = false;
    at += length;
  }
  return result;
}

const block = 8192;

/** One character a byte; bytes from 0x80 on are none that has a case. */
function toBinary(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += block) {
    const codes = Uint16Array.from(bytes.subarray(i, i + block), (byte) => (byte < 0x80 ? byte : highBytes + byte));
    text += String.fromCharCode(...codes);
  }
  return text;
}
