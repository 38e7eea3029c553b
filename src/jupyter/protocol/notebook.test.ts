import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NotebookError } from '../../errors.js';
import { formatNotebook, parseNotebook, readNotebook, writeNotebook } from './notebook.js';

const minimal = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { kernelspec: { name: 'tslab' }, other: { kept: true } },
  cells: [
    { cell_type: 'markdown', id: 'a', metadata: {}, source: ['# One\n', 'two'] },
    {
      cell_type: 'code',
      id: 'b',
      metadata: { tags: ['parameters'] },
      source: 'const x = 1;\nx',
      execution_count: 3,
      outputs: [
        { output_type: 'stream', name: 'stdout', text: ['a\n', 'b\n'] },
        {
          output_type: 'execute_result',
          execution_count: 3,
          metadata: {},
          data: { 'text/plain': ['1'], 'application/json': ['a', 'b'], 'image/png': 'iVBO' },
        },
        { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['t'] },
      ],
    },
  ],
};

function refusal(cells: unknown): NotebookError {
  try {
    parseNotebook(JSON.stringify({ ...minimal, cells }), 'x.ipynb');
  } catch (error) {
    if (error instanceof NotebookError) return error;
  }
  throw new Error('taken for a notebook');
}

test('parseNotebook() joins lines of text and leaves JSON data alone', () => {
  const notebook = parseNotebook(JSON.stringify(minimal), 'x.ipynb');
  const [text, code] = notebook.cells;
  assert.equal(text!.source, '# One\ntwo');
  assert.ok(code?.cell_type === 'code');
  assert.deepEqual(code.outputs[0], { output_type: 'stream', name: 'stdout', text: 'a\nb\n' });
  assert.ok(code.outputs[1]?.output_type === 'execute_result');
  assert.deepEqual(code.outputs[1].data, { 'text/plain': '1', 'application/json': ['a', 'b'], 'image/png': 'iVBO' });
});

test('formatNotebook() writes what it read, in lines and with sorted keys, and is stable', () => {
  const text = formatNotebook(parseNotebook(JSON.stringify(minimal), 'x.ipynb'));
  assert.equal(formatNotebook(parseNotebook(text, 'x.ipynb')), text);
  assert.match(text, /^\{\n "cells": \[/);
  assert.match(text, /"source": \[\n {4}"const x = 1;\\n",\n {4}"x"\n {3}\]/);
  assert.deepEqual(JSON.parse(text).metadata, minimal.metadata);
});

test('Cells of before nbformat 4.5 get ids, and no id is there twice', () => {
  const cells = [1, 2, 3].map((i) => ({ ...minimal.cells[0], id: i === 3 ? undefined : 'same' }));
  const notebook = parseNotebook(JSON.stringify({ ...minimal, nbformat_minor: 2, cells }), 'x.ipynb');
  assert.equal(new Set(notebook.cells.map(({ id }) => id)).size, 3);
  assert.equal(notebook.nbformat_minor, 5);
});

test('What is no notebook is refused with the reason and the cell', () => {
  for (const [text, reason] of [
    ['', /it is not JSON/],
    ['[]', /a JSON object needed/],
    ['{"nbformat":3}', /its nbformat is 3, 4 needed/],
    ['{"nbformat":4}', /its cells are missing/],
  ] as const) {
    assert.throws(() => parseNotebook(text, 'x.ipynb'), { code: 'NOT_A_NOTEBOOK', message: reason });
  }
  assert.match(refusal([minimal.cells[0], 5]).message, /x\.ipynb: cell 2: an object needed/);
  assert.match(refusal([{ cell_type: 'code' }]).message, /cell 1: its source is missing/);
  assert.match(refusal([{ cell_type: 'video', source: '' }]).message, /cell_type is "video"/);
  assert.match(refusal([{ ...minimal.cells[1], outputs: [{ output_type: 'smell' }] }]).message, /type is "smell"/);
});

test('readNotebook() says that there is no such file', async () => {
  await assert.rejects(readNotebook('/no/such.ipynb'), { code: 'NO_FILE', message: /there is no such file/ });
});

test('writeNotebook() leaves the old file whole when it cannot write the new one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'wirebook-test-'));
  try {
    const path = join(folder, 'x.ipynb');
    await writeFile(path, 'old');
    const notebook = parseNotebook(JSON.stringify(minimal), path);
    await assert.rejects(writeNotebook(join(folder, 'none', 'x.ipynb'), notebook), { code: 'IO' });
    assert.equal(await readFile(path, 'utf8'), 'old');
    await writeNotebook(path, notebook);
    assert.deepEqual(await readdir(folder), ['x.ipynb'], 'no draft is left');
  } finally {
    await rm(folder, { recursive: true });
  }
});
