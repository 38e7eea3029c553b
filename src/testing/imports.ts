/**
 * What the source files import, read from their syntax.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import ts from 'typescript';
import { repository } from './peer.js';

export const sourceFolder: string = join(repository, 'src');

/** One module asking for another. */
export interface Import {
  /** File below `src/`. */
  readonly file: string;
  /** As written. */
  readonly specifier: string;
  /** File below `src/` that a relative specifier means; undefined for packages. */
  readonly to: string | undefined;
  /** Whether nothing of it is left at run time. */
  readonly isType: boolean;
  /** Whether it is loaded when first asked for, not with the module. */
  readonly isLate: boolean;
}

/** Product files below `src/`: no tests, no declarations, nothing that only tests use. */
export function productFiles(): string[] {
  return readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => /\.ts$/.test(file) && !/\.(test|d)\.ts$/.test(file) && !file.startsWith('testing/'))
    .sort();
}

/** Imports and re-exports, `import()`, types by `import('…')`, `require('…')` and what `createRequire` gives. */
export function importsOf(file: string, text: string = readFileSync(join(sourceFolder, file), 'utf8')): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, isType: boolean, isLate: boolean) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const { text: name } = specifier;
    const to = name.startsWith('.') ? posix.join(posix.dirname(file), name).replace(/\.js$/, '.ts') : undefined;
    found.push({ file, specifier: name, to, isType, isLate });
  };
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause), false);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node), false);
    else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference))
      add(node.moduleReference.expression, node.isTypeOnly, false);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true, false);
    else if (ts.isCallExpression(node) && isLoading(node.expression)) add(node.arguments[0], false, true);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** `import(…)`, `require(…)`, `require.resolve(…)`, `createRequire(…)(…)`, under any name that ends in `require`. */
function isLoading(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isIdentifier(callee)) return /require$/i.test(callee.text) && callee.text !== 'createRequire';
  if (ts.isPropertyAccessExpression(callee)) return callee.name.text === 'resolve' && isLoading(callee.expression);
  return ts.isCallExpression(callee) && /(^|\.)createRequire$/.test(callee.expression.getText());
}

function isTypeOnly(clause: ts.ImportClause | ts.ExportDeclaration | undefined): boolean {
  if (clause === undefined) return false;
  if (ts.isExportDeclaration(clause)) {
    const { exportClause } = clause;
    if (clause.isTypeOnly || exportClause === undefined || !ts.isNamedExports(exportClause)) return clause.isTypeOnly;
    return exportClause.elements.length > 0 && exportClause.elements.every((each) => each.isTypeOnly);
  }
  const { name, namedBindings } = clause;
  if (clause.isTypeOnly || name !== undefined || namedBindings === undefined) return clause.isTypeOnly;
  return (
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.length > 0 &&
    namedBindings.elements.every((each) => each.isTypeOnly)
  );
}

/** Groups of files that import each other in a circle, by the imports given; each group sorted. */
export function cyclesOf(imports: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { file, to } of imports) {
    if (to === undefined) continue;
    const targets = next.get(file);
    if (targets) targets.push(to);
    else next.set(file, [to]);
  }
  // Tarjan's strongly connected components.
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const walk = (file: string): void => {
    const own = index.size;
    index.set(file, own);
    low.set(file, own);
    stack.push(file);
    const targets = next.get(file) ?? [];
    for (const target of targets) {
      if (!index.has(target)) {
        walk(target);
        low.set(file, Math.min(low.get(file)!, low.get(target)!));
      } else if (stack.includes(target)) low.set(file, Math.min(low.get(file)!, index.get(target)!));
    }
    if (low.get(file) !== own) return;
    const group = stack.splice(stack.indexOf(file)).sort();
    if (group.length > 1 || targets.includes(file)) cycles.push(group);
  };
  for (const file of next.keys()) if (!index.has(file)) walk(file);
  return cycles;
}
