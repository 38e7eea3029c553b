import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Notebook, type Output, parseNotebook } from '../protocol/notebook.js';
import { compareOutputs } from './compare.js';
import { diffLines } from './diff.js';

function notebook(outputs: readonly Output[], extra: { tags?: string[]; volatile?: string[] } = {}): Notebook {
  const read = parseNotebook(
    JSON.stringify({
      nbformat: 4,
      nbformat_minor: 5,
      metadata: extra.volatile === undefined ? {} : { wirebook: { volatile: extra.volatile } },
      cells: [
        {
          cell_type: 'code',
          id: 'a',
          source: 'x',
          metadata: { tags: extra.tags ?? [] },
          execution_count: 1,
          outputs: [],
        },
      ],
    }),
    'x.ipynb',
  );
  if (read.cells[0]?.cell_type === 'code') read.cells[0].outputs = [...outputs];
  return read;
}

const stdout = (text: string): Output => ({ output_type: 'stream', name: 'stdout', text });
const shown = (data: Record<string, unknown>): Output => ({ output_type: 'display_data', data, metadata: {} });
const differ = (a: readonly Output[], b: readonly Output[], extra = {}): boolean =>
  compareOutputs(notebook(a, extra), notebook(b, extra), 'x.ipynb').length > 0;

test('Times, durations, ephemeral ports and ids may differ', () => {
  for (const [a, b] of [
    ['at 2026-01-02T03:04:05.678Z', 'at 2027-11-12T13:14:15Z'],
    ['took 12.5 ms, then 3 s', 'took 9 ms, then 0.25 s'],
    ['from 127.0.0.1:54321 and [::1]:40000', 'from 127.0.0.1:33333 and [::1]:65000'],
    ['id 123e4567-e89b-12d3-a456-426614174000', 'id 00000000-e89b-12d3-a456-426614174fff'],
    ['\x1b[31mred\x1b[0m', 'red'],
  ] as const) {
    assert.equal(differ([stdout(a)], [stdout(b)]), false, a);
  }
});

test('Everything else may not: values, well-known ports, sequence numbers, a missing output', () => {
  for (const [a, b] of [
    ['5 packets', '4 packets'],
    ['127.0.0.1:80', '127.0.0.1:8080'],
    ['seq 12345', 'seq 54321'],
    ['10.0.0.1', '10.0.0.2'],
  ] as const) {
    assert.equal(differ([stdout(a)], [stdout(b)]), true, a);
  }
  assert.equal(differ([stdout('a'), shown({ 'text/plain': '1' })], [stdout('a')]), true);
  assert.equal(differ([stdout('a')], [{ output_type: 'error', ename: 'E', evalue: 'v', traceback: [] }]), true);
});

test('Streams are merged, whatever pieces they came in', () => {
  assert.equal(differ([stdout('a\nb\n')], [stdout('a\n'), shown({ 'text/plain': '1' }), stdout('b\n')]), true);
  assert.equal(differ([stdout('a\n'), stdout('b\n')], [stdout('a\nb\n')]), false);
});

test('Figures are compared by their data, not by their HTML or layout', () => {
  const figure = (y: number[], id: string, title: string): Output =>
    shown({
      'application/vnd.plotly.v1+json': { data: [{ type: 'bar', name: 'n', x: ['a', 'b'], y }], layout: { title } },
      'text/html': `<div id="${id}">`,
    });
  assert.equal(differ([figure([1, 2], 'p1', 'A')], [figure([1, 2 + 1e-15], 'p2', 'B')]), false);
  assert.equal(differ([figure([1, 2], 'p1', 'A')], [figure([1, 3], 'p1', 'A')]), true);
});

test('A cell tagged ignore-output is not compared; a notebook can name more that may differ', () => {
  assert.equal(differ([stdout('1')], [stdout('2')], { tags: ['ignore-output'] }), false);
  assert.equal(differ([stdout('seq=1')], [stdout('seq=2')], { volatile: ['seq=\\d+'] }), false);
  assert.throws(() => differ([stdout('1')], [stdout('1')], { volatile: ['('] }), { code: 'NOT_A_NOTEBOOK' });
});

test('A notebook without outputs is no proof of anything', () => {
  assert.throws(() => compareOutputs(notebook([]), notebook([stdout('1')]), 'x.ipynb'), {
    code: 'DIFFERENT',
    message: /holds no outputs/,
  });
});

test('diffLines() shows changes with a little of what is around them', () => {
  const lines = Array.from({ length: 20 }, (_, i) => `line ${i}`);
  const changed = [...lines];
  changed[10] = 'another';
  changed.splice(18, 1);
  assert.deepEqual(diffLines(lines.join('\n'), changed.join('\n')), [
    ' line 8',
    ' line 9',
    '-line 10',
    '+another',
    ' line 11',
    ' line 12',
    ' …',
    ' line 16',
    ' line 17',
    '-line 18',
    ' line 19',
  ]);
  assert.deepEqual(diffLines('a', 'a'), []);
});
