import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';
import { repository } from './testing/peer.js';

/** What each folder may import beside itself and the files that stand for all: errors, bytes, address, link types, random. */
const arrows: { readonly [folder: string]: readonly string[] | 'all' } = {
  wire: [],
  capture: [],
  chat: [],
  jupyter: [],
  messages: ['wire', 'capture'],
  raw: ['wire', 'capture'],
  traffic: ['wire', 'capture'],
  view: ['traffic', 'wire', 'capture', 'messages'],
  grade: ['wire', 'capture', 'messages', 'raw', 'traffic', 'chat', 'view', 'jupyter'],
  cli: 'all',
};
const shared = ['errors.ts', 'bytes.ts', 'address.ts', 'link-type.ts', 'random.ts'];
const entries = ['index.ts', 'server.ts', 'client.ts'];
const source = join(repository, 'src');

/** Run-time packages by the folders that may use them; folders not named have no dependencies at all. */
const packages: { readonly [folder: string]: readonly string[] } = {
  messages: ['csv-parse'],
  traffic: ['re2js'],
  raw: ['raw-socket'],
  jupyter: ['tslab', 'zeromq', 'marked', 'highlight.js', 'plotly.js-basic-dist-min'],
  cli: ['commander'],
  // Programs among them; what an import of the chat pulls in has none.
  chat: ['commander', 'unhomoglyph'],
};

interface Import {
  readonly file: string;
  readonly target: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(source, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const specifiers = text.matchAll(
    /(?:^|[\s;])(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]/gm,
  );
  return (
    [...specifiers]
      .map((match) => ({ file, target: (match[1] ?? match[2] ?? match[3])! }))
      // Advice on imports is a text that holds one.
      .filter(({ target }) => !target.includes('${'))
  );
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter(
    (file) =>
      /\.ts$/.test(file) && !/\.(test|d)\.ts$/.test(file) && !file.includes('/cell/') && !file.startsWith('testing/'),
  );

/** Why an import is wrong; nothing when it is right. */
function wrong({ file, target }: Import): string | undefined {
  const folder = file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
  if (!target.startsWith('.')) {
    if (target.startsWith('node:')) return folder === 'wire' ? 'wire runs in a browser' : undefined;
    if (folder === '') return undefined;
    const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0]!;
    return packages[folder]?.includes(name) ? undefined : `${folder} has no such dependency`;
  }
  const to = relative(source, join(source, dirname(file), target))
    .split(sep)
    .join('/')
    .replace(/\.js$/, '.ts');
  if (entries.includes(to) && folder !== 'cli') return `nobody inside src imports ${to}`;
  if (folder === '' || shared.includes(to)) return undefined;
  const toFolder = to.slice(0, to.indexOf('/'));
  if (toFolder === folder) return undefined;
  if (toFolder === 'testing') return 'the product uses nothing that is for tests';
  const allowed = arrows[folder];
  if (allowed === undefined) return `${folder} is no room of the house`;
  return allowed === 'all' || allowed.includes(toFolder) ? undefined : `${folder} may not import ${toFolder}`;
}

test('Imports run one way', () => {
  const faults = files
    .flatMap(importsOf)
    .map((one) => ({ ...one, why: wrong(one) }))
    .filter(({ why }) => why !== undefined)
    .map(({ file, target, why }) => `${file} imports ${target}: ${why}`);
  assert.deepEqual(faults, []);
});

test('The check of imports sees what it should', () => {
  assert.ok(files.length > 60);
  assert.match(
    wrong({ file: 'wire/transport/tcp.ts', target: '../../capture/frame.js' })!,
    /wire may not import capture/,
  );
  assert.match(wrong({ file: 'wire/transport/tcp.ts', target: 'node:fs' })!, /browser/);
  assert.match(wrong({ file: 'view/figure.ts', target: '../raw/clock.js' })!, /view may not import raw/);
  assert.match(wrong({ file: 'chat/server/server.ts', target: '../../server.js' })!, /nobody inside src/);
  assert.match(wrong({ file: 'traffic/a.ts', target: 'csv-parse' })!, /no such dependency/);
  assert.equal(wrong({ file: 'view/figure.ts', target: '../wire/index.js' }), undefined);
  assert.ok(importsOf('wire/transport/tcp.ts').length >= 6);
});
