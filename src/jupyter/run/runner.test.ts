import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { failing, notebookText, passing, writeNeighbours } from '../../testing/notebooks.js';
import { ownKernelSpec } from '../kernel/launch.js';
import { type CodeCell, type Notebook, parseNotebook } from '../protocol/notebook.js';
import { type CellRun, type NotebookRun, type RunOptions, runNotebook } from './runner.js';

/** Small limits, so that what runs out of memory or floods the page does so soon. */
const kernel = {
  ...ownKernelSpec(),
  env: { NODE_OPTIONS: '--max-old-space-size=150', WIREBOOK_OUTPUT_LIMIT: '200000' },
};

let folder: string;

before(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'wirebook-test-')), 'notebooks');
  await mkdir(folder);
  await writeNeighbours(folder);
});

after(() => rm(join(folder, '..'), { recursive: true }));

function run(cells: readonly string[] | Notebook, options: Partial<RunOptions> = {}): Promise<NotebookRun> {
  const notebook = 'cells' in cells ? cells : parseNotebook(notebookText(cells), 'x.ipynb');
  return runNotebook(notebook, join(folder, 'x.ipynb'), { kernel, ...options });
}

const states = (done: NotebookRun): string[] => done.cells.map(({ status }) => status);
const outputs = (done: NotebookRun, cell: number): CodeCell['outputs'] => {
  const found = done.notebook.cells[done.cells[cell - 1]!.index];
  return (found as CodeCell).outputs;
};

/** Each notebook by itself where there is time for a kernel each (`WIREBOOK_CORPUS=all`), else those it matters for. */
const alone = failing.filter(({ isAlone }) => isAlone || process.env.WIREBOOK_CORPUS === 'all');

describe('Every way to fail is red, in the right class and cell, and nothing after it runs', { concurrency: 2 }, () => {
  for (const { name, cells, cell, code, says, line, cellTimeoutMs } of alone) {
    test(name, async () => {
      const done = await run(cells, cellTimeoutMs === undefined ? {} : { cellTimeoutMs });
      assert.equal(done.isOk, false);
      const failed = done.cells.filter(({ status }) => status === 'failed');
      assert.deepEqual(
        failed.map((each) => [each.number, each.failure?.code]),
        [[cell, code]],
      );
      const { failure } = failed[0]!;
      if (says !== undefined) assert.match(`${failure!.evalue}\n${failure!.traceback.join('\n')}`, says);
      if (line !== undefined) assert.equal(failure!.line, line);
      assert.ok(
        outputs(done, cell).some((output) => output.output_type === 'error'),
        'the notebook shows the error',
      );
      // A late failure is found while a later cell runs; the last one is never reached all the same.
      if (cell < cells.length) assert.equal(done.cells.at(-1)!.status, 'not-run');
      for (const each of done.cells) {
        if (each.status !== 'not-run') continue;
        const notRun = done.notebook.cells[each.index] as CodeCell;
        assert.deepEqual([notRun.execution_count, notRun.outputs], [null, []]);
      }
    });
  }

  test('all the others, in one kernel that must survive them', async () => {
    const others = failing.filter((each) => !alone.includes(each));
    const notebook = parseNotebook(notebookText(others.flatMap(({ cells }) => cells)), 'x.ipynb');
    const wanted: [number, string][] = [];
    let first = 0;
    for (const { cells, cell, code, cellTimeoutMs } of others) {
      if (cellTimeoutMs !== undefined) notebook.cells[first + cell - 1]!.metadata = { timeout: cellTimeoutMs / 1000 };
      wanted.push([first + cell, code]);
      first += cells.length;
    }
    const done = await run(notebook, { allowErrors: true });
    const failed = done.cells.filter(({ failure }) => failure !== undefined);
    assert.deepEqual(
      failed.map(({ number, failure }) => [number, failure!.code]),
      wanted,
    );
    for (const { number, failure, status } of failed) {
      assert.equal(status, 'allowed');
      const { says } = others[wanted.findIndex(([each]) => each === number)]!;
      if (says !== undefined) assert.match(`${failure!.evalue}\n${failure!.traceback.join('\n')}`, says);
      assert.ok(outputs(done, number).some((output) => output.output_type === 'error'));
    }
    assert.equal(done.cells.filter(({ status }) => status === 'ok').length, done.cells.length - failed.length);
  });

  test('what only looks like a failure is green', async () => {
    const done = await run(passing);
    assert.deepEqual(
      done.cells.filter(({ status }) => status !== 'ok'),
      [],
    );
    assert.equal(done.isOk, true);
    const late = done.cells.find(({ title }) => title.startsWith('setTimeout(() => { console.log("late'))!;
    assert.deepEqual(outputs(done, late.number), [{ output_type: 'stream', name: 'stdout', text: 'late, but good\n' }]);
  });

  test('tags: a cell may fail, a cell is left out; each is told once, in order', async () => {
    const cells = [
      'throw new Error("expected")',
      'console.log("skipped")',
      '"after"',
      'throw new Error("not expected")',
    ];
    const notebook = parseNotebook(notebookText(cells), 'x.ipynb');
    notebook.cells[0]!.metadata = { tags: ['raises-exception'] };
    notebook.cells[1]!.metadata = { tags: ['skip-execution'] };
    const told: CellRun[] = [];
    const done = await run(notebook, { onProgress: (cell) => void told.push(cell) });
    assert.deepEqual(states(done), ['allowed', 'skipped', 'ok', 'failed']);
    assert.deepEqual(told, done.cells);
    assert.equal(done.isOk, false);
    assert.deepEqual(outputs(done, 2), []);
  });

  test('the run’s own time limit ends whatever runs', async () => {
    const done = await run(['for (;;) {}', '2'], { timeoutMs: 3000 });
    assert.deepEqual(states(done), ['failed', 'not-run']);
    assert.equal(done.cells[0]!.failure!.code, 'TIMED_OUT');
    assert.match(done.cells[0]!.failure!.evalue, /the run took longer than 3 s/);
  });

  test('aborting the run interrupts the cell, and an aborted run does not begin', async () => {
    const aborter = new AbortController();
    const done = await run(['1', 'for (;;) {}', '3'], {
      signal: aborter.signal,
      onCell: ({ number }) => {
        if (number === 2) setTimeout(() => aborter.abort(), 50);
      },
    });
    assert.deepEqual(states(done), ['ok', 'failed', 'not-run']);
    assert.equal(done.cells[1]!.failure?.code, 'INTERRUPTED');
    await assert.rejects(run(['1'], { signal: aborter.signal }), { code: 'INTERRUPTED' });
  });
});

test('A kernel that cannot start is said to be so, with its last words', async () => {
  const argv = [process.execPath, '-e', 'console.error("no such thing"); process.exit(7)'];
  await assert.rejects(run(['1'], { kernel: { ...kernel, argv } }), {
    code: 'NO_KERNEL',
    message: /status 7; its last words were: no such thing/,
  });
  await assert.rejects(run(['1'], { kernel: { ...kernel, argv: ['/no/such/program'] } }), { code: 'NO_KERNEL' });
});
