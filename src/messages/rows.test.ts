import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { parseMessages } from './read.js';
import { type Delimiter, type Row, rowsOf } from './rows.js';

/** Rows, and the line of a quote that never closes. */
function split(text: string, delimiter: Delimiter = ','): { rows: Row[]; unclosed: number | undefined } {
  const rows: Row[] = [];
  const walk = rowsOf(text, delimiter);
  for (let step = walk.next(); ; step = walk.next()) {
    if (step.done) return { rows, unclosed: step.value };
    rows.push(step.value);
  }
}

const csvText = fc
  .array(fc.constantFrom('"', '""', ',', ';', '\n', '\n\n', 'a', 'bc', ' ', 'é', '😀', '",', ',"', '"\n'), {
    maxLength: 30,
  })
  .map((parts) => parts.join(''));

for (const [name, end] of Object.entries({ LF: '\n', CRLF: '\r\n' })) {
  test(`rowsOf() parts any text into the values that csv-parse gives, rows ended by ${name}`, () => {
    fc.assert(
      fc.property(csvText, fc.constantFrom<Delimiter>(',', ';'), (plain, delimiter) => {
        const text = plain.replaceAll('\n', end);
        let isUnclosed = false;
        const expected = parse(text, {
          delimiter,
          record_delimiter: end,
          relax_column_count: true,
          relax_quotes: true,
          skip_empty_lines: true,
          skip_records_with_error: true,
          on_skip: () => {
            isUnclosed = true;
            return undefined;
          },
        });
        const { rows, unclosed } = split(text, delimiter);
        assert.deepEqual(
          rows.map(({ values }) => values),
          expected,
        );
        assert.equal(unclosed !== undefined, isUnclosed);
      }),
      { numRuns: 2000 },
    );
  });
}

test('rowsOf() gives each row the line it begins on and its own text, whichever way lines end', () => {
  const ofLines = (text: string) => split(text).rows.map((row) => [row.line, row.text, row.values.length]);
  for (const end of ['\n', '\r\n', '\r']) {
    assert.deepEqual(ofLines(['\ufeffa,b', '', '"x', 'y",z', ' ', 'c,d', ''].join(end)), [
      [1, 'a,b', 2],
      [3, `"x${end}y",z`, 2],
      [5, ' ', 1],
      [6, 'c,d', 2],
    ]);
  }
  assert.deepEqual(ofLines('a,b\r\nc,d\ne,f\r\n'), [
    [1, 'a,b', 2],
    [2, 'c,d', 2],
    [3, 'e,f', 2],
  ]);
  assert.equal(split('a,b\n\n"c,d\n').unclosed, 3);
});

test('parseMessages() reads a file whose lines end in several ways', () => {
  const { messages, faults, notes } = parseMessages(
    'msg_id,app_protocol,src_app,dst_app,message,timestamp\r\n1,HTTP,a,b,x,0.1\n2,HTTP,b,a,y,0.2\r\n',
  );
  assert.deepEqual([faults, notes], [[], []]);
  assert.deepEqual(
    messages.map(({ msgId, timestamp, line }) => [msgId, timestamp, line]),
    [
      ['1', 0.1, 2],
      ['2', 0.2, 3],
    ],
  );
});

test('readMessages() takes at most 200 MB, the program included, for 100,000 rows, good, repaired or at fault', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rows-'));
  try {
    const rows: readonly ((i: number) => string)[] = [
      (i) => `${i},HTTP,client_browser,web_server,GET /page/${i * 7919} HTTP/1.1,${i / 1000}`,
      (i) => `, HTTP ,browser,server,"{""id"": ${i}}\\r\\n",${i} ms`,
      (i) => `${i},HTTP,,web_server,GET /page/${i} HTTP/1.1,soon`,
    ];
    const program = `import { readMessages } from '${new URL('./index.js', import.meta.url)}';
      const { length, faults } = await readMessages(process.argv[1]);
      console.log(JSON.stringify([length + new Set(faults.map(({ line }) => line)).size, process.resourceUsage().maxRSS * 1024]));`;
    for (const row of rows) {
      const path = join(folder, 'x.csv');
      const lines = Array.from({ length: 100_000 }, (_, i) => `${row(i)}\n`);
      writeFileSync(path, `msg_id,app_protocol,src_app,dst_app,message,timestamp\n${lines.join('')}`);
      const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, path], {
        encoding: 'utf8',
      });
      assert.equal(stderr, '');
      const [count, peak] = JSON.parse(stdout) as [number, number];
      assert.equal(count, 100_000);
      assert.ok(peak <= 200e6, `${row(1)}: ${peak} bytes`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
