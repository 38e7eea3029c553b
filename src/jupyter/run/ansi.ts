/**
 * Terminal colours (ECMA-48 SGR) as HTML, and text without them.
 *
 * @module
 */
import { hexDigits } from '../../bytes.js';

const SGR = /\x1b\[([0-9;:]*)m/g;
/** Any other control sequence, which has no place on a page. */
const OTHER = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;

/** Text without its colours and control sequences. */
export function stripAnsi(text: string): string {
  return text.replace(SGR, '').replace(OTHER, '');
}

/** Text for HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Text with colours as HTML: `<span class="ansi-red ansi-bold">`; what a carriage return overwrites is gone. */
export function ansiToHtml(text: string): string {
  const state = new Style();
  let html = '';
  let from = 0;
  const input = overwrite(text);
  const put = (piece: string): void => {
    if (piece !== '') html += state.wrap(escapeHtml(piece.replace(OTHER, '')));
  };
  for (const match of input.matchAll(SGR)) {
    put(input.slice(from, match.index));
    state.apply(match[1]!);
    from = match.index + match[0].length;
  }
  put(input.slice(from));
  return html;
}

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const FLAGS: Record<number, string> = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline', 7: 'inverse', 9: 'strike' };

class Style {
  #flags = new Set<string>();
  #foreground: string | undefined;
  #background: string | undefined;

  apply(parameters: string): void {
    const codes = parameters.split(/[;:]/).map((code) => Number(code || 0));
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i]!;
      if (code === 38 || code === 48) {
        const [colour, used] = extended(codes, i + 1);
        if (code === 38) this.#foreground = colour;
        else this.#background = colour;
        i += used;
      } else this.#simple(code);
    }
  }

  wrap(html: string): string {
    const classes = [...this.#flags].map((flag) => `ansi-${flag}`);
    const styles: string[] = [];
    if (this.#foreground?.startsWith('#')) styles.push(`color:${this.#foreground}`);
    else if (this.#foreground) classes.push(`ansi-${this.#foreground}`);
    if (this.#background?.startsWith('#')) styles.push(`background:${this.#background}`);
    else if (this.#background) classes.push(`ansi-on-${this.#background}`);
    if (classes.length === 0 && styles.length === 0) return html;
    const style = styles.length > 0 ? ` style="${styles.join(';')}"` : '';
    return `<span class="${classes.join(' ')}"${style}>${html}</span>`;
  }

  #simple(code: number): void {
    const flag = FLAGS[code];
    if (flag !== undefined) this.#flags.add(flag);
    else if (code === 0) {
      this.#flags.clear();
      this.#foreground = undefined;
      this.#background = undefined;
    } else if (code === 22) {
      this.#flags.delete('bold');
      this.#flags.delete('dim');
    } else if (code > 22 && code < 30) this.#flags.delete(FLAGS[code - 20] ?? '');
    else if (code >= 30 && code < 38) this.#foreground = COLOURS[code - 30];
    else if (code === 39) this.#foreground = undefined;
    else if (code >= 40 && code < 48) this.#background = COLOURS[code - 40];
    else if (code === 49) this.#background = undefined;
    else if (code >= 90 && code < 98) this.#foreground = COLOURS[code - 90];
    else if (code >= 100 && code < 108) this.#background = COLOURS[code - 100];
  }
}

/** A colour of the 256 or one given by red, green and blue, and how many parameters it took. */
function extended(codes: readonly number[], at: number): [string | undefined, number] {
  if (codes[at] === 2) return [hex(codes[at + 1] ?? 0, codes[at + 2] ?? 0, codes[at + 3] ?? 0), 4];
  if (codes[at] !== 5) return [undefined, 1];
  const index = codes[at + 1] ?? 0;
  if (index < 16) return [COLOURS[index % 8], 2];
  if (index >= 232) return [hex(8 + 10 * (index - 232), 8 + 10 * (index - 232), 8 + 10 * (index - 232)), 2];
  const level = (value: number): number => (value === 0 ? 0 : 55 + 40 * value);
  const cube = index - 16;
  return [hex(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)), 2];
}

function hex(...channels: number[]): string {
  return `#${channels.map((channel) => hexDigits(Math.min(255, channel), 2)).join('')}`;
}

/** What a terminal shows of lines with carriage returns and backspaces, as progress bars print them. */
function overwrite(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  let input = text.replaceAll('\r\n', '\n');
  for (let before = ''; before !== input; ) {
    before = input;
    input = input.replace(/[^\n\b]\x08/g, '');
  }
  return input.replace(/^[^\n]*\r(?=[^\n])/gm, '').replaceAll('\r', '');
}
