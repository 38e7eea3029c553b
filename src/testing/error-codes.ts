/**
 * `docs/errors.md`, written from `src/errors.ts`: each class of errors, each of its codes under a heading of its own.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { sourceFolder } from './imports.js';

/** One code of a class of errors. */
export interface ErrorCode {
  readonly code: string;
  /** What it means; codes that stand under one comment share it. */
  readonly meaning: string;
}

/** A class of errors as the source declares it. */
export interface ErrorClass {
  readonly name: string;
  readonly extends: string;
  readonly about: string;
  readonly codes: readonly ErrorCode[];
}

/** Classes of errors in a source, in its order. A union of codes may name another, whose codes it then holds. */
export function errorClassesOf(text: string = readFileSync(join(sourceFolder, 'errors.ts'), 'utf8')): ErrorClass[] {
  const source = ts.createSourceFile('errors.ts', text, ts.ScriptTarget.Latest, true);
  const unions = new Map<string, ErrorCode[]>();
  const classes: ErrorClass[] = [];
  for (const statement of source.statements) {
    if (ts.isTypeAliasDeclaration(statement)) unions.set(statement.name.text, codesOf(statement, unions));
    else if (ts.isClassDeclaration(statement)) {
      const code = statement.members.find(
        (member): member is ts.PropertyDeclaration =>
          ts.isPropertyDeclaration(member) && member.name.getText() === 'code',
      );
      classes.push({
        name: statement.name!.text,
        extends: statement.heritageClauses![0]!.types[0]!.getText(),
        about: commentAt(text, statement.pos)!,
        codes: unions.get(code!.type!.getText())!,
      });
    }
  }
  return classes;
}

function codesOf({ type }: ts.TypeAliasDeclaration, unions: ReadonlyMap<string, ErrorCode[]>): ErrorCode[] {
  const codes: ErrorCode[] = [];
  let meaning = '';
  for (const member of ts.isUnionTypeNode(type) ? type.types : [type]) {
    if (ts.isTypeReferenceNode(member)) codes.push(...unions.get(member.getText())!);
    if (!ts.isLiteralTypeNode(member) || !ts.isStringLiteral(member.literal)) continue;
    // The comment stands before the bar, the member after it.
    const file = member.getSourceFile().text;
    meaning = commentBefore(file, member) ?? meaning;
    codes.push({ code: member.literal.text, meaning });
  }
  return codes;
}

/** Text of the doc comment that ends on the line before a union's member. */
function commentBefore(file: string, member: ts.Node): string | undefined {
  const before = file.slice(0, file.lastIndexOf('\n', member.getStart()));
  return before.endsWith('*/') ? plain(before.slice(before.lastIndexOf('/**'))) : undefined;
}

function commentAt(file: string, at: number): string | undefined {
  const range = ts.getLeadingCommentRanges(file, at)?.findLast(({ pos }) => file.startsWith('/**', pos));
  return range && plain(file.slice(range.pos, range.end));
}

function plain(comment: string): string {
  return comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The document. */
export function errorCodesText(classes: readonly ErrorClass[]): string {
  const parts = classes.map(({ name, extends: base, about, codes }) => {
    const headings = codes.map(({ code, meaning }) => `### ${name} \`${code}\`\n\n${meaning}\n`);
    return `## ${name}\n\nA \`${base}\`. ${about}\n\n${headings.join('\n')}`;
  });
  return `# Errors and their codes

Every error this package throws on purpose has a \`name\`, which is its class, and a \`code\` to branch on; the text is for people: what
could not be done, where, and what to do. A code keeps its meaning between versions, a text may change.

\`\`\`ts
import { CaptureError, readCapture } from 'wirebook';

try {
  await readCapture('absent.pcapng');
} catch (error) {
  if (!(error instanceof CaptureError)) throw error;
  console.log(error.code); // IO
}
\`\`\`

A function's own documentation names the classes that it throws after \`@throws\`.

${parts.join('\n')}`;
}
