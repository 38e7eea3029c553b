/**
 * The inner parts of DHCP options that have some, shown but kept as bytes when built again.
 *
 * @module
 */
import { formatIpv4, formatMac } from '../../../address.js';
import { bytesOf, formatHex, toHex } from '../../../bytes.js';
import type { FieldNode } from '../../core/layer.js';
import { bitsNode, hexNode, ipv4Node, node, octetsNode, textNode, uintNode } from '../../core/node.js';
import { escapeText } from '../../core/text.js';
import { nameText, readName } from '../dns/dns-name.js';

/** Names of hardware types, IANA. */
export const hardwareNames: { readonly [type: number]: string } = {
  1: 'Ethernet',
  6: 'IEEE 802',
  7: 'ARCNET',
  15: 'Frame Relay',
  16: 'ATM',
  18: 'Fibre Channel',
  20: 'Serial line',
  24: 'IEEE 1394',
  27: 'EUI-64',
  32: 'InfiniBand',
};

const duidNames: { readonly [type: number]: string } = {
  1: 'link-layer address plus time',
  2: 'enterprise number',
  3: 'link-layer address',
  4: 'UUID',
};

function colons(view: DataView, at: number, end: number): string {
  return toHex(bytesOf(view, at, end), ':');
}

/** Client identifier, RFC 2132 section 9.14 and RFC 4361 section 6.1, and machine identifier, RFC 4578 section 2.3. */
export function clientIdNodes(view: DataView, code: number, at: number, end: number): FieldNode[] {
  const size = end - at;
  if (size === 0) return [];
  const type = view.getUint8(at);
  if (type === 0 && size === 17) {
    const hex = toHex(bytesOf(view, at + 1, end));
    const text = [0, 8, 12, 16, 20].map((from, i) => hex.slice(from, [8, 12, 16, 20, 32][i])).join('-');
    return [textNode({ name: 'uuid', label: 'UUID', filters: 'dhcp.client_id.uuid' }, at + 1, 16, text)];
  }
  if (code === 97) return [];
  if (type > 0 && type < 48 && size === 7) {
    const isMac = type === 1 || type === 6;
    return [
      hexNode(
        { name: 'hardwareType', label: 'Hardware type', filters: 'dhcp.hw.type', names: hardwareNames },
        view,
        at,
        1,
      ),
      isMac
        ? textNode(
            { name: 'address', label: 'Client MAC address', filters: 'dhcp.hw.mac_addr' },
            at + 1,
            6,
            formatMac(view, at + 1),
          )
        : octetsNode(
            { name: 'address', label: 'Client hardware address', filters: 'dhcp.client_hardware_address' },
            view,
            at + 1,
            end,
          ),
    ];
  }
  if (type === 255 && size > 7) {
    const nodes = [
      octetsNode({ name: 'iaid', label: 'IAID', filters: 'dhcp.client_id.iaid' }, view, at + 1, at + 5),
      uintNode(
        { name: 'duidType', label: 'DUID type', filters: 'dhcp.client_id.duid_type', names: duidNames },
        view,
        at + 5,
        2,
      ),
    ];
    const duid = view.getUint16(at + 5);
    if (duid === 1 && size > 13) {
      const link = textNode(
        { name: 'address', label: 'Link-layer address', filters: 'dhcp.client_id.link_layer_address' },
        at + 13,
        size - 13,
        colons(view, at + 13, end),
      );
      nodes.push(
        uintNode(
          {
            name: 'hardwareType',
            label: 'Hardware type',
            filters: 'dhcp.client_id.duid_llt_hw_type',
            names: hardwareNames,
          },
          view,
          at + 7,
          2,
        ),
        uintNode({ name: 'time', label: 'Time, seconds since 2000', filters: 'dhcp.client_id.time' }, view, at + 9, 4),
        link,
      );
    } else if (duid === 2 && size > 11) {
      nodes.push(
        uintNode(
          { name: 'enterprise', label: 'Enterprise number', filters: 'dhcp.client_id.enterprise_num' },
          view,
          at + 7,
          4,
        ),
        octetsNode({ name: 'id', label: 'Identifier', filters: 'dhcp.client_id' }, view, at + 11, end),
      );
    } else if (duid === 3 && size > 9) {
      nodes.push(
        uintNode(
          {
            name: 'hardwareType',
            label: 'Hardware type',
            filters: 'dhcp.client_id.duid_ll_hw_type',
            names: hardwareNames,
          },
          view,
          at + 7,
          2,
        ),
        textNode(
          { name: 'address', label: 'Link-layer address', filters: 'dhcp.client_id.link_layer_address' },
          at + 9,
          size - 9,
          colons(view, at + 9, end),
        ),
      );
    }
    return nodes;
  }
  if (type === 0 && size > 1) {
    const text = escapeText(bytesOf(view, at + 1, end));
    return [
      uintNode({ name: 'type', label: 'Type', filters: 'dhcp.client_id.type' }, view, at, 1),
      textNode({ name: 'id', label: 'Identifier', filters: 'dhcp.client_id.undef' }, at + 1, size - 1, text),
    ];
  }
  return [];
}

/** RFC 4702 section 2. */
export function fqdnNodes(view: DataView, at: number, end: number): FieldNode[] {
  const size = end - at;
  if (size < 3) return [];
  const flag = (name: string, label: string, letter: string, bit: number) =>
    bitsNode({ name, label, filters: `dhcp.fqdn.${letter}` }, view, at, { bytes: 1, bit, width: 1 });
  const reserved = view.getUint8(at) >> 4;
  const nodes = [
    {
      ...hexNode({ name: 'flags', label: 'Flags', filters: 'dhcp.fqdn.flags' }, view, at, 1),
      children: [
        {
          ...bitsNode({ name: 'reserved', label: 'Reserved', filters: 'dhcp.fqdn.mbz' }, view, at, {
            bytes: 1,
            bit: 0,
            width: 4,
          }),
          text: formatHex(reserved, 2),
        },
        flag('noUpdate', 'The server is to do no updates', 'n', 4),
        flag('encoding', 'Name encoded as in DNS', 'e', 5),
        flag('override', 'The server overrode the client', 'o', 6),
        flag('server', 'The server does the updates', 's', 7),
      ],
    },
    uintNode({ name: 'rcode1', label: 'A result', filters: 'dhcp.fqdn.rcode1' }, view, at + 1, 1),
    uintNode({ name: 'rcode2', label: 'PTR result', filters: 'dhcp.fqdn.rcode2' }, view, at + 2, 1),
  ];
  if (size > 3) {
    const isEncoded = (view.getUint8(at) & 4) !== 0;
    const bytes = bytesOf(view, at + 3, end);
    const text = isEncoded ? nameText(readName(view, at + 3, end, at + 3).labels) : escapeText(bytes);
    nodes.push(textNode({ name: 'name', label: 'Name', filters: 'dhcp.fqdn.name' }, at + 3, size - 3, text));
  }
  return nodes;
}

const relayNames: { readonly [code: number]: readonly [name: string, label: string, filter: string] } = {
  1: ['circuitId', 'Agent circuit ID', 'agent_circuit_id'],
  2: ['remoteId', 'Agent remote ID', 'agent_remote_id'],
};

/** RFC 3046 section 2.0. */
export function relayAgentNodes(view: DataView, at: number, end: number): FieldNode[] {
  const prefix = 'dhcp.option.agent_information_option';
  const nodes: FieldNode[] = [];
  for (let i = at; i + 2 <= end; ) {
    const code = view.getUint8(i);
    const next = i + 2 + view.getUint8(i + 1);
    if (next > end) break;
    const children = [
      uintNode({ name: 'length', label: 'Length', filters: 'dhcp.option.suboption_length' }, view, i + 1, 1),
      octetsNode({ name: 'data', label: 'Value', filters: `${prefix}.value` }, view, i + 2, next),
    ];
    const named = relayNames[code];
    if (named)
      children.push(
        octetsNode({ name: named[0], label: named[1], filters: `${prefix}.${named[2]}` }, view, i + 2, next),
      );
    else if (code === 5 && next === i + 6)
      children.push(
        ipv4Node({ name: 'link', label: 'Link selection', filters: `${prefix}.link_selection` }, view, i + 2),
      );
    nodes.push(
      node(
        { name: 'suboption', label: named?.[1] ?? `Suboption ${code}`, filters: `${prefix}.suboption` },
        i,
        next - i,
        {
          value: code,
          text: String(code),
          children,
        },
      ),
    );
    i = next;
  }
  return nodes;
}

/** Domain search list, RFC 3397: names that may point into the option itself. */
export function searchNodes(view: DataView, at: number, end: number): FieldNode[] {
  const nodes: FieldNode[] = [];
  for (let i = at; i < end; ) {
    const { labels, next, fault } = readName(view, i, end, at);
    if (fault) break;
    nodes.push(
      textNode(
        { name: 'domain', label: 'Domain', filters: 'dhcp.option.dhcp_dns_domain_search_list_fqdn' },
        i,
        next - i,
        nameText(labels),
      ),
    );
    i = next;
  }
  return nodes;
}

/** Classless static routes, RFC 3442: bits of the prefix, as many bytes of it as they need, the router. */
export function routeNodes(view: DataView, at: number, end: number): FieldNode[] {
  const nodes: FieldNode[] = [];
  for (let i = at; i < end; ) {
    const bits = view.getUint8(i);
    const bytes = (bits + 7) >> 3;
    const next = i + 1 + bytes + 4;
    if (bits > 32 || next > end) break;
    const prefix = Array.from({ length: 4 }, (_, k) => (k < bytes ? view.getUint8(i + 1 + k) : 0)).join('.');
    const router = formatIpv4(view.getUint32(i + 1 + bytes));
    nodes.push({
      ...octetsNode({ name: 'route', label: 'Route', filters: 'dhcp.option.classless_static_route' }, view, i, next),
      meaning: `${prefix}/${bits} via ${router}`,
    });
    i = next;
  }
  return nodes;
}

/** Options of few bytes, and those whose form is a vendor's. */
export function vendorNodes(view: DataView, code: number, at: number, end: number): FieldNode[] {
  const size = end - at;
  if (size === 0) return [];
  const option = (name: string) => `dhcp.option.${name}`;
  switch (code) {
    case 43:
      return [
        octetsNode(
          { name: 'vendor', label: 'Vendor-specific information', filters: 'dhcp.option.vendor.value' },
          view,
          at,
          end,
        ),
      ];
    case 77:
      return userClassNodes(view, at, end);
    case 91:
      return size === 4
        ? [
            uintNode(
              {
                name: 'seconds',
                label: 'Seconds since the last transaction',
                filters: option('client_last_transaction_time'),
              },
              view,
              at,
              4,
            ),
          ]
        : [];
    case 92: {
      const nodes: FieldNode[] = [];
      for (let i = at; i + 4 <= end; i += 4)
        nodes.push(
          ipv4Node({ name: 'address', label: 'Associated address', filters: option('associated_ip_option') }, view, i),
        );
      return size % 4 === 0 ? nodes : [];
    }
    case 94:
      return size === 3
        ? [
            uintNode(
              { name: 'major', label: 'Major version', filters: 'dhcp.client_network_id_major' },
              view,
              at + 1,
              1,
            ),
            uintNode(
              { name: 'minor', label: 'Minor version', filters: 'dhcp.client_network_id_minor' },
              view,
              at + 2,
              1,
            ),
          ]
        : [];
    case 124:
      return vendorClassNodes(view, at, end);
    case 125:
      return vendorOptionNodes(view, at, end);
    default:
      return [];
  }
}

/** RFC 3925 section 3. */
function vendorClassNodes(view: DataView, at: number, end: number): FieldNode[] {
  const nodes: FieldNode[] = [];
  for (let i = at; i + 5 <= end; ) {
    const next = i + 5 + view.getUint8(i + 4);
    if (next > end) break;
    nodes.push(
      uintNode(
        { name: 'enterprise', label: 'Enterprise number', filters: 'dhcp.option.vi_class.enterprise' },
        view,
        i,
        4,
      ),
      uintNode({ name: 'length', label: 'Length', filters: 'dhcp.option.vi_class.length' }, view, i + 4, 1),
      textNode(
        { name: 'class', label: 'Data', filters: 'dhcp.option.vi_class.data' },
        i + 5,
        next - i - 5,
        escapeText(bytesOf(view, i + 5, next)),
      ),
    );
    i = next;
  }
  return nodes;
}

/** Code, length, data, one behind the other. */
function suboptionNodes(view: DataView, at: number, end: number): FieldNode[] {
  const nodes: FieldNode[] = [];
  for (let i = at; i + 2 <= end; ) {
    const next = i + 2 + view.getUint8(i + 1);
    if (next > end) break;
    nodes.push(
      uintNode({ name: 'code', label: 'Code', filters: 'dhcp.vendor.suboption' }, view, i, 1),
      uintNode({ name: 'length', label: 'Length', filters: 'dhcp.option.suboption_length' }, view, i + 1, 1),
      octetsNode({ name: 'data', label: 'Data', filters: 'dhcp.vendor.data' }, view, i + 2, next),
    );
    i = next;
  }
  return nodes;
}

/** User class, RFC 3004 section 4: instances, each behind its length. */
function userClassNodes(view: DataView, at: number, end: number): FieldNode[] {
  const nodes: FieldNode[] = [];
  const filter = 'dhcp.option.user_class';
  for (let i = at; i < end; ) {
    const next = i + 1 + view.getUint8(i);
    if (next > end) break;
    const value = nodes.length;
    const children = [
      uintNode({ name: 'length', label: 'Length', filters: `${filter}.length` }, view, i, 1),
      octetsNode({ name: 'data', label: 'Data', filters: `${filter}.data` }, view, i + 1, next),
    ];
    nodes.push(
      node({ name: 'userClass', label: 'User class', filters: filter }, i, next - i, {
        value,
        text: String(value),
        children,
      }),
    );
    i = next;
  }
  return nodes;
}

/** RFC 3925 section 4. */
function vendorOptionNodes(view: DataView, at: number, end: number): FieldNode[] {
  const nodes: FieldNode[] = [];
  for (let i = at; i + 5 <= end; ) {
    const next = i + 5 + view.getUint8(i + 4);
    if (next > end) break;
    nodes.push(
      uintNode({ name: 'enterprise', label: 'Enterprise number', filters: 'dhcp.option.vi.enterprise' }, view, i, 4),
      uintNode({ name: 'length', label: 'Length', filters: 'dhcp.option.vi.length' }, view, i + 4, 1),
      ...suboptionNodes(view, i + 5, next),
    );
    i = next;
  }
  return nodes;
}
