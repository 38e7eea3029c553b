/**
 * Syslog, RFC 3164 and RFC 5424: the priority and, where the message is in the form of either, its parts.
 *
 * @module
 */
import { bytesOf, equalBytes, toBytes } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { type FieldNode, Layer, type Part } from '../core/layer.js';
import { textNode } from '../core/node.js';
import { decodeText, escapeText, textOrBytes, timeText } from '../core/text.js';

const facilities =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );
const levels = ['EMERG', 'ALERT', 'CRIT', 'ERR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'];

/** What to build a message from. Left out: facility 1 (user) and level 5 (notice). */
export interface SyslogInit {
  facility?: number | undefined;
  level?: number | undefined;
  message?: string | Uint8Array | undefined;
  /** All bytes as they are, instead. */
  data?: Uint8Array | undefined;
}

/** A syslog message. */
export class Syslog extends Layer {
  static override readonly label: string = 'Syslog';
  static override readonly protocol: string = 'syslog';

  static sizeOf(init: unknown): number {
    return encode(init as SyslogInit).length;
  }

  get headerLength(): number {
    return this.end - this.at;
  }

  headerFault(): DecodeFault | undefined {
    return this.truncation(1);
  }

  /** Facility times 8 plus level; nothing where the message has none. */
  get priority(): number | undefined {
    return this.#priority()?.value;
  }

  /** The text behind the priority. */
  get message(): string {
    return decodeText(this.#message());
  }

  write(init: SyslogInit): void {
    const bytes = encode(init);
    bytesOf(this.view, this.at, this.at + bytes.length).set(bytes);
  }

  toInit(): SyslogInit {
    const { priority } = this;
    const bytes = bytesOf(this.view, this.at, this.end);
    if (priority === undefined) return { data: bytes.slice() };
    const init = { facility: priority >> 3, level: priority & 7, message: textOrBytes(this.#message().slice()) };
    return equalBytes(encode(init), bytes) ? init : { data: bytes.slice() };
  }

  nodes(): FieldNode[] {
    const { at, end } = this;
    const priority = this.#priority();
    const from = priority ? priority.next : at;
    const nodes: FieldNode[] = [];
    if (priority) {
      const { value, next } = priority;
      const facility = value >> 3;
      const size = next - at;
      nodes.push({
        ...textNode({ name: 'facility', label: 'Facility', filters: 'syslog.facility' }, at, size, String(facility)),
        value: facility,
        meaning: facilities[facility] ?? 'unknown',
      });
      nodes.push({
        ...textNode({ name: 'level', label: 'Level', filters: 'syslog.level' }, at, size, String(value & 7)),
        value: value & 7,
        meaning: levels[value & 7]!,
      });
    }
    const bytes = this.#message();
    nodes.push({
      ...textNode({ name: 'message', label: 'Message', filters: 'syslog.msg' }, from, end - from, decodeText(bytes)),
      wireshark: escapeText(bytes),
      children: partNodes(this.message, from),
    });
    return nodes;
  }

  override summary(): string {
    const { priority, message } = this;
    return priority === undefined
      ? message
      : `${(facilities[priority >> 3] ?? 'unknown').toUpperCase()}.${levels[priority & 7]}: ${message}`;
  }

  #message(): Uint8Array {
    return bytesOf(this.view, this.#priority()?.next ?? this.at, this.end);
  }

  #priority(): { value: number; next: number } | undefined {
    const { view, at, end } = this;
    const match = /^<(\d{1,3})>/.exec(decodeText(bytesOf(view, at, Math.min(end, at + 5))));
    return match ? { value: Number(match[1]), next: at + match[0].length } : undefined;
  }
}

const oldForm = /^((?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d) (\S+) ([^\s:[]+)/;
const newForm = /^(\d) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(?:Z|[+-]\d\d:\d\d)) (\S+) (\S+) (\S+) /;

/** Parts of a message in the form of either RFC. */
function partNodes(message: string, at: number): FieldNode[] {
  const old = oldForm.exec(message);
  if (old) {
    const [whole, time, host, process] = old as unknown as [string, string, string, string];
    const rest = message.slice(whole.length);
    return [
      textNode({ name: 'timestamp', label: 'Timestamp', filters: 'syslog.timestamp_rfc3164' }, at, time.length, time),
      textNode({ name: 'host', label: 'Host name', filters: 'syslog.hostname' }, at + time.length + 1, 0, host),
      textNode({ name: 'process', label: 'Process', filters: 'syslog.procid' }, at, 0, process),
      ...(rest === '' ? [] : [textNode({ name: 'text', label: 'Text', filters: 'syslog.msgid' }, at, 0, rest)]),
    ];
  }
  const recent = newForm.exec(message);
  if (!recent) return [];
  const [whole, version, time, fraction = '', host, application, process] = recent as unknown as string[];
  const nanoseconds = Number(fraction.padEnd(9, '0'));
  const shown = timeText(Math.floor(Date.parse(time!.replace(/\.\d+/, '')) / 1000), nanoseconds);
  return [
    textNode({ name: 'version', label: 'Version', filters: 'syslog.version' }, at, 1, version!),
    {
      ...textNode({ name: 'timestamp', label: 'Timestamp', filters: 'syslog.timestamp' }, at + 2, time!.length, time!),
      wireshark: shown,
    },
    textNode({ name: 'host', label: 'Host name', filters: 'syslog.hostname' }, at, 0, host!),
    textNode({ name: 'application', label: 'Application', filters: 'syslog.appname' }, at, 0, application!),
    textNode({ name: 'process', label: 'Process', filters: 'syslog.procid' }, at, 0, process!),
    textNode({ name: 'text', label: 'Text', filters: 'syslog.msgid' }, at, 0, message.slice(whole!.length)),
  ];
}

function encode({ facility = 1, level = 5, message = '', data }: SyslogInit): Uint8Array {
  if (data !== undefined) return data;
  const head = toBytes(`<${facility * 8 + level}>`);
  const text = toBytes(message);
  const bytes = new Uint8Array(head.length + text.length);
  bytes.set(head);
  bytes.set(text, head.length);
  return bytes;
}

/** A syslog message for `build`, behind `udp()`. */
export function syslog(init: SyslogInit = {}): Part<SyslogInit> {
  return { type: Syslog, init };
}
