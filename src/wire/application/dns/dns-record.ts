/**
 * Questions and resource records: RFC 1035 section 4.1.2 and 4.1.3, the OPT pseudo-record of RFC 6891, and the two bits that multicast
 * DNS (RFC 6762) takes from the class.
 *
 * @module
 */
import { bytesOf, equalBytes, formatHex } from '../../../bytes.js';
import type { DecodeFault } from '../../../errors.js';
import type { FieldNode, Named } from '../../core/layer.js';
import { bitsNode, hexNode, hexOf, node, octetsNode, uintNode } from '../../core/node.js';
import { type DnsField, nameLength, nameNode, type RdataSink, type RdataSource, writeUint } from './dns-field.js';
import { type DnsName, type NameCompressor, type NameFault, nameText, readName } from './dns-name.js';
import type { EdnsOption } from './dns-option.js';
import { rdataFields } from './dns-rdata.js';
import type { SvcParam } from './dns-svcb.js';
import {
  DnsType,
  type DnsTypeName,
  dnsClassNames,
  dnsClassNumber,
  dnsTypeNames,
  dnsTypeNumber,
  dnsTypeText,
} from './dns-type.js';

/** What is asked for. */
export interface DnsQuestion {
  /** The root where left out. */
  readonly name?: DnsName;
  /** A where left out. */
  readonly type?: DnsTypeName | string | number;
  /** IN where left out. */
  readonly class?: string | number;
  /** Multicast DNS: the answer is wanted by unicast. */
  readonly unicastResponse?: boolean;
}

type Targeted = 'NS' | 'CNAME' | 'PTR' | 'DNAME' | 'MB' | 'MG' | 'MR';

/** What a record says, by its type. Numbers left out are 0, names the root, bytes none. */
export type DnsData =
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: Targeted; readonly target: DnsName }
  | {
      readonly type: 'SOA';
      readonly mname: DnsName;
      readonly rname: DnsName;
      readonly serial?: number;
      readonly refresh?: number;
      readonly retry?: number;
      readonly expire?: number;
      readonly minimum?: number;
    }
  | { readonly type: 'MX' | 'KX'; readonly preference?: number; readonly exchange: DnsName }
  /** Each string has at most 255 bytes. */
  | { readonly type: 'TXT' | 'SPF'; readonly strings: readonly (string | Uint8Array)[] }
  | { readonly type: 'HINFO'; readonly cpu: string | Uint8Array; readonly os: string | Uint8Array }
  | { readonly type: 'RP'; readonly mailbox: DnsName; readonly txt: DnsName }
  | { readonly type: 'AFSDB'; readonly subtype: number; readonly hostname: DnsName }
  | {
      readonly type: 'SRV';
      readonly priority?: number;
      readonly weight?: number;
      readonly port: number;
      readonly target: DnsName;
    }
  | {
      readonly type: 'NAPTR';
      readonly order?: number;
      readonly preference?: number;
      readonly flags?: string | Uint8Array;
      readonly service?: string | Uint8Array;
      readonly regexp?: string | Uint8Array;
      readonly replacement?: DnsName;
    }
  | {
      readonly type: 'DS' | 'CDS';
      readonly keyTag: number;
      readonly algorithm: number;
      readonly digestType: number;
      readonly digest: Uint8Array;
    }
  | {
      readonly type: 'DNSKEY' | 'CDNSKEY';
      readonly flags: number;
      /** Always 3, RFC 4034 section 2.1.2. */
      readonly protocol: number;
      readonly algorithm: number;
      readonly publicKey: Uint8Array;
    }
  | {
      readonly type: 'SSHFP';
      readonly algorithm: number;
      readonly fingerprintType: number;
      readonly fingerprint: Uint8Array;
    }
  | {
      readonly type: 'RRSIG';
      readonly typeCovered: number;
      readonly algorithm: number;
      readonly labels: number;
      readonly originalTtl: number;
      /** Seconds since 1970. */
      readonly expiration: number;
      /** Seconds since 1970. */
      readonly inception: number;
      readonly keyTag: number;
      readonly signer: DnsName;
      readonly signature: Uint8Array;
    }
  | { readonly type: 'NSEC'; readonly next: DnsName; readonly types: readonly (string | number)[] }
  | {
      readonly type: 'NSEC3';
      readonly algorithm: number;
      readonly flags: number;
      readonly iterations: number;
      readonly salt: Uint8Array;
      readonly nextHash: Uint8Array;
      readonly types: readonly (string | number)[];
    }
  | {
      readonly type: 'NSEC3PARAM';
      readonly algorithm: number;
      readonly flags: number;
      readonly iterations: number;
      readonly salt: Uint8Array;
    }
  | {
      readonly type: 'TLSA';
      readonly usage: number;
      readonly selector: number;
      readonly matchingType: number;
      readonly association: Uint8Array;
    }
  | {
      readonly type: 'CAA';
      readonly flags?: number;
      readonly tag: string | Uint8Array;
      readonly value: string | Uint8Array;
    }
  | { readonly type: 'NULL'; readonly bytes: Uint8Array }
  | {
      readonly type: 'CERT';
      readonly certType: number;
      readonly keyTag: number;
      readonly algorithm: number;
      readonly certificate: Uint8Array;
    }
  | { readonly type: 'OPENPGPKEY'; readonly key: string | Uint8Array }
  | {
      readonly type: 'SVCB' | 'HTTPS';
      readonly priority: number;
      readonly target: DnsName;
      readonly params?: readonly SvcParam[];
    };

/** A resource record, to build from and as read. */
export type DnsRecord =
  | ({
      /** The root where left out. */
      readonly name?: DnsName;
      /** IN where left out. */
      readonly class?: string | number;
      /** Seconds; 0 where left out. */
      readonly ttl?: number;
      /** Multicast DNS: the receiver drops what it knew of this name and type. */
      readonly cacheFlush?: boolean;
    } & (DnsData | { readonly type: DnsTypeName | string | number; readonly data: Uint8Array }))
  | {
      readonly type: 'OPT';
      /** The root where left out, as it must be. */
      readonly name?: DnsName;
      /** Largest datagram the sender takes, bytes; it stands in the class's place. */
      readonly udpPayloadSize?: number;
      /** Upper 8 bits of the response code. */
      readonly extendedRcode?: number;
      readonly version?: number;
      /** The DO bit (0x8000) and 15 reserved ones. */
      readonly flags?: number;
      readonly options?: readonly EdnsOption[];
    };

/** Whether the class's highest bit is multicast DNS's own. */
interface DnsDialect {
  readonly isMulticast: boolean;
}

/** A message in a window: where it starts and ends, and whose dialect it is in. */
export interface DnsWindow {
  readonly view: DataView;
  /** The header's first byte, which compression pointers count from. */
  readonly start: number;
  readonly end: number;
  readonly dialect: DnsDialect;
}

/** What names that are read are to be called; a compressor follows along where reading is to build the same bytes again. */
export interface Naming {
  readonly nameOf: RdataSource['nameOf'];
  readonly compressor?: NameCompressor;
}

/** Where one question or record lies. */
export interface RecordSpan {
  readonly at: number;
  /** Offset behind the owner's name. */
  readonly nameEnd: number;
  /** Offset of the data; that behind a question. */
  readonly dataAt: number;
  readonly end: number;
}

/** Where the question or record at `at` lies, or why that cannot be known. */
export function spanOf({ view, start, end }: DnsWindow, at: number, isQuestion: boolean): RecordSpan | NameFault {
  const { next, fault } = readName(view, at, end, start);
  if (fault) return fault;
  const fixed = isQuestion ? 4 : 10;
  if (next + fixed > end) {
    const what = isQuestion ? 'a question' : 'a record';
    return {
      code: 'TRUNCATED',
      at: next,
      reason: `${what} needs ${fixed} bytes behind its name, ${end - next} available`,
    };
  }
  const dataAt = next + fixed;
  if (isQuestion) return { at, nameEnd: next, dataAt, end: dataAt };
  const length = view.getUint16(next + 8);
  if (dataAt + length > end) {
    return {
      code: 'TRUNCATED',
      at: next + 8,
      reason: `a record's data length is ${length}, ${end - dataAt} bytes available`,
    };
  }
  return { at, nameEnd: next, dataAt, end: dataAt + length };
}

/** A question as read. */
export function readQuestion(window: DnsWindow, span: RecordSpan, { nameOf }: Naming): DnsQuestion {
  const { view, start, end, dialect } = window;
  const name = nameOf(readName(view, span.at, end, start).labels, span.at, span.nameEnd, true);
  const classBits = view.getUint16(span.nameEnd + 2);
  const isUnicast = dialect.isMulticast && classBits >= 0x8000;
  return {
    name,
    type: typeValue(view.getUint16(span.nameEnd)),
    class: classValue(dialect.isMulticast ? classBits & 0x7fff : classBits),
    ...(isUnicast ? { unicastResponse: true } : {}),
  };
}

/** Appends a question. */
export function writeQuestion(question: DnsQuestion, to: number[], compressor: NameCompressor): void {
  const { name = '.', type = DnsType.A, unicastResponse } = question;
  to.push(...compressor.encode(name, to.length, true));
  writeUint('type', dnsTypeNumber(type), 2, to);
  writeUint('class', dnsClassNumber(question.class ?? 'IN') + (unicastResponse ? 0x8000 : 0), 2, to);
}

/**
 * A record as read. With a `compressor`, which follows along, its data are given by field only where they would build the same bytes
 * again.
 */
export function readRecord(window: DnsWindow, span: RecordSpan, naming: Naming): DnsRecord {
  const { view, start, end, dialect } = window;
  const { nameEnd, dataAt } = span;
  const name = naming.nameOf(readName(view, span.at, end, start).labels, span.at, nameEnd, true);
  const type = view.getUint16(nameEnd);
  const data = readData(window, span, type, naming);
  if (type === DnsType.OPT && data) {
    return {
      type: 'OPT',
      ...(name === '.' ? {} : { name }),
      udpPayloadSize: view.getUint16(nameEnd + 2),
      extendedRcode: view.getUint8(nameEnd + 4),
      version: view.getUint8(nameEnd + 5),
      flags: view.getUint16(nameEnd + 6),
      ...data,
    };
  }
  const classBits = view.getUint16(nameEnd + 2);
  const cacheFlush = dialect.isMulticast && classBits >= 0x8000;
  return {
    name,
    type: typeValue(type),
    class: classValue(dialect.isMulticast ? classBits & 0x7fff : classBits),
    ttl: view.getUint32(nameEnd + 4),
    ...(cacheFlush ? { cacheFlush } : {}),
    ...(data ?? { data: bytesOf(view, dataAt, span.end) }),
  } as DnsRecord;
}

/** The data's fields by name; nothing where they are not known, or would build other bytes. */
function readData(
  { view, start, end: messageEnd }: DnsWindow,
  { dataAt, end }: RecordSpan,
  type: number,
  { nameOf, compressor }: Naming,
): Record<string, unknown> | undefined {
  const fields = rdataFields[type];
  // Without data in an update (RFC 2136) or a stub.
  if (fields === undefined || (dataAt === end && type !== DnsType.OPT)) return undefined;
  const mark = compressor?.mark ?? 0;
  const data = fieldValues(fields, { view, end, start, messageEnd, nameOf }, dataAt);
  if (compressor === undefined) return data;
  // Reading taught it where names stand; writing them is to teach it again, if they are written.
  compressor.forget(mark);
  if (data === undefined) return undefined;
  const bytes: number[] = [];
  writeFields(fields, data, { bytes, at: dataAt - start, compressor });
  if (equalBytes(Uint8Array.from(bytes), bytesOf(view, dataAt, end))) return data;
  compressor.forget(mark);
  return undefined;
}

function fieldValues(
  fields: readonly DnsField[],
  source: RdataSource,
  at: number,
): Record<string, unknown> | undefined {
  const values: Record<string, unknown> = {};
  let i = at;
  for (const field of fields) {
    const read = field.read(source, i);
    if (!read) return undefined;
    values[field.name] = read.value;
    i = read.next;
  }
  return i === source.end ? values : undefined;
}

function writeFields(fields: readonly DnsField[], values: { readonly [name: string]: unknown }, sink: RdataSink): void {
  for (const field of fields) field.write(values[field.name], sink);
}

/** Appends a record. */
export function writeRecord(record: DnsRecord, to: number[], compressor: NameCompressor): void {
  to.push(...compressor.encode(record.name ?? '.', to.length, true));
  const type = dnsTypeNumber(record.type);
  writeUint('type', type, 2, to);
  if (record.type === 'OPT' && !('data' in record)) {
    const { udpPayloadSize = 4096, extendedRcode = 0, version = 0, flags = 0 } = record as OptRecord;
    writeUint('udpPayloadSize', udpPayloadSize, 2, to);
    writeUint('extendedRcode', extendedRcode, 1, to);
    writeUint('version', version, 1, to);
    writeUint('flags', flags, 2, to);
  } else {
    const { class: value = 'IN', ttl = 0, cacheFlush } = record as Exclude<DnsRecord, OptRecord>;
    writeUint('class', dnsClassNumber(value) + (cacheFlush ? 0x8000 : 0), 2, to);
    writeUint('ttl', ttl, 4, to);
  }
  const data: number[] = [];
  const fields = rdataFields[type];
  if ('data' in record) for (const byte of record.data) data.push(byte);
  else if (fields)
    writeFields(fields, record as unknown as Record<string, unknown>, { bytes: data, at: to.length + 2, compressor });
  else {
    throw new RangeError(
      `Cannot write DNS record of type ${dnsTypeText(type)}: it has no fields known here, give its bytes as data`,
    );
  }
  if (data.length > 0xffff)
    throw new RangeError(`Cannot write DNS record: ${data.length} bytes of data, at most 65535 fit`);
  to.push(data.length >> 8, data.length & 0xff);
  for (const byte of data) to.push(byte);
}

type OptRecord = Extract<DnsRecord, { udpPayloadSize?: number }>;

/** Node of a question. */
export function questionNode({ view, start, end, dialect }: DnsWindow, span: RecordSpan): FieldNode {
  const { at, nameEnd } = span;
  const { labels } = readName(view, at, end, start);
  const characters = nameLength(labels);
  // Wireshark counts neither characters nor labels of a name of one character, and each dot as between labels.
  const length = characters > 1 ? characters : 0;
  const dots = labels.reduce((total, label) => total + label.filter((byte) => byte === 0x2e).length, 0);
  const count = characters > 1 ? Math.max(1, labels.length + dots) : 0;
  const type = dnsTypeText(view.getUint16(nameEnd));
  const classNodes = dialect.isMulticast
    ? [
        classPart(view, nameEnd + 2, 'dns.qry.class'),
        bitsNode(
          { name: 'unicastResponse', label: 'Unicast response wanted (QU)', filters: 'dns.qry.qu' },
          view,
          nameEnd + 2,
          { bytes: 2, bit: 0, width: 1 },
        ),
      ]
    : [
        hexNode(
          { name: 'class', label: 'Class', filters: 'dns.qry.class', names: dnsClassNames },
          view,
          nameEnd + 2,
          2,
        ),
      ];
  return node({ name: 'question', label: 'Question', filters: [] }, at, span.end - at, {
    value: nameText(labels),
    text: `${nameText(labels)} ${type}`,
    children: [
      nameNode({ name: 'name', label: 'Name', filters: 'dns.qry.name' }, at, nameEnd, labels),
      node({ name: 'nameLength', label: 'Name length', filters: 'dns.qry.name.len' }, at, 0, {
        value: characters,
        text: String(characters),
        wireshark: String(length),
      }),
      node({ name: 'labels', label: 'Labels', filters: 'dns.count.labels' }, at, 0, {
        value: labels.length,
        text: String(labels.length),
        wireshark: String(count),
      }),
      uintNode({ name: 'type', label: 'Type', filters: 'dns.qry.type', names: dnsTypeNames }, view, nameEnd, 2),
      ...classNodes,
    ],
  });
}

/** The lower 15 bits of a multicast class; Wireshark writes them in two bytes' width. */
function classPart(view: DataView, at: number, filter: string): FieldNode {
  const value = view.getUint16(at) & 0x7fff;
  const meaning = dnsClassNames[value];
  const text = formatHex(value, 4);
  return {
    ...node({ name: 'class', label: 'Class', filters: filter }, at, 2, { value, text }),
    bit: 1,
    bits: 15,
    ...(meaning === undefined ? {} : { meaning }),
  };
}

/** Node of a record. */
export function recordNode({ view, start, end, dialect }: DnsWindow, span: RecordSpan, named: Named): FieldNode {
  const { at, nameEnd, dataAt } = span;
  const { labels } = readName(view, at, end, start);
  const type = view.getUint16(nameEnd);
  const source: RdataSource = { view, end: span.end, start, messageEnd: end, nameOf: nameText };
  const data = dataNodes(source, type, dataAt);
  const owner = nameNode({ name: 'name', label: 'Name', filters: 'dns.resp.name' }, at, nameEnd, labels);
  return node(named, at, span.end - at, {
    value: nameText(labels),
    text: `${nameText(labels)} ${dnsTypeText(type)}`,
    meaning: data
      .filter(({ name: part }) => !part.endsWith('Length'))
      .map(({ text }) => text)
      .join(' ')
      .slice(0, 120),
    children: [
      ...(type === DnsType.SRV ? serviceNodes(owner, labels) : [owner]),
      uintNode({ name: 'type', label: 'Type', filters: 'dns.resp.type', names: dnsTypeNames }, view, nameEnd, 2),
      ...(type === DnsType.OPT ? optNodes(view, nameEnd, dialect) : classNodes(view, nameEnd, dialect)),
      uintNode({ name: 'length', label: 'Data length', filters: 'dns.resp.len' }, view, nameEnd + 8, 2),
      ...data,
    ],
  });
}

function classNodes(view: DataView, nameEnd: number, dialect: DnsDialect): FieldNode[] {
  return [
    ...(dialect.isMulticast
      ? [
          classPart(view, nameEnd + 2, 'dns.resp.class'),
          bitsNode({ name: 'cacheFlush', label: 'Cache flush', filters: 'dns.resp.cache_flush' }, view, nameEnd + 2, {
            bytes: 2,
            bit: 0,
            width: 1,
          }),
        ]
      : [
          hexNode(
            { name: 'class', label: 'Class', filters: 'dns.resp.class', names: dnsClassNames },
            view,
            nameEnd + 2,
            2,
          ),
        ]),
    {
      ...uintNode({ name: 'ttl', label: 'Time to live', filters: 'dns.resp.ttl' }, view, nameEnd + 4, 4),
      meaning: 'seconds',
    },
  ];
}

/** In the places of class and time to live, RFC 6891 section 6.1.3. */
function optNodes(view: DataView, nameEnd: number, dialect: DnsDialect): FieldNode[] {
  const size = uintNode(
    { name: 'udpPayloadSize', label: 'UDP payload size', filters: 'dns.rr.udp_payload_size' },
    view,
    nameEnd + 2,
    2,
  );
  const flags = hexNode({ name: 'flags', label: 'Flags', filters: 'dns.resp.z' }, view, nameEnd + 6, 2);
  const reserved = bitsNode(
    { name: 'reserved', label: 'Reserved', filters: 'dns.resp.z.reserved' },
    view,
    nameEnd + 6,
    { bytes: 2, bit: 1, width: 15 },
  );
  return [
    // Wireshark writes it in hexadecimal where multicast DNS cuts a bit off, else in decimal.
    {
      ...size,
      wireshark: dialect.isMulticast ? hexOf(view.getUint16(nameEnd + 2) & 0x7fff, 2) : size.text,
    },
    ...(dialect.isMulticast
      ? [
          bitsNode({ name: 'cacheFlush', label: 'Cache flush', filters: 'dns.resp.cache_flush' }, view, nameEnd + 2, {
            bytes: 2,
            bit: 0,
            width: 1,
          }),
        ]
      : []),
    hexNode(
      { name: 'extendedRcode', label: 'Extended response code, upper bits', filters: 'dns.resp.ext_rcode' },
      view,
      nameEnd + 4,
      1,
    ),
    uintNode({ name: 'version', label: 'EDNS version', filters: 'dns.resp.edns0_version' }, view, nameEnd + 5, 1),
    {
      ...flags,
      children: [
        bitsNode({ name: 'dnssecOk', label: 'DNSSEC wanted (DO)', filters: 'dns.resp.z.do' }, view, nameEnd + 6, {
          bytes: 2,
          bit: 0,
          width: 1,
        }),
        { ...reserved, text: formatHex(reserved.value as number, 4) },
      ],
    },
  ];
}

/** `_service._proto.name`, RFC 2782. */
function serviceNodes(owner: FieldNode, labels: readonly Uint8Array[]): FieldNode[] {
  const part = (name: string, label: string, filter: string, text: string) =>
    node({ name, label, filters: filter }, owner.at, 0, { value: text, text });
  const text = labels.map((label) => nameText([label]));
  return [
    part('service', 'Service', 'dns.srv.service', text[0] ?? ''),
    part('proto', 'Protocol', 'dns.srv.proto', text[1] ?? ''),
    { ...owner, filters: [] },
    part('domain', 'Domain', 'dns.srv.name', text.slice(2).join('.')),
  ];
}

function dataNodes(source: RdataSource, type: number, dataAt: number): FieldNode[] {
  const { view, end } = source;
  const fields = rdataFields[type];
  const nodes: FieldNode[] = [];
  let i = dataAt;
  for (const field of fields ?? []) {
    const read = field.read(source, i);
    if (!read) break;
    nodes.push(...field.nodes(source, i, read));
    i = read.next;
  }
  if (type === DnsType.CAA && nodes.length > 0) nodes.push(caaNode(nodes.pop()!, nodes));
  if (type === DnsType.DNSKEY || type === DnsType.CDNSKEY)
    nodes.push(reservedNode(view, dataAt), keyTagNode(view, dataAt, end));
  if (i < end) nodes.push(octetsNode({ name: 'data', label: 'Data', filters: fields ? [] : 'dns.data' }, view, i, end));
  return nodes;
}

/** Wireshark has a name for each property tag's value, RFC 8659 section 4. */
function caaNode(value: FieldNode, before: readonly FieldNode[]): FieldNode {
  const tag = before.find(({ name }) => name === 'tag')?.text ?? '';
  const known = ['issue', 'issuewild', 'iodef'].includes(tag) ? tag : 'unknown';
  return value.name === 'value' ? { ...value, filters: [`dns.caa.${known}`, 'dns.caa.value'] } : value;
}

/** The flags' bits that mean nothing, as Wireshark puts them together. */
function reservedNode(view: DataView, at: number): FieldNode {
  const value = (view.getUint16(at) & 0xfe7e) >> 1;
  return node({ name: 'reserved', label: 'Reserved flags', filters: 'dns.dnskey.flags.reserved' }, at, 0, {
    value,
    text: hexOf(value, 2),
  });
}

/** The key tag, RFC 4034 appendix B. */
function keyTagNode(view: DataView, at: number, end: number): FieldNode {
  let sum = 0;
  for (let i = at; i < end; i++) sum += (i - at) % 2 === 0 ? view.getUint8(i) << 8 : view.getUint8(i);
  let tag = (sum + (sum >>> 16)) & 0xffff;
  // Appendix B.1: RSA/MD5 has the most significant 16 of the modulus's least significant 24 bits.
  if (end - at >= 7 && view.getUint8(at + 3) === 1) tag = view.getUint16(end - 3);
  return node({ name: 'keyTag', label: 'Key tag', filters: 'dns.dnskey.key_id' }, at, 0, {
    value: tag,
    text: String(tag),
  });
}

function typeValue(type: number): DnsTypeName | number {
  return dnsTypeNames[type] ?? type;
}

function classValue(value: number): string | number {
  return dnsClassNames[value] ?? value;
}

/** A fault of a name or record as a fault of layer `layer`. */
export function asDecodeFault({ code, at, reason }: NameFault, layer: string): DecodeFault {
  return { code, layer, at, reason };
}
