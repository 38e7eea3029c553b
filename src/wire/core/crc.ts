/**
 * Cyclic redundancy checks of 32 bits, least significant bit first: Ethernet's (IEEE 802.3 clause 3.2.9) and Castagnoli's, which SCTP
 * uses (RFC 9260 appendix A).
 *
 * @module
 */

/** The check of bytes `at` to `end`, going on from that of bytes before. */
type Check = (view: DataView, at: number, end: number, before?: number) => number;

function checkOf(polynomial: number): Check {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });
  return (view, at, end, before = 0) => {
    let value = ~before;
    for (let i = at; i < end; i++) value = (value >>> 8) ^ table[(value ^ view.getUint8(i)) & 0xff]!;
    return ~value >>> 0;
  };
}

/** The CRC-32 of bytes `at` to `end`, going on from that of bytes before; Ethernet sends it least significant byte first. */
export const crc32: Check = checkOf(0xedb88320);

/** The CRC-32C of bytes `at` to `end`, going on from that of bytes before. */
export const crc32c: Check = checkOf(0x82f63b78);
