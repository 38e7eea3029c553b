/**
 * `wirebook follow`: what both sides of a stream said.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  applicationMessages,
  CaptureClock,
  type FollowedStream,
  Follower,
  gapText,
  Tracker,
} from '../traffic/index.js';
import { hexDump } from '../wire/index.js';
import { takeFrames } from './capture-frames.js';

interface Options {
  readonly stream: number;
  readonly udp?: boolean;
  readonly as: 'dialogue' | 'messages' | 'raw' | 'hex';
  readonly json?: boolean;
}

/** The sub-command. */
export function followCommand(): Command {
  return new Command('follow')
    .description('print what both sides of a TCP or UDP stream said, in order')
    .argument('<file>', 'the capture; - reads standard input')
    .option('-s, --stream <number>', 'the stream, as tcp.stream or udp.stream numbers it', parseStream, 0)
    .option('-u, --udp', 'a UDP stream')
    .addOption(
      new Option(
        '--as <form>',
        'text in turn, a line for each HTTP, DNS or TLS message, bytes as they are, or a hex dump',
      )
        .choices(['dialogue', 'messages', 'raw', 'hex'])
        .default('dialogue'),
    )
    .option('-j, --json', 'the dialogue as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  wirebook follow capture.pcapng\n  wirebook follow capture.pcapng --stream 3 --as hex\n  wirebook follow capture.pcapng --json | jq -r ".dialogue[].text"',
    )
    .action(follow);
}

function parseStream(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('A whole number from 0 needed.');
  return number;
}

/** A stream that a capture does not have. */
class NoStreamError extends Error {
  readonly code = 'NO_STREAM';
}

async function follow(file: string, { stream, udp = false, as, json }: Options): Promise<void> {
  const tracker = new Tracker();
  const protocol = udp ? 'udp' : 'tcp';
  const follower = new Follower(protocol, stream);
  const clock = new CaptureClock();
  const fault = await takeFrames(file, (frame) => {
    const time = clock.read(frame.timestamp);
    tracker.track(frame, time);
    follower.add(tracker, frame.number, time);
  });
  const { conversation } = follower;
  if (conversation === undefined) {
    if (fault) throw fault;
    const count = udp ? tracker.udpStreams : tracker.tcpStreams;
    const has = count === 0 ? 'none' : count === 1 ? 'stream 0 alone' : `streams 0 to ${count - 1}`;
    throw new NoStreamError(`Cannot follow ${protocol} stream ${stream} of ${file}: it has ${has}`);
  }
  print(conversation, as, json);
  if (fault) throw fault;
}

function print(conversation: FollowedStream, as: Options['as'], json = false): void {
  if (json) process.stdout.write(`${JSON.stringify(conversation)}\n`);
  else if (as === 'messages') {
    for (const { protocol, isReverse, firstFrame, summary, bytes, isCut } of applicationMessages(conversation)) {
      const text = summary.replace(/[\x00-\x1f\x7f-\x9f]/g, '.');
      const cut = isCut ? ' [cut]' : '';
      process.stdout.write(
        `${isReverse ? '◀' : '▶'} #${firstFrame} ${protocol} ${bytes.length} bytes: ${text}${cut}\n`,
      );
    }
  } else if (as === 'dialogue') process.stdout.write(`${conversation}\n`);
  else if (as === 'raw') {
    for (const { bytes } of conversation.utterances) process.stdout.write(bytes);
  } else {
    for (const { isReverse, bytes, missing, frame } of conversation.utterances) {
      const who = isReverse ? `◀ ${conversation.stream.bEndpoint}` : `▶ ${conversation.stream.aEndpoint}`;
      process.stdout.write(`${who}  #${frame}\n${missing > 0 ? gapText(missing) : hexDump(bytes)}\n`);
    }
  }
}
