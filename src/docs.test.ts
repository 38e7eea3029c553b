/** The documents: each program and command that they show is run, here or by the test that is named, and each link leads somewhere. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import ts from 'typescript';
import { repository } from './testing/peer.js';

const run = promisify(execFile);

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...['captures', 'captures/testing', 'data', 'docs'].flatMap((folder) =>
    readdirSync(join(repository, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

interface Block {
  readonly document: string;
  readonly line: number;
  /** `ts`, `text`, or nothing for what is typed in a shell. */
  readonly language: string;
  /** What stands behind the language: a file that the block belongs to. */
  readonly file: string;
  readonly text: string;
}

/** A document's fenced blocks, and its text without them. */
function read(document: string): { blocks: Block[]; prose: string } {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { line: number; info: string; lines: string[] } | undefined;
  for (const [i, line] of readFileSync(join(repository, document), 'utf8').split('\n').entries()) {
    if (!line.startsWith('```')) (open?.lines ?? prose).push(line);
    else if (open === undefined) open = { line: i + 1, info: line.slice(3), lines: [] };
    else {
      const [language = '', file = ''] = open.info.split(' ');
      blocks.push({ document, line: open.line, language, file, text: `${open.lines.join('\n')}\n` });
      open = undefined;
    }
  }
  assert.equal(open, undefined, `${document} has a block without an end`);
  return { blocks, prose: prose.join('\n') };
}

// In the repository, so that its own name leads to it.
const folder = mkdtempSync(join(repository, 'dist', 'documents-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Documents whose programs another test runs, with what they print. */
const runElsewhere: { readonly [document: string]: string } = {
  'CONTRIBUTING.md': 'a layer added by CONTRIBUTING.md’s recipe',
  'docs/own-protocol.md': 'docs/own-protocol.md prints what it says it prints',
};

for (const document of documents) {
  const { blocks, prose } = read(document);
  for (const { line, language, file, text } of blocks) {
    if (language !== 'ts' || runElsewhere[document] !== undefined) continue;
    test(`the program in line ${line} of ${document} runs, and prints what its comments say`, async () => {
      assert.equal(file, '');
      const { outputText } = ts.transpileModule(text, {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
      });
      const program = join(folder, `${document.replaceAll('/', '-')}-${line}.mjs`);
      writeFileSync(program, outputText);
      const { stdout, stderr } = await run(process.execPath, [program], { cwd: folder });
      assert.equal(stderr, '');
      assert.ok(stdout.length > 0, 'prints nothing');
      for (const [, said] of text.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)) assert.ok(stdout.includes(said!), said);
    });
  }

  test(`every link of ${document} leads to a file, and to a heading where it names one`, () => {
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) {
        assert.ok(URL.canParse(target!), target);
        continue;
      }
      const [path = '', anchor] = target!.split('#');
      const file = path === '' ? document : join(dirname(document), path);
      assert.ok(existsSync(join(repository, file)), `${target} leads nowhere`);
      if (anchor !== undefined) assert.ok(anchors(file).includes(anchor), `${target} names no heading`);
    }
  });

  test(`every name of a file in ${document} is that of a file`, () => {
    for (const [, name] of prose.matchAll(/`((?:src|docs|scripts|bench|captures|data|notebooks)\/[\w./-]+)`/g)) {
      const isMade = document === 'CONTRIBUTING.md' && name === 'src/wire/internet/wrap.ts';
      assert.ok(isMade || existsSync(join(repository, name!)), `${name} is not there`);
    }
  });
}

/** Headings as links name them. */
function anchors(document: string): string[] {
  const headings = read(document).prose.matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, text]) =>
    text!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('each document whose programs are run elsewhere is named by a test', () => {
  for (const [document, title] of Object.entries(runElsewhere)) {
    assert.ok(documents.includes(document), document);
    assert.ok(isTitle(title), title);
  }
});

/** Titles of every test. */
const titles = readdirSync(join(repository, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && file !== 'docs.test.ts')
  .map((file) => readFileSync(join(repository, 'src', file), 'utf8'))
  .join('\n');

const isTitle = (words: string) => titles.includes(`test('${words}`) || titles.includes(`test("${words}`);

/** Commands as documents show them: shell lines of blocks, those behind `$` where a block shows answers too, and commands in sentences. */
function commandsOf(document: string): string[] {
  const { blocks, prose } = read(document);
  const commands = blocks
    .filter(({ language }) => language === '')
    .flatMap(({ text }) => {
      const lines = text.replaceAll(/\\\n\s*/g, '').split('\n');
      const typed = lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
      return typed.length > 0 || text.startsWith('>> ') || text.startsWith('Alice: ') ? typed : lines;
    })
    .filter((line) => line !== '');
  const inline = [
    ...prose.matchAll(/`((?:WIREBOOK_\w+=\S+ )?(?:\.ci\/run|(?:sudo|npm|npx|node|tshark|nc|ss) [^`]+))`/g),
  ];
  return [...new Set([...commands, ...inline.map(([, command]) => command!)])];
}

const manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  scripts: { [name: string]: string };
};

/** What a command does is seen by a test with this title. */
const tested = (title: string) => () => assert.ok(isTitle(title), `no test is titled ${title}`);

/** It is a step of what a fresh machine goes through, or begins with one. */
const inGate = (...steps: string[]) => {
  const gate = readFileSync(join(repository, '.ci', 'run'), 'utf8').split('\n');
  for (const step of steps) assert.ok(gate.includes(step), `.ci/run does not run ${step}`);
};

/** The script is there, and what it runs too. */
const isScript = (name: string) => {
  const [, file] = /node (\S+\.m?js)/.exec(manifest.scripts[name] ?? '') ?? [];
  assert.ok(manifest.scripts[name] !== undefined, `no script is named ${name}`);
  if (file !== undefined) assert.ok(existsSync(join(repository, file)), file);
};

const csv = join(repository, 'data', 'group209186378_http_input.csv');
const capture = join(repository, 'captures', 'capture.pcapng');

/** Runs the command line and demands that it ends well and says something. */
const wirebook = async (...parameters: string[]) => {
  const main = join(repository, 'dist', 'cli', 'main.js');
  const { stdout, stderr } = await run(process.execPath, [main, ...parameters], { cwd: folder });
  assert.ok((stdout + stderr).length > 0, `${parameters.join(' ')} says nothing`);
};

/** Commands and how each is seen to work; the first that fits counts. */
const seen: readonly (readonly [RegExp, (...groups: string[]) => unknown])[] = [
  [/^npm ci$/, () => inGate('npm ci')],
  [/^npm (?:ci && npm )?test$/, () => inGate('npm ci', 'npm test')],
  [/^npm ci && npm start$/, () => inGate('npm ci', 'npm start')],
  [/^npm start -- -p csv=\S+ -p scale=\S+$/, tested('The first lesson takes any table')],
  [/^(?:sudo )?npm start(?: && cp out\/\S+ out\/\S+ captures\/)?$/, tested('The first lesson runs to its end')],
  [/^npm run (?:-s )?server(?: -- --log json)?$/, tested('the server runs through a symbolic link')],
  [/^npm run server -- --port \d+$/, tested('the server prints what the original prints')],
  [/^npm run server -- --host .* --tls-cert .*$/, tested('TLS works with the authority given')],
  [/^npm run client -- --host .* --tls-ca .*$/, tested('TLS works with the authority given')],
  [/^(?:echo .* \| )?npm run (?:-s )?client(?: -- --name \w+)?$/, tested('a pipe is sent line by line')],
  [/^npm run client -- --classic$/, tested('a classic client talks through a server like the original')],
  [
    /^npm run bench -- (\w+)$/,
    (name) => name === 'NAME' || assert.ok(existsSync(join(repository, 'bench', `${name}.ts`))),
  ],
  [/^npm run (\w+)(?: -- FOLDER)?$/, isScript],
  [
    /^(?:npm run build && |WIREBOOK_FUZZ_SEED=7 )?node (scripts\/\w[\w-]*\.mjs)(?: [\w/… ]+)?$/,
    (file) => assert.ok(existsSync(join(repository, file))),
  ],
  [/^WIREBOOK_FUZZ_MS=\d+$|^WIREBOOK_REQUIRE=all$/, () => undefined],
  [/^\.ci\/run$/, () => assert.ok(existsSync(join(repository, '.ci', 'run')))],
  [/^npx wirebook init FOLDER$/, () => wirebook('init', join(folder, 'lab'))],
  [/^npx wirebook run(?: NOTEBOOK…| notebooks\/\*\.ipynb --junit \S+)?$/, tested('The second lesson runs')],
  [/^npx wirebook (\w+) --help$/, (name) => wirebook(name, '--help')],
  [/^npx wirebook send (?:CSV|FILE --dry-run)$/, () => wirebook('send', csv, '--dry-run')],
  [/^npx wirebook check-csv CSV$/, () => wirebook('check-csv', csv)],
  [/^npx wirebook capture-to-csv FILE$/, () => wirebook('capture-to-csv', capture, '--out', join(folder, 'rows.csv'))],
  [/^npx wirebook (show|stats) FILE$/, (name) => wirebook(name, capture)],
  [/^npx wirebook kernel install$/, tested('install, install again, list, uninstall')],
  [/^node --version$/, () => run(process.execPath, ['--version'])],
  [/^tshark|^nc |^ss |^sudo setcap|^openssl |^echo /, () => undefined],
];

test('every command of the documents is run here, or by the test that is named for it', async () => {
  mkdirSync(join(folder, 'captures'));
  cpSync(capture, join(folder, 'captures', 'capture.pcapng'));
  let count = 0;
  for (const document of documents) {
    for (const command of commandsOf(document)) {
      const match = seen
        .map(([pattern, check]) => ({ groups: pattern.exec(command), check }))
        .find(({ groups }) => groups);
      assert.ok(match, `${document}: nobody has tried "${command}"`);
      try {
        await match.check(...match.groups!.slice(1).map((group) => group ?? ''));
      } catch (error) {
        throw new Error(`${document}: ${command}: ${(error as Error).message}`, { cause: error });
      }
      count++;
    }
  }
  assert.ok(count > 40, `${count} commands`);
});
