import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ownKernelSpec, RunningKernel } from './launch.js';

const folder = mkdtempSync(join(tmpdir(), 'wirebook-urgent-'));
let kernel: RunningKernel;

before(async () => {
  kernel = await RunningKernel.start({ ...ownKernelSpec(), env: { XDG_DATA_HOME: folder } }, folder);
});

after(async () => {
  await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What never ends by itself, in the ways a cell can be busy. */
const endless = [
  'console.log("begun"); for (;;) {}',
  'console.log("begun"); await new Promise(() => {});',
  'console.log("begun"); import { execSync } from "node:child_process"; execSync("sleep 1000");',
];

/** Starts a cell that does not end, and waits until it runs. */
async function begin(code: string): Promise<{ ended: Promise<{ status?: unknown; ename?: unknown }> }> {
  let ended: ReturnType<typeof kernel.client.execute> | undefined;
  await new Promise<void>((resolve) => {
    ended = kernel.client.execute(code, {
      onInput: async () => '',
      onPublished: ({ header }) => {
        if (header.msg_type === 'stream') resolve();
      },
    });
  });
  return { ended: ended! };
}

test('An interrupt on the shell is answered while a cell runs, whatever it does, and ends it', async () => {
  for (const code of endless) {
    const { ended } = await begin(code);
    const behind = kernel.client.request('is_complete_request', { code: '1' });
    assert.deepEqual(await kernel.client.request('interrupt_request', {}, 'shell'), { status: 'ok' }, code);
    const { status, ename } = await ended;
    assert.equal(status, 'error', code);
    // A program that is waited for hears of it too, and its end is what the cell fails with.
    if (!code.includes('execSync')) assert.equal(ename, 'Interrupted', code);
    assert.equal((await behind).status, 'complete', 'what came before it is answered in its turn');
  }
});

test('A shutdown on the shell is answered while a cell runs; the cell and those behind it are told as aborted', async () => {
  const { ended } = await begin(endless[0]!);
  const behind = kernel.client.request('execute_request', { code: '1', allow_stdin: true });
  const answered = kernel.client.request('shutdown_request', { restart: false }, 'shell');
  assert.deepEqual(await answered, { status: 'ok', restart: false });
  assert.deepEqual(await behind, { status: 'aborted' });
  assert.equal((await ended).status, 'aborted');
});
