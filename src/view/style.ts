/**
 * The look of what is drawn: one sheet, carried by each drawing, since a cell's output must stand alone. Colours are translucent over
 * the page's own, so that they serve light and dark.
 *
 * @module
 */
import { Html } from './html.js';

/** Hue of the n-th field: neighbours lie far apart on the wheel, by the golden angle. */
export function hueOf(index: number): number {
  return Math.round((index * 137.508 + 205) % 360);
}

/** The sheet. */
export const style: Html = new Html(`<style>
.wb{font:13px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif;color:inherit;max-width:1180px;margin:.4em 0 1em}
.wb *{box-sizing:border-box}
.wb code,.wb .m,.wb-hex,.wb-grid{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12px}
.wb-title{display:flex;gap:.8em;align-items:baseline;flex-wrap:wrap;margin:0 0 .5em;font-weight:600}
.wb-title small{font-weight:400;opacity:.7}
.wb-panes{display:flex;gap:1.2em;flex-wrap:wrap;align-items:flex-start}
.wb-layers{flex:1 1 460px;min-width:0}
.wb-bytes{flex:0 1 auto;max-width:100%;overflow-x:auto;position:sticky;top:.5em;padding:.6em .7em;border:1px solid #8884;border-radius:8px;background:#8881}
.wb details{border:1px solid #8884;border-radius:8px;margin:0 0 .6em;overflow:hidden}
.wb summary{cursor:pointer;padding:.35em .7em;background:#8881}
.wb summary b{margin-right:.6em}
.wb summary small{opacity:.7}
.wb-grid{display:grid;grid-template-columns:repeat(32,1fr);gap:1px;padding:.5em .6em .2em;min-width:450px;font-size:10.5px;line-height:1.2}
.wb .wb-plan>.wb{margin:.6em .8em}
.wb-scroll{overflow-x:auto}
.wb-grid i{font-style:normal;opacity:.45;text-align:center;font-size:8.5px}
.wb-grid div{min-height:2.7em;padding:2px 1px;text-align:center;border-radius:3px;overflow:hidden;display:flex;flex-direction:column;justify-content:center;background:hsl(var(--h) 70% 50%/.2);white-space:nowrap}
.wb-grid div span{opacity:.75;font-size:9.5px;overflow:hidden;text-overflow:ellipsis}
.wb-grid div b{font-weight:600;overflow:hidden;text-overflow:ellipsis}
.wb-grid div.slim{writing-mode:vertical-rl;min-height:4.6em;flex-direction:row;gap:.3em;align-items:center;font-size:9px}
.wb-grid div.on{background:hsl(var(--h) 80% 50%/.55)}
.wb table{border-collapse:collapse;width:100%;margin:.2em 0 .5em;font-size:12.5px;table-layout:auto}
.wb-panes table{display:table}
.wb.wb td,.wb.wb th{padding:.16em .7em;text-align:left;border:0;border-top:1px solid #8882;vertical-align:top;background:none;color:inherit}
.wb th{font-weight:600;opacity:.75;border-top:0}
.wb.wb td.n,.wb.wb th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.wb.wb tbody tr{background:none}
.wb td .sw{display:inline-block;width:.75em;height:.75em;border-radius:2px;margin-right:.5em;background:hsl(var(--h) 70% 50%/.55)}
.wb.wb td.c1{padding-left:2.6em}
.wb .ok{color:light-dark(#14713a,#63d893);font-weight:600}
.wb .bad{color:light-dark(#b3261e,#ff8f85);font-weight:600}
.wb .flag{display:inline-block;padding:0 .4em;margin:0 .2em .1em 0;border-radius:3px;border:1px solid #8885;opacity:.55;font-size:11px}
.wb .flag.on{opacity:1;font-weight:600;background:hsl(var(--h) 80% 50%/.4)}
.wb .wb-hex{white-space:pre;line-height:1.65;font-size:11.5px}
.wb-hex i{font-style:normal;opacity:.5}
.wb-hex u{text-decoration:none;background:hsl(var(--h) 70% 50%/.25);padding:.12em 0}
.wb-hex u.gap{padding-right:1ch}
.wb .fault{padding:.4em .7em}
.wb-caption{opacity:.75;margin:.3em 0}
@media print{.wb-bytes{position:static}.wb details:not([open])>*{display:block}}
</style>`);
