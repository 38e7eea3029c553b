/**
 * Every field by Wireshark's name has Wireshark's value.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { toHex } from '../bytes.js';
import { encodeCapture, type Frame } from '../capture/index.js';
import { corpusFiles, framesOf } from '../testing/corpus.js';
import { captureLoopback } from '../testing/loopback-capture.js';
import { askFields, ownCaptures, recordedFields } from '../testing/own-corpus.js';
import { without } from '../testing/peer.js';
import { occurrenceSeparator, tsharkTable } from '../testing/tshark.js';
import { samplePackets } from '../testing/wire-samples.js';
import { Chat } from './application/chat.js';
import { Tls } from './application/tls/tls.js';
import { Cut } from './core/cut.js';
import { Fault } from './core/fault.js';
import type { FieldNode, LayerType } from './core/layer.js';
import { Raw } from './core/raw.js';
import { Lldp } from './link/lldp.js';
import { Wlan, WlanFlag } from './link/wlan.js';
import { build } from './stack/build.js';
import { dissect } from './stack/dissect.js';
import { layerTypes, stack } from './stack/neighbours.js';
import type { Packet } from './stack/packet.js';
import { fieldQuery, knownFields } from './tools/field-values.js';
import { wiresharkFields } from './tools/wireshark-fields.js';
import { Sctp } from './transport/sctp.js';
import { Tcp, TcpFlag } from './transport/tcp.js';

const names = Object.keys(wiresharkFields);

/** What Wireshark lists among a packet's protocols beside the layers of this package: steps on the way and bytes as they are. */
const steps: ReadonlySet<string> = new Set(['ethertype', 'raw', 'data', ...layerTypes.map(({ protocol }) => protocol)]);

interface Mismatch {
  readonly name: string;
  readonly file: string;
  readonly number: number;
  readonly ours: string;
  readonly theirs: string;
  /** Protocols as Wireshark lists them: `eth:ethertype:ip:udp:nbns`. */
  readonly protocols: string;
  /** Whether a header is not wholly here. */
  readonly isCut: boolean;
  readonly packet: Packet;
}

interface Exception {
  readonly reason: string;
  excuses(mismatch: Mismatch): boolean;
}

/** Whether a name is one of the layer's fields. */
function ofLayer(name: string, { protocol, naming }: LayerType): boolean {
  const prefixes = [`${protocol}.`, ...(naming?.prefixes ?? []), ...(protocol === 'ipv6' ? ['ip.'] : [])];
  return prefixes.some((prefix) => name.startsWith(prefix));
}

/** Where Wireshark's value is another, and why. Counted and told by the tests. */
const exceptions: readonly Exception[] = [
  {
    reason:
      'of a header that is not wholly here each field that is here is given, and Wireshark gives up where its dissector does',
    excuses: ({ name, ours, theirs, packet }) => {
      const cut = packet.layers.find((layer) => layer instanceof Cut);
      return cut?.of !== undefined && ofLayer(name, cut.of) && ours.startsWith(theirs);
    },
  },
  {
    reason: 'Wireshark reads the chunks of SCTP, which are bytes here',
    excuses: ({ name, theirs, packet }) => name === 'data.data' && theirs === '' && packet.get(Sctp) !== undefined,
  },
  {
    reason: 'Wireshark gives no sequence number of a segment that an ICMP error quotes',
    excuses: ({ name, theirs, protocols }) => name === 'tcp.seq_raw' && theirs === '' && /:icmp:.*:tcp/.test(protocols),
  },
  {
    reason: 'Wireshark sums an ICMP message of which the packet holds a part, here its checksum is not judged',
    excuses: ({ name, ours, packet }) =>
      /^icmp(v6)?\.checksum\.status$/.test(name) && ours === '2' && packet.faults.length > 0,
  },
  {
    reason:
      'in the last layer of a packet that ends early: values of which a part is here, and the whole ones of a list, are given by one alone',
    excuses: ({ name, ours, theirs, packet, isCut }) => {
      const last = packet.layers.findLast((layer) => !(layer instanceof Raw || layer instanceof Fault));
      const isWhole = packet.faults.length === 0 && !isCut;
      if (last === undefined || isWhole || !ofLayer(name, last.layerType)) return false;
      return ours.startsWith(theirs) || theirs.startsWith(ours);
    },
  },
  {
    reason: 'behind a protocol that Wireshark reads and this package does not',
    excuses: ({ name, ours, theirs, protocols }) =>
      protocols.split(':').some((protocol) => !steps.has(protocol)) &&
      (name === 'data.data' || theirs.startsWith(ours)),
  },
  {
    reason: 'Wireshark reads no DHCP from a packet that the capture cut',
    excuses: ({ name, theirs, isCut }) => isCut && name.startsWith('dhcp.') && theirs === '',
  },
  {
    reason: 'Wireshark gives up at a UDP length beyond the fragment, and makes padding of the trailer behind it',
    excuses: ({ name, protocols }) =>
      (name === 'vlan.trailer' || name === 'eth.padding') && protocols.endsWith(':vlan:ethertype:ip:udp'),
  },
  {
    reason: 'Wireshark lists no options of an IPv4 header that is longer than the packet',
    excuses: ({ name, packet }) =>
      name.startsWith('ip.opt.') &&
      packet.faults.some(({ layer, reason }) => layer === 'IPv4' && reason.startsWith('header length')),
  },
  {
    reason: 'Wireshark reads nothing of a TLS record that goes on in another segment, for reassembly is off',
    excuses: ({ name, theirs, packet }) =>
      name.startsWith('tls.') && theirs === '' && packet.all(Tls).some((record) => record.isCut),
  },
  {
    reason: 'to Wireshark the lines of the chat are data',
    excuses: ({ name, packet }) => name === 'data.data' && packet.get(Chat) !== undefined,
  },
  {
    reason: 'Wireshark shows no data where the protocol of a port read nothing of it, nor of a retransmission',
    excuses: ({ name, theirs, packet }) => {
      const segment = packet.get(Tcp);
      if (name !== 'data.data' || theirs !== '' || segment === undefined) return false;
      return [segment.srcPort, segment.dstPort].some((port) => stack.tcpPort.get(port) !== undefined);
    },
  },
  {
    reason: 'Wireshark takes the first 8 bytes of an echo for a time stamp where they look like one',
    excuses: ({ name, ours, theirs, protocols }) =>
      name === 'data.data' &&
      protocols.includes(':icmp:') &&
      ours.endsWith(theirs) &&
      ours.length === theirs.length + 16,
  },
  {
    reason: 'in a header that the capture cut: here only fields of the table are read',
    excuses: ({ ours, theirs, isCut }) => isCut && theirs.startsWith(ours),
  },
  {
    reason: 'Wireshark counts the body of an HTTP message over several segments, each packet is read by itself here',
    excuses: ({ name, protocols }) => name === 'data.data' && protocols.includes(':http'),
  },
  {
    reason: 'Wireshark lists the acknowledgment flag of GRE version 1 alone',
    excuses: ({ name, theirs }) => name === 'gre.flags.ack' && theirs === '',
  },
  {
    reason: 'Wireshark hands a segment to the protocol that it saw in the conversation before',
    excuses: ({ name, ours, theirs, protocols, packet }) =>
      (name === 'data.data' && theirs === '' && /:(tcp|tls)$/.test(protocols)) ||
      (name.startsWith('tls.') && ours === '' && packet.layers.at(-1) instanceof Raw),
  },
  {
    reason: 'Wireshark gives no bytes behind ESP or in what an ICMP error quotes',
    excuses: ({ name, theirs, protocols }) =>
      name === 'data.data' && theirs === '' && /:(esp|icmp:ip:.*)$/.test(protocols),
  },
  {
    reason: 'what is left behind a fault is given as bytes here',
    excuses: ({ name, theirs, packet }) => name === 'data.data' && theirs === '' && packet.faults.length > 0,
  },
  {
    reason: 'Wireshark takes the last value of an LLDP data unit, or the last two, for a trailer of Ethernet too',
    excuses: ({ name, ours, protocols, packet }) =>
      name === 'eth.trailer' && ours === '' && protocols.endsWith(':lldp') && packet.get(Lldp) !== undefined,
  },
  {
    reason: 'Wireshark hands the data of a TCP segment with RST or SYN to no one',
    excuses: ({ name, theirs, packet }) => {
      const flags = packet.get(Tcp)?.flags ?? 0;
      return name === 'data.data' && theirs === '' && (flags & (TcpFlag.RST | TcpFlag.SYN)) !== 0;
    },
  },
  {
    reason: 'Wireshark takes what encryption adds off the data of a wireless frame',
    excuses: ({ name, packet }) => name === 'data.data' && ((packet.get(Wlan)?.flags ?? 0) & WlanFlag.PROTECTED) !== 0,
  },
  {
    reason: 'Wireshark lists the fourth address of a wireless frame before the third',
    excuses: ({ name, packet }) => name === 'wlan.addr' && packet.get(Wlan)?.address4 !== undefined,
  },
];

/** How many values the exceptions excuse in each capture of the repository's own corpus. */
const knownDisagreements: { readonly [capture: string]: { readonly [reason: string]: number } } = {
  'damaged.pcapng': {
    'Wireshark reads the chunks of SCTP, which are bytes here': 10,
    'Wireshark sums an ICMP message of which the packet holds a part, here its checksum is not judged': 3,
    'Wireshark takes what encryption adds off the data of a wireless frame': 1,
    'behind a protocol that Wireshark reads and this package does not': 3,
    'in the last layer of a packet that ends early: values of which a part is here, and the whole ones of a list, are given by one alone': 45,
    'of a header that is not wholly here each field that is here is given, and Wireshark gives up where its dissector does': 422,
    'what is left behind a fault is given as bytes here': 1,
    'to Wireshark the lines of the chat are data': 1,
  },
  'layers.pcapng': {
    'Wireshark gives no bytes behind ESP or in what an ICMP error quotes': 13,
    'Wireshark hands a segment to the protocol that it saw in the conversation before': 6,
    'Wireshark lists the acknowledgment flag of GRE version 1 alone': 6,
    'Wireshark reads nothing of a TLS record that goes on in another segment, for reassembly is off': 71,
    'Wireshark shows no data where the protocol of a port read nothing of it, nor of a retransmission': 2,
    'Wireshark takes the last value of an LLDP data unit, or the last two, for a trailer of Ethernet too': 3,
    'Wireshark lists the fourth address of a wireless frame before the third': 1,
    'Wireshark takes what encryption adds off the data of a wireless frame': 1,
    'behind a protocol that Wireshark reads and this package does not': 1,
    'to Wireshark the lines of the chat are data': 6,
  },
  'links.pcapng': {
    'Wireshark reads the chunks of SCTP, which are bytes here': 13,
  },
  'tunnels.pcapng': {
    'Wireshark gives no sequence number of a segment that an ICMP error quotes': 2,
    'Wireshark reads the chunks of SCTP, which are bytes here': 29,
    'behind a protocol that Wireshark reads and this package does not': 1,
  },
};

const compared = new Map<string, number>();
const excused = new Map<string, number>();

/** Compares every field of every packet with tshark's; gives the differences that no exception excuses. */
async function compare(file: string, frames: readonly Frame[]): Promise<Mismatch[]> {
  return compareRows(file, frames, await tsharkTable(file, ['frame.number', 'frame.protocols', ...names]));
}

/** The same with rows that tshark gave: the packet's number, its protocols, the value of each field. */
function compareRows(file: string, frames: readonly Frame[], table: readonly (readonly string[])[]): Mismatch[] {
  const rows = new Map(table.map((row) => [Number(row[0]), row]));
  const query = fieldQuery(names);
  const mismatches: Mismatch[] = [];
  for (const frame of frames) {
    const row = rows.get(frame.number);
    assert.ok(row, `${file}: tshark has no packet ${frame.number}`);
    const packet = dissect(frame);
    const isCut = packet.originalLength > packet.length;
    const ours = query.read(packet);
    for (const [i, name] of names.entries()) {
      const mine = ours[i]!.join(occurrenceSeparator);
      const his = row[i + 2] ?? '';
      if (mine === his) {
        if (mine !== '') compared.set(name, (compared.get(name) ?? 0) + 1);
        continue;
      }
      const mismatch = {
        name,
        file,
        number: frame.number,
        ours: mine,
        theirs: his,
        protocols: row[1] ?? '',
        isCut,
        packet,
      };
      const exception = exceptions.find(({ excuses }) => excuses(mismatch));
      if (exception) excused.set(exception.reason, (excused.get(exception.reason) ?? 0) + 1);
      else mismatches.push(mismatch);
    }
  }
  return mismatches;
}

/** One line for each name that differs: how often, and the first place. */
function report(mismatches: readonly Mismatch[]): string[] {
  const byName = new Map<string, Mismatch[]>();
  for (const mismatch of mismatches) byName.set(mismatch.name, [...(byName.get(mismatch.name) ?? []), mismatch]);
  return [...byName].map(([name, [first, ...others]]) => {
    const show = (text: string) => JSON.stringify(text.replaceAll(occurrenceSeparator, ','));
    const kinds = [...new Set([first!, ...others].map(({ protocols }) => protocols))].join(' ');
    const place = `${first!.file.split('/').pop()} packet ${first!.number} (${kinds})`;
    return `${name}: ${others.length + 1} packets, first ${place}: ${show(first!.ours)} here, ${show(first!.theirs)} by tshark`;
  });
}

function tellExcused(t: TestContext): void {
  for (const [reason, count] of excused) t.diagnostic(`${count} values excepted: ${reason}`);
  excused.clear();
}

const folder = mkdtempSync(join(tmpdir(), 'wirebook-truth-'));
after(() => rmSync(folder, { recursive: true }));

/** Writes packets to a capture of their own, so that one process of tshark reads them all. */
function gather(
  name: string,
  packets: readonly { linkType: number; bytes: Uint8Array; originalLength: number }[],
): string {
  const file = join(folder, name);
  const linkTypes = [...new Set(packets.map(({ linkType }) => linkType))];
  const records = packets.map(({ linkType, bytes, originalLength }, i) => ({
    timestamp: BigInt(i) * 1_000_000_000n,
    bytes,
    originalLength,
    interfaceId: linkTypes.indexOf(linkType),
  }));
  writeFileSync(file, encodeCapture(records, { interfaces: linkTypes.map((linkType) => ({ linkType })) }));
  return file;
}

for (const file of ownCaptures('fields')) {
  const name = basename(file);
  test(`every field has the value that is recorded of tshark, in ${name}`, (t) => {
    excused.clear();
    const { packets, fields } = recordedFields(file);
    const frames = framesOf(file);
    assert.ok(frames.length > 50, `${frames.length} packets`);
    assert.equal(packets.length, frames.length);
    assert.deepEqual(fields, names, 'another list of fields: node scripts/corpus.mjs');
    const rows = packets.map(({ number, protocols, values }) => [
      String(number),
      protocols,
      ...names.map((each) => [values[each] ?? ''].flat().join(occurrenceSeparator)),
    ]);
    assert.deepEqual(report(compareRows(file, frames, rows)), []);
    assert.deepEqual(Object.fromEntries(excused), knownDisagreements[name]);
    tellExcused(t);
  });

  test(`what is recorded of ${name} is what tshark says`, { skip: without('tshark') }, async () => {
    const record = recordedFields(file);
    assert.deepEqual(await askFields(file, record.tshark), record);
  });
}

test('every field has tshark’s value in every packet of the captures of others', {
  skip: without('tshark', 'corpus'),
}, async (t) => {
  const files = corpusFiles();
  // Few captures, since tshark takes longer to start than to read one; apart are those that hold the same streams, whose repetition
  // it would take for a retransmission and not look into.
  const kinds = ['/one_', '/raw_', '/protocols/', '/pcapng-generator/'];
  const mismatches: Mismatch[] = [];
  for (const kind of kinds) {
    const frames = files
      .filter(({ file }) => kinds.find((each) => file.includes(each)) === kind)
      .flatMap((file) => file.frames);
    const file = gather(`${kind.replaceAll('/', '')}.pcapng`, frames);
    mismatches.push(...(await compare(file, framesOf(file))));
  }
  assert.deepEqual(report(mismatches), []);
  tellExcused(t);
});

test('every field has tshark’s value in packets that this package builds', { skip: without('tshark') }, async (t) => {
  const samples = samplePackets().map(({ packet, linkType }) => ({
    linkType,
    bytes: packet.bytes,
    originalLength: packet.length,
  }));
  const file = gather('built.pcapng', samples);
  assert.deepEqual(report(await compare(file, framesOf(file))), []);
  tellExcused(t);
});

test('every field has tshark’s value in what tcpdump captured on the loopback interface', {
  skip: without('tshark', 'tcpdump', 'root'),
}, async (t) => {
  const file = join(folder, 'loopback.pcap');
  await captureLoopback(file);
  const frames = framesOf(file);
  assert.ok(frames.length >= 4, `${frames.length} packets`);
  t.diagnostic(`${frames.length} packets`);
  assert.deepEqual(report(await compare(file, frames)), []);
  tellExcused(t);
});

test('at least 250 fields were compared and found equal', { skip: without('tshark', 'corpus') }, (t) => {
  if (compared.size === 0) return t.skip('counts what the tests before it compare, none of which ran');
  const never = names.filter((name) => !compared.has(name));
  t.diagnostic(`${compared.size} of ${names.length} fields compared; in no packet: ${never.join(' ')}`);
  assert.ok(compared.size >= 250, `${compared.size} fields`);
});

test('build() from the parts of every good packet of every capture gives the same bytes', () => {
  for (const { file, frames } of corpusFiles()) {
    for (const frame of frames) {
      const packet = dissect(frame);
      if (packet.faults.length > 0) continue;
      assert.equal(toHex(build(...packet.parts()).bytes), toHex(frame.bytes), `${file} packet ${frame.number}`);
    }
  }
});

test('every name of a layer’s field is in the table of Wireshark’s names', () => {
  const known = new Set(knownFields().map(({ name }) => name));
  const unknown = new Set<string>();
  const visit = (nodes: readonly FieldNode[]): void => {
    for (const node of nodes) {
      for (const name of [...node.filters, ...(node.flags ?? []).flatMap(({ filter }) => filter ?? [])]) {
        if (!known.has(name)) unknown.add(name);
      }
      visit(node.children ?? []);
    }
  };
  for (const { packet } of samplePackets()) for (const { nodes } of packet.nodes()) visit(nodes);
  for (const { frames } of corpusFiles()) {
    for (const frame of frames) for (const { nodes } of dissect(frame).nodes()) visit(nodes);
  }
  assert.deepEqual([...unknown], []);
});
