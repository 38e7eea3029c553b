/**
 * The compiler's machine code, kept between starts. Node compiles a script's functions anew in every process; for the
 * TypeScript compiler that is a third of the time until the first cell (`bench/notebook.ts`).
 *
 * The file lies in the user's own cache folder, is written whole, and is checked before it is used; without one, or where
 * none can be written, the start takes longer and nothing else changes.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';

interface Compiling {
  _compile(code: string, filename: string): unknown;
}

const DIGEST = 'sha256';
const DIGEST_BYTES = 32;

/**
 * Loads a CommonJS module by its absolute path, with its kept machine code where there is some.
 *
 * @returns what to call once the module has been used, to keep the code of what it needed
 */
export function loadCached(path: string, version: string): { exports: unknown; keep: () => void } {
  const require = createRequire(path);
  const file = join(
    cacheFolder(),
    `typescript-${version}-${process.version}-${process.arch}-${v8.cachedDataVersionTag()}`,
  );
  const kept = read(file);
  let script: vm.Script | undefined;
  const module = Module.prototype as unknown as Compiling;
  const compile = module._compile;
  module._compile = function (this: NodeJS.Module, code, filename) {
    if (filename !== path) return compile.call(this, code, filename);
    script = new vm.Script(Module.wrap(code), { filename, ...(kept === undefined ? {} : { cachedData: kept }) });
    const body = script.runInThisContext() as (...args: unknown[]) => unknown;
    return body.call(this.exports, this.exports, require, this, filename, dirname(filename));
  };
  try {
    const exports = require(path) as unknown;
    const isUsed = kept !== undefined && script?.cachedDataRejected === false;
    return {
      exports,
      keep: () => (isUsed || script === undefined ? undefined : write(file, script.createCachedData())),
    };
  } finally {
    module._compile = compile;
  }
}

function read(file: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file);
    const data = bytes.subarray(DIGEST_BYTES);
    const digest = createHash(DIGEST).update(data).digest();
    return digest.equals(bytes.subarray(0, DIGEST_BYTES)) ? data : undefined;
  } catch {
    return undefined; // none yet
  }
}

/** A home that cannot be written is no fault: the next start takes as long as this one. */
function write(file: string, data: Buffer): void {
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
  try {
    writeFileSync(draft, Buffer.concat([createHash(DIGEST).update(data).digest(), data]), { mode: 0o600 });
    renameSync(draft, file);
  } catch {
    rmSync(draft, { force: true });
  }
}

function cacheFolder(): string {
  const { env } = process;
  if (process.platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'wirebook', 'Cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'wirebook');
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wirebook');
}
