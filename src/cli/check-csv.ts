/**
 * `wirebook check-csv`: what a table of messages is read as, every repair, guess and fault of it.
 *
 * @module
 */
import { Command } from 'commander';
import { MessageError } from '../errors.js';
import { type MessageTable, readMessages } from '../messages/index.js';
import { textTable } from '../traffic/index.js';

interface Options {
  readonly json?: boolean;
  readonly strict?: boolean;
}

/** The sub-command. */
export function checkCsvCommand(): Command {
  return new Command('check-csv')
    .description('read a table of messages and show every repair, guess, column passed over and fault')
    .argument('<file>', 'the CSV')
    .option('-j, --json', 'messages, notes and faults as JSON')
    .option('--strict', 'refuse what is repaired or guessed otherwise')
    .addHelpText(
      'after',
      '\nExamples:\n  wirebook check-csv data/group209186378_http_input.csv\n  wirebook check-csv mine.csv --strict\n  wirebook check-csv mine.csv --json | jq ".faults[].line"\n\nThe exit status is 1 when there is a fault.',
    )
    .action(check);
}

async function check(file: string, { json, strict }: Options): Promise<void> {
  const table = await readMessages(file, { strict: strict ?? false }).catch((error: unknown) => {
    if (!json || !(error instanceof MessageError)) throw error;
    process.stdout.write(`${JSON.stringify({ file, error: { code: error.code, message: error.message } })}\n`);
    return undefined;
  });
  if (table !== undefined) process.stdout.write(`${json ? JSON.stringify(table) : report(table)}\n`);
  if (table === undefined || table.faults.length > 0) process.exitCode = 1;
}

function report({ file, messages, faults, notes }: MessageTable): string {
  const rows = [
    ...faults.map(({ line, column = '', value, expected }) => [
      'fault',
      '',
      String(line),
      column,
      '',
      given(value, expected),
    ]),
    ...notes.map(({ kind, code, line, column = '', value, text, count }) => [
      kind,
      code,
      String(line),
      column,
      count > 1 ? String(count) : '',
      given(value, text),
    ]),
  ];
  const number = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  const total = [number(messages.length, 'message'), number(faults.length, 'fault'), number(notes.length, 'note')].join(
    ', ',
  );
  const table = rows.length === 0 ? [] : [textTable(['kind', 'code', 'line', 'column', 'rows', 'what'], rows)];
  return [`${file}: ${total}`, ...table].join('\n');
}

function given(value: string | undefined, text: string): string {
  if (value === undefined) return text;
  return `${JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}…` : value)}: ${text}`;
}
