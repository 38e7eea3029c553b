/**
 * Network Time Protocol version 4, RFC 5905 section 7.3; version 3 (RFC 1305) has the same header.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---+-----+-----+---------------+---------------+---------------+
 * |lea| ver |mode |    stratum    |     poll      |   precision   |
 * +---+-----+-----+---------------+---------------+---------------+
 * |                          root delay                           |
 * +---------------------------------------------------------------+
 * |                        root dispersion                        |
 * +---------------------------------------------------------------+
 * |                         reference id                          |
 * +---------------------------------------------------------------+
 * |       reference, origin, receive, transmit timestamp (64)     |
 * +---------------------------------------------------------------+
 * |            extension fields, key id, message digest           |
 * +---------------------------------------------------------------+
 *
 * Control (mode 6) and private (mode 7) messages have other forms and are left as bytes.
 *
 * @module
 */
import { formatIpv4 } from '../../address.js';
import { bytesOf, toAscii } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { bits, header, type Inits, octets, u8, u32, u64 } from '../core/header.js';
import type { FieldNode, Naming, Numbers, Part } from '../core/layer.js';
import { hexNode, node, octetsNode, uintNode } from '../core/node.js';
import { timeText } from '../core/text.js';

/** Association modes, RFC 5905 figure 10. */
export const NtpMode = {
  SYMMETRIC_ACTIVE: 1,
  SYMMETRIC_PASSIVE: 2,
  CLIENT: 3,
  SERVER: 4,
  BROADCAST: 5,
  CONTROL: 6,
  PRIVATE: 7,
} as const;

const modeNames: { readonly [mode: number]: string } = {
  0: 'reserved',
  1: 'symmetric active',
  2: 'symmetric passive',
  3: 'client',
  4: 'server',
  5: 'broadcast',
};

const leapNames: { readonly [leap: number]: string } = {
  0: 'no warning',
  1: 'last minute of the day has 61 seconds',
  2: 'last minute of the day has 59 seconds',
  3: 'clock unsynchronized',
};

/** Reference clocks by their four letters, RFC 5905 figure 12. */
const referenceNames: { readonly [id: string]: string } = {
  GOES: 'Geosynchronous Orbit Environment Satellite',
  GPS: 'Global Positioning System',
  GAL: 'Galileo Positioning System',
  PPS: 'Generic pulse-per-second',
  IRIG: 'Inter-Range Instrumentation Group',
  WWVB: 'LF radio WWVB Fort Collins, 60 kHz',
  DCF: 'LF radio DCF77 Mainflingen, 77.5 kHz',
  HBG: 'LF radio HBG Prangins, 75 kHz',
  MSF: 'LF radio MSF Anthorn, 60 kHz',
  JJY: 'LF radio JJY, 40 and 60 kHz',
  LORC: 'MF radio LORAN-C station, 100 kHz',
  TDF: 'MF radio Allouis, 162 kHz',
  CHU: 'HF radio CHU Ottawa',
  WWV: 'HF radio WWV Fort Collins',
  WWVH: 'HF radio WWVH Kauai',
  NIST: 'NIST telephone modem',
  ACTS: 'NIST telephone modem',
  USNO: 'USNO telephone modem',
  PTB: 'European telephone modem',
  LOCL: 'uncalibrated local clock',
};

const timestamp = (label: string, filter: string): typeof u64 => u64.with({ label, filter });

const shape = {
  /** Whether a leap second comes, or the clock is not synchronized. */
  leap: bits(2, { label: 'Leap indicator', filter: 'ntp.flags.li', names: leapNames }),
  version: bits(3, { label: 'Version', filter: 'ntp.flags.vn' }),
  mode: bits(3, { label: 'Mode', filter: 'ntp.flags.mode', names: modeNames }),
  /** Distance from a reference clock: 1 has one, 16 is not synchronized. */
  stratum: u8.with({ filter: 'ntp.stratum' }),
  /** Longest interval between messages, log2 of seconds, signed. */
  poll: u8.with({ label: 'Polling interval', filter: 'ntp.ppoll' }),
  /** Precision of the clock, log2 of seconds, signed: 0xe9 is -23. */
  precision: u8.with({ filter: 'ntp.precision' }),
  /** Round trip to the reference clock, in 1/65536 seconds. */
  rootDelay: u32.with({ filter: 'ntp.rootdelay' }),
  /** Dispersion to the reference clock, in 1/65536 seconds. */
  rootDispersion: u32.with({ filter: 'ntp.rootdispersion' }),
  /** Stratum 0 and 1: four letters; above: the server's IPv4 address or a hash of its IPv6 address. */
  referenceId: octets(4, { label: 'Reference ID', filter: 'ntp.refid' }),
  /** When the clock was last set: seconds since 1900 and their fraction, 32 bits each, as all four timestamps. */
  reference: timestamp('Reference timestamp', 'ntp.reftime'),
  /** When the request left the client, by its clock. */
  origin: timestamp('Origin timestamp', 'ntp.org'),
  /** When the request arrived at the server. */
  receive: timestamp('Receive timestamp', 'ntp.rec'),
  /** When this message left. */
  transmit: timestamp('Transmit timestamp', 'ntp.xmt'),
};

const timestamps: readonly string[] = ['reference', 'origin', 'receive', 'transmit'];

/** A field behind the header, RFC 7822. */
export interface NtpExtension {
  readonly type: number;
  /** Padded to a multiple of 4 bytes, at least 12. */
  readonly value: Uint8Array;
}

/** What to build an NTP message from. Left out: `version` 4, `mode` client, all else 0. */
export type NtpInit = Inits<typeof shape> & {
  extensions?: readonly NtpExtension[] | undefined;
  /** Of the key that the digest is made with. */
  keyId?: number | undefined;
  /** Message digest, 16 or 20 bytes. */
  mac?: Uint8Array | undefined;
};

/** Bytes of the longest key identifier and digest together, RFC 7822 section 7.5. */
const maxMac = 24;
const minExtension = 16;

/** An NTP message of modes 0 to 5. */
export class Ntp extends header('NTP', 'ntp', shape) {
  static readonly naming: Naming = { inTree: ['ntp.'] };

  static accepts(view: DataView, at: number): boolean {
    return (view.getUint8(at) & 7) < NtpMode.CONTROL;
  }

  static override sizeOf(init: unknown): number {
    const { extensions = [], keyId, mac } = init as NtpInit;
    const size = extensions.reduce((total, { value }) => total + 4 + value.length, Ntp.size);
    return size + (keyId === undefined ? 0 : 4) + (mac?.length ?? 0);
  }

  override get headerLength(): number {
    const { mac, macEnd } = this.#behind();
    return Math.max(mac, macEnd) - this.at;
  }

  /** Extension fields, in wire order. */
  get extensions(): NtpExtension[] {
    return this.#behind().spans.map(([at, end]) => ({
      type: this.view.getUint16(at),
      value: bytesOf(this.view, at + 4, end),
    }));
  }

  /** Which key the digest is made with, where there is one. */
  get keyId(): number | undefined {
    const { mac, macEnd } = this.#behind();
    return macEnd > mac ? this.view.getUint32(mac) : undefined;
  }

  /** The message digest, where there is one. */
  get mac(): Uint8Array | undefined {
    const { mac, macEnd } = this.#behind();
    return macEnd > mac + 4 ? bytesOf(this.view, mac + 4, macEnd) : undefined;
  }

  override fault(): DecodeFault | undefined {
    const fault = this.headerFault();
    if (fault) return fault;
    const rest = this.end - this.payloadAt;
    return rest > 0
      ? this.faultAt('BAD_LENGTH', `${rest} bytes behind the header are no extension and no digest`, this.payloadAt)
      : undefined;
  }

  override write(init: NtpInit, _next?: Numbers): void {
    const { view } = this;
    this.version = 4;
    this.mode = NtpMode.CLIENT;
    this.assign(init);
    let at = this.at + Ntp.size;
    for (const { type, value } of init.extensions ?? []) {
      const length = 4 + value.length;
      if (length > 0xffff) throw new RangeError(`Cannot write NTP extension: ${length} bytes, at most 65535 fit`);
      view.setUint16(at, type);
      view.setUint16(at + 2, length);
      bytesOf(view, at + 4, at + length).set(value);
      at += length;
    }
    if (init.keyId !== undefined) {
      view.setUint32(at, init.keyId);
      at += 4;
    }
    if (init.mac !== undefined) bytesOf(view, at, at + init.mac.length).set(init.mac);
  }

  override toInit(): NtpInit & Record<string, unknown> {
    const { extensions, keyId, mac } = this;
    return {
      ...super.toInit(),
      referenceId: this.referenceId.slice(),
      ...(extensions.length > 0 ? { extensions } : {}),
      ...(keyId === undefined ? {} : { keyId }),
      ...(mac === undefined ? {} : { mac }),
    };
  }

  override nodes(): FieldNode[] {
    const { view, at } = this;
    const nodes = Ntp.fields.map((field) => {
      const { name } = field;
      if (timestamps.includes(name)) {
        const text = ntpTimeText(this.read(name) as bigint);
        return this.node(field, { meaning: text ?? 'not set', wireshark: text ?? 'NULL' });
      }
      const meaning = this.#meaningOf(name);
      return this.node(field, meaning === undefined ? undefined : { meaning });
    });
    const { spans, mac, macEnd } = this.#behind();
    return [
      { ...hexNode({ name: 'flags', label: 'Flags', filters: 'ntp.flags' }, view, at, 1), children: nodes.slice(0, 3) },
      ...nodes.slice(3),
      ...spans.map(([from, end]) =>
        node({ name: 'extension', label: 'Extension', filters: 'ntp.ext' }, from, end - from, {
          value: bytesOf(view, from, end),
          text: `${end - from} bytes`,
          wireshark: '1',
          children: [
            hexNode({ name: 'type', label: 'Type', filters: 'ntp.ext.type' }, view, from, 2),
            uintNode({ name: 'length', label: 'Length', filters: 'ntp.ext.length' }, view, from + 2, 2),
            octetsNode({ name: 'value', label: 'Value', filters: 'ntp.ext.value' }, view, from + 4, end),
          ],
        }),
      ),
      ...(macEnd > mac
        ? [octetsNode({ name: 'keyId', label: 'Key ID', filters: 'ntp.keyid' }, view, mac, mac + 4)]
        : []),
      ...(macEnd > mac + 4
        ? [octetsNode({ name: 'mac', label: 'Message digest', filters: 'ntp.mac' }, view, mac + 4, macEnd)]
        : []),
    ];
  }

  override summary(): string {
    const version = this.version >= 1 && this.version <= 4 ? `NTP Version ${this.version}` : 'reserved';
    return `${version}, ${modeNames[this.mode] ?? `mode ${this.mode}`}`;
  }

  #meaningOf(name: string): string | undefined {
    switch (name) {
      case 'stratum':
        return stratumName(this.stratum);
      case 'poll':
        return `${2 ** ((this.poll << 24) >> 24)} seconds`;
      case 'precision':
        return `${(2 ** ((this.precision << 24) >> 24)).toFixed(9)} seconds`;
      case 'rootDelay':
        return `${(this.rootDelay / 65536).toFixed(6)} seconds`;
      case 'rootDispersion':
        return `${(this.rootDispersion / 65536).toFixed(6)} seconds`;
      case 'referenceId':
        return this.#referenceName();
      default:
        return undefined;
    }
  }

  #referenceName(): string {
    if (this.stratum > 1) return formatIpv4(this.view.getUint32(this.at + 12));
    const letters = toAscii(this.referenceId).replace(/\.+$/, '');
    return referenceNames[letters] ?? (letters === '' ? 'none' : `'${letters}'`);
  }

  /** Where extensions lie, and the key identifier and digest behind them. */
  #behind(): { spans: readonly (readonly [at: number, end: number])[]; mac: number; macEnd: number } {
    const { view, end } = this;
    const spans: [number, number][] = [];
    let at = this.at + Ntp.size;
    // 20 or 24 bytes are a key identifier and a digest, RFC 7822 section 7.5.
    while (end - at >= minExtension && (end - at > maxMac || view.getUint16(at + 2) === end - at)) {
      const length = view.getUint16(at + 2);
      if (length < minExtension || length % 4 !== 0 || at + length > end) break;
      spans.push([at, at + length]);
      at += length;
    }
    const rest = end - at;
    return { spans, mac: at, macEnd: rest >= 4 && rest <= maxMac ? end : at };
  }
}

function stratumName(stratum: number): string {
  if (stratum === 0) return 'unspecified or invalid';
  if (stratum === 1) return 'primary reference';
  if (stratum < 16) return 'secondary reference';
  return stratum === 16 ? 'unsynchronized' : 'reserved';
}

/** Seconds from 1900 to 1970. */
const epochOffset = 2_208_988_800;

/** Nothing for a timestamp that is not set. Seconds below 2^31 are of the era that begins in 2036, RFC 4330 section 3. */
function ntpTimeText(value: bigint): string | undefined {
  if (value === 0n) return undefined;
  const seconds = Number(value >> 32n);
  const nanoseconds = Math.floor((Number(value & 0xffffffffn) / 2 ** 32) * 1e9);
  return timeText((seconds >= 2 ** 31 ? seconds : seconds + 2 ** 32) - epochOffset, nanoseconds);
}

/** The timestamp of a moment, for `ntp({ transmit: ntpTimestamp(new Date()) })`. */
export function ntpTimestamp(date: Date): bigint {
  const ms = BigInt(date.getTime()) + BigInt(epochOffset) * 1000n;
  return BigInt.asUintN(32, ms / 1000n) * 2n ** 32n + ((ms % 1000n) * 2n ** 32n) / 1000n;
}

/** An NTP message for `build`. */
export function ntp(init: NtpInit = {}): Part<NtpInit> {
  return { type: Ntp, init };
}
