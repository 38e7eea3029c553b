/**
 * Markdown cells as HTML, and the headings found on the way.
 *
 * @module
 */
import { Marked, type Tokens } from 'marked';
import type { MimeData } from '../../protocol/notebook.js';
import { escapeHtml } from '../ansi.js';
import { highlight } from './highlight.js';

/** A heading, for the table of contents. */
export interface Heading {
  readonly level: number;
  readonly id: string;
  readonly text: string;
}

/**
 * A Markdown text as HTML.
 *
 * @param attachments images that belong to the cell, by name
 * @param headings where the text's headings are added; their ids are unique in this list
 */
export function markdownToHtml(
  source: string,
  attachments: Record<string, MimeData> | undefined,
  headings: Heading[],
): string {
  const marked = new Marked({
    gfm: true,
    renderer: {
      code({ text, lang }: Tokens.Code): string {
        return `<pre class="source"><code>${highlight(text, lang?.split(/\s/)[0])}</code></pre>`;
      },
      heading({ tokens, depth, text }: Tokens.Heading): string {
        const plain = text.replace(/[*_`]|\[([^\]]*)\]\([^)]*\)/g, '$1');
        const id = uniqueId(plain, headings);
        headings.push({ level: depth, id, text: plain });
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      image({ href, title, text }: Tokens.Image): string {
        const name = title ? ` title="${escapeHtml(title)}"` : '';
        return `<img src="${escapeHtml(attached(href, attachments))}" alt="${escapeHtml(text)}"${name}>`;
      },
    },
  });
  return marked.parse(source, { async: false });
}

function uniqueId(text: string, headings: readonly Heading[]): string {
  const slug =
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '') || 'section';
  const isTaken = (id: string): boolean => headings.some((heading) => heading.id === id);
  let id = slug;
  for (let i = 2; isTaken(id); i++) id = `${slug}-${i}`;
  return id;
}

function attached(href: string, attachments: Record<string, MimeData> | undefined): string {
  const [, name] = /^attachment:(.*)$/.exec(href) ?? [];
  const [form] = Object.entries(attachments?.[decodeURIComponent(name ?? '')] ?? {});
  return form === undefined ? href : `data:${form[0]};base64,${String(form[1]).replaceAll('\n', '')}`;
}
