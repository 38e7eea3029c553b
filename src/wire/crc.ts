/**
 * Cyclic redundancy checks of 32 bits, least significant bit first: Ethernet's (IEEE 802.3 clause 3.2.9).
 *
 * @module
 */
const polynomial = 0xedb88320;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
  return value;
});

/** The CRC-32 of bytes `at` to `end`; Ethernet sends it least significant byte first. */
export function crc32(view: DataView, at: number, end: number): number {
  let value = 0xffffffff;
  for (let i = at; i < end; i++) value = (value >>> 8) ^ table[(value ^ view.getUint8(i)) & 0xff]!;
  return ~value >>> 0;
}
