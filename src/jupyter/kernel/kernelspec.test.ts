import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { dataFolders, findKernel, installKernel, listKernels, uninstallKernel } from './kernelspec.js';

let home: string;
const kept = { ...process.env };

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'wirebook-test-'));
  process.env.JUPYTER_DATA_DIR = join(home, 'data');
  delete process.env.JUPYTER_PATH;
});

after(async () => {
  process.env = kept;
  await rm(home, { recursive: true });
});

test('Jupyter’s folders on Linux, macOS and Windows, the user’s before the system’s', () => {
  const environment = { JUPYTER_PATH: '/first', HOME: '/home/x' };
  assert.deepEqual(dataFolders('linux', { ...environment, XDG_DATA_HOME: '/xdg' }), [
    '/first',
    '/xdg/jupyter',
    '/usr/local/share/jupyter',
    '/usr/share/jupyter',
  ]);
  assert.match(dataFolders('darwin', {})[0]!, /Library\/Jupyter$/);
  assert.deepEqual(dataFolders('win32', { APPDATA: 'A', PROGRAMDATA: 'P' }), [
    join('A', 'jupyter'),
    join('P', 'jupyter'),
  ]);
  assert.ok(dataFolders('linux', { VIRTUAL_ENV: '/venv' }).includes('/venv/share/jupyter'));
});

test('install, install again, list, uninstall', async () => {
  const first = await installKernel();
  assert.deepEqual(first, { folder: join(home, 'data', 'kernels', 'tslab'), did: 'installed' });
  assert.deepEqual((await readdir(first.folder)).sort(), [
    'kernel.json',
    'logo-32x32.png',
    'logo-64x64.png',
    'logo-svg.svg',
    'plotly.js',
  ]);
  const spec = JSON.parse(await readFile(join(first.folder, 'kernel.json'), 'utf8'));
  assert.equal(spec.argv[0], process.execPath);
  assert.match(spec.argv[1], /^(?:\/|[A-Z]:).*main\.js$/);
  assert.deepEqual(spec.argv.slice(2), ['kernel', 'start', '{connection_file}']);
  assert.equal((await installKernel()).did, 'already there');
  const listed = (await listKernels()).find(({ name }) => name === 'tslab');
  assert.equal(listed?.isOurs, true);
  assert.deepEqual((await readdir(join(home, 'data', 'kernels'))).sort(), ['tslab'], 'no draft is left');
  assert.equal(await uninstallKernel(), first.folder);
  await assert.rejects(uninstallKernel(), { code: 'NO_KERNEL' });
});

test('A spec of ours from elsewhere is replaced', async () => {
  const { folder } = await installKernel({ name: 'old' });
  const path = join(folder, 'kernel.json');
  await writeFile(path, (await readFile(path, 'utf8')).replace('main.js', 'gone.js'));
  assert.equal((await installKernel({ name: 'old' })).did, 'replaced');
});

test('Somebody else’s spec is left alone without force, by install and uninstall', async () => {
  const prefix = join(home, 'prefix');
  const folder = join(prefix, 'share', 'jupyter', 'kernels', 'tslab');
  await mkdir(folder, { recursive: true });
  const theirs = JSON.stringify({ argv: ['/usr/bin/tslab', 'kernel'], display_name: 'Theirs', language: 'typescript' });
  await writeFile(join(folder, 'kernel.json'), theirs);
  await writeFile(join(folder, 'their-file'), 'kept');
  await assert.rejects(installKernel({ prefix }), { code: 'KERNEL_EXISTS', message: /Theirs.*--force/ });
  await assert.rejects(uninstallKernel({ prefix }), { code: 'KERNEL_EXISTS' });
  assert.equal(await readFile(join(folder, 'kernel.json'), 'utf8'), theirs);
  assert.ok((await readdir(folder)).includes('their-file'));
  assert.equal((await installKernel({ prefix, force: true })).did, 'replaced');
  assert.equal((await installKernel({ prefix })).did, 'already there');
});

test('A name that is no file name is refused', async () => {
  await assert.rejects(installKernel({ name: '../x' }), { code: 'NO_KERNEL' });
});

test('findKernel() takes ours for TypeScript, an installed one by its name, and says which there are', async () => {
  const kernels = join(home, 'data', 'kernels');
  await mkdir(join(kernels, 'Other'), { recursive: true });
  const json = {
    argv: ['{resource_dir}/run', '{connection_file}'],
    display_name: 'Other',
    language: 'X',
    env: { A: '1' },
  };
  await writeFile(join(kernels, 'Other', 'kernel.json'), JSON.stringify(json));
  await mkdir(join(kernels, 'broken'));
  await writeFile(join(kernels, 'broken', 'kernel.json'), '{');
  for (const spec of [undefined, { name: 'tslab' }, { name: 'deno', language: 'typescript' }]) {
    assert.equal((await findKernel(undefined, spec)).takesIpc, true);
  }
  const other = await findKernel('other', { name: 'tslab' });
  assert.deepEqual(other.argv, [join(kernels, 'Other', 'run'), '{connection_file}']);
  assert.deepEqual([other.env, other.interruptMode, other.takesIpc], [{ A: '1' }, 'signal', false]);
  await assert.rejects(findKernel('nobody', undefined), { code: 'NO_KERNEL', message: /there are tslab, .*Other/ });
});
