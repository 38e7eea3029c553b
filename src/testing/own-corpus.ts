/**
 * The repository's own corpus: captures that the builders wrote, and beside each what tshark says of it. `node scripts/corpus.mjs` writes
 * both.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wiresharkFields } from '../wire/tools/wireshark-fields.js';
import { repository } from './peer.js';
import { occurrenceSeparator, tsharkTable } from './tshark.js';

/** Where the captures and the records lie. */
export const ownCorpus: string = join(repository, 'captures', 'testing');

/** The captures of one kind: those of which each packet's fields are recorded, or those of which the streams are. */
export function ownCaptures(kind: 'fields' | 'streams'): string[] {
  return readdirSync(ownCorpus)
    .filter((name) => name.endsWith(`.${kind}.json`))
    .sort()
    .map((name) => join(ownCorpus, name.slice(0, -`.${kind}.json`.length)));
}

/** What tshark says of each packet of a capture: the values of every field that it has. */
export interface FieldRecord {
  /** Version of the tshark that said it. */
  readonly tshark: string;
  /** Every field that was asked for; one that a packet does not list has no value there. */
  readonly fields: readonly string[];
  readonly packets: readonly RecordedPacket[];
}

interface RecordedPacket {
  readonly number: number;
  readonly protocols: string;
  /** By the field's name; several values in the order of the bytes. */
  readonly values: { readonly [name: string]: string | readonly string[] };
}

/** The record beside a capture. */
export function recordedFields(capture: string): FieldRecord {
  return JSON.parse(readFileSync(`${capture}.fields.json`, 'utf8')) as FieldRecord;
}

/** Asks tshark what is recorded of a capture's packets. */
export async function askFields(capture: string, version: string): Promise<FieldRecord> {
  const fields = Object.keys(wiresharkFields);
  const rows = await tsharkTable(capture, ['frame.number', 'frame.protocols', ...fields]);
  const packets = rows.map(([number, protocols = '', ...cells]): RecordedPacket => {
    const found = fields.flatMap((name, i): [string, string | string[]][] => {
      const cell = cells[i] ?? '';
      if (cell === '') return [];
      return [[name, cell.includes(occurrenceSeparator) ? cell.split(occurrenceSeparator) : cell]];
    });
    return { number: Number(number), protocols, values: Object.fromEntries(found) };
  });
  return { tshark: version, fields, packets };
}

/** A record as it is written: a packet a line. */
export function formatFieldRecord({ tshark, fields, packets }: FieldRecord): string {
  const lines = packets.map((packet) => JSON.stringify(packet)).join(',\n');
  return `{"tshark":${JSON.stringify(tshark)},\n"fields":${JSON.stringify(fields)},\n"packets":[\n${lines}\n]}\n`;
}
