/**
 * Runs as records for other programs: JUnit's XML, JSON and the executed notebook's own metadata.
 *
 * @module
 */

import type { JsonObject } from '../protocol/message.js';
import type { Notebook } from '../protocol/notebook.js';
import { stripAnsi } from './ansi.js';
import { statusWord } from './report/words.js';
import type { CellRun, NotebookRun } from './runner.js';

/** Every run with every cell, as JSON. */
export function jsonRecord(runs: readonly NotebookRun[]): string {
  const record = {
    ok: runs.every((run) => run.isOk),
    notebooks: runs.map((run) => ({
      path: run.path,
      kernel: run.kernel,
      ok: run.isOk,
      ...(run.fault === undefined ? {} : { fault: run.fault }),
      ...(run.differences === undefined ? {} : { differences: run.differences }),
      left: run.left,
      startMs: Math.round(run.startMs),
      durationMs: Math.round(run.durationMs),
      cells: run.cells.map(cellRecord),
    })),
  };
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/**
 * Writes into a notebook's metadata, under `wirebook.run`, what became of it. Without a run: that it has not ended, so
 * that a file left by a runner that was killed is not taken for a good one.
 */
export function recordInMetadata(notebook: Notebook, run?: NotebookRun): void {
  const own = notebook.metadata.wirebook;
  const kept = typeof own === 'object' && own !== null && !Array.isArray(own) ? own : {};
  const cells: Record<string, number> = {};
  for (const { status } of run?.cells ?? []) cells[status] = (cells[status] ?? 0) + 1;
  const verdict =
    run === undefined
      ? { ok: false, fault: 'the run has not ended' }
      : { ok: run.isOk, ...(run.fault === undefined ? {} : { fault: run.fault }), cells };
  notebook.metadata.wirebook = { ...kept, run: verdict };
}

/** Every run as a test suite, every cell as a test case; one that was not run is skipped, and says why. */
export function junitRecord(runs: readonly NotebookRun[]): string {
  const suites = runs.map((run) => {
    const failures = run.cells.filter(({ status }) => status === 'failed').length;
    const skipped = run.cells.filter(({ status }) => status === 'not-run' || status === 'skipped').length;
    const errors = run.fault === undefined ? 0 : 1;
    const tests = run.cells.length + errors;
    const head = `<testsuite name="${xml(run.path)}" tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}" time="${time(run.durationMs)}">`;
    return [head, ...run.cells.map((cell) => testCase(run, cell)), ...faultCase(run), '</testsuite>'].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

function cellRecord(cell: CellRun): JsonObject {
  const { index, number, title, status, failure } = cell;
  const record: JsonObject = { index, number, title, status, durationMs: Math.round(cell.durationMs) };
  if (failure === undefined) return record;
  const { code, ename, evalue, line, traceback } = failure;
  return { ...record, failure: { code, ename, evalue, line, traceback: traceback.map(stripAnsi) } };
}

function testCase(run: NotebookRun, cell: CellRun): string {
  const head = `<testcase classname="${xml(run.path)}" name="${xml(`cell ${cell.number}: ${cell.title}`)}" time="${time(cell.durationMs)}"`;
  const { failure } = cell;
  if (cell.status === 'failed' && failure !== undefined) {
    const text = xml(stripAnsi(failure.traceback.join('\n')));
    return `${head}><failure type="${statusWord(cell)}" message="${xml(`${failure.ename}: ${failure.evalue}`)}">${text}</failure></testcase>`;
  }
  if (cell.status === 'not-run') return `${head}><skipped message="not run: something before it failed"/></testcase>`;
  if (cell.status === 'skipped') return `${head}><skipped message="tagged skip-execution"/></testcase>`;
  return `${head}/>`;
}

/** What is wrong with a run as a whole. */
function faultCase({ path, fault, differences = [] }: NotebookRun): string[] {
  if (fault === undefined) return [];
  const text = differences.flatMap(({ index, lines }) => [`cell at ${index}`, ...lines]).join('\n');
  return [
    `<testcase classname="${xml(path)}" name="the run"><error message="${xml(fault)}">${xml(text)}</error></testcase>`,
  ];
}

function time(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Text for XML 1.0, which has no way to write most control characters. */
function xml(text: string): string {
  return text
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
