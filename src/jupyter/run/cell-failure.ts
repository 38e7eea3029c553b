/**
 * How cells fail, from what kernels say of it.
 *
 * @module
 */
import type { CellFailureCode } from '../../errors.js';
import type { JsonObject } from '../protocol/message.js';

/** How a cell failed. */
export interface CellFailure {
  code: CellFailureCode;
  ename: string;
  evalue: string;
  traceback: string[];
  /** 1-based line of the cell, where one is known. */
  line?: number;
}

/**
 * The failure that a reply or an `error` message tells of.
 *
 * @param told what our own kernel says beyond the protocol
 * @param reason why the runner itself ended the cell, if it did
 */
export function failureOf(content: JsonObject, told: JsonObject, reason: CellFailureCode | undefined): CellFailure {
  const ename = String(content.ename ?? 'Error');
  const failure: CellFailure = {
    code: reason ?? (told.code as CellFailureCode | undefined) ?? codeOf(ename),
    ename,
    evalue: String(content.evalue ?? ''),
    traceback: Array.isArray(content.traceback) ? content.traceback.map(String) : [],
  };
  if (typeof told.line === 'number') failure.line = told.line;
  return failure;
}

/** What a kernel that does not say more means by an error's name. */
function codeOf(ename: string): CellFailureCode {
  if (ename === 'KeyboardInterrupt') return 'INTERRUPTED';
  if (ename === 'SyntaxError' || ename === 'IndentationError') return 'SYNTAX_ERROR';
  if (ename === 'SystemExit') return 'EXITED';
  return 'THROWN';
}

/** A failure that the runner found, and no kernel told of. */
export function madeFailure(code: CellFailureCode, evalue: string): CellFailure {
  const ename = code
    .toLowerCase()
    .split('_')
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join('');
  return { code, ename, evalue, traceback: [`\x1b[31m\x1b[1m${ename}\x1b[0m: ${evalue}`] };
}
