#!/usr/bin/env node
/**
 * The `wirebook` command.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { explainCommand } from './explain.js';
import { followCommand } from './follow.js';
import { kernelCommand } from './kernel.js';
import { runCommand } from './run.js';
import { sendCommand } from './send.js';
import { showCommand } from './show.js';
import { statsCommand } from './stats.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

const program = new Command('wirebook')
  .description('Packets in a notebook')
  .version(version)
  .showHelpAfterError('(add --help for what is possible)')
  .addCommand(runCommand())
  .addCommand(showCommand())
  .addCommand(statsCommand())
  .addCommand(followCommand())
  .addCommand(explainCommand())
  .addCommand(sendCommand())
  .addCommand(kernelCommand());

program.parseAsync().catch((error: unknown) => {
  // What is wrong with the input is one sentence; anything else is a fault of this program and keeps its stack.
  const isKnown = error instanceof Error && typeof (error as { code?: unknown }).code === 'string';
  process.stderr.write(`${isKnown ? `wirebook: ${error.message}` : ((error as Error).stack ?? error)}\n`);
  process.exitCode = 1;
});
