/**
 * The client with a pipe for its keyboard: each line is sent, what arrives is written, the end of the input ends it.
 *
 * @module
 */
import { createInterface } from 'node:readline';
import { neutralize } from '../protocol/text.js';
import { ChatClient } from './client.js';
import type { ChatClientOptions, Receipt } from './client-event.js';
import { describe, greeting, notFound, parseInput } from './phrases.js';

/** Messages under way at once. */
const mostUnanswered = 500;

/** Chats until standard input ends, and returns the exit code: 1 if anything was not delivered. */
export async function chatByPipe(name: string | undefined, options: Omit<ChatClientOptions, 'name'>): Promise<0 | 1> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  const given = name ?? (await lines.next()).value?.trim();
  let failures = 0;
  const complain = (text: string): void => {
    failures++;
    process.stderr.write(`${text}\n`);
  };
  if (given === undefined || given === '') {
    complain('No name: give one with --name, or as the first line');
    return 1;
  }
  const client = new ChatClient({ ...options, name: given });
  process.stdout.on('error', () => {});
  client.subscribe((event) => {
    if (event.type === 'error' || event.type === 'disconnected') complain(describe(event) ?? event.text);
    else {
      const text = event.type === 'connected' ? greeting(client, options) : describe(event);
      if (text !== undefined) process.stdout.write(`${text}\n`);
    }
  });
  try {
    await client.connect();
  } catch (error) {
    complain(notFound(error as Error));
    return 1;
  }
  let isClosed = false;
  client.subscribe((event) => {
    isClosed ||= event.type === 'closed';
  });
  // What it had to say, `close()` says again below.
  process.once('SIGINT', () => void client.close().catch(() => {}));
  const unanswered = new Set<Promise<unknown>>();
  const follow = (sent: Promise<Receipt>): void => {
    const answered = sent.catch((error: Error) => complain(error.message)).finally(() => unanswered.delete(answered));
    unanswered.add(answered);
  };
  for (let line = await lines.next(); !line.done && !isClosed; line = await lines.next()) {
    const input = parseInput(neutralize(line.value));
    if (input.type === 'quit') break;
    if (input.type === 'message') follow(client.send(input.to, input.text));
    else if (input.type === 'all') follow(client.sendAll(input.text));
    else if (input.type === 'who') process.stdout.write(`* here: ${(await client.who(input.prefix)).join(' ')}\n`);
    else if (input.type === 'unknown') complain(input.text);
    if (unanswered.size >= mostUnanswered) await Promise.race(unanswered);
  }
  await Promise.all(unanswered);
  await client.close();
  process.stdin.destroy();
  return failures === 0 ? 0 : 1;
}
