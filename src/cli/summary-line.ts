/**
 * A packet in one line, as Wireshark's list shows it: number, time, from, to, protocol, length, what happens.
 *
 * @module
 */
import { hexDigits } from '../bytes.js';
import { type CapturePass, trafficFieldTexts } from '../traffic/index.js';
import { Fault, type Layer } from '../wire/index.js';

/** Protocols that stand for no layer of their own in the list. */
const anonymous: ReadonlySet<string> = new Set(['data', '_ws.trailer']);

/** One line, its columns padded so that those of most captures stand below each other. */
export function summaryLine(pass: CapturePass): string {
  const { frame, packet } = pass;
  const [relative = ''] = trafficFieldTexts('frame.time_relative', pass);
  const named = packet.layers.filter((layer) => !(layer instanceof Fault) && !anonymous.has(layer.layerType.protocol));
  const innermost = named.at(-1);
  const [source, destination] = endsOf(named);
  const info = [
    innermost?.summary() ?? `${frame.capturedLength} bytes`,
    ...packet.faults.map((fault) => `[${fault.layer} at byte ${fault.at}: ${fault.reason}]`),
  ];
  const columns = [
    String(frame.number).padStart(5),
    relative.slice(0, -3).padStart(11),
    `${source.padStart(15)} → ${destination.padEnd(15)}`,
    (innermost?.layerType.label ?? 'Raw').padEnd(8),
    String(frame.originalLength).padStart(5),
    oneLine(info.join(' ')),
  ];
  return columns.join(' ').trimEnd();
}

/** The addresses of the innermost layer that has any. */
function endsOf(layers: readonly Layer[]): [source: string, destination: string] {
  for (const layer of [...layers].reverse()) {
    const { src, dst } = layer as { src?: unknown; dst?: unknown };
    if (typeof src === 'string' && typeof dst === 'string') return [src, dst];
  }
  return ['', ''];
}

/** Text from the network must not move the cursor or colour the terminal. */
function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (character) => `\\x${hexDigits(character.charCodeAt(0), 2)}`);
}
