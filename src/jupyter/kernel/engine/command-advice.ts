/**
 * Cells that begin like a command of Python notebooks: `%magic`, `%%magic`, `!shell command`. The compiler's words on them
 * help nobody; this says what to write instead.
 *
 * @module
 */
import type { Diagnostic } from './converter.js';
import { isGrammarCode } from './grammar.js';

/** A command, and what to say of it. */
export interface CommandAdvice {
  /** Line of the command, from 1. */
  readonly line: number;
  /** One line. */
  readonly text: string;
}

/** "Cannot find name …", without another one that was meant. */
const UNKNOWN_NAME = 2304;
/** What stands for the lines below the command. */
const BODY = '`…`';

/** What to write instead, from what stands behind the name. */
const MAGICS: { readonly [name: string]: (rest: string) => string } = {
  __proto__: null as never,
  bash: () => shell(BODY),
  sh: () => shell(BODY),
  script: () => shell(BODY),
  system: (rest) => shell(quoted(rest)),
  sx: (rest) => shell(quoted(rest)),
  cd: (rest) => `process.chdir(${quoted(rest || '..')})`,
  pwd: () => 'process.cwd()',
  ls: (rest) => `import { readdirSync } from 'node:fs'; readdirSync(${quoted(rest || '.')})`,
  cat: (rest) => `import { readFileSync } from 'node:fs'; readFileSync(${quoted(rest)}, 'utf8')`,
  env: environment,
  set_env: environment,
  time: timed,
  timeit: timed,
  html: () => shown('text/html'),
  svg: () => shown('image/svg+xml'),
  markdown: () => shown('text/markdown'),
  latex: () => shown('text/latex'),
  writefile: (rest) => `import { writeFileSync } from 'node:fs'; writeFileSync(${quoted(rest)}, ${BODY})`,
  file: (rest) => `import { writeFileSync } from 'node:fs'; writeFileSync(${quoted(rest)}, ${BODY})`,
  run: (rest) => `import ${quoted(`./${rest.replace(/\.[cm]?[jt]s$/, '')}`)}`,
  load: (rest) => `import ${quoted(`./${rest.replace(/\.[cm]?[jt]s$/, '')}`)}`,
  pip: installed,
  conda: installed,
  mamba: installed,
  npm: (rest) => shell(quoted(`npm ${rest}`)),
};

/**
 * What to say of a cell that the compiler refused, where it begins with a command. `!name` may well be an expression, whose
 * fault is then another one.
 */
export function commandAdvice(code: string, findings: readonly Diagnostic[]): CommandAdvice | undefined {
  const lines = code.split('\n');
  const at = lines.findIndex((line) => !/^\s*(?:\/\/.*)?$/.test(line));
  const command = lines[at]?.trim() ?? '';
  const name = JSON.stringify(command.length > 60 ? `${command.slice(0, 59)}…` : command);
  const [, magic, rest = ''] = /^%{1,2}\s*(\w*)\s*(.*)$/.exec(command) ?? [];
  if (magic !== undefined) {
    const advice = MAGICS[magic.toLowerCase()]?.(rest);
    const instead = advice === undefined ? 'leave the line out' : `write in TypeScript: ${advice}`;
    return { line: at + 1, text: `Cannot run ${name}: it is a command of Python notebooks; ${instead}` };
  }
  const [, program, more = ''] = /^!{1,2}\s*([\w./~-]+)((?:\s.*)?)$/.exec(command) ?? [];
  const own = findings.filter(({ start, fileName }) => start.line === at && fileName === undefined);
  const isUnknown = own.some(
    ({ code: found, messageText }) => found === UNKNOWN_NAME && messageText.includes(`'${program}'`),
  );
  if (program === undefined || (!isUnknown && !own.some((finding) => isGrammarCode(finding.code)))) return undefined;
  const advice =
    program === 'cd' ? `process.chdir(${quoted(more.trim())})` : program === 'pip' ? installed(more.trim()) : undefined;
  const why = isUnknown
    ? `no value has the name ${program}, and shell commands are not TypeScript`
    : 'it is not TypeScript';
  return {
    line: at + 1,
    text: `Cannot run ${name}: ${why}; write for the command: ${advice ?? shell(quoted(program + more))}`,
  };
}

function shell(command: string): string {
  return `import { execSync } from 'node:child_process'; console.log(execSync(${command}, { encoding: 'utf8' }))`;
}

function installed(rest: string): string {
  return shell(quoted(`npm install ${rest.replace(/^install\s*/, '')}`.trimEnd()));
}

function environment(rest: string): string {
  const [, name, value = ''] = /^(\w+)(?:\s*=\s*|\s+)?(.*)$/.exec(rest) ?? [];
  if (name === undefined) return 'process.env';
  return value === '' ? `process.env.${name}` : `process.env.${name} = ${quoted(value)}`;
}

function timed(): string {
  return "console.time('cell'); …; console.timeEnd('cell')";
}

function shown(mime: string): string {
  return `display({ '${mime}': ${BODY} }, { raw: true })`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
