/**
 * `wirebook run`: executes notebooks and says what truly became of each cell.
 *
 * @module
 */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { stripAnsi } from '../jupyter/ansi.js';
import { ownKernelSpec } from '../jupyter/launch.js';
import { readNotebook, writeNotebook, writeWhole } from '../jupyter/notebook.js';
import { seconds, statusWord } from '../jupyter/report/words.js';
import { reportPage } from '../jupyter/report.js';
import { type CellRun, type NotebookRun, runNotebook } from '../jupyter/runner.js';

interface Options {
  out: string;
}

/** The sub-command. */
export function runCommand(): Command {
  return new Command('run')
    .description('execute a notebook; write the executed notebook and an HTML page')
    .argument('<notebook>', 'the .ipynb file')
    .option('-o, --out <folder>', 'where to write', 'out')
    .addHelpText('after', '\nExample:\n  wirebook run notebooks/web_server.ipynb --out out')
    .action(run);
}

async function run(path: string, options: Options): Promise<void> {
  const notebook = await readNotebook(path);
  await mkdir(options.out, { recursive: true });
  const target = join(options.out, basename(path));
  const page = target.replace(/\.ipynb$/, '.html');
  const aborter = new AbortController();
  const abort = (): void => aborter.abort();
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  try {
    const done = await runNotebook(notebook, path, {
      kernel: ownKernelSpec(),
      signal: aborter.signal,
      onProgress: async (cell, state) => {
        await writeNotebook(target, notebook);
        print(progressLine(cell, state));
      },
    });
    await writeNotebook(target, notebook);
    await writeWhole(page, reportPage(done));
    print(ending(done, target, page));
    if (!done.isOk) process.exitCode = aborter.signal.aborted ? 130 : 1;
  } finally {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  }
}

function progressLine(cell: CellRun, run: NotebookRun): string {
  const width = String(run.cells.length).length;
  return `[${String(cell.number).padStart(width)}/${run.cells.length}] ${statusWord(cell).padEnd(6)} ${seconds(cell.durationMs).padStart(7)}  ${cell.title}`;
}

function ending(run: NotebookRun, target: string, page: string): string {
  const lines: string[] = [];
  for (const cell of run.cells.filter(({ status }) => status === 'failed')) {
    const { failure } = cell;
    const line = failure!.line === undefined ? '' : `, line ${failure!.line}`;
    const trace = failure!.traceback.join('\n');
    lines.push(
      '',
      `cell ${cell.number} of ${run.cells.length}${line}: ${statusWord(cell)}: ${failure!.ename}: ${failure!.evalue}`,
    );
    lines.push(process.stdout.isTTY ? trace : stripAnsi(trace));
  }
  const left = run.cells.filter(({ status }) => status === 'not-run');
  if (left.length > 0) lines.push('', `not run: ${left.map(({ number }) => `cell ${number}`).join(', ')}`);
  const good = run.cells.filter(({ status }) => status === 'ok').length;
  lines.push(
    '',
    `${run.path}: ${good} of ${run.cells.length} cells ok, ${seconds(run.durationMs)} (kernel ready after ${seconds(run.startMs)})`,
  );
  lines.push(`  ${target}  executed notebook`, `  ${page}  page to read`);
  return lines.join('\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
