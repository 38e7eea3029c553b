import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseNotebook } from '../jupyter/protocol/notebook.js';
import { notebookText } from '../testing/notebooks.js';

const program = fileURLToPath(new URL('./main.js', import.meta.url));

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wirebook-test-'));
});

after(() => rm(folder, { recursive: true }));

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

function start(
  args: readonly string[],
  seen?: (child: ChildProcess, soFar: string) => void,
  temporary = tmpdir(),
): Promise<Ended> {
  const env = { ...process.env, TMPDIR: temporary, TEMP: temporary };
  const child = spawn(process.execPath, [program, 'run', ...args], { cwd: folder, env });
  const ended: Ended = { status: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ended.stdout += text;
    seen?.(child, ended.stdout);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    ended.stderr += text;
  });
  return new Promise((resolve) => {
    child.once('close', (status) => resolve({ ...ended, status }));
  });
}

/** Waits for a process to be gone; the test's own time limit ends a wait that is in vain. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function notebook(name: string, cells: readonly string[], metadata: object = {}): Promise<string> {
  await writeFile(join(folder, name), notebookText(cells, metadata));
  return name;
}

describe('wirebook run', { concurrency: 2 }, () => {
  test('writes the executed notebook and the page, says where, and ends with 0', async () => {
    await notebook('good.ipynb', ['const greeting = "hello";', 'greeting']);
    const { status, stdout } = await start(['good.ipynb', '--out', 'a', '--junit', 'junit.xml', '--json', 'run.json']);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /\[2\/2\] ok/);
    assert.match(stdout, /a\/good\.ipynb +executed notebook\n +a\/good\.html +page to read/);
    const written = parseNotebook(await readFile(join(folder, 'a', 'good.ipynb'), 'utf8'), 'good.ipynb');
    assert.deepEqual(
      written.cells.map((cell) => cell.cell_type === 'code' && cell.execution_count),
      [1, 2],
    );
    assert.match(await readFile(join(folder, 'a', 'good.html'), 'utf8'), /Every cell ran/);
    assert.match(await readFile(join(folder, 'junit.xml'), 'utf8'), /failures="0"/);
    assert.equal(JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')).ok, true);
  });

  test('of eight cells whose second throws: names cell 2, runs none after it, ends with 1', async () => {
    await notebook('eight.ipynb', ['1', 'throw new Error("second")', '3', '4', '5', '6', '7', '8']);
    const { status, stdout } = await start(['eight.ipynb', '--out', 'b']);
    assert.equal(status, 1);
    assert.match(stdout, /eight\.ipynb: cell 2 of 8, line 1: thrown: Error: second/);
    assert.match(stdout, /not run: cells 3–8/);
    assert.doesNotMatch(stdout, /\[[3-8]\/8\]/);
  });

  test('ended by SIGTERM it keeps what ran, leaves no kernel and no file, and ends with 130', async () => {
    await notebook('endless.ipynb', ['console.log(process.pid)', 'for (;;) {}', '3']);
    let isSent = false;
    const { status, stdout } = await start(['endless.ipynb', '--out', 'c'], (child, soFar) => {
      if (soFar.includes('[1/3] ok') && !isSent) {
        isSent = true;
        setTimeout(() => child.kill('SIGTERM'), 300);
      }
    });
    assert.equal(status, 130, stdout);
    assert.match(stdout, /cell 2 of 3.*interrupted/);
    const written = parseNotebook(await readFile(join(folder, 'c', 'endless.ipynb'), 'utf8'), 'endless.ipynb');
    const [first] = written.cells;
    assert.ok(first?.cell_type === 'code' && first.outputs[0]?.output_type === 'stream');
    const engine = Number(first.outputs[0].text);
    await gone(engine);
    assert.deepEqual((await readdir(join(folder, 'c'))).sort(), ['endless.html', 'endless.ipynb']);
  });

  test('a runner that is killed leaves no kernel behind either', { skip: process.platform === 'win32' }, async () => {
    await notebook('orphan.ipynb', ['console.log(process.pid)', 'for (;;) {}']);
    const temporary = join(folder, 'tmp');
    await mkdir(temporary);
    const kill = (child: ChildProcess, soFar: string): void => {
      if (soFar.includes('[1/2] ok')) child.kill('SIGKILL');
    };
    await start(['orphan.ipynb', '--out', 'd'], kill, temporary);
    const written = parseNotebook(await readFile(join(folder, 'd', 'orphan.ipynb'), 'utf8'), 'orphan.ipynb');
    const [first] = written.cells;
    assert.ok(first?.cell_type === 'code' && first.outputs[0]?.output_type === 'stream');
    const engine = Number(first.outputs[0].text);
    await gone(engine); // the kernel looks for its parent every second
    const left = (await readdir(temporary)).filter((name) => name.startsWith('wirebook-kernel-'));
    assert.deepEqual(left, []);
  });

  test('parameters: given by name, typed by their declaration, unknown ones refused before anything runs', async () => {
    const cells = ['const rows = 1;\nconst label: string = "x";', 'label + ": " + (rows + 1)'];
    const text = JSON.parse(notebookText(cells));
    text.cells[0].metadata = { tags: ['parameters'] };
    await writeFile(join(folder, 'parameters.ipynb'), JSON.stringify(text));
    await writeFile(join(folder, 'values.json'), '{"rows": 41, "label": "from the file"}');
    const args = ['parameters.ipynb', '--out', 'e', '--no-html', '--parameters', 'values.json', '-p', 'label=5'];
    const { status, stdout } = await start(args);
    assert.equal(status, 0, stdout);
    assert.match(await readFile(join(folder, 'e', 'parameters.ipynb'), 'utf8'), /'5: 42'/);
    assert.deepEqual(await readdir(join(folder, 'e')), ['parameters.ipynb']);
    const refused = await start(['parameters.ipynb', '--out', 'f', '-p', 'row=5']);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /^wirebook: Cannot set row in parameters\.ipynb: its parameters are rows, label\n$/);
  });

  test('--check: the same outputs are fine, others are shown as a difference', async () => {
    const cells = ['console.log("took", performance.now() > 0 ? "12 ms" : "");', '[1, 2, 3]'];
    const stored = JSON.parse(notebookText(cells));
    stored.cells[0].outputs = [{ output_type: 'stream', name: 'stdout', text: ['took 99 ms\n'] }];
    const result = (text: string): object => ({
      output_type: 'execute_result',
      execution_count: 2,
      metadata: {},
      data: { 'text/plain': [text] },
    });
    stored.cells[1].outputs = [result('[ 1, 2, 3 ]')];
    await writeFile(join(folder, 'stored.ipynb'), JSON.stringify(stored));
    stored.cells[1].outputs = [result('[ 1, 2, 4 ]')];
    await writeFile(join(folder, 'other.ipynb'), JSON.stringify(stored));
    const { status, stdout } = await start(['stored.ipynb', 'other.ipynb', '--check', '--jobs', '2', '--out', 'g']);
    assert.equal(status, 1);
    assert.match(stdout, /stored\.ipynb: outputs as stored/);
    assert.match(
      stdout,
      /other\.ipynb: cell 2 differs: \[1, 2, 3\]\n \[text\/plain\]\n-\[ 1, 2, 4 \]\n\+\[ 1, 2, 3 \]/,
    );
    await assert.rejects(readdir(join(folder, 'g')), { code: 'ENOENT' });
  });

  test('what cannot be run is one sentence, and the outputs of an earlier run stay', async () => {
    await writeFile(join(folder, 'broken.ipynb'), '{');
    await notebook('strange.ipynb', ['1'], { kernelspec: { name: 'nobody-has-this', language: 'x' } });
    for (const [name, reason] of [
      ['none.ipynb', /^wirebook: Cannot read notebook none\.ipynb: there is no such file\n$/],
      ['broken.ipynb', /^wirebook: Cannot read notebook broken\.ipynb: it is not JSON: .*\n$/],
      ['strange.ipynb', /^wirebook: Cannot find a kernel named nobody-has-this: there are tslab.*\n$/],
    ] as const) {
      const { status, stderr } = await start([name, '--out', 'h']);
      assert.equal(status, 1);
      assert.match(stderr, reason);
    }
    await notebook('own.ipynb', ['1']);
    const over = await start(['own.ipynb', '--out', '.']);
    assert.match(over.stderr, /^wirebook: Cannot write the executed notebook over own\.ipynb itself: .*--in-place\n$/);
    assert.equal(await readFile(join(folder, 'own.ipynb'), 'utf8'), notebookText(['1']));
    const twice = await start(['x/a.ipynb', 'y/a.ipynb']);
    assert.match(twice.stderr, /two notebooks named a\.ipynb/);
  });

  test('one verdict: differences and unreadable notebooks are in exit status, terminal, JSON, JUnit, page and metadata', async () => {
    const stored = JSON.parse(notebookText(['1 + 1']));
    stored.cells[0].outputs = [
      { output_type: 'execute_result', execution_count: 1, metadata: {}, data: { 'text/plain': '3' } },
    ];
    await writeFile(join(folder, 'differing.ipynb'), JSON.stringify(stored));
    await writeFile(join(folder, 'unreadable.ipynb'), '[');
    const results = ['--out', 'v', '--junit', 'v.xml', '--json', 'v.json'];
    const record = async () => JSON.parse(await readFile(join(folder, 'v.json'), 'utf8'));
    const differing = await start(['differing.ipynb', '--check', ...results]);
    assert.equal(differing.status, 1);
    assert.match(differing.stdout, /differing\.ipynb: the outputs of 1 cell differ from the stored ones/);
    const { ok, notebooks } = await record();
    assert.deepEqual([ok, notebooks[0].ok, notebooks[0].differences.length], [false, false, 1]);
    assert.match(
      await readFile(join(folder, 'v.xml'), 'utf8'),
      /errors="1"[\s\S]*<error message="the outputs of 1 cell/,
    );

    const both = await start(['unreadable.ipynb', 'differing.ipynb', ...results]);
    assert.equal(both.status, 1);
    assert.match(both.stdout, /1 of 2 notebooks ok/);
    const second = await record();
    assert.deepEqual(
      second.notebooks.map((each: { path: string; ok: boolean }) => [each.path, each.ok]),
      [
        ['unreadable.ipynb', false],
        ['differing.ipynb', true],
      ],
    );
    assert.equal(second.ok, false);
    assert.match(second.notebooks[0].fault, /not JSON/);
    assert.match(await readFile(join(folder, 'v.xml'), 'utf8'), /<error message="[^"]*not JSON/);
    assert.match(await readFile(join(folder, 'v', 'unreadable.html'), 'utf8'), /The run failed/);
    const written = JSON.parse(await readFile(join(folder, 'v', 'differing.ipynb'), 'utf8'));
    assert.deepEqual(written.metadata.wirebook.run, { ok: true, cells: { ok: 1 } });

    // Alone, what cannot be read is still recorded, and nothing of the run before is left to be taken for its result.
    const alone = await start(['unreadable.ipynb', ...results]);
    assert.equal(alone.status, 1);
    assert.equal((await record()).ok, false);
  });

  test('an interrupted run names every notebook in its results, those it did not come to among them', async () => {
    await notebook('first.ipynb', ['1', 'for (;;) {}']);
    await notebook('second.ipynb', ['1']);
    let isSent = false;
    const args = ['first.ipynb', 'second.ipynb', '--out', 'i', '--json', 'i.json', '--junit', 'i.xml'];
    const { status } = await start(args, (child, soFar) => {
      if (!soFar.includes('[1/2] ok') || isSent) return;
      isSent = true;
      child.kill('SIGTERM');
    });
    assert.equal(status, 130);
    const { ok, notebooks } = JSON.parse(await readFile(join(folder, 'i.json'), 'utf8'));
    assert.deepEqual([ok, notebooks.length, notebooks[0].ok, notebooks[1].ok], [false, 2, false, false]);
    assert.match(notebooks[1].fault, /interrupted before it/);
    assert.match(await readFile(join(folder, 'i.xml'), 'utf8'), /<error message="not run: the run was interrupted/);
    assert.match(await readFile(join(folder, 'i', 'second.html'), 'utf8'), /The run failed/);
  });

  test('results of an earlier run are gone when a run begins, and an unended one says so in the notebook', async () => {
    await mkdir(join(folder, 'w'), { recursive: true });
    for (const name of ['stale.html', 'stale.ipynb', 'stale.xml', 'stale.json'])
      await writeFile(join(folder, 'w', name), 'an earlier run');
    await notebook('stale.ipynb', ['1', 'for (;;) {}']);
    const args = ['stale.ipynb', '--out', 'w', '--junit', 'w/stale.xml', '--json', 'w/stale.json'];
    await start(args, (child, soFar) => {
      if (soFar.includes('[1/2] ok')) child.kill('SIGKILL');
    });
    assert.deepEqual(await readdir(join(folder, 'w')), ['stale.ipynb']);
    const written = JSON.parse(await readFile(join(folder, 'w', 'stale.ipynb'), 'utf8'));
    assert.deepEqual(written.metadata.wirebook.run, { ok: false, fault: 'the run has not ended' });
  });

  test('no result is written over the notebook that is to be run, not even through a link', async () => {
    const text = notebookText(['1']);
    await notebook('linked.ipynb', ['1']);
    await mkdir(join(folder, 'l'), { recursive: true });
    await symlink(join(folder, 'linked.ipynb'), join(folder, 'l', 'linked.ipynb'));
    for (const args of [
      ['--out', 'l'],
      ['--out', 'm', '--json', 'linked.ipynb'],
    ]) {
      const { status, stderr } = await start(['linked.ipynb', ...args]);
      assert.equal(status, 1);
      assert.match(stderr, /^wirebook: Cannot write .* over /);
      assert.equal(await readFile(join(folder, 'linked.ipynb'), 'utf8'), text);
    }
  });
});
