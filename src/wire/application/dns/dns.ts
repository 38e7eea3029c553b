/**
 * Domain Name System, RFC 1035 section 4.1 with the AD and CD bits of RFC 4035; multicast DNS (RFC 6762) and LLMNR (RFC 4795) in the
 * same form, and DNS over TCP (RFC 7766), where two bytes of length come before.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-+-------+-+-+-+-+-+-+-+-------+
 * |              id               |Q|opcode |A|T|R|R|Z|A|C| rcode |
 * |                               |R|       |A|C|D|A| |D|D|       |
 * +-------------------------------+-+-------+-+-+-+-+-+-+-+-------+
 * |           questions           |            answers            |
 * +-------------------------------+-------------------------------+
 * |          authorities          |          additionals          |
 * +-------------------------------+-------------------------------+
 * |                 questions, then resource records              |
 * +---------------------------------------------------------------+
 *
 * @module
 */
import { bytesOf, formatHex } from '../../../bytes.js';
import type { DecodeFault } from '../../../errors.js';
import { bits, type CompiledField, header, type Inits, type u8, u16 } from '../../core/header.js';
import type { Bindings, FieldNode, Layer, Naming, Numbers, Part, Row } from '../../core/layer.js';
import { hexNode } from '../../core/node.js';
import {
  type DnsSections,
  dnsHeaderSize,
  encodeSections,
  readSection,
  sectionCounts,
  sectionNodes,
  toSections,
  walk,
} from './dns-message.js';
import { asDecodeFault, type DnsQuestion, type DnsRecord, type DnsWindow } from './dns-record.js';
import { dnsOpcodeNames, dnsRcodeNames, dnsTypeText } from './dns-type.js';

const bit = (label: string, filter: string): typeof u8 => bits(1, { label, filter });

/** Wireshark's names of the flags differ between DNS and LLMNR; the bits are the same. */
const flagsShape = {
  /** 0 in a query, 1 in a response (QR). */
  response: bit('Response (QR)', 'dns.flags.response'),
  /** Kind of query; 0 is a standard one. */
  opcode: bits(4, { filter: 'dns.flags.opcode', names: dnsOpcodeNames }),
  /** The server has authority over the name (AA); in LLMNR: the name is in conflict (C). */
  authoritative: bit('Authoritative (AA)', 'dns.flags.authoritative'),
  /** The message did not fit and was cut by its sender (TC). */
  truncated: bit('Truncated (TC)', 'dns.flags.truncated'),
  /** The server is to ask others (RD); in LLMNR: the name is tentative (T). */
  recursionDesired: bit('Recursion desired (RD)', 'dns.flags.recdesired'),
  /** The server can ask others (RA). */
  recursionAvailable: bit('Recursion available (RA)', 'dns.flags.recavail'),
  /** Must be zero. */
  z: bit('Z', 'dns.flags.z'),
  /** The answer was authenticated (AD). */
  authenticData: bit('Authentic data (AD)', 'dns.flags.authenticated'),
  /** The asker takes data that is not authenticated (CD). */
  checkingDisabled: bit('Checking disabled (CD)', 'dns.flags.checkdisable'),
  /** Response code; EDNS has its upper bits. */
  rcode: bits(4, { label: 'Response code', filter: 'dns.flags.rcode', names: dnsRcodeNames }),
};

const messageShape = {
  /** Chosen by the asker, repeated in the answer. */
  id: u16.with({ label: 'Transaction ID', filter: 'dns.id', base: 'hex' }),
  ...flagsShape,
  questionCount: u16.with({ label: 'Questions', filter: 'dns.count.queries' }),
  answerCount: u16.with({ label: 'Answers', filter: 'dns.count.answers' }),
  authorityCount: u16.with({ label: 'Authorities', filter: 'dns.count.auth_rr' }),
  additionalCount: u16.with({ label: 'Additionals', filter: 'dns.count.add_rr' }),
};

const streamShape = {
  /** Bytes of the message, without this field. */
  length: u16.with({ filter: 'dns.length', unit: 'bytes' }),
  ...messageShape,
};

const counts = ['questionCount', 'answerCount', 'authorityCount', 'additionalCount'] as const;
const unicast = { isMulticast: false };
const multicast = { isMulticast: true };

/**
 * What to build a message from. Left out: `id` 0, `recursionDesired` 1 (multicast DNS and LLMNR: 0), every other flag 0, no questions
 * and no records; the counts are computed. What is given is written as it is, right or wrong.
 */
export type DnsInit = Inits<typeof messageShape> & DnsSections;

/** As `DnsInit`; the `length` before the message is computed where left out. */
export type DnsOverTcpInit = DnsInit & { length?: number | undefined };

/** A DNS message in a datagram. */
export class Dns extends header('DNS', 'dns', messageShape) {
  static readonly naming: Naming = { inTree: ['dns.'], prefixes: ['dns.'] };

  static override sizeOf(init: unknown): number {
    return dnsHeaderSize + encodeSections(init as DnsInit).length;
  }

  /** Where the message lies and how the class's highest bit is meant. */
  get window(): DnsWindow {
    return { view: this.view, start: this.at, end: this.end, dialect: unicast };
  }

  /** All of the datagram: what follows the last record is the message's too. */
  override get headerLength(): number {
    return this.end - this.at;
  }

  override fault(): DecodeFault | undefined {
    return this.headerFault() ?? messageFault(this.window, this.layerType.label);
  }

  /** What is asked. */
  get questions(): DnsQuestion[] {
    return readSection(this.window, 0) as DnsQuestion[];
  }

  get answers(): DnsRecord[] {
    return readSection(this.window, 1) as DnsRecord[];
  }

  get authorities(): DnsRecord[] {
    return readSection(this.window, 2) as DnsRecord[];
  }

  get additionals(): DnsRecord[] {
    return readSection(this.window, 3) as DnsRecord[];
  }

  override write(init: DnsInit, _next?: Numbers): void {
    writeMessage(this, this.window, init, 1);
  }

  override nodes(): FieldNode[] {
    return [...headerNodes(this, this.at, Dns.fields), ...sectionNodes(this.window)];
  }

  override toInit(): DnsInit {
    return { ...super.toInit(), ...toSections(this.window) };
  }

  override summary(): string {
    return messageSummary(this, this.window);
  }
}

/** A multicast DNS message: the class's highest bit asks for unicast, or flushes the cache. */
export class Mdns extends Dns {
  static override readonly label: string = 'mDNS';
  static override readonly protocol: string = 'mdns';

  override get window(): DnsWindow {
    return { view: this.view, start: this.at, end: this.end, dialect: multicast };
  }

  override write(init: DnsInit, _next?: Numbers): void {
    writeMessage(this, this.window, init, 0);
  }
}

/** A link-local multicast name resolution message: AA and RD mean conflict and tentative. */
export class Llmnr extends Dns {
  static override readonly label: string = 'LLMNR';
  static override readonly protocol: string = 'llmnr';

  override write(init: DnsInit, _next?: Numbers): void {
    writeMessage(this, this.window, init, 0);
  }

  override nodes(): FieldNode[] {
    const fields = Dns.fields.map((field) => llmnrFields[field.name] ?? field);
    return [...headerNodes(this, this.at, fields), ...sectionNodes(this.window)];
  }
}

/** RFC 4795 section 2.1.1 has no such bits. */
const absentInLlmnr: readonly string[] = ['recursionAvailable', 'z', 'authenticData', 'checkingDisabled'];

const llmnrFields: { readonly [name: string]: CompiledField } = Object.fromEntries(
  Dns.fields.flatMap((field): [string, CompiledField][] => {
    if (field.name === 'authoritative')
      return [[field.name, { ...field, label: 'Conflict (C)', filters: ['dns.flags.conflict'] }]];
    if (field.name === 'recursionDesired')
      return [[field.name, { ...field, label: 'Tentative (T)', filters: ['dns.flags.tentative'] }]];
    return absentInLlmnr.includes(field.name)
      ? [[field.name, { ...field, label: `Reserved: ${field.label}`, filters: [] }]]
      : [];
  }),
);

/** A DNS message in a stream, behind two bytes of length; another may follow in the same segment. */
export class DnsOverTcp extends header('DNS over TCP', 'dns', streamShape) {
  static readonly naming: Naming = { inTree: ['dns.'] };
  static readonly isSequence: boolean = true;

  static override sizeOf(init: unknown): number {
    return 2 + Dns.sizeOf(init);
  }

  get window(): DnsWindow {
    return { view: this.view, start: this.at + 2, end: this.at + this.headerLength, dialect: unicast };
  }

  /** The length field and as much of the message as is here. */
  override get headerLength(): number {
    return Math.min(Math.max(2 + this.length, DnsOverTcp.size), this.end - this.at);
  }

  override fault(): DecodeFault | undefined {
    const fault = this.headerFault();
    if (fault) return fault;
    const have = this.end - this.at - 2;
    const { length } = this;
    if (length < dnsHeaderSize)
      return this.faultAt('BAD_LENGTH', `length is ${length}, at least the header's ${dnsHeaderSize} needed`);
    if (length > have) return this.faultAt('TRUNCATED', `length is ${length}, ${have} bytes available`);
    return messageFault(this.window, this.layerType.label);
  }

  /** What is asked. */
  get questions(): DnsQuestion[] {
    return readSection(this.window, 0) as DnsQuestion[];
  }

  get answers(): DnsRecord[] {
    return readSection(this.window, 1) as DnsRecord[];
  }

  get authorities(): DnsRecord[] {
    return readSection(this.window, 2) as DnsRecord[];
  }

  get additionals(): DnsRecord[] {
    return readSection(this.window, 3) as DnsRecord[];
  }

  override next(bindings: Bindings): Row | undefined {
    return this.payloadAt < this.end ? bindings.of(DnsOverTcp) : undefined;
  }

  override write(init: DnsOverTcpInit, _next?: Numbers): void {
    const size = DnsOverTcp.sizeOf(init);
    // The window depends on the length.
    this.length = Math.min(size - 2, 0xffff);
    writeMessage(this, this.window, init, 1);
  }

  override nodes(): FieldNode[] {
    const [length, ...fields] = DnsOverTcp.fields;
    return [this.node(length!), ...headerNodes(this, this.at + 2, fields), ...sectionNodes(this.window)];
  }

  override toInit(): DnsOverTcpInit {
    return { ...super.toInit(), ...toSections(this.window) };
  }

  override summary(): string {
    return messageSummary(this, this.window);
  }
}

function messageFault(window: DnsWindow, layer: string): DecodeFault | undefined {
  const { fault } = walk(window);
  return fault && asDecodeFault(fault, layer);
}

function writeMessage(
  layer: Layer & { recursionDesired: number; assign(init: { readonly [name: string]: unknown }): void },
  { view, start }: DnsWindow,
  init: DnsInit,
  recursionDesired: number,
): void {
  const body = encodeSections(init);
  if (start + dnsHeaderSize + body.length > view.byteLength || dnsHeaderSize + body.length > 0xffff) {
    throw new RangeError(
      `Cannot write DNS at byte ${layer.at}: ${dnsHeaderSize + body.length} bytes, at most 65535 fit a message`,
    );
  }
  bytesOf(view, start + dnsHeaderSize, start + dnsHeaderSize + body.length).set(body);
  layer.recursionDesired = recursionDesired;
  for (const [i, count] of sectionCounts(init).entries()) view.setUint16(start + 4 + 2 * i, count);
  layer.assign(init as { readonly [name: string]: unknown });
}

/** Flags that mean something in a response only. */
const responseFlags: readonly string[] = ['authoritative', 'recursionAvailable', 'rcode'];

/** Wireshark's names for the counts of a dynamic update, RFC 2136 section 2.2. */
const updateFilters: { readonly [name: string]: string } = {
  questionCount: 'dns.count.zones',
  answerCount: 'dns.count.prerequisites',
  authorityCount: 'dns.count.updates',
};

/** The header's fields, the flags under a node of their own as Wireshark has them. */
function headerNodes(
  layer: {
    node(field: CompiledField): FieldNode;
    readonly view: DataView;
    readonly opcode: number;
    readonly response: number;
    readonly authenticData: number;
  },
  at: number,
  fields: readonly CompiledField[],
): FieldNode[] {
  const isQuery = layer.response === 0;
  const flags = fields
    .filter(({ name }) => name in flagsShape)
    .map((field) => {
      const node = layer.node(field);
      const { name } = field;
      // Wireshark shows a query's AD bit only when it is set.
      const isSilent =
        isQuery && (responseFlags.includes(name) || (name === 'authenticData' && layer.authenticData === 0));
      return isSilent && !field.filters.includes('dns.flags.conflict') ? { ...node, filters: [] } : node;
    });
  const named = (name: string) => layer.node(fields.find((field) => field.name === name)!);
  return [
    named('id'),
    { ...hexNode({ name: 'flags', label: 'Flags', filters: 'dns.flags' }, layer.view, at + 2, 2), children: flags },
    ...counts.map((name) => {
      const update = layer.opcode === 5 ? updateFilters[name] : undefined;
      return update === undefined ? named(name) : { ...named(name), filters: [update] };
    }),
  ];
}

/** As Wireshark's Info column: `Standard query response 0x1234 A example.com A 93.184.216.34`. */
function messageSummary(
  layer: { readonly id: number; readonly opcode: number; readonly response: number; readonly rcode: number },
  window: DnsWindow,
): string {
  const { spans } = walk(window);
  const entries = sectionNodes(window);
  const opcode = dnsOpcodeNames[layer.opcode] ?? `Operation ${layer.opcode}`;
  const words = [`${opcode}${layer.response ? ' response' : ''} ${formatHex(layer.id, 4)}`];
  if (layer.response && layer.rcode !== 0) words.push(dnsRcodeNames[layer.rcode] ?? `code ${layer.rcode}`);
  for (const [i, span] of spans.flat().entries()) {
    const type = dnsTypeText(window.view.getUint16(span.nameEnd));
    const { value, name, meaning } = entries[i]!;
    words.push(name === 'question' ? `${type} ${String(value)}` : `${type} ${meaning ?? ''}`.trim());
  }
  return words.join(', ').replace(', ', ' ');
}

/** A DNS message for `build`. */
export function dns(init: DnsInit = {}): Part<DnsInit> {
  return { type: Dns, init };
}

/** A multicast DNS message for `build`. */
export function mdns(init: DnsInit = {}): Part<DnsInit> {
  return { type: Mdns, init };
}

/** An LLMNR message for `build`. */
export function llmnr(init: DnsInit = {}): Part<DnsInit> {
  return { type: Llmnr, init };
}

/** A DNS message with its length before it, for `build` behind TCP. */
export function dnsOverTcp(init: DnsOverTcpInit = {}): Part<DnsOverTcpInit> {
  return { type: DnsOverTcp, init };
}
