/**
 * Whether a text says all it has to say: asked before each new line that somebody types.
 *
 * A text is unfinished when more lines can make it TypeScript, and broken when none can. The compiler's parser reads on
 * behind what is missing, so an unfinished text is one whose every fault lies behind its last token; a few of its faults
 * are told at the token before, and there some lines to come are tried.
 *
 * @module
 */
import type ts from 'typescript';

/** The answer to `is_complete_request`: with `incomplete`, the white space that the next line begins with. */
export type Completeness =
  | { readonly status: 'complete' | 'invalid' }
  | { readonly status: 'incomplete'; readonly indent: string };

/** A text, and how it is compiled. */
export interface Asked {
  readonly code: string;
  /** What the compiler is given before it. */
  readonly before: string;
  readonly isJsx: boolean;
}

const UNTERMINATED_STRING = 1002;
const COMMENT_END_EXPECTED = 1010;
/** Faults within one token that no further line mends: of strings, regular expressions, numbers, escapes and characters. */
const WITHIN_TOKEN = [
  UNTERMINATED_STRING,
  1124,
  1125,
  1127,
  1161,
  1177,
  1178,
  1198,
  1199,
  1351,
  1352,
  1353,
  6188,
  6189,
];
/** An expression, a type or a name is expected: the line to come belongs to the one before. */
const OPERAND_EXPECTED = [1109, 1110, 1003];
/** Lines to come that are tried: behind `export`, `import` and the parameters of an arrow function. */
const CONTINUATIONS = ['{}', "'x'", 'class A {}', '(x)', 'x => x', ': x => x', '| x => x', 'readonly [x in y]: z }'];
/**
 * The parser takes something for an arrow function, or for arguments of a type, only once it has seen the end of it. So ends
 * are tried: what may be missing, some of the brackets that are open, and what tells it.
 */
const MISSING = ['', 'x', ': x', 'x in y', '[x in y]'];
const TELLING = ['=> x', '>()', '>>()', '=> x>()', '=> x) => x'];
/** How many open brackets are tried. */
const DEPTH = 3;
const INDENT = '  ';

/** Judges a text by its syntax alone; what the compiler finds only as it checks is not found here. */
export function completenessOf(compiler: typeof ts, asked: Asked): Completeness {
  const text = new Text(compiler, asked);
  if (text.faults.length === 0) return text.isPromise() ? incomplete(text) : { status: 'complete' };
  if (text.isOpen() || text.continuations().some((more) => text.with(more).isMended())) return incomplete(text);
  return { status: 'invalid' };
}

function incomplete(text: Text): Completeness {
  return { status: 'incomplete', indent: text.indent() };
}

/** A text with the lines typed so far. */
class Text {
  readonly faults: readonly ts.DiagnosticWithLocation[];
  readonly #compiler: typeof ts;
  readonly #asked: Asked;
  readonly #source: ts.SourceFile;

  constructor(compiler: typeof ts, asked: Asked) {
    this.#compiler = compiler;
    this.#asked = asked;
    const { ScriptKind, ScriptTarget } = compiler;
    const kind = asked.isJsx ? ScriptKind.TSX : ScriptKind.TS;
    // Whatever comes stands on a line of its own, which `throw` and `async x` do not survive.
    const text = asked.before + asked.code + (asked.code.endsWith('\n') ? '' : '\n');
    this.#source = compiler.createSourceFile('cell.ts', text, ScriptTarget.Latest, true, kind);
    const { parseDiagnostics } = this.#source as unknown as { parseDiagnostics: ts.DiagnosticWithLocation[] };
    this.faults = parseDiagnostics;
  }

  with(more: string): Text {
    const { code } = this.#asked;
    return new Text(this.#compiler, { ...this.#asked, code: code + (code.endsWith('\n') ? '' : '\n') + more });
  }

  /** Lines that may mend it. */
  continuations(): string[] {
    const closers = this.#open(this.#tokens())
      .reverse()
      .map(({ closer }) => closer);
    const ends = Array.from({ length: Math.min(DEPTH, closers.length) + 1 }, (_, count) =>
      closers.slice(0, count).join(' '),
    );
    const told = ends.flatMap((end) =>
      MISSING.flatMap((missing) => TELLING.map((sign) => `${missing} ${end} ${sign}`)),
    );
    return [...CONTINUATIONS, ...told];
  }

  isMended(): boolean {
    return this.faults.length === 0 || this.isOpen();
  }

  /** Whether more is expected behind the last token, and nothing else is wrong. */
  isOpen(): boolean {
    const { pos: end } = this.#source.endOfFileToken;
    return this.faults.every(
      ({ start, code }) =>
        start >= end && (!WITHIN_TOKEN.includes(code) || (code === UNTERMINATED_STRING && this.#isStringContinued())),
    );
  }

  /**
   * Whether the last statement stands for itself only in a declaration file, or not at all: a function without its body, a
   * constant without its value.
   */
  isPromise(): boolean {
    const { SyntaxKind, NodeFlags } = this.#compiler;
    const last = this.#source.statements.at(-1);
    if (last === undefined) return false;
    const compiler = this.#compiler;
    if (compiler.isExpressionStatement(last)) return last.getText() === 'let';
    const modifiers = compiler.canHaveModifiers(last) ? (compiler.getModifiers(last) ?? []) : [];
    if (modifiers.some(({ kind }) => kind === SyntaxKind.DeclareKeyword)) return false;
    // Overloads end with a semicolon, and their implementation is still to come.
    if (compiler.isFunctionDeclaration(last)) return last.body === undefined;
    if (!compiler.isVariableStatement(last) || last.getText().endsWith(';')) return false;
    const { declarations, flags } = last.declarationList;
    const declared = declarations.at(-1);
    if (declared === undefined) return true;
    if (declared.initializer !== undefined) return false;
    return (flags & NodeFlags.Const) !== 0 || !compiler.isIdentifier(declared.name);
  }

  /** White space for the line to come. */
  indent(): string {
    const { SyntaxKind } = this.#compiler;
    const tokens = this.#tokens();
    const last = tokens.at(-1);
    const current = this.#indentAt(this.#source.text.trimEnd().length);
    if (this.faults.some(({ code }) => code === COMMENT_END_EXPECTED)) return current;
    if (last === undefined) return '';
    // White space would become part of it.
    if ((last as { isUnterminated?: boolean }).isUnterminated) return '';
    const opener = this.#open(tokens).at(-1)?.token;
    const unit = this.#unit();
    const base = opener === undefined ? '' : this.#indentAt(opener.getStart()) + unit;
    if (last === opener) return base;
    const isOperand = OPERAND_EXPECTED.includes(this.faults[0]?.code ?? 0);
    const isContinued = isOperand && last.kind !== SyntaxKind.CommaToken && last.kind !== SyntaxKind.SemicolonToken;
    const isLabel = last.kind === SyntaxKind.ColonToken && !isOperand;
    if (isContinued) return current.length > base.length ? current : base + unit;
    return isLabel ? current + unit : opener === undefined ? current : deeper(current, base);
  }

  /** Whether the text ends within a string whose last line ends with a backslash. */
  #isStringContinued(): boolean {
    const [, slashes = ''] = /(\\*)\r?\n$/.exec(this.#source.text) ?? [];
    return slashes.length % 2 === 1;
  }

  /** What is left to be closed, innermost last. */
  #open(tokens: readonly ts.Node[]): { readonly token: ts.Node; readonly closer: string }[] {
    const { SyntaxKind } = this.#compiler;
    const openers = new Map<ts.SyntaxKind, string>([
      [SyntaxKind.OpenBraceToken, '}'],
      [SyntaxKind.OpenParenToken, ')'],
      [SyntaxKind.OpenBracketToken, ']'],
      [SyntaxKind.TemplateHead, '}`'],
    ]);
    const closers = [
      SyntaxKind.CloseBraceToken,
      SyntaxKind.CloseParenToken,
      SyntaxKind.CloseBracketToken,
      SyntaxKind.TemplateTail,
    ];
    const open: { token: ts.Node; closer: string }[] = [];
    for (const token of tokens) {
      const closer = openers.get(token.kind);
      if (closer !== undefined) open.push({ token, closer });
      else if (closers.includes(token.kind)) open.pop();
    }
    return open;
  }

  /** The tokens of the text, without those that the parser made up. */
  #tokens(): ts.Node[] {
    const found: ts.Node[] = [];
    const source = this.#source;
    const from = this.#asked.before.length;
    const visit = (node: ts.Node): void => {
      if (this.#compiler.isJSDoc(node)) return;
      const children = node.getChildren(source);
      for (const child of children) visit(child);
      if (children.length === 0 && node.getStart(source) >= from && node.end > node.getStart(source)) found.push(node);
    };
    visit(source);
    return found.filter(({ kind }) => kind !== this.#compiler.SyntaxKind.EndOfFileToken);
  }

  #indentAt(offset: number): string {
    const { text } = this.#source;
    const start = Math.max(this.#asked.before.length, text.lastIndexOf('\n', offset - 1) + 1);
    return /^[ \t]*/.exec(text.slice(start, offset))![0];
  }

  /** What the text itself is indented by. */
  #unit(): string {
    const [, first] = /^(\t|(?: {2}){1,4})(?! )\S/m.exec(this.#asked.code) ?? [];
    return first ?? INDENT;
  }
}

function deeper(one: string, other: string): string {
  return one.length > other.length ? one : other;
}
