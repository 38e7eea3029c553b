import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { notebookText } from '../../testing/notebooks.js';
import { type Notebook, parseNotebook } from '../protocol/notebook.js';
import { injectParameters, parseParameter } from './parameters.js';

function tagged(source: string, metadata: object = {}): Notebook {
  const notebook = parseNotebook(notebookText(['// before', source, '// after'], metadata), 'x.ipynb');
  notebook.cells[1]!.metadata = { tags: ['parameters'] };
  return notebook;
}

const declared =
  'const rows = 5;\nlet path: string = "a.csv"\nconst deep: number[] = [1];\nconst isLoud = false, other = 1;\nconst id = "7"';

test('Values are put into a typed cell after the tagged one', () => {
  const notebook = tagged(declared);
  const given = ['rows=20', 'path=80', 'deep=[2,3]', 'isLoud=true', 'id=8'].map(parseParameter);
  injectParameters(notebook, new Map(given), 'x.ipynb');
  assert.equal(notebook.cells.length, 4);
  assert.deepEqual(notebook.cells[2]!.metadata, { tags: ['injected-parameters'] });
  assert.equal(
    notebook.cells[2]!.source,
    [
      '// Parameters of this run',
      'const rows: number = 20;',
      'const path: string = "80";',
      'const deep: number[] = [2,3];',
      'const isLoud: boolean = true;',
      'const id: string = "8";',
    ].join('\n'),
  );
});

test('A cell injected by an earlier run is replaced', () => {
  const notebook = tagged('const a = 1');
  injectParameters(notebook, new Map([['a', 2]]), 'x.ipynb');
  injectParameters(notebook, new Map([['a', 3]]), 'x.ipynb');
  assert.equal(notebook.cells.length, 4);
  assert.match(notebook.cells[2]!.source, /const a: number = 3;/);
});

test('Unknown names, and notebooks without the tag, are refused', () => {
  assert.throws(() => injectParameters(tagged(declared), new Map([['rws', 1]]), 'x.ipynb'), {
    code: 'BAD_PARAMETER',
    message: /Cannot set rws in x\.ipynb: its parameters are rows, path, deep, isLoud, id/,
  });
  const plain = parseNotebook(notebookText(['const a = 1']), 'x.ipynb');
  assert.throws(() => injectParameters(plain, new Map([['a', 1]]), 'x.ipynb'), { code: 'BAD_PARAMETER' });
  injectParameters(plain, new Map(), 'x.ipynb');
  assert.throws(() => parseParameter('noequals'), { code: 'BAD_PARAMETER' });
});

test('Python notebooks get Python', () => {
  const notebook = tagged('rows = 5\nname: str = "x"', { kernelspec: { name: 'python3', language: 'python' } });
  injectParameters(
    notebook,
    new Map<string, unknown>([
      ['rows', { a: [true, null] }],
      ['name', 'y'],
    ]),
    'x.ipynb',
  );
  assert.equal(notebook.cells[2]!.source, '# Parameters of this run\nrows = {"a": [True, None]}\nname = "y"');
});

test('A file is named from where the command is given, or from where the notebook stands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parameters-'));
  try {
    mkdirSync(join(folder, 'lessons'));
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'a.csv'), '');
    writeFileSync(join(folder, 'lessons', 'beside.csv'), '');
    const path = join(folder, 'lessons', 'x.ipynb');
    const cellFor = (argument: string, source: string): string => {
      const notebook = tagged(source);
      injectParameters(notebook, new Map([parseParameter(argument)]), path);
      return notebook.cells[2]!.source;
    };
    const file = "const csv = '../data/a.csv';";
    const mine = relative(join(folder, 'lessons'), 'package.json');
    assert.match(cellFor('csv=package.json', file), new RegExp(`"${mine.replaceAll('.', '\\.')}";$`));
    assert.match(cellFor('csv=beside.csv', file), /"beside\.csv";$/);
    assert.match(cellFor(`csv=${join(folder, 'data', 'a.csv')}`, file), /"\.\.\/data\/a\.csv";$/);
    assert.match(
      cellFor('csv=package.json', "const csv = 'no file';"),
      /"package\.json";$/,
      'plain text stays as it is',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
