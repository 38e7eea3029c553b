/**
 * tslab's converter (TypeScript cell → JavaScript, declarations, diagnostics), mended from outside:
 *
 * - source maps, so that a stack names the cell's own line;
 * - a top-level `await (…)`, `await […]`, `for await` is recognised as what it is;
 * - the names that only a cell has (`display`, `prompt`) are declared;
 * - `wirebook` is found even where no `node_modules` holds it;
 * - `{ name }` with a name from an earlier cell means that name.
 *
 * The converter builds its compiler host itself, so the compiler it sees is a copy with three functions replaced.
 *
 * @module
 */
import { createRequire, SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type ts from 'typescript';
import { type BuilderCompiler, programFactory } from './builder.js';
import { type CheckedCell, callAt, signatureOf } from './calls.js';
import { loadCached } from './compiler-cache.js';
import { type Completeness, completenessOf } from './completeness.js';
import { hasGrammarFault } from './grammar.js';
import type { QuickInfo } from './quick-info.js';
import { createWatchProgram, type ShorthandCompiler, type WatchHost } from './shorthand.js';

/** A place in a cell, 0-based. */
export interface Place {
  offset: number;
  line: number;
  character: number;
}

/** Something the compiler found. */
export interface Diagnostic {
  start: Place;
  end: Place;
  messageText: string;
  category: number;
  code: number;
  /** A file other than the cell. */
  fileName?: string;
}

/** JavaScript made from one cell. */
export interface Conversion {
  output?: string;
  declOutput?: string;
  diagnostics: Diagnostic[];
  lastExpressionVar?: string;
  hasToplevelAwait?: boolean;
  sideOutputs?: { path: string; data: string }[];
  /** Finds the cell's line and column (0-based) for a place in `output`. */
  locate(line: number, column: number): { line: number; column: number } | undefined;
}

/** Names that fit at the cursor, to be put between two offsets in UTF-16 code units. */
export interface Completion {
  start: number;
  end: number;
  candidates: Candidate[];
}

/** A name that fits. */
export interface Candidate {
  text: string;
  /** `method`, `const`, `keyword` …, as the compiler calls it. */
  kind: string;
  /** How it is called: `(n: number): string`. Empty where it is not. */
  signature: string;
}

interface Names {
  start: number;
  end: number;
  candidates: string[];
  original?: { entries?: { name: string; kind: string; symbol?: ts.Symbol }[] };
}

interface TslabConverter {
  convert(prevDecl: string, src: string): Omit<Conversion, 'locate'>;
  inspect(prevDecl: string, src: string, position: number): QuickInfo | undefined;
  complete(prevDecl: string, src: string, position: number): Names;
  addModule(name: string, content: string, meta?: object): Diagnostic[];
}

interface CompilerOptions {
  [name: string]: unknown;
  typeRoots?: string[];
}

interface Compiler extends ShorthandCompiler, BuilderCompiler {
  version: string;
  createWatchCompilerHost(roots: string[], options: CompilerOptions, system: unknown, ...rest: unknown[]): unknown;
  readonly Completions: { getCompletionsAtPosition(...given: unknown[]): unknown };
  transpileModule(input: string, options: { compilerOptions: CompilerOptions }): Transpiled;
}

interface Transpiled {
  outputText: string;
  sourceMapText?: string;
}

/** Makes a cell asynchronous beyond doubt; taken back out of every place that is reported. */
const PREFIX = 'await 0; ';
/** What the converter puts before a cell, on a line of its own. */
const HEADER = 'export {};\n';
const HEADER_LINES = 1;

/** The name under which the converter compiles a cell. */
const CELL_FILE = /(?:^|\/)__tslab__\.ts$/;

const require = createRequire(import.meta.url);
const COMPILER = '@tslab/typescript-for-tslab';
const INLINE_MAP = /^\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/m;

/** Compiles cells, one after the other; later cells see the names of earlier ones through `declarations`. */
export class Converter {
  readonly #tslab: TslabConverter;
  readonly #compiler: typeof ts;
  readonly #keep: () => void;
  readonly #maps = new Map<string, [SourceMap, SourceMap]>();
  #program: ts.Program | undefined;

  /** Takes about a second: the compiler reads its libraries and the `@types` it finds from the working directory up. */
  constructor() {
    const fromTslab = createRequire(require.resolve('tslab/package.json'));
    const path = fromTslab.resolve(COMPILER);
    const { exports, keep } = loadCached(path, compilerVersion());
    const real = exports as Compiler;
    this.#compiler = exports as typeof ts;
    this.#keep = keep;
    const makeProgram = programFactory(real);
    const createProgram = (...args: unknown[]): unknown => {
      const builder = makeProgram(...args) as { getProgram(): ts.Program };
      this.#program = builder.getProgram();
      return builder;
    };
    require.cache[path]!.exports = {
      ...real,
      createWatchCompilerHost: (
        roots: string[],
        options: CompilerOptions,
        system: unknown,
        _: null,
        ...rest: unknown[]
      ) => real.createWatchCompilerHost(roots, this.#withOptions(options), system, createProgram, ...rest),
      Completions: {
        ...real.Completions,
        // The same, with the symbols that the entries stand for.
        getCompletionsAtPositionForTslab: (...given: unknown[]) =>
          real.Completions.getCompletionsAtPosition(...given, undefined, true),
      },
      createWatchProgram: (host: WatchHost) => createWatchProgram(real, host),
      transpileModule: (input: string, options: { compilerOptions: CompilerOptions }) =>
        this.#transpile(real, input, options),
    };
    const { createConverter } = require('tslab/dist/converter') as { createConverter(): TslabConverter };
    this.#tslab = createConverter();
  }

  /** Keeps what makes the next start faster; to be called when nobody waits. */
  keepCompiler(): void {
    this.#keep();
  }

  /** Compiles a cell. With diagnostics there is no output. */
  convert(declarations: string, code: string): Conversion {
    const prefix = prefixOf(code);
    const result = this.#tslab.convert(declarations, prefix + code);
    const maps = result.output === undefined ? undefined : this.#maps.get(result.output);
    this.#maps.clear();
    return {
      ...result,
      diagnostics: result.diagnostics.map((found) => withoutPrefix(found, prefix.length)),
      locate: (line, column) => (maps ? locate(maps, prefix.length, line, column) : undefined),
    };
  }

  /** Names that fit at `cursor`, an offset in UTF-16 code units. */
  complete(declarations: string, code: string, cursor: number): Completion {
    const { start, end, candidates, original } = this.#tslab.complete(declarations, code, cursor);
    const entries = new Map((original?.entries ?? []).map((entry) => [entry.name, entry]));
    const checked = this.#checked();
    return {
      start,
      end,
      candidates: candidates.map((text) => {
        const { kind = '', symbol } = entries.get(text) ?? {};
        return { text, kind, signature: symbol === undefined ? '' : signatureOf(checked, symbol) };
      }),
    };
  }

  /**
   * What is known at `cursor`, an offset in UTF-16 code units: of the function in whose arguments it stands, and of the name
   * there.
   */
  inspect(declarations: string, code: string, cursor: number): QuickInfo[] {
    const prefix = prefixOf(code);
    const place = prefix.length + cursor;
    const name = this.#tslab.inspect(declarations, prefix + code, place);
    const span = name?.textSpan;
    const called = callAt(
      this.#checked(),
      HEADER.length + place,
      span === undefined ? undefined : { start: HEADER.length + span.start, length: span.length },
    );
    return [called, name].filter((info) => info !== undefined);
  }

  /** Whether a text says all it has to say, wants more lines, or cannot be mended by any. */
  completeness(declarations: string, code: string): Completeness {
    const { module, jsx = false } = metadataOf(code);
    const isCell = module === undefined;
    const prefix = isCell ? prefixOf(code) : '';
    const found = completenessOf(this.#compiler, { code, before: HEADER + prefix, isJsx: !isCell && jsx });
    if (found.status !== 'complete' || !isCell || code.trim() === '') return found;
    this.#tslab.inspect(declarations, prefix + code, 0);
    return hasGrammarFault(this.#checked()) ? { status: 'invalid' } : found;
  }

  /** Keeps a cell that says `@module name` as a module other cells can import. */
  addModule(name: string, code: string, meta: object): Diagnostic[] {
    return this.#tslab.addModule(name, code, meta);
  }

  /** The cell that the compiler was asked about last. */
  #checked(): CheckedCell {
    const program = this.#program!;
    const cell = program.getSourceFiles().find(({ fileName }) => CELL_FILE.test(fileName))!;
    return { compiler: this.#compiler, program, cell };
  }

  #withOptions(options: CompilerOptions): CompilerOptions {
    return {
      ...options,
      inlineSourceMap: true,
      typeRoots: [...(options.typeRoots ?? []), fileURLToPath(new URL('./cell', import.meta.url))],
      ...fallbackPaths(),
    };
  }

  #transpile(real: Compiler, input: string, options: { compilerOptions: CompilerOptions }): Transpiled {
    const [, encoded] = INLINE_MAP.exec(input) ?? [];
    const source = input.replace(INLINE_MAP, '');
    const made = real.transpileModule(source, {
      ...options,
      compilerOptions: { ...options.compilerOptions, sourceMap: true },
    });
    const outputText = made.outputText.replace(/\/\/# sourceMappingURL=\S+\s*$/, '');
    if (encoded !== undefined && made.sourceMapText !== undefined) {
      const first = JSON.parse(Buffer.from(encoded, 'base64').toString()) as SourceMapPayload;
      const second = JSON.parse(made.sourceMapText) as SourceMapPayload;
      this.#maps.set(outputText, [new SourceMap(first), new SourceMap(second)]);
    }
    return { outputText };
  }
}

/** Version of the compiler that checks the cells. */
export function compilerVersion(): string {
  const fromTslab = createRequire(require.resolve('tslab/package.json'));
  return (fromTslab(`${COMPILER}/package.json`) as { version: string }).version;
}

/** What a cell's first comments say of it: `@module name`, `@jsx`. */
export function metadataOf(code: string): { module?: string; mode?: string; jsx?: boolean } {
  const { getCodeMetadata } = require('tslab/dist/metadata') as {
    getCodeMetadata(code: string): { module?: string; mode?: string; jsx?: boolean };
  };
  return getCodeMetadata(code);
}

/**
 * The compiler takes `await (x)`, `await [x]` … at top level for a call or an index, and rejects a bare `for await`, until
 * a plain `await` shows what the cell is.
 */
function prefixOf(code: string): string {
  return /\bawait\b/.test(code) ? PREFIX : '';
}

function withoutPrefix(found: Diagnostic, length: number): Diagnostic {
  if (length === 0 || found.fileName !== undefined) return found;
  const shift = (place: Place): Place => ({
    offset: Math.max(0, place.offset - length),
    line: place.line,
    character: place.line === 0 ? Math.max(0, place.character - length) : place.character,
  });
  return { ...found, start: shift(found.start), end: shift(found.end) };
}

function locate([first, second]: [SourceMap, SourceMap], prefix: number, line: number, column: number) {
  const middle = second.findEntry(line, column);
  if (!('originalLine' in middle)) return undefined;
  const entry = first.findEntry(middle.originalLine, middle.originalColumn);
  if (!('originalLine' in entry)) return undefined;
  const found = entry.originalLine - HEADER_LINES;
  if (found < 0) return undefined;
  return { line: found, column: found === 0 ? Math.max(0, entry.originalColumn - prefix) : entry.originalColumn };
}

/** Lets a notebook anywhere import this package, unless its own folder has one. */
function fallbackPaths(): { paths?: Record<string, string[]> } {
  try {
    createRequire(join(process.cwd(), 'cell.js')).resolve('wirebook/package.json');
    return {};
  } catch {
    const manifest = fileURLToPath(new URL('../../../../package.json', import.meta.url));
    const { types, typesVersions } = require(manifest) as {
      types: string;
      typesVersions: { '*': Record<string, string[]> };
    };
    const root = dirname(manifest);
    const paths: Record<string, string[]> = { wirebook: [join(root, types)] };
    for (const [name, files] of Object.entries(typesVersions['*'])) {
      paths[`wirebook/${name}`] = files.map((file) => join(root, file));
    }
    return { paths };
  }
}
