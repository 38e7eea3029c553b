/**
 * What the compiler knows of names and calls, as text and as Markdown.
 *
 * @module
 */
import type ts from 'typescript';

/** Text with a role, as the compiler's language service gives it. */
export interface DisplayPart {
  text: string;
  kind: string;
}

/** What the compiler knows of the name at the cursor. */
export interface QuickInfo {
  textSpan?: ts.TextSpan;
  displayParts?: DisplayPart[];
  documentation?: DisplayPart[];
  tags?: { name: string; text?: DisplayPart[] }[];
}

/** Of each, the declaration, then its documentation, then its tags; nothing where nothing is known. */
export function quickInfoText(infos: readonly QuickInfo[]): { plain?: string; markdown?: string } {
  if (infos.length === 0) return {};
  const plain: string[] = [];
  const markdown: string[] = [];
  for (const info of infos) {
    const declaration = join(info.displayParts);
    const documentation = join(info.documentation);
    const tags = (info.tags ?? []).map(({ name, text }) => ({ name, text: join(text) }));
    plain.push(declaration, documentation, tags.map((tag) => `@${tag.name} ${tag.text}`.trimEnd()).join('\n'));
    markdown.push(
      `\`\`\`typescript\n${declaration}\n\`\`\``,
      documentation,
      tags.map((tag) => `*@${tag.name}* ${tag.text}`.trimEnd()).join('  \n'),
    );
  }
  const paragraphs = (parts: string[]): string => parts.filter((part) => part !== '').join('\n\n');
  return { plain: paragraphs(plain), markdown: paragraphs(markdown) };
}

function join(parts: readonly DisplayPart[] | undefined): string {
  return (parts ?? []).map((part) => part.text).join('');
}
