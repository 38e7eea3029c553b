import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isPermitted } from './raw/permission.js';
import { repository, without } from './testing/peer.js';

const folder = mkdtempSync(join(tmpdir(), 'lesson-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a lesson, the first one as `npm start` does; `prefix` is a command to run it under. */
function lesson(
  out: string,
  prefix: readonly string[] = [],
  name = 'notebooks/web_server.ipynb',
): { status: number | null; text: string } {
  const command = [...prefix, process.execPath, 'dist/cli/main.js', 'run', name, '--out', out];
  const { status, stdout, stderr } = spawnSync(command[0]!, command.slice(1), { cwd: repository, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

interface Executed {
  readonly cells: readonly {
    readonly cell_type: string;
    readonly execution_count?: number;
    readonly outputs?: readonly { readonly output_type: string; readonly text?: string | string[] }[];
  }[];
}

function streams(path: string): string {
  const { cells } = JSON.parse(readFileSync(path, 'utf8')) as Executed;
  return cells.flatMap(({ outputs = [] }) => outputs.flatMap(({ text = '' }) => text)).join('');
}

const out = join(folder, 'here');

test('The first lesson runs to its end with the privileges there are', () => {
  const { status, text } = lesson(out);
  assert.equal(status, 0, text);
  const { cells } = JSON.parse(readFileSync(join(out, 'web_server.ipynb'), 'utf8')) as Executed;
  const code = cells.filter(({ cell_type }) => cell_type === 'code');
  assert.deepEqual(
    code.map(({ execution_count }) => execution_count),
    code.map((_, i) => i + 1),
  );
  if (isPermitted())
    assert.match(
      streams(join(out, 'web_server.ipynb')),
      /Sending: POST \/login HTTP\/1\.1\n5 packets sent, 10 captured/,
    );
});

test('The first lesson runs without the privilege to send, and says what is missing', { skip: without('root') }, () => {
  const bare = join(folder, 'bare');
  const { status, text } = lesson(bare, ['setpriv', '--bounding-set=-net_raw']);
  assert.equal(status, 0, text);
  const said = streams(join(bare, 'web_server.ipynb'));
  assert.match(
    said,
    /CAP_NET_RAW is missing; run as root \(sudo\), or allow this Node once: sudo setcap cap_net_raw\+ep/,
  );
  assert.match(said, /Nothing is sent\. The notebook goes on with the packets as built/);
  assert.match(said, /msg_id 5: .*PSH, ACK.*\n {2}frame 10 resets it/);
});

test('The first lesson takes any table, named from where the command is given, and everything follows from it', () => {
  const own = join(folder, 'own');
  mkdirSync(own);
  const rows = [
    '1,HTTP,phone,shop,GET /socks HTTP/1.1,0.02',
    '2,HTTP,shop,phone,HTTP/1.1 200 OK,0.04',
    '3,SMTP,shop,post,HELO shop,0.06',
  ];
  writeFileSync(join(own, 'mine.csv'), `msg_id,app_protocol,src_app,dst_app,message,timestamp\n${rows.join('\n')}\n`);
  const main = join(repository, 'dist/cli/main.js');
  const run = (csv: string, to: string) => {
    const args = [main, 'run', join(repository, 'notebooks/web_server.ipynb'), '-p', `csv=${csv}`, '--out', to];
    return spawnSync(process.execPath, args, { cwd: own, encoding: 'utf8' });
  };
  const { status, stdout, stderr } = run('mine.csv', 'out');
  assert.equal(status, 0, stdout + stderr);
  const said = streams(join(own, 'out', 'web_server.ipynb'));
  assert.match(said, /msg_id 3: .*80 → 25/);
  if (isPermitted()) assert.match(said, /Sending: HELO shop\n3 packets sent, 6 captured/);
  const page = readFileSync(join(own, 'out', 'web_server.html'), 'utf8');
  assert.match(page, /GET \/socks/);
  assert.doesNotMatch(page, /index\.html HTTP/);
  const absent = run('other.csv', 'out');
  assert.equal(absent.status, 1);
  assert.match(absent.stdout + absent.stderr, /other\.csv: there is no such file/);
});

test('The second lesson runs, reminds of its open questions, and takes right answers and no others', () => {
  assert.equal(lesson(out, [], 'notebooks/tcp_in_depth.ipynb').status, 0);
  const open = readFileSync(join(out, 'tcp_in_depth.html'), 'utf8');
  assert.equal((open.match(/Not answered yet/g) ?? []).length, 5);
  // The last one is wrong.
  const answers = ['2418292362', '18', '7', '7', '1'];
  const source = readFileSync(join(repository, 'notebooks/tcp_in_depth.ipynb'), 'utf8');
  const answered = answers.reduce(
    (text, answer, i) => text.replace(`answer${i + 1}: number | undefined = undefined`, `answer${i + 1} = ${answer}`),
    source,
  );
  const path = join(folder, 'answered.ipynb');
  writeFileSync(path, answered);
  assert.equal(lesson(out, [], path).status, 0);
  const page = readFileSync(join(out, 'answered.html'), 'utf8');
  assert.deepEqual(
    page.match(/✓ \d+ is right/g),
    answers.slice(0, 4).map((answer) => `✓ ${answer} is right`),
  );
  assert.match(page, /✗ 1 is not it/);
});

test("The lesson on a protocol of one's own runs, finds it by name and loses it unbound", () => {
  const { status, text } = lesson(out, [], 'notebooks/own_protocol.ipynb');
  assert.equal(status, 0, text);
  // What the compiler keeps open for a cell is not the cell's.
  assert.doesNotMatch(text, /warning/);
  const said = streams(join(out, 'own_protocol.ipynb'));
  assert.match(said, /1 12 215\n/);
  assert.match(said, /thermo\.kind == "alarm" +\[ 3 \]/);
  assert.match(said, /thermo\.celsius > 20 +\[ 2, 4 \]/);
  assert.match(said, /IPv4, UDP, Raw\nIPv4, UDP, Thermo/);
});

for (const [name, path, needs] of [
  ['committed', join(repository, 'captures/capture.pcapng'), without('tshark')],
  ['new', join(out, 'capture.pcapng'), without('tshark', 'raw')],
] as const) {
  test(`tshark reads the ${name} capture: five good segments with their messages, each answered by a RST`, {
    skip: needs,
  }, () => {
    const fields = [
      'ip.src',
      'ip.dst',
      'tcp.srcport',
      'tcp.dstport',
      'tcp.flags',
      'ip.checksum.status',
      'tcp.checksum.status',
      'tcp.payload',
      'frame.comment',
    ];
    const { stdout } = spawnSync(
      'tshark',
      [
        '-r',
        path,
        '-o',
        'tcp.check_checksum:TRUE',
        '-o',
        'ip.check_checksum:TRUE',
        '-T',
        'fields',
        ...fields.flatMap((field) => ['-e', field]),
      ],
      { encoding: 'utf8' },
    );
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    const messages = [
      'GET /index.html HTTP/1.1',
      'HTTP/1.1 200 OK',
      'GET /style.css HTTP/1.1',
      'HTTP/1.1 200 OK (CSS Data)',
      'POST /login HTTP/1.1',
    ];
    const expected = messages.flatMap((message, i) => {
      const [src, dst] = i % 2 === 0 ? ['55000', '80'] : ['80', '55000'];
      const payload = Buffer.from(message).toString('hex');
      return [
        ['127.0.0.1', '127.0.0.1', src, dst, '0x0018', '1', '1', payload, `msg_id=${i + 1} ${message}`],
        ['127.0.0.1', '127.0.0.1', dst, src, '0x0004', '1', '1', '', `the kernel's answer to msg_id=${i + 1}`],
      ];
    });
    assert.deepEqual(rows, expected);
  });
}

test('The page draws header views, plots and the ladder, with no error in the console', {
  skip: without('chromium'),
}, () => {
  const { stdout, stderr } = spawnSync(
    'chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--user-data-dir=${join(folder, 'chromium')}`,
      '--enable-logging=stderr',
      '--virtual-time-budget=10000',
      '--dump-dom',
      `file://${join(out, 'web_server.html')}`,
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  const consoleErrors = stderr.split('\n').filter((line) => /CONSOLE/.test(line));
  assert.deepEqual(consoleErrors, []);
  // Pictures stand in frames of their own, whose text is an attribute.
  const page = stdout.replace(/<script>[\s\S]*?<\/script>/g, '').replaceAll('&quot;', '"');
  assert.ok((page.match(/class="wb-grid"/g) ?? []).length >= 14, 'header diagrams');
  assert.ok((page.match(/class="point"/g) ?? []).length >= 10, 'marks of the plots');
  assert.match(page, /aria-label="Ladder of \d+ segments"/);
  assert.doesNotMatch(page, /class="state failed"/);
});
