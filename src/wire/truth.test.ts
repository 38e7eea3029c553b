import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../bytes.js';
import type { Frame } from '../capture/index.js';
import { corpusFiles } from '../testing/corpus.js';
import { without } from '../testing/peer.js';
import { occurrenceSeparator, tsharkTable } from '../testing/tshark.js';
import { build } from './build.js';
import { dissect } from './dissect.js';
import { fieldQuery, knownFields } from './field-values.js';
import type { FieldNode } from './layer.js';
import { wiresharkFields } from './wireshark-fields.js';

const names = Object.keys(wiresharkFields);

interface Mismatch {
  readonly name: string;
  readonly file: string;
  readonly number: number;
  readonly ours: string;
  readonly theirs: string;
}

async function compare(file: string, frames: readonly Frame[], compared: Map<string, number>): Promise<Mismatch[]> {
  const theirs = await tsharkTable(file, ['frame.number', ...names]);
  const query = fieldQuery(names);
  const rows = new Map(theirs.map((row) => [Number(row[0]), row]));
  const mismatches: Mismatch[] = [];
  for (const frame of frames) {
    const row = rows.get(frame.number);
    assert.ok(row, `${file}: tshark has no packet ${frame.number}`);
    const ours = query.read(dissect(frame));
    for (const [j, name] of names.entries()) {
      const mine = ours[j]!.join(occurrenceSeparator);
      const his = row[j + 1] ?? '';
      if (mine === his) {
        if (mine !== '') compared.set(name, (compared.get(name) ?? 0) + 1);
      } else mismatches.push({ name, file, number: frame.number, ours: mine, theirs: his });
    }
  }
  return mismatches;
}

test('every field that tshark knows too has tshark’s value, in every packet of the corpus', {
  skip: without('tshark', 'corpus'),
}, async () => {
  const compared = new Map<string, number>();
  const mismatches: Mismatch[] = [];
  const queue = corpusFiles();
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      mismatches.push(...(await compare(next.file, next.frames, compared)));
    }
  };
  await Promise.all([work(), work()]);
  assert.deepEqual(report(mismatches), []);
});

/** One line for each name that differs: how often, and the first place. */
function report(mismatches: readonly Mismatch[]): string[] {
  const byName = new Map<string, Mismatch[]>();
  for (const mismatch of mismatches) byName.set(mismatch.name, [...(byName.get(mismatch.name) ?? []), mismatch]);
  return [...byName].map(([name, [first, ...others]]) => {
    const show = (text: string) => JSON.stringify(text.replaceAll(occurrenceSeparator, ','));
    const place = `${first!.file.split('/').pop()} packet ${first!.number}`;
    return `${name}: ${others.length + 1} packets, first ${place}: ${show(first!.ours)} here, ${show(first!.theirs)} by tshark`;
  });
}

test('build() from the parts of every good packet of the corpus gives the same bytes', {
  skip: without('corpus'),
}, () => {
  for (const { file, frames } of corpusFiles()) {
    for (const frame of frames) {
      const packet = dissect(frame);
      if (packet.faults.length > 0) continue;
      assert.equal(toHex(build(...packet.parts()).bytes), toHex(frame.bytes), `${file} packet ${frame.number}`);
    }
  }
});

test('every name of a layer’s field is in the table of Wireshark’s names', { skip: without('corpus') }, () => {
  const known = new Set(knownFields().map(({ name }) => name));
  const unknown = new Set<string>();
  for (const { frames } of corpusFiles()) {
    for (const frame of frames) {
      const visit = (nodes: readonly FieldNode[]): void => {
        for (const node of nodes) {
          for (const name of [...node.filters, ...(node.flags ?? []).flatMap(({ filter }) => filter ?? [])]) {
            if (!known.has(name)) unknown.add(name);
          }
          visit(node.children ?? []);
        }
      };
      for (const { nodes } of dissect(frame).nodes()) visit(nodes);
    }
  }
  assert.deepEqual([...unknown], []);
});
