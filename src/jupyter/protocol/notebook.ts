/**
 * Notebook files, nbformat 4.
 * https://nbformat.readthedocs.io/en/latest/format_description.html
 *
 * In memory text is one string; in the file it is a list of lines, as Jupyter writes it. Fields that are not known here
 * are kept.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { NotebookError } from '../../errors.js';
import type { JsonObject } from './message.js';

/** A value in every form it has, by MIME type; text in one string, bytes in base64, JSON as it is. */
export type MimeData = Record<string, unknown>;

/** What a cell has shown. */
export type Output =
  | { output_type: 'stream'; name: 'stdout' | 'stderr'; text: string }
  | { output_type: 'display_data'; data: MimeData; metadata: JsonObject }
  | { output_type: 'execute_result'; data: MimeData; metadata: JsonObject; execution_count: number | null }
  | { output_type: 'error'; ename: string; evalue: string; traceback: string[] };

/** A cell with code. */
export interface CodeCell {
  cell_type: 'code';
  id: string;
  source: string;
  metadata: JsonObject;
  execution_count: number | null;
  outputs: Output[];
}

/** A cell with text. */
export interface TextCell {
  cell_type: 'markdown' | 'raw';
  id: string;
  source: string;
  metadata: JsonObject;
  attachments?: Record<string, MimeData>;
}

/** Any cell. */
export type NotebookCell = CodeCell | TextCell;

/** A notebook, nbformat 4.5. */
export interface Notebook {
  nbformat: 4;
  nbformat_minor: number;
  metadata: JsonObject & { kernelspec?: { name?: string; display_name?: string; language?: string } };
  cells: NotebookCell[];
}

/**
 * Reads a notebook.
 *
 * @throws NotebookError `NO_FILE` or `NOT_A_NOTEBOOK`, with the cell at fault
 */
export async function readNotebook(path: string): Promise<Notebook> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'ENOENT' ? 'there is no such file' : cause.message;
    throw new NotebookError('NO_FILE', `Cannot read notebook ${path}: ${reason}`, { cause });
  });
  return parseNotebook(text, path);
}

/**
 * Reads a notebook's text. Cells without an id, as before 4.5, are given one.
 *
 * @param path named in errors
 * @throws NotebookError `NOT_A_NOTEBOOK`
 */
export function parseNotebook(text: string, path: string): Notebook {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new NotebookError('NOT_A_NOTEBOOK', `Cannot read notebook ${path}: ${reason}`, { cause });
  };
  let raw: JsonObject;
  try {
    raw = JSON.parse(text.replace(/^\uFEFF/, '')) as JsonObject;
  } catch (cause) {
    return refuse(`it is not JSON: ${(cause as Error).message}`, cause);
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return refuse('a JSON object needed');
  if (raw.nbformat !== 4)
    return refuse(`its nbformat is ${raw.nbformat}, 4 needed; Jupyter converts older ones on opening`);
  if (!Array.isArray(raw.cells)) return refuse('its cells are missing');
  const taken = new Set<string>();
  const cells = raw.cells.map((cell: unknown, i) =>
    readCell(cell, taken, (reason) => refuse(`cell ${i + 1}: ${reason}`)),
  );
  const minor = typeof raw.nbformat_minor === 'number' ? Math.max(5, raw.nbformat_minor) : 5;
  const metadata = (raw.metadata ?? {}) as Notebook['metadata'];
  return { ...raw, nbformat: 4, nbformat_minor: minor, metadata, cells };
}

/** The notebook's text, as Jupyter writes it: keys sorted, text in lines, one space of indent. */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => {
    const written: JsonObject = { ...cell, source: toLines(cell.source) };
    if (cell.cell_type === 'code') written.outputs = cell.outputs.map(writeOutput);
    return written;
  });
  return `${JSON.stringify(sorted({ ...notebook, cells }), undefined, 1)}\n`;
}

/** Writes a notebook in one go: what is at `path` is either the old file or the whole new one. */
export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  await writeWhole(path, formatNotebook(notebook));
}

/**
 * Writes a file in one go, through a neighbour that is renamed.
 *
 * @throws NotebookError `IO`
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}`);
  try {
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new NotebookError('IO', `Cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Whether a MIME type's data is JSON, and not text. */
export function isJsonMime(mime: string): boolean {
  return mime === 'application/json' || mime.endsWith('+json');
}

/** The words a cell is tagged with. */
export function tagsOf(cell: NotebookCell): string[] {
  const { tags } = cell.metadata;
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : [];
}

/** A fresh id for a cell. */
export function newCellId(): string {
  return randomBytes(4).toString('hex');
}

function readCell(cell: unknown, taken: Set<string>, refuse: (reason: string) => never): NotebookCell {
  if (typeof cell !== 'object' || cell === null) return refuse('an object needed');
  const raw = cell as JsonObject;
  const source = toText(raw.source) ?? refuse('its source is missing');
  let id = typeof raw.id === 'string' && !taken.has(raw.id) ? raw.id : newCellId();
  while (taken.has(id)) id = newCellId();
  taken.add(id);
  const metadata = (raw.metadata ?? {}) as JsonObject;
  const type = raw.cell_type;
  if (type === 'markdown' || type === 'raw') return { ...raw, cell_type: type, id, source, metadata };
  if (type !== 'code') return refuse(`its cell_type is ${JSON.stringify(type)}; code, markdown or raw needed`);
  const count = typeof raw.execution_count === 'number' ? raw.execution_count : null;
  const outputs = Array.isArray(raw.outputs) ? raw.outputs : [];
  return {
    ...raw,
    cell_type: type,
    id,
    source,
    metadata,
    execution_count: count,
    outputs: outputs.map((o) => readOutput(o, refuse)),
  };
}

function readOutput(output: unknown, refuse: (reason: string) => never): Output {
  if (typeof output !== 'object' || output === null) return refuse('an output is not an object');
  const raw = output as JsonObject;
  switch (raw.output_type) {
    case 'stream':
      return {
        ...raw,
        output_type: 'stream',
        name: raw.name === 'stderr' ? 'stderr' : 'stdout',
        text: toText(raw.text) ?? '',
      };
    case 'error':
      return { ...(raw as unknown as Output & { output_type: 'error' }), traceback: (raw.traceback ?? []) as string[] };
    case 'display_data':
    case 'execute_result': {
      const data: MimeData = {};
      for (const [mime, value] of Object.entries((raw.data ?? {}) as MimeData)) {
        data[mime] = isJsonMime(mime) ? value : (toText(value) ?? value);
      }
      return { ...raw, data, metadata: raw.metadata ?? {} } as Output;
    }
    default:
      return refuse(`an output's type is ${JSON.stringify(raw.output_type)}`);
  }
}

function writeOutput(output: Output): JsonObject {
  if (output.output_type === 'stream') return { ...output, text: toLines(output.text) };
  if (output.output_type === 'error') return { ...output };
  const data: MimeData = {};
  for (const [mime, value] of Object.entries(output.data)) {
    const isText =
      typeof value === 'string' && !isJsonMime(mime) && (mime.startsWith('text/') || mime === 'image/svg+xml');
    data[mime] = isText ? toLines(value) : value;
  }
  return { ...output, data };
}

function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((line) => typeof line === 'string')) return value.join('');
  return undefined;
}

function toLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

/** Keys in order, except inside MIME data, whose JSON belongs to whoever made it. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, key === 'data' ? inner : sorted(inner)]));
}
