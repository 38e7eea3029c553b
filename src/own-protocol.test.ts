import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import ts from 'typescript';
import {
  build,
  compileFilter,
  defineProtocol,
  encodeCapture,
  ethernet,
  ipv4,
  Traffic,
  tcp,
  u8,
  u16,
  udp,
} from './index.js';
import { repository } from './testing/peer.js';
import { packetView } from './view/index.js';

// In the repository, so that its own name leads to it.
const folder = mkdtempSync(join(repository, 'dist', 'own-protocol-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('docs/own-protocol.md prints what it says it prints', () => {
  const text = readFileSync(join(repository, 'docs', 'own-protocol.md'), 'utf8');
  const blocks = (language: string) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((match) => match[1]!).join('');
  const source = blocks('ts');
  const definition = /^const quake = [\s\S]*?;\n/m.exec(source)![0];
  assert.ok(definition.split('\n').length <= 10);
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const file = join(folder, 'document.mjs');
  writeFileSync(file, outputText);
  const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.equal(stdout, blocks('text'));
});

test("A protocol of the user's own stands in streams, conversations, filters, hierarchy and pictures", async () => {
  const tunnel = defineProtocol(
    'owntunnel',
    { version: u8, type: u16.with({ base: 'hex' }), key: u8.with({ names: { 5: 'Five' } }) },
    { udpPort: 9876, payload: { etherType: 'type' } },
  );
  const outer = [ethernet(), ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }), udp({ srcPort: 5000 })];
  const packets = [
    build(
      ...outer,
      tunnel({ key: 5 }),
      ipv4({ src: '10.1.0.1', dst: '10.1.0.2' }),
      tcp({ srcPort: 7000, dstPort: 7001, flags: 'SYN' }),
    ),
    build(
      ...outer,
      tunnel({ key: 6 }),
      ipv4({ src: '10.1.0.1', dst: '10.1.0.2' }),
      udp({ srcPort: 7000, dstPort: 7001 }),
      'x',
    ),
  ];
  const bytes = encodeCapture(packets.map(({ bytes }, i) => ({ bytes, timestamp: BigInt(i) })));
  const traffic = await Traffic.read(bytes);
  assert.equal(traffic.conversations('tcp').length, 1);
  assert.equal(traffic.conversations('udp').length, 2);
  const count = (filter: string) => traffic.filter(filter).length;
  assert.equal(count('owntunnel'), 2);
  assert.equal(count('owntunnel.key == "five"'), 1);
  assert.equal(count('owntunnel.type == 0x0800'), 2);
  assert.equal(count('ip.addr == 10.1.0.1'), 2);
  assert.equal(count('tcp') + count('!tcp'), 2);
  assert.match(JSON.stringify(traffic.hierarchy()), /owntunnel/);
  assert.match(packetView(packets[0]!).toString(), /Owntunnel[\s\S]*Five/);
  tunnel.unbind();
  assert.throws(() => compileFilter('owntunel.key == 5'), /owntunnel\.key/);
});
