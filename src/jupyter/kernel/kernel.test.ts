import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Dealer, Request, Subscriber } from 'zeromq';
import { shapeFault } from '../../testing/protocol-shapes.js';
import { type Connection, createConnection, endpoint, hasIpc } from '../protocol/connection.js';
import { type JsonObject, type Message, Session } from '../protocol/message.js';

const program = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

/** Where it keeps what was typed. */
let data: string;
let connection: Connection;
let kernel: ChildProcess;
let session: Session;
const shell = new Dealer({ linger: 0 });
const control = new Dealer({ linger: 0 });
const stdin = new Dealer({ linger: 0 });
const iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
const heartbeat = new Request({ linger: 0 });
/** Everything sent and received, in order of arrival. */
const sent: Message[] = [];
const replies: Message[] = [];
const published: Message[] = [];
const waiters = new Set<() => void>();

before(async () => {
  connection = await createConnection(hasIpc() ? 'ipc' : 'tcp', 'tslab');
  data = mkdtempSync(join(tmpdir(), 'wirebook-kernel-'));
  const env = {
    ...process.env,
    NODE_OPTIONS: '--max-old-space-size=200',
    JPY_PARENT_PID: String(process.pid),
    XDG_DATA_HOME: data,
  };
  kernel = spawn(process.execPath, [program, 'kernel', 'start', connection.path], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  });
  session = new Session(connection.info.key);
  shell.routingId = session.id;
  stdin.routingId = session.id;
  iopub.subscribe();
  iopub.connect(endpoint(connection.info, 'iopub'));
  shell.connect(endpoint(connection.info, 'shell'));
  control.connect(endpoint(connection.info, 'control'));
  stdin.connect(endpoint(connection.info, 'stdin'));
  heartbeat.connect(endpoint(connection.info, 'hb'));
  for (const [socket, list] of [
    [shell, replies],
    [control, replies],
    [stdin, replies],
    [iopub, published],
  ] as const) {
    void (async () => {
      for await (const frames of socket) {
        list.push(session.decode(frames) ?? assert.fail('a message of the kernel is badly signed'));
        for (const wake of waiters) wake();
      }
    })();
  }
  // A subscription takes effect some time after it was made.
  for (let heard = false; !heard; ) {
    const request = await send('kernel_info_request');
    await replyTo(request);
    await new Promise((resolve) => setTimeout(resolve, 50));
    heard = of(request, 'status').length === 2;
    if (!heard) for (const list of [sent, replies, published]) list.length = 0;
  }
});

after(async () => {
  kernel.kill('SIGKILL');
  for (const socket of [shell, control, stdin, iopub, heartbeat]) socket.close();
  await connection.remove();
  rmSync(data, { recursive: true, force: true });
});

async function send(type: string, content: JsonObject = {}, channel = shell): Promise<Message> {
  const message = session.message(type, content);
  sent.push(message);
  await channel.send(session.encode(message) as Buffer[]);
  return message;
}

/** Waits until `find` finds something; the test's own time limit ends a wait that is in vain. */
async function until<T>(find: () => T | undefined): Promise<T> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => {
      waiters.add(resolve);
    });
    waiters.clear();
  }
}

function of(request: Message, type?: string): Message[] {
  return published.filter(
    ({ parent_header: parent, header }) =>
      parent.msg_id === request.header.msg_id && (type ?? header.msg_type) === header.msg_type,
  );
}

function replyTo(request: Message): Promise<Message> {
  return until(() =>
    replies.find(
      ({ parent_header: parent, header }) =>
        parent.msg_id === request.header.msg_id && header.msg_type !== 'input_request',
    ),
  );
}

function idle(request: Message): Promise<Message> {
  return until(() => of(request, 'status').find(({ content }) => content.execution_state === 'idle'));
}

async function execute(
  code: string,
  more: JsonObject = {},
): Promise<{ request: Message; reply: JsonObject; types: string[] }> {
  const content = {
    code,
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: true,
    stop_on_error: true,
  };
  const request = await send('execute_request', { ...content, ...more });
  const { content: reply } = await replyTo(request);
  await idle(request);
  return {
    request,
    reply,
    types: of(request)
      .map(({ header }) => header.msg_type)
      .filter((type) => type !== 'status'),
  };
}

const text = (message: Message | undefined): unknown =>
  (message?.content.data as JsonObject | undefined)?.['text/plain'];

test('kernel_info says what it is: the true compiler, the true protocol', async () => {
  const { content } = await replyTo(await send('kernel_info_request'));
  assert.equal(content.protocol_version, '5.5');
  assert.equal((content.language_info as JsonObject).version, '5.0.4');
  assert.match(String(content.banner), new RegExp(`Node ${process.version}`));
});

test('A cell’s input, output and last value come in that order, with its count', async () => {
  const { request, reply, types } = await execute('console.log("out"); console.error("err");\n({ a: 1 })');
  assert.deepEqual(types, ['execute_input', 'stream', 'stream', 'execute_result']);
  assert.equal(reply.status, 'ok');
  assert.equal(of(request, 'execute_input')[0]!.content.execution_count, reply.execution_count);
  assert.deepEqual(
    of(request, 'stream').map(({ content }) => [content.name, content.text]),
    [
      ['stdout', 'out\n'],
      ['stderr', 'err\n'],
    ],
  );
  assert.equal(text(of(request, 'execute_result')[0]), '{ a: 1 }');
  const next = await execute('undefined');
  assert.equal(next.reply.execution_count, Number(reply.execution_count) + 1);
  assert.deepEqual(next.types, ['execute_input']);
});

test('An object with Jupyter.display is shown as the bundle it gives, bytes in base64', async () => {
  const { request } = await execute(
    '({ [Symbol.for("Jupyter.display")]: async () => ({ "text/html": "<b>x</b>", "image/png": new Uint8Array([1, 2]) }) })',
  );
  const { data } = of(request, 'execute_result')[0]!.content as { data: JsonObject };
  assert.equal(data['text/html'], '<b>x</b>');
  assert.equal(data['image/png'], 'AQI=');
  assert.ok('text/plain' in data);
});

test('A figure gets HTML of its own, the library only with the first one', async () => {
  const figure = 'display({ "application/vnd.plotly.v1+json": { data: [{ y: [1] }] } }, { raw: true });';
  const sizes: number[] = [];
  for (const _ of [1, 2]) {
    const { request } = await execute(figure);
    sizes.push(String((of(request, 'display_data')[0]!.content.data as JsonObject)['text/html']).length);
  }
  assert.ok(sizes[0]! > 500_000 && sizes[1]! < 2000, `${sizes}`);
});

test('display() shows at once, update() in its place, with whole bundles; clearOutput() clears', async () => {
  const { request, types } = await execute(
    'const shown = display("one"); shown.update({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "two" }) }); clearOutput(true);',
  );
  assert.deepEqual(types, ['execute_input', 'display_data', 'update_display_data', 'clear_output']);
  const [first] = of(request, 'display_data');
  const [second] = of(request, 'update_display_data');
  assert.equal(text(first), "'one'");
  assert.deepEqual(first!.content.transient, second!.content.transient);
  assert.deepEqual(Object.keys(second!.content.data as object).sort(), ['text/html', 'text/plain']);
});

test('A thrown error has name, text and a stack in terms of the cell', async () => {
  const { request, reply, types } = await execute(
    'type T = {\n  a: number;\n};\nfunction deep(t: T): never {\n  throw new RangeError("too far");\n}\n\ndeep({ a: 1 });',
  );
  assert.deepEqual(types, ['execute_input', 'error']);
  assert.deepEqual([reply.status, reply.ename, reply.evalue], ['error', 'RangeError', 'too far']);
  const { content, metadata } = of(request, 'error')[0]!;
  assert.deepEqual(content.traceback, reply.traceback);
  const trace = (content.traceback as string[]).join('\n').replace(/\x1b\[\d*m/g, '');
  assert.match(trace, /Cell \d+, line 5/);
  assert.match(trace, /> 5 \| {3}throw new RangeError/);
  assert.match(trace, /at deep \(cell \d+:5:9\)\n\s+at cell \d+:8:1$/);
  assert.deepEqual(metadata.wirebook, { code: 'THROWN', line: 5 });
});

test('What does not compile names each place, with the compiler’s words', async () => {
  const { reply } = await execute('const a: string = 1;\nconst ok = 2;\nnowhere.b;');
  assert.equal(reply.ename, 'TypeCheckError');
  const trace = (reply.traceback as string[]).join('\n').replace(/\x1b\[\d*m/g, '');
  assert.match(trace, /Type 'number' is not assignable to type 'string'\. TS2322\nCell \d+, line 1/);
  assert.match(trace, /Cannot find name 'nowhere'\. TS2304\nCell \d+, line 3/);
});

test('After a failure the queued cells are aborted, and only they', async () => {
  const failing = send('execute_request', { code: 'throw 1', silent: false, allow_stdin: true });
  const queued = send('execute_request', { code: '"never"', silent: false, allow_stdin: true });
  const info = send('kernel_info_request');
  assert.equal((await replyTo(await failing)).content.status, 'error');
  assert.deepEqual((await replyTo(await queued)).content, { status: 'aborted' });
  await idle(await queued);
  assert.deepEqual(
    of(await queued).map(({ content }) => content.execution_state),
    ['busy', 'idle'],
  );
  assert.equal((await replyTo(await info)).content.status, 'ok');
  assert.equal((await execute('"next"')).reply.status, 'ok');
});

test('Without stop_on_error queued cells run', async () => {
  const failing = send('execute_request', { code: 'throw 1', allow_stdin: true, stop_on_error: false });
  const queued = send('execute_request', { code: '"runs"', allow_stdin: true });
  assert.equal((await replyTo(await failing)).content.status, 'error');
  assert.equal((await replyTo(await queued)).content.status, 'ok');
});

test('A silent cell is not counted, not kept and not heard of', async () => {
  const { reply: before } = await execute('1');
  const { reply, types } = await execute('const hushed = 7; hushed', { silent: true });
  assert.equal(reply.execution_count, before.execution_count);
  assert.deepEqual(types, []);
});

test('user_expressions are evaluated after the cell, each on its own', async () => {
  const { reply } = await execute('const base = 20;', { user_expressions: { good: 'base + 1', bad: 'base.nothing' } });
  const { good, bad } = reply.user_expressions as Record<string, JsonObject>;
  assert.deepEqual(good, { status: 'ok', data: { 'text/plain': '21' }, metadata: {} });
  assert.deepEqual([bad!.status, bad!.ename], ['error', 'TypeCheckError']);
});

test('Output of a timer belongs to the cell that started it, also while another one runs', async () => {
  const first = await execute('setTimeout(() => { console.log("late"); console.log("and", "later"); }, 50);');
  const second = await execute(
    'console.log("mine"); await new Promise((resolve) => setTimeout(resolve, 150)); console.log("mine too");',
  );
  assert.deepEqual(
    of(first.request, 'stream').map(({ content }) => content.text),
    ['late\nand later\n'],
  );
  assert.equal(
    of(second.request, 'stream')
      .map(({ content }) => content.text)
      .join(''),
    'mine\nmine too\n',
  );
});

test('A late failure is told as the earlier cell’s', async () => {
  const first = await execute('setTimeout(() => { throw new Error("late"); }, 300);');
  assert.equal(first.reply.status, 'ok');
  const second = await execute('await new Promise((resolve) => setTimeout(resolve, 600));');
  assert.equal(second.reply.status, 'ok');
  const [error] = of(first.request, 'error');
  assert.equal(error?.content.evalue, 'late');
  assert.equal((error!.metadata.wirebook as JsonObject).late, true);
});

test('Where nobody can be asked, a reply tells of a late failure, in the cell itself or the next', async () => {
  const own = await execute('setTimeout(() => { throw new Error("mine"); }, 20);', { allow_stdin: false });
  assert.deepEqual([own.reply.status, own.reply.evalue], ['error', 'mine']);
  // Asked by somebody, so that the cell's end is not put off until its timer has fired.
  assert.equal((await execute('setTimeout(() => { throw new Error("slipped"); }, 200);')).reply.status, 'ok');
  const code = 'await new Promise((resolve) => setTimeout(resolve, 400));';
  const next = await execute(code, { allow_stdin: false });
  assert.equal(next.reply.status, 'error');
  assert.match(String(next.reply.evalue), /^slipped \(in cell \d+, after it had ended\)$/);
  assert.equal((await execute(code, { allow_stdin: false })).reply.status, 'ok', 'it is told once');
});

test('prompt() asks the reader and waits', async () => {
  const request = await send('execute_request', {
    code: 'const who = prompt("who? ", { password: true }); "hello " + who',
    allow_stdin: true,
  });
  const question = await until(() =>
    replies.find(
      ({ header, parent_header: parent }) =>
        header.msg_type === 'input_request' && parent.msg_id === request.header.msg_id,
    ),
  );
  assert.deepEqual(question.content, { prompt: 'who? ', password: true });
  const answer = session.message('input_reply', { status: 'ok', value: 'Ada µ' }, question);
  answer.identities = [];
  await stdin.send(session.encode(answer) as Buffer[]);
  await replyTo(request);
  assert.equal(text(of(request, 'execute_result')[0]), "'hello Ada µ'");
  const refused = await execute('prompt("who? ")', { allow_stdin: false });
  assert.match(String(refused.reply.evalue), /nobody is there to answer/);
});

test('An interrupt ends a prompt() nobody answers', async () => {
  const request = await send('execute_request', {
    code: 'try { prompt("?"); } catch {}\n"went on"',
    allow_stdin: true,
  });
  await until(() => replies.find(({ parent_header: parent }) => parent.msg_id === request.header.msg_id));
  await replyTo(await send('interrupt_request', {}, control));
  assert.equal((await replyTo(request)).content.ename, 'Interrupted');
});

test('complete, inspect and is_complete know the cell’s and the notebook’s names, and count code points', async () => {
  await execute('/** Doubles.\n * @param n what to double */\nfunction twice(n: number): number { return 2 * n; }');
  const code = '"😀"; "text".pad';
  const { content: completion } = await replyTo(await send('complete_request', { code, cursor_pos: [...code].length }));
  assert.deepEqual(completion.matches, ['padEnd', 'padStart']);
  assert.deepEqual([completion.cursor_start, completion.cursor_end], [12, 15]);
  const { content: docs } = await replyTo(
    await send('inspect_request', { code: 'twice(1)', cursor_pos: 2, detail_level: 0 }),
  );
  assert.equal(docs.found, true);
  const { 'text/plain': plain, 'text/markdown': markdown } = docs.data as Record<string, string>;
  assert.match(plain!, /^function twice\(n: number\): number\n\nDoubles\.\n\n@param n what to double$/);
  assert.match(markdown!, /^```typescript\nfunction twice/);
  const { content: nothing } = await replyTo(
    await send('inspect_request', { code: '   ', cursor_pos: 1, detail_level: 0 }),
  );
  assert.equal(nothing.found, false);
  const states = [];
  for (const line of ['1 + 1', 'function f() {']) {
    states.push((await replyTo(await send('is_complete_request', { code: line }))).content);
  }
  assert.deepEqual(states, [{ status: 'complete' }, { status: 'incomplete', indent: '  ' }]);
});

test('history, comm_info and an unknown comm are answered', async () => {
  const { reply } = await execute('"to be remembered"');
  const count = reply.execution_count;
  for (const asked of [
    { hist_access_type: 'tail', n: 1, output: false, raw: true },
    { hist_access_type: 'range', session: 0, start: count, stop: Number(count) + 1, output: false, raw: true },
    { hist_access_type: 'search', pattern: '"to be rem*', n: 1, unique: true, output: false, raw: true },
  ]) {
    const { content } = await replyTo(await send('history_request', asked));
    assert.deepEqual(content.history, [[1, count, '"to be remembered"']], asked.hist_access_type);
  }
  const { content } = await replyTo(await send('comm_info_request'));
  assert.deepEqual(content, { status: 'ok', comms: {} });
  const opening = await send('comm_open', { comm_id: 'c', target_name: 'none', data: {} });
  assert.equal((await until(() => of(opening, 'comm_close')[0])).content.comm_id, 'c');
});

test('A heartbeat and an interrupt by message get through to an endless loop; values stay', async () => {
  await execute('const kept = 5;');
  const request = await send('execute_request', {
    code: 'let turns = 0;\nfor (;;) {\n  turns++;\n}',
    allow_stdin: true,
  });
  await until(() => of(request, 'execute_input')[0]);
  await heartbeat.send('beat');
  assert.equal(String((await heartbeat.receive())[0]), 'beat');
  await replyTo(await send('interrupt_request', {}, control));
  const { content } = await replyTo(request);
  assert.deepEqual([content.status, content.ename], ['error', 'Interrupted']);
  const trace = (content.traceback as string[]).join('\n');
  assert.match(trace, /The cell was interrupted/);
  assert.equal(text(of((await execute('kept')).request, 'execute_result')[0]), '5');
});

test('SIGINT ends an await that never resolves, and a loop behind an await', async () => {
  for (const code of ['await new Promise(() => {})', 'await 0; for (;;) {}']) {
    const request = await send('execute_request', { code, allow_stdin: true });
    await until(() => of(request, 'execute_input')[0]);
    kernel.kill('SIGINT');
    assert.equal((await replyTo(request)).content.ename, 'Interrupted');
  }
  assert.equal((await execute('"alive"')).reply.status, 'ok');
});

test('A message signed with another key is not answered', async () => {
  const forged = session.message('execute_request', { code: 'console.log("forged")' });
  await shell.send(new Session('another key').encode(forged) as Buffer[]);
  assert.equal((await execute('"after the forgery"')).reply.status, 'ok');
  assert.deepEqual(of(forged), []);
});

test('What child processes and add-ons print past the console is heard too', async () => {
  const { request } = await execute(
    'import { spawnSync } from "node:child_process";\nspawnSync(process.execPath, ["-e", "console.log(\'from a child\')"], { stdio: "inherit" });\nawait new Promise((resolve) => setTimeout(resolve, 100));',
  );
  assert.equal(
    of(request, 'stream')
      .map(({ content }) => content.text)
      .join(''),
    'from a child\n',
  );
});

test('A cell that kills its process gets an error, and the next one a new process', async () => {
  const { reply } = await execute('process.kill(process.pid, "SIGKILL"); for (;;) {}');
  assert.deepEqual([reply.status, reply.ename], ['error', 'KernelDied']);
  assert.match(String(reply.evalue), /SIGKILL/);
  assert.equal((await execute('typeof kept')).reply.ename, 'TypeCheckError', 'values are gone');
  assert.equal((await execute('1')).reply.status, 'ok');
});

test('In the whole session every message had its published shape, every request one answer, every busy its idle', async () => {
  for (const message of [...sent, ...replies, ...published])
    assert.equal(shapeFault(message), undefined, JSON.stringify(message));
  for (const request of sent) {
    const id = request.header.msg_id;
    const answers = replies.filter(
      ({ parent_header: parent, header }) => parent.msg_id === id && header.msg_type !== 'input_request',
    );
    const isAsking = request.header.msg_type.endsWith('_request');
    assert.equal(answers.length, isAsking ? 1 : 0, request.header.msg_type);
    if (isAsking) assert.equal(answers[0]!.header.msg_type, request.header.msg_type.replace('_request', '_reply'));
    const states = of(request, 'status').map(({ content }) => content.execution_state);
    assert.deepEqual(states, ['busy', 'idle'], request.header.msg_type);
  }
  const ids = [...replies, ...published].map(({ header }) => header.msg_id);
  assert.equal(new Set(ids).size, ids.length, 'no message id is used twice');
});

test('shutdown ends the process, whatever a cell left open', async () => {
  await execute(
    'import { createServer } from "node:net";\ncreateServer().listen(0, "127.0.0.1"); setInterval(() => {}, 10);',
  );
  const ended = new Promise((resolve) => kernel.once('exit', resolve));
  const { content } = await replyTo(await send('shutdown_request', { restart: false }, control));
  assert.deepEqual(content, { status: 'ok', restart: false });
  assert.equal(await ended, 0);
});
