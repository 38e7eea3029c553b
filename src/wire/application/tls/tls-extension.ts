/**
 * TLS extensions: RFC 6066 (server name), RFC 7301 (ALPN), RFC 8446 (supported versions, groups, key shares, signature algorithms, PSK
 * modes), RFC 8422 (point formats), RFC 5746 (renegotiation), RFC 7685 (padding), RFC 8449 (record size limit), RFC 8879 (compressed
 * certificates).
 *
 * @module
 */
import { bytesOf, toBytes } from '../../../bytes.js';
import type { FieldNode, Named } from '../../core/layer.js';
import { hexNode, node, octetsNode, textNode, uintNode } from '../../core/node.js';
import { buildsSame } from '../../core/option.js';
import { decodeText } from '../../core/text.js';
import { isGrease } from './tls-cipher.js';

/** Extension types, IANA. */
export const TlsExtensionType = {
  SERVER_NAME: 0,
  MAX_FRAGMENT_LENGTH: 1,
  STATUS_REQUEST: 5,
  SUPPORTED_GROUPS: 10,
  EC_POINT_FORMATS: 11,
  SIGNATURE_ALGORITHMS: 13,
  ALPN: 16,
  PADDING: 21,
  COMPRESS_CERTIFICATE: 27,
  RECORD_SIZE_LIMIT: 28,
  DELEGATED_CREDENTIALS: 34,
  SESSION_TICKET: 35,
  SUPPORTED_VERSIONS: 43,
  COOKIE: 44,
  PSK_KEY_EXCHANGE_MODES: 45,
  SIGNATURE_ALGORITHMS_CERT: 50,
  KEY_SHARE: 51,
  APPLICATION_SETTINGS: 17513,
  RENEGOTIATION_INFO: 65281,
} as const;

const names: { readonly [type: number]: string } = {
  0: 'server_name',
  1: 'max_fragment_length',
  5: 'status_request',
  10: 'supported_groups',
  11: 'ec_point_formats',
  13: 'signature_algorithms',
  14: 'use_srtp',
  15: 'heartbeat',
  16: 'application_layer_protocol_negotiation',
  17: 'status_request_v2',
  18: 'signed_certificate_timestamp',
  21: 'padding',
  22: 'encrypt_then_mac',
  23: 'extended_master_secret',
  27: 'compress_certificate',
  28: 'record_size_limit',
  34: 'delegated_credentials',
  35: 'session_ticket',
  41: 'pre_shared_key',
  42: 'early_data',
  43: 'supported_versions',
  44: 'cookie',
  45: 'psk_key_exchange_modes',
  47: 'certificate_authorities',
  49: 'post_handshake_auth',
  50: 'signature_algorithms_cert',
  51: 'key_share',
  57: 'quic_transport_parameters',
  13172: 'next_protocol_negotiation',
  17513: 'application_settings',
  65037: 'encrypted_client_hello',
  65281: 'renegotiation_info',
};

/** Names of protocol versions. */
export const tlsVersionNames: { readonly [version: number]: string } = {
  768: 'SSL 3.0',
  769: 'TLS 1.0',
  770: 'TLS 1.1',
  771: 'TLS 1.2',
  772: 'TLS 1.3',
};

/** Names of key exchange groups, IANA. */
export const tlsGroupNames: { readonly [group: number]: string } = {
  19: 'secp192r1',
  21: 'secp224r1',
  22: 'secp256k1',
  23: 'secp256r1',
  24: 'secp384r1',
  25: 'secp521r1',
  26: 'brainpoolP256r1',
  27: 'brainpoolP384r1',
  28: 'brainpoolP512r1',
  29: 'x25519',
  30: 'x448',
  256: 'ffdhe2048',
  257: 'ffdhe3072',
  258: 'ffdhe4096',
  259: 'ffdhe6144',
  260: 'ffdhe8192',
  4587: 'SecP256r1MLKEM768',
  4588: 'X25519MLKEM768',
  4589: 'SecP384r1MLKEM1024',
  25497: 'X25519Kyber768Draft00',
};

const signatureNames: { readonly [scheme: number]: string } = {
  513: 'rsa_pkcs1_sha1',
  514: 'dsa_sha1',
  515: 'ecdsa_sha1',
  1025: 'rsa_pkcs1_sha256',
  1027: 'ecdsa_secp256r1_sha256',
  1281: 'rsa_pkcs1_sha384',
  1283: 'ecdsa_secp384r1_sha384',
  1537: 'rsa_pkcs1_sha512',
  1539: 'ecdsa_secp521r1_sha512',
  2052: 'rsa_pss_rsae_sha256',
  2053: 'rsa_pss_rsae_sha384',
  2054: 'rsa_pss_rsae_sha512',
  2055: 'ed25519',
  2056: 'ed448',
  2057: 'rsa_pss_pss_sha256',
  2058: 'rsa_pss_pss_sha384',
  2059: 'rsa_pss_pss_sha512',
};

/** A group and the public key for it. */
export interface TlsKeyShare {
  readonly group: number;
  readonly key: Uint8Array;
}

/**
 * One extension, to build from and as read. One that has no form of its own, or whose lengths are not what they should be, is `{ type, data }`.
 */
export type TlsExtension =
  | { readonly serverName: string }
  | { readonly alpn: readonly string[] }
  /** In a ClientHello. */
  | { readonly supportedVersions: readonly number[] }
  /** In a ServerHello. */
  | { readonly selectedVersion: number }
  | { readonly supportedGroups: readonly number[] }
  | { readonly signatureAlgorithms: readonly number[] }
  | { readonly ecPointFormats: readonly number[] }
  /** In a ClientHello. */
  | { readonly keyShares: readonly TlsKeyShare[] }
  /** In a ServerHello. */
  | { readonly keyShare: TlsKeyShare }
  | { readonly type: number; readonly data: Uint8Array };

/** Where one extension lies. */
interface Span {
  readonly type: number;
  readonly at: number;
  readonly dataAt: number;
  readonly end: number;
}

/** The extensions from `at` to `end`, up to the first that does not fit, and where what they left begins. */
function spansOf(view: DataView, at: number, end: number): { spans: Span[]; rest: number } {
  const spans: Span[] = [];
  let i = at;
  while (i + 4 <= end) {
    const next = i + 4 + view.getUint16(i + 2);
    if (next > end) break;
    spans.push({ type: view.getUint16(i), at: i, dataAt: i + 4, end: next });
    i = next;
  }
  return { spans, rest: i };
}

/** Reads the extensions from `at` to `end`; nothing when they do not fill it. */
export function readExtensions(view: DataView, at: number, end: number, isClient: boolean): TlsExtension[] | undefined {
  const { spans, rest } = spansOf(view, at, end);
  return rest === end ? spans.map((span) => decode(view, span, isClient)) : undefined;
}

/** Appends extensions in the order given. */
export function writeExtensions(extensions: readonly TlsExtension[], to: number[]): void {
  for (const extension of extensions) {
    const [type, data] = encode(extension);
    to.push(type >> 8, type & 0xff, data.length >> 8, data.length & 0xff);
    for (const byte of data) to.push(byte);
  }
}

/** A node for each extension, with its parts as children. */
export function extensionNodes(view: DataView, at: number, end: number, isClient: boolean): FieldNode[] {
  return spansOf(view, at, end).spans.map((span) => {
    const { type, dataAt } = span;
    const name = isGrease(type) ? 'GREASE' : (names[type] ?? `extension ${type}`);
    const parts = partNodes(view, span, isClient);
    const shown = parts.flatMap(leaves).filter(({ name: part }) => !part.endsWith('Length') && part !== 'nameType');
    const meaning = shown.map((part) => part.meaning ?? part.text).join(', ');
    return node({ name: 'extension', label: name, filters: [] }, span.at, span.end - span.at, {
      value: type,
      text: String(type),
      ...(meaning === '' ? {} : { meaning: meaning.slice(0, 160) }),
      children: [
        uintNode({ name: 'type', label: 'Type', filters: 'tls.handshake.extension.type', names }, view, span.at, 2),
        uintNode({ name: 'length', label: 'Length', filters: 'tls.handshake.extension.len' }, view, span.at + 2, 2),
        ...(parts.length === 0 && (span.end > dataAt || !(type in names)) && !isSilent(type)
          ? [
              octetsNode(
                { name: 'data', label: 'Data', filters: 'tls.handshake.extension.data' },
                view,
                dataAt,
                span.end,
              ),
            ]
          : parts),
      ],
    });
  });
}

/** What has parts in Wireshark that are not read here. */
function isSilent(type: number): boolean {
  return type === 18 || type === 41 || type === 57;
}

function leaves(node: FieldNode): FieldNode[] {
  return node.children ? node.children.flatMap(leaves) : [node];
}

function partNodes(view: DataView, { type, dataAt: at, end }: Span, isClient: boolean): FieldNode[] {
  const size = end - at;
  const base = 'tls.handshake';
  // Wireshark has a ticket's data even where it is empty.
  if (type === TlsExtensionType.SESSION_TICKET) {
    return [octetsNode({ name: 'data', label: 'Ticket', filters: `${base}.extension.data` }, view, at, end)];
  }
  if (size === 0) return [];
  switch (type) {
    case TlsExtensionType.MAX_FRAGMENT_LENGTH:
      return size === 1
        ? [uintNode({ name: 'code', label: 'Code', filters: `${base}.max_fragment_length` }, view, at, 1)]
        : [];
    case TlsExtensionType.COOKIE: {
      if (size < 2) return [];
      return [
        uintNode({ name: 'cookieLength', label: 'Length', filters: `${base}.extensions.cookie_len` }, view, at, 2),
        octetsNode({ name: 'cookie', label: 'Cookie', filters: `${base}.extensions.cookie` }, view, at + 2, end),
      ];
    }
    case TlsExtensionType.SERVER_NAME:
      return serverNameNodes(view, at, end);
    case TlsExtensionType.APPLICATION_SETTINGS:
    case TlsExtensionType.ALPN: {
      if (size < 2) return [];
      const [listLength, list, length, text] = type === TlsExtensionType.ALPN ? alpnFilters : settingsFilters;
      const strings: FieldNode[] = [];
      for (let i = at + 2; i < end; ) {
        const next = i + 1 + view.getUint8(i);
        if (next > end) break;
        const protocol = decodeText(bytesOf(view, i + 1, next));
        strings.push(
          uintNode({ name: 'stringLength', label: 'Length', filters: length }, view, i, 1),
          textNode({ name: 'protocol', label: 'Protocol', filters: text }, i + 1, next - i - 1, protocol),
        );
        i = next;
      }
      return [
        uintNode({ name: 'listLength', label: 'List length', filters: listLength }, view, at, 2),
        group({ name: 'protocols', label: 'Protocols', filters: list }, at + 2, end, strings),
      ];
    }
    case TlsExtensionType.SUPPORTED_VERSIONS: {
      const filter = `${base}.extensions.supported_version`;
      const version = (i: number) =>
        hexNode({ name: 'version', label: 'Version', filters: filter, names: versionNames }, view, i, 2);
      if (!isClient) return size === 2 ? [version(at)] : [];
      return [
        uintNode(
          { name: 'listLength', label: 'List length', filters: `${base}.extensions.supported_versions_len` },
          view,
          at,
          1,
        ),
        ...each(at + 1, end, 2, version),
      ];
    }
    case TlsExtensionType.SUPPORTED_GROUPS:
      if (size < 2) return [];
      return [
        uintNode(
          { name: 'listLength', label: 'List length', filters: `${base}.extensions_supported_groups_length` },
          view,
          at,
          2,
        ),
        group(
          { name: 'groups', label: 'Groups', filters: `${base}.extensions_supported_groups` },
          at + 2,
          end,
          each(at + 2, end, 2, (i) =>
            hexNode(
              { name: 'group', label: 'Group', filters: `${base}.extensions_supported_group`, names: groupNames },
              view,
              i,
              2,
            ),
          ),
        ),
      ];
    case TlsExtensionType.SIGNATURE_ALGORITHMS:
    case TlsExtensionType.DELEGATED_CREDENTIALS:
    case TlsExtensionType.SIGNATURE_ALGORITHMS_CERT:
      if (size < 2) return [];
      return [
        uintNode({ name: 'listLength', label: 'List length', filters: `${base}.sig_hash_alg_len` }, view, at, 2),
        group(
          { name: 'algorithms', label: 'Algorithms', filters: `${base}.sig_hash_algs` },
          at + 2,
          end,
          each(at + 2, end, 2, (i) => signatureNode(view, i)),
        ),
      ];
    case TlsExtensionType.EC_POINT_FORMATS:
      return [
        uintNode(
          { name: 'listLength', label: 'List length', filters: `${base}.extensions_ec_point_formats_length` },
          view,
          at,
          1,
        ),
        group(
          { name: 'formats', label: 'Formats', filters: `${base}.extensions_ec_point_formats` },
          at + 1,
          end,
          each(at + 1, end, 1, (i) =>
            uintNode({ name: 'format', label: 'Format', filters: `${base}.extensions_ec_point_format` }, view, i, 1),
          ),
        ),
      ];
    case TlsExtensionType.KEY_SHARE:
      return keyShareNodes(view, at, end, isClient);
    case TlsExtensionType.PSK_KEY_EXCHANGE_MODES:
      return [
        uintNode(
          { name: 'listLength', label: 'List length', filters: 'tls.extension.psk_ke_modes_length' },
          view,
          at,
          1,
        ),
        ...each(at + 1, end, 1, (i) =>
          uintNode({ name: 'mode', label: 'Mode', filters: 'tls.extension.psk_ke_mode' }, view, i, 1),
        ),
      ];
    case TlsExtensionType.STATUS_REQUEST:
      if (!isClient || size < 5) return [];
      return [
        uintNode({ name: 'statusType', label: 'Type', filters: `${base}.extensions_status_request_type` }, view, at, 1),
        uintNode(
          {
            name: 'idsLength',
            label: 'Responder ID list length',
            filters: `${base}.extensions_status_request_responder_ids_len`,
          },
          view,
          at + 1,
          2,
        ),
        uintNode(
          {
            name: 'extensionsLength',
            label: 'Extensions length',
            filters: `${base}.extensions_status_request_exts_len`,
          },
          view,
          at + 3,
          2,
        ),
      ];
    case TlsExtensionType.RENEGOTIATION_INFO: {
      const length = uintNode(
        { name: 'infoLength', label: 'Length', filters: `${base}.extensions_reneg_info_len` },
        view,
        at,
        1,
      );
      if (size === 1) return [length];
      return [
        length,
        octetsNode(
          { name: 'info', label: 'Renegotiation info', filters: `${base}.extensions_reneg_info` },
          view,
          at + 1,
          end,
        ),
      ];
    }
    case TlsExtensionType.PADDING:
      return [
        octetsNode({ name: 'padding', label: 'Padding', filters: `${base}.extensions_padding_data` }, view, at, end),
      ];
    case TlsExtensionType.COMPRESS_CERTIFICATE: {
      const filter = 'tls.compress_certificate.algorithm';
      return [
        uintNode(
          { name: 'listLength', label: 'List length', filters: 'tls.compress_certificate.algorithms_length' },
          view,
          at,
          1,
        ),
        ...each(at + 1, end, 2, (i) =>
          uintNode({ name: 'algorithm', label: 'Algorithm', filters: filter }, view, i, 2),
        ),
      ];
    }
    case TlsExtensionType.RECORD_SIZE_LIMIT:
      return size === 2
        ? [uintNode({ name: 'limit', label: 'Limit', filters: 'tls.record_size_limit' }, view, at, 2)]
        : [];
    case 15:
      return size === 1
        ? [uintNode({ name: 'mode', label: 'Mode', filters: 'tls.handshake.extension.heartbeat.mode' }, view, at, 1)]
        : [];
    default:
      return [];
  }
}

/** Wireshark's names for a list of protocols: its length, the list, a name's length, a name. */
const alpnFilters = [
  'tls.handshake.extensions_alpn_len',
  'tls.handshake.extensions_alpn_list',
  'tls.handshake.extensions_alpn_str_len',
  'tls.handshake.extensions_alpn_str',
] as const;

const settingsFilters = [
  'tls.handshake.extensions_alps_len',
  'tls.handshake.extensions_alps_alpn_list',
  'tls.handshake.extensions_alps_alpn_str_len',
  'tls.handshake.extensions_alps_alpn_str',
] as const;

const versionNames = named(tlsVersionNames);
const groupNames = named(tlsGroupNames);

/** The same names, and GREASE for what is. */
function named(table: { readonly [value: number]: string }): { readonly [value: number]: string } {
  const all: { [value: number]: string } = { ...table };
  for (let i = 0; i < 16; i++) all[(i * 0x1010 + 0x0a0a) & 0xffff] = 'GREASE';
  return all;
}

/** A list that Wireshark has as a node without value. */
function group(named: Named, at: number, end: number, children: FieldNode[]): FieldNode {
  const text = children.map(({ text, meaning }) => meaning ?? text).join(', ');
  return node(named, at, Math.max(0, end - at), {
    value: children.length,
    text,
    wireshark: '1',
    children,
  });
}

function each(at: number, end: number, step: number, make: (at: number) => FieldNode): FieldNode[] {
  const nodes: FieldNode[] = [];
  for (let i = at; i + step <= end; i += step) nodes.push(make(i));
  return nodes;
}

function signatureNode(view: DataView, at: number): FieldNode {
  return {
    ...hexNode(
      { name: 'algorithm', label: 'Algorithm', filters: 'tls.handshake.sig_hash_alg', names: signatureNames },
      view,
      at,
      2,
    ),
    children: [
      uintNode({ name: 'hash', label: 'Hash', filters: 'tls.handshake.sig_hash_hash' }, view, at, 1),
      uintNode({ name: 'signature', label: 'Signature', filters: 'tls.handshake.sig_hash_sig' }, view, at + 1, 1),
    ],
  };
}

function serverNameNodes(view: DataView, at: number, end: number): FieldNode[] {
  if (end - at < 2) return [];
  const base = 'tls.handshake.extensions_server_name';
  const nodes = [uintNode({ name: 'listLength', label: 'List length', filters: `${base}_list_len` }, view, at, 2)];
  for (let i = at + 2; i + 3 <= end; ) {
    const next = i + 3 + view.getUint16(i + 1);
    if (next > end) break;
    nodes.push(
      uintNode({ name: 'nameType', label: 'Name type', filters: `${base}_type` }, view, i, 1),
      uintNode({ name: 'nameLength', label: 'Name length', filters: `${base}_len` }, view, i + 1, 2),
      textNode(
        { name: 'serverName', label: 'Name', filters: base },
        i + 3,
        next - i - 3,
        decodeText(bytesOf(view, i + 3, next)),
      ),
    );
    i = next;
  }
  return nodes;
}

function keyShareNodes(view: DataView, at: number, end: number, isClient: boolean): FieldNode[] {
  const base = 'tls.handshake.extensions_key_share';
  if (!isClient && end - at === 2) {
    return [
      uintNode(
        { name: 'selectedGroup', label: 'Selected group', filters: `${base}_selected_group`, names: groupNames },
        view,
        at,
        2,
      ),
    ];
  }
  const nodes: FieldNode[] = [];
  if (isClient) {
    if (end - at < 2) return [];
    nodes.push(uintNode({ name: 'listLength', label: 'List length', filters: `${base}_client_length` }, view, at, 2));
  }
  for (let i = isClient ? at + 2 : at; i + 4 <= end; ) {
    const next = i + 4 + view.getUint16(i + 2);
    if (next > end) break;
    nodes.push(
      uintNode({ name: 'group', label: 'Group', filters: `${base}_group`, names: groupNames }, view, i, 2),
      uintNode(
        { name: 'keyLength', label: 'Key exchange length', filters: `${base}_key_exchange_length` },
        view,
        i + 2,
        2,
      ),
      octetsNode({ name: 'key', label: 'Key exchange', filters: `${base}_key_exchange` }, view, i + 4, next),
    );
    i = next;
  }
  return nodes;
}

function decode(view: DataView, span: Span, isClient: boolean): TlsExtension {
  const data = bytesOf(view, span.dataAt, span.end);
  const extension = decodeKnown(view, span, isClient);
  if (extension !== undefined && buildsSame(() => encode(extension)[1], data)) return extension;
  return { type: span.type, data };
}

/** What the extension seems to say; whether its lengths agree is for the caller to see. */
function decodeKnown(view: DataView, { type, dataAt: at, end }: Span, isClient: boolean): TlsExtension | undefined {
  const size = end - at;
  const numbers = (from: number, step: 1 | 2): number[] => {
    const list: number[] = [];
    for (let i = from; i + step <= end; i += step) list.push(step === 1 ? view.getUint8(i) : view.getUint16(i));
    return list;
  };
  switch (type) {
    case TlsExtensionType.SERVER_NAME:
      return size > 5 ? { serverName: decodeText(bytesOf(view, at + 5, end)) } : undefined;
    case TlsExtensionType.ALPN: {
      const alpn: string[] = [];
      for (let i = at + 2; i < end; i += 1 + view.getUint8(i)) {
        if (i + 1 + view.getUint8(i) > end) return undefined;
        alpn.push(decodeText(bytesOf(view, i + 1, i + 1 + view.getUint8(i))));
      }
      return { alpn };
    }
    case TlsExtensionType.SUPPORTED_VERSIONS:
      if (isClient) return { supportedVersions: numbers(at + 1, 2) };
      return size === 2 ? { selectedVersion: view.getUint16(at) } : undefined;
    case TlsExtensionType.SUPPORTED_GROUPS:
      return { supportedGroups: numbers(at + 2, 2) };
    case TlsExtensionType.SIGNATURE_ALGORITHMS:
      return { signatureAlgorithms: numbers(at + 2, 2) };
    case TlsExtensionType.EC_POINT_FORMATS:
      return { ecPointFormats: numbers(at + 1, 1) };
    case TlsExtensionType.KEY_SHARE: {
      const keyShares: TlsKeyShare[] = [];
      for (let i = isClient ? at + 2 : at; i + 4 <= end; ) {
        const next = i + 4 + view.getUint16(i + 2);
        if (next > end) return undefined;
        keyShares.push({ group: view.getUint16(i), key: bytesOf(view, i + 4, next) });
        i = next;
      }
      if (isClient) return { keyShares };
      return keyShares.length === 1 ? { keyShare: keyShares[0]! } : undefined;
    }
    default:
      return undefined;
  }
}

function encode(extension: TlsExtension): [type: number, data: Uint8Array] {
  if ('type' in extension) return [extension.type, extension.data];
  if ('serverName' in extension) {
    const name = toBytes(extension.serverName);
    return [0, Uint8Array.of(...two(name.length + 3), 0, ...two(name.length), ...name)];
  }
  if ('alpn' in extension) {
    const list = extension.alpn.flatMap((text) => {
      const bytes = toBytes(text);
      if (bytes.length > 255) throw new RangeError(`Cannot write ALPN: ${bytes.length} bytes given, at most 255 fit`);
      return [bytes.length, ...bytes];
    });
    return [16, Uint8Array.of(...two(list.length), ...list)];
  }
  if ('supportedVersions' in extension) {
    const list = extension.supportedVersions.flatMap(two);
    if (list.length > 255) throw new RangeError('Cannot write TLS supported versions: at most 127 fit');
    return [43, Uint8Array.of(list.length, ...list)];
  }
  if ('selectedVersion' in extension) return [43, Uint8Array.from(two(extension.selectedVersion))];
  if ('supportedGroups' in extension) {
    const list = extension.supportedGroups.flatMap(two);
    return [10, Uint8Array.of(...two(list.length), ...list)];
  }
  if ('signatureAlgorithms' in extension) {
    const list = extension.signatureAlgorithms.flatMap(two);
    return [13, Uint8Array.of(...two(list.length), ...list)];
  }
  if ('ecPointFormats' in extension) {
    return [11, Uint8Array.of(extension.ecPointFormats.length, ...extension.ecPointFormats)];
  }
  if ('keyShare' in extension) return [51, Uint8Array.from(shareBytes(extension.keyShare))];
  const list = extension.keyShares.flatMap(shareBytes);
  return [51, Uint8Array.of(...two(list.length), ...list)];
}

function shareBytes({ group, key }: TlsKeyShare): number[] {
  return [...two(group), ...two(key.length), ...key];
}

/** Two bytes, most significant first. */
function two(value: number): [number, number] {
  if (!(value >= 0 && value <= 0xffff && Number.isInteger(value)))
    throw new RangeError(`Cannot write TLS extension: ${value} given, an integer from 0 to 65535 needed`);
  return [value >> 8, value & 0xff];
}
