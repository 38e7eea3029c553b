// Reading tables of messages, time and memory, each in a process of its own: `npm run bench -- messages`.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure, median, type RunOptions, random } from './harness.js';

const six = 'msg_id,app_protocol,src_app,dst_app,message,timestamp';

/** Tables as people hand them in: a header line, and a line for row `i`. */
const tables: { readonly [name: string]: readonly [header: string, row: (i: number, next: () => number) => string] } = {
  'as the course asks for it': [
    six,
    (i, next) => `${i},HTTP,client_browser,web_server,GET /page/${next()} HTTP/1.1,${i / 1000}`,
  ],
  'every value to be repaired, ports of a spreadsheet': [
    'Msg ID;App Protocol;Src App;Dst App;Message;Timestamp;Src Port;Dst Port',
    (i, next) =>
      `; HTTP ;browser;server;"GET /${next()}\\r\\n";0,${String(i).padStart(6, '0')};${50_000 + (i % 1000)}.0;80.0`,
  ],
  'dates, messages with commas outside quotes': [
    six,
    (i, next) =>
      `${i},HTTP,client_browser,web_server,{"user": "ada", "n": ${next()}},2025-10-27 10:${String(Math.trunc(i / 60_000) % 60).padStart(2, '0')}:${String(Math.trunc(i / 1000) % 60).padStart(2, '0')}.${String(i % 1000).padStart(3, '0')}`,
  ],
  'no row without two faults': [six, (i, next) => `${i},HTTP,,web_server,GET /${next()},soon ${i}`],
  'lines of a chat in Hebrew': [six, (i) => `${i},CHAT,alice,bob,${'שלום עולם '.repeat(5)},${i / 1000}`],
  'a packet list of Wireshark’s': [
    '"No.","Time","Source","Destination","Protocol","Length","Info"',
    (i) =>
      `"${i + 1}","${i / 1000}","127.0.0.1","127.0.0.1","TCP","66","${50_000 + (i % 1000)}  >  80 [PSH, ACK] Seq=${i} Ack=1 Win=512 Len=0"`,
  ],
};

export async function run(options: RunOptions): Promise<void> {
  await measure(options, ({ folder, quick, tell, note }) => {
    const count = quick ? 10_000 : 100_000;
    const program = fileURLToPath(new URL('./messages-read.js', import.meta.url));
    for (const [name, [header, row]] of Object.entries(tables)) {
      const path = join(folder, 'messages.csv');
      const next = random(1);
      writeFileSync(path, `${header}\n${Array.from({ length: count }, (_, i) => `${row(i, next)}\n`).join('')}`);
      const rounds = Array.from({ length: quick ? 1 : 3 }, () => {
        const { status, stdout, stderr } = spawnSync(process.execPath, [program, path], { encoding: 'utf8' });
        if (status !== 0) throw new Error(`${name}: ${stderr}`);
        return JSON.parse(stdout) as {
          rows: number;
          faults: number;
          notes: number;
          seconds: number;
          busy: number;
          peak: number;
        };
      });
      const { rows, faults, notes } = rounds[0]!;
      note(`${name}: ${rows} rows, ${faults} faults, ${notes} notes`);
      const seconds = median(rounds.map((round) => round.seconds));
      const busy = median(rounds.map((round) => round.busy));
      const peak = Math.max(...rounds.map((round) => round.peak));
      tell({ name: `${count} rows read: ${name}`, value: seconds, unit: 's', wanted: '2 s at most' });
      tell({ name: `processor time, the program's start included: ${name}`, value: busy, unit: 's' });
      tell({ name: `peak memory: ${name}`, value: peak / 1e6, unit: 'MB', wanted: '200 MB at most' });
    }
  });
}
