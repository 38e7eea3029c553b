// Breaks the compiled code in small ways, one at a time, and lists what no test noticed: `npm run mutate -- FOLDER…`, as `wire/core`.
//
//   WIREBOOK_MUTANTS     how many, chosen at random; all where it is 0 (default 100)
//   WIREBOOK_SEED        gives the same choice again (default 1)
//   WIREBOOK_MINUTES     stop after so long and say how many were left (default 30)
//   WIREBOOK_JOBS        how many at once (default: processors)
//   WIREBOOK_LEAST       percentage to be killed for the run to be green (default 85)
//
// A mutant is tried by the tests that ran its code, which each test's coverage tells, nearest first; a test that ends red or takes far
// longer than it took kills it.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { Random } from '../dist/random.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** A number of the environment's. */
function setting(name, otherwise) {
  const value = Number(process.env[name] ?? otherwise);
  if (Number.isFinite(value) && value >= 0) return value;
  console.error(`Cannot read ${name}: ${JSON.stringify(process.env[name])} is not a number from 0`);
  process.exit(2);
}

const budget = setting('WIREBOOK_MUTANTS', 100);
const seed = setting('WIREBOOK_SEED', 1);
const deadline = Date.now() + setting('WIREBOOK_MINUTES', 30) * 60_000;
const jobs = Math.max(1, setting('WIREBOOK_JOBS', availableParallelism()));
const least = setting('WIREBOOK_LEAST', 85);

/** Compiled modules and compiled tests under dist, as paths from there. */
const all = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
const tests = all.filter((file) => file.endsWith('.test.js'));
const folders = process.argv.slice(2).map((folder) => folder.replace(/^src\/|\/$/g, ''));
const targets = all.filter(
  (file) =>
    !file.endsWith('.test.js') && folders.some((folder) => file === `${folder}.js` || file.startsWith(`${folder}/`)),
);
if (targets.length === 0) {
  console.error(
    `Cannot mutate ${folders.join(' ') || 'nothing'}: no compiled module is there; name folders of src, as wire/core`,
  );
  process.exit(2);
}

const K = ts.SyntaxKind;
const others = new Map([
  [K.PlusToken, '-'],
  [K.MinusToken, '+'],
  [K.AsteriskToken, '/'],
  [K.SlashToken, '*'],
  [K.PercentToken, '*'],
  [K.LessThanToken, '<='],
  [K.LessThanEqualsToken, '<'],
  [K.GreaterThanToken, '>='],
  [K.GreaterThanEqualsToken, '>'],
  [K.EqualsEqualsEqualsToken, '!=='],
  [K.ExclamationEqualsEqualsToken, '==='],
  [K.AmpersandAmpersandToken, '||'],
  [K.BarBarToken, '&&'],
  [K.QuestionQuestionToken, '&&'],
  [K.AmpersandToken, '|'],
  [K.BarToken, '&'],
  [K.CaretToken, '&'],
  [K.LessThanLessThanToken, '>>'],
  [K.GreaterThanGreaterThanToken, '<<'],
  [K.GreaterThanGreaterThanGreaterThanToken, '<<'],
  [K.PlusEqualsToken, '-='],
  [K.MinusEqualsToken, '+='],
]);

/** Every way in which a module is broken. */
function mutantsOf(file) {
  const path = join(dist, file);
  const text = readFileSync(path, 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const found = [];
  const add = (node, by, what) =>
    found.push({ file, start: node.getStart(source), end: node.getEnd(), text: by, what });
  const condition = (node) => {
    for (const by of ['true', 'false']) add(node, `(${by})`, `condition ${node.getText(source)} is ${by}`);
  };
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) {
      const by = others.get(node.operatorToken.kind);
      // A sum of texts is worded, not reckoned.
      const isText = [node.left, node.right].some((side) => ts.isStringLiteral(side) || ts.isTemplateExpression(side));
      if (by !== undefined && !isText) add(node.operatorToken, by, `${node.getText(source)} with ${by}`);
      else if (by !== undefined && by !== '-') add(node.operatorToken, by, `${node.getText(source)} with ${by}`);
    } else if (ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) {
      add(
        node,
        ts.isBigIntLiteral(node) ? `(${node.text.slice(0, -1)}n + 1n)` : `(${node.getText(source)} + 1)`,
        `${node.getText(source)} + 1`,
      );
    } else if (node.kind === K.TrueKeyword || node.kind === K.FalseKeyword) {
      const by = node.kind === K.TrueKeyword ? 'false' : 'true';
      add(node, by, `${by} for ${node.getText(source)}`);
    } else if (ts.isIfStatement(node)) condition(node.expression);
    else if (ts.isConditionalExpression(node)) condition(node.condition);
    else if (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken) {
      add(node, `(${node.operand.getText(source)})`, `${node.getText(source)} without !`);
    } else if (ts.isExpressionStatement(node) && !isSuper(node.expression)) {
      add(node, ';', `without ${node.getText(source)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isSuper(node) {
  return ts.isCallExpression(node) && node.expression.kind === K.SuperKeyword;
}

/** Where a place of a compiled module stands in its source. */
const maps = new Map();
function placeOf({ file, start }) {
  const path = join(dist, file);
  let known = maps.get(file);
  if (known === undefined) {
    known = { map: new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8'))), text: readFileSync(path, 'utf8') };
    maps.set(file, known);
  }
  const before = known.text.slice(0, start).split('\n');
  const { originalSource, originalLine } = known.map.findEntry(before.length - 1, before.at(-1).length);
  if (originalSource === undefined) return file;
  return `${relative(root, join(dirname(path), originalSource))}:${originalLine + 1}`;
}

/** Runs a compiled test; gives whether it is green, and how long it took. */
function run(test, env, timeout, ...options) {
  const began = Date.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...options, join(dist, test)], {
      cwd: root,
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, ...env },
    });
    const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), timeout);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ isGreen: status === 0, took: Date.now() - began });
    });
  });
}

/** Does a thing for each of a list, so many at once. */
async function each(list, count, use) {
  const queue = [...list.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await use(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: count }, worker));
}

const wanted = new Map(targets.map((file) => [pathToFileURL(join(dist, file)).href, file]));
/** By module, the tests that loaded it with what they ran of it. */
const covered = new Map(targets.map((file) => [file, []]));

/** Tests that import a module of the targets, however far away. */
function candidates() {
  const imports = new Map();
  const importsOf = (file) => {
    let list = imports.get(file);
    if (list === undefined) {
      const text = readFileSync(join(dist, file), 'utf8');
      list = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
        .map((match) => join(dirname(file), match[1]))
        .filter((each) => all.includes(each));
      imports.set(file, list);
    }
    return list;
  };
  return tests.filter((test) => {
    const seen = new Set([test]);
    for (const file of seen) for (const next of importsOf(file)) seen.add(next);
    return targets.some((file) => seen.has(file));
  });
}

const scratch = mkdtempSync(join(tmpdir(), 'wirebook-mutate-'));
const chosen = candidates();
const red = [];
console.log(`${targets.length} modules, ${chosen.length} tests that load them: which code each runs …`);
await each(chosen, jobs, async (test, index) => {
  const folder = join(scratch, String(index));
  const { isGreen, took } = await run(test, { NODE_V8_COVERAGE: folder }, 120_000);
  if (!isGreen) {
    red.push(test);
    return;
  }
  for (const name of readdirSync(folder)) {
    for (const { url, functions } of JSON.parse(readFileSync(join(folder, name), 'utf8')).result) {
      const file = wanted.get(url);
      if (file !== undefined) covered.get(file).push({ test, took, ranges: functions.flatMap(({ ranges }) => ranges) });
    }
  }
});
rmSync(scratch, { recursive: true });
if (red.length > 0) console.log(`Left out, for they are red without any mutant: ${red.join(' ')}`);

/** Whether a test ran the code at a place: the innermost range says. */
function ran(ranges, at) {
  let innermost;
  for (const range of ranges) {
    if (range.startOffset > at || range.endOffset <= at) continue;
    if (innermost === undefined || range.endOffset - range.startOffset <= innermost.endOffset - innermost.startOffset)
      innermost = range;
  }
  return innermost !== undefined && innermost.count > 0;
}

/** The tests that ran a mutant's code: those of its folder first, then by the time they take. */
function testsOf({ file, start }) {
  const took = new Map();
  for (const each of covered.get(file)) if (ran(each.ranges, start)) took.set(each.test, each.took);
  const distance = (test) =>
    dirname(test) === dirname(file) ? 0 : dirname(test).startsWith(dirname(dirname(file))) ? 1 : 2;
  return [...took].sort(([a, x], [b, y]) => distance(a) - distance(b) || x - y);
}

const mutants = targets.flatMap(mutantsOf);
const random = new Random(seed);
for (let i = mutants.length - 1; i > 0; i--) {
  const k = random.below(i + 1);
  [mutants[i], mutants[k]] = [mutants[k], mutants[i]];
}
const taken = budget === 0 ? mutants : mutants.slice(0, budget);
console.log(`${taken.length} of ${mutants.length} mutants, seed ${seed}`);
const survivors = [];
let killed = 0;
let left = 0;
await each(taken, jobs, async (mutant) => {
  if (Date.now() > deadline) {
    left++;
    return;
  }
  const loader = pathToFileURL(join(root, 'scripts', 'mutant-loader.mjs')).href;
  const { file, start, end, text } = mutant;
  const env = { WIREBOOK_MUTANT: JSON.stringify({ url: pathToFileURL(join(dist, file)).href, start, end, text }) };
  const list = testsOf(mutant);
  for (const [test, took] of list) {
    const { isGreen } = await run(test, env, 5000 + 4 * took, '--import', loader);
    if (!isGreen) {
      killed++;
      return;
    }
  }
  survivors.push(
    `${placeOf(mutant)}: ${mutant.what.replaceAll(/\s+/g, ' ').slice(0, 140)}${list.length === 0 ? ' (no test runs it)' : ''}`,
  );
});
for (const line of survivors.sort()) console.log(`survived  ${line}`);
const tried = killed + survivors.length;
if (tried === 0) {
  console.error('Cannot judge the tests: no mutant was tried');
  process.exit(2);
}
const share = (100 * killed) / tried;
console.log(
  `${killed} of ${tried} killed, ${share.toFixed(1)} %${left > 0 ? `; ${left} not tried, out of time` : ''}; at least ${least} % wanted`,
);
process.exitCode = share < least ? 1 : 0;
