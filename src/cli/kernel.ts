/**
 * `wirebook kernel`: the TypeScript kernel for Jupyter and VS Code.
 *
 * @module
 */
import { Command } from 'commander';

/** The sub-command. */
export function kernelCommand(): Command {
  const command = new Command('kernel').description('the TypeScript kernel for Jupyter and VS Code');
  command
    .command('start')
    .description('serve a kernel; Jupyter calls this')
    .argument('<connection-file>', 'where its sockets are')
    .action(async (connectionFile: string) => {
      const { startKernel } = await import('../jupyter/kernel-process.js');
      await startKernel(connectionFile);
    });
  return command;
}
