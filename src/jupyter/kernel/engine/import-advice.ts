/**
 * The engine compiles TypeScript files only below the notebook's folder, so `import '../src/x'` fails with a remark on
 * `rootDir` that helps nobody. This says what to write instead.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Diagnostic } from './converter.js';

/** "File … is not under 'rootDir' …" */
const NOT_UNDER_ROOT = 6059;

/** The findings with that remark replaced and put first. */
export function importAdvice(findings: Diagnostic[]): Diagnostic[] {
  const remark = findings.find((finding) => finding.code === NOT_UNDER_ROOT);
  if (remark === undefined) return findings;
  const [, file] = /^File '([^']+)'/.exec(remark.messageText) ?? [];
  const messageText =
    "A cell can import TypeScript files from the notebook's folder and below, not from above it. " +
    (file === undefined ? 'Import the package by its name instead' : advice(file));
  return [{ ...remark, messageText }, ...findings.filter((finding) => finding !== remark)];
}

function advice(file: string): string {
  const root = packageRoot(dirname(file));
  if (root === undefined)
    return `Move ${relative(process.cwd(), file)} beside the notebook, or make it a package and import that by its name`;
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name?: string;
    exports?: Record<string, unknown>;
  };
  if (name === undefined) return 'Give the package above a name, link it into node_modules, and import it by that name';
  const parts = relative(root, file).split(sep);
  const area = parts.length > 2 ? parts[1]! : parts.at(-1)!.replace(/\.[cm]?[jt]sx?$/, '');
  const path = exports !== undefined && `./${area}` in exports ? `${name}/${area}` : name;
  return `Import the package by its name instead: import { … } from '${path}'`;
}

function packageRoot(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}
