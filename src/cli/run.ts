/**
 * `wirebook run`: executes notebooks and says what truly became of each cell.
 *
 * @module
 */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { NotebookError } from '../errors.js';
import { type CellDifference, compareOutputs } from '../jupyter/compare.js';
import { findKernel } from '../jupyter/kernelspec.js';
import { type Notebook, readNotebook, writeNotebook, writeWhole } from '../jupyter/notebook.js';
import { injectParameters, parseParameter } from '../jupyter/parameters.js';
import { jsonRecord, junitRecord } from '../jupyter/records.js';
import { reportPage } from '../jupyter/report.js';
import { type NotebookRun, type RunOptions, runNotebook } from '../jupyter/runner.js';
import { Progress } from './progress.js';

interface Flags {
  out: string;
  kernel?: string;
  parameter?: Map<string, unknown>;
  parameters?: string;
  timeout?: number;
  totalTimeout?: number;
  allowErrors?: boolean;
  html: boolean;
  junit?: string;
  json?: string;
  jobs: number;
  check?: boolean;
}

const EXAMPLES = `
Examples:
  wirebook run notebooks/web_server.ipynb
  wirebook run notebooks/*.ipynb --jobs 2 --junit out/junit.xml
  wirebook run report.ipynb -p csv=data/mine.csv -p rows=20
  wirebook run out/web_server.ipynb --check

The exit status is 0 when every cell ran, 1 when one failed or outputs differ, 130 when interrupted.`;

/** The sub-command. */
export function runCommand(): Command {
  return new Command('run')
    .description('execute notebooks; write the executed notebooks and pages to read')
    .argument('<notebook...>', '.ipynb files')
    .option('-o, --out <folder>', 'where to write', 'out')
    .option('-k, --kernel <name>', 'an installed kernel, instead of the one the notebook names')
    .option('-p, --parameter <name=value>', 'a value for the cell tagged "parameters"; may be repeated', collect)
    .option('--parameters <file>', 'a JSON file with such values')
    .option('--timeout <seconds>', 'longest time for one cell', positive)
    .option('--total-timeout <seconds>', 'longest time for one notebook', positive)
    .option('--allow-errors', 'go on after a cell that fails')
    .option('--html', 'write a page to read', true)
    .option('--no-html', 'write no page')
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--json <file>', 'write the results as JSON')
    .option('-j, --jobs <count>', 'how many notebooks at a time', positive, 1)
    .option('--check', 'write no notebook; compare the new outputs with the stored ones')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(paths: string[], flags: Flags): Promise<void> {
  refuseSameNames(paths, flags);
  const parameters = await allParameters(flags);
  const progress = new Progress(process.stdout, paths.length > 1);
  const aborter = new AbortController();
  const abort = (): void => aborter.abort();
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  const runs: NotebookRun[] = [];
  const waiting = [...paths];
  try {
    await Promise.all(
      Array.from({ length: Math.min(flags.jobs, paths.length) }, async () => {
        for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
          if (aborter.signal.aborted) return;
          const done = await runOne(path, flags, parameters, aborter.signal, progress).catch((error: unknown) => {
            // One notebook that cannot be run is no reason to leave out the others.
            if (paths.length === 1 || !(error instanceof NotebookError)) throw error;
            progress.complain(error.message);
            process.exitCode = 1;
            return undefined;
          });
          if (done !== undefined) runs.push(done);
        }
      }),
    );
  } finally {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  }
  if (flags.junit !== undefined) await writeWhole(flags.junit, junitRecord(runs));
  if (flags.json !== undefined) await writeWhole(flags.json, jsonRecord(runs));
  if (paths.length > 1) progress.total(runs, paths.length);
  if (runs.some((done) => !done.isOk)) process.exitCode = 1;
  if (aborter.signal.aborted) process.exitCode = 130;
}

async function runOne(
  path: string,
  flags: Flags,
  parameters: ReadonlyMap<string, unknown>,
  signal: AbortSignal,
  progress: Progress,
): Promise<NotebookRun> {
  const notebook = await readNotebook(path);
  const stored = structuredClone(notebook);
  injectParameters(notebook, parameters, path);
  const kernel = await findKernel(flags.kernel, notebook.metadata.kernelspec);
  const target = flags.check ? undefined : join(flags.out, basename(path));
  if (target !== undefined) await mkdir(flags.out, { recursive: true });
  const options: RunOptions = {
    kernel,
    allowErrors: flags.allowErrors ?? false,
    ...(flags.timeout === undefined ? {} : { cellTimeoutMs: flags.timeout * 1000 }),
    ...(flags.totalTimeout === undefined ? {} : { timeoutMs: flags.totalTimeout * 1000 }),
    signal,
    onCell: (cell, total) => progress.begin(path, cell, total),
    onProgress: async (cell, state) => {
      if (target !== undefined) await writeNotebook(target, notebook);
      progress.end(path, cell, state);
    },
  };
  const done = await runNotebook(notebook, path, options);
  const written: [path: string, what: string][] = [];
  if (target !== undefined) {
    await writeNotebook(target, notebook);
    written.push([target, 'executed notebook']);
    if (flags.html) {
      const page = target.replace(/(\.ipynb)?$/, '.html');
      await writeWhole(page, reportPage(done));
      written.push([page, 'page to read']);
    }
  }
  progress.summary(done, written);
  if (flags.check && done.isOk) check(stored, done, notebook, progress);
  return done;
}

function check(stored: Notebook, done: NotebookRun, notebook: Notebook, progress: Progress): void {
  const differences: CellDifference[] = compareOutputs(stored, notebook, done.path);
  progress.differences(done, differences);
  if (differences.length > 0) process.exitCode = 1;
}

async function allParameters(flags: Flags): Promise<Map<string, unknown>> {
  const parameters = new Map<string, unknown>();
  if (flags.parameters !== undefined) {
    const text = await readFile(flags.parameters, 'utf8').catch((cause: Error) => {
      throw new NotebookError('NO_FILE', `Cannot read parameters ${flags.parameters}: ${cause.message}`, { cause });
    });
    let values: unknown;
    try {
      values = JSON.parse(text);
    } catch (cause) {
      const reason = (cause as Error).message;
      throw new NotebookError('BAD_PARAMETER', `Cannot read parameters ${flags.parameters}: ${reason}`, { cause });
    }
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      throw new NotebookError('BAD_PARAMETER', `Cannot read parameters ${flags.parameters}: a JSON object needed`);
    }
    for (const [name, value] of Object.entries(values)) parameters.set(name, value);
  }
  for (const [name, value] of flags.parameter ?? []) parameters.set(name, value);
  return parameters;
}

function refuseSameNames(paths: readonly string[], flags: Flags): void {
  const names = paths.map((path) => basename(path));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined || flags.check) return;
  throw new NotebookError(
    'IO',
    `Cannot write two notebooks named ${twice} into ${flags.out}: run them one by one, with another --out each`,
  );
}

function collect(argument: string, before = new Map<string, unknown>()): Map<string, unknown> {
  return before.set(...parseParameter(argument));
}

function positive(argument: string): number {
  const value = Number(argument);
  if (!(value > 0)) throw new InvalidArgumentError('A number above 0 needed.');
  return value;
}
