/**
 * A packet that begins with its IP header, in a capture whose packets are to begin with an Ethernet header: every reader would take IP
 * addresses for MAC addresses. It is told from an Ethernet frame by numbers of the IP header that agree with one another.
 *
 * @module
 */
import { CaptureError } from '../errors.js';
import { LinkType } from '../link-type.js';

/**
 * Refuses a packet that is no Ethernet frame but a bare IP packet, where Ethernet was declared.
 *
 * @throws CaptureError `UNSUPPORTED`
 */
export function refuseRawIp(bytes: Uint8Array, originalLength: number, linkType: number): void {
  if (linkType !== LinkType.ETHERNET) return;
  const version = bytes.length < 20 ? 0 : bytes[0]! >> 4;
  if (version === 4 ? !isIpv4(bytes, originalLength) : version !== 6 || !isIpv6(bytes, originalLength)) return;
  throw new CaptureError(
    'UNSUPPORTED',
    `Cannot write packet: it begins with an IPv${version} header, its interface has link type Ethernet; ` +
      'declare linkType: LinkType.RAW, or build the packet with ethernet() in front',
  );
}

/** A header whose total length is the packet's and whose checksum is right: one frame in 2³² looks so by chance. */
function isIpv4(bytes: Uint8Array, length: number): boolean {
  const size = (bytes[0]! & 15) * 4;
  if (size < 20 || size > bytes.length || ((bytes[2]! << 8) | bytes[3]!) !== length) return false;
  let sum = 0;
  for (let at = 0; at < size; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum === 0xffff;
}

/** A payload length that is the packet's, and nothing known where a frame would have its EtherType. */
function isIpv6(bytes: Uint8Array, length: number): boolean {
  const type = (bytes[12]! << 8) | bytes[13]!;
  const isFrame = type === 0x0800 || type === 0x86dd || type === 0x0806 || type === 0x8100;
  return bytes.length >= 40 && 40 + ((bytes[4]! << 8) | bytes[5]!) === length && !isFrame;
}
