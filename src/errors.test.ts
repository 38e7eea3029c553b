import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as errors from './errors.js';
import { errorClassesOf, errorCodesText } from './testing/error-codes.js';
import { productFiles, sourceFolder } from './testing/imports.js';
import { repository } from './testing/peer.js';

const classes = errorClassesOf();

test('docs/errors.md says what the source says of each class and code', () => {
  const text = readFileSync(join(repository, 'docs/errors.md'), 'utf8');
  assert.equal(text, errorCodesText(classes), 'Write it anew: npm run build && node scripts/error-codes.mjs');
});

test('Every class of errors is read from the source, and every code has a meaning', () => {
  assert.deepEqual(classes.map(({ name }) => name).sort(), Object.keys(errors).sort());
  for (const { name, about, codes } of classes) {
    assert.ok(about.length > 20, name);
    assert.ok(codes.length >= 3, name);
    assert.equal(new Set(codes.map(({ code }) => code)).size, codes.length, `a code of ${name} is there twice`);
    for (const { code, meaning } of codes) assert.ok(meaning.length > 10, `${name} ${code}`);
  }
});

test('Every code is written somewhere in the product beside its declaration', () => {
  const product = productFiles()
    .filter((file) => file !== 'errors.ts')
    .map((file) => readFileSync(join(sourceFolder, file), 'utf8'))
    .join('\n');
  const unused = classes.flatMap(({ name, codes }) =>
    codes.filter(({ code }) => !product.includes(`'${code}'`)).map(({ code }) => `${name} ${code}`),
  );
  assert.deepEqual(unused, []);
});

test('Every class named after @throws is the language’s own, or exported beside the function or by its folder', async () => {
  const absent: string[] = [];
  let named = 0;
  for (const file of productFiles()) {
    const text = readFileSync(join(sourceFolder, file), 'utf8');
    const room = file.includes('/') ? file.slice(0, file.indexOf('/')) : undefined;
    // The command line exports nothing: what a command throws is told by its text and exit status.
    if (room === 'cli') continue;
    const index: object = await import(`./${room === undefined ? '' : `${room}/`}index.js`);
    for (const [, name] of text.matchAll(/@throws ([A-Z]\w+)/g)) {
      named++;
      const isOwn = text.includes(`export class ${name} `);
      if (!(name! in index) && !(name! in globalThis) && !isOwn) absent.push(`${file}: ${name}`);
    }
  }
  assert.deepEqual(absent, []);
  assert.ok(named > 40, `${named} found`);
});
