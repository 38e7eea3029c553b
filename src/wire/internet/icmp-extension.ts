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
import { bitsNode, judgeChecksum, node, valued } from '../core/node.js';

const classNames: { readonly [value: number]: string } = {
  1: 'MPLS label stack',
  2: 'Interface information',
  3: 'Interface identification',
};

/** Nodes of the extension structure in bytes `at` to `end`; of bytes that are none, one node. */
export function icmpExtensionNodes(view: DataView, at: number, end: number): FieldNode[] {
  if (end - at < 4 || view.getUint8(at) >> 4 !== 2)
    return [bytesNode({ name: 'trailer', label: 'Trailer', filters: [] }, view, at, end)];
  const stored = view.getUint16(at + 2);
  const right = checksum.compute(view, at, end, ~stored & 0xffff);
  const reserved = view.getUint16(at) & 0xfff;
  const children: FieldNode[] = [
    bitsNode({ name: 'version', label: 'Version', filters: 'icmp.ext.version' }, view, at, {
      bytes: 2,
      bit: 0,
      width: 4,
    }),
    {
      ...bitsNode({ name: 'reserved', label: 'Reserved', filters: 'icmp.ext.res' }, view, at, {
        bytes: 2,
        bit: 4,
        width: 12,
      }),
      text: formatHex(reserved, 4),
    },
    {
      ...node(
        { name: 'checksum', label: 'Checksum', filters: 'icmp.ext.checksum' },
        at + 2,
        2,
        valued(stored, formatHex(stored, 4)),
      ),
      ...(stored === 0 ? { meaning: 'none computed' } : judgeChecksum(stored, right)),
    },
  ];
  let i = at + 4;
  while (i + 4 <= end) {
    const length = view.getUint16(i);
    if (length < 4 || i + length > end) break;
    const kind = view.getUint8(i + 2);
    children.push(
      node({ name: 'objectLength', label: 'Object length', filters: 'icmp.ext.length' }, i, 2, valued(length)),
      {
        ...node({ name: 'objectClass', label: 'Object class', filters: 'icmp.ext.class' }, i + 2, 1, valued(kind)),
        meaning: classNames[kind] ?? '',
      },
      node(
        { name: 'objectType', label: 'Object type', filters: 'icmp.ext.ctype' },
        i + 3,
        1,
        valued(view.getUint8(i + 3)),
      ),
    );
    if (length > 4)
      children.push(
        bytesNode(
          { name: 'objectData', label: 'Object data', filters: kind in classNames ? [] : ['icmp.ext.data'] },
          view,
          i + 4,
          i + length,
        ),
      );
    i += length;
  }
  if (i < end) children.push(bytesNode({ name: 'rest', label: 'Malformed rest', filters: [] }, view, i, end));
  return [
    {
      ...bytesNode({ name: 'extension', label: 'Extension structure', filters: [] }, view, at, end),
      text: `${end - at} bytes`,
      children,
    },
  ];
}
