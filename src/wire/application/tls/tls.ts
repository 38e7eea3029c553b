/**
 * Transport Layer Security records, RFC 8446 section 5.1 and RFC 5246 section 6.2.1, each a layer; the next record of a segment is the
 * layer behind it. What is encrypted stays bytes.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+-------------------------------+---------------+
 * | content type  |            version            |    length     |
 * +---------------+-------------------------------+---------------+
 * |    length     |                  content                      |
 * +---------------+-----------------------------------------------+
 *
 * A record may go on in the next segment: that is no fault, and `isCut` says so.
 *
 * @module
 */
import { bytesOf } from '../../../bytes.js';
import type { DecodeFault } from '../../../errors.js';
import { header, type Inits, u8, u16 } from '../../core/header.js';
import type { Bindings, FieldNode, Naming, Numbers, Part, Row } from '../../core/layer.js';
import { node, octetsNode, uintNode } from '../../core/node.js';
import { type TlsExtension, tlsVersionNames } from './tls-extension.js';
import { handshakeNames, handshakeNodes, readHandshakes, type TlsHandshake, writeHandshakes } from './tls-handshake.js';

/** Content types, RFC 8446 appendix B.1. */
export const TlsContentType = {
  CHANGE_CIPHER_SPEC: 20,
  ALERT: 21,
  HANDSHAKE: 22,
  APPLICATION_DATA: 23,
  HEARTBEAT: 24,
} as const;

const contentNames: { readonly [type: number]: string } = {
  20: 'Change Cipher Spec',
  21: 'Alert',
  22: 'Handshake',
  23: 'Application Data',
  24: 'Heartbeat',
};

const alertLevels: { readonly [level: number]: string } = { 1: 'Warning', 2: 'Fatal' };

const alertNames: { readonly [description: number]: string } = {
  0: 'Close Notify',
  10: 'Unexpected Message',
  20: 'Bad Record MAC',
  21: 'Decryption Failed',
  22: 'Record Overflow',
  30: 'Decompression Failure',
  40: 'Handshake Failure',
  41: 'No Certificate',
  42: 'Bad Certificate',
  43: 'Unsupported Certificate',
  44: 'Certificate Revoked',
  45: 'Certificate Expired',
  46: 'Certificate Unknown',
  47: 'Illegal Parameter',
  48: 'Unknown CA',
  49: 'Access Denied',
  50: 'Decode Error',
  51: 'Decrypt Error',
  70: 'Protocol Version',
  71: 'Insufficient Security',
  80: 'Internal Error',
  86: 'Inappropriate Fallback',
  90: 'User Canceled',
  100: 'No Renegotiation',
  109: 'Missing Extension',
  110: 'Unsupported Extension',
  112: 'Unrecognized Name',
  113: 'Bad Certificate Status Response',
  115: 'Unknown PSK Identity',
  116: 'Certificate Required',
  120: 'No application Protocol',
};

const shape = {
  contentType: u8.with({ filter: 'tls.record.content_type', names: contentNames }),
  /** 0x0301 to 0x0303; TLS 1.3 writes 0x0303. */
  version: u16.with({ filter: 'tls.record.version', base: 'hex', names: tlsVersionNames }),
  /** Bytes of content, at most 16,384 and what encryption adds. */
  length: u16.with({ filter: 'tls.record.length', unit: 'bytes' }),
};

/** RFC 5246 section 6.2.3: 2^14 and 2,048 more. Some write longer ones before TLS 1.2; Wireshark takes these. */
const maxLength = 0x4800;

/**
 * What to build a record from: its content as handshake messages, an alert or bytes. Left out: the content type that goes with it (23
 * for bytes), version 0x0303; `length` is computed.
 */
export type TlsInit = Inits<typeof shape> & {
  handshakes?: readonly TlsHandshake[] | undefined;
  alert?: { readonly level: number; readonly description: number } | undefined;
  /** Content as it is. */
  data?: Uint8Array | undefined;
};

/** A TLS record and as much of its content as the segment has. */
export class Tls extends header('TLS', 'tls', shape) {
  static readonly naming: Naming = { inTree: ['tls.'] };
  static readonly isSequence: boolean = true;

  /** A known content type, a version and a length that can be: on any port, for few other protocols begin like that. */
  static accepts(view: DataView, at: number, end: number): boolean {
    if (at + Tls.size > end) return false;
    const type = view.getUint8(at);
    if (type < TlsContentType.CHANGE_CIPHER_SPEC || type > TlsContentType.HEARTBEAT) return false;
    const version = view.getUint16(at + 1);
    const length = view.getUint16(at + 3);
    return version >= 0x0300 && version <= 0x0303 && length > 0 && length <= maxLength;
  }

  static override sizeOf(init: unknown): number {
    return Tls.size + contentOf(init as TlsInit).length;
  }

  /** The record as far as it is here. */
  override get headerLength(): number {
    return Math.min(Tls.size + this.length, this.end - this.at);
  }

  /** Whether the record goes on behind this segment. */
  get isCut(): boolean {
    return this.at + Tls.size + this.length > this.end;
  }

  /** The content that is here, sharing the packet's memory. */
  get content(): Uint8Array {
    return bytesOf(this.view, this.at + Tls.size, this.payloadAt);
  }

  /** Handshake messages; none where they are cut or encrypted. */
  get handshakes(): TlsHandshake[] {
    if (this.contentType !== TlsContentType.HANDSHAKE || this.isCut) return [];
    return readHandshakes(this.view, this.at + Tls.size, this.payloadAt) ?? [];
  }

  /** Level and description of an alert in the clear. */
  get alert(): { level: number; description: number } | undefined {
    const { content } = this;
    const [level, description] = content;
    const isClear = this.contentType === TlsContentType.ALERT && content.length === 2 && (level === 1 || level === 2);
    return isClear ? { level: level!, description: description! } : undefined;
  }

  /** The server a ClientHello in this record names. */
  get serverName(): string | undefined {
    for (const message of this.handshakes) {
      if (!('clientHello' in message)) continue;
      for (const extension of message.clientHello.extensions ?? []) {
        if ('serverName' in extension) return (extension as Extract<TlsExtension, { serverName: string }>).serverName;
      }
    }
    return undefined;
  }

  override fault(): DecodeFault | undefined {
    const fault = this.headerFault();
    if (fault) return fault;
    const { length } = this;
    return length > maxLength
      ? this.faultAt('BAD_LENGTH', `length is ${length}, at most ${maxLength} allowed`, this.at + 3)
      : undefined;
  }

  override next(bindings: Bindings): Row | undefined {
    const { view, payloadAt, end } = this;
    return Tls.accepts(view, payloadAt, end) ? bindings.of(Tls) : undefined;
  }

  override write(init: TlsInit, _next?: Numbers): void {
    const content = contentOf(init);
    this.contentType =
      init.handshakes !== undefined
        ? TlsContentType.HANDSHAKE
        : init.alert !== undefined
          ? TlsContentType.ALERT
          : TlsContentType.APPLICATION_DATA;
    this.version = 0x0303;
    if (init.length === undefined) this.length = content.length;
    this.assign(init as { readonly [name: string]: unknown });
    bytesOf(this.view, this.at + Tls.size, this.at + Tls.size + content.length).set(content);
  }

  override toInit(): TlsInit & Record<string, unknown> {
    const { handshakes, alert } = this;
    const fields = super.toInit();
    if (handshakes.length > 0) return { ...fields, handshakes };
    if (alert !== undefined) return { ...fields, alert };
    return { ...fields, data: this.content.slice() };
  }

  override nodes(): FieldNode[] {
    const { at, payloadAt, isCut, length } = this;
    const from = at + Tls.size;
    const nodes = Tls.fields.map((field) =>
      field.name === 'length' && isCut
        ? this.node(field, { meaning: `${payloadAt - from} of ${length} bytes in this segment` })
        : this.node(field),
    );
    return [
      node({ name: 'record', label: 'Record', filters: 'tls.record' }, at, payloadAt - at, {
        value: this.contentType,
        text: contentNames[this.contentType] ?? `type ${this.contentType}`,
        wireshark: '1',
        children: [...nodes, ...(payloadAt > from ? this.#contentNodes(from, payloadAt) : [])],
      }),
    ];
  }

  override summary(): string {
    const { view, at, payloadAt, isCut } = this;
    if (this.contentType === TlsContentType.HANDSHAKE) {
      const names = handshakeNames(view, at + Tls.size, payloadAt, isCut).join(', ') || 'Encrypted Handshake Message';
      const { serverName } = this;
      return serverName === undefined ? names : `${names} (SNI=${serverName})`;
    }
    const { alert } = this;
    if (alert !== undefined) {
      const name = alertNames[alert.description] ?? String(alert.description);
      return `Alert (Level: ${alertLevels[alert.level]}, Description: ${name})`;
    }
    const name = contentNames[this.contentType] ?? `Content type ${this.contentType}`;
    return this.contentType === TlsContentType.ALERT ? `Encrypted ${name}` : name;
  }

  #contentNodes(from: number, end: number): FieldNode[] {
    const { view } = this;
    switch (this.contentType) {
      case TlsContentType.HANDSHAKE:
        return handshakeNodes(view, from, end, this.isCut);
      case TlsContentType.CHANGE_CIPHER_SPEC:
        return [
          {
            ...octetsNode(
              { name: 'changeCipherSpec', label: 'Change cipher spec', filters: 'tls.change_cipher_spec' },
              view,
              from,
              end,
            ),
            wireshark: '1',
          },
        ];
      case TlsContentType.ALERT: {
        const isClear = this.alert !== undefined;
        const children = isClear
          ? [
              uintNode(
                { name: 'level', label: 'Level', filters: 'tls.alert_message.level', names: alertLevels },
                view,
                from,
                1,
              ),
              uintNode(
                { name: 'description', label: 'Description', filters: 'tls.alert_message.desc', names: alertNames },
                view,
                from + 1,
                1,
              ),
            ]
          : [];
        const label = isClear ? 'Alert' : 'Encrypted alert';
        return [
          {
            ...octetsNode({ name: 'alert', label, filters: 'tls.alert_message' }, view, from, end),
            wireshark: '1',
            children,
          },
        ];
      }
      case TlsContentType.APPLICATION_DATA:
        return [
          octetsNode({ name: 'data', label: 'Encrypted application data', filters: 'tls.app_data' }, view, from, end),
        ];
      default:
        return [octetsNode({ name: 'data', label: 'Content', filters: [] }, view, from, end)];
    }
  }
}

function contentOf(init: TlsInit): Uint8Array {
  if (init.handshakes !== undefined) {
    const bytes: number[] = [];
    writeHandshakes(init.handshakes, bytes);
    return Uint8Array.from(bytes);
  }
  if (init.alert !== undefined) return Uint8Array.of(init.alert.level, init.alert.description);
  return init.data ?? new Uint8Array();
}

/** A TLS record for `build`. */
export function tls(init: TlsInit = {}): Part<TlsInit> {
  return { type: Tls, init };
}
