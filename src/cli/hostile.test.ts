/** Damaged and hostile captures, as a user meets them: what was read comes first, then the error in a sentence, never a stack. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CaptureReader, encodeCapture, type Frame } from '../capture/index.js';
import { CaptureError } from '../errors.js';
import { conversationCapture, planConversation } from '../messages/conversation.js';
import { readMessages } from '../messages/index.js';
import { Random, randomSeed } from '../random.js';
import { repository } from '../testing/peer.js';
import { hostileCapture } from '../testing/segments.js';
import {
  applicationMessages,
  CapturePass,
  explain,
  Traffic,
  trafficFields,
  trafficFieldTexts,
} from '../traffic/index.js';
import { build, ethernet } from '../wire/index.js';
import { summaryLine } from './summary-line.js';

const program = join(repository, 'dist', 'cli', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'wirebook-hostile-'));
after(() => rmSync(folder, { recursive: true }));

const plan = planConversation(await readMessages(join(repository, 'data', 'group209186378_http_input.csv')));
const talk = encodeCapture(conversationCapture(plan), { interfaces: [{ linkType: 101 }] });
const whole = join(folder, 'whole.pcapng');
const damaged = join(folder, 'damaged.pcapng');
writeFileSync(whole, talk);
writeFileSync(damaged, talk.subarray(0, talk.length - 50));

test('every command says what it read of a damaged capture, then the error in one line, with status 1', () => {
  const forms = [
    ['show'], ['show', '-d'], ['show', '--json'], ['show', '--fields', 'frame.number,ip.src'],
    ['stats'], ['stats', '--json'], ['follow'], ['follow', '--json'], ['explain'], ['explain', '--json'],
  ]; // biome-ignore format: a table
  for (const [command = '', ...options] of forms) {
    const { stdout, stderr, status } = spawnSync(process.execPath, [program, command, damaged, ...options], {
      encoding: 'utf8',
    });
    const what = `${command} ${options.join(' ')}`;
    assert.equal(status, 1, what);
    assert.match(stderr, /^wirebook: Cannot read .*\n$/, what);
    assert.ok(stdout.length > 100, `${what}: ${stdout}`);
  }
});

test('every command ends quietly when the reader of its output goes', () => {
  for (const form of ['show', 'show -d', 'stats', 'follow', 'explain']) {
    const [command = '', ...options] = form.split(' ');
    const line = `{ "$@"; echo "$?" >&2; } | true`;
    const args = ['-c', `sleep 0.2; ${line}`, 'sh', process.execPath, program, command, whole, ...options];
    const { stderr } = spawnSync('sh', args, { encoding: 'utf8' });
    assert.equal(stderr, '0\n', form);
  }
});

/** Everything that `show`, `stats`, `follow` and `explain` do with frames. */
function useAll(frames: readonly Frame[]): void {
  const pass = new CapturePass();
  for (const frame of frames) {
    pass.take(frame);
    summaryLine(pass);
    pass.packet.show();
    JSON.stringify(pass.packet);
    for (const name of trafficFields.keys()) trafficFieldTexts(name, pass);
  }
  const traffic = Traffic.of(frames);
  traffic.hierarchy();
  for (const kind of ['eth', 'ip', 'ipv6', 'tcp', 'udp'] as const) traffic.endpoints(kind);
  JSON.stringify(explain(traffic));
  for (const { index } of traffic.streams.slice(0, 3)) applicationMessages(traffic.follow(index)).map(String);
}

function framesOf(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  try {
    for (const frame of CaptureReader.openSync(bytes).frames()) frames.push(frame);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
  }
  return frames;
}

const budgetMs = Number(process.env.WIREBOOK_FUZZ_MS ?? 1500);

test('captures with bytes changed at random are shown, counted, followed and explained without an exception', () => {
  const seed = randomSeed();
  const random = new Random(seed);
  const lesson = new Uint8Array(readFileSync(join(repository, 'captures', 'capture.pcapng')));
  const samples = [talk, hostileCapture(2, 30, 3), lesson];
  const until = performance.now() + budgetMs;
  for (let round = 0; performance.now() < until; round++) {
    const bytes = Uint8Array.from(random.pick(samples));
    for (let changes = 1 + random.below(8); changes > 0; changes--)
      bytes[random.below(bytes.length)] = random.below(256);
    try {
      useAll(framesOf(bytes));
    } catch (cause) {
      throw new Error(`round ${round} of seed ${seed}`, { cause });
    }
  }
});

test('times before 1970 are shown as the moments that they are', () => {
  const timestamp = -2_500_000_000n;
  const bytes = encodeCapture([{ timestamp, bytes: build(ethernet()).bytes }], {
    interfaces: [{ timestampOffset: -10n }],
  });
  const pass = new CapturePass().take(framesOf(bytes)[0]!);
  assert.deepEqual(trafficFieldTexts('frame.time_epoch', pass), ['-2.500000000']);
  assert.match(trafficFieldTexts('frame.time', pass)[0]!, /:57\.500000000 /);
  useAll(framesOf(bytes));
});
