/**
 * tshark as an oracle: values of fields by frame, ours and its own, and small captures to ask it about.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FieldNode } from '../wire/layer.js';
import type { Packet } from '../wire/packet.js';

/** Each packet by itself: nothing put together from several. */
const alone = [
  'tcp.desegment_tcp_streams:FALSE',
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'tcp.relative_sequence_numbers:FALSE',
  'dns.desegment_dns_messages:FALSE',
  'http.desegment_headers:FALSE',
  'http.desegment_body:FALSE',
  'http.dechunk_body:FALSE',
  'http.decompress_body:FALSE',
  'tls.desegment_ssl_records:FALSE',
  'tls.desegment_ssl_application_data:FALSE',
].flatMap((preference) => ['-o', preference]);

/** Values by field's name, of one frame. */
export type FrameValues = ReadonlyMap<string, readonly string[]>;

/**
 * What `tshark -n -T fields` prints for these fields, a map for each frame.
 *
 * @throws Error when tshark fails, with what it says
 */
export function tsharkFields(file: string, fields: readonly string[], ...options: string[]): FrameValues[] {
  const chosen = fields.flatMap((field) => ['-e', field]);
  const { status, stdout, stderr } = spawnSync(
    'tshark',
    ['-n', '-r', file, ...alone, ...options, '-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=\x1f', ...chosen],
    { encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, TZ: 'UTC' } },
  );
  // A damaged file is read up to its damage, with status 2.
  if (status !== 0 && status !== 2) throw new Error(`Cannot run tshark on ${file}: ${stderr}`);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const columns = line.split('\t');
      const values = new Map<string, string[]>();
      for (const [i, field] of fields.entries()) {
        const text = columns[i] ?? '';
        if (text !== '') values.set(field, text.split('\x1f'));
      }
      return values;
    });
}

/** Stands between the occurrences of a field in a cell of `tsharkTable`. */
export const occurrenceSeparator = '\x1f';

/**
 * The same without waiting: a row of cells for each frame. What a damaged file holds before the damage is given as well.
 *
 * @throws Error when tshark prints nothing and fails
 */
export async function tsharkTable(file: string, fields: readonly string[]): Promise<string[][]> {
  const args = ['-n', '-r', file, ...alone, '-T', 'fields', '-E', `aggregator=${occurrenceSeparator}`];
  const child = spawn('tshark', [...args, ...fields.flatMap((field) => ['-e', field])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TZ: 'UTC' },
  });
  const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  const status = await ended;
  if (status !== 0 && status !== 2) throw new Error(`Cannot run tshark on ${file}: ${said}`);
  return Buffer.concat(chunks)
    .toString('utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

/** What our field tree says under Wireshark's names, in its notation. */
export function fieldValues(packet: Packet): Map<string, string[]> {
  const values = new Map<string, string[]>();
  const add = (filter: string, text: string) => {
    const list = values.get(filter);
    if (list) list.push(text);
    else values.set(filter, [text]);
  };
  const visit = (node: FieldNode) => {
    for (const filter of node.filters) add(filter, node.wireshark ?? node.text);
    for (const flag of node.flags ?? []) {
      if (flag.filter) add(flag.filter, ((node.value as number) & flag.mask) !== 0 ? '1' : '0');
    }
    for (const child of node.children ?? []) visit(child);
  };
  for (const { nodes } of packet.nodes()) for (const node of nodes) visit(node);
  return values;
}

/** A pcap file (little-endian, microseconds) of packets of one link type, as bytes. */
export function pcapOf(linkType: number, packets: readonly Uint8Array[]): Uint8Array {
  const size = packets.reduce((total, { length }) => total + 16 + length, 24);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262144, true);
  view.setUint32(20, linkType, true);
  let at = 24;
  for (const [i, packet] of packets.entries()) {
    view.setUint32(at, i, true);
    view.setUint32(at + 8, packet.length, true);
    view.setUint32(at + 12, packet.length, true);
    bytes.set(packet, at + 16);
    at += 16 + packet.length;
  }
  return bytes;
}

/** Runs `use` with the name of a file that holds `bytes`, and removes it. */
export function withFile<T>(bytes: Uint8Array, use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-'));
  try {
    const file = join(folder, 'packets.pcap');
    writeFileSync(file, bytes);
    return use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
