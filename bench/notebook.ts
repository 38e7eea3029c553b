// A notebook run by our runner and by nbconvert, on our kernel and on the stock one: `npm run bench -- notebook`.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type KernelSpec, ownKernelSpec, RunningKernel } from 'wirebook/jupyter';
import { measure, median, type RunOptions, type Tell } from './harness.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'dist', 'cli', 'main.js');
const stock = join(dirname(createRequire(import.meta.url).resolve('tslab/package.json')), 'bin', 'tslab');
const PYTHON = '/usr/bin/python3';
/** Cells of a lesson's size, each checked by the compiler. */
const CELLS = 30;

/** Runs the comparison. The peers are tried where they are installed. */
export async function run(options: RunOptions): Promise<void> {
  await measure(options, async ({ folder, quick, tell }) => {
    mkdirSync(join(folder, 'notebooks'));
    cpSync(join(root, 'notebooks', 'web_server.ipynb'), join(folder, 'notebooks', 'web_server.ipynb'));
    writeFileSync(join(folder, 'notebooks', 'plain.ipynb'), plainNotebook());
    for (const shared of ['data', 'node_modules']) symlinkSync(join(root, shared), join(folder, shared));
    const rounds = quick ? 2 : 5;
    totals(folder, rounds, tell);
    await kernels(folder, rounds, tell);
  });
}

/** From the shell's point of view: one command, everything included. */
function totals(folder: string, rounds: number, tell: Tell): void {
  const data = { own: join(folder, 'own'), stock: join(folder, 'stock') };
  spawnSync(process.execPath, [program, 'kernel', 'install', '--prefix', data.own]);
  writeSpec(join(data.stock, 'share', 'jupyter', 'kernels', 'tslab'), stockSpec());
  const hasPeer = spawnSync(PYTHON, ['-c', 'import nbconvert, nbclient']).status === 0;
  if (!hasPeer) console.error('nbconvert is not installed here: nothing to compare with');
  // The stock kernel fails the lesson, over `{ ports }` with a name from an earlier cell.
  const notebooks = { 'web_server.ipynb': ['own'], 'plain.ipynb': ['own', 'stock'] } as const;
  for (const [notebook, peers] of Object.entries(notebooks)) {
    const path = join('notebooks', notebook);
    const out = join(folder, 'out');
    const ways: Record<string, () => number> = {
      ours: () => timed(folder, process.execPath, [program, 'run', path, '--out', out]),
    };
    for (const kernel of hasPeer ? peers : []) {
      const env = { HOME: folder, JUPYTER_PATH: join(data[kernel], 'share', 'jupyter') };
      const args = ['-m', 'nbconvert', '--to', 'notebook', '--execute', '--output-dir', out, path];
      ways[`nbconvert, ${kernel} kernel`] = () => timed(folder, PYTHON, args, env);
    }
    const { ours, ...others } = inTurn(ways, rounds);
    tell({ name: `${notebook}: wirebook run, notebook and page`, value: ours!, unit: 'ms' });
    for (const [peer, value] of Object.entries(others)) {
      tell({
        name: `${notebook}: ${peer}, notebook only`,
        value,
        unit: 'ms',
        peer,
        ratio: ours! / value,
        wanted: '<= 0.7',
      });
    }
  }
}

/** The kernels by themselves, through the same client. */
async function kernels(folder: string, rounds: number, tell: Tell): Promise<void> {
  const specs = { own: ownKernelSpec(), stock: stockSpec() };
  const starts: Record<string, number[]> = { own: [], stock: [] };
  const cells: Record<string, number[]> = { own: [], stock: [] };
  for (let round = 0; round < rounds; round++) {
    for (const [name, spec] of Object.entries(specs)) {
      const began = performance.now();
      const kernel = await RunningKernel.start(spec, join(folder, 'notebooks'));
      await kernel.client.execute('1 + 1');
      starts[name]!.push(performance.now() - began);
      for (let i = 0; i < CELLS; i++) {
        const before = performance.now();
        await kernel.client.execute(cellText(i));
        cells[name]!.push(performance.now() - before);
      }
      kernel.kill(); // the stock kernel does not always end when asked
      await kernel.stop();
    }
  }
  compare('kernel start, to the first answer', starts, '< 1.5', tell);
  compare('cell, type-checked and run', cells, '<= 1', tell);
}

function cellText(i: number): string {
  return [
    `import { toHex } from 'wirebook';`,
    `interface Row${i} { id: number; text: string }`,
    `const rows${i}: Row${i}[] = Array.from({ length: 10 }, (_, id) => ({ id, text: toHex(new Uint8Array([id])) }));`,
    `const longest${i} = Math.max(...rows${i}.map(({ text }) => text.length));`,
    `console.log(longest${i});`,
  ].join('\n');
}

/** A notebook that every kernel can run. */
function plainNotebook(): string {
  const cells = Array.from({ length: CELLS }, (_, i) => {
    return { cell_type: 'code', id: `c${i}`, metadata: {}, execution_count: null, outputs: [], source: cellText(i) };
  });
  const kernelspec = { name: 'tslab', display_name: 'TypeScript', language: 'typescript' };
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells });
}

function compare(name: string, times: Record<string, number[]>, wanted: string, tell: Tell): void {
  const own = median(times.own!);
  const peer = median(times.stock!);
  tell({ name: `${name}: own kernel`, value: own, unit: 'ms' });
  tell({ name: `${name}: stock kernel`, value: peer, unit: 'ms', peer: 'tslab', ratio: own / peer, wanted });
}

function stockSpec(): KernelSpec {
  return {
    name: 'tslab',
    argv: [process.execPath, stock, 'kernel', '--config-path={connection_file}'],
    displayName: 'TypeScript',
    language: 'typescript',
    env: {},
    interruptMode: 'signal',
    takesIpc: false,
  };
}

function writeSpec(folder: string, spec: KernelSpec): void {
  mkdirSync(folder, { recursive: true });
  const { argv, displayName, language } = spec;
  writeFileSync(join(folder, 'kernel.json'), JSON.stringify({ argv, display_name: displayName, language }));
}

/** Medians of several ways, tried in turn, so that a busy moment of the machine hits all of them. */
function inTurn(ways: Record<string, () => number>, rounds: number): Record<string, number> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of Object.entries(ways)) {
      times[name] ??= [];
      times[name].push(way());
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

function timed(folder: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  const began = performance.now();
  const { status, stderr } = spawnSync(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - began;
}
