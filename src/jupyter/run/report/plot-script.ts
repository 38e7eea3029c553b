/**
 * The page's only script of its own: draws the figures, in the reader's colours unless the figure brings its own.
 *
 * @module
 */

/** Runs after Plotly is there. */
export const PLOT_SCRIPT = `
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const draw = (place, isAnew) => {
    const data = place.querySelector('script[type="application/json"]');
    const figure = JSON.parse(data.textContent);
    const own = figure.layout ?? {};
    const ink = dark.matches ? '#d6dde6' : '#24292f';
    const grid = dark.matches ? '#39424e' : '#e3e7ec';
    const axes = {};
    for (const name of new Set([...Object.keys(own).filter((key) => /^[xy]axis/.test(key)), 'xaxis', 'yaxis'])) {
      axes[name] = { gridcolor: grid, zerolinecolor: grid, linecolor: grid, ...own[name] };
    }
    const layout = { paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', ...own, ...axes, font: { color: ink, ...own.font } };
    let canvas = place.querySelector('.canvas');
    if (!canvas) {
      for (const child of [...place.children]) if (child !== data) child.remove();
      canvas = document.createElement('div');
      canvas.className = 'canvas';
      place.append(canvas);
    }
    Plotly[isAnew ? 'react' : 'newPlot'](canvas, figure.data ?? [], layout, { responsive: true, displaylogo: false, ...figure.config });
  };
  const places = document.querySelectorAll('.plot');
  for (const place of places) draw(place, false);
  dark.addEventListener('change', () => { for (const place of places) draw(place, true); });
})();
`;
