import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as root from './index.js';
import { sourceFolder } from './testing/imports.js';

/** Names and where they come from, types among them, as the source writes them. */
const source = readFileSync(join(sourceFolder, 'index.ts'), 'utf8');
const exported = [...source.matchAll(/export \{([^}]*)\} from '([^']+)'/g)].flatMap(([, names, from]) =>
  names!
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => ({ name: name.replace(/^type /, ''), isType: name.startsWith('type '), from: from! })),
);

test('The root exports at most 80 names, types among them, each written out', () => {
  assert.doesNotMatch(source, /export \*/);
  assert.ok(exported.length > 60 && exported.length <= 80, `${exported.length} names`);
  assert.deepEqual(
    exported
      .filter(({ isType }) => !isType)
      .map(({ name }) => name)
      .sort(),
    Object.keys(root).sort(),
  );
});

test('No name of the root is a word that says nothing there', () => {
  const vague = ['now', 'until', 'rates', 'windows', 'field', 'show', 'diff', 'range'];
  assert.deepEqual(
    exported.filter(({ name }) => vague.includes(name)),
    [],
  );
});

test('Every name of the root is the same thing that its folder exports', async () => {
  const folders: { [from: string]: object } = {};
  for (const { name, isType, from } of exported) {
    if (isType) continue;
    folders[from] ??= await import(from);
    assert.equal(Reflect.get(root, name), Reflect.get(folders[from]!, name), name);
  }
  assert.equal(Object.keys(folders).length, 8);
});
