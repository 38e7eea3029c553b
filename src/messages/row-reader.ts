/**
 * One row of a CSV as a message: each value is read, repaired where that is safe, or named as a fault.
 *
 * @module
 */
import { isIP } from 'node:net';
import type { Column, Header } from './header.js';
import type { Message, MessageFault } from './message.js';
import { type Moment, readMoment } from './moment.js';
import type { Notes } from './note.js';
import { type DnsText, isDns, readDnsText } from './payload.js';
import type { Delimiter, Row } from './rows.js';
import { protocolOf, serviceOf, type Transport, transportOf } from './service.js';
import { controlOf, readFlags, readInfo } from './tcp-words.js';

/** Longest message in bytes that one IPv4 packet holds behind headers of 20 bytes each. */
const longestMessage: number = 0xffff - 40;

/** Protocols in which a message of nothing but flags is none: HTTP has no such words, a chat may. */
const controlProtocols = /^(TCP|HTTPS?(\/\d(\.\d)?)?|TLS|)$/i;

/** Where every packet goes from and to. */
const loopback = '127.0.0.1';

/** What the file as a whole says of its rows. */
export interface RowContext {
  readonly file: string;
  readonly header: Header;
  readonly delimiter: Delimiter;
  /** Columns of ports that hold names of applications, and of applications that hold ports. */
  readonly misnamed: ReadonlySet<Column>;
  /** Turns a typed `\r`, `\n` or `\t` into the character. */
  readonly isUnescaping: boolean;
  readonly faults: MessageFault[];
  readonly notes: Notes;
}

/** A message whose time is not yet counted from the start, but no number. */
export interface ReadRow {
  readonly message: Writable<Message>;
  readonly moment: Moment;
  readonly time: string;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

type Side = 'src' | 'dst';

/** Reads rows one by one. */
export class RowReader {
  readonly #context: RowContext;
  readonly #lines = new Map<string, number>();
  readonly #values = new Map<string, string>();
  /** The last query from one application to another. */
  readonly #queries = new Map<string, DnsText>();
  readonly #unit: 's' | 'ms' | 'us';
  #number = 0;

  constructor(context: RowContext) {
    this.#context = context;
    const name = context.header.at.has('timestamp') ? context.header.nameOf('timestamp').toLowerCase() : '';
    this.#unit = /(^|[^a-z])(ms|milli(s|seconds?))\b/.test(name)
      ? 'ms'
      : /(^|[^a-z])(us|µs|micro)/.test(name)
        ? 'us'
        : 's';
  }

  /** The row's message; nothing where it has a fault. */
  read(row: Row): ReadRow | undefined {
    this.#number++;
    const before = this.#context.faults.length;
    const values = this.#valuesOf(row);
    if (values === undefined) return undefined;
    const get = (column: Column): string | undefined => {
      const at = this.#context.header.at.get(column);
      return at === undefined ? undefined : values[at];
    };
    const reading = new Reading(this.#context, row.line, get);
    const msgId = this.#id(reading);
    const moment = this.#time(reading);
    const content = reading.content();
    const ports = { src: reading.port('src', content.srcPort), dst: reading.port('dst', content.dstPort) };
    const protocol = reading.protocol(ports.src, ports.dst, content.flags !== undefined);
    const [srcApp, dstApp] = [reading.application('src', ports.src), reading.application('dst', ports.dst)];
    const transport = reading.transport(protocol);
    const flags = transport === 'udp' ? reading.datagram(content) : content.flags;
    this.#dns(reading, { protocol, srcApp, dstApp, text: content.message });
    if (this.#context.faults.length > before || moment === undefined) return undefined;
    this.#lines.set(msgId, row.line);
    const message: Writable<Message> = {
      msgId,
      appProtocol: this.#shared(protocol),
      srcApp: this.#shared(srcApp),
      dstApp: this.#shared(dstApp),
      message: content.message,
      timestamp: Number.NaN,
      line: row.line,
    };
    if (ports.src !== undefined) message.srcPort = ports.src;
    if (ports.dst !== undefined) message.dstPort = ports.dst;
    if (flags !== undefined) message.flags = flags;
    if (transport !== transportOf(protocol)) message.transport = transport;
    return { moment, time: get('timestamp')!.trim(), message };
  }

  /** The same text for values that many rows have. */
  #shared(value: string): string {
    const known = this.#values.get(value);
    if (known !== undefined) return known;
    // Names are few; where each row has one of its own nothing is gained.
    if (this.#values.size < 1000) this.#values.set(value, value);
    return value;
  }

  /** The row's values, one a column. Delimiters within a message are taken for its own where all other columns are in their places. */
  #valuesOf(row: Row): readonly string[] | undefined {
    const { header, delimiter, notes, file, faults } = this.#context;
    const { line, values } = row;
    const { width } = header;
    if (values.length === width) return values;
    const spare = values.length - width;
    if (spare > 0 && values.slice(width).every((value) => value.trim() === '')) {
      notes.add({ code: 'BLANK_ROW', kind: 'repair', line, text: 'empty values behind the last column, left out' });
      return values.slice(0, width);
    }
    const at = header.at.get('message') ?? header.at.get('info');
    if (spare > 0 && at !== undefined) {
      const parts = row.text.split(delimiter);
      // Quotes that hold a delimiter make the plain parts more than the values: which is which cannot be told.
      if (parts.length === values.length) {
        const behind = parts.length - (width - at - 1);
        notes.add(
          {
            code: 'JOINED',
            kind: 'repair',
            line,
            column: header.nameOf(header.at.has('message') ? 'message' : 'info'),
            value: parts.slice(at, behind).join(delimiter),
            text: 'taken for one value; put a value that holds commas in double quotes',
          },
          'joined',
        );
        return [...parts.slice(0, at), parts.slice(at, behind).join(delimiter), ...parts.slice(behind)];
      }
    }
    faults.push({
      file,
      line,
      expected:
        spare > 0
          ? `${values.length} values given, ${width} as in the header needed: put a value that holds commas in double quotes`
          : `${values.length} values given, ${width} as in the header needed`,
    });
    return undefined;
  }

  #id(reading: Reading): string {
    const given = reading.trimmed('msg_id');
    if (given === undefined || given === '') {
      let number = this.#number;
      while (this.#lines.has(String(number))) number++;
      const column = given === undefined ? undefined : 'msg_id';
      reading.note('NUMBERED', 'repair', [column], 'no id given, rows are numbered from 1');
      return String(number);
    }
    const first = this.#lines.get(given);
    if (first !== undefined) {
      reading.fault('msg_id', given, `an id of its own for each row needed, line ${first} has this one`);
    } else if (/\s/.test(given)) {
      reading.fault('msg_id', given, 'an id without white space needed');
    }
    return given;
  }

  /** Says so where the text of a DNS row cannot be sent as a DNS message. */
  #dns(reading: Reading, row: { protocol: string; srcApp: string; dstApp: string; text: string }): void {
    const { protocol, srcApp, dstApp, text } = row;
    if (!isDns({ appProtocol: protocol })) return;
    const said = readDnsText(text, this.#queries.get(JSON.stringify([dstApp, srcApp])));
    if (said === undefined)
      reading.note(
        'DNS_TEXT',
        'remark',
        ['message', text],
        'names no host, as "Query: example.com" or "Response: 192.0.2.1" would: sent as text, which is no DNS message',
      );
    else if (!said.isResponse) this.#queries.set(JSON.stringify([srcApp, dstApp]), said);
  }

  #time(reading: Reading): Moment | undefined {
    const text = reading.trimmed('timestamp') ?? '';
    const moment = readMoment(text, this.#unit, this.#context.delimiter !== ',');
    if (moment === undefined) {
      reading.fault(
        'timestamp',
        text,
        text.startsWith('-')
          ? 'a time from 0 up needed: the run starts at 0'
          : 'seconds since the start such as 0.1, or dates as 2025-10-27 10:00:01.123 in every row, needed',
      );
    } else if (moment.reading !== undefined) {
      reading.note('TIME', 'repair', ['timestamp', text], moment.reading);
    }
    return moment;
  }
}

/** One row while it is read. */
class Reading {
  readonly #context: RowContext;
  readonly #line: number;
  readonly #get: (column: Column) => string | undefined;

  constructor(context: RowContext, line: number, get: (column: Column) => string | undefined) {
    this.#context = context;
    this.#line = line;
    this.#get = get;
  }

  /** The third: column and value that the note is about */
  note(
    code: Parameters<Notes['add']>[0]['code'],
    kind: 'repair' | 'guess' | 'remark',
    [column, value]: readonly [column?: Column | undefined, value?: string | undefined],
    text: string,
  ): void {
    const { notes, header } = this.#context;
    const note: Writable<Parameters<Notes['add']>[0]> = { code, kind, line: this.#line, text };
    if (column !== undefined) note.column = header.nameOf(column);
    if (value !== undefined) note.value = value;
    notes.add(note);
  }

  fault(column: Column, value: string, expected: string): void {
    const { faults, file, header } = this.#context;
    const at = header.at.get(column);
    faults.push({
      file,
      line: this.#line,
      column: header.nameOf(column),
      ...(at === undefined ? {} : { field: at + 1 }),
      value,
      expected,
    });
  }

  /** A value without white space around it. */
  trimmed(column: Column): string | undefined {
    const value = this.#get(column);
    const text = value?.trim();
    if (text !== value) this.note('TRIMMED', 'repair', [column, value], 'read without the white space around it');
    return text;
  }

  /** What is sent, and the flags of its segment where the row says so. */
  content(): { message: string; flags?: string; srcPort?: number; dstPort?: number } {
    const flags = this.#flags();
    const info = this.#get('info');
    if (info !== undefined && !this.#context.header.at.has('message')) {
      const { flags: ofInfo = flags, srcPort, dstPort } = readInfo(info);
      const ports = { ...(srcPort === undefined ? {} : { srcPort }), ...(dstPort === undefined ? {} : { dstPort }) };
      this.note(
        'PACKET_LIST',
        'guess',
        ['info', info],
        'a list of Wireshark’s says what a packet is about, not its bytes: sent as it stands',
      );
      return ofInfo === undefined ? this.#message(info, undefined) : { message: '', flags: ofInfo, ...ports };
    }
    const message = this.#get('message');
    if (message === undefined) return this.#filled(flags);
    const control = flags === undefined ? controlOf(message) : undefined;
    if (control !== undefined) {
      const protocol = this.#get('app_protocol')?.trim() ?? '';
      if (controlProtocols.test(protocol)) {
        this.note(
          'FLAGS',
          'guess',
          ['message', message],
          'read as the flags of a segment without data; crafted segments have them, connections make their own',
        );
        return { message: '', flags: control };
      }
      this.note(
        'FLAGS',
        'remark',
        ['message', message],
        `sent as text, since ${protocol} may say so; write TCP as the protocol to have a segment with these flags`,
      );
    }
    return this.#message(message, flags);
  }

  #message(given: string, flags: string | undefined): { message: string; flags?: string } {
    let message = given;
    if (/\\(r|n|t)/.test(message)) {
      if (this.#context.isUnescaping) {
        message = message.replace(/\\(r|n|t)/g, (_, letter: string) => ({ r: '\r', n: '\n', t: '\t' })[letter]!);
        this.note('TYPED_ESCAPE', 'repair', ['message', given], 'typed \\r, \\n and \\t turned into the characters');
      } else {
        this.note(
          'TYPED_ESCAPE',
          'remark',
          ['message', given],
          'holds a typed \\r, \\n or \\t, two characters each, and is sent as typed; --unescape turns them into line ends',
        );
      }
    }
    const size = Buffer.byteLength(message);
    if (size > longestMessage) {
      this.fault(
        'message',
        `${message.slice(0, 40)}…`,
        `${size} bytes given, at most ${longestMessage} fit into one packet: part it into several rows`,
      );
    }
    if (message === '' && flags === undefined) {
      this.fault(
        'message',
        '',
        'something to send needed; a message of several lines, an HTTP header with its blank line say, goes into one row in double quotes',
      );
    }
    return flags === undefined ? { message } : { message, flags };
  }

  /** Flags of a row that travels as a datagram: it has none. */
  datagram({ message, flags }: { message: string; flags?: string }): undefined {
    if (flags === undefined) return undefined;
    const column = (this.#get('flags') ?? '').trim() === '' ? 'payload_size' : 'flags';
    if (message === '')
      this.fault(column, this.#get(column) ?? '', 'something to send needed: UDP has neither flags nor a handshake');
    else this.note('FLAGS', 'remark', ['flags', flags], 'passed over: a datagram of UDP has no flags');
    return undefined;
  }

  #flags(): string | undefined {
    const given = this.trimmed('flags');
    if (given === undefined || given === '') return undefined;
    const flags = readFlags(given);
    if (flags === undefined) this.fault('flags', given, 'TCP flags such as SYN, PSH,ACK or 0x18 needed');
    else
      this.note('FLAGS', 'remark', ['flags', given], 'crafted segments have these flags, connections make their own');
    return flags;
  }

  /** A message that only its length is known of. */
  #filled(flags: string | undefined): { message: string; flags?: string } {
    const text = this.trimmed('payload_size') ?? '';
    const size = text === '' ? 0 : this.#whole('payload_size', text);
    if (size === undefined || size > longestMessage) {
      this.fault('payload_size', text, `a number of bytes from 0 to ${longestMessage} needed`);
      return { message: '' };
    }
    if (size > 0) {
      this.note(
        'FILLED',
        'guess',
        ['payload_size', text],
        'only the length of the message is given: it is filled with dots',
      );
      return flags === undefined ? { message: '.'.repeat(size) } : { message: '.'.repeat(size), flags };
    }
    if (flags !== undefined) return { message: '', flags };
    this.note('FLAGS', 'guess', ['payload_size', text], 'a segment without data and without flags is taken for an ACK');
    return { message: '', flags: 'ACK' };
  }

  port(side: Side, fromInfo: number | undefined): number | undefined {
    const { misnamed } = this.#context;
    const column: Column = misnamed.has(`${side}_app`) ? `${side}_app` : `${side}_port`;
    if (misnamed.has(`${side}_port`)) return fromInfo;
    const text = this.trimmed(column) ?? '';
    if (text === '') return fromInfo;
    const port = this.#whole(column, text);
    if (column.endsWith('_app')) this.note('PORT_OR_APPLICATION', 'repair', [column, text], 'a number, read as a port');
    if (port !== undefined && port >= 1 && port <= 0xffff) return port;
    this.fault(column, text, 'a port from 1 to 65535 needed');
    return undefined;
  }

  /** A whole number, `80.0` and `80,0` of a spreadsheet included. */
  #whole(column: Column, text: string): number | undefined {
    const match = /^(\d+)(?:[.,]0*)?$/.exec(text);
    if (match && match[0] !== match[1])
      this.note('NUMBER', 'repair', [column, text], 'read as a whole number, as a spreadsheet writes it');
    return match ? Number(match[1]) : undefined;
  }

  protocol(srcPort: number | undefined, dstPort: number | undefined, isControl: boolean): string {
    const given = this.trimmed('app_protocol');
    if (given !== undefined && given !== '') return given;
    const guess = protocolOf(srcPort, dstPort) ?? 'TCP';
    if (given === '' && guess === 'TCP' && !isControl) {
      this.fault('app_protocol', '', 'a protocol such as HTTP needed');
      return '';
    }
    this.note(
      'PROTOCOL_GUESSED',
      'guess',
      [given === undefined ? undefined : 'app_protocol'],
      'no application protocol given, told by the ports',
    );
    return guess;
  }

  /** What carries the row: as its column says, else as its protocol's messages go. */
  transport(protocol: string): Transport {
    const usual = transportOf(protocol);
    const given = this.trimmed('transport') ?? '';
    const said = given.toLowerCase();
    if (said === '' || said === usual) return usual;
    if (said !== 'tcp' && said !== 'udp') {
      this.note('TRANSPORT', 'remark', ['transport', given], 'neither TCP nor UDP: passed over');
      return usual;
    }
    if (serviceOf(protocol) !== undefined)
      this.note(
        'TRANSPORT',
        'remark',
        ['transport', given],
        `sent over ${given.toUpperCase()} as it says, though ${protocol} goes over ${usual.toUpperCase()}`,
      );
    return said;
  }

  application(side: Side, port: number | undefined): string {
    const { header, misnamed } = this.#context;
    const address = this.trimmed(`${side}_ip`) ?? '';
    // The lesson's own address is used as it stands.
    if (address !== '' && address !== loopback) {
      this.note(
        'ADDRESS',
        'remark',
        [`${side}_ip`, address],
        `passed over: the packets go from ${loopback} to ${loopback}`,
      );
    }
    const column: Column = misnamed.has(`${side}_port`) ? `${side}_port` : `${side}_app`;
    if (misnamed.has(`${side}_app`)) return port === undefined ? '' : `port_${port}`;
    const name = this.trimmed(column) ?? '';
    if (misnamed.has(column))
      this.note('PORT_OR_APPLICATION', 'repair', [column, name], 'no number, read as the name of an application');
    if (name !== '') {
      if (name !== loopback && /^[\d.]+$|:/.test(name) && isIP(name) !== 0)
        this.note(
          'ADDRESS',
          'remark',
          [column, name],
          `an address, taken as a name: the packets go from ${loopback} to ${loopback}`,
        );
      return name;
    }
    if (port !== undefined) return `port_${port}`;
    if (address !== '') return address;
    // A port that is none has its own fault.
    if ((this.#get(`${side}_port`) ?? '').trim() !== '') return '';
    this.fault(
      header.at.has(`${side}_app`) ? `${side}_app` : `${side}_port`,
      '',
      'an application such as client_browser, or a port, needed',
    );
    return '';
  }
}
