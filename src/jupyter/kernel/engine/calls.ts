/**
 * Calls, as somebody types them: which function is called at the cursor, and how a name that fits is called.
 *
 * @module
 */
import type ts from 'typescript';
import type { DisplayPart, QuickInfo } from './quick-info.js';

/** A cell in the program that checks it, and the language service's part that speaks of calls. */
export interface CheckedCell {
  readonly compiler: typeof ts;
  readonly program: ts.Program;
  readonly cell: ts.SourceFile;
}

/** What the compiler keeps for its own language service. */
interface Inner {
  readonly SignatureHelp: {
    getSignatureHelpItems(...given: unknown[]): ts.SignatureHelpItems | undefined;
  };
}

type CallLike = ts.CallExpression | ts.NewExpression | ts.TaggedTemplateExpression;

/** The compiler asks it whether to go on. */
const NEVER_CANCELLED = { isCancellationRequested: () => false, throwIfCancellationRequested: () => {} };

/**
 * The function whose arguments stand at `place`, with all its signatures, the one that fits first.
 *
 * @param name what is known of the name at `place`, if there is one
 */
export function callAt(checked: CheckedCell, place: number, name: ts.TextSpan | undefined): QuickInfo | undefined {
  if (name !== undefined && isCalled(checked, name)) return undefined;
  const direct = helpAt(checked, place, undefined);
  // In the body of a function that is an argument, a name is what is asked for.
  if (direct !== undefined || name !== undefined) return direct;
  const call = callAround(checked, place);
  const inside = call === undefined ? undefined : startOfArguments(checked, call);
  return helpAt(checked, inside ?? place, { kind: 'invoked' });
}

/** How what a symbol stands for is called; nothing where it is not. */
export function signatureOf({ compiler, program, cell }: CheckedCell, symbol: ts.Symbol): string {
  const checker = program.getTypeChecker();
  const isAlias = (symbol.flags & compiler.SymbolFlags.Alias) !== 0;
  const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  if ((target.flags & compiler.SymbolFlags.Value) === 0) return '';
  const type = checker.getTypeOfSymbolAtLocation(target, cell);
  // A method that may be absent is called all the same.
  const present = checker.getNonNullableType(type);
  const calls = present.getCallSignatures();
  const signatures = calls.length > 0 ? calls : present.getConstructSignatures();
  const [first] = signatures;
  if (first === undefined) return '';
  const more = signatures.length - 1;
  const { UseAliasDefinedOutsideCurrentScope: shortNames, OmitParameterModifiers } = compiler.TypeFormatFlags;
  return (
    checker.signatureToString(first, cell, shortNames | OmitParameterModifiers) +
    (more === 0 ? '' : ` (+${more} overload${more === 1 ? '' : 's'})`)
  );
}

function helpAt({ compiler, program, cell }: CheckedCell, place: number, trigger: object | undefined) {
  const { SignatureHelp } = compiler as unknown as Inner;
  const help = SignatureHelp.getSignatureHelpItems(program, cell, place, trigger, NEVER_CANCELLED);
  return help === undefined ? undefined : infoOf(help);
}

function infoOf({ items, selectedItemIndex }: ts.SignatureHelpItems): QuickInfo {
  const selected = items[selectedItemIndex] ?? items[0]!;
  const displayParts: DisplayPart[] = [];
  for (const item of [selected, ...items.filter((other) => other !== selected)]) {
    if (displayParts.length > 0) displayParts.push({ text: '\n', kind: 'lineBreak' });
    displayParts.push(...item.prefixDisplayParts);
    item.parameters.forEach((parameter, index) => {
      if (index > 0) displayParts.push(...item.separatorDisplayParts);
      displayParts.push(...parameter.displayParts);
    });
    displayParts.push(...item.suffixDisplayParts);
  }
  return { displayParts, documentation: selected.documentation, tags: selected.tags as NonNullable<QuickInfo['tags']> };
}

/** Whether the name at a place is itself what is called. */
function isCalled({ compiler, cell }: CheckedCell, { start, length }: ts.TextSpan): boolean {
  let isFound = false;
  const visit = (node: ts.Node): void => {
    if (start < node.pos || start + length > node.end) return;
    const callee = isCallLike(compiler, node) ? calleeOf(compiler, node) : undefined;
    if (callee !== undefined && start >= callee.getStart(cell) && callee.end === start + length) isFound = true;
    compiler.forEachChild(node, visit);
  };
  visit(cell);
  return isFound;
}

/** The innermost call that a place lies in, its name and its brackets included. */
function callAround({ compiler, cell }: CheckedCell, place: number): CallLike | undefined {
  let found: CallLike | undefined;
  const visit = (node: ts.Node): void => {
    if (place < node.pos || place > node.end) return;
    if (isCallLike(compiler, node) && place >= node.getStart(cell)) found = node;
    compiler.forEachChild(node, visit);
  };
  visit(cell);
  return found;
}

function isCallLike(compiler: typeof ts, node: ts.Node): node is CallLike {
  return compiler.isCallExpression(node) || compiler.isNewExpression(node) || compiler.isTaggedTemplateExpression(node);
}

function calleeOf(compiler: typeof ts, call: CallLike): ts.Node {
  return compiler.isTaggedTemplateExpression(call) ? call.tag : call.expression;
}

function startOfArguments({ compiler, cell }: CheckedCell, call: CallLike): number | undefined {
  return compiler.isTaggedTemplateExpression(call) ? call.template.getStart(cell) + 1 : call.arguments?.pos;
}
