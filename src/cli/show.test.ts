import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { encodeCapture } from '../capture/index.js';
import { corpus, repository, without } from '../testing/peer.js';
import { trafficFields } from '../traffic/index.js';
import { build, ethernet, ipv4, tcp, udp } from '../wire/index.js';

const program = join(repository, 'dist/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'wirebook-show-'));
after(() => rmSync(folder, { recursive: true }));

const start = 1_700_000_000_000_000_000n;
const outer = [ethernet(), ipv4({ src: '10.0.0.1', dst: '10.0.0.2' })] as const;
const packets = [
  build(...outer, tcp({ srcPort: 55000, dstPort: 9999, flags: 'SYN', options: [{ mss: 1460 }, 'nop'] })),
  build(...outer, udp({ srcPort: 40000, dstPort: 40001 }), 'tab\tand line\n'),
  build(...outer, tcp({ srcPort: 55000, dstPort: 9999, flags: 'PSH,ACK' }), 'hello'),
];
const records = packets.map(({ bytes }, i) => ({
  timestamp: start + BigInt(i) * 1_500_000n,
  bytes,
  comments: [`#${i}`],
}));
const capture = join(folder, 'three.pcapng');
writeFileSync(capture, encodeCapture(records));

function show(...args: string[]): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(process.execPath, [program, 'show', ...args], { encoding: 'utf8' });
}

test('show prints a line per packet', () => {
  const { stdout, stderr, status } = show(capture);
  assert.deepEqual([stderr, status], ['', 0]);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 3);
  assert.match(lines[0]!, /^ +1 +0\.000000 +10\.0\.0\.1 → 10\.0\.0\.2 +TCP +62 55000 → 9999 \[SYN\]/);
  assert.match(lines[1]!, /^ +2 +0\.001500 .* UDP /);
});

test('show --fields prints tab-separated values, empty where absent, several with commas', () => {
  const names = 'frame.number,tcp.port,tcp.flags,udp.srcport,tcp.options.mss_val,frame.comment,tcp';
  const { stdout, status } = show(capture, '--header', '--fields', names);
  assert.equal(status, 0);
  assert.deepEqual(stdout.split('\n'), [
    names.replaceAll(',', '\t'),
    '1\t55000,9999\t0x0002\t\t1460\t#0\tTCP',
    '2\t\t\t40000\t\t#1\t',
    '3\t55000,9999\t0x0018\t\t\t#2\tTCP',
    '',
  ]);
});

test('show --json prints an object a line, of all layers or of the fields asked for', () => {
  const whole = show(capture, '--json', '--count', '1').stdout.trimEnd().split('\n');
  assert.equal(whole.length, 1);
  const { number, time, originalLength, comments, layers } = JSON.parse(whole[0]!);
  assert.deepEqual([number, time, originalLength, comments], [1, '1700000000.000000000', packets[0]!.length, ['#0']]);
  assert.deepEqual(
    layers.map(({ layer }: { layer: string }) => layer),
    ['Ethernet', 'IPv4', 'TCP'],
  );
  const fields = show(capture, '--json', '--fields', 'ip.addr,tcp.srcport').stdout.trimEnd().split('\n');
  assert.deepEqual(JSON.parse(fields[1]!), { 'ip.addr': ['10.0.0.1', '10.0.0.2'] });
  assert.deepEqual(JSON.parse(fields[2]!), { 'ip.addr': ['10.0.0.1', '10.0.0.2'], 'tcp.srcport': '55000' });
});

test('show reads standard input, gzip, and writes nothing that controls a terminal', () => {
  const input = gzipSync(encodeCapture([{ timestamp: start, bytes: build(...outer, udp(), '\x1b[31mred').bytes }]));
  const { stdout, status } = spawnSync(process.execPath, [program, 'show', '-', '--details'], {
    input,
    encoding: 'utf8',
  });
  assert.equal(status, 0);
  assert.match(stdout, /Time to live/);
  assert.ok(!stdout.includes('\x1b'));
});

test('show refuses a field that is not known and names the one most like it', () => {
  const { stdout, stderr, status } = show(capture, '--fields', 'frame.number,ip.scr');
  assert.deepEqual([stdout, status], ['', 1]);
  assert.match(stderr, /"ip\.scr" is no field known here, did you mean ip\.src\?/);
  assert.match(show(capture, '--fields', 'frame.numbr').stderr, /did you mean frame\.number\?/);
  assert.match(show(capture, '--count', '0').stderr, /A whole number from 1 needed/);
});

test('show says that there is no such file, or that it is no capture, in one line', () => {
  const missing = show(join(folder, 'nothing.pcap'));
  assert.deepEqual([missing.stdout, missing.status], ['', 1]);
  assert.match(missing.stderr, /^wirebook: Cannot open capture .*nothing\.pcap: ENOENT.*\n$/);
  const other = show(program);
  assert.equal(other.status, 1);
  assert.match(other.stderr, /^wirebook: Cannot read capture at byte 0: it begins with .*\n$/);
});

test('show prints what is before the damage, then the error', () => {
  const damaged = join(folder, 'damaged.pcapng');
  writeFileSync(damaged, encodeCapture(records).subarray(0, -10));
  const { stdout, stderr, status } = show(damaged, '--fields', 'frame.number');
  assert.deepEqual([stdout, status], ['1\n2\n', 1]);
  assert.match(stderr, /^wirebook: Cannot read capture at byte \d+: .*\n$/);
});

test('show ends quietly when nobody reads on, and takes no more memory for a long capture', async () => {
  const long = join(folder, 'long.pcapng');
  const piece = encodeCapture(Array.from({ length: 2_000 }, () => records[2]!));
  // Each repetition is a section of its own.
  writeFileSync(long, Buffer.concat(Array.from({ length: 40 }, () => piece)));
  const run = promisify(execFile);
  const head = await run('sh', ['-c', `'${process.execPath}' '${program}' show '${long}' | head -n 2; echo done`]);
  assert.equal(head.stdout.split('\n').length, 4);
  assert.equal(head.stderr, '');
  const child = spawn(process.execPath, ['--max-old-space-size=32', program, 'show', long, '-f', 'frame.number'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) text = (text + chunk).slice(-20);
  assert.equal(text.trimEnd().split('\n').at(-1), '80000');
});

test('show gives frame fields as tshark does', { skip: without('tshark', 'corpus') }, () => {
  const files = [
    'protocols/many_interfaces-1.pcapng',
    'protocols/nanosecs_big_endian.pcap',
    'protocols/null_loopback.pcap',
    'protocols/sll2.pcap',
    'protocols/ip4_fragments.pcap',
    'pcapng-generator/le-test006.pcapng',
  ];
  // `frame.protocols` names what Wireshark reads and this package does not.
  const names = [...trafficFields.keys()].filter((name) => name.startsWith('frame.') && name !== 'frame.protocols');
  for (const file of files) {
    const path = join(corpus, file);
    const options = names.flatMap((name) => ['-e', name]);
    const theirs = spawnSync('tshark', ['-n', '-r', path, '-T', 'fields', ...options], { encoding: 'utf8' });
    assert.equal(show(path, '--fields', names.join(',')).stdout, theirs.stdout, file);
  }
});
