/**
 * Plotly figures for front-ends that know only HTML, as the classic Notebook and nbconvert: the figure as a script, the
 * library with the first one of a session. VS Code and JupyterLab draw the figure itself.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { MimeBundle } from './protocol.js';

const PLOTLY = 'application/vnd.plotly.v1+json';
let isLibrarySent = false;

/**
 * Adds a `text/html` to a bundle that has a figure and none. The library, 1 MB, comes with the first figure shown; where
 * that one is gone from the page, a later one takes it from the installed kernel spec that the notebook server serves.
 */
export function withPlotlyHtml(bundle: MimeBundle): MimeBundle {
  if (!(PLOTLY in bundle) || 'text/html' in bundle) return bundle;
  const library = isLibrarySent ? '' : `<script>${librarySource()}</script>`;
  isLibrarySent = true;
  const figure = JSON.stringify(bundle[PLOTLY]).replaceAll('<', '\\u003c');
  return { ...bundle, 'text/html': `${library}${figureHtml(`plot-${randomUUID()}`, figure)}` };
}

/** Where the library lies. */
export function libraryPath(): string {
  return createRequire(import.meta.url).resolve('plotly.js-basic-dist-min');
}

function librarySource(): string {
  return readFileSync(libraryPath(), 'utf8').replaceAll('</script', '<\\/script');
}

function figureHtml(id: string, figure: string): string {
  return `<div id="${id}" class="wirebook-plot"></div>
<script>
(() => {
  const place = document.getElementById('${id}');
  const figure = ${figure};
  const draw = () => Plotly.newPlot(place, figure.data || [], figure.layout || {}, Object.assign({ responsive: true, displaylogo: false }, figure.config));
  if (window.Plotly) return draw();
  const script = document.createElement('script');
  script.src = (document.body.dataset.baseUrl || '/') + 'kernelspecs/tslab/plotly.js';
  script.onload = draw;
  script.onerror = () => { place.textContent = 'Run the notebook from the top to draw this figure.'; };
  document.head.append(script);
})();
</script>`;
}
