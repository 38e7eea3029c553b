/**
 * The everyday names: `import { build, ipv4, tcp } from 'wirebook'`. Every other one is exported by its folder: `wirebook/wire`,
 * `/capture`, `/messages`, `/raw`, `/traffic`, `/view`, `/chat`, `/jupyter`, `/server`, `/client`.
 *
 * @module
 */
export { fromHex, toHex } from './bytes.js';
export { CaptureReader, CaptureWriter, convertCapture, encodeCapture, LinkType, readCapture } from './capture/index.js';
export { CaptureError, DecodeError, FilterError, MessageError, RawSocketError } from './errors.js';
export {
  annotate,
  assignPorts,
  conversationCapture,
  defaultPorts,
  type Message,
  matchRun,
  parseMessages,
  planConversation,
  planCrafted,
  RealExchange,
  type Run,
  readMessages,
  type SentPacket,
} from './messages/index.js';
export { refusal, Sender, type SniffedPacket, Sniffer, sendOnTime } from './raw/index.js';
export {
  compareWays,
  compileFilter,
  explain,
  roundTripTimes,
  TcpStream,
  Traffic,
  TrafficPacket,
} from './traffic/index.js';
export {
  answerView,
  deliveryFigure,
  ladderView,
  packetListView,
  portsView,
  rateFigure,
  roundTripFigure,
  segmentsOf,
  segmentsView,
  sequenceFigure,
  timingFigure,
  transcriptView,
} from './view/index.js';
export {
  Arp,
  arp,
  bits,
  build,
  Dns,
  defineProtocol,
  dissect,
  dns,
  Ethernet,
  ethernet,
  fuzz,
  Http,
  http,
  Icmp,
  Icmpv6,
  Ipv4,
  Ipv6,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  Layer,
  Packet,
  Tcp,
  tcp,
  Udp,
  u8,
  u16,
  u32,
  udp,
} from './wire/index.js';
