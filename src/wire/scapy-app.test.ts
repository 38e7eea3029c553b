import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toBytes, toHex } from '../bytes.js';
import { without } from '../testing/peer.js';
import { scapyBytes } from '../testing/scapy.js';
import {
  type Buildable,
  build,
  type DnsInit,
  type DnsRecord,
  dhcp,
  dissect,
  dns,
  dnsOverTcp,
  http,
  ipv4,
  mdns,
  ntp,
  tcp,
  tls,
  udp,
} from './index.js';

const ip = "IP(src='10.0.0.1',dst='10.0.0.2')";
const on4 = ipv4({ src: '10.0.0.1', dst: '10.0.0.2' });
const over = (port: number) => [on4, udp({ srcPort: 53, dstPort: port })];

/** A response with one record; Scapy does not compress names of its own accord. */
function answer(record: string, ours: DnsRecord): [string, Buildable[]] {
  const init: DnsInit = { id: 7, response: 1, answers: [ours], compress: false };
  return [`${ip}/UDP(sport=53,dport=4000)/DNS(id=7,qr=1,qd=None,an=${record})`, [...over(4000), dns(init)]];
}

const name = 'a.example.com';
const rr = (type: string, rest: string) => `DNSRR(rrname='a.example.com',type='${type}',ttl=5,rdata=${rest})`;
const base = { name, ttl: 5 } as const;
const mac = '02:00:00:00:00:01';
const boot = (rest: string) => `${ip}/UDP(sport=68,dport=67)/BOOTP(chaddr=bytes.fromhex('020000000001'),xid=9${rest})`;
const bootp = { transactionId: 9, clientHardwareAddress: mac };
const over67 = [on4, udp({ srcPort: 68, dstPort: 67 })];
const overHttp = `${ip}/TCP(sport=4000,dport=80,flags='PA')`;
const on80 = [on4, tcp({ srcPort: 4000, dstPort: 80, flags: 'PSH,ACK' })];
const overTls = `${ip}/TCP(sport=4000,dport=443,flags='PA')`;
const on443 = [on4, tcp({ srcPort: 4000, dstPort: 443, flags: 'PSH,ACK' })];
const random = Uint8Array.from({ length: 32 }, (_, i) => i);
const randomHex = toHex(random.subarray(4));
/** Scapy splits the random bytes in a time and the rest. */
const helloRandom = `gmt_unix_time=0x00010203,random_bytes=bytes.fromhex('${randomHex}')`;

const pairs: readonly (readonly [expression: string, ours: Buildable[]])[] = [
  [
    `${ip}/UDP(sport=4000,dport=53)/DNS(id=7,qd=DNSQR(qname='www.example.com'))`,
    [on4, udp({ srcPort: 4000, dstPort: 53 }), dns({ id: 7, questions: [{ name: 'www.example.com' }] })],
  ],
  [
    `${ip}/UDP(sport=4000,dport=53)/DNS(id=7,rd=0,ad=1,cd=1,qd=DNSQR(qname='.',qtype='NS',qclass='CH'))`,
    [
      on4,
      udp({ srcPort: 4000, dstPort: 53 }),
      dns({
        id: 7,
        recursionDesired: 0,
        authenticData: 1,
        checkingDisabled: 1,
        questions: [{ name: '.', type: 'NS', class: 'CH' }],
      }),
    ],
  ],
  answer(rr('A', "'192.0.2.1'"), { ...base, type: 'A', address: '192.0.2.1' }),
  answer(rr('AAAA', "'2001:db8::1'"), { ...base, type: 'AAAA', address: '2001:db8::1' }),
  answer(rr('NS', "'ns.example.com'"), { ...base, type: 'NS', target: 'ns.example.com' }),
  answer(rr('CNAME', "'www.example.com'"), { ...base, type: 'CNAME', target: 'www.example.com' }),
  answer(rr('PTR', "'host.example.com'"), { ...base, type: 'PTR', target: 'host.example.com' }),
  answer(rr('TXT', "[b'one',b'two']"), { ...base, type: 'TXT', strings: ['one', 'two'] }),
  answer("DNSRRMX(rrname='a.example.com',type='MX',ttl=5,preference=10,exchange='mx.example.com')", {
    ...base,
    type: 'MX',
    preference: 10,
    exchange: 'mx.example.com',
  }),
  answer(
    "DNSRRSOA(rrname='a.example.com',ttl=5,mname='ns.x',rname='root.x',serial=1,refresh=2,retry=3,expire=4,minimum=5)",
    { ...base, type: 'SOA', mname: 'ns.x', rname: 'root.x', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
  ),
  answer("DNSRRSRV(rrname='a.example.com',ttl=5,priority=1,weight=2,port=5060,target='sip.example.com')", {
    ...base,
    type: 'SRV',
    priority: 1,
    weight: 2,
    port: 5060,
    target: 'sip.example.com',
  }),
  answer("DNSRRDS(rrname='a.example.com',ttl=5,keytag=60485,algorithm=5,digesttype=1,digest=b'0123456789')", {
    ...base,
    type: 'DS',
    keyTag: 60485,
    algorithm: 5,
    digestType: 1,
    digest: toBytes('0123456789'),
  }),
  answer("DNSRRDNSKEY(rrname='a.example.com',ttl=5,flags=257,protocol=3,algorithm=8,publickey=b'key')", {
    ...base,
    type: 'DNSKEY',
    flags: 257,
    protocol: 3,
    algorithm: 8,
    publicKey: toBytes('key'),
  }),
  answer(
    "DNSRRRSIG(rrname='a.example.com',ttl=5,typecovered=1,algorithm=8,labels=3,originalttl=5,expiration=2,inception=1,keytag=9,signersname='example.com',signature=b'sig')",
    {
      ...base,
      type: 'RRSIG',
      typeCovered: 1,
      algorithm: 8,
      labels: 3,
      originalTtl: 5,
      expiration: 2,
      inception: 1,
      keyTag: 9,
      signer: 'example.com',
      signature: toBytes('sig'),
    },
  ),
  answer("DNSRRNSEC(rrname='a.example.com',ttl=5,nextname='b.example.com',typebitmaps=[1,15,46,47])", {
    ...base,
    type: 'NSEC',
    next: 'b.example.com',
    types: ['A', 'MX', 'RRSIG', 'NSEC'],
  }),
  [
    `${ip}/UDP(sport=53,dport=4000)/DNS(id=7,qr=1,qd=None,ar=DNSRROPT(rclass=1232,z=32768,rdata=[EDNS0TLV(optcode=10,optdata=b'01234567')]))`,
    [
      ...over(4000),
      dns({
        id: 7,
        response: 1,
        additionals: [
          { type: 'OPT', udpPayloadSize: 1232, flags: 0x8000, options: [{ cookie: { client: toBytes('01234567') } }] },
        ],
      }),
    ],
  ],
  [
    `${ip}/UDP(sport=53,dport=4000)/dns_compress(DNS(id=7,qr=1,qd=DNSQR(qname='a.example.com'),an=DNSRR(rrname='a.example.com',ttl=5,rdata='192.0.2.1')))`,
    [
      ...over(4000),
      dns({
        id: 7,
        response: 1,
        questions: [{ name }],
        answers: [{ ...base, type: 'A', address: '192.0.2.1' }],
      }),
    ],
  ],
  [
    `${ip}/TCP(sport=4000,dport=53,flags='PA')/DNS(id=7,length=33,qd=DNSQR(qname='www.example.com'))`,
    [
      on4,
      tcp({ srcPort: 4000, dstPort: 53, flags: 'PSH,ACK' }),
      dnsOverTcp({ id: 7, questions: [{ name: 'www.example.com' }] }),
    ],
  ],
  [
    `${ip}/UDP(sport=5353,dport=5353)/DNS(rd=0,qd=DNSQR(qname='_http._tcp.local',qtype='PTR',qclass=0x8001))`,
    [
      on4,
      udp({ srcPort: 5353, dstPort: 5353 }),
      mdns({ questions: [{ name: '_http._tcp.local', type: 'PTR', unicastResponse: true }] }),
    ],
  ],
  [boot(''), [...over67, dhcp(bootp)]],
  [
    boot(",flags='B',secs=3,ciaddr='192.0.2.9',sname=b'server',file=b'boot.img'"),
    [
      ...over67,
      dhcp({
        ...bootp,
        flags: 0x8000,
        seconds: 3,
        clientAddress: '192.0.2.9',
        serverName: 'server',
        bootFile: 'boot.img',
      }),
    ],
  ],
  [
    `${boot('')}/DHCP(options=[('message-type','discover'),('requested_addr','192.0.2.7'),('hostname',b'lab'),('param_req_list',[1,3,6]),'end'])`,
    [
      ...over67,
      dhcp({
        ...bootp,
        options: [
          { messageType: 1 },
          { requestedAddress: '192.0.2.7' },
          { hostName: 'lab' },
          { parameterRequestList: [1, 3, 6] },
        ],
      }),
    ],
  ],
  [
    `${boot(',op=2')}/DHCP(options=[('message-type','offer'),('subnet_mask','255.255.255.0'),('router','192.0.2.1','192.0.2.2'),('name_server','192.0.2.3'),('lease_time',3600),('server_id','192.0.2.1'),('domain',b'x.y'),'pad','end'])`,
    [
      ...over67,
      dhcp({
        ...bootp,
        operation: 2,
        options: [
          { messageType: 2 },
          { subnetMask: '255.255.255.0' },
          { routers: ['192.0.2.1', '192.0.2.2'] },
          { domainNameServers: ['192.0.2.3'] },
          { leaseTime: 3600 },
          { serverId: '192.0.2.1' },
          { domainName: 'x.y' },
          'pad',
        ],
      }),
    ],
  ],
  [
    `${ip}/UDP(sport=4000,dport=123)/NTPHeader(version=4,mode=3,stratum=2,poll=6,precision=0xe9,sent=0,ref=0,orig=0,recv=0)`,
    [
      on4,
      udp({ srcPort: 4000, dstPort: 123 }),
      ntp({ stratum: 2, poll: 6, precision: 0xe9, referenceId: Uint8Array.of(127, 0, 0, 1) }),
    ],
  ],
  [
    `${ip}/UDP(sport=123,dport=4000)/NTPHeader(leap=3,version=3,mode=4,stratum=1,poll=10,precision=0xec,delay=1,dispersion=0.5,ref_id=b'GPS\\0',sent=0,ref=0,orig=0,recv=0)`,
    [
      on4,
      udp({ srcPort: 123, dstPort: 4000 }),
      ntp({
        leap: 3,
        version: 3,
        mode: 4,
        stratum: 1,
        poll: 10,
        precision: 0xec,
        rootDelay: 65536,
        rootDispersion: 32768,
        referenceId: toBytes('GPS\0'),
      }),
    ],
  ],
  [
    `${overHttp}/HTTP()/HTTPRequest(Host=b'www.example.com',User_Agent=b'lab',Path=b'/x',Accept_Encoding=None)`,
    [...on80, http({ uri: '/x', headers: { Host: 'www.example.com', 'User-Agent': 'lab' } })],
  ],
  [
    `${overHttp}/HTTP()/HTTPResponse(Status_Code=b'404',Reason_Phrase=b'Not Found',Content_Length=b'2',Server=b'lab')/b'no'`,
    [...on80, http({ status: 404, phrase: 'Not Found', headers: { 'Content-Length': '2', Server: 'lab' } }), 'no'],
  ],
  [
    `${overTls}/TLS(version=0x0301,msg=[TLSClientHello(version=0x0303,${helloRandom},ciphers=[0x1301,0xc02f],comp=[0],ext=[TLS_Ext_ServerName(servernames=[ServerName(servername=b'www.example.com')]),TLS_Ext_SupportedGroups(groups=[29,23]),TLS_Ext_ALPN(protocols=[ProtocolName(protocol=b'h2')]),TLS_Ext_SupportedVersion_CH(versions=[0x0304,0x0303])])])`,
    [
      ...on443,
      tls({
        version: 0x0301,
        handshakes: [
          {
            clientHello: {
              random,
              cipherSuites: [0x1301, 0xc02f],
              extensions: [
                { serverName: 'www.example.com' },
                { supportedGroups: [29, 23] },
                { alpn: ['h2'] },
                { supportedVersions: [0x0304, 0x0303] },
              ],
            },
          },
        ],
      }),
    ],
  ],
  [
    `${overTls}/TLS(version=0x0303,msg=[TLSServerHello(version=0x0303,${helloRandom},sid=b'',cipher=0xc02f,comp=[0],ext=[TLS_Ext_ExtendedMasterSecret()])])`,
    [
      ...on443,
      tls({
        handshakes: [
          { serverHello: { random, cipherSuite: 0xc02f, extensions: [{ type: 23, data: new Uint8Array() }] } },
        ],
      }),
    ],
  ],
  [
    `${overTls}/TLS(version=0x0303,msg=[TLSAlert(level=2,descr=40)])`,
    [...on443, tls({ alert: { level: 2, description: 40 } })],
  ],
  [
    `${overTls}/TLS(version=0x0303,msg=[TLSChangeCipherSpec()])`,
    [...on443, tls({ contentType: 20, data: Uint8Array.of(1) })],
  ],
  [
    `${overTls}/TLS(version=0x0303,msg=[TLSApplicationData(data=bytes.fromhex('00112233'))])`,
    [...on443, tls({ data: fromHex('00112233') })],
  ],
];

test(`build() makes the ${pairs.length} application packets that Scapy makes, byte for byte`, {
  skip: without('scapy'),
}, () => {
  const prepare = ['http', 'tls.all'].map((layer) => `(load_layer('${layer.split('.')[0]}'),b'')[1]`);
  const theirs = scapyBytes([...prepare, ...pairs.map(([expression]) => expression)]).slice(prepare.length);
  for (const [i, [expression, ours]] of pairs.entries()) {
    assert.equal(toHex(build(...ours).bytes), theirs[i], expression);
  }
});

test('the application packets that Scapy makes are read without a fault and built again from their parts', () => {
  for (const [expression, ours] of pairs) {
    const { bytes } = build(...ours);
    const packet = dissect(bytes);
    assert.deepEqual(packet.faults, [], expression);
    assert.equal(toHex(build(...packet.parts()).bytes), toHex(bytes), expression);
  }
});
