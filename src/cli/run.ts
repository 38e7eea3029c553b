/**
 * `wirebook run`: executes notebooks and says what truly became of each cell.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander';
import { parseParameter } from '../jupyter/run/parameters.js';
import type { Flags } from './run-notebooks.js';

const EXAMPLES = `
Examples:
  wirebook run notebooks/web_server.ipynb
  wirebook run notebooks/*.ipynb --jobs 2 --junit out/junit.xml
  wirebook run report.ipynb -p csv=data/mine.csv -p rows=20
  wirebook run out/web_server.ipynb --check

The exit status is 0 when every cell ran, 1 when one failed or outputs differ, 130 when interrupted.`;

/** The sub-command. */
export function runCommand(): Command {
  return new Command('run')
    .description('execute notebooks; write the executed notebooks and pages to read')
    .argument('<notebook...>', '.ipynb files')
    .option('-o, --out <folder>', 'where to write', 'out')
    .option('--in-place', 'write the executed notebook over the original')
    .option('-k, --kernel <name>', 'an installed kernel, instead of the one the notebook names')
    .option('-p, --parameter <name=value>', 'a value for the cell tagged "parameters"; may be repeated', collect)
    .option('--parameters <file>', 'a JSON file with such values')
    .option('--timeout <seconds>', 'longest time for one cell', positive)
    .option('--total-timeout <seconds>', 'longest time for one notebook', positive)
    .option('--allow-errors', 'go on after a cell that fails')
    .option('--allow-empty', 'let a notebook pass of which no cell ran')
    .option('--html', 'write a page to read', true)
    .option('--no-html', 'write no page')
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--json <file>', 'write the results as JSON')
    .option('-j, --jobs <count>', 'how many notebooks at a time', positive, 1)
    .option('--check', 'write no notebook; compare the new outputs with the stored ones')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], flags: Flags) => {
      const { runNotebooks } = await import('./run-notebooks.js');
      await runNotebooks(paths, flags);
    });
}

function collect(argument: string, before = new Map<string, unknown>()): Map<string, unknown> {
  return before.set(...parseParameter(argument));
}

function positive(argument: string): number {
  const value = Number(argument);
  if (!(value > 0)) throw new InvalidArgumentError('A number above 0 needed.');
  return value;
}
