import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { toHex } from '../bytes.js';
import { readCapture } from '../capture/index.js';
import { corpus, without } from '../testing/peer.js';
import { build, dissect, type FieldNode, type Packet } from './index.js';

const folders = ['protocols', 'pcapng-generator'].map((name) => join(corpus, name));

/** Values by Wireshark's field name, in the order of the bytes. */
function occurrences(packet: Packet): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (filter: string, text: string) => found.set(filter, [...(found.get(filter) ?? []), text]);
  const visit = (node: FieldNode) => {
    for (const filter of node.filters) add(filter, node.wireshark ?? node.text);
    for (const { filter, mask } of node.flags ?? []) {
      if (filter) add(filter, (Number(node.value) & mask) !== 0 ? '1' : '0');
    }
    for (const child of node.children ?? []) visit(child);
  };
  for (const { nodes } of packet.nodes()) for (const node of nodes) visit(node);
  return found;
}

function tshark(file: string, fields: readonly string[]): string[][] {
  const off = [
    'ip.defragment',
    'ipv6.defragment',
    'tcp.desegment_tcp_streams',
    'tcp.relative_sequence_numbers',
  ].flatMap((name) => ['-o', `${name}:FALSE`]);
  const args = ['-n', '-r', file, ...off, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  const { stdout, stderr, status } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(status, 0, stderr);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

for (const folder of process.env.ONLY ? [process.env.ONLY] : folders) {
  test(`fields of ${folder}`, { skip: without('tshark', 'corpus') }, async () => {
    const diffs = new Map<string, string[]>();
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      const packets: Packet[] = [];
      try {
        for (const frame of await readCapture(file)) packets.push(dissect(frame));
      } catch (e) {
        console.log(name, String(e));
        continue;
      }
      const ours = packets.map(occurrences);
      const fields = [...new Set(ours.flatMap((found) => [...found.keys()]))].filter(
        (f) => f !== 'data' && f !== 'data.data',
      );
      const theirs = tshark(file, ['frame.number', 'frame.protocols', 'frame.encap_type', ...fields]).filter(
        (row) => row[2] !== '',
      );
      if (theirs.length !== ours.length) console.log('COUNT', name, ours.length, theirs.length);
      for (const [i, found] of ours.entries()) {
        const row = theirs[i]!;
        const p = packets[i]!;
        if (p.faults.length === 0) {
          const again = toHex(build(...p.parts()).bytes);
          if (again !== toHex(p.bytes))
            (diffs.get('BYTES') ?? diffs.set('BYTES', []).get('BYTES')!).push(`${name}#${row[0]} ${p.summary()}`);
        } else
          (diffs.get('FAULT') ?? diffs.set('FAULT', []).get('FAULT')!).push(
            `${name}#${row[0]} ${JSON.stringify(p.faults)} ${row[1]}`,
          );
        for (const [k, field] of fields.entries()) {
          const mine = (found.get(field) ?? []).join(',');
          const yours = row[k + 3] ?? '';
          if (mine !== yours) {
            const list = diffs.get(field) ?? [];
            list.push(`${name}#${row[0]} ours ${mine} theirs ${yours} ${row[1]}`);
            diffs.set(field, list);
          }
        }
      }
    }
    for (const [field, list] of diffs) console.log(field, list.length, list.slice(0, 4).join('\n      '));
  });
}
