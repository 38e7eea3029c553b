import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { failing, notebookText, passing, writeNeighbours } from '../../testing/notebooks.js';
import { without } from '../../testing/peer.js';
import { findKernel } from '../kernel/kernelspec.js';
import { type CodeCell, parseNotebook } from '../protocol/notebook.js';
import { runNotebook } from './runner.js';

const program = fileURLToPath(new URL('../../cli/main.js', import.meta.url));
/** The user `nobody`, on Linux. */
const NOBODY = 65534;

let home: string;
let folder: string;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'wirebook-test-'));
  folder = join(home, 'notebooks');
  await mkdir(folder);
  await writeNeighbours(folder);
  spawnSync(process.execPath, [program, 'kernel', 'install', '--prefix', join(home, 'prefix')]);
});

after(() => rm(home, { recursive: true, force: true }));

interface Ended {
  status: number | null;
  said: string;
}

function nbconvert(name: string, more: readonly string[] = []): Promise<Ended> {
  const args = [
    '-m',
    'nbconvert',
    '--to',
    'notebook',
    '--execute',
    '--output',
    `${name}.out`,
    ...more,
    `${name}.ipynb`,
  ];
  const env = {
    ...process.env,
    HOME: home,
    JUPYTER_PATH: join(home, 'prefix', 'share', 'jupyter'),
    NODE_OPTIONS: '--max-old-space-size=150',
    WIREBOOK_OUTPUT_LIMIT: '200000',
  };
  const child = spawn('/usr/bin/python3', args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve) => {
    child.once('close', (status) => resolve({ status, said: said.replace(/\x1b\[\d*m/g, '') }));
  });
}

async function executed(name: string): Promise<CodeCell[]> {
  const notebook = parseNotebook(await readFile(join(folder, `${name}.out.ipynb`), 'utf8'), name);
  return notebook.cells as CodeCell[];
}

const hasError = ({ outputs }: CodeCell): boolean => outputs.some((output) => output.output_type === 'error');
const limit = (cellTimeoutMs: number | undefined): string[] => [
  `--ExecutePreprocessor.timeout=${cellTimeoutMs === undefined ? 60 : 2}`,
  '--ExecutePreprocessor.interrupt_on_timeout=True',
];

/** One a mechanism, unless there is time for all (`WIREBOOK_CORPUS=all`). */
const few = ['late-throw-of-the-last-cell', 'killed'];
const alone = failing.filter(({ name }) => process.env.WIREBOOK_CORPUS === 'all' || few.includes(name));

describe('jupyter nbconvert tells the same truth', { skip: without('nbconvert'), concurrency: 2 }, () => {
  for (const { name, cells, cellTimeoutMs, says } of alone) {
    test(`${name} is red`, async () => {
      await writeFile(join(folder, `${name}.ipynb`), notebookText(cells));
      const { status, said } = await nbconvert(name, limit(cellTimeoutMs));
      assert.notEqual(status, 0);
      if (cellTimeoutMs === undefined) assert.match(said, /CellExecutionError/);
      if (says !== undefined) assert.match(said, says);
    });
  }

  test('with --allow-errors every failure is shown in its cell and every other cell is run', async () => {
    // nbconvert has one time limit for all cells: those that need one are tried alone, and so are those that end a kernel.
    const some = failing.filter(({ cellTimeoutMs, code }) => cellTimeoutMs === undefined && code !== 'KERNEL_DIED');
    await writeFile(join(folder, 'all.ipynb'), notebookText(some.flatMap(({ cells }) => cells)));
    const { status, said } = await nbconvert('all', ['--allow-errors']);
    assert.equal(status, 0, said);
    const wanted: number[] = [];
    let first = 0;
    for (const { cells, cell } of some) {
      wanted.push(first + cell);
      first += cells.length;
    }
    const done = await executed('all');
    const failed = done.flatMap((cell, i) => (hasError(cell) ? [i + 1] : []));
    assert.deepEqual(failed, wanted);
    assert.deepEqual(
      done.map(({ execution_count: count }) => count),
      done.map((_, i) => i + 1),
    );
  });

  test('what only looks like a failure is green', async () => {
    await writeFile(join(folder, 'passing.ipynb'), notebookText(passing));
    const { status, said } = await nbconvert('passing');
    assert.equal(status, 0, said);
    assert.deepEqual((await executed('passing')).filter(hasError), []);
  });

  test('an ordinary user installs the kernel into an empty home, and nbconvert finds it', async (context) => {
    const own = join(home, 'ordinary');
    await mkdir(own);
    let who = {};
    if (process.getuid?.() === 0) {
      who = { uid: NOBODY, gid: NOBODY };
      if (spawnSync('test', ['-r', program], who).status !== 0)
        return context.skip('this folder is not for other users');
      await chown(own, NOBODY, NOBODY);
      spawnSync('chmod', ['755', home]);
    }
    const env = { PATH: process.env.PATH, HOME: own };
    const install = spawnSync(process.execPath, [program, 'kernel', 'install'], { ...who, env, encoding: 'utf8' });
    assert.match(install.stdout, /^Installed kernel tslab in .*ordinary/, install.stderr);
    const again = spawnSync(process.execPath, [program, 'kernel', 'install'], { ...who, env, encoding: 'utf8' });
    assert.match(again.stdout, /^Already there: kernel tslab in/);
    const path = join(own, 'x.ipynb');
    await writeFile(path, notebookText(['const n: number = 41;', 'n + 1']));
    const args = ['-m', 'nbconvert', '--to', 'notebook', '--execute', '--stdout', path];
    const { status, stdout, stderr } = spawnSync('/usr/bin/python3', args, { ...who, env, cwd: own, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /"42"/);
  });
});

test('Another kernel is run by its spec, and its failures are told apart too', {
  skip: without('nbconvert'),
}, async () => {
  const kernel = await findKernel('python3', undefined);
  const metadata = { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } };
  const cells = ['x = 20', 'print(x + 1)\n2 * x', '1 / 0', '"never"'];
  const notebook = parseNotebook(notebookText(cells, metadata), 'x.ipynb');
  const done = await runNotebook(notebook, join(folder, 'x.ipynb'), { kernel });
  assert.deepEqual(
    done.cells.map(({ status }) => status),
    ['ok', 'ok', 'failed', 'not-run'],
  );
  assert.deepEqual([done.cells[2]!.failure!.code, done.cells[2]!.failure!.ename], ['THROWN', 'ZeroDivisionError']);
  const { outputs } = notebook.cells[1] as CodeCell;
  assert.deepEqual(
    outputs.map(({ output_type: type }) => type),
    ['stream', 'execute_result'],
  );
});
