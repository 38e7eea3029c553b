/**
 * Outputs whose markup nobody vouches for, in frames: no script runs there, and nothing they draw leaves the frame.
 *
 * @module
 */
import { escapeHtml } from '../ansi.js';
import { FRAME_STYLE } from './style.js';

/**
 * A frame with this HTML. The page may look into it, to give it its height; without `allow-scripts` it can do nothing
 * with having the page's origin.
 */
export function framed(html: string): string {
  const page = `<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><style>${FRAME_STYLE}</style>${html}`;
  return `<iframe class="output-frame" sandbox="allow-same-origin" title="output" srcdoc="${escapeHtml(page)}"></iframe>`;
}

/** Gives each frame the height of what is in it. */
export const FRAME_SCRIPT = `
(() => {
  const fit = (frame) => {
    const root = frame.contentDocument?.documentElement;
    if (!root) return;
    frame.style.height = '0'; // or a root is never lower than its frame was
    frame.style.height = Math.min(root.scrollHeight + 2, 20000) + 'px';
  };
  for (const frame of document.querySelectorAll('iframe.output-frame')) {
    frame.addEventListener('load', () => fit(frame));
    fit(frame);
  }
})();
`;
