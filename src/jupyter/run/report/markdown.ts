/**
 * Markdown cells as HTML, and the headings found on the way.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { Marked, type Tokens } from 'marked';
import type { MimeData } from '../../protocol/notebook.js';
import { escapeHtml } from '../ansi.js';
import { highlight } from './highlight.js';

/** Elements that are part of the page's own layout: no text may open or close one. */
const LAYOUT = ['article', 'aside', 'footer', 'header', 'main', 'nav', 'section', 'audio', 'video'];
// CommonJS whose names an import cannot see.
const xss = createRequire(import.meta.url)('xss') as typeof import('xss');
const allowed = xss.getDefaultWhiteList();
for (const name of LAYOUT) delete allowed[name];
const filter = new xss.FilterXSS({
  whiteList: allowed,
  stripIgnoreTag: true,
  stripIgnoreTagBody: ['script', 'style', 'iframe', 'svg', 'math', 'template', 'noscript'],
});
/** Where a link may lead: the web, a mail, a place in this page, a file beside it. */
const FOREIGN_SCHEME = /^(?!https?:|mailto:)[a-z][a-z0-9+.-]*:/i;

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
      html({ text }: Tokens.HTML | Tokens.Tag): string {
        return filter.process(text);
      },
      link({ href, title, tokens }: Tokens.Link): string {
        const text = this.parser.parseInline(tokens);
        // What a browser skips before it reads the scheme.
        if (FOREIGN_SCHEME.test(href.replace(/[\0-\x20]/g, ''))) return text;
        return `<a href="${escapeHtml(href)}"${title ? ` title="${escapeHtml(title)}"` : ''}>${text}</a>`;
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
