/**
 * Which column of a CSV holds what, under the names that people give them.
 *
 * @module
 */
import { MessageError } from '../errors.js';
import type { Notes } from './note.js';
import type { Row } from './rows.js';

/** Columns that are understood, by their canonical names. */
export type Column =
  | 'msg_id'
  | 'app_protocol'
  | 'transport'
  | 'src_app'
  | 'dst_app'
  | 'src_port'
  | 'dst_port'
  | 'src_ip'
  | 'dst_ip'
  | 'message'
  | 'timestamp'
  | 'flags'
  | 'payload_size'
  | 'info';

/** The columns the course asks for. */
export const sixColumns = 'msg_id,app_protocol,src_app,dst_app,message,timestamp';

/** Other names, written as `canonicalName` writes them. The first of a list that a header has is taken. */
const aliases: { readonly [C in Column]: readonly string[] } = {
  msg_id: ['msg_id', 'message_id', 'msgid', 'id', 'no', 'number', 'frame_number', 'packet', 'seq_no', 'index', 'row'],
  app_protocol: ['app_protocol', 'application_protocol', 'appprotocol', 'app_proto', 'protocol', 'proto'],
  // Beside an application protocol, `protocol` is the transport's.
  transport: ['transport', 'transport_protocol', 'ip_protocol', 'l4_protocol', 'l4', 'protocol', 'proto'],
  src_app: ['src_app', 'source_app', 'src_application', 'source_application', 'srcapp', 'sender', 'from'],
  dst_app: [
    'dst_app',
    'dest_app',
    'destination_app',
    'dst_application',
    'destination_application',
    'dstapp',
    'receiver',
    'recipient',
    'to',
  ],
  src_port: ['src_port', 'source_port', 'srcport', 'sport', 'tcp_srcport', 'udp_srcport'],
  dst_port: ['dst_port', 'dest_port', 'destination_port', 'dstport', 'dport', 'tcp_dstport', 'udp_dstport'],
  src_ip: ['src_ip', 'source_ip', 'src_addr', 'source_address', 'src_address', 'ip_src', 'source', 'src'],
  dst_ip: [
    'dst_ip',
    'dest_ip',
    'destination_ip',
    'dst_addr',
    'destination_address',
    'dst_address',
    'ip_dst',
    'destination',
    'dst',
  ],
  message: ['message', 'message_content', 'msg', 'payload', 'data', 'content', 'text', 'body', 'app_message'],
  timestamp: [
    'timestamp',
    'time',
    'ts',
    'time_s',
    'timestamp_s',
    'time_seconds',
    'time_ms',
    'timestamp_ms',
    'time_us',
    'timestamp_us',
    'frame_time_relative',
    'frame_time_epoch',
    'date_time',
    'datetime',
    'date',
  ],
  flags: ['flags', 'tcp_flags', 'tcpflags', 'flag', 'control_flags'],
  payload_size: ['payload_size', 'payload_length', 'payload_len', 'tcp_len', 'message_size', 'message_length'],
  info: ['info'],
};

/** What a header says. */
export interface Header {
  readonly line: number;
  /** Number of columns. */
  readonly width: number;
  /** Place of each column that is used, counted from 0. */
  readonly at: ReadonlyMap<Column, number>;
  /** A column's name as the header has it. */
  nameOf(column: Column): string;
}

/**
 * Reads a header line.
 *
 * @throws MessageError `MISSING_COLUMN`, `DUPLICATE_COLUMN`
 */
export function readHeader(row: Row, file: string, notes: Notes): Header {
  const names = row.values.map(canonicalName);
  const at = new Map<Column, number>();
  for (const [column, known] of Object.entries(aliases) as [Column, readonly string[]][]) {
    const free = known.filter((name) => ![...at.values()].includes(names.indexOf(name)));
    const name = free.find((candidate) => names.includes(candidate));
    if (name === undefined) continue;
    const place = names.indexOf(name);
    if (names.indexOf(name, place + 1) !== -1) {
      throw new MessageError(
        'DUPLICATE_COLUMN',
        `${file}, line ${row.line}: column ${name} stands there twice; rename one of them`,
      );
    }
    at.set(column, place);
  }
  checkComplete(at, row, file);
  const respelt: string[] = [];
  for (const [place, name] of names.entries()) {
    const column = [...at].find(([, index]) => index === place)?.[0];
    const given = row.values[place]!;
    if (column === undefined) {
      notes.add({
        code: 'COLUMN_PASSED_OVER',
        kind: 'remark',
        line: row.line,
        column: given.trim() || `number ${place + 1}`,
        text: 'passed over',
      });
    } else if (name !== column && name !== 'protocol') {
      notes.add({
        code: 'HEADER_NAME',
        kind: 'repair',
        line: row.line,
        column: given.trim(),
        text: `read as ${column}`,
      });
    } else if (given.trim() !== name) {
      respelt.push(`${given.trim()} (${name})`);
    }
  }
  if (respelt.length > 0) {
    notes.add({
      code: 'HEADER_NAME',
      kind: 'repair',
      line: row.line,
      text: `names of columns are read without regard to case and spaces: ${respelt.join(', ')}`,
    });
  }
  return { line: row.line, width: names.length, at, nameOf: (column) => row.values[at.get(column)!]?.trim() ?? column };
}

/** `Msg ID`, ` msg-id ` and `MSG_ID.` are `msg_id`. */
function canonicalName(value: string): string {
  return value
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');
}

function checkComplete(at: ReadonlyMap<Column, number>, row: Row, file: string): void {
  const missing: string[] = [];
  const has = (...columns: Column[]): boolean => columns.some((column) => at.has(column));
  if (!has('app_protocol', 'src_port', 'dst_port')) missing.push('app_protocol');
  if (!has('message', 'info', 'payload_size')) missing.push('message');
  if (!has('timestamp')) missing.push('timestamp');
  for (const side of ['src', 'dst'] as const) {
    if (!has(`${side}_app`, `${side}_port`, `${side}_ip`)) missing.push(`${side}_app`);
  }
  if (missing.length === 0) return;
  const given = row.values.join(',');
  const looksLikeData = at.size === 0 && row.values.some((value) => /^\d/.test(value.trim()));
  throw new MessageError(
    'MISSING_COLUMN',
    `${file}, line ${row.line}: ${missing.length === 1 ? 'column' : 'columns'} ${missing.join(', ')} missing; the header is ${JSON.stringify(given.length > 200 ? `${given.slice(0, 197)}…` : given)}, ${sixColumns} needed${looksLikeData ? ': write that line above the first row' : ''}`,
  );
}
