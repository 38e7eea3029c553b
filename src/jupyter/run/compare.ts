/**
 * Compares a notebook's stored outputs with those of a new run. What may differ from run to run (times, durations,
 * ephemeral ports, ids) is made equal first; figures are compared by their data, streams as one text each.
 *
 * @module
 */
import { NotebookError } from '../../errors.js';
import { type CodeCell, isJsonMime, type MimeData, type Notebook, type Output, tagsOf } from '../protocol/notebook.js';
import { stripAnsi } from './ansi.js';
import { diffLines } from './diff.js';

const PLOTLY = 'application/vnd.plotly.v1+json';
/** A cell whose outputs are not compared. nbval's tag is taken too. */
const IGNORED = ['ignore-output', 'nbval-ignore-output'];
/** Digits of a number that have to agree. */
const DIGITS = 9;

/** What may differ, and what is shown in its place. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/g, '<time>'],
  [/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi, '<id>'],
  [/(?<![\d.])\d+(?:\.\d+)?(?:e[+-]?\d+)?\s?(?:ns|µs|μs|us|ms|s|sec|seconds|milliseconds)\b/g, '<duration>'],
  [/(?<=(?:\d{1,3}(?:\.\d{1,3}){3}|localhost|\]):)(?:3[3-9]|4\d|5\d|6[0-5])\d{3}\b/g, '<port>'],
  [/(?<=\bpid:?\s)\d+\b/gi, '<pid>'],
];

/** The difference of one cell. */
export interface CellDifference {
  /** Place among all cells, from 0. */
  readonly index: number;
  /** Lines as `diffLines` gives them. */
  readonly lines: readonly string[];
}

/**
 * Compares the outputs of two runs of the same notebook. A notebook may name more that may differ, as regular
 * expressions in its metadata: `{ "wirebook": { "volatile": ["seq=\\d+"] } }`.
 *
 * @throws NotebookError `DIFFERENT` when no cell has stored outputs, so that there is nothing to compare with
 */
export function compareOutputs(stored: Notebook, run: Notebook, path: string): CellDifference[] {
  const hasOutputs = stored.cells.some((cell) => cell.cell_type === 'code' && cell.outputs.length > 0);
  if (!hasOutputs) {
    throw new NotebookError(
      'DIFFERENT',
      `Cannot check ${path}: it holds no outputs to compare with; store an executed notebook`,
    );
  }
  const rules = [...VOLATILE, ...ownRules(stored, path)];
  const differences: CellDifference[] = [];
  for (const [index, cell] of run.cells.entries()) {
    const old = stored.cells[index];
    if (cell.cell_type !== 'code' || old?.cell_type !== 'code') continue;
    if (tagsOf(cell).some((tag) => IGNORED.includes(tag))) continue;
    const [was, is] = [comparable(old, cell, rules), comparable(cell, old, rules)];
    if (was !== is) differences.push({ index, lines: diffLines(was, is) });
  }
  return differences;
}

function ownRules(notebook: Notebook, path: string): [RegExp, string][] {
  const { volatile } = (notebook.metadata.wirebook ?? {}) as { volatile?: unknown };
  if (!Array.isArray(volatile)) return [];
  return volatile.map((source) => {
    try {
      return [new RegExp(String(source), 'g'), '<volatile>'];
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new NotebookError('NOT_A_NOTEBOOK', `Cannot check ${path}: its metadata wirebook.volatile: ${reason}`, {
        cause,
      });
    }
  });
}

/** A cell's outputs as text, in the forms that the other cell has too. */
function comparable(cell: CodeCell, other: CodeCell, rules: readonly (readonly [RegExp, string])[]): string {
  const parts: string[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    const text = streamOf(cell.outputs, name);
    if (text !== '') parts.push(`[${name}]`, levelled(text, rules));
  }
  const others = richOutputs(other.outputs);
  for (const [i, output] of richOutputs(cell.outputs).entries()) {
    if (output.output_type === 'error') parts.push('[error]', levelled(`${output.ename}: ${output.evalue}`, rules));
    else {
      const counterpart = others[i];
      const mime = formOf(output.data, counterpart !== undefined && 'data' in counterpart ? counterpart.data : {});
      parts.push(`[${mime}]`, shown(output.data[mime], mime, rules));
    }
  }
  return parts.join('\n');
}

type Rich = Exclude<Output, { output_type: 'stream' }>;

function richOutputs(outputs: readonly Output[]): Rich[] {
  return outputs.filter((output): output is Rich => output.output_type !== 'stream');
}

function streamOf(outputs: readonly Output[], name: string): string {
  return outputs.map((output) => (output.output_type === 'stream' && output.name === name ? output.text : '')).join('');
}

/** The form to compare: a figure before its HTML, HTML before text, and one that both have. */
function formOf(data: MimeData, other: MimeData): string {
  const forms = [PLOTLY, 'application/json', 'text/html', 'image/svg+xml', 'text/markdown', 'text/plain'];
  const both = forms.find((mime) => mime in data && mime in other);
  return both ?? forms.find((mime) => mime in data) ?? Object.keys(data)[0] ?? 'nothing';
}

function shown(value: unknown, mime: string, rules: readonly (readonly [RegExp, string])[]): string {
  if (mime === PLOTLY) return figureText(value);
  if (isJsonMime(mime)) return JSON.stringify(rounded(value), undefined, 1);
  return levelled(String(value), rules);
}

/** A figure by its data: one line a trace and a line for each of its series; how it is laid out does not count. */
function figureText(figure: unknown): string {
  const { data } = figure as { data?: Record<string, unknown>[] };
  return (data ?? [])
    .flatMap((trace, i) => [
      `trace ${i + 1}: ${trace.type ?? 'scatter'} ${trace.name ?? ''}`.trimEnd(),
      ...['x', 'y', 'z', 'text', 'labels', 'values', 'base']
        .filter((key) => key in trace)
        .map((key) => `  ${key}: ${JSON.stringify(rounded(trace[key]))}`),
    ])
    .join('\n');
}

function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(DIGITS));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]));
}

function levelled(text: string, rules: readonly (readonly [RegExp, string])[]): string {
  return rules.reduce(
    (levelledSoFar, [pattern, word]) => levelledSoFar.replace(pattern, word),
    stripAnsi(text).trimEnd(),
  );
}
