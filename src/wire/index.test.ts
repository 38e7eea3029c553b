import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build as bundle } from 'esbuild';
import { repository } from '../testing/peer.js';

test('the browser bundle of wire has at most 60 kB compressed, imports nothing and reads a packet', async () => {
  const { outputFiles, metafile } = await bundle({
    entryPoints: ['dist/wire/index.js'],
    absWorkingDir: repository,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    metafile: true,
    write: false,
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  assert.deepEqual(imports, []);
  const folders = new Set(Object.keys(metafile.inputs).map((path) => path.split('/').slice(0, -1).join('/')));
  assert.deepEqual([...folders].sort(), ['dist', 'dist/wire']);
  const code = outputFiles[0]!.contents;
  const size = gzipSync(code, { level: 9 }).length;
  assert.ok(size <= 60_000, `${size} bytes`);
  const wire = await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
  const packet = wire.build(wire.ipv4({ dst: '10.0.0.1' }), wire.tcp({ flags: 'ACK' }), 'x');
  assert.equal(String(wire.dissect(packet.bytes)), String(packet));
  assert.equal(packet.code(), "build(ipv4({ dst: '10.0.0.1' }), tcp({ flags: 'ACK' }), 'x')");
});
