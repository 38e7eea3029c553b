import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { toHex } from '../bytes.js';
import { linkTypeName } from '../link-type.js';
import { build, dissect, layers } from '../wire/index.js';
import { layerTypes, stack } from '../wire/stack/neighbours.js';
import { framesOf } from './corpus.js';
import { corpusCaptures } from './corpus-captures.js';
import { ownCaptures, ownCorpus } from './own-corpus.js';

const files = [...ownCaptures('fields'), ...ownCaptures('streams')];
const frames = files.flatMap((file) => framesOf(file));

test('the captures of the repository’s own corpus are those that scripts/corpus.mjs writes', () => {
  const captures = corpusCaptures();
  assert.deepEqual(
    files.map((file) => file.slice(ownCorpus.length + 1)).sort(),
    captures.map(({ name }) => name).sort(),
  );
  for (const { name, bytes } of captures) {
    assert.ok(readFileSync(join(ownCorpus, name)).equals(bytes), `${name} is another: node scripts/corpus.mjs`);
  }
});

test('every layer of the table stands in a packet of the corpus, a cut header and a fault among them', () => {
  const found = new Set(frames.flatMap((frame) => dissect(frame).layers.map(({ layerType }) => layerType)));
  assert.deepEqual(
    layerTypes.filter((type) => !found.has(type)).map(({ label }) => label),
    [],
  );
});

test('every link type of which the table knows the first layer is in the corpus', () => {
  const found = new Set(frames.map(({ linkType }) => linkType));
  const announced = Array.from({ length: 0x10000 }, (_, i) => i).filter((linkType) => stack.linkType.get(linkType));
  assert.ok(announced.length >= layers.filter(({ carried }) => carried.linkType !== undefined).length);
  assert.deepEqual(
    announced.filter((linkType) => !found.has(linkType)).map((linkType) => linkTypeName(linkType)),
    [],
  );
});

test('build() from the parts of every good packet of the repository’s own corpus gives the same bytes', () => {
  let good = 0;
  for (const frame of frames) {
    const packet = dissect(frame);
    if (packet.faults.length > 0) continue;
    good++;
    assert.equal(
      toHex(build(...packet.parts()).bytes),
      toHex(frame.bytes),
      `packet ${frame.number}, ${packet.summary()}`,
    );
  }
  assert.ok(good > 1000, `${good} packets without a fault`);
});

test('the corpus and its records are at most 2 MB', () => {
  const sizes = readdirSync(ownCorpus).map((name) => statSync(join(ownCorpus, name)).size);
  assert.ok(sizes.reduce((sum, size) => sum + size) <= 2_000_000);
});
