/** The recipes of CONTRIBUTING.md, followed to the letter. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { repository } from './testing/peer.js';

const recipe = readFileSync(join(repository, 'CONTRIBUTING.md'), 'utf8');
const section = recipe.slice(recipe.indexOf('## Add a layer'), recipe.indexOf('## Add a view'));
const blocks = [...section.matchAll(/^```(\w+) ?(\S*)\n([\s\S]*?)^```$/gm)].map((match) => ({
  language: match[1],
  file: match[2]!,
  text: match[3]!,
}));

/** A copy of what is compiled, to be changed. */
function copyOfSources(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-recipe-'));
  for (const name of ['src', 'package.json', 'tsconfig.json'])
    cpSync(join(repository, name), join(folder, name), {
      recursive: true,
      filter: (path) => !path.endsWith('.test.ts') && !path.includes(join('src', 'testing')),
    });
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Adds a block to a file that exists: imports behind the last import, a row as the first of the table, all else at the end. */
function added(source: string, text: string): string {
  const lines = text.trimEnd().split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const rows = lines.filter((line) => line.startsWith('  row('));
  const rest = lines.filter((line) => !imports.includes(line) && !rows.includes(line));
  return [...imports, source.replace(/(layers: readonly LayerRow\[\] = \[\n)/, `$1${rows.join('\n')}\n`), ...rest].join(
    '\n',
  );
}

test('a layer added by CONTRIBUTING.md’s recipe, one file and one row, is built, read, filtered and seen through by streams and conversations', () => {
  const folder = copyOfSources();
  try {
    const [written, ...changed] = blocks.filter(({ file }) => file !== '');
    assert.deepEqual(
      changed.map(({ file }) => file),
      ['src/wire/stack/neighbours.ts', 'src/wire/index.ts'],
    );
    writeFileSync(join(folder, written!.file), written!.text);
    for (const { file, text } of changed) {
      const path = join(folder, file);
      writeFileSync(path, added(readFileSync(path, 'utf8'), text));
    }
    const compiler = join(repository, 'node_modules/typescript-native/bin/tsc');
    const { stdout, status } = spawnSync(process.execPath, [compiler], { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, stdout);
    const program = blocks.find(({ language, file }) => language === 'ts' && file === '')!;
    const { outputText } = ts.transpileModule(program.text, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    writeFileSync(join(folder, 'try.mjs'), outputText);
    const tried = spawnSync(process.execPath, ['try.mjs'], { cwd: folder, encoding: 'utf8' });
    assert.equal(tried.stderr, '');
    assert.equal(tried.stdout, blocks.find(({ language }) => language === 'text')!.text);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
