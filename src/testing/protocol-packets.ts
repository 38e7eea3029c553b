/**
 * Packets of the protocols of links, routers and applications, made by the builders: each kind of message, and what goes wrong with it.
 *
 * @module
 */
import { toBytes } from '../bytes.js';
import {
  type Buildable,
  backbone,
  build,
  ciscoHdlc,
  erspan,
  erspan3,
  esp,
  ethernet,
  frameRelay,
  ftp,
  geneve,
  gre,
  gtp,
  hsrp,
  imap,
  ipv4,
  ipv6,
  LinkType,
  llc,
  lldp,
  mpls,
  ospf,
  type Packet,
  pim,
  pop,
  ppp,
  pppoe,
  pppoeDiscovery,
  radiotap,
  rip,
  sip,
  smtp,
  snap,
  stp,
  syslog,
  tcp,
  udp,
  udpEncapsulation,
  vrrp,
  vxlan,
  wlan,
} from '../wire/index.js';

/** A packet, the protocol that it is a sample of, and the link type of its capture. */
export interface ProtocolSample {
  readonly of: string;
  readonly packet: Packet;
  readonly linkType: number;
}

/** Counts up, so that no two packets are of one conversation. */
let port = 30_000;

/** Messages over Ethernet. */
function onEthernet(of: string, dst: string, ...messages: readonly (readonly Buildable[])[]): ProtocolSample[] {
  const outer = ethernet({ src: '02:00:00:00:00:01', dst });
  return messages.map((layers) => ({ of, packet: build(outer, ...layers), linkType: LinkType.ETHERNET }));
}

/** Messages over IPv4. */
function onIp(of: string, dst: string, ...messages: readonly (readonly Buildable[])[]): ProtocolSample[] {
  return messages.map((layers) => ({
    of,
    packet: build(ipv4({ src: '10.0.0.1', dst }), ...layers),
    linkType: LinkType.RAW,
  }));
}

/** Messages over UDP to a port, each from a port of its own. */
export function onUdp(of: string, dstPort: number, ...messages: readonly Buildable[]): ProtocolSample[] {
  return messages.flatMap((message) => onIp(of, '10.0.0.2', [udp({ srcPort: port++, dstPort }), message]));
}

/** Messages over TCP to a port, or from it, each in a conversation of its own. */
export function onTcp(
  of: string,
  ports: { readonly to: number } | { readonly from: number },
  ...messages: readonly (Buildable | readonly Buildable[])[]
): ProtocolSample[] {
  return messages.flatMap((message) => {
    const own = port++;
    const [srcPort, dstPort] = 'to' in ports ? [own, ports.to] : [ports.from, own];
    const layers = Array.isArray(message) ? (message as readonly Buildable[]) : [message as Buildable];
    return onIp(of, '10.0.0.2', [tcp({ srcPort, dstPort, seq: 1, ack: 1, flags: 'PSH,ACK' }), ...layers]);
  });
}

const root = { rootMac: '00:11:22:33:44:55', bridgeMac: '00:11:22:33:44:66', rootExtension: 10, bridgeExtension: 10 };

function links(): ProtocolSample[] {
  return [
    ...onEthernet(
      'stp',
      '01:80:c2:00:00:00',
      [llc(), stp({ ...root, rootCost: 19, messageAge: 256, flags: 'TC' })],
      [llc(), stp({ ...root, version: 2, type: 2, flags: 'FORWARDING,LEARNING,TC', messageAge: 1 })],
      [llc(), stp({ type: 0x80 })],
    ),
    ...onEthernet(
      'lldp',
      '01:80:c2:00:00:0e',
      [
        lldp({
          tlvs: [
            { type: 1, subtype: 4, mac: '00:11:22:33:44:55' },
            { type: 2, subtype: 5, id: 'eth0' },
            { type: 3, seconds: 120 },
            { type: 4, text: 'uplink' },
            { type: 5, text: 'switch' },
            { type: 6, text: 'a switch of the lab' },
            { type: 7, capabilities: 'BRIDGE,ROUTER', enabled: 'BRIDGE' },
            {
              type: 8,
              address: { family: 1, address: '10.0.0.1' },
              interfaceSubtype: 2,
              interfaceNumber: 7,
              objectId: '1.3.6.1.4.1.9',
            },
            { type: 127, oui: 0x0080c2, information: Uint8Array.of(1, 0, 10) },
            { type: 0 },
          ],
        }),
      ],
      [
        lldp({
          tlvs: [
            { type: 1, subtype: 5, family: 1, address: '10.0.0.1' },
            { type: 2, subtype: 3, mac: '00:11:22:33:44:55' },
            { type: 3, seconds: 0 },
            { type: 0 },
          ],
        }),
      ],
      [
        lldp({
          tlvs: [
            { type: 1, subtype: 7, id: Uint8Array.of(1, 2, 3) },
            { type: 2, subtype: 4, family: 2, address: '2001:db8::1' },
            { type: 3, seconds: 3600 },
            { type: 8, address: { family: 2, address: '2001:db8::1' }, interfaceSubtype: 1, interfaceNumber: 0 },
            { type: 0 },
          ],
        }),
      ],
    ),
  ];
}

const lsa = { age: 5, options: 2, id: '10.0.0.1', router: '10.0.0.1', sequence: 0x80000001, checksum: 0x1234 } as const;

function routers(): ProtocolSample[] {
  const head = { routerId: '10.0.0.1', areaId: '0.0.0.1' };
  return [
    ...onIp(
      'ospf',
      '224.0.0.5',
      [
        ospf({
          ...head,
          networkMask: '255.255.255.0',
          options: 'E',
          designatedRouter: '10.0.0.1',
          neighbors: ['10.0.0.2', '10.0.0.3'],
        }),
      ],
      [ospf({ ...head, authType: 1, password: 'secret', networkMask: '255.255.255.0' })],
      [
        ospf({
          ...head,
          authType: 2,
          keyId: 1,
          digestLength: 16,
          cryptSequence: 7,
          digest: new Uint8Array(16).fill(7),
          neighbors: ['10.0.0.2'],
        }),
      ],
      [
        ospf({
          ...head,
          type: 2,
          flags: 'I,M,MS',
          sequence: 77,
          headers: [
            { ...lsa, lsType: 1, length: 48 },
            { ...lsa, lsType: 2, length: 32, doNotAge: 1 },
          ],
        }),
      ],
      [ospf({ ...head, type: 3, requests: [{ lsType: 1, id: '10.0.0.2', router: '10.0.0.2' }] })],
      [
        ospf({
          ...head,
          type: 4,
          lsas: [
            {
              ...lsa,
              lsType: 1,
              routerFlags: 'B,E',
              links: [
                { linkId: '10.0.0.2', linkData: '255.255.255.0', linkType: 3, metric: 10 },
                {
                  linkId: '10.0.0.3',
                  linkData: '10.0.0.1',
                  linkType: 1,
                  metricCount: 1,
                  metric: 5,
                  tosMetrics: [{ tos: 8, metric: 9 }],
                },
              ],
            },
            { ...lsa, lsType: 2, mask: '255.255.255.0', routers: ['10.0.0.1', '10.0.0.2'] },
            { ...lsa, lsType: 3, mask: '255.255.0.0', metrics: [{ metric: 20 }] },
            { ...lsa, lsType: 4, mask: '0.0.0.0', metrics: [{ metric: 21 }, { tos: 8, metric: 22 }] },
            {
              ...lsa,
              lsType: 5,
              mask: '255.0.0.0',
              routes: [{ externalType: 1, metric: 30, forwarding: '10.0.0.9', tag: 5 }],
            },
            { ...lsa, lsType: 7, mask: '255.0.0.0', routes: [{ metric: 30 }] },
          ],
        }),
      ],
      [ospf({ ...head, type: 5, headers: [{ ...lsa, lsType: 5, length: 36 }] })],
      [ospf({ ...head, type: 5, checksum: 0xbad, headers: [{ ...lsa, lsType: 5, length: 36 }] })],
    ),
    ...onIp(
      'vrrp',
      '224.0.0.18',
      [vrrp({ id: 7, addresses: ['10.0.0.254', '10.0.1.254'] })],
      [vrrp({ id: 7, priority: 255, authType: 1, password: 'secret', addresses: ['10.0.0.254'] })],
      [vrrp({ versionType: 0x31, id: 7, addresses: ['10.0.0.254'] })],
      [vrrp({ id: 7, checksum: 0xbad, addresses: ['10.0.0.254'] })],
    ),
    {
      of: 'vrrp',
      packet: build(
        ipv6({ src: 'fe80::1', dst: 'ff02::12', hopLimit: 255 }),
        vrrp({ versionType: 0x31, addresses: ['fe80::9', '2001:db8::9'] }),
      ),
      linkType: LinkType.RAW,
    },
    ...onIp(
      'pim',
      '224.0.0.13',
      [
        pim({
          options: [
            { type: 1, holdTime: 105 },
            { type: 2, tracking: 1, propagationDelay: 500, overrideInterval: 2500 },
            { type: 19, priority: 1 },
            { type: 20, generationId: 0x12345678 },
            { type: 99, value: Uint8Array.of(1, 0, 0, 0) },
          ],
        }),
      ],
      [
        pim({ type: 1 }),
        ipv4({ src: '10.0.0.7', dst: '224.1.1.1' }),
        udp({ srcPort: port++, dstPort: 40_002 }),
        'stream',
      ],
      [pim({ type: 2, group: { address: '224.1.1.1' }, source: { address: '10.0.0.7' } })],
      [
        pim({
          type: 3,
          upstream: { address: '10.0.0.2' },
          holdTime: 210,
          groups: [
            {
              address: '224.1.1.1',
              joined: [{ address: '10.0.0.9', flags: 'S,W,R' }],
              pruned: [{ address: '10.0.0.7' }],
            },
            { address: '224.1.1.2', joined: [{ address: '10.0.0.9' }] },
          ],
        }),
      ],
      [
        pim({
          type: 5,
          group: { address: '224.1.1.1' },
          source: { address: '10.0.0.7' },
          isTree: 1,
          preference: 110,
          metric: 20,
        }),
      ],
    ),
    ...onUdp(
      'rip',
      520,
      rip({
        entries: [
          { family: 2, tag: 3, address: '10.1.0.0', mask: '255.255.0.0', nextHop: '10.0.0.1', metric: 2 },
          { family: 2, metric: 16 },
        ],
      }),
      rip({ command: 1, entries: [{ metric: 16 }] }),
      rip({ version: 1, entries: [{ family: 2, address: '10.1.0.0', metric: 2 }] }),
      rip({
        entries: [
          { family: 0xffff, authType: 2, password: 'secret' },
          { family: 2, address: '10.1.0.0', metric: 1 },
        ],
      }),
    ),
    ...onIp(
      'hsrp',
      '224.0.0.2',
      [
        udp({ srcPort: 1985, dstPort: 1985 }),
        hsrp({
          state: 16,
          helloTime: 3,
          holdTime: 10,
          priority: 110,
          group: 1,
          authentication: 'cisco',
          address: '10.0.0.254',
        }),
      ],
      [udp({ srcPort: 1985, dstPort: 1985 }), hsrp({ opcode: 1, state: 4 })],
      [
        udp({ srcPort: 1985, dstPort: 1985 }),
        hsrp({ opcode: 3, advertisementType: 1, advertisementLength: 10, activeGroups: 1 }),
      ],
    ),
    ...onIp('hsrp', '224.0.0.102', [
      udp({ srcPort: 1985, dstPort: 1985 }),
      hsrp({
        tlvs: [
          {
            type: 1,
            version: 2,
            state: 6,
            ipVersion: 4,
            group: 5,
            identifier: '00:11:22:33:44:55',
            priority: 100,
            helloTime: 3000,
            holdTime: 10_000,
            address: '10.0.0.254',
            rest: new Uint8Array(12),
          },
          { type: 3, authentication: 'cisco' },
        ],
      }),
    ]),
  ];
}

function lines(): ProtocolSample[] {
  const each = (texts: readonly string[], make: (init: { lines: readonly string[] }) => Buildable) =>
    texts.map((text) => make({ lines: text.split('|') }));
  return [
    ...onTcp(
      'ftp',
      { from: 21 },
      ...each(
        [
          '220 Welcome',
          '220-a| b|220 end',
          '227 Entering Passive Mode (10,0,0,2,4,5).',
          '229 Entering (x)',
          '257 "/tmp" is cwd',
        ],
        ftp,
      ),
    ),
    ...onTcp('ftp', { from: 21 }, ftp({ lines: ['229 Entering Extended Passive Mode (|||6446|)'] })),
    ...onTcp(
      'ftp',
      { to: 21 },
      ...each(['USER bob', 'PASV', 'PORT 10,0,0,1,4,1', 'CWD /tmp|LIST', 'SITE x y  z'], ftp),
      ftp({ lines: ['EPRT |1|10.0.0.1|5000|'] }),
      ftp({ rest: 'QUIT' }),
    ),
    ...onTcp('smtp', { from: 25 }, ...each(['220 mx ESMTP', '250-mx|250-SIZE 100|250 OK', '354'], smtp)),
    ...onTcp(
      'smtp',
      { to: 25 },
      ...each(['EHLO me', 'MAIL FROM:<a@b>', 'MAIL FROM:<a@b>|RCPT TO:<c@d>|DATA', 'QUIT', 'STARTTLS'], smtp),
      smtp({ lines: ['Subject: x', '', 'hello', '.'] }),
    ),
    ...onTcp('pop', { from: 110 }, ...each(['+OK ready', '+OK 120 octets|Subject: a||body|.', '-ERR no', '+OK'], pop)),
    ...onTcp('pop', { to: 110 }, ...each(['USER bob', 'RETR 1', 'STAT'], pop)),
    ...onTcp(
      'imap',
      { from: 143 },
      ...each(['* OK IMAP4 ready', 'a1 OK done', '* 3 EXISTS|* FLAGS (a)|a2 OK [READ-WRITE] done', '+ idling'], imap),
    ),
    ...onTcp(
      'imap',
      { to: 143 },
      ...each(
        [
          'a1 LOGIN bob secret',
          'a2 SELECT INBOX',
          'a3 UID FETCH 1 BODY[]',
          'a4 CAPABILITY|a5 NOOP',
          'a6 SELECT "Sent"',
        ],
        imap,
      ),
    ),
  ];
}

const invite = [
  'INVITE sip:bob@biloxi.example:5060 SIP/2.0',
  'Via: SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bK776asdhds',
  'Max-Forwards: 70',
  'To: Bob <sip:bob@biloxi.example>',
  'From: "Alice" <sip:alice@atlanta.example>;tag=1928301774',
  'Call-ID: a84b4c76e66710@pc33.atlanta.example',
  'CSeq: 314159 INVITE',
  'Contact: <sip:alice@pc33.atlanta.example>',
  'X-Own: 1',
  'Content-Length: 0',
  '',
];

function datagrams(): ProtocolSample[] {
  return [
    ...onUdp(
      'sip',
      5060,
      sip({ lines: invite }),
      sip({
        lines: [
          'SIP/2.0 200 OK',
          'v: SIP/2.0/UDP server10.biloxi.example:5060;branch=z9hG4bKnashds8;received=192.0.2.3',
          'f: sip:alice@atlanta.example;tag=1',
          'i: a84b',
          'CSeq: 314159 INVITE',
          'User-Agent: x',
          'Expires: 3600',
          '',
        ],
      }),
    ),
    ...onTcp('sip', { to: 5060 }, sip({ lines: ['OPTIONS sip:host SIP/2.0', 'CSeq: 1 OPTIONS', ''] })),
    ...onUdp(
      'syslog',
      514,
      syslog({ facility: 4, level: 2, message: 'Oct 11 22:14:15 mymachine su: failed' }),
      syslog({ message: '1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [a@1 iut="3"] hello' }),
      syslog({ message: 'plain' }),
      syslog({ data: toBytes('no priority') }),
    ),
  ];
}

/** What stands in tunnels and on serial lines. */
function carriers(): ProtocolSample[] {
  const ends = {
    address1: '02:00:00:00:00:0a',
    address2: '02:00:00:00:00:0b',
    address3: '02:00:00:00:00:0c',
  };
  const inner = (): Buildable[] => [
    ipv4({ src: '192.168.7.1', dst: '192.168.7.2' }),
    tcp({ srcPort: port++, dstPort: 40_002 }),
    'inside',
  ];
  const frame = (): Buildable[] => [ethernet({ src: '02:00:00:00:00:03', dst: '02:00:00:00:00:04' }), ...inner()];
  const through = (of: string, ...layers: readonly Buildable[]): ProtocolSample[] =>
    onIp(of, '10.0.0.2', [udp({ srcPort: port++ }), ...layers]);
  const onLine = (of: string, linkType: number, ...layers: readonly Buildable[]): ProtocolSample => ({
    of,
    packet: build(...layers),
    linkType,
  });
  return [
    ...through('vxlan', vxlan({ vni: 7 }), ...frame()),
    ...through('vxlan', vxlan({ flags: 'GROUP,VNI,NO_LEARN', groupPolicy: 9, vni: 0xabcdef }), ...frame()),
    ...through('geneve', geneve({ vni: 8 }), ...inner()),
    ...through('geneve', geneve({ flags: 'OAM', vni: 9, options: Uint8Array.of(1, 2, 3, 1, 9, 9, 9, 9) }), ...frame()),
    ...through('gtp', gtp({ teid: 0x1234_5678 }), ...inner()),
    ...through('gtp', gtp({ teid: 1, sequence: 5 }), ...inner()),
    ...through(
      'gtp',
      gtp({ teid: 1, npdu: 3, extensionType: 0x85, extensions: Uint8Array.of(1, 0x10, 9, 0) }),
      ...inner(),
    ),
    ...through('gtp', gtp({ message: 1, sequence: 7 })),
    ...through('udpEncapsulation', udpEncapsulation(), esp({ spi: 0x1234, sequence: 9 }), new Uint8Array(24).fill(5)),
    ...through('udpEncapsulation', udpEncapsulation({ kind: 'KEEPALIVE' })),
    ...through('gre', gre(), ...inner()),
    ...onIp(
      'erspan',
      '10.0.0.2',
      [gre({ sequence: 5 }), erspan({ vlan: 7, session: 100, index: 3 }), ...frame()],
      [gre({ protocolType: 0x88be }), ...frame()],
      [gre({ sequence: 5 }), erspan3({ session: 100, timestamp: 77 }), ...frame()],
      [gre({ sequence: 6 }), erspan3({ session: 101, optional: new Uint8Array(8) }), ...frame()],
    ),
    ...onEthernet('backbone', '02:00:00:00:00:02', [backbone({ service: 77, dst: ends.address1 }), ...inner()]),
    ...through('mpls', mpls({ label: 77 }), ...inner()),
    ...onEthernet('pppoe', '02:00:00:00:00:02', [pppoe({ sessionId: 5 }), ppp(), ...inner()]),
    ...onEthernet('pppoeDiscovery', 'ff:ff:ff:ff:ff:ff', [pppoeDiscovery({ tags: Uint8Array.of(1, 1, 0, 0) })]),
    onLine('ppp', LinkType.PPP, ppp(), mpls({ label: 77 }), ...inner()),
    onLine('wlan', LinkType.IEEE802_11, wlan({ ...ends, flags: 'TO_DS' }), llc(), snap(), ...inner()),
    onLine('wlan', LinkType.IEEE802_11, wlan({ ...ends, flags: 'FROM_DS', qos: 5 }), llc(), snap(), ...inner()),
    onLine(
      'wlan',
      LinkType.IEEE802_11,
      wlan({ ...ends, address4: '02:00:00:00:00:0d', flags: 'TO_DS,FROM_DS', sequence: 77 }),
      llc(),
      snap(),
      ...inner(),
    ),
    onLine('wlan', LinkType.IEEE802_11, wlan({ ...ends, flags: 'TO_DS,PROTECTED' }), new Uint8Array(24).fill(9)),
    onLine('wlan', LinkType.IEEE802_11, wlan({ type: 1, subtype: 13, address1: ends.address1 })),
    onLine('wlan', LinkType.IEEE802_11, wlan({ type: 1, subtype: 11, ...ends, duration: 100 })),
    onLine('radiotap', LinkType.IEEE802_11_RADIOTAP, radiotap(), wlan({ ...ends }), llc(), snap(), ...inner()),
    onLine(
      'radiotap',
      LinkType.IEEE802_11_RADIOTAP,
      radiotap({ present: 3, content: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 0) }),
      wlan({ ...ends }),
      llc(),
      snap(),
      ...inner(),
    ),
    onLine('ciscoHdlc', LinkType.C_HDLC, ciscoHdlc(), ...inner()),
    onLine('ciscoHdlc', LinkType.C_HDLC, ciscoHdlc({ address: 0x8f, protocol: 0x8035 }), new Uint8Array(14)),
    onLine('frameRelay', LinkType.FRELAY, frameRelay({ dlci: 100 }), ...inner()),
    onLine('frameRelay', LinkType.FRELAY, frameRelay({ dlci: 1007, fecn: 1, type: 0x0800 }), ...inner()),
    onLine('frameRelay', LinkType.FRELAY, frameRelay({ dlci: 16, nlpid: 0x80, organization: 0 }), ...inner()),
    onLine(
      'frameRelay',
      LinkType.FRELAY,
      frameRelay({ dlci: 16, cr: 1, discardEligible: 1 }),
      ipv6({ src: '2001:db8::1', dst: '2001:db8::2' }),
      udp({ srcPort: port++, dstPort: 40_003 }),
      'inside',
    ),
  ];
}

/** All of them, the same in every run. */
export function protocolSamples(): ProtocolSample[] {
  port = 30_000;
  return [...links(), ...routers(), ...lines(), ...datagrams(), ...carriers()];
}
