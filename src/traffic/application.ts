/**
 * Messages of applications in a followed stream: HTTP/1.x, DNS over TCP, TLS records, and lines of text such as the chat's.
 *
 * @module
 */
import { bytesOf, viewOf } from '../bytes.js';
import { Dns } from '../wire/index.js';
import type { FollowedStream, Utterance } from './follow.js';

/** What is spoken on a stream. */
export type ApplicationProtocol = 'http' | 'dns' | 'tls' | 'lines';

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
  /** For HTTP: its header lines by lower-case name, and its body with chunks joined. */
  readonly headers?: { readonly [name: string]: string };
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
      if (protocol !== undefined) messages.push(...read(protocol, run, methods));
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
  if ((flow.aPort === 53 || flow.bPort === 53) && bytes.length >= 14) return 'dns';
  // Text and nothing else, with an end of line.
  return /\n/.test(head) && !/[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(head) ? 'lines' : undefined;
}

type Part = Pick<ApplicationMessage, 'summary' | 'headers' | 'body'> & {
  readonly length: number;
  readonly isCut?: boolean;
};

function read(protocol: ApplicationProtocol, run: Run, methods: string[]): ApplicationMessage[] {
  const messages: ApplicationMessage[] = [];
  let at = 0;
  while (at < run.bytes.length) {
    const rest = run.bytes.subarray(at);
    const { length, isCut = false, ...part } = readers[protocol](rest, run, methods);
    const first = run.pieceOf(at);
    messages.push({
      protocol,
      isReverse: run.isReverse,
      firstFrame: first.frame,
      lastFrame: run.pieceOf(at + length - 1).frame,
      time: first.time,
      bytes: rest.subarray(0, length),
      isCut,
      ...part,
    });
    at += length;
  }
  return messages;
}

const readers: { readonly [P in ApplicationProtocol]: (rest: Uint8Array, run: Run, methods: string[]) => Part } = {
  http: readHttp,
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
  for (const line of head.slice(0, end.index).split(/\r?\n/).slice(1)) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const start = end.index + end[0].length;
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(summary)?.[1];
  if (status === undefined) methods.push(summary.split(' ', 1)[0]!);
  const method = status === undefined || status.startsWith('1') ? undefined : methods.shift();
  const available = rest.length - start;
  const bodyless = status !== undefined && (method === 'HEAD' || /^1|^204$|^304$/.test(status));
  if (bodyless) return { length: start, summary, headers, body: rest.subarray(start, start) };
  if (/\bchunked\b/i.test(headers['transfer-encoding'] ?? '')) {
    const { body, length, isCut } = readChunks(rest.subarray(start));
    return { length: start + length, summary, headers, body, isCut };
  }
  const declared = headers['content-length'];
  if (declared !== undefined && /^\d+$/.test(declared)) {
    const wanted = Number(declared);
    const length = Math.min(wanted, available);
    return {
      length: start + length,
      summary,
      headers,
      body: rest.subarray(start, start + length),
      isCut: wanted > available,
    };
  }
  // A response without a length reaches to the end of the connection.
  const length = status === undefined ? 0 : available;
  return {
    length: start + length,
    summary,
    headers,
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
