import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { repository } from '../testing/peer.js';
import { formatFault } from './message.js';
import { formatNote } from './note.js';
import { defaultPorts, portsOf } from './ports.js';
import { parseMessages, readMessages } from './read.js';

const header = 'msg_id,app_protocol,src_app,dst_app,message,timestamp';
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'messages-'));
});
after(() => rm(folder, { recursive: true }));

async function file(content: string | Uint8Array): Promise<string> {
  const path = join(folder, 'x.csv');
  await writeFile(path, content);
  return path;
}

const faultsOf = (rows: string, head = header): string[] =>
  parseMessages(`${head}\n${rows}`, 'x.csv').faults.map(formatFault);

test('readMessages() reads the five rows of the project’s input, byte order mark and all', async () => {
  const table = await readMessages(join(repository, 'data/group209186378_http_input.csv'));
  assert.deepEqual(table.faults, []);
  assert.deepEqual(table.notes, []);
  assert.equal(table.length, 5);
  assert.deepEqual(table.messages[3], {
    msgId: '4',
    appProtocol: 'HTTP',
    srcApp: 'web_server',
    dstApp: 'client_browser',
    message: 'HTTP/1.1 200 OK (CSS Data)',
    timestamp: 0.4,
    line: 5,
  });
});

test('readMessages() reads CRLF, quotes, doubled quotes and line breaks within a value, and counts lines rightly', () => {
  const table = parseMessages(`${header}\r\n1,HTTP,a,b,"say ""hi"", then\r\ngo",0.5\r\n2,HTTP,a,b,x,oops\r\n`, 'x.csv');
  assert.equal(table.messages[0]?.message, 'say "hi", then\r\ngo');
  assert.equal(table.messages[0]?.line, 2);
  assert.equal(table.faults[0]?.line, 4);
});

test('readMessages() keeps good rows beside bad ones and names line, column, value and need of each fault', () => {
  const table = parseMessages(`${header}\n1,HTTP,a,b,one,0.1\n2,HTTP,a,b,two,soon\n3,HTTP,a,b,three,0.3\n`, 'x.csv');
  assert.deepEqual(
    table.messages.map(({ msgId }) => msgId),
    ['1', '3'],
  );
  assert.deepEqual(table.faults.map(formatFault), [
    'x.csv, line 3, column timestamp (field 6): "soon" given, seconds since the start such as 0.1, or dates as 2025-10-27 10:00:01.123 in every row, needed',
  ]);
  assert.throws(() => table.check(), {
    name: 'MessageError',
    code: 'BAD_ROW',
    message: /one fault in x\.csv\nx\.csv, line 3, column timestamp/,
  });
});

test('readMessages() finds what can be wrong with a row', () => {
  assert.match(
    faultsOf('1,HTTP,"a,1",b,{"a":1,"b":2},0.1')[0]!,
    /line 2: 7 values given, 6 as in the header needed: put a value that holds commas in double quotes/,
  );
  assert.match(faultsOf('1,HTTP,a,b')[0]!, /line 2: 4 values given, 6 as in the header needed/);
  assert.match(faultsOf('1,HTTP,a,b,,0.1')[0]!, /column message \(field 5\): "" given, something to send needed/);
  assert.match(faultsOf('1 2,HTTP,a,b,x,0.1')[0]!, /column msg_id \(field 1\).*without white space/);
  assert.match(faultsOf('1,HTTP,a,b,x,0.1\n1,HTTP,a,b,y,0.2')[0]!, /line 3, column msg_id .*line 2 has this one/);
  assert.match(faultsOf('1,HTTP,,b,x,0.1')[0]!, /column src_app \(field 3\)/);
  assert.match(faultsOf('1,,a,b,x,0.1')[0]!, /column app_protocol/);
  for (const time of [
    '-1',
    'NaN',
    'Infinity',
    '0x10',
    '',
    '.',
    '31/31/2025',
    '2025-13-45 10:00:00',
    '25:00:00',
    'soon',
  ]) {
    assert.match(faultsOf(`1,HTTP,a,b,x,${time}`)[0]!, /column timestamp/, time);
  }
  assert.match(
    faultsOf('1,HTTP,70000,b,x,0.1', 'msg_id,app_protocol,src_port,dst_app,message,timestamp')[0]!,
    /column src_port .*"70000" given, a port from 1 to 65535/,
  );
  assert.match(faultsOf('1,HTTP,a,b,"x,0.1\n2,HTTP,a,b,y,0.2')[0]!, /closing quote needed/);
  assert.match(
    faultsOf('1,HTTP,a,b,x,0.1\n2,HTTP,a,b,y,2025-10-27 10:00:00')[0]!,
    /line 2, column timestamp .*a date and time as in the other rows/,
  );
});

test('readMessages() passes over blank lines and rows of commas', () => {
  const table = parseMessages(`${header}\n\n1,HTTP,a,b,x,0.1\n,,,,,\n\n2,HTTP,a,b,y,0.2`, 'x.csv');
  assert.deepEqual(table.faults, []);
  assert.deepEqual(
    table.messages.map(({ line }) => line),
    [3, 6],
  );
});

test('readMessages() takes the header variants that are about', () => {
  const variants: [head: string, row: string, srcPort: number | undefined][] = [
    ['msg_id,app_protocol,src_port,dst_port,message,timestamp', '1,HTTP,5000,80,x,0.1', 5000],
    ['msg_id,app_protocol,src_app,dst_app,src_port,dst_port,message,timestamp', '1,HTTP,a,b,5000,80,x,0.1', 5000],
    [`${header},src_port,dst_port`, '1,HTTP,a,b,x,0.1,5000,80', 5000],
    ['app_protocol,src_port,dst_port,message,timestamp', 'HTTP,5000,80,x,0.1', 5000],
    ['msg_id,src_app,dst_app,protocol,message,timestamp', '1,a,b,HTTP,x,0.1', undefined],
    ['msg_id,timestamp,app_protocol,message,src_port,dst_port', '1,0.1,HTTP,x,5000,80', 5000],
    [
      'msg_id,timestamp,src_app,dst_app,app_protocol,length,src_port,dst_port,message',
      '1,0.1,a,b,HTTP,1,5000,80,x',
      5000,
    ],
    ['Msg_ID, App_Protocol ,src_app,dst_app,MESSAGE,timestamp,priority', '1,HTTP,a,b,x,0.1,high', undefined],
  ];
  for (const [head, row, srcPort] of variants) {
    const table = parseMessages(`${head}\n${row}\n`);
    assert.deepEqual(table.faults, [], head);
    const [message] = table.messages;
    assert.equal(message?.message, 'x', head);
    assert.equal(message?.timestamp, 0.1, head);
    assert.equal(message?.srcPort, srcPort, head);
    assert.equal(message?.msgId, '1', head);
  }
});

test('readMessages() counts dates from the earliest, and says so', () => {
  const table = parseMessages(
    `${header}\n1,HTTP,a,b,x,2025-10-27 10:00:01.123000\n2,HTTP,a,b,y,2025-10-27 10:00:01.623\n`,
  );
  assert.deepEqual(
    table.messages.map(({ timestamp }) => timestamp),
    [0, 0.5],
  );
  assert.match(formatNote(table.notes[0]!), /\(2 rows\), a date: times are counted from the earliest/);
});

test('readMessages() says of a file that is no CSV what it is', async () => {
  const cases: [content: string | Uint8Array, code: string, message: RegExp][] = [
    ['', 'EMPTY', /line 1: the file is empty/],
    ['\n\n', 'EMPTY', /line 1: the file is empty/],
    [`${header}\n`, 'EMPTY', /line 2: no rows under the header/],
    [Uint8Array.of(0x50, 0x4b, 3, 4, 20), 'NOT_CSV', /Word, Excel or zip file/],
    [Uint8Array.of(0x0a, 0x0d, 0x0d, 0x0a), 'NOT_CSV', /capture file/],
    [Uint8Array.of(0x50, 0x4b, 3, 4, 0, ...Buffer.from('xl/workbook.xml')), 'NOT_CSV', /Excel workbook/],
    [Uint8Array.of(0x4d, 0x3c, 0xb2, 0xa1, 2, 0), 'NOT_CSV', /pcap with nanoseconds/],
    [Uint8Array.of(0x25, 0x50, 0x44, 0x46), 'NOT_CSV', /a PDF/],
    ['<!DOCTYPE html><p>', 'NOT_CSV', /a web page/],
    ['{"cells": []}', 'NOT_CSV', /Jupyter notebook/],
    [`${header}\n1,HTTP,a,b,\0,1`, 'NOT_CSV', /line 2, character 12 is a NUL/],
    [
      Uint8Array.of(...Buffer.from('a,b\n'), 0xff, 1, 2, 3, 4, 5),
      'NOT_CSV',
      /line 2, character 1 is not UTF-8, and 5 bytes are no text/,
    ],
    [
      'msg_id,app_protocol,src_app,dst_app,timestamp\n1,HTTP,a,b,0.1',
      'MISSING_COLUMN',
      /line 1: column message missing/,
    ],
    [
      'a,b\n1,2',
      'MISSING_COLUMN',
      /columns app_protocol, message, timestamp, src_app, dst_app missing; the header is "a,b"/,
    ],
    [`${header},message\n1,HTTP,a,b,x,0.1,y`, 'DUPLICATE_COLUMN', /column message stands there twice/],
  ];
  for (const [content, code, message] of cases) {
    await assert.rejects(readMessages(await file(content)), { name: 'MessageError', code, message });
  }
  await assert.rejects(readMessages(join(folder, 'none.csv')), { code: 'NO_FILE', message: /there is no such file/ });
  await assert.rejects(readMessages(folder), { code: 'NO_FILE', message: /it is a folder/ });
});

test('portsOf() has the original’s ports, unknown applications’ included, and the row’s own first', () => {
  const [message] = parseMessages(`${header}\n1,HTTP,client_browser,web_server,x,0.1`).messages;
  assert.deepEqual(portsOf(message!), { srcPort: 55000, dstPort: 80 });
  assert.deepEqual(portsOf({ ...message!, srcApp: 'x', dstApp: 'constructor' }), { srcPort: 12345, dstPort: 80 });
  assert.deepEqual(portsOf({ ...message!, srcPort: 1, dstPort: 2 }), { srcPort: 1, dstPort: 2 });
  assert.throws(() => portsOf(message!, { ...defaultPorts, applications: { client_browser: 1.5 } }), /port 1\.5 given/);
});
