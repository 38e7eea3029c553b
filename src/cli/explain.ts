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
  readonly all?: boolean;
}

/** Findings that are printed where not all are asked for. */
const most = 20;

/** The sub-command. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('say what a capture shows: each finding with its packets and the reason behind it')
    .argument('<file>', 'the capture; - reads standard input')
    .option('-m, --messages <csv>', 'the table of messages that the capture carries')
    .option('-j, --json', 'the findings as JSON')
    .option('-a, --all', `every finding, not only the first ${most}`)
    .addHelpText(
      'after',
      '\nExamples:\n  wirebook explain captures/capture.pcapng\n  wirebook explain captures/capture.pcapng --messages data/group209186378_http_input.csv\n  wirebook explain capture.pcapng --json | jq -r ".[].rule"',
    )
    .action(run);
}

async function run(file: string, { messages, json, all }: Options): Promise<void> {
  const frames: Frame[] = [];
  const fault = await takeFrames(file, (frame) => frames.push(frame));
  const findings = explain(Traffic.of(frames), messages === undefined ? [] : await readMessages(messages));
  if (json) process.stdout.write(`${JSON.stringify(findings)}\n`);
  else if (findings.length === 0) process.stdout.write(`${findings}\n`);
  else {
    const shown = all ? findings : spread(findings).slice(0, most);
    process.stdout.write(`${shown.map(paragraph).join('\n\n')}\n`);
    const rest = findings.length - shown.length;
    if (rest > 0)
      process.stdout.write(`\n${rest} more ${rest === 1 ? 'finding' : 'findings'}: --all shows every one.\n`);
  }
  if (fault) throw fault;
}

/** The first finding of every rule before the second of any. */
function spread(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= most) return findings;
  const seen = new Map<string, number>();
  const ranked = findings.map((finding) => {
    const rank = seen.get(finding.rule) ?? 0;
    seen.set(finding.rule, rank + 1);
    return { finding, rank };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ finding }) => finding);
}

function paragraph(finding: Finding): string {
  const columns = Math.min(process.stdout.columns ?? 100, 100) - 2;
  return `${wrap(finding.toString(), columns)}\n${wrap(finding.why, columns - 2)
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
