/**
 * What notebooks and scripts import: `import { build, ipv4, tcp } from 'wirebook'`.
 *
 * @module
 */
export { fromHex, toHex } from './bytes.js';
export {
  CaptureReader,
  CaptureWriter,
  encodeCapture,
  Frame,
  formatTimestamp,
  LinkType,
  readCapture,
} from './capture/index.js';
export { CaptureError, DecodeError, type DecodeFault, MessageError, RawSocketError } from './errors.js';
export * from './messages/index.js';
export {
  isPermitted,
  now,
  refusal,
  Sender,
  type SentRun,
  type SniffedPacket,
  Sniffer,
  sendOnTime,
  until,
} from './raw/index.js';
export * from './view/index.js';
export {
  build,
  buildInto,
  checksum,
  dissect,
  Fault,
  hexDump,
  IpProtocol,
  Ipv4,
  type Ipv4Init,
  ipv4,
  Loopback,
  loopback,
  Packet,
  Raw,
  raw,
  Tcp,
  TcpFlag,
  type TcpInit,
  type TcpOption,
  tcp,
} from './wire/index.js';
