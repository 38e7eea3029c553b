// Writes captures/testing: the captures of `src/testing/corpus-captures.ts`, and beside each what the installed tshark says of it.
// `npm run build && node scripts/corpus.mjs`, after a layer, a field's name or a tunnel was added; the tests hold both against each other.
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { corpusCaptures } from '../dist/testing/corpus-captures.js';
import { askFields, formatFieldRecord, ownCorpus } from '../dist/testing/own-corpus.js';
import { askStreams } from '../dist/testing/traffic-truth.js';
import { tsharkVersion } from '../dist/testing/tshark.js';

mkdirSync(ownCorpus, { recursive: true });
for (const name of readdirSync(ownCorpus).filter((each) => /\.(pcap|pcapng|json)$/.test(each)))
  rmSync(join(ownCorpus, name));
const version = tsharkVersion();
for (const { name, bytes, kind } of corpusCaptures()) {
  const file = join(ownCorpus, name);
  writeFileSync(file, bytes);
  const text =
    kind === 'fields'
      ? formatFieldRecord(await askFields(file, version))
      : `${JSON.stringify({ tshark: version, ...(await askStreams(file)) }, null, 1)}\n`;
  writeFileSync(`${file}.${kind}.json`, text);
}
for (const name of readdirSync(ownCorpus)) console.log(`${name}: ${statSync(join(ownCorpus, name)).size} bytes`);
