/**
 * The shapes of Jupyter's messages, as the protocol 5.5 publishes them.
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html
 *
 * @module
 */
import type { JsonObject, Message } from '../jupyter/protocol/message.js';

type Check = (value: unknown) => boolean;

/** What a field holds; a name that ends in `?` may be missing. */
type Shape = Record<string, Check>;

const text: Check = (value) => typeof value === 'string';
const bool: Check = (value) => typeof value === 'boolean';
const whole: Check = (value) => Number.isInteger(value);
const object: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const list =
  (inner: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(inner);
const one =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string);
const record =
  (shape: Shape): Check =>
  (value) =>
    object(value) && misfit(value as JsonObject, shape) === undefined;
const bundle: Check = (value) =>
  object(value) &&
  Object.entries(value as JsonObject).every(
    ([mime, data]) => /^[\w.+-]+\/[\w.+-]+$/.test(mime) && (mime.endsWith('json') || typeof data === 'string'),
  );

const status = { status: one('ok', 'error', 'aborted') };
const failure = { ename: text, evalue: text, traceback: list(text) };
const shown = { data: bundle, metadata: object };

const REQUESTS: Record<string, Shape> = {
  kernel_info_request: {},
  execute_request: {
    code: text,
    'silent?': bool,
    'store_history?': bool,
    'user_expressions?': object,
    'allow_stdin?': bool,
    'stop_on_error?': bool,
  },
  complete_request: { code: text, cursor_pos: whole },
  inspect_request: { code: text, cursor_pos: whole, detail_level: whole },
  is_complete_request: { code: text },
  history_request: {
    hist_access_type: one('range', 'tail', 'search'),
    output: bool,
    raw: bool,
    'session?': whole,
    'start?': whole,
    'stop?': whole,
    'n?': whole,
    'pattern?': text,
    'unique?': bool,
  },
  comm_info_request: { 'target_name?': text },
  comm_open: { comm_id: text, target_name: text, data: object },
  interrupt_request: {},
  shutdown_request: { restart: bool },
};

const REPLIES: Record<string, Shape> = {
  kernel_info_reply: {
    ...status,
    protocol_version: text,
    implementation: text,
    implementation_version: text,
    language_info: record({
      name: text,
      version: text,
      mimetype: text,
      file_extension: text,
      'pygments_lexer?': text,
      'codemirror_mode?': () => true,
      'nbconvert_exporter?': text,
    }),
    banner: text,
    'debugger?': bool,
    'supported_features?': list(text),
    'help_links?': list(record({ text, url: text })),
  },
  complete_reply: { ...status, matches: list(text), cursor_start: whole, cursor_end: whole, metadata: object },
  inspect_reply: { ...status, found: bool, ...shown },
  is_complete_reply: { status: one('complete', 'incomplete', 'invalid', 'unknown'), 'indent?': text },
  history_reply: { ...status, history: list(Array.isArray) },
  comm_info_reply: { ...status, comms: object },
  interrupt_reply: status,
  shutdown_reply: { ...status, restart: bool },
  input_request: { prompt: text, password: bool },
};

const EXECUTE_REPLIES: Record<string, Shape> = {
  ok: { ...status, execution_count: whole, user_expressions: object, 'payload?': list(object) },
  error: { ...status, execution_count: whole, ...failure, 'user_expressions?': object, 'payload?': list(object) },
  aborted: { ...status, 'execution_count?': whole },
};

const PUBLISHED: Record<string, Shape> = {
  status: { execution_state: one('busy', 'idle', 'starting') },
  execute_input: { code: text, execution_count: whole },
  stream: { name: one('stdout', 'stderr'), text },
  display_data: { ...shown, 'transient?': object },
  update_display_data: { ...shown, transient: record({ display_id: text }) },
  execute_result: { ...shown, execution_count: whole },
  error: failure,
  clear_output: { wait: bool },
  comm_close: { comm_id: text, data: object },
  shutdown_reply: { ...status, restart: bool },
};

const HEADER: Shape = {
  msg_id: text,
  session: text,
  username: text,
  date: (value) => !Number.isNaN(Date.parse(String(value))),
  msg_type: text,
  version: text,
};

/** What is wrong with a message; nothing when it has its published shape. */
export function shapeFault({ header, parent_header: parent, metadata, content }: Message): string | undefined {
  const type = header.msg_type;
  const shape =
    type === 'execute_reply'
      ? EXECUTE_REPLIES[String(content.status)]
      : (REQUESTS[type] ?? REPLIES[type] ?? PUBLISHED[type]);
  if (shape === undefined) return `${type} is not a message of the protocol`;
  const inHeader = misfit(header as unknown as JsonObject, HEADER);
  if (inHeader !== undefined) return `header: ${inHeader}`;
  if (!(type in REQUESTS) && content.execution_state !== 'starting') {
    const inParent = misfit(parent as JsonObject, HEADER);
    if (inParent !== undefined) return `parent_header: ${inParent}`;
  }
  return object(metadata) ? misfit(content, shape) : 'metadata is not an object';
}

function misfit(value: JsonObject, shape: Shape): string | undefined {
  const names = Object.keys(shape).map((name) => name.replace('?', ''));
  const extra = Object.keys(value).find((name) => !names.includes(name));
  if (extra !== undefined) return `${extra} is not published`;
  for (const [key, check] of Object.entries(shape)) {
    const name = key.replace('?', '');
    if (!(name in value)) {
      if (!key.endsWith('?')) return `${name} is missing`;
    } else if (!check(value[name])) return `${name} is ${JSON.stringify(value[name])}`;
  }
  return undefined;
}
