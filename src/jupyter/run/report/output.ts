/**
 * What cells have shown, as HTML: of each output the richest form that a page can show.
 *
 * @module
 */

import type { MimeData, Output } from '../../protocol/notebook.js';
import { ansiToHtml, escapeHtml } from '../ansi.js';
import { framed } from './frame.js';
import { highlight } from './highlight.js';
import { markdownToHtml } from './markdown.js';

const PLOTLY = 'application/vnd.plotly.v1+json';

/** Forms in the order of preference, each with how it is shown. */
const FORMS: readonly (readonly [mime: string, show: (value: unknown, data: MimeData) => string])[] = [
  [PLOTLY, plot],
  ['text/html', (value) => framed(String(value))],
  ['image/svg+xml', (value) => framed(String(value))],
  ['image/png', image('image/png')],
  ['image/jpeg', image('image/jpeg')],
  ['image/gif', image('image/gif')],
  ['image/webp', image('image/webp')],
  ['text/markdown', (value) => `<div class="text">${markdownToHtml(String(value), undefined, [])}</div>`],
  ['application/json', json],
  ['text/plain', (value) => `<pre>${ansiToHtml(String(value))}</pre>`],
];

/** The outputs of a cell, in order. */
export function outputsToHtml(outputs: readonly Output[]): string {
  return outputs.map((output) => `<div class="output ${output.output_type}">${outputToHtml(output)}</div>`).join('\n');
}

/** Whether a figure is among the outputs, so that the page needs Plotly. */
export function usesPlotly(outputs: readonly Output[]): boolean {
  return outputs.some((output) => 'data' in output && PLOTLY in output.data);
}

function outputToHtml(output: Output): string {
  if (output.output_type === 'stream') return `<pre class="${output.name}">${ansiToHtml(output.text)}</pre>`;
  if (output.output_type === 'error') {
    const text = output.traceback.length > 0 ? output.traceback.join('\n') : `${output.ename}: ${output.evalue}`;
    return `<pre class="traceback">${ansiToHtml(text)}</pre>`;
  }
  for (const [mime, show] of FORMS) if (mime in output.data) return show(output.data[mime], output.data);
  const [mime, value] = Object.entries(output.data)[0] ?? ['nothing', ''];
  return `<pre>${escapeHtml(`${mime}\n${typeof value === 'string' ? value : JSON.stringify(value)}`)}</pre>`;
}

/** A figure for the page's script to draw; until then, and without scripts, its static form stands there. */
function plot(value: unknown, data: MimeData): string {
  const figure = JSON.stringify(value).replaceAll('<', '\\u003c');
  const still =
    'image/svg+xml' in data
      ? framed(String(data['image/svg+xml']))
      : `<noscript><pre>${escapeHtml(String(data['text/plain'] ?? 'A figure, drawn by a script'))}</pre></noscript>`;
  return `<div class="plot">${still}<script type="application/json">${figure}</script></div>`;
}

function image(mime: string): (value: unknown) => string {
  return (value) =>
    `<div class="image"><img alt="" src="data:${mime};base64,${escapeHtml(String(value).replaceAll('\n', ''))}"></div>`;
}

function json(value: unknown): string {
  return `<pre><code>${highlight(JSON.stringify(value, undefined, 2), 'json')}</code></pre>`;
}
