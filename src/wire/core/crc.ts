/**
 * Cyclic redundancy checks of 32 bits, least significant bit first: Ethernet's (IEEE 802.3 clause 3.2.9) and Castagnoli's, which SCTP
 * uses (RFC 9260 appendix A).
 *
 * @module
 */
const ethernet = tableOf(0xedb88320);
const castagnoli = tableOf(0x82f63b78);

function tableOf(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value;
  });
}

/** The CRC-32 of bytes `at` to `end`, going on from that of bytes before; Ethernet sends it least significant byte first. */
export function crc32(view: DataView, at: number, end: number, before = 0): number {
  return check(ethernet, view, at, end, before);
}

/** The CRC-32C of bytes `at` to `end`, going on from that of bytes before. */
export function crc32c(view: DataView, at: number, end: number, before = 0): number {
  return check(castagnoli, view, at, end, before);
}

function check(table: Uint32Array, view: DataView, at: number, end: number, before: number): number {
  let value = ~before;
  for (let i = at; i < end; i++) value = (value >>> 8) ^ table[(value ^ view.getUint8(i)) & 0xff]!;
  return ~value >>> 0;
}
