/**
 * Failures as the protocol's `error` wants them: a name, a sentence and a traceback with a frame of the cell's code.
 *
 * @module
 */
import { type Cell, CellFault } from './cell.js';
import { commandAdvice } from './command-advice.js';
import type { Diagnostic } from './converter.js';
import { isGrammarCode } from './grammar.js';
import { importAdvice } from './import-advice.js';
import { isNativeError, limited } from './primordials.js';
import type { Failure } from './protocol.js';
import { type CellPlace, describeThrown, placesIn, sourceOf } from './stack.js';

const RED = '\x1b[31m';
const BOLD = '\x1b[1m';
const DIM = '\x1b[2m';
const RESET = '\x1b[0m';
/** How long an error has to say what it is, in milliseconds. */
const DESCRIBE_LIMIT_MS = 1000;

/** What the compiler found, as a failure. */
export function diagnosticFailure(name: string, code: string, found: readonly Diagnostic[]): Failure {
  const findings = grouped(found);
  const command = commandAdvice(code, findings);
  if (command !== undefined) {
    return { ...plainFailure('SYNTAX_ERROR', 'SyntaxError', command.text), line: command.line };
  }
  const isSyntax = findings.some(({ code }) => isGrammarCode(code));
  const first = findings[0]!;
  const ename = isSyntax ? 'SyntaxError' : 'TypeCheckError';
  const traceback = findings.flatMap((finding) => [
    `${RED}${BOLD}${ename}${RESET}: ${finding.messageText} ${DIM}TS${finding.code}${RESET}`,
    ...(finding.fileName === undefined
      ? codeFrame(
          { cell: name, line: finding.start.line + 1, column: finding.start.character + 1 },
          code,
          width(finding),
        )
      : [`${DIM}${finding.fileName}:${finding.start.line + 1}:${finding.start.character + 1}${RESET}`]),
  ]);
  const failure: Failure = {
    code: isSyntax ? 'SYNTAX_ERROR' : 'TYPE_ERROR',
    ename,
    evalue: `${first.messageText} (TS${first.code})`,
    traceback,
  };
  if (first.fileName === undefined) failure.line = first.start.line + 1;
  return failure;
}

/** How a cell failed; undefined for one that was good, and only for one that was seen to be. */
export function failureOf(cell: Cell): Failure | undefined {
  const { fault } = cell;
  if (fault instanceof CellFault) return faultFailure(cell, fault);
  if (fault !== undefined) return fault;
  if (cell.isComplete) return undefined;
  return plainFailure('THROWN', 'Unfinished', 'The cell did not reach its end');
}

/**
 * What a cell threw, or what ended it, as a failure. The error is the cell's to make: what its properties answer is only
 * text, and one that throws or never answers is described without it.
 */
export function faultFailure(cell: Cell, fault: CellFault): Failure {
  try {
    return limited(() => describedFailure(cell, fault), DESCRIBE_LIMIT_MS);
  } catch {
    const evalue = 'The cell failed with an error that cannot be described: its own properties throw, or do not end';
    return plainFailure(fault.code, 'Error', evalue);
  }
}

/** A failure without a place. */
function plainFailure(code: Failure['code'], ename: string, evalue: string): Failure {
  return { code, ename, evalue, traceback: [`${RED}${BOLD}${ename}${RESET}: ${evalue}`] };
}

function describedFailure(cell: Cell, fault: CellFault): Failure {
  const { cause } = fault;
  const isError = isNativeError(cause) || cause instanceof Error;
  const text = describeThrown(cause);
  const stack: unknown = isError ? cause.stack : undefined;
  const places = typeof stack === 'string' ? placesIn(stack) : [];
  const own = places.find((place) => place.cell === cell.name);
  const shown = own ?? places[0];
  const source = shown === undefined ? undefined : sourceOf(shown.cell);
  const lines = text.split('\n');
  const failure: Failure = {
    code: fault.code,
    ename: isError ? `${cause.name}` : `Thrown ${cause === null ? 'null' : typeof cause}`,
    evalue: isError ? `${cause.message}` : text,
    traceback: [
      ...(source !== undefined && shown !== undefined ? codeFrame(shown, source.code, 1) : []),
      `${RED}${BOLD}${lines[0]}${RESET}`,
      ...lines.slice(1).map((line) => (/^\s+at /.test(line) ? `${DIM}${line}${RESET}` : line)),
    ],
  };
  if (own !== undefined) failure.line = own.line;
  return failure;
}

/** The line at fault with its neighbours, and a marker under it. */
function codeFrame(place: CellPlace, code: string, length: number): string[] {
  const lines = code.split('\n');
  const from = Math.max(0, place.line - 3);
  const to = Math.min(lines.length, place.line + 2);
  const digits = String(to).length;
  const frame = [`${DIM}${place.cell[0]!.toUpperCase()}${place.cell.slice(1)}, line ${place.line}${RESET}`];
  for (let i = from; i < to; i++) {
    const isFault = i === place.line - 1;
    const number = String(i + 1).padStart(digits);
    frame.push(isFault ? `${RED}>${RESET} ${number} | ${lines[i]}` : `${DIM}  ${number} | ${lines[i]}${RESET}`);
    if (isFault) {
      const indent = lines[i]!.slice(0, place.column - 1).replace(/[^\t]/g, ' ');
      frame.push(`${DIM}  ${' '.repeat(digits)} |${RESET} ${indent}${RED}${'^'.repeat(Math.max(1, length))}${RESET}`);
    }
  }
  return frame;
}

/** Messages that the compiler gives as a chain, one finding each. */
function grouped(found: readonly Diagnostic[]): Diagnostic[] {
  const findings: Diagnostic[] = [];
  for (const diagnostic of found) {
    const last = findings.at(-1);
    const continues =
      last !== undefined &&
      last.fileName === diagnostic.fileName &&
      last.start.offset === diagnostic.start.offset &&
      last.end.offset === diagnostic.end.offset;
    if (continues) last.messageText += `\n  ${diagnostic.messageText}`;
    else findings.push({ ...diagnostic });
  }
  return importAdvice(findings);
}

function width(finding: Diagnostic): number {
  return finding.start.line === finding.end.line ? finding.end.character - finding.start.character : 1;
}
