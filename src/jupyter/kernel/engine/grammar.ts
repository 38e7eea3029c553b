/**
 * Faults of grammar that the compiler tells only as it checks: `return` outside a function, a constant without its value,
 * `break` outside a loop. With one of them a cell fails as no TypeScript, not for its types.
 *
 * @module
 */
import type ts from 'typescript';
import type { CheckedCell } from './calls.js';

/** `await` outside an asynchronous function; at the top of a cell it is none. */
const AWAIT_OUTSIDE = 1308;

/** Where digits may not be kept apart by an underscore. */
const SEPARATORS = [6188, 6189];

/** Whether a finding says that a text is not TypeScript, rather than that its types do not fit. */
export function isGrammarCode(code: number): boolean {
  return (code >= 1000 && code < 2000) || SEPARATORS.includes(code);
}

/** Whether a cell that parses is no TypeScript all the same. */
export function hasGrammarFault({ compiler, program, cell }: CheckedCell): boolean {
  const isAtTop = (place: number): boolean => {
    let isWithin = false;
    const visit = (node: ts.Node): void => {
      if (place < node.pos || place >= node.end) return;
      if (compiler.isFunctionLike(node) || compiler.isClassLike(node) || compiler.isModuleDeclaration(node))
        isWithin = true;
      else compiler.forEachChild(node, visit);
    };
    compiler.forEachChild(cell, visit);
    return !isWithin;
  };
  const found = [...program.getSyntacticDiagnostics(cell), ...program.getSemanticDiagnostics(cell)];
  return found.some(({ code, start = 0 }) => isGrammarCode(code) && !(code === AWAIT_OUTSIDE && isAtTop(start)));
}
