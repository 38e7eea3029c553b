/**
 * Packets of the application layers, made by the builders: every record type, option and extension, and what goes wrong with them.
 *
 * @module
 */
import { fromHex, toBytes } from '../bytes.js';
import {
  type Buildable,
  build,
  chat,
  type DhcpInit,
  type DhcpOption,
  type DnsInit,
  type DnsRecord,
  dhcp,
  dns,
  dnsOverTcp,
  type HttpInit,
  http,
  ipv4,
  llmnr,
  mdns,
  type NtpInit,
  ntp,
  type Packet,
  ssdp,
  type TlsExtension,
  type TlsHandshake,
  tcp,
  tls,
  udp,
} from '../wire/index.js';

/** Bytes that count up, to tell their places apart. */
export function ramp(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i & 0xff);
}

let port = 20000;

/** A datagram from a port of its own, so that tshark sees no conversation. */
function datagram(dstPort: number, ...parts: Buildable[]): Packet {
  return build(ipv4(), udp({ srcPort: port++, dstPort }), ...parts);
}

function segment(dstPort: number, ...parts: Buildable[]): Packet {
  return build(ipv4(), tcp({ srcPort: port++, dstPort, flags: 'PSH,ACK', seq: 1 }), ...parts);
}

const name = 'lab.example.com';

/** A record of each type that has fields, and one of a type that has none. */
export const dnsRecords: readonly DnsRecord[] = [
  { name, type: 'A', ttl: 300, address: '192.0.2.1' },
  { name, type: 'AAAA', ttl: 300, address: '2001:db8::1' },
  { name, type: 'NS', ttl: 300, target: 'ns.example.com' },
  { name, type: 'CNAME', ttl: 0, target: 'www.example.com' },
  { name, type: 'PTR', target: 'host.example.com' },
  { name, type: 'DNAME', target: 'other.example' },
  { name, type: 'MB', target: 'a.b' },
  { name, type: 'MG', target: 'a.b' },
  { name, type: 'MR', target: 'a.b' },
  {
    name,
    type: 'SOA',
    mname: 'ns.example.com',
    rname: 'root.example.com',
    serial: 2024010101,
    refresh: 2,
    retry: 3,
    expire: 4,
    minimum: 5,
  },
  { name, type: 'MX', preference: 10, exchange: 'mx.example.com' },
  { name, type: 'TXT', strings: ['v=spf1 -all', '', 'tab\there', Uint8Array.of(0xff, 0xfe)] },
  { name, type: 'SPF', strings: ['v=spf1'] },
  { name, type: 'HINFO', cpu: 'CPU', os: 'OS' },
  { name, type: 'RP', mailbox: 'a.b', txt: 'c.d' },
  { name, type: 'AFSDB', subtype: 1, hostname: 'a.b' },
  { name: '_sip._tcp.example.com', type: 'SRV', priority: 1, weight: 2, port: 5060, target: 'sip.example.com' },
  { name, type: 'SRV', port: 1, target: '.' },
  {
    name,
    type: 'NAPTR',
    order: 100,
    preference: 50,
    flags: 'u',
    service: 'E2U+sip',
    regexp: '!^.*$!sip:a@b!',
    replacement: '.',
  },
  { name, type: 'NAPTR', order: 1, preference: 2, flags: 's', service: 'SIP+D2U', replacement: '_sip._udp.x.y' },
  { name, type: 'KX', preference: 1, exchange: 'kx.example' },
  { name, type: 'CERT', certType: 1, keyTag: 2, algorithm: 3, certificate: ramp(6) },
  { name, type: 'NULL', bytes: ramp(4) },
  { name, type: 'OPENPGPKEY', key: 'key' },
  { name, type: 'DS', keyTag: 60485, algorithm: 5, digestType: 1, digest: ramp(20) },
  { name, type: 'CDS', keyTag: 1, algorithm: 13, digestType: 2, digest: ramp(32) },
  { name, type: 'DNSKEY', flags: 257, protocol: 3, algorithm: 8, publicKey: ramp(40) },
  { name, type: 'DNSKEY', flags: 0xffff, protocol: 3, algorithm: 1, publicKey: ramp(41) },
  { name, type: 'CDNSKEY', flags: 256, protocol: 3, algorithm: 13, publicKey: ramp(64) },
  { name, type: 'SSHFP', algorithm: 4, fingerprintType: 2, fingerprint: ramp(32) },
  {
    name,
    type: 'RRSIG',
    typeCovered: 1,
    algorithm: 8,
    labels: 3,
    originalTtl: 3600,
    expiration: 1_700_000_000,
    inception: 1_690_000_000,
    keyTag: 12345,
    signer: 'example.com',
    signature: ramp(64),
  },
  { name, type: 'NSEC', next: 'next.example.com', types: ['A', 'MX', 'RRSIG', 'NSEC', 'CAA', 'TYPE1234'] },
  {
    name,
    type: 'NSEC3',
    algorithm: 1,
    flags: 1,
    iterations: 10,
    salt: ramp(4),
    nextHash: ramp(20),
    types: ['A', 'RRSIG'],
  },
  { name, type: 'NSEC3PARAM', algorithm: 1, flags: 0, iterations: 10, salt: ramp(4) },
  { name, type: 'TLSA', usage: 3, selector: 1, matchingType: 1, association: ramp(32) },
  { name, type: 'CAA', flags: 128, tag: 'issue', value: 'ca.example.net' },
  { name, type: 'CAA', tag: 'issuewild', value: ';' },
  { name, type: 'CAA', tag: 'iodef', value: 'mailto:a@b' },
  { name, type: 'CAA', tag: 'other', value: 'x' },
  {
    name,
    type: 'HTTPS',
    priority: 1,
    target: '.',
    params: [
      { mandatory: [1, 3] },
      { alpn: ['h3', 'h2'] },
      { key: 2, data: new Uint8Array() },
      { port: 8443 },
      { ipv4hint: ['192.0.2.1', '192.0.2.2'] },
      { key: 5, data: ramp(3) },
      { ipv6hint: ['2001:db8::1'] },
      { key: 7, data: toBytes('/q{?dns}') },
    ],
  },
  { name, type: 'SVCB', priority: 0, target: 'svc.example.com' },
  { name, type: 65280, class: 'CH', ttl: 1, data: ramp(5) },
  {
    type: 'OPT',
    udpPayloadSize: 1232,
    extendedRcode: 1,
    version: 0,
    flags: 0x8001,
    options: [
      { code: 3, data: new Uint8Array() },
      { code: 5, data: Uint8Array.of(8, 13) },
      { code: 6, data: Uint8Array.of(1) },
      { code: 7, data: Uint8Array.of(1) },
      { clientSubnet: { family: 1, sourcePrefix: 24, scopePrefix: 0, address: ramp(3) } },
      { clientSubnet: { family: 2, sourcePrefix: 56, scopePrefix: 0, address: ramp(7) } },
      { cookie: { client: ramp(8) } },
      { cookie: { client: ramp(8), server: ramp(16) } },
      { code: 11, data: Uint8Array.of(0, 100) },
      { padding: 5 },
      { extendedError: { infoCode: 22, text: 'no reachable authority' } },
      { extendedError: { infoCode: 3, text: '' } },
      { code: 65001, data: ramp(2) },
    ],
  },
];

const answer: DnsInit = { id: 0x1234, response: 1, recursionDesired: 1, recursionAvailable: 1 };

function dnsPackets(): Packet[] {
  const query = (init: DnsInit) => datagram(53, dns({ id: 0x1234, ...init }));
  const flags: DnsInit[] = [
    { recursionDesired: 0, checkingDisabled: 1 },
    { authenticData: 1, z: 1 },
    { opcode: 4, authoritative: 1, truncated: 1 },
    { opcode: 5 },
    { opcode: 15, rcode: 9 },
    { response: 1, opcode: 5, rcode: 8 },
    { response: 1, rcode: 3, authenticData: 1 },
  ];
  const questions = [{ name: 'lab.example.com', type: 'AAAA' }] as const;
  const length = { length: 29 };
  return [
    ...flags.map((init) => query({ questions, ...init })),
    ...dnsRecords.map((record) => datagram(53, dns({ ...answer, answers: [record] }))),
    query({
      questions: [{ name: '.', type: 'NS' }, { name: 'a' }, { name: 'weird\\.dot\\\\ \\001\\255é.x', type: 'ANY' }],
    }),
    query({ questions: [{ name: 'bücher.example', class: 'ANY', type: 65 }] }),
    datagram(
      53,
      dns({
        ...answer,
        questions,
        answers: dnsRecords.slice(0, 3),
        authorities: [dnsRecords[2]!],
        additionals: [dnsRecords[0]!],
      }),
    ),
    datagram(53, dns({ ...answer, questions, answers: dnsRecords.slice(0, 3), compress: false })),
    datagram(
      53,
      dns({ questions: [{ name: { name: 'b', encoded: fromHex('c01101620000') } }], rest: fromHex('0162 00') }),
    ),
    datagram(53, dns({ questions, rest: ramp(4) })),
    segment(53, dnsOverTcp({ id: 1, questions })),
    segment(53, dnsOverTcp({ id: 1, questions }), dnsOverTcp({ id: 2, questions: [{ name: 'b.c' }] })),
    segment(53, dnsOverTcp({ id: 1, questions, rest: ramp(3) })),
    datagram(
      5353,
      mdns({ questions: [{ name: '_http._tcp.local', type: 'PTR', unicastResponse: true }, { name: 'a.local' }] }),
    ),
    datagram(
      5353,
      mdns({
        response: 1,
        authoritative: 1,
        answers: [
          {
            name: 'Ann’s Mac._http._tcp.local',
            type: 'SRV',
            cacheFlush: true,
            ttl: 120,
            port: 80,
            target: 'mac.local',
          },
          { name: 'mac.local', type: 'A', cacheFlush: true, ttl: 120, address: '192.0.2.7' },
          { name: 'mac.local', type: 'NSEC', cacheFlush: true, ttl: 120, next: 'mac.local', types: ['A', 'AAAA'] },
        ],
        additionals: [{ type: 'OPT', udpPayloadSize: 1440, options: [{ code: 4, data: ramp(14) }] }],
      }),
    ),
    datagram(5355, llmnr({ id: 7, authoritative: 1, recursionDesired: 1, questions: [{ name: 'host' }] })),
    datagram(5355, llmnr({ id: 7, response: 1, answers: [{ name: 'host', type: 'A', address: '192.0.2.9' }] })),
    // Wrong on purpose: more announced than there is, a length beyond the segment.
    query({ questions, questionCount: 5 }),
    segment(53, dnsOverTcp({ questions, ...length })),
  ];
}

/** Every option that has a form of its own, and those that are shown by parts. */
export const dhcpOptions: readonly DhcpOption[][] = [
  [
    { timeOffset: -3600 },
    { subnetMask: '255.255.255.0' },
    { routers: ['192.0.2.1', '192.0.2.2'] },
    { timeServers: ['192.0.2.3'] },
    { nameServers: ['192.0.2.3'] },
    { domainNameServers: ['192.0.2.53', '192.0.2.54'] },
    { logServers: ['192.0.2.3'] },
    { quotesServers: ['192.0.2.3'] },
    { lprServers: ['192.0.2.3'] },
    { impressServers: ['192.0.2.3'] },
    { resourceLocationServers: ['192.0.2.3'] },
    { hostName: 'lab' },
    { bootFileSize: 5 },
    { meritDumpFile: 'dump' },
    { domainName: 'example.com' },
    { swapServer: '192.0.2.3' },
    { rootPath: '/root' },
    { extensionsPath: 'ext' },
  ],
  [
    { ipForwarding: true },
    { nonLocalSourceRouting: false },
    { code: 21, data: ramp(8) },
    { maxReassemblySize: 576 },
    { defaultTtl: 64 },
    { pathMtuAgingTimeout: 600 },
    { pathMtuPlateaus: [68, 296] },
    { interfaceMtu: 1500 },
    { allSubnetsLocal: true },
    { broadcastAddress: '192.0.2.255' },
    { performMaskDiscovery: true },
    { maskSupplier: false },
    { performRouterDiscovery: true },
    { routerSolicitationAddress: '192.0.2.1' },
    { code: 33, data: ramp(8) },
    { trailerEncapsulation: true },
    { arpCacheTimeout: 60 },
    { ethernetEncapsulation: true },
    { tcpDefaultTtl: 64 },
    { tcpKeepaliveInterval: 1 },
    { tcpKeepaliveGarbage: true },
  ],
  [
    { nisDomain: 'nis' },
    { nisServers: ['192.0.2.3'] },
    { ntpServers: ['192.0.2.3', '192.0.2.4'] },
    { netbiosNameServers: ['192.0.2.3'] },
    { netbiosDatagramServers: ['192.0.2.3'] },
    { netbiosNodeType: 8 },
    { netbiosScope: 'scope' },
    { fontServers: ['192.0.2.3'] },
    { displayManagers: ['192.0.2.3'] },
    { requestedAddress: '192.0.2.77' },
    { leaseTime: 3600 },
    { serverId: '192.0.2.1' },
    { parameterRequestList: [1, 3, 6, 15, 119, 252] },
    { message: 'no' },
    { maxMessageSize: 1500 },
    { renewalTime: 1800 },
    { rebindingTime: 0xffffffff },
    { vendorClassId: 'MSFT 5.0' },
    { nisPlusDomain: 'nis+' },
    { nisPlusServers: ['192.0.2.3'] },
    { tftpServerName: 'tftp' },
    { bootFileName: 'boot' },
    { mobileIpHomeAgents: ['192.0.2.3'] },
    { smtpServers: ['192.0.2.3'] },
    { pop3Servers: ['192.0.2.3'] },
    { nntpServers: ['192.0.2.3'] },
    { wwwServers: ['192.0.2.3'] },
    { fingerServers: ['192.0.2.3'] },
    { ircServers: ['192.0.2.3'] },
    { streettalkServers: ['192.0.2.3'] },
    { streettalkDirectoryServers: ['192.0.2.3'] },
  ],
  [
    { code: 61, data: fromHex('0102 0000 0000 01') },
    { code: 61, data: fromHex('00 6e 61 6d 65') },
    { code: 61, data: fromHex('ff 00000001 0001 0001 01020304 010203040506') },
    { code: 61, data: fromHex('ff 00000001 0002 00000009 616263') },
    { code: 61, data: fromHex('ff 00000001 0003 0001 010203040506') },
    { code: 61, data: fromHex('02 010203040506') },
    { code: 77, data: fromHex('0261620163') },
    { code: 81, data: fromHex('050000 04 686f7374 00') },
    { code: 82, data: fromHex('0104 63697263 0206 72656d6f7465 0504 0a000000') },
    { code: 91, data: ramp(4) },
    { code: 92, data: ramp(8) },
    { clientArchitectures: [0, 7] },
    { code: 94, data: fromHex('010201') },
    { code: 97, data: new Uint8Array(17) },
    { posixTimezone: 'EST5EDT' },
    { tzdbTimezone: 'America/New_York' },
    { captivePortal: 'http://portal' },
    { autoConfigure: 1 },
    { subnetSelection: '192.0.2.0' },
    { code: 119, data: fromHex('03656e67056170706c6503636f6d00') },
    { code: 121, data: fromHex('18 0a0102 0a000001 00 0a000001') },
    { code: 124, data: fromHex('00000009 04 61626364') },
    { code: 125, data: fromHex('00000009 04 01026162') },
    { forceRenewNonce: 1 },
    { tftpServerAddresses: ['192.0.2.3'] },
    { mudUrl: 'https://mud' },
    { pxePathPrefix: '/p' },
    { code: 43, data: ramp(6) },
    { code: 80, data: new Uint8Array() },
    { code: 224, data: ramp(3) },
    { code: 249, data: fromHex('00 0a000001') },
    { proxyAutodiscovery: 'http://wpad' },
    'pad',
    'pad',
    { hostName: 'behind padding' },
  ],
];

function dhcpPackets(): Packet[] {
  const make = (init: DhcpInit) =>
    build(ipv4({ src: '0.0.0.0', dst: '255.255.255.255' }), udp({ srcPort: 68, dstPort: 67 }), dhcp(init));
  const base: DhcpInit = { transactionId: 0x3903f326, clientHardwareAddress: '00:0b:82:01:fc:42' };
  const type = { messageType: 1 };
  return [
    ...dhcpOptions.map((options) => make({ ...base, options: [type, ...options] })),
    ...[2, 3, 4, 5, 6, 7, 8].map((messageType) => make({ ...base, operation: 2, options: [{ messageType }] })),
    make({
      ...base,
      flags: 0x8001,
      seconds: 0x1a00,
      hops: 3,
      yourAddress: '192.0.2.5',
      options: [type],
      rest: new Uint8Array(20),
    }),
    make({
      ...base,
      serverName: 'server',
      bootFile: 'boot.img',
      serverAddress: '192.0.2.1',
      relayAddress: '192.0.2.2',
    }),
    make({ ...base, rest: ramp(64) }),
    make({
      ...base,
      hardwareType: 6,
      hardwareLength: 16,
      clientHardwareAddress: ramp(16),
      options: [type],
      end: false,
    }),
    make({
      ...base,
      options: [type, { overload: 3 }],
      serverName: fromHex('0c 02 736e ff'),
      bootFile: fromHex('0f 02 6669 ff'),
    }),
  ];
}

function ntpPackets(): Packet[] {
  const base: NtpInit = { stratum: 2, poll: 6, precision: 0xe9, rootDelay: 0x123, rootDispersion: 0x10203 };
  const set: NtpInit = {
    referenceId: Uint8Array.of(192, 0, 2, 1),
    reference: 0xe000000080000000n,
    receive: 0x1234567800000001n,
    transmit: 0xffffffffffffffffn,
  };
  const extension = { type: 0x0104, value: ramp(12) };
  return [
    {},
    { ...base, ...set },
    { ...base, ...set, mode: 4, stratum: 1, referenceId: toBytes('GPS\0') },
    { ...base, mode: 5, leap: 3, version: 3, stratum: 16 },
    { ...base, stratum: 0, referenceId: toBytes('RATE') },
    { ...base, stratum: 200, poll: 0xff },
    { ...base, keyId: 5, mac: ramp(16) },
    { ...base, keyId: 5, mac: ramp(20) },
    { ...base, keyId: 0 },
    { ...base, extensions: [extension] },
    { ...base, extensions: [extension, { type: 0x0204, value: ramp(24) }], keyId: 7, mac: ramp(20) },
  ].map((init) => datagram(123, ntp(init)));
}

function httpPackets(): Packet[] {
  const requests: HttpInit[] = [
    {},
    {
      uri: '/path/x?a=1&b=2&c',
      headers: {
        Host: 'www.example.com',
        'User-Agent': 'lab/1',
        Accept: '*/*',
        'Accept-Encoding': 'gzip',
        'Accept-Language': 'en',
        Cookie: 'a=b; c=d',
        Referer: 'http://r/',
        Connection: 'keep-alive',
        Authorization: 'Basic dXNlcjpwYXNz',
        'X-Forwarded-For': '192.0.2.1',
        Upgrade: 'websocket',
        'Sec-WebSocket-Key': 'k',
        'Sec-WebSocket-Version': '13',
        'X-Custom': 'v',
      },
    },
    { method: 'CONNECT', uri: 'h:443', headers: { Host: 'h:443' } },
    { method: 'OPTIONS', uri: '*', headers: { host: 'h' } },
    { method: 'NOTIFY', uri: '*', headers: { Host: 'h' } },
    { uri: 'http://abs/x', version: 'HTTP/1.0', headers: { HOST: 'h' } },
    { startLine: 'GET /index.html HTTP/1.1', blank: false },
    { startLine: 'GET', blank: false },
    { startLine: 'GET / HTTP/1.1\n', headers: ['Host: lf\n'], blank: '\n' },
    { startLine: '\r\nGET /after HTTP/1.1\r\n' },
    { headers: ['Host:no-space\r\n', 'Bad Name: x\r\n', ': empty\r\n'] },
  ];
  const responses: HttpInit[] = [
    { status: 200 },
    {
      status: 302,
      phrase: 'Found',
      version: 'HTTP/1.0',
      headers: [
        ['Location', 'http://x/'],
        ['Server', 'lab'],
        ['Date', 'Mon, 01 Jan 2024 00:00:00 GMT'],
        ['Last-Modified', 'Mon, 01 Jan 2024 00:00:00 GMT'],
        ['Cache-Control', 'no-cache'],
        ['Set-Cookie', 'a=b'],
        ['Set-Cookie', 'c=d'],
        ['Content-Type', 'text/html; charset=utf-8'],
        ['Content-Length', '0'],
        ['Content-Encoding', 'identity'],
        ['WWW-Authenticate', 'Basic realm="x"'],
      ],
    },
    {
      status: 101,
      headers: { 'Sec-WebSocket-Accept': 'a', 'Sec-WebSocket-Protocol': 'p', 'Sec-WebSocket-Extensions': 'e' },
    },
    { startLine: 'HTTP/1.1 200 OK (CSS Data)', blank: false },
    { startLine: 'HTTP/1.1  404   Not  Found\r\n' },
    { startLine: 'HTTP/1.1 20 OK\r\n' },
    { startLine: 'HTTP/1.1 999 Odd\r\n' },
    { startLine: 'HTTP/1.1 204\r\n', headers: { 'Transfer-Encoding': 'chunked' } },
  ];
  return [
    ...[...requests, ...responses].map((init) => segment(80, http(init))),
    segment(80, http({ method: 'POST', headers: { 'Content-Length': '3' } }), 'a=b'),
    segment(8080, http({ uri: '/1', headers: { Host: 'a' } }), http({ uri: '/2', headers: { Host: 'b' } })),
    segment(12345, http({ headers: { Host: 'elsewhere' } })),
    segment(12345, http({ status: 200, phrase: 'OK' })),
    segment(80, 'not HTTP at all'),
    segment(12345, 'GET /without-line-end HTTP/1.1'),
    datagram(
      1900,
      ssdp({ method: 'M-SEARCH', uri: '*', headers: { HOST: '239.255.255.250:1900', MAN: '"ssdp:discover"' } }),
    ),
  ];
}

/** Every extension that has a form of its own, and those that are shown by parts. */
export const clientExtensions: readonly TlsExtension[] = [
  { serverName: 'www.example.com' },
  { alpn: ['h2', 'http/1.1'] },
  { supportedVersions: [0x0a0a, 0x0304, 0x0303] },
  { supportedGroups: [0x0a0a, 0x11ec, 0x001d, 0x0017] },
  { signatureAlgorithms: [0x0403, 0x0804, 0x0401] },
  { ecPointFormats: [0, 1, 2] },
  {
    keyShares: [
      { group: 0x0a0a, key: Uint8Array.of(0) },
      { group: 0x001d, key: ramp(32) },
    ],
  },
  { type: 0x1a1a, data: new Uint8Array() },
  { type: 1, data: Uint8Array.of(1) },
  { type: 5, data: fromHex('0100000000') },
  { type: 15, data: Uint8Array.of(1) },
  { type: 18, data: new Uint8Array() },
  { type: 21, data: new Uint8Array(5) },
  { type: 22, data: new Uint8Array() },
  { type: 23, data: new Uint8Array() },
  { type: 27, data: fromHex('020002') },
  { type: 28, data: fromHex('4001') },
  { type: 34, data: fromHex('00020403') },
  { type: 35, data: new Uint8Array() },
  { type: 44, data: fromHex('000161') },
  { type: 45, data: fromHex('0101') },
  { type: 50, data: fromHex('00020403') },
  { type: 17513, data: fromHex('0003026832') },
  { type: 65037, data: ramp(3) },
  { type: 65281, data: Uint8Array.of(0) },
  { type: 9999, data: ramp(2) },
];

function tlsPackets(): Packet[] {
  const clientHello: TlsHandshake = {
    clientHello: {
      random: ramp(32),
      sessionId: ramp(32),
      cipherSuites: [0x1301, 0x0a0a, 0xc02f, 0x00ff],
      extensions: clientExtensions,
    },
  };
  const serverHello = (extensions?: readonly TlsExtension[]): TlsHandshake => ({
    serverHello: { random: ramp(32), cipherSuite: 0x1301, ...(extensions ? { extensions } : {}) },
  });
  const hello = { handshakes: [clientHello] };
  return [
    segment(443, tls({ version: 0x0301, ...hello })),
    segment(443, tls({ handshakes: [{ clientHello: { cipherSuites: [0x002f] } }] })),
    segment(443, tls({ handshakes: [{ clientHello: { cipherSuites: [], extensions: [] } }] })),
    segment(
      443,
      tls({ handshakes: [serverHello(), { type: 11, body: fromHex('000000') }, { type: 14, body: new Uint8Array() }] }),
    ),
    segment(
      443,
      tls({ handshakes: [serverHello([{ selectedVersion: 0x0304 }, { keyShare: { group: 0x1d, key: ramp(32) } }])] }),
    ),
    segment(443, tls({ handshakes: [serverHello([{ alpn: ['h2'] }, { type: 0, data: new Uint8Array() }])] })),
    segment(443, tls({ handshakes: [{ type: 4, body: fromHex('00001c20 0003 746b74') }] })),
    segment(443, tls({ alert: { level: 2, description: 40 } })),
    segment(443, tls({ contentType: 21, data: ramp(20) })),
    segment(443, tls({ contentType: 20, data: Uint8Array.of(1) }), tls({ contentType: 22, data: ramp(40).fill(0xee) })),
    segment(443, tls({ data: ramp(30) }), tls({ data: ramp(3) }), tls({ data: ramp(4) })),
    segment(12345, tls(hello)),
    segment(443, 'not TLS'),
    // Cut by the end of the segment.
    segment(443, tls({ ...hello, length: 2000 })),
    segment(443, tls({ data: ramp(100), length: 3000 })),
  ];
}

function chatPackets(): Packet[] {
  return [
    segment(9999, chat({ lines: ['/login Alice'] })),
    segment(9999, chat({ lines: ['#1 Bob: Hello', '/all hi', '/who b', 'Bob', ''] })),
    segment(
      9999,
      chat({
        lines: ['* welcome Alice 1 30 4096 1 :Welcome Alice!', '* error 7 NO_SUCH_USER Bob :User Bob not found.'],
      }),
    ),
    segment(9999, chat({ rest: 'Alice:  Hello' })),
    segment(9999, chat({ lines: ['one\r'], rest: 'two' })),
    segment(9999, chat({ bytes: fromHex('4269 ff0a 80') })),
  ];
}

/** All of them; ports count up, so that no two are one conversation. */
export function applicationPackets(): Packet[] {
  port = 20000;
  return [...dnsPackets(), ...dhcpPackets(), ...ntpPackets(), ...httpPackets(), ...tlsPackets(), ...chatPackets()];
}
