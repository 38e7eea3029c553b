/** Display filters: the same packets as tshark, errors that point, raw bytes and layers of one mind. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CaptureReader, encodeCapture, type PacketInit } from '../../capture/index.js';
import { CaptureError, FilterError } from '../../errors.js';
import { captureFiles } from '../../testing/corpus.js';
import { displayFilters } from '../../testing/display-filters.js';
import { without } from '../../testing/peer.js';
import { hostileCapture } from '../../testing/segments.js';
import { build, ipv4, tcp } from '../../wire/index.js';
import { Outline } from '../outline.js';
import { Traffic, type TrafficPacket } from '../traffic.js';
import { field } from './builder.js';
import { compileFilter } from './filter.js';

/** One packet a second: tshark's statistics for intervals of a second then tell packets apart. */
function collect(sources: Iterable<string | Uint8Array>, perSource: number): PacketInit[] & { linkTypes: number[] } {
  const packets: PacketInit[] = [];
  const linkTypes: number[] = [];
  for (const source of sources) {
    let taken = 0;
    try {
      for (const frame of CaptureReader.openSync(source).frames()) {
        if (++taken > perSource) break;
        let interfaceId = linkTypes.indexOf(frame.linkType);
        if (interfaceId < 0) interfaceId = linkTypes.push(frame.linkType) - 1;
        const timestamp = 1_700_000_000_000_000_000n + BigInt(packets.length) * 1_000_000_000n;
        packets.push({ bytes: frame.bytes.slice(), originalLength: frame.originalLength, interfaceId, timestamp });
      }
    } catch (error) {
      assert.ok(error instanceof CaptureError);
    }
  }
  return Object.assign(packets, { linkTypes });
}

interface Disagreement {
  readonly why: string;
  readonly applies: (packet: TrafficPacket) => boolean;
}

/** Where tshark reads a packet otherwise, and is not followed. */
function disagreements(traffic: Traffic): Disagreement[] {
  const scalesLate = compileFilter('tcp.option_kind == 3 && tcp.flags.syn == 0').test;
  const scaledLate = new Set(traffic.packets.filter((packet) => scalesLate(packet)).map(({ tcp: stream }) => stream));
  return [
    {
      why: 'tshark looks into a fragmented datagram at its last fragment, this package at its first',
      applies: compileFilter('ip.flags.mf == 1 || ip.frag_offset > 0 || ipv6.fraghdr').test,
    },
    {
      why: 'a header that is cut has tshark’s name of its protocol, and is bytes here',
      applies: ({ packet, frame }) => packet.faults.length > 0 || frame.bytes.length < frame.originalLength,
    },
    {
      why: 'tshark takes a window scale from any segment, RFC 7323 from a SYN',
      applies: ({ tcp: stream }) => stream !== undefined && scaledLate.has(stream),
    },
  ];
}

/** Numbers of the packets that each filter selects, by one run of tshark: filters are macros, so that commas in them do no harm. */
function tsharkSelects(path: string, folder: string, filters: readonly string[], count: number): number[][] {
  const config = join(folder, 'wireshark');
  mkdirSync(config, { recursive: true });
  const quote = (text: string) => text.replace(/["\\]/g, (c) => `\\x${c.charCodeAt(0).toString(16)}`);
  writeFileSync(join(config, 'dfilter_macros'), `${filters.map((text, i) => `"m${i}","${quote(text)}"`).join('\n')}\n`);
  const selected: number[][] = filters.map(() => []);
  for (let from = 0; from < filters.length; from += 60) {
    const part = filters.slice(from, from + 60);
    const tap = `io,stat,1,${part.map((_, i) => `\${m${from + i}}`).join(',')}`;
    const { stdout, stderr } = spawnSync('tshark', ['-n', '-r', path, '-q', '-z', tap], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, XDG_CONFIG_HOME: folder },
    });
    assert.doesNotMatch(stderr, /is invalid/);
    for (const line of stdout.split('\n')) {
      const match = /^\|\s*(\d+) <>\s*(?:\d+|Dur)\s*\|(.*)\|$/.exec(line);
      if (!match || Number(match[1]) >= count) continue;
      const cells = match[2]!.split('|');
      for (let i = 0; i < part.length; i++)
        if (Number(cells[2 * i]) > 0) selected[from + i]!.push(Number(match[1]) + 1);
    }
  }
  return selected;
}

test('more than 200 filters select the packets that tshark -Y selects', {
  skip: without('tshark'),
}, async (t) => {
  assert.ok(displayFilters.length > 200, `${displayFilters.length} filters`);
  const folder = mkdtempSync(join(tmpdir(), 'wirebook-'));
  try {
    // To tshark a segment that is cut within its header is one of a stream, and all later streams are numbered otherwise.
    // The segments of the kept hostile capture are among those generated here.
    const files = captureFiles().filter((file) => !/(?:damaged\.pcapng|hostile\.pcap)$/.test(file));
    const packets = collect([...files, hostileCapture(1, 400)], 150);
    const bytes = encodeCapture(packets, { interfaces: packets.linkTypes.map((linkType) => ({ linkType })) });
    const path = join(folder, 'all.pcapng');
    writeFileSync(path, bytes);
    const traffic = await Traffic.read(bytes);
    // The last interval of a statistic is not a whole one, so the last packet is left out.
    const count = traffic.packets.length - 1;
    const theirs = tsharkSelects(path, folder, displayFilters, count);
    const otherwise = disagreements(traffic);
    const excused = otherwise.map(({ applies }) => traffic.packets.filter((packet) => applies(packet)).length);
    const compared = traffic.packets
      .slice(0, count)
      .filter((packet) => !otherwise.some(({ applies }) => applies(packet)));
    const numbers = new Set(compared.map(({ number }) => number));
    t.diagnostic(
      `${compared.length} of ${count} packets; ${otherwise.map(({ why }, i) => `${excused[i]}: ${why}`).join('; ')}`,
    );
    assert.ok(compared.length > 0.8 * count);
    let selective = 0;
    const outline = new Outline();
    for (const [i, text] of displayFilters.entries()) {
      const { test: meant, raw } = compileFilter(text);
      const ours = compared.filter((packet) => meant(packet));
      assert.deepEqual(
        ours.map(({ number }) => number),
        theirs[i]!.filter((number) => numbers.has(number)),
        text,
      );
      if (ours.length > 0 && ours.length < count) selective++;
      if (raw === undefined) continue;
      for (const packet of traffic.packets) {
        outline.read(packet.frame);
        if (outline.isPlain) assert.equal(raw(outline), meant(packet), `${text} on raw bytes, #${packet.number}`);
      }
    }
    assert.ok(selective > 150, `${selective} filters select some packets and not others`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const wrong: readonly (readonly [filter: string, column: number, reason: RegExp])[] = [
  ['', 1, /empty/],
  ['   ', 4, /empty/],
  ['tcp.prot == 80', 1, /tcp\.prot is no field.*did you mean tcp\.port\?/],
  ['tpc', 1, /did you mean tcp\?/],
  ['tcp and ip.scr == 10.0.0.1', 9, /did you mean ip\.src\?/],
  ['tcp.flags.sny == 1', 1, /did you mean tcp\.flags\.syn\?/],
  ['tcp.analysis.retransmision', 1, /did you mean tcp\.analysis\.retransmission\?/],
  ['tcp.port = 80', 10, /one = is no comparison, == is/],
  ['tcp.port == ', 13, /ends where a field or a value belongs/],
  ['tcp.port ==', 12, /ends where/],
  ['== 80', 1, /"==" stands where a field or a value belongs/],
  ['tcp &&', 7, /ends where/],
  ['&& tcp', 1, /"&&" stands where/],
  ['tcp && && udp', 8, /"&&" stands where/],
  ['tcp udp', 5, /"udp" stands where "and", "or" or the end/],
  ['(tcp', 5, /a \) is missing for the \( in column 1/],
  ['tcp)', 4, /closes nothing/],
  ['((tcp) or udp', 14, /in column 1/],
  ['not', 4, /ends where/],
  ['tcp.port == 70000', 13, /holds at most 65535/],
  ['ip.ttl > 256', 10, /holds at most 255/],
  ['tcp.port == http', 13, /http.*|number/],
  ['tcp.port == "80x"', 13, /is a number, "80x" is not/],
  ['tcp.port == 80x', 13, /80x is not/],
  ['ip.addr == 300.1.1.1', 12, /an IPv4 address such as/],
  ['ip.addr == 10.0.0.0/33', 12, /IPv4 address/],
  ['ip.addr == fe80::1', 12, /IPv4 address/],
  ['ipv6.addr == 10.0.0.1', 14, /IPv6 address/],
  ['eth.addr == 00:11:22:zz', 13, /MAC|is not/],
  ['ip.src contains "a"', 17, /contains searches texts and bytes/],
  ['tcp.port matches "8."', 18, /matches searches texts and bytes/],
  ['dns.qry.name matches www', 22, /regular expression in quotes/],
  ['dns.qry.name matches "("', 22, /regular expression is wrong/],
  ['dns.qry.name matches "[a-"', 22, /regular expression is wrong/],
  ['dns.qry.name == "www', 17, /no closing "/],
  ['tcp.port in 80', 13, /set in braces/],
  ['tcp.port in {}', 13, /set is empty/],
  ['tcp.port in {80, 443', 21, /a } is missing for the { in column 13/],
  ['tcp.port in {443..80}', 14, /range ends before it begins/],
  ['tcp.port in {80, x}', 18, /x is no field|is not/],
  ['tcp.port[0] == 1', 1, /only texts and bytes have parts/],
  ['eth.src[0:3 == 00:00:00', 13, /a ] is missing for the \[ in column 8/],
  ['eth.src[a] == 00', 9, /a slice needs numbers/],
  ['eth.src[3-1] == 00', 9, /ends before it begins/],
  ['eth.src[0:0] == 00', 11, /slice of no bytes/],
  ['lenght(dns.qry.name) > 3', 1, /no function, the functions are len/],
  ['len(ip.src) > 3', 5, /len measures texts and bytes/],
  ['len() > 3', 1, /len needs one value, 0 given/],
  ['count(tcp.port', 15, /a \) is missing for the \( in column 6/],
  ['upper(tcp.port) == "A"', 7, /upper needs a text/],
  ['tcp.port + 1', 1, /comparison needed/],
  ['tcp.port + "a" == 3', 12, /needs numbers/],
  ['ip.src + 1 == 3', 1, /\+ needs numbers/],
  ['80', 1, /80 alone says nothing/],
  ['"GET"', 1, /alone says nothing/],
  ['any tcp.port', 13, /any needs a comparison/],
  ['tcp.analysis.retransmission == 1', 32, /only there or not/],
  ['ip.src == tcp.port', 11, /ip\.src is an IPv4 address.*tcp\.port is a number/],
  ['ip.addr#0 == 10.0.0.1', 9, /number of a layer, from 1/],
  ['tcp.port == 80 ; ip', 16, /";" means nothing/],
  ["tcp[0] == 'ab", 11, /closing '/],
];

test('at least 40 wrong filters are refused with the place and the reason', () => {
  assert.ok(wrong.length >= 40);
  for (const [filter, column, reason] of wrong) {
    assert.throws(
      () => compileFilter(filter),
      (error) => {
        assert.ok(error instanceof FilterError, filter);
        assert.match(error.reason, reason, filter);
        assert.equal(error.column, column, `${filter}: ${error.message}`);
        assert.match(error.message, new RegExp(`^Cannot read filter at column ${column}: `));
        return true;
      },
      filter,
    );
  }
});

test('what later releases than 4.0 read is read as they read it', () => {
  const packet = build(ipv4({ ttl: 64 }), tcp({ srcPort: 1024, dstPort: 80, flags: 'SYN' }));
  const isMeant = (text: string) => compileFilter(text).test(packet);
  for (const yes of [
    'tcp xor udp',
    'tcp ^^ udp',
    'ip.ttl in {32 64}',
    '64 == ip.ttl',
    '32 < ip.ttl < 100',
    'tcp.flags.syn == true',
    'tcp.flags.ack == False',
  ])
    assert.ok(isMeant(yes), yes);
  for (const no of ['tcp xor ip', '64 < ip.ttl < 100', 'ip.ttl in {32 63}', 'tcp.flags.syn == false'])
    assert.ok(!isMeant(no), no);
});

test('deep nesting is refused, not overflowed', () => {
  assert.throws(() => compileFilter(`${'('.repeat(5000)}tcp${')'.repeat(5000)}`), /more than 200/);
  assert.throws(() => compileFilter(`${'!'.repeat(5000)}tcp`), /more than 200/);
});

test('a built filter is the text that it says, values quoted as their fields need', () => {
  const built = field('tcp.port')
    .in([80, [8000, 8100]])
    .and(field('ip.src').eq('10.0.0.0/8'))
    .or(field('tcp.payload').contains('say "hi"\\\n').not());
  assert.equal(
    built.text,
    '((tcp.port in {80, 8000..8100}) && (ip.src == 10.0.0.0/8)) || (!(tcp.payload contains "say \\"hi\\"\\\\\\x0a"))',
  );
  const packet = (payload: string) => build(ipv4(), tcp({ srcPort: 1, dstPort: 2 }), payload);
  assert.equal(built.compile().test(packet('say "hi"\\\n')), false);
  assert.equal(built.compile().test(packet('say hi')), true);
  assert.throws(() => field('tcp.prot'), /did you mean tcp\.port\?/);
});
