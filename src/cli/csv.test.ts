import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeCapture, LinkType } from '../capture/index.js';
import { conversationCapture, parseMessages, planConversation, readMessages } from '../messages/index.js';
import { repository } from '../testing/peer.js';
import { build, ipv4, udp } from '../wire/index.js';

const folder = mkdtempSync(join(tmpdir(), 'csv-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const csv = join(repository, 'data', 'group209186378_http_input.csv');

function wirebook(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const main = join(repository, 'dist/cli/main.js');
  return spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: 'utf8' });
}

const head = 'msg_id,app_protocol,src_app,dst_app,message,timestamp';

test('check-csv shows notes and faults as a table and as JSON, and its exit status says whether there is a fault', () => {
  writeFileSync(join(folder, 'good.csv'), `${head.replaceAll(',', ';')}\n1;HTTP;a;b;GET /;0,5\n2;HTTP;b;a;OK;0,75\n`);
  const good = wirebook('check-csv', 'good.csv');
  assert.equal(good.status, 0, good.stderr);
  assert.match(good.stdout, /^good\.csv: 2 messages, 0 faults, \d+ notes?\n/);
  assert.match(good.stdout, /^ {2}repair|^ {2}guess|^ {2}remark/m);
  const strict = wirebook('check-csv', 'good.csv', '--strict');
  assert.equal(strict.status, 1);
  assert.match(strict.stdout, /^ {2}fault .*strict reading/m);
  writeFileSync(join(folder, 'bad.csv'), `${head}\n1,HTTP,a,b,x,soon\n`);
  const bad = wirebook('check-csv', 'bad.csv', '--json');
  assert.equal(bad.status, 1);
  const told = JSON.parse(bad.stdout) as { faults: { line: number; column: string }[] };
  assert.deepEqual([told.faults[0]!.line, told.faults[0]!.column], [2, 'timestamp']);
});

test('check-csv says of what is no CSV what it is, in words and in JSON', () => {
  writeFileSync(join(folder, 'word.csv'), 'PK\x03\x04 and more');
  const words = wirebook('check-csv', 'word.csv');
  assert.deepEqual([words.status, words.stdout], [1, '']);
  assert.match(words.stderr, /^wirebook: Cannot read messages from word\.csv.*zip file/);
  const json = wirebook('check-csv', 'word.csv', '--json');
  assert.equal(json.status, 1);
  assert.equal((JSON.parse(json.stdout) as { error: { code: string } }).error.code, 'NOT_CSV');
});

test('capture-to-csv gives the rows back that a conversation was written from, by their ids', async () => {
  const table = await readMessages(csv);
  const plan = planConversation(table.messages, { completeHttp: false, mss: 7, faults: { loss: 0.2, seed: 3 } });
  writeFileSync(
    join(folder, 'a.pcapng'),
    encodeCapture(conversationCapture(plan), { interfaces: [{ linkType: LinkType.RAW }] }),
  );
  const { status, stdout, stderr } = wirebook('capture-to-csv', 'a.pcapng');
  assert.equal(status, 0, stderr);
  const back = parseMessages(stdout);
  assert.deepEqual(back.faults, []);
  assert.deepEqual(
    back.messages.map(({ msgId, message, srcPort, dstPort }) => [msgId, message, srcPort, dstPort]),
    table.messages.map(({ msgId, message, srcApp }) => [
      msgId,
      message,
      ...(srcApp === 'web_server' ? [80, 55000] : [55000, 80]),
    ]),
  );
});

test('capture-to-csv reads streams and datagrams of others, counts what is no text, and writes over nothing', () => {
  const chat = join(repository, 'captures', 'chat_capture.pcapng');
  assert.equal(wirebook('capture-to-csv', chat, '--out', 'chat.csv').status, 0);
  const table = parseMessages(readFileSync(join(folder, 'chat.csv'), 'utf8'));
  assert.deepEqual(table.faults, []);
  assert.ok(table.messages.some(({ message }) => message.includes('Hello Bob, did you get my packet?')));
  const again = wirebook('capture-to-csv', chat, '--out', 'chat.csv');
  assert.equal(again.status, 1);
  assert.match(again.stderr, /there is such a file already/);
  const datagrams = ['plain', Uint8Array.of(0, 255, 1)].map((data, i) => ({
    bytes: build(ipv4(), udp({ srcPort: 5000, dstPort: 6000 }), data).bytes,
    timestamp: BigInt(i),
  }));
  writeFileSync(join(folder, 'b.pcapng'), encodeCapture(datagrams, { interfaces: [{ linkType: LinkType.RAW }] }));
  const { stdout, stderr } = wirebook('capture-to-csv', 'b.pcapng');
  assert.match(stdout, /^1,UDP,127\.0\.0\.1,127\.0\.0\.1,plain,0,5000,6000$/m);
  assert.match(stderr, /1 message is no text and left out/);
  writeFileSync(join(folder, 'c.pcapng'), encodeCapture([datagrams[1]!], { interfaces: [{ linkType: LinkType.RAW }] }));
  const none = wirebook('capture-to-csv', 'c.pcapng');
  assert.equal(none.status, 1);
  assert.match(none.stderr, /Cannot make a table of c\.pcapng/);
});
