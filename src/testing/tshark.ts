/**
 * tshark as an oracle: the values of fields by frame.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';

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

/** Stands between the occurrences of a field in a cell of `tsharkTable`. */
export const occurrenceSeparator = '\x1f';

/**
 * The version of the installed tshark, as `4.0.17`.
 *
 * @throws Error where there is none
 */
export function tsharkVersion(): string {
  const { stdout, error } = spawnSync('tshark', ['--version'], { encoding: 'utf8' });
  const version = /\d+\.\d+\.\d+/.exec(stdout ?? '')?.[0];
  if (version === undefined) throw new Error('Cannot ask tshark: it does not tell its version', { cause: error });
  return version;
}

/**
 * The values of fields in a capture: a row of cells for each frame. What a damaged file holds before the damage is given as well.
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
