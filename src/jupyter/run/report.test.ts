import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { notebookText } from '../../testing/notebooks.js';
import { without } from '../../testing/peer.js';
import { type CodeCell, type Output, parseNotebook } from '../protocol/notebook.js';
import { ansiToHtml, stripAnsi } from './ansi.js';
import { jsonRecord, junitRecord } from './records.js';
import { reportPage } from './report.js';
import { type NotebookRun, plannedCells } from './runner.js';

const figure = {
  data: [{ x: [1, 2, 3], y: [2, 1, 3], type: 'scatter' }],
  layout: { title: { text: 'A </script> title' } },
};

/** A run of three cells, the second of which failed; `outputs` are the first one's. */
function made(outputs: readonly Output[]): NotebookRun {
  const notebook = parseNotebook(notebookText(['const a = 1 < 2;', 'throw new Error("<b>")', '3']), 'x.ipynb');
  notebook.cells.unshift({
    cell_type: 'markdown',
    id: 'm',
    metadata: {},
    source: '# A *title*\n\n## Part & parcel\n\n## Part & parcel\n',
  });
  (notebook.cells[1] as CodeCell).outputs = [...outputs];
  const cells = plannedCells(notebook);
  Object.assign(cells[0]!, { status: 'ok', durationMs: 12 });
  const failure = { code: 'THROWN', ename: 'Error', evalue: '<b>', traceback: ['\x1b[31mError\x1b[0m: <b>'], line: 1 };
  Object.assign(cells[1]!, { status: 'failed', durationMs: 3, failure });
  return { path: 'x.ipynb', notebook, kernel: 'tslab', cells, isOk: false, left: [], startMs: 100, durationMs: 1500 };
}

const shown = (data: Record<string, unknown>): Output => ({ output_type: 'display_data', data, metadata: {} });

test('The page tells failures first, links them, and says what was not run', () => {
  const page = reportPage(made([]));
  const summary = page.slice(page.indexOf('<aside'), page.indexOf('</aside>'));
  assert.match(summary, /The run failed.*1 ok.*1 failed.*1 not run/);
  assert.match(summary, /<a href="#cell-2">cell 2, line 1<\/a>/);
  assert.match(summary, /Error: &lt;b&gt;/);
  assert.ok(page.indexOf('<aside') < page.indexOf('<section'));
  assert.match(page, /<section class="code not-run" id="cell-3">/);
});

test('Headings make a table of contents with ids that are there once', () => {
  const page = reportPage(made([]));
  assert.match(page, /<a href="#part-parcel">Part &amp; parcel<\/a>/);
  assert.match(page, /<h2 id="part-parcel-2">/);
  assert.match(page, /<title>A title<\/title>/);
});

test('Code is coloured without a script; a page without figures has none', () => {
  const page = reportPage(made([]));
  assert.match(page, /<span class="hljs-keyword">const<\/span> a = <span class="hljs-number">1<\/span> &lt;/);
  assert.doesNotMatch(page, /<script|https?:\/\/(?!www\.w3\.org)/);
});

test('Plotly is on the page once, however many figures, and their text cannot end the script', () => {
  const plot = shown({
    'application/vnd.plotly.v1+json': figure,
    'text/html': '<p>fallback</p>',
    'text/plain': 'plain',
  });
  const page = reportPage(made([plot, plot, plot]));
  assert.equal(page.match(/plotly\.js \(basic/g)?.length, 1);
  assert.equal(page.match(/class="plot"/g)?.length, 3);
  assert.ok(!page.includes('<p>fallback'), 'the figure is drawn from its data');
  assert.ok(page.includes('A \\u003c/script> title'));
  assert.equal(page.match(/<script/g)?.length, page.match(/<\/script>/g)?.length);
});

test('Of each output the richest form is shown', () => {
  const page = reportPage(
    made([
      shown({ 'text/html': '<i>rich</i>', 'text/plain': 'poor' }),
      shown({ 'image/png': 'AAAA', 'text/plain': 'pixels' }),
      shown({ 'image/svg+xml': '<svg id="drawn"/>' }),
      shown({ 'text/markdown': '**bold**' }),
      shown({ 'application/json': { a: 1 } }),
      shown({ 'application/x-unknown': 'raw' }),
      { output_type: 'stream', name: 'stderr', text: '\x1b[1;32mgreen\x1b[0m <x>' },
    ]),
  );
  for (const part of [
    '&lt;i&gt;rich&lt;/i&gt;',
    'data:image/png;base64,AAAA',
    '&lt;svg id=&quot;drawn&quot;/&gt;',
    '<strong>bold</strong>',
    'hljs-attr',
    'application/x-unknown',
    '<pre class="stderr"><span class="ansi-bold ansi-green">green</span> &lt;x&gt;</pre>',
  ]) {
    assert.ok(page.includes(part), part);
  }
  assert.doesNotMatch(page, /poor|pixels/);
});

test('ansiToHtml() knows 256 and true colours, and what a carriage return overwrites', () => {
  assert.equal(ansiToHtml('\x1b[38;5;196mx\x1b[39my'), '<span class="" style="color:#ff0000">x</span>y');
  assert.equal(ansiToHtml('\x1b[48;2;1;2;3mx'), '<span class="" style="background:#010203">x</span>');
  assert.equal(ansiToHtml('10%\r100%\nnext'), '100%\nnext');
  assert.equal(ansiToHtml('a\x1b[2Kb\x1b]0;title\x07c'), 'abc');
  assert.equal(stripAnsi('\x1b[1m\x1b[31mred\x1b[0m'), 'red');
});

test('JUnit and JSON tell the same, and control characters do not break the XML', () => {
  const run = made([]);
  run.cells[1]!.failure!.evalue = 'bad \x00 & <worse>';
  const xml = junitRecord([run]);
  assert.match(xml, /<testsuite name="x\.ipynb" tests="3" failures="1" errors="0" skipped="1" time="1\.500">/);
  assert.match(
    xml,
    /<failure type="thrown" message="Error: bad \ufffd &amp; &lt;worse&gt;">Error: &lt;b&gt;<\/failure>/,
  );
  assert.match(xml, /cell 3: 3" time="0\.000"><skipped message="not run: something before it failed"\/>/);
  const record = JSON.parse(jsonRecord([run]));
  assert.equal(record.ok, false);
  assert.deepEqual(
    record.notebooks[0].cells.map((cell: { status: string }) => cell.status),
    ['ok', 'failed', 'not-run'],
  );
  assert.equal(record.notebooks[0].cells[1].failure.code, 'THROWN');
});

/** Ways for a notebook to run in its reader's session or to repaint the page; each marks the page if it works. */
const mark = "document.documentElement.setAttribute('data-ran','1')";
const repaint = '<style>.summary { display: none }</style>';
const markdownAttacks = [
  `<script>${mark}</script>`,
  `<img src=x onerror="${mark}">`,
  `<svg onload="${mark}"></svg>`,
  `[x](javascript:${mark})`,
  `<a href="javascript:${mark}" autofocus onfocus="${mark}">x</a>`,
  `<iframe srcdoc="<script>parent.${mark}</script>"></iframe>`,
  `<details open ontoggle="${mark}">x</details>`,
  repaint,
  '</section></main><aside class="summary good" style="position:fixed;inset:0">Every cell ran</aside>',
];
const outputAttacks: Record<string, string>[] = [
  { 'text/html': `<script>parent.${mark}</script>` },
  { 'text/html': `<img src=x onerror="parent.${mark}">` },
  { 'text/html': `"></iframe><script>${mark}</script>` },
  { 'text/html': repaint },
  { 'text/html': '<div style="position:fixed;inset:0">Every cell ran</div>' },
  { 'image/svg+xml': `<svg xmlns="http://www.w3.org/2000/svg" onload="parent.${mark}"></svg>` },
  { 'image/png': `x" onerror="${mark}` },
  { 'text/markdown': `<script>${mark}</script>` },
];

function attacked(): string {
  const run = made(outputAttacks.map(shown));
  for (const source of markdownAttacks) {
    run.notebook.cells.push({ cell_type: 'markdown', id: 'x', metadata: {}, source });
  }
  return reportPage(run);
}

test('Nothing in a notebook is markup of the page: no script, style, frame, handler or second verdict', () => {
  const page = attacked();
  const body = page.slice(page.indexOf('<main>'), page.indexOf('</main>'));
  assert.equal(page.match(/<aside/g)?.length, 1);
  assert.equal(page.match(/<\/main>/g)?.length, 1);
  assert.doesNotMatch(body, /<script|<style|<svg|<[^>"]+\son\w+=|href="javascript/i);
  for (const [frame] of body.matchAll(/<iframe[^>]*>/g)) assert.match(frame, /sandbox="allow-same-origin"/);
  assert.match(page, /http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-/);
});

test('A browser draws the figures without an error, fits the frames, and runs nothing of a notebook', {
  skip: without('chromium'),
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'wirebook-test-'));
  try {
    const path = join(folder, 'page.html');
    await writeFile(path, reportPage(made([shown({ 'application/vnd.plotly.v1+json': figure })])));
    const hostile = join(folder, 'hostile.html');
    await writeFile(hostile, attacked());
    const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
    args.push(
      '--disable-background-networking',
      '--disable-component-update',
      `--user-data-dir=${join(folder, 'profile')}`,
    );
    args.push('--enable-logging=stderr', '--virtual-time-budget=5000', '--dump-dom');
    const { stdout, stderr } = spawnSync('chromium', [...args, `file://${path}`], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.match(stdout, /<path class="js-line"[^>]* d="M[\d.,L]+"/);
    assert.doesNotMatch(stderr, /CONSOLE.*(?:error|Uncaught)/i);
    const opened = spawnSync('chromium', [...args, `file://${hostile}`], { encoding: 'utf8', timeout: 60_000 });
    assert.match(opened.stdout, /The run failed/);
    assert.doesNotMatch(opened.stdout, /<html[^>]*data-ran/);
    assert.match(opened.stdout, /<iframe[^>]*style="height: \d+px/, 'a frame is as high as what is in it');
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
