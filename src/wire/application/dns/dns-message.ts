/**
 * The sections of a DNS message behind its header, RFC 1035 section 4.1, for messages in datagrams and in streams alike.
 *
 * @module
 */
import { bytesOf, equalBytes, toHex } from '../../../bytes.js';
import type { FieldNode } from '../../core/layer.js';
import { node } from '../../core/node.js';
import { type DnsName, NameCompressor, type NameFault, nameText } from './dns-name.js';
import {
  type DnsQuestion,
  type DnsRecord,
  type DnsWindow,
  type Naming,
  questionNode,
  type RecordSpan,
  readQuestion,
  readRecord,
  recordNode,
  spanOf,
  writeQuestion,
  writeRecord,
} from './dns-record.js';

/** Bytes of a message's header. */
export const dnsHeaderSize = 12;

/** What stands behind the header. */
export type DnsSections = {
  questions?: readonly DnsQuestion[] | undefined;
  answers?: readonly DnsRecord[] | undefined;
  authorities?: readonly DnsRecord[] | undefined;
  additionals?: readonly DnsRecord[] | undefined;
  /** Whether names point at earlier ones where they may. On where left out, as every server does it. */
  compress?: boolean | undefined;
  /** Bytes behind the last record, or what is no record. */
  rest?: Uint8Array | undefined;
};

const sections = ['questions', 'answers', 'authorities', 'additionals'] as const;
const nodeNames = [
  ['question', 'Question'],
  ['answer', 'Answer'],
  ['authority', 'Authority'],
  ['additional', 'Additional'],
] as const;

/** Where each section's entries lie, up to the first that cannot be read, and where the bytes behind them begin. */
export function walk(window: DnsWindow): {
  spans: readonly (readonly RecordSpan[])[];
  rest: number;
  fault: NameFault | undefined;
} {
  const { view, start } = window;
  const spans: RecordSpan[][] = [[], [], [], []];
  let at = start + dnsHeaderSize;
  for (const [section, list] of spans.entries()) {
    const count = view.getUint16(start + 4 + 2 * section);
    for (let i = 0; i < count; i++) {
      const span = spanOf(window, at, section === 0);
      if ('code' in span) return { spans, rest: at, fault: span };
      list.push(span);
      at = span.end;
    }
  }
  return { spans, rest: at, fault: undefined };
}

/** The entries of a section, 0 to 3, as read: names as text. */
export function readSection(window: DnsWindow, section: number): (DnsQuestion | DnsRecord)[] {
  return walk(window).spans[section]!.map((span) => readEntry(window, span, section, { nameOf: nameText }));
}

function readEntry(window: DnsWindow, span: RecordSpan, section: number, naming: Naming): DnsQuestion | DnsRecord {
  return section === 0 ? readQuestion(window, span, naming) : readRecord(window, span, naming);
}

/** Sections that build the same bytes again. */
export function toSections(window: DnsWindow): DnsSections {
  const compressed = sectionsAs(window, true);
  if (compressed.encoded === 0) return compressed.sections;
  const plain = sectionsAs(window, false);
  return plain.encoded < compressed.encoded ? { ...plain.sections, compress: false } : compressed.sections;
}

/** Sections for one way to encode names, and how many names were encoded in another. */
function sectionsAs(window: DnsWindow, compress: boolean): { sections: DnsSections; encoded: number } {
  const { view, start, end } = window;
  const { spans, rest } = walk(window);
  const compressor = new NameCompressor(compress);
  let encoded = 0;
  const nameOf = (labels: readonly Uint8Array[], at: number, next: number, mayPoint: boolean): DnsName => {
    const name = nameText(labels);
    const bytes = bytesOf(view, at, next);
    const mark = compressor.mark;
    if (equalBytes(compressor.encode(name, at - start, mayPoint), bytes)) return name;
    compressor.forget(mark);
    encoded++;
    const given = { name, encoded: bytes.slice() };
    compressor.encode(given, at - start, mayPoint);
    return given;
  };
  const made: Record<string, unknown> = {};
  for (const [i, section] of sections.entries()) {
    if (spans[i]!.length > 0)
      made[section] = spans[i]!.map((span) => readEntry(window, span, i, { nameOf, compressor }));
  }
  if (rest < end) made.rest = bytesOf(view, rest, end).slice();
  return { sections: made, encoded };
}

/** Bytes behind the header; offsets count from the header's first byte. */
export function encodeSections(init: DnsSections): Uint8Array {
  const compressor = new NameCompressor(init.compress ?? true);
  const bytes: number[] = new Array<number>(dnsHeaderSize).fill(0);
  for (const question of init.questions ?? []) writeQuestion(question, bytes, compressor);
  for (const section of ['answers', 'authorities', 'additionals'] as const) {
    for (const record of init[section] ?? []) writeRecord(record, bytes, compressor);
  }
  for (const byte of init.rest ?? []) bytes.push(byte);
  return Uint8Array.from(bytes).subarray(dnsHeaderSize);
}

/** How many entries each section is built with. */
export function sectionCounts(init: DnsSections): readonly number[] {
  return sections.map((section) => init[section]?.length ?? 0);
}

/** A node for each question and record, and for what follows them. */
export function sectionNodes(window: DnsWindow): FieldNode[] {
  const { view, end } = window;
  const { spans, rest, fault } = walk(window);
  const nodes = spans.flatMap((list, section) =>
    list.map((span) => {
      if (section === 0) return questionNode(window, span);
      const [name, label] = nodeNames[section]!;
      return recordNode(window, span, { name, label, filters: [] });
    }),
  );
  if (rest < end) {
    const value = bytesOf(view, rest, end);
    nodes.push(
      node(
        { name: 'rest', label: 'Bytes behind the records', filters: fault ? [] : 'dns.extraneous.data' },
        rest,
        value.length,
        {
          value,
          text: `${value.length} bytes`,
          wireshark: toHex(value),
        },
      ),
      node(
        { name: 'restLength', label: 'Length of the bytes behind', filters: fault ? [] : 'dns.extraneous.length' },
        rest,
        0,
        {
          value: value.length,
          text: String(value.length),
        },
      ),
    );
  }
  return nodes;
}
