import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { repository } from '../testing/peer.js';

const folder = mkdtempSync(join(tmpdir(), 'init-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function wirebook(args: readonly string[], cwd: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(repository, 'dist/cli/main.js'), ...args], { cwd, encoding: 'utf8' });
}

test('wirebook init makes a folder whose lessons run in it, with a table of its own as well', () => {
  const { status, stdout, stderr } = wirebook(['init', 'My Lab'], folder);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /web_server\.ipynb/);
  const lab = join(folder, 'My Lab');
  const made = JSON.parse(readFileSync(join(lab, 'package.json'), 'utf8')) as { name: string; dependencies: object };
  assert.deepEqual([made.name, Object.keys(made.dependencies)], ['my-lab', ['wirebook']]);
  writeFileSync(
    join(lab, 'mine.csv'),
    'msg_id,app_protocol,src_app,dst_app,message,timestamp\n1,HTTP,phone,shop,GET /hats HTTP/1.1,0.02\n',
  );
  const run = wirebook(['run', 'web_server.ipynb', 'tcp_in_depth.ipynb', 'own_protocol.ipynb'], lab);
  assert.equal(run.status, 0, run.stdout + run.stderr);
  const own = wirebook(['run', 'web_server.ipynb', '-p', 'csv=mine.csv'], lab);
  assert.equal(own.status, 0, own.stdout + own.stderr);
  assert.match(readFileSync(join(lab, 'out', 'web_server.html'), 'utf8'), /GET \/hats/);
});

test('wirebook init leaves what is there as it is, and refuses a file in place of the folder', () => {
  const lab = join(folder, 'kept');
  wirebook(['init', lab], folder);
  writeFileSync(join(lab, 'web_server.ipynb'), 'my own work');
  const again = wirebook(['init', lab], folder);
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stdout, /^kept as they were: .*web_server\.ipynb/m);
  assert.equal(readFileSync(join(lab, 'web_server.ipynb'), 'utf8'), 'my own work');
  writeFileSync(join(folder, 'file'), '');
  const refused = wirebook(['init', 'file'], folder);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^wirebook: Cannot make a lab in file: it is a file/);
});
