/**
 * Notebooks for tests: one for each way to fail, and for each a twin that looks alike and must pass.
 *
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CellFailureCode } from '../errors.js';

/** A notebook that must fail. Code cells only; the cell at fault counts from 1. */
export interface FailingNotebook {
  readonly name: string;
  readonly cells: readonly string[];
  readonly cell: number;
  readonly code: CellFailureCode;
  /** Longest time for a cell in milliseconds, for those that never end. */
  readonly cellTimeoutMs?: number;
  /** Part of the failure's text that has to be there. */
  readonly says?: RegExp;
  /** Line of the cell at fault. */
  readonly line?: number;
  /** Tried in a kernel of its own even when time is short: how the run ends is what it is about. */
  readonly isAlone?: true;
}

/** Files that lie beside the notebooks. */
const NEIGHBOURS: Record<string, string> = {
  'broken-at-load.ts': 'export const value = 1;\nthrow new Error("broken while loading");\n',
  'wrong-type.ts': 'export const value: number = "text";\n',
  'good.ts': 'import { twice } from "./deeper/good-too";\nexport const value: number = twice(21);\n',
  'deeper/good-too.ts': 'export const twice = (x: number): number => 2 * x;\n',
  '../above.ts': 'export const value = 1;\n',
};

const SLEEP = 'const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));';

/** One notebook for each way to fail. */
export const failing: readonly FailingNotebook[] = [
  {
    name: 'throw',
    cells: ['1', 'const a = 1;\nthrow new Error("boom");', '2'],
    cell: 2,
    code: 'THROWN',
    line: 2,
  },
  { name: 'throw-text', cells: ['throw "only text"', '2'], cell: 1, code: 'THROWN', says: /only text/ },
  { name: 'throw-undefined', cells: ['throw undefined', '2'], cell: 1, code: 'THROWN' },
  {
    name: 'throw-in-earlier-function',
    cells: ['function f(): never {\n  throw new RangeError("deep");\n}', '\nf()', '2'],
    cell: 2,
    code: 'THROWN',
    line: 2,
    says: /deep/,
  },
  {
    name: 'type-error',
    cells: ['1', 'const n: number = 1;\nconst s: string = n;', '2'],
    cell: 2,
    code: 'TYPE_ERROR',
    line: 2,
  },
  { name: 'unknown-name', cells: ['nobodyKnowsMe', '2'], cell: 1, code: 'TYPE_ERROR', says: /nobodyKnowsMe/ },
  { name: 'syntax-error', cells: ['1', 'const = ;', '2'], cell: 2, code: 'SYNTAX_ERROR', line: 1 },
  { name: 'awaited-reject', cells: ['await Promise.reject(new Error("awaited"))', '2'], cell: 1, code: 'THROWN' },
  {
    name: 'awaited-reject-in-parentheses',
    cells: ['const p = Promise.reject(new Error("inner"));', '2'],
    cell: 1,
    code: 'UNHANDLED_REJECTION',
  },
  {
    name: 'floating-reject',
    cells: ['void Promise.reject(new Error("floating"));', '2'],
    cell: 1,
    code: 'UNHANDLED_REJECTION',
    says: /floating/,
  },
  {
    name: 'late-throw',
    isAlone: true,
    cells: [`${SLEEP}\nsetTimeout(() => { throw new Error("late"); }, 50);`, 'await sleep(200)', '2'],
    cell: 1,
    code: 'LATE_EXCEPTION',
    line: 2,
  },
  {
    name: 'late-throw-of-the-last-cell',
    isAlone: true,
    cells: ['1', 'setTimeout(() => { throw new Error("very late"); }, 100);'],
    cell: 2,
    code: 'LATE_EXCEPTION',
  },
  {
    name: 'late-reject',
    cells: [`${SLEEP}\nvoid sleep(50).then(() => { throw new Error("late"); });`, 'await sleep(200)', '2'],
    cell: 1,
    code: 'UNHANDLED_REJECTION',
  },
  {
    name: 'throw-in-own-timer',
    cells: ['await new Promise(() => setTimeout(() => { throw new Error("never resolved"); }, 20));', '2'],
    cell: 1,
    code: 'LATE_EXCEPTION',
  },
  {
    name: 'throw-in-next-tick',
    cells: ['process.nextTick(() => { throw new Error("ticked"); });', '2'],
    cell: 1,
    code: 'LATE_EXCEPTION',
  },
  {
    name: 'unheard-error-event',
    cells: [
      'import { connect } from "node:net";\nconnect(1, "127.0.0.1");\nawait new Promise((resolve) => setTimeout(resolve, 300));',
      '2',
    ],
    cell: 1,
    code: 'LATE_EXCEPTION',
    says: /ECONNREFUSED/,
  },
  { name: 'exit-with-0', cells: ['process.exit(0)', '2'], cell: 1, code: 'EXITED' },
  { name: 'exit-swallowed', cells: ['try { process.exit(1); } catch {}\n"went on"', '2'], cell: 1, code: 'EXITED' },
  { name: 'abort', cells: ['process.abort()', '2'], cell: 1, code: 'EXITED' },
  {
    name: 'endless-loop',
    isAlone: true,
    cells: ['1', 'while (true) {}', '2'],
    cell: 2,
    code: 'TIMED_OUT',
    cellTimeoutMs: 700,
  },
  {
    name: 'endless-loop-after-await',
    cells: ['1', 'await 1;\nfor (;;) {}', '2'],
    cell: 2,
    code: 'TIMED_OUT',
    cellTimeoutMs: 700,
  },
  {
    name: 'endless-await',
    cells: ['1', 'await new Promise(() => {})', '2'],
    cell: 2,
    code: 'TIMED_OUT',
    cellTimeoutMs: 700,
  },
  {
    name: 'endless-microtasks',
    cells: ['1', 'for (;;) await 0;', '2'],
    cell: 2,
    code: 'TIMED_OUT',
    cellTimeoutMs: 700,
  },
  {
    name: 'out-of-memory',
    isAlone: true,
    cells: ['1', 'const hoard: number[][] = [];\nfor (;;) hoard.push(new Array(100_000).fill(1.5));', '2'],
    cell: 2,
    code: 'KERNEL_DIED',
    says: /out of memory/,
  },
  {
    name: 'killed',
    isAlone: true,
    cells: ['1', 'process.kill(process.pid, "SIGKILL");\nfor (;;) {}', '2'],
    cell: 2,
    code: 'KERNEL_DIED',
    says: /SIGKILL/,
  },
  {
    name: 'output-flood',
    isAlone: true,
    cells: ['for (;;) console.log("x".repeat(10_000));', '2'],
    cell: 1,
    code: 'OUTPUT_LIMIT',
  },
  {
    name: 'output-flood-swallowed',
    cells: ['for (;;) { try { console.log("x".repeat(10_000)); } catch {} }', '2'],
    cell: 1,
    code: 'OUTPUT_LIMIT',
  },
  {
    name: 'open-server',
    cells: [
      'import { createServer } from "node:net";\nconst server = createServer();\nserver.listen(0, "127.0.0.1");',
      'throw new Error("with a server open")',
      '2',
    ],
    cell: 2,
    code: 'THROWN',
  },
  {
    name: 'import-that-throws',
    cells: ['import { value } from "./broken-at-load";\nvalue', '2'],
    cell: 1,
    code: 'THROWN',
    says: /broken while loading/,
  },
  {
    name: 'import-with-type-error',
    cells: ['import { value } from "./wrong-type";\nvalue', '2'],
    cell: 1,
    code: 'TYPE_ERROR',
  },
  {
    name: 'import-of-nothing',
    cells: ['import { x } from "no-such-package";\nx', '2'],
    cell: 1,
    code: 'TYPE_ERROR',
    says: /no-such-package/,
  },
  {
    name: 'import-from-above',
    cells: ['import { value } from "../above";\nvalue', '2'],
    cell: 1,
    code: 'TYPE_ERROR',
    says: /by its name/,
  },
  {
    name: 'stack-overflow',
    cells: ['const f = (): number => f() + 1;\nf()', '2'],
    cell: 1,
    code: 'THROWN',
    says: /call stack/,
  },
  {
    name: 'display-that-throws',
    cells: ['({ [Symbol.for("Jupyter.display")]() { throw new Error("unshowable"); } })', '2'],
    cell: 1,
    code: 'THROWN',
    says: /unshowable/,
  },
  { name: 'nobody-to-ask', cells: ['prompt("name?")', '2'], cell: 1, code: 'THROWN', says: /Cannot ask/ },
  {
    name: 'failing-program',
    cells: [
      'import { execFileSync } from "node:child_process";\nexecFileSync(process.execPath, ["-e", "process.exit(3)"]);',
      '2',
    ],
    cell: 1,
    code: 'THROWN',
  },
  {
    name: 'handled-too-late',
    cells: [
      'const p = Promise.reject(new Error("unheard"));\nawait new Promise((resolve) => setTimeout(resolve, 20));\nawait p.catch(() => 0);',
      '2',
    ],
    cell: 1,
    code: 'UNHANDLED_REJECTION',
  },
  {
    name: 'server-that-cannot-listen',
    cells: ['1', 'import { createServer } from "node:net";\ncreateServer().listen(1, "203.0.113.1");'],
    cell: 2,
    code: 'LATE_EXCEPTION',
    says: /EADDRNOTAVAIL/,
    isAlone: true,
  },
  {
    name: 'failed-test',
    cells: [
      'import test from "node:test";\nimport assert from "node:assert";\nawait test("sum", () => assert.equal(1 + 1, 3));',
      '2',
    ],
    cell: 1,
    code: 'THROWN',
    says: /sum/,
  },
  {
    name: 'listeners-removed',
    cells: [
      'process.removeAllListeners("uncaughtException"); process.removeAllListeners("unhandledRejection");\nprocess.on("unhandledRejection", () => {});\nvoid Promise.reject(new Error("unheard"));',
      '2',
    ],
    cell: 1,
    code: 'UNHANDLED_REJECTION',
    says: /unheard/,
  },
  {
    name: 'error-whose-message-throws',
    cells: [
      'class Mute extends Error {\n  get message(): string { throw new Error("no"); }\n  get stack(): string { throw new Error("no"); }\n}\nthrow new Mute();',
      '2',
    ],
    cell: 1,
    code: 'THROWN',
  },
  {
    name: 'exit-code-set',
    cells: ['process.exitCode = 3;', '2'],
    cell: 1,
    code: 'EXITED',
  },
];

/** Cells that must all pass, one after the other, in one kernel. */
export const passing: readonly string[] = [
  'try { throw new Error("caught"); } catch {}',
  'console.error("a word on stderr is no failure"); console.warn("nor is a warning");',
  'await Promise.reject(new Error("handled")).catch(() => 0)',
  'const later = Promise.reject(new Error("handled at once"));\nlater.catch(() => 0);\nawait Promise.allSettled([later]);',
  SLEEP,
  'await (sleep(1))',
  'await [1, 2][0]',
  'for await (const x of [1, 2]) console.log(x);',
  'const { a, b } = await Promise.resolve({ a: 1, b: 2 });\na + b',
  'setTimeout(() => { console.log("late, but good"); }, 20);',
  'await sleep(50)',
  'import { createServer } from "node:net";\nconst server = createServer();\nawait new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));',
  'const tick = setInterval(() => {}, 10);',
  'import { value } from "./good";\nvalue',
  'import { execFileSync } from "node:child_process";\nexecFileSync(process.execPath, ["-e", "process.exit(0)"]);',
  'for (let i = 0; i < 2000; i++) console.log("a line of modest output", i);',
  'new Error("shown, not thrown")',
  'class Shape { area(): number { return 0; } }\nenum Colour { Red, Green }\ninterface Named { name: string }\ntype Id = string | number;\nnew Shape().area()',
  'const named: Named = { name: "x" };\nconst id: Id = 3;\nColour.Green',
  'const a = "declared anew, with another type";\na.toUpperCase()',
  'let undefinedIsFine: undefined;\nundefinedIsFine',
  'null',
  '',
  '// only a comment',
  'function* count() { yield 1; yield 2; }\n[...count()]',
  'display("shown"); display({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<b>x</b>" }) });',
  'import * as tslab from "tslab";\ntslab.display.html("<i>as ever</i>");',
  'process.exitCode = 0;\nclearInterval(tick); server.close();',
];

/** A notebook's JSON with these code cells. */
export function notebookText(cells: readonly string[], metadata: object = {}): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' }, ...metadata },
    cells: cells.map((source, i) => ({
      cell_type: 'code',
      id: `cell-${i + 1}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    })),
  });
}

/** Writes the files that the notebooks import into a folder. */
export async function writeNeighbours(folder: string): Promise<void> {
  for (const [name, text] of Object.entries(NEIGHBOURS)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}
