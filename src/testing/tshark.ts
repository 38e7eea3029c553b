/**
 * What tshark reads from a capture: the oracle of tests.
 *
 * @module
 */
import { spawn } from 'node:child_process';

/** Each packet by itself, as this package dissects: nothing put together from several, no state carried over. */
const separately: readonly string[] = [
  'ip.defragment:FALSE',
  'ipv6.defragment:FALSE',
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.relative_sequence_numbers:FALSE',
  'http.desegment_headers:FALSE',
  'http.desegment_body:FALSE',
  'http.dechunk_body:FALSE',
  'tls.desegment_ssl_records:FALSE',
  'tls.desegment_ssl_application_data:FALSE',
].flatMap((preference) => ['-o', preference]);

/** Stands between the occurrences of a field: a character that no packet of the tests has in a text. */
export const occurrenceSeparator = '\x1f';

/**
 * The fields of every packet of a capture, as `tshark -n -T fields` prints them with reassembly off. What a damaged file holds before
 * the damage is given as well.
 */
export async function tsharkFields(file: string, names: readonly string[]): Promise<string[][]> {
  const args = ['-n', '-r', file, ...separately, '-T', 'fields', '-E', `aggregator=${occurrenceSeparator}`];
  const child = spawn('tshark', [...args, ...names.flatMap((name) => ['-e', name])], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === ''
    ? []
    : text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => line.split('\t'));
}
