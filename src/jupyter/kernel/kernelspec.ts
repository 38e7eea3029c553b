/**
 * Kernel specs: how Jupyter and VS Code find kernels, and how ours is put among them without Python.
 * https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
 *
 * @module
 */
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { NotebookError } from '../../errors.js';
import { libraryPath } from './engine/plotly.js';
import { type KernelSpec, ownKernelSpec } from './launch.js';
import { LOGO_32, LOGO_64, LOGO_SVG } from './logo.js';

/** A spec as it lies on the disk. */
export interface InstalledSpec {
  readonly name: string;
  readonly folder: string;
  readonly spec: KernelSpec;
  /** Whether it is one that `install` wrote. */
  readonly isOurs: boolean;
}

/** Where to install. */
export interface InstallOptions {
  /** The kernel's name, `tslab` unless given: what notebooks say they want. */
  readonly name?: string;
  /** Install below `DIR/share/jupyter`, as for an environment; otherwise for the user. */
  readonly prefix?: string;
  /** Replace a spec that is not ours. */
  readonly force?: boolean;
}

/** What an installation did. */
export interface Installed {
  readonly folder: string;
  readonly did: 'installed' | 'replaced' | 'already there';
}

interface KernelJson {
  argv: string[];
  display_name: string;
  language: string;
  env?: Record<string, string>;
  interrupt_mode?: 'signal' | 'message';
  metadata?: { wirebook?: string; [name: string]: unknown };
}

/** Folders in which Jupyter looks for `kernels`, the ones that win first. */
export function dataFolders(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
): string[] {
  const folders = (env.JUPYTER_PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  folders.push(userFolder(platform, env));
  for (const prefix of [env.VIRTUAL_ENV, env.CONDA_PREFIX]) {
    if (prefix !== undefined && prefix !== '') folders.push(join(prefix, 'share', 'jupyter'));
  }
  if (platform === 'win32') folders.push(join(env.PROGRAMDATA ?? 'C:\\ProgramData', 'jupyter'));
  else folders.push('/usr/local/share/jupyter', '/usr/share/jupyter');
  return folders;
}

/** The specs that are installed; of several by one name, the one that Jupyter takes. */
export async function listKernels(): Promise<InstalledSpec[]> {
  const found = new Map<string, InstalledSpec>();
  for (const folder of dataFolders()) {
    const kernels = join(folder, 'kernels');
    const names = await readdir(kernels).catch(() => []); // most of these folders are not there
    for (const name of names.sort()) {
      const installed = await readSpec(join(kernels, name), name);
      if (installed !== undefined && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), installed);
    }
  }
  return [...found.values()];
}

/**
 * The kernel to run a notebook with.
 *
 * @param wanted a name given by the reader; else what the notebook says
 * @throws NotebookError `NO_KERNEL`, with the names that are there
 */
export async function findKernel(
  wanted: string | undefined,
  kernelspec: { name?: string; language?: string } | undefined,
): Promise<KernelSpec> {
  const name = wanted ?? kernelspec?.name ?? 'tslab';
  if (name === 'tslab' || (wanted === undefined && kernelspec?.language === 'typescript')) return ownKernelSpec();
  const installed = await listKernels();
  const found = installed.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found.spec;
  const names = ['tslab', ...installed.map((each) => each.name).filter((each) => each !== 'tslab')].join(', ');
  throw new NotebookError('NO_KERNEL', `Cannot find a kernel named ${name}: there are ${names}; choose with --kernel`);
}

/**
 * Writes our kernel's spec: absolute Node, absolute program.
 *
 * @throws NotebookError `KERNEL_EXISTS` when somebody else's spec has the name, `IO` when it cannot be written
 */
export async function installKernel(options: InstallOptions = {}): Promise<Installed> {
  const folder = specFolder(options);
  const text = `${JSON.stringify(kernelJson(), undefined, 2)}\n`;
  const there = await readFile(join(folder, 'kernel.json'), 'utf8').catch(() => undefined);
  if (there === text) return { folder, did: 'already there' };
  if (there !== undefined && options.force !== true && !isOurs(there)) {
    throw new NotebookError(
      'KERNEL_EXISTS',
      `Cannot install the kernel in ${folder}: another one of that name is there (${titleOf(there)}); --force replaces it, --name installs beside it`,
    );
  }
  const draft = `${folder}.${process.pid}`;
  try {
    await mkdir(draft, { recursive: true });
    await Promise.all([
      writeFile(join(draft, 'kernel.json'), text),
      writeFile(join(draft, 'logo-svg.svg'), LOGO_SVG),
      writeFile(join(draft, 'logo-32x32.png'), Buffer.from(LOGO_32, 'base64')),
      writeFile(join(draft, 'logo-64x64.png'), Buffer.from(LOGO_64, 'base64')),
      copyFile(libraryPath(), join(draft, 'plotly.js')),
    ]);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    throw new NotebookError('IO', `Cannot install the kernel in ${folder}: ${(cause as Error).message}`, { cause });
  }
  return { folder, did: there === undefined ? 'installed' : 'replaced' };
}

/**
 * Removes our kernel's spec.
 *
 * @throws NotebookError `NO_KERNEL` when there is none, `KERNEL_EXISTS` when it is somebody else's
 */
export async function uninstallKernel(options: InstallOptions = {}): Promise<string> {
  const folder = specFolder(options);
  const there = await readFile(join(folder, 'kernel.json'), 'utf8').catch(() => undefined);
  if (there === undefined)
    throw new NotebookError('NO_KERNEL', `Cannot uninstall the kernel: there is none in ${folder}`);
  if (options.force !== true && !isOurs(there)) {
    throw new NotebookError(
      'KERNEL_EXISTS',
      `Cannot uninstall the kernel in ${folder}: it is another one (${titleOf(there)}); --force removes it all the same`,
    );
  }
  await rm(folder, { recursive: true });
  return folder;
}

function userFolder(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === 'win32') return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'jupyter');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Jupyter');
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'jupyter');
}

function specFolder({ name = 'tslab', prefix }: InstallOptions): string {
  if (!/^[\w.-]+$/.test(name)) {
    throw new NotebookError('NO_KERNEL', `Cannot name a kernel ${name}: letters, digits, ".", "_" and "-" needed`);
  }
  const data = prefix === undefined ? userFolder(process.platform, process.env) : join(prefix, 'share', 'jupyter');
  return join(data, 'kernels', name);
}

function kernelJson(): KernelJson {
  const own = ownKernelSpec();
  const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string };
  return {
    argv: [...own.argv],
    display_name: own.displayName,
    language: own.language,
    interrupt_mode: own.interruptMode,
    metadata: { debugger: false, wirebook: version },
  };
}

async function readSpec(folder: string, name: string): Promise<InstalledSpec | undefined> {
  const text = await readFile(join(folder, 'kernel.json'), 'utf8').catch(() => undefined);
  const json = text === undefined ? undefined : parsed(text);
  if (text === undefined || json === undefined) return undefined;
  const ours = isOurs(text);
  const spec: KernelSpec = {
    name,
    argv: json.argv.map((arg) => arg.replaceAll('{resource_dir}', folder)),
    displayName: json.display_name ?? name,
    language: (json.language ?? '').toLowerCase(),
    env: json.env ?? {},
    interruptMode: json.interrupt_mode ?? 'signal',
    takesIpc: ours,
  };
  return { name, folder, spec, isOurs: ours };
}

function parsed(text: string): KernelJson | undefined {
  try {
    const json = JSON.parse(text) as Partial<KernelJson>;
    return Array.isArray(json.argv) && json.argv.length > 0 ? (json as KernelJson) : undefined;
  } catch {
    return undefined;
  }
}

function isOurs(text: string): boolean {
  return typeof parsed(text)?.metadata?.wirebook === 'string';
}

function titleOf(text: string): string {
  const json = parsed(text);
  return json === undefined ? 'not readable' : `${json.display_name}, ${dirname(json.argv[0]!)}`;
}
