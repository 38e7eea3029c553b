/**
 * What `wirebook run` does.
 *
 * @module
 */
import { mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { NotebookError } from '../errors.js';
import { findKernel } from '../jupyter/kernel/kernelspec.js';
import { type Notebook, readNotebook, writeNotebook, writeWhole } from '../jupyter/protocol/notebook.js';
import { compareOutputs } from '../jupyter/run/compare.js';
import { injectParameters } from '../jupyter/run/parameters.js';
import { jsonRecord, junitRecord, recordInMetadata } from '../jupyter/run/records.js';
import { type NotebookRun, type RunOptions, runNotebook, unrunNotebook } from '../jupyter/run/runner.js';
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
  await removeStale(paths, flags);
  const parameters = await allParameters(flags);
  const progress = new Progress(process.stdout, paths.length > 1);
  const aborter = new AbortController();
  const abort = (): void => aborter.abort();
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  const runs: NotebookRun[] = [];
  const waiting = [...paths.entries()];
  let refused: NotebookError | undefined;
  try {
    await Promise.all(
      Array.from({ length: Math.min(flags.jobs, paths.length) }, async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const [place, path] = next;
          if (aborter.signal.aborted) {
            runs[place] = await recordUnrun(path, 'not run: the run was interrupted before it', flags);
            continue;
          }
          runs[place] = await runOne(path, flags, parameters, { signal: aborter.signal, progress }).catch(
            (error: unknown) => {
              // One notebook that cannot be run is no reason to leave out the others, nor to leave it out of the results.
              if (!(error instanceof NotebookError)) throw error;
              refused = error;
              if (paths.length > 1) progress.complain(error.message);
              return recordUnrun(path, error.message, flags);
            },
          );
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
  if (paths.length === 1 && refused !== undefined) throw refused;
}

/** Takes away what an earlier run wrote, so that nobody reads it as this one's. What is to be run stays. */
async function removeStale(paths: readonly string[], flags: Flags): Promise<void> {
  const sources = await Promise.all(paths.map(realPath));
  const remove = async (name: string): Promise<void> => {
    if (sources.includes(await realPath(name))) {
      throw new NotebookError('IO', `Cannot write results over the notebook ${name}: give them another name`);
    }
    await rm(name, { force: true });
  };
  for (const name of [flags.junit, flags.json]) if (name !== undefined) await remove(name);
  if (flags.check) return;
  for (const path of paths) {
    const target = await targetOf(path, flags);
    if (target !== path) await remove(target);
    if (flags.html) await remove(pageOf(target));
  }
}

/** A notebook that could not be run is in every result that is written, its page among them. */
async function recordUnrun(path: string, fault: string, flags: Flags): Promise<NotebookRun> {
  const run = unrunNotebook(path, fault);
  if (flags.check || !flags.html) return run;
  const page = pageOf(await targetOf(path, flags));
  await mkdir(dirname(page), { recursive: true });
  const { reportPage } = await import('../jupyter/run/report.js');
  await writeWhole(page, reportPage(run));
  return run;
}

async function runOne(
  path: string,
  flags: Flags,
  parameters: ReadonlyMap<string, unknown>,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: Progress },
): Promise<NotebookRun> {
  const notebook = await readNotebook(path);
  const stored = structuredClone(notebook);
  injectParameters(notebook, parameters, path);
  const found = await findKernel(flags.kernel, notebook.metadata.kernelspec);
  // Where cells should put files of their own.
  const kernel = { ...found, env: { ...found.env, WIREBOOK_OUT: resolve(flags.out) } };
  const target = flags.check ? undefined : await targetOf(path, flags);
  if (target !== undefined) await mkdir(dirname(target), { recursive: true });
  let page: Promise<typeof import('../jupyter/run/report.js')> | undefined;
  recordInMetadata(notebook);
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
  if (flags.check && done.isOk) check(stored, done, notebook);
  recordInMetadata(notebook, done);
  const written: [path: string, what: string][] = [];
  if (target !== undefined) {
    await writeNotebook(target, notebook);
    written.push([target, 'executed notebook']);
    if (flags.html) {
      const { reportPage } = await (page ?? import('../jupyter/run/report.js'));
      const name = pageOf(target);
      await writeWhole(name, reportPage(done));
      written.push([name, 'page to read']);
    }
  }
  if (flags.check && (done.isOk || done.differences !== undefined)) progress.differences(done, done.differences ?? []);
  progress.summary(done, written);
  return done;
}

/** @throws NotebookError when the original would be lost without having been given up */
async function targetOf(path: string, flags: Flags): Promise<string> {
  if (flags.inPlace) return path;
  const target = join(flags.out, basename(path));
  if ((await realPath(target)) !== (await realPath(path))) return target;
  throw new NotebookError(
    'IO',
    `Cannot write the executed notebook over ${path} itself: give another --out, or say --in-place`,
  );
}

function pageOf(target: string): string {
  return target.replace(/(\.ipynb)?$/, '.html');
}

/** Where a name leads, through links; the name itself where there is nothing. */
function realPath(name: string): Promise<string> {
  return realpath(name).catch(() => resolve(name));
}

/** Outputs that differ, or that cannot be compared, are the run's fault like any other. */
function check(stored: Notebook, done: NotebookRun, notebook: Notebook): void {
  try {
    const differences = compareOutputs(stored, notebook, done.path);
    if (differences.length === 0) return;
    const cells = differences.length === 1 ? '1 cell differ' : `${differences.length} cells differ`;
    done.differences = differences;
    done.fault = `the outputs of ${cells} from the stored ones`;
  } catch (error) {
    if (!(error instanceof NotebookError)) throw error;
    done.fault = error.message;
  }
  done.isOk = false;
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
