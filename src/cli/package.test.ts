/** The package holds what its lessons read, and nothing that only its making needs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { repository } from '../testing/peer.js';

test('the package has the lessons with their data and captures, and no tests, benches or build state', () => {
  const { stdout, stderr } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: repository,
    encoding: 'utf8',
  });
  const [{ files }] = JSON.parse(stdout || `"${stderr}"`) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  for (const path of [
    'notebooks/web_server.ipynb',
    'data/group209186378_http_input.csv',
    'captures/capture.pcapng',
    'captures/chat_capture.pcapng',
  ])
    assert.ok(paths.includes(path), path);
  assert.deepEqual(
    paths.filter((path) => /\.tsbuildinfo$|\.test\.|^bench|\/testing\//.test(path)),
    [],
  );
});
