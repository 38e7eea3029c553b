/**
 * DHCP options: RFC 2132, with relay agent information (RFC 3046), client identifiers (RFC 4361), FQDN (RFC 4702), classless routes
 * (RFC 3442), domain search (RFC 3397), client architecture and machine identifier (RFC 4578), captive portal (RFC 8910).
 *
 * @module
 */
import { formatIpv4, parseIpv4 } from '../../../address.js';
import { bytesOf, toBytes } from '../../../bytes.js';
import type { DecodeFault } from '../../../errors.js';
import type { FieldNode } from '../../core/layer.js';
import { ipv4Node, node, octetsNode, textNode, uintNode } from '../../core/node.js';
import { buildsSame } from '../../core/option.js';
import { escapeAscii, escapeText, textOrBytes } from '../../core/text.js';
import { clientIdNodes, fqdnNodes, relayAgentNodes, routeNodes, searchNodes, vendorNodes } from './dhcp-parts.js';

/** Message types, RFC 2132 section 9.6 and its successors. */
export const DhcpMessageType = {
  DISCOVER: 1,
  OFFER: 2,
  REQUEST: 3,
  DECLINE: 4,
  ACK: 5,
  NAK: 6,
  RELEASE: 7,
  INFORM: 8,
  FORCERENEW: 9,
} as const;

/** Names of message types, as shown. */
export const dhcpMessageNames: { readonly [type: number]: string } = {
  1: 'Discover',
  2: 'Offer',
  3: 'Request',
  4: 'Decline',
  5: 'ACK',
  6: 'NAK',
  7: 'Release',
  8: 'Inform',
  9: 'Force Renew',
};

/** Code, kind of value, label, Wireshark's name behind `dhcp.option.` for each option that has a form of its own. */
const table = {
  subnetMask: [1, 'address', 'Subnet mask', 'subnet_mask'],
  timeOffset: [2, 'i32', 'Time offset', 'time_offset'],
  routers: [3, 'addresses', 'Router', 'router'],
  timeServers: [4, 'addresses', 'Time server', 'time_server'],
  nameServers: [5, 'addresses', 'Name server', 'name_server'],
  domainNameServers: [6, 'addresses', 'Domain name server', 'domain_name_server'],
  logServers: [7, 'addresses', 'Log server', 'log_server'],
  quotesServers: [8, 'addresses', 'Quotes server', 'quotes_server'],
  lprServers: [9, 'addresses', 'LPR server', 'lpr_server'],
  impressServers: [10, 'addresses', 'Impress server', 'impress_server'],
  resourceLocationServers: [11, 'addresses', 'Resource location server', 'resource_location_server'],
  hostName: [12, 'text', 'Host name', 'hostname'],
  bootFileSize: [13, 'u16', 'Boot file size', 'boot_file_size'],
  meritDumpFile: [14, 'text', 'Merit dump file', 'merit_dump_file'],
  domainName: [15, 'text', 'Domain name', 'domain_name'],
  swapServer: [16, 'address', 'Swap server', 'swap_server'],
  rootPath: [17, 'text', 'Root path', 'root_path'],
  extensionsPath: [18, 'text', 'Extensions path', 'extension_path'],
  ipForwarding: [19, 'bool', 'IP forwarding', 'ip_forwarding'],
  nonLocalSourceRouting: [20, 'bool', 'Non-local source routing', 'non_local_source_routing'],
  maxReassemblySize: [22, 'u16', 'Maximum datagram reassembly size', 'max_datagram_reassembly_size'],
  defaultTtl: [23, 'u8', 'Default IP time to live', 'default_ip_ttl'],
  pathMtuAgingTimeout: [24, 'u32', 'Path MTU aging timeout', 'path_mtu_aging_timeout'],
  pathMtuPlateaus: [25, 'u16s', 'Path MTU plateau', 'path_mtu_plateau_table_item'],
  interfaceMtu: [26, 'u16', 'Interface MTU', 'interface_mtu'],
  allSubnetsLocal: [27, 'bool', 'All subnets are local', 'all_subnets_are_local'],
  broadcastAddress: [28, 'address', 'Broadcast address', 'broadcast_address'],
  performMaskDiscovery: [29, 'bool', 'Perform mask discovery', 'perform_mask_discovery'],
  maskSupplier: [30, 'bool', 'Mask supplier', 'mask_supplier'],
  performRouterDiscovery: [31, 'bool', 'Perform router discovery', 'perform_router_discover'],
  routerSolicitationAddress: [32, 'address', 'Router solicitation address', 'router_solicitation_address'],
  trailerEncapsulation: [34, 'bool', 'Trailer encapsulation', 'trailer_encapsulation'],
  arpCacheTimeout: [35, 'u32', 'ARP cache timeout', 'arp_cache_timeout'],
  ethernetEncapsulation: [36, 'bool', 'Ethernet encapsulation', 'ethernet_encapsulation'],
  tcpDefaultTtl: [37, 'u8', 'TCP default time to live', 'tcp_default_ttl'],
  tcpKeepaliveInterval: [38, 'u32', 'TCP keep-alive interval', 'tcp_keepalive_interval'],
  tcpKeepaliveGarbage: [39, 'bool', 'TCP keep-alive garbage', 'tcp_keepalive_garbage'],
  nisDomain: [40, 'text', 'NIS domain', 'nis_domain'],
  nisServers: [41, 'addresses', 'NIS server', 'nis_server'],
  ntpServers: [42, 'addresses', 'NTP server', 'ntp_server'],
  netbiosNameServers: [44, 'addresses', 'NetBIOS name server', 'netbios_over_tcpip_name_server'],
  netbiosDatagramServers: [
    45,
    'addresses',
    'NetBIOS datagram distribution server',
    'netbios_over_tcpip_dd_name_server',
  ],
  netbiosNodeType: [46, 'u8', 'NetBIOS node type', 'netbios_over_tcpip_node_type'],
  netbiosScope: [47, 'text', 'NetBIOS scope', 'netbios_over_tcpip_scope'],
  fontServers: [48, 'addresses', 'X font server', 'xwindows_system_font_server'],
  displayManagers: [49, 'addresses', 'X display manager', 'xwindows_system_display_manager'],
  requestedAddress: [50, 'address', 'Requested IP address', 'requested_ip_address'],
  leaseTime: [51, 'u32', 'Lease time in seconds', 'ip_address_lease_time'],
  overload: [52, 'u8', 'Option overload', 'option_overload'],
  messageType: [53, 'u8', 'Message type', 'dhcp'],
  serverId: [54, 'address', 'Server identifier', 'dhcp_server_id'],
  parameterRequestList: [55, 'u8s', 'Parameter request', 'request_list_item'],
  message: [56, 'text', 'Message', 'message'],
  maxMessageSize: [57, 'u16', 'Maximum message size', 'dhcp_max_message_size'],
  renewalTime: [58, 'u32', 'Renewal time (T1) in seconds', 'renewal_time_value'],
  rebindingTime: [59, 'u32', 'Rebinding time (T2) in seconds', 'rebinding_time_value'],
  vendorClassId: [60, 'text', 'Vendor class identifier', 'vendor_class_id'],
  nisPlusDomain: [64, 'text', 'NIS+ domain', 'nis_plus_domain'],
  nisPlusServers: [65, 'addresses', 'NIS+ server', 'nis_plus_server'],
  tftpServerName: [66, 'text', 'TFTP server name', 'tftp_server_name'],
  bootFileName: [67, 'text', 'Boot file name', 'bootfile_name'],
  mobileIpHomeAgents: [68, 'addresses', 'Mobile IP home agent', 'mobile_ip_home_agent'],
  smtpServers: [69, 'addresses', 'SMTP server', 'smtp_server'],
  pop3Servers: [70, 'addresses', 'POP3 server', 'pop3_server'],
  nntpServers: [71, 'addresses', 'NNTP server', 'nntp_server'],
  wwwServers: [72, 'addresses', 'WWW server', 'default_www_server'],
  fingerServers: [73, 'addresses', 'Finger server', 'default_finger_server'],
  ircServers: [74, 'addresses', 'IRC server', 'default_irc_server'],
  streettalkServers: [75, 'addresses', 'StreetTalk server', 'streettalk_server'],
  streettalkDirectoryServers: [76, 'addresses', 'StreetTalk directory server', 'streettalk_da_server'],
  clientArchitectures: [93, 'u16s', 'Client system architecture', 'client_system_architecture'],
  posixTimezone: [100, 'text', 'Time zone, POSIX', 'tz_pcode'],
  tzdbTimezone: [101, 'text', 'Time zone, TZ database', 'tz_tcode'],
  captivePortal: [114, 'text', 'Captive portal', 'captive_portal'],
  autoConfigure: [116, 'u8', 'Auto-configuration', 'dhcp_auto_configuration'],
  subnetSelection: [118, 'address', 'Subnet selection', 'subnet_selection_option'],
  tftpServerAddresses: [150, 'addresses', 'TFTP server address', 'tftp_server_address'],
  forceRenewNonce: [145, 'u8', 'Force renew nonce algorithm', 'forcerenew_nonce.algorithm'],
  mudUrl: [161, 'text', 'Manufacturer usage description URL', 'mudurl'],
  pxePathPrefix: [210, 'text', 'PXE path prefix', 'pxe_path_prefix'],
  proxyAutodiscovery: [252, 'text', 'Proxy auto-discovery', 'private_proxy_autodiscovery'],
} as const satisfies Record<string, readonly [number, Kind, string, string]>;

type Kind = 'address' | 'addresses' | 'u8' | 'u8s' | 'u16' | 'u16s' | 'u32' | 'i32' | 'bool' | 'text';

interface Values {
  address: string;
  addresses: readonly string[];
  u8: number;
  u8s: readonly number[];
  u16: number;
  u16s: readonly number[];
  u32: number;
  i32: number;
  bool: boolean;
  text: string | Uint8Array;
}

type OptionTable = typeof table;

/** Options that have a form of their own, each by its name: `{ hostName: 'lab' }`. */
export type DhcpNamedOption = {
  [K in keyof OptionTable]: { readonly [P in K]: Values[OptionTable[K][1]] };
}[keyof OptionTable];

/**
 * One option, to build from and as read. One that has no form of its own, or a length its code does not have, is `{ code, data }`; `pad`
 * is a single zero.
 */
export type DhcpOption = 'pad' | DhcpNamedOption | { readonly code: number; readonly data: Uint8Array };

interface Known {
  readonly name: keyof OptionTable;
  readonly kind: Kind;
  readonly label: string;
  readonly filter: string;
}

const known = new Map<number, Known>(
  Object.entries(table).map(([name, [code, kind, label, filter]]) => [
    code,
    { name: name as keyof OptionTable, kind, label, filter: `dhcp.option.${filter}` },
  ]),
);

/** Names of options that are shown by parts but kept as bytes. */
const names: { readonly [code: number]: string } = {
  21: 'Policy filter',
  33: 'Static route',
  43: 'Vendor-specific information',
  61: 'Client identifier',
  77: 'User class',
  78: 'SLP directory agent',
  79: 'SLP service scope',
  80: 'Rapid commit',
  81: 'Client fully qualified domain name',
  82: 'Relay agent information',
  90: 'Authentication',
  91: 'Client last transaction time',
  92: 'Associated IP',
  94: 'Client network interface',
  97: 'Client machine identifier',
  108: 'IPv6-only preferred',
  117: 'Name service search',
  119: 'Domain search',
  120: 'SIP servers',
  121: 'Classless static routes',
  124: 'Vendor-identifying vendor class',
  125: 'Vendor-identifying vendor-specific information',
  249: 'Classless static routes, Microsoft',
};

/** The name of an option's code, as shown. */
export function dhcpOptionName(code: number): string {
  return known.get(code)?.label ?? names[code] ?? `Option ${code}`;
}

/** A list of options: up to the end option, the end of the space, or the first option that does not fit. */
export interface DhcpOptionList {
  readonly options: DhcpOption[];
  /** Whether the end option was met. */
  readonly hasEnd: boolean;
  /** Offset behind the end option, or of what is no option. */
  readonly rest: number;
  /** Why reading ended early. */
  readonly fault?: Pick<DecodeFault, 'at' | 'reason'>;
}

/** Reads options from `at` to `end`. */
export function readDhcpOptions(view: DataView, at: number, end: number): DhcpOptionList {
  const options: DhcpOption[] = [];
  for (let i = at; i < end; ) {
    const code = view.getUint8(i);
    if (code === 255) return { options, hasEnd: true, rest: i + 1 };
    if (code === 0) {
      options.push('pad');
      i++;
      continue;
    }
    const fault = misfit(view, i, end);
    if (fault) return { options, hasEnd: false, rest: i, fault };
    const next = i + 2 + view.getUint8(i + 1);
    options.push(decode(code, view, i + 2, next));
    i = next;
  }
  return { options, hasEnd: false, rest: end };
}

function misfit(view: DataView, at: number, end: number): { at: number; reason: string } | undefined {
  if (at + 1 >= end) return { at, reason: `option ${view.getUint8(at)} needs a length, 0 bytes available` };
  const length = view.getUint8(at + 1);
  if (at + 2 + length <= end) return undefined;
  return { at: at + 1, reason: `option ${view.getUint8(at)} has length ${length}, ${end - at - 2} bytes available` };
}

/** Bytes of options in the order given, with the end option where `hasEnd`. */
export function encodeDhcpOptions(options: readonly DhcpOption[], hasEnd: boolean): Uint8Array {
  const bytes: number[] = [];
  for (const option of options) {
    if (option === 'pad') {
      bytes.push(0);
      continue;
    }
    const [code, data] = encode(option);
    if (data.length > 255) {
      throw new RangeError(
        `Cannot write DHCP option ${code}: ${data.length} bytes given, at most 255 fit; give it in several (RFC 3396)`,
      );
    }
    bytes.push(code, data.length, ...data);
  }
  if (hasEnd) bytes.push(255);
  return Uint8Array.from(bytes);
}

/** A node for each option from `at` to `end`; `overloaded` gives those that stand in the fields of names, behind option 52. */
export function dhcpOptionNodes(
  view: DataView,
  at: number,
  end: number,
  overloaded?: (which: number) => FieldNode[],
): FieldNode[] {
  const nodes: FieldNode[] = [];
  const isOverloaded = overloaded === undefined;
  for (let i = at; i < end; ) {
    const code = view.getUint8(i);
    if (code === 255) {
      nodes.push(endNode(i));
      // In a field of names Wireshark passes over what is behind the end.
      if (i + 1 < end)
        nodes.push(
          octetsNode(
            { name: 'padding', label: 'Padding', filters: isOverloaded ? [] : 'dhcp.option.padding' },
            view,
            i + 1,
            end,
          ),
        );
      break;
    }
    if (code === 0) {
      let stop = i;
      while (stop < end && view.getUint8(stop) === 0) stop++;
      nodes.push(paddingNode(view, i, stop));
      i = stop;
      continue;
    }
    if (misfit(view, i, end)) {
      const children = [uintNode({ name: 'code', label: 'Code', filters: 'dhcp.option.type' }, view, i, 1)];
      if (i + 1 < end)
        children.push(uintNode({ name: 'length', label: 'Length', filters: 'dhcp.option.length' }, view, i + 1, 1));
      nodes.push({
        ...octetsNode({ name: 'malformedOption', label: 'Malformed option', filters: [] }, view, i, end),
        children,
      });
      break;
    }
    const next = i + 2 + view.getUint8(i + 1);
    nodes.push(optionNode(view, code, { at: i, end: next }, overloaded));
    i = next;
  }
  return nodes;
}

/** Wireshark writes the end option's type as 0. */
function endNode(at: number): FieldNode {
  const end = node({ name: 'end', label: 'End', filters: 'dhcp.option.end' }, at, 1, { value: 255, text: '255' });
  return node({ name: 'option', label: 'End', filters: 'dhcp.option.type' }, at, 1, {
    value: 255,
    text: '255',
    wireshark: '0',
    children: [end],
  });
}

function paddingNode(view: DataView, at: number, end: number): FieldNode {
  const padding = octetsNode({ name: 'padding', label: 'Padding', filters: 'dhcp.option.padding' }, view, at, end);
  return node({ name: 'option', label: 'Padding', filters: 'dhcp.option.type' }, at, end - at, {
    value: 0,
    text: '0',
    children: [padding],
  });
}

function optionNode(
  view: DataView,
  code: number,
  { at, end }: { readonly at: number; readonly end: number },
  overloaded: ((which: number) => FieldNode[]) | undefined,
): FieldNode {
  const parts = valueNodes(view, code, at + 2, end);
  if (code === 52 && end === at + 3 && overloaded) parts.push(...overloaded(view.getUint8(at + 2)));
  const shown = parts
    .filter(({ name }) => name !== 'option')
    .map(({ text, meaning }) => meaning ?? text)
    .join(', ');
  return node({ name: 'option', label: dhcpOptionName(code), filters: 'dhcp.option.type' }, at, end - at, {
    value: code,
    text: String(code),
    ...(shown === '' ? {} : { meaning: shown.slice(0, 200) }),
    children: [
      uintNode({ name: 'length', label: 'Length', filters: 'dhcp.option.length' }, view, at + 1, 1),
      octetsNode({ name: 'data', label: 'Value', filters: 'dhcp.option.value' }, view, at + 2, end),
      ...parts,
    ],
  });
}

function valueNodes(view: DataView, code: number, at: number, end: number): FieldNode[] {
  const option = known.get(code);
  if (option === undefined) return partNodes(view, code, at, end);
  const { name, kind, label, filter } = option;
  const size = end - at;
  if (!fits(kind, size)) return [];
  const step = steps[kind];
  switch (kind) {
    case 'address':
    case 'addresses':
      return everyOther(at, end, 4, (i) => ipv4Node({ name, label, filters: filter }, view, i));
    case 'text': {
      const bytes = bytesOf(view, at, end);
      const stop = bytes.indexOf(0);
      const shown = stop < 0 ? bytes : bytes.subarray(0, stop);
      return [
        { ...textNode({ name, label, filters: filter }, at, size, escapeText(shown)), wireshark: escapeAscii(shown) },
      ];
    }
    case 'i32': {
      const value = view.getInt32(at);
      return [node({ name, label, filters: filter }, at, 4, { value, text: String(value) })];
    }
    case 'bool': {
      const value = view.getUint8(at) !== 0;
      return [node({ name, label, filters: filter }, at, 1, { value, text: value ? '1' : '0' })];
    }
    default: {
      const meanings = code === 53 ? dhcpMessageNames : code === 52 ? overloadNames : undefined;
      return everyOther(at, end, step, (i) => {
        const made = uintNode({ name, label, filters: filter, names: meanings }, view, i, step as 1 | 2 | 4);
        return code === 55 ? { ...made, meaning: dhcpOptionName(made.value as number) } : made;
      });
    }
  }
}

const overloadNames = { 1: 'boot file name holds options', 2: 'server name holds options', 3: 'both hold options' };

function partNodes(view: DataView, code: number, at: number, end: number): FieldNode[] {
  switch (code) {
    case 21:
      return pairNodes(
        { label: 'Policy filter', filters: ['dhcp.option.policy_filter.ip', 'dhcp.option.policy_filter.subnet_mask'] },
        view,
        at,
        end,
      );
    case 33:
      return pairNodes(
        { label: 'Static route', filters: ['dhcp.option.static_route.ip', 'dhcp.option.static_route.router'] },
        view,
        at,
        end,
      );
    case 61:
    case 97:
      return clientIdNodes(view, code, at, end);
    case 81:
      return fqdnNodes(view, at, end);
    case 82:
      return relayAgentNodes(view, at, end);
    case 119:
      return searchNodes(view, at, end);
    case 121:
    case 249:
      return routeNodes(view, at, end);
    default:
      return vendorNodes(view, code, at, end);
  }
}

/** Pairs of addresses. */
function pairNodes(
  { label, filters }: { readonly label: string; readonly filters: readonly [string, string] },
  view: DataView,
  at: number,
  end: number,
): FieldNode[] {
  if ((end - at) % 8 !== 0) return [];
  return everyOther(at, end, 4, (i) =>
    ipv4Node({ name: 'address', label, filters: filters[((i - at) / 4) % 2]! }, view, i),
  );
}

function everyOther(at: number, end: number, step: number, make: (at: number) => FieldNode): FieldNode[] {
  const nodes: FieldNode[] = [];
  for (let i = at; i + step <= end; i += step) nodes.push(make(i));
  return nodes;
}

const steps: { readonly [K in Kind]: number } = {
  address: 4,
  addresses: 4,
  u8: 1,
  u8s: 1,
  u16: 2,
  u16s: 2,
  u32: 4,
  i32: 4,
  bool: 1,
  text: 1,
};

function fits(kind: Kind, size: number): boolean {
  if (kind === 'text') return size > 0;
  const step = steps[kind];
  return kind === 'addresses' || (kind.endsWith('s') && kind !== 'address')
    ? size > 0 && size % step === 0
    : size === step;
}

function decode(code: number, view: DataView, at: number, end: number): DhcpOption {
  const data = bytesOf(view, at, end);
  const option = known.get(code);
  if (option !== undefined && fits(option.kind, end - at)) {
    const named = { [option.name]: decodeValue(option.kind, view, at, end) } as unknown as DhcpNamedOption;
    if (buildsSame(() => encode(named)[1], data)) return named;
  }
  return { code, data };
}

function decodeValue(kind: Kind, view: DataView, at: number, end: number): unknown {
  const all = <T>(step: number, read: (at: number) => T): T[] =>
    Array.from({ length: (end - at) / step }, (_, i) => read(at + i * step));
  switch (kind) {
    case 'address':
      return formatIpv4(view.getUint32(at));
    case 'addresses':
      return all(4, (i) => formatIpv4(view.getUint32(i)));
    case 'u8':
      return view.getUint8(at);
    case 'u8s':
      return all(1, (i) => view.getUint8(i));
    case 'u16':
      return view.getUint16(at);
    case 'u16s':
      return all(2, (i) => view.getUint16(i));
    case 'u32':
      return view.getUint32(at);
    case 'i32':
      return view.getInt32(at);
    case 'bool':
      return view.getUint8(at) !== 0;
    case 'text':
      return textOrBytes(bytesOf(view, at, end));
  }
}

function encode(option: Exclude<DhcpOption, 'pad'>): [code: number, data: Uint8Array] {
  if ('code' in option) return [option.code, option.data];
  const [name, value] = Object.entries(option)[0] ?? ['nothing', undefined];
  if (!Object.hasOwn(table, name)) {
    throw new RangeError(
      `Cannot write DHCP option ${name}: one of ${Object.keys(table).join(', ')}, or code and data needed`,
    );
  }
  const [code, kind] = table[name as keyof OptionTable];
  return [code, encodeValue(name, kind, value)];
}

function encodeValue(name: string, kind: Kind, value: unknown): Uint8Array {
  if (kind === 'text') return toBytes(value as string | Uint8Array);
  const list = (Array.isArray(value) ? value : [value]) as unknown[];
  const step = steps[kind];
  const bytes = new Uint8Array(step * list.length);
  const view = new DataView(bytes.buffer);
  for (const [i, item] of list.entries()) {
    const number = kind === 'address' || kind === 'addresses' ? parseIpv4(item as string) : Number(item);
    const [low, high] = kind === 'i32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** (8 * step) - 1];
    if (!(Number.isInteger(number) && number >= low && number <= high)) {
      throw new RangeError(
        `Cannot write DHCP option ${name}: ${String(item)} given, an integer from ${low} to ${high} needed`,
      );
    }
    if (step === 1) view.setUint8(i, number);
    else if (step === 2) view.setUint16(2 * i, number);
    else view.setUint32(4 * i, number);
  }
  return bytes;
}
