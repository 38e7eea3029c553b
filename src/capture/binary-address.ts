/**
 * Addresses as pcapng has them: 4 bytes of IPv4, 16 of IPv6, 6 of a MAC address (EUI-48), 8 of EUI-64.
 *
 * @module
 */
import { formatIpv4, formatIpv6, isIpv4, isIpv6, parseIpv4, parseIpv6 } from '../address.js';
import { fromHex, toHex, viewOf } from '../bytes.js';
import { CaptureError } from '../errors.js';

/** Text of an address, whose family its length tells. */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return formatIpv4(viewOf(bytes).getUint32(0));
  return bytes.length === 16 ? formatIpv6(viewOf(bytes), 0) : toHex(bytes, ':');
}

/**
 * Bytes of an address of any family. Eight pairs of digits are EUI-64 unless 16 bytes are asked for: as IPv6 they would lie in
 * `::/8`, of which nothing is given out.
 *
 * @throws CaptureError for what is no address, or none of `size` bytes
 */
export function parseAddress(text: string, size?: number): Uint8Array {
  const bytes = readAddress(text, size);
  if (bytes && (size === undefined || bytes.length === size)) return bytes;
  const needed = size === undefined ? 'IPv4, IPv6, MAC or EUI-64' : `an address of ${size} bytes`;
  throw new CaptureError('UNSUPPORTED', `Cannot write address ${JSON.stringify(text)}: ${needed} needed`);
}

function readAddress(text: string, size: number | undefined): Uint8Array | undefined {
  if (size !== 16 && /^[0-9a-f]{2}([:-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}(\1[0-9a-f]{2}\1[0-9a-f]{2})?$/i.test(text))
    return fromHex(text);
  if (isIpv4(text)) {
    const bytes = new Uint8Array(4);
    viewOf(bytes).setUint32(0, parseIpv4(text));
    return bytes;
  }
  if (!isIpv6(text)) return undefined;
  const bytes = new Uint8Array(16);
  for (const [i, group] of parseIpv6(text).entries()) viewOf(bytes).setUint16(2 * i, group);
  return bytes;
}
