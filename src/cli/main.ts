#!/usr/bin/env node
/**
 * The `wirebook` command.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { Command } from 'commander';

/** The sub-commands, in the order of `--help`. Only the one that is called is loaded: a kernel is not to wait for the rest. */
const commands: Record<string, () => Promise<Command>> = {
  init: async () => (await import('./init.js')).initCommand(),
  run: async () => (await import('./run.js')).runCommand(),
  show: async () => (await import('./show.js')).showCommand(),
  stats: async () => (await import('./stats.js')).statsCommand(),
  follow: async () => (await import('./follow.js')).followCommand(),
  explain: async () => (await import('./explain.js')).explainCommand(),
  send: async () => (await import('./send.js')).sendCommand(),
  'check-csv': async () => (await import('./check-csv.js')).checkCsvCommand(),
  'capture-to-csv': async () => (await import('./capture-to-csv.js')).captureToCsvCommand(),
  kernel: async () => (await import('./kernel.js')).kernelCommand(),
};

async function main(): Promise<void> {
  // Whoever read from the pipe has seen enough: `wirebook stats FILE | head -1` is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.stderr.write(`wirebook: cannot write the output: ${error.message}\n`);
    process.exit(error.code === 'EPIPE' ? undefined : 1);
  });
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  const program = new Command('wirebook')
    .description('Packets in a notebook')
    .version(version)
    .showHelpAfterError('(add --help for what is possible)');
  const called = process.argv[2] ?? '';
  const names = Object.hasOwn(commands, called) ? [called] : Object.keys(commands);
  for (const name of names) program.addCommand(await commands[name]!());
  await program.parseAsync();
}

main().catch((error: unknown) => {
  // What is wrong with the input is one sentence; anything else is a fault of this program and keeps its stack.
  const isKnown = error instanceof Error && typeof (error as { code?: unknown }).code === 'string';
  process.stderr.write(`${isKnown ? `wirebook: ${error.message}` : ((error as Error).stack ?? error)}\n`);
  process.exitCode = 1;
});
