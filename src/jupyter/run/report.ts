/**
 * An executed notebook as one HTML page that needs nothing else: no network, no server, and scripts only for plots.
 *
 * @module
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { CodeCell, NotebookCell } from '../protocol/notebook.js';
import { ansiToHtml, escapeHtml } from './ansi.js';
import { FRAME_SCRIPT } from './report/frame.js';
import { highlight } from './report/highlight.js';
import { type Heading, markdownToHtml } from './report/markdown.js';
import { outputsToHtml, usesPlotly } from './report/output.js';
import { PLOT_SCRIPT } from './report/plot-script.js';
import { STYLE } from './report/style.js';
import { seconds, statusWord } from './report/words.js';
import type { CellRun, NotebookRun } from './runner.js';

/** The page of a run: failures first, then the notebook with each cell's state and time. */
export function reportPage(run: NotebookRun): string {
  const headings: Heading[] = [];
  const runs = new Map(run.cells.map((cell) => [cell.index, cell]));
  const language = run.notebook.metadata.kernelspec?.language ?? 'typescript';
  const body = run.notebook.cells
    .map((cell, index) => section(cell, index, runs.get(index), { language, headings }))
    .join('\n');
  const title = headings[0]?.text ?? run.path;
  const plotly = run.notebook.cells.some((cell) => cell.cell_type === 'code' && usesPlotly(cell.outputs));
  const scripts = plotly ? [plotlySource(), PLOT_SCRIPT] : [];
  if (body.includes('<iframe class="output-frame"')) scripts.push(FRAME_SCRIPT);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
${contents(headings)}
<main>
${summary(run)}
${body}
</main>
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`;
}

/** What the page may do: run these scripts and no other, show images, load and send nothing else. */
function policy(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  const run = hashes.length > 0 ? hashes.join(' ') : "'none'";
  return `default-src 'none'; script-src ${run}; style-src 'unsafe-inline'; img-src * data: blob:; font-src data:; base-uri 'none'; form-action 'none'`;
}

function section(
  cell: NotebookCell,
  index: number,
  run: CellRun | undefined,
  { language, headings }: { readonly language: string; readonly headings: Heading[] },
): string {
  if (cell.cell_type === 'markdown') {
    return `<section class="text" id="cell-${index}">${markdownToHtml(cell.source, cell.attachments, headings)}</section>`;
  }
  if (cell.cell_type === 'raw')
    return `<section class="raw" id="cell-${index}"><pre>${escapeHtml(cell.source)}</pre></section>`;
  return run === undefined || cell.cell_type !== 'code' ? '' : codeSection(cell, index, run, language);
}

function codeSection(cell: CodeCell, index: number, run: CellRun, language: string): string {
  const state = `<span class="state ${run.status}">${statusWord(run)}</span>`;
  const time = run.durationMs > 0 ? ` <span class="time">${seconds(run.durationMs)}</span>` : '';
  return `<section class="code ${run.status}" id="cell-${index}">
<header><a href="#cell-${index}">cell ${run.number}</a> ${state}${time}</header>
<pre class="source"><code>${highlight(cell.source, language)}</code></pre>
${outputsToHtml(cell.outputs)}
</section>`;
}

function summary(run: NotebookRun): string {
  const failed = run.cells.filter((cell) => cell.failure !== undefined);
  const counts = (['ok', 'failed', 'allowed', 'skipped', 'not-run'] as const)
    .map((status) => [status, run.cells.filter((cell) => cell.status === status).length] as const)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `<span class="state ${status}">${count} ${status.replace('-', ' ')}</span>`)
    .join(' ');
  const list = failed.map(
    (
      cell,
    ) => `<li><a href="#cell-${cell.index}">cell ${cell.number}${cell.failure!.line ? `, line ${cell.failure!.line}` : ''}</a>
<b>${statusWord(cell)}</b>: <span class="reason">${escapeHtml(`${cell.failure!.ename}: ${cell.failure!.evalue}`)}</span>
<details><summary>traceback</summary><pre>${ansiToHtml(cell.failure!.traceback.join('\n'))}</pre></details></li>`,
  );
  return `<aside class="summary ${run.isOk ? 'good' : 'bad'}">
<p><b>${run.isOk ? 'Every cell ran' : 'The run failed'}</b> ${counts} <span class="time">${seconds(run.durationMs)}, kernel ${escapeHtml(run.kernel)} ready after ${seconds(run.startMs)}</span></p>
${run.fault === undefined ? '' : `<p>${escapeHtml(run.fault)}</p>`}
${list.length > 0 ? `<ol>${list.join('\n')}</ol>` : ''}
</aside>`;
}

function contents(headings: readonly Heading[]): string {
  if (headings.length < 2) return '';
  const items = headings
    .filter(({ level }) => level <= 3)
    .map(({ level, id, text }) => `<li class="level-${level}"><a href="#${id}">${escapeHtml(text)}</a></li>`);
  return `<nav aria-label="Contents"><details open><summary>Contents</summary><ol>${items.join('\n')}</ol></details></nav>`;
}

function plotlySource(): string {
  const path = createRequire(import.meta.url).resolve('plotly.js-basic-dist-min');
  return readFileSync(path, 'utf8').replaceAll('</script', '<\\/script');
}
