import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

// In a process of its own: the converter watches files and keeps a process alive.
test('A shorthand property may name what an earlier cell declared, and is left alone where the name is the cell’s own', () => {
  const script = `
    import { Converter } from ${JSON.stringify(new URL('./converter.js', import.meta.url).href)};
    const converter = new Converter();
    const { declOutput } = converter.convert('', 'let ports = { a: 1 };');
    const cells = ['const f = { ports };', '({ ports } = { ports: { a: 2 } });', '[1].map((ports) => ({ ports }));'];
    console.log(JSON.stringify(cells.map((cell) => converter.convert(declOutput, cell).output)));
    process.exit();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  assert.notEqual(stdout, '', stderr);
  const [read, assigned, own] = JSON.parse(stdout) as string[];
  assert.match(read!, /\{ ports: exports\.ports \}/);
  assert.match(assigned!, /\(\{ ports: exports\.ports \} = \{ ports: \{ a: 2 \} \}\)/);
  assert.match(own!, /\(ports\) => \(\{ ports \}\)/);
});
