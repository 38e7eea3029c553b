import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dissect, readCapture } from './index.js';
import { repository } from './testing/peer.js';

const folder = join(repository, 'captures');

for (const name of readdirSync(folder).filter((file) => file.endsWith('.pcapng'))) {
  test(`show() of the first dozen packets of captures/${name} is what it was`, async () => {
    const frames = await readCapture(join(folder, name));
    const text = frames
      .slice(0, 12)
      .map((frame) => `${frame.number}  ${frame.comments.join(' ')}\n${dissect(frame).show()}\n`)
      .join('\n');
    assert.equal(text, readFileSync(join(folder, name.replace('.pcapng', '.show.txt')), 'utf8'));
  });
}
