/**
 * `wirebook kernel`: the TypeScript kernel for Jupyter and VS Code.
 *
 * @module
 */
import { Command } from 'commander';

interface InstallFlags {
  name: string;
  prefix?: string;
  user?: boolean;
  force?: boolean;
}

/** The sub-command. */
export function kernelCommand(): Command {
  const command = new Command('kernel').description('the TypeScript kernel for Jupyter and VS Code');
  withPlace(command.command('install').description('put the kernel where Jupyter and VS Code look; needs no Python'))
    .option('--force', "replace somebody else's kernel of that name")
    .addHelpText(
      'after',
      '\nExamples:\n  wirebook kernel install\n  wirebook kernel install --prefix /usr/local\n  wirebook kernel install --name wirebook',
    )
    .action(install);
  withPlace(command.command('uninstall').description('remove it'))
    .option('--force', "remove it even if it is somebody else's")
    .action(uninstall);
  command.command('list').description('the kernels that are installed here').action(list);
  command
    .command('start')
    .description('serve a kernel; Jupyter calls this')
    .argument('<connection-file>', 'where its sockets are')
    .action(async (connectionFile: string) => {
      const { startKernel } = await import('../jupyter/kernel/kernel-process.js');
      await startKernel(connectionFile);
    });
  return command;
}

function withPlace(command: Command): Command {
  return command
    .option('--user', 'for you alone (what happens without --prefix)')
    .option('--prefix <folder>', 'below <folder>/share/jupyter')
    .option('--name <name>', 'what notebooks call the kernel', 'tslab');
}

async function install(flags: InstallFlags, command: Command): Promise<void> {
  refuseBoth(flags, command);
  const { installKernel } = await import('../jupyter/kernel/kernelspec.js');
  const { did, folder } = await installKernel(flags);
  const words = { installed: 'Installed', replaced: 'Replaced the older spec of', 'already there': 'Already there:' };
  print(`${words[did]} kernel ${flags.name} in ${folder}`);
  if (did !== 'already there') print('Open a notebook and choose the kernel "TypeScript (wirebook)"');
}

async function uninstall(flags: InstallFlags, command: Command): Promise<void> {
  refuseBoth(flags, command);
  const { uninstallKernel } = await import('../jupyter/kernel/kernelspec.js');
  print(`Removed kernel ${flags.name} from ${await uninstallKernel(flags)}`);
}

async function list(): Promise<void> {
  const { dataFolders, listKernels } = await import('../jupyter/kernel/kernelspec.js');
  const kernels = await listKernels();
  if (kernels.length === 0) print(`No kernels in ${dataFolders().join(', ')}`);
  const width = Math.max(0, ...kernels.map(({ name }) => name.length));
  for (const { name, spec, folder, isOurs } of kernels) {
    print(`${name.padEnd(width)}  ${spec.displayName}${isOurs ? ' (this one)' : ''}  ${folder}`);
  }
}

function refuseBoth(flags: InstallFlags, command: Command): void {
  if (flags.user && flags.prefix !== undefined) command.error('error: --user and --prefix exclude each other');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
