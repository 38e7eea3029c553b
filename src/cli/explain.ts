/**
 * `wirebook explain`: what a capture shows, in sentences.
 *
 * @module
 */
import { Command } from 'commander';
import type { Frame } from '../capture/index.js';
import { readMessages } from '../messages/index.js';
import { explain, type Finding, Traffic } from '../traffic/index.js';
import { takeFrames } from './capture-frames.js';

interface Options {
  readonly messages?: string;
  readonly json?: boolean;
}

/** The sub-command. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('say what a capture shows: each finding with its packets and the reason behind it')
    .argument('<file>', 'the capture; - reads standard input')
    .option('-m, --messages <csv>', 'the table of messages that the capture carries')
    .option('-j, --json', 'the findings as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  wirebook explain captures/capture.pcapng\n  wirebook explain captures/capture.pcapng --messages data/group209186378_http_input.csv\n  wirebook explain capture.pcapng --json | jq -r ".[].rule"',
    )
    .action(run);
}

async function run(file: string, { messages, json }: Options): Promise<void> {
  const frames: Frame[] = [];
  const fault = await takeFrames(file, (frame) => frames.push(frame));
  const findings = explain(Traffic.of(frames), messages === undefined ? [] : await readMessages(messages));
  if (json) process.stdout.write(`${JSON.stringify(findings)}\n`);
  else if (findings.length === 0) process.stdout.write('There is nothing to say about this capture.\n');
  else process.stdout.write(`${findings.map(paragraph).join('\n\n')}\n`);
  if (fault) throw fault;
}

function paragraph({ rule, sentence, why }: Finding): string {
  const columns = Math.min(process.stdout.columns ?? 100, 100) - 2;
  return `${wrap(`${sentence} [${rule}]`, columns)}\n${wrap(why, columns - 2)
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}`;
}

/** Lines of at most `columns` characters, broken between words. */
function wrap(text: string, columns: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
