import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { DnsOverTcp, dissect, Tcp, Udp } from '../wire/index.js';
import { planCrafted } from './craft.js';
import { formatFaults, isControl, type Message } from './message.js';
import { formatNote, type NoteCode } from './note.js';
import { parseMessages, readMessages } from './read.js';
import { formatMessages } from './write.js';

const header = 'msg_id,app_protocol,src_app,dst_app,message,timestamp';
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-'));
});
after(() => rm(folder, { recursive: true }));

async function read(content: string | Uint8Array) {
  const path = join(folder, 'x.csv');
  await writeFile(path, content);
  return readMessages(path);
}

/** Codes of a table's notes. */
const codes = (text: string): NoteCode[] => parseMessages(text).notes.map(({ code }) => code);

test('readMessages() reads UTF-16 with and without a byte order mark, and tells Hebrew from Western code pages by a guess that it notes', async () => {
  const text = `${header}\n1,CHAT,a,b,שלום עולם,0.1\n`;
  const le = Buffer.from(text, 'utf16le');
  const be = Buffer.from(le).swap16();
  for (const bytes of [
    Buffer.concat([Buffer.of(0xff, 0xfe), le]),
    Buffer.concat([Buffer.of(0xfe, 0xff), be]),
    le,
    be,
  ]) {
    const table = await read(bytes);
    assert.equal(table.messages[0]?.message, 'שלום עולם');
    assert.match(formatNote(table.notes[0]!), /UTF-16/);
  }
  const hebrew = await read(
    Buffer.concat([Buffer.from(`${header}\n1,CHAT,a,b,`), Buffer.of(0xf9, 0xec, 0xe5, 0xed), Buffer.from(',0.1\n')]),
  );
  assert.equal(hebrew.messages[0]?.message, 'שלום');
  assert.match(formatNote(hebrew.notes[0]!), /Windows-1255 .*line 2, character 12 is not UTF-8/);
  const western = await read(
    Buffer.concat([Buffer.from(`${header}\n1,CHAT,a,b,caf`), Buffer.of(0xe9, 0x20, 0x80), Buffer.from(',0.1\n')]),
  );
  assert.equal(western.messages[0]?.message, 'café €');
  assert.match(formatNote(western.notes[0]!), /Windows-1252/);
});

test('readMessages() reads semicolons, tabs and bars, decimal commas and a spreadsheet’s numbers, each with a note', () => {
  for (const delimiter of [';', '\t', '|']) {
    const table = parseMessages(
      `${header.replaceAll(',', delimiter)}\n${['1', 'HTTP', 'a', 'b', 'x, y', '0,25'].join(delimiter)}\n`,
    );
    assert.deepEqual(table.faults, []);
    assert.equal(table.messages[0]?.message, 'x, y');
    assert.equal(table.messages[0]?.timestamp, 0.25);
    assert.deepEqual(
      table.notes.map(({ code }) => code),
      ['DELIMITER', 'TIME'],
    );
  }
  const table = parseMessages('msg_id,app_protocol,src_port,dst_port,message,timestamp\n1,HTTP,55000.0,80.0,x,1e-1\n');
  const { srcPort, dstPort, timestamp } = table.messages[0]!;
  assert.deepEqual([srcPort, dstPort, timestamp], [55000, 80, 0.1]);
  assert.deepEqual(
    table.notes.map(({ code }) => code),
    ['TIME', 'NUMBER', 'NUMBER'],
  );
});

test('readMessages() reads times in every form that is about, exactly, and says how', () => {
  const times: [values: string[], seconds: number[], reading: RegExp][] = [
    [['250 ms', '1500ms'], [0.25, 1.5], /read as ms/],
    [['1761559201123', '1761559201373'], [0, 0.25], /milliseconds since 1970/],
    [['1761559201.123456', '1761559201.123457'], [0, 0.000001], /seconds since 1970/],
    [['1761559201123456789', '1761559201123456790'], [0, 1e-9], /nanoseconds since 1970/],
    [['10:00:01', '10:00:01.5'], [0, 0.5], /clock time/],
    [['00:59.5', '01:00.0'], [0, 0.5], /clock time/],
    [['11:59:59 PM', '11:59:58 pm'], [1, 0], /clock time/],
    [['2025-10-27T10:00:01Z', '2025-10-27T12:00:01.5+02:00'], [0, 0.5], /a date/],
    [['27/10/2025 10:00:01', '28.10.2025 10:00:01'], [0, 86400], /a date/],
    [['10/27/2025 10:00', '10/28/2025 10:00'], [0, 86400], /a date/],
    [['09/12/2025 10:00:01', '10/12/2025 10:00:01'], [0, 86400], /day is taken to stand before the month/],
    [['Oct 27, 2025 10:00:01.123456', 'Oct 27, 2025 10:00:01.123457'], [0, 0.000001], /a date/],
  ];
  for (const [values, seconds, reading] of times) {
    const table = parseMessages(`${header}\n${values.map((value, i) => `${i},HTTP,a,b,x,"${value}"`).join('\n')}\n`);
    assert.deepEqual(table.faults, [], values[0]);
    assert.deepEqual(
      table.messages.map(({ timestamp }) => timestamp),
      seconds,
      values[0],
    );
    assert.match(table.notes.map(formatNote).join('\n'), reading, values[0]);
  }
  const milliseconds = parseMessages(`${header.replace('timestamp', 'Time (ms)')}\n1,HTTP,a,b,x,250\n`);
  assert.equal(milliseconds.messages[0]?.timestamp, 0.25);
});

test('readMessages() joins an unquoted message again where the number of columns tells, byte for byte', () => {
  const table = parseMessages(`${header}\n1,HTTP,a,b,{"user": "ada","n": [1,2]},0.1\n2,HTTP,a,b,"one, quoted",0.2\n`);
  assert.deepEqual(table.faults, []);
  assert.deepEqual(
    table.messages.map(({ message }) => message),
    ['{"user": "ada","n": [1,2]}', 'one, quoted'],
  );
  assert.deepEqual(
    table.notes.map(({ code, count }) => [code, count]),
    [['JOINED', 1]],
  );
});

test('readMessages() numbers rows without an id, and no number is that of another row before it', () => {
  const table = parseMessages(`${header}\n2,HTTP,a,b,x,0.1\n,HTTP,a,b,y,0.2\n,HTTP,a,b,z,0.3\n`);
  assert.deepEqual(
    table.messages.map(({ msgId }) => msgId),
    ['2', '3', '4'],
  );
  assert.deepEqual(codes(`${header}\n,HTTP,a,b,y,0.2\n`), ['NUMBERED']);
});

test('readMessages() reads a packet list exported from Wireshark, with ports and flags from its Info column', () => {
  const table = parseMessages(
    '"No.","Time","Source","Destination","Protocol","Length","Info"\n' +
      '"1","0.000000","127.0.0.1","127.0.0.1","TCP","74","55000  →  80 [SYN] Seq=0 Win=65495 Len=0"\n'.replaceAll(
        '  →  ',
        ' → ',
      ) +
      '"2","0.100000","127.0.0.1","127.0.0.1","HTTP","140","GET / HTTP/1.1 "\n',
  );
  assert.deepEqual(table.faults, []);
  const [syn, get] = table.messages as [Message, Message];
  assert.deepEqual([syn.srcPort, syn.dstPort, syn.flags, syn.message], [55000, 80, 'SYN', '']);
  assert.deepEqual([get.message, get.srcApp, get.appProtocol], ['GET / HTTP/1.1 ', '127.0.0.1', 'HTTP']);
  assert.ok(table.notes.some(({ code }) => code === 'PACKET_LIST'));
  assert.ok(table.notes.some(({ code, column }) => code === 'COLUMN_PASSED_OVER' && column === 'Length'));
});

test('rows that say SYN, SYN-ACK or the flags of a segment become crafted segments with those flags', () => {
  const rows = [
    '1,TCP,a,b,SYN,0',
    '2,TCP,b,a,SYN-ACK,1',
    '3,TCP,a,b,[FIN; ACK] Seq=1 Ack=1 Win=8192 Len=0,2',
    '4,CHAT,a,b,ACK,3',
  ];
  const table = parseMessages(`${header}\n${rows.join('\n')}\n`);
  assert.deepEqual(
    table.messages.map((message) => isControl(message)),
    [true, true, true, false],
  );
  const flags = planCrafted(table.messages).map(({ packet }) => [...packet.get(Tcp)!.flagNames].join());
  assert.deepEqual(flags, ['SYN', 'SYN,ACK', 'FIN,ACK', 'PSH,ACK']);
  for (const [text, meaning] of [
    ['S', 'SYN'],
    ['SA', 'SYN,ACK'],
    ['PA', 'PSH,ACK'],
    ['S.', 'SYN,ACK'],
    ['0x18', 'PSH,ACK'],
    ['syn,ack', 'SYN,ACK'],
  ]) {
    const [row] = parseMessages(`${header},flags\n1,TCP,a,b,x,0,"${text}"\n`).messages;
    assert.equal(row?.flags, meaning, text);
  }
  assert.match(formatFaults(parseMessages(`${header},flags\n1,TCP,a,b,x,0,maybe\n`).faults)[0]!, /TCP flags such as/);
});

test('the course’s sample, which has lengths and flags in place of messages, is filled and says so', () => {
  const table = parseMessages(
    'timestamp,src_ip,dst_ip,protocol,src_port,dst_port,app_protocol,payload_size,latency_ms,layer,flags\n' +
      '0.005,10.0.0.2,192.0.2.1,TCP,51874,443,HTTP,0,,Transport,SYN\n' +
      '0.013,192.0.2.1,10.0.0.2,TCP,443,51874,HTTP,0,8.0,Transport,"SYN,ACK"\n' +
      '0.048,10.0.0.2,192.0.2.1,TCP,51874,443,HTTP,64,31.48,Application,\n',
  );
  assert.deepEqual(table.faults, []);
  assert.deepEqual(
    table.messages.map(({ flags, message }) => [flags, message.length]),
    [
      ['SYN', 0],
      ['SYN,ACK', 0],
      [undefined, 64],
    ],
  );
  for (const code of ['FILLED', 'FLAGS', 'ADDRESS', 'NUMBERED', 'COLUMN_PASSED_OVER'] as const)
    assert.ok(
      table.notes.some((note) => note.code === code),
      code,
    );
});

test('columns of ports that hold names, and of applications that hold ports, are read as what they hold', () => {
  const names = parseMessages(
    'msg_id,app_protocol,src_port,dst_port,message,timestamp\n1,HTTP,client_browser,web_server,x,1\n',
  );
  assert.deepEqual([names.messages[0]?.srcApp, names.messages[0]?.srcPort], ['client_browser', undefined]);
  const ports = parseMessages(`${header}\n1,HTTP,55000,80,x,1\n`);
  assert.deepEqual(
    [ports.messages[0]?.srcPort, ports.messages[0]?.dstPort, ports.messages[0]?.srcApp],
    [55000, 80, 'port_55000'],
  );
  for (const table of [names, ports]) assert.ok(table.notes.every(({ code }) => code === 'PORT_OR_APPLICATION'));
});

test('one cause that hits many rows is one sentence with a count, among notes and among faults', () => {
  const rows = Array.from({ length: 400 }, (_, i) => `${i},HTTP,99999,b,x,1`).join('\n');
  const lines = formatFaults(parseMessages(`msg_id,app_protocol,src_port,dst_app,message,timestamp\n${rows}\n`).faults);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /line 2, column src_port .*; so are 399 more rows, the last in line 401/);
  const notes = parseMessages(`${header}\n${Array.from({ length: 400 }, () => ',HTTP,a,b,x,1').join('\n')}\n`).notes;
  assert.deepEqual(
    notes.map(({ code, count }) => [code, count]),
    [['NUMBERED', 400]],
  );
});

test('a message that fits into no packet is a fault of its row', () => {
  const table = parseMessages(
    `${header}\n1,HTTP,a,b,${'A'.repeat(65_496)},0.1\n2,HTTP,a,b,${'A'.repeat(65_495)},0.2\n`,
  );
  assert.match(
    formatFaults(table.faults)[0]!,
    /line 2, column message .*65496 bytes given, at most 65495 fit into one packet/,
  );
  assert.equal(planCrafted(table.messages)[0]!.packet.length, 65_535);
});

test('a typed \\r\\n is sent as typed and said; unescaping turns it into a line end', () => {
  const text = `${header}\n1,HTTP,a,b,GET /\\r\\nHost: a,0.1\n`;
  assert.equal(parseMessages(text).messages[0]?.message, 'GET /\\r\\nHost: a');
  assert.deepEqual(codes(text), ['TYPED_ESCAPE']);
  assert.equal(parseMessages(text, 'x.csv', { unescape: true }).messages[0]?.message, 'GET /\r\nHost: a');
});

test('strict reading refuses what is repaired or guessed otherwise, and nothing that is only remarked', () => {
  const repaired = parseMessages(`Msg ID;App Protocol;src_app;dst_app;message;timestamp\n1;HTTP;a;b;x;0,1\n`, 'x.csv', {
    strict: true,
  });
  assert.throws(() => repaired.check(), { code: 'BAD_ROW', message: /semicolons[\s\S]*decimal comma/ });
  assert.deepEqual(parseMessages(`${header},priority\n1,HTTP,a,b,x,0.1,high\n`, 'x.csv', { strict: true }).faults, []);
});

/** Text that may stand in any value: letters, delimiters, quotes, line breaks, blanks, other scripts. */
const word = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,12}$/);
const content = fc
  .array(
    fc.constantFrom(
      'a',
      'GET /',
      ',',
      ';',
      '\t',
      '"',
      '""',
      '\n',
      '\r\n',
      ' ',
      'é',
      'ש',
      '{"k": 1}',
      '0,5',
      '|',
      '\\n',
      "'",
    ),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(''));
const anyMessage = fc.record({
  appProtocol: word,
  srcApp: word,
  dstApp: word,
  message: content,
  nanoseconds: fc.integer({ min: 0, max: 2 ** 40 }),
  ports: fc.option(fc.tuple(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 1, max: 65535 })), {
    nil: undefined,
  }),
});

const runs = { numRuns: 300 };

test('what formatMessages() writes reads back as the same messages, with no fault and no repair', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { minLength: 1, maxLength: 8 }), (list) => {
      const messages = list.map(
        ({ ports, nanoseconds, ...rest }, i): Omit<Message, 'line'> => ({
          msgId: `m${i}`,
          ...rest,
          ...(ports ? { srcPort: ports[0], dstPort: ports[1] } : {}),
          timestamp: nanoseconds / 1e9,
        }),
      );
      const table = parseMessages(formatMessages(messages as Message[]));
      assert.deepEqual(table.faults, []);
      assert.deepEqual(
        table.notes.filter(({ kind }) => kind !== 'remark'),
        [],
      );
      assert.deepEqual(
        table.messages.map(({ line, ...rest }) => rest),
        messages,
      );
    }),
    runs,
  );
});

test('no value of a CSV changes without a note on its column, however the file is written', () => {
  const pad = fc.constantFrom('', '', ' ', '  ');
  const time = fc.constantFrom('0.5', '1', '2e-1', '10 ms', '3.', '.25');
  const row = fc.record({
    id: fc.nat(1e6).map(String),
    protocol: word,
    src: word,
    dst: word,
    message: content,
    time,
    pad,
  });
  const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(
      fc.uniqueArray(row, { selector: ({ id }) => id, minLength: 1, maxLength: 5 }),
      fc.constantFrom(',', ';', '\t'),
      (rows, delimiter) => {
        const lines = rows.map(({ id, protocol, src, dst, message, time, pad }) =>
          [pad + id, protocol + pad, src, pad + dst, message, time].map(quoted).join(delimiter),
        );
        const table = parseMessages(`${header.replaceAll(',', delimiter)}\n${lines.join('\n')}\n`);
        const noted = new Set(table.notes.map(({ column }) => column));
        const faulty = new Set(table.faults.map(({ line }) => line));
        assert.ok(delimiter === ',' || table.notes.some(({ code }) => code === 'DELIMITER'));
        for (const message of table.messages) {
          const given = rows.find(({ id }) => id === message.msgId)!;
          assert.equal(message.message, given.message);
          assert.ok(
            String(message.timestamp) === given.time ||
              noted.has('timestamp') ||
              Number(given.time) === message.timestamp,
          );
          assert.ok(given.pad === '' || ['msg_id', 'app_protocol', 'dst_app'].every((column) => noted.has(column)));
          assert.deepEqual(
            [message.appProtocol, message.srcApp, message.dstApp],
            [given.protocol, given.src, given.dst],
          );
        }
        assert.equal(table.messages.length + faulty.size, rows.length);
      },
    ),
    runs,
  );
});

test('a row that says SYN in any of the ways that people write it has flags, or a note says why it is sent as text', () => {
  const expected: { readonly [message: string]: string | undefined } = {
    SYN: 'SYN',
    syn: 'SYN',
    'Syn-Ack': 'SYN,ACK',
    SYN_ACK: 'SYN,ACK',
    SYNACK: 'SYN,ACK',
    'SYN + ACK': 'SYN,ACK',
    'SYN ACK': 'SYN,ACK',
    '[SYN, ACK]': 'SYN,ACK',
    'TCP SYN': 'SYN',
    'SYN packet': 'SYN',
    'SYN (connection request)': 'SYN',
    'SYN Seq=0 Win=65535 Len=0': 'SYN',
    'FIN/ACK': 'FIN,ACK',
    RST: 'RST',
    RESET: 'RST',
    reset: undefined,
    push: undefined,
    'SYN flood': undefined,
    'S A': undefined,
    'GET / HTTP/1.1': undefined,
  };
  for (const protocol of ['TCP', 'HTTP']) {
    for (const [text, flags] of Object.entries(expected)) {
      const { messages, notes, faults } = parseMessages(`${header}\n1,${protocol},a,b,"${text}",0\n`);
      assert.deepEqual(faults, []);
      assert.equal(messages[0]?.flags, flags, text);
      assert.equal(messages[0]?.message, flags === undefined ? text : '', text);
      assert.deepEqual(
        notes.map(({ code }) => code),
        flags === undefined ? [] : ['FLAGS'],
        text,
      );
    }
  }
  const chat = parseMessages(`${header}\n1,CHAT,a,b,SYN,0\n2,CHAT,b,a,SYN-ACK,1\n`);
  assert.deepEqual(
    chat.messages.map(({ message, flags }) => [message, flags]),
    [
      ['SYN', undefined],
      ['SYN-ACK', undefined],
    ],
  );
  assert.match(
    chat.notes.map(formatNote).join(),
    /"SYN" given \(2 rows\), sent as text, since CHAT may say so; write TCP/,
  );
});

test('rows over UDP have no flags: those beside a message are passed over with a note, those without one are a fault', () => {
  const head = `${header},flags`;
  const { messages, notes, faults } = parseMessages(
    `${head}\n1,DNS,a,b,Query: example.com,0,PA\n2,UDP,a,b,,1,SYN\n3,UDP,a,b,hello,2,\n`,
  );
  assert.deepEqual(
    messages.map(({ msgId, flags }) => [msgId, flags]),
    [
      ['1', undefined],
      ['3', undefined],
    ],
  );
  assert.match(notes.map(formatNote).join('\n'), /passed over: a datagram of UDP has no flags/);
  assert.match(formatFaults(faults).join(), /line 3, column flags .*UDP has neither flags nor a handshake/);
});

test('the text of a DNS row that names no host is sent as it stands, and a note says so', () => {
  const table = parseMessages(`${header}
1,DNS,a,b,Query: example.com,0
2,DNS,b,a,Response: 192.0.2.1,1
3,DNS,a,b,who is it?,2
4,DNS,b,c,Response: 192.0.2.1,3
`);
  assert.deepEqual(
    table.notes.map(({ code, line, count }) => [code, line, count]),
    [['DNS_TEXT', 4, 2]],
  );
});

test('a column of transports beside the application protocols is what rows go over, and what it says against them is noted', () => {
  const head = 'timestamp,protocol,src_port,dst_port,app_protocol,message';
  const table = parseMessages(
    `${head}\n0,UDP,16384,5004,RTP,voice\n1,udp,16384,6000,GAME,move\n2,TCP,40000,53,DNS,Query: example.com\n3,SCTP,40000,80,HTTP,GET /\n4,TCP,40000,80,HTTP,GET /\n`,
  );
  assert.deepEqual(table.faults, []);
  assert.deepEqual(
    table.messages.map(({ transport }) => transport),
    [undefined, 'udp', 'tcp', undefined, undefined],
  );
  assert.deepEqual(
    table.notes.filter(({ code }) => code === 'TRANSPORT').map(({ line }) => line),
    [4, 5],
  );
  const packets = planCrafted(table.messages).map(({ packet }) => dissect(packet.bytes));
  assert.deepEqual(
    packets.map((packet) => (packet.get(Udp) ? 'udp' : 'tcp')),
    ['udp', 'udp', 'tcp', 'tcp', 'tcp'],
  );
  assert.equal([...packets[2]!.get(DnsOverTcp)!.questions][0]?.name, 'example.com');
  const again = parseMessages(formatMessages(table.messages));
  assert.deepEqual(
    again.messages.map(({ transport }) => transport),
    table.messages.map(({ transport }) => transport),
  );
});

test('addresses are passed over with a note, but for the loopback address that every packet has', () => {
  const head = `${header},src_ip,dst_ip`;
  assert.deepEqual(parseMessages(`${head}\n1,HTTP,a,b,x,0,127.0.0.1,127.0.0.1\n`).notes, []);
  const { notes } = parseMessages(`${head}\n1,HTTP,a,b,x,0,127.0.0.1,192.0.2.7\n2,HTTP,a,b,x,0,127.0.0.2,192.0.2.8\n`);
  assert.deepEqual(
    notes.map(({ code, column, value, count }) => [code, column, value, count]),
    [
      ['ADDRESS', 'dst_ip', '192.0.2.7', 2],
      ['ADDRESS', 'src_ip', '127.0.0.2', 1],
    ],
  );
  assert.match(formatNote(notes[0]!), /passed over: the packets go from 127\.0\.0\.1 to 127\.0\.0\.1/);
});
