/**
 * HTTP/1.x messages, RFC 9112: the start line and the header fields of one segment. What follows them is left to the next layer: the
 * body, or another message where this one has none.
 *
 * A message is told by its first line as Wireshark tells it, so that the beginning of a longer one, and one that lacks its line ends, is
 * recognised too; `text` nodes are the bytes read as UTF-8.
 *
 * @module
 */
import { bytesOf, equalBytes, toBytes } from '../../bytes.js';
import type { DecodeFault } from '../../errors.js';
import { type Bindings, type FieldNode, Layer, type Naming, type Numbers, type Part, type Row } from '../core/layer.js';
import { node, textNode } from '../core/node.js';
import { decodeText, escapeAscii, escapeText, textOrBytes } from '../core/text.js';
import { headerFilters, methods, notifications, statusNames } from './http-name.js';

/** A header field, or a line as it is, line end included, where it is not written `Name: value` with CR and LF behind. */
export type HttpLine = readonly [name: string, value: string] | string | Uint8Array;

/**
 * What to build a message from. With `status` it is a response, else a request; left out are `method` GET, `uri` `/`, `version`
 * `HTTP/1.1`, `phrase` the status code's usual one, and no header fields. Nothing is computed: a body's length is given as a field.
 */
export interface HttpInit {
  method?: string | undefined;
  uri?: string | undefined;
  version?: string | undefined;
  status?: number | undefined;
  phrase?: string | undefined;
  /** The start line as it is, line end included, instead of the five above. */
  startLine?: string | Uint8Array | undefined;
  /** Header fields in wire order, or by name. */
  headers?: readonly HttpLine[] | { readonly [name: string]: string } | undefined;
  /** The empty line behind the fields; CR and LF where left out, nothing where false. */
  blank?: string | Uint8Array | false | undefined;
}

/** A line: its text without the line end, and where the next begins. */
interface Line {
  readonly at: number;
  /** Offset behind the text. */
  readonly end: number;
  /** Offset behind the line end. */
  readonly next: number;
}

/** Longest first line that is looked at to tell what a segment holds. */
const maxFirstLine = 8192;

/** An HTTP/1.x message's start line and header fields. */
export class Http extends Layer {
  static override readonly label: string = 'HTTP';
  static override readonly protocol: string = 'http';
  static readonly isSequence: boolean = true;

  /** As Wireshark tells it: on HTTP's ports by method or version, on others by a first line that is whole. */
  static accepts(view: DataView, at: number, end: number, isBound: boolean): boolean {
    if (isBound) {
      const from = isLineEnd(view, at, end) ? at + 2 : at;
      return startsLike(view, from, end, 'HTTP/') || isMethod(view, from, end);
    }
    const first = view.getUint8(at);
    if (first < 0x41 || first > 0x5a) return false;
    const isResponse = startsLike(view, at, end, 'HTTP/1.');
    if (!isResponse && !isMethod(view, at, end)) return false;
    const line = lineAt(view, at, Math.min(end, at + maxFirstLine));
    if (line.next === line.end || line.end - line.at < 8) return false;
    return isResponse || /HTTP\/1\..$/i.test(textAt(view, line.end - 8, line.end));
  }

  static sizeOf(init: unknown): number {
    return encode(init as HttpInit).length;
  }

  override get headerLength(): number {
    return this.#lines().next - this.at;
  }

  headerFault(): DecodeFault | undefined {
    return this.at < this.end ? undefined : this.truncation(1);
  }

  /** Whether it answers a request. */
  get isResponse(): boolean {
    return startsLike(this.view, this.#first().at, this.end, 'HTTP/');
  }

  /** `GET`; empty in a response. */
  get method(): string {
    return this.isResponse ? '' : this.#words()[0];
  }

  /** Request target as written; empty in a response. */
  get uri(): string {
    return this.isResponse ? '' : this.#words()[1];
  }

  /** `HTTP/1.1` */
  get version(): string {
    return this.#words()[this.isResponse ? 0 : 2];
  }

  /** Status code; nothing in a request, or where it is no three digits. */
  get status(): number | undefined {
    const text = this.isResponse ? this.#words()[1] : '';
    return /^\d{3}$/.test(text) ? Number(text) : undefined;
  }

  /** Words behind the status code. */
  get phrase(): string {
    return this.isResponse ? this.#words()[2] : '';
  }

  /** Header fields in wire order, white space around values removed. */
  get headers(): [name: string, value: string][] {
    return this.#lines().fields.map((line) => {
      const text = textAt(this.view, line.at, line.end);
      const colon = text.indexOf(':');
      return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
    });
  }

  /** Value of the first field of a name, in any case. */
  header(name: string): string | undefined {
    const wanted = name.toLowerCase();
    return this.headers.find(([given]) => given.toLowerCase() === wanted)?.[1];
  }

  /** Whether the empty line behind the fields is here. */
  get isComplete(): boolean {
    return this.#lines().blank !== undefined;
  }

  /** Another message, where this one has no body. */
  override next(bindings: Bindings): Row | undefined {
    const { payloadAt, end } = this;
    if (payloadAt >= end || !this.isComplete || !this.#hasNoBody()) return undefined;
    return Http.accepts(this.view, payloadAt, end, true) ? bindings.of(Http) : undefined;
  }

  override write(init: HttpInit, _next?: Numbers): void {
    const bytes = encode(init);
    bytesOf(this.view, this.at, this.at + bytes.length).set(bytes);
  }

  override toInit(): HttpInit {
    const { view, at } = this;
    const { first, fields, blank } = this.#lines();
    // A line end before the start line is part of it.
    const start = bytesOf(view, at, first.next);
    const words = this.#words();
    const status = this.status;
    const plain: HttpInit = this.isResponse
      ? { version: words[0], ...(status === undefined ? {} : { status }), phrase: words[2] }
      : { method: words[0], uri: words[1], version: words[2] };
    const isPlain = (!this.isResponse || status !== undefined) && equalBytes(toBytes(startLineOf(plain)), start);
    const init: HttpInit = isPlain ? plain : { startLine: textOrBytes(start.slice()) };
    if (fields.length > 0) init.headers = fields.map((line) => this.#lineInit(line));
    if (blank === undefined) init.blank = false;
    else if (blank.next - blank.at !== 2) init.blank = textOrBytes(bytesOf(view, blank.at, blank.next).slice());
    return init;
  }

  override nodes(): FieldNode[] {
    const { fields } = this.#lines();
    const nodes = this.isResponse ? this.#responseNodes() : this.#requestNodes();
    const method = this.method;
    const kind = this.isResponse ? 'response' : notifications.has(method) ? 'notification' : 'request';
    for (const line of fields) nodes.push(...this.#fieldNodes(line, kind));
    const { at, uri } = this;
    const host = this.#hostText();
    if (kind !== 'response' && host !== undefined) {
      const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(uri) || method === 'CONNECT' ? uri : `http://${host}${uri}`;
      nodes.push(
        textNode({ name: 'fullUri', label: 'Full request URI', filters: 'http.request.full_uri' }, at, 0, full),
      );
    }
    nodes.push(textNode({ name: kind, label: `Is a ${kind}`, filters: `http.${kind}` }, at, 0, '1'));
    return nodes;
  }

  override summary(): string {
    return decodeText(bytesOf(this.view, this.#first().at, this.#first().end));
  }

  #first(): Line {
    const { view, at, end } = this;
    return lineAt(view, isLineEnd(view, at, end) ? at + 2 : at, end);
  }

  /** Start line, fields, empty line: up to the first line that is no field. */
  #lines(): { first: Line; fields: Line[]; blank: Line | undefined; next: number } {
    const { view, end } = this;
    const first = this.#first();
    const fields: Line[] = [];
    let i = first.next;
    while (i < end) {
      const line = lineAt(view, i, end);
      if (line.end === line.at) return { first, fields, blank: line, next: line.next };
      if (!isField(view, line)) break;
      fields.push(line);
      i = line.next;
    }
    return { first, fields, blank: undefined, next: i };
  }

  /** The start line's three parts: a request's are cut at single spaces, a response's at runs of them, as Wireshark does. */
  #words(): [string, string, string] {
    return this.#wordSpans().map(([at, end]) => textAt(this.view, at, end)) as [string, string, string];
  }

  #wordSpans(): [from: readonly [number, number], to: readonly [number, number], rest: readonly [number, number]] {
    const { view } = this;
    const { at, end } = this.#first();
    const isRun = startsLike(view, at, this.end, 'HTTP/');
    const cut = (from: number): [stop: number, next: number] => {
      let stop = from;
      while (stop < end && view.getUint8(stop) !== 0x20) stop++;
      let next = Math.min(stop + 1, end);
      while (isRun && next < end && view.getUint8(next) === 0x20) next++;
      return [stop, next];
    };
    const [one, second] = cut(at);
    const [two, third] = cut(second);
    return [
      [at, one],
      [second, two],
      [third, end],
    ];
  }

  #hasNoBody(): boolean {
    if (this.header('transfer-encoding') !== undefined) return false;
    const length = this.header('content-length');
    if (length !== undefined) return /^0+$/.test(length);
    const { status } = this;
    return status === undefined ? !this.isResponse : status < 200 || status === 204 || status === 304;
  }

  #lineInit(line: Line): HttpLine {
    const bytes = bytesOf(this.view, line.at, line.next);
    const text = textAt(this.view, line.at, line.end);
    const colon = text.indexOf(':');
    const field: [string, string] = [text.slice(0, colon), text.slice(colon + 1).replace(/^ /, '')];
    return equalBytes(toBytes(`${field[0]}: ${field[1]}\r\n`), bytes) ? field : textOrBytes(bytes.slice());
  }

  #requestNodes(): FieldNode[] {
    const [method, uri, version] = this.#wordSpans();
    const nodes = [this.#part('method', 'Method', 'http.request.method', method)];
    if (uri[0] === method[1]) return nodes;
    nodes.push({ ...this.#ascii('uri', 'URI', 'http.request.uri', uri), children: this.#uriNodes(uri) });
    if (version[0] < version[1]) nodes.push(this.#part('version', 'Version', 'http.request.version', version));
    return nodes;
  }

  /** Path, query and its parameters, where there is a query. */
  #uriNodes([at, end]: readonly [number, number]): FieldNode[] {
    const uri = bytesOf(this.view, at, end);
    const mark = uri.indexOf(0x3f);
    if (mark < 0) return [];
    const nodes = [
      this.#ascii('path', 'Path', 'http.request.uri.path', [at, at + mark]),
      this.#ascii('query', 'Query', 'http.request.uri.query', [at + mark + 1, end]),
    ];
    for (let from = mark + 1; from <= uri.length; ) {
      const amp = uri.indexOf(0x26, from);
      const to = amp < 0 ? uri.length : amp;
      nodes.push(this.#ascii('parameter', 'Parameter', 'http.request.uri.query.parameter', [at + from, at + to]));
      from = to + 1;
    }
    return nodes;
  }

  #responseNodes(): FieldNode[] {
    const [version, code, phrase] = this.#wordSpans();
    const nodes = [this.#part('version', 'Version', 'http.response.version', version)];
    const [codeAt, codeEnd] = code;
    if (codeEnd - codeAt < 3) return nodes;
    const digits = /^\d*/.exec(textAt(this.view, codeAt, codeAt + 3))![0];
    const value = Number(digits);
    const name = statusNames[value] ?? `Unknown (${value})`;
    nodes.push({
      ...node({ name: 'status', label: 'Status code', filters: 'http.response.code' }, codeAt, codeEnd - codeAt, {
        value,
        text: String(value),
      }),
      meaning: name,
      children: [
        textNode({ name: 'statusName', label: 'Meaning', filters: 'http.response.code.desc' }, codeAt, 0, name),
      ],
    });
    if (phrase[0] < phrase[1]) nodes.push(this.#part('phrase', 'Phrase', 'http.response.phrase', phrase));
    return nodes;
  }

  #part(name: string, label: string, filter: string, [at, end]: readonly [number, number]): FieldNode {
    const bytes = bytesOf(this.view, at, end);
    const text = decodeText(bytes);
    return { ...textNode({ name, label, filters: filter }, at, end - at, text), wireshark: escapeText(bytes) };
  }

  #fieldNodes(line: Line, kind: string): FieldNode[] {
    const { view } = this;
    const bytes = bytesOf(view, line.at, line.end);
    const colon = bytes.indexOf(0x3a);
    const name = decodeText(bytes.subarray(0, colon));
    let from = colon + 1;
    while (from < bytes.length && (bytes[from] === 0x20 || bytes[from] === 0x09)) from++;
    const value = bytes.subarray(from);
    const filter = headerFilters[name.toLowerCase()];
    const text = decodeText(value);
    const field = node(
      { name: 'header', label: name === '' ? 'No name' : name, filters: filter ?? [] },
      line.at,
      line.next - line.at,
      {
        value: text,
        text,
        wireshark: escapeText(value),
        children: partNodes(name.toLowerCase(), text, line),
      },
    );
    if (kind === 'notification') return [field];
    const whole = escapeText(bytesOf(view, line.at, line.next));
    return [field, { ...textNode({ name: 'line', label: 'Line', filters: `http.${kind}.line` }, line.at, 0, whole) }];
  }

  #hostText(): string | undefined {
    for (const line of this.#lines().fields) {
      const text = textAt(this.view, line.at, line.end);
      const match = /^host:[ \t]*(.*)$/is.exec(text);
      if (match) return match[1]!;
    }
    return undefined;
  }

  #ascii(name: string, label: string, filter: string, [at, end]: readonly [number, number]): FieldNode {
    const bytes = bytesOf(this.view, at, end);
    return {
      ...textNode({ name, label, filters: filter }, at, end - at, decodeText(bytes)),
      wireshark: escapeAscii(bytes),
    };
  }
}

/** SSDP: HTTP's form in datagrams, https://openconnectivity.org/upnp-specs/UPnP-arch-DeviceArchitecture-v2.0-20200417.pdf section 1 */
export class Ssdp extends Http {
  static override readonly label: string = 'SSDP';
  static override readonly protocol: string = 'ssdp';
  static readonly naming: Naming = { prefixes: ['http.'] };
}

/** Parts of a field's value that have names of their own. */
function partNodes(name: string, value: string, line: Line): FieldNode[] {
  if (name === 'content-length') {
    const digits = /^\d+/.exec(value)?.[0];
    if (digits === undefined) return [];
    const length = BigInt(digits);
    return [
      node({ name: 'contentLength', label: 'Content length', filters: 'http.content_length' }, line.at, 0, {
        value: length,
        text: digits,
      }),
    ];
  }
  if (name === 'authorization' || name === 'proxy-authorization') {
    const credentials = /^basic +([a-z0-9+/]+={0,2})$/i.exec(value)?.[1];
    if (credentials === undefined || credentials.length % 4 !== 0) return [];
    return [
      textNode({ name: 'credentials', label: 'Credentials', filters: 'http.authbasic' }, line.at, 0, atob(credentials)),
    ];
  }
  if (name === 'cookie') {
    return value
      .split(';')
      .map((pair) =>
        textNode({ name: 'pair', label: 'Cookie pair', filters: 'http.cookie_pair' }, line.at, 0, pair.trim()),
      );
  }
  return [];
}

function isLineEnd(view: DataView, at: number, end: number): boolean {
  return at + 2 < end && view.getUint16(at) === 0x0d0a;
}

function startsLike(view: DataView, at: number, end: number, text: string): boolean {
  if (at + text.length > end) return false;
  for (let i = 0; i < text.length; i++) if (view.getUint8(at + i) !== text.charCodeAt(i)) return false;
  return true;
}

/** Whether the word up to the first space or line end is a method that Wireshark knows. */
function isMethod(view: DataView, at: number, end: number): boolean {
  let word = '';
  for (let i = at; i < end && i < at + 20; i++) {
    const byte = view.getUint8(i);
    if (byte === 0x20 || byte === 0x0d || byte === 0x0a) break;
    word += String.fromCharCode(byte);
  }
  return methods.has(word);
}

/** The line at `at`, which LF, CR and LF, or a lone CR ends. */
function lineAt(view: DataView, at: number, end: number): Line {
  for (let i = at; i < end; i++) {
    const byte = view.getUint8(i);
    if (byte === 0x0a) return { at, end: i, next: i + 1 };
    if (byte === 0x0d) return { at, end: i, next: i + 1 < end && view.getUint8(i + 1) === 0x0a ? i + 2 : i + 1 };
  }
  return { at, end, next: end };
}

/** Whether a line is a field: printable up to a colon, and not the continuation of another. */
function isField(view: DataView, { at, end }: Line): boolean {
  for (let i = at; i < end; i++) if (view.getUint8(i) === 0x3a) return true;
  return false;
}

function textAt(view: DataView, at: number, end: number): string {
  return decodeText(bytesOf(view, at, end));
}

function startLineOf(init: HttpInit): string {
  const { version = 'HTTP/1.1' } = init;
  if (init.status === undefined) return `${init.method ?? 'GET'} ${init.uri ?? '/'} ${version}\r\n`;
  const phrase = init.phrase ?? statusNames[init.status] ?? '';
  return `${version} ${String(init.status).padStart(3, '0')} ${phrase}\r\n`;
}

function encode(init: HttpInit): Uint8Array {
  const { startLine = startLineOf(init), headers = [], blank = '\r\n' } = init;
  const parts = [toBytes(startLine)];
  for (const line of Array.isArray(headers) ? (headers as readonly HttpLine[]) : Object.entries(headers)) {
    parts.push(
      typeof line === 'string' || line instanceof Uint8Array ? toBytes(line) : toBytes(`${line[0]}: ${line[1]}\r\n`),
    );
  }
  if (blank !== false) parts.push(toBytes(blank));
  const bytes = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** An HTTP message's head for `build`; its body is the part behind it. */
export function http(init: HttpInit = {}): Part<HttpInit> {
  return { type: Http, init };
}

/** An SSDP message for `build` behind UDP. */
export function ssdp(init: HttpInit = {}): Part<HttpInit> {
  return { type: Ssdp, init };
}
