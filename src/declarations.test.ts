import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from './testing/peer.js';

interface Diagnostic {
  readonly messageText: string | { readonly messageText: string };
  readonly file?: { readonly fileName: string };
}

interface Compiler {
  readonly version: string;
  createProgram(files: string[], options: object): unknown;
  getPreEmitDiagnostics(program: unknown): readonly Diagnostic[];
}

test('Every entry point’s declarations are readable by the compiler of notebook cells, with its old way of finding them', () => {
  const require = createRequire(import.meta.url);
  const compiler = createRequire(require.resolve('tslab/package.json'))('@tslab/typescript-for-tslab') as Compiler;
  assert.equal(compiler.version, '5.0.4');
  const { exports } = require('../package.json') as { exports: { [subpath: string]: unknown } };
  const subpaths = Object.keys(exports).filter((subpath) => subpath !== './package.json');
  // Inside the repository, so that the package is found by its name.
  const folder = mkdtempSync(join(repository, 'dist', 'declarations-'));
  try {
    const file = join(folder, 'all.ts');
    const imports = subpaths.map(
      (subpath, i) => `import * as m${i} from 'wirebook${subpath.slice(1)}';\nconsole.log(m${i});\n`,
    );
    writeFileSync(
      file,
      `${imports.join('')}import { dissect, Tcp } from 'wirebook';\nexport const port: number = dissect(new Uint8Array()).get(Tcp)!.srcPort;\n`,
    );
    const program = compiler.createProgram([file], {
      module: 99,
      moduleResolution: 2,
      target: 9,
      lib: ['lib.es2022.d.ts'],
      esModuleInterop: true,
      noEmit: true,
      // The package's own declarations are to be checked as well, other people's are not.
      skipLibCheck: false,
      types: ['node'],
    });
    const faults = compiler
      .getPreEmitDiagnostics(program)
      .filter((diagnostic) => !diagnostic.file?.fileName.includes('node_modules/@types'))
      .map(
        ({ file: where, messageText }) =>
          `${where?.fileName}: ${typeof messageText === 'string' ? messageText : messageText.messageText}`,
      );
    assert.deepEqual(faults, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
