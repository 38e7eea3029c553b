/**
 * Session Initiation Protocol, RFC 3261: the start line and the header fields. The body is left to what is behind.
 *
 * @module
 */
import type { FieldNode, LayerType, Part } from '../core/layer.js';
import { textNode } from '../core/node.js';
import { type Line, type LinesInit, LinesLayer, lineAt, linesPart } from './lines.js';
import { compactNames, headerNames } from './sip-name.js';

/** What to build a SIP message from: its lines, the empty one behind the header fields included. */
export type SipInit = LinesInit;

/** A header field: its name, where the line begins, where its value lies, where the next line begins. */
interface Field {
  readonly name: string;
  readonly at: number;
  readonly from: number;
  readonly end: number;
  readonly next: number;
}

/** Longest first line that is looked at to tell what a message is. */
const maxFirstLine = 2048;

/** A SIP message's start line and header fields. */
export class Sip extends LinesLayer {
  static override readonly label: string = 'SIP';
  static override readonly protocol: string = 'sip';

  /** A first line that begins or ends with the protocol's name. */
  static accepts(view: DataView, at: number, end: number): boolean {
    const line = lineAt(view, at, Math.min(end, at + maxFirstLine));
    const first = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, line.end - at));
    return first.startsWith('SIP/2.0 ') || first.endsWith(' SIP/2.0');
  }

  /** Behind the empty line that ends the header fields. */
  protected override get linesEnd(): number {
    const { view, end } = this;
    for (let i = this.at; i < end; ) {
      const line = lineAt(view, i, end);
      if (line.end === line.at) return line.next;
      i = line.next;
    }
    return end;
  }

  /** Header fields in wire order, compact names written out. */
  get headers(): [name: string, value: string][] {
    return this.#fields().map(({ name, from, end }) => [name, this.textOf(from, end)]);
  }

  nodes(): FieldNode[] {
    const { view, at } = this;
    const first = lineAt(view, at, this.linesEnd);
    const fields = this.#fields();
    const nodes = this.#startNodes(first);
    const block = { at: first.next, end: this.linesEnd };
    if (fields.length > 0) {
      nodes.push({
        ...this.textField({ name: 'header', label: 'Message header', filters: 'sip.msg_hdr' }, block.at, block.end),
        children: fields.flatMap((field, i) =>
          this.#fieldNodes(field, !fields.slice(0, i).some(({ name }) => name === field.name)),
        ),
      });
    }
    return nodes;
  }

  override summary(): string {
    const first = super.summary();
    return first.startsWith('SIP/2.0') ? `Status: ${first.slice(8)}` : `Request: ${first.replace(/ SIP\/2\.0$/, '')}`;
  }

  #startNodes(line: Line): FieldNode[] {
    const one = this.wordAt(line.at, line.end);
    const two = this.wordAt(one.next, line.end);
    if (one.text === 'SIP/2.0') {
      const node = textNode(
        { name: 'code', label: 'Status code', filters: 'sip.Status-Code' },
        two.at,
        two.end - two.at,
        two.text,
      );
      const code = /^\d{3}$/.test(two.text) ? [{ ...node, value: Number(two.text) }] : [];
      return [
        {
          ...this.textField(
            { name: 'statusLine', label: 'Status line', filters: 'sip.Status-Line' },
            line.at,
            line.end,
          ),
          children: code,
        },
      ];
    }
    return [
      {
        ...this.textField(
          { name: 'requestLine', label: 'Request line', filters: 'sip.Request-Line' },
          line.at,
          line.end,
        ),
        children: [
          this.textField({ name: 'method', label: 'Method', filters: 'sip.Method' }, one.at, one.end),
          {
            ...this.textField({ name: 'uri', label: 'Request URI', filters: 'sip.r-uri' }, two.at, two.end),
            children: this.#uriNodes('sip.r-uri', two.at, two.end),
          },
        ],
      },
    ];
  }

  /** User, host and port of a SIP URI. */
  #uriNodes(filter: string, at: number, end: number): FieldNode[] {
    const match = /^(sips?:)(?:([^@;]*)@)?([^:;?>[\]]+|\[[^\]]*\])(?::(\d+))?/i.exec(this.textOf(at, end));
    if (!match) return [];
    const [, scheme, user, host, port] = match as unknown as [
      string,
      string,
      string | undefined,
      string,
      string | undefined,
    ];
    let from = at + scheme.length;
    const nodes: FieldNode[] = [];
    if (user !== undefined) {
      nodes.push(textNode({ name: 'user', label: 'User', filters: `${filter}.user` }, from, user.length, user));
      from += user.length + 1;
    }
    nodes.push(textNode({ name: 'host', label: 'Host', filters: `${filter}.host` }, from, host.length, host));
    if (port !== undefined)
      nodes.push(
        textNode({ name: 'port', label: 'Port', filters: `${filter}.port` }, from + host.length + 1, port.length, port),
      );
    return nodes;
  }

  #fields(): Field[] {
    return this.spans.slice(1).flatMap((line) => {
      const text = this.textOf(line.at, line.end);
      const colon = text.indexOf(':');
      if (colon <= 0) return [];
      const given = text.slice(0, colon).trim();
      const name = compactNames[given.toLowerCase()] ?? headerNames.get(given.toLowerCase()) ?? given;
      const from = line.at + colon + 1 + /^\s*/.exec(text.slice(colon + 1))![0].length;
      return [{ name, at: line.at, from: Math.min(from, line.end), end: line.end, next: line.next }];
    });
  }

  #fieldNodes({ name, at, from, end, next }: Field, isFirst: boolean): FieldNode[] {
    const text = this.textOf(from, end);
    const filter = headerNames.has(name.toLowerCase()) ? `sip.${name}` : [];
    const children: FieldNode[] = [];
    if (name === 'To' || name === 'From' || name === 'Contact')
      children.push(...this.#addressNodes(name.toLowerCase(), text, from));
    if (name === 'Via') children.push(...viaNodes(text, from));
    if (name === 'CSeq') {
      const match = /^(\d+)\s+(\S+)/.exec(text);
      if (match) {
        children.push({
          ...textNode(
            { name: 'sequence', label: 'Sequence number', filters: 'sip.CSeq.seq' },
            from,
            match[1]!.length,
            match[1]!,
          ),
          value: Number(match[1]),
        });
        children.push(textNode({ name: 'method', label: 'Method', filters: 'sip.CSeq.method' }, from, 0, match[2]!));
      }
    }
    if (name === 'Call-ID' && isFirst)
      children.push(textNode({ name: 'generated', label: 'Call-ID', filters: 'sip.call_id_generated' }, from, 0, text));
    return [
      {
        ...this.textField({ name: 'field', label: name, filters: filter }, from, end),
        at,
        bits: (next - at) * 8,
        children,
      },
    ];
  }

  /** Display name, URI and tag of a To, From or Contact field. */
  #addressNodes(kind: string, text: string, at: number): FieldNode[] {
    const open = text.indexOf('<');
    const close = text.indexOf('>', open);
    const isBracketed = open >= 0 && close > open;
    const uri = isBracketed ? text.slice(open + 1, close) : /^[^;]*/.exec(text)![0];
    const uriAt = isBracketed ? at + open + 1 : at;
    const display = isBracketed ? text.slice(0, open) : '';
    const nodes: FieldNode[] = [];
    if (display !== '' && kind !== 'contact') {
      const shown = display.startsWith('"') ? display.trimEnd() : display;
      nodes.push(
        textNode(
          { name: 'display', label: 'Display name', filters: [`sip.${kind}.display.info`, 'sip.display.info'] },
          at,
          shown.length,
          shown,
        ),
      );
    }
    const filter = kind === 'contact' ? 'sip.contact.uri' : `sip.${kind}.addr`;
    nodes.push({
      ...textNode({ name: 'uri', label: 'URI', filters: filter }, uriAt, uri.length, uri),
      children: this.#uriNodes(`sip.${kind}`, uriAt, uriAt + uri.length),
    });
    const tag = kind === 'contact' ? null : /;tag=([^;\s]+)/.exec(text.slice(isBracketed ? close : uri.length));
    if (tag)
      nodes.push(textNode({ name: 'tag', label: 'Tag', filters: [`sip.${kind}.tag`, 'sip.tag'] }, at, 0, tag[1]!));
    return nodes;
  }
}

/** Transport, sender and parameters of a Via field. */
function viaNodes(text: string, at: number): FieldNode[] {
  const match = /^SIP\s*\/\s*2\.0\s*\/\s*(\S+)\s+(\[[^\]]*\]|[^\s:;]+)(?::(\d+))?/.exec(text);
  if (!match) return [];
  const [whole, transport, address, port] = match as unknown as [string, string, string, string | undefined];
  const nodes = [
    textNode({ name: 'transport', label: 'Transport', filters: 'sip.Via.transport' }, at, 0, transport),
    textNode({ name: 'address', label: 'Sent-by address', filters: 'sip.Via.sent-by.address' }, at, 0, address),
  ];
  if (port !== undefined)
    nodes.push({
      ...textNode({ name: 'port', label: 'Sent-by port', filters: 'sip.Via.sent-by.port' }, at, 0, port),
      value: Number(port),
    });
  for (const parameter of ['branch', 'received', 'maddr'] as const) {
    const value = new RegExp(`;\\s*${parameter}=([^;,\\s]+)`).exec(text.slice(whole.length))?.[1];
    if (value !== undefined)
      nodes.push(textNode({ name: parameter, label: parameter, filters: `sip.Via.${parameter}` }, at, 0, value));
  }
  return nodes;
}

/** A SIP message's lines for `build`, behind `udp()` or `tcp()`. */
export const sip: (init?: SipInit) => Part<SipInit> = linesPart(Sip as LayerType);
