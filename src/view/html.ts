/**
 * HTML from pieces: what is put in is escaped, what is HTML already is not.
 *
 * @module
 */

/** Text that is HTML. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  /** So that the last expression of a cell is drawn. */
  [Symbol.for('Jupyter.display')](): Record<string, unknown> {
    return {
      'text/html': this.text,
      'text/plain': this.text.replace(/<style>.*?<\/style>/gs, '').replace(/<[^>]+>/g, ' '),
    };
  }
}

type Piece = string | number | bigint | Html | undefined | false | readonly Piece[];

/** A template whose holes are escaped, but for HTML and lists of it. */
export function html(strings: TemplateStringsArray, ...pieces: Piece[]): Html {
  let text = strings[0]!;
  for (let i = 0; i < pieces.length; i++) text += fill(pieces[i]) + strings[i + 1]!;
  return new Html(text);
}

function fill(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (piece instanceof Html) return piece.text;
  if (Array.isArray(piece)) return piece.map(fill).join('');
  return escapeHtml(String(piece));
}

/** Text as HTML shows it, also within an attribute's quotes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
