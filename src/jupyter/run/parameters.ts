/**
 * Parameters: a run's own values for what a cell tagged `parameters` declares.
 *
 * @module
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { NotebookError } from '../../errors.js';
import { type CodeCell, type Notebook, newCellId, tagsOf } from '../protocol/notebook.js';

/** Text from a command line; only the declaration tells whether `80` is a number. */
export class ParameterText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Values by name. */
export type Parameters = ReadonlyMap<string, unknown>;

interface Declared {
  readonly name: string;
  readonly type: string | undefined;
  /** What is in the quotes of a value that is a string. */
  readonly text: string | undefined;
}

/**
 * Puts a cell with the values after the one tagged `parameters`, typed as that one declares them, so that a value of the
 * wrong type is a type error of the injected cell. Where the declared value names a file, text from a command line may name one from
 * where the command was given; the cell gets it from where the notebook stands.
 *
 * @throws NotebookError `BAD_PARAMETER` when no cell is tagged, or a name is not declared there
 */
export function injectParameters(notebook: Notebook, parameters: Parameters, path: string): void {
  if (parameters.size === 0) return;
  const at = notebook.cells.findIndex((cell) => cell.cell_type === 'code' && tagsOf(cell).includes('parameters'));
  if (at < 0) {
    throw new NotebookError('BAD_PARAMETER', `Cannot give ${path} parameters: it has no cell tagged "parameters"`);
  }
  const isPython = notebook.metadata.kernelspec?.language === 'python';
  const declared = isPython ? declaredInPython(notebook.cells[at]!.source) : declaredIn(notebook.cells[at]!.source);
  const unknown = [...parameters.keys()].filter((name) => !declared.some((each) => each.name === name));
  if (unknown.length > 0) {
    const names = declared.map(({ name }) => name).join(', ') || 'none';
    throw new NotebookError(
      'BAD_PARAMETER',
      `Cannot set ${unknown.join(', ')} in ${path}: its parameters are ${names}`,
    );
  }
  const lines = [...parameters].map(([name, given]) => {
    const { type, text } = declared.find((each) => each.name === name)!;
    const isFile = given instanceof ParameterText && type === 'string' && isFileName(text, dirname(path));
    const value = isFile ? fromNotebook(given.text, path) : valueFor(given, type);
    if (isPython) return `${name} = ${toPython(value)}`;
    return `const ${name}${type === undefined ? '' : `: ${type}`} = ${JSON.stringify(value)};`;
  });
  const cell: CodeCell = {
    cell_type: 'code',
    id: newCellId(),
    metadata: { tags: ['injected-parameters'] },
    source: [`${isPython ? '#' : '//'} Parameters of this run`, ...lines].join('\n'),
    execution_count: null,
    outputs: [],
  };
  const next = notebook.cells[at + 1];
  const isLeftOver = next !== undefined && tagsOf(next).includes('injected-parameters');
  notebook.cells.splice(at + 1, isLeftOver ? 1 : 0, cell);
}

/** Reads `name=value`. */
export function parseParameter(argument: string): [string, ParameterText] {
  const at = argument.indexOf('=');
  if (at < 1) throw new NotebookError('BAD_PARAMETER', `Cannot read parameter ${argument}: name=value needed`);
  return [argument.slice(0, at), new ParameterText(argument.slice(at + 1))];
}

function declaredIn(source: string): Declared[] {
  const pattern = /^\s*(?:export\s+)?(?:const|let|var)\s+([\p{L}_$][\p{L}\p{N}_$]*)\s*(?::([^=]+))?=\s*([^\n]*)/gmu;
  return [...source.matchAll(pattern)].map(([, name, type, value]) => ({
    name: name!,
    type: type?.trim() ?? typeOf(value!),
    text: quoted(value!),
  }));
}

/** The type of a literal; of anything else the compiler is not asked. */
function typeOf(value: string): string | undefined {
  if (/^['"`]/.test(value)) return 'string';
  if (/^(?:true|false)\b/.test(value)) return 'boolean';
  if (/^-?[\d.][\d_.]*(?:e[+-]?\d+)?\s*(?:;|\/\/|$)/i.test(value)) return 'number';
  return undefined;
}

function declaredInPython(source: string): Declared[] {
  return [...source.matchAll(/^([A-Za-z_]\w*)\s*(?::[^=\n]+)?=(?!=)\s*([^\n]*)/gm)].map(([, name, value]) => ({
    name: name!,
    type: /^['"]/.test(value!) ? 'string' : undefined,
    text: quoted(value!),
  }));
}

function quoted(value: string): string | undefined {
  return /^(['"])([^'"\\\n]*)\1/.exec(value)?.[2];
}

function isFileName(text: string | undefined, folder: string): boolean {
  if (text === undefined || text === '') return false;
  return statSync(join(folder, text), { throwIfNoEntry: false })?.isFile() ?? false;
}

/** A file's name as the notebook needs it; one that only exists beside the notebook stays as it is. */
function fromNotebook(text: string, path: string): string {
  const folder = dirname(path);
  if (!existsSync(text) && existsSync(join(folder, text))) return text;
  return relative(folder, resolve(text)).split(sep).join('/');
}

function valueFor(given: unknown, type: string | undefined): unknown {
  if (!(given instanceof ParameterText)) return given;
  if (type === 'string') return given.text;
  try {
    return JSON.parse(given.text) as unknown;
  } catch {
    return given.text;
  }
}

function toPython(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(toPython).join(', ')}]`;
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${toPython(inner)}`);
    return `{${pairs.join(', ')}}`;
  }
  return JSON.stringify(value);
}
