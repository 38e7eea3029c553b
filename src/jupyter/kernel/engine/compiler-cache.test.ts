import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const module = new URL('./compiler-cache.js', import.meta.url).href;

/** Loads `path` in a process of its own and keeps it; says what it exports and whether its code was kept before. */
function load(path: string, cache: string): string {
  const script = `
    import { loadCached } from ${JSON.stringify(module)};
    const { exports, keep } = loadCached(${JSON.stringify(path)}, 'test');
    console.log(exports.twice(21), exports.neighbour);
    keep();`;
  const env = { ...process.env, XDG_CACHE_HOME: cache, HOME: cache, LOCALAPPDATA: cache };
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env,
  });
  return stdout + stderr;
}

test('Kept machine code is used where it is whole; where it is not, or cannot be kept, nothing else changes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'wirebook-test-'));
  try {
    const path = join(folder, 'small.cjs');
    await writeFile(path, 'exports.twice = (x) => 2 * x; exports.neighbour = require("./neighbour.cjs");');
    await writeFile(join(folder, 'neighbour.cjs'), 'module.exports = "beside";');
    assert.equal(load(path, folder), '42 beside\n');
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.includes('typescript-test-'));
    assert.equal(files.length, 1, 'one file, and no draft');
    const kept = join(folder, files[0]!);
    const whole = await readFile(kept);
    const damaged = Buffer.from(whole);
    damaged[whole.length >> 1]! ^= 0xff;
    for (const bytes of [damaged, whole.subarray(0, 100), Buffer.alloc(0)]) {
      await writeFile(kept, bytes);
      assert.equal(load(path, folder), '42 beside\n');
      assert.notDeepEqual(await readFile(kept), bytes, 'it is kept anew');
    }
    const before = await readFile(kept);
    assert.equal(load(path, folder), '42 beside\n');
    assert.deepEqual(await readFile(kept), before, 'what is whole is left alone');
    assert.equal(load(path, '/dev/null/nowhere'), '42 beside\n');
  } finally {
    await rm(folder, { recursive: true });
  }
});
