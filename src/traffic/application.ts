/**
 * Messages of applications in a followed stream: HTTP/1.x and what it is upgraded to or carries through (WebSocket, a CONNECT tunnel), DNS
 * over TCP, TLS records, and lines of text such as the chat's.
 *
 * @module
 */
import { bytesOf, viewOf } from '../bytes.js';
import { Dns, DnsOverTcp, stack } from '../wire/index.js';
import type { FollowedStream, Utterance } from './follow.js';

/** What is spoken on a stream. */
export type ApplicationProtocol = 'http' | 'websocket' | 'dns' | 'tls' | 'lines';

/** Header lines by lower-case name. Values of a name that recurs are joined with commas, RFC 9110 section 5.3, cookies excepted. */
export interface HttpHeaders {
  readonly [name: string]: string | readonly string[] | undefined;
  /** One text for each line. */
  readonly 'set-cookie'?: readonly string[];
}

/** One message. */
export interface ApplicationMessage {
  readonly protocol: ApplicationProtocol;
  /** Whether it goes from `b` to `a`. */
  readonly isReverse: boolean;
  /** Frame that brought its first byte, and the one that brought its last. */
  readonly firstFrame: number;
  readonly lastFrame: number;
  /** Nanoseconds since the capture's first frame, of its first byte. */
  readonly time: number;
  /** One line: `GET / HTTP/1.1`, `Standard query …`, `Handshake: Client Hello`, or the line itself. */
  readonly summary: string;
  /** All its bytes. */
  readonly bytes: Uint8Array;
  /** For HTTP: its header lines by lower-case name. */
  readonly headers?: HttpHeaders;
  /** For HTTP its body with chunks joined, for WebSocket the payload unmasked. */
  readonly body?: Uint8Array;
  /** Whether its end is not in the capture. */
  readonly isCut: boolean;
}

/** Longest line or header that is waited for, in bytes. */
const maxHeader = 1024 * 1024;

/** A run of bytes of one direction without a gap, and which frame brought which of them. */
class Run {
  readonly isReverse: boolean;
  readonly bytes: Uint8Array;
  readonly #starts: number[] = [];
  readonly #pieces: readonly Utterance[];
  readonly isLast: boolean;

  constructor(isReverse: boolean, pieces: readonly Utterance[], isLast: boolean) {
    this.isReverse = isReverse;
    this.#pieces = pieces;
    this.isLast = isLast;
    this.bytes = new Uint8Array(pieces.reduce((sum, { bytes }) => sum + bytes.length, 0));
    let at = 0;
    for (const { bytes } of pieces) {
      this.#starts.push(at);
      this.bytes.set(bytes, at);
      at += bytes.length;
    }
  }

  /** The piece that brought a byte. */
  pieceOf(offset: number): Utterance {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#pieces[low]!;
  }
}

/** The messages of both sides in the order in which they were complete. */
export function applicationMessages(stream: FollowedStream): ApplicationMessage[] {
  const messages: ApplicationMessage[] = [];
  const methods: string[] = [];
  for (const isReverse of [false, true]) {
    for (const run of runsOf(stream, isReverse)) {
      const protocol = protocolOf(run.bytes, stream);
      if (protocol !== undefined) messages.push(...read(protocol, run, methods, stream));
    }
  }
  return messages.sort((a, b) => a.lastFrame - b.lastFrame || a.firstFrame - b.firstFrame);
}

function runsOf({ utterances }: FollowedStream, isReverse: boolean): Run[] {
  const runs: Utterance[][] = [[]];
  for (const piece of utterances) {
    if (piece.isReverse !== isReverse) continue;
    if (piece.missing > 0) runs.push([]);
    else runs.at(-1)!.push(piece);
    if (piece.cut > 0) runs.push([]);
  }
  return runs
    .map((pieces, i) => new Run(isReverse, pieces, i === runs.length - 1))
    .filter(({ bytes }) => bytes.length > 0);
}

const httpStart = /^([A-Z]{3,20} \S+ HTTP\/1\.[01]\r?\n|HTTP\/1\.[01] \d{3})/;

function protocolOf(bytes: Uint8Array, { stream: { flow } }: FollowedStream): ApplicationProtocol | undefined {
  const head = latin1(bytes.subarray(0, 2048));
  if (httpStart.test(head)) return 'http';
  if (bytes.length >= 5 && bytes[0]! >= 20 && bytes[0]! <= 23 && bytes[1] === 3 && bytes[2]! <= 4) return 'tls';
  const isDns = [flow.aPort, flow.bPort].some((port) => stack.tcpPort.get(port)?.type === DnsOverTcp);
  if (isDns && bytes.length >= 14) return 'dns';
  // Text and nothing else, with an end of line.
  return /\n/.test(head) && !/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(head) ? 'lines' : undefined;
}

type Part = Pick<ApplicationMessage, 'summary' | 'headers' | 'body'> & {
  readonly length: number;
  readonly isCut?: boolean;
};

function read(first: ApplicationProtocol, run: Run, methods: string[], stream: FollowedStream): ApplicationMessage[] {
  const messages: ApplicationMessage[] = [];
  let protocol = first;
  let at = 0;
  while (at < run.bytes.length) {
    const rest = run.bytes.subarray(at);
    if (protocol === 'http' && at > 0 && !beginsHttp(rest)) {
      const next = isWebSocket(messages.at(-1)!) ? 'websocket' : protocolOf(rest, stream);
      // Bytes of an upgraded connection or of a tunnel whose protocol is not known are no messages.
      if (next === undefined) break;
      protocol = next;
    }
    const { length, isCut = false, ...part } = readers[protocol](rest, run, methods);
    const piece = run.pieceOf(at);
    messages.push({
      protocol,
      isReverse: run.isReverse,
      firstFrame: piece.frame,
      lastFrame: run.pieceOf(at + length - 1).frame,
      time: piece.time,
      bytes: rest.subarray(0, length),
      isCut,
      ...part,
    });
    at += length;
  }
  return messages;
}

/** Whether another HTTP message begins, or may: with an empty line before it, or with a line that is not all here. */
function beginsHttp(rest: Uint8Array): boolean {
  const head = latin1(rest.subarray(0, 2048));
  return httpStart.test(head) || /^\r?\n/.test(head) || /^[A-Z][\x20-\x7e]*\r?$/.test(head);
}

/** Whether a request or response asks for the WebSocket protocol, or grants it, RFC 6455 section 4. */
function isWebSocket({ headers }: ApplicationMessage): boolean {
  const upgrade = headers?.upgrade;
  return typeof upgrade === 'string' && /\bwebsocket\b/i.test(upgrade);
}

const readers: { readonly [P in ApplicationProtocol]: (rest: Uint8Array, run: Run, methods: string[]) => Part } = {
  http: readHttp,
  websocket: readWebSocket,
  dns: readDns,
  tls: readTls,
  lines: (rest) => {
    const end = rest.indexOf(0x0a);
    const length = end < 0 ? rest.length : end + 1;
    const summary = new TextDecoder().decode(rest.subarray(0, length)).replace(/\r?\n$/, '');
    return { length, summary, isCut: end < 0 };
  },
};

/** RFC 9112: a start line, header lines, an empty line, and a body whose length section 6.3 tells. */
function readHttp(rest: Uint8Array, run: Run, methods: string[]): Part {
  const head = latin1(rest.subarray(0, maxHeader));
  const end = /\r?\n\r?\n/.exec(head);
  const [summary = ''] = head.split(/\r?\n/, 1);
  if (!end) return { length: rest.length, summary, isCut: true };
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (const line of head.slice(0, end.index).split(/\r?\n/).slice(1)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'set-cookie') cookies.push(value);
    else headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }
  const all: HttpHeaders = cookies.length === 0 ? headers : { ...headers, 'set-cookie': cookies };
  const start = end.index + end[0].length;
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(summary)?.[1];
  if (status === undefined) methods.push(summary.split(' ', 1)[0]!);
  const method = status === undefined || status.startsWith('1') ? undefined : methods.shift();
  const available = rest.length - start;
  const bodyless =
    status !== undefined &&
    (method === 'HEAD' || /^1|^204$|^304$/.test(status) || (method === 'CONNECT' && status.startsWith('2')));
  if (bodyless) return { length: start, summary, headers: all, body: rest.subarray(start, start) };
  if (/\bchunked\b/i.test(headers['transfer-encoding'] ?? '')) {
    const { body, length, isCut } = readChunks(rest.subarray(start));
    return { length: start + length, summary, headers: all, body, isCut };
  }
  const declared = headers['content-length'];
  if (declared !== undefined && /^\d+$/.test(declared)) {
    const wanted = Number(declared);
    const length = Math.min(wanted, available);
    return {
      length: start + length,
      summary,
      headers: all,
      body: rest.subarray(start, start + length),
      isCut: wanted > available,
    };
  }
  // A response without a length reaches to the end of the connection.
  const length = status === undefined ? 0 : available;
  return {
    length: start + length,
    summary,
    headers: all,
    body: rest.subarray(start, start + length),
    isCut: length > 0 && !run.isLast,
  };
}

function readChunks(rest: Uint8Array): { body: Uint8Array; length: number; isCut: boolean } {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    const end = rest.indexOf(0x0a, at);
    const size = end < 0 ? Number.NaN : Number.parseInt(latin1(rest.subarray(at, end)), 16);
    if (!(size >= 0) || end + 1 + size + 2 > rest.length)
      return { body: joined(parts), length: rest.length, isCut: true };
    at = end + 1;
    if (size === 0) {
      // Trailer lines, then an empty one.
      const tail = /^(.+\r?\n)*\r?\n/.exec(latin1(rest.subarray(at, at + maxHeader)));
      return { body: joined(parts), length: at + (tail?.[0].length ?? 0), isCut: tail === null };
    }
    parts.push(rest.subarray(at, at + size));
    at += size + 2;
  }
}

const webSocketOpcodes: { readonly [opcode: number]: string } = {
  0: 'Continuation',
  1: 'Text',
  2: 'Binary',
  8: 'Connection Close',
  9: 'Ping',
  10: 'Pong',
};

/** A frame, RFC 6455 section 5.2: FIN and opcode, length of 7, 16 or 64 bits, mask, payload. */
function readWebSocket(rest: Uint8Array): Part {
  const view = viewOf(rest);
  const short = rest.length < 2 ? 0 : rest[1]! & 0x7f;
  const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
  const isMasked = rest.length >= 2 && (rest[1]! & 0x80) !== 0;
  const start = 2 + wide + (isMasked ? 4 : 0);
  const opcode = rest[0]! & 0x0f;
  const name = `WebSocket ${webSocketOpcodes[opcode] ?? `opcode ${opcode}`}`;
  if (rest.length < start) return { length: rest.length, summary: name, isCut: true };
  const said = wide === 0 ? short : wide === 2 ? view.getUint16(2) : Number(view.getBigUint64(2));
  const length = Math.min(start + said, rest.length);
  const body = rest.slice(start, length);
  if (isMasked) for (let i = 0; i < body.length; i++) body[i]! ^= rest[start - 4 + (i & 3)]!;
  const summary = opcode === 1 ? `${name}: ${new TextDecoder().decode(body)}` : `${name}, ${said} bytes`;
  return { length, summary, body, isCut: start + said > rest.length };
}

/** RFC 1035 section 4.2.2: two bytes of length, then the message. */
function readDns(rest: Uint8Array): Part {
  const view = viewOf(rest);
  const size = rest.length < 2 ? rest.length : 2 + view.getUint16(0);
  const length = Math.max(1, Math.min(size, rest.length));
  const dns = new Dns(view, Math.min(2, length), length);
  const isCut = rest.length < 2 || size > rest.length;
  return { length, summary: isCut || dns.headerFault() ? 'DNS message' : dns.summary(), isCut };
}

const recordTypes: { readonly [type: number]: string } = {
  20: 'Change Cipher Spec',
  21: 'Alert',
  22: 'Handshake',
  23: 'Application Data',
};

const handshakeTypes: { readonly [type: number]: string } = {
  0: 'Hello Request',
  1: 'Client Hello',
  2: 'Server Hello',
  4: 'New Session Ticket',
  8: 'Encrypted Extensions',
  11: 'Certificate',
  12: 'Server Key Exchange',
  13: 'Certificate Request',
  14: 'Server Hello Done',
  15: 'Certificate Verify',
  16: 'Client Key Exchange',
  20: 'Finished',
};

/** RFC 8446 section 5.1: type, version, length, and what may be encrypted. */
function readTls(rest: Uint8Array): Part {
  const type = rest[0]!;
  if (rest.length < 5) return { length: rest.length, summary: recordTypes[type] ?? 'TLS', isCut: true };
  const size = 5 + viewOf(rest).getUint16(3);
  const length = Math.min(size, rest.length);
  const inner = type === 22 && rest.length > 5 ? (handshakeTypes[rest[5]!] ?? 'encrypted') : undefined;
  const name = recordTypes[type] ?? `record of type ${type}`;
  return { length, summary: inner === undefined ? name : `${name}: ${inner}`, isCut: size > rest.length };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytesOf(viewOf(bytes)));
}
