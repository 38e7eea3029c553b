/**
 * What `wirebook run` does.
 *
 * @module
 */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { NotebookError } from '../errors.js';
import { findKernel } from '../jupyter/kernel/kernelspec.js';
import { type Notebook, readNotebook, writeNotebook, writeWhole } from '../jupyter/protocol/notebook.js';
import { type CellDifference, compareOutputs } from '../jupyter/run/compare.js';
import { injectParameters } from '../jupyter/run/parameters.js';
import { type NotebookRun, type RunOptions, runNotebook } from '../jupyter/run/runner.js';
import { Progress } from './progress.js';

/** The command line's options. */
export interface Flags {
  out: string;
  inPlace?: boolean;
  kernel?: string;
  parameter?: Map<string, unknown>;
  parameters?: string;
  timeout?: number;
  totalTimeout?: number;
  allowErrors?: boolean;
  allowEmpty?: boolean;
  html: boolean;
  junit?: string;
  json?: string;
  jobs: number;
  check?: boolean;
}

/**
 * Runs the notebooks and writes what is wanted of them. Sets the exit status.
 *
 * @throws NotebookError when nothing could be run
 */
export async function runNotebooks(paths: string[], flags: Flags): Promise<void> {
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
  const { jsonRecord, junitRecord } = await import('../jupyter/run/records.js');
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
  const found = await findKernel(flags.kernel, notebook.metadata.kernelspec);
  // Where cells should put files of their own.
  const kernel = { ...found, env: { ...found.env, WIREBOOK_OUT: resolve(flags.out) } };
  const target = flags.check ? undefined : targetOf(path, flags);
  if (target !== undefined) await mkdir(dirname(target), { recursive: true });
  let page: Promise<typeof import('../jupyter/run/report.js')> | undefined;
  const options: RunOptions = {
    kernel,
    allowErrors: flags.allowErrors ?? false,
    allowEmpty: flags.allowEmpty ?? false,
    ...(flags.timeout === undefined ? {} : { cellTimeoutMs: flags.timeout * 1000 }),
    ...(flags.totalTimeout === undefined ? {} : { timeoutMs: flags.totalTimeout * 1000 }),
    signal,
    onCell: (cell, total) => {
      progress.begin(path, cell, total);
      page ??= import('../jupyter/run/report.js'); // loaded while a cell runs
    },
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
      const { reportPage } = await (page ?? import('../jupyter/run/report.js'));
      const name = target.replace(/(\.ipynb)?$/, '.html');
      await writeWhole(name, reportPage(done));
      written.push([name, 'page to read']);
    }
  }
  progress.summary(done, written);
  if (flags.check && done.isOk) check(stored, done, notebook, progress);
  return done;
}

/** @throws NotebookError when the original would be lost without having been given up */
function targetOf(path: string, flags: Flags): string {
  if (flags.inPlace) return path;
  const target = join(flags.out, basename(path));
  if (resolve(target) !== resolve(path)) return target;
  throw new NotebookError(
    'IO',
    `Cannot write the executed notebook over ${path} itself: give another --out, or say --in-place`,
  );
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
  if (twice === undefined || flags.check || flags.inPlace) return;
  throw new NotebookError(
    'IO',
    `Cannot write two notebooks named ${twice} into ${flags.out}: run them one by one, with another --out each`,
  );
}
