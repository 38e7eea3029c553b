// Writes what show() makes of each committed capture: `node scripts/golden.mjs`, after a change that is meant to show.
import { readdirSync, writeFileSync } from 'node:fs';
import { dissect, readCapture } from 'wirebook';

for (const name of readdirSync('captures').filter((file) => file.endsWith('.pcapng'))) {
  const frames = await readCapture(`captures/${name}`);
  const text = frames
    .slice(0, 12)
    .map((frame) => `${frame.number}  ${frame.comments.join(' ')}\n${dissect(frame).show()}\n`)
    .join('\n');
  writeFileSync(`captures/${name.replace('.pcapng', '.show.txt')}`, text);
}
