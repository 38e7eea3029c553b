import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toBytes, toHex, viewOf } from '../bytes.js';
import { crc32, crc32c } from './core/crc.js';
import {
  Ah,
  Arp,
  ah,
  arp,
  build,
  DestinationOptions,
  dissect,
  Esp,
  Ethernet,
  ethernet,
  type FieldNode,
  FragmentHeader,
  Gre,
  gre,
  HopByHop,
  hopByHop,
  Icmp,
  Icmpv6,
  Igmp,
  Ipv6,
  icmp,
  icmpv6,
  igmp,
  ipv4,
  ipv6,
  type LayerType,
  LinkType,
  Llc,
  Loopback,
  Mpls,
  type Packet,
  Ppp,
  Pppoe,
  Routing,
  routing,
  ServiceVlan,
  Sll,
  Sll2,
  Snap,
  tcp,
  udp,
  Vlan,
  vlan,
} from './index.js';

/** Packets as Scapy 2.5 builds them from the expressions beside, and what one layer of each says. */
const known: readonly {
  scapy: string;
  linkType: number;
  hex: string;
  type: LayerType;
  fields: object;
  summary: string;
}[] = [
  {
    scapy: "Ether(src='02:00:00:00:00:01',dst='33:33:00:00:00:02',type=0x88b5)/b'abc'",
    linkType: LinkType.ETHERNET,
    hex: '33330000000202000000000188b5616263',
    type: Ethernet,
    fields: { dst: '33:33:00:00:00:02', src: '02:00:00:00:00:01', type: 0x88b5 },
    summary: '02:00:00:00:00:01 → 33:33:00:00:00:02 type 0x88b5',
  },
  {
    scapy: "Ether(src='02:00:00:00:00:01',dst='02:00:00:00:00:02')/Dot1Q(vlan=5,prio=3,id=1,type=0x88b5)/b'abc'",
    linkType: LinkType.ETHERNET,
    hex: '0200000000020200000000018100700588b5616263',
    type: Vlan,
    fields: { priority: 3, dei: 1, id: 5, type: 0x88b5 },
    summary: 'PRI: 3  DEI: 1  ID: 5',
  },
  {
    scapy: "Ether(src='02:00:00:00:00:01',dst='02:00:00:00:00:02')/Dot1AD(vlan=4095,prio=7,type=0x88b5)/b'abc'",
    linkType: LinkType.ETHERNET,
    hex: '02000000000202000000000188a8efff88b5616263',
    type: ServiceVlan,
    fields: { priority: 7, dei: 0, id: 4095, type: 0x88b5 },
    summary: 'PRI: 7  DEI: 0  ID: 4095',
  },
  {
    scapy: "Dot3(src='02:00:00:00:00:01',dst='02:00:00:00:00:02')/LLC(dsap=0x46,ssap=0x47,ctrl=3)/b'abc'",
    linkType: LinkType.ETHERNET,
    hex: '0200000000020200000000010006464703616263',
    type: Llc,
    fields: { dsap: 0x46, ssap: 0x47, control: 3 },
    summary: 'DSAP 0x46, SSAP 0x47',
  },
  {
    scapy:
      "Dot3(src='02:00:00:00:00:01',dst='02:00:00:00:00:02')/LLC(dsap=0xaa,ssap=0xaa,ctrl=3)/SNAP(OUI=0x0c,code=0x2000)/b'abc'",
    linkType: LinkType.ETHERNET,
    hex: '020000000002020000000001000baaaa0300000c2000616263',
    type: Snap,
    fields: { oui: 12, protocolId: 0x2000 },
    summary: 'organization 0x00000c, protocol 0x2000',
  },
  {
    scapy:
      "Ether(src='02:00:00:00:00:01',dst='ff:ff:ff:ff:ff:ff')/ARP(op=2,hwsrc='02:00:00:00:00:01',psrc='10.0.0.1',hwdst='02:00:00:00:00:02',pdst='10.0.0.2')",
    linkType: LinkType.ETHERNET,
    hex: 'ffffffffffff020000000001080600010800060400020200000000010a0000010200000000020a000002',
    type: Arp,
    fields: {
      hardwareType: 1,
      protocolType: 2048,
      hardwareSize: 6,
      protocolSize: 4,
      operation: 2,
      senderMac: '02:00:00:00:00:01',
      senderIp: '10.0.0.1',
      targetMac: '02:00:00:00:00:02',
      targetIp: '10.0.0.2',
    },
    summary: '10.0.0.1 is at 02:00:00:00:00:01',
  },
  {
    scapy: "IPv6(src='fe80::1',dst='ff02::fb',tc=0xb9,fl=0x12345,hlim=9,nh=59)/b'abc'",
    linkType: LinkType.IPV6,
    hex: '6b91234500033b09fe800000000000000000000000000001ff0200000000000000000000000000fb616263',
    type: Ipv6,
    fields: {
      version: 6,
      dscp: 46,
      ecn: 1,
      flowLabel: 0x12345,
      payloadLength: 3,
      nextHeader: 59,
      hopLimit: 9,
      src: 'fe80::1',
      dst: 'ff02::fb',
    },
    summary: 'fe80::1 → ff02::fb No Next Header for IPv6',
  },
  {
    scapy: "IPv6(src='fe80::1',dst='fe80::2')/IPv6ExtHdrHopByHop(nh=59,options=[RouterAlert(value=1)])/b'abc'",
    linkType: LinkType.IPV6,
    hex: '60000000000b0040fe800000000000000000000000000001fe8000000000000000000000000000023b00050200010100616263',
    type: HopByHop,
    fields: { nextHeader: 59, length: 0, options: [{ routerAlert: 1 }, { padN: 2 }] },
    summary: 'IPv6 Hop-by-Hop',
  },
  {
    scapy:
      "IPv6(src='fe80::1',dst='fe80::2')/IPv6ExtHdrDestOpt(nh=59,options=[PadN(optdata=b'\\0\\0'),HAO(hoa='2001:db8::7')])/b'abc'",
    linkType: LinkType.IPV6,
    hex: '60000000001b3c40fe800000000000000000000000000001fe8000000000000000000000000000023b0201020000c91020010db8000000000000000000000007616263',
    type: DestinationOptions,
    fields: { nextHeader: 59, length: 2, options: [{ padN: 4 }, { homeAddress: '2001:db8::7' }] },
    summary: 'IPv6 Destination Options',
  },
  {
    scapy:
      "IPv6(src='fe80::1',dst='fe80::2')/IPv6ExtHdrRouting(nh=59,addresses=['2001:db8::3','2001:db8::4'],segleft=1)/b'abc'",
    linkType: LinkType.IPV6,
    hex: '60000000002b2b40fe800000000000000000000000000001fe8000000000000000000000000000023b0400010000000020010db800000000000000000000000320010db8000000000000000000000004616263',
    type: Routing,
    fields: {
      nextHeader: 59,
      length: 4,
      routingType: 0,
      segmentsLeft: 1,
      reserved: 0,
      addresses: ['2001:db8::3', '2001:db8::4'],
    },
    summary: 'Source route, deprecated, 1 segments left',
  },
  {
    scapy: "IPv6(src='fe80::1',dst='fe80::2')/IPv6ExtHdrFragment(nh=59,id=0xdeadbeef,offset=5,m=1)/b'12345678'",
    linkType: LinkType.IPV6,
    hex: '6000000000102c40fe800000000000000000000000000001fe8000000000000000000000000000023b000029deadbeef3132333435363738',
    type: FragmentHeader,
    fields: { nextHeader: 59, reserved: 0, fragmentOffset: 5, reservedBits: 0, moreFragments: 1, id: 0xdeadbeef },
    summary: 'fragment at 40 of id 0xdeadbeef, more follow',
  },
  {
    scapy: "IP(src='10.0.0.1',dst='10.0.0.2')/AH(nh=254,spi=5,seq=6,payloadlen=4,icv=b'0123456789ab')/b'abc'",
    linkType: LinkType.IPV4,
    hex: '4500002f00010000403366990a0000010a000002fe0400000000000500000006303132333435363738396162616263',
    type: Ah,
    fields: {
      nextHeader: 254,
      length: 4,
      reserved: fromHex('0000'),
      spi: 5,
      sequence: 6,
      icv: fromHex('303132333435363738396162'),
    },
    summary: 'AH (SPI=0x00000005)',
  },
  {
    scapy: "IP(src='10.0.0.1',dst='10.0.0.2')/ESP(spi=5,seq=6,data=b'abc')",
    linkType: LinkType.IPV4,
    hex: '4500001f00010000403266aa0a0000010a0000020000000500000006616263',
    type: Esp,
    fields: { spi: 5, sequence: 6 },
    summary: 'ESP (SPI=0x00000005)',
  },
  {
    scapy: "IP(src='10.0.0.1',dst='10.0.0.2')/ICMP(type=13,id=1,seq=2,ts_ori=3,ts_rx=4,ts_tx=5)",
    linkType: LinkType.IPV4,
    hex: '4500002800010000400166d20a0000010a0000020d00f2f000010002000000030000000400000005',
    type: Icmp,
    fields: { type: 13, code: 0, checksum: 0xf2f0, id: 1, seq: 2, originate: 3, receive: 4, transmit: 5 },
    summary: 'Timestamp request  id=0x0001, seq=2/512',
  },
  {
    scapy:
      "IP(src='10.0.0.1',dst='10.0.0.2')/ICMP(type=3,code=4,nexthopmtu=1400)/IP(src='10.0.0.2',dst='10.0.0.1')/UDP(sport=5,dport=6)",
    linkType: LinkType.IPV4,
    hex: '4500003800010000400166c20a0000010a00000203040ba0000005784500001c00010000401166ce0a0000020a000001000500060008ebd0',
    type: Icmp,
    fields: { type: 3, code: 4, checksum: 2976, unused: fromHex('00'), length: 0, mtu: 1400 },
    summary: 'Destination unreachable (Fragmentation needed)',
  },
  {
    scapy:
      "IP(src='10.0.0.1',dst='10.0.0.2')/IGMPv3(type=0x22,mrcode=0)/IGMPv3mr(records=[IGMPv3gr(rtype=4,maddr='224.1.1.1'),IGMPv3gr(rtype=5,maddr='224.1.1.2',srcaddrs=['9.9.9.9'])])",
    linkType: LinkType.IPV4,
    hex: '45c00030000100000102a5090a0000010a000002220000e40000000204000000e001010105000001e001010209090909',
    type: Igmp,
    fields: {
      type: 34,
      maxResponse: 0,
      checksum: 228,
      reserved: fromHex('0000'),
      recordCount: 2,
      records: [
        { type: 4, group: '224.1.1.1', sources: [] },
        { type: 5, group: '224.1.1.2', sources: ['9.9.9.9'] },
      ],
    },
    summary: 'Membership report: Join group 224.1.1.1 for any sources / Allow new sources 224.1.1.2 {9.9.9.9}',
  },
  {
    scapy:
      "IP(src='10.0.0.1',dst='10.0.0.2')/IGMPv3(type=0x11,mrcode=100)/IGMPv3mq(gaddr='224.1.1.1',qrv=2,s=1,qqic=125,srcaddrs=['1.1.1.1'])",
    linkType: LinkType.IPV4,
    hex: '45c00024000100000102a5150a0000010a00000211640119e00101010a7d000101010101',
    type: Igmp,
    fields: {
      type: 17,
      maxResponse: 100,
      checksum: 281,
      group: '224.1.1.1',
      reservedBits: 0,
      suppress: 1,
      qrv: 2,
      qqic: 125,
      sourceCount: 1,
      sources: ['1.1.1.1'],
    },
    summary: 'Membership query, specific for group 224.1.1.1',
  },
  {
    scapy:
      "IPv6(src='fe80::2',dst='fe80::1',hlim=255)/ICMPv6ND_NA(tgt='fe80::2',R=1,S=0,O=1)/ICMPv6NDOptDstLLAddr(lladdr='02:00:00:00:00:02')",
    linkType: LinkType.IPV6,
    hex: '6000000000203afffe800000000000000000000000000002fe8000000000000000000000000000018800d819a0000000fe8000000000000000000000000000020201020000000002',
    type: Icmpv6,
    fields: {
      type: 136,
      code: 0,
      checksum: 0xd819,
      neighborFlags: 0xa0000000,
      target: 'fe80::2',
      options: [{ targetMac: '02:00:00:00:00:02' }],
    },
    summary: 'Neighbor advertisement fe80::2 (rtr, ovr) is at 02:00:00:00:00:02',
  },
  {
    scapy:
      "IPv6(src='fe80::1',dst='fe80::2')/ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(rtype=4,dst='ff02::fb',sources=['2001:db8::1'])])",
    linkType: LinkType.IPV6,
    hex: '60000000002c3a01fe800000000000000000000000000001fe8000000000000000000000000000028f0041da0000000104000001ff0200000000000000000000000000fb20010db8000000000000000000000001',
    type: Icmpv6,
    fields: {
      type: 143,
      code: 0,
      checksum: 0x41da,
      reserved: fromHex('0000'),
      recordCount: 1,
      records: [{ type: 4, group: 'ff02::fb', sources: ['2001:db8::1'] }],
    },
    summary: 'Multicast listener report v2: Join group ff02::fb for sources not in {2001:db8::1}',
  },
  {
    scapy:
      "IP(src='10.0.0.1',dst='10.0.0.2')/GRE(chksum_present=1,key_present=1,key=0xdeadbeef,seqnum_present=1,sequence_number=7,proto=0x88b5)/b'abc'",
    linkType: LinkType.IPV4,
    hex: '4500002700010000402f66a50a0000010a000002b00088b565420000deadbeef00000007616263',
    type: Gre,
    fields: {
      flags: 0x1600,
      version: 0,
      protocolType: 0x88b5,
      checksum: 0x6542,
      offset: 0,
      key: 0xdeadbeef,
      sequence: 7,
    },
    summary: 'Encapsulated 0x88b5',
  },
  {
    scapy: "CookedLinux(pkttype=4,lladdrtype=1,lladdrlen=6,src=b'\\x02\\0\\0\\0\\0\\x01\\0\\0',proto=0x88b5)/b'abc'",
    linkType: LinkType.LINUX_SLL,
    hex: '000400010006020000000001000088b5616263',
    type: Sll,
    fields: {
      packetType: 4,
      hardwareType: 1,
      addressLength: 6,
      address: fromHex('0200000000010000'),
      protocolType: 0x88b5,
    },
    summary: 'sent by us, protocol 0x88b5',
  },
  {
    scapy:
      "CookedLinuxV2(proto=0x88b5,ifindex=3,lladdrtype=1,pkttype=4,lladdrlen=6,src=b'\\x02\\0\\0\\0\\0\\x01\\0\\0')/b'abc'",
    linkType: LinkType.LINUX_SLL2,
    hex: '88b5000000000003000104060200000000010000616263',
    type: Sll2,
    fields: {
      protocolType: 0x88b5,
      reserved: fromHex('0000'),
      interfaceIndex: 3,
      hardwareType: 1,
      packetType: 4,
      addressLength: 6,
      address: fromHex('0200000000010000'),
    },
    summary: 'sent by us, protocol 0x88b5',
  },
  {
    scapy: "Loopback(type=30)/IPv6(src='fe80::1',dst='fe80::2',nh=59)",
    linkType: LinkType.NULL,
    hex: '1e0000006000000000003b40fe800000000000000000000000000001fe800000000000000000000000000002',
    type: Loopback,
    fields: { family: 30, byteOrder: 'little' },
    summary: 'IPv6 (macOS)',
  },
  {
    scapy:
      "Ether(src='02:00:00:00:00:01',dst='02:00:00:00:00:02')/MPLS(label=16000,cos=5,s=0,ttl=9)/MPLS(label=17,s=1,ttl=8)/IP(src='10.0.0.1',dst='10.0.0.2')/UDP(sport=40001,dport=40002)",
    linkType: LinkType.ETHERNET,
    hex: '020000000002020000000001884703e80a09000111084500001c00010000401166ce0a0000010a0000029c419c420008b357',
    type: Mpls,
    fields: { label: 0x3e80, trafficClass: 5, bottom: 0, ttl: 9 },
    summary: 'MPLS Label 16000',
  },
  {
    scapy:
      "Ether(src='02:00:00:00:00:01',dst='02:00:00:00:00:02')/PPPoE(sessionid=0x1234)/PPP(proto=0x21)/IP(src='10.0.0.1',dst='10.0.0.2')/UDP(sport=40001,dport=40002)",
    linkType: LinkType.ETHERNET,
    hex: '020000000002020000000001886411001234001d214500001c00010000401166ce0a0000010a0000029c419c420008b357',
    type: Pppoe,
    fields: { version: 1, type: 1, code: 0, sessionId: 0x1234, length: 29 },
    summary: 'Session data, session 0x1234',
  },
  {
    scapy: "HDLC()/PPP(proto=0x57)/IPv6(src='fe80::1',dst='fe80::2')/UDP(sport=40001,dport=40002)",
    linkType: LinkType.PPP,
    hex: 'ff03576000000000081140fe800000000000000000000000000001fe8000000000000000000000000000029c419c420008ca55',
    type: Ppp,
    fields: { protocol: 87, hdlc: true, compressed: true },
    summary: 'IPv6',
  },
];

/** The check value of each code: that of the nine digits, as every catalogue of them lists it. */
test('crc32() and crc32c() give their check values, in one piece or in two', () => {
  const digits = viewOf(toBytes('123456789'));
  assert.equal(crc32(digits, 0, 9), 0xcbf43926);
  assert.equal(crc32c(digits, 0, 9), 0xe3069283);
  assert.equal(crc32c(digits, 4, 9, crc32c(digits, 0, 4)), 0xe3069283);
});

const layerOf = (packet: Packet, type: LayerType) => packet.layers.find((layer) => layer.layerType === type);

for (const { scapy, linkType, hex, type, fields, summary } of known) {
  test(`${type.label} reads and builds the known bytes of ${scapy}`, () => {
    const packet = dissect(fromHex(hex), { linkType });
    assert.deepEqual(packet.faults, []);
    assert.deepEqual(layerOf(packet, type)?.toInit(), fields);
    assert.equal(layerOf(packet, type)?.summary(), summary);
    assert.equal(toHex(build(...packet.parts()).bytes), hex);
    // What was computed is computed again, and what a checksum says is right.
    assert.equal(toHex(packet.copy().seal().bytes), hex);
    assert.doesNotMatch(packet.show(), /incorrect/);
  });

  test(`${type.label} of every truncation of ${scapy} is a fault or the whole header`, () => {
    const whole = dissect(fromHex(hex), { linkType });
    const { at, payloadAt } = layerOf(whole, type)!;
    for (let size = 0; size < hex.length / 2; size++) {
      // Bytes of another packet around it must not be read.
      const buffer = new Uint8Array(size + 64).fill(0xff);
      buffer.set(fromHex(hex).subarray(0, size), 32);
      const packet = dissect(buffer.subarray(32, 32 + size), { linkType });
      packet.show();
      JSON.stringify(packet);
      packet.summary();
      assertInside(packet);
      if (size > at && size < payloadAt) assert.equal(packet.faults.at(-1)?.code, 'TRUNCATED', `${size} bytes`);
      if (size >= payloadAt) assert.ok(layerOf(packet, type), `${size} bytes`);
      // The same, cut by the capture, is no fault.
      const cut = dissect(fromHex(hex).slice(0, size), { linkType, originalLength: hex.length / 2 });
      assert.deepEqual(cut.faults, [], `${size} bytes`);
      assertInside(cut);
      assert.equal(toHex(build(...cut.parts()).bytes), hex.slice(0, 2 * size));
    }
  });
}

function assertInside(packet: Packet): void {
  const visit = (node: FieldNode) => {
    const end = node.at + Math.ceil((node.bit + node.bits) / 8);
    assert.ok(node.at >= packet.at && end <= packet.end, `${node.name} at ${node.at} to ${end} of ${packet.end}`);
    node.children?.forEach(visit);
  };
  for (const { nodes } of packet.nodes()) nodes.forEach(visit);
}

const on4 = (...layers: Parameters<typeof build>) => build(ipv4(), ...layers).bytes;
const on6 = (...layers: Parameters<typeof build>) => build(ipv6(), ...layers).bytes;
const neighbor = on6(icmpv6({ type: 135, target: '::2', options: [{ mtu: 1500 }] }));
const query4 = on4(igmp({ qrv: 2, sources: ['1.1.1.1'] }));
const query6 = on6(icmpv6({ type: 130, qrv: 2, sources: ['::1'] }));
const report4 = on4(igmp({ type: 0x22, records: [{ type: 4, group: '224.1.1.1', sources: [] }] }));
const report6 = on6(icmpv6({ type: 143, records: [{ type: 4, group: 'ff02::1', sources: ['::1'] }] }));
const tagged = build(ethernet(), vlan({ type: 3 }), 'abc').bytes;

/** Bytes, where a length lies in them, the lie, and what is said of it. */
const lies: readonly [bytes: Uint8Array, linkType: number, at: number, lie: number, reason: string][] = [
  [tagged, LinkType.ETHERNET, 17, 4, 'length is 4, 3 bytes available'],
  [on6(udp(), 'x'), LinkType.IPV6, 5, 10, 'payload length is 10, 9 bytes available'],
  [on6(udp(), 'x'), LinkType.IPV6, 0, 0x40, 'version is 4, 6 needed'],
  [on6(hopByHop()), LinkType.IPV6, 41, 1, '16 bytes needed, 8 available'],
  [on6(routing({ addresses: ['::2'] })), LinkType.IPV6, 41, 3, '32 bytes needed, 24 available'],
  [on6(ah({ icv: new Uint8Array(12) })), LinkType.IPV6, 41, 5, '28 bytes needed, 24 available'],
  [on6(ah({ icv: new Uint8Array(12) })), LinkType.IPV6, 41, 0, 'length is 0, at least 1 needed'],
  [build(ethernet(), arp()).bytes, LinkType.ETHERNET, 18, 7, '30 bytes needed, 28 available'],
  [on4(gre()), LinkType.IPV4, 20, 0x20, '8 bytes needed, 4 available'],
  [neighbor, LinkType.IPV6, 65, 0, 'option length is 0, at least 1 needed'],
  [neighbor, LinkType.IPV6, 65, 2, 'option of 16 bytes, 8 available'],
  [query4, LinkType.IPV4, 31, 2, '20 bytes needed, 16 available'],
  [query6, LinkType.IPV6, 67, 2, '60 bytes needed, 44 available'],
  [report4, LinkType.IPV4, 27, 2, '2 group records said, 1 here'],
  [report6, LinkType.IPV6, 47, 2, '2 group records said, 1 here'],
  [report6, LinkType.IPV6, 51, 2, '1 group records said, 0 here'],
];

for (const [bytes, linkType, at, lie, reason] of lies) {
  test(`a lie about length at byte ${at} is told: ${reason}`, () => {
    assert.deepEqual(dissect(bytes, { linkType }).faults, []);
    const wrong = bytes.slice();
    wrong[at] = lie;
    const packet = dissect(wrong, { linkType });
    assert.equal(packet.faults[0]?.reason, reason);
    packet.show();
    assertInside(packet);
  });
}

test('wrong packets stay possible: what is given is kept', () => {
  const cases: [Packet, string][] = [
    [build(ethernet({ type: 5 }), 'x'), 'ffffffffffff00000000000000' + '0578'],
    [
      build(arp({ hardwareSize: 9, protocolSize: 0, operation: 77, senderMac: '02:00:00:00:00:01' })),
      `0001080009000` + '04d020000000001000000000000',
    ],
    [build(icmp({ checksum: 0xbeef, code: 255 })), '08ffbeef00000000'],
    [build(igmp({ type: 0x22, recordCount: 9, records: [] })), '2200ddf600000009'],
    [build(gre({ checksum: 0x1234, version: 7 })), '800700001234' + '0000'],
    [build(hopByHop({ length: 200, nextHeader: 201 })), 'c9c8010400000000'],
    [build(ah({ length: 99, nextHeader: 1 })), '01630000' + '0000000000000000'],
  ];
  for (const [packet, hex] of cases) assert.equal(toHex(packet.bytes), hex);
  const wrong = build(ipv6({ version: 4, payloadLength: 9999, nextHeader: 255 }), 'x');
  assert.equal(toHex(wrong.bytes.subarray(0, 8)), '40000000270fff40');
});

test('a value that does not fit is refused by name, byte and range', () => {
  const refused: [() => unknown, RegExp][] = [
    [
      () => build(ethernet(), vlan({ id: 4096 })),
      /Cannot write 802\.1Q\.id at byte 14: 4096 given, an integer from 0 to 4095/,
    ],
    [() => build(icmp({ seq: -1 })), /Cannot write ICMP\.seq at byte 6: -1 given/],
    [
      () => build(icmpv6({ type: 136, neighborFlags: 'SOLICITED,MAYBE' })),
      /MAYBE is not one of ROUTER, SOLICITED, OVERRIDE/,
    ],
    [() => build(ipv6({ src: 'fe80::1%eth0' })), /Cannot read IPv6 address "fe80::1%eth0"/],
    [() => build(arp({ senderIp: '10.0.0.256' })), /Cannot read IPv4 address "10\.0\.0\.256"/],
    [() => build(ipv6(), udp(), new Uint8Array(65_528)), /at most 65535 fit without a jumbo payload option/],
    [
      () => build(ipv4({ options: [{ recordRoute: { pointer: 4, addresses: new Array(10).fill('0.0.0.0') } }] })),
      /43 bytes given, at most 40/,
    ],
  ];
  for (const [make, message] of refused) assert.throws(make, message);
  const request = build(icmp()).get(Icmp)!;
  assert.throws(() => {
    request.mtu = 1;
  }, /Cannot write ICMP\.mtu: type 8 has no such field/);
});

test('IPv6 carries more than 65535 bytes with a jumbo payload option, and UDP in it has length 0', () => {
  const size = 70_000;
  const packet = build(ipv6(), hopByHop({ options: [{ jumbo: 8 + 8 + size }] }), udp(), new Uint8Array(size));
  assert.equal(packet.get(Ipv6)?.payloadLength, 0);
  const again = dissect(packet.bytes, { linkType: LinkType.IPV6 });
  assert.deepEqual(again.faults, []);
  assert.equal(again.payload.length, size);
  assert.match(again.show(), /Checksum .*\(correct\)/);
});

test('checksums behind source routes and routing headers are made with the last stop as destination', () => {
  const direct = build(ipv6({ dst: '2001:db8::9' }), tcp({ dstPort: 80 })).layers[1]!;
  for (const route of [
    routing({ addresses: ['2001:db8::5', '2001:db8::9'] }),
    routing({ routingType: 4, addresses: ['2001:db8::9', '2001:db8::5'] }),
  ]) {
    const packet = build(ipv6({ dst: '2001:db8::1' }), hopByHop(), route, tcp({ dstPort: 80 }));
    assert.equal(toHex(packet.layers.at(-1)!.bytes), toHex(direct.bytes));
    assert.doesNotMatch(dissect(packet.bytes, { linkType: LinkType.IPV6 }).show(), /incorrect/);
  }
  const arrived = build(
    ipv6({ dst: '2001:db8::9' }),
    routing({ addresses: ['2001:db8::5'], segmentsLeft: 0 }),
    tcp({ dstPort: 80 }),
  );
  assert.equal(toHex(arrived.layers.at(-1)!.bytes), toHex(direct.bytes));
  const loose = build(
    ipv4({ dst: '1.1.1.1', options: [{ looseRoute: { pointer: 4, addresses: ['2.2.2.2', '9.9.9.9'] } }] }),
    tcp({ dstPort: 80 }),
  );
  const straight = build(ipv4({ dst: '9.9.9.9' }), tcp({ dstPort: 80 }));
  assert.equal(toHex(loose.layers[1]!.bytes), toHex(straight.layers[1]!.bytes));
});

test('an ICMP error quotes a packet cut anywhere without a fault, and its checksums are left alone', () => {
  const quoted = build(ipv4({ id: 3 }), tcp({ srcPort: 1, dstPort: 2, seq: 3 }), 'data').bytes;
  for (let size = 1; size <= quoted.length; size++) {
    const packet = dissect(on4(icmp({ type: 11 }), quoted.slice(0, size)), { linkType: LinkType.IPV4 });
    assert.deepEqual(packet.faults, [], `${size} bytes`);
    assertInside(packet);
    assert.equal(toHex(build(...packet.parts()).bytes), toHex(packet.bytes));
    assert.equal(toHex(packet.copy().seal().bytes), toHex(packet.bytes));
  }
  const eight = dissect(on4(icmp({ type: 3, code: 3 }), quoted.slice(0, 28)), { linkType: LinkType.IPV4 });
  assert.match(eight.show(), /Cut header .*\n +Source port .* 1\n +Destination port .* 2\n +Sequence number .* 3\n/);
});

test('group records with auxiliary data are followed by the next', () => {
  const records = (group: string, source: string) => [
    { type: 1, group, sources: [source, source], auxiliary: Uint8Array.of(1, 2, 3, 4) },
    { type: 2, group, sources: [] },
  ];
  const four = build(ipv4(), igmp({ type: 0x22, records: records('224.1.1.1', '1.1.1.1') }));
  assert.deepEqual(dissect(four.bytes).get(Igmp)?.records, records('224.1.1.1', '1.1.1.1'));
  const six = build(ipv6(), icmpv6({ type: 143, records: records('ff02::1', '2001:db8::1') }));
  assert.deepEqual(dissect(six.bytes).get(Icmpv6)?.records, records('ff02::1', '2001:db8::1'));
});

test('ICMP extensions follow the quote at the length that is given for it, RFC 4884', () => {
  const extension = fromHex('20000000 00080101 0001e101');
  const packet = build(ipv4(), icmp({ type: 11, trailer: extension }), ipv4(), udp(), new Uint8Array(100));
  assert.equal(packet.get(Icmp)?.length, 32);
  const again = dissect(packet.bytes, { linkType: LinkType.IPV4 });
  assert.deepEqual(again.faults, []);
  assert.match(again.show(), /Object class .* 1 {2}\(MPLS label stack\)/);
  assert.equal(toHex(build(...again.parts()).bytes), toHex(packet.bytes));
});

test('the summary of an ICMP error is the error’s, not that of the packet it quotes', () => {
  const packet = build(ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }), icmp({ type: 3, code: 3 }), ipv4(), udp());
  assert.equal(packet.summary(), '10.0.0.1 → 10.0.0.2 ICMP · Destination unreachable (Port unreachable)');
});
