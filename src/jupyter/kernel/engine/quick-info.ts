/**
 * What the compiler knows of a name, as text and as Markdown.
 *
 * @module
 */
import type { DisplayPart, QuickInfo } from './converter.js';

/** The declaration, then its documentation, then its tags. */
export function quickInfoText(info: QuickInfo): { plain: string; markdown: string } {
  const declaration = join(info.displayParts);
  const documentation = join(info.documentation);
  const tags = (info.tags ?? []).map(({ name, text }) => ({ name, text: join(text) }));
  const plain = [declaration, documentation, tags.map((tag) => `@${tag.name} ${tag.text}`.trimEnd()).join('\n')];
  const markdown = [
    `\`\`\`typescript\n${declaration}\n\`\`\``,
    documentation,
    tags.map((tag) => `*@${tag.name}* ${tag.text}`.trimEnd()).join('  \n'),
  ];
  const paragraphs = (parts: string[]): string => parts.filter((part) => part !== '').join('\n\n');
  return { plain: paragraphs(plain), markdown: paragraphs(markdown) };
}

function join(parts: readonly DisplayPart[] | undefined): string {
  return (parts ?? []).map((part) => part.text).join('');
}
