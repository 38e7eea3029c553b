/**
 * What may follow the quoted packet in an ICMP error: RFC 4884 section 7.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+-----------------------+-------------------------------+
 * |version|       reserved        |           checksum            |
 * +-------+-----------------------+---------------+---------------+
 * |        object's length        |   its class   |  its subtype  |
 * +-------------------------------+---------------+---------------+
 *
 * @module
 */

import { formatHex } from '../../bytes.js';
import * as checksum from '../core/checksum.js';
import { bytesNode, type FieldNode } from '../core/layer.js';
import { judgeChecksum } from '../core/node.js';

const classNames: { readonly [value: number]: string } = {
  1: 'MPLS label stack',
  2: 'Interface information',
  3: 'Interface identification',
};

/** Nodes of the extension structure in bytes `at` to `end`; of bytes that are none, one node. */
export function icmpExtensionNodes(view: DataView, at: number, end: number): FieldNode[] {
  if (end - at < 4 || view.getUint8(at) >> 4 !== 2) return [bytesNode(view, 'trailer', 'Trailer', [], at, end)];
  const number = (
    name: string,
    label: string,
    filter: string,
    from: number,
    bit: number,
    bits: number,
    value: number,
    text = String(value),
  ): FieldNode => ({ name, label, filters: [filter], at: from, bit, bits, value, text });
  const stored = view.getUint16(at + 2);
  const right = checksum.compute(view, at, end, ~stored & 0xffff);
  const reserved = view.getUint16(at) & 0xfff;
  const children: FieldNode[] = [
    number('version', 'Version', 'icmp.ext.version', at, 0, 4, 2),
    number('reserved', 'Reserved', 'icmp.ext.res', at, 4, 12, reserved, formatHex(reserved, 4)),
    {
      ...number('checksum', 'Checksum', 'icmp.ext.checksum', at + 2, 0, 16, stored, formatHex(stored, 4)),
      ...(stored === 0 ? { meaning: 'none computed' } : judgeChecksum(stored, right)),
    },
  ];
  let i = at + 4;
  while (i + 4 <= end) {
    const length = view.getUint16(i);
    if (length < 4 || i + length > end) break;
    const kind = view.getUint8(i + 2);
    children.push(
      number('objectLength', 'Object length', 'icmp.ext.length', i, 0, 16, length),
      {
        ...number('objectClass', 'Object class', 'icmp.ext.class', i + 2, 0, 8, kind),
        meaning: classNames[kind] ?? '',
      },
      number('objectType', 'Object type', 'icmp.ext.ctype', i + 3, 0, 8, view.getUint8(i + 3)),
    );
    if (length > 4)
      children.push(
        bytesNode(view, 'objectData', 'Object data', kind in classNames ? [] : ['icmp.ext.data'], i + 4, i + length),
      );
    i += length;
  }
  if (i < end) children.push(bytesNode(view, 'rest', 'Malformed rest', [], i, end));
  return [{ ...bytesNode(view, 'extension', 'Extension structure', [], at, end), text: `${end - at} bytes`, children }];
}
