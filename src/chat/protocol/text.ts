/**
 * Texts of strangers, made harmless to a terminal.
 *
 * @module
 */

// C0 but for the tab, DEL, C1, line and paragraph separator, and the bidirectional embeddings, overrides and isolates.
// LRM, RLM and the joiners act on their neighbours only, and writing systems and emoji need them.
const acting = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;
const allActing = new RegExp(acting, 'g');
const actingInLines = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

/** Replaces what acts on a terminal: C0 controls and DEL by their pictures (U+2400 …), the rest by U+FFFD. */
export function neutralize(text: string): string {
  return acting.test(text) ? text.replace(allActing, picture) : text;
}

/** Whether no line of a text needs `neutralize()`. The line feeds between them are passed over. */
export function isHarmless(lines: string): boolean {
  return !actingInLines.test(lines);
}

function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}
