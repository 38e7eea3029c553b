// Runs every compiled test whose source still exists: `node scripts/test.mjs [part of a path …] [--node-test-option …]`.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const parts = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && (parts.length === 0 || parts.some((part) => file.includes(part))))
  .map((file) => join('dist', file.replace(/\.ts$/, '.js')))
  .sort();
const unmatched = parts.filter((part) => !files.some((file) => file.replace(/\.js$/, '.ts').includes(part)));
const absent = files.filter((file) => !existsSync(file));
if (unmatched.length > 0 || files.length === 0 || absent.length > 0) {
  console.error(
    absent.length > 0
      ? `Not compiled, run npm run build first: ${absent.join(' ')}`
      : `No test file matches ${unmatched.join(', ')}`,
  );
  process.exit(1);
}
// Most tests wait for other programs; node's own choice leaves one processor out.
const concurrency = `--test-concurrency=${Math.max(2, availableParallelism())}`;
const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', concurrency, ...options, ...files], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
