import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type ts from 'typescript';
import { repository } from '../../testing/peer.js';
import type { JsonObject } from '../protocol/message.js';
import { completenessOf } from './engine/completeness.js';
import { ownKernelSpec, RunningKernel } from './launch.js';

const folder = mkdtempSync(join(tmpdir(), 'wirebook-questions-'));
let kernel: RunningKernel;

before(async () => {
  kernel = await RunningKernel.start({ ...ownKernelSpec(), env: { XDG_DATA_HOME: folder } }, folder);
});

after(async () => {
  await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (code: string): Promise<JsonObject> => kernel.client.execute(code);
const isComplete = (code: string): Promise<JsonObject> => kernel.client.request('is_complete_request', { code });

/** Unfinished texts by what they want, with what the next line is indented by. */
const unfinished: { readonly [wanted: string]: readonly (readonly [code: string, indent: string])[] } = {
  'a bracket': [
    ['function f() {', '  '],
    ['({ a: [1,', '  '],
    ['foo(1', '  '],
    ['class A {\n  foo() {', '    '],
    ['class A {\n    foo() {\n        bar(', '            '],
    ['if (a) {\n  b();', '  '],
    ['if (a) {\n\tb();\n\tif (c) {', '\t\t'],
    ['if (a) {\n  b();\n\n\n', '  '],
    ['const s = "{"; f(', '  '],
    ['switch (a) {\n  case 1:', '    '],
    ['type A<', ''],
    ['interface A {\n  b: string;', '  '],
  ],
  'the end of a string, template or comment': [
    ['`one', ''],
    ['`one\n\n\n', ''],
    ['  `one ${', '    '],
    ['`one ${two', '  '],
    ['`${`${', '  '],
    [`\`a \${b} c \${{ d: 1 }.d} }`, ''],
    ["'one\\", ''],
    ["'one\\\n", ''],
    ['/* one', ''],
    ['{\n  /**\n   * one', '   '],
    ['1 /* one', ''],
  ],
  'an operand': [
    ['1 +', '  '],
    ['1 + // one', '  '],
    ['1 +\n  2 +', '  '],
    ['const a =', '  '],
    ['const a: ', '  '],
    ['a.', '  '],
    ['a?.', '  '],
    ['a ?', '  '],
    ['a ? b', ''],
    ['a ??', '  '],
    ['a && !', '  '],
    ['x =>', '  '],
    ['(a: number)', ''],
    ['() ', '  '],
    ['new', '  '],
    ['typeof', '  '],
    ['await', '  '],
    ['await (', '  '],
    ['type A = B |', '  '],
    ['x as', '  '],
    ['a /', '  '],
    ['f(\n  1 +', '    '],
  ],
  'the end that tells it to be an arrow function, or arguments of a type': [
    ['a.map((b):', '  '],
    ['a.map((b): b is', '  '],
    ['a.map((b): [c,', '  '],
    ['a.map((b: c, d = 1', '  '],
    ['a.map(({ b }: { b: c }', '  '],
    ['new Map<string, a[]', ''],
    ['new Map<string, Map<a,', ''],
    ['new Map<string, (', '  '],
    ['new Map<string, { a: b', '  '],
    ['new Map<string, { -readonly', '  '],
    ['new Map<string, { -readonly [a in b', '  '],
    ['a.map(({ b }: { b:', '  '],
    ['a.map((b, [c, ...d]: [e, ...f[', '  '],
    ['new Set<(a: b', '  '],
    ['(a: b, c: (d:', '    '],
    ['await import', '  '],
    ['f(await import', '    '],
  ],
  'a statement': [
    ['if (a)', '  '],
    ['if (a) {} else', '  '],
    ['if (a) b;\nelse', '  '],
    ['for (const a of b)', '  '],
    ['while (a)', '  '],
    ['do', '  '],
    ['do {} ', ''],
    ['try {}', ''],
    ['try {} catch', ''],
    ['label:', '  '],
    ['@sealed', ''],
    ['@sealed()\nexport', ''],
    ['class A {\n  @bound', '  '],
    ['export', ''],
    ['import', ''],
    ['import {', '  '],
    ['import { a }', ''],
    ['class', ''],
    ['enum A', ''],
    ['function f(a: string): number', ''],
    ['function f(a: string): void;\nfunction f(a: number): void;', ''],
    ['const', ''],
    ['const a', ''],
    ['const a: number', ''],
    ['let { a }', ''],
    ['let', ''],
  ],
};

for (const [wanted, texts] of Object.entries(unfinished)) {
  test(`is_complete says incomplete, and how to indent, of what wants ${wanted}`, async () => {
    const found = [];
    for (const [code] of texts) {
      const { status, indent } = await isComplete(code);
      found.push([code, status, indent]);
    }
    assert.deepEqual(
      found,
      texts.map(([code, indent]) => [code, 'incomplete', indent]),
    );
  });
}

const broken = [
  '}',
  'foo(]',
  'foo(1 2',
  'a b',
  'const = ;',
  "'one",
  "'one\\\ntwo",
  "'one\\\\",
  'f("one',
  '`one ${two three',
  "`one ${'two",
  '/one',
  'x = /[',
  '0x',
  '1e',
  '1_',
  '"\\u',
  '"\\u" +',
  'throw',
  'throw\n1',
  'async x',
  'case 1:',
  'else',
  '%time',
  '%%bash\nls',
  'return 1',
  'const a;',
  'break',
  'for (;;) { function f() { continue; } }',
  'function f() { await 1; }',
  'if (a) {\n  b c\n',
  '# a comment',
  '\\',
];

test('is_complete says invalid of what no further line can mend', async () => {
  const found = [];
  for (const code of broken) found.push([code, (await isComplete(code)).status]);
  assert.deepEqual(
    found,
    broken.map((code) => [code, 'invalid']),
  );
});

const whole = [
  '',
  '   \n',
  '// a remark',
  '/* a remark */',
  '1 + 1',
  'a',
  'a\n',
  'if (a) {}',
  'if (a) b; else c',
  'try {} finally {}',
  'do {} while (a)',
  `\`one \${\`two \${three}\`}\``,
  "'one\\\ntwo'",
  '/[/]{/.test("}")',
  '"(" + \'[\' + `{`',
  'x => {}',
  '<T>(x: T) => x',
  '<number>a',
  'const a = <T,>(x: T): x is T => true;',
  'await 1',
  'await (1)',
  'for await (const a of b) {}',
  'await [1];\nawait using_',
  'async () => { await 1; }',
  '@sealed class A {}',
  '@sealed()\nexport class A { @bound() b() {} }',
  'declare function f(): void',
  'declare const a: number',
  'function f(a: string): void;\nfunction f(a: any) {}',
  'abstract class A { abstract b(): void; static {} #c = 1; }',
  'enum A { B = 1 }',
  'namespace A { export const b = 1; }',
  'let a',
  'let a: number, b',
  'export {}',
  'import a from "b"',
  'import type { a } from "b"',
  'a satisfies b',
  'a!',
  'x++',
  'const n: string = 1',
  '!ls',
  '/** @module m */\nexport const a = 1;',
  '/** @module m\n@jsx */\nexport const a = <b>c</b>;',
];

test('is_complete says complete of what is, whether or not its types fit', async () => {
  const found = [];
  for (const code of whole) found.push([code, (await isComplete(code)).status]);
  assert.deepEqual(
    found,
    whole.map((code) => [code, 'complete']),
  );
});

test('A complete cell never fails as no TypeScript, and an invalid or unfinished one always does', async () => {
  const runnable = (code: string): boolean => !/@module|^let$|^function|using_|^import a from|^export|^!ls/.test(code);
  for (const code of whole.filter(runnable)) assert.notEqual((await run(code)).ename, 'SyntaxError', code);
  const promised = /^function|^let$/; // their types do not fit
  const open = Object.values(unfinished).flatMap((texts) => texts.map(([code]) => code));
  for (const code of [...broken, ...open.filter((each) => !promised.test(each))])
    assert.equal((await run(code)).ename, 'SyntaxError', code);
});

const inspected = async (code: string, cursor: number): Promise<string> => {
  const asked = { code, cursor_pos: [...code.slice(0, cursor)].length, detail_level: 0 };
  const { status, found, data } = await kernel.client.request('inspect_request', asked);
  assert.equal(status, 'ok');
  return found === true ? String((data as JsonObject)['text/plain']) : '';
};

test('inspect answers at every place in a call: on its name what it is, in its arguments its signature', async () => {
  await run(`/** Doubles.
 * @param n what to double */
function twice(n: number, unit = 'm'): number { return 2 * n; }
class Box<T> { constructor(readonly held: T) {} fill(more: { size: number }): void {} }
const box = new Box(1);
function tag(parts: TemplateStringsArray, ...values: number[]): string { return ''; }
const maybe = Math.random() > 2 ? undefined : twice;`);
  const calls: readonly (readonly [code: string, name: string, at: RegExp, within: RegExp])[] = [
    ['twice(1, "a b")', 'twice', /^function twice\(/, /^twice\(n: number, unit\?: string\): number\n\nDoubles\./],
    ['twice ( /* so */ 1 , \n  2 )', 'twice', /^function twice\(/, /^twice\(n: number/],
    ['twice( 3 ', 'twice', /^function twice\(/, /^twice\(n: number/],
    ['await twice(-1)', 'twice', /^function twice\(/, /^twice\(n: number/],
    ['"😀"; twice("😀".length)', 'twice', /^function twice\(/, /^twice\(n: number/],
    ['new Box("a")', 'Box', /^constructor Box</, /^Box\(held: string\): Box<string>/],
    ['box.fill({ size: 1 })', 'fill', /^\(method\) Box<number>\.fill\(/, /^fill\(more: \{/],
    ['maybe?.(1)', 'maybe', /^const maybe: /, /^maybe\(n: number/],
    [
      `tag\`a \${1} b\``,
      'tag',
      /^function tag\(/,
      /^tag\(parts: TemplateStringsArray, \.\.\.values: number\[\]\): string/,
    ],
  ];
  for (const [code, name, at, within] of calls) {
    const start = code.indexOf(name);
    for (let cursor = start; cursor <= code.length; cursor++) {
      const place = `${code.slice(0, cursor)}⁁${code.slice(cursor)}`;
      assert.match(await inspected(code, cursor), cursor <= start + name.length ? at : within, place);
    }
  }
});

test('inspect in a call within a call says the inner one, and of a name in its arguments what that is too', async () => {
  assert.match(await inspected('Math.max(twice(1), 2)', 15), /^twice\(n: number/);
  assert.match(await inspected('Math.max(twice(1), 2)', 20), /^max\(\.\.\.values: number\[\]\): number/);
  assert.match(await inspected('Math.max(twice(1), 2)', 11), /^function twice\(n: number/);
  assert.match(
    await inspected('twice(box.held)', 12),
    /^twice\(n: number[\s\S]*\n\n\(property\) Box<number>\.held: number/,
  );
});

test('inspect shows every overload, the fitting one first, and in a callback the name that is asked for', async () => {
  await run('function pick(a: string): string; function pick(a: number): number; function pick(a: any) { return a; }');
  assert.equal(await inspected('pick(1)', 6), 'pick(a: number): number\npick(a: string): string');
  assert.match(await inspected('[1].map((item) => { return item; })', 29), /^\(parameter\) item: number/);
  assert.equal(await inspected('1 + 1', 2), '');
});

test('Completions carry kind and signature', async () => {
  await run(`import { readFileSync } from 'node:fs';
enum Tint { Red }
const bag = { size: 1, put(item: string, count?: number) {}, over: ((a: any) => a) as { (a: string): 1; (a: number): 2 } };
abstract class Crate { constructor(readonly size: number) {} ship?(to: string): void }
let laden!: Crate;`);
  const types = async (code: string): Promise<unknown> => {
    const { metadata } = await kernel.client.request('complete_request', { code, cursor_pos: code.length });
    const found = (metadata as JsonObject)._jupyter_types_experimental as JsonObject[];
    return found.map(({ text, type, signature }) => [text, type, signature]);
  };
  assert.deepEqual(await types('bag.'), [
    ['over', 'property', '(a: string): 1 (+1 overload)'],
    ['put', 'method', '(item: string, count?: number): void'],
    ['size', 'property', ''],
  ]);
  assert.deepEqual(await types('laden.'), [
    ['ship', 'method', '(to: string): void'],
    ['size', 'property', ''],
  ]);
  assert.deepEqual(await types('Crat'), [['Crate', 'class', '(size: number): Crate']]);
  assert.deepEqual(await types('Tint.'), [['Red', 'enum member', '']]);
  assert.deepEqual(await types('readFileS'), [
    [
      'readFileSync',
      'alias',
      '(path: PathOrFileDescriptor, options?: { encoding?: null; flag?: string; }): Buffer (+2 overloads)',
    ],
  ]);
  assert.deepEqual(await types('instanceo'), [['instanceof', 'keyword', '']]);
});

test('No program cut at the end of a line is called invalid, and each whole one is complete', () => {
  const fromTslab = createRequire(createRequire(import.meta.url).resolve('tslab/package.json'));
  const compiler = fromTslab('@tslab/typescript-for-tslab') as typeof ts;
  const sources = join(repository, 'src/jupyter/kernel');
  let cuts = 0;
  for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const text = readFileSync(join(sources, file), 'utf8');
    const lines = text.split('\n');
    if (lines.length > 100) continue;
    for (let count = 1; count <= lines.length; count++) {
      const code = lines.slice(0, count).join('\n');
      const { status } = completenessOf(compiler, { code, before: 'export {};\n', isJsx: false });
      assert.notEqual(status, 'invalid', `${file}, line ${count}`);
      cuts += 1;
      if (count === lines.length) assert.equal(status, 'complete', file);
    }
  }
  assert.ok(cuts > 1000, `${cuts}`);
});
