/**
 * Code with coloured words, coloured when the page is made.
 *
 * @module
 */
import core from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import typescript from 'highlight.js/lib/languages/typescript';
import { escapeHtml } from '../ansi.js';

const languages = { bash, javascript, json, python, typescript };
for (const [name, language] of Object.entries(languages)) core.registerLanguage(name, language);

/** HTML of code in a language, by its name or a common short form; plain where it is not known. */
export function highlight(code: string, language: string | undefined): string {
  if (language === undefined || core.getLanguage(language) === undefined) return escapeHtml(code);
  return core.highlight(code, { language, ignoreIllegals: true }).value;
}
