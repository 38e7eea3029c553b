import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build as bundle } from 'esbuild';
import { repository } from '../testing/peer.js';

/** What a page loads that imports `names` of wire. */
async function browserBundle(names: string): Promise<{ code: Uint8Array; imports: string[]; folders: string[] }> {
  const { outputFiles, metafile } = await bundle({
    stdin: { contents: `export ${names} from './dist/wire/index.js'`, resolveDir: repository },
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
  const folders = Object.keys(metafile.inputs).map((path) => path.split('/').slice(0, -1).slice(0, 2).join('/'));
  return { code: outputFiles[0]!.contents, imports, folders: [...new Set(folders)].filter((path) => path !== '') };
}

test('a browser bundle that dissects has at most 72 KiB, compressed as servers send it', async (t) => {
  const { code } = await browserBundle('{ dissect }');
  const size = brotliCompressSync(code).length;
  const all = (await browserBundle('*')).code;
  t.diagnostic(`dissect: ${size} bytes by Brotli, ${gzipSync(code, { level: 9 }).length} by gzip`);
  t.diagnostic(
    `all of wire: ${brotliCompressSync(all).length} by Brotli, ${gzipSync(all, { level: 9 }).length} by gzip`,
  );
  assert.ok(size <= 72 * 1024, `${size} bytes`);
});

test('the browser bundle of all of wire imports nothing, and builds and reads a packet', async () => {
  const { code, imports, folders } = await browserBundle('*');
  assert.deepEqual(imports, []);
  assert.deepEqual(folders.sort(), ['dist', 'dist/wire']);
  const wire = await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
  const packet = wire.build(wire.ipv4({ dst: '10.0.0.1' }), wire.tcp({ flags: 'ACK' }), 'x');
  assert.equal(String(wire.dissect(packet.bytes)), String(packet));
  assert.equal(packet.code(), "build(ipv4({ dst: '10.0.0.1' }), tcp({ flags: 'ACK' }), 'x')");
});
