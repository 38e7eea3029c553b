/**
 * Display filters that tests hold against tshark, packet by packet. Each is one that people write.
 *
 * @module
 */
export const displayFilters: readonly string[] = `
tcp
udp
ip
ipv6
eth
arp
dns
frame
ip || ipv6
tcp or udp
tcp && ip
tcp and not ipv6
not tcp
!udp
!(tcp || udp)
ip.src == 10.0.0.1
ip.dst == 10.0.0.1
ip.addr == 10.0.0.1
ip.addr != 10.0.0.1
!(ip.addr == 10.0.0.1)
ip.addr ~= 10.0.0.1
ip.addr === 10.0.0.1
ip.addr !== 10.0.0.1
any ip.addr != 10.0.0.1
all ip.addr != 10.0.0.1
all ip.addr == 127.0.0.1
ip.addr == 10.0.0.0/8
ip.addr == 172.16.0.0/12
ip.src == 192.168.0.0/16 && ip.dst == 192.168.0.0/16
ip.addr in {10.0.0.1, 127.0.0.1}
ip.addr in {10.0.0.0/8, 172.16.133.132}
ip.src > 128.0.0.0
ip.src <= 127.255.255.255
ip.src in {10.0.0.0..10.255.255.255}
ip.src == ip.dst
ip.ttl < 64
ip.ttl >= 64 and ip.ttl < 128
ip.ttl in {1, 64, 128..255}
ip.ttl not in {64}
ip.len > 1000
ip.len == 40
ip.proto == 6
ip.proto == 17 || ip.proto == 0x06
ip.proto != 6
ip.flags.df == 1
ip.flags.df == 0
ip.flags.mf == 1
ip.flags.df
!ip.flags.df
ip.frag_offset > 0
ip.id == 0
ip.id & 1
ip.version == 4
ip.hdr_len == 20
ip.hdr_len > 20
ip.checksum == 0
ipv6.src == 2001:618:400::/48
ipv6.addr == fe80::/10
ipv6.addr == 2001:618:1:8000::5
ipv6.dst == ff02::fb
ipv6.hlim > 60
ipv6.nxt == 6
ipv6.plen > 100
ipv6.fraghdr.more == 1
tcp.port == 80
tcp.port eq 80
tcp.port != 80
tcp.port ne 80
tcp.port ~= 80
!(tcp.port == 80)
tcp.srcport == 80
tcp.dstport == 443
tcp.port in {80, 443}
tcp.port in {1..1023}
not tcp.port in {80, 443}
tcp.port > 1024
tcp.port gt 1024
tcp.port <= 1024
all tcp.port > 1024
all tcp.port in {1024..65535}
tcp.port == 0x50
tcp.port == 0120
tcp.srcport > tcp.dstport
tcp.dstport == tcp.srcport
tcp.flags.syn == 1
tcp.flags.syn == 1 && tcp.flags.ack == 0
tcp.flags.syn == 1 && tcp.flags.ack == 1
tcp.flags.reset == 1
tcp.flags.fin == 1
tcp.flags.push == 1 && tcp.flags.ack == 1
tcp.flags == 0x012
tcp.flags & 0x02
tcp.flags & 0x05
tcp.flags & 3 == 2
!(tcp.flags & 0x10)
tcp.len > 0
tcp.len == 0 && tcp.flags.ack == 1
tcp.len >= 1000 || udp.length >= 1000
tcp.seq == 1
tcp.seq > 1000
tcp.ack == 1
tcp.nxtseq > 1
tcp.seq_raw > 2147483648
tcp.window_size == 0
tcp.window_size < 8192
tcp.window_size_value != tcp.window_size
tcp.window_size_scalefactor == -2
tcp.window_size_scalefactor > 1
tcp.hdr_len == 32
tcp.hdr_len > 20
tcp.stream == 0
tcp.stream eq 3
tcp.stream in {1, 3, 5}
tcp.stream > 10
udp.stream == 0
tcp.options.mss_val == 1460
tcp.options.mss_val
tcp.options.timestamp.tsval > 0
tcp.options.wscale.shift >= 7
tcp.analysis
tcp.analysis.flags
!tcp.analysis.flags && tcp
tcp.analysis.retransmission
tcp.analysis.fast_retransmission
tcp.analysis.spurious_retransmission
tcp.analysis.out_of_order
tcp.analysis.lost_segment
tcp.analysis.ack_lost_segment
tcp.analysis.duplicate_ack
tcp.analysis.duplicate_ack_num > 1
tcp.analysis.zero_window
tcp.analysis.window_update
tcp.analysis.window_full
tcp.analysis.keep_alive
tcp.analysis.keep_alive_ack
tcp.analysis.zero_window_probe
tcp.analysis.reused_ports
tcp.analysis.acks_frame
tcp.analysis.bytes_in_flight > 1000
tcp.analysis.ack_rtt > 0.5
tcp.payload contains "GET"
tcp contains "HTTP"
tcp contains 48:54:54:50
tcp matches "^.{20,60}GET"
tcp matches "host: *[a-z.]+"
frame contains "www"
frame matches "google|yahoo"
udp contains "google"
ip contains 00:00:00
udp.port == 53
udp.srcport == 53 && dns
udp.dstport in {53, 5353}
udp.length > 100
udp.length in {8..100}
dns.flags.response == 1
dns.flags.response == 0 && dns.qry.type == 1
dns.qry.name == "www.google.com"
dns.qry.name contains "google"
dns.qry.name matches "^(www|mail)[.]"
dns.qry.name matches "GOOGLE"
lower(dns.qry.name) contains "google"
upper(dns.qry.name) contains "GOOGLE"
len(dns.qry.name) > 20
count(dns.qry.name) > 1
count(ip.addr) == 2
dns.a == 10.0.0.0/8
dns.a
dns.count.answers > 2
dns.id == 0x0000 or dns.id > 0x8000
dns.resp.ttl < 300
eth.src[0:3] == 00:12:3f
eth.src[0:2] == 6c:f0
eth.src[1-2] == f0:49
eth.dst[0:2] == 33:33
eth.dst == ff:ff:ff:ff:ff:ff
eth.addr == 6c:f0:49:b2:de:6e
eth.addr == 6c-f0-49-b2-de-6e
eth.dst[0] & 1
eth.type == 0x0800
eth.type in {0x0800, 0x86dd}
frame[12:2] == 08:00
frame[0:4] == 45:00:00:28
tcp[13] & 2
tcp[2:2] == 00:50
tcp[:2] == 00:50
tcp[0-1] == 00:50
tcp[20:] contains "HTTP"
ip[9] == 06
udp[8:3] == 00:01:00
dns.qry.name[0:3] == "www"
dns.qry.name[-3:] == "com"
frame.len > 1000
frame.len == 60
frame.len % 2 == 1
frame.number == 1
frame.number <= 100
frame.number in {10..20, 30}
frame.cap_len < frame.len
frame.len - frame.cap_len > 0
ip.len + 14 == frame.len
ip.len == {ip.hdr_len + tcp.hdr_len + tcp.len}
tcp.len * 2 > 1000
max(tcp.srcport, tcp.dstport) > 60000
min(tcp.srcport, tcp.dstport) == 80
(tcp.port == 80 or tcp.port == 443) and not tcp.flags.reset == 1
ip.src == 10.0.0.1 and (tcp.flags.syn == 1 or tcp.flags.fin == 1)
tcp.flags.syn==1&&tcp.flags.ack==0||udp.port==53
ip.addr#1 == 10.0.0.1
vlan
vlan.id == 202
gre
arp.opcode == 1
`
  .trim()
  .split('\n');
