/**
 * A packet as a person reads it: each layer's header as its RFC draws it, every field with bits, raw value and meaning, and beside
 * them the bytes, each in the colour of its field. Pointing at a field lights its bytes, and the other way round; no script is needed.
 *
 * @module
 */
import { hexDigits, toHex } from '../bytes.js';
import { Fault, type FieldNode, type Layer, type Packet } from '../wire/index.js';
import { Html, html } from './html.js';
import { hueOf, style } from './style.js';

/** How to draw a packet. */
export interface PacketViewOptions {
  /** Heading; the packet's summary where left out. */
  title?: string;
  /** Layers drawn open: all where left out. */
  open?: 'all' | 'none';
}

/** A field with the number that links its picture, its row and its bytes. */
interface Marked {
  readonly node: FieldNode;
  readonly index: number;
  readonly depth: number;
}

/** Views drawn so far: each needs an id of its own on a page. */
let views = 0;

/** Draws a packet. */
export function packetView(packet: Packet, options: PacketViewOptions = {}): Html {
  const id = `wb-${++views}`;
  const marked: Marked[] = [];
  const layers = packet.nodes().map(({ layer, nodes }) => {
    const own: Marked[] = [];
    for (const node of nodes) mark(node, 0, own, marked);
    return layerView(packet, layer, own, options.open !== 'none');
  });
  const links = marked.map(({ index }) => `#${id}:has(.f${index}:hover) .f${index}`).join(',');
  const rule =
    marked.length === 0 ? '' : `<style>${links}{outline:2px solid hsl(var(--h) 80% 45%);outline-offset:-1px}</style>`;
  return html`<div class="wb" id="${id}">${style}${new Html(rule)}
<div class="wb-title">${options.title ?? packet.summary()} <small>${packet.length} bytes${
    packet.originalLength > packet.length ? ` of ${packet.originalLength}` : ''
  }</small></div>
<div class="wb-panes"><div class="wb-layers">${layers}</div>${bytesView(packet, marked)}</div></div>`;
}

function mark(node: FieldNode, depth: number, own: Marked[], all: Marked[]): void {
  const entry = { node, index: all.length, depth };
  own.push(entry);
  all.push(entry);
  for (const child of node.children ?? []) mark(child, depth + 1, own, all);
}

function layerView(packet: Packet, layer: Layer, fields: readonly Marked[], isOpen: boolean): Html {
  if (layer instanceof Fault) {
    return html`<details open><summary><b class="bad">✗ ${layer.layerType.label}</b> ${layer.cause.layer}</summary>
<div class="fault bad">at byte ${layer.cause.at}: ${layer.cause.reason}</div></details>`;
  }
  const isRaw = layer.layerType.protocol === 'data';
  const size = isRaw ? layer.end - layer.at : layer.headerLength;
  return html`<details ${isOpen && 'open'}><summary><b>${isRaw ? 'Data' : layer.layerType.label}</b>
<small>${size} bytes at ${layer.at - packet.at} · ${layer.summary()}</small></summary>
${!isRaw && html`<div class="wb-scroll">${diagram(layer, fields)}</div>`}
<table><thead><tr><th>Field</th><th class="n">Bits</th><th>Raw</th><th>Meaning</th></tr></thead>
<tbody>${fields.map(row)}</tbody></table></details>`;
}

/** The header 32 bits wide. Bytes that no field of the first level covers are left blank, as are those behind the header. */
function diagram(layer: Layer, fields: readonly Marked[]): Html {
  const cells: Html[] = [];
  for (let bit = 0; bit < 32; bit++) cells.push(html`<i>${bit % 8 === 0 || bit === 31 ? bit : ''}</i>`);
  for (const { node, index, depth } of fields) {
    if (depth > 0 || node.bits === 0 || node.bits > 8 * 64) continue;
    const from = (node.at - layer.at) * 8 + node.bit;
    if (node.flags) {
      for (let i = 0; i < node.bits; i++) cells.push(flagCell(node, index, from + i, 2 ** (node.bits - 1 - i)));
      continue;
    }
    for (let bit = from; bit < from + node.bits; ) {
      const span = Math.min(32 - (bit % 32), from + node.bits - bit);
      cells.push(cell(node, index, { bit, span, isFirst: bit === from }));
      bit += span;
    }
  }
  return html`<div class="wb-grid">${cells}</div>`;
}

function place(bit: number, span: number): string {
  return `grid-row:${Math.floor(bit / 32) + 2};grid-column:${(bit % 32) + 1}/span ${span}`;
}

function cell(
  node: FieldNode,
  index: number,
  { bit, span, isFirst }: { readonly bit: number; readonly span: number; readonly isFirst: boolean },
): Html {
  const title = `${node.label}: ${node.text}${node.meaning ? ` (${node.meaning})` : ''}`;
  const content = isFirst
    ? html`<span>${node.name === 'option' ? node.label : node.name}</span><b>${node.text}</b>`
    : html`<span>…</span>`;
  return html`<div class="f${index}${span <= 3 ? ' slim' : ''}" style="--h:${hueOf(index)};${place(bit, span)}" title="${title}">${content}</div>`;
}

function flagCell(node: FieldNode, index: number, bit: number, mask: number): Html {
  const flag = node.flags!.find((one) => one.mask === mask);
  const isSet = (Number(node.value) & mask) !== 0;
  const title = `${flag?.label ?? 'unused'}: ${isSet ? 'set' : 'not set'}`;
  return html`<div class="f${index} slim${isSet && ' on'}" style="--h:${hueOf(index)};${place(bit, 1)}" title="${title}"><span>${
    flag?.name.slice(0, 4) ?? ''
  }</span><b>${isSet ? 1 : 0}</b></div>`;
}

function row({ node, index, depth }: Marked): Html {
  return html`<tr class="f${index}" style="--h:${hueOf(index)}"><td class="c${depth > 0 ? 1 : 0}"><span class="sw"></span>${node.label}</td>
<td class="n">${node.bits > 0 && node.bits}</td><td><code>${node.text}</code></td><td>${meaning(node)}</td></tr>`;
}

function meaning(node: FieldNode): Html {
  if (node.flags) {
    const chips = node.flags.map(({ name, mask, label }) => {
      const isSet = (Number(node.value) & mask) !== 0;
      return html`<span class="flag${isSet && ' on'}" title="${label}">${name}</span>`;
    });
    const said = node.flags
      .filter(({ mask }) => (Number(node.value) & mask) !== 0)
      .map(({ name, label }) => html`<div>${name}: ${label}</div>`);
    return html`${chips}${said}`;
  }
  if (node.intact !== undefined) {
    return html`<span class="${node.intact ? 'ok' : 'bad'}">${node.intact ? '✓' : '✗'} ${node.meaning}</span>`;
  }
  return html`${node.meaning}`;
}

/** Offsets, bytes and characters; each byte belongs to the deepest field that covers it, and lights up with every one that does. */
function bytesView(packet: Packet, marked: readonly Marked[]): Html {
  const { bytes } = packet;
  const owners: Marked[][] = Array.from(bytes, () => []);
  for (const entry of marked) {
    const { at, bit, bits } = entry.node;
    if (bits === 0) continue;
    const last = at + Math.ceil((bit + bits) / 8);
    for (let i = at; i < last; i++) owners[i - packet.at]?.push(entry);
  }
  const lines: Html[] = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const hex: Html[] = [];
    const text: Html[] = [];
    for (let i = start; i < start + 16; i++) {
      const gap = i % 16 === 7 ? '  ' : i % 16 === 15 ? '' : ' ';
      if (i >= bytes.length) {
        hex.push(html`  ${gap}`);
        continue;
      }
      const own = owners[i]!;
      const classes = own.map(({ index }) => `f${index}`).join(' ');
      const hue = own.length > 0 ? `--h:${hueOf(own.at(-1)!.index)}` : '';
      const isJoined = i % 16 !== 15 && i + 1 < bytes.length && own.at(-1) === owners[i + 1]!.at(-1);
      const byte = toHex(bytes.subarray(i, i + 1));
      hex.push(
        isJoined
          ? html`<u class="${classes}" style="${hue}">${byte}${gap}</u>`
          : html`<u class="${classes}" style="${hue}">${byte}</u>${gap}`,
      );
      const character = bytes[i]! >= 0x20 && bytes[i]! < 0x7f ? String.fromCharCode(bytes[i]!) : '·';
      text.push(html`<u class="${classes}" style="${hue}">${character}</u>`);
    }
    lines.push(html`<i>${hexDigits(start, 4)}</i>  ${hex}  ${text}
`);
  }
  return html`<div class="wb-bytes"><div class="wb-hex">${lines}</div></div>`;
}
