/**
 * `wirebook init`: a folder of one's own with the lessons, their table and their captures in it.
 *
 * @module
 */
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { NotebookError } from '../errors.js';

/** The package, or the clone, that this program is part of. */
const home = fileURLToPath(new URL('../..', import.meta.url));

/** The sub-command. */
export function initCommand(): Command {
  return new Command('init')
    .description('make a folder with the lessons, their table of messages and their recorded captures')
    .argument('[folder]', 'where; the current folder where left out', '.')
    .addHelpText(
      'after',
      '\nWhat is there already stays as it is.\n\nExamples:\n  wirebook init lab\n  cd lab && wirebook run web_server.ipynb -p csv=mine.csv',
    )
    .action(init);
}

/** A file to be: its name in the new folder, and how it comes there. */
interface Item {
  readonly name: string;
  /** Makes the file, and fails with `EEXIST` where there is one. */
  readonly put: (path: string) => Promise<void>;
}

async function init(folder: string): Promise<void> {
  const target = resolve(folder);
  const known = await stat(target).catch(() => undefined);
  if (known !== undefined && !known.isDirectory())
    throw new NotebookError('NO_FILE', `Cannot make a lab in ${folder}: it is a file, a folder or nothing needed`);
  const kept: string[] = [];
  for (const { name, put } of await items(target)) {
    const path = join(target, name);
    try {
      await mkdir(dirname(path), { recursive: true });
      await put(path);
      process.stdout.write(`  ${name}\n`);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new NotebookError('NO_FILE', `Cannot write ${path}: ${(cause as Error).message}`, { cause });
      kept.push(name);
    }
  }
  if (kept.length > 0)
    process.stdout.write(`kept as ${kept.length === 1 ? 'it was' : 'they were'}: ${kept.join(', ')}\n`);
  const step = target === process.cwd() ? '' : `cd ${relative(process.cwd(), target)} && `;
  process.stdout.write(`\nNext: ${step}npx wirebook run web_server.ipynb\n`);
}

async function items(target: string): Promise<Item[]> {
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string };
  // From a clone: there, the folder itself is what can be installed.
  const isInstalled = home.split(sep).includes('node_modules');
  const made = {
    name:
      basename(target)
        .toLowerCase()
        .replace(/[^a-z0-9-]+/g, '-')
        .replace(/^-+|-+$/g, '') || 'lab',
    private: true,
    type: 'module',
    scripts: { start: 'wirebook run web_server.ipynb' },
    dependencies: { wirebook: isInstalled ? `^${version}` : `file:${home}` },
  };
  const lessons = (await readdir(join(home, 'notebooks'))).filter((name) => name.endsWith('.ipynb'));
  const copies = ['data/group209186378_http_input.csv', 'captures/capture.pcapng', 'captures/chat_capture.pcapng'];
  return [
    ...lessons.map((name) => ({ name, put: (path: string) => putLesson(join(home, 'notebooks', name), path) })),
    ...copies.map((name) => ({
      name,
      put: (path: string) => copyFile(join(home, name), path, constants.COPYFILE_EXCL),
    })),
    { name: 'package.json', put: (path) => putNew(path, `${JSON.stringify(made, undefined, 2)}\n`) },
    { name: '.gitignore', put: (path) => putNew(path, 'node_modules/\nout/\n') },
  ];
}

function putNew(path: string, text: string): Promise<void> {
  return writeFile(path, text, { flag: 'wx' });
}

/** A lesson with its paths as they are in the new folder: everything lies beside it, not one folder up. */
async function putLesson(from: string, to: string): Promise<void> {
  const text = await readFile(from, 'utf8');
  await putNew(to, text.replace(/(['"`])\.\.\/(data|captures|out)\b/g, '$1$2'));
}
