/**
 * TLS handshake messages, RFC 8446 section 4 and RFC 5246 section 7.4: hellos both ways, certificates shown, others kept as bytes.
 *
 * @module
 */
import { bytesOf, toHex } from '../../../bytes.js';
import type { FieldNode, Named } from '../../core/layer.js';
import { hexNode, node, octetsNode, uintAt, uintNode } from '../../core/node.js';
import { buildsSame } from '../../core/option.js';
import { timeText } from '../../core/text.js';
import { cipherSuiteName } from './tls-cipher.js';
import {
  extensionNodes,
  readExtensions,
  type TlsExtension,
  tlsVersionNames,
  writeExtensions,
} from './tls-extension.js';

/** Names of handshake types, as shown. */
export const tlsHandshakeNames: { readonly [type: number]: string } = {
  0: 'Hello Request',
  1: 'Client Hello',
  2: 'Server Hello',
  3: 'Hello Verify Request',
  4: 'New Session Ticket',
  5: 'End of Early Data',
  6: 'Hello Retry Request',
  8: 'Encrypted Extensions',
  11: 'Certificate',
  12: 'Server Key Exchange',
  13: 'Certificate Request',
  14: 'Server Hello Done',
  15: 'Certificate Verify',
  16: 'Client Key Exchange',
  20: 'Finished',
  21: 'Client Certificate URL',
  22: 'Certificate Status',
  23: 'Supplemental Data',
  24: 'Key Update',
  25: 'Compressed Certificate',
  67: 'Encrypted Extensions',
};

/** A client's first message. */
export interface TlsClientHello {
  /** Version as in TLS 1.2 and before, 0x0303 where left out; TLS 1.3 stands in `supportedVersions`. */
  readonly version?: number;
  /** 32 bytes; zeros where left out. */
  readonly random?: Uint8Array;
  /** Up to 32 bytes; none where left out. */
  readonly sessionId?: Uint8Array;
  readonly cipherSuites: readonly number[];
  /** `[0]`, none, where left out. */
  readonly compressionMethods?: readonly number[];
  /** Nothing: no list of extensions at all. */
  readonly extensions?: readonly TlsExtension[];
}

/** A server's answer to it. */
export interface TlsServerHello {
  /** As in a ClientHello. */
  readonly version?: number;
  readonly random?: Uint8Array;
  readonly sessionId?: Uint8Array;
  readonly cipherSuite: number;
  /** 0 where left out. */
  readonly compressionMethod?: number;
  readonly extensions?: readonly TlsExtension[];
}

/** One message, to build from and as read; `{ type, body }` for what has no form of its own or lengths that disagree. */
export type TlsHandshake =
  | { readonly clientHello: TlsClientHello }
  | { readonly serverHello: TlsServerHello }
  | { readonly type: number; readonly body: Uint8Array };

/** Where one message lies; `end` is behind what is here of it. */
interface Span {
  readonly type: number;
  readonly at: number;
  readonly length: number;
  readonly end: number;
  readonly isWhole: boolean;
}

/** The messages in a record's content; none when they cannot be in the clear. `isCut`: the record goes on in another segment. */
function spansOf(view: DataView, at: number, end: number, isCut: boolean): Span[] {
  const spans: Span[] = [];
  for (let i = at; i < end; ) {
    if (i + 4 > end) return isCut ? spans : [];
    const type = view.getUint8(i);
    const length = uintAt(view, i + 1, 3);
    const next = i + 4 + length;
    // What says of itself that it goes on behind the record, or has no known type, is encrypted.
    if (!(type in tlsHandshakeNames) || (next > end && !isCut)) return [];
    spans.push({ type, at: i, length, end: Math.min(next, end), isWhole: next <= end });
    i = next;
  }
  return spans;
}

/** Messages in the clear that fill a record's content; nothing when they do not. */
export function readHandshakes(view: DataView, at: number, end: number): TlsHandshake[] | undefined {
  const spans = spansOf(view, at, end, false);
  if (spans.length === 0 || spans[spans.length - 1]!.end !== end) return undefined;
  return spans.map((span) => decode(view, span));
}

/** Appends messages. */
export function writeHandshakes(messages: readonly TlsHandshake[], to: number[]): void {
  for (const message of messages) {
    const [type, body] = encode(message);
    to.push(type, (body.length >> 16) & 0xff, (body.length >> 8) & 0xff, body.length & 0xff);
    for (const byte of body) to.push(byte);
  }
}

/** A node for each message; one for all where they are encrypted. */
export function handshakeNodes(view: DataView, at: number, end: number, isCut: boolean): FieldNode[] {
  const spans = spansOf(view, at, end, isCut);
  if (spans.length === 0) {
    return [
      node({ name: 'handshake', label: 'Encrypted handshake message', filters: 'tls.handshake' }, at, end - at, {
        value: bytesOf(view, at, end),
        text: `${end - at} bytes`,
        wireshark: '1',
      }),
    ];
  }
  return spans.map((span) =>
    node(
      { name: 'handshake', label: tlsHandshakeNames[span.type]!, filters: 'tls.handshake' },
      span.at,
      span.end - span.at,
      {
        value: span.type,
        text: String(span.type),
        wireshark: '1',
        ...(span.isWhole ? {} : { meaning: `cut: ${span.end - span.at - 4} of ${span.length} bytes here` }),
        children: [
          uintNode(
            { name: 'type', label: 'Type', filters: 'tls.handshake.type', names: tlsHandshakeNames },
            view,
            span.at,
            1,
          ),
          uintNode({ name: 'length', label: 'Length', filters: 'tls.handshake.length' }, view, span.at + 1, 3),
          ...bodyNodes(view, span),
        ],
      },
    ),
  );
}

/** Names of the messages, for a summary. */
export function handshakeNames(view: DataView, at: number, end: number, isCut: boolean): string[] {
  return spansOf(view, at, end, isCut).map(({ type }) => tlsHandshakeNames[type]!);
}

function bodyNodes(view: DataView, span: Span): FieldNode[] {
  const at = span.at + 4;
  if (span.type === 1 || span.type === 2) return helloNodes(view, at, span.end, span.type === 1);
  if (span.type === 4 && span.isWhole) return ticketNodes(view, at, span.end);
  if (span.type === 11 && span.isWhole) return certificateNodes(view, at, span.end);
  return span.end > at ? [octetsNode({ name: 'body', label: 'Body', filters: [] }, view, at, span.end)] : [];
}

/** Nodes of a hello, up to where it is cut. */
function helloNodes(view: DataView, at: number, end: number, isClient: boolean): FieldNode[] {
  const base = 'tls.handshake';
  const nodes: FieldNode[] = [];
  if (at + 35 > end) return nodes;
  const seconds = view.getUint32(at + 2);
  const random = octetsNode({ name: 'random', label: 'Random', filters: `${base}.random` }, view, at + 2, at + 34);
  nodes.push(
    hexNode({ name: 'version', label: 'Version', filters: `${base}.version`, names: tlsVersionNames }, view, at, 2),
    // RFC 8446 section 4.1.3: all of it is random.
    !isClient && selectsVersion13(view, at, end)
      ? random
      : {
          ...random,
          children: [
            node({ name: 'time', label: 'As a time', filters: `${base}.random_time` }, at + 2, 4, {
              value: seconds,
              text: timeText(seconds),
              wireshark: timeText(seconds),
            }),
            octetsNode(
              { name: 'bytes', label: 'Further bytes', filters: `${base}.random_bytes` },
              view,
              at + 6,
              at + 34,
            ),
          ],
        },
  );
  let i = at + 34;
  const idEnd = i + 1 + view.getUint8(i);
  nodes.push(
    uintNode({ name: 'sessionIdLength', label: 'Session ID length', filters: `${base}.session_id_length` }, view, i, 1),
  );
  if (idEnd > end) return nodes;
  if (idEnd > i + 1)
    nodes.push(
      octetsNode({ name: 'sessionId', label: 'Session ID', filters: `${base}.session_id` }, view, i + 1, idEnd),
    );
  i = idEnd;
  const cipher = (k: number): FieldNode => {
    const name = cipherSuiteName(view.getUint16(k));
    const made = hexNode({ name: 'cipherSuite', label: 'Cipher suite', filters: `${base}.ciphersuite` }, view, k, 2);
    return name === undefined ? made : { ...made, meaning: name };
  };
  const compression = (k: number) =>
    uintNode(
      {
        name: 'compressionMethod',
        label: 'Compression method',
        filters: `${base}.comp_method`,
        names: { 0: 'null', 1: 'DEFLATE' },
      },
      view,
      k,
      1,
    );
  if (isClient) {
    if (i + 2 > end) return nodes;
    const suitesEnd = i + 2 + view.getUint16(i);
    nodes.push(
      uintNode(
        { name: 'cipherSuitesLength', label: 'Cipher suites length', filters: `${base}.cipher_suites_length` },
        view,
        i,
        2,
      ),
    );
    const stop = Math.min(suitesEnd, end);
    nodes.push(
      listNode(
        { name: 'cipherSuites', label: 'Cipher suites', filters: `${base}.ciphersuites` },
        { at: i + 2, end: stop, step: 2 },
        cipher,
      ),
    );
    if (suitesEnd + 1 > end) return nodes;
    i = suitesEnd;
    const methodsEnd = i + 1 + view.getUint8(i);
    nodes.push(
      uintNode(
        {
          name: 'compressionMethodsLength',
          label: 'Compression methods length',
          filters: `${base}.comp_methods_length`,
        },
        view,
        i,
        1,
      ),
    );
    if (methodsEnd > end) return nodes;
    nodes.push(
      listNode(
        { name: 'compressionMethods', label: 'Compression methods', filters: `${base}.comp_methods` },
        { at: i + 1, end: methodsEnd, step: 1 },
        compression,
      ),
    );
    i = methodsEnd;
  } else {
    if (i + 3 > end) return nodes;
    nodes.push(cipher(i), compression(i + 2));
    i += 3;
  }
  if (i + 2 > end) return nodes;
  nodes.push(
    uintNode(
      { name: 'extensionsLength', label: 'Extensions length', filters: `${base}.extensions_length` },
      view,
      i,
      2,
    ),
  );
  nodes.push(...extensionNodes(view, i + 2, Math.min(i + 2 + view.getUint16(i), end), isClient));
  return nodes;
}

/** Whether a ServerHello chooses TLS 1.3. */
function selectsVersion13(view: DataView, at: number, end: number): boolean {
  const extensionsAt = at + 35 + view.getUint8(at + 34) + 3;
  if (extensionsAt + 2 > end) return false;
  const extensions = readExtensions(view, extensionsAt + 2, end, false) ?? [];
  return extensions.some((extension) => 'selectedVersion' in extension && extension.selectedVersion === 0x0304);
}

function listNode(
  named: Named,
  { at, end, step }: { readonly at: number; readonly end: number; readonly step: number },
  make: (at: number) => FieldNode,
): FieldNode {
  const children: FieldNode[] = [];
  for (let i = at; i + step <= end; i += step) children.push(make(i));
  return node(named, at, end - at, {
    value: children.length,
    text: `${children.length} of them`,
    wireshark: '1',
    children,
  });
}

/** The ticket of TLS 1.2, RFC 5077 section 3.3; that of TLS 1.3 is encrypted. */
function ticketNodes(view: DataView, at: number, end: number): FieldNode[] {
  const base = 'tls.handshake.session_ticket';
  if (at + 6 > end || at + 6 + view.getUint16(at + 4) > end)
    return [octetsNode({ name: 'body', label: 'Body', filters: [] }, view, at, end)];
  return [
    uintNode(
      { name: 'lifetimeHint', label: 'Lifetime hint in seconds', filters: `${base}_lifetime_hint` },
      view,
      at,
      4,
    ),
    uintNode({ name: 'ticketLength', label: 'Ticket length', filters: `${base}_length` }, view, at + 4, 2),
    octetsNode({ name: 'ticket', label: 'Ticket', filters: base }, view, at + 6, at + 6 + view.getUint16(at + 4)),
  ];
}

/** The certificates of TLS 1.2 and before; those of TLS 1.3 are encrypted. */
function certificateNodes(view: DataView, at: number, end: number): FieldNode[] {
  const base = 'tls.handshake';
  if (at + 3 > end) return [];
  const nodes = [
    uintNode(
      { name: 'certificatesLength', label: 'Certificates length', filters: `${base}.certificates_length` },
      view,
      at,
      3,
    ),
  ];
  if (at + 3 === end) return nodes;
  const children: FieldNode[] = [];
  for (let i = at + 3; i + 3 <= end; ) {
    const next = i + 3 + uintAt(view, i, 3);
    if (next > end) break;
    children.push(
      uintNode(
        { name: 'certificateLength', label: 'Certificate length', filters: `${base}.certificate_length` },
        view,
        i,
        3,
      ),
      octetsNode({ name: 'certificate', label: 'Certificate, DER', filters: `${base}.certificate` }, view, i + 3, next),
    );
    i = next;
  }
  const text = `${children.length / 2} of them`;
  return [
    ...nodes,
    node({ name: 'certificates', label: 'Certificates', filters: `${base}.certificates` }, at + 3, end - at - 3, {
      value: children.length / 2,
      text,
      wireshark: '1',
      children,
    }),
  ];
}

function decode(view: DataView, span: Span): TlsHandshake {
  const body = bytesOf(view, span.at + 4, span.end);
  const message = decodeHello(view, span);
  if (message !== undefined && buildsSame(() => encode(message)[1], body)) return message;
  return { type: span.type, body };
}

function decodeHello(view: DataView, { type, at: from, end }: Span): TlsHandshake | undefined {
  const at = from + 4;
  if ((type !== 1 && type !== 2) || at + 35 > end) return undefined;
  const version = view.getUint16(at);
  const random = bytesOf(view, at + 2, at + 34);
  let i = at + 35 + view.getUint8(at + 34);
  if (i + 3 > end) return undefined;
  const sessionId = bytesOf(view, at + 35, i);
  if (type === 2) {
    const hello = {
      version,
      random,
      sessionId,
      cipherSuite: view.getUint16(i),
      compressionMethod: view.getUint8(i + 2),
    };
    const extensions = lastExtensions(view, i + 3, end, false);
    return extensions && { serverHello: { ...hello, ...extensions } };
  }
  const suitesEnd = i + 2 + view.getUint16(i);
  if (suitesEnd + 1 > end) return undefined;
  const cipherSuites: number[] = [];
  for (let k = i + 2; k + 2 <= suitesEnd; k += 2) cipherSuites.push(view.getUint16(k));
  i = suitesEnd + 1 + view.getUint8(suitesEnd);
  if (i > end) return undefined;
  const compressionMethods = [...bytesOf(view, suitesEnd + 1, i)];
  const hello = { version, random, sessionId, cipherSuites, compressionMethods };
  const extensions = lastExtensions(view, i, end, true);
  return extensions && { clientHello: { ...hello, ...extensions } };
}

/** The extensions that end a hello; none where it ends before them, undefined where they do not fit. */
function lastExtensions(
  view: DataView,
  at: number,
  end: number,
  isClient: boolean,
): { extensions?: TlsExtension[] } | undefined {
  if (at === end) return {};
  if (at + 2 > end || at + 2 + view.getUint16(at) !== end) return undefined;
  const extensions = readExtensions(view, at + 2, end, isClient);
  return extensions && { extensions };
}

function encode(message: TlsHandshake): [type: number, body: Uint8Array] {
  if ('type' in message) return [message.type, message.body];
  const bytes: number[] = [];
  const hello = 'clientHello' in message ? message.clientHello : message.serverHello;
  const { version = 0x0303, random = new Uint8Array(32), sessionId = new Uint8Array() } = hello;
  if (random.length !== 32) throw new RangeError(`Cannot write TLS random ${toHex(random)}: 32 bytes needed`);
  if (sessionId.length > 255)
    throw new RangeError(`Cannot write TLS session ID: ${sessionId.length} bytes given, at most 255 fit`);
  pushTwo('version', version, bytes);
  bytes.push(...random, sessionId.length, ...sessionId);
  if ('clientHello' in message) {
    const { cipherSuites, compressionMethods = [0] } = message.clientHello;
    pushTwo('cipher suites length', cipherSuites.length * 2, bytes);
    for (const suite of cipherSuites) pushTwo('cipher suite', suite, bytes);
    bytes.push(compressionMethods.length, ...compressionMethods);
  } else {
    pushTwo('cipher suite', message.serverHello.cipherSuite, bytes);
    bytes.push(message.serverHello.compressionMethod ?? 0);
  }
  if (hello.extensions !== undefined) {
    const extensions: number[] = [];
    writeExtensions(hello.extensions, extensions);
    pushTwo('extensions length', extensions.length, bytes);
    for (const byte of extensions) bytes.push(byte);
  }
  return ['clientHello' in message ? 1 : 2, Uint8Array.from(bytes)];
}

function pushTwo(what: string, value: number, to: number[]): void {
  if (!(value >= 0 && value <= 0xffff && Number.isInteger(value)))
    throw new RangeError(`Cannot write TLS ${what}: ${value} given, an integer from 0 to 65535 needed`);
  to.push(value >> 8, value & 0xff);
}
