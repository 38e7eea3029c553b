/**
 * A packet as text for a terminal: each layer's fields with bits, raw value and meaning, then its bytes.
 *
 * @module
 */
import { bytesOf, hexDigits, toAscii, toHex } from '../../bytes.js';
import type { FieldNode, Layer } from './layer.js';

/** What is shown: a `Packet` is such. */
export interface Showable {
  readonly at: number;
  readonly bytes: Uint8Array;
  nodes(): readonly { readonly layer: Layer; readonly nodes: readonly FieldNode[] }[];
}

/** All layers and bytes of a packet, lines with no end-of-line at the end. */
export function show(packet: Showable): string {
  const lines: string[] = [];
  for (const { layer, nodes } of packet.nodes()) {
    const size = layer.layerType.protocol === 'data' ? layer.end - layer.at : layer.headerLength;
    lines.push(`${layer.layerType.label}  ${size} bytes at ${layer.at - packet.at}`);
    for (const node of nodes) lines.push(...nodeLines(node, packet.at, 1));
  }
  return [...lines, hexDump(packet.bytes)].join('\n');
}

function nodeLines(node: FieldNode, start: number, depth: number): string[] {
  const place =
    node.bits === 0
      ? ''
      : `${node.at - start}${node.bit > 0 || node.bits % 8 !== 0 ? `.${node.bit}` : ''}+${node.bits}`;
  const meaning = node.meaning ? `  (${node.meaning})` : '';
  const label = `${'  '.repeat(depth)}${node.label}`;
  const line = `${label.padEnd(34)} ${place.padStart(9)}  ${node.text}${meaning}`.trimEnd();
  return [line, ...(node.children ?? []).flatMap((child) => nodeLines(child, start, depth + 1))];
}

/** Offset, sixteen bytes in two groups, and their characters, a line each. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytesOf(
      new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      at,
      Math.min(at + 16, bytes.length),
    );
    const hex = `${toHex(row.subarray(0, 8), ' ')}  ${toHex(row.subarray(8), ' ')}`.trimEnd();
    lines.push(`${hexDigits(at, 4)}  ${hex.padEnd(49)} ${toAscii(row)}`);
  }
  return lines.join('\n');
}
