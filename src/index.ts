/**
 * What notebooks and scripts import: `import { build, ipv4, tcp } from 'wirebook'`.
 *
 * @module
 */
export { fromHex, toHex } from './bytes.js';
export {
  CaptureReader,
  CaptureWriter,
  convertCapture,
  encodeCapture,
  Frame,
  formatTimestamp,
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
export * from './traffic/index.js';
export * from './view/index.js';
export * from './wire/index.js';
