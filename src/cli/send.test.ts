import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readCapture } from '../capture/index.js';
import { repository, without } from '../testing/peer.js';

const program = join(repository, 'dist/cli/main.js');
const input = join(repository, 'data/group209186378_http_input.csv');
let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'send-'));
});
after(() => rmSync(folder, { recursive: true }));

function send(
  args: readonly string[],
  prefix: readonly string[] = [],
): { status: number | null; stdout: string; stderr: string } {
  const [command, ...rest] = [...prefix, process.execPath, program, 'send', ...args];
  return spawnSync(command!, rest, { cwd: folder, encoding: 'utf8' });
}

test('send --dry-run lists the packets and writes them with the times of the CSV', async () => {
  const out = join(folder, 'dry.pcapng');
  const { status, stdout, stderr } = send([
    input,
    '--dry-run',
    '--out',
    out,
    '--scale',
    '2',
    '--port',
    'web_server=8080',
  ]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /0\.200 s {2}msg_id 1 .*55000 → 8080 \[PSH, ACK\].*GET \/index\.html/);
  const frames = await readCapture(out);
  const [first] = frames;
  assert.deepEqual(
    frames.map(({ timestamp }) => timestamp! - first!.timestamp!),
    [0n, 200_000_000n, 400_000_000n, 600_000_000n, 800_000_000n],
  );
  assert.deepEqual(frames[4]!.comments, ['msg_id=5 POST /login HTTP/1.1']);
});

test('send puts every packet on the wire and captures the answers', { skip: without('raw') }, async () => {
  const out = join(folder, 'sent.pcapng');
  const ports = ['--port', 'client_browser=47031', '--port', 'web_server=47032'];
  const { status, stdout, stderr } = send([input, '--scale', '0.1', '--out', out, ...ports]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Sending: POST \/login HTTP\/1\.1\n10 packets in .*\n5 packets sent, 10 captured/);
  assert.equal((await readCapture(out)).length, 10);
});

test('send says before it starts how long a long plan takes, and which scale makes it short', {
  skip: without('raw'),
}, () => {
  const csv = join(folder, 'long.csv');
  writeFileSync(
    csv,
    'msg_id,app_protocol,src_app,dst_app,message,timestamp\n1,HTTP,client_browser,web_server,a,0\n2,HTTP,client_browser,web_server,b,600\n',
  );
  const ports = ['--port', 'client_browser=47033', '--port', 'web_server=47034'];
  const { stderr } = send([csv, '--scale', '0.02', ...ports]);
  assert.match(stderr, /the times of these rows take 12 s; with --scale 0\.008 about 5 s/);
});

/** Runs what follows in a network of its own, whose loopback drops every packet. */
const blackhole = [
  'unshare',
  '-n',
  'sh',
  '-c',
  'ip link set lo up && tc qdisc add dev lo root blackhole && exec "$0" "$@"',
];
const canDrop = spawnSync(blackhole[0]!, [...blackhole.slice(1), 'true']).status === 0;

test('send is red and names the rows when what it sent is not in the capture', {
  skip: without('raw') || (!canDrop && 'needs unshare, ip and tc as root'),
}, () => {
  const csv = join(folder, 'nothing.csv');
  writeFileSync(csv, 'msg_id,app_protocol,src_app,dst_app,message,timestamp\n7,HTTP,client_browser,web_server,a,0\n');
  const { status, stdout, stderr } = send([csv], blackhole);
  assert.equal(status, 1, stdout + stderr);
  assert.match(stdout, /1 packet sent, 0 captured/);
  assert.match(stderr, /Cannot find 1 of 1 rows in the capture: msg_id 7/);
});

test('A CSV with a fault is one clear text, status 1, and an earlier capture is left alone', () => {
  const out = join(folder, 'earlier.pcapng');
  writeFileSync(out, 'earlier');
  const header = 'msg_id,app_protocol,src_app,dst_app,message,timestamp';
  const cases: [content: string | undefined, message: RegExp][] = [
    [undefined, /Cannot read messages from .*none\.csv: there is no such file/],
    ['', /bad\.csv, line 1: the file is empty/],
    ['msg_id,app_protocol,src_app,dst_app,timestamp\n1,HTTP,a,b,0.1\n', /bad\.csv, line 1: column message missing/],
    [`${header}\n1,HTTP,a,b,x,soon\n`, /bad\.csv, line 2, column timestamp \(field 6\): "soon" given/],
    [`${header}\n1,HTTP,a,b,x,0.1\n2,HTTP,a,b\n`, /bad\.csv, line 3: 4 values given, 6 as in the header needed/],
  ];
  for (const [content, message] of cases) {
    const path = join(folder, content === undefined ? 'none.csv' : 'bad.csv');
    if (content !== undefined) writeFileSync(path, content);
    const { status, stdout, stderr } = send([path, '--out', out, '--dry-run']);
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /);
    assert.equal(readFileSync(out, 'utf8'), 'earlier');
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('.part')),
    [],
  );
});

test('Without the privilege, send says what to do and sends nothing', { skip: without('root') }, () => {
  const { status, stdout, stderr } = send([input], ['setpriv', '--bounding-set=-net_raw']);
  assert.equal(status, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /^wirebook: Cannot open a raw socket: .*CAP_NET_RAW is missing; run as root \(sudo\)/);
});

test('A wrong option is one line that says what is needed', () => {
  assert.match(send([input, '--scale', 'fast']).stderr, /A number from 0 up is needed/);
  assert.match(send([input, '--port', 'web_server']).stderr, /An application and a port from 1 to 65535 are needed/);
});
