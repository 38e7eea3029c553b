import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { failing, notebookText, passing, writeNeighbours } from '../testing/notebooks.js';
import { ownKernelSpec } from './launch.js';
import { type CodeCell, type Notebook, parseNotebook } from './notebook.js';
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

describe('Every way to fail is red, in the right class and cell, and nothing after it runs', { concurrency: 2 }, () => {
  for (const { name, cells, cell, code, says, line, cellTimeoutMs } of failing) {
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
});

test('What only looks like a failure is green', async () => {
  const done = await run(passing);
  assert.deepEqual(
    done.cells.filter(({ status }) => status !== 'ok'),
    [],
  );
  assert.equal(done.isOk, true);
  const late = done.cells.find(({ title }) => title.startsWith('setTimeout(() => { console.log("late'))!;
  assert.deepEqual(outputs(done, late.number), [{ output_type: 'stream', name: 'stdout', text: 'late, but good\n' }]);
});

test('With allowErrors every cell runs, each failure is shown, and tags do what they say', async () => {
  const notebook = parseNotebook(
    notebookText([
      'throw new Error("one")',
      'const s: string = 1;',
      'process.exit(3)',
      'throw new Error("expected")',
      'console.log("skipped")',
      '"last"',
    ]),
    'x.ipynb',
  );
  notebook.cells[3]!.metadata = { tags: ['raises-exception'] };
  notebook.cells[4]!.metadata = { tags: ['skip-execution'] };
  const told: [number, string][] = [];
  const done = await run(notebook, {
    allowErrors: true,
    onProgress: ({ number, status }: CellRun) => void told.push([number, status]),
  });
  assert.deepEqual(states(done), ['allowed', 'allowed', 'allowed', 'allowed', 'skipped', 'ok']);
  assert.deepEqual(
    told.map(([number]) => number),
    [1, 2, 3, 4, 5, 6],
  );
  assert.equal(done.isOk, true);
  assert.deepEqual(outputs(done, 5), []);
});

test('A tagged cell may fail; the run goes on and is good', async () => {
  const notebook = parseNotebook(
    notebookText(['throw new Error("expected")', '"after"', 'throw new Error("not expected")']),
    'x.ipynb',
  );
  notebook.cells[0]!.metadata = { tags: ['raises-exception'] };
  const done = await run(notebook);
  assert.deepEqual(states(done), ['allowed', 'ok', 'failed']);
  assert.equal(done.isOk, false);
});

test('A time limit of the cell goes before the run’s; the run’s own ends whatever runs', async () => {
  const notebook = parseNotebook(notebookText(['await new Promise(() => {})']), 'x.ipynb');
  notebook.cells[0]!.metadata = { timeout: 0.2 };
  const own = await run(notebook, { cellTimeoutMs: 60_000 });
  assert.equal(own.cells[0]!.failure?.code, 'TIMED_OUT');
  assert.match(own.cells[0]!.failure!.evalue, /the cell took longer than 0\.2 s/);
  const total = await run(['for (;;) {}', '2'], { timeoutMs: 2500 });
  assert.deepEqual(states(total), ['failed', 'not-run']);
  assert.match(total.cells[0]!.failure!.evalue, /the run took longer than 2\.5 s/);
});

test('Aborting the run interrupts the cell, and an aborted run does not begin', async () => {
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

test('A kernel that cannot start is said to be so, with its last words', async () => {
  const argv = [process.execPath, '-e', 'console.error("no such thing"); process.exit(7)'];
  await assert.rejects(run(['1'], { kernel: { ...kernel, argv } }), {
    code: 'NO_KERNEL',
    message: /status 7; its last words were: no such thing/,
  });
  await assert.rejects(run(['1'], { kernel: { ...kernel, argv: ['/no/such/program'] } }), { code: 'NO_KERNEL' });
});
